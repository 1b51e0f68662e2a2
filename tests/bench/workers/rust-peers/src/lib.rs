//! The worker protocol (tests/bench/README.md) for Rust peers, which are asynchronous: a binary
//! gives a [`Peer`] and calls [`play`].

#[path = "../../rust/src/clock.rs"]
mod clock;
#[path = "../../rust/src/stdio.rs"]
mod stdio;

use std::{
    error::Error,
    future::{Future, pending},
    process::exit,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use bytes::Bytes;

use crate::{
    clock::{Clock, Trips},
    stdio::{say, wait_for_end, wait_for_line, watch},
};

pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// A socket of a peer, its queues set to 1,000 messages. It panics where it fails: the harness
/// shows what the worker said last.
pub trait Peer: Sized + Send + 'static {
    fn open(kind: &'static str, bind: bool, url: String) -> impl Future<Output = Self> + Send;
    fn send(&mut self, body: Bytes) -> impl Future<Output = ()> + Send;
    fn recv(&mut self) -> impl Future<Output = Bytes> + Send;
}

/// What the harness asked for.
#[derive(Clone)]
pub struct Job {
    pub role: String,
    url: String,
    pub size: usize,
    pub count: usize,
    clock: Clock,
}

impl Job {
    /// From the command line.
    pub fn parse() -> Self {
        let args: Vec<String> = std::env::args().skip(1).collect();
        let [role, url, size, count] = args.as_slice() else {
            panic!("usage: ROLE URL SIZE COUNT")
        };
        Self {
            role: role.clone(),
            url: url.clone(),
            size: size.parse().expect("SIZE is a number"),
            count: count.parse().expect("COUNT is a number"),
            clock: Clock::start(),
        }
    }

    pub fn warm_up(&self) -> usize {
        self.count / 10
    }

    pub fn body(&self) -> Vec<u8> {
        vec![b'x'; self.size]
    }

    /// Says the result: messages since `began`, and their round trips if there are any.
    pub fn tell(&self, messages: usize, began: Instant, trips: Vec<Duration>) {
        let line = self.clock.result(messages, began, trips).expect("there are clocks");
        say(&line).expect("the harness listens");
    }

    /// Waits until the harness has seen enough.
    pub fn end(self) {
        wait_for_end();
    }
}

/// Plays the role that the command line names, to its end; nothing is closed after it.
pub fn play<P: Peer>() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime starts");
    let played = runtime.block_on(async { tokio::spawn(act::<P>(Job::parse())).await });
    exit(if played.is_ok() { 0 } else { 3 });
}

async fn act<P: Peer>(job: Job) {
    match job.role.as_str() {
        "pull" => pull(&job, &mut ready::<P>(&job, "pull").await).await,
        "rep" => tells(&job, rep(&job, &mut ready::<P>(&job, "rep").await)).await,
        "pub" => tells(&job, publish(&job, &mut ready::<P>(&job, "pub").await)).await,
        "idle" => idle(ready::<P>(&job, "pull").await).await,
        "push" => {
            let mut peer = P::open("push", false, job.url.clone()).await;
            tells(&job, push(&job, &mut peer)).await;
        }
        "req" => req(&job, &mut P::open("req", false, job.url.clone()).await).await,
        "sub" => sub(&job, &mut P::open("sub", false, job.url.clone()).await).await,
        "both-pushpull" => {
            let mut peer = P::open("pull", true, job.url.clone()).await;
            let mut other = P::open("push", false, job.url.clone()).await;
            let copy = job.clone();
            tokio::spawn(async move { (push(&copy, &mut other).await, pending::<()>().await) });
            pull(&job, &mut peer).await;
        }
        "both-reqrep" => {
            let mut peer = P::open("req", true, job.url.clone()).await;
            let mut other = P::open("rep", false, job.url.clone()).await;
            let copy = job.clone();
            tokio::spawn(async move { (rep(&copy, &mut other).await, pending::<()>().await) });
            req(&job, &mut peer).await;
        }
        other => panic!("{other} is no role"),
    }
}

async fn ready<P: Peer>(job: &Job, kind: &'static str) -> P {
    let peer = P::open(kind, true, job.url.clone()).await;
    say("READY").expect("the harness listens");
    peer
}

/// A sender's role, which ends with its processor time.
async fn tells(job: &Job, role: impl Future<Output = ()>) {
    role.await;
    end().await;
    let processor = job.clock.processor().expect("there are clocks");
    say(&format!("{{\"cpu\":{processor:.6}}}")).expect("the harness listens");
}

/// Off the runtime, whose tasks would wait with a thread of it.
async fn end() {
    tokio::task::spawn_blocking(wait_for_end).await.expect("waiting does not panic");
}

async fn moment() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

async fn pull<P: Peer>(job: &Job, peer: &mut P) {
    let mut began = Instant::now();
    for number in 0..job.count {
        if number == job.warm_up() {
            began = Instant::now();
        }
        assert_eq!(peer.recv().await.len(), job.size);
    }
    job.tell(job.count - job.warm_up(), began, Trips::new());
    end().await;
}

async fn push<P: Peer>(job: &Job, peer: &mut P) {
    let body = job.body();
    for _ in 0..job.count {
        peer.send(Bytes::copy_from_slice(&body)).await;
    }
}

async fn req<P: Peer>(job: &Job, peer: &mut P) {
    let body = job.body();
    let (mut began, mut trips) = (Instant::now(), Trips::new());
    for number in 0..job.count {
        let asked = Instant::now();
        if number == job.warm_up() {
            began = asked;
            trips.clear();
        }
        peer.send(Bytes::copy_from_slice(&body)).await;
        assert_eq!(peer.recv().await.len(), job.size);
        trips.push(asked.elapsed());
    }
    job.tell(job.count - job.warm_up(), began, trips);
    end().await;
}

async fn rep<P: Peer>(job: &Job, peer: &mut P) {
    for _ in 0..job.count {
        let body = peer.recv().await;
        peer.send(body).await;
    }
}

async fn publish<P: Peer>(job: &Job, peer: &mut P) {
    let asked = watch(wait_for_line);
    while !asked.load(Ordering::Acquire) {
        peer.send(Bytes::from_static(b"H")).await;
        moment().await;
    }
    push(job, peer).await;
    let over = watch(wait_for_end);
    while !over.load(Ordering::Acquire) {
        moment().await;
        peer.send(Bytes::from_static(b"E")).await;
    }
}

async fn sub<P: Peer>(job: &Job, peer: &mut P) {
    peer.recv().await;
    say("READY").expect("the harness listens");
    while peer.recv().await.len() != job.size {}
    let (mut received, began) = (1, Instant::now());
    while peer.recv().await.len() == job.size {
        received += 1;
    }
    job.tell(received, began, Trips::new());
    end().await;
}

/// Some peers serve their connections only while somebody receives.
async fn idle<P: Peer>(mut peer: P) {
    tokio::spawn(async move {
        loop {
            peer.recv().await;
        }
    });
    end().await;
}
