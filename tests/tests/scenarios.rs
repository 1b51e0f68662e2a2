//! The scenarios that Rust plays with itself, as part of `cargo test`; tests/run adds the others.

use sockery_tests::{
    language::Language,
    matrix::{Cast, Plan, Tally, run, scenarios},
};

/// The Rust shim lies beside the tests; naming it here makes cargo build it first.
const SHIM: &str = env!("CARGO_BIN_EXE_sockery-shim");

#[test]
fn rust_plays_every_scenario() {
    assert!(std::path::Path::new(SHIM).exists());
    let rust = Language::named("rust").unwrap();
    let plan = Plan {
        folder: "scenarios",
        names: Vec::new(),
        transports: Vec::new(),
        casts: vec![Cast::Pair(rust, rust)],
        jobs: 4,
        count: 5_000,
    };
    let Tally { passed, failed, skipped } = run(&plan).unwrap();
    assert_eq!((failed, skipped), (0, 0));
    assert!(passed > 200, "{passed} passed");
}

#[test]
fn stress_files_can_be_read() {
    assert!(!scenarios("scenarios/stress").unwrap().is_empty());
}
