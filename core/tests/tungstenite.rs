//! WebSocket against another implementation, tungstenite, which is the client and the server, of both
//! dialects: first a good peer, then one that breaks every rule there is.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

mod named;

use std::{
    fs,
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use named::{open, set};
use sockery::facade::{Context, Dialect, Frame as Body, Message, Socket, SocketEvent, Wait, table};
use tungstenite::{
    ClientRequestBuilder, Message as WsMessage, WebSocket, accept_hdr, client,
    handshake::server::{Request, Response},
    http::{HeaderValue, Uri},
    protocol::{
        CloseFrame, Role,
        frame::{
            Frame, FrameHeader,
            coding::{Control, Data, OpCode},
        },
    },
};

const BOTH: [Dialect; 2] = [Dialect::Sp, Dialect::Zmtp];
const ROLES: [Role; 2] = [Role::Client, Role::Server];
/// The most bytes of a message that the attacked socket takes.
const LIMIT: usize = 1_000;
/// The sub-protocol that has no mechanism: a message with the routing id of each comes first.
const ZWS: &str = "ZWS2.0";
const LINE: &str = "Sec-WebSocket-Protocol";

type Peer = WebSocket<TcpStream>;

/// One test at a time, since one counts the process's descriptors.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn soon() -> Wait {
    Wait::Until(Instant::now() + Duration::from_secs(20))
}

/// Where a socket meets peers of tungstenite.
enum Meeting {
    /// They dial it.
    At(String, &'static str),
    /// It dials them.
    Of(TcpListener),
}

impl Meeting {
    /// `theirs` is the role of the peers; `server` the name of the server's protocol in SP.
    fn new(socket: &Socket, theirs: Role, server: &'static str) -> Self {
        match theirs {
            Role::Client => {
                let address = socket.bind("ws://127.0.0.1:0/path?query").unwrap().address;
                let protocol = if socket.kind().dialect == Dialect::Sp { server } else { ZWS };
                Self::At(address, protocol)
            }
            Role::Server => {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                socket.connect(&format!("ws://{}", listener.local_addr().unwrap())).unwrap();
                Self::Of(listener)
            }
        }
    }

    /// The next peer, at the end of its handshake.
    fn meet(&self, dialect: Dialect) -> Peer {
        let mut peer = match self {
            Self::At(address, protocol) => {
                let uri: Uri = address.parse().unwrap();
                let stream = TcpStream::connect(uri.authority().unwrap().as_str()).unwrap();
                let request = ClientRequestBuilder::new(uri).with_sub_protocol(*protocol);
                client(request, stream).unwrap().0
            }
            Self::Of(listener) => accept_hdr(listener.accept().unwrap().0, agree).unwrap(),
        };
        peer.get_ref().set_nodelay(true).unwrap();
        peer.get_ref().set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        if dialect == Dialect::Zmtp {
            let nameless = WsMessage::binary(framed(dialect, b""));
            peer.send(nameless.clone()).unwrap();
            assert_eq!(peer.read().unwrap(), nameless, "its routing id");
        }
        peer
    }
}

/// Agrees to the last protocol that is asked for, which is the one without a mechanism.
#[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
fn agree(
    request: &Request,
    mut response: Response,
) -> Result<Response, tungstenite::handshake::server::ErrorResponse> {
    let asked = request.headers()[LINE].to_str().unwrap();
    let last = asked.rsplit(", ").next().unwrap();
    response.headers_mut().insert(LINE, HeaderValue::from_str(last).unwrap());
    Ok(response)
}

/// A message as it goes over WebSocket: a flag before it says in ZMTP that it is the last frame.
fn framed(dialect: Dialect, body: &[u8]) -> Vec<u8> {
    if dialect == Dialect::Sp { body.to_vec() } else { [&[0], body].concat() }
}

fn bytes(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at * 7) as u8).collect()
}

fn data(opcode: Data, is_final: bool, payload: impl Into<Vec<u8>>) -> Frame {
    Frame::message(payload.into(), OpCode::Data(opcode), is_final)
}

fn received(socket: &Socket) -> Vec<u8> {
    socket.recv(soon()).unwrap().body().to_vec()
}

