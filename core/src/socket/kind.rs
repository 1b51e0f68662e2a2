//! TABLE 2: every kind of socket, once: its dialect, numbers, wire names, peers and constructor.
//!
//! The only file that names all protocols. Read by `socket` and listed by the facade.

use crate::{
    error::{Error, ErrorCode},
    message::Shape,
    option::{Dialect, Opt, OptionRow, level},
    pattern::{Protocol, sp, zmq},
    session::Profile,
    transport::{Endpoint, Purpose},
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
    /// For SP 1 (`AF_SP`) or 2 (`AF_SP_RAW`), 0 for ZMTP.
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

impl Kind {
    /// Whether headers are the user's matter (`AF_SP_RAW`).
    #[must_use]
    pub fn is_raw(&self) -> bool {
        self.domain == AF_SP_RAW
    }

    /// How many frames its messages have, and what comes with them.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.profile.shape
    }

    /// Whether libzmq calls it thread-safe. Here every kind is.
    #[must_use]
    pub fn is_thread_safe(&self) -> bool {
        self.dialect == Dialect::Zmtp && !matches!(self.shape(), Shape::Parts | Shape::Addressed)
    }

    /// Whether it may be bound or connected there: libzmq has datagrams for three kinds alone.
    ///
    /// # Errors
    /// ENOCOMPATPROTO, or EPROTONOSUPPORT in SP.
    pub(super) fn check_transport(
        &self,
        endpoint: &Endpoint,
        purpose: Purpose,
    ) -> Result<(), Error> {
        let is_udp = matches!(endpoint, Endpoint::Udp(_));
        let (name, scheme) = (self.name, endpoint.scheme());
        let fits = match (self.shape(), purpose) {
            (Shape::Addressed, Purpose::Bind) => is_udp,
            (Shape::Addressed, Purpose::Connect) => false,
            (Shape::Grouped, Purpose::Bind) => self.receives || !is_udp,
            (Shape::Grouped, Purpose::Connect) => self.sends || !is_udp,
            _ => !is_udp,
        };
        if fits {
            return Ok(());
        }
        if self.dialect == Dialect::Sp {
            let text = format!("{scheme}:// does not carry the Scalability Protocols");
            return Err(Error::new(ErrorCode::ProtocolNotSupported, text));
        }
        let verb = if purpose == Purpose::Bind { "bound" } else { "connected" };
        let text = format!(
            "a {name} socket cannot be {verb} to {scheme}://; over udp DISH and DGRAM bind, RADIO \
             connects"
        );
        Err(Error::new(ErrorCode::IncompatibleProtocol, text))
    }

    /// Whether its messages come with a routing id or a group.
    #[must_use]
    pub fn is_directed(&self) -> bool {
        matches!(self.shape(), Shape::Routed | Shape::Grouped)
    }

    /// Whether what its messages bear beside their bodies matters: a header, or the peer they came from.
    #[must_use]
    pub fn has_more_than_bodies(&self) -> bool {
        self.is_raw() || (self.dialect == Dialect::Sp && self.number == level::PAIR1)
    }

    /// Whether its messages are worth a wait when it is closed, unless LINGER says otherwise. Those of
    /// subscribers are wishes about messages that nobody will read: libzmq's LINGER of these is 0 at first.
    pub(super) fn lingers(&self) -> bool {
        !["SUB", "XSUB", "DISH"].contains(&self.name)
    }

    /// Whether its sockets have an option. A raw socket asks for no answers, so none of their times.
    #[must_use]
    pub fn has(&self, row: &OptionRow) -> bool {
        let cooked_only = [Opt::ReqResendIvl, Opt::SurveyorDeadline, Opt::Pair1Poly];
        row.of_kind(self.name) && !(self.is_raw() && cooked_only.contains(&row.opt))
    }
}

macro_rules! kinds {
    ($($dialect:ident $name:ident $number:literal $protocol:ty, $directions:ident, $keeps:ident,
       $shape:ident,
       peers [$($peer:tt)*];)*) => {
        /// The whole table.
        pub static KINDS: &[Kind] = &[$(Kind {
            name: stringify!($name),
            dialect: kinds!(@dialect $dialect),
            domain: kinds!(@domain $dialect),
            number: $number,
            receives: kinds!(@receives $directions),
            sends: kinds!(@sends $directions),
            profile: Profile {
                dialect: kinds!(@dialect $dialect),
                name: stringify!($name),
                wire_id: kinds!(@wire $dialect $number),
                sp_peers: kinds!(@sp_peers $dialect $($peer)*),
                zmtp_peers: kinds!(@zmtp_peers $dialect $($peer)*),
                keeps_unsent: kinds!(@keeps $keeps),
                receives: kinds!(@receives $directions),
                shape: kinds!(@shape $shape),
            },
            make: || Box::new(<$protocol>::new()),
        },)*];
    };
    (@dialect Zmtp) => { Dialect::Zmtp };
    (@dialect $sp:ident) => { Dialect::Sp };
    (@domain SpRaw) => { AF_SP_RAW };
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
    (@shape parts) => { Shape::Parts };
    (@shape body) => { Shape::Body };
    (@shape routed) => { Shape::Routed };
    (@shape grouped) => { Shape::Grouped };
    (@shape addressed) => { Shape::Addressed };
    (@wire Zmtp $number:literal) => { 0 };
    (@wire $sp:ident $number:literal) => { $number };
    (@sp_peers Zmtp $($peer:ident)*) => { &[] };
    (@sp_peers $sp:ident $($peer:literal)*) => { &[$($peer),*] };
    (@zmtp_peers Zmtp $($peer:ident)*) => { &[$(stringify!($peer)),*] };
    (@zmtp_peers $sp:ident $($peer:literal)*) => { &[] };
}

