//! Scenario files: what they say, read for one dialect. Called by `matrix` and `play`.
//!
//! A file is plain lines. The head says who takes part and where it can run; then each line is
//! `PEER verb args [= values | ! ERROR [text] | any] [-> names]`. `X | Y` picks X in the ZeroMQ dialect
//! and Y in the SP dialect, where X and Y are one word or one outcome; a line that begins with
//! `zmq:` or `nn:` is there in that dialect alone. `repeat N`, `until` and `within MS` open blocks,
//! `end` closes them. tests/README.md lists the verbs.

use std::{fmt, time::Duration};

use crate::language::Language;

/// How long any single wait may take before the scenario has failed.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Which of the two dialects a scenario is played in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// ZeroMQ's.
    Zmq,
    /// The Scalability Protocols'.
    Nn,
}

/// What carries the bytes between the peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Transport {
    /// Loopback.
    Tcp,
    /// A Unix socket in a fresh folder.
    Ipc,
    /// All peers in one process.
    Inproc,
    /// WebSocket over loopback.
    Ws,
    /// Datagrams over loopback, for the scenarios that name it.
    Udp,
    /// Loopback inside TLS.
    Tls,
    /// WebSocket inside TLS.
    Wss,
}

impl Transport {
    /// Those that carry every kind of socket, which is where a file is played that says nothing.
    pub fn general() -> impl Iterator<Item = Self> {
        Self::ALL.iter().map(|(_, transport)| *transport).filter(|one| *one != Self::Udp)
    }

    /// Inside TLS, so that sockets need certificates. Only played where a file or a command line says so.
    #[must_use]
    pub fn is_secure(self) -> bool {
        matches!(self, Self::Tls | Self::Wss)
    }

    /// WebSocket, inside TLS or not.
    #[must_use]
    pub fn is_web(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }
}

/// The names that scenario files and command lines know a thing by.
pub trait Named: Copy + PartialEq + 'static {
    /// All of them with their names.
    const ALL: &'static [(&'static str, Self)];

    /// The name of this one.
    fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, value)| *value == self);
        found.expect("every value stands in its table").0
    }

    /// The one with this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(own, _)| *own == name).map(|(_, value)| *value)
    }
}

impl Named for Dialect {
    const ALL: &'static [(&'static str, Self)] = &[("zmq", Self::Zmq), ("nn", Self::Nn)];
}

impl Named for Transport {
    const ALL: &'static [(&'static str, Self)] = &[
        ("tcp", Self::Tcp),
        ("ipc", Self::Ipc),
        ("inproc", Self::Inproc),
        ("ws", Self::Ws),
        ("udp", Self::Udp),
        ("tls", Self::Tls),
        ("wss", Self::Wss),
    ];
}

/// Who may play a scenario besides one language with itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// Every reference library that speaks the dialect.
    All,
    /// These only; none when empty.
    Only(Vec<String>),
}

/// One scenario as one dialect plays it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file's name without its ending.
    pub name: String,
    /// The dialect it was read for.
    pub dialect: Dialect,
    /// The peers that processes play, in the order of the head.
    pub peers: Vec<String>,
    /// Where it can run.
    pub transports: Vec<Transport>,
    /// Which reference libraries may take part.
    pub foreign: Foreign,
    /// The languages it is for; all when empty.
    pub languages: Vec<String>,
    /// Whether its processes start new for it and end with it.
    pub fresh: bool,
    /// The limit of open files of its processes.
    pub files: Option<u32>,
    /// How long a single step may take.
    pub deadline: Duration,
    /// What happens.
    pub steps: Vec<Step>,
}

/// A line or a block of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// One line.
    Line(Line),
    /// The block, this many times (a number or a `{name}`); `{n}` counts from 0.
    Repeat(String, Vec<Self>),
    /// The block, until every line of it comes out as it says; `{n}` counts from 0.
    Until(Vec<Self>),
    /// The block, whose lines may take at most so long together.
    Within(Duration, Vec<Self>),
}

/// One line: who does what, and what must come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in the file, from 1.
    pub number: usize,
    /// The line as written.
    pub text: String,
    /// A peer, or `raw`.
    pub actor: String,
    /// What to do.
    pub verb: String,
    /// Words, with `{name}` for what is known when it runs.
    pub args: Vec<String>,
    /// What must come of it.
    pub outcome: Outcome,
    /// The names that the answered values get.
    pub names: Vec<String>,
}

