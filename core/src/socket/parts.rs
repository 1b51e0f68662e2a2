//! Parts: the calls that send and receive a message frame by frame.

use std::sync::{Arc, atomic::Ordering};

use super::{
    Socket, Unsent, UnsentFrame, lock,
    multipart::{Multipart, Part},
    wait::Wait,
};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    message::{Frame, Message, PeerInfo, Shape},
    option::Dialect,
};

impl Socket {
    /// Sends one part; `more` says that others follow. The first part decides EAGAIN, EFSM and
    /// EHOSTUNREACH; later parts are never refused.
    pub fn send_frame(&self, frame: Frame, more: bool, wait: Wait) -> Result<(), UnsentFrame> {
        if self.0.open.load(Ordering::Acquire) {
            let mut multipart = lock(&self.0.multipart);
            match multipart.sending() {
                Err(error) => return Err(UnsentFrame { frame, error }),
                Ok(Some(open)) if more && !(open.parts.len() == 1 && self.sends_pairs()) => {
                    if let Some(count) = self.kind().shape().frames()
                        && open.parts.len() + 1 >= count
                    {
                        let text = format!("a {} message has {count} parts", self.kind().name);
                        let error = Error::new(ErrorCode::Invalid, text);
                        return Err(UnsentFrame { frame, error });
                    }
                    open.parts.push(frame);
                    return Ok(());
                }
                Ok(Some(_)) => {
                    self.commit(&mut multipart, vec![frame]);
                    return Ok(());
                }
                Ok(None) => {}
            }
        }
        if !more {
            let sent = self.send(Message::new(frame), wait);
            return sent.map_err(|Unsent { message, error }| UnsentFrame {
                frame: message.into_body(),
                error,
            });
        }
        self.begin(frame, wait)
    }

    /// Whether a second part always ends its message: what follows begins the next.
    fn sends_pairs(&self) -> bool {
        self.kind().profile.is_bare() || lock(&self.0.options).router_raw
    }

    fn begin(&self, frame: Frame, wait: Wait) -> Result<(), UnsentFrame> {
        if !matches!(self.kind().shape(), Shape::Parts | Shape::Addressed) {
            let text = match self.kind().dialect {
                Dialect::Sp => "an SP message has one part: no other can follow".to_owned(),
                Dialect::Zmtp => {
                    format!("a {} message has one part: no other can follow", self.kind().name)
                }
            };
            return Err(UnsentFrame { frame, error: Error::new(ErrorCode::Invalid, text) });
        }
        if let Err(error) = self.check_address(&frame) {
            return Err(UnsentFrame { frame, error });
        }
        let admitted =
            self.wait_for(Interest::OUT, wait, Some(&self.0.send_timeout), || {
                match self
                    .hub()
                    .run(|state, now| state.protocol.admit(&frame, &mut state.pipes, now))
                {
                    Err(ErrorCode::Again) => None,
                    other => Some(other.map_err(Error::from)),
                }
            });
        match admitted {
            Err(error) => Err(UnsentFrame { frame, error }),
            Ok(admission) => {
                let mut multipart = lock(&self.0.multipart);
                multipart.begin_sending(frame, admission);
                self.note_open(&multipart);
                Ok(())
            }
        }
    }

    pub(super) fn commit(&self, multipart: &mut Multipart, last: Vec<Frame>) {
        if let Some((message, admission)) = multipart.finish_sending(last) {
            let size = message.size();
            self.hub().run(|state, now| {
                state.protocol.commit(admission, message, &mut state.pipes, now);
                state.traffic.sent(size);
            });
        }
        self.note_open(multipart);
    }

    pub(super) fn note_open(&self, multipart: &Multipart) {
        let open =
            multipart.sending.is_some() || multipart.receiving.is_some() || self.0.sub.is_some();
        self.0.open.store(open, Ordering::Release);
    }

    /// Receives one part, and whether more of the same message follow.
    pub fn recv_frame(&self, wait: Wait) -> Result<(Frame, bool), Error> {
        self.recv_part(wait).map(|(frame, more, _)| (frame, more))
    }

    /// The same, and what is known of the peer that sent it, as [`Socket::peer`] has it.
    pub fn recv_frame_from(
        &self,
        wait: Wait,
    ) -> Result<(Frame, bool, Option<Arc<PeerInfo>>), Error> {
        let (frame, more, origin) = self.recv_part(wait)?;
        Ok((frame, more, self.hub().peer(origin)))
    }

    #[inline]
    fn recv_part(&self, wait: Wait) -> Result<Part, Error> {
        if self.0.open.load(Ordering::Acquire) {
            let mut multipart = lock(&self.0.multipart);
            let part = multipart.next_part()?;
            self.note_open(&multipart);
            if let Some(part) = part {
                return Ok(part);
            }
        }
        let message = self.recv(wait)?;
        if message.frames().len() == 1 {
            let origin = message.origin();
            return Ok((message.into_body(), false, origin));
        }
        let mut multipart = lock(&self.0.multipart);
        let part = multipart.begin_receiving(message);
        self.note_open(&multipart);
        Ok(part)
    }

    /// Whether the part received last is followed by others of its message (`ZMQ_RCVMORE`).
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.0.open.load(Ordering::Acquire) && lock(&self.0.multipart).receiving.is_some()
    }

    /// Takes over a multipart message that another thread has open.
    pub fn adopt(&self) {
        lock(&self.0.multipart).adopt();
    }
}
