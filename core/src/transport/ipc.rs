//! ipc: Unix sockets by path or abstract name. Called by [`super::Acceptor`] and
//! [`super::start_connect`].
//!
//! A path outlives its socket, so a process that dies leaves a file which nobody answers at. Such
//! a file is taken over when its path is bound, but one with a living listener never is.

use std::{
    fs::{self, File},
    hash::{BuildHasher, RandomState},
    io,
    os::{
        fd::AsRawFd,
        unix::fs::{FileTypeExt, MetadataExt},
    },
    path::{Path, PathBuf},
    process, thread,
    time::{Duration, Instant},
};

use mio::{
    event::Source,
    net::{UnixListener, UnixStream},
};
use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
};
use socket2::{Domain, SockAddr, Socket, Type};

use super::{
    Endpoint, IpcEndpoint, Stream, StreamOptions, Width,
    adopt::{Given, adopt},
    endpoint::check_ipc_length,
    failed,
};
use crate::error::{Error, ErrorCode};

/// How long a listener may need from binding its path to listening. A probe in between is
/// refused as if the listener were dead, so no file is called stale before a second probe.
const BIND_TO_LISTEN: Duration = Duration::from_millis(5);
/// How long to wait for others that look for stale files in the same folder.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
/// How often to ask whether they are done.
const LOCK_RETRY: Duration = Duration::from_millis(1);

/// A bound Unix socket. Its path is removed when this is dropped, if it is still this socket's.
#[derive(Debug)]
pub struct IpcListener {
    // Dropped, thus removed, before the listener closes: the path never leads to a dead socket.
    // Held for its drop alone; an abstract name has none.
    _file: Option<SocketFile>,
    listener: UnixListener,
    endpoint: IpcEndpoint,
    /// For the streams that it accepts.
    options: Box<StreamOptions>,
    // Dropped after the listener.
    given: Option<Given>,
}

impl IpcListener {
    pub(super) fn bind(endpoint: &IpcEndpoint, options: &StreamOptions) -> Result<Self, Error> {
        if let Some(number) = options.use_fd {
            return Self::adopt(number, options);
        }
        let endpoint = match endpoint {
            IpcEndpoint::Wildcard => IpcEndpoint::Path(fresh_path()?),
            named => named.clone(),
        };
        let fail = |error| failed(error, format_args!("ipc://{endpoint}"));
        let socket = options.open(Domain::UNIX).map_err(fail)?;
        let file = match &endpoint {
            IpcEndpoint::Path(path) => listen_at(Path::new(path), &socket, options.backlog),
            other => listen_outside(&address(other)?, &socket, options.backlog).map(|()| None),
        };
        let file = file.map_err(fail)?;
        Ok(Self {
            _file: file,
            listener: UnixListener::from_std(socket.into()),
            endpoint,
            options: options.clone().into(),
            given: None,
        })
    }

    /// Where the socket of this number listens, which need not be where the endpoint says. Its path stays:
    /// whoever bound it removes it.
    fn adopt(number: i32, options: &StreamOptions) -> Result<Self, Error> {
        let (socket, given) = adopt(number, "ipc", |address| named(address).is_some())?;
        let endpoint = named(&socket.local_addr()?).ok_or(ErrorCode::Invalid)?;
        Ok(Self {
            _file: None,
            listener: UnixListener::from_std(socket.into()),
            endpoint,
            options: options.clone().into(),
            given: Some(given),
        })
    }

    pub(super) fn accept(&self) -> io::Result<Stream> {
        let (stream, _) = self.listener.accept()?;
        #[cfg(target_vendor = "apple")]
        socket2::SockRef::from(&stream).set_nosigpipe(true)?;
        Ok(Stream::Ipc(stream, Width::of(&self.options)))
    }

    pub(super) fn local_endpoint(&self) -> String {
        Endpoint::Ipc(self.endpoint.clone()).to_string()
    }

    pub(super) fn given(&mut self) -> Option<&mut Given> {
        self.given.as_mut()
    }

    pub(super) fn number(&self) -> i32 {
        self.listener.as_raw_fd()
    }

    pub(super) fn source(&mut self) -> &mut dyn Source {
        &mut self.listener
    }
}

/// Connects; there is nothing to wait for.
pub(super) fn connect(endpoint: &IpcEndpoint, options: &StreamOptions) -> Result<Stream, Error> {
    let address = address(endpoint)?;
    let fail = |error| failed(error, format_args!("ipc://{endpoint}"));
    let socket = options.open(Domain::UNIX).map_err(fail)?;
    socket.connect(&address).map_err(fail)?;
    Ok(Stream::Ipc(UnixStream::from_std(socket.into()), Width::of(options)))
}

/// The canonical endpoint of a Unix address; `None` for one without a name, or of another family.
pub(super) fn text(address: &SockAddr) -> Option<String> {
    named(address).map(|endpoint| Endpoint::Ipc(endpoint).to_string())
}

