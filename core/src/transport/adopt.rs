//! Adopt: a socket that somebody else opened and listens with, by its number (`USE_FD`), as systemd hands
//! them to services. Called by [`super::tcp`] and [`super::ipc`].
//!
//! That a number is nobody else's is a promise that no type can hold, so it never becomes a descriptor
//! here. The kernel gives another one of the same socket, the way that descriptors go from process to
//! process (`SCM_RIGHTS`), and says so where the number names nothing.

use std::{
    fs,
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::{
        fd::{AsRawFd, OwnedFd, RawFd},
        unix::{fs::MetadataExt, net::UnixStream},
    },
};

use nix::{
    errno::Errno,
    sys::socket::{ControlMessage, MsgFlags, sendmsg},
    unistd,
};
use rustix::{
    cmsg_space,
    net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg},
};
use socket2::{SockAddr, Socket, Type};

use crate::error::{Error, ErrorCode};

/// The number that was given. What it names is closed with the listener, as libzmq does it, unless that
/// is another thing by then, or the bind fails after all.
#[derive(Debug)]
pub(super) struct Given {
    number: RawFd,
    identity: Option<(u64, u64)>,
    taken: bool,
}

impl Given {
    /// The endpoint stands.
    pub(super) fn take(&mut self) {
        self.taken = true;
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        if self.taken && self.identity.is_some() && self.identity == identity(self.number) {
            // Nobody is left to hear of an error.
            let _ = unistd::close(self.number);
        }
    }
}

/// A descriptor of ours for the listening socket `number`, which does not block.
///
/// # Errors
/// EBADF, ENOTSOCK or EINVAL where `number` is no stream socket that listens at what `fits` knows, which
/// `family` names; it is left as it was.
pub(super) fn adopt(
    number: RawFd,
    family: &str,
    fits: impl Fn(&SockAddr) -> bool,
) -> Result<(Socket, Given), Error> {
    let unfit = |code, what: String| {
        let text =
            format!("USE_FD takes a listening stream socket of {family}, but {number} is {what}");
        Error::new(code, text)
    };
    let failed = |error: io::Error| match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EBADF) => unfit(ErrorCode::BadHandle, "no open descriptor".into()),
        Some(Errno::ENOTSOCK) => unfit(ErrorCode::NotSocket, "no socket".into()),
        _ => Error::from(error),
    };
    let socket = Socket::from(duplicate(number).map_err(failed)?);
    let kind = socket.r#type().map_err(failed)?;
    let address = socket.local_addr().map_err(failed)?;
    if kind != Type::STREAM {
        return Err(unfit(ErrorCode::Invalid, "not one of streams".into()));
    }
    if !fits(&address) {
        return Err(unfit(ErrorCode::Invalid, "of another family, or has no name".into()));
    }
    if !listens(&socket).map_err(failed)? {
        return Err(unfit(ErrorCode::Invalid, "one that does not listen".into()));
    }
    socket.set_nonblocking(true)?;
    let given = Given { number, identity: identity(socket.as_raw_fd()), taken: false };
    Ok((socket, given))
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn listens(socket: &Socket) -> io::Result<bool> {
    socket.is_listener()
}

/// Elsewhere the first accept tells.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn listens(_socket: &Socket) -> io::Result<bool> {
    Ok(true)
}

/// Another descriptor of what `number` names: it is sent to ourselves.
fn duplicate(number: RawFd) -> io::Result<OwnedFd> {
    let (near, far) = UnixStream::pair()?;
    let (numbers, byte) = ([number], [IoSlice::new(b"-")]);
    let rights = [ControlMessage::ScmRights(&numbers)];
    sendmsg::<()>(near.as_raw_fd(), &byte, &rights, MsgFlags::empty(), None)?;
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(1))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    recvmsg(&far, &mut [IoSliceMut::new(&mut [0])], &mut rights, FLAGS)?;
    let came = rights.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut all) => all.next(),
        _ => None,
    });
    // Without room for one more descriptor the byte comes alone.
    let came = came.map(Socket::from).ok_or(Errno::EMFILE)?;
    came.set_cloexec(true)?;
    Ok(came.into())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const FLAGS: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const FLAGS: RecvFlags = RecvFlags::empty();

/// Which file of the system a number names; `None` where that cannot be told.
fn identity(number: RawFd) -> Option<(u64, u64)> {
    let file = fs::metadata(format!("/dev/fd/{number}")).ok()?;
    Some((file.dev(), file.ino()))
}
