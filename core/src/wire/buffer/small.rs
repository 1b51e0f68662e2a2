//! Small messages, which are most of what most streams carry: copied out of the bytes that arrived,
//! wherever those lie, before they are looked at one by one.

use crate::message::Intake;

/// Copies small messages of `bytes` into `intake` as long as those come next and are wholly there.
/// `split` gives the length of a message and the bytes after its head, if it is one frame that may be
/// taken. Answers how many bytes were taken.
pub(in crate::wire) fn take_small(
    bytes: &[u8],
    limit: Option<usize>,
    intake: &mut Intake,
    split: impl Fn(&[u8]) -> Option<(u64, &[u8])>,
) -> usize {
    let small = limit.unwrap_or(usize::MAX).min(Intake::SMALL) as u64;
    let mut left = bytes;
    while intake.has_room()
        && let Some((len, rest)) = split(left)
        && len <= small
        && let Some(behind) = rest.get(len as usize..)
    {
        intake.push_small(rest, len as usize);
        left = behind;
    }
    bytes.len() - left.len()
}
