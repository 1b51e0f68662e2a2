//! Sockets: the native half of what `nnmsg` and `zmq` sockets are in Lua.

use std::collections::HashMap;

use mlua::{
    BString, Either, IntoLua, Lua, LuaString, Result, Table, UserData, UserDataMethods,
    UserDataRef, Value,
};
use sockery::facade::{
    self, Descriptor, Direction, EndpointInfo, Frame, Interest, Message, Unsent,
};

use crate::{
    calls::{calls, list},
    error::{Failure, Outcome, interruptible, pair, patiently, sending},
    message::{Parts, WithHeader, WithPeer, from_parts, from_value},
    value::{Millis, OptionValue, wait},
};

/// A socket. Closed by `close`, or when Lua has collected it.
#[derive(Clone)]
pub(crate) struct Socket(pub(crate) facade::Socket);

impl UserData for Socket {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        endpoints(methods);
        messages(methods);
        batches(methods);
        options(methods);
        access(methods);
        events(methods);
        waiting(methods);
        methods.add_function("device", device);
        methods.add_function("proxy", proxy);
    }
}

fn endpoints<M: UserDataMethods<Socket>>(methods: &mut M) {
    methods.add_method("bind", |lua, this, endpoint: String| {
        pair(lua, endpoint_info(this.0.bind(&endpoint)))
    });
    methods.add_method("connect", |lua, this, endpoint: String| {
        pair(lua, endpoint_info(this.0.connect(&endpoint)))
    });
    methods.add_method("connect_peer", |_, this, endpoint: String| {
        Ok(this.0.connect_peer(&endpoint).map_err(Failure::from))
    });
    methods.add_method("unbind", |_, this, endpoint: String| Ok(done(this.0.unbind(&endpoint))));
    methods.add_method("disconnect", |_, this, endpoint: String| {
        Ok(done(this.0.disconnect(&endpoint)))
    });
    methods.add_method("shutdown", |_, this, id| Ok(done(this.0.shutdown(id))));
    methods.add_method("last_endpoint", |_, this, ()| Ok(this.0.last_endpoint()));
    methods.add_method("handle", |_, this, ()| Ok(this.0.handle()));
    methods.add_method("close", |_, this, linger: Option<i32>| {
        match linger {
            Some(linger) => this.0.close_linger(linger),
            None => this.0.close(),
        }
        Ok(())
    });
    methods.add_method("is_closed", |_, this, ()| Ok(this.0.is_closed()));
}

fn messages<M: UserDataMethods<Socket>>(methods: &mut M) {
    methods.add_method("calls", |lua, this, ()| calls(lua, &this.0));
    methods.add_method("send_parts", |_, this, (millis, parts): (Millis, Table)| {
        Ok(send(&this.0, from_parts(&parts)?, millis))
    });
    methods
        .add_method("recv_parts", |_, this, millis: Millis| Ok(recv(&this.0, millis).map(Parts)));
    methods.add_method("recv_from", |_, this, millis: Millis| {
        let received = patiently(wait(millis), |wait| this.0.recv_frame_from(wait));
        Ok(received.map(|(frame, more, peer)| WithPeer(frame, more, peer)))
    });
    methods.add_method("context", |_, this, ()| {
        Ok(this.0.context().map(Socket).map_err(Failure::from))
    });
    methods.add_method("send_msg", send_msg);
    methods.add_method("recv_msg", |_, this, millis: Millis| {
        Ok(recv(&this.0, millis).map(WithHeader))
    });
    methods.add_method("send_directed", send_directed);
    methods.add_method("recv_directed", recv_directed);
    methods.add_method("peer_address", |_, this, pipe: u32| Ok(this.0.peer_address(pipe)));
    methods.add_method("adopt", |_, this, ()| {
        this.0.adopt();
        Ok(())
    });
}

fn batches<M: UserDataMethods<Socket>>(methods: &mut M) {
    methods.add_method("recv_many", |lua, this, (millis, limit, whole): (Millis, usize, bool)| {
        match patiently(wait(millis), |wait| this.0.recv_many(limit, wait)) {
            Ok(messages) => list(lua, &messages, whole).map(Ok),
            Err(failure) => Ok(Err(failure)),
        }
    });
    methods.add_method("send_many", |lua, this, (millis, list, first)| {
        send_many(lua, &this.0, &list, first, millis)
    });
}

