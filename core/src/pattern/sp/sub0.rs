//! sub0: messages that begin with one of the subscriptions, from all peers
//! (`sp-publish-subscribe`).
//!
//! Made by the table of socket kinds. Publishers send everything, nothing about subscriptions goes
//! over the wire, and what none matches is dropped here and counted. With contexts a message goes to
//! each whose subscriptions match it, and one that does not read loses its oldest, as in nng.

use std::{collections::VecDeque, time::Instant};

use crate::{
    error::ErrorCode,
    interest::Interest,
    message::{Frame, Message, PipeId},
    pattern::{
        Admission, Command, ContextId, Contexts, DropReason, Pipes, Protocol, Refused, Reject,
        contexts::{Each, MOST_UNREAD},
        strategy::{Filter, Trie, levels, settle},
    },
};

/// What one context wants, and what it has not read of it.
#[derive(Debug, Default)]
struct Wants {
    subscriptions: Trie,
    unread: VecDeque<Message>,
}

impl Wants {
    fn is_hungry(&self) -> bool {
        self.unread.is_empty() && !self.subscriptions.is_empty()
    }
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Sub0 {
    /// All there is to do while there are no contexts.
    filter: Filter,
    /// The socket's own subscriptions are here too, so that all are served alike.
    wants: Each<Wants>,
}

impl Sub0 {
    /// A subscriber to nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands messages to all contexts that want them, as long as one of those has none to read.
    fn hand_out(&mut self, pipes: &mut Pipes) {
        if self.wants.is_alone() {
            return;
        }
        while self.wants.iter().any(Wants::is_hungry)
            && let Some(message) = self.filter.recv_any(pipes)
        {
            let mut wanted = false;
            for wants in self.wants.iter_mut() {
                if wants.subscriptions.matches(message.body()) {
                    wanted = true;
                    if wants.unread.len() >= MOST_UNREAD {
                        wants.unread.pop_front();
                        pipes.count_drop(DropReason::QueueFull);
                    }
                    wants.unread.push_back(message.clone());
                }
            }
            if !wanted {
                pipes.count_drop(DropReason::NotSubscribed);
            }
        }
    }

    fn is_shared(&self) -> bool {
        !self.wants.is_alone() || !self.wants.own().unread.is_empty()
    }

    /// The next message that a context still wants.
    fn next_of(&mut self, context: ContextId, pipes: &mut Pipes) -> Result<Message, ErrorCode> {
        loop {
            self.hand_out(pipes);
            let wants = self.wants.get(context)?;
            let Some(message) = wants.unread.pop_front() else { return Err(ErrorCode::Again) };
            if wants.subscriptions.matches(message.body()) {
                return Ok(message);
            }
            pipes.count_drop(DropReason::NotSubscribed);
        }
    }
}

impl Contexts for Sub0 {
    fn open(&mut self) -> ContextId {
        // Found ahead for the socket alone: there was no context yet.
        let ahead = self.filter.take_ahead();
        self.wants.own_mut().unread.extend(ahead);
        self.wants.open(Wants::default())
    }

    fn shut(&mut self, context: ContextId, pipes: &mut Pipes) {
        let unread = self.wants.shut(context).map_or(0, |wants| wants.unread.len());
        pipes.count_drops(DropReason::Closed, unread);
    }

    fn send_in(
        &mut self,
        _: ContextId,
        message: Message,
        _: &mut Pipes,
        _: Instant,
    ) -> Result<(), Refused> {
        Err(Refused { message, code: ErrorCode::NotSupported })
    }

    fn recv_in(
        &mut self,
        context: ContextId,
        pipes: &mut Pipes,
        _: Instant,
    ) -> Result<Message, ErrorCode> {
        self.next_of(context, pipes)
    }

    fn readiness_in(&mut self, context: ContextId, pipes: &mut Pipes) -> Interest {
        let next = self.next_of(context, pipes);
        let any = next.is_ok();
        if let (Ok(message), Ok(wants)) = (next, self.wants.get(context)) {
            wants.unread.push_front(message);
        }
        levels(any, false)
    }

    fn command_in(
        &mut self,
        context: ContextId,
        command: Command,
        _: &mut Pipes,
    ) -> Result<(), ErrorCode> {
        let subscriptions = &mut self.wants.get(context)?.subscriptions;
        match &command {
            Command::Subscribe(prefix) => {
                subscriptions.add(prefix);
            }
            // nanomsg answers EINVAL here, where libzmq says nothing.
            Command::Unsubscribe(prefix) => {
                subscriptions.remove(prefix).ok_or(ErrorCode::Invalid)?;
            }
        }
        if context == ContextId::OWN {
            match command {
                Command::Subscribe(prefix) => drop(self.filter.subscribe(&prefix)),
                Command::Unsubscribe(prefix) => drop(self.filter.unsubscribe(&prefix)),
            }
        }
        Ok(())
    }
}

impl Protocol for Sub0 {
    fn attach(&mut self, _: PipeId, _: &mut Pipes) -> Result<(), Reject> {
        Ok(())
    }

    fn detach(&mut self, _: PipeId, _: &mut Pipes) {}

    fn readable(&mut self, pipe: PipeId, pipes: &mut Pipes) {
        self.filter.readable(pipe, pipes);
    }

    fn writable(&mut self, _: PipeId, _: &mut Pipes) {}

    fn admit(&mut self, _: &Frame, _: &mut Pipes, _: Instant) -> Result<Admission, ErrorCode> {
        Err(ErrorCode::NotSupported)
    }

