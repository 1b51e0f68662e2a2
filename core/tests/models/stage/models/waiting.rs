//! Waiting: no thread sleeps while what it waits for holds. The waiter goes through `socket/wait.rs`,
//! the changer through `Readiness`.

use ::std::sync::Arc;

use loom::thread;

use super::check;
use crate::{
    atomic::{AtomicUsize, Ordering},
    interest::Interest,
    mio::Events,
    reactor::{Readiness, Waiter},
    session::Hub,
    wait,
};

/// The waiter looks at the levels, as a poller does: no lock orders that.
pub fn a_level() {
    check(3, || {
        let readiness = Arc::new(Readiness::default());
        let changed = readiness.clone();
        let changer = thread::spawn(move || {
            changed.set(Interest::IN, Interest::IN).fire(&changed);
        });
        let holds = || readiness.levels().intersects(Interest::IN).then_some(());
        wait::until(&*readiness, Interest::IN, || None, holds).expect("nothing else ends it");
        changer.join().expect("it ends");
    });
}

/// What is waited for is no level, but an event that leaves a trace.
pub fn an_event() {
    check(3, || {
        let readiness = Arc::new(Readiness::default());
        let peers = Arc::new(AtomicUsize::new(0));
        let (changed, came) = (readiness.clone(), peers.clone());
        let changer = thread::spawn(move || {
            came.store(1, Ordering::SeqCst);
            changed.pulse(Interest::PEERS).fire(&changed);
        });
        let there = || (peers.load(Ordering::SeqCst) == 1).then_some(());
        wait::until(&*readiness, Interest::PEERS, || None, there).expect("nothing else ends it");
        changer.join().expect("it ends");
    });
}

/// The same where the waiter sleeps in the socket's poll, which another thread needs first.
pub fn a_message_behind_a_call() {
    check(3, || {
        let hub = Hub::new(1, Vec::new());
        let waiter = waiter(&hub);
        hub.poll.with(|_| ());
        hub.serve();
        waiter.join().expect("it ends");
    });
}

/// Another thread looks into the poll, perhaps just as the waiter is to be woken.
pub fn a_message_and_a_look() {
    check(3, || {
        let hub = Hub::new(1, Vec::new());
        let waiter = waiter(&hub);
        let other = hub.clone();
        let looker = thread::spawn(move || {
            other.poll.look(&mut Events::default()).expect("nothing fails here");
        });
        hub.serve();
        waiter.join().expect("it ends");
        looker.join().expect("it ends");
    });
}

/// A thread that receives a message. It follows `wait::sleep`, which a failed model cannot take down.
fn waiter(hub: &Arc<Hub>) -> thread::JoinHandle<()> {
    let hub = hub.clone();
    thread::spawn(move || {
        let bed = hub.poll.bed().expect("it is free");
        let mut received = None;
        while received.is_none() {
            let armed = hub.readiness().arm(Interest::IN, Waiter::Park(bed.prepare()));
            received = hub.receive();
            if received.is_none() {
                bed.sleep(&mut Events::default(), None).expect("nothing fails here");
            }
            hub.readiness().disarm(armed);
            received = received.or_else(|| hub.receive());
        }
    })
}

/// A message, which the I/O thread delivers.
pub fn a_message() {
    check(2, || {
        let hub = Hub::new(1, Vec::new());
        let other = hub.clone();
        let waiter = thread::spawn(move || {
            let received =
                wait::until(other.readiness(), Interest::IN, || None, || other.receive());
            received.expect("nothing else ends it");
        });
        hub.serve();
        waiter.join().expect("it ends");
    });
}
