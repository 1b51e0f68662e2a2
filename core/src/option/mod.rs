//! Options: their names, numbers, types, ranges and defaults (TABLE 3), and a socket's values.
//!
//! Knows no module that uses it. The table is [`table`], the macro that makes types of its rows and
//! the reading and writing of values are [`store`], one value and its checks [`value`]; [`setting`]
//! is what is handed down to patterns. Called by `socket` and, through `facade::catalog`, by
//! bindings, which list the rows instead of naming options.

mod filters;
mod metadata;
pub mod security;
pub mod setting;
pub mod store;
pub mod table;
#[cfg(test)]
mod tests;
mod tls;
pub mod value;
pub mod z85;

use std::ops::RangeInclusive;

use crate::error::{Error, ErrorCode};

pub use filters::Filters;
pub use metadata::Metadata;
pub use security::{Key, Mechanism, Secret, Security};
pub use setting::Setting;
pub use table::{OPTIONS, Opt, Options};
pub use tls::{ClientCertificate, Tls};
pub use value::{Millis, Value};

/// Which family of protocols a socket speaks. Numbers of options and kinds mean nothing without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The Scalability Protocols, as nanomsg and nng speak them.
    Sp,
    /// ZeroMQ's ZMTP, as libzmq speaks it.
    Zmtp,
}

/// The levels of nanomsg's options: the socket itself, a protocol's number or a transport's.
pub mod level {
    /// Options of any socket (`NN_SOL_SOCKET`).
    pub const SOCKET: i32 = 0;
    /// Options of PAIR1 (ours: nanomsg has no PAIR1).
    pub const PAIR1: i32 = 0x11;
    /// Options of PUB.
    pub const PUB: i32 = 0x20;
    /// Options of SUB.
    pub const SUB: i32 = 0x21;
    /// Options of REQ.
    pub const REQ: i32 = 0x30;
    /// Options of SURVEYOR.
    pub const SURVEYOR: i32 = 0x62;
    /// Options of the tcp transport.
    pub const TCP: i32 = -3;
    /// Options of the ws transport.
    pub const WS: i32 = -4;
}

/// `NN_WS_MSG_TYPE_TEXT`: messages over WebSocket go as text (SP).
pub const WS_MSG_TYPE_TEXT: i32 = 1;
/// `NN_WS_MSG_TYPE_BINARY`: they go as they are.
pub const WS_MSG_TYPE_BINARY: i32 = 2;

/// `TLS_CLIENT_CERT` (nng's numbers): clients are not asked for a certificate.
pub const TLS_CLIENT_CERT_NONE: i32 = 0;
/// They may show one.
pub const TLS_CLIENT_CERT_OPTIONAL: i32 = 1;
/// They must.
pub const TLS_CLIENT_CERT_REQUIRED: i32 = 2;
/// `TLS_MIN_VERSION` (nng's numbers, which are those of the protocol): TLS 1.2.
pub const TLS_1_2: i32 = 0x303;
/// TLS 1.3.
pub const TLS_1_3: i32 = 0x304;

/// `ZMQ_ROUTER_NOTIFY`: an empty message comes from each new peer.
pub const NOTIFY_CONNECT: i32 = 1;
/// The same from each peer that is lost.
pub const NOTIFY_DISCONNECT: i32 = 2;

/// `ZMQ_RECONNECT_STOP`: no more dials once nobody listens.
pub const RECONNECT_STOP_CONN_REFUSED: i32 = 1;
/// No more dials once a handshake failed.
pub const RECONNECT_STOP_HANDSHAKE_FAILED: i32 = 2;
/// No more dials once the user disconnected, which ends them with or without.
pub const RECONNECT_STOP_AFTER_DISCONNECT: i32 = 4;

/// What a value of an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionKind {
    /// An integer.
    Int,
    /// A time in milliseconds; -1, where the range has it, is for ever.
    Millis,
    /// 0 or 1.
    Bool,
    /// A byte string; the range is of its length.
    Bytes,
    /// A text of UTF-8; the range is of its length in bytes.
    Text,
    /// A file descriptor.
    Descriptor,
}

/// Whether a program may read or change an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Both.
    ReadWrite,
    /// Reading only.
    ReadOnly,
    /// Changing only: a command (`SUBSCRIBE`), or an option that libzmq does not give back.
    WriteOnly,
}

/// What an option belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// A socket.
    Socket,
    /// A context (ZMTP only).
    Context,
    /// A context, and with its value as the default every socket made from it.
    Both,
}

/// Who answers for the value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// A field of [`Options`].
    Kept,
    /// Made from other fields of [`Options`] (`HWM`, `IPV4ONLY`).
    Derived,
    /// A part of [`Options::security`].
    Security,
    /// A part of [`Options::tls`].
    Tls,
    /// A property of [`Options::metadata`].
    Metadata,
    /// [`Filters`]; adds to them, or takes them back.
    Filters,
    /// [`Options::processors`]; adds one or takes one back.
    Processors,
    /// [`Options::thread_priority`], which is not read back: the number reads as something else.
    Priority,
    /// The socket computes it or acts on it (`EVENTS`, `SUBSCRIBE`); [`Options`] does not know it.
    Socket,
    /// Always the default.
    Fixed,
    /// Only the default is accepted, since what the text names does not exist yet: a security option
    /// above all must never be taken and then not obeyed.
    Missing(&'static str),
}

