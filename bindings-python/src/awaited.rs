//! Awaited: what asyncio is given for a send or receive that need not wait.
//!
//! Called by `socket` for `sockery.zmq.asyncio`, whose queues do the waiting. A future costs more
//! than a message, and one that is done already needs nothing of what makes it dear.

use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::{prelude::*, sync::PyOnceLock, types::PyDict};
use sockery::facade::Interest;

/// A future that was done from the start.
#[pyclass(frozen, module = "sockery._sockery")]
#[derive(Debug)]
pub(crate) struct Done {
    value: Py<PyAny>,
}

impl Done {
    pub(crate) fn with(value: Bound<'_, PyAny>) -> PyResult<Bound<'_, PyAny>> {
        let py = value.py();
        Ok(Bound::new(py, Self { value: value.unbind() })?.into_any())
    }

    /// That of every send.
    pub(crate) fn nothing(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        static NOTHING: PyOnceLock<Py<Done>> = PyOnceLock::new();
        let nothing = NOTHING.get_or_try_init(py, || Py::new(py, Self { value: py.None() }))?;
        Ok(nothing.bind(py).clone().into_any())
    }
}

#[pymethods]
impl Done {
    #[new]
    fn new(value: Py<PyAny>) -> Self {
        Self { value }
    }

    /// What asyncio knows futures by.
    #[classattr]
    fn _asyncio_future_blocking() -> bool {
        false
    }

    /// A generator that ends at once: the interpreter goes through one without raising anything.
    fn __await__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static GIVE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        GIVE.import(py, "sockery.zmq.asyncio.pending", "give")?.call1((&self.value,))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.__await__(py)
    }

    fn done(&self) -> bool {
        true
    }

    fn result(&self, py: Python<'_>) -> Py<PyAny> {
        self.value.clone_ref(py)
    }

    fn exception(&self) {}

    #[pyo3(signature = (msg=None))]
    fn cancel(&self, msg: Option<Bound<'_, PyAny>>) -> bool {
        let _ = msg;
        false
    }

    fn cancelled(&self) -> bool {
        false
    }

    fn get_loop<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        LOOP.import(py, "asyncio", "get_running_loop")?.call0()
    }

    #[pyo3(signature = (callback, /, *, context=None))]
    fn add_done_callback<'py>(
        slf: &Bound<'py, Self>,
        callback: Bound<'py, PyAny>,
        context: Option<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let named = PyDict::new(py);
        named.set_item("context", context)?;
        slf.get().get_loop(py)?.call_method("call_soon", (callback, slf), Some(&named))?;
        Ok(())
    }

    /// How many were taken back: none, since all are on their way.
    fn remove_done_callback(&self, callback: Bound<'_, PyAny>) -> usize {
        let _ = callback;
        0
    }
}

/// How many operations may still go ahead of the loop, in each direction.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    receives: AtomicU32,
    sends: AtomicU32,
}

impl Allowance {
    pub(crate) fn grant(&self, direction: Interest, count: u32) {
        self.of(direction).store(count, Ordering::Relaxed);
    }

    /// Uses up one; false when there is none.
    pub(crate) fn take(&self, direction: Interest) -> bool {
        let count = self.of(direction);
        let left = count.load(Ordering::Relaxed);
        count.store(left.saturating_sub(1), Ordering::Relaxed);
        left > 0
    }

    fn of(&self, direction: Interest) -> &AtomicU32 {
        if direction == Interest::OUT { &self.sends } else { &self.receives }
    }
}
