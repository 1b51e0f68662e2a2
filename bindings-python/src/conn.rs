//! Stations: the native half of `sockery.socketcore` and `sockery.rtos`.

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict},
};
use sockery::facade::{
    self, Argument, Certificates, Dialect, Event,
    catalog::{self, Constant},
};

use crate::{
    error::{Raise, wrong_type},
    message, value, wait,
};

/// An address or a port.
#[derive(FromPyObject)]
enum Word {
    Number(i64),
    Text(String),
}

impl From<Word> for Argument {
    fn from(word: Word) -> Self {
        match word {
            Word::Number(number) => Self::Number(number),
            Word::Text(text) => Self::Text(text),
        }
    }
}

/// Sockets by id, timers, and the messages of both.
#[pyclass(frozen, module = "sockery._sockery")]
#[derive(Debug)]
pub(crate) struct Station {
    inner: facade::Station,
}

#[pymethods]
impl Station {
    #[new]
    fn new() -> Self {
        Self { inner: facade::Station::new() }
    }

    /// Begins to connect; the id.
    fn connect(
        &self,
        py: Python<'_>,
        kind: i64,
        address: Word,
        port: Word,
        said: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<u32> {
        let said = certificates(said)?;
        let id = self.inner.connect(kind, address.into(), port.into(), said.as_ref());
        id.raise(py, Dialect::Sp)
    }

    /// Listens; the id.
    fn listen(
        &self,
        py: Python<'_>,
        port: i64,
        address: Option<&str>,
        said: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<u32> {
        let said = certificates(said)?;
        self.inner.listen(port, address, said.as_ref()).raise(py, Dialect::Sp)
    }

    /// Sends a str as UTF-8, or bytes; the code.
    fn send(&self, id: i64, data: &Bound<'_, PyAny>) -> PyResult<i32> {
        if let Ok(bytes) = data.cast::<PyBytes>() {
            return Ok(self.inner.send(id, bytes.as_bytes()).number());
        }
        let Some(bytes) = message::copy_of(data) else {
            return Err(wrong_type("data", "bytes-like or str", data));
        };
        Ok(self.inner.send(id, &bytes).number())
    }

    fn recv<'py>(&self, py: Python<'py>, id: i64, limit: i64) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.inner.recv(id, limit))
    }

    fn close(&self, id: i64) -> bool {
        self.inner.close(id)
    }

    fn destroy(&self, id: i64) -> bool {
        self.inner.destroy(id)
    }

    fn set(&self, id: i64, level: i64, name: i64, value: i64) -> bool {
        self.inner.set(id, level, name, value)
    }

    fn room(&self, id: i64) -> usize {
        self.inner.room(id)
    }

    fn port(&self, id: i64) -> Option<u16> {
        self.inner.port(id)
    }

    #[pyo3(signature = (wanted=None))]
    fn limit(&self, wanted: Option<i64>) -> usize {
        self.inner.limit(wanted)
    }

    fn dropped(&self) -> usize {
        self.inner.dropped()
    }

    fn timer_start(&self, id: i64, millis: i64) -> bool {
        self.inner.timer_start(id, millis)
    }

    fn timer_stop(&self, id: i64) {
        self.inner.timer_stop(id);
    }

    fn tick(&self) -> u64 {
        self.inner.tick()
    }

    /// A descriptor that is readable while messages wait.
    fn descriptor(&self, py: Python<'_>) -> PyResult<i32> {
        self.inner.descriptor().raise(py, Dialect::Sp)
    }

    /// The fields of the next message; `None` after so many milliseconds (negative: for ever).
    fn receive<'py>(&self, py: Python<'py>, millis: i64) -> PyResult<Option<Bound<'py, PyDict>>> {
        let now = self.inner.receive(facade::Wait::No.deadline()).raise(py, Dialect::Sp)?;
        let event = match now {
            None if millis != i64::default() => {
                let attempt = |wait: facade::Wait| self.inner.receive(wait.deadline());
                wait::until(py, Dialect::Sp, value::timeout(Some(millis)), attempt)?
            }
            now => now,
        };
        event.map(|event| fields(py, &event)).transpose()
    }
}

fn fields<'py>(py: Python<'py>, event: &Event) -> PyResult<Bound<'py, PyDict>> {
    let fields = PyDict::new(py);
    if let Some(timer) = event.timer() {
        fields.set_item("id", event.kind.number())?;
        fields.set_item("timer_id", timer)?;
        return Ok(fields);
    }
    for (name, number) in event.numbers() {
        fields.set_item(name, number)?;
    }
    if let Some((name, text)) = event.text() {
        fields.set_item(name, text)?;
    }
    Ok(fields)
}

fn certificates(said: Option<&Bound<'_, PyDict>>) -> PyResult<Option<Certificates>> {
    let Some(said) = said else { return Ok(None) };
    let mut certificates = Certificates::default();
    for field in Certificates::FIELDS {
        let Some(value) = said.get_item(field)?.filter(|value| !value.is_none()) else { continue };
        let Some(text) = message::copy_of(&value) else {
            return Err(wrong_type(&format!("cert[{field:?}]"), "str or bytes-like", &value));
        };
        certificates.set(field, text).raise(said.py(), Dialect::Sp)?;
    }
    Ok(Some(certificates))
}

/// Pairs of name and number: of socketcore, and of rtos.
#[pyfunction]
pub(crate) fn station_constants() -> [Vec<(&'static str, i64)>; 2] {
    let pairs = |all: Vec<Constant>| all.iter().map(|one| (one.name, one.value)).collect();
    [catalog::socketcore_constants(), catalog::rtos_constants()].map(pairs)
}

/// The names of what can be said about TLS.
#[pyfunction]
pub(crate) fn certificate_fields() -> [&'static str; 7] {
    Certificates::FIELDS
}
