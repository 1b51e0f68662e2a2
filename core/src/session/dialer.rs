//! Dialer: makes the connections of one endpoint that the user connected to, again and again.

use std::{sync::Arc, time::Duration};

use super::{
    backoff::Backoff,
    config::Config,
    connection::{Attachment, ConnectionId, StreamEnd},
};
use crate::{
    error::{Error, ErrorCode},
    message::PipeId,
    pattern::Lane,
    transport::{Endpoint, Target},
};

/// Where a dialer stands.
#[derive(Debug)]
pub enum Dialing {
    /// Until its time comes.
    Waiting,
    /// A name is being looked up on a thread of its own.
    Resolving,
    /// A connection is there, or on its way.
    Connected(ConnectionId),
}

/// Why a dial led to nothing, as far as `ZMQ_RECONNECT_STOP` tells it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody listens there.
    Refused,
    /// Somebody did, and the handshake failed.
    Handshake,
    /// Anything else.
    Other,
}

impl Failure {
    /// What an error means before there is a stream.
    #[must_use]
    pub fn of(error: &Error) -> Self {
        if error.code() == ErrorCode::ConnectionRefused { Self::Refused } else { Self::Other }
    }
}

/// See the module's text.
#[derive(Debug)]
pub struct Dialer {
    /// Where to.
    pub endpoint: Endpoint,
    /// The text that the user gave.
    pub address: String,
    /// The options of the time of the connect.
    pub config: Arc<Config>,
    /// Where it stands.
    pub state: Dialing,
    /// The user took the endpoint back: it goes once all is sent.
    pub leaving: bool,
    end: Arc<StreamEnd>,
    early: Option<(PipeId, Arc<Lane>)>,
    target: Option<Target>,
    attempts: usize,
    failed: bool,
    /// It failed in a way that the options end it for.
    given_up: bool,
    backoff: Backoff,
}

impl Dialer {
    /// A dialer that did nothing yet.
    #[must_use]
    pub fn new(
        endpoint: Endpoint,
        address: String,
        config: Arc<Config>,
        end: Arc<StreamEnd>,
        early: Option<(PipeId, Arc<Lane>)>,
    ) -> Self {
        Self {
            endpoint,
            address,
            config,
            state: Dialing::Waiting,
            leaving: false,
            end,
            early,
            target: None,
            attempts: 0,
            failed: false,
            given_up: false,
            backoff: Backoff::default(),
        }
    }

    /// The lanes for the next connection. Without an early pipe each gets a new lane from the peer,
    /// since what the last one brought may still wait to be read.
    #[must_use]
    pub fn attachment(&self) -> Attachment {
        let (early, incoming) = match &self.early {
            Some((pipe, lane)) => (Some(*pipe), lane.clone()),
            None => (None, self.config.incoming()),
        };
        Attachment { end: self.end.clone(), incoming, early }
    }

    /// The pipe that is there whether or not a peer is.
    #[must_use]
    pub fn early_pipe(&self) -> Option<PipeId> {
        self.early.as_ref().map(|(pipe, _)| *pipe)
    }

    /// The sending half that outlives connections.
    #[must_use]
    pub fn end(&self) -> &Arc<StreamEnd> {
        &self.end
    }

    /// Where the stream leads: to the endpoint, or to the proxy on the way there.
    #[must_use]
    pub fn first_hop(&self) -> &Endpoint {
        let proxied = self.config.proxy.as_ref().filter(|_| self.endpoint.tcp().is_some());
        proxied.map_or(&self.endpoint, |proxy| &proxy.endpoint)
    }

    /// Remembers where the endpoint's name leads, for this attempt.
    pub fn set_target(&mut self, target: Target) {
        self.target = Some(target);
    }

    /// Where to dial, and which attempt it is.
    pub fn take_attempt(&mut self) -> Option<(Target, usize)> {
        self.attempts += 1;
        self.target.take().map(|target| (target, self.attempts - 1))
    }

    /// A handshake was done: the next failure is the first again.
    pub fn succeeded(&mut self) {
        self.failed = false;
        self.backoff.succeeded();
    }

    /// The dial, or its handshake, failed.
    pub fn failed(&mut self, failure: Failure) {
        self.failed = true;
        self.given_up |= match failure {
            Failure::Refused => self.config.reconnect_stop.refused,
            Failure::Handshake => self.config.reconnect_stop.handshake_failed,
            Failure::Other => false,
        };
    }

    /// Whether the last dial failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// How long to wait before the next attempt; `None` when there is to be none.
    pub fn next_pause(&mut self) -> Option<Duration> {
        if self.given_up {
            return None;
        }
        Some(self.backoff.next_pause(self.config.reconnect?, self.config.reconnect_max))
    }
}
