//! SpEngine: the greeting of both sides, then messages.
//!
//! Made by [`super::Engine::new`]. nanomsg `sp-tcp-mapping-01`, `sp-ipc-mapping-01`.

pub(super) mod frame;
pub(super) mod greeting;
#[cfg(test)]
mod tests;

pub use frame::SpFraming;

use super::{Encoder, InBuf, SpConfig, Step, WireError};
use bytes::Bytes;

use crate::message::{Frame, Intake, Message, OutBuf, PeerInfo};

/// The machine of one SP connection.
#[derive(Debug)]
pub struct SpEngine {
    config: SpConfig,
    greeted: bool,
    state: State,
}

/// What the next bytes are.
#[derive(Debug)]
enum State {
    Greeting,
    Head,
    Body { len: usize },
}

impl SpEngine {
    pub(super) fn new(config: SpConfig) -> Self {
        Self { config, greeted: false, state: State::Greeting }
    }

    /// See [`super::Engine::limit_messages`].
    pub(super) fn limit_messages(&mut self, most: Option<usize>) {
        self.config.max_message = most;
    }

    /// See [`super::Engine::take_small`].
    pub(super) fn take_small(&self, bytes: &[u8], intake: &mut Intake) -> usize {
        if !matches!(self.state, State::Head) {
            return 0;
        }
        let SpConfig { framing, max_message, .. } = self.config;
        frame::take_small(framing, max_message, bytes, intake)
    }

    pub(super) fn consume(
        &mut self,
        input: &mut InBuf,
        intake: &mut Intake,
    ) -> Result<Option<Step>, WireError> {
        if matches!(self.state, State::Greeting) {
            return self.greet(input);
        }
        while intake.has_room() {
            if matches!(self.state, State::Head) {
                let SpConfig { framing, max_message, .. } = self.config;
                let taken = self.take_small(input.peek(), intake);
                input.advance(taken);
                if !intake.has_room() {
                    break;
                }
                let head = frame::decode_head(framing, max_message, input)?;
                let Some(len) = head else { break };
                self.state = State::Body { len };
            }
            let Some(body) = self.body(input) else { break };
            intake.push(Message::new(Frame::from(body)));
        }
        Ok(None)
    }

    fn body(&mut self, input: &mut InBuf) -> Option<Bytes> {
        let State::Body { len } = self.state else { return None };
        let body = input.take(len);
        if body.is_some() {
            self.state = State::Head;
        }
        body
    }

    pub(super) fn has_output(&self) -> bool {
        !self.greeted
    }

    pub(super) fn take_output(&mut self, out: &mut OutBuf) {
        if !self.greeted {
            self.greeted = true;
            out.put_slice(&greeting::encode(self.config.protocol));
        }
    }

    pub(super) fn encoder(&self) -> Option<Encoder> {
        match (&self.state, self.config.framing) {
            (State::Greeting, _) => None,
            (_, SpFraming::Tcp) => Some(Encoder::SpTcp),
            (_, SpFraming::Ipc) => Some(Encoder::SpIpc),
        }
    }

    fn greet(&mut self, input: &mut InBuf) -> Result<Option<Step>, WireError> {
        let Some(theirs) = greeting::decode(input.peek())? else { return Ok(None) };
        if !self.config.peers.contains(&theirs) {
            return Err(WireError::SpProtocol { ours: self.config.protocol, theirs });
        }
        input.advance(greeting::LENGTH);
        self.state = State::Head;
        Ok(Some(Step::Ready(PeerInfo::default())))
    }
}
