//! Errors: the engine's become the exceptions of `sockery._errors`, which knows their classes.
//!
//! Called wherever a facade call may fail, and for arguments of a wrong type.

use pyo3::{exceptions::PyTypeError, prelude::*, sync::PyOnceLock, types::PyString};
use sockery::facade::{Dialect, Error};

/// Turns the engine's errors into the exceptions of a dialect.
pub(crate) trait Raise<T> {
    fn raise(self, py: Python<'_>, dialect: Dialect) -> PyResult<T>;
}

impl<T> Raise<T> for Result<T, Error> {
    fn raise(self, py: Python<'_>, dialect: Dialect) -> PyResult<T> {
        self.map_err(|error| exception(py, dialect, &error))
    }
}

/// The exception of a dialect for an error.
#[cold]
pub(crate) fn exception(py: Python<'_>, dialect: Dialect, error: &Error) -> PyErr {
    match build(py, dialect, error) {
        Ok(value) => PyErr::from_value(value),
        Err(failure) => failure,
    }
}

fn build<'py>(py: Python<'py>, dialect: Dialect, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    static NN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static ZMQ: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let row = error.code().row();
    let text = error.to_string();
    match dialect {
        Dialect::Sp => {
            let make = NN.import(py, "sockery._errors", "nn_error")?;
            make.call1((row.posix, row.nn, row.name, text))
        }
        Dialect::Zmtp => {
            let make = ZMQ.import(py, "sockery._errors", "zmq_error")?;
            make.call1((row.posix, text))
        }
    }
}

/// The exception for received bytes that are no table: it carries the message.
#[cold]
pub(crate) fn undecodable(py: Python<'_>, dialect: Dialect, error: &Error, bytes: &[u8]) -> PyErr {
    static TABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let build = || -> PyResult<Bound<'_, PyAny>> {
        let cause = build(py, dialect, error)?;
        TABLE.import(py, "sockery._errors", "table_error")?.call1((cause, bytes))
    };
    match build() {
        Ok(value) => PyErr::from_value(value),
        Err(failure) => failure,
    }
}

/// A TypeError that names the argument, what it may be, and the type that came.
#[cold]
pub(crate) fn wrong_type(argument: &str, expected: &str, got: &Bound<'_, PyAny>) -> PyErr {
    let name = got.get_type().name().unwrap_or_else(|_| PyString::new(got.py(), "?"));
    PyTypeError::new_err(format!("{argument} must be {expected}, not {name}"))
}
