//! TABLE 4: what a binding lists when it is loaded: constants, options, errors.
//!
//! Bindings loop over these and write no name or number of their own. Numbers of options and errors
//! come from their tables; what stands in no table is a literal here, once.

use std::sync::LazyLock;

pub use crate::socket::capabilities;

use crate::{
    error::{ERRORS, ErrorRow, HAUSNUMERO},
    interest::Interest,
    option::{
        Dialect, NOTIFY_CONNECT, NOTIFY_DISCONNECT, OPTIONS, Opt, OptionKind, OptionRow,
        RECONNECT_STOP_AFTER_DISCONNECT, RECONNECT_STOP_CONN_REFUSED,
        RECONNECT_STOP_HANDSHAKE_FAILED, TLS_1_2, TLS_1_3, TLS_CLIENT_CERT_NONE,
        TLS_CLIENT_CERT_OPTIONAL, TLS_CLIENT_CERT_REQUIRED, WS_MSG_TYPE_BINARY, WS_MSG_TYPE_TEXT,
        level,
    },
    socket::{EventKind, protocol_error},
    socketcore::constants,
};

/// A name and its number, for a binding to make a constant of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constant {
    /// In [`nn_constants`] as nanomsg's header has it (`NN_PAIR`, `AF_SP`); in [`zmq_constants`]
    /// without `ZMQ_`, as pyzmq has it.
    pub name: &'static str,
    /// Its number.
    pub value: i64,
}

/// Every constant of document 000, without the leading underscore, and ours beside them.
#[must_use]
pub fn nn_constants() -> &'static [Constant] {
    static ALL: LazyLock<Vec<Constant>> = LazyLock::new(|| {
        let options = OPTIONS.iter().filter_map(|row| Some((row.nn_name, row.nn?.1)));
        let errors = ERRORS.iter().filter(|row| is_nn_error(row)).map(|row| (row.name, row.nn));
        let derived = options.chain(errors).map(|(name, value)| nn_constant(name, value));
        let literal = NN_LITERALS.iter().map(|&(name, value)| constant(name, value));
        derived.chain(literal).collect()
    });
    &ALL
}

/// What nanomsg's `nn_symbol_info` says of one of its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// As in nanomsg's header: `NN_PAIR`, `AF_SP`, and errors without a prefix (`EAGAIN`).
    pub name: &'static str,
    /// Its number: for errors that of document 000, as [`nn_constants`] has it.
    pub value: i64,
    /// What it is: one of `NN_NS_*`.
    pub space: i32,
    /// Of options and statistics, what their values are: one of `NN_TYPE_*`.
    pub kind: i32,
    /// And in what they are counted: one of `NN_UNIT_*`.
    pub unit: i32,
}

/// Every name that nanomsg 1.1.5 tells of, with what it tells, and our own options beside them.
#[must_use]
pub fn nn_symbols() -> &'static [Symbol] {
    static ALL: LazyLock<Vec<Symbol>> = LazyLock::new(|| {
        let literals = NN_LITERALS.iter().filter_map(|&(name, value)| literal_symbol(name, value));
        let options = OPTIONS.iter().filter_map(option_symbol);
        let errors = ERRORS.iter().filter(|row| is_nn_error(row) || is_nn_posix(row));
        literals.chain(options).chain(errors.map(error_symbol)).collect()
    });
    &ALL
}

/// The number of one of [`NN_LITERALS`].
fn literal(name: &str) -> i32 {
    let found = NN_LITERALS.iter().find(|(own, _)| *own == name);
    found.expect("bindings and symbols name what stands in the list").1
}

/// What a literal is, by its name; `None` for those that nanomsg has but does not tell of.
fn literal_symbol(name: &'static str, value: i32) -> Option<Symbol> {
    let space =
        NN_SPACES.iter().find(|(names, _)| names.iter().any(|own| name.starts_with(own)))?;
    let (kind, unit) = match NN_STAT_UNITS.iter().find(|(own, _)| name.starts_with(own)) {
        Some((_, unit)) => (literal("NN_TYPE_INT"), literal(unit)),
        None => (literal("NN_TYPE_NONE"), literal("NN_UNIT_NONE")),
    };
    Some(Symbol { name, value: value.into(), space: literal(space.1), kind, unit })
}