fn options<M: UserDataMethods<Socket>>(methods: &mut M) {
    methods.add_method("set", |_, this, (level, number, value): (i32, i32, OptionValue)| {
        Ok(done(this.0.set(level, number, &value.0)))
    });
    methods.add_method("get", |_, this, (level, number)| {
        Ok(this.0.get(level, number).map(OptionValue).map_err(Failure::from))
    });
    methods.add_method("subscribe", |_, this, prefix: LuaString| {
        Ok(done(this.0.subscribe(&prefix.as_bytes())))
    });
    methods.add_method("unsubscribe", |_, this, prefix: LuaString| {
        Ok(done(this.0.unsubscribe(&prefix.as_bytes())))
    });
    methods
        .add_method("join", |_, this, group: LuaString| Ok(done(this.0.join(&group.as_bytes()))));
    methods
        .add_method("leave", |_, this, group: LuaString| Ok(done(this.0.leave(&group.as_bytes()))));
    methods.add_method("statistic", |_, this, number| {
        Ok(this.0.statistic(number).map(|count| count as f64).map_err(Failure::from))
    });
    methods.add_method("statistic_named", |_, this, name: String| {
        Ok(this.0.statistic_named(&name).map(|count| count as f64).map_err(Failure::from))
    });
    methods.add_method("dropped", |lua, this, ()| {
        lua.create_table_from(this.0.dropped().into_iter().map(|(why, n)| (why, n as f64)))
    });
}

fn access<M: UserDataMethods<Socket>>(methods: &mut M) {
    methods.add_method("allow_curve", |_, this, keys: Option<Vec<BString>>| {
        let keys: Option<Vec<&[u8]>> =
            keys.as_ref().map(|keys| keys.iter().map(|key| key.as_slice()).collect());
        Ok(done(this.0.allow_curve(keys.as_deref())))
    });
    methods.add_method("allow_plain", |_, this, users: Option<HashMap<String, String>>| {
        let users: Option<Vec<_>> = users
            .as_ref()
            .map(|users| users.iter().map(|(name, password)| (&**name, &**password)).collect());
        Ok(done(this.0.allow_plain(users.as_deref())))
    });
}

fn events<M: UserDataMethods<Socket>>(methods: &mut M) {
    methods.add_method("watch", |_, this, events| {
        Ok(this.0.watch(events).map(Socket).map_err(Failure::from))
    });
    methods.add_method("set_decides", |_, this, decides| {
        this.0.set_decides(decides);
        Ok(())
    });
    methods.add_method("decide", |_, this, (pipe, take): (f64, bool)| {
        Ok(done(this.0.decide(pipe as u64, take)))
    });
    methods.add_method("monitor", |_, this, (addr, events, version): (String, f64, i32)| {
        Ok(done(this.0.monitor(&addr, events as u64, version)))
    });
    methods.add_method("stop_monitor", |_, this, ()| {
        this.0.stop_monitor();
        Ok(())
    });
    methods.add_method("monitor_pipes_stats", |_, this, ()| Ok(done(this.0.monitor_pipes_stats())));
}

fn waiting<M: UserDataMethods<Socket>>(methods: &mut M) {
    methods.add_method("readiness", |_, this, ()| Ok(this.0.readiness().bits()));
    methods.add_method("wait", |_, this, (millis, interest): (Millis, u8)| {
        let (interest, wait) = (Interest::from_bits(interest), wait(millis));
        Ok(interruptible(wait, || this.0.wait(interest, wait).map(Interest::bits)))
    });
    methods.add_method("wait_for_peers", |_, this, (millis, count): (Millis, usize)| {
        let call = |wait| this.0.wait_for_peers(count, wait).map(|()| true);
        Ok(patiently(wait(millis), call))
    });
    methods.add_method(
        "wait_for_subscribers",
        |_, this, (millis, prefix, count): (Millis, LuaString, usize)| {
            let prefix = prefix.as_bytes();
            let call = |wait| this.0.wait_for_subscribers(&prefix, count, wait).map(|()| true);
            Ok(patiently(wait(millis), call))
        },
    );
    methods.add_method("peers", |_, this, ()| Ok(this.0.peers()));
    methods.add_method("descriptor", |_, this, out: bool| {
        let which = if out { Descriptor::Out } else { Descriptor::In };
        Ok(this.0.descriptor(which).map_err(Failure::from))
    });
}

fn endpoint_info(result: facade::Result<EndpointInfo>) -> Outcome<(i32, String)> {
    Ok(result.map(|info| (info.id, info.address))?)
}

fn done(result: facade::Result<()>) -> Outcome<bool> {
    Ok(result.map(|()| true)?)
}

