//! Plays one scenario: starts or borrows the shims, does line after line, and compares.
//! Called by `matrix`.

mod report;
mod runner_verbs;
mod times;
mod words;

use std::{
    collections::HashMap,
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    certificates,
    language::Language,
    raw::Raw,
    scenario::{Line, Outcome, Scenario, Step, Transport, hex},
    shim::{Answer, Pool, Shim},
};
use report::Transcript;
pub use times::Times;
use words::Words;

/// One scenario with its actors and its stage.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What happens.
    pub scenario: &'a Scenario,
    /// What carries the bytes.
    pub transport: Transport,
    /// Who plays the first peer.
    pub first: &'static Language,
    /// Who plays the others.
    pub others: &'static Language,
    /// What `{count}` is.
    pub count: u32,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything came out as the file says; what was timed took so long.
    Passed(Times),
    /// A shim cannot do what the file asks for.
    Skipped(String),
    /// It did not; everything known about it.
    Failed(String),
}

/// Why a line stops the play.
enum Stop {
    /// A shim cannot do it.
    Skip(String),
    /// It came out otherwise than the line says. An `until` block tries again.
    Mismatch(String),
    /// A shim or the runner itself failed.
    Broken(String),
}

type Played<T = ()> = Result<T, Stop>;

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Self::Broken(why)
    }
}

/// A process and what it still owes an answer to.
struct Seat {
    shim: Shim,
    pending: Option<String>,
}

struct Stage<'a> {
    case: &'a Case<'a>,
    pool: &'a Pool,
    /// One a peer, or one for all over inproc. `None` after a kill.
    seats: Vec<Option<Seat>>,
    raws: HashMap<String, Raw>,
    words: Words,
    transcript: Transcript,
    times: Times,
}

/// Plays one scenario in a folder of its own.
#[must_use]
pub fn play(case: &Case<'_>, pool: &Pool, folder: &Path) -> Verdict {
    let words = match Words::new(case, folder) {
        Ok(words) => words,
        Err(why) => return Verdict::Failed(why),
    };
    let mut stage = Stage {
        case,
        pool,
        seats: Vec::new(),
        raws: HashMap::new(),
        words,
        transcript: Transcript::default(),
        times: Times::default(),
    };
    let ended = stage.enter().and_then(|()| stage.steps(&case.scenario.steps));
    match ended {
        Ok(()) => {
            stage.leave();
            Verdict::Passed(stage.times)
        }
        Err(Stop::Skip(why)) => {
            stage.leave();
            Verdict::Skipped(why)
        }
        Err(Stop::Mismatch(why) | Stop::Broken(why)) => Verdict::Failed(stage.report(&why)),
    }
}