/// What must come of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeds.
    Success,
    /// It may fail.
    Any,
    /// It answers these values; `*` is any value.
    Values(Vec<String>),
    /// It fails with one of these errors, in a text that has these words.
    Error {
        /// The conventional names.
        names: Vec<String>,
        /// What the text must contain; nothing asks for nothing.
        text: String,
    },
}

/// A scenario file that makes no sense.
#[derive(Debug)]
pub struct Unreadable {
    line: usize,
    why: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for Unreadable {}

impl Scenario {
    /// Reads a file for a dialect; `None` when the file is not for that dialect.
    pub fn parse(name: &str, text: &str, dialect: Dialect) -> Result<Option<Self>, Unreadable> {
        let mut scenario = Self::empty(name, dialect);
        let mut speaks = true;
        let mut open: Vec<(Option<Block>, Vec<Step>)> = vec![(None, Vec::new())];
        for (index, raw) in text.lines().enumerate() {
            let number = index + 1;
            let fail = |why: String| Unreadable { line: number, why };
            let words = words(raw).map_err(fail)?;
            let Some(words) = of_dialect(words, dialect) else { continue };
            match words.first().map(String::as_str) {
                None => {}
                Some("dialects") => speaks = words[1..].iter().any(|word| word == dialect.name()),
                Some("repeat") => {
                    let count = words.get(1).ok_or_else(|| fail("repeat what?".into()))?;
                    open.push((Some(Block::Repeat(count.clone())), Vec::new()));
                }
                Some("until") => open.push((Some(Block::Until), Vec::new())),
                Some("within") => {
                    let limit = words.get(1).and_then(|word| word.parse().ok());
                    let limit = limit.ok_or_else(|| fail("within how many ms?".into()))?;
                    open.push((Some(Block::Within(Duration::from_millis(limit))), Vec::new()));
                }
                Some("end") => close(&mut open).map_err(fail)?,
                Some(word)
                    if open.len() == 1 && scenario.head(word, &words[1..]).map_err(fail)? => {}
                Some(_) => {
                    let line = Line::parse(number, raw, &words, dialect).map_err(fail)?;
                    scenario.knows(&line.actor).map_err(fail)?;
                    let block = open.last_mut().expect("the file itself is never closed");
                    block.1.push(Step::Line(line));
                }
            }
        }
        if open.len() != 1 {
            return Err(Unreadable {
                line: text.lines().count(),
                why: "a block has no end".into(),
            });
        }
        scenario.steps = open.remove(0).1;
        Ok(speaks.then_some(scenario))
    }

    fn empty(name: &str, dialect: Dialect) -> Self {
        Self {
            name: name.into(),
            dialect,
            peers: Vec::new(),
            transports: Transport::general().collect(),
            foreign: Foreign::All,
            languages: Vec::new(),
            fresh: false,
            files: None,
            deadline: DEADLINE,
            steps: Vec::new(),
        }
    }

