//! Messages on their way to JavaScript.
//!
//! Bytes cross in slabs: [`Stage`] holds what one receive took from the core and tells the lengths of
//! its frames, JavaScript makes one buffer for a run of small frames (or one for a large frame) and
//! has it filled, and cuts it by `subarray`. A buffer made here per message would cost ten times that.
//! Called by [`crate::socket`].

use std::{collections::VecDeque, sync::Arc};

use napi_derive::napi;
use sockery::facade::{Frame, Message, PeerInfo, PipeId};

/// Frames taken from the core and not yet copied to JavaScript.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    frames: VecDeque<(Frame, bool)>,
    /// How many messages were ever taken.
    taken: u64,
    /// Where those of the last batch came from: the number of the first of each run.
    origins: Vec<(u64, PipeId)>,
}

impl Stage {
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Another batch follows: JavaScript has handed all messages of the last one out.
    pub(crate) fn begin(&mut self) {
        self.origins.clear();
    }

    /// Where the message of this number came from, counted from the socket's first, 0.
    pub(crate) fn origin(&self, number: u64) -> Option<PipeId> {
        let runs = self.origins.iter().rev();
        runs.filter(|(first, _)| *first <= number).map(|(_, origin)| *origin).next()
    }

    pub(crate) fn push(&mut self, message: Message) {
        let origin = message.origin();
        if self.origins.last().is_none_or(|(_, last)| *last != origin) {
            self.origins.push((self.taken, origin));
        }
        self.taken += 1;
        let last = message.frames().len() - 1;
        if last == 0 {
            self.frames.push_back((message.into_body(), false));
            return;
        }
        let frames = message.into_frames().into_iter().enumerate();
        self.frames.extend(frames.map(|(place, frame)| (frame, place != last)));
    }

    /// Writes the lengths of the first frames, twice each, plus one where another frame of the same
    /// message follows, as the memory of a Float64Array; answers how many it wrote.
    pub(crate) fn lengths(&self, out: &mut [u8]) -> u32 {
        let mut written = 0;
        let (places, _) = out.as_chunks_mut();
        for ((frame, more), place) in self.frames.iter().zip(places) {
            *place = ((frame.len() * 2 + usize::from(*more)) as f64).to_ne_bytes();
            written += 1;
        }
        written
    }

    /// Moves the first `count` frames into `slab`, one after the other.
    pub(crate) fn fill(&mut self, mut slab: &mut [u8], count: usize) {
        for (frame, _) in self.frames.drain(..count.min(self.frames.len())) {
            let Some((place, rest)) = slab.split_at_mut_checked(frame.len()) else { return };
            place.copy_from_slice(&frame);
            slab = rest;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.frames.clear();
    }
}

/// What is known of the peer that sent a message.
#[napi]
#[derive(Debug)]
pub struct Peer {
    info: Arc<PeerInfo>,
}

#[napi]
impl Peer {
    /// A property as text.
    #[napi]
    pub fn get(&self, name: String) -> Option<String> {
        self.info.get(&name).map(|value| String::from_utf8_lossy(value).into_owned())
    }
}

impl From<Arc<PeerInfo>> for Peer {
    fn from(info: Arc<PeerInfo>) -> Self {
        Self { info }
    }
}
