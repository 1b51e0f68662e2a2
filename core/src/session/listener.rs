//! Listener: accepts the connections of one endpoint that the user bound.

use std::sync::Arc;

use super::config::Config;
use crate::transport::{Acceptor, Endpoint};

/// See the module's text.
#[derive(Debug)]
pub struct Listener {
    /// Its number among the socket's endpoints.
    pub id: i32,
    /// What was bound.
    pub endpoint: Endpoint,
    /// The text that the user gave.
    pub given: String,
    /// The canonical text, its port resolved.
    pub address: String,
    /// The options of the time of the bind.
    pub config: Arc<Config>,
    /// Where streams come in.
    pub acceptor: Acceptor,
    /// Its place among the socket's sources.
    pub token: usize,
    /// The last accept failed.
    pub failed: bool,
}

impl Listener {
    /// Its descriptor, as events show it.
    #[must_use]
    pub fn number(&self) -> u64 {
        u64::try_from(self.acceptor.number()).unwrap_or_default()
    }
}
