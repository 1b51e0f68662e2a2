//! The roles of the worker protocol.

use std::{
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use sockery::facade::{Context, Dialect, Message};

use crate::{
    Outcome,
    clock::{Clock, Trips},
    peer::Peer,
    stdio::{say, wait_for_end, wait_for_line, watch},
};

/// What the harness asked for.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) dialect: Dialect,
    pub(crate) url: String,
    pub(crate) size: usize,
    pub(crate) count: usize,
    pub(crate) clock: Clock,
}

impl Job {
    /// Plays a role to its end.
    pub(crate) fn play(&self, role: &str) -> Outcome {
        let context = Context::new();
        let bind = |kind| Peer::bind(&context, self.dialect, kind, &self.url);
        let connect = |kind| Peer::connect(&context, self.dialect, kind, &self.url);
        match role {
            "pull" => self.pull(&ready(bind("PULL")?)?),
            "rep" => self.rep(&ready(bind("REP")?)?).and_then(|()| self.end()),
            "pub" => self.publish(&ready(bind("PUB")?)?).and_then(|()| self.end()),
            "idle" => ready(bind("PULL")?).map(|_peer| wait_for_end()),
            "push" => self.push(&connect("PUSH")?).and_then(|()| self.end()),
            "req" => self.req(&connect("REQ")?),
            "sub" => self.sub(&connect("SUB")?),
            "both-pushpull" => {
                let (pull, push) = (bind("PULL")?, connect("PUSH")?);
                self.beside(push, Self::push);
                self.pull(&pull)
            }
            "both-reqrep" => {
                let (req, rep) = (bind("REQ")?, connect("REP")?);
                self.beside(rep, Self::rep);
                self.req(&req)
            }
            other => Err(format!("{other} is no role").into()),
        }
    }

    /// The other half of a pair in one process, in a thread of its own.
    fn beside(&self, peer: Peer, role: fn(&Self, &Peer) -> Outcome) {
        let job = self.clone();
        thread::spawn(move || {
            if let Err(why) = role(&job, &peer) {
                eprintln!("{why}");
            }
            // The socket must outlive what the other half has yet to receive.
            thread::park();
        });
    }

    fn warm_up(&self) -> usize {
        self.count / 10
    }

    fn pull(&self, peer: &Peer) -> Outcome {
        let (mut began, mut message) = (Instant::now(), Message::default());
        for number in 0..self.count {
            if number == self.warm_up() {
                began = Instant::now();
            }
            peer.recv_into(&mut message)?;
            self.check(message.size())?;
        }
        self.tell(self.count - self.warm_up(), began, Trips::new())
    }

    fn push(&self, peer: &Peer) -> Outcome {
        let body = self.body();
        (0..self.count).try_for_each(|_| peer.send(&body))
    }

    fn req(&self, peer: &Peer) -> Outcome {
        let body = self.body();
        let mut trips = Trips::with_capacity(self.count);
        let mut began = Instant::now();
        for number in 0..self.count {
            let asked = Instant::now();
            if number == self.warm_up() {
                began = asked;
                trips.clear();
            }
            peer.send(&body)?;
            self.check(peer.recv()?.len())?;
            trips.push(asked.elapsed());
        }
        self.tell(self.count - self.warm_up(), began, trips)
    }

    fn rep(&self, peer: &Peer) -> Outcome {
        (0..self.count).try_for_each(|_| peer.send_frame(peer.recv()?))
    }

    fn publish(&self, peer: &Peer) -> Outcome {
        let asked = watch(wait_for_line);
        while !asked.load(Ordering::Acquire) {
            peer.send(b"H")?;
            thread::sleep(Duration::from_millis(1));
        }
        self.push(peer)?;
        let over = watch(wait_for_end);
        while !over.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(1));
            peer.send(b"E")?;
        }
        Ok(())
    }

    fn sub(&self, peer: &Peer) -> Outcome {
        peer.recv()?;
        say("READY")?;
        while peer.recv()?.len() != self.size {}
        let (mut received, mut message, began) = (1, Message::default(), Instant::now());
        loop {
            peer.recv_into(&mut message)?;
            if message.size() != self.size {
                break;
            }
            received += 1;
        }
        self.tell(received, began, Trips::new())
    }

    fn body(&self) -> Vec<u8> {
        vec![b'x'; self.size]
    }

    fn check(&self, size: usize) -> Outcome {
        if size == self.size {
            return Ok(());
        }
        Err(format!("received {size} bytes instead of {}", self.size).into())
    }

    /// The result of a receiver, which then waits for the harness.
    fn tell(&self, messages: usize, began: Instant, trips: Trips) -> Outcome {
        say(&self.clock.result(messages, began, trips)?)?;
        wait_for_end();
        Ok(())
    }

    /// The last line of a sender, which must not close before the harness says so.
    fn end(&self) -> Outcome {
        wait_for_end();
        say(&format!("{{\"cpu\":{:.6}}}", self.clock.processor()?))
    }
}

fn ready(peer: Peer) -> Outcome<Peer> {
    say("READY")?;
    Ok(peer)
}
