//! Records: Python values into the bytes of C structures and back, with no tree in between.
//!
//! Called by `sockery._record`, which makes `nnmsg.struct` of it.

use pyo3::{
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple},
};
use sockery::facade::{
    Dialect, Error,
    record::{self, Field, Reader, Shape, Token, Want, Writer},
};

use crate::{error, message};

/// What a field list describes.
#[pyclass(frozen, module = "sockery._sockery")]
#[derive(Debug)]
pub(crate) struct Layout {
    inner: record::Layout,
}

#[pymethods]
impl Layout {
    #[new]
    fn new(fields: &str) -> PyResult<Self> {
        let inner = record::Layout::parse(fields);
        let inner = inner.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self { inner })
    }

    /// How many bytes a record takes.
    #[getter]
    fn size(&self) -> usize {
        self.inner.size()
    }

    /// The fields: triples of name, offset and, where it is a record or an array of records, the
    /// same of its fields, else None.
    #[getter]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        fields(py, self.inner.fields())
    }

    /// The bytes of a record.
    fn pack<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let mut writer = Writer::new(&self.inner);
        write(&mut writer, value)?;
        Ok(PyBytes::new(value.py(), &writer.finish().map_err(unfit)?))
    }

    /// The record that some bytes are, as a dict.
    fn unpack<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let bytes = message::frame_of("data", data)?;
        let undecodable = |error: Error| error::undecodable(py, Dialect::Sp, &error, &bytes);
        let mut reader = Reader::new(&self.inner, &bytes).map_err(undecodable)?;
        read(py, &mut reader)
    }
}

fn fields<'py>(py: Python<'py>, all: &[Field]) -> PyResult<Bound<'py, PyTuple>> {
    let view = |field: &Field| {
        let inner = match innermost(&field.shape) {
            Shape::Record(inner, _) => Some(fields(py, inner)?),
            _ => None,
        };
        (&*field.name, field.offset, inner).into_pyobject(py)
    };
    PyTuple::new(py, all.iter().map(view).collect::<PyResult<Vec<_>>>()?)
}

/// What arrays are of.
fn innermost(shape: &Shape) -> &Shape {
    match shape {
        Shape::Array(array) => innermost(&array.item),
        shape => shape,
    }
}

/// The recursion is bounded: a layout nests no deeper than its limit.
fn write(writer: &mut Writer<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match writer.wants() {
        Some(Want::Record(fields)) => return write_record(writer, fields, value),
        Some(Want::Array(_)) => return write_array(writer, value),
        Some(Want::Chars(_)) => {
            if let Ok(text) = value.cast::<PyString>() {
                writer.chars(text.to_cow()?.as_bytes())
            } else if let Some(bytes) = message::copy_of(value) {
                writer.chars(&bytes)
            } else {
                Err(writer.unfit(&kind(value)?))
            }
        }
        _ => return write_number(writer, value),
    }
    .map_err(unfit)
}

fn write_number(writer: &mut Writer<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let written = if let Ok(flag) = value.cast::<PyBool>() {
        writer.bool(flag.is_true())
    } else if value.is_instance_of::<PyInt>() {
        match (value.extract(), value.extract()) {
            (Ok(number), _) => writer.int(number),
            (_, Ok(number)) => writer.uint(number),
            _ => Err(writer.refuse("an int does not fit 64 bits")),
        }
    } else if let Ok(number) = value.cast::<PyFloat>() {
        writer.float(number.value())
    } else {
        Err(writer.unfit(&kind(value)?))
    };
    written.map_err(unfit)
}

/// Of a dict by key, of a tuple or list by place, of any other object by attribute.
fn write_record(
    writer: &mut Writer<'_>,
    fields: &[Field],
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let missing = |writer: &Writer<'_>| unfit(writer.refuse("the value is missing"));
    if let Ok(dict) = value.cast::<PyDict>() {
        for key in dict.keys() {
            let known = key.cast::<PyString>().is_ok_and(|key| {
                key.to_cow().is_ok_and(|key| fields.iter().any(|field| *field.name == *key))
            });
            if !known {
                let key = key.str()?;
                let why = format!("there is no field \"{}\"", key.to_cow()?);
                return Err(unfit(writer.refuse(&why)));
            }
        }
        writer.open(fields.len()).map_err(unfit)?;
        for field in fields {
            let value = dict.get_item(&*field.name)?.ok_or_else(|| missing(writer))?;
            write(writer, &value)?;
        }
        return Ok(());
    }
    if value.is_instance_of::<PyTuple>() || value.is_instance_of::<PyList>() {
        return write_array(writer, value);
    }
    // An object of another kind altogether lacks them all.
    let mut names = fields.iter().map(|field| value.hasattr(&*field.name));
    if !names.try_fold(false, |any, has| has.map(|has| any || has))? {
        return Err(unfit(writer.unfit(&kind(value)?)));
    }
    writer.open(fields.len()).map_err(unfit)?;
    for field in fields {
        let value = value.getattr(&*field.name).map_err(|_| missing(writer))?;
        write(writer, &value)?;
    }
    Ok(())
}

fn write_array(writer: &mut Writer<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let is_text = value.is_instance_of::<PyString>() || value.is_instance_of::<PyDict>();
    let len = if is_text { None } else { value.len().ok() };
    let Some(len) = len else { return Err(unfit(writer.unfit(&kind(value)?))) };
    writer.open(len).map_err(unfit)?;
    (usize::default()..len).try_for_each(|index| write(writer, &value.get_item(index)?))
}

fn kind(value: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(value.get_type().name()?.to_string())
}

#[cold]
fn unfit(error: Error) -> PyErr {
    PyTypeError::new_err(error.to_string())
}

fn read<'py>(py: Python<'py>, reader: &mut Reader<'_>) -> PyResult<Bound<'py, PyAny>> {
    Ok(match reader.next() {
        None => py.None().into_bound(py),
        Some(Token::Int(number)) => PyInt::new(py, number).into_any(),
        Some(Token::UInt(number)) => PyInt::new(py, number).into_any(),
        Some(Token::Float(number)) => PyFloat::new(py, number).into_any(),
        Some(Token::Bool(flag)) => PyBool::new(py, flag).to_owned().into_any(),
        Some(Token::Chars(bytes)) => PyBytes::new(py, bytes).into_any(),
        Some(Token::Array(len)) => {
            let list = PyList::empty(py);
            for _ in usize::default()..len {
                list.append(read(py, reader)?)?;
            }
            list.into_any()
        }
        Some(Token::Record(fields)) => {
            let dict = PyDict::new(py);
            for field in fields {
                dict.set_item(&*field.name, read(py, reader)?)?;
            }
            dict.into_any()
        }
    })
}
