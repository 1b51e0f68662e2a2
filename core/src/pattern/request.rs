//! Requests: their ids, and the one that waits for its answer, with the time to ask again.
//!
//! Used by req0, and REQ for its ids. Pure: time is an argument, deadlines are answers.

use std::time::{Duration, Instant};

use super::{
    Pipes,
    strategy::{LoadBalance, random_start},
};
use crate::message::{Message, PipeId};

/// Bit 31 tells a request id from the hop tags before it (`sp-request-reply-01`, section 3).
pub const ID_BIT: u32 = 0x8000_0000;

/// Request ids: counted from a random start, so that an answer to an earlier socket's request is
/// not taken for one to ours; always with bit 31.
#[derive(Debug)]
pub struct RequestIds(u32);

impl Default for RequestIds {
    fn default() -> Self {
        Self(random_start())
    }
}

impl RequestIds {
    /// A new id.
    pub fn allocate(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(1);
        self.0 | ID_BIT
    }
}

/// When to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resend {
    Never,
    At(Instant),
    /// Sent again by an event that brought no time. The instant is past, so that the timer comes at
    /// once and says what time it is.
    Unstamped(Instant),
}

impl Resend {
    fn after(interval: Duration, now: Instant) -> Self {
        if interval.is_zero() {
            return Self::Never;
        }
        // An interval beyond the clock's range is never.
        now.checked_add(interval).map_or(Self::Never, Self::At)
    }
}

/// A request that waits for its answer.
#[derive(Debug)]
pub struct Outstanding {
    id: u32,
    request: Message,
    /// The pipe that it was sent by; none while it waits for one to send it by again.
    carrier: Option<PipeId>,
    sent: Instant,
    resend: Resend,
}

impl Outstanding {
    /// A request that was just sent by a pipe, or is to be sent by the next that has room. An
    /// `interval` of zero means that only the loss of its pipe makes it be sent again.
    #[must_use]
    pub fn new(
        id: u32,
        request: Message,
        carrier: Option<PipeId>,
        now: Instant,
        interval: Duration,
    ) -> Self {
        Self { id, request, carrier, sent: now, resend: Resend::after(interval, now) }
    }

    /// The id that its answer bears.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// When [`Outstanding::expire`] wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.resend {
            // Without a carrier it waits for room, not for time.
            _ if self.carrier.is_none() => None,
            Resend::Never => None,
            Resend::At(at) | Resend::Unstamped(at) => Some(at),
        }
    }

    /// A pipe is gone: if it carried the request, another must.
    pub fn lose(&mut self, pipe: PipeId, peers: &mut LoadBalance, pipes: &mut Pipes) {
        if self.carrier == Some(pipe) {
            self.carrier = None;
            self.send_if_stranded(peers, pipes);
        }
    }

    /// Some pipe has room: the request takes it if it waits for one.
    pub fn send_if_stranded(&mut self, peers: &mut LoadBalance, pipes: &mut Pipes) {
        if self.carrier.is_some() {
            return;
        }
        self.carrier = peers.send(self.request.clone(), pipes).ok();
        if self.resend != Resend::Never {
            self.resend = Resend::Unstamped(self.sent);
        }
    }

    /// Asks again if it is time.
    pub fn expire(
        &mut self,
        now: Instant,
        interval: Duration,
        peers: &mut LoadBalance,
        pipes: &mut Pipes,
    ) {
        if self.deadline().is_none_or(|at| now < at) {
            return;
        }
        if matches!(self.resend, Resend::At(_)) {
            self.carrier = peers.send(self.request.clone(), pipes).ok();
        }
        self.sent = now;
        self.resend = Resend::after(interval, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_bit_31_when_they_wrap() {
        let mut ids = RequestIds(0xffff_fffe);
        assert_eq!(
            [ids.allocate(), ids.allocate(), ids.allocate()],
            [u32::MAX, ID_BIT, ID_BIT | 1]
        );
        let mut ids = RequestIds(0x7fff_fffe);
        assert_eq!(
            [ids.allocate(), ids.allocate(), ids.allocate()],
            [u32::MAX, ID_BIT, ID_BIT | 1]
        );
    }
}
