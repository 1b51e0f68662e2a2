//! Stream: the byte stream of one connection, over tcp, TLS or ipc. Read, written and registered by
//! `session`.

use std::{
    io::{self, IoSlice, IoSliceMut, Read},
    net::{IpAddr, Shutdown, SocketAddr},
    os::fd::{AsFd, AsRawFd, BorrowedFd},
    sync::atomic::{AtomicBool, Ordering},
};

use mio::{
    Interest, Registry, Token,
    event::Source,
    net::{TcpStream, UnixStream},
};
use nix::errno::Errno;
#[cfg(target_os = "linux")]
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use socket2::{SockAddr, SockRef};

use super::{StreamOptions, TlsEnd, TlsStream, ipc};
use crate::error::Error;

/// The most slices that one system call takes on every platform (`IOV_MAX`).
const MOST_SLICES: usize = 1024;

/// From so long a piece on, a wider buffer pays.
const WIDE_FROM: usize = 512 * 1024;
/// How wide it is made, where the system allows so much. Linux doubles that.
const WIDTH: usize = 512 * 1024;

/// A peer that is gone must be an error, not a signal that ends the process.
#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: i32 = nix::libc::MSG_NOSIGNAL;
/// There the socket itself carries the setting: see `sockopt`.
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: i32 = 0;

/// Whether the kernel's send buffer of an ipc stream is still the system's. That holds a fifth of a MiB,
/// and while a reader is busy with one very large message, its writer soon waits for it to read on.
#[derive(Debug, Default)]
pub struct Width {
    narrow: AtomicBool,
}

impl Width {
    /// As the system has it, or as the user wants it.
    pub(super) fn of(options: &StreamOptions) -> Self {
        Self { narrow: AtomicBool::new(options.send_buffer.is_none()) }
    }

    /// Widens the buffer before the first very large piece: of a message, or of a backlog of small ones.
    fn suit(&self, stream: &UnixStream, slices: &[IoSlice<'_>]) {
        if self.narrow.load(Ordering::Relaxed)
            && slices.iter().any(|slice| slice.len() >= WIDE_FROM)
            && self.narrow.swap(false, Ordering::Relaxed)
        {
            // Only slower without.
            let _ = SockRef::from(stream).set_send_buffer_size(WIDTH);
        }
    }
}

/// A non-blocking byte stream, closed when dropped.
#[derive(Debug)]
pub enum Stream {
    /// To an address and a port.
    Tcp(TcpStream),
    /// The same inside TLS.
    Tls(Box<TlsStream>),
    /// To a process of this machine.
    Ipc(UnixStream, Width),
}

/// Writes to a socket, in one system call. `std`'s own writes raise SIGPIPE when the peer is gone, and
/// programs that did not ignore it die.
pub(super) fn send(socket: &impl AsFd, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    let slices = &slices[..slices.len().min(MOST_SLICES)];
    match slices {
        // The system looks less closely at a single one.
        [slice] => SockRef::from(socket).send_with_flags(slice, NO_SIGNAL),
        slices => SockRef::from(socket).send_vectored_with_flags(slices, NO_SIGNAL),
    }
}

impl Stream {
    /// Writes what the kernel takes, in one system call, and answers how many bytes that was.
    ///
    /// TLS takes bytes to encrypt; what the kernel takes none of waits for [`Stream::flush`].
    pub fn write_slices(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => send(stream, slices),
            Self::Tls(stream) => stream.write_slices(slices),
            Self::Ipc(stream, width) => {
                width.suit(stream, slices);
                send(stream, slices)
            }
        }
    }

    /// Writes what a write took and the kernel did not: only TLS has such bytes.
    pub fn flush(&self) -> io::Result<()> {
        match self {
            Self::Tls(stream) => stream.flush(),
            Self::Tcp(_) | Self::Ipc(..) => Ok(()),
        }
    }

    /// The stream inside TLS, at the start of its handshake. Only tcp streams can be so.
    pub fn secured(self, end: &TlsEnd) -> Result<Self, Error> {
        match self {
            Self::Tcp(stream) => Ok(Self::Tls(Box::new(TlsStream::new(stream, end.begin()?)))),
            other => Ok(other),
        }
    }

    /// Goes on with the handshake of TLS, where there is one. Answers whether it is done. See
    /// [`TlsStream::shake_hands`].
    pub fn shake_hands(&self) -> Result<bool, Error> {
        match self {
            Self::Tls(stream) => stream.shake_hands(),
            Self::Tcp(_) | Self::Ipc(..) => Ok(true),
        }
    }

