//! ZMTP commands: `name length u8 | name | data`, and the properties inside READY.
//!
//! Used by [`super::ZmtpEngine`], the mechanisms and [`crate::wire::Encoder`]. ZeroMQ RFC 37,
//! "Commands", "Metadata", "Connection Heartbeating".

use bytes::{Buf, BufMut, Bytes};

use super::frame::{Flags, encode_head};
use crate::{
    message::{Control, OutBuf},
    wire::WireError,
};

pub(in crate::wire) const READY: &[u8] = b"READY";
pub(in crate::wire) const ERROR: &[u8] = b"ERROR";
/// What libzmq 4.3 writes in place of `\x05ERROR` under PLAIN: a slip of its own, but all of its servers
/// make it. Ours write what RFC 24 has.
const ERROR_OF_LIBZMQ: &[u8] = b"^RROR";
pub(super) const PING: &[u8] = b"PING";
pub(super) const PONG: &[u8] = b"PONG";
pub(super) const SUBSCRIBE: &[u8] = b"SUBSCRIBE";
pub(super) const CANCEL: &[u8] = b"CANCEL";
pub(super) const JOIN: &[u8] = b"JOIN";
pub(super) const LEAVE: &[u8] = b"LEAVE";

/// The bytes before a PING's context: the time to live.
const PING_TTL: usize = 2;
/// The most bytes of a PING's context; what is more is not given back.
const PING_CONTEXT: usize = 16;

/// Names and values, in the order of arrival.
pub type Metadata = Vec<(String, Bytes)>;

/// A command, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::wire) struct Command {
    pub(in crate::wire) name: Bytes,
    pub(in crate::wire) data: Bytes,
}

impl Command {
    pub(in crate::wire) fn decode(mut body: Bytes) -> Result<Self, WireError> {
        if body.starts_with(ERROR_OF_LIBZMQ) && body.len() < usize::from(body[0]) {
            return Ok(Self { name: ERROR.into(), data: body.split_off(ERROR_OF_LIBZMQ.len()) });
        }
        let name = take_short(&mut body)
            .ok_or(WireError::Command { expected: "a name within the command's length" })?;
        Ok(Self { name, data: body })
    }

    /// The reason of an ERROR.
    pub(in crate::wire) fn reason(mut self) -> Result<Bytes, WireError> {
        take_short(&mut self.data)
            .ok_or(WireError::Command { expected: "an ERROR's reason within its length" })
    }

    /// What this PING says of the silence to give its sender up for, in tenths of a second; 0 nothing.
    pub(super) fn ping_ttl(&self) -> u16 {
        self.data.first_chunk().map_or(0, |ttl| u16::from_be_bytes(*ttl))
    }

    /// The context that the PONG to this PING gives back.
    pub(super) fn ping_context(&self) -> Result<Bytes, WireError> {
        if self.data.len() < PING_TTL {
            return Err(WireError::Command { expected: "a time to live in a PING" });
        }
        Ok(self.data.slice(PING_TTL..self.data.len().min(PING_TTL + PING_CONTEXT)))
    }
}

/// Takes the properties of a READY apart.
pub(in crate::wire) fn decode_metadata(mut data: Bytes) -> Result<Metadata, WireError> {
    let mut metadata = Metadata::new();
    while !data.is_empty() {
        metadata.push(take_property(&mut data)?);
    }
    // Kept as long as the peer is there; a vector's first room is for four.
    metadata.shrink_to_fit();
    Ok(metadata)
}

fn take_property(data: &mut Bytes) -> Result<(String, Bytes), WireError> {
    let name = take_short(data)
        .ok_or(WireError::Command { expected: "a property's name within the metadata" })?;
    let name = String::from_utf8(name.into())
        .map_err(|_| WireError::Command { expected: "a property's name in UTF-8" })?;
    let value = take_long(data)
        .ok_or(WireError::Command { expected: "a property's value within the metadata" })?;
    Ok((name, value))
}

/// The value of a property; names differ not by case.
pub(super) fn property<'a>(metadata: &'a Metadata, name: &str) -> Option<&'a Bytes> {
    metadata.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

pub(in crate::wire) fn take_short(data: &mut Bytes) -> Option<Bytes> {
    let len = data.try_get_u8().ok()?.into();
    (data.len() >= len).then(|| data.split_to(len))
}

fn take_long(data: &mut Bytes) -> Option<Bytes> {
    let len = usize::try_from(data.try_get_u32().ok()?).ok()?;
    (data.len() >= len).then(|| data.split_to(len))
}

/// Appends one property to the inside of a READY. A value is at most 2^32 - 1 bytes.
pub(super) fn encode_property(name: &str, value: &[u8], metadata: &mut Vec<u8>) {
    let (Ok(name_len), Ok(value_len)) = (u8::try_from(name.len()), u32::try_from(value.len()))
    else {
        return;
    };
    metadata.put_u8(name_len);
    metadata.put_slice(name.as_bytes());
    metadata.put_u32(value_len);
    metadata.put_slice(value);
}

/// Appends a command whose data is at hand.
pub(in crate::wire) fn encode(name: &[u8], data: &[u8], out: &mut OutBuf) {
    encode_start(name, data.len(), out);
    out.put_slice(data);
}

/// Appends a subscription change in command form.
pub(in crate::wire) fn encode_subscription(control: &Control, out: &mut OutBuf) {
    let (name, topic) = match control {
        Control::Subscribe(topic) => (SUBSCRIBE, topic),
        Control::Cancel(topic) => (CANCEL, topic),
    };
    encode_start(name, topic.len(), out);
    out.put_bytes(topic);
}

/// Appends a change of groups, which always is a command (RFC 48).
pub(in crate::wire) fn encode_group(control: &Control, out: &mut OutBuf) {
    let (name, group) = group_command(control);
    encode(name, group, out);
}

/// What a change of groups is called on the wire, and the group.
pub(in crate::wire) fn group_command(control: &Control) -> (&'static [u8], &Bytes) {
    match control {
        Control::Subscribe(group) => (JOIN, group),
        Control::Cancel(group) => (LEAVE, group),
    }
}

fn encode_start(name: &[u8], data_len: usize, out: &mut OutBuf) {
    encode_head(Flags::COMMAND, 1 + name.len() + data_len, out);
    out.put_slice(&[name.len() as u8]);
    out.put_slice(name);
}
