//! Tests of the lane.

use bytes::Bytes;

use super::*;
use crate::message::{Message, OutBuf};

fn message(size: usize) -> Message {
    Message::new(vec![0; size])
}

#[test]
fn after_a_refusal_room_returns_at_half() {
    let lane = Lane::new(Marks::new(4, 0));
    for _ in 0..4 {
        assert!(lane.push(message(1)).is_ok());
    }
    assert!(lane.push(message(1)).is_err());
    assert!(!lane.pop().unwrap().1);
    assert!(lane.push(message(1)).is_err(), "no room before half is drained");
    assert!(lane.pop().unwrap().1);
    assert!(lane.push(message(1)).is_ok());
}

#[test]
fn a_message_over_the_bytes_mark_passes_when_the_lane_is_empty() {
    let lane = Lane::new(Marks::new(0, 10));
    assert!(lane.push(message(100)).is_ok());
    assert!(lane.push(message(1)).is_err());
    assert!(lane.pop().unwrap().1);
    assert!(lane.push(message(1)).is_ok());
}

#[test]
fn only_the_newest_is_kept_where_that_is_wanted() {
    let lane = Lane::new(Marks::NEWEST_ONLY);
    lane.set_open(true);
    for size in 1..4 {
        let pushed = lane.push(message(size)).unwrap();
        assert_eq!(pushed.asks, if size == 1 { Asks::Work } else { Asks::Quiet });
        assert!(lane.push_through(&message(9)).is_err());
    }
    assert_eq!(lane.load(), Load { messages: 1, bytes: 3 });
    lane.set_marks(Marks::new(0, 0));
    lane.push(message(3)).unwrap();
    lane.set_marks(Marks::NEWEST_ONLY);
    assert_eq!(lane.load(), Load { messages: 1, bytes: 3 });
    let mut intake = Intake::new(lane.room());
    for size in 4..6 {
        intake.push(message(size));
    }
    lane.push_all(intake);
    assert_eq!(lane.load(), Load { messages: 1, bytes: 5 });
    // Towards a stream: what is being written counts, and comes back only if nothing newer is there.
    lane.encode_with(&Plain);
    for newer in [false, true] {
        let mut batch = Batch::default();
        assert_eq!(lane.exchange(Load::default(), &mut batch, false).taken, 1);
        if newer {
            lane.push(message(6)).unwrap();
            lane.push(message(7)).unwrap();
            assert_eq!(lane.load(), Load { messages: 2, bytes: 12 });
        }
        lane.take_back(batch);
        let bytes = if newer { 7 } else { 5 };
        assert_eq!(lane.load(), Load { messages: 1, bytes });
        lane.encode_with(&Plain);
    }
}

#[test]
fn a_reserved_place_counts_until_it_is_used_or_given_back() {
    let lane = Lane::new(Marks::new(1, 0));
    assert!(lane.reserve());
    assert!(lane.push(message(1)).is_err());
    lane.push_reserved(message(1));
    assert_eq!(lane.len(), 1);
    assert!(!lane.reserve());
}

#[test]
fn messages_pass_through_an_open_lane_only_behind_gathered_ones_and_below_its_mark() {
    let lane = Lane::new(Marks::new(4, 0));
    let through = || lane.push_through(&message(1)).is_ok();
    lane.set_open(true);
    assert!(!through(), "the first one must be announced");
    lane.encode_with(&Plain);
    lane.start_streaming();
    assert!(!through(), "the first one must be announced");
    assert!(lane.push(message(1)).is_ok());
    assert!(through() && through());
    assert!(!through(), "the fourth would fill the lane");
    assert_eq!((lane.len(), lane.passed()), (3, Load { messages: 2, bytes: 2 }));
    let mut batch = Batch::default();
    assert_eq!(lane.exchange(Load::default(), &mut batch, false).taken, 3);
    assert!(lane.push(message(1)).is_ok());
    assert!(!through(), "what is being written counts");
    lane.wrote(Load { messages: 3, bytes: 3 });
    assert!(through());
    lane.set_open(false);
    assert!(!through());
}

#[test]
fn more_bytes_of_large_messages_are_gathered_than_of_small_ones() {
    for (size, most) in [(64, GATHER), (LARGE - 1, GATHER), (64 * 1024, GATHER_LARGE)] {
        let lane = Lane::new(Marks::default());
        lane.encode_with(&Plain);
        lane.start_streaming();
        assert_eq!(lane.push(message(size)).unwrap().asks, Asks::Gathered);
        for _ in 2..most.div_ceil(size) {
            assert_eq!(lane.push(message(size)).unwrap().asks, Asks::Quiet);
        }
        assert_eq!(lane.push(message(size)).unwrap().asks, Asks::Work, "{size}");
    }
}

#[test]
fn a_stream_ends_over_few_messages_unless_they_are_large() {
    for (count, size, goes_on) in
        [(FEW - 1, 64, false), (FEW, 64, true), (1, FEW_BYTES - 1, false), (1, FEW_BYTES, true)]
    {
        let lane = Lane::new(Marks::default());
        lane.encode_with(&Plain);
        lane.start_streaming();
        for _ in 0..count {
            lane.push(message(size)).unwrap();
        }
        let exchanged = lane.exchange(Load::default(), &mut Batch::default(), true);
        assert_eq!(exchanged.streaming, goes_on, "{count} of {size}");
    }
}

/// The body and nothing else.
#[derive(Debug)]
struct Plain;

impl Encode for Plain {
    fn encode(&self, message: &Message, out: &mut OutBuf) {
        out.put_frame(message.body());
    }

    fn encode_body(&self, body: &[u8], out: &mut OutBuf) {
        out.put_slice(body);
    }

    fn restore(&self, bytes: Bytes) -> Message {
        Message::new(bytes)
    }
}

#[test]
fn a_stream_is_far_behind_until_it_catches_up_or_stalls() {
    let lane = Lane::new(Marks::default());
    assert!(lane.push(message(AHEAD + 1)).is_ok());
    assert!(!lane.is_far_behind(), "the stream still takes bytes");
    lane.set_blocked(true);
    assert!(lane.is_far_behind());
    lane.note_waited();
    assert!(!lane.is_far_behind(), "it was waited for in vain");
    lane.set_blocked(false);
    lane.set_blocked(true);
    assert!(lane.is_far_behind(), "it took something since");
    lane.note_waited();
    assert!(lane.is_far_behind(), "it is slow, but takes something");
    lane.note_waited();
    assert!(!lane.is_far_behind(), "it took nothing more");
    lane.set_blocked(false);
    lane.set_blocked(true);
    lane.pop();
    assert!(!lane.is_far_behind(), "all is written");
}

#[test]
fn both_ends_are_told_once_an_edge() {
    let mailbox = Arc::new(Mailbox::default());
    let pipe = PipeId { slot: 0, serial: 1 };
    let lane = Lane::new(Marks::new(1, 0));
    lane.set_consumer(Some(Port { mailbox: mailbox.clone(), pipe }));
    lane.set_producer(Some(Port { mailbox: mailbox.clone(), pipe }));
    assert!(lane.push(message(1)).is_ok());
    assert!(lane.push(message(1)).is_err());
    lane.pop();
    let mut notes = Vec::new();
    mailbox.take(&mut notes);
    assert_eq!(notes, [Posted::Readable(pipe), Posted::Writable(pipe)]);
}
