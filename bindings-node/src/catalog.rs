//! The core's tables as JavaScript arrays, for `lib/*.js` to loop over when it is loaded.

use napi::bindgen_prelude::*;
use napi_derive::napi;
use sockery::facade::{self, Access, Dialect, Interest, OptionKind, OptionRow, Shape, catalog};

use crate::error::raise;

/// The dialect that JavaScript calls `sp` (nnmsg) or anything else (zmq).
fn dialect(name: &str) -> Dialect {
    if name == "sp" { Dialect::Sp } else { Dialect::Zmtp }
}

/// A row of the table of kinds; its place in the list names it to `Context.open`.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct KindRow {
    /// `REQ`, `PAIR` ...
    pub name: &'static str,
    /// Whether it belongs to nnmsg.
    pub sp: bool,
    /// nanomsg's domain; 0 in zmq.
    pub domain: i32,
    /// The number of the protocol or type.
    pub number: i32,
    /// Whether receiving makes sense.
    pub receives: bool,
    /// Whether sending makes sense.
    pub sends: bool,
    /// Whether messages come as body, header and number of the peer.
    pub whole: bool,
    /// What comes with a message, as a second part: `routingId`, 4 bytes of the host's order, or `group`.
    pub direction: Option<&'static str>,
}

/// Every kind of socket.
#[napi]
pub fn kinds() -> Vec<KindRow> {
    let row = |kind: &facade::Kind| KindRow {
        name: kind.name,
        sp: kind.dialect == Dialect::Sp,
        domain: kind.domain,
        number: kind.number,
        receives: kind.receives,
        sends: kind.sends,
        whole: kind.has_more_than_bodies(),
        direction: match kind.shape() {
            Shape::Routed => Some("routingId"),
            Shape::Grouped => Some("group"),
            _ => None,
        },
    };
    facade::kinds().iter().map(row).collect()
}

/// A name and its number.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct ConstantRow {
    /// The name, as in the core's catalog.
    pub name: &'static str,
    /// Its number.
    pub value: i64,
}

/// The constants of a dialect.
#[napi]
pub fn constants(name: String) -> Vec<ConstantRow> {
    let all = match dialect(&name) {
        Dialect::Sp => catalog::nn_constants(),
        Dialect::Zmtp => catalog::zmq_constants(),
    };
    all.iter().map(|row| ConstantRow { name: row.name, value: row.value }).collect()
}

/// A row of the table of options.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct OptionInfo {
    /// The name in the dialect, without prefix.
    pub name: &'static str,
    /// Older names.
    pub aliases: Vec<&'static str>,
    /// nanomsg's level; 0 in zmq.
    pub level: i32,
    /// The number.
    pub number: i32,
    /// `int`, `millis`, `bool`, `bytes`, `text` or `descriptor`.
    pub kind: &'static str,
    /// Whether it can be read.
    pub readable: bool,
    /// Whether it can be changed.
    pub writable: bool,
    /// The kinds of sockets that have it; empty when all do.
    pub kinds: Vec<&'static str>,
}

/// The options of sockets of a dialect.
#[napi]
pub fn options(name: String) -> Vec<OptionInfo> {
    let dialect = dialect(&name);
    catalog::options(dialect).filter_map(|row| info(row, dialect)).collect()
}

/// The options of contexts.
#[napi]
pub fn context_options() -> Vec<OptionInfo> {
    catalog::context_options().filter_map(|row| info(row, Dialect::Zmtp)).collect()
}

fn info(row: &OptionRow, dialect: Dialect) -> Option<OptionInfo> {
    Some(OptionInfo {
        name: row.name_in(dialect),
        aliases: row.aliases.to_vec(),
        level: row.nn.filter(|_| dialect == Dialect::Sp).map_or(0, |(level, _)| level),
        number: row.number(dialect)?,
        kind: match row.kind {
            OptionKind::Int => "int",
            OptionKind::Millis => "millis",
            OptionKind::Bool => "bool",
            OptionKind::Bytes => "bytes",
            OptionKind::Text => "text",
            OptionKind::Descriptor => "descriptor",
        },
        readable: row.access != Access::WriteOnly,
        writable: row.access != Access::ReadOnly,
        kinds: row.kinds.to_vec(),
    })
}

/// What nanomsg's `nn_symbol_info` says of one of its names.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct SymbolRow {
    /// The name, as nanomsg has it.
    pub name: &'static str,
    /// Its number.
    pub value: i64,
    /// What it is: `NN_NS_*`.
    pub ns: i32,
    /// The type of its values: `NN_TYPE_*`.
    pub r#type: i32,
    /// What they count: `NN_UNIT_*`.
    pub unit: i32,
}

/// Everything that nanomsg has a name for.
#[napi]
pub fn symbols() -> Vec<SymbolRow> {
    let row = |row: &catalog::Symbol| SymbolRow {
        name: row.name,
        value: row.value,
        ns: row.space,
        r#type: row.kind,
        unit: row.unit,
    };
    catalog::nn_symbols().iter().map(row).collect()
}

/// A row of the table of errors.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct ErrorInfo {
    /// `EAGAIN` ...
    pub name: &'static str,
    /// The host's number.
    pub errno: i32,
    /// nanomsg's portable number.
    pub nn_errno: i32,
    /// One sentence.
    pub text: &'static str,
}

/// Every error.
#[napi]
pub fn errors() -> Vec<ErrorInfo> {
    let info = |row: &facade::ErrorRow| ErrorInfo {
        name: row.name,
        errno: row.posix,
        nn_errno: row.nn,
        text: row.text,
    };
    catalog::errors().iter().map(info).collect()
}

/// The place in `kinds()` of the kind with this number; an error says what is wrong.
#[napi]
pub fn find_kind(env: Env, name: String, domain: i32, number: i32) -> Result<u32> {
    let found = facade::kind(dialect(&name), domain, number);
    let found = found.map_err(|error| raise(env, &error))?;
    let place = facade::kinds().iter().position(|kind| std::ptr::eq(kind, found));
    Ok(place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX))
}

/// Every kind of event and its bit.
#[napi]
pub fn events() -> Vec<ConstantRow> {
    let row = |event: catalog::Constant| ConstantRow { name: event.name, value: event.value };
    catalog::events().map(row).collect()
}

/// The states that sockets can be waited for.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Interests {
    /// A receive would not wait.
    pub r#in: u8,
    /// A send would not wait.
    pub out: u8,
    /// The peers or their subscriptions changed.
    pub peers: u8,
    /// The socket is closed or its context terminated.
    pub term: u8,
}

/// The bits of the states.
#[napi]
pub fn interests() -> Interests {
    Interests {
        r#in: Interest::IN.bits(),
        out: Interest::OUT.bits(),
        peers: Interest::PEERS.bits(),
        term: Interest::TERM.bits(),
    }
}
