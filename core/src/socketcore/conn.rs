//! Conn: one socket of a program, from resolving its address to the last byte after its close.
//!
//! It only moves bytes and says what happened ([`Notice`]); ids, queues and clocks are the station's.
//! Every call does all that can be done now, since the poll tells of each change only once.

use std::{
    io::{self, IoSlice, Read},
    time::Instant,
};

use mio::{Interest, Registry, Token, event::Source};

use super::{
    Transport,
    constants::{Code, Setting},
    event::Notice,
    inbox::Inbox,
    outbox::Outbox,
};
use crate::{
    error::Error,
    transport::{
        Acceptor, Datagrams, Stream, StreamOptions, Target, Tls, TlsServer, start_connect,
    },
};

/// What a connection is made of at the moment.
#[derive(Debug)]
pub(super) enum Link {
    /// Nothing: not yet resolved, or over.
    None,
    /// A byte stream, plain or encrypted.
    Stream(Stream, Option<Box<Tls>>),
    /// A socket of datagrams.
    Datagrams(Datagrams),
    /// A bound socket, and what makes its connections encrypted.
    Listener(Acceptor, Option<TlsServer>),
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its address is looked up.
    Resolving,
    /// The stream connects.
    Connecting,
    /// TLS shakes hands.
    Shaking,
    /// Both ways are open.
    Open,
    /// The peer has closed its way.
    Ended,
    /// The program has closed it; what was accepted for sending still goes.
    Closing,
    /// Nothing happens any more.
    Over,
}

/// See the module's text.
#[derive(Debug)]
pub(super) struct Conn {
    /// Tells it from others at the same place.
    pub(super) serial: u64,
    /// `None` once the program has destroyed it.
    pub(super) id: Option<u32>,
    /// The listener that accepted it, until that is told.
    pub(super) listener: Option<u32>,
    pub(super) stage: Stage,
    /// What it becomes once its address is known; nothing of accepted ones and listeners.
    pub(super) transport: Option<Transport>,
    /// The TLS end of a stream that does not connect yet.
    pub(super) tls: Option<Box<Tls>>,
    pub(super) link: Link,
    pub(super) options: StreamOptions,
    pub(super) inbox: Inbox,
    pub(super) outbox: Outbox,
    /// A message that announces data is in the queue.
    pub(super) announced: bool,
    /// Confirmations of sends in the queue.
    pub(super) confirmations: usize,
    /// When to give up, and under which moment that is noted.
    pub(super) deadline: Option<Instant>,
    pub(super) noted: Option<Instant>,
    /// Where to connect, and how many addresses were tried.
    pub(super) target: Option<Target>,
    tried: usize,
    /// The poll said so, and no call has been refused since.
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// Encrypted bytes for which there was no room yet.
    pending: Vec<u8>,
    /// The peer has sent all that it will.
    read_all: bool,
    /// Our own end was announced to the peer.
    shut: bool,
}

type Notices = Vec<Notice>;

impl Conn {
    pub(super) fn new(serial: u64, id: u32, stage: Stage, link: Link) -> Self {
        let inbox = match link {
            Link::Datagrams(_) => Inbox::of_datagrams(),
            _ => Inbox::of_bytes(),
        };
        Self {
            serial,
            id: Some(id),
            listener: None,
            stage,
            transport: None,
            tls: None,
            link,
            options: StreamOptions { ipv6: true, ..StreamOptions::default() },
            inbox,
            outbox: Outbox::default(),
            announced: false,
            confirmations: 0,
            deadline: None,
            noted: None,
            target: None,
            tried: 0,
            readable: false,
            writable: true,
            pending: Vec::new(),
            read_all: false,
            shut: false,
        }
    }