    /// Takes a line of the head; false when it is none.
    fn head(&mut self, word: &str, rest: &[String]) -> Result<bool, String> {
        let number = || rest.first().and_then(|word| word.parse().ok()).ok_or("no number");
        match word {
            "peers" => self.peers = rest.to_vec(),
            "over" => self.transports = named(rest)?,
            "foreign" if rest == ["none"] => self.foreign = Foreign::Only(Vec::new()),
            "foreign" => self.foreign = Foreign::Only(rest.to_vec()),
            "languages" => self.languages = rest.to_vec(),
            "fresh" => self.fresh = true,
            "files" => self.files = Some(number()?),
            "deadline" => self.deadline = Duration::from_secs(number()?.into()),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn knows(&self, actor: &str) -> Result<(), String> {
        match actor == "raw" || self.peers.iter().any(|peer| peer == actor) {
            true => Ok(()),
            false => Err(format!("there is no peer {actor}")),
        }
    }

    /// What is asked of the first peer, and of the others: each verb once. Those of `raw` and the
    /// verb in front of one that goes on in the background are the runner's.
    #[must_use]
    pub fn verbs(&self) -> [Vec<&str>; 2] {
        let mut verbs = [Vec::new(), Vec::new()];
        for line in lines(&self.steps) {
            let others = usize::from(self.peers.first() != Some(&line.actor));
            let verb = match line.args.get(1) {
                Some(verb) if line.verb == "bg" => verb,
                _ => &line.verb,
            };
            if line.actor != "raw" && !verbs[others].contains(&verb.as_str()) {
                verbs[others].push(verb);
            }
        }
        verbs
    }

    /// Whether this reference library may take part: a name stands for all its versions.
    #[must_use]
    pub fn admits(&self, library: &Language) -> bool {
        match &self.foreign {
            Foreign::All => !library.by_name,
            Foreign::Only(names) => {
                names.iter().any(|name| library.name.starts_with(name.as_str()))
            }
        }
    }
}

/// Every line, those of blocks too.
fn lines(steps: &[Step]) -> Vec<&Line> {
    fn of(step: &Step) -> Vec<&Line> {
        match step {
            Step::Line(line) => vec![line],
            Step::Repeat(_, block) | Step::Until(block) | Step::Within(_, block) => lines(block),
        }
    }
    steps.iter().flat_map(of).collect()
}

enum Block {
    Repeat(String),
    Until,
    Within(Duration),
}

fn close(open: &mut Vec<(Option<Block>, Vec<Step>)>) -> Result<(), String> {
    let Some((Some(block), steps)) = open.pop() else { return Err("no block is open".into()) };
    let step = match block {
        Block::Repeat(count) => Step::Repeat(count, steps),
        Block::Until => Step::Until(steps),
        Block::Within(limit) => Step::Within(limit, steps),
    };
    open.last_mut().expect("the file itself encloses every block").1.push(step);
    Ok(())
}

fn named<T: Named>(words: &[String]) -> Result<Vec<T>, String> {
    words.iter().map(|word| T::named(word).ok_or_else(|| format!("{word}?"))).collect()
}

/// The words of a line: a `"text"` is one word, in hexadecimal; `#` begins a remark.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with('#') {
        let end = match rest.strip_prefix('"') {
            Some(inner) => {
                let length = inner.find('"').ok_or("a text has no end")?;
                words.push(hex(&inner.as_bytes()[..length]));
                length + 2
            }
            None => {
                let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
                words.push(rest[..length].to_owned());
                length
            }
        };
        rest = rest[end..].trim_start();
    }
    Ok(words)
}

/// The words without a `zmq:` or `nn:` in front; `None` when it names the other dialect.
fn of_dialect(mut words: Vec<String>, dialect: Dialect) -> Option<Vec<String>> {
    let mark = words.first().and_then(|word| word.strip_suffix(':')).and_then(Dialect::named);
    if let Some(mark) = mark {
        words.remove(0);
        return (mark == dialect).then_some(words);
    }
    Some(words)
}

/// Bytes in the form that scenario lines and shims use: two digits a byte, `-` for none.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    if bytes.is_empty() {
        return "-".into();
    }
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

impl Line {
    fn parse(number: usize, raw: &str, words: &[String], dialect: Dialect) -> Result<Self, String> {
        let chosen = choose(&items(words), dialect)?;
        let [actor, verb, rest @ ..] = chosen.as_slice() else { return Err("no verb".into()) };
        let end = rest.iter().position(|word| opens_outcome(word)).unwrap_or(rest.len());
        let (args, tail) = rest.split_at(end);
        let arrow = tail.iter().position(|word| word == "->").unwrap_or(tail.len());
        let (outcome, names) = tail.split_at(arrow);
        Ok(Self {
            number,
            text: raw.trim().to_owned(),
            actor: actor.clone(),
            verb: verb.clone(),
            args: args.to_vec(),
            outcome: Outcome::parse(outcome)?,
            names: names.get(1..).unwrap_or_default().to_vec(),
        })
    }
}

impl Outcome {
    fn parse(words: &[String]) -> Result<Self, String> {
        match words {
            [] => Ok(Self::Success),
            [word] if word == "ok" => Ok(Self::Success),
            [word] if word == "any" => Ok(Self::Any),
            [sign, values @ ..] if sign == "=" => Ok(Self::Values(values.to_vec())),
            [sign, error, text @ ..] if sign == "!" => {
                let names = error.split('/').map(str::to_owned).collect();
                Ok(Self::Error { names, text: text.join(" ") })
            }
            _ => Err(format!("{} is no outcome", words.join(" "))),
        }
    }
}

