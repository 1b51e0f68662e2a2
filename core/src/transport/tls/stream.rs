//! TlsStream: a tcp stream inside TLS, read and written like any other. Owned by [`crate::transport::Stream`].
//!
//! One lock holds both directions, since a TLS connection has one state: a sender's thread and the
//! driver's take turns. Bytes count as written once they are encrypted; what the kernel did not take of
//! them waits for [`TlsStream::flush`], 64 KiB at most. A read fills its buffers as far as anything is
//! there, decrypted already or still in the kernel, so a read that ends short has left nothing behind.

use std::{
    cell::RefCell,
    io::{self, IoSlice, IoSliceMut, Read},
    net::Shutdown,
    os::fd::{AsFd, BorrowedFd},
    sync::{Mutex, MutexGuard, PoisonError},
};

use mio::net::TcpStream;
use socket2::SockRef;

use super::Tls;
use crate::{
    error::{Error, ErrorCode},
    transport::stream::send,
};

/// Encrypted bytes that one read takes from the kernel.
const PIECE: usize = 64 * 1024;
/// Pieces of a refused peer that are read and forgotten: closing with unread input would take back what it
/// is told about the refusal.
const FORGOTTEN: usize = 4;

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; PIECE].into());
}

/// See the module's text.
#[derive(Debug)]
pub struct TlsStream {
    socket: TcpStream,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tls: Tls,
    /// Encrypted bytes that came while enough plain ones waited to be read.
    rest: Vec<u8>,
    /// What ended it; every later read says so again.
    failed: Option<Error>,
}

impl TlsStream {
    /// At the start of its handshake.
    #[must_use]
    pub fn new(socket: TcpStream, tls: Tls) -> Self {
        Self { socket, state: Mutex::new(State { tls, rest: Vec::new(), failed: None }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::transport) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    pub(in crate::transport) fn socket_mut(&mut self) -> &mut TcpStream {
        &mut self.socket
    }

    /// Goes on with the handshake as far as it can now. Answers whether it is done.
    ///
    /// # Errors
    /// EACCES where a certificate is the reason, ECONNRESET where the peer closed, else EPROTO; with a
    /// sentence for people. The peer has been told.
    pub fn shake_hands(&self) -> Result<bool, Error> {
        let mut state = self.state();
        loop {
            state.flush_if_possible(&self.socket);
            if !state.tls.is_handshaking() {
                return Ok(true);
            }
            match state.feed(&self.socket) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    state.forget_input(&self.socket);
                    return Err(error.into());
                }
            }
        }
    }

    /// Encrypts what there is room for, and writes what the kernel takes of it.
    pub(in crate::transport) fn write_slices(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.state();
        state.flush(&self.socket)?;
        match state.tls.write(slices) {
            0 if slices.iter().any(|slice| !slice.is_empty()) => {
                Err(io::ErrorKind::WouldBlock.into())
            }
            taken => {
                state.flush_if_possible(&self.socket);
                Ok(taken)
            }
        }
    }

    /// Writes what was encrypted and not taken by the kernel yet.
    pub(in crate::transport) fn flush(&self) -> io::Result<()> {
        self.state().flush(&self.socket)
    }

    /// Reads into all of the buffers, as far as bytes are there.
    pub(in crate::transport) fn read_vectored(
        &self,
        buffers: &mut [IoSliceMut<'_>],
    ) -> io::Result<usize> {
        let mut state = self.state();
        if state.tls.wants_flush() {
            // A last word that found no room, or an answer of TLS itself: no writer may come for it.
            state.flush_if_possible(&self.socket);
        }
        let mut filled = 0;
        for buffer in buffers {
            let count = match state.fill(&self.socket, buffer, filled > 0) {
                Ok(count) => count,
                // It comes again, by the next read.
                Err(_) if filled > 0 => break,
                Err(error) => return Err(error),
            };
            filled += count;
            if count < buffer.len() {
                break;
            }
        }
        Ok(filled)
    }

    /// Says farewell, and that nothing more will come.
    pub(in crate::transport) fn shutdown_write(&self) {
        self.state().say_farewell(&self.socket);
        // Fails only when not connected any more, and then the peer has been told.
        let _ = SockRef::from(&self.socket).shutdown(Shutdown::Write);
    }

    /// The peer's own certificate (DER), once the handshake is done and where it gave one.
    #[must_use]
    pub fn peer_certificate(&self) -> Option<Vec<u8>> {
        self.state().tls.peer_certificate().map(<[u8]>::to_vec)
    }

    /// The version that was agreed on, for people: `TLSv1.3`.
    #[must_use]
    pub fn version(&self) -> Option<&'static str> {
        self.state().tls.version()
    }
}

