//! Models: each a few threads that loom runs in every order of their steps.

pub mod gathering;
pub mod handing_over;
pub mod waiting;

/// Runs a model with at most so many changes of threads that nothing forces.
fn check(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}
