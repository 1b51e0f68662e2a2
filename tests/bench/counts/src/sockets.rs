//! Sockets: the whole way of a message, as a program goes it. One thread has both sockets and lets
//! them take turns.

use sockery::facade::{
    Context, Dialect, Frame, Interest, Message, Pollable, Poller, Socket, Wait, kinds, poll,
};

use crate::{Outcome, meter::Meter};

/// The body of every message.
const BODY: &[u8; 64] = &[b'x'; 64];
/// Messages of a round: as many as one write and one read can carry, in either dialect.
const MESSAGES: usize = 900;
const SUBSCRIBERS: usize = 8;
/// Round trips of a round where each takes long.
const TRIPS: usize = 90;

/// What joins the sockets.
#[derive(Clone, Copy)]
pub(crate) enum Transport {
    Inproc,
    Tcp,
}

/// Sends a message.
pub(crate) fn push(meter: &mut Meter, dialect: Dialect, over: Transport) -> Outcome {
    let (push, pull) = pair(dialect, over, "PUSH", "PULL")?;
    meter.rounds(|meter| {
        meter.count(MESSAGES, || send_all(&push))?;
        recv_all(&pull)
    })
}

/// Receives a message.
pub(crate) fn pull(meter: &mut Meter, dialect: Dialect, over: Transport) -> Outcome {
    let (push, pull) = pair(dialect, over, "PUSH", "PULL")?;
    meter.rounds(|meter| {
        send_all(&push)?;
        meter.count(MESSAGES, || recv_all(&pull))
    })
}

/// Asks and answers.
pub(crate) fn round_trip(meter: &mut Meter, dialect: Dialect, over: Transport) -> Outcome {
    let (req, rep) = pair(dialect, over, "REQ", "REP")?;
    meter.rounds(|meter| {
        meter.count(MESSAGES, || {
            for _ in 0..MESSAGES {
                send(&req, BODY)?;
                flush(&req);
                send(&rep, &recv(&rep)?)?;
                flush(&rep);
                recv(&req)?;
            }
            Ok(())
        })
    })
}

/// Asks and answers; who answers waits by a poller, for so many sockets altogether.
pub(crate) fn round_trip_polled(meter: &mut Meter, sockets: usize) -> Outcome {
    let (req, rep) = pair(Dialect::Zmtp, Transport::Tcp, "REQ", "REP")?;
    let (_pusher, idle) = idle(sockets - 1)?;
    let mut poller = Poller::new()?;
    for (key, socket) in (0..).zip([&rep].into_iter().chain(&idle)) {
        poller.add(key, Pollable::Socket(socket.clone()), Interest::IN)?;
    }
    meter.rounds(|meter| {
        meter.count(TRIPS, || {
            for _ in 0..TRIPS {
                send(&req, BODY)?;
                flush(&req);
                poller.wait(Wait::Forever)?;
                send(&rep, &recv(&rep)?)?;
                flush(&rep);
                recv(&req)?;
            }
            Ok(())
        })
    })
}

/// Sends a message to all of several subscribers.
pub(crate) fn publish(meter: &mut Meter, dialect: Dialect) -> Outcome {
    let context = Context::new();
    let publisher = open(&context, dialect, "PUB")?;
    let address = publisher.bind(Transport::Inproc.endpoint())?.address;
    let subscribers = (0..SUBSCRIBERS).map(|_| {
        let subscriber = open(&context, dialect, "SUB")?;
        subscriber.subscribe(b"")?;
        subscriber.connect(&address)?;
        Ok(subscriber)
    });
    let subscribers = subscribers.collect::<Outcome<Vec<_>>>()?;
    heard(&publisher, b"", SUBSCRIBERS)?;
    meter.rounds(|meter| {
        meter.count(MESSAGES, || send_all(&publisher))?;
        subscribers.iter().try_for_each(recv_all)
    })
}

