//! The shim of Rust: answers the runner's questions with the public facade, like any program that
//! uses the crate. Started by `sockery-tests`; tests/README.md has the protocol.

#![expect(clippy::unit_arg, reason = "`done` turns what answers nothing into the answer ok")]

use std::{
    collections::HashMap,
    io::{self, BufRead, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use sockery::{
    facade::{
        Context, Device, Dialect, Direction, Error, Frame, Interest, Kind, Message, OptionRow,
        Pollable, Socket, SocketEvent, Value, Wait, kind, kinds, leave, poll, table,
    },
    option::find_name,
};

/// How long a wait lasts that the scenario does not limit, in milliseconds.
const WAIT: i64 = 10_000;

/// Why a question has no value for an answer.
enum Fault {
    Error(Error),
    Other(&'static str, String),
    Skip(String),
    /// A whole line, as another thread answered it.
    Line(String),
}

type Answer = Result<Vec<String>, Fault>;

impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

#[derive(Default)]
struct Shim {
    sockets: Mutex<HashMap<String, Socket>>,
    jobs: Mutex<HashMap<String, JoinHandle<String>>>,
    /// The pipe that each queue of events told of last.
    pipes: Mutex<HashMap<String, u64>>,
}

fn main() {
    println!("hello threads");
    let shim = Arc::new(Shim::default());
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if words == ["exit"] {
            break;
        }
        println!("{}", shim.answer(&words));
        io::stdout().flush().expect("the runner reads what it asks for");
    }
    leave();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shim {
    fn answer(self: &Arc<Self>, words: &[&str]) -> String {
        match self.act(words) {
            Ok(values) if values.is_empty() => "ok".into(),
            Ok(values) => format!("ok {}", values.join(" ")),
            Err(Fault::Error(error)) => format!("err {} {error}", error.code().name()),
            Err(Fault::Other(name, text)) => format!("err {name} {text}"),
            Err(Fault::Line(line)) => line,
            Err(Fault::Skip(why)) => format!("skip rust: {why}"),
        }
    }

    fn act(self: &Arc<Self>, words: &[&str]) -> Answer {
        match *words {
            ["open", name, kind] => self.open(name, kind),
            ["context", name, of] => self.keep(name, self.socket(of)?.context()?),
            ["device", name] => device(self.socket(name)?, None),
            ["device", name, other] => device(self.socket(name)?, Some(self.socket(other)?)),
            ["bg", job, ref question @ ..] => self.background(job, question),
            ["join", job] => Err(self.join(job)),
            ["reset"] => self.reset(),
            ["term"] => done(Context::sp().shutdown()),
            ["watch", name, queue, ref how @ ..] => self.watch(name, queue, how == ["decide"]),
            ["event", queue] => self.event(queue, WAIT),
            ["event", queue, ms] => self.event(queue, int(ms)),
            ["accept", name, queue] => self.decide(name, queue, true),
            ["refuse", name, queue] => self.decide(name, queue, false),
            [verb, name, ref args @ ..] => self.socket_verb(&self.socket(name)?, verb, args),
            _ => Err(Fault::Skip(words.join(" "))),
        }
    }

    fn socket_verb(&self, socket: &Socket, verb: &str, args: &[&str]) -> Answer {
        match (verb, args) {
            ("bind", [endpoint]) => Ok(vec![socket.bind(endpoint)?.address]),
            ("conn", [endpoint]) => Ok(vec![socket.connect(endpoint)?.address]),
            ("unbind", [endpoint]) => done(socket.unbind(endpoint)?),
            ("disconn", [endpoint]) => done(socket.disconnect(endpoint)?),
            ("last", []) => Ok(vec![socket.last_endpoint()]),
            ("close", []) => done(socket.close()),
            ("set", [name, value]) => set(socket, name, value),
            ("get", [name]) => get(socket, name),
            ("stat", [name]) => {
                let count = match name.strip_prefix('%') {
                    Some(number) => socket.statistic(int(number) as i32)?,
                    None => socket.statistic_named(&name.to_lowercase())?,
                };
                Ok(vec![count.to_string()])
            }
            ("sub", [prefix]) => done(socket.subscribe(&unhex(prefix))?),
            ("unsub", [prefix]) => done(socket.unsubscribe(&unhex(prefix))?),
            ("send", parts) => send(socket, parts, Wait::millis(WAIT)),
            ("sendwait", [ms, parts @ ..]) => send(socket, parts, Wait::millis(int(ms))),
            ("trysend", parts) => send(socket, parts, Wait::No),
            ("sendmore", [part]) => send_more(socket, part),
            ("recv", []) => recv(socket, Wait::millis(WAIT)),
            ("recv", [ms]) => recv(socket, Wait::millis(int(ms))),
            ("tryrecv", []) => recv(socket, Wait::No),
            ("recvpart", []) => recv_part(socket),
            ("recvknown", names) => recv_known(socket, names),
            ("sendmsg", [header, body]) => send_msg(socket, header, body, 0),
            ("sendto", [id, body]) => send_to(socket, int(id) as u32, body),
            ("sendgroup", [group, body]) => {
                let group = Some(unhex(group).into());
                send_directed(socket, body, Direction { group, ..Direction::default() })
            }
            ("recvgroup", []) => recv_group(socket, WAIT),
            ("recvgroup", [ms]) => recv_group(socket, int(ms)),
            ("joingroup", [group]) => done(socket.join(&unhex(group))?),
            ("leavegroup", [group]) => done(socket.leave(&unhex(group))?),
            ("connpeer", [endpoint]) => Ok(vec![socket.connect_peer(endpoint)?.to_string()]),
            ("recvmsg", []) => recv_msg(socket),
            ("recvfrom", []) => recv_from(socket),
            ("sendtable", parts) => send_table(socket, parts),
            ("recvtable", []) => recv_table(socket),
            ("poll", [events, ms]) => poll_one(socket, events, int(ms)),
            ("ready", [count]) => {
                done(socket.wait_for_peers(int(count) as usize, Wait::millis(WAIT))?)
            }
            ("subs", [prefix, count]) => subscribers(socket, prefix, int(count) as usize),
            ("flood", [count, seed]) => flood(socket, int(count), int(seed)),
            ("drain", [count, seed]) => drain(socket, int(count), int(seed), 0),
            ("drain", [count, seed, pause]) => drain(socket, int(count), int(seed), int(pause)),
            _ => Err(Fault::Skip(format!("{verb} {}", args.join(" ")))),
        }
    }

    fn open(&self, name: &str, kind_name: &str) -> Answer {
        let (module, protocol) = kind_name.split_once('.').unwrap_or(("", kind_name));
        let (dialect, domain, context) = match module {
            "zmq" => (Dialect::Zmtp, 0, Context::zmq()),
            "raw" => (Dialect::Sp, 2, Context::sp()),
            _ => (Dialect::Sp, 1, Context::sp()),
        };
        let named = |row: &&Kind| {
            row.dialect == dialect
                && row.domain == domain
                && row.name.eq_ignore_ascii_case(protocol)
        };
        let row = match (protocol.strip_prefix('%'), kinds().iter().find(named)) {
            (Some(number), _) => kind(dialect, domain, int(number) as i32)?,
            (None, Some(row)) => row,
            (None, None) => return Err(Fault::Skip(format!("no {kind_name}"))),
        };
        self.keep(name, context.socket(row)?)
    }

    fn keep(&self, name: &str, socket: Socket) -> Answer {
        lock(&self.sockets).insert(name.into(), socket);
        Ok(Vec::new())
    }

    fn socket(&self, name: &str) -> Result<Socket, Fault> {
        let found = lock(&self.sockets).get(name).cloned();
        found.ok_or_else(|| Fault::Skip(format!("no socket {name}")))
    }

    fn background(self: &Arc<Self>, job: &str, question: &[&str]) -> Answer {
        let question: Vec<String> = question.iter().map(|&word| word.to_owned()).collect();
        let shim = Arc::clone(self);
        let work = move || shim.answer(&question.iter().map(String::as_str).collect::<Vec<_>>());
        lock(&self.jobs).insert(job.into(), thread::spawn(work));
        Ok(Vec::new())
    }

    /// The answer of a job, which is a whole line already: `ok`, `err` or `skip` with its words.
    fn join(&self, job: &str) -> Fault {
        let answer = lock(&self.jobs).remove(job).map(JoinHandle::join);
        match answer {
            Some(Ok(line)) => Fault::Line(line),
            _ => Fault::Skip(format!("no job {job}")),
        }
    }

    fn watch(&self, name: &str, queue: &str, decide: bool) -> Answer {
        let socket = self.socket(name)?;
        let kinds = [SocketEvent::AddPre, SocketEvent::AddPost, SocketEvent::RemPost];
        let reader = socket.watch(kinds.iter().fold(0, |set, kind| set | kind.bit()))?;
        if decide {
            socket.set_decides(true);
        }
        lock(&self.sockets).insert(queue.into(), reader);
        Ok(Vec::new())
    }

    fn event(&self, queue: &str, ms: i64) -> Answer {
        let message = self.socket(queue)?.recv(Wait::millis(ms))?;
        let event = table::Value::decode(message.body())?;
        if let Some(table::Value::Int(pipe)) = event.get("pipe") {
            lock(&self.pipes).insert(queue.into(), pipe.unsigned_abs());
        }
        let Some(table::Value::Str(name)) = event.get("event") else {
            return Err(mismatch(&event));
        };
        let whose = if event.get("pid").is_some() { "process" } else { "unknown" };
        Ok(vec![name.clone(), whose.into()])
    }

    fn decide(&self, name: &str, queue: &str, take: bool) -> Answer {
        let pipe = lock(&self.pipes).get(queue).copied().unwrap_or_default();
        done(self.socket(name)?.decide(pipe, take)?)
    }

    fn reset(&self) -> Answer {
        let sockets: Vec<_> = lock(&self.sockets).drain().collect();
        sockets.iter().for_each(|(_, socket)| socket.close_linger(0));
        Ok(Vec::new())
    }
}

fn done<T>(_: T) -> Answer {
    Ok(Vec::new())
}

fn option(socket: &Socket, name: &str) -> Result<(i32, i32), Fault> {
    if let Some(number) = name.strip_prefix('%') {
        return Ok((0, int(number) as i32));
    }
    let dialect = socket.kind().dialect;
    let name = name.rsplit(':').next().unwrap_or(name);
    let row: &OptionRow =
        find_name(dialect, name).ok_or_else(|| Fault::Skip(format!("no option {name}")))?;
    let number = row.number(dialect).unwrap_or_default();
    Ok((row.nn.filter(|_| dialect == Dialect::Sp).map_or(0, |(level, _)| level), number))
}

fn set(socket: &Socket, name: &str, text: &str) -> Answer {
    let (level, number) = option(socket, name)?;
    let value = match (text.strip_prefix('x'), text.strip_prefix("s:")) {
        (Some(hex), _) => Value::Bytes(unhex(hex)),
        (_, Some(text)) => Value::Text(text.into()),
        _ => Value::Int(int(text)),
    };
    done(socket.set(level, number, &value)?)
}

fn get(socket: &Socket, name: &str) -> Answer {
    let (level, number) = option(socket, name)?;
    Ok(vec![match socket.get(level, number)? {
        Value::Int(number) => number.to_string(),
        Value::Bytes(bytes) => hex(&bytes),
        Value::Text(text) => text.to_string(),
    }])
}

fn send(socket: &Socket, parts: &[&str], wait: Wait) -> Answer {
    let frames = parts.iter().map(|part| Frame::from(unhex(part))).collect();
    send_message(socket, Message::from_frames(frames), wait)
}

fn send_message(socket: &Socket, message: Message, wait: Wait) -> Answer {
    match socket.send(message, wait) {
        Ok(()) => Ok(Vec::new()),
        Err(unsent) => Err(unsent.error.into()),
    }
}

fn send_more(socket: &Socket, part: &str) -> Answer {
    match socket.send_frame(Frame::from(unhex(part)), true, Wait::millis(WAIT)) {
        Ok(()) => Ok(Vec::new()),
        Err(unsent) => Err(unsent.error.into()),
    }
}

fn recv(socket: &Socket, wait: Wait) -> Answer {
    let message = socket.recv(wait)?;
    Ok(message.frames().iter().map(|frame| hex(frame)).collect())
}

fn send_msg(socket: &Socket, header: &str, body: &str, pipe: u32) -> Answer {
    let sent = socket.send_msg(&unhex(header), unhex(body).into(), pipe, Wait::millis(WAIT));
    done(sent.map_err(|unsent| unsent.error)?)
}

/// To a peer by its number: a pipe of PAIR1, a routing id of SERVER and PEER.
fn send_to(socket: &Socket, id: u32, body: &str) -> Answer {
    if socket.kind().dialect == Dialect::Sp {
        return send_msg(socket, "-", body, id);
    }
    send_directed(socket, body, Direction { routing_id: Some(id), ..Direction::default() })
}

fn send_directed(socket: &Socket, body: &str, direction: Direction) -> Answer {
    let message = socket.direct(Message::new(unhex(body)), direction);
    send_message(socket, message.map_err(|unsent| unsent.error)?, Wait::millis(WAIT))
}

fn recv_group(socket: &Socket, ms: i64) -> Answer {
    let message = socket.recv(Wait::millis(ms))?;
    let group = socket.direction(&message).group.unwrap_or_default();
    Ok(vec![hex(&group), hex(message.body())])
}

fn recv_msg(socket: &Socket) -> Answer {
    let message = socket.recv(Wait::millis(WAIT))?;
    Ok(vec![hex(&message.header().to_bytes()), hex(message.body())])
}

fn recv_from(socket: &Socket) -> Answer {
    let message = socket.recv(Wait::millis(WAIT))?;
    Ok(vec![message.pipe().to_string(), hex(message.body())])
}

fn recv_part(socket: &Socket) -> Answer {
    let (frame, more) = socket.recv_frame(Wait::millis(WAIT))?;
    Ok(vec![hex(&frame), if more { "more" } else { "last" }.into()])
}

/// What is known of the sender of the next message, by these names.
fn recv_known(socket: &Socket, names: &[&str]) -> Answer {
    let message = socket.recv(Wait::millis(WAIT))?;
    let peer = socket.peer(message.origin());
    let known = |name: &&str| peer.as_ref()?.get(name).map(hex);
    Ok(names.iter().map(|name| known(name).unwrap_or_else(|| "none".into())).collect())
}

fn send_table(socket: &Socket, parts: &[&str]) -> Answer {
    let parts: Vec<_> = parts.iter().map(|part| table_part(part)).collect();
    let bytes = table::Value::from([("parts", parts.into())]).encode()?;
    send_message(socket, Message::new(bytes), Wait::millis(WAIT))
}

fn table_part(word: &str) -> table::Value {
    match word {
        // More nanoseconds than a second has.
        "unsendable" => table::Value::Timestamp { secs: 0, nanos: u32::MAX },
        _ => table::Value::Str(String::from_utf8_lossy(&unhex(word)).into_owned()),
    }
}

fn recv_table(socket: &Socket) -> Answer {
    let message = socket.recv(Wait::millis(WAIT))?;
    let got = table::Value::decode(message.body())?;
    let Some(table::Value::Array(parts)) = got.get("parts") else { return Err(mismatch(&got)) };
    let text = |part: &table::Value| match part {
        table::Value::Str(text) => Ok(hex(text.as_bytes())),
        _ => Err(mismatch(&got)),
    };
    parts.iter().map(text).collect()
}

fn mismatch(got: &table::Value) -> Fault {
    Fault::Other("MISMATCH", format!("{got:?}"))
}

/// Runs until it ends, which is always an error.
fn device(front: Socket, back: Option<Socket>) -> Answer {
    match Device::new(front, back, None, None)?.run()? {}
}

fn poll_one(socket: &Socket, events: &str, ms: i64) -> Answer {
    let words =
        [("none", Interest::NONE), ("in", Interest::IN), ("out", Interest::OUT), ("inout", BOTH)];
    let interest = words.iter().find(|(word, _)| *word == events).map_or(BOTH, |(_, set)| *set);
    let found = poll(&[(Pollable::Socket(socket.clone()), interest)], Wait::millis(ms))?;
    let found = found.first().map_or(Interest::NONE, |set| *set & BOTH);
    Ok(words.iter().filter(|(_, set)| *set == found).map(|(word, _)| (*word).into()).collect())
}

const BOTH: Interest = Interest::from_bits(Interest::IN.bits() | Interest::OUT.bits());

/// SP publishers send everything and know of peers only.
fn subscribers(socket: &Socket, prefix: &str, count: usize) -> Answer {
    done(match socket.kind().dialect {
        Dialect::Zmtp => socket.wait_for_subscribers(&unhex(prefix), count, Wait::millis(WAIT))?,
        Dialect::Sp => socket.wait_for_peers(count, Wait::millis(WAIT))?,
    })
}

/// The bodies of a stream: 90 % to 1 KiB, 9.9 % to 64 KiB, 0.1 % of 1 to 4 MiB, numbered.
fn bodies(count: i64, seed: i64) -> impl Iterator<Item = Vec<u8>> {
    let block: Vec<u8> = (0..=250_u8).cycle().take(251 * 16_800).collect();
    let mut state = seed as u64;
    let mut draw = move || {
        state = state * 16_807 % 2_147_483_647;
        state
    };
    (0..count as u32).map(move |number| {
        let (share, draw) = (draw() % 1000, draw());
        let size = match share {
            0..900 => draw % 1025,
            900..999 => 1025 + draw % 64_512,
            _ => 1_048_576 + draw % 3_145_729,
        } as usize;
        let offset = (number % 251) as usize;
        let mut body = Vec::with_capacity(size + 4);
        body.extend_from_slice(&number.to_be_bytes());
        body.extend_from_slice(&block[offset..offset + size]);
        body.truncate(size);
        body
    })
}

fn flood(socket: &Socket, count: i64, seed: i64) -> Answer {
    for body in bodies(count, seed) {
        let sent = socket.send(Message::new(Frame::from(body)), Wait::Forever);
        sent.map_err(|unsent| unsent.error)?;
    }
    Ok(Vec::new())
}

/// Receives a stream and compares; `pause` of n is a reader that rests 1 ms every n messages.
fn drain(socket: &Socket, count: i64, seed: i64, pause: i64) -> Answer {
    for (number, body) in (0..).zip(bodies(count, seed)) {
        if pause > 0 && number % pause == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        let message = socket.recv(Wait::millis(WAIT))?;
        let got = message.body();
        if **got != *body {
            let text = format!("message {number}: {} bytes instead of {}", got.len(), body.len());
            return Err(Fault::Other("MISMATCH", text));
        }
    }
    Ok(vec![count.to_string()])
}

fn int(word: &str) -> i64 {
    word.parse().unwrap_or(i64::MIN)
}

fn hex(bytes: &[u8]) -> String {
    match bytes {
        [] => "-".into(),
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn unhex(word: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(word.get(at..at + 2)?, 16).ok();
    (0..word.len()).step_by(2).map_while(pair).collect()
}
