//! The verbs that the runner carries out itself: those about processes, about waiting in the
//! background, and about raw bytes. Called by `play`; everything else goes to the shim.

use std::{
    collections::BTreeMap,
    fs, io, thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use super::{Played, Stage, Stop};
use crate::{
    raw::Raw,
    scenario::{Line, hex},
    shim::Answer,
};

const DONE: Answer = Answer::Values(Vec::new());

impl Stage<'_> {
    /// A line of a peer.
    pub(super) fn act(&mut self, line: &Line, args: &[String]) -> Played<Answer> {
        let peer = &line.actor;
        match (line.verb.as_str(), args) {
            ("kill", []) => self.kill(peer),
            ("start", []) => self.start(peer),
            ("stop", []) => self.signal(peer, Signal::SIGSTOP),
            ("cont", []) => self.signal(peer, Signal::SIGCONT),
            ("exit", [limit]) => self.exit(peer, number(limit)?),
            ("quiet", [window, most]) => self.quiet(peer, number(window)?, number(most)?),
            ("bg", [id, verb, rest @ ..]) => self.background(peer, id, &question(peer, verb, rest)),
            ("join", [id]) => self.join(peer, id),
            (verb, args) => self.ask(peer, &question(peer, verb, args)),
        }
    }

    fn kill(&mut self, peer: &str) -> Played<Answer> {
        let index = self.index(peer);
        self.seats[index] = None;
        Ok(DONE)
    }

    fn start(&mut self, peer: &str) -> Played<Answer> {
        let index = self.index(peer);
        self.seats[index] = Some(self.cast(index)?);
        Ok(DONE)
    }

    fn signal(&mut self, peer: &str, signal: Signal) -> Played<Answer> {
        self.seat(peer)?.shim.signal(signal)?;
        Ok(DONE)
    }

    /// The program ends without closing anything. Answers whether it said something about that.
    fn exit(&mut self, peer: &str, limit: u64) -> Played<Answer> {
        let deadline = self.patience();
        let begin = Instant::now();
        let seat = self.seat(peer)?;
        seat.shim.ask("exit")?;
        let status = seat.shim.left(deadline)?;
        let took = begin.elapsed();
        let stderr = seat.shim.stderr();
        self.kill(peer)?;
        let fault = |name: &str, text| Ok(Answer::Error { name: name.into(), text });
        match (status.success(), stderr.is_empty()) {
            (false, _) => fault("EXIT", format!("{status}: {stderr}")),
            _ if took > Duration::from_millis(limit) => fault("SLOW", format!("{took:?}")),
            (true, true) => Ok(Answer::Values(vec!["quiet".into()])),
            (true, false) => Ok(Answer::Values(vec!["loud".into()])),
        }
    }

    /// Waits for a stretch of time in which the threads of the peer wake up at most `most` times in
    /// all. A rate can only be told over time: this is the one place that lets it pass.
    fn quiet(&mut self, peer: &str, window: u64, most: u64) -> Played<Answer> {
        let end = Instant::now() + self.case.scenario.deadline;
        let id = self.seat(peer)?.shim.id();
        loop {
            let before = wakeups(id)?;
            thread::sleep(Duration::from_millis(window));
            let woken = woken_since(&before, &wakeups(id)?);
            if woken.iter().map(|(_, count)| count).sum::<u64>() <= most {
                return Ok(DONE);
            }
            if Instant::now() > end {
                let text = format!("wake-ups of threads in {window} ms: {woken:?}");
                return Ok(Answer::Error { name: "RESTLESS".into(), text });
            }
        }
    }

    /// In the shim's own background, or, when it has one thread, by not waiting for the answer.
    fn background(&mut self, peer: &str, id: &str, question: &str) -> Played<Answer> {
        if self.seat(peer)?.shim.threads() {
            return self.ask(peer, &format!("bg {peer}.{id} {question}"));
        }
        let seat = self.seat(peer)?;
        if seat.pending.is_some() {
            return Err(Stop::Skip(format!("{} has one thread", seat.shim.language().name)));
        }
        seat.shim.ask(question)?;
        seat.pending = Some(id.to_owned());
        Ok(DONE)
    }

    fn join(&mut self, peer: &str, id: &str) -> Played<Answer> {
        let deadline = self.patience();
        let seat = self.seat(peer)?;
        match seat.pending.take() {
            None => self.ask(peer, &format!("join {peer}.{id}")),
            Some(pending) if pending == id => Ok(seat.shim.answer(deadline)?),
            Some(pending) => Err(Stop::Broken(format!("{pending} is what waits, not {id}"))),
        }
    }

    /// A line of `raw`.
    pub(super) fn raw(&mut self, id: &str, words: &[String]) -> Played<Answer> {
        let Some((verb, args)) = words.split_first() else {
            return Err(Stop::Broken("raw what?".into()));
        };
        match self.raw_verb(id, verb, args) {
            Ok(answer) => Ok(answer),
            Err(error) => Ok(Answer::Error { name: "RAW".into(), text: error.to_string() }),
        }
    }

    fn raw_verb(&mut self, id: &str, verb: &str, args: &[String]) -> io::Result<Answer> {
        let deadline = self.case.scenario.deadline;
        match (verb, args) {
            ("connect", [endpoint]) => {
                self.raws.insert(id.into(), Raw::connect(endpoint, deadline)?);
            }
            ("listen", [endpoint]) => {
                let (listener, address) = Raw::listen(endpoint)?;
                self.raws.insert(id.into(), listener);
                return Ok(Answer::Values(vec![address]));
            }
            ("accept", [stream]) => {
                let accepted = self.raw_named(id)?.accept(deadline)?;
                self.raws.insert(stream.clone(), accepted);
            }
            ("write", [bytes]) => self.raw_named(id)?.write(&unhex(bytes)?)?,
            ("read", [count]) => {
                let count = count.parse().map_err(io::Error::other)?;
                return Ok(Answer::Values(vec![hex(&self.raw_named(id)?.read(count)?)]));
            }
            ("closed", []) => self.raw_named(id)?.closed()?,
            ("close", []) => drop(self.raws.remove(id)),
            ("expect", [bytes]) => expect(bytes, &self.raw_named(id)?.read(bytes.len() / 2)?)?,
            _ => return Err(io::Error::other(format!("raw {id} {verb}?"))),
        }
        Ok(DONE)
    }

    fn raw_named(&mut self, id: &str) -> io::Result<&mut Raw> {
        self.raws.get_mut(id).ok_or_else(|| io::Error::other(format!("no raw {id}")))
    }
}