/// A default, in a form that fits a constant table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// Of Int, Millis, Bool and Descriptor.
    Int(i64),
    /// Of Bytes and Text.
    Text(&'static str),
}

/// One row of TABLE 3.
#[derive(Clone, Debug)]
pub struct OptionRow {
    /// Which option it is, for a `match`.
    pub opt: Opt,
    /// libzmq's name without `ZMQ_`, or nanomsg's without `NN_` where libzmq has no such option.
    pub name: &'static str,
    /// nanomsg's name without `NN_`; the same as `name` in most rows.
    pub nn_name: &'static str,
    /// libzmq's older names for the same number.
    pub aliases: &'static [&'static str],
    /// nanomsg's level and number; `None` when SP sockets have no such option.
    pub nn: Option<(i32, i32)>,
    /// libzmq's number; `None` when ZMTP sockets have no such option.
    pub zmq: Option<i32>,
    /// What its values are.
    pub kind: OptionKind,
    /// Whether it may be read and changed.
    pub access: Access,
    /// Whose option it is.
    pub scope: Scope,
    /// The names of the socket kinds that have it; empty when all do.
    pub kinds: &'static [&'static str],
    /// Who answers for its value.
    pub state: State,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    ranges: [RangeInclusive<i64>; 2],
    presets: [Preset; 2],
}

impl OptionRow {
    /// The values it takes in a dialect, or for bytes and text their lengths.
    #[must_use]
    pub fn range(&self, dialect: Dialect) -> &RangeInclusive<i64> {
        &self.ranges[dialect as usize]
    }

    /// The value of a new socket in a dialect.
    #[must_use]
    pub fn default(&self, dialect: Dialect) -> Value {
        match (self.preset(dialect), self.kind) {
            (Preset::Int(number), _) => Value::Int(number),
            (Preset::Text(text), OptionKind::Text) => Value::from(text),
            (Preset::Text(text), _) => Value::from(text.as_bytes()),
        }
    }

    /// The name that users of a dialect know it by.
    #[must_use]
    pub fn name_in(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sp => self.nn_name,
            Dialect::Zmtp => self.name,
        }
    }

    /// What it needs that does not exist yet, so that only its default is taken.
    #[must_use]
    pub fn lacks(&self) -> Option<&'static str> {
        match self.state {
            State::Missing(what) => Some(what),
            _ => None,
        }
    }

    /// Whether sockets (not contexts) of a dialect have it.
    #[must_use]
    pub fn of_socket(&self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Sp => self.nn.is_some(),
            Dialect::Zmtp => self.zmq.is_some() && self.scope != Scope::Context,
        }
    }

    /// Whether contexts have it.
    #[must_use]
    pub fn of_context(&self) -> bool {
        self.scope != Scope::Socket
    }

    /// Whether a socket of the kind with this name (such as `ROUTER`) has it.
    #[must_use]
    pub fn of_kind(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }

    /// The number in a dialect, without nanomsg's level.
    #[must_use]
    pub fn number(&self, dialect: Dialect) -> Option<i32> {
        match dialect {
            Dialect::Sp => self.nn.map(|(_, number)| number),
            Dialect::Zmtp => self.zmq,
        }
    }

    fn preset(&self, dialect: Dialect) -> Preset {
        self.presets[dialect as usize]
    }

    fn answers_to(&self, dialect: Dialect, name: &str) -> bool {
        self.name_in(dialect) == name || (dialect == Dialect::Zmtp && self.aliases.contains(&name))
    }
}

/// The option of a socket with this number. ZMTP has no levels: any level is the same.
#[must_use]
pub fn find(dialect: Dialect, level: i32, number: i32) -> Option<&'static OptionRow> {
    OPTIONS.iter().find(|row| match dialect {
        Dialect::Sp => row.nn == Some((level, number)),
        Dialect::Zmtp => row.of_socket(dialect) && row.zmq == Some(number),
    })
}

/// The option of a socket with this name (upper case, no `ZMQ_` or `NN_`; libzmq's old names too).
#[must_use]
pub fn find_name(dialect: Dialect, name: &str) -> Option<&'static OptionRow> {
    OPTIONS.iter().find(|row| row.of_socket(dialect) && row.answers_to(dialect, name))
}

/// The option of a ZMTP context with this number.
#[must_use]
pub fn find_context(number: i32) -> Option<&'static OptionRow> {
    OPTIONS.iter().find(|row| row.of_context() && row.zmq == Some(number))
}

/// The option of a ZMTP context with this name.
#[must_use]
pub fn find_context_name(name: &str) -> Option<&'static OptionRow> {
    OPTIONS.iter().find(|row| row.of_context() && row.answers_to(Dialect::Zmtp, name))
}

/// [`find`], or the error that each library answers: ENOPROTOOPT in nanomsg, EINVAL in libzmq.
pub fn lookup(dialect: Dialect, level: i32, number: i32) -> Result<&'static OptionRow, Error> {
    find(dialect, level, number).ok_or_else(|| {
        let what = match dialect {
            Dialect::Sp => format!("no option {number} at level {level}"),
            Dialect::Zmtp => format!("no option {number}"),
        };
        Error::new(not_accessible(dialect), what)
    })
}

/// What each library answers to an option that it does not have, or not in this direction.
fn not_accessible(dialect: Dialect) -> ErrorCode {
    match dialect {
        Dialect::Sp => ErrorCode::NoSuchOption,
        Dialect::Zmtp => ErrorCode::Invalid,
    }
}
