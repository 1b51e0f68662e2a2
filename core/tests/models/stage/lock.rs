//! Lock: without its rank. Debug builds of the engine itself look after those.

use loom::sync::{Mutex, MutexGuard};
pub use sockery::lock::Rank;

#[derive(Debug)]
pub struct Lock<T>(Mutex<T>);

pub type Guard<'a, T> = MutexGuard<'a, T>;

impl<T> Lock<T> {
    pub fn new(_: Rank, value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub fn lock(&self) -> Guard<'_, T> {
        self.0.lock().expect("loom poisons nothing")
    }

    pub fn try_lock(&self) -> Option<Guard<'_, T>> {
        self.0.try_lock().ok()
    }
}
