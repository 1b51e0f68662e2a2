//! WebSocket frames: `fin, opcode | masked, length 7, 16 or 64 bits | key | payload` (RFC 6455,
//! section 5.2).
//!
//! Decoded by [`super::messages`], encoded there and by [`crate::wire::Encoder`].

use std::cell::Cell;

use bytes::{Buf, Bytes, BytesMut};

use super::{CloseCode, broken};
use crate::{
    message::OutBuf,
    wire::{WireError, mechanism::curve::random},
};

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;
/// Lengths in a head that say how long the length is.
const TWO_BYTES: u8 = 126;
const EIGHT_BYTES: u8 = 127;
/// The most bytes of a control frame.
pub(super) const MOST_IN_CONTROL: u64 = 125;

/// The most bytes of one of several frames.
const MOST_IN_FRAME: usize = 1 << 20;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) enum Opcode {
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}

impl Opcode {
    const ALL: [Self; 6] =
        [Self::Continuation, Self::Text, Self::Binary, Self::Close, Self::Ping, Self::Pong];

    /// May stand between the frames of a message.
    pub(super) fn is_control(self) -> bool {
        self as u8 >= Self::Close as u8
    }
}

/// The key that a client's payload is masked with.
pub(super) type Key = [u8; 4];

/// What stands before a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) last: bool,
    pub(super) opcode: Opcode,
    pub(super) key: Option<Key>,
    pub(super) len: u64,
}

/// A head and the bytes after it, once it is there.
pub(super) fn split_head(bytes: &[u8]) -> Result<Option<(Head, &[u8])>, WireError> {
    let [first, second, rest @ ..] = bytes else { return Ok(None) };
    if first & RESERVED != 0 {
        return Err(broken(CloseCode::Protocol, "no reserved bits in a frame"));
    }
    let found = Opcode::ALL.into_iter().find(|opcode| *opcode as u8 == first & OPCODE);
    let Some(opcode) = found else {
        return Err(broken(CloseCode::Protocol, "a known kind of frame"));
    };
    let last = first & FIN != 0;
    let (len, rest) = match second & !MASKED {
        TWO_BYTES => match rest.split_first_chunk() {
            Some((len, rest)) => (u16::from_be_bytes(*len).into(), rest),
            None => return Ok(None),
        },
        EIGHT_BYTES => match rest.split_first_chunk() {
            Some((len, rest)) => (u64::from_be_bytes(*len), rest),
            None => return Ok(None),
        },
        len => (len.into(), rest),
    };
    if opcode.is_control() && (len > MOST_IN_CONTROL || !last) {
        return Err(broken(
            CloseCode::Protocol,
            "control frames of one piece and 125 bytes at most",
        ));
    }
    let (key, rest) = match rest.split_first_chunk() {
        _ if second & MASKED == 0 => (None, rest),
        Some((key, rest)) => (Some(*key), rest),
        None => return Ok(None),
    };
    Ok(Some((Head { last, opcode, key, len }, rest)))
}

fn put_head(first: u8, len: usize, key: Option<Key>, out: &mut OutBuf) {
    let (mut head, mut at) = ([0; 14], 2);
    head[0] = first;
    head[1] = if let Ok(len @ ..=125) = u8::try_from(len) {
        len
    } else if let Ok(len) = u16::try_from(len) {
        head[2..4].copy_from_slice(&len.to_be_bytes());
        at = 4;
        TWO_BYTES
    } else {
        head[2..10].copy_from_slice(&(len as u64).to_be_bytes());
        at = 10;
        EIGHT_BYTES
    };
    if let Some(key) = key {
        head[1] |= MASKED;
        head[at..at + key.len()].copy_from_slice(&key);
        at += key.len();
    }
    out.put_slice(&head[..at]);
}

