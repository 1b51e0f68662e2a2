//! Lull: a gap in the middle of a large frame, and whether to wait it out.
//!
//! Used by a connection as it reads. A peer of the same machine that has sent a part of a frame is about
//! to send the next, a few microseconds later. To sleep and be woken for each part costs both sides
//! more than that, so the reader looks again a few times and lets other threads run in between. Where
//! that brings little, as it does over a network, it is tried ever more rarely.

/// How often the reader looks again in one lull: for some 20 to 40 us.
const LOOKS: u32 = 64;
/// Fewer bytes than these were not worth the looks.
const WORTH: usize = 16 * 1024;
/// A wait that was worth it makes up for so many in vain.
const GAIN: u32 = 2;
/// The most waits in vain in a row before they grow rare.
const MOST_HOPE: u32 = 16;
/// Without hope, one lull in so many is waited out.
const SELDOM: u32 = 256;

/// See the module's text.
#[derive(Debug)]
pub struct Lull {
    /// Looks in this lull.
    looks: u32,
    /// So many waits may be in vain.
    hope: u32,
    /// Lulls that were slept through without hope.
    slept: u32,
}

impl Default for Lull {
    fn default() -> Self {
        Self { looks: 0, hope: MOST_HOPE, slept: 0 }
    }
}

impl Lull {
    /// Nothing is there. Whether to look again in a moment, rather than to sleep.
    pub fn look_again(&mut self) -> bool {
        if self.looks == 0 && !self.is_hopeful() {
            self.slept += 1;
            if self.slept < SELDOM {
                return false;
            }
            self.slept = 0;
        }
        if self.looks == LOOKS {
            self.give_up();
            return false;
        }
        self.looks += 1;
        true
    }

    /// Bytes came, perhaps the last ones of their frame.
    pub fn end(&mut self, bytes: usize, whole: bool) {
        match std::mem::take(&mut self.looks) {
            0 => {}
            _ if whole || bytes >= WORTH => self.hope = (self.hope + GAIN).min(MOST_HOPE),
            _ => self.give_up(),
        }
    }

    /// Whether the next lull will be waited out.
    #[must_use]
    pub fn is_hopeful(&self) -> bool {
        self.hope > 0
    }

    fn give_up(&mut self) {
        self.looks = 0;
        self.hope = self.hope.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits one lull out to its end; answers the looks.
    fn wait(lull: &mut Lull) -> u32 {
        (0..).take_while(|_| lull.look_again()).count() as u32
    }

    #[test]
    fn waits_in_vain_grow_rare() {
        let mut lull = Lull::default();
        let looks: Vec<_> = (0..SELDOM + MOST_HOPE).map(|_| wait(&mut lull)).collect();
        let (first, later) = looks.split_at(MOST_HOPE as usize);
        assert!(first.iter().all(|looks| *looks == LOOKS), "{first:?}");
        assert_eq!(later.iter().sum::<u32>(), LOOKS, "one of them: {later:?}");
    }

    #[test]
    fn many_bytes_bring_the_hope_back_and_few_do_not() {
        let mut lull = Lull::default();
        while lull.is_hopeful() {
            assert!(lull.look_again());
            lull.end(WORTH - 1, false);
        }
        while !lull.look_again() {}
        lull.end(WORTH, false);
        assert_eq!(lull.hope, GAIN);
        assert!(lull.look_again());
        lull.end(1, true);
        assert_eq!(lull.hope, 2 * GAIN, "the end of a frame may be short");
    }
}