fn everywhere(test: impl Fn(Dialect, Role)) {
    let _alone = alone();
    for dialect in BOTH {
        for theirs in ROLES {
            test(dialect, theirs);
        }
    }
}

/// A PAIR and its peer.
fn paired(context: &Context, dialect: Dialect, theirs: Role) -> (Socket, Peer) {
    let pair = open(context, dialect, "PAIR");
    let peer = Meeting::new(&pair, theirs, "pair.sp.nanomsg.org").meet(dialect);
    (pair, peer)
}

#[test]
fn messages_of_all_sizes_go_both_ways() {
    everywhere(|dialect, theirs| {
        let context = Context::new();
        let (pair, mut peer) = paired(&context, dialect, theirs);
        for size in [0, 1, 124, 125, 126, 65_535, 65_536, 1_000_000] {
            peer.send(WsMessage::binary(framed(dialect, &bytes(size)))).unwrap();
            assert!(received(&pair) == bytes(size), "{size} bytes from tungstenite");
            pair.send(Message::new(Body::from(bytes(size))), soon()).unwrap();
            let came = peer.read().unwrap();
            assert!(came.is_binary() && came.into_data() == framed(dialect, &bytes(size)));
        }
    });
}

#[test]
fn text_goes_both_ways_in_sp() {
    const TEXT: &str = "Grüße, κόσμε";
    let _alone = alone();
    for theirs in ROLES {
        let context = Context::new();
        let pair = open(&context, Dialect::Sp, "PAIR");
        set(&pair, "WS_MSG_TYPE", 1);
        let mut peer = Meeting::new(&pair, theirs, "pair.sp.nanomsg.org").meet(Dialect::Sp);
        peer.send(WsMessage::text(TEXT)).unwrap();
        assert_eq!(received(&pair), TEXT.as_bytes());
        pair.send(Message::new(TEXT.as_bytes()), soon()).unwrap();
        assert_eq!(peer.read().unwrap(), WsMessage::text(TEXT));
    }
}

#[test]
fn fragments_are_put_together_and_pings_between_answered() {
    everywhere(|dialect, theirs| {
        let context = Context::new();
        let (pair, mut peer) = paired(&context, dialect, theirs);
        let whole = framed(dialect, &bytes(10_000));
        for piece in [1, 7, 125, 126, 5_000, 10_000] {
            let last = whole.len().div_ceil(piece) - 1;
            let mut pings = Vec::new();
            for (number, part) in whole.chunks(piece).enumerate() {
                let opcode = if number == 0 { Data::Binary } else { Data::Continue };
                peer.write(WsMessage::Frame(data(opcode, number == last, part))).unwrap();
                if number % 50 == 0 {
                    pings.push(format!("{piece} {number}"));
                    peer.write(WsMessage::Ping(pings[number / 50].clone().into())).unwrap();
                }
            }
            peer.flush().unwrap();
            assert!(received(&pair) == bytes(10_000), "in pieces of {piece}");
            for ping in pings {
                assert_eq!(peer.read().unwrap(), WsMessage::Pong(ping.into()));
            }
        }
    });
}

/// As long as there are more of them in one message.
fn echo(peer: &mut Peer, dialect: Dialect) {
    loop {
        let frame = peer.read().unwrap();
        let more = dialect == Dialect::Zmtp && frame.clone().into_data()[0] == 1;
        peer.send(frame).unwrap();
        if !more {
            break;
        }
    }
}

#[test]
fn requests_are_answered_by_either() {
    everywhere(|dialect, theirs| {
        let context = Context::new();
        let req = open(&context, dialect, "REQ");
        let mut peer = Meeting::new(&req, theirs, "req.sp.nanomsg.org").meet(dialect);
        for round in 0..20_u8 {
            req.send(Message::new(Body::from(vec![round; 100])), soon()).unwrap();
            echo(&mut peer, dialect);
            assert_eq!(received(&req), [round; 100]);
        }

        let rep = open(&context, dialect, "REP");
        let mut peer = Meeting::new(&rep, theirs, "rep.sp.nanomsg.org").meet(dialect);
        for round in 0..20_u8 {
            // A request has a number in SP, and an empty frame before it in ZMTP.
            let (head, body) = match dialect {
                Dialect::Sp => (None, vec![0x80, 0, 0, round, b'?']),
                Dialect::Zmtp => (Some(WsMessage::binary(vec![1])), vec![0, b'?']),
            };
            let expected: Vec<_> = head.into_iter().chain([WsMessage::binary(body)]).collect();
            expected.iter().for_each(|frame| peer.send(frame.clone()).unwrap());
            let asked = rep.recv(soon()).unwrap();
            assert_eq!(asked.body()[..], *b"?");
            rep.send(asked, soon()).unwrap();
            expected.iter().for_each(|frame| assert_eq!(peer.read().unwrap(), *frame));
        }
    });
}