/// Appends a frame of these pieces together; a client masks what it sends.
pub(in crate::wire) fn put(opcode: Opcode, masked: bool, pieces: &[&[u8]], out: &mut OutBuf) {
    let len = pieces.iter().map(|piece| piece.len()).sum();
    let key = masked.then(next_key);
    put_head(FIN | opcode as u8, len, key, out);
    let mut at = 0;
    for piece in pieces {
        match key {
            None => out.put_slice(piece),
            Some(key) => out.put_changed(piece, |bytes| mask(bytes, key, at)),
        }
        at += piece.len();
    }
}

/// The same for one large piece behind a small one, which is referenced where it need not be masked.
pub(in crate::wire) fn put_large(
    opcode: Opcode,
    masked: bool,
    (before, body): (&[u8], &Bytes),
    out: &mut OutBuf,
) {
    put_piece(FIN | opcode as u8, masked, (before, body), out);
}

/// The same in frames of a MiB at most: nng takes no longer ones.
pub(in crate::wire) fn put_in_frames(
    opcode: Opcode,
    masked: bool,
    (before, body): (&[u8], &Bytes),
    out: &mut OutBuf,
) {
    let (mut opcode, mut before, mut rest) = (opcode, before, body.clone());
    while before.len() + rest.len() > MOST_IN_FRAME {
        let piece = rest.split_to(MOST_IN_FRAME - before.len());
        put_piece(opcode as u8, masked, (before, &piece), out);
        (opcode, before) = (Opcode::Continuation, &[]);
    }
    put_piece(FIN | opcode as u8, masked, (before, &rest), out);
}

fn put_piece(first: u8, masked: bool, (before, body): (&[u8], &Bytes), out: &mut OutBuf) {
    let key = masked.then(next_key);
    put_head(first, before.len() + body.len(), key, out);
    match key {
        None => {
            out.put_slice(before);
            out.put_bytes(body);
        }
        Some(key) => {
            out.put_changed(before, |bytes| mask(bytes, key, 0));
            let mut copy = body.to_vec();
            mask(&mut copy, key, before.len());
            out.put_bytes(&copy.into());
        }
    }
}

/// The payload of all frames that [`put_in_frames`] made.
pub(in crate::wire) fn join(mut bytes: Bytes) -> Bytes {
    let first = take(&mut bytes).unwrap_or_default();
    if bytes.is_empty() {
        return first;
    }
    let mut all = BytesMut::from(&first[..]);
    while let Some(payload) = take(&mut bytes) {
        all.extend_from_slice(&payload);
    }
    all.freeze()
}

/// Takes off a frame that [`put`] made, and gives its payload.
pub(in crate::wire) fn take(bytes: &mut Bytes) -> Option<Bytes> {
    let Ok(Some((head, rest))) = split_head(bytes) else { return None };
    // Our own encoding: what it announces is there.
    let len = rest.len().min(head.len as usize);
    bytes.advance(bytes.len() - rest.len());
    let payload = bytes.split_to(len);
    Some(match head.key {
        None => payload,
        Some(key) => unmask(payload, key, 0),
    })
}

/// Masks bytes that stand `offset` bytes into their payload, or unmasks them.
pub(super) fn mask(bytes: &mut [u8], mut key: Key, offset: usize) {
    key.rotate_left(offset % size_of::<Key>());
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (chunks, rest) = bytes.as_chunks_mut();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(key.into_iter().cycle()) {
        *byte ^= key;
    }
}

/// The same of bytes that may be shared with others.
pub(super) fn unmask(bytes: Bytes, key: Key, offset: usize) -> Bytes {
    let mut bytes = bytes.try_into_mut().unwrap_or_else(|shared| shared[..].into());
    mask(&mut bytes, key, offset);
    bytes.freeze()
}

