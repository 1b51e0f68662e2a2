//! What the options promise: numbers, ranges, errors, and no silent acceptance.

use super::{
    Access, Dialect, Millis, OPTIONS, Opt, OptionKind, OptionRow, Options, Preset, Setting, State,
    Value, find, find_context, find_context_name, find_name, level, lookup, value,
};
use crate::error::ErrorCode;

fn zmq(name: &str) -> &'static OptionRow {
    find_name(Dialect::Zmtp, name).unwrap()
}

fn sp(name: &str) -> &'static OptionRow {
    find_name(Dialect::Sp, name).unwrap()
}

#[test]
fn rows_stand_in_the_order_of_the_options() {
    for (index, row) in OPTIONS.iter().enumerate() {
        assert_eq!(row.opt as usize, index, "{}", row.name);
    }
}

#[test]
fn keys_and_names_are_unique() {
    for (index, row) in OPTIONS.iter().enumerate() {
        for other in &OPTIONS[..index] {
            let clash = |dialect| row.of_socket(dialect) && other.of_socket(dialect);
            let names = format!("{} and {}", row.name, other.name);
            assert!(row.nn.is_none() || row.nn != other.nn, "{names}");
            assert!(!clash(Dialect::Zmtp) || row.zmq != other.zmq, "{names}");
            assert!(!clash(Dialect::Zmtp) || row.name != other.name, "{names}");
            assert!(!clash(Dialect::Sp) || row.nn_name != other.nn_name, "{names}");
            let contexts = row.of_context() && other.of_context();
            assert!(!contexts || row.zmq != other.zmq, "{names}");
        }
    }
}

#[test]
fn presets_fit_their_kind_and_range() {
    for row in OPTIONS {
        for dialect in [Dialect::Sp, Dialect::Zmtp] {
            let text = matches!(row.preset(dialect), Preset::Text(_));
            let wanted = matches!(row.kind, OptionKind::Bytes | OptionKind::Text);
            assert_eq!(text, wanted, "{}", row.name);
            // A default is in range, but for names that are unset until they are given, and for
            // values that a dialect without the option can never be asked to take.
            let named = row.of_socket(dialect) || row.of_context();
            let unset = matches!(row.opt, Opt::RoutingId | Opt::ConnectRoutingId);
            if named && !unset {
                let default = row.default(dialect);
                assert_eq!(value::check(row, dialect, &default).as_ref(), Ok(&default));
            }
            assert!(row.doc.ends_with('.'), "{}", row.name);
        }
    }
}

#[test]
fn the_key_is_dialect_level_and_number() {
    assert_eq!(find(Dialect::Sp, level::SOCKET, 4).unwrap().opt, Opt::SndTimeo);
    assert_eq!(find(Dialect::Zmtp, 0, 4).unwrap().opt, Opt::Affinity);
    assert_eq!(find(Dialect::Sp, level::SUB, 1).unwrap().opt, Opt::Subscribe);
    assert_eq!(find(Dialect::Sp, level::SOCKET, 1).unwrap().opt, Opt::Linger);
    assert_eq!(find(Dialect::Sp, level::TCP, 1).unwrap().opt, Opt::TcpNodelay);
    assert_eq!(find(Dialect::Zmtp, 99, 17).unwrap().opt, Opt::Linger);
    assert_eq!(find_context(5).unwrap().opt, Opt::MaxMsgSz);
    assert_eq!(find_context(42).unwrap().opt, Opt::Ipv6);
    assert_eq!(find_context_name("THREAD_PRIORITY").unwrap().opt, Opt::SocketLimit);
    assert_eq!(zmq("IDENTITY").opt, Opt::RoutingId);
    assert_eq!((sp("SNDBUF").opt, zmq("SNDBUF").opt), (Opt::SndHwmBytes, Opt::SndBuf));
    assert_eq!(find_name(Dialect::Sp, "SNDHWM").map(|row| row.opt), None);
    assert_eq!(find_name(Dialect::Zmtp, "IO_THREADS").map(|row| row.opt), None);
    let unknown = lookup(Dialect::Sp, 0, 99).unwrap_err();
    assert_eq!(unknown.code(), ErrorCode::NoSuchOption);
    assert!(unknown.to_string().ends_with("no option 99 at level 0"));
    assert_eq!(lookup(Dialect::Zmtp, 0, 2).unwrap_err().code(), ErrorCode::Invalid);
}

