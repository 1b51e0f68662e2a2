//! STREAM: peers that speak no protocol of ours, each with a number, and the bytes that they send.
//!
//! Made by the table of socket kinds. A ROUTER with bare peers (`ZMQ_ROUTER_RAW`) that refuses what it cannot
//! route. Such a ROUTER names each pipe itself, when it is attached. A message is a routing id and bytes; no
//! bytes at all ask for the end of that peer, after what was sent to it before; what it had sent can still be
//! received. Peers that come and go are told by their connections.

use std::time::Instant;

use super::router::Router;
use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PeerInfo, PipeId},
    option::Setting,
    pattern::{Admission, DropReason, Pipes, Protocol, Reject, strategy::settle},
};

/// See the module's text.
#[derive(Debug)]
pub struct Stream {
    router: Router,
    /// What the socket's own routing id reads as: in libzmq that is how a program learns whom it connected to.
    shown_id: Option<Vec<u8>>,
}

impl Default for Stream {
    fn default() -> Self {
        Self { router: Router::bare(), shown_id: None }
    }
}

impl Stream {
    /// A socket without peers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Router {
    /// One message may hold several for one peer after the other, as programs write it that send each frame
    /// with MORE: what is for the same peer goes as one. Of the rest only the first can be waited for.
    pub(super) fn commit_bare(
        &mut self,
        admission: Admission,
        message: Message,
        pipes: &mut Pipes,
        now: Instant,
    ) {
        let mut frames = message.into_frames().into_iter().peekable();
        let mut first = Some(Ok(admission));
        while let Some(id) = frames.next() {
            let admission = first.take().unwrap_or_else(|| self.admit(&id, pipes, now));
            let mut bodies: Vec<_> = frames.next().into_iter().collect();
            let is_whole = !bodies.is_empty();
            while frames.next_if(|next| *next == id).is_some() {
                bodies.extend(frames.next());
            }
            match admission {
                Ok(admission) if is_whole => self.write(admission, bodies, pipes),
                Ok(admission) => {
                    self.withdraw(admission, pipes);
                    pipes.count_drop(DropReason::Malformed);
                }
                Err(ErrorCode::Again) => pipes.count_drop(DropReason::QueueFull),
                Err(_) => pipes.count_drop(DropReason::NoRoute),
            }
        }
    }

    /// Sends to a peer that was admitted, up to the empty frame that ends it.
    fn write(&mut self, admission: Admission, mut bodies: Vec<Frame>, pipes: &mut Pipes) {
        let end = bodies.iter().position(|body| body.is_empty());
        bodies.truncate(end.unwrap_or(bodies.len()));
        if bodies.is_empty() {
            self.withdraw(admission, pipes);
        } else {
            settle(admission, Message::from_frames(bodies), pipes);
        }
        if let (Some(_), Admission::Pipe(pipe)) = (end, admission) {
            self.finish(pipe, pipes);
        }
    }
}

