//! sockery._sockery: the native half of the Python package, a thin layer over `sockery::facade`.
//!
//! Imported by the package's own modules (`python/sockery`), never by users. Names that one dialect
//! alone shows begin with an underscore; `nnmsg` and `zmq` give them their documented names.

#![deny(unsafe_code)]

mod awaited;
mod conn;
mod context;
mod error;
mod lent;
mod message;
mod poller;
mod record;
mod socket;
mod table;
mod timers;
mod value;
mod wait;

use pyo3::prelude::*;

#[pymodule(name = "_sockery")]
mod native {
    use pyo3::{prelude::*, types::PyBytes};
    use sockery::facade::{self, Interest, OptionRow, catalog};

    #[pymodule_export]
    use super::{
        awaited::Done,
        conn::{Station, certificate_fields, station_constants},
        context::Context,
        message::Peer,
        poller::{Poller, poll},
        record::Layout,
        socket::{Armed, Socket, device, steer},
        table::{pack, unpack},
        timers::Timers,
    };
    use crate::{error::Raise, value, wait};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        facade::look_at_signals();
        module.add("__version__", facade::version())?;
        module.add("IN", Interest::IN.bits())?;
        module.add("OUT", Interest::OUT.bits())?;
        module.add("TERM", Interest::TERM.bits())
    }

    /// The constants of a dialect ("sp", "zmtp") as pairs of name and number.
    #[pyfunction]
    fn constants(dialect: &str) -> PyResult<Vec<(&'static str, i64)>> {
        let all = value::constants(value::dialect(dialect)?);
        Ok(all.iter().map(|constant| (constant.name, constant.value)).collect())
    }

    /// What nanomsg's `nn_symbol_info` says of its names: (name, value, ns, type, unit).
    #[pyfunction]
    fn symbols() -> Vec<(&'static str, i64, i32, i32, i32)> {
        let view = |row: &catalog::Symbol| (row.name, row.value, row.space, row.kind, row.unit);
        catalog::nn_symbols().iter().map(view).collect()
    }

    /// The options of a dialect's sockets: (names, level, number, kind, may read, may write, doc).
    #[pyfunction]
    fn options(dialect: &str) -> PyResult<Vec<value::OptionRecord>> {
        let dialect = value::dialect(dialect)?;
        Ok(catalog::options(dialect).filter_map(|row| record(row, dialect)).collect())
    }

    /// The options of contexts, as `options` lists those of sockets.
    #[pyfunction]
    fn context_options() -> Vec<value::OptionRecord> {
        let dialect = facade::Dialect::Zmtp;
        catalog::context_options().filter_map(|row| record(row, dialect)).collect()
    }

    fn record(row: &'static OptionRow, dialect: facade::Dialect) -> Option<value::OptionRecord> {
        value::option_record(row, dialect)
    }

    /// Every error: (name, the host's and libzmq's number, the number of document 000, text).
    #[pyfunction]
    fn errors() -> Vec<(&'static str, i32, i32, &'static str)> {
        let view = |row: &facade::ErrorRow| (row.name, row.posix, row.nn, row.text);
        catalog::errors().iter().map(view).collect()
    }

    /// The kinds of sockets of a dialect: (name, domain, number).
    #[pyfunction]
    fn kinds(dialect: &str) -> PyResult<Vec<(&'static str, i32, i32)>> {
        let dialect = value::dialect(dialect)?;
        let ours = facade::kinds().iter().filter(|kind| kind.dialect == dialect);
        Ok(ours.map(|kind| (kind.name, kind.domain, kind.number)).collect())
    }

    /// Every kind of event and its bit.
    #[pyfunction]
    fn events() -> Vec<(&'static str, i64)> {
        catalog::events().map(|event| (event.name, event.value)).collect()
    }

    /// The transports and mechanisms that there are.
    #[pyfunction]
    fn capabilities() -> Vec<&'static str> {
        catalog::capabilities()
    }

    /// A new pair of CURVE keys in Z85: the public and the secret one.
    #[pyfunction]
    fn curve_keypair() -> (String, String) {
        facade::curve_keypair()
    }

    /// The public key of a secret one, in Z85.
    #[pyfunction]
    fn curve_public(py: Python<'_>, secret: &[u8]) -> PyResult<String> {
        facade::curve_public(secret).raise(py, facade::Dialect::Zmtp)
    }

    /// Bytes, a multiple of 4, as Z85.
    #[pyfunction]
    fn z85_encode(py: Python<'_>, data: &[u8]) -> PyResult<String> {
        facade::z85::encode(data).raise(py, facade::Dialect::Zmtp)
    }

    /// The bytes of Z85.
    #[pyfunction]
    fn z85_decode<'py>(py: Python<'py>, text: &[u8]) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = facade::z85::decode(text).raise(py, facade::Dialect::Zmtp)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Ends the engine's work for this process, within `SOCKERY_EXIT_MS`.
    #[pyfunction]
    fn leave(py: Python<'_>) {
        wait::leave(py);
    }

    /// To be called in the child after a fork.
    #[pyfunction]
    fn forked() {
        facade::forked();
    }
}
