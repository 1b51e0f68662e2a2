//! TABLE 2: every kind of socket, once: its dialect, numbers, wire names, peers and constructor.
//!
//! The only file that names all protocols. Read by `socket` and listed by the facade.

use crate::{
    error::{Error, ErrorCode},
    option::Dialect,
    pattern::{Protocol, sp, zmq},
    session::Profile,
};

/// The domain of cooked SP sockets (`AF_SP`).
const AF_SP: i32 = 1;
/// The domain of raw SP sockets (`AF_SP_RAW`).
const AF_SP_RAW: i32 = 2;

/// One row of TABLE 2.
#[derive(Debug)]
pub struct Kind {
    /// The conventional name, such as `REQ`; over ZMTP also the `Socket-Type`.
    pub name: &'static str,
    /// The family of protocols.
    pub dialect: Dialect,
    /// 1 for SP (`AF_SP`), 0 for ZMTP.
    pub domain: i32,
    /// `NN_REQ` and its like, or `ZMQ_REQ` and its like.
    pub number: i32,
    /// Whether it can receive.
    pub receives: bool,
    /// Whether it can send.
    pub sends: bool,
    pub(super) profile: Profile,
    pub(super) make: fn() -> Box<dyn Protocol>,
}

macro_rules! kinds {
    ($($dialect:ident $name:ident $number:literal $protocol:ty, $directions:ident, $keeps:ident,
       peers [$($peer:tt)*];)*) => {
        /// The whole table.
        pub static KINDS: &[Kind] = &[$(Kind {
            name: stringify!($name),
            dialect: Dialect::$dialect,
            domain: kinds!(@domain $dialect),
            number: $number,
            receives: kinds!(@receives $directions),
            sends: kinds!(@sends $directions),
            profile: Profile {
                dialect: Dialect::$dialect,
                name: stringify!($name),
                wire_id: kinds!(@wire $dialect $number),
                sp_peers: kinds!(@sp_peers $dialect $($peer)*),
                zmtp_peers: kinds!(@zmtp_peers $dialect $($peer)*),
                keeps_unsent: kinds!(@keeps $keeps),
                receives: kinds!(@receives $directions),
            },
            make: || Box::new(<$protocol>::new()),
        },)*];
    };
    (@domain Sp) => { AF_SP };
    (@domain Zmtp) => { 0 };
    (@receives both) => { true };
    (@receives receives) => { true };
    (@receives sends) => { false };
    (@sends both) => { true };
    (@sends receives) => { false };
    (@sends sends) => { true };
    (@keeps keeps) => { true };
    (@keeps drops) => { false };
    (@wire Sp $number:literal) => { $number };
    (@wire Zmtp $number:literal) => { 0 };
    (@sp_peers Sp $($peer:literal)*) => { &[$($peer),*] };
    (@sp_peers Zmtp $($peer:ident)*) => { &[] };
    (@zmtp_peers Sp $($peer:literal)*) => { &[] };
    (@zmtp_peers Zmtp $($peer:ident)*) => { &[$(stringify!($peer)),*] };
}

// Columns: dialect, name, number, rules, directions, what becomes of unsent messages when a dialed
// connection is lost (REQ asks again by itself; a reply's asker is gone), and peers.
kinds! {
    Sp PAIR 0x10 sp::Pair0, both, keeps, peers [0x10];
    Sp PUB 0x20 sp::Pub0, sends, keeps, peers [0x21];
    Sp SUB 0x21 sp::Sub0, receives, drops, peers [0x20];
    Sp REQ 0x30 sp::Req0, both, drops, peers [0x31];
    Sp REP 0x31 sp::Rep0, both, drops, peers [0x30];
    Sp PUSH 0x50 sp::Push0, sends, keeps, peers [0x51];
    Sp PULL 0x51 sp::Pull0, receives, drops, peers [0x50];
    Zmtp PAIR 0 zmq::Pair, both, keeps, peers [PAIR];
    Zmtp PUB 1 zmq::Pub, sends, keeps, peers [SUB XSUB];
    Zmtp SUB 2 zmq::Sub, receives, keeps, peers [PUB XPUB];
    Zmtp REQ 3 zmq::Req, both, keeps, peers [REP ROUTER];
    Zmtp REP 4 zmq::Rep, both, drops, peers [REQ DEALER];
    Zmtp DEALER 5 zmq::Dealer, both, keeps, peers [REP DEALER ROUTER];
    Zmtp ROUTER 6 zmq::Router, both, keeps, peers [REQ DEALER ROUTER];
    Zmtp PULL 7 zmq::Pull, receives, drops, peers [PUSH];
    Zmtp PUSH 8 zmq::Push, sends, keeps, peers [PULL];
    Zmtp XPUB 9 zmq::Xpub, both, keeps, peers [SUB XSUB];
    Zmtp XSUB 10 zmq::Xsub, both, keeps, peers [PUB XPUB];
}

/// All kinds.
#[must_use]
pub fn kinds() -> &'static [Kind] {
    KINDS
}

/// The kind of a domain and a number: `(Sp, 1, 0x30)` is SP's REQ, `(Zmtp, 0, 3)` ZMTP's.
///
/// # Errors
/// EINVAL for a number that no kind has; EAFNOSUPPORT for an SP domain other than `AF_SP` and
/// `AF_SP_RAW`; ENOTSUP for raw sockets, which are not built yet.
pub fn kind(dialect: Dialect, domain: i32, number: i32) -> Result<&'static Kind, Error> {
    if dialect == Dialect::Sp && domain == AF_SP_RAW {
        return Err(Error::new(
            ErrorCode::NotSupported,
            "raw sockets (AF_SP_RAW) are not built yet",
        ));
    }
    if dialect == Dialect::Sp && domain != AF_SP {
        return Err(Error::new(
            ErrorCode::AddressFamilyNotSupported,
            format!("the domain is {AF_SP} (AF_SP) or {AF_SP_RAW} (AF_SP_RAW), not {domain}"),
        ));
    }
    let found = KINDS.iter().find(|kind| kind.dialect == dialect && kind.number == number);
    found.ok_or_else(|| {
        let all = KINDS.iter().filter(|kind| kind.dialect == dialect);
        let all: Vec<_> = all.map(|kind| format!("{} ({})", kind.name, kind.number)).collect();
        Error::new(
            ErrorCode::Invalid,
            format!("{number} is no socket type; expected one of {}", all.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_names_a_peer_is_named_by_it() {
        for one in KINDS {
            for other in KINDS {
                assert_eq!(
                    one.profile.accepts(&other.profile),
                    other.profile.accepts(&one.profile),
                    "{} and {}",
                    one.name,
                    other.name
                );
            }
        }
    }

    #[test]
    fn numbers_mean_nothing_without_their_dialect() {
        assert_eq!(kind(Dialect::Sp, 1, 0x30).unwrap().name, "REQ");
        assert_eq!(kind(Dialect::Zmtp, 0, 3).unwrap().name, "REQ");
        assert_eq!(kind(Dialect::Sp, 1, 3).unwrap_err().code(), ErrorCode::Invalid);
        assert_eq!(kind(Dialect::Sp, 2, 0x30).unwrap_err().code(), ErrorCode::NotSupported);
        let wrong = kind(Dialect::Sp, 7, 0x30).unwrap_err();
        assert_eq!(wrong.code(), ErrorCode::AddressFamilyNotSupported);
    }
}