    fn commit(&mut self, admission: Admission, message: Message, pipes: &mut Pipes, _: Instant) {
        settle(admission, message, pipes);
    }

    fn recv(&mut self, pipes: &mut Pipes, _: Instant) -> Result<Message, ErrorCode> {
        if self.is_shared() {
            let next = self.next_of(ContextId::OWN, pipes);
            if next.is_ok() || !self.wants.is_alone() {
                return next;
            }
        }
        self.filter.recv(pipes).ok_or(ErrorCode::Again)
    }

    fn source(&self) -> Option<PipeId> {
        if self.is_shared() { None } else { self.filter.source() }
    }

    fn is_plain(&self) -> bool {
        self.filter.is_open() && !self.is_shared()
    }

    fn readiness(&mut self, pipes: &mut Pipes) -> Interest {
        if self.is_shared() {
            let own = Contexts::readiness_in(self, ContextId::OWN, pipes);
            if own.intersects(Interest::IN) || !self.wants.is_alone() {
                return own;
            }
        }
        levels(self.filter.is_readable(pipes), false)
    }

    fn command(&mut self, command: Command, pipes: &mut Pipes) -> Result<(), ErrorCode> {
        Contexts::command_in(self, ContextId::OWN, command, pipes)
    }

    fn contexts(&mut self) -> Option<&mut dyn Contexts> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::testing::{Bench, body, marks};

    #[test]
    fn only_what_is_subscribed_to_arrives() {
        let subscribe = |text: &[u8]| Command::Subscribe(text.to_vec());
        let unsubscribe = |text: &[u8]| Command::Unsubscribe(text.to_vec());
        let cases: &[(&[Command], &[&[u8]])] = &[
            (&[], &[]),
            (&[subscribe(b"")], &[b"ab", b"abc", b"x", b""]),
            (&[subscribe(b"ab")], &[b"ab", b"abc"]),
            (&[subscribe(b"abc"), subscribe(b"x")], &[b"abc", b"x"]),
            (&[subscribe(b"x"), subscribe(b"x"), unsubscribe(b"x")], &[b"x"]),
            (&[subscribe(b"x"), unsubscribe(b"x")], &[]),
        ];
        for (commands, expected) in cases {
            let mut bench = Bench::new(Sub0::new());
            let peer = bench.add(marks(9)).unwrap();
            for command in *commands {
                bench.protocol.command(command.clone(), &mut bench.pipes).unwrap();
            }
            for text in [b"ab".as_slice(), b"abc", b"x", b""] {
                bench.deliver(peer, body(text));
            }
            assert_eq!(bench.levels() == Interest::IN, !expected.is_empty());
            for text in *expected {
                assert_eq!(bench.recv(), Ok(body(text)));
            }
            assert_eq!(bench.recv(), Err(ErrorCode::Again));
            let dropped = bench.pipes.dropped(DropReason::NotSubscribed);
            assert_eq!(dropped as usize, 4 - expected.len());
        }
    }

    #[test]
    fn contexts_get_what_each_subscribed_to() {
        let mut bench = Bench::new(Sub0::new());
        let peer = bench.add(marks(0)).unwrap();
        let now = bench.now;
        let contexts = [bench.protocol.open(), bench.protocol.open()];
        for (context, prefix) in contexts.into_iter().zip([b"a", b"b"]) {
            let subscribe = Command::Subscribe(prefix.to_vec());
            Contexts::command_in(&mut bench.protocol, context, subscribe, &mut bench.pipes)
                .unwrap();
        }
        for _ in 0..MOST_UNREAD + 3 {
            bench.deliver(peer, body(b"a"));
        }
        for text in [b"b".as_slice(), b"x", b"ab", b"b"] {
            bench.deliver(peer, body(text));
        }
        let Bench { protocol, pipes, .. } = &mut bench;
        let mut recv = |context| {
            Contexts::recv_in(protocol, context, pipes, now).map(|message| message.body().to_vec())
        };
        assert_eq!([recv(contexts[1]), recv(contexts[1])], [Ok(b"b".to_vec()), Ok(b"b".to_vec())]);
        assert_eq!(recv(contexts[1]), Err(ErrorCode::Again));
        for _ in 0..MOST_UNREAD - 1 {
            assert_eq!(recv(contexts[0]), Ok(b"a".to_vec()));
        }
        assert_eq!(
            [recv(contexts[0]), recv(contexts[0])],
            [Ok(b"ab".to_vec()), Err(ErrorCode::Again)]
        );
        let dropped = |reason| pipes.dropped(reason);
        assert_eq!([dropped(DropReason::QueueFull), dropped(DropReason::NotSubscribed)], [4, 1]);
        assert_eq!(bench.recv(), Err(ErrorCode::Again), "the socket itself subscribed to nothing");
    }

    #[test]
    fn what_was_fetched_ahead_is_looked_at_again() {
        let mut bench = Bench::new(Sub0::new());
        let peer = bench.add(marks(9)).unwrap();
        bench.protocol.command(Command::Subscribe(b"a".to_vec()), &mut bench.pipes).unwrap();
        bench.deliver(peer, body(b"a"));
        assert_eq!(bench.levels(), Interest::IN);
        let unsubscribe = || Command::Unsubscribe(b"a".to_vec());
        assert_eq!(bench.protocol.command(unsubscribe(), &mut bench.pipes), Ok(()));
        assert_eq!(bench.levels(), Interest::NONE);
        let again = bench.protocol.command(unsubscribe(), &mut bench.pipes);
        assert_eq!(again, Err(ErrorCode::Invalid));
    }
}