#[test]
fn defaults_are_those_of_each_library() {
    let (sp, zmtp) = (Options::new(Dialect::Sp), Options::new(Dialect::Zmtp));
    assert_eq!((sp.linger, zmtp.linger), (Millis(0), Millis(-1)));
    assert_eq!((sp.sndhwm_bytes, zmtp.sndhwm_bytes), (128 << 10, 0));
    assert_eq!((sp.sndhwm, zmtp.sndhwm), (0, 1_000));
    assert_eq!((sp.maxmsgsize, zmtp.maxmsgsize), (1 << 20, -1));
    assert_eq!((sp.tcp_nodelay, zmtp.tcp_nodelay), (false, true));
    assert_eq!((sp.immediate, zmtp.immediate), (true, false));
    assert_eq!(sp.req_resend_ivl.duration().unwrap().as_secs(), 60);
    assert_eq!((sp.maxttl, sp.sndprio, sp.surveyor_deadline), (8, 8, Millis(1_000)));
}

#[test]
fn kept_options_give_back_what_they_took() {
    for dialect in [Dialect::Sp, Dialect::Zmtp] {
        for row in OPTIONS.iter().filter(|row| row.state == State::Kept) {
            let mut options = Options::new(dialect);
            let value = match row.kind {
                OptionKind::Bool => Value::from(true),
                OptionKind::Bytes => Value::from(&b"\0id"[..]),
                OptionKind::Text => Value::from("name"),
                _ => Value::Int((*row.range(dialect).start()).max(1)),
            };
            options.set(row, &value).unwrap();
            assert_eq!(options.kept(row.opt), Some(value), "{}", row.name);
        }
    }
}

#[test]
fn derived_options_change_what_they_are_made_of() {
    let mut options = Options::new(Dialect::Zmtp);
    options.set(zmq("IPV4ONLY"), &Value::from(0)).unwrap();
    assert!(options.ipv6);
    assert_eq!(options.get(zmq("IPV4ONLY")), Ok(Value::Int(0)));
    options.set(zmq("HWM"), &Value::from(7)).unwrap();
    assert_eq!((options.sndhwm, options.rcvhwm), (7, 7));
    assert_eq!(options.get(zmq("HWM")), Ok(Value::Int(7)));
}

#[test]
fn errors_name_the_option_and_what_was_expected() {
    let cases: &[(Dialect, &str, Value, ErrorCode, &str)] = &[
        (
            Dialect::Zmtp,
            "LINGER",
            Value::from("5"),
            ErrorCode::Invalid,
            "LINGER takes milliseconds, -1 to 2147483647, got a text of 1 bytes",
        ),
        (
            Dialect::Zmtp,
            "SNDHWM",
            Value::from(-1),
            ErrorCode::Invalid,
            "SNDHWM takes an integer, 0 to 2147483647, got -1",
        ),
        (
            Dialect::Zmtp,
            "SNDHWM",
            Value::from(1_i64 << 40),
            ErrorCode::Invalid,
            "SNDHWM takes an integer, 0 to 2147483647, got 1099511627776",
        ),
        (
            Dialect::Zmtp,
            "IMMEDIATE",
            Value::from(2),
            ErrorCode::Invalid,
            "IMMEDIATE takes 0 or 1, got 2",
        ),
        (
            Dialect::Zmtp,
            "ROUTING_ID",
            Value::from(&[0; 256][..]),
            ErrorCode::Invalid,
            "ROUTING_ID takes 1 to 255 bytes, got 256 bytes",
        ),
        (
            Dialect::Zmtp,
            "ROUTING_ID",
            Value::from(1),
            ErrorCode::Invalid,
            "ROUTING_ID takes 1 to 255 bytes, got 1",
        ),
        (Dialect::Zmtp, "EVENTS", Value::from(1), ErrorCode::Invalid, "EVENTS is read-only"),
        (
            Dialect::Zmtp,
            "GSSAPI_SERVER",
            Value::from(1),
            ErrorCode::NotSupported,
            "GSSAPI_SERVER needs the GSSAPI mechanism, which is missing",
        ),
        (
            Dialect::Zmtp,
            "GSSAPI_PRINCIPAL",
            Value::from("me"),
            ErrorCode::NotSupported,
            "GSSAPI_PRINCIPAL needs the GSSAPI mechanism, which is missing",
        ),
        (
            Dialect::Sp,
            "SNDBUF",
            Value::from(0),
            ErrorCode::Invalid,
            "SNDBUF takes an integer, 1 to 2147483647, got 0",
        ),
        (
            Dialect::Sp,
            "RECONNECT_IVL",
            Value::from(-1),
            ErrorCode::Invalid,
            "RECONNECT_IVL takes milliseconds, 0 to 2147483647, got -1",
        ),
        (
            Dialect::Sp,
            "SNDPRIO",
            Value::from(17),
            ErrorCode::Invalid,
            "SNDPRIO takes an integer, 1 to 16, got 17",
        ),
        (
            Dialect::Sp,
            "LINGER",
            Value::from(&[1, 2, 3][..]),
            ErrorCode::Invalid,
            "LINGER takes milliseconds, -2147483648 to 2147483647, got 3 bytes",
        ),
        (
            Dialect::Sp,
            "SOCKET_NAME",
            Value::from("a\0b"),
            ErrorCode::Invalid,
            "SOCKET_NAME takes a text without NUL bytes, got one with",
        ),
        (
            Dialect::Sp,
            "SOCKET_NAME",
            Value::from(&[0xff][..]),
            ErrorCode::Invalid,
            "SOCKET_NAME takes UTF-8, got bytes that are not",
        ),
        (Dialect::Sp, "RCVFD", Value::from(1), ErrorCode::NoSuchOption, "RCVFD is read-only"),
    ];
    for (dialect, name, value, code, text) in cases {
        let mut options = Options::new(*dialect);
        let before = format!("{options:?}");
        let error = options.set(find_name(*dialect, name).unwrap(), value).unwrap_err();
        assert_eq!(error.code(), *code, "{name}");
        assert_eq!(error.to_string(), format!("{}: {text}", code.text()));
        assert_eq!(format!("{options:?}"), before, "{name} changed something");
    }
}

