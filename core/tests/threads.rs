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

/// The policy and the priority of the thread of this name, from where proc(5) has them.
fn schedule(name: &str) -> [u32; 2] {
    let status = status(name);
    let id = status.lines().find_map(|line| line.strip_prefix("Pid:")).unwrap().trim();
    let stat = fs::read_to_string(format!("/proc/self/task/{id}/stat")).unwrap();
    let after_name: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    [after_name[38].parse().unwrap(), after_name[37].parse().unwrap()]
}

#[test]
fn the_io_thread_is_scheduled_as_the_user_likes() {
    let (batch, first_in_first_out) = (3, 1);
    let context = Context::new();
    set(&context, "THREAD_NAME_PREFIX", 4713).unwrap();
    set(&context, "THREAD_SCHED_POLICY", batch).unwrap();
    bind(&context).unwrap();
    assert_eq!(schedule("4713/sockery-io"), [3, 0]);
    let context = Context::new();
    set(&context, "THREAD_NAME_PREFIX", 4714).unwrap();
    set(&context, "THREAD_SCHED_POLICY", first_in_first_out).unwrap();
    set(&context, "THREAD_PRIORITY", 7).unwrap();
    let limit = find_context_name("SOCKET_LIMIT").unwrap().zmq.unwrap();
    assert_eq!(context.get(limit).unwrap(), Value::from(65_535));
    match bind(&context) {
        Ok(()) => assert_eq!(schedule("4714/sockery-io"), [1, 7]),
        // Not everybody may.
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::Access, "{error}");
            assert!(error.to_string().contains("THREAD_SCHED_POLICY 1 with THREAD_PRIORITY 7"));
        }
    }
}

#[test]
fn what_cannot_be_scheduled_so_is_refused_in_words() {
    for (policy, priority, text) in [
        (1, None, "THREAD_PRIORITY takes 1 to 99 with SCHED_FIFO and SCHED_RR, got none"),
        (2, Some(100), "got 100"),
        (4, None, "5 (IDLE), got 4"),
    ] {
        let context = Context::new();
        set(&context, "THREAD_SCHED_POLICY", policy).unwrap();
        if let Some(priority) = priority {
            set(&context, "THREAD_PRIORITY", priority).unwrap();
        }
        let error = bind(&context).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Invalid, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}
