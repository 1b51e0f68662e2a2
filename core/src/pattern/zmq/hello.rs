//! Hello: the message that each new peer is sent first (`ZMQ_HELLO_MSG`, `ZMQ_XPUB_WELCOME_MSG`), and
//! again when it comes back.
//!
//! Used by DEALER, ROUTER and XPUB.

use crate::{
    message::{Message, PipeId},
    pattern::{Pipes, strategy::PipeMap},
};

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct Hello {
    /// Nothing is said while it is empty.
    text: Vec<u8>,
    /// The pipes whose first peer finds it in front of all that was sent before it came.
    ahead: PipeMap<()>,
}

impl Hello {
    pub(super) fn set(&mut self, text: &[u8]) {
        text.clone_into(&mut self.text);
    }

    /// A pipe is there: nothing has been sent to it.
    pub(super) fn attach(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        if !self.text.is_empty() {
            self.say(pipe, pipes);
            self.ahead.insert(pipe, ());
        }
    }

    /// A peer is there, the first of its pipe or the next.
    pub(super) fn ready(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        if self.ahead.remove(pipe).is_none() && !self.text.is_empty() {
            self.say(pipe, pipes);
        }
    }

    pub(super) fn detach(&mut self, pipe: PipeId) {
        self.ahead.remove(pipe);
    }

    fn say(&self, pipe: PipeId, pipes: &mut Pipes) {
        pipes.push_or_drop(pipe, Message::new(&*self.text));
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        option::Setting,
        pattern::{
            Protocol,
            testing::{Bench, body, marks},
            zmq::{Dealer, Router},
        },
    };

    /// What the peers of a pipe that is there before them are sent: the first, and the one after it.
    fn heard(mut protocol: impl Protocol) -> [Vec<&'static [u8]>; 2] {
        protocol.configure(&Setting::Hello(b"hello".to_vec())).unwrap();
        let mut bench = Bench::new(protocol);
        let peer = bench.add_pending(marks(9)).unwrap();
        let _ = bench.send(b"early");
        [b"one", b"two"].map(|name| {
            bench.ready(peer, name).unwrap();
            let seen = std::iter::from_fn(|| bench.take(peer));
            let known = [b"hello".as_slice(), b"early"];
            let named = seen.map(|one| *known.iter().find(|text| one == body(text)).unwrap());
            let named = named.collect();
            bench.lost(peer);
            named
        })
    }

    #[test]
    fn each_peer_is_greeted_before_anything_else() {
        let [first, second] = heard(Dealer::new());
        assert_eq!(
            (first, second),
            (vec![b"hello".as_slice(), b"early"], vec![b"hello".as_slice()])
        );
        let [first, second] = heard(Router::new());
        assert_eq!((first, second), (vec![b"hello".as_slice()], vec![b"hello".as_slice()]));
    }
}
