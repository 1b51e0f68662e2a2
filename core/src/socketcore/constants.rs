//! The numbers of document 003 and of the firmware around it, once: messages, error codes, levels
//! and options. Used by this module and, through `facade::catalog`, by bindings.
//!
//! Programs use the names only; the numbers are those of the firmware's 8910 build where it shows
//! them, else free ones.

macro_rules! numbers {
    ($(#[$doc:meta])* $type:ident: $($(#[$row:meta])* $variant:ident $name:literal $value:expr;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(i32)]
        pub enum $type {
            $($(#[$row])* #[doc = concat!("`", $name, "`.")] $variant = $value,)*
        }

        impl $type {
            /// Every row, by name.
            pub(super) const ROWS: &[(&str, i32)] = &[$(($name, $value),)*];

            /// Its number.
            #[must_use]
            pub fn number(self) -> i32 {
                self as i32
            }
        }
    };
}

numbers! {
    /// What `sock_send` answers beside 0: lwIP's errors without their sign, as the firmware has them.
    Code:
    Unknown "ERR_UNKOWN" -1;
    Ok "ERR_OK" 0;
    NoMemory "ERR_ENOMEM" 1;
    NoBuffers "ERR_ENOBUFS" 2;
    TimedOut "ERR_ETIMEOUT" 3;
    Unreachable "ERR_ERTE" 4;
    InProgress "ERR_EINPROGRESS" 5;
    WouldBlock "ERR_EWOULDBLOCK" 7;
    AddressInUse "ERR_EADDRINUSE" 8;
    Already "ERR_EALREADY" 9;
    Connected "ERR_EISCONN" 10;
    NotConnected "ERR_ENOTCONN" 11;
    Interface "ERR_EIF" 12;
    Aborted "ERR_EABORT" 13;
    Reset "ERR_ERST" 14;
    Closed "ERR_ECLSD" 15;
    Argument "ERR_EARG" 16;
    Io "ERR_EIO" 17;
    Handshake "ERR_SSL_EHANDESHAK" 18;
    TlsInit "ERR_SSL_EINIT" 19;
    TlsInvalid "ERR_SSL_EINVALID" 20;
}

numbers! {
    /// The levels and options of `sock_setopt`.
    Setting:
    SocketLevel "SOL_SOCKET" 0xfff;
    TcpLevel "IPPROTO_TCP" 6;
    ReuseAddress "SO_REUSEADDR" 2;
    KeepAlive "SO_KEEPALIVE" 8;
    KeepIdle "TCP_KEEPIDLE" 3;
    KeepInterval "TCP_KEEPINTVL" 4;
    KeepCount "TCP_KEEPCNT" 5;
}

numbers! {
    /// The messages that `rtos.receive` gives here.
    Kind:
    /// The time given was over.
    Timeout "WAIT_MSG_TIMEOUT" 4;
    /// A timer came due.
    Timer "MSG_TIMER" 5;
    /// Data can be read.
    Received "MSG_SOCK_RECV_IND" 30;
    /// What was to be sent is with the operating system, or never will be.
    Sent "MSG_SOCK_SEND_CNF" 31;
    /// The program's own `sock_close` is done.
    Closed "MSG_SOCK_CLOSE_CNF" 32;
    /// The answer to `sock_conn`.
    Connected "MSG_SOCK_CONN_CNF" 33;
    /// The peer closed.
    Ended "MSG_SOCK_CLOSE_IND" 35;
    /// Ours: a listening socket has a new connection.
    Accepted "MSG_SOCK_ACCEPT_IND" 64;
}

/// `rtos.INF_TIMEOUT`: as long as it takes, in milliseconds.
pub const FOREVER: i64 = 0xffff_ffff;

/// A tick of `rtos.tick()`, in milliseconds.
pub const TICK: u64 = 5;

/// The firmware's messages that never come here, since a computer has no such parts; programs use
/// them as keys. And what it says of a start.
static REST: &[(&str, i64)] = &[
    ("INF_TIMEOUT", FOREVER),
    ("MSG_UART_RXDATA", 6),
    ("MSG_UART_TX_DONE", 7),
    ("MSG_KEYPAD", 8),
    ("MSG_INT", 9),
    ("MSG_PMD", 10),
    ("MSG_AUDIO", 11),
    ("MSG_WEAR_STATUS", 12),
    ("MSG_RECORD", 13),
    ("MSG_STREAM_RECORD", 14),
    ("MSG_ALARM", 15),
    ("MSG_SIM_INSERT_IND", 26),
    ("MSG_PDP_ACT_CNF", 27),
    ("MSG_PDP_DEACT_CNF", 28),
    ("MSG_PDP_DEACT_IND", 29),
    ("MSG_SOCK_SEND_IND", 34),
    ("MSG_TTSPLY_STATUS", 36),
    ("MSG_TTSPLY_ERROR", 37),
    ("MSG_ZBAR", 38),
    ("MSG_WIFI", 39),
    ("MSG_BLUETOOTH", 40),
    ("MSG_HEADSET", 41),
    ("MSG_RTMP", 42),
    ("MSG_TP", 43),
    ("MOD_KEYPAD", 0),
    ("MOD_ALARM", 1),
    ("MOD_TP", 2),
    ("POWERON_KEY", 0),
    ("POWERON_CHARGER", 1),
    ("POWERON_ALARM", 2),
    ("POWERON_RESTART", 3),
    ("POWERON_OTHER", 4),
    ("POWERON_UNKNOWN", 5),
    ("POWERON_EXCEPTION", 6),
    ("POWERON_HOST", 7),
    ("POWERON_WATCHDOG", 8),
];

/// The constants of `socketcore`, by name.
pub fn socketcore() -> impl Iterator<Item = (&'static str, i64)> {
    let rows = Code::ROWS.iter().chain(Setting::ROWS);
    rows.map(|&(name, value)| (name, i64::from(value)))
}

/// The constants of `rtos`, by name.
pub fn rtos() -> impl Iterator<Item = (&'static str, i64)> {
    let messages = Kind::ROWS.iter().map(|&(name, value)| (name, i64::from(value)));
    messages.chain(REST.iter().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn names_are_there_once_and_messages_differ() {
        for all in [socketcore().collect::<Vec<_>>(), rtos().collect()] {
            let names: HashSet<_> = all.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), all.len());
        }
        let messages = rtos().filter(|(name, _)| name.contains("MSG_"));
        let mut seen = HashMap::new();
        for (name, value) in messages {
            assert_eq!(seen.insert(value, name), None, "{name}");
        }
    }
}
