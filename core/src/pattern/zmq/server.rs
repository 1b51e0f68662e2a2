//! SERVER: messages of one part from all CLIENTs, and to the one that a message names (RFC 41, a draft).
//!
//! Made by the table of socket kinds, and PEER too. A client is named by the number of its pipe, which is
//! nothing on the wire. A message to nobody is refused, one to a full lane waits.

use std::{collections::HashMap, time::Instant};

use super::hello::Hello;
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PeerInfo, PipeId},
    option::Setting,
    pattern::{
        Admission, Pipes, Protocol, Refused, Reject,
        strategy::{FairQueue, levels, settle},
    },
};

/// See the module's text.
#[derive(Debug, Default)]
pub struct Server {
    peers: HashMap<u32, PipeId>,
    incoming: FairQueue,
    hello: Hello,
    /// A message was refused for want of room, and no lane had any since.
    blocked: bool,
}

impl Server {
    /// A server without clients.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Protocol for Server {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        self.peers.insert(pipe.serial, pipe);
        self.hello.attach(pipe, pipes);
        Ok(())
    }

    fn ready(&mut self, pipe: PipeId, _: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        self.hello.ready(pipe, pipes);
        Ok(())
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.peers.remove(&pipe.serial);
        self.hello.detach(pipe);
        self.blocked = false;
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.incoming.readable(pipe, pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {
        self.blocked = false;
    }

    /// A frame names nobody.
    fn admit(&mut self, _: &Frame, _: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        Err(ErrorCode::HostUnreachable)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        settle(admission, message, pipes);
    }

    fn send(&mut self, message: Message, pipes: &mut Pipes, _: Instant) -> Result<(), Refused> {
        let Some(peer) = self.peers.get(&message.pipe()) else {
            return Err(Refused { message, code: ErrorCode::HostUnreachable });
        };
        pipes.push(*peer, message).map_err(|message| {
            self.blocked = true;
            Refused { message, code: ErrorCode::Again }
        })
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        self.incoming.recv(pipes).ok_or(ErrorCode::Again)
    }

    fn source(&self) -> Option<PipeId> {
        self.incoming.sole()
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        levels(self.incoming.is_readable(pipes), !self.blocked)
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        if let Setting::Hello(text) = setting {
            self.hello.set(text);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, body, marks};

    fn to(pipe: u32, text: &[u8]) -> Message {
        let mut message = body(text);
        message.set_pipe(pipe);
        message
    }

    #[test]
    fn answers_go_to_who_asked() {
        let mut bench = Bench::new(Server::new());
        let (a, b) = (bench.add(marks(9)).unwrap(), bench.add(marks(9)).unwrap());
        bench.deliver(b, body(b"from b"));
        bench.deliver(a, body(b"from a"));
        let names = [bench.recv_from().unwrap().pipe(), bench.recv_from().unwrap().pipe()];
        assert_eq!(names, [bench.id(b).serial, bench.id(a).serial]);
        bench.send_message(to(names[0], b"to b")).unwrap();
        bench.send_message(to(names[1], b"to a")).unwrap();
        let heard = [a, b].map(|end| bench.take(end).unwrap().body().to_vec());
        assert_eq!(heard, [b"to a", b"to b"]);
    }

    #[test]
    fn who_is_not_there_is_unreachable_and_who_is_slow_is_waited_for() {
        let mut bench = Bench::new(Server::new());
        let peer = bench.add(marks(1)).unwrap();
        let name = bench.id(peer).serial;
        for nobody in [0, name + 1] {
            assert_eq!(bench.send_message(to(nobody, b"x")), Err(ErrorCode::HostUnreachable));
        }
        bench.send_message(to(name, b"1")).unwrap();
        assert_eq!(bench.levels(), Interest::OUT);
        assert_eq!(bench.send_message(to(name, b"2")), Err(ErrorCode::Again));
        assert_eq!(bench.levels(), Interest::NONE);
        bench.take(peer).unwrap();
        assert_eq!(bench.levels(), Interest::OUT);
        bench.lost(peer);
        bench.send_message(to(name, b"2")).unwrap();
        bench.detach(peer);
        assert_eq!(bench.send_message(to(name, b"3")), Err(ErrorCode::HostUnreachable));
    }
}
