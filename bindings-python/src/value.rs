//! Values: options, flags and dialects between Python and the engine.
//!
//! Called by the other files. No option is named here: rows of the catalog are only passed on.

use std::sync::OnceLock;

use pyo3::{
    exceptions::PyValueError,
    prelude::*,
    types::{PyBytes, PyInt, PyString},
};
use sockery::facade::{
    Access, Dialect, OptionRow, Value, Wait,
    catalog::{self, Constant},
};

use crate::{error::wrong_type, message};

/// (names, level, number, kind, may be read, may be written, doc).
pub(crate) type OptionRecord = (Vec<&'static str>, i32, i32, String, bool, bool, &'static str);

/// The dialect with this name: "sp" or "zmtp".
pub(crate) fn dialect(name: &str) -> PyResult<Dialect> {
    match name {
        "sp" => Ok(Dialect::Sp),
        "zmtp" => Ok(Dialect::Zmtp),
        _ => Err(PyValueError::new_err(format!("dialect must be 'sp' or 'zmtp', not {name:?}"))),
    }
}

pub(crate) fn constants(dialect: Dialect) -> &'static [Constant] {
    match dialect {
        Dialect::Sp => catalog::nn_constants(),
        Dialect::Zmtp => catalog::zmq_constants(),
    }
}

pub(crate) fn option_record(row: &'static OptionRow, dialect: Dialect) -> Option<OptionRecord> {
    let mut names = vec![row.name_in(dialect)];
    if dialect == Dialect::Zmtp {
        names.extend(row.aliases);
    }
    let level =
        row.nn.filter(|_| dialect == Dialect::Sp).map_or_else(i32::default, |(level, _)| level);
    let kind = format!("{:?}", row.kind);
    let (read, write) = (row.access != Access::WriteOnly, row.access != Access::ReadOnly);
    Some((names, level, row.number(dialect)?, kind, read, write, row.doc))
}

/// What a program passes as the value of an option.
pub(crate) fn value_of(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if value.is_instance_of::<PyInt>() {
        return value.extract().map(Value::Int);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Value::Text(text.to_cow()?.into_owned()));
    }
    match message::copy_of(value) {
        Some(bytes) => Ok(Value::Bytes(bytes)),
        None => Err(wrong_type("value", "int, str or bytes-like", value)),
    }
}

/// The value of an option as Python has it.
pub(crate) fn object_of<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Int(number) => number.into_pyobject(py)?.into_any(),
        Value::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
        Value::Text(text) => PyString::new(py, text).into_any(),
    })
}

/// What the `flags` of a send or receive say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags {
    pub(crate) wait: Wait,
    pub(crate) more: bool,
}

impl Flags {
    pub(crate) fn new(dialect: Dialect, bits: i32) -> Self {
        static SP: OnceLock<[i64; 2]> = OnceLock::new();
        static ZMTP: OnceLock<[i64; 2]> = OnceLock::new();
        let [dontwait, sndmore] = *match dialect {
            Dialect::Sp => SP.get_or_init(|| masks(dialect)),
            Dialect::Zmtp => ZMTP.get_or_init(|| masks(dialect)),
        };
        let is_set = |mask| i64::from(bits) & mask != i64::default();
        let wait = if is_set(dontwait) { Wait::No } else { Wait::Option };
        Self { wait, more: is_set(sndmore) }
    }
}

/// The bits of both flags; none where the dialect has no such flag.
fn masks(dialect: Dialect) -> [i64; 2] {
    ["DONTWAIT", "SNDMORE"].map(|flag| {
        let is_it = |constant: &&Constant| constant.name.trim_start_matches("NN_") == flag;
        let found = constants(dialect).iter().find(is_it);
        found.map_or_else(i64::default, |constant| constant.value)
    })
}

/// How long a call may wait: milliseconds, `None` and negative for ever.
pub(crate) fn timeout(milliseconds: Option<i64>) -> Wait {
    milliseconds.map_or(Wait::Forever, Wait::millis)
}
