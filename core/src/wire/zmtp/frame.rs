//! ZMTP frames from 2.0 on: `flags | length u8 or u64 BE | body`; and the decoder of all frames.
//!
//! Decoded by [`super::ZmtpEngine`], encoded by [`crate::wire::Encoder`]. ZeroMQ RFC 37, "Framing". Those of
//! ZMTP 1.0 are in [`super::frame_v1`].

use bytes::{Buf, Bytes};
use smallvec::SmallVec;

use super::frame_v1;
use crate::{
    message::{Control, Frame, Intake, Message, OutBuf, ZmtpVersion},
    wire::{InBuf, WireError, buffer, checked_length},
};

/// The most frames of a message that is taken at once.
const FEW: usize = 4;

/// The first byte of a frame. Reserved bits are not looked at, as libzmq does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wire) struct Flags(u8);

impl Flags {
    pub(super) const MORE: u8 = 1;
    const LONG: u8 = 2;
    pub(super) const COMMAND: u8 = 4;

    /// The flags of a frame of ZMTP 1.0, which has only one.
    pub(super) fn of_v1(flags: u8) -> Self {
        Self(flags & Self::MORE)
    }

    /// The flags inside an encrypted MESSAGE, where a command has another bit.
    pub(in crate::wire) fn inner(flags: u8) -> Self {
        Self(flags & Self::MORE | (flags & 2) << 1)
    }

    pub(in crate::wire) fn is_more(self) -> bool {
        self.0 & Self::MORE != 0
    }

    pub(in crate::wire) fn is_command(self) -> bool {
        self.0 & Self::COMMAND != 0
    }

    /// The only frame of its message, or its last.
    pub(super) fn is_last(self) -> bool {
        self.0 & (Self::MORE | Self::COMMAND) == 0
    }

    fn is_long(self) -> bool {
        self.0 & Self::LONG != 0
    }
}

/// The most bytes of what a peer may send, all judged on the announced length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// A frame of a message; `None` is no limit.
    pub(super) frame: Option<usize>,
    /// A command.
    pub(super) command: usize,
    /// The topic of a subscription in message form; `None` where such messages mean nothing.
    pub(super) topic: Option<usize>,
}

/// Flags, announced length, and the bytes after the head.
pub(super) type Head<'a> = (Flags, u64, &'a [u8]);

/// What is left to know of a frame that is a whole message, or its last.
fn last_frame((flags, len, rest): Head<'_>) -> Option<(u64, &[u8])> {
    flags.is_last().then_some((len, rest))
}

/// Finds the frames in the bytes of a peer.
#[derive(Debug)]
pub(super) struct Decoder {
    version: ZmtpVersion,
    limits: Limits,
    /// The frame whose head is read and whose body is not.
    head: Option<(Flags, usize)>,
}

impl Decoder {
    pub(super) fn new(version: ZmtpVersion, limits: Limits) -> Self {
        Self { version, limits, head: None }
    }

    /// Takes small messages of few frames as long as those come next and are wholly there. Answers how
    /// many bytes. To be called between two messages.
    pub(super) fn take_small(&self, bytes: &[u8], intake: &mut Intake) -> usize {
        if self.head.is_some() {
            return 0;
        }
        let mut left = bytes;
        loop {
            left = &left[self.take_singles(left, intake)..];
            let begins = left.first().is_some_and(|flags| Flags(*flags).is_more());
            let parts = (begins && intake.has_room()).then(|| self.small_parts(left)).flatten();
            let Some((message, rest)) = parts else { return bytes.len() - left.len() };
            intake.push(message);
            left = rest;
        }
    }

    /// Takes small messages of one frame. To be called between two messages.
    pub(super) fn take_singles(&self, bytes: &[u8], intake: &mut Intake) -> usize {
        if self.head.is_some() {
            return 0;
        }
        // Chosen here, not for each message.
        if self.version == ZmtpVersion::V1_0 {
            return buffer::take_small(bytes, self.limits.frame, intake, |bytes| {
                last_frame(frame_v1::split_head(bytes).ok()??)
            });
        }
        buffer::take_small(bytes, self.limits.frame, intake, |bytes| last_frame(split_head(bytes)?))
    }

    /// The message of several small frames that comes next, as questions and answers have them, and the
    /// bytes after it.
    fn small_parts<'a>(&self, bytes: &'a [u8]) -> Option<(Message, &'a [u8])> {
        if self.version == ZmtpVersion::V1_0 {
            return None;
        }
        let small = self.limits.frame.unwrap_or(usize::MAX).min(Intake::SMALL) as u64;
        let (mut bodies, mut left) = (SmallVec::<[&[u8]; FEW]>::new(), bytes);
        while bodies.len() < FEW {
            let (flags, len, rest) = split_head(left)?;
            if flags.is_command() || len > small {
                return None;
            }
            let (body, rest) = rest.split_at_checked(len as usize)?;
            bodies.push(body);
            left = rest;
            if flags.is_last() {
                let frames = bodies.into_iter().map(Frame::from_slice);
                return Some((Message::from_frames(frames.collect()), left));
            }
        }
        None
    }

    /// The next whole frame.
    pub(super) fn next(&mut self, input: &mut InBuf) -> Result<Option<(Flags, Bytes)>, WireError> {
        let Some(flags) = self.begin(input)? else { return Ok(None) };
        Ok(self.body(input).map(|body| (flags, body)))
    }

    /// The flags of the next frame, once its head is there.
    pub(super) fn begin(&mut self, input: &mut InBuf) -> Result<Option<Flags>, WireError> {
        if self.head.is_none() {
            self.head = self.head(input)?;
        }
        Ok(self.head.map(|(flags, _)| flags))
    }

    /// The body of the frame that was begun, once all of it is there.
    pub(super) fn body(&mut self, input: &mut InBuf) -> Option<Bytes> {
        let (_, len) = self.head?;
        let body = input.take(len);
        if body.is_some() {
            self.head = None;
        }
        body
    }

    fn head(&self, input: &mut InBuf) -> Result<Option<(Flags, usize)>, WireError> {
        let bytes = input.peek();
        let head = match self.version {
            ZmtpVersion::V1_0 => frame_v1::split_head(bytes)?,
            _ => split_head(bytes),
        };
        let Some((flags, announced, body)) = head else { return Ok(None) };
        let len = self.limits.check(flags, announced)?;
        if self.limits.may_be_long_topic(flags, len) {
            // Its first byte tells a subscription from data; wait for it before taking more.
            match body.first() {
                None => return Ok(None),
                Some(&kind) if kind <= Control::SUBSCRIBE => {
                    return Err(self.limits.long_topic(len));
                }
                Some(_) => {}
            }
        }
        let head_len = bytes.len() - body.len();
        input.advance(head_len);
        Ok(Some((flags, len)))
    }
}

