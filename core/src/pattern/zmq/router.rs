//! ROUTER: messages from all peers with their routing ids in front, and to the peer that the first
//! frame names (RFC 28).
//!
//! Made by the table of socket kinds. A message to nobody, or to a full lane, is dropped and
//! counted; with [`Setting::RouterMandatory`] it is refused instead.

use std::time::Instant;

use bytes::Bytes;

use super::{dealer::probe, hello::Hello};
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PeerInfo, PipeId},
    option::Setting,
    pattern::{
        Admission, DropReason, Pipes, Protocol, Reject,
        strategy::{FairQueue, PipeMap, Route, levels, random_start, settle},
    },
};

/// See the module's text.
#[derive(Debug)]
pub struct Router {
    routes: Route,
    incoming: FairQueue,
    /// The pipes whose routing id was given by us, whoever answers.
    named: PipeMap<()>,
    /// The routing id for the next pipe.
    next_name: Option<Bytes>,
    next_number: u32,
    mandatory: bool,
    hands_over: bool,
    probes: bool,
    /// Peers speak no protocol: see [`super::stream`].
    bare: bool,
    hello: Hello,
    /// A mandatory message was refused for want of room, and no lane had any since.
    blocked: bool,
}

impl Default for Router {
    fn default() -> Self {
        Self {
            routes: Route::default(),
            incoming: FairQueue::default(),
            named: PipeMap::default(),
            next_name: None,
            next_number: random_start(),
            mandatory: false,
            hands_over: false,
            probes: false,
            bare: false,
            hello: Hello::default(),
            blocked: false,
        }
    }
}

impl Router {
    /// A router without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One with peers that speak no protocol, and that refuses what it cannot route.
    pub(super) fn bare() -> Self {
        Self { bare: true, mandatory: true, ..Self::default() }
    }

    /// The id that a peer chose; else the one that its pipe had from us, or a new one.
    fn choose_id(&mut self, pipe: PipeId, peer: &PeerInfo) -> Bytes {
        if !peer.routing_id.is_empty() {
            // Its own copy: a slice would keep the whole buffer that it was read into.
            return Bytes::copy_from_slice(&peer.routing_id);
        }
        match self.routes.id_of(pipe) {
            Some(id) if id.first() == Some(&0) => id.clone(),
            _ => self.unused_id(),
        }
    }

    /// Gives the next pipe a routing id, unless it has one from the user.
    pub(super) fn name_next(&mut self) -> Option<Bytes> {
        if self.next_name.is_some() {
            return None;
        }
        self.next_name = Some(self.unused_id());
        self.next_name.clone()
    }

    /// The peer is routed to no longer, and goes once it has all that was sent to it.
    pub(super) fn finish(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.routes.release(pipe);
        pipes.finish(pipe);
    }

    fn unused_id(&mut self) -> Bytes {
        loop {
            self.next_number = self.next_number.wrapping_add(1);
            let [a, b, c, d] = self.next_number.to_be_bytes();
            let id = [0, a, b, c, d];
            if self.routes.find(&id).is_none() {
                return Bytes::copy_from_slice(&id);
            }
        }
    }

    fn register(&mut self, id: Bytes, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        let Err(holder) = self.routes.claim(id.clone(), pipe) else { return Ok(()) };
        if !self.hands_over {
            return Err(Reject);
        }
        self.routes.release(holder);
        pipes.close(holder);
        self.routes.claim(id, pipe).map_err(|_| Reject)
    }
}