fn named(address: &SockAddr) -> Option<IpcEndpoint> {
    if let Some(path) = address.as_pathname() {
        return Some(IpcEndpoint::Path(path.display().to_string()));
    }
    let name = address.as_abstract_namespace()?;
    Some(IpcEndpoint::Abstract(String::from_utf8_lossy(name).into_owned()))
}

fn address(endpoint: &IpcEndpoint) -> Result<SockAddr, Error> {
    let address = match endpoint {
        IpcEndpoint::Path(path) => SockAddr::unix(path),
        IpcEndpoint::Abstract(name) => SockAddr::unix(format!("\0{name}")),
        IpcEndpoint::Wildcard => Err(io::ErrorKind::InvalidInput.into()),
    };
    address.map_err(|error| failed(error, format_args!("ipc://{endpoint}")))
}

/// A path for `ipc://*` that nobody else has.
fn fresh_path() -> Result<String, Error> {
    let name = format!("sockery-{}-{:016x}", process::id(), random());
    let path = std::env::temp_dir().join(name).into_os_string().into_string().map_err(|path| {
        Error::new(ErrorCode::Invalid, format!("the temporary folder {path:?} is not Unicode"))
    })?;
    check_ipc_length(&path)?;
    Ok(path)
}

/// A number that others do not guess; the standard library's keys are the random source at hand.
fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// Listens at an abstract name, which dies with its socket.
fn listen_outside(address: &SockAddr, socket: &Socket, backlog: i32) -> io::Result<()> {
    socket.bind(address)?;
    socket.listen(backlog)
}

/// Listens at a path, after removing what a dead listener left there.
fn listen_at(path: &Path, socket: &Socket, backlog: i32) -> io::Result<Option<SocketFile>> {
    let address = SockAddr::unix(path)?;
    let bound = socket.bind(&address);
    let mut _alone = None;
    if bound.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse) {
        // Held until this one listens, so that the next one to look finds it alive.
        _alone = lock_folder(path);
        if let Some(stale) = find_stale(path) {
            remove_stale(path, stale)?;
        }
        socket.bind(&address)?;
    } else {
        bound?;
    }
    let file = SocketFile::of(path);
    socket.listen(backlog)?;
    Ok(file)
}

/// Keeps others of this library from looking for stale files in the folder of `path` meanwhile:
/// of two that saw the same one, the slower would remove the living socket of the faster.
///
/// Without the lock, where the folder cannot be read or a stranger has locked it, the checks of
/// [`find_stale`] remain, which leave the slower one only an instant to be wrong in.
fn lock_folder(path: &Path) -> Option<Flock<File>> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut folder = File::open(parent.unwrap_or_else(|| Path::new("."))).ok()?;
    let deadline = Instant::now() + LOCK_PATIENCE;
    while Instant::now() < deadline {
        match Flock::lock(folder, FlockArg::LockExclusiveNonblock) {
            Ok(locked) => return Some(locked),
            Err((unlocked, Errno::EWOULDBLOCK)) if is_refused(path) => folder = unlocked,
            Err(_) => return None,
        }
        thread::sleep(LOCK_RETRY);
    }
    None
}

/// The identity of the file at `path` if it is a socket at which nobody listens.
fn find_stale(path: &Path) -> Option<Identity> {
    let seen = Identity::of(path)?;
    if !is_refused(path) {
        return None;
    }
    thread::sleep(BIND_TO_LISTEN);
    (is_refused(path) && Identity::of(path) == Some(seen)).then_some(seen)
}

/// Whether connecting says that nobody listens. Every other answer, also a full backlog or a
/// lack of permission or of descriptors, may come from, or hide, a living listener.
fn is_refused(path: &Path) -> bool {
    let probe = || -> io::Result<()> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.connect(&SockAddr::unix(path)?)
    };
    probe().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// Removes the file that was probed, unless someone else removed it first.
fn remove_stale(path: &Path, stale: Identity) -> io::Result<()> {
    if Identity::of(path) != Some(stale) {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The file of a bound path, removed when dropped unless it has become somebody else's.
#[derive(Debug)]
struct SocketFile {
    /// Absolute, since the process may change its folder.
    path: PathBuf,
    identity: Identity,
    /// A child inherits this value, but the path stays its parent's.
    owner: u32,
}

impl SocketFile {
    fn of(path: &Path) -> Option<Self> {
        let identity = Identity::of(path)?;
        let path = std::path::absolute(path).ok()?;
        Some(Self { path, identity, owner: process::id() })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if process::id() == self.owner && Identity::of(&self.path) == Some(self.identity) {
            // A file that cannot be removed is a stale one, which the next bind takes over.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Tells one socket file from the next at the same path: inode numbers are used again, and
/// changed permissions leave the modification time alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    modified: (i64, i64),
}

impl Identity {
    /// `None` when there is no file, or it is not a socket.
    fn of(path: &Path) -> Option<Self> {
        let file = fs::symlink_metadata(path).ok().filter(|file| file.file_type().is_socket())?;
        Some(Self {
            device: file.dev(),
            inode: file.ino(),
            modified: (file.mtime(), file.mtime_nsec()),
        })
    }
}
