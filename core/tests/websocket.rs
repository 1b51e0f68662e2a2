//! WebSocket against a server that is written here, byte by byte.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use sha1::{Digest, Sha1};
use sockery::facade::{Context, Dialect, Frame, Message, Wait, kind};

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