// Columns: dialect, name, number, rules, directions, what becomes of unsent messages when a dialed
// connection is lost (REQ asks again by itself; a reply's asker is gone; a survey has its time), the
// shape of messages, and peers. From SERVER on they are drafts of libzmq (RFC 41, 48, 49, 51, 52).
kinds! {
    Sp PAIR 0x10 sp::Pair0, both, keeps, body, peers [0x10];
    Sp PAIR1 0x11 sp::Pair1<false>, both, keeps, body, peers [0x11];
    Sp PUB 0x20 sp::Pub0, sends, keeps, body, peers [0x21];
    Sp SUB 0x21 sp::Sub0, receives, drops, body, peers [0x20];
    Sp REQ 0x30 sp::Req0, both, drops, body, peers [0x31];
    Sp REP 0x31 sp::Rep0, both, drops, body, peers [0x30];
    Sp PUSH 0x50 sp::Push0, sends, keeps, body, peers [0x51];
    Sp PULL 0x51 sp::Pull0, receives, drops, body, peers [0x50];
    Sp SURVEYOR 0x62 sp::Surveyor0, both, drops, body, peers [0x63];
    Sp RESPONDENT 0x63 sp::Respondent0, both, drops, body, peers [0x62];
    Sp BUS 0x70 sp::Bus0, both, keeps, body, peers [0x70];
    SpRaw PAIR 0x10 sp::Pair0, both, keeps, body, peers [0x10];
    SpRaw PAIR1 0x11 sp::Pair1<true>, both, keeps, body, peers [0x11];
    SpRaw PUB 0x20 sp::Pub0, sends, keeps, body, peers [0x21];
    SpRaw SUB 0x21 sp::Sub0, receives, drops, body, peers [0x20];
    SpRaw REQ 0x30 sp::RawReq, both, keeps, body, peers [0x31];
    SpRaw REP 0x31 sp::RawRep, both, drops, body, peers [0x30];
    SpRaw PUSH 0x50 sp::Push0, sends, keeps, body, peers [0x51];
    SpRaw PULL 0x51 sp::Pull0, receives, drops, body, peers [0x50];
    SpRaw SURVEYOR 0x62 sp::RawSurveyor, both, drops, body, peers [0x63];
    SpRaw RESPONDENT 0x63 sp::RawRep, both, drops, body, peers [0x62];
    SpRaw BUS 0x70 sp::RawBus, both, keeps, body, peers [0x70];
    Zmtp PAIR 0 zmq::Pair, both, keeps, parts, peers [PAIR];
    Zmtp PUB 1 zmq::Pub, sends, keeps, parts, peers [SUB XSUB];
    Zmtp SUB 2 zmq::Sub, receives, keeps, parts, peers [PUB XPUB];
    Zmtp REQ 3 zmq::Req, both, keeps, parts, peers [REP ROUTER];
    Zmtp REP 4 zmq::Rep, both, drops, parts, peers [REQ DEALER];
    Zmtp DEALER 5 zmq::Dealer, both, keeps, parts, peers [REP DEALER ROUTER];
    Zmtp ROUTER 6 zmq::Router, both, keeps, parts, peers [REQ DEALER ROUTER];
    Zmtp PULL 7 zmq::Pull, receives, drops, parts, peers [PUSH];
    Zmtp PUSH 8 zmq::Push, sends, keeps, parts, peers [PULL];
    Zmtp XPUB 9 zmq::Xpub, both, keeps, parts, peers [SUB XSUB];
    Zmtp XSUB 10 zmq::Xsub, both, keeps, parts, peers [PUB XPUB];
    Zmtp STREAM 11 zmq::Stream, both, keeps, parts, peers [];
    Zmtp SERVER 12 zmq::Server, both, keeps, routed, peers [CLIENT];
    Zmtp CLIENT 13 zmq::Client, both, keeps, body, peers [SERVER];
    Zmtp RADIO 14 zmq::Radio, sends, keeps, grouped, peers [DISH];
    Zmtp DISH 15 zmq::Dish, receives, keeps, grouped, peers [RADIO];
    Zmtp GATHER 16 zmq::Gather, receives, drops, body, peers [SCATTER];
    Zmtp SCATTER 17 zmq::Scatter, sends, keeps, body, peers [GATHER];
    Zmtp DGRAM 18 zmq::Dgram, both, drops, addressed, peers [DGRAM];
    Zmtp PEER 19 zmq::Peer, both, keeps, routed, peers [PEER];
    Zmtp CHANNEL 20 zmq::Channel, both, keeps, body, peers [CHANNEL];
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
/// `AF_SP_RAW`.
pub fn kind(dialect: Dialect, domain: i32, number: i32) -> Result<&'static Kind, Error> {
    if dialect == Dialect::Sp && domain != AF_SP && domain != AF_SP_RAW {
        return Err(Error::new(
            ErrorCode::AddressFamilyNotSupported,
            format!("the domain is {AF_SP} (AF_SP) or {AF_SP_RAW} (AF_SP_RAW), not {domain}"),
        ));
    }
    let domain = if dialect == Dialect::Sp { domain } else { 0 };
    let of_domain = || KINDS.iter().filter(|kind| (kind.dialect, kind.domain) == (dialect, domain));
    of_domain().find(|kind| kind.number == number).ok_or_else(|| {
        let all = of_domain();
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
        assert!(kind(Dialect::Sp, 2, 0x30).unwrap().is_raw());
        let wrong = kind(Dialect::Sp, 7, 0x30).unwrap_err();
        assert_eq!(wrong.code(), ErrorCode::AddressFamilyNotSupported);
    }
}
