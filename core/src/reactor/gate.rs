//! Gate: who drives a socket. A thread that waits for it drives it itself (no hop to another thread
//! and back); while nobody waits, the I/O thread does.
//!
//! Handing over is sticky. The first wait withdraws the socket's poll from the I/O thread's; when
//! the last waiter leaves, the socket is only *lent*: the I/O thread ticks, and takes it back at a
//! tick that finds no wait since the last one. It ticks only while some socket is lent.

use std::{
    os::fd::RawFd,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

#[derive(Debug, Default)]
struct State {
    /// The socket's own poll, once it has one.
    descriptor: Option<RawFd>,
    /// Threads that drive it now.
    drivers: usize,
    /// Waits so far, and how many there were at the last tick.
    waits: u64,
    waits_at_tick: u64,
    /// The I/O thread ticks for it.
    lent: bool,
}

/// What a tick found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Waits keep coming: look again at the next tick.
    Keep,
    /// A thread has driven it since the last tick: it will say when it leaves.
    Driven,
    /// Nobody waited since the last tick: it is the I/O thread's again.
    TakenBack,
}

/// See the module's text. `withdraw` and `give` are how the I/O thread's poll is changed; they are
/// called under the gate's lock, so that they cannot cross.
#[derive(Debug, Default)]
pub struct Gate {
    state: Mutex<State>,
    /// The I/O thread's poll watches the socket's.
    served: AtomicBool,
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The socket has a poll of its own from now on.
    pub fn set_descriptor(&self, descriptor: RawFd) {
        self.state().descriptor = Some(descriptor);
    }

    /// The socket's poll, once it has one.
    #[must_use]
    pub fn descriptor(&self) -> Option<RawFd> {
        self.state().descriptor
    }

    /// Whether the I/O thread drives it.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.served.load(Ordering::SeqCst)
    }

    /// Whether it has something to drive and the I/O thread leaves that to others for now.
    #[must_use]
    pub fn is_lent(&self) -> bool {
        !self.is_served() && self.state().descriptor.is_some()
    }

    /// A thread comes to drive. Answers the poll to watch; nothing while there is none.
    pub fn enter(&self, withdraw: impl FnOnce(RawFd)) -> Option<RawFd> {
        let mut state = self.state();
        let descriptor = state.descriptor?;
        state.drivers += 1;
        state.waits += 1;
        if self.served.swap(false, Ordering::SeqCst) {
            withdraw(descriptor);
        }
        Some(descriptor)
    }

    /// A driving thread leaves. True when the I/O thread must be asked to tick for the socket.
    #[must_use]
    pub fn leave(&self) -> bool {
        let mut state = self.state();
        state.drivers -= 1;
        if state.drivers > 0 || state.lent {
            return false;
        }
        state.lent = true;
        state.waits_at_tick = state.waits;
        true
    }

    /// A thread looks in without waiting. True when the socket is lent: then it does what there is to
    /// do, which counts as a wait, since the I/O thread would only be in its way.
    pub fn look_in(&self) -> bool {
        let mut state = self.state();
        let lent = state.descriptor.is_some() && !self.is_served();
        state.waits += u64::from(lent);
        lent
    }

    /// The I/O thread serves the socket, unless a thread drives it or had it lent a moment ago. False
    /// when the poll could not be given to it.
    pub fn serve(&self, give: impl FnOnce(RawFd) -> bool) -> bool {
        let state = self.state();
        match state.descriptor {
            Some(descriptor) if state.drivers == 0 && !state.lent && !self.is_served() => {
                let given = give(descriptor);
                self.served.store(given, Ordering::SeqCst);
                given
            }
            _ => true,
        }
    }

    /// The I/O thread looks at a lent socket.
    pub fn tick(&self, give: impl FnOnce(RawFd) -> bool) -> Tick {
        let mut state = self.state();
        if state.waits != state.waits_at_tick {
            // Also while one of them lasts: after each short one the thread would have to be asked again.
            state.waits_at_tick = state.waits;
            return Tick::Keep;
        }
        if state.drivers > 0 {
            state.lent = false;
            return Tick::Driven;
        }
        let Some(descriptor) = state.descriptor else { return Tick::Keep };
        if !give(descriptor) {
            return Tick::Keep;
        }
        state.lent = false;
        self.served.store(true, Ordering::SeqCst);
        Tick::TakenBack
    }

    /// The I/O thread forgets the socket.
    pub fn forget(&self, withdraw: impl FnOnce(RawFd)) {
        let state = self.state();
        if let (true, Some(descriptor)) =
            (self.served.swap(false, Ordering::SeqCst), state.descriptor)
        {
            withdraw(descriptor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_goes_from_the_io_thread_to_a_waiter_and_back() {
        let gate = Gate::default();
        assert_eq!(gate.enter(|_| panic!("nothing to withdraw")), None);
        gate.set_descriptor(7);
        assert!(gate.serve(|descriptor| descriptor == 7));
        assert!(gate.is_served());
        let mut withdrawn = 0;
        assert_eq!(gate.enter(|_| withdrawn += 1), Some(7));
        assert_eq!(gate.enter(|_| withdrawn += 1), Some(7));
        assert_eq!((withdrawn, gate.is_served()), (1, false));
        assert!(!gate.leave(), "another thread still drives");
        assert!(gate.leave(), "the first leave asks for ticks");
        assert!(gate.serve(|_| panic!("it is lent")));
        gate.enter(|_| panic!("withdrawn already"));
        assert!(!gate.leave(), "ticks were asked for");
        assert_eq!(gate.tick(|_| panic!("waits keep coming")), Tick::Keep);
        assert_eq!(gate.tick(|descriptor| descriptor == 7), Tick::TakenBack);
        assert!(gate.is_served());
    }

    #[test]
    fn looking_in_keeps_a_socket_lent_but_takes_none() {
        let gate = Gate::default();
        gate.set_descriptor(7);
        assert!(gate.serve(|_| true));
        assert!(!gate.look_in(), "the I/O thread serves it");
        gate.enter(|_| ());
        assert!(gate.leave());
        assert!(gate.look_in());
        assert_eq!(gate.tick(|_| panic!("it was looked into")), Tick::Keep);
        assert_eq!(gate.tick(|_| true), Tick::TakenBack);
    }

    #[test]
    fn a_wait_that_lasts_ends_the_ticking() {
        let gate = Gate::default();
        gate.set_descriptor(7);
        gate.enter(|_| ());
        assert!(gate.leave());
        gate.enter(|_| ());
        assert_eq!(gate.tick(|_| panic!("it is driven")), Tick::Keep, "waits keep coming");
        assert_eq!(gate.tick(|_| panic!("it is driven")), Tick::Driven);
        assert!(gate.leave(), "ticks must be asked for again");
    }
}