impl Drop for TlsStream {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.say_farewell(&self.socket);
    }
}

impl AsFd for TlsStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl State {
    fn flush(&mut self, socket: &TcpStream) -> io::Result<()> {
        self.tls.flush(|slices| send(socket, slices))
    }

    /// What does not go now goes when the stream is writable; that it never will is seen by reading.
    fn flush_if_possible(&mut self, socket: &TcpStream) {
        let _ = self.flush(socket);
    }

    /// Fills the buffer as far as bytes are there; an error comes only before the first of them, or never
    /// where others were read before.
    fn fill(&mut self, socket: &TcpStream, buffer: &mut [u8], mut any: bool) -> io::Result<usize> {
        let (mut filled, mut drained) = (0, false);
        while filled < buffer.len() {
            match self.read_plain(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => {
                    filled += count;
                    any = true;
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) if filled > 0 => break,
                Err(error) => return Err(error),
            }
            if any && drained && self.rest.is_empty() {
                break;
            }
            match self.feed(socket) {
                Ok(all) => drained = all,
                Err(_) if filled > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn read_plain(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tls.read(buffer).map_err(|error| match (error.kind(), &self.failed) {
            (io::ErrorKind::WouldBlock, Some(failed)) => io::Error::other(failed.clone()),
            (io::ErrorKind::UnexpectedEof, _) => io::Error::other(Error::new(
                ErrorCode::ConnectionReset,
                "TLS: the stream ended without the peer's farewell: something may be missing",
            )),
            _ => error,
        })
    }

    /// Takes in more encrypted bytes. Answers whether the kernel has no more of them now.
    fn feed(&mut self, socket: &TcpStream) -> io::Result<bool> {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            self.take(socket, &rest)?;
            return Ok(false);
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let count = (&*socket).read(scratch)?;
            if count == 0 {
                let ended = self.tls.take_end();
                return self.check(socket, ended).map(|()| true);
            }
            self.take(socket, &scratch[..count])?;
            Ok(count < scratch.len())
        })
    }

    fn take(&mut self, socket: &TcpStream, encrypted: &[u8]) -> io::Result<()> {
        let taken = self.tls.take(encrypted);
        let result = match taken {
            Ok(count) => {
                self.rest.extend_from_slice(&encrypted[count..]);
                Ok(())
            }
            Err(error) => Err(error),
        };
        self.check(socket, result)
    }

    /// Remembers a failure, and writes what the peer is to hear of it or of anything else.
    fn check(&mut self, socket: &TcpStream, result: Result<(), Error>) -> io::Result<()> {
        if self.tls.wants_flush() {
            self.flush_if_possible(socket);
        }
        result.map_err(|error| {
            self.failed = Some(error.clone());
            io::Error::other(error)
        })
    }

    fn say_farewell(&mut self, socket: &TcpStream) {
        if self.failed.is_none() && !self.tls.is_handshaking() {
            self.tls.close();
            self.flush_if_possible(socket);
        }
    }

    /// The peer is refused and has been told.
    fn forget_input(&mut self, socket: &TcpStream) {
        let _ = SockRef::from(socket).shutdown(Shutdown::Write);
        SCRATCH.with_borrow_mut(|scratch| {
            for _ in 0..FORGOTTEN {
                if !matches!((&*socket).read(scratch), Ok(1..)) {
                    break;
                }
            }
        });
    }
}
