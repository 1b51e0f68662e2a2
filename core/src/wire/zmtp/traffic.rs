//! Traffic: what a ZMTP connection carries once its handshake is done.
//!
//! Used by [`super::ZmtpEngine`]. ZeroMQ RFC 37, "Traffic", "Publish-Subscribe", "Connection
//! Heartbeating". Both forms of a subscription are understood whatever the minor version: a command
//! (3.1) and a message that begins with 01 or 00 (3.0 and before).

use bytes::Bytes;

use super::{
    Terms,
    command::{self, Command},
    frame::{Decoder, Flags, Limits, decode_subscription},
};
use crate::{
    message::{Control, Frame, Intake, Message, OutBuf, Shape, ZmtpVersion},
    wire::{
        InBuf, Step, WireError, checked_length,
        mechanism::curve::{Opener, channel::OVERHEAD},
    },
};

/// The most frames of one message; more closes the connection. A frame of 2 bytes on the wire takes
/// about 32 in memory, so this bounds what a peer can make of very little.
pub const MAX_FRAMES: usize = 1 << 20;
/// The most bytes of a topic in a subscription; [`max_message`] may set less.
///
/// [`max_message`]: crate::wire::ZmtpConfig::max_message
pub const MAX_TOPIC: usize = 1 << 20;

/// The most bytes of a group's name (RFC 48).
pub const MAX_GROUP: usize = 255;

/// Room in a command for all but a topic; what is unknown may be longer than what we know.
const COMMAND_ROOM: usize = 64 * 1024;

/// Decodes the frames of a peer that is past its handshake.
#[derive(Debug)]
pub(super) struct Traffic {
    version: ZmtpVersion,
    frames: Decoder,
    /// The first frames of a message that is not whole yet.
    parts: Vec<Frame>,
    /// The most bytes of a frame and of a command, for what comes encrypted.
    max_message: Option<usize>,
    command: usize,
    /// The most bytes of a topic; `None` unless we publish: nobody else is subscribed to.
    topics: Option<usize>,
    /// How many frames a message has.
    shape: Shape,
    /// Whether groups are joined with us.
    has_groups: bool,
    /// What the peer sends is encrypted.
    opener: Option<Box<Opener>>,
    /// The peer has no way to say so, and wants everything.
    wants_all: bool,
    /// What the last PING said of the silence to give the peer up for, in tenths of a second.
    ttl: Option<u16>,
}

impl Traffic {
    pub(super) fn new(terms: &Terms, version: ZmtpVersion, opener: Option<Box<Opener>>) -> Self {
        let topic = terms.max_message.map_or(MAX_TOPIC, |limit| limit.min(MAX_TOPIC));
        let topics = matches!(terms.socket_type, "PUB" | "XPUB").then_some(topic);
        let command = topics.unwrap_or(0) + COMMAND_ROOM;
        let limits = if opener.is_some() {
            // Each frame is one of these, in either form, and what is in it is looked at when opened.
            let frame = terms.max_message.map(|limit| limit.max(command).saturating_add(OVERHEAD));
            Limits { frame, command: frame.unwrap_or(usize::MAX), topic: None }
        } else {
            Limits { frame: terms.max_message, command, topic: topics }
        };
        let max_message = terms.max_message;
        Self {
            version,
            frames: Decoder::new(version, limits),
            parts: Vec::new(),
            max_message,
            command,
            topics,
            shape: terms.shape,
            has_groups: terms.socket_type == "RADIO",
            opener,
            wants_all: false,
            ttl: None,
        }
    }

    /// From a peer that sends no subscriptions (libzmq 2): as if it had subscribed to everything, if anybody
    /// here asks.
    pub(super) fn of_unversioned(terms: &Terms) -> Self {
        let traffic = Self::new(terms, ZmtpVersion::V1_0, None);
        Self { wants_all: traffic.topics.is_some(), ..traffic }
    }

    pub(super) fn take_ttl(&mut self) -> Option<u16> {
        self.ttl.take()
    }

    pub(super) fn version(&self) -> ZmtpVersion {
        self.version
    }

    /// See [`crate::wire::Engine::take_small`].
    pub(super) fn take_small(&self, bytes: &[u8], intake: &mut Intake) -> usize {
        if !self.parts.is_empty() || self.topics.is_some() || self.opener.is_some() {
            return 0;
        }
        match self.shape.frames_on_the_way() {
            None => self.frames.take_small(bytes, intake),
            Some(1) => self.frames.take_singles(bytes, intake),
            Some(_) => 0,
        }
    }

