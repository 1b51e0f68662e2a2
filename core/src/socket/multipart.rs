//! Multipart: messages sent and received part by part. Nothing below ever sees a partial message.
//!
//! One message may be open a socket and direction, by one thread; another thread that touches it
//! gets EFSM, until it adopts it. Where a message goes is decided at its first part
//! ([`Protocol::admit`](crate::pattern::Protocol::admit)); later parts never refuse.

use std::{
    collections::VecDeque,
    thread::{self, ThreadId},
};

use crate::{
    error::{Error, ErrorCode},
    message::{Frame, Message, PipeId},
    pattern::Admission,
};

/// The parts of a message that is not finished.
#[derive(Debug)]
pub(super) struct Open<P> {
    owner: ThreadId,
    /// The parts so far, or still to come.
    pub(super) parts: P,
    /// Where it will go; nothing when receiving.
    pub(super) admission: Option<Admission>,
    /// Where it came from; none when sending.
    origin: PipeId,
}

/// A part of a message, whether others follow, and where it came from.
pub(super) type Part = (Frame, bool, PipeId);

/// A socket's open messages, one a direction.
#[derive(Debug, Default)]
pub(super) struct Multipart {
    pub(super) sending: Option<Open<Vec<Frame>>>,
    pub(super) receiving: Option<Open<VecDeque<Frame>>>,
}

impl Multipart {
    /// The message that this thread is sending.
    pub(super) fn sending(&mut self) -> Result<Option<&mut Open<Vec<Frame>>>, Error> {
        owned(&mut self.sending)
    }

    /// Opens a message with its first part.
    pub(super) fn begin_sending(&mut self, first: Frame, admission: Admission) {
        let owner = thread::current().id();
        let (parts, admission, origin) = (vec![first], Some(admission), PipeId::default());
        self.sending = Some(Open { owner, parts, admission, origin });
    }

    /// Ends the message that is being sent with these parts.
    pub(super) fn finish_sending(
        &mut self,
        last: impl IntoIterator<Item = Frame>,
    ) -> Option<(Message, Admission)> {
        let Open { mut parts, admission, .. } = self.sending.take()?;
        parts.extend(last);
        Some((Message::from_frames(parts), admission?))
    }

    /// The next part of the message that this thread is receiving.
    pub(super) fn next_part(&mut self) -> Result<Option<Part>, Error> {
        let Some(open) = owned(&mut self.receiving)? else { return Ok(None) };
        let (part, origin) = (open.parts.pop_front(), open.origin);
        let more = !open.parts.is_empty();
        if !more {
            self.receiving = None;
        }
        Ok(part.map(|part| (part, more, origin)))
    }

    /// All that is left of the message that this thread is receiving.
    pub(super) fn rest(&mut self) -> Result<Option<Message>, Error> {
        if owned(&mut self.receiving)?.is_none() {
            return Ok(None);
        }
        Ok(self.receiving.take().map(|open| {
            let mut message = Message::from_frames(open.parts.into());
            message.set_origin(open.origin);
            message
        }))
    }

    /// Takes a message apart: its first part.
    pub(super) fn begin_receiving(&mut self, message: Message) -> Part {
        let origin = message.origin();
        let mut parts: VecDeque<_> = message.into_frames().into();
        let first = parts.pop_front().unwrap_or_default();
        let more = !parts.is_empty();
        if more {
            let owner = thread::current().id();
            self.receiving = Some(Open { owner, parts, admission: None, origin });
        }
        (first, more, origin)
    }

    /// This thread takes over both open messages.
    pub(super) fn adopt(&mut self) {
        let owner = thread::current().id();
        if let Some(open) = &mut self.sending {
            open.owner = owner;
        }
        if let Some(open) = &mut self.receiving {
            open.owner = owner;
        }
    }
}

fn owned<P>(open: &mut Option<Open<P>>) -> Result<Option<&mut Open<P>>, Error> {
    match open {
        Some(open) if open.owner != thread::current().id() => Err(Error::new(
            ErrorCode::WrongState,
            "a multipart message of another thread is open; adopt() takes it over",
        )),
        other => Ok(other.as_mut()),
    }
}
