//! Proxy: a device that a third socket steers (`zmq_proxy_steerable`): PAUSE, RESUME, TERMINATE, and
//! STATISTICS, which it answers.

use super::{
    Socket, Wait,
    device::{self, Device},
    poller::{Pollable, poll},
};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    message::{Frame, Message},
};

/// What a steering socket asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Active,
    Paused,
    Terminated,
}

/// See the module's text.
#[derive(Debug)]
pub struct Proxy {
    device: Device,
    control: Option<Socket>,
    state: State,
}

impl Proxy {
    /// One that passes messages both ways (as far as the kinds can), and a copy of each to `capture`.
    ///
    /// # Errors
    /// As [`Device::new`]; EINVAL where `control` cannot receive.
    pub fn new(
        front: Socket,
        back: Socket,
        capture: Option<Socket>,
        control: Option<Socket>,
    ) -> Result<Self, Error> {
        if let Some(control) = control.as_ref().filter(|control| !control.kind().receives) {
            let name = control.kind().name;
            let text = format!("a {name} socket hears no command; PAIR, PULL, SUB and REP do");
            return Err(Error::new(ErrorCode::Invalid, text));
        }
        let device = Device::new(front, Some(back), capture, None)?;
        Ok(Self { device, control, state: State::Active })
    }

    /// Runs until it is told to TERMINATE.
    ///
    /// # Errors
    /// ETERM, or ENOTSOCK once a socket is closed; EINTR when a signal came: to be called again, and
    /// goes on where it was.
    pub fn run(&mut self) -> Result<(), Error> {
        while self.state != State::Terminated {
            poll(&self.awaited(), Wait::Forever)?;
            self.hear()?;
            match self.state {
                State::Active => self.device.pass()?,
                State::Paused | State::Terminated => self.device.check()?,
            }
        }
        // So that the next run begins anew.
        self.state = State::Active;
        Ok(())
    }

    fn awaited(&self) -> Vec<(Pollable, Interest)> {
        let mut awaited = self.device.awaited();
        if self.state == State::Paused {
            // The sockets may end all the same.
            awaited.iter_mut().for_each(|(_, interest)| *interest = Interest::NONE);
        }
        let control = self.control.iter().map(|control| Pollable::Socket(control.clone()));
        awaited.extend(control.map(|control| (control, Interest::IN)));
        awaited
    }

    /// Takes a command, if one came. What is none is passed over.
    fn hear(&mut self) -> Result<(), Error> {
        let Some(control) = self.control.clone() else { return Ok(()) };
        let Some(command) = device::try_recv(&control)? else { return Ok(()) };
        let answers = control.kind().name == "REP";
        match &**command.body() {
            b"PAUSE" => self.state = State::Paused,
            b"RESUME" => self.state = State::Active,
            b"TERMINATE" => self.state = State::Terminated,
            b"STATISTICS" => return send(&control, self.statistics()),
            _ => {}
        }
        // A REP must answer before it hears the next.
        if answers { send(&control, Message::new(Frame::default())) } else { Ok(()) }
    }

    /// Eight numbers, a frame each: of the front and then the back, messages and bytes received, then
    /// those sent.
    fn statistics(&self) -> Message {
        let [there, back] = self.device.passed();
        let passed = [there, back, back, there];
        let numbers = passed.iter().flat_map(|passed| [passed.messages, passed.bytes]);
        Message::from_frames(
            numbers.map(|number| Frame::from_slice(&number.to_ne_bytes())).collect(),
        )
    }
}

/// Sends, through signals too: the message is in nobody else's hands.
fn send(to: &Socket, mut message: Message) -> Result<(), Error> {
    loop {
        match to.send(message, Wait::Forever) {
            Ok(()) => return Ok(()),
            Err(unsent) if unsent.error.code() == ErrorCode::Interrupted => {
                message = unsent.message;
            }
            Err(unsent) => return Err(unsent.error),
        }
    }
}
