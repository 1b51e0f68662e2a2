//! WebSocket against a server that is written here, byte by byte.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use sha1::{Digest, Sha1};
use sockery::facade::{
    Context, Dialect, ErrorCode, Frame, Message, Socket, SocketEvent, Value, Wait, find_name, kind,
    kinds,
};

const PUSH: i32 = 0x50;
const BODY: usize = 50_000;
const CLOSE: u8 = 8;

/// Takes a connection and agrees to be a PULL.
fn upgraded(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.extend(byte);
    }
    let request = String::from_utf8(request).unwrap();
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    let accept = BASE64.encode(Sha1::new().chain_update(key).chain_update(guid).finalize());
    let answer = format!(
        "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: pull.sp.nanomsg.org\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).unwrap();
    stream
}

/// The opcode and the payload of the next frame of a client; `None` when it hung up.
fn frame(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let mut len = u64::from(head[1] & 0x7f);
    if len == 126 {
        let mut wide = [0; 2];
        stream.read_exact(&mut wide).unwrap();
        len = u16::from_be_bytes(wide).into();
    }
    let mut key = [0; 4];
    stream.read_exact(&mut key).unwrap();
    let mut payload = vec![0; usize::try_from(len).unwrap()];
    stream.read_exact(&mut payload).unwrap();
    payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    Some((head[0] & 0x0f, payload))
}

fn number(payload: &[u8]) -> u32 {
    assert_eq!(payload.len(), BODY);
    u32::from_be_bytes(payload[..4].try_into().unwrap())
}

fn message(number: u32) -> Message {
    let mut body = vec![0; BODY];
    body[..4].copy_from_slice(&number.to_be_bytes());
    Message::new(Frame::from(body))
}

#[test]
fn a_farewell_is_answered_and_the_peer_dialed_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let context = Context::new();
    let push = context.socket(kind(Dialect::Sp, 1, PUSH).unwrap()).unwrap();
    push.connect(&format!("ws://{}", listener.local_addr().unwrap())).unwrap();
    let farewell = Some((CLOSE, vec![3, 0xe8]));
    for round in 0..3 {
        let mut stream = upgraded(&listener);
        for count in 0..4 {
            push.send(message(4 * round + count), Wait::millis(10_000)).unwrap();
            let (_, payload) = frame(&mut stream).unwrap();
            assert_eq!(number(&payload), 4 * round + count);
        }
        if round < 2 {
            stream.write_all(&[0x80 | CLOSE, 2, 3, 0xe8]).unwrap();
        } else {
            push.close();
        }
        assert_eq!(frame(&mut stream), farewell);
        assert_eq!(frame(&mut stream), None, "nothing follows a farewell");
    }
}

fn open(context: &Context, dialect: Dialect, name: &str) -> Socket {
    let kind = kinds().iter().find(|kind| kind.dialect == dialect && kind.name == name);
    context.socket(kind.unwrap()).unwrap()
}

fn ask(context: &Context, dialect: Dialect, endpoint: &str, text: &str) -> Socket {
    let push = open(context, dialect, "PUSH");
    push.connect(endpoint).unwrap();
    push.send(Message::new(text.as_bytes()), Wait::millis(10_000)).unwrap();
    push
}

fn heard(pull: &Socket) -> String {
    let message = pull.recv(Wait::millis(10_000)).unwrap();
    String::from_utf8(message.body().to_vec()).unwrap()
}

/// The first line of the answer to a request for this path; empty when it was closed.
fn asked_for(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Protocol: pull.sp.nanomsg.org\r\n\r\n"
    )
    .unwrap();
    let mut answer = vec![0; 4096];
    let count = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..count]).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn sockets_of_both_dialects_share_a_port_by_path() {
    let context = Context::new();
    let [first, third] = ["PULL", "PULL"].map(|name| open(&context, Dialect::Sp, name));
    let second = open(&context, Dialect::Zmtp, "PULL");
    let base = first.bind("ws://127.0.0.1:0/one").unwrap().address;
    let base = base.strip_suffix("/one").unwrap().to_owned();
    let address = base.strip_prefix("ws://").unwrap();
    second.bind(&format!("{base}/two?with=query")).unwrap();
    third.bind(&base).unwrap();
    for (path, code) in [("/one", ErrorCode::AddressInUse), ("/", ErrorCode::AddressInUse)] {
        let late = open(&context, Dialect::Sp, "PULL");
        assert_eq!(late.bind(&format!("{base}{path}")).unwrap_err().code(), code);
    }
    for round in 0..10 {
        let text = |path: &str| format!("{path} {round}");
        let _one = ask(&context, Dialect::Sp, &format!("{base}/one"), &text("one"));
        let two = format!("{base}/two?with=query");
        let _two = ask(&context, Dialect::Zmtp, &two, &text("two"));
        let _three = ask(&context, Dialect::Sp, &base, &text("three"));
        assert_eq!(heard(&first), text("one"));
        assert_eq!(heard(&second), text("two"));
        assert_eq!(heard(&third), text("three"));
    }
    for path in ["/three", "/two", "/one/", "/ONE"] {
        assert_eq!(asked_for(address, path), "HTTP/1.1 404 Not Found", "{path}");
    }
    assert!(asked_for(address, "/one").starts_with("HTTP/1.1 101"));

    // Who had it first goes: the others stay, and the path is free.
    first.unbind(&format!("{base}/one")).unwrap();
    assert_eq!(asked_for(address, "/one"), "HTTP/1.1 404 Not Found");
    let _three = ask(&context, Dialect::Sp, &base, "three");
    assert_eq!(heard(&third), "three");
    let fourth = open(&context, Dialect::Sp, "PULL");
    fourth.bind(&format!("{base}/one")).unwrap();
    let _four = ask(&context, Dialect::Sp, &format!("{base}/one"), "four");
    assert_eq!(heard(&fourth), "four");
    for socket in [second, third, fourth] {
        socket.close();
    }
    // The last one is closed behind its call.
    while TcpStream::connect(address).is_ok() {
        thread::yield_now();
    }
}

/// Who accepts is chance, so each socket meets streams that are not for it.
#[test]
fn the_filters_of_whom_a_peer_asks_for_count() {
    const ROUNDS: usize = 30;
    let context = Context::new();
    let [open_to_all, picky] = ["PULL"; 2].map(|name| open(&context, Dialect::Zmtp, name));
    let filter = find_name(Dialect::Zmtp, "TCP_ACCEPT_FILTER").unwrap().zmq.unwrap();
    picky.set(0, filter, &Value::from("10.0.0.0/8")).unwrap();
    let refused = picky.watch(SocketEvent::AcceptFailed.bit()).unwrap();
    let base = picky.bind("ws://127.0.0.1:0/picky").unwrap().address;
    let address = base.strip_prefix("ws://").unwrap().strip_suffix("/picky").unwrap();

    // Alone at the port it takes nobody at all.
    assert_eq!(TcpStream::connect(address).unwrap().read(&mut [0]).unwrap_or(0), 0);
    refused.recv(Wait::millis(10_000)).unwrap();

    let everybody = format!("ws://{address}/everybody");
    open_to_all.bind(&everybody).unwrap();
    for round in 0..ROUNDS {
        let text = format!("round {round}");
        let _push = ask(&context, Dialect::Zmtp, &everybody, &text);
        assert_eq!(heard(&open_to_all), text);
        assert_eq!(asked_for(address, "/picky"), "", "not even an answer");
        refused.recv(Wait::millis(10_000)).unwrap();
        assert_eq!(asked_for(address, "/nobody"), "HTTP/1.1 404 Not Found");
    }
    assert_eq!(picky.peers(), 0);
}