/// Receives a message that is subscribed to; before each one was sent that is not, which SP's SUB
/// drops and ZMTP's PUB does not send.
pub(crate) fn filter(meter: &mut Meter, dialect: Dialect) -> Outcome {
    let (publisher, subscriber) = pair(dialect, Transport::Inproc, "PUB", "SUB")?;
    for topic in [b"a", b"x", b"z"] {
        subscriber.subscribe(topic)?;
    }
    heard(&publisher, b"x", 1)?;
    meter.rounds(|meter| {
        for _ in 0..MESSAGES {
            send(&publisher, &[b'y'; 64])?;
            send(&publisher, BODY)?;
        }
        meter.count(MESSAGES, || recv_all(&subscriber))
    })
}

impl Transport {
    fn endpoint(self) -> &'static str {
        match self {
            Self::Inproc => "inproc://counts",
            Self::Tcp => "tcp://127.0.0.1:0",
        }
    }
}

/// Two sockets that are each other's only peer; the second is bound.
fn pair(dialect: Dialect, over: Transport, first: &str, second: &str) -> Outcome<(Socket, Socket)> {
    let context = Context::new();
    let (first, second) = (open(&context, dialect, first)?, open(&context, dialect, second)?);
    first.connect(&second.bind(over.endpoint())?.address)?;
    first.wait_for_peers(1, Wait::Forever)?;
    second.wait_for_peers(1, Wait::Forever)?;
    take_over(&[&first, &second])?;
    Ok((first, second))
}

/// Sockets that receive nothing, and the one that sends them nothing.
fn idle(count: usize) -> Outcome<(Socket, Vec<Socket>)> {
    let context = Context::new();
    let pusher = open(&context, Dialect::Zmtp, "PUSH")?;
    let address = pusher.bind(Transport::Tcp.endpoint())?.address;
    let pullers = (0..count).map(|_| {
        let puller = open(&context, Dialect::Zmtp, "PULL")?;
        puller.connect(&address)?;
        puller.wait_for_peers(1, Wait::Forever)?;
        Ok(puller)
    });
    let pullers = pullers.collect::<Outcome<_>>()?;
    Ok((pusher, pullers))
}

/// Takes sockets from the I/O thread: who polls them drives them, and gets to keep them, since the
/// clock stands still.
fn take_over(sockets: &[&Socket]) -> Outcome {
    let items = sockets.iter().map(|socket| (Pollable::Socket((*socket).clone()), Interest::NONE));
    poll(&items.collect::<Vec<_>>(), Wait::No)?;
    Ok(())
}

fn open(context: &Context, dialect: Dialect, name: &str) -> Outcome<Socket> {
    let kind = kinds().iter().find(|kind| kind.dialect == dialect && kind.name == name);
    Ok(context.socket(kind.ok_or("there is no such kind")?)?)
}

/// Waits until so many peers take what begins with this prefix.
fn heard(publisher: &Socket, prefix: &[u8], count: usize) -> Outcome {
    match publisher.kind().dialect {
        Dialect::Sp => publisher.wait_for_peers(count, Wait::Forever)?,
        Dialect::Zmtp => publisher.wait_for_subscribers(prefix, count, Wait::Forever)?,
    }
    Ok(())
}

fn send(socket: &Socket, body: &[u8]) -> Outcome {
    let sent = socket.send(Message::new(Frame::from_slice(body)), Wait::Forever);
    sent.map_err(|unsent| unsent.error.into())
}

fn recv(socket: &Socket) -> Outcome<Frame> {
    let frame = socket.recv(Wait::Forever)?.into_body();
    if frame[..] == BODY[..] { Ok(frame) } else { Err("another message came".into()) }
}

fn send_all(socket: &Socket) -> Outcome {
    (0..MESSAGES).try_for_each(|_| socket.send_slice(BODY, Wait::Forever))?;
    flush(socket);
    Ok(())
}

fn recv_all(socket: &Socket) -> Outcome {
    (0..MESSAGES).try_for_each(|_| recv(socket).map(drop))
}

/// Lets go what is gathered, as waiting for the socket would.
fn flush(socket: &Socket) {
    let _ = socket.readiness();
}
