//! Timers: which of the user's timers are due. `sockery.zmq` keeps their handlers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use sockery::facade::{self, Dialect};

use crate::error::Raise;

/// Timers by number.
#[pyclass(frozen, subclass, module = "sockery._sockery")]
#[derive(Debug, Default)]
pub(crate) struct Timers {
    inner: Mutex<facade::Timers>,
}

impl Timers {
    fn lock(&self) -> MutexGuard<'_, facade::Timers> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Timers {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn _add(&self, interval: u64) -> i32 {
        self.lock().add(interval)
    }

    fn _cancel(&self, py: Python<'_>, timer: i32) -> PyResult<()> {
        self.lock().cancel(timer).raise(py, Dialect::Zmtp)
    }

    fn _set_interval(&self, py: Python<'_>, timer: i32, interval: u64) -> PyResult<()> {
        self.lock().set_interval(timer, interval).raise(py, Dialect::Zmtp)
    }

    fn _reset(&self, py: Python<'_>, timer: i32) -> PyResult<()> {
        self.lock().reset(timer).raise(py, Dialect::Zmtp)
    }

    fn _timeout(&self) -> i64 {
        self.lock().timeout()
    }

    fn _take_due(&self) -> Vec<i32> {
        self.lock().take_due()
    }
}