fn option_symbol(row: &'static OptionRow) -> Option<Symbol> {
    let (level, number) = row.nn?;
    let Constant { name, value } = *nn_constants().iter().find(|constant| {
        constant.name.strip_prefix("NN_") == Some(row.nn_name) && constant.value == number.into()
    })?;
    let own = level == level::SOCKET;
    let space = if own { "NN_NS_SOCKET_OPTION" } else { "NN_NS_TRANSPORT_OPTION" };
    let kind = match row.kind {
        OptionKind::Bytes | OptionKind::Text => "NN_TYPE_STR",
        OptionKind::Int | OptionKind::Millis | OptionKind::Bool | OptionKind::Descriptor => {
            "NN_TYPE_INT"
        }
    };
    let unit = match (row.opt, row.kind) {
        (Opt::SndHwmBytes | Opt::RcvHwmBytes | Opt::MaxMsgSize, _) => "NN_UNIT_BYTES",
        (Opt::SndPrio | Opt::RcvPrio, _) => "NN_UNIT_PRIORITY",
        (_, OptionKind::Millis) => "NN_UNIT_MILLISECONDS",
        (_, OptionKind::Bool) => "NN_UNIT_BOOLEAN",
        _ => "NN_UNIT_NONE",
    };
    let [space, kind, unit] = [space, kind, unit].map(literal);
    Some(Symbol { name, value, space, kind, unit })
}

fn error_symbol(row: &'static ErrorRow) -> Symbol {
    let [space, kind, unit] = ["NN_NS_ERROR", "NN_TYPE_NONE", "NN_UNIT_NONE"].map(literal);
    Symbol { name: row.name, value: row.nn.into(), space, kind, unit }
}

/// Whether nanomsg tells of this error though it has no number of its own for it.
fn is_nn_posix(row: &ErrorRow) -> bool {
    ["EINTR", "ENAMETOOLONG", "ENODEV", "ENOMEM"].contains(&row.name)
}

/// Every constant of libzmq 4.3.5 by the name that pyzmq gives it: drafts and old names too.
#[must_use]
pub fn zmq_constants() -> &'static [Constant] {
    static ALL: LazyLock<Vec<Constant>> = LazyLock::new(|| {
        let mut all: Vec<_> = OPTIONS.iter().flat_map(option_names).collect();
        all.extend(ERRORS.iter().map(|row| constant(row.name, row.posix)));
        all.extend(ZMQ_DEFAULTS.iter().filter_map(|&(name, opt)| default(name, opt)));
        all.extend(events().filter(|row| row.value < OURS).map(zmq_event));
        all.extend(ZMQ_LITERALS.iter().map(|&(name, value)| constant(name, value)));
        all
    });
    &ALL
}

/// Every constant of `socketcore` (document 003, and the firmware's error codes).
#[must_use]
pub fn socketcore_constants() -> Vec<Constant> {
    constants::socketcore().map(|(name, value)| Constant { name, value }).collect()
}

/// Every constant of `rtos`: messages, what a device says of its start, and `INF_TIMEOUT`.
#[must_use]
pub fn rtos_constants() -> Vec<Constant> {
    constants::rtos().map(|(name, value)| Constant { name, value }).collect()
}

/// The options of a dialect's sockets, in the order of the table.
pub fn options(dialect: Dialect) -> impl Iterator<Item = &'static OptionRow> {
    OPTIONS.iter().filter(move |row| row.of_socket(dialect))
}

/// The options of contexts, which ZMTP alone has.
pub fn context_options() -> impl Iterator<Item = &'static OptionRow> {
    OPTIONS.iter().filter(|row| row.of_context())
}

/// From here on events are ours and not libzmq's.
const OURS: i64 = EventKind::AddPre.bit() as i64;

/// Every kind of event and its bit.
pub fn events() -> impl Iterator<Item = Constant> {
    EventKind::ALL.iter().map(|kind| Constant { name: kind.name(), value: kind.bit().into() })
}

/// An event as libzmq names it. Kept for the process's whole life, as a literal would be.
fn zmq_event(event: Constant) -> Constant {
    let name = Box::leak(format!("EVENT_{}", event.name).into_boxed_str());
    Constant { name, ..event }
}

/// Every error, with its name and its number in either numbering.
#[must_use]
pub fn errors() -> &'static [ErrorRow] {
    ERRORS
}

fn constant(name: &'static str, value: i32) -> Constant {
    Constant { name, value: value.into() }
}

