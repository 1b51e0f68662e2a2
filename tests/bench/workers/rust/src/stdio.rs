//! The worker's two lines of speech with the harness: what it says, and what it waits for.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::Outcome;

/// Says one line.
pub(crate) fn say(line: &str) -> Outcome {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Waits for one line.
pub(crate) fn wait_for_line() {
    // An end of input is as good: the harness has gone.
    let _ = io::stdin().read_line(&mut String::new());
}

/// Waits until the harness has nothing more to say.
pub(crate) fn wait_for_end() {
    let _ = io::stdin().read_to_end(&mut Vec::new());
}

/// Waits in a thread; the flag tells when it is over.
pub(crate) fn watch(wait: fn()) -> Arc<AtomicBool> {
    let over = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&over);
    thread::spawn(move || {
        wait();
        flag.store(true, Ordering::Release);
    });
    over
}
