//! WsEngine: the upgrade, then messages over WebSocket (RFC 6455).
//!
//! Made by [`super::Engine::new`]. SP: `sp-websocket-mapping-01`, a message of SP is one of WebSocket,
//! and the protocol's name stands for the greeting. ZMTP: `zws`. What a peer gets wrong is answered with
//! the code of section 7.4 before the connection ends.

pub(in crate::wire) mod frame;
mod messages;
#[cfg(test)]
mod tests;
mod upgrade;
pub(in crate::wire) mod zws;

use bytes::Bytes;

use self::{
    messages::{Decoder, Event},
    upgrade::{Answer, Asked, Wanted},
    zws::Zws,
};
use super::{Encoder, InBuf, Sealer, SpConfig, Step, Verdict, WireError, ZmtpConfig};
use crate::message::{Frame, Intake, Message, OutBuf, PeerInfo};

/// Which end of a connection we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Asks for the upgrade, and masks what it sends.
    Client,
    /// Answers.
    Server,
}

impl Side {
    fn masks(self) -> bool {
        self == Self::Client
    }
}

/// Settings of a connection over WebSocket.
#[derive(Clone, Debug)]
pub struct WsConfig {
    /// Which end we are.
    pub side: Side,
    /// The host and port that a client asks for.
    pub host: String,
    /// The path and query.
    pub path: String,
    /// The web pages that a server answers; all where it is empty.
    pub origins: Vec<String>,
    /// What is spoken.
    pub mapping: Mapping,
}

/// What is spoken over WebSocket.
#[derive(Clone, Debug)]
pub enum Mapping {
    /// The Scalability Protocols.
    Sp {
        /// Their settings.
        config: SpConfig,
        /// Whether messages go as text rather than binary.
        text: bool,
    },
    /// ZeroMQ's protocol.
    Zmtp(ZmtpConfig),
}

/// Why a connection ends, as its peer is told (section 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// All is said.
    Normal = 1000,
    /// Against the specification.
    Protocol = 1002,
    /// Text that is none.
    Payload = 1007,
    /// Longer than allowed.
    TooLarge = 1009,
}

/// The machine of one connection over WebSocket.
#[derive(Debug)]
pub struct WsEngine {
    config: WsConfig,
    protocols: Vec<String>,
    state: State,
    output: OutBuf,
    /// Whoever asks for another path gets an answer from here.
    alone: bool,
    /// Whoever asks for ours gets none.
    shut: bool,
}

#[derive(Debug)]
enum State {
    /// A client's request is out.
    Asked(Asked),
    /// A server has not been asked yet.
    Unasked,
    Open(Decoder, Layer),
    /// The peer, or we, said farewell.
    Closed,
}

/// What makes messages of those of WebSocket.
#[derive(Debug)]
enum Layer {
    Sp { text: bool },
    Zws(Box<Zws>),
}

impl WsEngine {
    pub(super) fn new(config: WsConfig) -> Self {
        let protocols = match &config.mapping {
            Mapping::Sp { config: sp, .. } => vec![protocol(config.side, sp)],
            Mapping::Zmtp(zmtp) => zws::protocols(zmtp),
        };
        let mut output = OutBuf::default();
        let state = match config.side {
            Side::Server => State::Unasked,
            Side::Client => {
                let (asked, request) = Asked::new(&config.host, &config.path, &protocols);
                output.put_slice(request.as_bytes());
                State::Asked(asked)
            }
        };
        Self { config, protocols, state, output, alone: false, shut: false }
    }

    /// See [`super::Engine::limit_messages`].
    pub(super) fn limit_messages(&mut self, most: Option<usize>) {
        let Mapping::Sp { config, .. } = &mut self.config.mapping else { return };
        config.max_message = most;
        if let State::Open(decoder, _) = &mut self.state {
            decoder.limit_messages(most);
        }
    }