    /// Watches the link for both ways.
    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let both = Interest::READABLE | Interest::WRITABLE;
        let source: &mut dyn Source = match &mut self.link {
            Link::None => return Ok(()),
            Link::Stream(stream, _) => stream,
            Link::Datagrams(socket) => socket,
            Link::Listener(acceptor, _) => {
                return registry.register(acceptor, token, Interest::READABLE);
            }
        };
        registry.register(source, token, both)
    }

    /// Starts towards the next address of the target.
    pub(super) fn dial(&mut self, registry: &Registry, token: Token) -> Result<(), Error> {
        let Some(target) = &self.target else { return Ok(()) };
        let attempt = self.tried;
        self.tried += 1;
        let stream = start_connect(target, attempt, &self.options)?;
        self.link = Link::Stream(stream, None);
        self.stage = Stage::Connecting;
        self.writable = false;
        Ok(self.register(registry, token)?)
    }

    /// Whether there are addresses that were not tried.
    pub(super) fn has_further_address(&self) -> bool {
        matches!(&self.target, Some(Target::Tcp { addresses, .. }) if self.tried < addresses.len())
    }

    /// Does all that can be done now. An error is of the connect that goes on: there may be another
    /// address.
    pub(super) fn advance(
        &mut self,
        buffer: &mut [u8],
        notices: &mut Notices,
    ) -> Result<(), Error> {
        if self.stage == Stage::Connecting && self.writable {
            self.finish_connect(notices)?;
        }
        if self.stage == Stage::Shaking
            && let Err(error) = self.shake(buffer, notices)
        {
            self.fail(notices, &error);
        }
        if matches!(self.stage, Stage::Open | Stage::Ended | Stage::Closing) {
            self.flush(notices);
        }
        match self.stage {
            Stage::Open => self.receive(buffer, notices),
            Stage::Closing => self.part(buffer),
            _ => {}
        }
        Ok(())
    }

    fn finish_connect(&mut self, notices: &mut Notices) -> Result<(), Error> {
        let Link::Stream(stream, tls) = &mut self.link else { return Ok(()) };
        if !stream.finish_connect()? {
            self.writable = false;
            return Ok(());
        }
        self.target = None;
        self.readable = true;
        *tls = self.tls.take();
        if tls.is_some() {
            self.stage = Stage::Shaking;
        } else {
            self.opened(notices);
        }
        Ok(())
    }

    /// Connected, or a raw or UDP socket with a peer.
    pub(super) fn opened(&mut self, notices: &mut Notices) {
        self.stage = Stage::Open;
        self.deadline = None;
        self.readable = true;
        if self.listener.is_none() {
            notices.push(Notice::Connected(Ok(())));
        }
    }

    /// Gives up what was to become a connection.
    pub(super) fn fail(&mut self, notices: &mut Notices, error: &Error) {
        self.over();
        notices.push(Notice::Connected(Err(error.to_string().into())));
    }

    /// Closes the system socket. What was received stays readable.
    pub(super) fn over(&mut self) {
        self.stage = Stage::Over;
        self.link = Link::None;
        self.deadline = None;
        self.target = None;
        self.tls = None;
        self.pending = Vec::new();
    }

    /// Time is over for what was accepted for sending.
    pub(super) fn give_up(&mut self, notices: &mut Notices) {
        if let Some(lost) = self.outbox.fail() {
            self.outbox.lost += lost;
            notices.push(Notice::Sent(Err("the peer did not take it in time".into())));
        }
        self.over();
    }

    fn shake(&mut self, buffer: &mut [u8], notices: &mut Notices) -> Result<(), Error> {
        loop {
            self.flush_tls()?;
            let Link::Stream(_, Some(tls)) = &self.link else { return Ok(()) };
            if !tls.is_handshaking() {
                self.opened(notices);
                return Ok(());
            }
            if !self.feed(buffer)? {
                // An alert for the peer, or the last words of the handshake.
                return self.flush_tls().map_err(Error::from);
            }
        }
    }

    fn flush_tls(&mut self) -> io::Result<()> {
        let Link::Stream(stream, Some(tls)) = &mut self.link else { return Ok(()) };
        match tls.flush(|slices| stream.write_slices(slices)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.writable = false;
                Ok(())
            }
            done => done,
        }
    }

    /// Passes encrypted bytes on to TLS: those left over, else what the stream gives. False when
    /// there are none now, or no room for more.
    fn feed(&mut self, buffer: &mut [u8]) -> Result<bool, Error> {
        let Link::Stream(stream, Some(tls)) = &mut self.link else { return Ok(false) };
        let fed = if !self.pending.is_empty() {
            let taken = tls.take(&self.pending);
            taken.map(|taken| self.pending.drain(..taken).count() > 0)
        } else if !self.readable {
            Ok(false)
        } else {
            match retried(|| (&*stream).read(buffer)) {
                Ok(0) => {
                    (self.readable, self.read_all) = (false, true);
                    tls.take_end().map(|()| true)
                }
                Ok(read) => tls.take(&buffer[..read]).map(|taken| {
                    self.pending.extend_from_slice(&buffer[taken..read]);
                    true
                }),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.readable = false;
                    Ok(false)
                }
                Err(error) => Err(error.into()),
            }
        };
        if fed.is_err() {
            // The peer is told why; when that fails, it is gone.
            let _ = self.flush_tls();
        }
        fed
    }

    /// Reads as long as something comes and there is room.
    fn receive(&mut self, buffer: &mut [u8], notices: &mut Notices) {
        let ended = self.read(buffer);
        if self.inbox.has_news() && !self.announced {
            self.announced = true;
            notices.push(Notice::Received);
        }
        match ended {
            Ok(false) => {}
            Ok(true) => self.ended(None, notices),
            Err(error) => self.ended(Some(error.to_string().into()), notices),
        }
    }

    /// The peer closed. A send that goes on may still end well.
    fn ended(&mut self, why: Option<Box<str>>, notices: &mut Notices) {
        self.stage = Stage::Ended;
        self.read_all = true;
        if let Some(text) = &why
            && let Some(failed) = self.outbox.fail()
        {
            notices.push(Notice::Sent(Err(text.clone())));
            self.outbox.lost += failed;
        }
        notices.push(Notice::Ended(why));
    }

    /// True at the end of what the peer sends.
    fn read(&mut self, buffer: &mut [u8]) -> Result<bool, Error> {
        loop {
            let room = self.inbox.room().min(buffer.len());
            if room == 0 {
                return Ok(false);
            }
            let read = match &mut self.link {
                Link::Stream(_, Some(tls)) => match tls.read(&mut buffer[..room]) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        if !self.feed(buffer)? {
                            self.flush_tls()?;
                            return Ok(false);
                        }
                        continue;
                    }
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                        return Err(Error::new(
                            crate::error::ErrorCode::ConnectionReset,
                            "TLS: the peer closed without a farewell; the end may be missing",
                        ));
                    }
                    read => read,
                },
                _ if !self.readable => return Ok(false),
                Link::Stream(stream, None) => retried(|| (&*stream).read(&mut buffer[..room])),
                Link::Datagrams(socket) => retried(|| socket.receive(buffer)),
                Link::None | Link::Listener(..) => return Ok(false),
            };
            match read {
                Ok(0) if !matches!(self.link, Link::Datagrams(_)) => return Ok(true),
                Ok(length) => self.inbox.push(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Begins to send. An error is what `sock_send` answers beside 0.
    pub(super) fn send(&mut self, data: &[u8], notices: &mut Notices) -> Result<(), Code> {
        match self.stage {
            Stage::Open if matches!(self.link, Link::Stream(..) | Link::Datagrams(_)) => {}
            Stage::Ended => return Err(Code::Closed),
            _ => return Err(Code::NotConnected),
        }
        if self.outbox.is_busy() {
            return Err(Code::InProgress);
        }
        self.outbox.begin(data.len());
        let mut rest = data;
        loop {
            match self.put(rest) {
                Ok(taken) => rest = &rest[taken..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    self.send_failed(&error, notices);
                    return Err(code(&error));
                }
            }
            if rest.is_empty() {
                break;
            }
        }
        self.outbox.keep(rest);
        self.settle_send(notices);
        Ok(())
    }

    /// Writes what the system takes of these bytes; a datagram goes whole.
    fn put(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = match &mut self.link {
            _ if !self.writable => Err(io::ErrorKind::WouldBlock.into()),
            Link::Stream(stream, None) if !bytes.is_empty() => {
                retried(|| stream.write_slices(&[IoSlice::new(bytes)]))
            }
            Link::Stream(_, Some(tls)) => {
                let taken = tls.write(&[IoSlice::new(bytes)]);
                return self.flush_tls().map(|()| taken);
            }
            Link::Datagrams(socket) => retried(|| socket.send(bytes)),
            _ => Ok(0),
        };
        if matches!(&done, Err(error) if error.kind() == io::ErrorKind::WouldBlock) {
            self.writable = false;
        }
        done
    }

    /// Goes on with the send.
    fn flush(&mut self, notices: &mut Notices) {
        if !self.outbox.is_busy() || !self.writable {
            return;
        }
        let mut kept = self.outbox.take();
        let result = loop {
            match self.put(kept.rest()) {
                Ok(taken) => kept.advance(taken),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(error) => break Err(error),
            }
            if kept.rest().is_empty() {
                break Ok(());
            }
        };
        self.outbox.put_back(kept);
        match result {
            Ok(()) => self.settle_send(notices),
            Err(error) => self.send_failed(&error, notices),
        }
    }

    /// Confirms the send once the system has all of it.
    fn settle_send(&mut self, notices: &mut Notices) {
        let encrypted_waits = matches!(&self.link, Link::Stream(_, Some(tls)) if tls.wants_flush());
        if let Some(length) = self.outbox.finish(encrypted_waits) {
            notices.push(Notice::Sent(Ok(length)));
        }
    }

    fn send_failed(&mut self, error: &io::Error, notices: &mut Notices) {
        self.outbox.lost += self.outbox.fail().unwrap_or(0);
        notices.push(Notice::Sent(Err(error.to_string().into())));
    }

    /// The program closes it. What was accepted for sending goes on until `deadline`.
    pub(super) fn close(&mut self, deadline: Instant) {
        let lingers = matches!(self.link, Link::Stream(..)) || self.outbox.is_busy();
        match self.stage {
            Stage::Open | Stage::Ended if lingers => {
                self.stage = Stage::Closing;
                self.deadline = Some(deadline);
            }
            Stage::Closing | Stage::Over => {}
            _ => self.over(),
        }
    }

    /// After a close: once all is sent, says so to the peer, and waits for its own end. Closing with
    /// unread input would make TCP take back what is under way.
    fn part(&mut self, buffer: &mut [u8]) {
        if self.outbox.is_busy() {
            return;
        }
        if !self.shut {
            if let Link::Stream(_, Some(tls)) = &mut self.link {
                tls.close();
            }
            self.shut = self.flush_tls().is_err() || !self.waits_to_write();
            if !self.shut {
                return;
            }
            if let Link::Stream(stream, _) = &self.link {
                stream.shutdown_write();
            }
        }
        while self.readable && !self.read_all {
            let Link::Stream(stream, _) = &self.link else { break };
            match retried(|| (&*stream).read(buffer)) {
                Ok(0) => self.read_all = true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                Err(_) => self.read_all = true,
            }
        }
        if self.read_all || !matches!(self.link, Link::Stream(..)) {
            self.over();
        }
    }

    fn waits_to_write(&self) -> bool {
        matches!(&self.link, Link::Stream(_, Some(tls)) if tls.wants_flush())
    }

    /// Bytes that were accepted for sending and are not with the system yet.
    pub(super) fn unsent(&self) -> usize {
        self.outbox.unsent()
    }

    /// `sock_setopt`; whether it could be done.
    pub(super) fn set(&mut self, level: i64, name: i64, value: i32) -> bool {
        let is = |of: Setting, row: Setting| {
            level == i64::from(of.number()) && name == i64::from(row.number())
        };
        let options = &mut self.options;
        if is(Setting::SocketLevel, Setting::KeepAlive) {
            options.tcp_keepalive = i32::from(value != 0);
        } else if is(Setting::SocketLevel, Setting::ReuseAddress) {
            // What connects binds no address that others could want.
            return true;
        } else if value <= 0 {
            return false;
        } else if is(Setting::TcpLevel, Setting::KeepIdle) {
            options.tcp_keepalive_idle = value;
        } else if is(Setting::TcpLevel, Setting::KeepInterval) {
            options.tcp_keepalive_intvl = value;
        } else if is(Setting::TcpLevel, Setting::KeepCount) {
            options.tcp_keepalive_cnt = value;
        } else {
            return false;
        }
        match &self.link {
            Link::Stream(stream, _) => stream.apply(&self.options).is_ok(),
            _ => true,
        }
    }

    /// The local port, once there is one.
    pub(super) fn port(&self) -> Option<u16> {
        let text = match &self.link {
            Link::Stream(stream, _) => stream.local_text(),
            Link::Listener(acceptor, _) => acceptor.local_endpoint().ok()?,
            Link::Datagrams(socket) => return Some(socket.local_address()?.port()),
            Link::None => return None,
        };
        text.rsplit_once(':')?.1.parse().ok()
    }
}

/// Makes a system call again when a signal interrupted it.
fn retried<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// What the firmware would call a system's error.
fn code(error: &io::Error) -> Code {
    use crate::error::ErrorCode as System;
    let Some(system) = error.raw_os_error().and_then(System::from_number) else { return Code::Io };
    match system {
        System::NoMemory => Code::NoMemory,
        System::NoBuffers => Code::NoBuffers,
        System::TimedOut => Code::TimedOut,
        System::NetworkUnreachable | System::HostUnreachable | System::NetworkDown => {
            Code::Unreachable
        }
        System::Again => Code::WouldBlock,
        System::NotConnected => Code::NotConnected,
        System::NetworkReset | System::ConnectionAborted => Code::Aborted,
        System::ConnectionReset => Code::Reset,
        System::MessageSize | System::Invalid => Code::Argument,
        _ => Code::Io,
    }
}