/// A key that a script which chooses payloads cannot foresee (RFC 6455, section 10.3).
fn next_key() -> Key {
    thread_local!(static STATE: Cell<u64> = Cell::new(u64::from_ne_bytes(random()) | 1));
    // Splitmix64: quick, and each thread has its own secret start.
    STATE.with(|state| {
        let next = state.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        state.set(next);
        let mixed = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let [a, b, c, d, ..] = (mixed ^ (mixed >> 31)).to_ne_bytes();
        [a, b, c, d]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(out: &OutBuf) -> Vec<u8> {
        out.slices(usize::MAX).iter().flat_map(|slice| slice.to_vec()).collect()
    }

    #[test]
    fn frames_are_as_in_section_5_7() {
        let mut out = OutBuf::default();
        put(Opcode::Text, false, &[b"Hel", b"lo"], &mut out);
        assert_eq!(bytes(&out), [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
        let (head, payload) = split_head(&masked).unwrap().unwrap();
        assert_eq!((head.opcode, head.last, head.len), (Opcode::Text, true, 5));
        let mut payload = payload.to_vec();
        mask(&mut payload, head.key.unwrap(), 0);
        assert_eq!(payload, b"Hello");
    }

    #[test]
    fn lengths_take_as_few_bytes_as_they_can() {
        for (len, head_len) in
            [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10), (200_000, 10)]
        {
            for masked in [false, true] {
                let body: Vec<u8> = (0..len).map(|at| at as u8).collect();
                let (mut out, mut large) = (OutBuf::default(), OutBuf::default());
                put(Opcode::Binary, masked, &[&body[..len / 3], &body[len / 3..]], &mut out);
                let halves = (&body[..len / 3], &Bytes::copy_from_slice(&body[len / 3..]));
                put_large(Opcode::Binary, masked, halves, &mut large);
                for out in [out, large] {
                    let all = Bytes::from(bytes(&out));
                    assert_eq!(all.len(), head_len + usize::from(masked) * 4 + len);
                    assert_eq!(take(&mut all.clone()).unwrap(), body);
                    for cut in 0..head_len + usize::from(masked) * 4 {
                        assert_eq!(split_head(&all[..cut]), Ok(None), "{cut} of {len}");
                    }
                }
            }
        }
    }

    #[test]
    fn long_messages_take_several_frames() {
        for masked in [false, true] {
            let body = Bytes::from((0..MOST_IN_FRAME * 2).map(|at| at as u8).collect::<Vec<_>>());
            let mut out = OutBuf::default();
            put_in_frames(Opcode::Text, masked, (b"before", &body), &mut out);
            let all = Bytes::from(bytes(&out));
            let mut left = all.clone();
            let mut heads = Vec::new();
            while let Ok(Some((head, _))) = split_head(&left) {
                heads.push((head.opcode, head.last, head.len as usize));
                take(&mut left);
            }
            let most = MOST_IN_FRAME;
            let expected = [
                (Opcode::Text, false, most),
                (Opcode::Continuation, false, most),
                (Opcode::Continuation, true, 6),
            ];
            assert_eq!(heads, expected);
            assert_eq!(join(all), [b"before", &body[..]].concat());
        }
    }

    #[test]
    fn any_part_is_masked_by_its_place() {
        let whole: Vec<u8> = (0..40).collect();
        let key = [1, 2, 3, 4];
        let mut expected = whole.clone();
        mask(&mut expected, key, 0);
        for cut in 0..whole.len() {
            let mut parts = whole.clone();
            let (left, right) = parts.split_at_mut(cut);
            mask(left, key, 0);
            mask(right, key, cut);
            assert_eq!(parts, expected);
        }
    }

    #[test]
    fn what_the_specification_forbids_is_an_error() {
        let cases: [&[u8]; 7] = [
            &[0xc2, 0],
            &[0xa2, 0],
            &[0x92, 0],
            &[0x83, 0],
            &[0x8f, 0],
            &[0x09, 0],
            &[0x89, 126, 0, 126],
        ];
        for case in cases {
            assert!(split_head(case).is_err(), "{case:x?}");
        }
    }

    #[test]
    fn keys_differ() {
        let keys: std::collections::HashSet<_> = (0..1000).map(|_| next_key()).collect();
        assert!(keys.len() > 990);
    }
}