/// A constant whose name in the table lacks nanomsg's prefix. Made once a process and kept for its
/// whole life, as a literal would be.
fn nn_constant(name: &str, value: i32) -> Constant {
    constant(Box::leak(format!("NN_{name}").into_boxed_str()), value)
}

/// Whether nanomsg has this error: not those that are POSIX's alone, nor those that it reports by
/// the number of an earlier row.
fn is_nn_error(row: &ErrorRow) -> bool {
    let owner = ERRORS.iter().find(|other| other.nn == row.nn);
    row.nn > HAUSNUMERO && owner.is_some_and(|owner| owner.code == row.code)
}

fn option_names(row: &'static OptionRow) -> impl Iterator<Item = Constant> {
    let names = std::iter::once(row.name).chain(row.aliases.iter().copied());
    names.filter_map(|name| Some(constant(name, row.zmq?)))
}

fn default(name: &'static str, opt: Opt) -> Option<Constant> {
    let value = OPTIONS[opt as usize].default(Dialect::Zmtp).as_int()?;
    Some(Constant { name, value })
}

/// What [`Interest`] numbers as libzmq does.
const fn poll(interest: Interest) -> i32 {
    interest.bits() as i32
}

/// Document 000's constants that stand in no other table, in its order.
static NN_LITERALS: &[(&str, i32)] = &[
    ("AF_SP", 1),
    ("AF_SP_RAW", 2),
    ("NN_BUS", 0x70),
    ("NN_DONTWAIT", 1),
    ("NN_HAUSNUMERO", HAUSNUMERO),
    ("NN_INPROC", -1),
    ("NN_IPC", -2),
    ("NN_NS_DOMAIN", 2),
    ("NN_NS_ERROR", 11),
    ("NN_NS_EVENT", 13),
    ("NN_NS_FLAG", 10),
    ("NN_NS_LIMIT", 12),
    ("NN_NS_NAMESPACE", 0),
    ("NN_NS_OPTION_LEVEL", 5),
    ("NN_NS_OPTION_TYPE", 8),
    ("NN_NS_OPTION_UNIT", 9),
    ("NN_NS_PROTOCOL", 4),
    ("NN_NS_SOCKET_OPTION", 6),
    ("NN_NS_STATISTIC", 14),
    ("NN_NS_TRANSPORT", 3),
    ("NN_NS_TRANSPORT_OPTION", 7),
    ("NN_NS_VERSION", 1),
    ("NN_PAIR", 0x10),
    ("NN_PAIR1", level::PAIR1),
    ("NN_POLLIN", poll(Interest::IN)),
    ("NN_POLLOUT", poll(Interest::OUT)),
    ("NN_PROTO_PAIR", 1),
    ("NN_PROTO_PIPELINE", 5),
    ("NN_PUB", level::PUB),
    ("NN_PULL", 0x51),
    ("NN_PUSH", 0x50),
    ("NN_REP", 0x31),
    ("NN_REQ", level::REQ),
    ("NN_RESPONDENT", 0x63),
    ("NN_SOCKADDR_MAX", 128),
    ("NN_SOL_SOCKET", level::SOCKET),
    ("NN_STAT_ACCEPTED_CONNECTIONS", 0x66),
    ("NN_STAT_ACCEPT_ERRORS", 0x6b),
    ("NN_STAT_BIND_ERRORS", 0x6a),
    ("NN_STAT_BROKEN_CONNECTIONS", 0x68),
    ("NN_STAT_BYTES_RECEIVED", 0x130),
    ("NN_STAT_BYTES_SENT", 0x12f),
    ("NN_STAT_CONNECT_ERRORS", 0x69),
    ("NN_STAT_CURRENT_CONNECTIONS", 0xc9),
    ("NN_STAT_CURRENT_EP_ERRORS", 0xcb),
    ("NN_STAT_CURRENT_SND_PRIORITY", 0x191),
    ("NN_STAT_DROPPED_CONNECTIONS", 0x67),
    ("NN_STAT_ESTABLISHED_CONNECTIONS", 0x65),
    ("NN_STAT_INPROGRESS_CONNECTIONS", 0xca),
    ("NN_STAT_MESSAGES_RECEIVED", 0x12e),
    ("NN_STAT_MESSAGES_SENT", 0x12d),
    ("NN_SUB", level::SUB),
    ("NN_SURVEYOR", level::SURVEYOR),
    ("NN_TCP", level::TCP),
    ("NN_TLS_1_2", TLS_1_2),
    ("NN_TLS_1_3", TLS_1_3),
    ("NN_TLS_CLIENT_CERT_NONE", TLS_CLIENT_CERT_NONE),
    ("NN_TLS_CLIENT_CERT_OPTIONAL", TLS_CLIENT_CERT_OPTIONAL),
    ("NN_TLS_CLIENT_CERT_REQUIRED", TLS_CLIENT_CERT_REQUIRED),
    ("NN_TYPE_INT", 1),
    ("NN_TYPE_NONE", 0),
    ("NN_TYPE_STR", 2),
    ("NN_UNIT_BOOLEAN", 4),
    ("NN_UNIT_BYTES", 1),
    ("NN_UNIT_COUNTER", 6),
    ("NN_UNIT_MESSAGES", 5),
    ("NN_UNIT_MILLISECONDS", 2),
    ("NN_UNIT_NONE", 0),
    ("NN_UNIT_PRIORITY", 3),
    ("NN_VERSION_AGE", 0),
    ("NN_VERSION_CURRENT", 5),
    ("NN_VERSION_REVISION", 0),
    ("NN_WS", level::WS),
    ("NN_WS_MSG_TYPE_BINARY", WS_MSG_TYPE_BINARY),
    ("NN_WS_MSG_TYPE_TEXT", WS_MSG_TYPE_TEXT),
];

