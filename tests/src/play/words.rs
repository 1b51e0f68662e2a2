//! The words of scenario lines that are known only when they run. Called by `play`.
//!
//! `{endpoint...}` is where to bind: port 0, a path in a fresh folder, or a name nobody else has.
//! `{fixed}` is one that a peer can know before anybody bound it, and `{address}` the bytes of its host and
//! port. `@N` is N bytes.

use std::{
    collections::HashMap,
    net::{TcpListener, UdpSocket},
    path::Path,
};

use super::Case;
use crate::scenario::{Transport, hex};

#[derive(Debug)]
pub(super) struct Words {
    known: HashMap<String, String>,
    transport: Transport,
    folder: String,
}

impl Words {
    pub(super) fn new(case: &Case<'_>, folder: &Path) -> Result<Self, String> {
        let folder = folder.display().to_string();
        let mut words = Self { known: HashMap::new(), transport: case.transport, folder };
        words.set("count", &case.count.to_string());
        let port = free_port(case.transport)?;
        words.set("fixed", &words.endpoint("fixed", port));
        words.set("address", &hex(format!("127.0.0.1:{port}").as_bytes()));
        Ok(words)
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.known.insert(name.into(), value.into());
    }

    /// The word with every `{name}` filled in.
    pub(super) fn fill(&self, word: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = word;
        while let Some((before, tail)) = rest.split_once('{') {
            let (name, after) = tail.split_once('}').ok_or("a { has no }")?;
            filled.push_str(before);
            filled.push_str(&self.value(name)?);
            rest = after;
        }
        filled.push_str(rest);
        match filled.strip_prefix('@').and_then(|count| count.parse().ok()) {
            Some(count) => Ok(hex(&payload(count))),
            None => Ok(filled),
        }
    }

    fn value(&self, name: &str) -> Result<String, String> {
        if let Some(value) = self.known.get(name) {
            return Ok(value.clone());
        }
        match name {
            _ if name.starts_with("endpoint") => Ok(self.endpoint(name, 0)),
            _ => Err(format!("nothing is called {{{name}}}")),
        }
    }

    /// A file that all cases of the run have.
    pub(super) fn beside(&self, file: &str) -> String {
        format!("{}/../{file}", self.folder)
    }

    fn endpoint(&self, name: &str, port: u16) -> String {
        match self.transport {
            Transport::Tcp => format!("tcp://127.0.0.1:{port}"),
            Transport::Ipc => format!("ipc://{}/{name}", self.folder),
            Transport::Inproc => format!("inproc://{}/{name}", self.folder),
            Transport::Ws => format!("ws://127.0.0.1:{port}/{name}"),
            Transport::Udp => format!("udp://127.0.0.1:{port}"),
            Transport::Tls => format!("tls+tcp://127.0.0.1:{port}"),
            Transport::Wss => format!("wss://127.0.0.1:{port}/{name}"),
        }
    }
}

/// A port that was free just now.
fn free_port(transport: Transport) -> Result<u16, String> {
    let any = ("127.0.0.1", 0);
    let address = match transport {
        Transport::Udp => UdpSocket::bind(any).and_then(|socket| socket.local_addr()),
        _ => TcpListener::bind(any).and_then(|listener| listener.local_addr()),
    };
    Ok(address.map_err(|e| e.to_string())?.port())
}

/// Bytes that do not repeat in any power of two.
fn payload(count: usize) -> Vec<u8> {
    (0..=250_u8).cycle().take(count).collect()
}
