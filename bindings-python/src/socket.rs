//! Socket: one class for both dialects; `zmq.Socket` and `nnmsg.Socket` are Python subclasses of it.
//!
//! Called by the package's modules. Whole methods are taken over under their documented names
//! (`recv = _sockery.Socket._recv_part`), so that a send or receive costs one native call.

use pyo3::{
    prelude::*,
    types::{PyBytes, PyDict, PyList, PyString, PyTuple},
};
use sockery::facade::{
    self, Descriptor, Direction as Destination, Error, ErrorCode, Frame, Interest, Message, Unsent,
    UnsentFrame, Wait,
};

use crate::{
    awaited::{Allowance, Done},
    context::Context,
    error::{Raise, wrong_type},
    lent,
    message::{self, Peer},
    table,
    value::{self, Flags},
    wait::{self, Direction},
};

/// A socket of either dialect.
#[pyclass(frozen, subclass, weakref, module = "sockery._sockery")]
#[derive(Debug)]
pub(crate) struct Socket {
    inner: facade::Socket,
    /// Of asyncio's operations.
    allowance: Allowance,
}

/// The keyword arguments of drafts.
#[derive(Clone)]
struct Extras<'py> {
    routing_id: Option<Bound<'py, PyAny>>,
    group: Option<Bound<'py, PyAny>>,
}

impl Extras<'_> {
    fn are_there(&self) -> bool {
        self.routing_id.is_some() || self.group.is_some()
    }
}

