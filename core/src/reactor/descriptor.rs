//! LevelDescriptor: a state as a descriptor that is readable while it holds, for event loops.

use std::{
    io::{self, PipeReader, PipeWriter, Read, Write},
    os::fd::{AsRawFd, RawFd},
    sync::{Mutex, PoisonError},
};

/// One pipe that holds one byte while the state holds.
#[derive(Debug)]
pub struct LevelDescriptor {
    reader: PipeReader,
    writer: PipeWriter,
    raised: Mutex<bool>,
}

impl LevelDescriptor {
    /// A lowered one. Fails when the process is out of descriptors.
    pub fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self { reader, writer, raised: Mutex::new(false) })
    }

    /// The end to watch for readability.
    #[must_use]
    pub fn raw(&self) -> RawFd {
        self.reader.as_raw_fd()
    }

    /// Makes the descriptor show what `holds` answers now. It is asked under the lock, so that of
    /// two callers the later one's view stays.
    pub fn sync(&self, holds: impl FnOnce() -> bool) {
        let mut raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = holds();
        if wanted == *raised {
            return;
        }
        // Never blocks: the pipe holds at most one byte, and is read only when it holds it.
        let done = if wanted {
            (&self.writer).write_all(&[1])
        } else {
            (&self.reader).read_exact(&mut [0])
        };
        if done.is_ok() {
            *raised = wanted;
        }
    }
}
