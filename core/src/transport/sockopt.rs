//! Stream options: what is set on a system socket, each in one place, through socket2.
//!
//! `session` fills [`StreamOptions`] from a socket's option store; `tcp` and `ipc` apply them.

use std::{io, net::SocketAddr, time::Duration};

use socket2::{Domain, SockRef, Socket, TcpKeepalive, Type};

/// Settings of the system sockets under one endpoint. What is `None`, or -1, is left as the
/// system has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamOptions {
    /// Send small writes at once instead of gathering them (`TCP_NODELAY`).
    pub no_delay: bool,
    /// The kernel's send buffer in bytes (`SO_SNDBUF`).
    pub send_buffer: Option<usize>,
    /// The kernel's receive buffer in bytes (`SO_RCVBUF`).
    pub receive_buffer: Option<usize>,
    /// Ask silent tcp peers whether they live: 1 yes, 0 no, -1 as the system has it.
    pub tcp_keepalive: i32,
    /// Seconds of silence before the first question; only when `tcp_keepalive` is 1.
    pub tcp_keepalive_idle: i32,
    /// Questions without answer after which a peer is dead; only when `tcp_keepalive` is 1.
    pub tcp_keepalive_cnt: i32,
    /// Seconds between questions; only when `tcp_keepalive` is 1.
    pub tcp_keepalive_intvl: i32,
    /// How long sent bytes may stay unacknowledged before a tcp stream is given up (`TCP_USER_TIMEOUT`;
    /// Linux); zero is the system's.
    pub tcp_maxrt: Duration,
    /// Type of service (IPv4) or traffic class (IPv6); 0 is the system's.
    pub tos: u32,
    /// The priority of packets (`SO_PRIORITY`; Linux); 0 is the system's.
    pub priority: u32,
    /// Microseconds of spinning for packets (`SO_BUSY_POLL`; Linux); 0 is the system's.
    pub busy_poll: u32,
    /// Use IPv6 beside IPv4: names may resolve to it, and `*` is bound to both.
    pub ipv6: bool,
    /// How many streams may wait to be accepted.
    pub backlog: i32,
    /// Send and receive only through this interface (`SO_BINDTODEVICE`; Linux).
    pub bind_to_device: Option<String>,
    /// The number of a listening socket to take over instead of opening one (`USE_FD`).
    pub use_fd: Option<i32>,
}

impl Default for StreamOptions {
    fn default() -> Self {
        Self {
            no_delay: true,
            send_buffer: None,
            receive_buffer: None,
            tcp_keepalive: -1,
            tcp_keepalive_idle: -1,
            tcp_keepalive_cnt: -1,
            tcp_keepalive_intvl: -1,
            tcp_maxrt: Duration::ZERO,
            tos: 0,
            priority: 0,
            busy_poll: 0,
            ipv6: false,
            backlog: 100,
            bind_to_device: None,
            use_fd: None,
        }
    }
}

impl StreamOptions {
    /// A stream socket that does not block, is closed on exec, and has its buffers: their size
    /// must be known before a handshake, which settles the tcp window scale.
    pub(super) fn open(&self, domain: Domain) -> io::Result<Socket> {
        let socket = Socket::new(domain, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        if let Some(size) = self.send_buffer {
            socket.set_send_buffer_size(size)?;
        }
        if let Some(size) = self.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        Ok(socket)
    }

    /// What a tcp socket needs before it binds or connects.
    pub(super) fn apply_before(&self, socket: &Socket, domain: Domain) -> io::Result<()> {
        self.apply_device(socket)?;
        self.apply_urgency(socket)?;
        self.apply_tos(socket, domain)
    }

    /// What a udp socket needs before it binds or sends.
    pub(super) fn apply_datagrams(&self, socket: &SockRef<'_>, domain: Domain) -> io::Result<()> {
        if let Some(size) = self.send_buffer {
            socket.set_send_buffer_size(size)?;
        }
        if let Some(size) = self.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        self.apply_before(socket, domain)
    }

    /// What a tcp stream needs, connecting or accepted.
    pub(super) fn apply_stream(&self, socket: &SockRef<'_>, peer: SocketAddr) -> io::Result<()> {
        #[cfg(target_vendor = "apple")]
        socket.set_nosigpipe(true)?;
        if peer.ip().is_loopback() {
            spare_pacing(socket);
        }
        if self.no_delay {
            socket.set_tcp_nodelay(true)?;
        }
        self.apply_maxrt(socket)?;
        self.apply_keepalive(socket)
    }

    /// What may change while a stream is connected.
    pub(super) fn apply_keepalive(&self, socket: &SockRef<'_>) -> io::Result<()> {
        match self.tcp_keepalive {
            1 => socket.set_tcp_keepalive(&self.keepalive()),
            0 => socket.set_keepalive(false),
            _ => Ok(()),
        }
    }

    fn keepalive(&self) -> TcpKeepalive {
        let mut keepalive = TcpKeepalive::new();
        if let Some(idle) = positive(self.tcp_keepalive_idle) {
            keepalive = keepalive.with_time(Duration::from_secs(idle.into()));
        }
        if let Some(interval) = positive(self.tcp_keepalive_intvl) {
            keepalive = keepalive.with_interval(Duration::from_secs(interval.into()));
        }
        if let Some(count) = positive(self.tcp_keepalive_cnt) {
            keepalive = keepalive.with_retries(count);
        }
        keepalive
    }

    fn apply_tos(&self, socket: &Socket, domain: Domain) -> io::Result<()> {
        match self.tos {
            0 => Ok(()),
            tos if domain == Domain::IPV6 => socket.set_tclass_v6(tos),
            tos => socket.set_tos_v4(tos),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn apply_maxrt(&self, socket: &SockRef<'_>) -> io::Result<()> {
        if self.tcp_maxrt.is_zero() {
            return Ok(());
        }
        socket.set_tcp_user_timeout(Some(self.tcp_maxrt))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn apply_maxrt(&self, _socket: &SockRef<'_>) -> io::Result<()> {
        if self.tcp_maxrt.is_zero() { Ok(()) } else { Err(io::ErrorKind::Unsupported.into()) }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn apply_urgency(&self, socket: &Socket) -> io::Result<()> {
        if self.priority > 0 {
            socket.set_priority(self.priority)?;
        }
        if self.busy_poll > 0 {
            socket.set_busy_poll(self.busy_poll)?;
        }
        Ok(())
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn apply_urgency(&self, _socket: &Socket) -> io::Result<()> {
        match (self.priority, self.busy_poll) {
            (0, 0) => Ok(()),
            _ => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn apply_device(&self, socket: &Socket) -> io::Result<()> {
        match &self.bind_to_device {
            Some(device) => socket.bind_device(Some(device.as_bytes())),
            None => Ok(()),
        }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn apply_device(&self, _socket: &Socket) -> io::Result<()> {
        match self.bind_to_device {
            Some(_) => Err(io::ErrorKind::Unsupported.into()),
            None => Ok(()),
        }
    }
}

/// Between programs of one machine there is no network to be kind to. Where the system's way of
/// congestion control paces what is sent (bbr), it takes a reader that copies meanwhile for a slow line
/// and holds large messages back. Reno, which is always there, does not pace. A wish: refusing is no harm.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn spare_pacing(socket: &SockRef<'_>) {
    let _ = socket.set_tcp_congestion(b"reno");
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn spare_pacing(_socket: &SockRef<'_>) {}

/// The value of an option whose unset form is -1.
fn positive(value: i32) -> Option<u32> {
    u32::try_from(value).ok().filter(|&value| value > 0)
}