fn code_of(message: WsMessage) -> Option<u16> {
    match message {
        WsMessage::Close(frame) => frame.map(|frame| frame.code.into()),
        other => panic!("{other} is no farewell"),
    }
}

fn reason(event: &Message) -> String {
    match table::Value::decode(event.body()).unwrap().get("reason") {
        Some(table::Value::Str(text)) => text.to_string(),
        other => panic!("the reason is {other:?}"),
    }
}

#[test]
fn farewells_are_said_answered_and_told() {
    everywhere(|dialect, theirs| {
        for code in [1000, 1001, 1003, 1011, 3000, 4999] {
            let context = Context::new();
            let (pair, mut peer) = paired(&context, dialect, theirs);
            let lost = pair.watch(SocketEvent::Disconnected.bit()).unwrap();
            // What was said before is received all the same.
            peer.send(WsMessage::binary(framed(dialect, b"before"))).unwrap();
            peer.close(Some(CloseFrame { code: code.into(), reason: "näher".into() })).unwrap();
            assert_eq!(code_of(peer.read().unwrap()), Some(1000), "the answer to {code}");
            assert!(peer.read().is_err(), "nothing follows a farewell");
            assert_eq!(received(&pair), b"before");
            let reason = reason(&lost.recv(soon()).unwrap());
            assert!(reason.ends_with(&format!("said farewell with code {code}")), "{reason}");
        }
        let context = Context::new();
        let (pair, mut peer) = paired(&context, dialect, theirs);
        pair.send(Message::new("last"), soon()).unwrap();
        pair.close_linger(20_000);
        assert_eq!(peer.read().unwrap().into_data(), framed(dialect, b"last"));
        assert_eq!(code_of(peer.read().unwrap()), Some(1000));
    });
}