/// Verbs whose second word is a socket too: a queue of events, whose context the first is, or a
/// device's other end.
const WITH_ANOTHER: [&str; 5] = ["watch", "accept", "refuse", "context", "device"];

/// What a shim is asked: its sockets carry the peer's name, since over inproc it plays all peers.
pub(super) fn question(peer: &str, verb: &str, args: &[String]) -> String {
    match args {
        [] => verb.to_owned(),
        [socket, other, rest @ ..] if WITH_ANOTHER.contains(&verb) => {
            let mut question = format!("{verb} {peer}.{socket} {peer}.{other}");
            rest.iter().for_each(|word| question.extend([" ", word]));
            question
        }
        [socket, rest @ ..] => {
            let mut question = format!("{verb} {peer}.{socket}");
            rest.iter().for_each(|word| question.extend([" ", word]));
            question
        }
    }
}

/// How often each thread of a process went to sleep so far, by its number and name.
fn wakeups(id: u32) -> Result<BTreeMap<String, u64>, String> {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).map_err(|e| e.to_string())?;
    let counts = tasks.flatten().filter_map(|task| {
        let status = fs::read_to_string(task.path().join("status")).ok()?;
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        let count = field("voluntary_ctxt_switches:")?.trim().parse().ok()?;
        let number = task.file_name();
        Some((format!("{} {}", number.display(), field("Name:")?.trim()), count))
    });
    Ok(counts.collect())
}

fn woken_since(before: &BTreeMap<String, u64>, now: &BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let since = |(thread, count): (&String, &u64)| {
        let count = count.saturating_sub(before.get(thread).copied().unwrap_or_default());
        (count > 0).then(|| (thread.clone(), count))
    };
    now.iter().filter_map(since).collect()
}

fn expect(wanted: &str, bytes: &[u8]) -> io::Result<()> {
    let got = hex(bytes);
    let same = |(wanted, got): (&[u8], &[u8])| wanted == b"??" || wanted == got;
    match wanted.as_bytes().chunks(2).zip(got.as_bytes().chunks(2)).all(same) {
        true => Ok(()),
        false => Err(io::Error::other(format!("{got} came instead of {wanted}"))),
    }
}

fn number(word: &str) -> Result<u64, String> {
    word.parse().map_err(|_| format!("{word} is no number"))
}

fn unhex(text: &str) -> io::Result<Vec<u8>> {
    if text == "-" {
        return Ok(Vec::new());
    }
    let digits = (0..text.len()).step_by(2);
    let byte = |at: usize| text.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    let bytes = digits.map(byte).collect::<Option<_>>();
    bytes.ok_or_else(|| io::Error::other(format!("{text} is not hexadecimal")))
}