#[test]
fn a_missing_option_takes_its_default_and_gives_it_back() {
    for row in OPTIONS.iter().filter(|row| matches!(row.state, State::Missing(_))) {
        let dialect = if row.zmq.is_some() { Dialect::Zmtp } else { Dialect::Sp };
        let mut options = Options::new(dialect);
        assert_eq!(options.set(row, &row.default(dialect)), Ok(()), "{}", row.name);
        if row.access != Access::WriteOnly {
            assert_eq!(options.get(row), Ok(row.default(dialect)), "{}", row.name);
        }
        let other = match row.kind {
            OptionKind::Bytes | OptionKind::Text => Value::from("x"),
            _ if row.default(dialect) == Value::Int(1) => Value::Int(0),
            _ => Value::Int(1),
        };
        let refused = options.set(row, &other).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::NotSupported, "{}", row.name);
    }
}

#[test]
fn reading_says_who_knows() {
    let options = Options::new(Dialect::Zmtp);
    assert_eq!(options.get(zmq("EVENTS")).unwrap_err().code(), ErrorCode::NotSupported);
    assert_eq!(options.get(zmq("SUBSCRIBE")).unwrap_err().code(), ErrorCode::Invalid);
    assert_eq!(options.get(zmq("MECHANISM")), Ok(Value::Int(0)));
    let options = Options::new(Dialect::Sp);
    let unreadable = options.get(sp("SUB_SUBSCRIBE")).unwrap_err();
    assert_eq!(unreadable.code(), ErrorCode::NoSuchOption);
}

#[test]
fn integers_may_come_as_c_memory() {
    let mut options = Options::new(Dialect::Sp);
    options.set(sp("LINGER"), &Value::from(&(-1_i32).to_ne_bytes()[..])).unwrap();
    assert_eq!(options.linger, Millis(-1));
    options.set(sp("RCVMAXSIZE"), &Value::from(&99_i32.to_ne_bytes()[..])).unwrap();
    assert_eq!(options.maxmsgsize, 99);
}

#[test]
fn patterns_hear_of_what_they_obey() {
    let mut options = Options::new(Dialect::Sp);
    options.set(sp("PUB_NODROP"), &Value::from(true)).unwrap();
    assert_eq!(options.setting(sp("PUB_NODROP")), Some(Setting::NoDrop(true)));
    options.set(sp("MAXTTL"), &Value::from(255)).unwrap();
    assert_eq!(options.setting(sp("MAXTTL")), Some(Setting::MaxHops(255)));
    assert_eq!(options.setting(sp("LINGER")), None);
}
