//! TABLE 1: every error, once, with its name, its number in each numbering, and its text.
//!
//! Called by all floors. POSIX numbers are the platform's own where it has them; nanomsg and libzmq
//! each add numbers above 156384712 ("HAUSNUMERO"), and the two disagree on +51 and +54, so numbers
//! are views of one [`ErrorCode`], never the error itself.

use std::{fmt, io};

/// Where nanomsg's and libzmq's own error numbers begin.
pub const HAUSNUMERO: i32 = 156_384_712;

/// One row of the error table, for listings.
#[derive(Clone, Copy, Debug)]
pub struct ErrorRow {
    /// The code that this row describes.
    pub code: ErrorCode,
    /// The conventional name, such as `EAGAIN`.
    pub name: &'static str,
    /// The number that this platform's C library and libzmq use.
    pub posix: i32,
    /// The number in nanomsg's portable numbering (document 000), or the POSIX one where it has none.
    pub nn: i32,
    /// One sentence for people.
    pub text: &'static str,
}

macro_rules! errors {
    ($($(#[$doc:meta])* $variant:ident $name:literal posix $posix:expr, nn $nn:expr, $text:literal;)*) => {
        /// What went wrong. Numbers and text are in the row: [`ErrorCode::row`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        // As wide as a word: a result that holds a message is then moved in whole words, where a
        // byte would make the processor wait at every move.
        #[repr(u64)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $name, "`: ", $text, ".")] $(#[$doc])* $variant,)*
        }

        /// The whole table, in the order of [`ErrorCode`].
        pub static ERRORS: &[ErrorRow] = &[
            $(ErrorRow { code: ErrorCode::$variant, name: $name, posix: $posix, nn: $nn, text: $text },)*
        ];
    };
}

use nix::errno::Errno;

errors! {
    NotSupported "ENOTSUP" posix Errno::EOPNOTSUPP as i32, nn HAUSNUMERO + 1, "operation not supported";
    ProtocolNotSupported "EPROTONOSUPPORT" posix Errno::EPROTONOSUPPORT as i32, nn HAUSNUMERO + 2, "protocol not supported";
    NoBuffers "ENOBUFS" posix Errno::ENOBUFS as i32, nn HAUSNUMERO + 3, "no buffer space available";
    NetworkDown "ENETDOWN" posix Errno::ENETDOWN as i32, nn HAUSNUMERO + 4, "network is down";
    AddressInUse "EADDRINUSE" posix Errno::EADDRINUSE as i32, nn HAUSNUMERO + 5, "address in use";
    AddressNotAvailable "EADDRNOTAVAIL" posix Errno::EADDRNOTAVAIL as i32, nn HAUSNUMERO + 6, "address not available";
    ConnectionRefused "ECONNREFUSED" posix Errno::ECONNREFUSED as i32, nn HAUSNUMERO + 7, "connection refused";
    InProgress "EINPROGRESS" posix Errno::EINPROGRESS as i32, nn HAUSNUMERO + 8, "operation in progress";
    NotSocket "ENOTSOCK" posix Errno::ENOTSOCK as i32, nn HAUSNUMERO + 9, "the socket is closed";
    AddressFamilyNotSupported "EAFNOSUPPORT" posix Errno::EAFNOSUPPORT as i32, nn HAUSNUMERO + 10, "address family not supported";
    Protocol "EPROTO" posix Errno::EPROTO as i32, nn HAUSNUMERO + 11, "protocol error";
    Again "EAGAIN" posix Errno::EAGAIN as i32, nn HAUSNUMERO + 12, "resource temporarily unavailable";
    BadHandle "EBADF" posix Errno::EBADF as i32, nn HAUSNUMERO + 13, "the socket is closed";
    Invalid "EINVAL" posix Errno::EINVAL as i32, nn HAUSNUMERO + 14, "invalid argument";
    TooManyFiles "EMFILE" posix Errno::EMFILE as i32, nn HAUSNUMERO + 15, "too many open files";
    BadAddress "EFAULT" posix Errno::EFAULT as i32, nn HAUSNUMERO + 16, "bad address";
    Access "EACCES" posix Errno::EACCES as i32, nn HAUSNUMERO + 17, "permission denied";
    NetworkReset "ENETRESET" posix Errno::ENETRESET as i32, nn HAUSNUMERO + 18, "connection aborted by network";
    NetworkUnreachable "ENETUNREACH" posix Errno::ENETUNREACH as i32, nn HAUSNUMERO + 19, "network unreachable";
    HostUnreachable "EHOSTUNREACH" posix Errno::EHOSTUNREACH as i32, nn HAUSNUMERO + 20, "host unreachable";
    NotConnected "ENOTCONN" posix Errno::ENOTCONN as i32, nn HAUSNUMERO + 21, "not connected";
    MessageSize "EMSGSIZE" posix Errno::EMSGSIZE as i32, nn HAUSNUMERO + 22, "message too long";
    TimedOut "ETIMEDOUT" posix Errno::ETIMEDOUT as i32, nn HAUSNUMERO + 23, "timed out";
    ConnectionAborted "ECONNABORTED" posix Errno::ECONNABORTED as i32, nn HAUSNUMERO + 24, "connection aborted";
    ConnectionReset "ECONNRESET" posix Errno::ECONNRESET as i32, nn HAUSNUMERO + 25, "connection reset";
    NoSuchOption "ENOPROTOOPT" posix Errno::ENOPROTOOPT as i32, nn HAUSNUMERO + 26, "option not available";
    AlreadyConnected "EISCONN" posix Errno::EISCONN as i32, nn HAUSNUMERO + 27, "already connected";
    SocketTypeNotSupported "ESOCKTNOSUPPORT" posix Errno::ESOCKTNOSUPPORT as i32, nn HAUSNUMERO + 28, "socket type not supported";
    Terminated "ETERM" posix HAUSNUMERO + 53, nn HAUSNUMERO + 53, "the context was terminated";
    /// libzmq's number is +51 where nanomsg's is +54: see [`ErrorCode::zmq`].
    WrongState "EFSM" posix HAUSNUMERO + 51, nn HAUSNUMERO + 54, "operation cannot be performed in this state";
    IncompatibleProtocol "ENOCOMPATPROTO" posix HAUSNUMERO + 52, nn HAUSNUMERO + 11, "the protocol is not compatible with the socket type";
    NoThread "EMTHREAD" posix HAUSNUMERO + 54, nn HAUSNUMERO + 3, "no thread available";
    Interrupted "EINTR" posix Errno::EINTR as i32, nn Errno::EINTR as i32, "interrupted by a signal";
    NotFound "ENOENT" posix Errno::ENOENT as i32, nn Errno::ENOENT as i32, "no such file or endpoint";
    NoDevice "ENODEV" posix Errno::ENODEV as i32, nn Errno::ENODEV as i32, "no such device";
    NameTooLong "ENAMETOOLONG" posix Errno::ENAMETOOLONG as i32, nn Errno::ENAMETOOLONG as i32, "name too long";
    NoMemory "ENOMEM" posix Errno::ENOMEM as i32, nn Errno::ENOMEM as i32, "out of memory";
    Io "EIO" posix Errno::EIO as i32, nn Errno::EIO as i32, "input/output error";
}

impl ErrorCode {
    /// The row of this code.
    #[must_use]
    pub fn row(self) -> &'static ErrorRow {
        &ERRORS[self as usize]
    }

    /// The conventional name, such as `EAGAIN`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The number libzmq users see: POSIX, or libzmq's own above 156384712.
    #[must_use]
    pub fn zmq(self) -> i32 {
        self.row().posix
    }

    /// The number of nanomsg's portable numbering, which document 000 lists.
    #[must_use]
    pub fn nn(self) -> i32 {
        self.row().nn
    }

    /// One sentence for people.
    #[must_use]
    pub fn text(self) -> &'static str {
        self.row().text
    }

    /// The code for a number of either numbering; `None` when no row has it.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        ERRORS.iter().find(|row| row.posix == number || row.nn == number).map(|row| row.code)
    }
}