impl Limits {
    fn check(&self, flags: Flags, announced: u64) -> Result<usize, WireError> {
        if flags.is_command() {
            checked_length("command", announced, Some(self.command))
        } else {
            checked_length("frame", announced, self.frame)
        }
    }

    fn may_be_long_topic(&self, flags: Flags, len: usize) -> bool {
        flags.0 & (Flags::COMMAND | Flags::MORE) == 0
            && self.topic.is_some_and(|limit| len > limit.saturating_add(1))
    }

    fn long_topic(&self, len: usize) -> WireError {
        let limit = self.topic.unwrap_or(usize::MAX);
        WireError::TooLarge { what: "topic", limit, announced: len as u64 - 1 }
    }
}

/// Takes the head of a frame apart, once all of it is there.
pub(in crate::wire) fn split_head(bytes: &[u8]) -> Option<Head<'_>> {
    let (&flags, rest) = bytes.split_first()?;
    let flags = Flags(flags);
    if flags.is_long() {
        let (len, body) = rest.split_first_chunk()?;
        Some((flags, u64::from_be_bytes(*len), body))
    } else {
        let (&len, body) = rest.split_first()?;
        Some((flags, len.into(), body))
    }
}

/// The change that a message of one frame means to a publisher; `None` when it is data.
pub(super) fn decode_subscription(body: &Bytes) -> Option<Control> {
    match *body.first()? {
        Control::SUBSCRIBE => Some(Control::Subscribe(body.slice(1..))),
        Control::CANCEL => Some(Control::Cancel(body.slice(1..))),
        _ => None,
    }
}

/// Appends the head of a frame. LONG is set exactly when the length takes eight bytes.
pub(in crate::wire) fn encode_head(flags: u8, len: usize, out: &mut OutBuf) {
    match u8::try_from(len) {
        Ok(len) => out.put_slice(&[flags, len]),
        Err(_) => {
            let mut head = [flags | Flags::LONG; 9];
            head[1..].copy_from_slice(&(len as u64).to_be_bytes());
            out.put_slice(&head);
        }
    }
}

/// Appends all frames of a message.
pub(in crate::wire) fn encode_message(message: &Message, out: &mut OutBuf) {
    encode_frames(message, encode_head, out);
}

/// The same with heads of one or the other form.
pub(super) fn encode_frames(
    message: &Message,
    encode_head: impl Fn(u8, usize, &mut OutBuf),
    out: &mut OutBuf,
) {
    let frames = message.frames();
    let last = frames.len() - 1;
    for (index, frame) in frames.iter().enumerate() {
        let flags = if index < last { Flags::MORE } else { 0 };
        encode_head(flags, frame.len(), out);
        out.put_frame(frame);
    }
}

/// Appends a message of one frame.
pub(in crate::wire) fn encode_body(body: &[u8], out: &mut OutBuf) {
    match u8::try_from(body.len()) {
        Ok(len) => out.put_both(&[0, len], body),
        Err(_) => {
            encode_head(0, body.len(), out);
            out.put_slice(body);
        }
    }
}

/// The message that [`encode_message`] made these bytes of.
pub(in crate::wire) fn restore_message(bytes: Bytes) -> Message {
    restore_frames(bytes, split_head)
}

/// The same with heads of one or the other form.
pub(super) fn restore_frames(
    mut bytes: Bytes,
    split_head: impl Fn(&[u8]) -> Option<Head<'_>>,
) -> Message {
    let mut frames = Vec::new();
    while let Some((_, len, rest)) = split_head(&bytes) {
        // Our own encoding: what it announces is there.
        bytes.advance(bytes.len() - rest.len());
        frames.push(bytes.split_to(bytes.len().min(len as usize)).into());
    }
    Message::from_frames(frames)
}

/// Appends a subscription change in message form.
pub(in crate::wire) fn encode_subscription(control: &Control, out: &mut OutBuf) {
    put_subscription(control, encode_head, out);
}

/// The same with a head of one or the other form.
pub(super) fn put_subscription(
    control: &Control,
    encode_head: impl Fn(u8, usize, &mut OutBuf),
    out: &mut OutBuf,
) {
    let (kind, topic) = control.parts();
    encode_head(0, 1 + topic.len(), out);
    out.put_slice(&[kind]);
    out.put_bytes(topic);
}
