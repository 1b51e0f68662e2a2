//! Pool: the memory of large bodies, used again.
//!
//! A fresh allocation of that size comes from the system page by page, each of them a fault and a
//! zeroing, and goes back there when it is freed: for a body of 1 MiB that is dearer than copying it.
//! Here bodies that were dropped wait for the next of their size, the whole process in one place; what
//! they hold was written already, so that reading into it needs no zeroing.
//!
//! Where in its buffer a body begins is chosen too: see [`berth`].
//!
//! The pool is bounded in bytes and buffers, the oldest give way to new ones, and what nobody took
//! for a while goes back to the system (`reactor` asks for that). Whoever finds it locked allocates.

use std::{
    collections::VecDeque,
    mem,
    ops::Range,
    sync::{
        Mutex, MutexGuard, TryLockError,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;

/// Buffers shorter than this are not worth it: the allocator keeps those itself.
pub const SHORTEST: usize = 32 * 1024;
/// The most bytes that wait here.
const BYTES: usize = 8 << 20;
/// The most buffers that wait here; each taking looks at no more.
const BUFFERS: usize = 64;
/// Longer buffers go back to the system: one of them would push out all others.
pub const LONGEST: usize = BYTES / 2;

/// See [`berth`].
const PAGE: usize = 4096;
/// The most bytes that [`berth`] leaves free: longer than any header before a body, and `ALIKE` more.
pub const BERTH: usize = 128;
/// Targets up to so many bytes further into a page than their source are slow to copy to.
const ALIKE: usize = 32;
/// How many bytes longer than its body a new buffer is: the next body of that length may begin elsewhere.
pub const SLACK: usize = BERTH + ALIKE;

static POOL: Mutex<Pool> = Mutex::new(Pool::new());
/// Something waits here.
static KEEPS: AtomicBool = AtomicBool::new(false);

#[derive(Debug)]
struct Pool {
    /// The oldest first.
    buffers: VecDeque<Vec<u8>>,
    bytes: usize,
    /// Something was taken or given since [`tidy`] last looked.
    used: bool,
}

/// A body that gives its memory back when its last reader drops it.
struct Recycled {
    buffer: Vec<u8>,
    body: Range<usize>,
}

impl AsRef<[u8]> for Recycled {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[self.body.clone()]
    }
}

impl Drop for Recycled {
    fn drop(&mut self) {
        give(mem::take(&mut self.buffer));
    }
}

/// How many bytes to leave free at the start of a buffer that the kernel copies into.
///
/// Processors that copy by `rep movsb` (AMD's Zen 3) do it at a sixth of their speed where the target lies
/// up to 31 bytes further into its page than the source. The kernel keeps what it was sent from the
/// start of a page on, a few bytes of header first; and allocators answer large requests 16 bytes into
/// a page. That made a round trip of 1 MiB three times as long.
#[must_use]
pub fn berth(buffer: &[u8]) -> usize {
    BERTH.saturating_sub(buffer.as_ptr().addr() % PAGE)
}

/// A buffer of at least `len` bytes behind its [`berth`], and at most twice as many, if one waits. Its bytes
/// are old ones.
#[must_use]
pub fn take(len: usize) -> Option<Vec<u8>> {
    if len < SHORTEST || !keeps() {
        return None;
    }
    lock()?.take(len)
}

/// These bytes of a buffer, which comes here when they are dropped.
#[must_use]
pub fn lend(mut buffer: Vec<u8>, body: Range<usize>) -> Bytes {
    if (SHORTEST..=LONGEST + SLACK).contains(&buffer.len()) {
        return Bytes::from_owner(Recycled { buffer: full(buffer, body.end), body });
    }
    buffer.truncate(body.end);
    Bytes::from(buffer).slice(body)
}

/// Zeroes what was allocated past the end of a body, that a later one may lie further back.
fn full(mut buffer: Vec<u8>, end: usize) -> Vec<u8> {
    let most = buffer.capacity().min(end + SLACK);
    buffer.resize(most.max(buffer.len()), 0);
    buffer
}

/// A copy of large bytes.
#[must_use]
pub fn copy(bytes: &[u8]) -> Bytes {
    let len = bytes.len();
    let mut buffer = take(len + ALIKE).unwrap_or_else(|| Vec::with_capacity(len + SLACK));
    let start = berth(&buffer);
    let ahead = buffer[..].as_ptr().addr().wrapping_add(start).wrapping_sub(bytes.as_ptr().addr());
    let start = if ahead % PAGE < ALIKE { start + ALIKE } else { start };
    if buffer.is_empty() {
        buffer.resize(start, 0);
        buffer.extend_from_slice(bytes);
    } else {
        buffer[start..][..len].copy_from_slice(bytes);
    }
    lend(buffer, start..start + len)
}

/// Whether anything waits here.
#[must_use]
pub fn keeps() -> bool {
    KEEPS.load(Ordering::Relaxed)
}

/// Gives all back to the system if nothing was taken or given since the last time. To be called now and
/// then while it [`keeps`] something.
pub fn tidy() {
    let rested = lock().map(|mut pool| pool.tidy());
    // Freed with the lock let go.
    drop(rested);
}

/// Keeps a buffer for the next one who needs its like.
fn give(buffer: Vec<u8>) {
    let Some(mut pool) = lock() else { return };
    let displaced = pool.give(buffer);
    // Freeing takes a while, and others wait for the lock.
    drop(pool);
    drop(displaced);
}

/// Nobody waits for it: allocating is always possible, and after a fork its holder may be no more.
fn lock() -> Option<MutexGuard<'static, Pool>> {
    match POOL.try_lock() {
        Ok(pool) => Some(pool),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

impl Pool {
    const fn new() -> Self {
        Self { buffers: VecDeque::new(), bytes: 0, used: false }
    }

    /// The youngest that fits: it is the likeliest to be in the cache.
    fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        let fits = |buffer: &Vec<u8>| (berth(buffer) + len..=2 * len).contains(&buffer.len());
        let index = self.buffers.iter().rposition(fits)?;
        let buffer = self.buffers.remove(index)?;
        self.bytes -= buffer.len();
        self.note_used();
        Some(buffer)
    }

    /// Answers the ones that had to give way.
    fn give(&mut self, buffer: Vec<u8>) -> Vec<Vec<u8>> {
        self.bytes += buffer.len();
        self.buffers.push_back(buffer);
        let mut displaced = Vec::new();
        while self.bytes > BYTES || self.buffers.len() > BUFFERS {
            let Some(oldest) = self.buffers.pop_front() else { break };
            self.bytes -= oldest.len();
            displaced.push(oldest);
        }
        self.note_used();
        displaced
    }

    /// Answers what was not used since the last time.
    fn tidy(&mut self) -> VecDeque<Vec<u8>> {
        if mem::take(&mut self.used) {
            return VecDeque::new();
        }
        self.bytes = 0;
        KEEPS.store(false, Ordering::Relaxed);
        mem::take(&mut self.buffers)
    }

    fn note_used(&mut self) {
        self.used = true;
        KEEPS.store(!self.buffers.is_empty(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_serves_what_is_half_as_long_or_more() {
        let mut pool = Pool::new();
        let buffer = vec![1; 1000];
        let most = buffer.len() - berth(&buffer);
        pool.give(buffer);
        assert_eq!(pool.take(499), None);
        assert_eq!(pool.take(most + 1), None);
        assert_eq!(pool.take(500), Some(vec![1; 1000]));
        assert_eq!(pool.take(500), None);
        assert_eq!(pool.bytes, 0);
    }

    #[test]
    fn the_youngest_goes_first_and_the_oldest_gives_way() {
        let mut pool = Pool::new();
        for tag in 0..BUFFERS {
            assert!(pool.give(vec![tag as u8; 1000]).is_empty());
        }
        assert_eq!(pool.give(vec![99; 1000]), [[0; 1000]]);
        assert_eq!(pool.take(800), Some(vec![99; 1000]));
        let displaced = pool.give(vec![0; BYTES - 5]);
        assert_eq!(displaced.len(), BUFFERS - 1, "all but the new one");
        assert_eq!(pool.bytes, BYTES - 5);
    }

    #[test]
    fn a_body_comes_back_when_its_last_reader_drops_it() {
        // The process has one pool, which other tests use too: a length that none of them has.
        const LEN: usize = LONGEST - 12_345;
        let buffer = vec![7; LEN];
        let (place, start) = (buffer.as_ptr(), berth(&buffer));
        let body = lend(buffer, start..LEN - 1);
        let clone = body.slice(5..);
        assert_eq!((body.len(), clone.len()), (LEN - 1 - start, LEN - 6 - start));
        drop(body);
        assert!(clone.iter().all(|byte| *byte == 7));
        drop(clone);
        // Another test may hold the lock just then, and the buffer is freed instead.
        if let Some(buffer) = take(LEN - BERTH) {
            assert_eq!((buffer.as_ptr(), buffer.len()), (place, LEN));
        }
    }

    #[test]
    fn a_copy_keeps_its_distance_from_its_source() {
        let source = vec![1; 2 * SHORTEST + PAGE];
        for offset in (0..PAGE).step_by(8) {
            let body = &source[offset..][..2 * SHORTEST];
            let copied = copy(body);
            let (from, to) = (body.as_ptr().addr(), copied.as_ptr().addr());
            assert!(to.wrapping_sub(from) % PAGE >= ALIKE, "{from:x} {to:x}");
            assert_eq!(copied, body);
        }
    }

    #[test]
    fn what_was_lent_serves_a_copy_of_its_length() {
        for start in [0, BERTH] {
            let mut buffer = Vec::with_capacity(2 * SHORTEST + SLACK);
            buffer.resize(start + 2 * SHORTEST, 1);
            let mut pool = Pool::new();
            pool.give(full(buffer, start + 2 * SHORTEST));
            assert!(pool.take(2 * SHORTEST + ALIKE).is_some(), "a body at {start}");
        }
    }

    #[test]
    fn what_rests_is_given_back() {
        let mut pool = Pool::new();
        pool.give(vec![0; 10]);
        assert!(pool.tidy().is_empty(), "it was used a moment ago");
        assert_eq!(pool.tidy().len(), 1);
        assert_eq!((pool.bytes, pool.buffers.len()), (0, 0));
    }
}
