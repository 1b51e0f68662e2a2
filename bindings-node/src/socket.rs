//! Sockets: the calls of one, each trying at once unless told how long to wait. `lib/channel.js` has
//! the queues and promises over them.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use napi::bindgen_prelude::*;
use napi_derive::napi;
use sockery::facade::{self, Direction, ErrorCode, Frame, Interest, Message, Wait};

use crate::{
    context::not_integer,
    error::raise,
    keys::bytes,
    message::{Peer, Stage},
    table,
    value::{self, Given, Shown},
    wake::{Waiting, Wakes},
};

/// A socket. JavaScript's collector closes it.
#[napi]
#[derive(Debug)]
pub struct Socket {
    socket: facade::Socket,
    waiting: Rc<Waiting>,
    stage: Rc<RefCell<Stage>>,
}

/// What bind and connect return.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct EndpointInfo {
    /// For `shutdown`; 0 is a good id.
    pub id: i32,
    /// The resolved address.
    pub address: String,
}

/// A number by reason of dropping.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Dropped {
    /// Why.
    pub reason: &'static str,
    /// How many.
    pub count: f64,
}

impl Socket {
    pub(crate) fn new(socket: facade::Socket, wakes: &Wakes, id: u32) -> Self {
        let waiting = Rc::new(wakes.waiting(&socket, id));
        Self { socket, waiting, stage: Rc::default() }
    }

    pub(crate) fn core(&self) -> facade::Socket {
        self.socket.clone()
    }

    fn submit(&self, env: Env, message: Message, wait: Wait) -> Result<bool> {
        submit(env, &self.socket, message, wait)
    }
}

fn submit(env: Env, socket: &facade::Socket, message: Message, wait: Wait) -> Result<bool> {
    let sent = socket.send(message, wait).map_err(|unsent| unsent.error);
    settle(env, sent, wait)
}

/// `false` for a call that may not wait and would have to; errors are thrown.
fn settle(env: Env, done: facade::Result<()>, wait: Wait) -> Result<bool> {
    match done {
        Ok(()) => Ok(true),
        Err(error) if wait == Wait::No && error.code() == ErrorCode::Again => Ok(false),
        Err(error) => Err(raise(env, &error)),
    }
}

/// Takes up to `limit` messages from the core onto the stage, none where it would wait and may not.
fn take(
    env: Env,
    socket: &facade::Socket,
    stage: &mut Stage,
    limit: u32,
    wait: Wait,
) -> Result<()> {
    let kind = socket.kind();
    let shape = |message| match (kind.has_more_than_bodies(), kind.is_directed()) {
        (false, false) => message,
        (false, true) => spread_directed(socket, message),
        (true, _) => spread(message),
    };
    stage.begin();
    let push = |message| stage.push(shape(message));
    let received = if limit == 1 {
        socket.recv(wait).map(push)
    } else {
        let many = socket.recv_many(limit as usize, wait);
        many.map(|messages| messages.into_iter().for_each(push))
    };
    settle(env, received, wait).map(drop)
}

/// What a message bears beside its body, as parts of their own: body, header, number of its peer.
fn spread(message: Message) -> Message {
    let beside = [message.header().to_bytes(), message.pipe().to_be_bytes().to_vec()];
    let frames = std::iter::once(message.into_body()).chain(beside.into_iter().map(Frame::from));
    Message::from_frames(frames.collect())
}

/// What came with a message, as a second part: see `KindRow::direction`.
fn spread_directed(socket: &facade::Socket, message: Message) -> Message {
    let Direction { routing_id, group } = socket.direction(&message);
    let beside = match routing_id {
        Some(id) => Frame::from_slice(&id.to_ne_bytes()),
        None => Frame::from(group.unwrap_or_default()),
    };
    let origin = message.origin();
    let mut spread = Message::from_frames(vec![message.into_body(), beside]);
    spread.set_origin(origin);
    spread
}

/// Makes `Result<T>` of the core's, throwing its error.
macro_rules! attempt {
    ($env:expr, $call:expr) => {
        $call.map_err(|error| raise($env, &error))
    };
}

#[napi]
impl Socket {
    /// A small integer, unique in the process while the socket lives.
    #[napi(getter)]
    pub fn handle(&self) -> i32 {
        self.socket.handle()
    }

    /// The address bound or connected last.
    #[napi(getter)]
    pub fn last_endpoint(&self) -> String {
        self.socket.last_endpoint()
    }

