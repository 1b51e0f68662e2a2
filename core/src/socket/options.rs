//! Options of a socket: the store's, and those that only the socket can answer or obey.

use std::{sync::atomic::Ordering, time::Duration};

use super::{Socket, lock, sub_context::SubContext};
use crate::{
    error::{Error, ErrorCode},
    interest::Interest,
    option::{Access, Dialect, Opt, OptionRow, State, Value, lookup},
    reactor::readiness::Descriptor,
};

/// nanomsg's close waits for nothing; ours flushes for at most this long.
const SP_LINGER: Duration = Duration::from_millis(1_000);

impl Socket {
    /// Sets an option by number; `level` is nanomsg's, any in ZMTP.
    ///
    /// # Errors
    /// ENOPROTOOPT (SP) or EINVAL (ZMTP) for an option that the kind does not have; EINVAL for a
    /// value of the wrong type, size or range, saying what was expected; ENOTSUP for what is not
    /// built yet.
    pub fn set(&self, level: i32, number: i32, value: &Value) -> Result<(), Error> {
        self.check_all()?;
        let row = self.option(level, number)?;
        if self.0.sub.is_some() && !SubContext::has(row) {
            return Err(self.not_of_context(row.name_in(self.kind().dialect)));
        }
        lock(&self.0.options).set(row, value)?;
        if row.state == State::Socket {
            return self.act(row, value);
        }
        self.obey_options();
        if row.opt == Opt::MaxMsgSize && self.kind().dialect == Dialect::Sp {
            let most = lock(&self.0.options).maxmsgsize;
            self.hub().limit_messages(usize::try_from(most).ok());
        }
        let setting = lock(&self.0.options).setting(row);
        match (setting, &self.0.sub) {
            (Some(setting), Some(context)) => {
                context.configure(&setting);
                Ok(())
            }
            (Some(setting), None) => {
                Ok(self.hub().run(|state, _| state.protocol.configure(&setting))?)
            }
            (None, _) => Ok(()),
        }
    }

    /// Reads an option by number; `level` is nanomsg's, any in ZMTP.
    pub fn get(&self, level: i32, number: i32) -> Result<Value, Error> {
        self.check_all()?;
        let row = self.option(level, number)?;
        if row.state == State::Socket && row.access != Access::WriteOnly {
            return self.answer(row);
        }
        if row.opt == Opt::RoutingId
            && let Some(id) =
                self.hub().run(|state, _| state.protocol.routing_id().map(<[u8]>::to_vec))
        {
            return Ok(Value::Bytes(id));
        }
        lock(&self.0.options).get(row)
    }

    fn option(&self, level: i32, number: i32) -> Result<&'static OptionRow, Error> {
        let dialect = self.kind().dialect;
        let row = lookup(dialect, level, number)?;
        if self.kind().has(row) {
            return Ok(row);
        }
        let code = match dialect {
            Dialect::Sp => ErrorCode::NoSuchOption,
            Dialect::Zmtp => ErrorCode::Invalid,
        };
        let (name, option) = (self.kind().name, row.name_in(dialect));
        Err(Error::new(code, format!("a {name} socket has no option {option}")))
    }

    fn act(&self, row: &OptionRow, value: &Value) -> Result<(), Error> {
        let bytes = value.as_bytes().unwrap_or_default();
        match row.opt {
            Opt::Subscribe => self.subscribe(bytes),
            Opt::Unsubscribe => self.unsubscribe(bytes),
            _ => Ok(()),
        }
    }

    fn answer(&self, row: &OptionRow) -> Result<Value, Error> {
        Ok(match row.opt {
            Opt::Domain => self.kind().domain.into(),
            Opt::Protocol | Opt::Type => self.kind().number.into(),
            Opt::SndFd => self.one_way(self.kind().sends, Descriptor::Out)?,
            Opt::RcvFd => self.one_way(self.kind().receives, Descriptor::In)?,
            Opt::Fd => self.descriptor(Descriptor::News)?.into(),
            Opt::Events => self.events().into(),
            Opt::RcvMore => self.has_more().into(),
            Opt::ThreadSafe => (self.kind().is_thread_safe()).into(),
            Opt::LastEndpoint => Value::Text(self.last_endpoint()),
            _ => return lock(&self.0.options).get(row),
        })
    }

    fn one_way(&self, has: bool, which: Descriptor) -> Result<Value, Error> {
        if has {
            return Ok(self.descriptor(which)?.into());
        }
        let name = self.kind().name;
        Err(Error::new(ErrorCode::NoSuchOption, format!("a {name} socket has no such direction")))
    }

    /// `ZMQ_EVENTS`: reading it takes the news away.
    fn events(&self) -> i32 {
        self.hub().settle();
        self.waits_on().read_news();
        let holds = self.readiness() & (Interest::IN | Interest::OUT);
        i32::from(holds.bits())
    }

    /// Keeps what every call needs at hand.
    pub(super) fn obey_options(&self) {
        let options = lock(&self.0.options);
        self.0.send_timeout.store(millis(options.sndtimeo), Ordering::Relaxed);
        self.0.receive_timeout.store(millis(options.rcvtimeo), Ordering::Relaxed);
        let linger = match options.dialect {
            Dialect::Sp => Some(SP_LINGER),
            Dialect::Zmtp => options.linger.duration(),
        };
        self.hub().set_linger(linger);
    }
}

fn millis(time: crate::option::Millis) -> i64 {
    time.duration().map_or(-1, |time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}
