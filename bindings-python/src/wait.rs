//! Waiting: try with the interpreter attached, else wait detached, and let signals through.
//!
//! Called by every method that may wait. A call that can finish at once never gives up the GIL,
//! because taking it back may cost a whole switch interval.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use pyo3::prelude::*;
use sockery::facade::{self, Dialect, ErrorCode, Result, Socket, Wait, catalog};

use crate::{
    error::{Raise, exception},
    value,
};

/// Which of a socket's own timeouts bounds a wait.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Direction {
    /// Of so many bytes.
    Send(usize),
    Receive,
}

impl Direction {
    fn may_try_first(self, socket: &Socket, wait: Wait) -> bool {
        match self {
            Self::Send(size) => socket.may_try_first(wait, size),
            Self::Receive => true,
        }
    }
}

/// Runs `attempt` as long as `wait` allows, once more after each signal that raised nothing.
pub(crate) fn patiently<T: Send>(
    py: Python<'_>,
    socket: &Socket,
    direction: Direction,
    wait: Wait,
    mut attempt: impl FnMut(Wait) -> Result<T> + Send,
) -> PyResult<T> {
    let dialect = socket.kind().dialect;
    if direction.may_try_first(socket, wait) {
        match attempt(Wait::No) {
            Err(error) if error.code() == ErrorCode::Again && wait != Wait::No => {}
            done => return done.raise(py, dialect),
        }
    }
    let begun = Instant::now();
    let rest = || deadline(socket, direction, begun);
    detached(py, dialect, wait, rest, attempt)
}

/// [`patiently`] for calls that have a deadline of their own: `attempt` waits from the start.
pub(crate) fn until<T: Send>(
    py: Python<'_>,
    dialect: Dialect,
    wait: Wait,
    attempt: impl FnMut(Wait) -> Result<T> + Send,
) -> PyResult<T> {
    detached(py, dialect, wait, || wait, attempt)
}

/// Polls: looks first, and waits at most `timeout` ms (`None` for ever) when there is nothing.
pub(crate) fn some<T: Send>(
    py: Python<'_>,
    dialect: Dialect,
    timeout: Option<i64>,
    mut attempt: impl FnMut(Wait) -> Result<T> + Send,
    is_some: impl Fn(&T) -> bool,
) -> PyResult<T> {
    let now = attempt(Wait::No).raise(py, dialect)?;
    if is_some(&now) || timeout == Some(i64::default()) {
        return Ok(now);
    }
    until(py, dialect, value::timeout(timeout), attempt)
}

/// Whether the interpreter is leaving.
static LEAVING: AtomicBool = AtomicBool::new(false);

/// Ends the engine's work for this process. A daemon thread that waits stays where it is, as the
/// interpreter's own waits do: its last words would only be a traceback.
pub(crate) fn leave(py: Python<'_>) {
    LEAVING.store(true, Ordering::SeqCst);
    py.detach(facade::leave);
}

/// Keeps a thread for good that was waiting when the process began to leave. Never the one that
/// leaves, which waits for nothing else.
fn stay(py: Python<'_>) -> ! {
    py.detach(|| {
        loop {
            thread::park();
        }
    })
}

/// Waits without the interpreter. A deadline that the socket's options set is looked up only once a
/// signal came: `rest` then says what is left of it.
fn detached<T: Send>(
    py: Python<'_>,
    dialect: Dialect,
    mut wait: Wait,
    rest: impl Fn() -> Wait,
    mut attempt: impl FnMut(Wait) -> Result<T> + Send,
) -> PyResult<T> {
    let daemon = !LEAVING.load(Ordering::SeqCst);
    loop {
        match py.detach(|| attempt(wait)) {
            Ok(value) => return Ok(value),
            Err(error) if error.code() == ErrorCode::Interrupted => py.check_signals()?,
            Err(_) if daemon && LEAVING.load(Ordering::SeqCst) => stay(py),
            Err(error) => return Err(exception(py, dialect, &error)),
        }
        if wait == Wait::Option {
            wait = rest();
        }
    }
}

fn deadline(socket: &Socket, direction: Direction, begun: Instant) -> Wait {
    let name = match direction {
        Direction::Send(_) => "SNDTIMEO",
        Direction::Receive => "RCVTIMEO",
    };
    let limit = || -> Option<Result<Duration, ()>> {
        let dialect = socket.kind().dialect;
        let row = catalog::options(dialect).find(|row| row.name == name)?;
        let level = row.nn.map_or_else(i32::default, |(level, _)| level);
        let value = socket.get(level, row.number(dialect)?).ok()?.as_int()?;
        Some(u64::try_from(value).map(Duration::from_millis).map_err(drop))
    };
    match limit() {
        Some(Ok(limit)) => Wait::Until(begun + limit),
        Some(Err(())) => Wait::Forever,
        // A socket closed meanwhile: the next attempt says so.
        None => Wait::Option,
    }
}

type Callback = Arc<Py<PyAny>>;

/// What an engine's thread may call: it passes `callback` to a thread that enters Python for it, so
/// that the engine never waits for the GIL.
pub(crate) fn notifier(callback: Py<PyAny>) -> Box<dyn Fn() + Send + Sync> {
    static NOTIFIER: OnceLock<Sender<Callback>> = OnceLock::new();
    let sender = NOTIFIER.get_or_init(|| {
        let (sender, receiver) = mpsc::channel::<Callback>();
        let run = move || receiver.iter().for_each(|callback| call(&callback));
        // Without the thread the receiver is gone, and so are the notices; loops that lack
        // descriptors are the only ones that come here.
        let _ = thread::Builder::new().name("sockery-notify".to_owned()).spawn(run);
        sender
    });
    let callback = Arc::new(callback);
    Box::new(move || drop(sender.send(Arc::clone(&callback))))
}

fn call(callback: &Callback) {
    Python::try_attach(|py| {
        // A loop that was closed meanwhile refuses the call; nobody waits any more then.
        let _ = callback.call0(py);
    });
}
