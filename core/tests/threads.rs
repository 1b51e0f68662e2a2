//! Where a context's I/O thread runs, and under which name.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::{fs, thread};

use sockery::facade::{Context, Dialect, Error, ErrorCode, Value, find_context_name, kind};

const PULL: i32 = 7;

/// The status of the thread of this name, which gives itself its name once it runs.
fn status(name: &str) -> String {
    loop {
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        // A thread that ends meanwhile has none any more.
        let mut all =
            tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("status")).ok());
        if let Some(found) = all.find(|text| text.lines().next() == Some(&format!("Name:\t{name}")))
        {
            return found;
        }
        thread::yield_now();
    }
}

/// The processors of a status.
fn processors(status: &str) -> &str {
    let line = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    line.unwrap().trim()
}

fn set(context: &Context, name: &str, value: i32) -> Result<(), Error> {
    let row = find_context_name(name).unwrap();
    context.set(row.zmq.unwrap(), &Value::from(value))
}

fn bind(context: &Context) -> Result<(), Error> {
    let pull = context.socket(kind(Dialect::Zmtp, 0, PULL).unwrap()).unwrap();
    pull.bind("tcp://127.0.0.1:*").map(drop)
}

#[test]
fn the_io_thread_is_named_as_the_user_likes() {
    let context = Context::new();
    set(&context, "THREAD_NAME_PREFIX", 4711).unwrap();
    bind(&context).unwrap();
    status("4711/sockery-io");
}

#[test]
fn the_io_thread_runs_on_the_processors_that_were_added() {
    let own = fs::read_to_string("/proc/self/status").unwrap();
    let first = processors(&own).split(['-', ',']).next().unwrap();
    let context = Context::new();
    set(&context, "THREAD_NAME_PREFIX", 4712).unwrap();
    for (name, number) in [("ADD", first.parse().unwrap()), ("ADD", 1_023), ("REMOVE", 1_023)] {
        set(&context, &format!("THREAD_AFFINITY_CPU_{name}"), number).unwrap();
    }
    let error = set(&context, "THREAD_AFFINITY_CPU_REMOVE", 1_023).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Invalid);
    bind(&context).unwrap();
    assert_eq!(processors(&status("4712/sockery-io")), first);
    let nowhere = Context::new();
    set(&nowhere, "THREAD_AFFINITY_CPU_ADD", 1_023).unwrap();
    let error = bind(&nowhere).unwrap_err();
    assert!(error.to_string().contains("I/O thread"), "{error}");
}
