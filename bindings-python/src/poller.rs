//! Poller: waits on any mix of sockets and plain descriptors.
//!
//! Called by `sockery.zmq`'s Poller and select (a Poller that stays) and by `poll` of both modules
//! (a list that comes along).

use std::sync::{Mutex, MutexGuard};

use pyo3::{exceptions::PyRuntimeError, prelude::*, types::PyInt};
use sockery::facade::{self, Dialect, Interest, Pollable};

use crate::{
    error::{Raise, wrong_type},
    socket::Socket,
    value, wait,
};

/// Waits on what was added to it. Keys are the caller's.
#[pyclass(frozen, module = "sockery._sockery")]
#[derive(Debug)]
pub(crate) struct Poller {
    inner: Mutex<facade::Poller>,
}

impl Poller {
    /// Never waits: the thread that polls holds the lock as long as its poll lasts.
    fn lock(&self) -> PyResult<MutexGuard<'_, facade::Poller>> {
        let busy = |_| PyRuntimeError::new_err("this Poller is in use by another thread");
        self.inner.try_lock().map_err(busy)
    }
}

#[pymethods]
impl Poller {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Self> {
        let inner = facade::Poller::new().raise(py, Dialect::Zmtp)?;
        Ok(Self { inner: Mutex::new(inner) })
    }

    /// Watches a socket, a descriptor or an object with `fileno()` for the events of a bit set.
    fn add(&self, key: u64, what: &Bound<'_, PyAny>, events: u8) -> PyResult<()> {
        let what_to_poll = pollable(what)?;
        let added = self.lock()?.add(key, what_to_poll, Interest::from_bits(events));
        added.raise(what.py(), Dialect::Zmtp)
    }

    fn modify(&self, py: Python<'_>, key: u64, events: u8) -> PyResult<()> {
        self.lock()?.modify(key, Interest::from_bits(events)).raise(py, Dialect::Zmtp)
    }

    fn remove(&self, py: Python<'_>, key: u64) -> PyResult<()> {
        self.lock()?.remove(key).raise(py, Dialect::Zmtp)
    }

    /// The keys that are ready and their events; empty at the end of `timeout` ms.
    #[pyo3(signature = (timeout=None))]
    fn wait(&self, py: Python<'_>, timeout: Option<i64>) -> PyResult<Vec<(u64, u8)>> {
        let mut inner = self.lock()?;
        let poller = &mut *inner;
        let attempt = |wait| poller.wait(wait);
        let ready = wait::some(py, Dialect::Zmtp, timeout, attempt, |ready| !ready.is_empty())?;
        Ok(ready.into_iter().map(|(key, events)| (key, events.bits())).collect())
    }
}

/// Polls pairs of (socket or descriptor, events) once: the events of each, in the same order.
#[pyfunction]
#[pyo3(signature = (dialect, items, timeout=None))]
pub(crate) fn poll(
    py: Python<'_>,
    dialect: &str,
    items: Vec<(Bound<'_, PyAny>, u8)>,
    timeout: Option<i64>,
) -> PyResult<Vec<u8>> {
    let dialect = value::dialect(dialect)?;
    let item = |(what, events): &(_, u8)| Ok((pollable(what)?, Interest::from_bits(*events)));
    let items = items.iter().map(item).collect::<PyResult<Vec<_>>>()?;
    let any = |ready: &Vec<Interest>| ready.iter().any(|events| !events.is_empty());
    let ready = wait::some(py, dialect, timeout, |wait| facade::poll(&items, wait), any)?;
    Ok(ready.into_iter().map(Interest::bits).collect())
}

fn pollable(what: &Bound<'_, PyAny>) -> PyResult<Pollable> {
    if let Ok(socket) = what.cast::<Socket>() {
        return Ok(Pollable::Socket(socket.get().facade().clone()));
    }
    if what.is_instance_of::<PyInt>() {
        return what.extract().map(Pollable::Descriptor);
    }
    let Ok(number) = what.call_method0("fileno") else {
        return Err(wrong_type("socket", "a socket, an int or an object with fileno()", what));
    };
    number.extract().map(Pollable::Descriptor)
}