/// An error with, where it helps, a sentence about this very case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    code: ErrorCode,
    detail: Option<Box<str>>,
}

/// What fallible calls return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that says what was expected and what came instead.
    pub fn new(code: ErrorCode, detail: impl Into<Box<str>>) -> Self {
        Self { code, detail: Some(detail.into()) }
    }

    /// The kind of error.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self { code, detail: None }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        // One of ours that came through `io`'s traits.
        if let Some(own) = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            return own.clone();
        }
        let code = error.raw_os_error().and_then(ErrorCode::from_number).unwrap_or_else(|| {
            match error.kind() {
                io::ErrorKind::WouldBlock => ErrorCode::Again,
                io::ErrorKind::Interrupted => ErrorCode::Interrupted,
                io::ErrorKind::NotFound => ErrorCode::NotFound,
                io::ErrorKind::PermissionDenied => ErrorCode::Access,
                io::ErrorKind::AddrInUse => ErrorCode::AddressInUse,
                io::ErrorKind::TimedOut => ErrorCode::TimedOut,
                io::ErrorKind::InvalidInput => ErrorCode::Invalid,
                _ if error.raw_os_error() == Some(Errno::ENFILE as i32) => ErrorCode::TooManyFiles,
                _ => ErrorCode::Io,
            }
        });
        Self::new(code, error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{}: {detail}", self.code.text()),
            None => f.write_str(self.code.text()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_codes() {
        for (index, row) in ERRORS.iter().enumerate() {
            assert_eq!(row.code as usize, index, "{}", row.name);
        }
    }

    #[test]
    fn the_two_numberings_part_where_the_libraries_do() {
        assert_eq!(ErrorCode::WrongState.nn(), HAUSNUMERO + 54);
        assert_eq!(ErrorCode::WrongState.zmq(), HAUSNUMERO + 51);
        assert_eq!(ErrorCode::Terminated.nn(), ErrorCode::Terminated.zmq());
        assert_eq!(ErrorCode::Again.nn(), 0x0952_3DD4);
        assert_eq!(ErrorCode::Again.zmq(), 11);
    }
}
