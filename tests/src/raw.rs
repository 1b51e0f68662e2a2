//! Plain byte streams: what a peer that breaks the rules of the protocol sends. Called by `play`.

use std::{
    fmt,
    io::{self, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    sync::mpsc,
    thread,
    time::Duration,
};

/// What a connection can do; implemented by std's streams.
pub trait Stream: Read + Write + Send + fmt::Debug {}
impl<T: Read + Write + Send + fmt::Debug> Stream for T {}

/// One end of a byte stream, or a place where the next one can arrive.
#[derive(Debug)]
pub enum Raw {
    /// A connection.
    Open(Box<dyn Stream>),
    /// A tcp port.
    Tcp(TcpListener),
    /// A Unix path.
    Ipc(UnixListener),
}

impl Raw {
    /// Connects to an endpoint.
    pub fn connect(endpoint: &str, deadline: Duration) -> io::Result<Self> {
        match scheme(endpoint)? {
            ("tcp", address) => Self::tcp(TcpStream::connect(address)?, deadline),
            (_, path) => Self::ipc(UnixStream::connect(path)?, deadline),
        }
    }

    /// Listens at an endpoint; the address that a peer can connect to comes with it.
    pub fn listen(endpoint: &str) -> io::Result<(Self, String)> {
        match scheme(endpoint)? {
            ("tcp", address) => {
                let listener = TcpListener::bind(address)?;
                let address = format!("tcp://{}", listener.local_addr()?);
                Ok((Self::Tcp(listener), address))
            }
            (_, path) => Ok((Self::Ipc(UnixListener::bind(path)?), endpoint.to_owned())),
        }
    }

    /// The next connection that arrives.
    pub fn accept(&self, deadline: Duration) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) => {
                let listener = listener.try_clone()?;
                Self::tcp(within(deadline, move || Ok(listener.accept()?.0))?, deadline)
            }
            Self::Ipc(listener) => {
                let listener = listener.try_clone()?;
                Self::ipc(within(deadline, move || Ok(listener.accept()?.0))?, deadline)
            }
            Self::Open(_) => Err(io::Error::other("that is a connection")),
        }
    }

    /// Writes these bytes.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream()?.write_all(bytes)
    }

    /// Reads this many bytes.
    pub fn read(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stream()?.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads until the other side has closed, which a reset does too.
    pub fn closed(&mut self) -> io::Result<()> {
        let mut rest = Vec::new();
        match self.stream()?.read_to_end(&mut rest) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error),
            _ => Ok(()),
        }
    }

    fn stream(&mut self) -> io::Result<&mut dyn Stream> {
        match self {
            Self::Open(stream) => Ok(stream.as_mut()),
            Self::Tcp(_) | Self::Ipc(_) => Err(io::Error::other("that only listens")),
        }
    }

    fn tcp(stream: TcpStream, deadline: Duration) -> io::Result<Self> {
        stream.set_read_timeout(Some(deadline))?;
        Ok(Self::Open(Box::new(stream)))
    }

    fn ipc(stream: UnixStream, deadline: Duration) -> io::Result<Self> {
        stream.set_read_timeout(Some(deadline))?;
        Ok(Self::Open(Box::new(stream)))
    }
}

/// What `work` answers, or an error when it takes longer; the thread is then left to itself.
fn within<T: Send + 'static>(
    deadline: Duration,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(deadline).map_err(|_| ErrorKind::TimedOut)?
}

fn scheme(endpoint: &str) -> io::Result<(&str, &str)> {
    match endpoint.split_once("://") {
        Some(found @ ("tcp" | "ipc", _)) => Ok(found),
        _ => Err(io::Error::other(format!("no raw connection to {endpoint}"))),
    }
}
