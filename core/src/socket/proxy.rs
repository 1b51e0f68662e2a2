//! Proxy: a device that a third socket steers (`zmq_proxy_steerable`): PAUSE, RESUME, TERMINATE, and
//! STATISTICS, which it answers.

use super::{
    Socket, Wait,
    poller::{Pollable, poll},
};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    message::{Frame, Message},
};

/// Messages passed on from one side before the others are looked at.
const BATCH: usize = 256;

/// What passed by one side, in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Passed {
    messages: u64,
    bytes: u64,
}

impl Passed {
    fn count(&mut self, message: &Message) {
        self.messages += 1;
        self.bytes += message.size() as u64;
    }
}

#[derive(Debug)]
struct Side {
    socket: Socket,
    received: Passed,
    sent: Passed,
}

impl Side {
    fn new(socket: Socket) -> Self {
        Self { socket, received: Passed::default(), sent: Passed::default() }
    }

    fn has_room(&self) -> bool {
        self.socket.readiness().intersects(Interest::OUT)
    }
}

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
    /// The front and the back.
    sides: [Side; 2],
    /// Which side is passed to which.
    ways: Vec<(usize, usize)>,
    capture: Option<Socket>,
    control: Option<Socket>,
    state: State,
}

impl Proxy {
    /// One that passes messages both ways (as far as the kinds can), and a copy of each to `capture`.
    ///
    /// # Errors
    /// EINVAL where nothing can pass between the kinds, or where `control` cannot receive.
    pub fn new(
        front: Socket,
        back: Socket,
        capture: Option<Socket>,
        control: Option<Socket>,
    ) -> Result<Self, Error> {
        let sides = [Side::new(front), Side::new(back)];
        let passes = |(from, to): &(usize, usize)| {
            sides[*from].socket.kind().receives && sides[*to].socket.kind().sends
        };
        let ways: Vec<_> = [(0, 1), (1, 0)].into_iter().filter(passes).collect();
        if ways.is_empty() {
            let text = "no message can pass between these kinds";
            return Err(Error::new(ErrorCode::Invalid, text));
        }
        if let Some(control) = control.as_ref().filter(|control| !control.kind().receives) {
            let name = control.kind().name;
            let text = format!("a {name} socket hears no command; PAIR, PULL, SUB and REP do");
            return Err(Error::new(ErrorCode::Invalid, text));
        }
        Ok(Self { sides, ways, capture, control, state: State::Active })
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
            if self.state == State::Active {
                for (from, to) in self.ways.clone() {
                    self.pass(from, to)?;
                }
            }
        }
        // So that the next run begins anew.
        self.state = State::Active;
        Ok(())
    }

    /// What the next step waits for: of each way the side that holds it up.
    fn awaited(&self) -> Vec<(Pollable, Interest)> {
        let control = self.control.iter().map(|control| (control, Interest::IN));
        let active = self.ways.iter().filter(|_| self.state == State::Active);
        let ways = active.map(|(from, to)| match &self.sides[*to] {
            to if to.has_room() => (&self.sides[*from].socket, Interest::IN),
            to => (&to.socket, Interest::OUT),
        });
        let all = control.chain(ways);
        all.map(|(socket, interest)| (Pollable::Socket(socket.clone()), interest)).collect()
    }

    fn pass(&mut self, from: usize, to: usize) -> Result<(), Error> {
        for _ in 0..BATCH {
            // Room first: what was taken must be passed on.
            if !self.sides[to].has_room() {
                return Ok(());
            }
            let Some(message) = try_recv(&self.sides[from].socket)? else { return Ok(()) };
            self.sides[from].received.count(&message);
            self.sides[to].sent.count(&message);
            if let Some(capture) = &self.capture {
                send(capture, message.clone())?;
            }
            send(&self.sides[to].socket, message)?;
        }
        Ok(())
    }

    /// Takes a command, if one came. What is none is passed over.
    fn hear(&mut self) -> Result<(), Error> {
        let Some(control) = self.control.clone() else { return Ok(()) };
        let Some(command) = try_recv(&control)? else { return Ok(()) };
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
        let of_side = |side: &Side| [side.received, side.sent];
        let passed = self.sides.iter().flat_map(of_side);
        let numbers = passed.flat_map(|passed| [passed.messages, passed.bytes]);
        Message::from_frames(
            numbers.map(|number| Frame::from_slice(&number.to_ne_bytes())).collect(),
        )
    }
}

fn try_recv(socket: &Socket) -> Result<Option<Message>, Error> {
    match socket.recv(Wait::No) {
        Ok(message) => Ok(Some(message)),
        Err(error) if error.code() == ErrorCode::Again => Ok(None),
        Err(error) => Err(error),
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
