//! The name of a context's I/O thread.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::fs;

use sockery::facade::{Context, Dialect, Value, find_context_name, kind};

const PULL: i32 = 7;

/// The names of this process's threads.
fn names() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    // A thread that ends meanwhile has no name any more.
    let name = |task: std::io::Result<fs::DirEntry>| {
        fs::read_to_string(task.ok()?.path().join("comm")).ok()
    };
    tasks.filter_map(name).map(|name| name.trim_end().to_owned()).collect()
}

#[test]
fn the_io_thread_is_named_as_the_user_likes() {
    let context = Context::new();
    let row = find_context_name("THREAD_NAME_PREFIX").unwrap();
    context.set(row.zmq.unwrap(), &Value::from(4711)).unwrap();
    let pull = context.socket(kind(Dialect::Zmtp, 0, PULL).unwrap()).unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    // A thread gives itself its name once it runs.
    while !names().iter().any(|name| name == "4711/sockery-io") {
        std::thread::yield_now();
    }
    assert_eq!(context.get(row.zmq.unwrap()).unwrap(), Value::from(4711));
}