    /// See [`super::Engine::take_small`].
    pub(super) fn take_small(&self, bytes: &[u8], intake: &mut Intake) -> usize {
        match &self.state {
            State::Open(decoder, Layer::Sp { .. }) => decoder.take_small(bytes, intake),
            _ => 0,
        }
    }

    pub(super) fn consume(
        &mut self,
        input: &mut InBuf,
        intake: &mut Intake,
    ) -> Result<Option<Step>, WireError> {
        if matches!(self.state, State::Asked(_) | State::Unasked) {
            let step = self.upgrade(input)?;
            if step.is_some() {
                return Ok(step);
            }
        }
        match self.state {
            State::Open(..) => self.open(input, intake).inspect_err(|error| {
                self.say_farewell(close_code(error));
            }),
            State::Asked(_) | State::Unasked => Ok(None),
            State::Closed => Err(WireError::Farewell { code: None }),
        }
    }

    fn upgrade(&mut self, input: &mut InBuf) -> Result<Option<Step>, WireError> {
        let (len, protocol) = match &self.state {
            State::Asked(asked) => match asked.answered(input.peek(), &self.protocols)? {
                None => return Ok(None),
                Some(found) => found,
            },
            _ => match upgrade::answer(input.peek(), self.wanted()) {
                Answer::Wait => return Ok(None),
                Answer::Elsewhere { path } => return Ok(Some(Step::Elsewhere(path))),
                Answer::Accepted { len, protocol, response } => {
                    self.output.put_slice(response.as_bytes());
                    (len, protocol)
                }
                Answer::Refused { response, error } => {
                    self.output.put_slice(response.as_bytes());
                    return Err(error);
                }
            },
        };
        input.advance(len);
        let (side, masked) = (self.config.side, self.config.side.masks());
        // Who has not shaken hands gets no more room than a handshake takes.
        let (most, layer, step) = match &self.config.mapping {
            Mapping::Sp { config, text } => {
                let ready = Step::Ready(PeerInfo::default());
                (config.max_message, Layer::Sp { text: *text }, Some(ready))
            }
            Mapping::Zmtp(config) => {
                let mut zws = Zws::new(config, &self.protocols[protocol]);
                let step = zws.begin(masked, &mut self.output)?;
                (Some(zws::MOST_IN_HANDSHAKE), Layer::Zws(Box::new(zws)), step)
            }
        };
        self.state = State::Open(Decoder::new(side, most), layer);
        Ok(step)
    }

