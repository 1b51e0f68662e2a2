//! TABLE 3: every option of nanomsg and of libzmq 4.3.5, once, and ours.
//!
//! Read by [`super::store`], whose macro `options!` explains the columns, and listed by
//! `facade::catalog`. Numbers, ranges and defaults are those of `nn.h` and `zmq.h`; ours are 10,000
//! and up.

use std::ops::RangeInclusive;

use super::{
    Access, Dialect, OptionKind, OptionRow, Preset, Scope, State,
    store::{self, options},
    value::{Field, Value},
};
use crate::error::Error;

const INT: i64 = i32::MAX as i64;
const LONG: i64 = i64::MAX;
/// 0 or 1 and nothing else, where libzmq is strict.
const STRICT: RangeInclusive<i64> = 0..=1;
/// Any integer that is not negative, where libzmq takes more than 1 for true.
const TRUTHY: RangeInclusive<i64> = 0..=INT;
/// -1 for ever or unset, or a count.
const SIGNED: RangeInclusive<i64> = -1..=INT;
/// Any C integer; nanomsg takes every negative one for "for ever".
const ANY: RangeInclusive<i64> = i32::MIN as i64..=INT;
const COUNT: RangeInclusive<i64> = 0..=INT;
const POSITIVE: RangeInclusive<i64> = 1..=INT;
/// The lengths of names that ZMTP counts in one byte.
const SHORT: RangeInclusive<i64> = 0..=255;
/// The lengths of certificates and keys.
const PEM: RangeInclusive<i64> = 0..=1 << 20;

