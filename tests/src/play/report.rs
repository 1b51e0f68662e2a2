//! What a person reads when a scenario fails. Called by `play`.

use std::{collections::VecDeque, fmt::Write as _};

use super::Stage;
use crate::{
    scenario::{Line, Named as _},
    shim::Answer,
};

/// How many lines of a long play are kept.
const LINES: usize = 120;
/// How much of a long line is kept.
const WIDTH: usize = 160;

/// What happened so far.
#[derive(Debug, Default)]
pub(super) struct Transcript(VecDeque<String>);

impl Transcript {
    pub(super) fn line(&mut self, line: &Line) {
        self.push(format!("{:>3}  {}", line.number, line.text));
    }

    pub(super) fn answer(&mut self, answer: &Answer) {
        self.push(format!("       -> {}", shown(answer)));
    }

    fn push(&mut self, line: String) {
        if self.0.len() == LINES {
            self.0.pop_front();
        }
        self.0.push_back(short(&line));
    }
}

/// A line that came out otherwise.
pub(super) fn mismatch(line: &Line, answer: &Answer) -> String {
    format!("line {}: {}\n  answered {}", line.number, line.text, short(&shown(answer)))
}

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Values(values) if values.is_empty() => "ok".into(),
        Answer::Values(values) => format!("= {}", values.join(" ")),
        Answer::Error { name, text } => format!("! {name}: {text}"),
        Answer::Skip(why) => format!("skip: {why}"),
    }
}

fn short(line: &str) -> String {
    match line.char_indices().nth(WIDTH) {
        None => line.to_owned(),
        Some((end, _)) => format!("{}... ({} bytes)", &line[..end], line.len()),
    }
}

impl Stage<'_> {
    /// Why, everything that was done, and what the shims wrote to their standard errors.
    pub(super) fn report(&self, why: &str) -> String {
        let mut text = format!("{why}\n  what happened:\n");
        for line in &self.transcript.0 {
            writeln!(text, "    {line}").expect("writing to a String cannot fail");
        }
        for seat in self.seats.iter().flatten() {
            let stderr = seat.shim.stderr();
            let name = seat.shim.language().name;
            let stderr = if stderr.is_empty() { "nothing" } else { stderr.trim_end() };
            writeln!(text, "  stderr of {name} ({}): {stderr}", seat.shim.id())
                .expect("writing to a String cannot fail");
        }
        text
    }
}

impl super::Case<'_> {
    /// What the run calls it.
    #[must_use]
    pub fn title(&self) -> String {
        let scenario = self.scenario;
        let (dialect, transport) = (scenario.dialect.name(), self.transport.name());
        let cast = match self.first == self.others {
            true => self.first.name.to_owned(),
            false => format!("{}+{}", self.first.name, self.others.name),
        };
        format!("{} {dialect} {transport} {cast}", scenario.name)
    }
}
