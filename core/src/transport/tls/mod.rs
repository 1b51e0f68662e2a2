//! TLS 1.2 and 1.3 (RFC 5246, RFC 8446) as a filter between a byte stream and its user, without a
//! socket inside: encrypted bytes in and out on one side, plain bytes on the other.
//!
//! Called by whoever owns the stream: it passes what it read to [`Tls::take`] and gets the plain
//! bytes by [`Tls::read`]; plain bytes go into [`Tls::write`], and [`Tls::flush`] after any of these
//! hands out what the stream is to carry. Certificates and trust are in [`TlsSettings`].

mod explain;
mod settings;
mod stream;
mod subject;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    io::{self, IoSlice, Read, Write},
};

use rustls::{Connection, ProtocolVersion};

pub use settings::{Clients, Oldest, Pem, Roles, TlsClient, TlsEnd, TlsServer, TlsSettings, Trust};
pub use stream::TlsStream;
pub use subject::common_name;

use self::explain::explain;
use crate::error::{Error, ErrorCode};

/// Encrypted bytes that may wait to be flushed before [`Tls::write`] takes no more.
const WAITING: usize = 64 * 1024;
/// Plain bytes that may wait to be read before [`Tls::take`] takes no more.
const UNREAD: usize = 16 * 1024;

/// One TLS connection, at either end.
pub struct Tls {
    connection: Connection,
    /// The name that the client looks for in the server's certificate, for error texts.
    name: Option<String>,
    /// Plain bytes that wait to be read.
    unread: usize,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("handshaking", &self.is_handshaking())
            .field("unread", &self.unread)
            .finish_non_exhaustive()
    }
}

impl Tls {
    fn new(mut connection: Connection, name: Option<String>) -> Self {
        connection.set_buffer_limit(Some(WAITING));
        Self { connection, name, unread: 0 }
    }

    /// Whether the handshake still goes on; plain bytes can be written only after it.
    #[must_use]
    pub fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    /// Takes encrypted bytes that the stream gave, and answers how many: fewer than all only while
    /// plain bytes wait to be read. May leave something to flush, an alert for the peer too when it
    /// fails.
    ///
    /// Fails when the peer is not to be trusted, refuses us, or speaks no TLS: EACCES where a
    /// certificate is the reason, else EPROTO. The connection is of no use then.
    pub fn take(&mut self, encrypted: &[u8]) -> Result<usize, Error> {
        let mut rest = encrypted;
        while !rest.is_empty() && self.unread < UNREAD {
            let read = self.connection.read_tls(&mut rest);
            if read.is_ok_and(|read| read == 0) {
                // After the peer's farewell nothing counts any more.
                return Ok(encrypted.len());
            }
            self.process()?;
        }
        Ok(encrypted.len() - rest.len())
    }

    /// The stream has ended. What waits can still be read; then [`Tls::read`] fails with
    /// `UnexpectedEof`, unless the peer had said farewell before: without it bytes may be missing.
    pub fn take_end(&mut self) -> Result<(), Error> {
        if self.is_handshaking() {
            return Err(Error::new(
                ErrorCode::ConnectionReset,
                "the peer closed during the TLS handshake",
            ));
        }
        // An empty read is how the connection learns of the end; it cannot fail.
        let _ = self.connection.read_tls(&mut io::empty());
        Ok(())
    }

    fn process(&mut self) -> Result<(), Error> {
        match self.connection.process_new_packets() {
            Ok(state) => {
                self.unread = state.plaintext_bytes_to_read();
                Ok(())
            }
            Err(error) => Err(explain(&error, self.name.as_deref(), !self.is_handshaking())),
        }
    }

    /// Reads plain bytes: `WouldBlock` when there are none now, 0 after the peer's farewell. After
    /// bytes were read, what [`Tls::take`] had left can be taken.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.connection.reader().read(buffer)?;
        self.unread -= read;
        Ok(read)
    }

    /// Takes plain bytes for the peer, and answers how many: fewer than all when too many encrypted
    /// ones wait to be flushed. None during the handshake.
    pub fn write(&mut self, slices: &[IoSlice<'_>]) -> usize {
        if self.is_handshaking() {
            return 0;
        }
        // It takes what it has room for and never fails.
        self.connection.writer().write_vectored(slices).unwrap_or(0)
    }

    /// Whether encrypted bytes wait to be flushed.
    #[must_use]
    pub fn wants_flush(&self) -> bool {
        self.connection.wants_write()
    }

    /// Passes what waits to `write`, which answers how many bytes it took, until all is gone. An
    /// error of `write`, such as `WouldBlock`, ends it; what was not taken waits.
    pub fn flush(
        &mut self,
        write: impl FnMut(&[IoSlice<'_>]) -> io::Result<usize>,
    ) -> io::Result<()> {
        let mut sink = Sink(write);
        while self.connection.wants_write() {
            if self.connection.write_tls(&mut sink)? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }

    /// Says farewell, so that the peer knows that nothing is missing. To be flushed.
    pub fn close(&mut self) {
        self.connection.send_close_notify();
    }

    /// The peer's own certificate (DER), once the handshake is over and where it gave one.
    #[must_use]
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        self.connection.peer_certificates()?.first().map(AsRef::as_ref)
    }

    /// The version that was agreed on, for people: `TLSv1.3`.
    #[must_use]
    pub fn version(&self) -> Option<&'static str> {
        match self.connection.protocol_version()? {
            ProtocolVersion::TLSv1_2 => Some("TLSv1.2"),
            ProtocolVersion::TLSv1_3 => Some("TLSv1.3"),
            _ => None,
        }
    }
}

/// A writer that calls.
struct Sink<F>(F);

impl<F: FnMut(&[IoSlice<'_>]) -> io::Result<usize>> Write for Sink<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        (self.0)(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
