//! Queues: lanes and pipes, without sockets at their ends.

use std::sync::Arc;

use sockery::{
    message::{Batch, Load, Message, PipeId},
    pattern::{Lane, Marks, Pipe, Pipes, pipe::Neighbor},
    wire::Encoder,
};

use crate::{Outcome, meter::Meter};

/// Messages of a round.
const MESSAGES: usize = 960;
/// Messages that a writer takes at once.
const TAKEN: usize = 64;
const MARKS: Marks = Marks::new(1_000, 0);

/// Pushes a message into a lane to a socket.
pub(crate) fn lane_push(meter: &mut Meter) -> Outcome {
    let lane = Lane::new(MARKS);
    meter.rounds(|meter| {
        push_all(meter, &lane)?;
        lane.clear();
        Ok(())
    })
}

/// Pushes a message into a lane to a stream, which encodes it.
pub(crate) fn lane_encode(meter: &mut Meter) -> Outcome {
    let (lane, mut batch) = (encoding_lane(), Batch::default());
    meter.rounds(|meter| {
        push_all(meter, &lane)?;
        lane.exchange(Load::default(), &mut batch, false);
        lane.wrote(batch.wrote(batch.bytes()));
        Ok(())
    })
}

/// Takes what waits in a lane to a stream, and notes that it is written.
pub(crate) fn lane_exchange(meter: &mut Meter) -> Outcome {
    let (lane, mut batch) = (encoding_lane(), Batch::default());
    let mut written = Load::default();
    meter.rounds(|meter| {
        for _ in 0..MESSAGES / TAKEN {
            fill(&lane, TAKEN)?;
            meter.count(1, || {
                lane.exchange(written, &mut batch, false);
                written = batch.wrote(batch.bytes());
                Ok(())
            })?;
        }
        Ok(())
    })
}

/// Sends a message to a pipe.
pub(crate) fn pipe_push(meter: &mut Meter) -> Outcome {
    let (mut pipes, pipe, lane) = pipe();
    meter.rounds(|meter| {
        let mut messages = messages(MESSAGES).into_iter();
        meter.count(MESSAGES, || {
            for message in messages.by_ref() {
                pipes.push(pipe, message).map_err(|_| "the pipe is full")?;
            }
            Ok(())
        })?;
        pipes.take_nudges();
        lane.clear();
        Ok(())
    })
}

/// Takes a message that came by a pipe, and lets it go.
pub(crate) fn pipe_pop(meter: &mut Meter) -> Outcome {
    let (mut pipes, pipe, lane) = pipe();
    meter.rounds(|meter| {
        fill(&lane, MESSAGES)?;
        meter.count(MESSAGES, || {
            let mut popped = 0;
            while pipes.pop(pipe).is_some() {
                popped += 1;
            }
            if popped == MESSAGES { Ok(()) } else { Err(format!("{popped} popped").into()) }
        })
    })
}

fn push_all(meter: &mut Meter, lane: &Lane) -> Outcome {
    let mut messages = messages(MESSAGES).into_iter();
    meter.count(MESSAGES, || push_each(lane, &mut messages))
}

fn fill(lane: &Lane, count: usize) -> Outcome {
    push_each(lane, &mut messages(count).into_iter())
}

fn push_each(lane: &Lane, messages: &mut impl Iterator<Item = Message>) -> Outcome {
    for message in messages {
        lane.push(message).map_err(|_| "the lane is full")?;
    }
    Ok(())
}

fn messages(count: usize) -> Vec<Message> {
    (0..count).map(|_| Message::new(vec![b'x'; 64])).collect()
}

/// A lane whose writer is in the middle of a stream.
fn encoding_lane() -> Arc<Lane> {
    let lane = Lane::new(MARKS);
    lane.encode_with(Encoder::Zmtp { minor: 1 }.shared());
    lane.start_streaming();
    lane
}

/// A pipe whose two lanes are one.
fn pipe() -> (Pipes, PipeId, Arc<Lane>) {
    let (mut pipes, lane) = (Pipes::default(), Lane::new(MARKS));
    let id = pipes.allocate();
    pipes.insert(id, Pipe::new(lane.clone(), lane.clone(), Arc::new(Nobody)));
    (pipes, id, lane)
}

/// The other end of a pipe that nobody looks after.
struct Nobody;

impl Neighbor for Nobody {
    fn has_work(&self, _: usize) {}
    fn has_gathered(&self) {}
    fn has_room(&self) {}
    fn close(&self) {}
}
