//! Messages on their way to JavaScript.
//!
//! Bytes cross in slabs: [`Stage`] holds what one receive took from the core and tells the lengths of
//! its frames, JavaScript makes one buffer for a run of small frames (or one for a large frame) and
//! has it filled, and cuts it by `subarray`. A buffer made here per message would cost ten times that.
//! Called by [`crate::socket`].

use std::collections::VecDeque;

use sockery::facade::{Frame, Message};

/// Frames taken from the core and not yet copied to JavaScript.
#[derive(Debug, Default)]
pub(crate) struct Stage {
    frames: VecDeque<(Frame, bool)>,
}

impl Stage {
    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    pub(crate) fn push(&mut self, message: Message) {
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
