//! Where the bytes of frames end up, and what is held meanwhile.

use std::io::{Cursor, IoSliceMut};

use super::*;
use crate::pool;

fn filled(len: usize) -> InBuf {
    let mut input = InBuf::new();
    input.extend(&vec![1; len]);
    input
}

#[test]
fn small_frames_share_a_slab_of_their_own() {
    let mut input = filled(100 * 100);
    let arrived = input.peek().as_ptr_range();
    let frames: Vec<_> = (0..100).map(|_| input.take(100).expect("there")).collect();
    let neighbours =
        frames.windows(2).filter(|pair| pair[0].as_ptr_range().end == pair[1].as_ptr()).count();
    assert!(neighbours >= 97, "{neighbours}");
    assert!(frames.iter().all(|frame| !arrived.contains(&frame.as_ptr())));
    assert_eq!(input.held(), 0);
}

#[test]
fn a_lone_small_frame_is_as_large_as_it_is() {
    let frame = filled(20).take(20).expect("there");
    assert_eq!(Vec::from(frame).capacity(), 20);
}

#[test]
fn middling_frames_are_slices_of_what_arrived() {
    let mut input = filled(10_000);
    let arrived = input.peek().as_ptr();
    assert_eq!(input.take(5_000).expect("there").as_ptr(), arrived);
}

#[test]
fn a_large_frame_holds_back_at_most_twice_its_size() {
    let mut input = filled(200_000);
    let arrived = input.peek().as_ptr();
    assert_ne!(input.take(40_000).expect("there").as_ptr(), arrived, "copied");
    let arrived = input.peek().as_ptr();
    assert_eq!(input.take(150_000).expect("there").as_ptr(), arrived, "sliced");
}

#[test]
fn a_large_frame_ends_as_large_as_announced() {
    let mut input = filled(10);
    assert_eq!(input.take(1_000_000), None);
    while input.len() < 1_000_000 {
        input.extend(&[2; 777]);
    }
    let frame = input.take(1_000_000).expect("there");
    assert_eq!(Vec::from(frame).capacity(), 1_000_000);
    let beyond = (1_000_000 - 10usize).next_multiple_of(777) - (1_000_000 - 10);
    assert_eq!(input.len(), beyond);
}

#[test]
fn a_peer_gets_as_much_room_at_once_as_it_has_filled_before() {
    let mut input = filled(10);
    assert_eq!(input.take(100_000), None);
    assert!(input.held() < pool::SLACK + 100, "{}", input.held());
    input.extend(&[2; 100_000]);
    assert_eq!(input.take(100_000).expect("there").len(), 100_000);
    assert_eq!(input.take(100_000), None);
    let room = input.held();
    assert!((100_000..=pool::SLACK + 200_000).contains(&room), "{room}");
    input.extend(&[3; 100_000]);
    assert_eq!(input.take(100_000).expect("there")[10..], [3; 99_990]);
    assert_eq!(input.take(1_000_000), None);
    assert!(input.held() <= pool::SLACK + 200_000, "more than it has shown: {}", input.held());
}

#[test]
fn what_a_peer_has_shown_is_forgotten_over_small_frames() {
    let mut input = filled(10);
    assert_eq!(input.take(100_000), None);
    input.extend(&[2; 99_990]);
    assert_eq!(input.take(100_000).expect("there").len(), 100_000);
    let mut stream = Vectored(Cursor::new(vec![3; 100_000]));
    let mut scratch = vec![0; 8192];
    let reads: Vec<_> = (0..9)
        .map(|_| input.read_from(&mut stream, &mut scratch, |_| 0).expect("bytes").bytes)
        .collect();
    assert!(reads[..8].iter().all(|bytes| *bytes < 8192), "{reads:?}");
    assert_eq!(reads[8], 8192, "{reads:?}");
    input.advance(input.len());
    input.extend(&[4; 10]);
    assert_eq!(input.take(100_000), None);
    assert!(input.held() < pool::SLACK + 100, "{}", input.held());
}

#[test]
fn a_trickle_is_not_copied_over_and_over() {
    let (mut input, mut moves, mut place) = (InBuf::new(), 0, std::ptr::null());
    for _ in 0..30_000 {
        input.extend(&[1]);
        moves += usize::from(input.peek().as_ptr() != place);
        place = input.peek().as_ptr();
    }
    assert!(moves < 20, "{moves}");
}

/// A stream that fills several buffers at once, as sockets do.
struct Vectored(Cursor<Vec<u8>>);

impl Read for Vectored {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.0.read_vectored(bufs)
    }
}

#[test]
fn the_end_of_a_large_frame_comes_with_what_follows() {
    let mut input = filled(40_000);
    assert_eq!(input.take(60_000), None);
    let mut stream = Vectored(Cursor::new(vec![3; 20_100]));
    let mut scratch = [0; 4096];
    assert_eq!(input.read_from(&mut stream, &mut scratch, |_| 0).expect("bytes").bytes, 20_100);
    assert_eq!(input.take(60_000).expect("there").len(), 60_000);
    assert_eq!(input.peek(), [3; 100]);
    assert_eq!(input.read_from(&mut stream, &mut scratch, |_| 0).expect("the end").bytes, 0);
    input.advance(100);
    assert_eq!(input.held(), 0);
}

#[test]
fn an_error_of_the_stream_changes_nothing() {
    struct Blocked;
    impl Read for Blocked {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::WouldBlock.into())
        }
    }
    let mut input = filled(40_000);
    assert_eq!(input.take(100_000), None);
    let error = input.read_from(&mut Blocked, &mut [0; 64], |_| 0).expect_err("blocked");
    assert_eq!((error.kind(), input.len()), (io::ErrorKind::WouldBlock, 40_000));
}