impl Stage<'_> {
    fn enter(&mut self) -> Played {
        let seats = match self.case.transport {
            Transport::Inproc => 1,
            _ => self.case.scenario.peers.len(),
        };
        for index in 0..seats {
            let seat = self.cast(index)?;
            self.seats.push(Some(seat));
        }
        Ok(())
    }

    /// A shim for a seat.
    fn cast(&self, index: usize) -> Result<Seat, String> {
        let language = if index == 0 { self.case.first } else { self.case.others };
        let scenario = self.case.scenario;
        let shim = match scenario.fresh || scenario.files.is_some() {
            true => Shim::start(language, scenario.files)?,
            false => self.pool.take(language)?,
        };
        Ok(Seat { shim, pending: None })
    }

    /// Gives the shims back, but those that still wait for something or must not be used again.
    fn leave(&mut self) {
        let keep = !self.case.scenario.fresh && self.case.scenario.files.is_none();
        for seat in self.seats.drain(..).flatten() {
            if keep && seat.pending.is_none() {
                self.pool.give(seat.shim);
            }
        }
    }

    fn steps(&mut self, steps: &[Step]) -> Played {
        steps.iter().try_for_each(|step| match step {
            Step::Line(line) => self.line(line),
            Step::Repeat(count, block) => self.repeat(count, block),
            Step::Until(block) => self.until(block),
            Step::Within(limit, block) => self.within(*limit, block),
        })
    }

    fn repeat(&mut self, count: &str, block: &[Step]) -> Played {
        let count = self.words.fill(count)?;
        let count: u32 = count.parse().map_err(|_| format!("repeat {count}"))?;
        (0..count).try_for_each(|n| {
            self.words.set("n", &n.to_string());
            self.steps(block)
        })
    }

    fn until(&mut self, block: &[Step]) -> Played {
        let end = Instant::now() + self.case.scenario.deadline;
        let mut n = 0;
        loop {
            self.words.set("n", &n.to_string());
            match self.steps(block) {
                Err(Stop::Mismatch(_)) if Instant::now() < end => n += 1,
                Err(Stop::Mismatch(why)) => {
                    return Err(Stop::Mismatch(format!("{why}, {} times", n + 1)));
                }
                ended => return ended,
            }
        }
    }

    fn within(&mut self, limit: Duration, block: &[Step]) -> Played {
        let begin = Instant::now();
        self.steps(block)?;
        let took = begin.elapsed();
        self.times.add(took);
        match took <= limit {
            true => Ok(()),
            false => Err(Stop::Mismatch(format!("{took:?} is longer than {limit:?}"))),
        }
    }

    fn line(&mut self, line: &Line) -> Played {
        self.transcript.line(line);
        let args = line.args.iter().map(|word| self.words.fill(word));
        let args: Vec<String> = args.collect::<Result<_, _>>()?;
        let answer = match line.actor.as_str() {
            "raw" => self.raw(&line.verb, &args)?,
            _ => self.act(line, &args)?,
        };
        self.transcript.answer(&answer);
        if let Answer::Skip(why) = &answer {
            return Err(self.skip(&line.actor, why));
        }
        self.compare(line, &answer)?;
        self.certify(line, &args, &answer)?;
        self.name(line, answer)
    }

    /// Only a reference library may lack something; a language of ours does everything.
    fn skip(&self, actor: &str, why: &str) -> Stop {
        let language = if self.index(actor) == 0 { self.case.first } else { self.case.others };
        match language.foreign {
            true => Stop::Skip(why.to_owned()),
            false => Stop::Broken(format!("{} cannot do that: {why}", language.name)),
        }
    }

    fn compare(&self, line: &Line, answer: &Answer) -> Played {
        let good = match (&line.outcome, answer) {
            (Outcome::Any, _) | (Outcome::Success, Answer::Values(_)) => true,
            (Outcome::Values(wanted), Answer::Values(values)) => {
                let wanted = wanted.iter().map(|word| self.words.fill(word));
                let wanted: Vec<String> = wanted.collect::<Result<_, _>>()?;
                let same = |(wanted, value): (&String, &String)| wanted == "*" || wanted == value;
                wanted.len() == values.len() && wanted.iter().zip(values).all(same)
            }
            (Outcome::Error { names, text: wanted }, Answer::Error { name, text }) => {
                names.contains(name) && text.contains(wanted)
            }
            _ => false,
        };
        match good {
            true => Ok(()),
            false => Err(Stop::Mismatch(report::mismatch(line, answer))),
        }
    }

    /// A new socket gets what it needs for TLS.
    fn certify(&mut self, line: &Line, args: &[String], answer: &Answer) -> Played {
        let (Answer::Values(_), "open", [socket, ..]) = (answer, &*line.verb, args) else {
            return Ok(());
        };
        if !self.case.transport.is_secure() {
            return Ok(());
        }
        for (option, file) in certificates::OPTIONS {
            let path = hex(self.words.beside(file).as_bytes());
            let question = runner_verbs::question(
                &line.actor,
                "set",
                &[socket.clone(), (*option).into(), format!("x{path}")],
            );
            match self.ask(&line.actor, &question)? {
                Answer::Values(_) => {}
                answer => return Err(Stop::Broken(format!("{option}: {answer:?}"))),
            }
        }
        Ok(())
    }

    fn name(&mut self, line: &Line, answer: Answer) -> Played {
        let Answer::Values(values) = answer else { return Ok(()) };
        if values.len() < line.names.len() {
            return Err(Stop::Mismatch(format!("line {}: too few values", line.number)));
        }
        line.names.iter().zip(&values).for_each(|(name, value)| self.words.set(name, value));
        Ok(())
    }

    fn seat(&mut self, peer: &str) -> Result<&mut Seat, String> {
        let index = self.index(peer);
        self.seats[index].as_mut().ok_or_else(|| format!("{peer} does not run"))
    }

    fn index(&self, peer: &str) -> usize {
        let position = self.case.scenario.peers.iter().position(|known| known == peer);
        let position = position.expect("the parser knows every peer");
        position.min(self.seats.len() - 1)
    }

    /// Asks a peer and waits for its answer.
    fn ask(&mut self, peer: &str, question: &str) -> Played<Answer> {
        let deadline = self.patience();
        let seat = self.seat(peer)?;
        if seat.pending.is_some() {
            return Err(Stop::Skip(format!("{} has one thread", seat.shim.language().name)));
        }
        seat.shim.ask(question)?;
        Ok(seat.shim.answer(deadline)?)
    }

    /// A little more than a shim's own waits take, so that it can say what it waited for.
    fn patience(&self) -> Duration {
        self.case.scenario.deadline + Duration::from_secs(2)
    }
}
