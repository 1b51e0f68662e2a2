//! Context: the owner of sockets.
//!
//! Called by `sockery.zmq`, whose `Context` is a subclass, and by `sockery.nnmsg`, which has one for
//! the whole process.

use pyo3::prelude::*;
use sockery::facade::{self, Dialect};

use crate::{error::Raise, value, wait};

/// Owns sockets and the engine's threads.
#[pyclass(frozen, subclass, weakref, module = "sockery._sockery")]
#[derive(Debug)]
pub(crate) struct Context {
    /// `None` only while it is dropped.
    inner: Option<facade::Context>,
}

#[derive(FromPyObject)]
enum Origin<'py> {
    Share(PyRef<'py, Context>),
    Dialect(String),
}

impl Context {
    pub(crate) fn facade(&self) -> &facade::Context {
        self.inner.as_ref().expect("only drop takes it")
    }
}

/// The last owner may have to wait for the engine's threads, so others run meanwhile.
impl Drop for Context {
    fn drop(&mut self) {
        let inner = self.inner.take();
        Python::try_attach(|py| py.detach(|| drop(inner)));
    }
}

#[pymethods]
impl Context {
    /// A new context; the process-wide one of "sp" or "zmtp"; or another handle of a context.
    #[new]
    #[pyo3(signature = (origin=None))]
    fn new(origin: Option<Origin<'_>>) -> PyResult<Self> {
        let inner = match origin {
            None => facade::Context::new(),
            Some(Origin::Share(other)) => other.facade().clone(),
            Some(Origin::Dialect(name)) => match value::dialect(&name)? {
                Dialect::Sp => facade::Context::sp(),
                Dialect::Zmtp => facade::Context::zmq(),
            },
        };
        Ok(Self { inner: Some(inner) })
    }

    /// Whether it was terminated or shut down.
    #[getter]
    fn closed(&self) -> bool {
        self.facade().is_terminated()
    }

    fn _set(&self, py: Python<'_>, number: i32, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let value = value::value_of(value)?;
        self.facade().set(number, &value).raise(py, Dialect::Zmtp)
    }

    fn _get<'py>(&self, py: Python<'py>, number: i32) -> PyResult<Bound<'py, PyAny>> {
        let value = self.facade().get(number).raise(py, Dialect::Zmtp)?;
        value::object_of(py, &value)
    }

    /// From now on every call on its sockets answers ETERM. Does not wait.
    fn shutdown(&self, py: Python<'_>) {
        py.detach(|| self.facade().shutdown());
    }

    /// Shuts down and waits until its sockets are closed and flushed, at most `timeout` ms.
    #[pyo3(signature = (timeout=None))]
    fn _terminate(&self, py: Python<'_>, timeout: Option<i64>) -> PyResult<()> {
        let deadline = value::timeout(timeout);
        wait::until(py, Dialect::Zmtp, deadline, |wait| self.facade().terminate(wait))
    }

    /// Closes all its sockets, with this linger in ms or each with its own.
    #[pyo3(signature = (linger=None))]
    fn _close_all(&self, py: Python<'_>, linger: Option<i32>) {
        py.detach(|| self.facade().close_all(linger));
    }
}
