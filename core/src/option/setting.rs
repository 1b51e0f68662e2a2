//! Setting: the typed option changes that a pattern itself obeys, handed down by the socket.

use std::time::Duration;

/// One change. A pattern ignores what does not concern it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// SP REQ: ask again after this time without an answer (`NN_REQ_RESEND_IVL`).
    ResendInterval(Duration),
    /// SP SURVEYOR: collect answers for so long (`NN_SURVEYOR_DEADLINE`).
    SurveyDeadline(Duration),
    /// SP PAIR1: many peers at a time (`NN_PAIR1_POLY`, ours).
    Polyamorous(bool),
    /// SP: hops after which a message is dropped, 1 to 255 (`NN_MAXTTL`).
    MaxHops(u8),
    /// ZMTP: the routing id that the socket claims (`ZMQ_ROUTING_ID`).
    RoutingId(Vec<u8>),
    /// ROUTER: an unroutable message is an error instead of dropped (`ZMQ_ROUTER_MANDATORY`).
    RouterMandatory(bool),
    /// ROUTER: a new peer takes over a routing id in use (`ZMQ_ROUTER_HANDOVER`).
    RouterHandover(bool),
    /// ROUTER: peers speak no protocol (`ZMQ_ROUTER_RAW`).
    RouterRaw(bool),
    /// ROUTER, STREAM: the routing id of the next peer connected to (`ZMQ_CONNECT_ROUTING_ID`).
    ConnectRoutingId(Vec<u8>),
    /// REQ, DEALER, ROUTER: send an empty message to each new peer (`ZMQ_PROBE_ROUTER`).
    ProbeRouter(bool),
    /// DEALER, ROUTER: what each new peer is sent first; nothing where it is empty (`ZMQ_HELLO_MSG`).
    Hello(Vec<u8>),
    /// REQ: prefix requests with an id and match replies by it (`ZMQ_REQ_CORRELATE`).
    ReqCorrelate(bool),
    /// REQ: a new request may replace an unanswered one (`ZMQ_REQ_RELAXED`).
    ReqRelaxed(bool),
    /// XPUB: pass every subscription up, not only first ones (`ZMQ_XPUB_VERBOSE`).
    XpubVerbose(bool),
    /// XPUB: pass every subscription and cancel up (`ZMQ_XPUB_VERBOSER`).
    XpubVerboser(bool),
    /// PUB, XPUB of either dialect: wait instead of dropping (`ZMQ_XPUB_NODROP`, `NN_PUB_NODROP`).
    NoDrop(bool),
    /// XPUB: the user subscribes for its peers (`ZMQ_XPUB_MANUAL`).
    XpubManual(bool),
    /// The same, and the next message goes to the peer last heard alone (`ZMQ_XPUB_MANUAL_LAST_VALUE`).
    XpubManualLastValue(bool),
    /// XPUB: what each new peer is sent; nothing where it is empty (`ZMQ_XPUB_WELCOME_MSG`).
    XpubWelcome(Vec<u8>),
    /// XSUB: pass every cancel on, not only last ones (`ZMQ_XSUB_VERBOSE_UNSUBSCRIBE`).
    XsubVerboseUnsubscribe(bool),
    /// XSUB: only the first part of a message can subscribe (`ZMQ_ONLY_FIRST_SUBSCRIBE`).
    OnlyFirstSubscribe(bool),
    /// Match subscriptions in reverse (`ZMQ_INVERT_MATCHING`).
    InvertMatching(bool),
}