    /// Whether it was closed.
    #[napi(getter)]
    pub fn closed(&self) -> bool {
        self.socket.is_closed()
    }

    /// The peers with a finished handshake.
    #[napi(getter)]
    pub fn peers(&self) -> u32 {
        u32::try_from(self.socket.peers()).unwrap_or(u32::MAX)
    }

    #[napi]
    pub fn bind(&self, env: Env, endpoint: String) -> Result<EndpointInfo> {
        attempt!(env, self.socket.bind(&endpoint).map(EndpointInfo::from))
    }

    #[napi]
    pub fn connect(&self, env: Env, endpoint: String) -> Result<EndpointInfo> {
        attempt!(env, self.socket.connect(&endpoint).map(EndpointInfo::from))
    }

    #[napi]
    pub fn unbind(&self, env: Env, endpoint: String) -> Result<()> {
        attempt!(env, self.socket.unbind(&endpoint))
    }

    #[napi]
    pub fn disconnect(&self, env: Env, endpoint: String) -> Result<()> {
        attempt!(env, self.socket.disconnect(&endpoint))
    }

    #[napi]
    pub fn shutdown(&self, env: Env, id: i32) -> Result<()> {
        attempt!(env, self.socket.shutdown(id))
    }

    /// Closes, with this linger in milliseconds or the socket's own.
    #[napi]
    pub fn close(&self, linger: Option<i32>) {
        self.waiting.end();
        self.stage.borrow_mut().clear();
        match linger {
            Some(linger) => self.socket.close_linger(linger),
            None => self.socket.close(),
        }
    }