/// The name space of literals whose names begin so; the first that fits counts.
static NN_SPACES: &[(&[&str], &str)] = &[
    (&["NN_NS_"], "NN_NS_NAMESPACE"),
    (&["NN_TYPE_"], "NN_NS_OPTION_TYPE"),
    (&["NN_UNIT_"], "NN_NS_OPTION_UNIT"),
    (&["NN_VERSION_"], "NN_NS_VERSION"),
    (&["AF_"], "NN_NS_DOMAIN"),
    (&["NN_DONTWAIT", "NN_TLS_", "NN_WS_MSG_TYPE_"], "NN_NS_FLAG"),
    (&["NN_INPROC", "NN_IPC", "NN_TCP", "NN_WS"], "NN_NS_TRANSPORT"),
    (&["NN_SOCKADDR_MAX"], "NN_NS_LIMIT"),
    (&["NN_SOL_SOCKET"], "NN_NS_OPTION_LEVEL"),
    (&["NN_POLL"], "NN_NS_EVENT"),
    (&["NN_STAT_"], "NN_NS_STATISTIC"),
    (
        &[
            "NN_BUS",
            "NN_PAIR",
            "NN_PUB",
            "NN_PULL",
            "NN_PUSH",
            "NN_REP",
            "NN_REQ",
            "NN_RESPONDENT",
            "NN_SUB",
            "NN_SURVEYOR",
        ],
        "NN_NS_PROTOCOL",
    ),
];

/// What statistics whose names begin so count; the first that fits counts.
static NN_STAT_UNITS: &[(&str, &str)] = &[
    ("NN_STAT_MESSAGES_", "NN_UNIT_MESSAGES"),
    ("NN_STAT_BYTES_", "NN_UNIT_BYTES"),
    ("NN_STAT_CURRENT_SND_PRIORITY", "NN_UNIT_PRIORITY"),
    ("NN_STAT_CURRENT_", "NN_UNIT_NONE"),
    ("NN_STAT_INPROGRESS_", "NN_UNIT_NONE"),
    ("NN_STAT_", "NN_UNIT_COUNTER"),
];

/// libzmq's constants that name the default of an option.
static ZMQ_DEFAULTS: &[(&str, Opt)] = &[
    ("IO_THREADS_DFLT", Opt::IoThreads),
    ("MAX_SOCKETS_DFLT", Opt::MaxSockets),
    ("THREAD_SCHED_POLICY_DFLT", Opt::ThreadSchedPolicy),
];