    pub(super) fn consume(
        &mut self,
        input: &mut InBuf,
        intake: &mut Intake,
        output: &mut OutBuf,
    ) -> Result<Option<Step>, WireError> {
        if std::mem::take(&mut self.wants_all) {
            return Ok(Some(Step::Control(Control::Subscribe(Bytes::new()))));
        }
        while intake.has_room() {
            let taken = self.take_small(input.peek(), intake);
            input.advance(taken);
            if !intake.has_room() {
                break;
            }
            let Some(flags) = self.frames.begin(input)? else { break };
            let Some(body) = self.frames.body(input) else { break };
            let step = match &mut self.opener {
                None => self.take(flags, body, intake, output)?,
                Some(opener) => {
                    let (flags, body) = opener.open(body)?;
                    self.take_whole(flags, body, intake, output)?
                }
            };
            if step.is_some() {
                return Ok(step);
            }
        }
        Ok(None)
    }

    /// Takes a frame that came by other means than the decoder.
    pub(super) fn take_frame(
        &mut self,
        flags: Flags,
        body: Bytes,
        intake: &mut Intake,
        output: &mut OutBuf,
    ) -> Result<Option<Step>, WireError> {
        let (flags, body) = match &mut self.opener {
            None => (flags, body),
            Some(opener) => opener.open(body)?,
        };
        self.take_whole(flags, body, intake, output)
    }

    /// Takes a frame that did not come through the decoder alone, so that nobody judged its length.
    fn take_whole(
        &mut self,
        flags: Flags,
        body: Bytes,
        intake: &mut Intake,
        output: &mut OutBuf,
    ) -> Result<Option<Step>, WireError> {
        self.check(flags, &body)?;
        self.take(flags, body, intake, output)
    }

    fn take(
        &mut self,
        flags: Flags,
        body: Bytes,
        intake: &mut Intake,
        output: &mut OutBuf,
    ) -> Result<Option<Step>, WireError> {
        let control = if flags.is_command() {
            self.command(flags, body, output)?
        } else {
            self.part(flags, body, intake)?
        };
        Ok(control.map(Step::Control))
    }

    /// Its limits.
    fn check(&self, flags: Flags, body: &Bytes) -> Result<(), WireError> {
        let len = body.len() as u64;
        if flags.is_command() {
            return checked_length("command", len, Some(self.command)).map(drop);
        }
        let topic = if flags.is_more() { None } else { self.topics };
        if let Some(limit) = topic
            && decode_subscription(body).is_some()
        {
            checked_length("topic", len - 1, Some(limit))?;
        }
        checked_length("frame", len, self.max_message).map(drop)
    }

    /// Obeys a command. Unknown ones, those that claim to be part of a message, and those of a peer whose
    /// version has none, mean nothing to libzmq and nothing here. A command between the frames of a message
    /// is in order.
    fn command(
        &mut self,
        flags: Flags,
        body: Bytes,
        output: &mut OutBuf,
    ) -> Result<Option<Control>, WireError> {
        if flags.is_more() || self.version < ZmtpVersion::V3_0 {
            return Ok(None);
        }
        let command = Command::decode(body)?;
        match &command.name[..] {
            command::PING => {
                command::encode(command::PONG, &command.ping_context()?, output);
                self.ttl = Some(command.ping_ttl()).filter(|ttl| *ttl > 0);
                Ok(None)
            }
            command::SUBSCRIBE => self.change(Control::Subscribe, command.data),
            command::CANCEL => self.change(Control::Cancel, command.data),
            command::JOIN if self.has_groups => group(Control::Subscribe, command.data),
            command::LEAVE if self.has_groups => group(Control::Cancel, command.data),
            _ => Ok(None),
        }
    }

    fn change(
        &self,
        control: fn(Bytes) -> Control,
        topic: Bytes,
    ) -> Result<Option<Control>, WireError> {
        let Some(limit) = self.topics else { return Ok(None) };
        checked_length("topic", topic.len() as u64, Some(limit))?;
        Ok(Some(control(topic)))
    }

    /// Adds a frame to its message, which is whole when it was the last.
    fn part(
        &mut self,
        flags: Flags,
        body: Bytes,
        intake: &mut Intake,
    ) -> Result<Option<Control>, WireError> {
        let came = self.parts.len() + 1;
        if flags.is_more() {
            let limit = self.shape.frames_on_the_way().unwrap_or(MAX_FRAMES);
            if came >= limit {
                return Err(WireError::TooManyFrames { limit });
            }
            self.parts.push(body.into());
            return Ok(None);
        }
        if self.shape == Shape::Grouped && came < 2 {
            return Err(WireError::NoGroup);
        }
        if self.parts.is_empty() {
            let control = self.topics.and_then(|_| decode_subscription(&body));
            if control.is_none() {
                intake.push(Message::new(body));
            }
            return Ok(control);
        }
        let mut parts = std::mem::take(&mut self.parts);
        parts.push(body.into());
        intake.push(Message::from_frames(parts));
        Ok(None)
    }
}

fn group(control: fn(Bytes) -> Control, name: Bytes) -> Result<Option<Control>, WireError> {
    checked_length("group", name.len() as u64, Some(MAX_GROUP))?;
    Ok(Some(control(name)))
}