impl Protocol for Stream {
    fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) -> Result<(), Reject> {
        if let Some(id) = self.router.name_next() {
            self.shown_id = Some(id.to_vec());
        }
        self.router.attach(pipe, pipes)
    }

    fn ready(&mut self, pipe: PipeId, peer: &PeerInfo, pipes: &mut Pipes) -> Result<(), Reject> {
        self.router.ready(pipe, peer, pipes)
    }

    fn lost(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.router.lost(pipe, pipes);
    }

    fn detach(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.router.detach(pipe, pipes);
    }

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.router.readable(pipe, pipes);
    }

    fn writable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.router.writable(pipe, pipes);
    }

    fn admit(
        &mut self,
        first: &Frame,
        pipes: &mut Pipes,
        now: Instant,
    ) -> Result<Admission, ErrorCode> {
        self.router.admit(first, pipes, now)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, now: Instant) {
        self.router.commit(admission, message, pipes, now);
    }

    fn recv(&mut self, pipes: &mut Pipes, now: Instant) -> Result<Message, ErrorCode> {
        self.router.recv(pipes, now)
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        self.router.readiness(pipes)
    }

    fn routing_id(&self) -> Option<&[u8]> {
        self.shown_id.as_deref()
    }

    fn configure(&mut self, setting: &Setting) -> Result<(), ErrorCode> {
        match setting {
            Setting::RoutingId(id) => self.shown_id = Some(id.clone()),
            Setting::ConnectRoutingId(_) => self.router.configure(setting)?,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, End, body, marks, parts};

    /// A peer and its routing id.
    fn add(bench: &mut Bench<Stream>, room: usize) -> (End, Vec<u8>) {
        let end = bench.add(marks(room)).unwrap();
        (end, bench.protocol.routing_id().unwrap().to_vec())
    }

    fn bench() -> Bench<Stream> {
        Bench::new(Stream::new())
    }

    #[test]
    fn bytes_come_with_the_id_of_their_peer_and_go_to_it() {
        let mut bench = bench();
        assert_eq!(bench.protocol.routing_id(), None);
        let ((a, a_id), (b, b_id)) = (add(&mut bench, 9), add(&mut bench, 9));
        assert_eq!((a_id.len(), a_id[0]), (5, 0));
        assert_ne!(a_id, b_id);
        bench.deliver(a, body(b"bytes"));
        assert_eq!(bench.recv(), Ok(parts(&[&a_id, b"bytes"])));
        assert_eq!(bench.send_message(parts(&[&b_id, b"more"])), Ok(()));
        assert_eq!([bench.take(a), bench.take(b)], [None, Some(body(b"more"))]);
        bench.deliver(b, body(b"last"));
        bench.detach(b);
        assert_eq!(bench.recv(), Ok(parts(&[&b_id, b"last"])));
        let late = bench.send_message(parts(&[&b_id, b"late"]));
        assert_eq!(late, Err(ErrorCode::HostUnreachable));
    }

    #[test]
    fn a_pipe_keeps_its_id_whoever_is_at_its_end() {
        for name in [None, Some(b"name")] {
            let mut bench = bench();
            if let Some(name) = name {
                let setting = Setting::ConnectRoutingId(name.to_vec());
                bench.protocol.configure(&setting).unwrap();
            }
            let peer = bench.add_pending(marks(9)).unwrap();
            let own = bench.protocol.routing_id().map(<[u8]>::to_vec);
            let id = name.map_or_else(|| own.clone().unwrap(), |name| name.to_vec());
            assert_eq!(own.is_none(), name.is_some());
            for _ in 0..2 {
                assert_eq!(bench.send_message(parts(&[&id, b"early"])), Ok(()));
                bench.ready(peer, b"").unwrap();
                bench.deliver(peer, body(b"hi"));
                assert_eq!(bench.recv(), Ok(parts(&[&id, b"hi"])));
                bench.lost(peer);
            }
        }
    }

    #[test]
    fn no_bytes_end_a_peer_after_what_was_sent_before() {
        let mut bench = bench();
        let (peer, id) = add(&mut bench, 9);
        assert_eq!(bench.send_message(parts(&[&id, b"page", &id, b"", &id, b"late"])), Ok(()));
        assert_eq!(bench.closed(), [peer]);
        assert_eq!([bench.take(peer), bench.take(peer)], [Some(body(b"page")), None]);
        let again = bench.send_message(parts(&[&id, b""]));
        assert_eq!(again, Err(ErrorCode::HostUnreachable));
    }

    #[test]
    fn a_message_may_hold_several() {
        let mut bench = bench();
        let ((a, a_id), (b, b_id)) = (add(&mut bench, 1), add(&mut bench, 1));
        let all = parts(&[&a_id, b"1", &a_id, b"2", &b_id, b"3", b"nobody", b"4", &a_id, b"5"]);
        assert_eq!(bench.send_message(all), Ok(()));
        assert_eq!([bench.take(a), bench.take(a)], [Some(parts(&[b"1", b"2"])), None]);
        assert_eq!([bench.take(b), bench.take(b)], [Some(body(b"3")), None]);
        let dropped = [DropReason::NoRoute, DropReason::QueueFull];
        assert_eq!(dropped.map(|reason| bench.pipes.dropped(reason)), [1, 1]);
    }

    #[test]
    fn a_full_peer_is_waited_for_and_a_lone_id_takes_no_place() {
        let mut bench = bench();
        let (peer, id) = add(&mut bench, 1);
        assert_eq!(bench.send(&id), Ok(()));
        assert_eq!(bench.pipes.dropped(DropReason::Malformed), 1);
        assert_eq!(bench.send_message(parts(&[&id, b"1"])), Ok(()));
        assert_eq!(bench.send_message(parts(&[&id, b"2"])), Err(ErrorCode::Again));
        assert_eq!(bench.levels(), Interest::NONE);
        bench.take(peer);
        assert_eq!(bench.levels(), Interest::OUT);
    }
}