impl Protocol for Router {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        if self.bare {
            self.name_next();
        }
        if let Some(name) = self.next_name.take() {
            self.register(name, pipe, pipes)?;
            self.named.insert(pipe, ());
        }
        self.hello.attach(pipe, pipes);
        Ok(())
    }

    fn ready(&mut self, pipe: PipeId, peer: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        if !self.named.contains(pipe) {
            let id = self.choose_id(pipe, peer);
            self.register(id, pipe, pipes)?;
        }
        self.blocked = false;
        self.incoming.readable(pipe, pipes);
        self.hello.ready(pipe, pipes);
        if self.probes && !self.bare {
            probe(pipe, pipes);
        }
        Ok(())
    }

    fn lost(&mut self, pipe: PipeId, _: &mut Pipes) {
        if !self.named.contains(pipe) {
            self.routes.release(pipe);
        }
        self.blocked = false;
    }

    fn detach(&mut self, pipe: PipeId, _: &mut Pipes) {
        self.routes.release(pipe);
        self.named.remove(pipe);
        self.hello.detach(pipe);
        self.blocked = false;
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        // A pipe without an id was refused, or is not ready yet and asked again when it is.
        if self.routes.id_of(pipe).is_some() {
            self.incoming.readable(pipe, pipes);
        }
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {
        self.blocked = false;
    }

    fn admit(
        &mut self,
        first: &Frame,
        pipes: &mut Pipes,
        _: Instant,
    ) -> Result<Admission, ErrorCode> {
        match self.routes.find(first) {
            Some(pipe) if pipes.reserve(pipe) => Ok(Admission::Pipe(pipe)),
            Some(_) if self.mandatory => {
                self.blocked = true;
                Err(ErrorCode::Again)
            }
            Some(_) => Ok(Admission::Drop(DropReason::QueueFull)),
            None if self.mandatory => Err(ErrorCode::HostUnreachable),
            None => Ok(Admission::Drop(DropReason::NoRoute)),
        }
    }

    fn commit(
        &mut self,
        admission: Admission,
        mut message: Message,
        pipes: &mut Pipes,
        now: Instant,
    ) {
        if self.bare {
            return self.commit_bare(admission, message, pipes, now);
        }
        if message.pop_front().is_some() {
            return settle(admission, message, pipes);
        }
        // Only a routing id, and nothing to send there.
        self.withdraw(admission, pipes);
        pipes.count_drop(DropReason::Malformed);
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        let mut message = self.incoming.recv(pipes).ok_or(ErrorCode::Again)?;
        let id = self.routes.id_of(message.origin()).cloned().unwrap_or_default();
        message.push_front(Frame::from(id));
        Ok(message)
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        levels(self.incoming.is_readable(pipes), !self.blocked)
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        match setting {
            Setting::RouterMandatory(on) => (self.mandatory, self.blocked) = (*on, false),
            Setting::RouterHandover(on) => self.hands_over = *on,
            Setting::RouterRaw(on) => self.bare = *on,
            Setting::ProbeRouter(on) => self.probes = *on,
            Setting::Hello(text) => self.hello.set(text),
            Setting::ConnectRoutingId(id) => self.next_name = Some(id.clone().into()),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, body, marks, parts};

    fn bench(settings: &[Setting]) -> Bench<Router> {
        let mut router = Router::new();
        for setting in settings {
            router.configure(setting).unwrap();
        }
        Bench::new(router)
    }

    #[test]
    fn messages_come_with_the_id_of_their_peer_and_go_to_it() {
        let mut bench = bench(&[]);
        let named = bench.add_named(marks(9), b"name").unwrap();
        let unnamed = bench.add(marks(9)).unwrap();
        bench.deliver(named, parts(&[b"", b"x"]));
        bench.deliver(unnamed, body(b"y"));
        assert_eq!(bench.levels(), Interest::IN | Interest::OUT);
        assert_eq!(bench.recv(), Ok(parts(&[b"name", b"", b"x"])));
        let message = bench.recv().unwrap();
        let id = message.frames()[0].to_vec();
        assert_eq!((id.len(), id[0]), (5, 0));
        assert_eq!(bench.send_message(parts(&[&id, b"to you"])), Ok(()));
        assert_eq!(bench.take(unnamed), Some(body(b"to you")));
        bench.deliver(named, body(b"last words"));
        bench.detach(named);
        assert_eq!(bench.recv(), Ok(parts(&[b"name", b"last words"])));
    }

    #[test]
    fn what_has_no_way_is_dropped_or_refused() {
        let full = parts(&[b"full", b"x"]);
        let cases = [
            (full.clone(), DropReason::QueueFull, ErrorCode::Again),
            (parts(&[b"nobody", b"x"]), DropReason::NoRoute, ErrorCode::HostUnreachable),
        ];
        for (message, reason, code) in cases {
            for mandatory in [false, true] {
                let mut bench = bench(&[Setting::RouterMandatory(mandatory)]);
                let peer = bench.add_named(marks(1), b"full").unwrap();
                assert_eq!(bench.send_message(full.clone()), Ok(()));
                let result = bench.send_message(message.clone());
                assert_eq!(result, if mandatory { Err(code) } else { Ok(()) });
                assert_eq!(bench.pipes.dropped(reason), u64::from(!mandatory));
                assert_eq!(bench.levels() == Interest::NONE, result == Err(ErrorCode::Again));
                bench.take(peer);
                assert_eq!(bench.levels(), Interest::OUT);
            }
        }
    }

    #[test]
    fn a_lone_routing_id_is_no_message_and_leaves_no_place_taken() {
        let mut bench = bench(&[]);
        let peer = bench.add_named(marks(1), b"a").unwrap();
        assert_eq!(bench.send(b"a"), Ok(()));
        assert_eq!(bench.pipes.dropped(DropReason::Malformed), 1);
        assert_eq!(bench.send_message(parts(&[b"a", b"x"])), Ok(()));
        assert_eq!(bench.take(peer), Some(body(b"x")));
    }

    #[test]
    fn an_id_in_use_is_refused_or_handed_over() {
        let mut refusing = bench(&[]);
        let first = refusing.add_named(marks(9), b"a").unwrap();
        assert_eq!(refusing.add_named(marks(9), b"a"), Err(Reject));
        refusing.send_message(parts(&[b"a", b"x"])).unwrap();
        assert_eq!(refusing.waiting(first), 1);

        let mut bench = bench(&[Setting::RouterHandover(true)]);
        let first = bench.add_named(marks(9), b"a").unwrap();
        let second = bench.add_named(marks(9), b"a").unwrap();
        assert_eq!(bench.closed(), [first]);
        bench.deliver(first, body(b"before"));
        bench.detach(first);
        assert_eq!(bench.recv(), Ok(parts(&[b"a", b"before"])));
        bench.send_message(parts(&[b"a", b"x"])).unwrap();
        assert_eq!(bench.waiting(second), 1);
    }

    #[test]
    fn a_pipe_that_connects_is_routed_to_while_it_has_a_peer_or_a_name_from_us() {
        for name in [None, Some(b"ours".to_vec())] {
            let settings: Vec<_> = name.iter().cloned().map(Setting::ConnectRoutingId).collect();
            let mut bench = bench(&settings);
            bench.protocol.configure(&Setting::RouterMandatory(true)).unwrap();
            let peer = bench.add_pending(marks(9)).unwrap();
            let id: &[u8] = if name.is_some() { b"ours" } else { b"theirs" };
            let between = if name.is_some() { Ok(()) } else { Err(ErrorCode::HostUnreachable) };
            for _ in 0..2 {
                assert_eq!(bench.send_message(parts(&[id, b"x"])), between);
                bench.ready(peer, b"theirs").unwrap();
                assert_eq!(bench.send_message(parts(&[id, b"x"])), Ok(()));
                bench.lost(peer);
            }
        }
    }
}
