//! Inquiry: what becomes of a peer. Decided by the socket's own [`Access`], else asked of the ZAP
//! handler, the REP or ROUTER that bound `inproc://zeromq.zap.01` in the same context (ZeroMQ RFC 27).
//!
//! Called by a connection whose engine stops for it. Each question has a pipe of its own to the
//! handler, so that none waits for another; the answer comes as a note for the driver of the socket
//! that asked, on whichever thread the handler sends it. What cannot be decided is refused.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{attach::Parts, config::Config, connection::ConnectionId, drive::Note, hub::Hub};
use crate::{
    message::{Load, Messages, PeerInfo, PipeId},
    option::{Dialect, Secret},
    pattern::{Lane, Marks, pipe::Neighbor},
    wire::{Credentials, Verdict, ZapFault, zap},
};

/// Kinds of sockets that may be the handler.
const HANDLERS: [&str; 2] = ["REP", "ROUTER"];
/// What stands at our end of the pipe, as the handler sees it.
const ASKER: &str = "DEALER";
/// Answers that a handler may have under way; it should send one.
const ANSWERS: usize = 8;

/// Whom a socket lets in without asking anybody. A mechanism that is not named is asked about.
#[derive(Debug, Default)]
pub struct Access {
    /// CURVE: the public keys.
    pub keys: Option<HashSet<[u8; 32]>>,
    /// PLAIN: names and passwords.
    pub users: Option<HashMap<String, Secret>>,
}

impl Access {
    fn decide(&self, credentials: &Credentials) -> Option<Verdict> {
        let refused = || Verdict::denied("not on the list");
        match (&credentials.frames[..], &self.keys, &self.users) {
            ([key], Some(keys), _) => {
                let known = <[u8; 32]>::try_from(&key[..]).is_ok_and(|key| keys.contains(&key));
                Some(if known { Verdict::granted() } else { refused() })
            }
            ([name, password], _, Some(users)) => {
                let name = String::from_utf8_lossy(name).into_owned();
                // Compared against nothing where there is no such user: that takes as long.
                let expected = users.get(&name).cloned();
                let same = expected.clone().unwrap_or_default().is(password);
                Some(if same && expected.is_some() {
                    Verdict::Granted { user_id: name, metadata: Vec::new() }
                } else {
                    refused()
                })
            }
            _ => None,
        }
    }
}

/// A question about a peer.
pub(super) struct Question<'a> {
    pub(super) connection: ConnectionId,
    /// Where the peer is.
    pub(super) address: String,
    pub(super) credentials: Credentials,
    pub(super) config: &'a Config,
}

/// The questions of a context that are not answered.
#[derive(Debug, Default)]
pub(super) struct Inquiries(Mutex<HashMap<u64, Arc<Inquiry>>>);

impl Inquiries {
    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Inquiry>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This socket is not the handler any more: what it was asked is refused.
    pub(super) fn handler_left(&self, handler: &Hub) {
        let gone: Vec<_> = {
            let open = self.open();
            open.values().filter(|one| one.handler.ptr_eq(&handler.weak())).cloned().collect()
        };
        for inquiry in gone {
            inquiry.conclude(Verdict::Undecided { why: "the ZAP handler left" });
        }
    }
}

/// One question under way: the far side of the handler's pipe.
#[derive(Debug)]
pub(super) struct Inquiry {
    id: u64,
    all: Arc<Inquiries>,
    asker: Weak<Hub>,
    connection: ConnectionId,
    handler: Weak<Hub>,
    pipe: Mutex<Option<PipeId>>,
    questions: Arc<Lane>,
    answers: Arc<Lane>,
}

impl Inquiry {
    /// Tells the driver of the socket that asked.
    fn conclude(&self, verdict: Verdict) {
        if self.all.open().remove(&self.id).is_some()
            && let Some(asker) = self.asker.upgrade()
        {
            asker.note(Note::Decided(self.connection, verdict));
        }
    }

    /// It is answered, or nobody wants to know any more.
    pub(super) fn end(&self) {
        self.all.open().remove(&self.id);
        let pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(pipe), Some(handler)) = (pipe, self.handler.upgrade()) {
            // Not to be read any more: a silent handler must not gather questions of peers long gone.
            self.questions.clear();
            self.questions.end();
            if !handler.is_closing() {
                handler.detach(pipe);
            }
        }
    }
}