    /// The function that sends a message of one frame, given its bytes and `millis`. Without the
    /// latter it only tries: `false` when it would wait. A method would spend more on finding its
    /// `this` and on guarding its argument than the send takes.
    #[napi(ts_return_type = "(bytes: Uint8Array, millis?: number) => boolean")]
    pub fn sender<'a>(&self, env: &'a Env) -> Result<Function<'a, (), bool>> {
        let socket = self.socket.clone();
        env.create_function_from_closure("send", move |call| {
            let bytes = call.first_arg::<BufferSlice<'_>>()?;
            let millis = if call.length() > 1 { call.get(1)? } else { None };
            submit(*call.env, &socket, Message::new(&*bytes), value::wait(millis))
        })
    }

    /// The same as a method for text, as UTF-8.
    #[napi]
    pub fn send_text(&self, env: Env, text: String, millis: Option<f64>) -> Result<bool> {
        self.submit(env, Message::new(text.into_bytes()), value::wait(millis))
    }

    /// The same for a message of several frames, each a `Uint8Array`.
    #[napi]
    pub fn send_parts(&self, env: Env, parts: Array<'_>, millis: Option<f64>) -> Result<bool> {
        let mut frames = Vec::with_capacity(parts.len() as usize);
        for place in 0..parts.len() {
            frames.push(Frame::from(parts.get::<&[u8]>(place)?.unwrap_or_default()));
        }
        self.submit(env, Message::from_frames(frames), value::wait(millis))
    }

    /// Sends one frame and says whether others of its message follow.
    #[napi]
    pub fn send_frame(
        &self,
        env: Env,
        bytes: &[u8],
        more: bool,
        millis: Option<f64>,
    ) -> Result<bool> {
        if !more && self.socket.send_through(bytes) {
            return Ok(true);
        }
        let wait = value::wait(millis);
        let sent = self.socket.send_frame(bytes.into(), more, wait);
        settle(env, sent.map_err(|unsent| unsent.error), wait)
    }

    /// Sends a body with the header that a raw socket takes, to the peer of a number; 0 names none.
    #[napi]
    pub fn send_msg(
        &self,
        env: Env,
        body: &[u8],
        header: &[u8],
        pipe: u32,
        millis: Option<f64>,
    ) -> Result<bool> {
        let wait = value::wait(millis);
        let sent = self.socket.send_msg(header, body.into(), pipe, wait);
        settle(env, sent.map_err(|unsent| unsent.error), wait)
    }

    /// Sends a body to the peer of a routing id, or to a group.
    #[napi]
    pub fn send_directed(
        &self,
        env: Env,
        body: &[u8],
        routing_id: Option<u32>,
        group: Option<Uint8Array>,
        millis: Option<f64>,
    ) -> Result<bool> {
        let group = group.map(|group| group.to_vec().into());
        let direction = Direction { routing_id, group };
        let message = self.socket.direct(Message::new(body), direction);
        let message = attempt!(env, message.map_err(|unsent| unsent.error))?;
        self.submit(env, message, value::wait(millis))
    }

    #[napi]
    pub fn join(&self, env: Env, group: &[u8]) -> Result<()> {
        attempt!(env, self.socket.join(group))
    }

    #[napi]
    pub fn leave(&self, env: Env, group: &[u8]) -> Result<()> {
        attempt!(env, self.socket.leave(group))
    }

    /// Connects; the routing id of the new peer.
    #[napi]
    pub fn connect_peer(&self, env: Env, endpoint: String) -> Result<u32> {
        attempt!(env, self.socket.connect_peer(&endpoint))
    }

    /// Opens a context of the socket; `id` is what it rings `wakes` with.
    #[napi]
    pub fn context(&self, env: Env, wakes: &Wakes, id: u32) -> Result<Self> {
        Ok(Self::new(attempt!(env, self.socket.context())?, wakes, id))
    }

    /// Sends a value as MessagePack. Answers the bytes sent, or those to send again later.
    #[napi]
    pub fn send_table<'a>(
        &self,
        env: &'a Env,
        table: Unknown<'_>,
        millis: Option<f64>,
    ) -> Result<Either<f64, BufferSlice<'a>>> {
        let bytes = table::pack(*env, table)?;
        let (size, wait) = (bytes.len(), value::wait(millis));
        match self.socket.send(Message::new(bytes), wait) {
            Ok(()) => Ok(Either::A(size as f64)),
            Err(unsent) if wait == Wait::No && unsent.error.code() == ErrorCode::Again => {
                Ok(Either::B(BufferSlice::copy_from(env, unsent.message.body())?))
            }
            Err(unsent) => Err(raise(*env, &unsent.error)),
        }
    }

    /// The function that takes up to `limit` messages from the core and writes the lengths of their
    /// frames (see `Stage::lengths`); it answers how many frames, 0 when it would wait and may not.
    #[napi(ts_return_type = "(limit: number, lengths: Uint8Array, millis?: number) => number")]
    pub fn stager<'a>(&self, env: &'a Env) -> Result<Function<'a, (), u32>> {
        let (socket, stage) = (self.socket.clone(), Rc::clone(&self.stage));
        env.create_function_from_closure("stage", move |call| {
            let mut lengths = call.get::<BufferSlice<'_>>(1)?;
            let mut stage = stage.borrow_mut();
            if stage.is_empty() {
                let millis = if call.length() > 2 { call.get(2)? } else { None };
                take(*call.env, &socket, &mut stage, call.get::<u32>(0)?, value::wait(millis))?;
            }
            Ok(stage.lengths(&mut lengths))
        })
    }

    /// The function that moves the next `count` frames into `slab`, which holds exactly their bytes.
    #[napi(ts_return_type = "(slab: Uint8Array, count: number) => void")]
    pub fn filler<'a>(&self, env: &'a Env) -> Result<Function<'a, (), ()>> {
        let stage = Rc::clone(&self.stage);
        env.create_function_from_closure("fill", move |call| {
            let mut slab = call.get::<BufferSlice<'_>>(0)?;
            stage.borrow_mut().fill(&mut slab, call.get::<u32>(1)? as usize);
            Ok(())
        })
    }

    /// The function that rings once, when one of the states of `interest` holds or the socket ends; a
    /// call takes the place of the last, and 0 only takes it back.
    #[napi(ts_return_type = "(interest: number) => void")]
    pub fn armer<'a>(&self, env: &'a Env) -> Result<Function<'a, (), ()>> {
        let waiting = Rc::clone(&self.waiting);
        env.create_function_from_closure("arm", move |call| {
            waiting.arm(Interest::from_bits(call.get::<u32>(0)? as u8));
            Ok(())
        })
    }

    /// What is known of the peer that sent the message of this number, counted from the socket's first,
    /// 0; it is of the batch that was taken last.
    #[napi]
    pub fn peer(&self, number: f64) -> Option<Peer> {
        let origin = self.stage.borrow().origin(number as u64)?;
        self.socket.peer(origin).map(Peer::from)
    }

    /// The address of the peer of a number.
    #[napi]
    pub fn peer_address(&self, pipe: u32) -> Option<String> {
        self.socket.peer_address(pipe)
    }

    /// The states that hold now.
    #[napi]
    pub fn readiness(&self) -> u8 {
        let staged = if self.stage.borrow().is_empty() { Interest::NONE } else { Interest::IN };
        (self.socket.readiness() | staged).bits()
    }

    /// Whether so many peers subscribe to this prefix.
    #[napi]
    pub fn has_subscribers(&self, env: Env, prefix: &[u8], count: u32) -> Result<bool> {
        let there = self.socket.wait_for_subscribers(prefix, count as usize, Wait::No);
        match there {
            Err(error) if error.code() == ErrorCode::TimedOut => Ok(false),
            there => settle(env, there, Wait::No),
        }
    }

    #[napi]
    pub fn subscribe(&self, env: Env, prefix: &[u8]) -> Result<()> {
        attempt!(env, self.socket.subscribe(prefix))
    }

    #[napi]
    pub fn unsubscribe(&self, env: Env, prefix: &[u8]) -> Result<()> {
        attempt!(env, self.socket.unsubscribe(prefix))
    }

    #[napi]
    pub fn set(&self, env: Env, level: i32, number: i32, given: Given<'_>) -> Result<()> {
        let value = value::take(given).ok_or_else(|| not_integer(env))?;
        attempt!(env, self.socket.set(level, number, &value))
    }

    #[napi]
    pub fn get<'a>(&self, env: &'a Env, level: i32, number: i32) -> Result<Shown<'a>> {
        value::show(env, attempt!(*env, self.socket.get(level, number))?)
    }

    /// Lets in the CURVE clients of these keys and no others; absent asks the ZAP handler again.
    #[napi]
    pub fn allow_curve(&self, env: Env, keys: Option<Vec<Either<String, &[u8]>>>) -> Result<()> {
        let keys: Option<Vec<_>> = keys.as_ref().map(|keys| keys.iter().map(bytes).collect());
        attempt!(env, self.socket.allow_curve(keys.as_deref()))
    }

    /// Lets in the PLAIN clients of these names and passwords and no others; absent asks again.
    #[napi]
    pub fn allow_plain(&self, env: Env, users: Option<HashMap<String, String>>) -> Result<()> {
        let users: Option<Vec<_>> = users
            .as_ref()
            .map(|users| users.iter().map(|(name, password)| (&**name, &**password)).collect());
        attempt!(env, self.socket.allow_plain(users.as_deref()))
    }

    /// A queue of the socket's events, given as a set of bits: the socket to receive them from, which
    /// rings `wakes` with `id`.
    #[napi]
    pub fn watch(&self, env: Env, events: u32, wakes: &Wakes, id: u32) -> Result<Self> {
        let queue = attempt!(env, self.socket.watch(events))?;
        Ok(Self::new(queue, wakes, id))
    }

    /// Asks who watches for an event `pipes_stats` of each connection.
    #[napi]
    pub fn monitor_pipes_stats(&self, env: Env) -> Result<()> {
        attempt!(env, self.socket.monitor_pipes_stats())
    }

    /// Whether the user decides about each new peer.
    #[napi]
    pub fn set_decides(&self, decides: bool) {
        self.socket.set_decides(decides);
    }

    /// Takes or refuses the peer of a pipe that waits for it.
    #[napi]
    pub fn decide(&self, env: Env, pipe: f64, take: bool) -> Result<()> {
        attempt!(env, self.socket.decide(pipe as u64, take))
    }

    /// How many messages were dropped, by reason.
    #[napi]
    pub fn dropped(&self) -> Vec<Dropped> {
        let row = |(reason, count)| Dropped { reason, count: count as f64 };
        self.socket.dropped().into_iter().map(row).collect()
    }

    #[napi]
    pub fn statistic_named(&self, env: Env, name: String) -> Result<f64> {
        attempt!(env, self.socket.statistic_named(&name).map(|count| count as f64))
    }

    #[napi]
    pub fn statistic(&self, env: Env, number: i32) -> Result<f64> {
        attempt!(env, self.socket.statistic(number).map(|count| count as f64))
    }
}

impl From<facade::EndpointInfo> for EndpointInfo {
    fn from(info: facade::EndpointInfo) -> Self {
        Self { id: info.id, address: info.address }
    }
}