    fn wanted(&self) -> Wanted<'_> {
        let WsConfig { path, origins, .. } = &self.config;
        let path = (!self.shut).then_some(&**path);
        Wanted { path, alone: self.alone, origins, protocols: &self.protocols }
    }

    /// See [`super::Engine::shut_path`].
    pub(super) fn shut_path(&mut self) {
        self.shut = true;
    }

    /// See [`super::Engine::answer_stranger`].
    pub(super) fn answer_stranger(&mut self) {
        self.alone = true;
    }

    fn open(&mut self, input: &mut InBuf, intake: &mut Intake) -> Result<Option<Step>, WireError> {
        let State::Open(decoder, layer) = &mut self.state else { return Ok(None) };
        if let Some(step) = layer.resume(self.config.side, intake, &mut self.output)? {
            widen(decoder, &step, &self.config.mapping);
            return Ok(Some(step));
        }
        while intake.has_room() && !layer.is_undecided() {
            if let Layer::Sp { .. } = layer {
                let taken = decoder.take_small(input.peek(), intake);
                input.advance(taken);
                if !intake.has_room() {
                    break;
                }
            }
            match decoder.next(input)? {
                None => break,
                Some(Event::Message(message)) => {
                    let step = layer.take(message, self.config.side, intake, &mut self.output)?;
                    if let Some(step) = step {
                        widen(decoder, &step, &self.config.mapping);
                        return Ok(Some(step));
                    }
                }
                Some(Event::Ping(payload)) => {
                    messages::put_pong(self.config.side, &payload, &mut self.output);
                }
                Some(Event::Pong) => {}
                Some(Event::Close(code)) => return Err(WireError::Farewell { code }),
            }
        }
        Ok(None)
    }

    /// See [`super::Engine::ping`]: WebSocket has a question of its own, which says nothing of silences.
    pub(super) fn ping(&mut self) -> bool {
        let open = matches!(self.state, State::Open(..));
        if open {
            messages::put_ping(self.config.side, &mut self.output);
        }
        open
    }

    /// Tells the peer that nothing more comes, and why. Once.
    pub(super) fn say_farewell(&mut self, code: CloseCode) {
        if let State::Open(..) = self.state {
            messages::put_close(self.config.side, code as u16, &mut self.output);
            self.state = State::Closed;
        }
    }

    pub(super) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    pub(super) fn take_output(&mut self, out: &mut OutBuf) {
        self.output.move_to(out);
    }

    pub(super) fn encoder(&self) -> Option<Encoder> {
        let masked = self.config.side.masks();
        match &self.state {
            State::Open(_, Layer::Sp { text }) => Some(Encoder::SpWs { masked, text: *text }),
            State::Open(_, Layer::Zws(zws)) => zws.encoder(masked),
            _ => None,
        }
    }

    /// See [`super::Engine::take_sealer`].
    pub(super) fn take_sealer(&mut self) -> Option<Sealer> {
        let masked = self.config.side.masks();
        match &mut self.state {
            State::Open(_, Layer::Zws(zws)) => zws.take_sealer().map(|one| one.over_ws(masked)),
            _ => None,
        }
    }

    pub(super) fn is_undecided(&self) -> bool {
        matches!(&self.state, State::Open(_, layer) if layer.is_undecided())
    }

    pub(super) fn decide(&mut self, verdict: Verdict) {
        if let State::Open(_, Layer::Zws(zws)) = &mut self.state {
            zws.decide(verdict);
        }
    }
}

impl Layer {
    fn is_undecided(&self) -> bool {
        matches!(self, Self::Zws(zws) if zws.is_undecided())
    }

    /// Goes on where a verdict had to come first.
    fn resume(
        &mut self,
        side: Side,
        intake: &mut Intake,
        out: &mut OutBuf,
    ) -> Result<Option<Step>, WireError> {
        let Self::Zws(zws) = self else { return Ok(None) };
        let step = zws.resume(intake);
        zws.speak(side.masks(), out);
        step
    }

    fn take(
        &mut self,
        message: Bytes,
        side: Side,
        intake: &mut Intake,
        out: &mut OutBuf,
    ) -> Result<Option<Step>, WireError> {
        match self {
            Self::Sp { .. } => {
                intake.push(Message::new(Frame::from(message)));
                Ok(None)
            }
            Self::Zws(zws) => {
                let step = zws.take(message, intake);
                zws.speak(side.masks(), out);
                step
            }
        }
    }
}

/// After the handshake longer messages may come.
fn widen(decoder: &mut Decoder, step: &Step, mapping: &Mapping) {
    if let (Step::Ready(_), Mapping::Zmtp(config)) = (step, mapping) {
        decoder.limit_messages(zws::most(config));
    }
}

/// The name of the *server's* protocol.
fn protocol(side: Side, config: &SpConfig) -> String {
    let SpConfig { protocol, peers, .. } = *config;
    let servers = match side {
        Side::Server => protocol,
        // Each protocol has one at its other end.
        Side::Client => peers.first().copied().unwrap_or(protocol),
    };
    let name = super::sp::greeting::name(servers).unwrap_or_default().to_ascii_lowercase();
    format!("{name}.sp.nanomsg.org")
}

fn close_code(error: &WireError) -> CloseCode {
    match error {
        WireError::WebSocket { close, .. } => *close,
        WireError::TooLarge { .. } => CloseCode::TooLarge,
        WireError::Farewell { .. } => CloseCode::Normal,
        _ => CloseCode::Protocol,
    }
}

fn broken(close: CloseCode, expected: &'static str) -> WireError {
    WireError::WebSocket { close, expected }
}