impl Neighbor for Inquiry {
    fn has_work(&self, _: usize) {
        loop {
            let mut taken = Messages::default();
            self.answers.take_all(&mut taken);
            if taken.is_empty() {
                return;
            }
            for message in taken {
                self.answers.release(Load::of(&message));
                let (id, verdict) = zap::decode_reply(message);
                self.conclude(if id == Some(self.id) {
                    verdict
                } else {
                    // Of what has not even the frames of a reply, that is the fault.
                    match verdict {
                        Verdict::Malformed(ZapFault::Frames) => verdict,
                        _ => Verdict::Malformed(ZapFault::RequestId),
                    }
                });
            }
        }
    }

    /// Never asked: what goes here is not gathered.
    fn has_gathered(&self) {}

    fn has_room(&self) {}

    fn close(&self) {
        self.conclude(Verdict::Undecided { why: "the ZAP handler closed the request" });
    }
}

fn next_id() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

impl Hub {
    /// Says anew who is let in without asking anybody.
    pub fn change_access(&self, change: impl FnOnce(&mut Access)) {
        change(&mut self.access.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Has a peer decided about: at once (`Err`), or later by a note.
    pub(super) fn inquire(&self, question: Question<'_>) -> Result<Arc<Inquiry>, Verdict> {
        let access = self.access.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = access.decide(&question.credentials) {
            return Err(verdict);
        }
        drop(access);
        let Config { zap_domain, zap_enforce_domain, routing_id, .. } = question.config;
        // CURVE encrypts even where nobody tells peers apart, and libzmq lets it.
        let optional = zap_domain.is_empty() && question.credentials.mechanism == "CURVE";
        if zap_domain.is_empty() && *zap_enforce_domain {
            return Err(if optional {
                Verdict::granted()
            } else {
                Verdict::Undecided { why: "ZAP_ENFORCE_DOMAIN is set, and ZAP_DOMAIN is not" }
            });
        }
        let Some(handler) = self.realm.names.bound(zap::ENDPOINT) else {
            return Err(if optional {
                Verdict::granted()
            } else {
                Verdict::Undecided { why: "no ZAP handler is bound to inproc://zeromq.zap.01" }
            });
        };
        if handler.profile.dialect != Dialect::Zmtp || !HANDLERS.contains(&handler.profile.name) {
            let why = "the ZAP handler is neither REP nor ROUTER";
            return Err(Verdict::Undecided { why });
        }
        let id = next_id();
        let address = &question.address;
        let request = zap::request(id, zap_domain, address, routing_id, question.credentials);
        self.put(&handler, id, question.connection, request)
    }

    fn put(
        &self,
        handler: &Arc<Self>,
        id: u64,
        connection: ConnectionId,
        request: crate::message::Message,
    ) -> Result<Arc<Inquiry>, Verdict> {
        let refused = || Verdict::Undecided { why: "the ZAP handler takes no request" };
        let inquiry = Arc::new(Inquiry {
            id,
            all: self.realm.inquiries.clone(),
            asker: self.weak(),
            connection,
            handler: handler.weak(),
            pipe: Mutex::default(),
            questions: Lane::new(Marks::default()),
            answers: Lane::new(Marks::new(ANSWERS, 0)),
        });
        let parts = Parts {
            outgoing: inquiry.answers.clone(),
            incoming: inquiry.questions.clone(),
            neighbor: inquiry.clone(),
            priorities: (8, 8),
        };
        let peer = PeerInfo { socket_type: ASKER.into(), ..PeerInfo::default() };
        self.realm.inquiries.open().insert(id, inquiry.clone());
        let pipe = handler.attach_ready(None, parts, &peer).map_err(|_| {
            self.realm.inquiries.open().remove(&id);
            refused()
        })?;
        *inquiry.pipe.lock().unwrap_or_else(PoisonError::into_inner) = Some(pipe);
        if inquiry.questions.push(request).is_err() {
            inquiry.end();
            return Err(refused());
        }
        handler.settle();
        handler.peers_changed();
        if handler.is_closing() {
            inquiry.end();
            return Err(refused());
        }
        Ok(inquiry)
    }
}
