//! SubContext: an independent state of a socket's protocol, as nng's contexts: a request, reply,
//! survey or set of subscriptions of its own, so that one socket has several of them going on.
//!
//! To its user it is a [`Socket`] like the one that it was made of, with timeouts and descriptors of
//! its own, but for endpoints and for the options that are the whole socket's.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use super::{Socket, Unsent, Wait, lock};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    message::{Frame, Message},
    option::{Opt, OptionRow, Setting},
    pattern::{Command, ContextId, Refused},
    reactor::Readiness,
    session::hub::closed,
};

/// See the module's text.
#[derive(Debug)]
pub(super) struct SubContext {
    /// Kept open, unless the user closes it.
    pub(super) parent: Socket,
    id: ContextId,
    pub(super) readiness: Arc<Readiness>,
    closed: AtomicBool,
}

impl SubContext {
    /// Ends it and who waits in it; again is harmless.
    pub(super) fn close(&self) {
        if !self.closed.swap(true, Ordering::SeqCst) {
            self.parent.hub().shut_context(self.id);
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// EBADF once closed.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.is_closed() { Err(closed(&self.parent.kind().profile).into()) } else { Ok(()) }
    }

    pub(super) fn command(&self, command: Command) -> Result<(), ErrorCode> {
        let hub = self.parent.hub();
        hub.run_in(|contexts, pipes, _, _| contexts.command_in(self.id, command, pipes))?
    }

    pub(super) fn configure(&self, setting: &Setting) {
        // A socket without contexts has none to configure.
        let _ = self.parent.hub().run_in(|contexts, _, _, _| {
            contexts.configure_in(self.id, setting);
        });
    }

    /// Whether an option is the context's own; all others are its socket's.
    pub(super) fn has(row: &OptionRow) -> bool {
        matches!(
            row.opt,
            Opt::SndTimeo
                | Opt::RcvTimeo
                | Opt::ReqResendIvl
                | Opt::SurveyorDeadline
                | Opt::Subscribe
                | Opt::Unsubscribe
        )
    }

    fn send(&self, message: Message) -> Result<(), Refused> {
        let size = message.size();
        let mut unsent = Some(message);
        let sent = self.parent.hub().run_in(|contexts, pipes, traffic, now| {
            let message = unsent.take().unwrap_or_default();
            contexts.send_in(self.id, message, pipes, now)?;
            traffic.sent(size);
            Ok(())
        });
        sent.unwrap_or_else(|code| Err(Refused { message: unsent.unwrap_or_default(), code }))
    }

    fn recv(&self) -> Result<Message, ErrorCode> {
        self.parent.hub().run_in(|contexts, pipes, traffic, now| {
            let message = contexts.recv_in(self.id, pipes, now)?;
            traffic.received(message.size());
            Ok(message)
        })?
    }
}

impl Socket {
    /// Opens a context: an independent state over this socket's peers, with its own request in flight
    /// (REQ), request to answer (REP, RESPONDENT), survey (SURVEYOR) or subscriptions and queue of 128
    /// messages (SUB). It begins with the socket's options; SNDTIMEO, RCVTIMEO, RESEND_IVL and DEADLINE
    /// can then be changed for it alone. It keeps its socket open; closing either ends who waits in it.
    ///
    /// # Errors
    /// ENOTSUP for a kind without contexts, and in a context; ETERM; EBADF once closed.
    pub fn context(&self) -> Result<Self, Error> {
        self.check_all()?;
        if self.0.sub.is_some() {
            return Err(self.not_of_context("contexts"));
        }
        let (id, readiness) = self.hub().open_context().map_err(|code| match code {
            ErrorCode::NotSupported => {
                let raw = if self.kind().is_raw() { "raw " } else { "" };
                let text = format!("a {raw}{} socket has no contexts", self.kind().name);
                Error::new(code, text)
            }
            code => code.into(),
        })?;
        let context =
            SubContext { parent: self.clone(), id, readiness, closed: AtomicBool::new(false) };
        let options = lock(&self.0.options).clone();
        Ok(Self::new(&self.0.context, self.kind(), self.hub().clone(), options, Some(context)))
    }

    /// What a context leaves to its socket.
    pub(super) fn not_of_context(&self, what: &str) -> Error {
        let text = format!("a context has no {what}: its socket has");
        Error::new(ErrorCode::NotSupported, text)
    }

    /// EBADF or ETERM where there is no use in going on, in a context too.
    pub(super) fn check_all(&self) -> Result<(), Error> {
        self.check()?;
        self.0.sub.as_ref().map_or(Ok(()), SubContext::check)
    }

    /// Refuses in a context what only its socket does.
    pub(super) fn check_whole(&self, what: &str) -> Result<(), Error> {
        self.check_all()?;
        if self.0.sub.is_some() { Err(self.not_of_context(what)) } else { Ok(()) }
    }

    pub(super) fn send_in(
        &self,
        context: &SubContext,
        message: Message,
        wait: Wait,
    ) -> Result<(), Unsent> {
        if let Err(error) = self.check_parts(&message) {
            return Err(Unsent { message, error });
        }
        let mut unsent = Some(message);
        let sent = self.wait_for(Interest::OUT, wait, Some(&self.0.send_timeout), || {
            let message = unsent.take()?;
            match context.send(message) {
                Ok(()) => Some(Ok(())),
                Err(refused) => {
                    unsent = Some(refused.message);
                    (refused.code != ErrorCode::Again).then(|| Err(refused.code.into()))
                }
            }
        });
        sent.map_err(|error| Unsent {
            message: unsent.unwrap_or_else(|| Message::new(Frame::default())),
            error,
        })
    }

    pub(super) fn recv_in(&self, context: &SubContext, wait: Wait) -> Result<Message, Error> {
        self.wait_for(Interest::IN, wait, Some(&self.0.receive_timeout), || match context.recv() {
            Err(ErrorCode::Again) => None,
            other => Some(other.map_err(Error::from)),
        })
    }
}