#[derive(FromPyObject)]
enum Origin<'py> {
    Socket(PyRef<'py, Socket>),
    Context(PyRef<'py, Context>),
}

impl From<facade::Socket> for Socket {
    fn from(inner: facade::Socket) -> Self {
        Self { inner, allowance: Allowance::default() }
    }
}

impl Socket {
    pub(crate) fn facade(&self) -> &facade::Socket {
        &self.inner
    }

    fn flags(&self, bits: i32) -> Flags {
        Flags::new(self.inner.kind().dialect, bits)
    }

    /// Sends a message, which is handed back by an attempt that fails.
    fn send(&self, py: Python<'_>, message: Message, wait: Wait) -> PyResult<()> {
        let direction = Direction::Send(message.size());
        let mut unsent = Some(message);
        wait::patiently(py, &self.inner, direction, wait, |wait| {
            let message = unsent.take().expect("a failed attempt has put it back");
            self.inner.send(message, wait).map_err(|Unsent { message, error }| {
                unsent = Some(message);
                error
            })
        })
    }

    /// Sends one part of a message.
    fn send_frame(&self, py: Python<'_>, frame: Frame, flags: Flags) -> PyResult<()> {
        let direction = Direction::Send(frame.len());
        let mut unsent = Some(frame);
        wait::patiently(py, &self.inner, direction, flags.wait, |wait| {
            let frame = unsent.take().expect("a failed attempt has put it back");
            self.inner.send_frame(frame, flags.more, wait).map_err(
                |UnsentFrame { frame, error }| {
                    unsent = Some(frame);
                    error
                },
            )
        })
    }

    fn recv(&self, py: Python<'_>, wait: Wait) -> PyResult<Message> {
        wait::patiently(py, &self.inner, Direction::Receive, wait, |wait| self.inner.recv(wait))
    }

    fn recv_many(&self, py: Python<'_>, limit: usize, wait: Wait) -> PyResult<Vec<Message>> {
        let attempt = |wait| self.inner.recv_many(limit, wait);
        wait::patiently(py, &self.inner, Direction::Receive, wait, attempt)
    }

    fn raise<T>(&self, py: Python<'_>, result: Result<T, Error>) -> PyResult<T> {
        result.raise(py, self.inner.kind().dialect)
    }

    /// What an attempt came to: None where it would have to wait.
    fn tried<T>(&self, py: Python<'_>, result: Result<T, Error>) -> PyResult<Option<T>> {
        match result {
            Err(error) if error.code() == ErrorCode::Again => Ok(None),
            done => self.raise(py, done).map(Some),
        }
    }

    /// The message for the peer of a routing id, or for a group: as the arguments say, or the `Frame`
    /// that is sent.
    fn direct(
        &self,
        py: Python<'_>,
        message: Message,
        data: &Bound<'_, PyAny>,
        extras: &Extras<'_>,
    ) -> PyResult<Message> {
        let direction = self.direction(data, extras)?;
        self.raise(py, self.inner.direct(message, direction).map_err(|unsent| unsent.error))
    }

    fn direction(&self, data: &Bound<'_, PyAny>, extras: &Extras<'_>) -> PyResult<Destination> {
        let Extras { mut routing_id, mut group } = extras.clone();
        if self.inner.kind().is_directed() {
            let own = |name| data.getattr(name).ok().filter(|value| !value.is_none());
            routing_id = routing_id.or_else(|| own("routing_id"));
            group = group.or_else(|| own("group"));
        }
        let routing_id = routing_id.map(|id| {
            id.extract::<u32>().map_err(|_| wrong_type("routing_id", "int of 1 to 4294967295", &id))
        });
        let group = group.map(|group| message::frame_or_text("group", &group));
        Ok(Destination {
            routing_id: routing_id.transpose()?,
            group: group.transpose()?.map(Frame::into_bytes),
        })
    }
}

#[pymethods]
impl Socket {
    /// Opens a socket: `dialect` is "sp" or "zmtp", `domain` an AF_* of nnmsg, `number` its type.
    /// With another socket as `origin` and nothing else: one more handle of that socket.
    #[new]
    #[pyo3(signature = (origin, dialect="", domain=0, number=0))]
    fn new(
        py: Python<'_>,
        origin: Origin<'_>,
        dialect: &str,
        domain: i32,
        number: i32,
    ) -> PyResult<Self> {
        let context = match origin {
            Origin::Socket(other) => return Ok(other.inner.clone().into()),
            Origin::Context(context) => context,
        };
        let dialect = value::dialect(dialect)?;
        let kind = facade::kind(dialect, domain, number).raise(py, dialect)?;
        Ok(context.facade().socket(kind).raise(py, dialect)?.into())
    }

    // What both dialects show.

    /// Whether it is closed.
    #[getter]
    fn closed(&self) -> bool {
        self.inner.is_closed()
    }

    #[getter]
    fn _handle(&self) -> i32 {
        self.inner.handle()
    }

    #[getter]
    fn _kind(&self) -> (&'static str, i32) {
        let kind = self.inner.kind();
        (kind.name, kind.number)
    }

    /// The events (of POLLIN and POLLOUT) that can ever happen on this kind of socket.
    #[getter]
    fn _possible(&self) -> u8 {
        let kind = self.inner.kind();
        let some = |holds, interest| if holds { interest } else { Interest::NONE };
        (some(kind.receives, Interest::IN) | some(kind.sends, Interest::OUT)).bits()
    }

    fn _bind(&self, py: Python<'_>, endpoint: &Bound<'_, PyAny>) -> PyResult<(i32, String)> {
        let endpoint = text_of("endpoint", endpoint)?;
        let info = self.raise(py, py.detach(|| self.inner.bind(&endpoint)))?;
        Ok((info.id, info.address))
    }

    fn _connect(&self, py: Python<'_>, endpoint: &Bound<'_, PyAny>) -> PyResult<(i32, String)> {
        let endpoint = text_of("endpoint", endpoint)?;
        let info = self.raise(py, py.detach(|| self.inner.connect(&endpoint)))?;
        Ok((info.id, info.address))
    }

    fn _unbind(&self, py: Python<'_>, endpoint: &Bound<'_, PyAny>) -> PyResult<()> {
        let endpoint = text_of("endpoint", endpoint)?;
        self.raise(py, py.detach(|| self.inner.unbind(&endpoint)))
    }

    fn _disconnect(&self, py: Python<'_>, endpoint: &Bound<'_, PyAny>) -> PyResult<()> {
        let endpoint = text_of("endpoint", endpoint)?;
        self.raise(py, py.detach(|| self.inner.disconnect(&endpoint)))
    }

    fn _shutdown(&self, py: Python<'_>, id: i32) -> PyResult<()> {
        self.raise(py, py.detach(|| self.inner.shutdown(id)))
    }

    /// The address of the last bind or connect, with the port that the system gave; "" before.
    #[getter]
    fn _last_endpoint(&self) -> String {
        self.inner.last_endpoint()
    }

    /// Closes, with this linger in ms instead of the socket's own when it is given.
    #[pyo3(signature = (linger=None))]
    fn _close(&self, py: Python<'_>, linger: Option<i32>) {
        py.detach(|| match linger {
            Some(linger) => self.inner.close_linger(linger),
            None => self.inner.close(),
        });
    }

    fn _set(
        &self,
        py: Python<'_>,
        level: i32,
        number: i32,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let value = value::value_of(value)?;
        self.raise(py, self.inner.set(level, number, &value))
    }

    fn _get<'py>(&self, py: Python<'py>, level: i32, number: i32) -> PyResult<Bound<'py, PyAny>> {
        let value = self.raise(py, self.inner.get(level, number))?;
        value::object_of(py, &value)
    }

    fn _subscribe(&self, py: Python<'_>, prefix: &Bound<'_, PyAny>) -> PyResult<()> {
        let prefix = message::frame_or_text("topic", prefix)?;
        self.raise(py, self.inner.subscribe(&prefix))
    }

    fn _unsubscribe(&self, py: Python<'_>, prefix: &Bound<'_, PyAny>) -> PyResult<()> {
        let prefix = message::frame_or_text("topic", prefix)?;
        self.raise(py, self.inner.unsubscribe(&prefix))
    }

    /// Receives the messages of a group too (DISH).
    fn _join(&self, py: Python<'_>, group: &Bound<'_, PyAny>) -> PyResult<()> {
        let group = message::frame_or_text("group", group)?;
        self.raise(py, self.inner.join(&group))
    }

    /// Receives the messages of a group no longer (DISH).
    fn _leave(&self, py: Python<'_>, group: &Bound<'_, PyAny>) -> PyResult<()> {
        let group = message::frame_or_text("group", group)?;
        self.raise(py, self.inner.leave(&group))
    }

    /// Connects, and answers the routing id of the new peer (PEER).
    fn _connect_peer(&self, py: Python<'_>, endpoint: &Bound<'_, PyAny>) -> PyResult<u32> {
        let endpoint = text_of("endpoint", endpoint)?;
        self.raise(py, py.detach(|| self.inner.connect_peer(&endpoint)))
    }

    fn _statistic(&self, py: Python<'_>, number: i32) -> PyResult<u64> {
        self.raise(py, self.inner.statistic(number))
    }

    fn _statistic_named(&self, py: Python<'_>, name: &str) -> PyResult<u64> {
        self.raise(py, self.inner.statistic_named(name))
    }

    /// Messages that the pattern's rules dropped so far: a dict of reason and count.
    fn dropped<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let reasons = PyDict::new(py);
        for (reason, count) in self.inner.dropped() {
            reasons.set_item(reason, count)?;
        }
        Ok(reasons)
    }

    /// Peers whose handshake is done.
    #[getter]
    fn peers(&self) -> usize {
        self.inner.peers()
    }

    // Who may connect.

    /// Lets in the CURVE clients of these keys and no others; None asks the ZAP handler again.
    fn _allow_curve(&self, py: Python<'_>, keys: Option<Vec<Bound<'_, PyAny>>>) -> PyResult<()> {
        let frame = |key: &Bound<'_, PyAny>| message::frame_or_text("keys", key);
        let keys = keys.map(|keys| keys.iter().map(frame).collect::<PyResult<Vec<_>>>());
        let keys = keys.transpose()?;
        let keys: Option<Vec<&[u8]>> =
            keys.as_ref().map(|keys| keys.iter().map(|key| &**key).collect());
        self.raise(py, self.inner.allow_curve(keys.as_deref()))
    }

    /// Lets in the PLAIN clients of these names and passwords and no others; None asks again.
    fn _allow_plain(&self, py: Python<'_>, users: Option<Vec<(String, String)>>) -> PyResult<()> {
        let users: Option<Vec<_>> = users
            .as_ref()
            .map(|users| users.iter().map(|(name, password)| (&**name, &**password)).collect());
        self.raise(py, self.inner.allow_plain(users.as_deref()))
    }

    // Events.

    /// A queue of the socket's events, given as a set of bits: the native PAIR to receive them from.
    fn _watch(&self, py: Python<'_>, events: u32) -> PyResult<Self> {
        Ok(self.raise(py, py.detach(|| self.inner.watch(events)))?.into())
    }

    /// Whether the user decides about each new peer.
    fn _set_decides(&self, decides: bool) {
        self.inner.set_decides(decides);
    }

    /// Takes or refuses the peer of a pipe that waits for it.
    fn _decide(&self, py: Python<'_>, pipe: u64, take: bool) -> PyResult<()> {
        self.raise(py, py.detach(|| self.inner.decide(pipe, take)))
    }

    /// Sends events to an inproc endpoint, in libzmq's form of this version.
    fn _monitor(&self, py: Python<'_>, addr: &str, events: u64, version: i32) -> PyResult<()> {
        self.raise(py, py.detach(|| self.inner.monitor(addr, events, version)))
    }

    fn _stop_monitor(&self, py: Python<'_>) {
        py.detach(|| self.inner.stop_monitor());
    }

    /// Asks the monitor for an event PIPES_STATS of each connection.
    fn monitor_pipes_stats(&self, py: Python<'_>) -> PyResult<()> {
        self.raise(py, py.detach(|| self.inner.monitor_pipes_stats()))
    }

    /// Takes over a multipart message that another thread has begun.
    fn adopt(&self) {
        self.inner.adopt();
    }

    // Waiting.

    /// The events (of POLLIN and POLLOUT) that hold now.
    #[getter]
    fn _readiness(&self) -> u8 {
        self.inner.readiness().bits()
    }

    /// Waits for events at most `timeout` ms (None for ever): those that hold, none at the end.
    #[pyo3(signature = (events, timeout=None))]
    fn _wait(&self, py: Python<'_>, events: u8, timeout: Option<i64>) -> PyResult<u8> {
        let interest = Interest::from_bits(events);
        let now = self.inner.readiness() & (interest | Interest::TERM);
        if !now.is_empty() {
            return Ok(now.bits());
        }
        let attempt = |wait| self.inner.wait(interest, wait);
        let dialect = self.inner.kind().dialect;
        let ready = wait::until(py, dialect, value::timeout(timeout), attempt)?;
        Ok(ready.bits())
    }

    /// Waits until `count` peers are connected and their handshakes done.
    ///
    /// `timeout` is in milliseconds, None for ever; ETIMEDOUT or EAGAIN at its end.
    #[pyo3(signature = (count=Socket::ONE, timeout=None))]
    fn _wait_for_peers(&self, py: Python<'_>, count: usize, timeout: Option<i64>) -> PyResult<()> {
        let attempt = |wait| self.inner.wait_for_peers(count, wait);
        wait::until(py, self.inner.kind().dialect, value::timeout(timeout), attempt)
    }

    /// Waits until `count` peers subscribe to `prefix`.
    ///
    /// `timeout` is in milliseconds, None for ever; EAGAIN at its end.
    #[pyo3(signature = (prefix, count=Socket::ONE, timeout=None))]
    fn _wait_for_subscribers(
        &self,
        py: Python<'_>,
        prefix: &Bound<'_, PyAny>,
        count: usize,
        timeout: Option<i64>,
    ) -> PyResult<()> {
        let prefix = message::frame_or_text("prefix", prefix)?;
        let attempt = |wait| self.inner.wait_for_subscribers(&prefix, count, wait);
        wait::until(py, self.inner.kind().dialect, value::timeout(timeout), attempt)
    }

    /// The descriptor "in", "out" or "news" for an event loop; it belongs to the socket.
    fn _descriptor(&self, py: Python<'_>, which: &str) -> PyResult<i32> {
        let which = match which {
            "in" => Descriptor::In,
            "out" => Descriptor::Out,
            _ => Descriptor::News,
        };
        self.raise(py, self.inner.descriptor(which))
    }

    /// The poll of the socket, for a loop that takes its turns; None while it has none.
    #[getter]
    fn _poll_fd(&self) -> Option<i32> {
        self.inner.poll_descriptor()
    }

    /// Does what the socket has to do; whether there is more.
    fn _turn(&self, py: Python<'_>) -> PyResult<bool> {
        self.raise(py, self.inner.turn())
    }

    /// To be called before a loop that takes turns sleeps: whether a turn is due at once.
    fn _wants_turn(&self) -> bool {
        self.inner.wants_turn()
    }

    /// Calls `callback` once when one of the events holds, from a thread of its own.
    fn _arm(&self, events: u8, callback: Py<PyAny>) -> Armed {
        let notify = wait::notifier(callback);
        Armed { inner: self.inner.arm(Interest::from_bits(events), notify) }
    }

    // zmq: parts of messages.

    /// Sends one part. `flags`: DONTWAIT to fail with `Again` instead of waiting, SNDMORE when
    /// further parts follow. Raises `Again` at the end of SNDTIMEO.
    #[pyo3(signature = (data, flags=0, copy=true, track=false, routing_id=None, group=None))]
    #[expect(clippy::too_many_arguments, reason = "pyzmq's signature")]
    fn _send_part<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
        flags: i32,
        copy: bool,
        track: bool,
        routing_id: Option<Bound<'py, PyAny>>,
        group: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _ = copy;
        let flags = self.flags(flags);
        let extras = Extras { routing_id, group };
        if !flags.more && (extras.are_there() || self.inner.kind().is_directed()) {
            let message = Message::new(message::frame_of("data", data)?);
            self.send(py, self.direct(py, message, data, &extras)?, flags.wait)?;
        } else if !self.is_passed(data, flags) {
            self.send_frame(py, message::frame_of("data", data)?, flags)?;
        }
        message::tracker(py, track)
    }

    /// Receives one part as bytes, or as a Frame when `copy` is false. `flags`: DONTWAIT to fail
    /// with `Again` instead of waiting. Raises `Again` at the end of RCVTIMEO.
    #[pyo3(signature = (flags=0, copy=true, track=false))]
    fn _recv_part<'py>(
        &self,
        py: Python<'py>,
        flags: i32,
        copy: bool,
        track: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = track;
        let wait = self.flags(flags).wait;
        let (socket, way) = (&self.inner, Direction::Receive);
        if copy {
            let (frame, _) =
                wait::patiently(py, socket, way, wait, |wait| socket.recv_frame(wait))?;
            return Ok(message::part(py, &frame));
        }
        if socket.kind().is_directed() {
            return message::frames(py, socket, &self.recv(py, wait)?)?.get_item(usize::default());
        }
        let attempt = |wait| socket.recv_frame_from(wait);
        let (frame, more, peer) = wait::patiently(py, socket, way, wait, attempt)?;
        message::frame(py, &frame, more, Peer::of(py, peer)?.as_ref())
    }

    /// Sends all parts of one message, or none.
    #[pyo3(signature = (msg_parts, flags=0, copy=true, track=false, routing_id=None, group=None))]
    #[expect(clippy::too_many_arguments, reason = "pyzmq's signature")]
    fn _send_parts<'py>(
        &self,
        py: Python<'py>,
        msg_parts: &Bound<'py, PyAny>,
        flags: i32,
        copy: bool,
        track: bool,
        routing_id: Option<Bound<'py, PyAny>>,
        group: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _ = copy;
        let extras = Extras { routing_id, group };
        let frames = message::frames_of("msg_parts", msg_parts)?;
        let flags = self.flags(flags);
        if flags.more {
            for frame in frames {
                self.send_frame(py, frame, flags)?;
            }
        } else {
            let mut message = Message::from_frames(frames);
            if extras.are_there() {
                message = self.direct(py, message, msg_parts, &extras)?;
            }
            self.send(py, message, flags.wait)?;
        }
        message::tracker(py, track)
    }

    /// Receives all parts of one message as a list.
    #[pyo3(signature = (flags=0, copy=true, track=false))]
    fn _recv_parts<'py>(
        &self,
        py: Python<'py>,
        flags: i32,
        copy: bool,
        track: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let _ = track;
        let received = self.recv(py, self.flags(flags).wait)?;
        self.parts(py, &received, copy)
    }

    /// Receives up to `limit` messages, each a list of its parts, waiting for the first only.
    #[pyo3(signature = (limit, flags=0))]
    fn _recv_many_parts<'py>(
        &self,
        py: Python<'py>,
        limit: usize,
        flags: i32,
    ) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for received in self.recv_many(py, limit, self.flags(flags).wait)? {
            list.append(message::parts(py, &received)?)?;
        }
        Ok(list)
    }

    // zmq.asyncio: what goes ahead at once, for which nobody may be waiting.

    /// Lets so many sends or receives (POLLOUT, POLLIN) go ahead.
    fn _grant(&self, event: u8, count: u32) {
        self.allowance.grant(Interest::from_bits(event), count);
    }

    /// Whether one more may.
    fn _may_go(&self, event: u8) -> bool {
        self.allowance.take(Interest::from_bits(event))
    }

    /// Sends one part: a future. `flags`: DONTWAIT to fail with `Again` instead of waiting, SNDMORE
    /// when further parts follow.
    #[pyo3(signature = (data, flags=0, copy=true, track=false, **kwargs))]
    fn _send_or_queue<'py>(
        slf: &Bound<'py, Self>,
        data: &Bound<'py, PyAny>,
        flags: i32,
        copy: bool,
        track: bool,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        let plain = !track && kwargs.is_none() && !this.inner.kind().is_directed();
        if plain && this.allowance.take(Interest::OUT) && this.is_sent(data, flags) {
            return Done::nothing(slf.py());
        }
        slf.call_method("_queue_send", (data, flags, copy, track), kwargs)
    }

    /// Receives one part: the future of bytes, or of a Frame when `copy` is false. `flags`: DONTWAIT
    /// to fail with `Again` instead of waiting.
    #[pyo3(signature = (flags=0, copy=true, track=false))]
    fn _recv_or_queue<'py>(
        slf: &Bound<'py, Self>,
        flags: i32,
        copy: bool,
        track: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        if this.allowance.take(Interest::IN)
            && let Some((part, _)) = this.part_now(slf.py(), copy).unwrap_or_default()
        {
            return Done::with(part);
        }
        slf.call_method1("_queue_recv", (flags, copy, track))
    }

    /// Sends all parts of one message, or none: a future. `flags` as those of `send`.
    #[pyo3(signature = (msg_parts, flags=0, copy=true, track=false, **kwargs))]
    fn _send_parts_or_queue<'py>(
        slf: &Bound<'py, Self>,
        msg_parts: &Bound<'py, PyAny>,
        flags: i32,
        copy: bool,
        track: bool,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        let plain = !track && kwargs.is_none() && !this.flags(flags).more;
        if plain && this.allowance.take(Interest::OUT) && this.are_sent(msg_parts) {
            return Done::nothing(slf.py());
        }
        slf.call_method("_queue_send_parts", (msg_parts, flags, copy, track), kwargs)
    }

    /// Receives all parts of one message: the future of a list. `flags` as those of `recv`.
    #[pyo3(signature = (flags=0, copy=true, track=false))]
    fn _recv_parts_or_queue<'py>(
        slf: &Bound<'py, Self>,
        flags: i32,
        copy: bool,
        track: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        if this.allowance.take(Interest::IN)
            && let Ok(received) = this.inner.recv(Wait::No)
        {
            return Done::with(this.parts(slf.py(), &received, copy)?.into_any());
        }
        slf.call_method1("_queue_recv_parts", (flags, copy, track))
    }

    // zmq.asyncio: attempts, which answer None where they would have to wait.

    /// One part, as bytes or as a Frame, and whether more of its message follow.
    fn _try_recv_part<'py>(
        &self,
        py: Python<'py>,
        copy: bool,
    ) -> PyResult<Option<(Bound<'py, PyAny>, bool)>> {
        self.part_now(py, copy)
    }

    /// All parts of a message, as bytes or as Frames.
    fn _try_recv_parts<'py>(
        &self,
        py: Python<'py>,
        copy: bool,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let received = self.tried(py, self.inner.recv(Wait::No))?;
        received.map(|message| self.parts(py, &message, copy)).transpose()
    }

    /// Sends one part: True once it is sent.
    fn _try_send_part(
        &self,
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        flags: i32,
    ) -> PyResult<Option<bool>> {
        let frame = message::frame_of("data", data)?;
        let sent = self.inner.send_frame(frame, self.flags(flags).more, Wait::No);
        let sent = self.tried(py, sent.map_err(|unsent| unsent.error))?;
        Ok(sent.map(|()| true))
    }

    // nnmsg: whole messages.

    /// Sends a str (as UTF-8) or anything with a buffer; the number of bytes sent.
    #[pyo3(signature = (data, flags=0))]
    fn _send_body(&self, py: Python<'_>, data: &Bound<'_, PyAny>, flags: i32) -> PyResult<usize> {
        let frame = message::frame_or_text("data", data)?;
        let size = frame.len();
        self.send(py, Message::new(frame), self.flags(flags).wait)?;
        Ok(size)
    }

    /// Receives a message as bytes.
    #[pyo3(signature = (flags=0))]
    fn _recv_body<'py>(&self, py: Python<'py>, flags: i32) -> PyResult<Bound<'py, PyBytes>> {
        let received = self.recv(py, self.flags(flags).wait)?;
        Ok(lent::object_of(py, received.body()))
    }

    /// A context of this socket: another socket over the same peers.
    fn _open_context(&self, py: Python<'_>) -> PyResult<Self> {
        Ok(self.raise(py, self.inner.context())?.into())
    }

    /// Sends a body with the header that a raw socket takes, to the peer of a number: its size.
    #[pyo3(signature = (body, header=None, pipe=0, flags=0))]
    fn _send_msg(
        &self,
        py: Python<'_>,
        body: &Bound<'_, PyAny>,
        header: Option<&Bound<'_, PyAny>>,
        pipe: u32,
        flags: i32,
    ) -> PyResult<usize> {
        let frame = message::frame_or_text("body", body)?;
        let header = header.map(|header| message::frame_or_text("header", header)).transpose()?;
        let header = header.as_deref().unwrap_or_default();
        let (size, mut unsent) = (frame.len(), Some(frame));
        let attempt = |wait| {
            let body = unsent.take().unwrap_or_default();
            self.inner.send_msg(header, body, pipe, wait).map_err(|refused| {
                unsent = Some(refused.message.into_body());
                refused.error
            })
        };
        let direction = Direction::Send(size);
        wait::patiently(py, &self.inner, direction, self.flags(flags).wait, attempt)?;
        Ok(size)
    }

    /// Receives a message: its body, its header, and the number of the peer that it came from.
    #[pyo3(signature = (flags=0))]
    fn _recv_msg<'py>(
        &self,
        py: Python<'py>,
        flags: i32,
    ) -> PyResult<(Bound<'py, PyBytes>, Bound<'py, PyBytes>, u32)> {
        let message = self.recv(py, self.flags(flags).wait)?;
        let header = PyBytes::new(py, &message.header().to_bytes());
        Ok((PyBytes::new(py, message.body()), header, message.pipe()))
    }

    /// The address of the peer of a number; None when there is none.
    fn _peer_address(&self, pipe: u32) -> Option<String> {
        self.inner.peer_address(pipe)
    }

    /// Receives up to `limit` messages as bytes, waiting for the first only.
    #[pyo3(signature = (limit, flags=0))]
    fn _recv_many_bodies<'py>(
        &self,
        py: Python<'py>,
        limit: usize,
        flags: i32,
    ) -> PyResult<Bound<'py, PyList>> {
        let received = self.recv_many(py, limit, self.flags(flags).wait)?;
        PyList::new(py, received.iter().map(|message| lent::object_of(py, message.body())))
    }

    // Both.

    /// Sends messages one after the other, each a buffer or a list of parts: how many were taken.
    ///
    /// With DONTWAIT, or at the end of SNDTIMEO, it stops early and raises only when it has sent none.
    #[pyo3(signature = (messages, flags=0))]
    fn _send_many(
        &self,
        py: Python<'_>,
        messages: &Bound<'_, PyAny>,
        flags: i32,
    ) -> PyResult<usize> {
        let Flags { wait, .. } = self.flags(flags);
        let mut sent = usize::default();
        for message in messages.try_iter()? {
            let message = message::message_of("message", &message?)?;
            match self.send(py, message, wait) {
                Ok(()) => sent += Self::ONE,
                Err(error) if sent > usize::default() && is_full(py, &error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(sent)
    }

    /// Sends a value as a table (MessagePack); the number of bytes sent.
    #[pyo3(signature = (value, flags=0))]
    fn _send_table(&self, py: Python<'_>, value: &Bound<'_, PyAny>, flags: i32) -> PyResult<usize> {
        let frame = Frame::from(table::encode(value)?);
        let size = frame.len();
        self.send(py, Message::new(frame), self.flags(flags).wait)?;
        Ok(size)
    }

    /// Receives a table: what `pack` made a value into. The error for anything else has the
    /// message as `message`.
    #[pyo3(signature = (flags=0))]
    fn _recv_table<'py>(&self, py: Python<'py>, flags: i32) -> PyResult<Bound<'py, PyAny>> {
        let received = self.recv(py, self.flags(flags).wait)?;
        table::decode(py, self.inner.kind().dialect, received.body())
    }
}

