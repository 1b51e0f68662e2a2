//! Gathering: no message stays in the lane to a stream that takes bytes. The lane and the writer are
//! the engine's, and so is the hub's flag.

use ::std::sync::Arc;

use loom::thread;

use super::check;
use crate::{
    message::Message,
    pattern::{
        Lane,
        lane::{Asks, Marks},
    },
    session::{Hub, pace::Cause, watch::Watch, writer::Writer},
    transport::Stream,
    wire::Encoder,
};

/// Two threads send and flush: who finds the writer taken leaves its message to the holder.
pub fn two_that_flush() {
    check(3, || {
        let (hub, writer) = streaming(false);
        let (other, its) = (hub.clone(), writer.clone());
        let sender = thread::spawn(move || send(&other, &its));
        send(&hub, &writer);
        sender.join().expect("it ends");
        assert_eq!(writer.unsent(), 0, "a message was left behind");
    });
}

/// A message is gathered just as the I/O thread finds that the stream has ended.
pub fn the_end_of_a_stream() {
    check(3, || {
        let (hub, writer) = streaming(true);
        let (other, its) = (hub.clone(), writer.clone());
        let sender = thread::spawn(move || send(&other, &its));
        while writer.lane().is_streaming() {
            let _ = writer.flush(Cause::Overdue);
            thread::yield_now();
        }
        sender.join().expect("it ends");
        assert_eq!(writer.unsent(), 0, "a message was left behind, and nobody looks after it");
    });
}

/// A sender waits for room in the midst of a stream: much is gathered, and the stream goes on.
pub fn a_wait_within_a_stream() {
    check(1, || {
        let (hub, writer) = streaming(true);
        for _ in 0..16 {
            send(&hub, &writer);
        }
        let _ = writer.flush(Cause::Overdue);
        assert_eq!(writer.unsent(), 0, "a message was left behind");
        assert!(writer.lane().is_streaming(), "the stream ended");
    });
}

/// Two threads wait, and flush what is gathered first. The second began a new stream just now.
pub fn two_that_wait() {
    check(3, || {
        let (hub, writer) = streaming(true);
        send(&hub, &writer);
        let (other, its) = (hub.clone(), writer.clone());
        let sender = thread::spawn(move || {
            its.lane().start_streaming();
            send(&other, &its);
            other.flush_gathered();
        });
        hub.flush_gathered();
        sender.join().expect("it ends");
        assert_eq!(writer.unsent(), 0, "a message was left behind though its sender waits");
    });
}

/// A hub with one connection, whose messages are gathered or not.
fn streaming(gathers: bool) -> (Arc<Hub>, Arc<Writer>) {
    let lane = Lane::new(Marks::new(100, 0));
    let writer = Arc::new(Writer::new(lane.clone()));
    writer.plug(Arc::new(Stream), Watch);
    writer.install(Encoder::Zmtp { minor: 1 }, None);
    if gathers {
        lane.start_streaming();
    }
    (Hub::new(0, vec![writer.clone()]), writer)
}

/// Follows `Pipe::push` and `StreamEnd`: pushes, and does what the lane asks for.
fn send(hub: &Hub, writer: &Writer) {
    let pushed = writer.lane().push(Message::new(vec![0])).expect("there is room");
    match pushed.asks {
        Asks::Work => drop(writer.flush(Cause::Sent { others: 0 })),
        Asks::Gathered => hub.note_gathered(),
        Asks::Quiet => {}
    }
}
