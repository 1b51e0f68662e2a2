//! Traced: sending and receiving a small part in a way that LuaJIT compiles into its traces, where a
//! function of Lua's C interface ends them.
//!
//! Called by `lua/sockery/traced.lua` through LuaJIT's FFI. These only try: what would wait, fails or
//! is out of the ordinary they leave to the other functions, so they answer yes or no.

use std::{ffi::c_char, ptr, slice};

use sockery::facade::{Frame, Wait};

use super::{Upvalue, caught};

/// What `sockery_recv` received, as C has it: FFI reads the first three fields.
#[repr(C)]
pub(super) struct Traced {
    bytes: *const u8,
    size: usize,
    more: bool,
    /// What owns the bytes. There until it is released: another receive between, a finalizer's, must
    /// not take it away, and goes the other way.
    part: Option<Frame>,
}

impl Default for Traced {
    fn default() -> Self {
        Self { bytes: ptr::null(), size: 0, more: false, part: None }
    }
}

impl Traced {
    pub(super) fn release(&mut self) {
        self.part = None;
    }
}

impl Upvalue {
    fn try_send(&self, bytes: &[u8]) -> bool {
        let Some(socket) = &self.socket else { return false };
        socket.send_frame(Frame::from(bytes), false, Wait::No).is_ok()
    }

    fn try_recv(&mut self) -> bool {
        let (Some(socket), None) = (&self.socket, &self.traced.part) else { return false };
        let Ok((part, more)) = socket.recv_frame(Wait::No) else { return false };
        // A small frame holds its bytes itself: they are where it stays, not where it was.
        let part = self.traced.part.insert(part);
        let (bytes, size) = (part.as_ptr(), part.len());
        (self.traced.bytes, self.traced.size, self.traced.more) = (bytes, size, more);
        true
    }
}

/// Sends a part that no others follow, if it can be sent at once.
#[unsafe(no_mangle)]
unsafe extern "C" fn sockery_send(upvalue: &Upvalue, bytes: *const c_char, size: usize) -> bool {
    // SAFETY: LuaJIT passes a string, which has that many bytes.
    let bytes = unsafe { slice::from_raw_parts(bytes.cast(), size) };
    caught(|| Ok(upvalue.try_send(bytes))).unwrap_or(false)
}

/// Receives a part into the upvalue, if there is one. To be released.
#[unsafe(no_mangle)]
extern "C" fn sockery_recv(upvalue: &mut Upvalue) -> bool {
    caught(|| Ok(upvalue.try_recv())).unwrap_or(false)
}

/// Frees what was received last.
#[unsafe(no_mangle)]
extern "C" fn sockery_release(upvalue: &mut Upvalue) {
    let _ = caught(|| {
        upvalue.traced.release();
        Ok(())
    });
}