options! {
    // Time.
    Linger LINGER: Millis(SIGNED) rw nn(SOCKET, 1, ANY) = 0 zmq(17) = -1 => linger
        "How long closing waits for what is unsent, in milliseconds; -1 waits for ever. 0 at first for SUB \
        and XSUB, and where the context's BLOCKY is 0. SP sockets, as nanomsg since 1.0, accept it and \
        do not obey: they flush for a second at most.";
    SndTimeo SNDTIMEO: Millis(SIGNED) rw nn(SOCKET, 4, ANY) = -1 zmq(28) = -1 => sndtimeo
        "How long a send may wait, in milliseconds; -1 waits for ever.";
    RcvTimeo RCVTIMEO: Millis(SIGNED) rw nn(SOCKET, 5, ANY) = -1 zmq(27) = -1 => rcvtimeo
        "How long a receive may wait, in milliseconds; -1 waits for ever.";
    ReconnectIvl RECONNECT_IVL: Millis(SIGNED) rw
        nn(SOCKET, 6, COUNT) = 100 zmq(18) = 100 => reconnect_ivl
        "The first pause before connecting again, in milliseconds; -1 never connects again.";
    ReconnectIvlMax RECONNECT_IVL_MAX: Millis(COUNT) rw
        nn(SOCKET, 7) = 0 zmq(21) = 0 => reconnect_ivl_max
        "The longest pause before connecting again; 0 keeps every pause at the first's length.";
    ConnectTimeout CONNECT_TIMEOUT: Millis(COUNT) rw zmq(79) = 0 => connect_timeout
        "How long a connect may take before it is tried again; 0 leaves it to the system.";
    HandshakeIvl HANDSHAKE_IVL: Millis(COUNT) rw zmq(66) = 30_000 => handshake_ivl
        "How long a handshake may take, in milliseconds; 0 is for ever.";
    ReqResendIvl RESEND_IVL: Millis(POSITIVE) rw
        nn(REQ, 1 as REQ_RESEND_IVL) = 60_000 for [REQ] => req_resend_ivl
        "REQ asks again after this time without an answer, in milliseconds.";
    SurveyorDeadline DEADLINE: Millis(POSITIVE) rw
        nn(SURVEYOR, 1 as SURVEYOR_DEADLINE) = 1_000 for [SURVEYOR] => surveyor_deadline
        "How long a survey collects answers, in milliseconds.";

    // Queues and sizes.
    SndHwm SNDHWM: Int(COUNT) rw zmq(23) = 1_000 else 0 => sndhwm
        "How many messages may wait for one peer; 0 is without limit.";
    RcvHwm RCVHWM: Int(COUNT) rw zmq(24) = 1_000 else 0 => rcvhwm
        "How many messages of one peer may wait to be received; 0 is without limit.";
    Hwm HWM: Int(COUNT) rw zmq(1) = 1_000 by Derived
        "Both marks at once: SNDHWM and RCVHWM. Reads as SNDHWM.";
    SndHwmBytes SNDHWM_BYTES: Int(0..=LONG) rw
        nn(SOCKET, 2 as SNDBUF, 1..=INT) = 131_072 zmq(10_001) = 0 => sndhwm_bytes
        "How many bytes may wait for one peer; 0 is without limit.";
    RcvHwmBytes RCVHWM_BYTES: Int(0..=LONG) rw
        nn(SOCKET, 3 as RCVBUF, 1..=INT) = 131_072 zmq(10_002) = 0 => rcvhwm_bytes
        "How many bytes of one peer may wait to be received; 0 is without limit.";
    MaxMsgSize MAXMSGSIZE: Int(-1..=LONG) rw
        nn(SOCKET, 16 as RCVMAXSIZE, -1..=INT) = 1_048_576 zmq(22) = -1 => maxmsgsize
        "The longest message that is received, in bytes; a peer that sends a longer one is \
        disconnected. -1 is without limit.";
    Conflate CONFLATE: Bool(STRICT) rw zmq(54) = 0 for [DEALER PUB PULL PUSH SUB] => conflate
        "Keep only the newest message for and from each peer, without any mark; set it before bind and \
        connect. Messages of several parts are kept whole.";
    Immediate IMMEDIATE / DELAY_ATTACH_ON_CONNECT: Bool(STRICT) rw
        zmq(39) = 0 else 1 => immediate
        "Queue messages only for peers whose handshake is done.";

    // Patterns.
    Subscribe SUBSCRIBE: Bytes(0..=LONG) wo
        nn(SUB, 1 as SUB_SUBSCRIBE) = "" zmq(6) = "" for [SUB XPUB] by Socket
        "Receive messages that begin with these bytes. XPUB with XPUB_MANUAL: the peer whose \
        subscription was read last receives them.";
    Unsubscribe UNSUBSCRIBE: Bytes(0..=LONG) wo
        nn(SUB, 2 as SUB_UNSUBSCRIBE) = "" zmq(7) = "" for [SUB XPUB] by Socket
        "Take back one earlier SUBSCRIBE of the same bytes.";
    RoutingId ROUTING_ID / IDENTITY: Bytes(1..=255) rw zmq(5) = "" => routing_id
        "The name by which ROUTER peers address this socket. STREAM reads here whom it gave an id last, if by \
        none of the user's.";
    ConnectRoutingId CONNECT_ROUTING_ID / CONNECT_RID: Bytes(POSITIVE) wo
        zmq(61) = "" for [ROUTER STREAM] => connect_routing_id
        "The routing id to give the peer of the next connect.";
    RouterMandatory ROUTER_MANDATORY / FAIL_UNROUTABLE / ROUTER_BEHAVIOR: Bool(TRUTHY) wo
        zmq(33) = 0 for [ROUTER] => router_mandatory
        "Sending to an unknown peer is an error instead of dropped.";
    RouterHandover ROUTER_HANDOVER: Bool(TRUTHY) wo zmq(56) = 0 for [ROUTER] => router_handover
        "A new peer takes over a routing id that is in use.";
    RouterRaw ROUTER_RAW: Bool(TRUTHY) wo zmq(41) = 0 for [ROUTER] => router_raw
        "ROUTER's peers speak no protocol, as those of STREAM, which has replaced it. Set before bind and \
        connect.";
    ProbeRouter PROBE_ROUTER: Bool(TRUTHY) wo
        zmq(51) = 0 for [ROUTER DEALER REQ] => probe_router
        "Send an empty message to each new peer.";
    ReqCorrelate REQ_CORRELATE: Bool(TRUTHY) wo zmq(52) = 0 for [REQ] => req_correlate
        "Prefix requests with an id and take only the answer that has it.";
    ReqRelaxed REQ_RELAXED: Bool(TRUTHY) wo zmq(53) = 0 for [REQ] => req_relaxed
        "A new request may be sent before the last was answered.";
    XpubVerbose XPUB_VERBOSE: Bool(TRUTHY) wo zmq(40) = 0 for [XPUB] => xpub_verbose
        "Pass every subscription up, not only the first of each.";
    XpubVerboser XPUB_VERBOSER: Bool(TRUTHY) wo zmq(78) = 0 for [XPUB] => xpub_verboser
        "Pass every subscription and every cancellation up.";
    XpubNodrop XPUB_NODROP: Bool(TRUTHY) rw
        nn(PUB, 1 as PUB_NODROP, STRICT) = 0 zmq(69) = 0 for [PUB XPUB RADIO] => xpub_nodrop
        "Sending waits for the slowest subscriber instead of dropping its messages.";
    XpubManual XPUB_MANUAL: Bool(TRUTHY) wo zmq(71) = 0 for [XPUB] => xpub_manual
        "The program itself subscribes for its peers: SUBSCRIBE and UNSUBSCRIBE act for the one whose \
        subscription was read last.";
    XpubWelcomeMsg XPUB_WELCOME_MSG: Bytes(0..=LONG) wo
        zmq(72) = "" for [XPUB] => xpub_welcome_msg
        "The message that each new peer gets first, if it subscribes to it; empty is none.";
    InvertMatching INVERT_MATCHING: Bool(TRUTHY) rw zmq(74) = 0 => invert_matching
        "PUB and SUB pass the messages that do not match.";
    StreamNotify STREAM_NOTIFY: Bool(STRICT) wo zmq(73) = 1 for [STREAM] => stream_notify
        "STREAM reports peers that come and go with empty messages.";
    Pair1Poly POLY: Bool(STRICT) rw nn(PAIR1, 1 as PAIR1_POLY) = 0 for [PAIR1] => pair1_poly
        "PAIR1 takes many peers: a message tells which one it came from, and names who it goes to. \
        Set before there are any.";
    MaxTtl MAXTTL: Int(1..=255) rw nn(SOCKET, 17) = 8 => maxttl
        "How many devices a message may pass before it is dropped.";
    SndPrio SNDPRIO: Int(1..=16) rw nn(SOCKET, 8) = 8 => sndprio
        "The priority for sending of endpoints made from now on; 1 is the highest.";
    RcvPrio RCVPRIO: Int(1..=16) rw nn(SOCKET, 9) = 8 => rcvprio
        "The priority for receiving of endpoints made from now on; 1 is the highest.";

    // What a socket is and shows.
    Domain DOMAIN: Int(COUNT) ro nn(SOCKET, 12) = 1 by Socket
        "The domain given to the constructor: AF_SP or AF_SP_RAW.";
    Protocol PROTOCOL: Int(COUNT) ro nn(SOCKET, 13) = 0 by Socket
        "The protocol given to the constructor.";
    SocketName SOCKET_NAME: Text(0..=63) rw nn(SOCKET, 15) = "" => socket_name
        "A name for people to know the socket by.";
    SndFd SNDFD: Descriptor(SIGNED) ro nn(SOCKET, 10) = -1 by Socket
        "A descriptor that is readable while a send would not wait.";
    RcvFd RCVFD: Descriptor(SIGNED) ro nn(SOCKET, 11) = -1 by Socket
        "A descriptor that is readable while a receive would not wait.";
    Type TYPE: Int(COUNT) ro zmq(16) = 0 by Socket
        "The type given to the constructor.";
    Fd FD: Descriptor(SIGNED) ro zmq(14) = -1 by Socket
        "A descriptor that becomes readable when there is news to read from EVENTS.";
    Events EVENTS: Int(COUNT) ro zmq(15) = 0 by Socket
        "What would not wait: POLLIN, POLLOUT, both or neither.";
    RcvMore RCVMORE: Bool(STRICT) ro zmq(13) = 0 by Socket
        "Whether the part received last is followed by another of the same message.";
    LastEndpoint LAST_ENDPOINT: Text(0..=INT) ro zmq(32) = "" by Socket
        "The endpoint bound or connected last, with the port that the system chose.";
    ThreadSafe THREAD_SAFE: Bool(STRICT) ro zmq(81) = 0 by Socket
        "Whether libzmq calls this type thread-safe; every socket here may be shared.";
    Mechanism MECHANISM: Int(0..=3) ro zmq(43) = 0 by Security
        "The security mechanism in use: NULL, PLAIN, CURVE or GSSAPI.";

    // Transports.
    Ipv6 IPV6: Bool(STRICT) rw zmq(42) = 0 context(42) = 0 => ipv6
        "Resolve and bind to IPv6 addresses too.";
    Ipv4Only IPV4ONLY: Bool(STRICT) rw nn(SOCKET, 14) = 1 zmq(31) = 1 by Derived
        "The opposite of IPV6.";
    Backlog BACKLOG: Int(COUNT) rw zmq(19) = 100 => backlog
        "How many connections may wait to be accepted.";
    SndBuf SNDBUF: Int(SIGNED) rw zmq(11) = -1 => sndbuf
        "The size of the system's send buffer; -1 leaves it to the system.";
    RcvBuf RCVBUF: Int(SIGNED) rw zmq(12) = -1 => rcvbuf
        "The size of the system's receive buffer; -1 leaves it to the system.";
    TcpNodelay NODELAY: Bool(STRICT) rw nn(TCP, 1 as TCP_NODELAY) = 0 else 1 => tcp_nodelay
        "Send small segments at once.";
    TcpKeepalive TCP_KEEPALIVE: Int(-1..=1) rw zmq(34) = -1 => tcp_keepalive
        "Whether TCP probes idle connections; -1 leaves it to the system.";
    TcpKeepaliveCnt TCP_KEEPALIVE_CNT: Int(SIGNED) rw zmq(35) = -1 => tcp_keepalive_cnt
        "How many unanswered probes end a connection; -1 leaves it to the system.";
    TcpKeepaliveIdle TCP_KEEPALIVE_IDLE: Int(SIGNED) rw zmq(36) = -1 => tcp_keepalive_idle
        "Seconds of silence before the first probe; -1 leaves it to the system.";
    TcpKeepaliveIntvl TCP_KEEPALIVE_INTVL: Int(SIGNED) rw zmq(37) = -1 => tcp_keepalive_intvl
        "Seconds between probes; -1 leaves it to the system.";
    TcpMaxRt TCP_MAXRT: Millis(COUNT) rw zmq(80) = 0 => tcp_maxrt
        "How long sent data may stay unacknowledged; 0 leaves it to the system.";
    Tos TOS: Int(COUNT) rw zmq(57) = 0 => tos
        "The type-of-service byte of outgoing packets.";
    BindToDevice BINDTODEVICE: Text(0..=15) rw zmq(92) = "" => bindtodevice
        "The only network device to send and receive through.";
    UseFd USE_FD: Descriptor(SIGNED) rw zmq(89) = -1 => use_fd
        "The descriptor of a listening socket that bind over tcp, ws or ipc takes over instead of opening one, as \
        systemd hands them to services; it is closed with the endpoint. -1 is none.";
    WsMsgType MSG_TYPE: Int(1..=2) rw nn(WS, 1 as WS_MSG_TYPE) = 2 => ws_msg_type
        "The type of WebSocket messages: WS_MSG_TYPE_TEXT or WS_MSG_TYPE_BINARY.";
    SocksProxy SOCKS_PROXY: Text(0..=INT) rw zmq(68) = "" => socks_proxy
        "The SOCKS5 proxy, as host:port, through which tcp and ws endpoints are connected; it looks their names \
        up. Empty is none.";
    Affinity AFFINITY: Int(i64::MIN..=LONG) rw zmq(4) = 0 => affinity
        "Which I/O threads may serve the socket, as bits; 0 is any.";
    Rate RATE: Int(POSITIVE) rw zmq(8) = 100 => rate
        "The rate of multicast transports, in kilobits a second.";
    RecoveryIvl RECOVERY_IVL: Millis(COUNT) rw zmq(9) = 10_000 => recovery_ivl
        "How long multicast receivers may be absent, in milliseconds.";
    MulticastHops MULTICAST_HOPS: Int(POSITIVE) rw zmq(25) = 1 => multicast_hops
        "How many networks a multicast packet may pass.";
    MulticastMaxTpdu MULTICAST_MAXTPDU: Int(POSITIVE) rw zmq(84) = 1_500 => multicast_maxtpdu
        "The longest multicast packet, in bytes.";
    VmciBufferSize VMCI_BUFFER_SIZE: Int(0..=LONG) rw zmq(85) = 0 lacks "the vmci transport"
        "The size of VMCI buffers, in bytes.";
    VmciBufferMinSize VMCI_BUFFER_MIN_SIZE: Int(0..=LONG) rw zmq(86) = 0
        lacks "the vmci transport"
        "The least size of VMCI buffers, in bytes.";
    VmciBufferMaxSize VMCI_BUFFER_MAX_SIZE: Int(0..=LONG) rw zmq(87) = 0
        lacks "the vmci transport"
        "The greatest size of VMCI buffers, in bytes.";
    VmciConnectTimeout VMCI_CONNECT_TIMEOUT: Millis(SIGNED) rw zmq(88) = -1
        lacks "the vmci transport"
        "How long a VMCI connect may take.";

    // Keeping alive.
    HeartbeatIvl HEARTBEAT_IVL: Millis(COUNT) rw zmq(75) = 0 => heartbeat_ivl
        "The time between PINGs, in milliseconds; 0 sends none.";
    HeartbeatTtl HEARTBEAT_TTL: Millis(0..=6_553_599) rw zmq(76) = 0 => heartbeat_ttl
        "How long the peer waits for our PING before it gives up; it counts in tenths of a second. More than \
        65.5 seconds are not asked of it, since libzmq takes them for less.";
    HeartbeatTimeout HEARTBEAT_TIMEOUT: Millis(SIGNED) rw zmq(77) = -1 => heartbeat_timeout
        "How long a PING may stay unanswered; -1 is as long as HEARTBEAT_IVL, 0 for ever.";

    // Security.
    PlainServer PLAIN_SERVER: Bool(STRICT) rw zmq(44) = 0 by Security
        "Be the server of the PLAIN mechanism.";
    PlainUsername PLAIN_USERNAME: Text(SHORT) rw zmq(45) = "" by Security
        "The user name of the PLAIN mechanism.";
    PlainPassword PLAIN_PASSWORD: Text(SHORT) rw zmq(46) = "" by Security
        "The password of the PLAIN mechanism.";
    CurveServer CURVE_SERVER: Bool(STRICT) rw zmq(47) = 0 by Security
        "Be the server of the CURVE mechanism.";
    CurvePublicKey CURVE_PUBLICKEY: Bytes(0..=41) rw zmq(48) = "" by Security
        "The own public key, 32 bytes or 40 characters of Z85.";
    CurveSecretKey CURVE_SECRETKEY: Bytes(0..=41) rw zmq(49) = "" by Security
        "The own secret key, 32 bytes or 40 characters of Z85.";
    CurveServerKey CURVE_SERVERKEY: Bytes(0..=41) rw zmq(50) = "" by Security
        "The server's public key, 32 bytes or 40 characters of Z85.";
    ZapDomain ZAP_DOMAIN: Text(SHORT) rw zmq(55) = "" => zap_domain
        "The domain that ZAP requests name.";
    GssapiServer GSSAPI_SERVER: Bool(STRICT) rw zmq(62) = 0 lacks "the GSSAPI mechanism"
        "Be the server of the GSSAPI mechanism.";
    GssapiPrincipal GSSAPI_PRINCIPAL: Text(0..=INT) rw zmq(63) = ""
        lacks "the GSSAPI mechanism"
        "The own GSSAPI principal.";
    GssapiServicePrincipal GSSAPI_SERVICE_PRINCIPAL: Text(0..=INT) rw zmq(64) = ""
        lacks "the GSSAPI mechanism"
        "The GSSAPI principal of the server.";
    GssapiPlaintext GSSAPI_PLAINTEXT: Bool(STRICT) rw zmq(65) = 0
        lacks "the GSSAPI mechanism"
        "Do not encrypt under GSSAPI.";
    GssapiPrincipalNametype GSSAPI_PRINCIPAL_NAMETYPE: Int(0..=2) rw zmq(90) = 0
        lacks "the GSSAPI mechanism"
        "What kind of name GSSAPI_PRINCIPAL is.";
    GssapiServicePrincipalNametype GSSAPI_SERVICE_PRINCIPAL_NAMETYPE: Int(0..=2) rw zmq(91) = 0
        lacks "the GSSAPI mechanism"
        "What kind of name GSSAPI_SERVICE_PRINCIPAL is.";
    TcpAcceptFilter TCP_ACCEPT_FILTER: Text(0..=255) wo zmq(38) = "" by Filters
        "Accept tcp and ws peers of this address or network (10.0.0.0/8) only; each adds one, empty takes all back. For \
        endpoints bound later; ZAP tells peers apart better.";
    IpcFilterPid IPC_FILTER_PID: Int(COUNT) wo zmq(58) = 0 by Filters
        "Accept ipc peers of this process only, or of those that another IPC_FILTER_ names; 0 takes all back.";
    IpcFilterUid IPC_FILTER_UID: Int(SIGNED) wo zmq(59) = -1 by Filters
        "The same by user; -1 takes all back.";
    IpcFilterGid IPC_FILTER_GID: Int(SIGNED) wo zmq(60) = -1 by Filters
        "The same by group, the one that the peer's process runs as; -1 takes all back.";

    TlsClientCert TLS_CLIENT_CERT: Int(0..=2) rw
        nn(SOCKET, 10_108) = 0 zmq(10_108) = 0 by Tls
        "Whether a TLS server asks its clients for a certificate of an authority that it trusts: \
        TLS_CLIENT_CERT_NONE, TLS_CLIENT_CERT_OPTIONAL or TLS_CLIENT_CERT_REQUIRED.";
    TlsMinVersion TLS_MIN_VERSION: Int(0x303..=0x304) rw
        nn(SOCKET, 10_109) = 0x303 zmq(10_109) = 0x303 by Tls
        "The oldest version of TLS that is accepted: TLS_1_2 or TLS_1_3.";
    WsOrigins WS_ORIGINS: Text(0..=65_535) rw nn(SOCKET, 10_110) = "" zmq(10_110) = "" => ws_origins
        "The web pages that may connect by ws and wss: origins such as `https://example.org` with spaces between. \
        Empty: all. Peers that are no browsers name no origin, and may in any case.";

    // Drafts of libzmq.
    ZapEnforceDomain ZAP_ENFORCE_DOMAIN: Bool(TRUTHY) rw zmq(93) = 0 => zap_enforce_domain
        "Ask the ZAP handler only where a domain is set; PLAIN then needs one.";
    LoopbackFastpath LOOPBACK_FASTPATH: Bool(TRUTHY) rw zmq(94) = 0
        lacks "a fast path that only Windows has"
        "A faster loop-back on Windows.";
    Metadata METADATA: Text(0..=INT) wo zmq(95) = "" by Metadata
        "A property to show to peers, as X-name:value; each name adds one, a name again changes it.";
    MulticastLoop MULTICAST_LOOP: Bool(TRUTHY) rw zmq(96) = 1 => multicast_loop
        "Multicast reaches the own host.";
    RouterNotify ROUTER_NOTIFY: Int(0..=3) rw zmq(97) = 0 for [ROUTER] => router_notify
        "ROUTER reports peers that come (NOTIFY_CONNECT) and go (NOTIFY_DISCONNECT) over a stream by an empty \
        message from them.";
    XpubManualLastValue XPUB_MANUAL_LAST_VALUE: Bool(TRUTHY) wo
        zmq(98) = 0 for [XPUB] => xpub_manual_last_value
        "XPUB_MANUAL where the next message goes alone to the peer whose subscription was read last.";
    SocksUsername SOCKS_USERNAME: Text(SHORT) rw zmq(99) = "" => socks_username
        "The user name for the SOCKS proxy; empty offers no login.";
    SocksPassword SOCKS_PASSWORD: Text(SHORT) rw zmq(100) = "" => socks_password
        "The password for the SOCKS proxy.";
    InBatchSize IN_BATCH_SIZE: Int(POSITIVE) rw zmq(101) = 8_192 lacks "a choice of batch sizes"
        "The most bytes read at once.";
    OutBatchSize OUT_BATCH_SIZE: Int(POSITIVE) rw zmq(102) = 8_192
        lacks "a choice of batch sizes"
        "The most bytes encoded at once.";
    TlsKey TLS_KEY / WSS_KEY_PEM: Text(PEM) wo nn(SOCKET, 10_103) = "" zmq(103) = "" by Tls
        "The private key of TLS_CERT, not encrypted: PEM text, or the path of a file that has it.";
    TlsCert TLS_CERT / WSS_CERT_PEM: Text(PEM) wo nn(SOCKET, 10_104) = "" zmq(104) = "" by Tls
        "The own certificate for tls+tcp and wss, then those that lead to its authority: PEM text, or the path of \
        a file that has it. Who binds must have one.";
    TlsCa TLS_CA / WSS_TRUST_PEM: Text(PEM) wo nn(SOCKET, 10_105) = "" zmq(105) = "" by Tls
        "The certificates of the authorities that are trusted over tls+tcp and wss: PEM text, or the path of a \
        file that has them. Empty: those that the system trusts.";
    TlsServerName TLS_SERVER_NAME / WSS_HOSTNAME: Text(0..=253) wo
        nn(SOCKET, 10_106) = "" zmq(106) = "" by Tls
        "The name or address that the server's certificate must have, and that it is asked for (SNI). Empty: the \
        host that is connected to.";
    TlsTrustSystem TLS_TRUST_SYSTEM / WSS_TRUST_SYSTEM: Bool(TRUTHY) wo
        nn(SOCKET, 10_107, STRICT) = 0 zmq(107) = 0 by Tls
        "Trust the authorities that the system trusts too, beside those of TLS_CA.";
    OnlyFirstSubscribe ONLY_FIRST_SUBSCRIBE: Bool(TRUTHY) wo
        zmq(108) = 0 for [XPUB XSUB] => only_first_subscribe
        "Only the first part of a message can be a subscription. XPUB never takes a later one for one.";
    ReconnectStop RECONNECT_STOP: Int(0..=7) rw zmq(109) = 0 => reconnect_stop
        "What ends connecting again: RECONNECT_STOP_ values, added.";
    HelloMsg HELLO_MSG: Bytes(0..=LONG) wo zmq(110) = ""
        for [DEALER ROUTER CLIENT SERVER PEER] => hello_msg
        "The message that each new peer gets first, also when it comes back; empty is none.";
    DisconnectMsg DISCONNECT_MSG: Bytes(0..=LONG) wo
        zmq(111) = "" for [ROUTER SERVER PEER] => disconnect_msg
        "The message to receive from a peer when its connection, which came by bind, is lost, and over inproc when it \
        leaves; empty is none.";
    Priority PRIORITY: Int(COUNT) rw zmq(112) = 0 => priority
        "The priority of outgoing packets (SO_PRIORITY; Linux); more than 6 takes privileges. 0 leaves it to the system.";
    BusyPoll BUSY_POLL: Int(COUNT) rw zmq(113) = 0 => busy_poll
        "Microseconds for which the system spins for packets (SO_BUSY_POLL; Linux); takes privileges. 0 leaves it to the \
        system.";
    HiccupMsg HICCUP_MSG: Bytes(0..=LONG) wo zmq(114) = ""
        for [DEALER CLIENT PEER] => hiccup_msg
        "The message to receive from a peer when its connection, which came by connect, is lost and dialed \
        again; empty is none.";
    XsubVerboseUnsubscribe XSUB_VERBOSE_UNSUBSCRIBE: Bool(TRUTHY) wo
        zmq(115) = 0 for [XSUB] => xsub_verbose_unsubscribe
        "XSUB passes every cancellation on, not only the last of each prefix.";
    TopicsCount TOPICS_COUNT: Int(COUNT) ro zmq(116) = 0 for [SUB XSUB PUB XPUB] by Socket
        "How many prefixes are subscribed to.";
    NormMode NORM_MODE: Int(COUNT) rw zmq(117) = 0 lacks "the norm transport"
        "NORM: the mode of congestion control.";
    NormUnicastNack NORM_UNICAST_NACK: Bool(TRUTHY) rw zmq(118) = 0 lacks "the norm transport"
        "NORM: answer by unicast.";
    NormBufferSize NORM_BUFFER_SIZE: Int(POSITIVE) rw zmq(119) = 2_048
        lacks "the norm transport"
        "NORM: the size of buffers, in KiB.";
    NormSegmentSize NORM_SEGMENT_SIZE: Int(POSITIVE) rw zmq(120) = 1_400
        lacks "the norm transport"
        "NORM: the size of segments, in bytes.";
    NormBlockSize NORM_BLOCK_SIZE: Int(POSITIVE) rw zmq(121) = 16 lacks "the norm transport"
        "NORM: segments in a block.";
    NormNumParity NORM_NUM_PARITY: Int(COUNT) rw zmq(122) = 4 lacks "the norm transport"
        "NORM: parity segments in a block.";
    NormNumAutoparity NORM_NUM_AUTOPARITY: Int(COUNT) rw zmq(123) = 0
        lacks "the norm transport"
        "NORM: parity segments sent unasked.";
    NormPush NORM_PUSH: Bool(TRUTHY) rw zmq(124) = 0 lacks "the norm transport"
        "NORM: send old data again rather than stop.";

    // Contexts.
    IoThreads IO_THREADS: Int(COUNT) rw context(1) = 1 => io_threads
        "How many I/O threads a context has.";
    MaxSockets MAX_SOCKETS: Int(POSITIVE) rw context(2) = 1_023 => max_sockets
        "How many sockets a context may have open.";
    SocketLimit SOCKET_LIMIT / THREAD_PRIORITY: Int(COUNT) rw context(3) = 65_535 by Priority
        "Reads as the greatest MAX_SOCKETS; changed, it is the priority of the I/O thread: 1 to 99 with SCHED_FIFO and \
        SCHED_RR; with other policies any but 0 asks for the least nice value.";
    ThreadSchedPolicy THREAD_SCHED_POLICY: Int(SIGNED) rw context(4) = -1 => thread_sched_policy
        "The scheduling policy of the I/O thread, by Linux's number; -1 is that of whoever starts it. Before the first \
        bind or connect, which fails where the system refuses it.";
    MaxMsgSz MAX_MSGSZ: Int(COUNT) rw context(5) = 2_147_483_647 => max_msgsz
        "The longest message that a socket of the context sends, in bytes.";
    MsgTSize MSG_T_SIZE: Int(COUNT) ro context(6) = 64 by Fixed
        "The size of libzmq's zmq_msg_t.";
    ThreadAffinityCpuAdd THREAD_AFFINITY_CPU_ADD: Int(0..=1_023) wo context(7) = 0 by Processors
        "Let the I/O thread run on this processor, and on no other but those added too (Linux). Before the first bind \
        or connect, which fails where there is none of them.";
    ThreadAffinityCpuRemove THREAD_AFFINITY_CPU_REMOVE: Int(0..=1_023) wo context(8) = 0 by Processors
        "Take back a processor that was added; with the last of them any will do.";
    ThreadNamePrefix THREAD_NAME_PREFIX: Int(COUNT) rw context(9) = 0 => thread_name_prefix
        "A number to begin the name of the I/O thread with, if it is set before the first bind or connect; 0 is \
        none.";
    Blocky BLOCKY: Bool(TRUTHY) rw context(70) = 1 => blocky
        "Whether new sockets wait by LINGER's default when closed; 0 makes that default 0.";
}
