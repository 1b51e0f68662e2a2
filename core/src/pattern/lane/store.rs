//! Store: what a lane holds, as messages or encoded already.

use super::Port;
use crate::message::{Batch, Carried, Encode, Load, Messages, Pile};

/// The messages of a lane, oldest first.
#[derive(Debug)]
pub(super) enum Store {
    /// For a socket, or for a connection that is not there yet.
    Messages(Pile),
    /// For a connection whose writer encodes them itself. Apart, so that what all others push stays small.
    Late(Box<Late>),
    /// For a connection whose framing is known.
    Encoded(&'static dyn Encode, Batch),
}

/// Messages that a writer encodes itself.
#[derive(Debug)]
pub(super) struct Late {
    pub(super) pile: Pile,
    /// How many bytes they count.
    pub(super) bytes: usize,
}

impl Late {
    #[inline(never)]
    fn push(&mut self, message: impl Carried, load: Load) {
        self.bytes += load.bytes;
        message.keep(&mut self.pile, None);
    }

    fn drop_oldest(&mut self) -> Option<Load> {
        let load = self.pile.messages().pop().as_ref().map(Load::of)?;
        self.bytes -= load.bytes;
        Some(load)
    }

    /// Takes all into `taken`, which is empty.
    pub(super) fn hand_over(&mut self, taken: &mut Messages) {
        std::mem::swap(self.pile.messages(), taken);
        self.bytes = 0;
    }
}

impl Default for Store {
    fn default() -> Self {
        Self::Messages(Pile::default())
    }
}

impl Store {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Messages(pile) => pile.len(),
            Self::Late(late) => late.pile.len(),
            Self::Encoded(_, batch) => batch.len(),
        }
    }

    /// How many bytes wait for a writer.
    pub(super) fn gathered(&self) -> usize {
        match self {
            Self::Messages(_) => 0,
            Self::Late(late) => late.bytes,
            Self::Encoded(_, batch) => batch.bytes(),
        }
    }

    pub(super) fn push(&mut self, message: impl Carried, load: Load, consumer: Option<&Port>) {
        match self {
            Self::Messages(pile) => message.keep(pile, consumer.map(|port| port.pipe)),
            Self::Late(late) => late.push(message, load),
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
            Self::Late(late) => late.drop_oldest(),
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
        let pile = std::mem::take(self).into_messages().into();
        *self = Self::Late(Box::new(Late { pile, bytes }));
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
            Self::Messages(pile) => pile.into(),
            Self::Late(late) => late.pile.into(),
            Self::Encoded(encoder, batch) => batch.restore(encoder).collect(),
        }
    }
}
