//! Store: what a lane holds, as messages or encoded already.

use super::Port;
use crate::message::{Batch, Carried, Encode, Load, Messages, Pile};

/// The messages of a lane, oldest first.
#[derive(Debug)]
pub(super) enum Store {
    /// For a socket, or for a connection that is not there yet.
    Messages(Pile),
    /// For a connection whose writer encodes them itself, and how many bytes they count.
    Late(Pile, usize),
    /// For a connection whose framing is known.
    Encoded(&'static dyn Encode, Batch),
}

impl Default for Store {
    fn default() -> Self {
        Self::Messages(Pile::default())
    }
}

impl Store {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Messages(pile) | Self::Late(pile, _) => pile.len(),
            Self::Encoded(_, batch) => batch.len(),
        }
    }

    /// Towards a connection, how many bytes wait.
    pub(super) fn bytes(&self) -> Option<usize> {
        match self {
            Self::Messages(_) => None,
            Self::Late(_, bytes) => Some(*bytes),
            Self::Encoded(_, batch) => Some(batch.bytes()),
        }
    }

    pub(super) fn push(&mut self, message: impl Carried, load: Load, consumer: Option<&Port>) {
        match self {
            Self::Messages(pile) => message.keep(pile, consumer.map(|port| port.pipe)),
            Self::Late(pile, bytes) => {
                *bytes += load.bytes;
                message.keep(pile, None);
            }
            Self::Encoded(encoder, batch) => batch.push(&message, load, *encoder),
        }
    }

    /// Appends what a connection received, which is on its way to a socket.
    pub(super) fn append(&mut self, mut others: Messages) {
        match self {
            Self::Messages(pile) => pile.messages().append(&mut others),
            Self::Late(..) | Self::Encoded(..) => others.for_each(|message| {
                let load = Load::of(&message);
                self.push(message, load, None);
            }),
        }
    }

    /// Takes the oldest away.
    pub(super) fn drop_oldest(&mut self) -> Option<Load> {
        match self {
            Self::Messages(pile) => pile.messages().pop().as_ref().map(Load::of),
            Self::Late(pile, bytes) => {
                let load = pile.messages().pop().as_ref().map(Load::of)?;
                *bytes -= load.bytes;
                Some(load)
            }
            Self::Encoded(_, batch) => batch.drop_oldest(),
        }
    }

    /// Encodes what is there and what will come.
    pub(super) fn encode_with(&mut self, encoder: &'static dyn Encode) {
        let mut batch = Batch::default();
        for message in std::mem::take(self).into_messages() {
            batch.push(&message, Load::of(&message), encoder);
        }
        *self = Self::Encoded(encoder, batch);
    }

    /// Keeps what is there and what will come for a writer that encodes it itself.
    pub(super) fn keep_for_writer(&mut self, bytes: usize) {
        *self = Self::Late(std::mem::take(self).into_messages().into(), bytes);
    }

    /// Goes back to messages, behind these.
    pub(super) fn return_behind(&mut self, mut begun: Messages) {
        begun.append(&mut std::mem::take(self).into_messages());
        *self = Self::Messages(begun.into());
    }

    /// Goes back to messages, behind those that `begun` holds.
    pub(super) fn restore_behind(&mut self, begun: Batch) {
        if let Self::Encoded(encoder, _) = self {
            let mut messages: Messages = begun.restore(*encoder).collect();
            messages.append(&mut std::mem::take(self).into_messages());
            *self = Self::Messages(messages.into());
        }
    }

    fn into_messages(self) -> Messages {
        match self {
            Self::Messages(pile) | Self::Late(pile, _) => pile.into(),
            Self::Encoded(encoder, batch) => batch.restore(encoder).collect(),
        }
    }
}
