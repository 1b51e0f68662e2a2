//! Lull: a gap in the middle of a large frame, and whether to wait it out.
//!
//! Used by a connection as it reads. A peer of the same machine that has sent a part of a frame is about
//! to send the next, a few microseconds later. To sleep and be woken for each part costs both sides
//! more than that, so the reader looks again a few times and lets other threads run in between. Where
//! that brings little, as it does over a network, it is tried ever more rarely.

use crate::reactor::Hope;

/// How often the reader looks again in one lull: for some 20 to 40 us.
const LOOKS: u32 = 64;
/// Fewer bytes than these were not worth the looks.
const WORTH: usize = 16 * 1024;
/// See the module's text.
#[derive(Debug, Default)]
pub struct Lull {
    /// Looks in this lull.
    looks: u32,
    /// That it is worth while to wait one out.
    hope: Hope,
}

impl Lull {
    /// Nothing is there. Whether to look again in a moment, rather than to sleep.
    pub fn look_again(&mut self) -> bool {
        if self.looks == 0 && !self.hope.tries() {
            return false;
        }
        if self.looks == LOOKS {
            self.looks = 0;
            self.hope.learn(false);
            return false;
        }
        self.looks += 1;
        true
    }

    /// Bytes came, perhaps the last ones of their frame.
    pub fn end(&mut self, bytes: usize, whole: bool) {
        if std::mem::take(&mut self.looks) > 0 {
            self.hope.learn(whole || bytes >= WORTH);
        }
    }

    /// Whether the next lull will be waited out.
    #[must_use]
    pub fn is_hopeful(&self) -> bool {
        self.hope.is_left()
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
    fn a_lull_is_waited_out_to_its_end() {
        let mut lull = Lull::default();
        assert_eq!(wait(&mut lull), LOOKS);
        assert_eq!(wait(&mut lull), LOOKS, "and the next one");
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
        assert!(lull.look_again());
        lull.end(WORTH - 1, false);
        assert!(lull.look_again());
        lull.end(1, true);
        assert!(lull.is_hopeful(), "the end of a frame may be short");
    }
}
