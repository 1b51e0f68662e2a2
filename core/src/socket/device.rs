//! Device: passes whole messages between two sockets until one of them ends (`nn_device`,
//! `zmq_proxy`).

use super::{
    Socket, Wait,
    poller::{Pollable, poll},
};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    message::Message,
};

/// Messages passed on from one side before the other is looked at.
const BATCH: usize = 256;

/// Passes messages both ways (as far as the kinds can), and a copy of each to `capture`. Without a
/// second socket, what the first receives goes back out of it. Returns why it ended: a socket was
/// closed, the context terminated, or a signal came (EINTR: call again).
#[must_use]
pub fn device(front: &Socket, back: Option<&Socket>, capture: Option<&Socket>) -> Error {
    match run(front, back, capture) {
        Err(error) => error,
        Ok(never) => match never {},
    }
}

enum Never {}

fn run(front: &Socket, back: Option<&Socket>, capture: Option<&Socket>) -> Result<Never, Error> {
    let ways: Vec<_> = match back {
        None => vec![(front, front)],
        Some(back) => vec![(front, back), (back, front)],
    };
    let ways: Vec<_> =
        ways.into_iter().filter(|(from, to)| from.kind().receives && to.kind().sends).collect();
    if ways.is_empty() {
        return Err(Error::new(ErrorCode::Invalid, "no message can pass between these kinds"));
    }
    let sources: Vec<_> =
        ways.iter().map(|(from, _)| (Pollable::Socket((*from).clone()), Interest::IN)).collect();
    loop {
        poll(&sources, Wait::Forever)?;
        for (from, to) in &ways {
            pass(from, to, capture)?;
        }
    }
}

fn pass(from: &Socket, to: &Socket, capture: Option<&Socket>) -> Result<(), Error> {
    for _ in 0..BATCH {
        // Room first: a signal that ends the wait for it must not cost a message.
        to.wait(Interest::OUT, Wait::Forever)?;
        let message = match from.recv(Wait::No) {
            Ok(message) => message,
            Err(error) if error.code() == ErrorCode::Again => return Ok(()),
            Err(error) => return Err(error),
        };
        if let Some(capture) = capture {
            send(capture, message.clone())?;
        }
        send(to, message)?;
    }
    Ok(())
}

/// Sends, through signals too: the message is in nobody else's hands.
fn send(to: &Socket, mut message: Message) -> Result<(), Error> {
    loop {
        match to.send(message, Wait::Forever) {
            Ok(()) => return Ok(()),
            Err(unsent) if unsent.error.code() == ErrorCode::Interrupted => {
                message = unsent.message
            }
            Err(unsent) => return Err(unsent.error),
        }
    }
}