impl Socket {
    /// A part that is there, and whether more of its message follow.
    fn part_now<'py>(
        &self,
        py: Python<'py>,
        copy: bool,
    ) -> PyResult<Option<(Bound<'py, PyAny>, bool)>> {
        if copy {
            let received = self.tried(py, self.inner.recv_frame(Wait::No))?;
            return Ok(received.map(|(frame, more)| (message::part(py, &frame), more)));
        }
        if self.inner.kind().is_directed() {
            let received = self.tried(py, self.inner.recv(Wait::No))?;
            let Some(message) = received else { return Ok(None) };
            let frames = message::frames(py, &self.inner, &message)?;
            return Ok(Some((frames.get_item(usize::default())?, false)));
        }
        let received = self.tried(py, self.inner.recv_frame_from(Wait::No))?;
        let Some((frame, more, peer)) = received else { return Ok(None) };
        let frame = message::frame(py, &frame, more, Peer::of(py, peer)?.as_ref())?;
        Ok(Some((frame, more)))
    }

    /// The parts of a message, as bytes or as Frames.
    fn parts<'py>(
        &self,
        py: Python<'py>,
        received: &Message,
        copy: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        if copy { message::parts(py, received) } else { message::frames(py, &self.inner, received) }
    }

    /// Whether these bytes were a whole message that could go behind others without more ado.
    fn is_passed(&self, data: &Bound<'_, PyAny>, flags: Flags) -> bool {
        let bytes = data.cast_exact::<PyBytes>();
        !flags.more && bytes.is_ok_and(|bytes| self.inner.send_through(bytes.as_bytes()))
    }

    /// Whether a part could be sent at once; why it could not, the next attempt tells.
    fn is_sent(&self, data: &Bound<'_, PyAny>, flags: i32) -> bool {
        let flags = self.flags(flags);
        self.is_passed(data, flags)
            || message::frame_of("data", data)
                .is_ok_and(|frame| self.inner.send_frame(frame, flags.more, Wait::No).is_ok())
    }

    /// The same of a whole message, unless its parts can be walked but once.
    fn are_sent(&self, parts: &Bound<'_, PyAny>) -> bool {
        let again = parts.is_instance_of::<PyList>() || parts.is_instance_of::<PyTuple>();
        again
            && message::frames_of("msg_parts", parts)
                .is_ok_and(|frames| self.inner.send(Message::from_frames(frames), Wait::No).is_ok())
    }

    /// The usual count.
    const ONE: usize = true as usize;
}

