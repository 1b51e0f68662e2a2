//! Mixed stress: threads that share sockets stream through them in both dialects, while others open,
//! connect, use and close sockets at random. Nothing is lost, doubled or reordered, nothing hangs.
//!
//! Two seconds by default; `SOCKERY_MIXED_SECONDS` says otherwise, `SOCKERY_MIXED_SEED` repeats a run.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

use std::{
    collections::HashMap,
    env, process,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use sockery::facade::{Context, Dialect, Message, Socket, Wait, kind, kinds};

const SENDERS: u64 = 3;
/// After so many receives in a row without a message, what is missing is lost.
const QUIET: u32 = 500;

/// A small generator of numbers, from a seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // xorshift64*, whose state is never 0.
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

fn seed() -> u64 {
    let now =
        || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64;
    env::var("SOCKERY_MIXED_SEED").map_or_else(|_| now(), |text| text.parse().unwrap()) | 1
}

fn duration() -> Duration {
    let seconds = env::var("SOCKERY_MIXED_SECONDS").map_or(2, |text| text.parse().unwrap());
    Duration::from_secs(seconds)
}

fn open(context: &Context, dialect: Dialect, number: i32) -> Socket {
    let domain = i32::from(dialect == Dialect::Sp);
    context.socket(kind(dialect, domain, number).unwrap()).unwrap()
}

fn address(random: &mut Random) -> String {
    let name = format!("sockery-mixed-{}-{:x}", process::id(), random.next());
    match random.below(4) {
        0 => "tcp://127.0.0.1:0".into(),
        1 => format!("ipc://{}", env::temp_dir().join(name).display()),
        2 => format!("ipc://@{name}"),
        _ => format!("inproc://{name}"),
    }
}

/// One stream: a PUSH that several threads share, and a PULL that several threads share.
struct Stream {
    push: Socket,
    pull: Socket,
    sent: AtomicU64,
    received: AtomicU64,
    /// The numbers seen of each sender, to find what is lost or doubled.
    seen: Mutex<HashMap<u64, Vec<u64>>>,
}

impl Stream {
    fn new(context: &Context, dialect: Dialect, random: &mut Random) -> Self {
        let (push, pull) = match dialect {
            Dialect::Sp => (0x50, 0x51),
            Dialect::Zmtp => (8, 7),
        };
        let (push, pull) = (open(context, dialect, push), open(context, dialect, pull));
        let bound = pull.bind(&address(random)).unwrap();
        push.connect(&bound.address).unwrap();
        let (sent, received) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { push, pull, sent, received, seen: Mutex::default() }
    }

    /// Sends numbered messages of mixed sizes, in bursts with pauses between.
    fn send(&self, sender: u64, mut random: Random, until: Instant) {
        let mut number = 0u64;
        while Instant::now() < until {
            for _ in 0..random.below(300) {
                let size = if random.below(200) == 0 { 100_000 } else { random.below(900) };
                let mut body = [sender.to_be_bytes(), number.to_be_bytes()].concat();
                body.resize(16 + size as usize, 7);
                match random.below(2) {
                    0 => self.push.send_slice(&body, Wait::Forever).unwrap(),
                    _ => self.push.send(Message::new(body), Wait::Forever).unwrap(),
                }
                self.sent.fetch_add(1, Ordering::SeqCst);
                number += 1;
            }
            thread::yield_now();
        }
    }

    fn receive(&self, done: &AtomicBool) {
        let (mut last, mut quiet) = (HashMap::new(), 0);
        loop {
            let Ok(message) = self.pull.recv(Wait::millis(20)) else {
                let [received, sent] =
                    [&self.received, &self.sent].map(|n| n.load(Ordering::SeqCst));
                quiet += 1;
                match (done.load(Ordering::SeqCst), received == sent) {
                    (true, true) => return,
                    (true, false) if quiet > QUIET => panic!("{received} of {sent} arrived"),
                    _ => continue,
                }
            };
            quiet = 0;
            let word =
                |at: usize| u64::from_be_bytes(message.body()[at..at + 8].try_into().unwrap());
            let (sender, number) = (word(0), word(8));
            if let Some(before) = last.insert(sender, number) {
                assert!(before < number, "sender {sender}: {number} came after {before}");
            }
            self.seen.lock().unwrap().entry(sender).or_default().push(number);
            self.received.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn check(&self) {
        for (sender, mut numbers) in self.seen.lock().unwrap().drain() {
            numbers.sort_unstable();
            let count = numbers.len() as u64;
            assert!(numbers.into_iter().eq(0..count), "sender {sender}: lost or doubled");
        }
    }
}

/// Opens two sockets of any kinds, joins them if they let it, uses them a little, closes them.
fn churn(context: &Context, mut random: Random, until: Instant) -> u64 {
    let mut turns = 0;
    while Instant::now() < until {
        let all = kinds();
        let kind = &all[random.below(all.len() as u64) as usize];
        let other = &all[random.below(all.len() as u64) as usize];
        let (Ok(one), Ok(two)) = (context.socket(kind), context.socket(other)) else { continue };
        let Ok(bound) = one.bind(&address(&mut random)) else { continue };
        // Kinds that do not fit say so, at once or never: either way both go on.
        let _ = two.connect(&bound.address);
        let _ = two.subscribe(b"");
        for _ in 0..random.below(20) {
            let _ = two.send(Message::new(&b"churn"[..]), Wait::No);
            let _ = one.recv(Wait::No);
            let _ = one.send(Message::new(&b"back"[..]), Wait::millis(1));
            let _ = two.recv(Wait::millis(1));
        }
        if random.below(2) == 0 {
            let _ = two.disconnect(&bound.address);
        }
        one.close_linger(0);
        two.close_linger(0);
        turns += 1;
    }
    turns
}

#[test]
fn nothing_is_lost_while_sockets_come_and_go() {
    let seed = seed();
    println!("SOCKERY_MIXED_SEED={seed}");
    let mut random = Random(seed);
    let contexts = [(Context::sp(), Dialect::Sp), (Context::zmq(), Dialect::Zmtp)];
    let streams: Vec<_> = contexts
        .iter()
        .map(|(context, dialect)| Stream::new(context, *dialect, &mut random))
        .collect();
    let (until, done) = (Instant::now() + duration(), AtomicBool::new(false));
    thread::scope(|scope| {
        let mut busy = Vec::new();
        for stream in &streams {
            for sender in 0..SENDERS {
                let random = Random(random.next() | 1);
                busy.push(scope.spawn(move || stream.send(sender, random, until)));
            }
            for _ in 0..2 {
                scope.spawn(|| stream.receive(&done));
            }
        }
        let churning = contexts.iter().map(|(context, _)| {
            let random = Random(random.next() | 1);
            scope.spawn(move || churn(context, random, until))
        });
        let churning: Vec<_> = churning.collect();
        busy.into_iter().for_each(|thread| thread.join().unwrap());
        done.store(true, Ordering::SeqCst);
        let turns: u64 = churning.into_iter().map(|thread| thread.join().unwrap()).sum();
        assert!(turns > 0, "sockets came and went");
    });
    for stream in &streams {
        assert!(stream.sent.load(Ordering::SeqCst) > 0);
        stream.check();
    }
}