/// Sends a message as it stands; also `sendTable`'s way.
pub(crate) fn send(socket: &facade::Socket, message: Message, millis: Millis) -> Outcome<bool> {
    let size = message.size();
    let mut unsent = Some(message);
    sending(socket, wait(millis), size, |wait| {
        let message = unsent.take().expect("a failed attempt has put it back");
        socket.send(message, wait).map(|()| true).map_err(|Unsent { message, error }| {
            unsent = Some(message);
            error
        })
    })
}

/// Sends a body with a header before it, to the peer of a number.
fn send_msg(
    _: &Lua,
    this: &Socket,
    (millis, body, header, pipe): (Millis, LuaString, LuaString, u32),
) -> Result<Outcome<usize>> {
    let (body, header) = (body.as_bytes(), header.as_bytes());
    let sent = sending(&this.0, wait(millis), body.len(), |wait| {
        let sent = this.0.send_msg(&header, Frame::from_slice(&body), pipe, wait);
        sent.map(|()| body.len()).map_err(|unsent| unsent.error)
    });
    Ok(sent)
}

/// Sends a body to the peer of a routing id, or to a group.
fn send_directed(
    _: &Lua,
    this: &Socket,
    (millis, body, routing_id, group): (Millis, BString, Option<u32>, Option<BString>),
) -> Result<Outcome<bool>> {
    let direction = Direction { routing_id, group: group.map(|group| Vec::from(group).into()) };
    let directed = this.0.direct(Message::new(Vec::from(body)), direction);
    Ok(match directed {
        Ok(message) => send(&this.0, message, millis),
        Err(unsent) => Err(unsent.error.into()),
    })
}

/// Receives a body, and the routing id or the group that it came with.
fn recv_directed(lua: &Lua, this: &Socket, millis: Millis) -> Result<(Value, Value)> {
    let received = recv(&this.0, millis).map(|message| {
        let Direction { routing_id, group } = this.0.direction(&message);
        let group = group.map(|group| BString::from(&group[..]));
        (BString::from(&**message.body()), routing_id.map_or(Either::Right(group), Either::Left))
    });
    pair(lua, received)
}

/// Receives a message as it stands; also `recvTable`'s way.
pub(crate) fn recv(socket: &facade::Socket, millis: Millis) -> Outcome<Message> {
    patiently(wait(millis), |wait| socket.recv(wait))
}

/// Sends the messages of `list` from index `first` on; gives the index of the first one unsent, and
/// the failure that stopped it.
fn send_many(
    lua: &Lua,
    socket: &facade::Socket,
    list: &Table,
    first: usize,
    millis: Millis,
) -> Result<(usize, Value)> {
    let end = list.raw_len() + 1;
    for index in first..end {
        let message = from_value(lua, list.raw_get(index)?)?;
        if let Err(failure) = send(socket, message, millis) {
            return Ok((index, failure.into_lua(lua)?));
        }
    }
    Ok((end, Value::Nil))
}

/// A socket that Lua passed as an argument.
pub(crate) type SocketRef = UserDataRef<Socket>;

/// A device or a proxy.
struct Relay(Box<dyn FnMut() -> facade::Result<()>>);

impl UserData for Relay {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        // Lua calls again after a signal, and it goes on where it was.
        methods.add_method_mut("run", |_, this, ()| Ok(done((this.0)())));
    }
}

fn device(
    _: &Lua,
    (front, back, capture, topics): (
        SocketRef,
        Option<SocketRef>,
        Option<SocketRef>,
        Option<Vec<BString>>,
    ),
) -> Result<Outcome<Relay>> {
    let [back, capture] = [back, capture].map(|one| one.map(|one| one.0.clone()));
    let topics: Option<Vec<Vec<u8>>> =
        topics.map(|topics| topics.into_iter().map(Into::into).collect());
    let made = facade::Device::new(front.0.clone(), back, capture, topics.as_deref());
    let relay = |mut device: facade::Device| Relay(Box::new(move || match device.run()? {}));
    Ok(made.map(relay).map_err(Failure::from))
}

fn proxy(
    _: &Lua,
    (front, back, capture, control): (SocketRef, SocketRef, Option<SocketRef>, Option<SocketRef>),
) -> Result<Outcome<Relay>> {
    let [capture, control] = [capture, control].map(|one| one.map(|one| one.0.clone()));
    let made = facade::Proxy::new(front.0.clone(), back.0.clone(), capture, control);
    let relay = |mut proxy: facade::Proxy| Relay(Box::new(move || proxy.run()));
    Ok(made.map(relay).map_err(Failure::from))
}