/// Whether an exception says that nothing more can be taken now.
fn is_full(py: Python<'_>, error: &PyErr) -> bool {
    let number = error.value(py).getattr("errno").and_then(|number| number.extract::<i32>());
    let code = number.ok().and_then(ErrorCode::from_number);
    matches!(code, Some(ErrorCode::Again | ErrorCode::TimedOut))
}

fn text_of(argument: &str, text: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = text.cast::<PyString>() {
        return Ok(text.to_cow()?.into_owned());
    }
    if let Ok(bytes) = text.cast::<PyBytes>() {
        return Ok(String::from_utf8_lossy(bytes.as_bytes()).into_owned());
    }
    Err(wrong_type(argument, "str", text))
}

/// A callback that waits for a socket; dropped or cancelled, it will not be called any more.
#[pyclass(frozen, module = "sockery._sockery")]
#[derive(Debug)]
pub(crate) struct Armed {
    #[expect(dead_code, reason = "disarms when it is dropped")]
    inner: facade::Armed,
}

/// A proxy that `control` steers; returns once it is told to end.
#[pyfunction]
#[pyo3(signature = (front, back, capture, control))]
pub(crate) fn steer(
    py: Python<'_>,
    front: &Socket,
    back: &Socket,
    capture: Option<&Socket>,
    control: Option<&Socket>,
) -> PyResult<()> {
    let [capture, control] = [capture, control].map(|one| one.map(|one| one.inner.clone()));
    let dialect = front.inner.kind().dialect;
    let proxy = facade::Proxy::new(front.inner.clone(), back.inner.clone(), capture, control);
    let mut proxy = proxy.raise(py, dialect)?;
    wait::until(py, dialect, Wait::Forever, |_| proxy.run())
}

/// Forwards between two sockets, or loops one back, until one of them ends: always raises.
#[pyfunction]
#[pyo3(signature = (front, back=None, capture=None, topics=None))]
pub(crate) fn device(
    py: Python<'_>,
    front: &Socket,
    back: Option<&Socket>,
    capture: Option<&Socket>,
    topics: Option<Vec<Vec<u8>>>,
) -> PyResult<()> {
    let [back, capture] = [back, capture].map(|one| one.map(|one| one.inner.clone()));
    let dialect = front.inner.kind().dialect;
    let device = facade::Device::new(front.inner.clone(), back, capture, topics.as_deref());
    let mut device = device.raise(py, dialect)?;
    match wait::until(py, dialect, Wait::Forever, |_| device.run())? {}
}
