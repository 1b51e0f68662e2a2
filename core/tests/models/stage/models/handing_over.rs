//! Handing over: a connection whose lane refused goes on when there is room, whoever drives the socket
//! then. Gate, lane, waiting and the hub's notes are the engine's; the peer has sent all, and no news of
//! its stream will come.

use ::std::sync::Arc;

use loom::thread;

use super::check;
use crate::{
    interest::Interest,
    reactor::{Scratch, gate::Tick},
    session::Hub,
    wait,
};

/// So many that the lane refuses twice.
const MESSAGES: usize = 3;

/// The I/O thread reads until the lane refuses, while a thread receives.
pub fn a_refusal() {
    check(2, || {
        let hub = Hub::new(MESSAGES, Vec::new());
        assert!(hub.gate.serve(|_| true));
        let driven = hub.clone();
        let io = thread::spawn(move || {
            driven.serve();
            run(&driven);
        });
        for _ in 0..MESSAGES {
            let received = wait::until(hub.readiness(), Interest::IN, || None, || hub.receive());
            received.expect("nothing else ends it");
        }
        io.join().expect("it ends");
    });
}

/// A thread makes room as another stops driving, and the I/O thread takes the socket back.
pub fn to_the_io_thread() {
    check(2, || {
        let hub = Hub::new(2, Vec::new());
        hub.serve();
        assert!(hub.enter().is_some());
        let (driven, receiver) = (hub.clone(), hub.clone());
        let io = thread::spawn(move || run(&driven));
        let receiver = thread::spawn(move || receiver.receive().expect("one is there"));
        hub.leave();
        receiver.join().expect("it ends");
        io.join().expect("it ends");
    });
}

/// Follows the I/O thread, until all is read.
fn run(hub: &Hub) {
    while hub.drive().reader.left > 0 {
        let requests = hub.realm.sleep();
        if requests.attend || requests.lend && hub.gate.tick(|_| true) == Tick::TakenBack {
            hub.turn(&mut Scratch::default());
        }
    }
}
