//! Messages: what is carried, whole. Used by every floor above.
//!
//! A [`Message`] is one or more [`Frame`]s that travel together, a [`Header`] that only patterns
//! and the SP wire see, and the pipe it came from.

pub mod batch;
pub mod carried;
pub mod control;
pub mod encode;
pub mod frame;
pub mod header;
pub mod intake;
pub mod messages;
pub mod out_buf;
pub mod peer;
pub mod pile;
mod run;
pub mod shape;

use std::ops::Range;

use bytes::Bytes;

pub use batch::{Batch, Load};
pub use carried::Carried;
pub use control::Control;
pub use encode::Encode;
pub use frame::Frame;
pub use header::Header;
pub use intake::Intake;
pub use messages::Messages;
pub use out_buf::OutBuf;
pub use peer::{PeerInfo, ZmtpVersion};
pub use pile::Pile;
pub use shape::Shape;

/// Names one pipe of one socket, never reused while the socket lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PipeId {
    /// The place in the socket's table of pipes; reused.
    pub slot: u32,
    /// Never 0 and never reused; below 2^31, so that it can be a hop tag of an SP backtrace.
    pub serial: u32,
}

/// The frames of a message: nearly always one, so that case costs no allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Frames {
    One(Frame),
    Many(Vec<Frame>),
}

/// A whole message: 1 to n frames, delivered all or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    header: Header,
    frames: Frames,
    origin: PipeId,
}

impl Message {
    /// A message of one frame.
    #[inline]
    pub fn new(frame: impl Into<Frame>) -> Self {
        Self {
            header: Header::default(),
            frames: Frames::One(frame.into()),
            origin: PipeId::default(),
        }
    }

    /// A message of several frames; no frames at all makes one empty frame.
    pub fn from_frames(mut frames: Vec<Frame>) -> Self {
        let frames = match frames.len() {
            0 => Frames::One(Frame::default()),
            1 => Frames::One(frames.remove(0)),
            _ => Frames::Many(frames),
        };
        Self { header: Header::default(), frames, origin: PipeId::default() }
    }

    /// Becomes a message of one frame, a part of `whole`, that came in by this pipe.
    #[inline]
    fn become_part(&mut self, whole: &Bytes, part: Range<usize>, origin: PipeId) {
        if !self.header.is_empty() {
            self.header.clear();
        }
        self.origin = origin;
        match &mut self.frames {
            Frames::One(frame) => frame.become_part(whole, part),
            Frames::Many(_) => {
                let mut frame = Frame::default();
                frame.become_part(whole, part);
                self.frames = Frames::One(frame);
            }
        }
    }

    /// The frames, first to last; never empty.
    #[inline]
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        match &self.frames {
            Frames::One(frame) => std::slice::from_ref(frame),
            Frames::Many(frames) => frames,
        }
    }

    /// Takes the message apart into its frames.
    #[must_use]
    pub fn into_frames(self) -> Vec<Frame> {
        match self.frames {
            Frames::One(frame) => vec![frame],
            Frames::Many(frames) => frames,
        }
    }

    /// The first frame; SP messages have no other.
    #[inline]
    #[must_use]
    pub fn body(&self) -> &Frame {
        &self.frames()[0]
    }

    /// Replaces the first frame.
    pub fn set_body(&mut self, body: Frame) {
        match &mut self.frames {
            Frames::One(frame) => *frame = body,
            Frames::Many(frames) => frames[0] = body,
        }
    }

    /// Takes the first frame out of the message, which becomes that frame when it is the only one.
    #[inline]
    #[must_use]
    pub fn into_body(self) -> Frame {
        match self.frames {
            Frames::One(frame) => frame,
            Frames::Many(mut frames) => frames.swap_remove(0),
        }
    }

    /// Puts a frame in front, such as a ROUTER's routing id.
    pub fn push_front(&mut self, frame: Frame) {
        match &mut self.frames {
            Frames::Many(frames) => frames.insert(0, frame),
            Frames::One(first) => {
                let first = std::mem::take(first);
                self.frames = Frames::Many(vec![frame, first]);
            }
        }
    }

    /// Takes the first frame off; `None`, and nothing changed, when it is the only one.
    pub fn pop_front(&mut self) -> Option<Frame> {
        let Frames::Many(frames) = &mut self.frames else { return None };
        let first = frames.remove(0);
        if frames.len() == 1 {
            let last = frames.remove(0);
            self.frames = Frames::One(last);
        }
        Some(first)
    }

    /// The bytes of all frames together, without header and framing.
    #[inline]
    #[must_use]
    pub fn size(&self) -> usize {
        self.frames().iter().map(Frame::len).sum()
    }

    /// The SP header words.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The SP header words, to change.
    pub fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    /// The number of the peer that the message came from, one of those that its socket has; 0 when it is
    /// the user's own (nng's `nng_msg_get_pipe`).
    #[must_use]
    pub fn pipe(&self) -> u32 {
        self.origin.serial
    }

    /// Names the peer that the message shall go to, where the pattern lets messages do that (PAIR1 with
    /// PAIR1_POLY); 0 names none (`nng_msg_set_pipe`).
    pub fn set_pipe(&mut self, pipe: u32) {
        self.origin = PipeId { slot: 0, serial: pipe };
    }

    /// The pipe that the message came in by; the default id when it is the user's own.
    #[inline]
    #[must_use]
    pub fn origin(&self) -> PipeId {
        self.origin
    }

    /// Notes the pipe that the message came in by.
    #[inline]
    pub fn set_origin(&mut self, origin: PipeId) {
        self.origin = origin;
    }
}

/// One empty frame.
impl Default for Message {
    fn default() -> Self {
        Self::new(Frame::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_go_on_and_off_the_front() {
        let mut message = Message::new(Frame::from_slice(b"body"));
        assert_eq!(message.pop_front(), None);
        message.push_front(Frame::default());
        message.push_front(Frame::from_slice(b"id"));
        assert_eq!(message.frames().len(), 3);
        assert_eq!(message.pop_front(), Some(Frame::from_slice(b"id")));
        assert_eq!(message.pop_front(), Some(Frame::default()));
        assert_eq!(message.pop_front(), None);
        assert_eq!(message.size(), 4);
    }
}
