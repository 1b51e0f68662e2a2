//! Tables: Python values into MessagePack and back, with no tree in between.
//!
//! Called by `socket` for `sendTable` and `recvTable`, and by users as `sockery.pack` and `unpack`.

use pyo3::{
    exceptions::PyTypeError,
    prelude::*,
    sync::PyOnceLock,
    types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple},
};
use sockery::facade::{
    Dialect, Error,
    table::{Reader, Token, Writer},
};

use crate::{error, message};

/// The table of a value, as `sendTable` sends it: MessagePack.
///
/// Carries None, bool, int (to 64 bits), float, str, bytes-like, aware datetime, list, tuple and
/// dict with str and int keys. A TypeError names the path of what cannot be carried.
#[pyfunction]
pub(crate) fn pack<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    encode(value).map(|bytes| PyBytes::new(value.py(), &bytes))
}

/// The value of a table that `pack` or another language made.
#[pyfunction]
pub(crate) fn unpack<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    decode(py, Dialect::Sp, &message::frame_of("data", data)?)
}

pub(crate) fn encode(value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let mut writer = Writer::new();
    write(&mut writer, value)?;
    writer.finish().map_err(unfit)
}

pub(crate) fn decode<'py>(
    py: Python<'py>,
    dialect: Dialect,
    bytes: &[u8],
) -> PyResult<Bound<'py, PyAny>> {
    let mut reader = Reader::new(bytes);
    let value = read(py, &mut reader).and_then(|value| {
        reader.finish()?;
        Ok(value)
    });
    value.map_err(|failure| match failure {
        Failure::Table(error) => error::undecodable(py, dialect, &error, bytes),
        Failure::Python(error) => error,
    })
}

/// The recursion is bounded: a writer refuses to nest deeper than its limit.
fn write(writer: &mut Writer, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_cow().map_err(|_| refuse(writer, "a str with lone surrogates"))?;
        writer.str(&text)
    } else if let Ok(flag) = value.cast::<PyBool>() {
        writer.bool(flag.is_true())
    } else if value.is_instance_of::<PyInt>() {
        return write_int(writer, value);
    } else if let Ok(dict) = value.cast::<PyDict>() {
        return write_dict(writer, dict);
    } else if let Ok(list) = value.cast::<PyList>() {
        return write_items(writer, list.len(), |index| list.get_item(index));
    } else if let Ok(bytes) = value.cast::<PyBytes>() {
        writer.bin(bytes.as_bytes())
    } else if let Ok(number) = value.cast::<PyFloat>() {
        writer.float(number.value())
    } else if value.is_none() {
        writer.nil()
    } else if let Ok(tuple) = value.cast::<PyTuple>() {
        return write_items(writer, tuple.len(), |index| tuple.get_item(index));
    } else {
        return write_rare(writer, value);
    }
    .map_err(unfit)
}

fn write_int(writer: &mut Writer, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let written = if let Ok(number) = value.extract() {
        writer.int(number)
    } else if let Ok(number) = value.extract() {
        writer.uint(number)
    } else {
        return Err(refuse(writer, "an int does not fit 64 bits"));
    };
    written.map_err(unfit)
}

/// A copy of the entries is walked: a user's tzinfo may run, and change the dict, in between.
fn write_dict(writer: &mut Writer, dict: &Bound<'_, PyDict>) -> PyResult<()> {
    let entries = dict.items();
    writer.map(entries.len()).map_err(unfit)?;
    for entry in entries.iter() {
        let (key, value) = entry.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
        write(writer, &key)?;
        write(writer, &value)?;
    }
    Ok(())
}

fn write_items<'py>(
    writer: &mut Writer,
    len: usize,
    item: impl Fn(usize) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<()> {
    writer.array(len).map_err(unfit)?;
    (usize::default()..len).try_for_each(|index| write(writer, &item(index)?))
}

fn write_rare(writer: &mut Writer, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = value.py();
    if value.is_instance(&helper(py, &DATETIME, "datetime", "datetime")?)? {
        let split = helper(py, &SPLIT, "sockery._time", "split")?;
        let Some((secs, nanos)) = split.call1((value,))?.extract::<Option<(i64, u32)>>()? else {
            return Err(refuse(writer, "a datetime must be aware (have a time zone)"));
        };
        return writer.timestamp(secs, nanos).map_err(unfit);
    }
    if let Some(bytes) = message::copy_of(value) {
        return writer.bin(&bytes).map_err(unfit);
    }
    let kind = value.get_type().name()?;
    Err(refuse(writer, &format!("a table cannot carry a value of type {kind}")))
}

fn refuse(writer: &Writer, why: &str) -> PyErr {
    unfit(writer.refuse(why))
}

#[cold]
fn unfit(error: Error) -> PyErr {
    PyTypeError::new_err(error.to_string())
}

enum Failure {
    Table(Error),
    Python(PyErr),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Table(error)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

/// The recursion is bounded: a reader refuses what nests deeper than its limit.
fn read<'py>(py: Python<'py>, reader: &mut Reader<'_>) -> Result<Bound<'py, PyAny>, Failure> {
    Ok(match reader.next()? {
        Token::Nil => py.None().into_bound(py),
        Token::Bool(flag) => PyBool::new(py, flag).to_owned().into_any(),
        Token::Int(number) => PyInt::new(py, number).into_any(),
        Token::UInt(number) => PyInt::new(py, number).into_any(),
        Token::Float(number) => PyFloat::new(py, number).into_any(),
        Token::Str(text) => PyString::new(py, text).into_any(),
        Token::Bin(bytes) => PyBytes::new(py, bytes).into_any(),
        Token::Timestamp { secs, nanos } => {
            let join = helper(py, &JOIN, "sockery._time", "join")?;
            let outside = |_| reader.refuse("a timestamp before here is outside datetime's years");
            join.call1((secs, nanos)).map_err(outside)?
        }
        Token::Array(len) => {
            let list = PyList::empty(py);
            for _ in usize::default()..len {
                list.append(read(py, reader)?)?;
            }
            list.into_any()
        }
        Token::Map(len) => {
            let dict = PyDict::new(py);
            for _ in usize::default()..len {
                let key = read(py, reader)?;
                dict.set_item(key, read(py, reader)?)?;
            }
            dict.into_any()
        }
    })
}

static DATETIME: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static SPLIT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static JOIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn helper<'py>(
    py: Python<'py>,
    cell: &'static PyOnceLock<Py<PyAny>>,
    module: &str,
    name: &str,
) -> PyResult<Bound<'py, PyAny>> {
    cell.import(py, module, name).cloned()
}
