//! Peer: one socket, set up as every peer of the benchmark is.

use sockery::facade::{Context, Dialect, Frame, Message, Socket, Value, Wait, find_name, kinds};

use crate::Outcome;

/// What a peer sets beyond its dialect's defaults: a kind (or `*`), an option and its value. Queues
/// are 1,000 messages where the dialect counts messages, and SP's default bytes where it does not;
/// a publisher waits instead of dropping.
const ZMTP: &[(&str, &str, i64)] =
    &[("*", "SNDHWM", 1_000), ("*", "RCVHWM", 1_000), ("PUB", "XPUB_NODROP", 1)];
const SP: &[(&str, &str, i64)] =
    &[("*", "RCVMAXSIZE", -1), ("*", "TCP_NODELAY", 1), ("PUB", "PUB_NODROP", 1)];

pub(crate) struct Peer(Socket);

impl Peer {
    pub(crate) fn bind(
        context: &Context,
        dialect: Dialect,
        kind: &str,
        url: &str,
    ) -> Outcome<Self> {
        let peer = Self::open(context, dialect, kind)?;
        peer.secure(dialect, url, &[("TLS_CERT", "own"), ("TLS_KEY", "own-key")])?;
        peer.0.bind(url)?;
        Ok(peer)
    }

    pub(crate) fn connect(
        context: &Context,
        dialect: Dialect,
        kind: &str,
        url: &str,
    ) -> Outcome<Self> {
        let peer = Self::open(context, dialect, kind)?;
        peer.secure(dialect, url, &[("TLS_CA", "ca")])?;
        peer.0.connect(url)?;
        Ok(peer)
    }

    fn open(context: &Context, dialect: Dialect, kind: &str) -> Outcome<Self> {
        let mut rows = kinds().iter();
        let row = rows.find(|row| row.dialect == dialect && row.name == kind);
        let peer = Self(context.socket(row.ok_or("there is no such kind")?)?);
        let settings = if dialect == Dialect::Zmtp { ZMTP } else { SP };
        for (whose, option, value) in settings {
            if *whose == "*" || *whose == kind {
                peer.set(dialect, option, *value)?;
            }
        }
        if kind == "SUB" {
            peer.0.subscribe(b"")?;
        }
        Ok(peer)
    }

    /// Where there is TLS it is told its files.
    fn secure(&self, dialect: Dialect, url: &str, files: &[(&str, &str)]) -> Outcome {
        if url.starts_with("tls+") {
            let folder = std::env::var("BENCH_TLS")?;
            for (option, file) in files {
                self.set(dialect, option, &*format!("{folder}/{file}.pem"))?;
            }
        }
        Ok(())
    }

    fn set(&self, dialect: Dialect, name: &str, value: impl Into<Value>) -> Outcome {
        let row = find_name(dialect, name).ok_or_else(|| format!("there is no option {name}"))?;
        let number = row.number(dialect).ok_or("the dialect has no such option")?;
        let level = row.nn.filter(|_| dialect == Dialect::Sp).map_or(0, |(level, _)| level);
        Ok(self.0.set(level, number, &value.into())?)
    }

    /// Sends a copy of the caller's bytes.
    pub(crate) fn send(&self, body: &[u8]) -> Outcome {
        Ok(self.0.send_slice(body, Wait::Forever)?)
    }

    /// Sends a frame on as it is.
    pub(crate) fn send_frame(&self, frame: Frame) -> Outcome {
        let sent = self.0.send(Message::new(frame), Wait::Forever);
        sent.map_err(|unsent| unsent.error.into())
    }

    pub(crate) fn recv(&self) -> Outcome<Frame> {
        Ok(self.0.recv(Wait::Forever)?.into_body())
    }

    /// Receives in the place of a message that is done with.
    pub(crate) fn recv_into(&self, message: &mut Message) -> Outcome {
        Ok(self.0.recv_into(message, Wait::Forever)?)
    }
}
