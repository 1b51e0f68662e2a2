//! Lent: large `bytes` objects that the engine reads where they are.
//!
//! Called by `message`. `bytes` never change, so the engine can hold a reference to a large one instead
//! of a copy, until it is sent. Its threads let go of it without the interpreter: PyO3 keeps what
//! they let go of for the next call into this module, so what waits there is never more than the
//! queues held. Over inproc a message comes back out of the engine as the object that went in.

use std::{collections::BTreeMap, sync::Mutex};

use bytes::Bytes;
use pyo3::{prelude::*, pybacked::PyBackedBytes, types::PyBytes};
use sockery::facade::Frame;

/// Objects from this size on are lent. Copying a smaller one costs no more, and the interpreter may
/// keep it in memory of its own, which it takes down with itself.
const LEND_FROM: usize = 512;

/// Objects from this size on are given back; copying a smaller one costs no more than finding it.
const GIVE_BACK_FROM: usize = 4096;

/// What can be given back, by the address of its first byte.
///
/// Never waited for with the interpreter attached: a fork may leave it locked in the child for good.
static LENT: Mutex<BTreeMap<usize, Original>> = Mutex::new(BTreeMap::new());

/// An object, and how many frames read from it.
struct Original {
    object: PyBackedBytes,
    frames: usize,
}

/// What a frame owns that reads from a Python object.
struct Loan {
    object: PyBackedBytes,
    given_back: bool,
}

impl AsRef<[u8]> for Loan {
    fn as_ref(&self) -> &[u8] {
        &self.object
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if self.given_back {
            drop(withdraw(address(&self.object)));
        }
    }
}

/// A frame of these bytes.
pub(crate) fn frame_of(bytes: &Bound<'_, PyBytes>) -> Frame {
    let size = bytes.as_bytes().len();
    // An object of a subclass may be part of a cycle that the collector could not see through us.
    if size < LEND_FROM || !bytes.is_exact_instance_of::<PyBytes>() {
        return Frame::from_slice(bytes.as_bytes());
    }
    let object = PyBackedBytes::from(bytes.clone());
    let given_back = size >= GIVE_BACK_FROM && note(bytes.py(), &object);
    Bytes::from_owner(Loan { object, given_back }).into()
}

/// The object of a frame: the one that it reads from, else a new one.
pub(crate) fn object_of<'py>(py: Python<'py>, frame: &Frame) -> Bound<'py, PyBytes> {
    let original = if frame.len() < GIVE_BACK_FROM { None } else { find(py, frame) };
    original.unwrap_or_else(|| PyBytes::new(py, frame))
}

fn address(bytes: &[u8]) -> usize {
    bytes.as_ptr().addr()
}

/// One more frame reads from this object. False when that could not be noted.
fn note(py: Python<'_>, object: &PyBackedBytes) -> bool {
    let Ok(mut lent) = LENT.try_lock() else { return false };
    let new = || Original { object: object.clone_ref(py), frames: 0 };
    lent.entry(address(object)).or_insert_with(new).frames += 1;
    true
}

/// One frame fewer does; the object is answered, to be let go of, when it was the last.
fn withdraw(address: usize) -> Option<Original> {
    let mut lent = LENT.lock().ok()?;
    let original = lent.get_mut(&address)?;
    original.frames -= 1;
    if original.frames > 0 { None } else { lent.remove(&address) }
}

fn find<'py>(py: Python<'py>, frame: &Frame) -> Option<Bound<'py, PyBytes>> {
    let lent = LENT.try_lock().ok()?;
    let original = lent.get(&address(frame)).filter(|lent| lent.object.len() == frame.len())?;
    (&original.object).into_pyobject(py).ok()
}