    /// Writes as they are, to who stands on the way to the peer: outside TLS, before its handshake.
    pub fn write_outside(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tls(stream) => send(stream.as_ref(), &[IoSlice::new(bytes)]),
            Self::Tcp(_) | Self::Ipc(..) => self.write_slices(&[IoSlice::new(bytes)]),
        }
    }

    /// Reads what comes so.
    pub fn read_outside(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tls(stream) => stream.socket().read(buffer),
            Self::Tcp(_) | Self::Ipc(..) => (&mut &*self).read(buffer),
        }
    }

    /// What TLS knows of the peer, where there is TLS.
    #[must_use]
    pub fn tls(&self) -> Option<&TlsStream> {
        match self {
            Self::Tls(stream) => Some(stream),
            Self::Tcp(_) | Self::Ipc(..) => None,
        }
    }

    /// Whether the connect that was started has finished: to be asked when the stream is writable.
    ///
    /// A tcp connect to an unused port of this machine may meet itself (simultaneous open with
    /// one end); that would squat on the port which the awaited listener wants, so it is refused.
    pub fn finish_connect(&self) -> io::Result<bool> {
        let socket = SockRef::from(self);
        if let Some(error) = socket.take_error()? {
            return Err(error);
        }
        match socket.peer_addr() {
            Ok(peer) if self.is_own_end(&peer)? => Err(Errno::ECONNREFUSED.into()),
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn is_own_end(&self, peer: &SockAddr) -> io::Result<bool> {
        match self {
            Self::Tcp(_) | Self::Tls(_) => {
                Ok(SockRef::from(self).local_addr()?.as_socket() == peer.as_socket())
            }
            Self::Ipc(..) => Ok(false),
        }
    }

    /// Sets anew what may change while it is connected: keepalives.
    pub fn apply(&self, options: &StreamOptions) -> io::Result<()> {
        match self {
            Self::Tcp(_) | Self::Tls(_) => options.apply_keepalive(&SockRef::from(self)),
            Self::Ipc(..) => Ok(()),
        }
    }

    /// The endpoint of the far end, for people. Of an ipc stream only the bound end has a name,
    /// so both ends are shown as it.
    #[must_use]
    pub fn peer_text(&self) -> String {
        let socket = SockRef::from(self);
        text([socket.peer_addr(), socket.local_addr()])
    }

    /// The endpoint of the near end, for people. See [`Stream::peer_text`] about ipc.
    #[must_use]
    pub fn local_text(&self) -> String {
        let socket = SockRef::from(self);
        text([socket.local_addr(), socket.peer_addr()])
    }

    /// The address of the peer's host, IPv4 as such even over a dual-stack socket; `None` for ipc.
    #[must_use]
    pub fn peer_ip(&self) -> Option<IpAddr> {
        let peer = SockRef::from(self).peer_addr().ok()?.as_socket()?;
        Some(peer.ip().to_canonical())
    }

    /// Where the peer is, as ZAP and libzmq's messages have it: its host, or over ipc its user, group
    /// and process. Empty when it is gone.
    #[must_use]
    pub fn peer_address(&self) -> String {
        match (self, self.peer_credentials()) {
            (Self::Tcp(_) | Self::Tls(_), _) => {
                self.peer_ip().map(|ip| ip.to_string()).unwrap_or_default()
            }
            (Self::Ipc(..), Some((uid, gid, Some(pid)))) => format!("localhost:{uid}:{gid}:{pid}"),
            (Self::Ipc(..), Some((uid, gid, None))) => format!("localhost:{uid}:{gid}"),
            (Self::Ipc(..), None) => "localhost".to_owned(),
        }
    }

    /// The user, group and, where the system tells, process at the other end of an ipc stream.
    #[must_use]
    pub fn peer_credentials(&self) -> Option<(u32, u32, Option<i32>)> {
        match self {
            Self::Ipc(stream, _) => credentials(stream),
            Self::Tcp(_) | Self::Tls(_) => None,
        }
    }

    /// Its descriptor, for people.
    #[must_use]
    pub fn number(&self) -> i32 {
        self.as_fd().as_raw_fd()
    }

    /// Tells the peer that nothing more will come. A stream that is already down stays so.
    pub fn shutdown_write(&self) {
        if let Self::Tls(stream) = self {
            return stream.shutdown_write();
        }
        // Fails only when not connected any more, and then the peer has been told.
        let _ = SockRef::from(self).shutdown(Shutdown::Write);
    }

    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(stream) => stream,
            Self::Tls(stream) => stream.socket_mut(),
            Self::Ipc(stream, _) => stream,
        }
    }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => (&*stream).read(buffer),
            Stream::Tls(stream) => stream.read_vectored(&mut [IoSliceMut::new(buffer)]),
            Stream::Ipc(stream, _) => (&*stream).read(buffer),
        }
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        match self {
            Stream::Tcp(stream) => (&*stream).read_vectored(buffers),
            Stream::Tls(stream) => stream.read_vectored(buffers),
            Stream::Ipc(stream, _) => (&*stream).read_vectored(buffers),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Tls(stream) => stream.as_fd(),
            Self::Ipc(stream, _) => stream.as_fd(),
        }
    }
}

impl Source for Stream {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.source().register(registry, token, interests)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interests: Interest,
    ) -> io::Result<()> {
        self.source().reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.source().deregister(registry)
    }
}

#[cfg(target_os = "linux")]
fn credentials(stream: &UnixStream) -> Option<(u32, u32, Option<i32>)> {
    let found = getsockopt(stream, PeerCredentials).ok()?;
    Some((found.uid(), found.gid(), Some(found.pid())))
}

#[cfg(not(target_os = "linux"))]
fn credentials(stream: &UnixStream) -> Option<(u32, u32, Option<i32>)> {
    let (uid, gid) = nix::unistd::getpeereid(stream).ok()?;
    Some((uid.as_raw(), gid.as_raw(), None))
}

/// The first of the addresses that has a text.
fn text(addresses: [io::Result<SockAddr>; 2]) -> String {
    for address in addresses.into_iter().flatten() {
        if let Some(address) = address.as_socket() {
            let canonical = SocketAddr::new(address.ip().to_canonical(), address.port());
            // Only an IPv6 address that stays one has a scope to lose.
            let shown = if canonical.is_ipv4() { canonical } else { address };
            return format!("tcp://{shown}");
        }
        if let Some(name) = ipc::text(&address) {
            return name;
        }
    }
    "(not connected)".to_owned()
}