/// libzmq's constants that stand in no other table.
static ZMQ_LITERALS: &[(&str, i32)] = &[
    ("STREAMER", 1),
    ("FORWARDER", 2),
    ("QUEUE", 3),
    ("PROTOCOL_ERROR_WS_UNSPECIFIED", 0x3000_0000),
    ("PROTOCOL_ERROR_ZMTP_UNSPECIFIED", protocol_error::UNSPECIFIED as i32),
    ("PROTOCOL_ERROR_ZMTP_UNEXPECTED_COMMAND", protocol_error::UNEXPECTED_COMMAND as i32),
    ("PROTOCOL_ERROR_ZMTP_INVALID_SEQUENCE", 0x1000_0002),
    ("PROTOCOL_ERROR_ZMTP_KEY_EXCHANGE", 0x1000_0003),
    ("PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_UNSPECIFIED", protocol_error::MALFORMED_COMMAND as i32),
    ("PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_MESSAGE", 0x1000_0012),
    ("PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_HELLO", 0x1000_0013),
    ("PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_INITIATE", 0x1000_0014),
    ("PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_ERROR", 0x1000_0015),
    ("PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_READY", 0x1000_0016),
    ("PROTOCOL_ERROR_ZMTP_MALFORMED_COMMAND_WELCOME", 0x1000_0017),
    ("PROTOCOL_ERROR_ZMTP_INVALID_METADATA", protocol_error::INVALID_METADATA as i32),
    ("PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC", 0x1100_0001),
    ("PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH", protocol_error::MECHANISM_MISMATCH as i32),
    ("PROTOCOL_ERROR_ZAP_UNSPECIFIED", 0x2000_0000),
    ("PROTOCOL_ERROR_ZAP_MALFORMED_REPLY", protocol_error::ZAP_MALFORMED_REPLY as i32),
    ("PROTOCOL_ERROR_ZAP_BAD_REQUEST_ID", protocol_error::ZAP_BAD_REQUEST_ID as i32),
    ("PROTOCOL_ERROR_ZAP_BAD_VERSION", protocol_error::ZAP_BAD_VERSION as i32),
    ("PROTOCOL_ERROR_ZAP_INVALID_STATUS_CODE", protocol_error::ZAP_INVALID_STATUS_CODE as i32),
    ("PROTOCOL_ERROR_ZAP_INVALID_METADATA", protocol_error::ZAP_INVALID_METADATA as i32),
    ("EVENT_ALL_V1", 0xffff),
    ("EVENT_ALL", 0xffff),
    ("EVENT_ALL_V2", 0x1_ffff),
    ("DONTWAIT", 1),
    ("SNDMORE", 2),
    ("NOBLOCK", 1),
    ("MORE", 1),
    ("SHARED", 3),
    ("SRCFD", 2),
    ("NORM_FIXED", 0),
    ("NORM_CC", 1),
    ("NORM_CCL", 2),
    ("NORM_CCE", 3),
    ("NORM_CCE_ECNONLY", 4),
    ("POLLIN", poll(Interest::IN)),
    ("POLLOUT", poll(Interest::OUT)),
    ("POLLERR", poll(Interest::ERR)),
    ("POLLPRI", poll(Interest::PRI)),
    ("RECONNECT_STOP_CONN_REFUSED", RECONNECT_STOP_CONN_REFUSED),
    ("RECONNECT_STOP_HANDSHAKE_FAILED", RECONNECT_STOP_HANDSHAKE_FAILED),
    ("RECONNECT_STOP_AFTER_DISCONNECT", RECONNECT_STOP_AFTER_DISCONNECT),
    ("NOTIFY_CONNECT", NOTIFY_CONNECT),
    ("NOTIFY_DISCONNECT", NOTIFY_DISCONNECT),
    ("TLS_CLIENT_CERT_NONE", TLS_CLIENT_CERT_NONE),
    ("TLS_CLIENT_CERT_OPTIONAL", TLS_CLIENT_CERT_OPTIONAL),
    ("TLS_CLIENT_CERT_REQUIRED", TLS_CLIENT_CERT_REQUIRED),
    ("TLS_1_2", TLS_1_2),
    ("TLS_1_3", TLS_1_3),
    ("NULL", 0),
    ("PLAIN", 1),
    ("CURVE", 2),
    ("GSSAPI", 3),
    ("PAIR", 0),
    ("PUB", 1),
    ("SUB", 2),
    ("REQ", 3),
    ("REP", 4),
    ("DEALER", 5),
    ("ROUTER", 6),
    ("PULL", 7),
    ("PUSH", 8),
    ("XPUB", 9),
    ("XSUB", 10),
    ("STREAM", 11),
    ("XREQ", 5),
    ("XREP", 6),
    ("SERVER", 12),
    ("CLIENT", 13),
    ("RADIO", 14),
    ("DISH", 15),
    ("GATHER", 16),
    ("SCATTER", 17),
    ("DGRAM", 18),
    ("PEER", 19),
    ("CHANNEL", 20),
    ("HAUSNUMERO", HAUSNUMERO),
    ("GSSAPI_NT_HOSTBASED", 0),
    ("GSSAPI_NT_USER_NAME", 1),
    ("GSSAPI_NT_KRB5_PRINCIPAL", 2),
    ("POLLITEMS_DFLT", 16),
    ("THREAD_PRIORITY_DFLT", -1),
];

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn map(constants: &[Constant]) -> HashMap<&'static str, i64> {
        let mut map = HashMap::new();
        for constant in constants {
            let before = map.insert(constant.name, constant.value);
            assert!(before.is_none_or(|value| value == constant.value), "{}", constant.name);
        }
        map
    }

    fn number(text: &str) -> i64 {
        text.strip_prefix("0x")
            .map_or_else(|| text.parse(), |digits| i64::from_str_radix(digits, 16))
            .unwrap()
    }

    #[test]
    fn document_000_is_there_to_the_last_constant() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/documents/nnmsg.txt");
        let bytes = std::fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&bytes).replace('\\', "");
        let ours = map(nn_constants());
        let mut seen = 0;
        for line in text.lines().map(str::trim) {
            let Some((name, value)) = line.split_once('=') else { continue };
            let Some(name) = name.strip_prefix('_') else { continue };
            assert_eq!(ours.get(name), Some(&number(value)), "{name}");
            seen += 1;
        }
        assert_eq!(seen, 121);
    }

    #[test]
    fn symbols_are_constants_and_say_what_they_are() {
        let constants = map(nn_constants());
        let symbols = nn_symbols();
        for symbol in symbols {
            if symbol.space == literal("NN_NS_ERROR") {
                let row = ERRORS.iter().find(|row| row.name == symbol.name).unwrap();
                assert_eq!(symbol.value, i64::from(row.nn), "{}", symbol.name);
            } else {
                assert_eq!(constants.get(symbol.name), Some(&symbol.value), "{}", symbol.name);
            }
        }
        let of = |name| symbols.iter().find(|symbol| symbol.name == name).unwrap();
        assert_eq!((of("NN_SNDBUF").space, of("NN_SNDBUF").kind, of("NN_SNDBUF").unit), (6, 1, 1));
        assert_eq!((of("NN_SUB").space, of("NN_SUB_SUBSCRIBE").space), (4, 7));
        // nanomsg has these and does not tell of them.
        for name in ["NN_HAUSNUMERO", "NN_PROTO_PAIR", "NN_PROTO_PIPELINE"] {
            assert!(constants.contains_key(name) && symbols.iter().all(|own| own.name != name));
        }
    }

    #[test]
    fn zmq_constants_are_libzmqs() {
        let ours = map(zmq_constants());
        let cases = [
            ("PAIR", 0),
            ("STREAM", 11),
            ("XREQ", 5),
            ("SUBSCRIBE", 6),
            ("IDENTITY", 5),
            ("LINGER", 17),
            ("SNDHWM", 23),
            ("IPV6", 42),
            ("BLOCKY", 70),
            ("BINDTODEVICE", 92),
            ("IO_THREADS", 1),
            ("THREAD_PRIORITY", 3),
            ("MAX_SOCKETS_DFLT", 1_023),
            ("POLLPRI", 8),
            ("NOBLOCK", 1),
            ("SNDMORE", 2),
            ("EVENT_ALL", 0xffff),
            ("CURVE", 2),
            ("QUEUE", 3),
            ("EFSM", 156_384_763),
            ("ETERM", 156_384_765),
            ("EMTHREAD", 156_384_766),
            ("EAGAIN", 11),
            ("PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH", 0x1100_0002),
        ];
        for (name, value) in cases {
            assert_eq!(ours.get(name), Some(&value), "{name}");
        }
    }

    #[test]
    fn listings_are_of_one_dialect() {
        assert!(options(Dialect::Sp).all(|row| row.nn.is_some()));
        assert!(options(Dialect::Zmtp).all(|row| row.zmq.is_some()));
        assert!(options(Dialect::Zmtp).all(|row| row.name != "IO_THREADS"));
        assert!(context_options().any(|row| row.name == "IPV6"));
        assert_eq!(errors().len(), ERRORS.len());
    }
}
