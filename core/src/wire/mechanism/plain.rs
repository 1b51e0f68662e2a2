//! PLAIN: a user name and a password, in clear text. HELLO, WELCOME, INITIATE, READY.
//!
//! Used through `super::Mechanism`. ZeroMQ RFC 24. The server always asks somebody about its peer:
//! without an answer there would be no use in PLAIN.

use super::{Credentials, Progress, unexpected};
use crate::{
    message::OutBuf,
    option::Secret,
    wire::{
        WireError,
        zmtp::command::{self, Command},
    },
};

pub(super) const NAME: &str = "PLAIN";

const HELLO: &[u8] = b"HELLO";
const WELCOME: &[u8] = b"WELCOME";
const INITIATE: &[u8] = b"INITIATE";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaits {
    /// The client's name and password.
    Hello,
    /// Somebody's answer about them.
    Verdict,
    /// The server's consent.
    Welcome,
    /// The client's properties.
    Initiate,
    /// The server's properties.
    Ready,
}

/// The client's side.
#[derive(Debug)]
pub(in crate::wire) struct PlainClient {
    username: String,
    password: Secret,
    metadata: Vec<u8>,
    awaits: Awaits,
}

impl PlainClient {
    pub(super) fn new(username: String, password: Secret, metadata: Vec<u8>) -> Self {
        Self { username, password, metadata, awaits: Awaits::Welcome }
    }

    pub(super) fn begin(&mut self, out: &mut OutBuf) {
        let mut data = zeroize::Zeroizing::new(Vec::new());
        for text in [self.username.as_bytes(), self.password.reveal()] {
            // The options hold both to 255 bytes.
            data.push(text.len() as u8);
            data.extend_from_slice(text);
        }
        command::encode(HELLO, &data, out);
    }

    pub(super) fn consume(
        &mut self,
        command: Command,
        out: &mut OutBuf,
    ) -> Result<Progress, WireError> {
        match (self.awaits, &command.name[..]) {
            (Awaits::Welcome, WELCOME) if command.data.is_empty() => {
                self.awaits = Awaits::Ready;
                command::encode(INITIATE, &std::mem::take(&mut self.metadata), out);
                Ok(Progress::More)
            }
            (Awaits::Ready, command::READY) => {
                command::decode_metadata(command.data).map(Progress::Done)
            }
            (Awaits::Welcome, _) => Err(unexpected("WELCOME or ERROR", &command)),
            _ => Err(unexpected("READY or ERROR", &command)),
        }
    }
}

/// The server's side.
#[derive(Debug)]
pub(in crate::wire) struct PlainServer {
    metadata: Vec<u8>,
    awaits: Awaits,
}

impl PlainServer {
    pub(super) fn new(metadata: Vec<u8>) -> Self {
        Self { metadata, awaits: Awaits::Hello }
    }

    pub(super) fn consume(
        &mut self,
        mut command: Command,
        out: &mut OutBuf,
    ) -> Result<Progress, WireError> {
        match (self.awaits, &command.name[..]) {
            (Awaits::Hello, HELLO) => {
                let mut take = || command::take_short(&mut command.data);
                let (Some(username), Some(password)) = (take(), take()) else {
                    return Err(WireError::Command { expected: "a name and a password in HELLO" });
                };
                if !command.data.is_empty() {
                    return Err(WireError::Command { expected: "nothing behind HELLO's password" });
                }
                self.awaits = Awaits::Verdict;
                let frames = vec![username, password];
                Ok(Progress::Ask(Credentials { mechanism: NAME, frames }))
            }
            (Awaits::Initiate, INITIATE) => {
                let metadata = command::decode_metadata(command.data)?;
                command::encode(command::READY, &std::mem::take(&mut self.metadata), out);
                Ok(Progress::Done(metadata))
            }
            (Awaits::Hello, _) => Err(unexpected("HELLO", &command)),
            _ => Err(unexpected("INITIATE", &command)),
        }
    }

    pub(super) fn decided(&mut self, out: &mut OutBuf) -> Progress {
        self.awaits = Awaits::Initiate;
        command::encode(WELCOME, &[], out);
        Progress::More
    }
}