/// What is wrong, whether only frames with the other role's masks are, and the code of the refusal;
/// without one the peer stops in the middle.
type Attack = (&'static str, bool, Vec<Frame>, Option<u16>);

fn control(opcode: Control, payload: &[u8]) -> Frame {
    let header = FrameHeader { opcode: OpCode::Control(opcode), ..FrameHeader::default() };
    Frame::from_payload(header, payload.to_vec().into())
}

fn farewell(code: u16) -> Frame {
    control(Control::Close, &code.to_be_bytes())
}

fn attacks(dialect: Dialect) -> Vec<Attack> {
    let good = || data(Data::Binary, true, framed(dialect, b"good"));
    let reserved = |bit: u8| {
        let mut frame = good();
        let header = frame.header_mut();
        [header.rsv1, header.rsv2, header.rsv3] = [bit == 1, bit == 2, bit == 3];
        frame
    };
    let begin = |size| data(Data::Binary, false, framed(dialect, &bytes(size)));
    let rest = |last, size| data(Data::Continue, last, bytes(size));
    let mut last_of_control = control(Control::Ping, b"x");
    last_of_control.header_mut().is_final = false;
    let (wrong, text, large) = (Some(1002), Some(1007), Some(1009));
    let mut attacks = vec![
        ("the masks of the other role", true, vec![good()], wrong),
        ("a ping with the masks of the other role", true, vec![control(Control::Ping, b"")], wrong),
        ("the first reserved bit", false, vec![reserved(1)], wrong),
        ("the second reserved bit", false, vec![reserved(2)], wrong),
        ("the third reserved bit", false, vec![reserved(3)], wrong),
        ("an endless frame of control", false, vec![last_of_control], wrong),
        ("a ping of 126 bytes", false, vec![Frame::ping(bytes(126))], wrong),
        ("a farewell of 126 bytes", false, vec![control(Control::Close, &[3; 126])], wrong),
        ("a rest without a beginning", false, vec![rest(true, 5)], wrong),
        ("a message inside of another", false, vec![begin(5), good()], wrong),
        ("text that is none", false, vec![data(Data::Text, true, *b"\0\xc3\x28")], text),
        (
            "text that is none, at the seam of two frames",
            false,
            vec![data(Data::Text, false, *b"\0\xc3"), data(Data::Continue, true, *b"\x28")],
            text,
        ),
        (
            "a message that is too long",
            false,
            vec![data(Data::Binary, true, bytes(LIMIT + 50))],
            large,
        ),
        (
            "fragments that are too long together",
            false,
            vec![begin(LIMIT / 2), rest(false, LIMIT / 2), rest(true, 100)],
            large,
        ),
        ("half a farewell's code", false, vec![control(Control::Close, &[3])], wrong),
        (
            "a farewell whose reason is no text",
            false,
            vec![control(Control::Close, b"\x03\xe8\xff")],
            wrong,
        ),
        ("fragments that never end", false, vec![begin(100), rest(false, 100)], None),
        ("a beginning alone", false, vec![begin(0)], None),
    ];
    attacks.extend((3..=7).map(|number| {
        ("an unknown frame", false, vec![data(Data::Reserved(number), true, *b"x")], wrong)
    }));
    attacks.extend((11..=15).map(|number| {
        (
            "an unknown frame of control",
            false,
            vec![control(Control::Reserved(number), b"x")],
            wrong,
        )
    }));
    // Codes that may not be sent, or that nobody gave a meaning.
    attacks.extend(
        [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map(|code| {
            ("a farewell with a code that is none", false, vec![farewell(code)], wrong)
        }),
    );
    attacks
}

fn other(role: Role) -> Role {
    if role == Role::Client { Role::Server } else { Role::Client }
}

/// Says the words and answers the code that it was told, if any.
fn attack(mut peer: Peer, theirs: Role, (_, masks, words, expected): &Attack) -> Option<u16> {
    let role = if *masks { other(theirs) } else { theirs };
    let stream = peer.get_ref().try_clone().unwrap();
    let mut speaker = WebSocket::from_raw_socket(stream, role, None);
    for frame in words {
        // It may have been refused already.
        let _ = speaker.send(WsMessage::Frame(frame.clone()));
    }
    if expected.is_none() {
        peer.get_ref().shutdown(Shutdown::Write).unwrap();
    }
    peer.read().ok().and_then(code_of)
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < until, "{what} in vain");
        thread::yield_now();
    }
}

#[test]
fn whatever_is_wrong_is_refused_by_its_code_and_leaves_nothing() {
    const ROUNDS: usize = 5;
    everywhere(|dialect, theirs| {
        let context = Context::new();
        let pull = open(&context, dialect, "PULL");
        set(&pull, if dialect == Dialect::Sp { "RCVMAXSIZE" } else { "MAXMSGSIZE" }, LIMIT as i64);
        set(&pull, "RECONNECT_IVL", 1);
        // In SP a server's protocol is asked for by its name.
        let server = if theirs == Role::Client { "pull.sp.nanomsg.org" } else { "" };
        let meeting = Meeting::new(&pull, theirs, server);
        let serve = || {
            let mut peer = meeting.meet(dialect);
            peer.send(WsMessage::binary(framed(dialect, b"served"))).unwrap();
            assert_eq!(received(&pull), b"served");
            peer
        };
        let gone = || pull.peers() == 0;
        drop(serve());
        wait_until("waited for the end of a good peer", gone);
        let before = descriptors();
        for _ in 0..ROUNDS {
            for one in attacks(dialect) {
                let told = attack(serve(), theirs, &one);
                let (what, expected) = (one.0, one.3);
                if expected.is_some() {
                    assert_eq!(told, expected, "{what} of a {theirs:?} in {dialect:?}");
                }
                wait_until(what, gone);
                let more = pull.recv(Wait::Until(Instant::now()));
                assert!(more.is_err(), "{what}: {more:?}");
            }
        }
        // A dialed socket may be about to dial again.
        wait_until("waited for descriptors", || descriptors() <= before + 1);
    });
}