fn opens_outcome(word: &str) -> bool {
    matches!(word, "=" | "!" | "ok" | "any" | "->")
}

/// Groups words so that what `|` chooses between is one item: a word or an outcome.
fn items(words: &[String]) -> Vec<&[String]> {
    let mut items = Vec::new();
    let mut rest = words;
    while let Some(first) = rest.first() {
        let ends = |word: &String| word == "|" || word == "->";
        let length = match first.as_str() {
            "=" | "!" => rest.iter().position(ends).unwrap_or(rest.len()),
            "->" => rest.len(),
            _ => 1,
        };
        let (item, tail) = rest.split_at(length);
        items.push(item);
        rest = tail;
    }
    items
}

fn choose(items: &[&[String]], dialect: Dialect) -> Result<Vec<String>, String> {
    let mut chosen: Vec<&[String]> = Vec::new();
    let mut rest = items.iter();
    while let Some(item) = rest.next() {
        if item != &["|"] {
            chosen.push(item);
            continue;
        }
        let other = rest.next().ok_or("nothing stands after |")?;
        let left = chosen.last_mut().ok_or("nothing stands before |")?;
        if dialect == Dialect::Nn {
            *left = other;
        }
    }
    Ok(chosen.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
# a reply reaches the asker
peers A B
over tcp ipc
A open s zmq.REP | nnmsg.rep
A bind s {endpoint} -> ep
zmq: A set s SNDHWM 1
repeat 2
  until
    B recv s 1000 = "hi" 00 | = 6869 # remark
  end
  B send s 02 ! EFSM/EAGAIN not now | ok
end
"#;

    fn lines(dialect: Dialect) -> Vec<Step> {
        Scenario::parse("reqrep", TEXT, dialect).unwrap().unwrap().steps
    }

    #[test]
    fn each_dialect_reads_its_own_side() {
        let Step::Line(open) = &lines(Dialect::Nn)[0] else { panic!("no line") };
        assert_eq!(open.args, ["s", "nnmsg.rep"]);
        let Step::Line(open) = &lines(Dialect::Zmq)[0] else { panic!("no line") };
        assert_eq!(open.args, ["s", "zmq.REP"]);
        assert_eq!((lines(Dialect::Zmq).len(), lines(Dialect::Nn).len()), (4, 3));
    }

    #[test]
    fn outcomes_are_chosen_whole() {
        let block = |dialect| match lines(dialect).pop() {
            Some(Step::Repeat(_, steps)) => steps,
            other => panic!("{other:?}"),
        };
        let [Step::Until(inner), Step::Line(send)] = &block(Dialect::Zmq)[..] else { panic!() };
        let Step::Line(recv) = &inner[0] else { panic!() };
        assert_eq!(recv.outcome, Outcome::Values(vec!["6869".into(), "00".into()]));
        let names = vec!["EFSM".into(), "EAGAIN".into()];
        assert_eq!(send.outcome, Outcome::Error { names, text: "not now".into() });
        let [_, Step::Line(send)] = &block(Dialect::Nn)[..] else { panic!() };
        assert_eq!(send.outcome, Outcome::Success);
    }

    #[test]
    fn verbs_are_those_that_a_shim_must_know() {
        let text = "peers A B\nA bg x recv s\nB send s -\nuntil\nB send s -\nend\nraw R connect x";
        let scenario = Scenario::parse("x", text, Dialect::Nn).unwrap().unwrap();
        assert_eq!(scenario.verbs(), [vec!["recv"], vec!["send"]]);
    }

    #[test]
    fn names_follow_the_arrow() {
        let Step::Line(bind) = &lines(Dialect::Nn)[1] else { panic!() };
        assert_eq!((&bind.args[1][..], &bind.names[..]), ("{endpoint}", &["ep".to_owned()][..]));
    }

    #[test]
    fn nonsense_is_refused_with_its_line() {
        let cases =
            [("peers A\nB send s", 2), ("peers A\nuntil\n", 2), ("end", 1), ("within x\nend", 1)];
        for (text, line) in cases {
            let error = Scenario::parse("x", text, Dialect::Nn).unwrap_err();
            assert_eq!(error.line, line, "{text}: {error}");
        }
    }
}
