//! The command `sockery-tests`: runs scenarios with the languages it is told. Called by tests/run.

use std::{io, process::ExitCode};

use sockery_tests::{
    language::{LANGUAGES, Language},
    matrix::{Cast, Plan, listed, mixed_pairs, run},
    options,
    scenario::{Named as _, Transport},
};

const USAGE: &str = "\
usage: sockery-tests [OPTION]... CAST...
       sockery-tests --options    prints the options of ZMTP

CAST is who plays:
  LANGUAGE         it with itself: rust python lua5.1 lua5.2 lua5.3 lua5.4 luajit node,
                   or a reference library: libzmq nng nanomsg
  FIRST+OTHERS     the first peer of a scenario, and the rest
  mixed            a few mixed pairs a scenario, all pairs over all scenarios
  pairs            every ordered pair of two of our languages
  interop          the reference libraries in both roles, with Rust and one other language each
  interop-full     the reference libraries in both roles, with every language
OPTION:
  --stress         the scenarios of tests/scenarios/stress instead
  --only NAME      only scenarios whose name contains NAME; may be given again
  --over NAME      only this transport: tcp ipc inproc ws tls wss; may be given again
  --jobs N         how many run at once (4; 1 with --stress)
  --count N        what {count} is (5000)
  --list           plays nothing; prints each case: scenario, dialect, transport, who is the first
                   peer, who the others, and what is asked of the first and of the others
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args == ["--options"] {
        options::lines().iter().for_each(|line| println!("{line}"));
        return ExitCode::SUCCESS;
    }
    let plan = match plan(&args) {
        Ok(plan) => plan,
        Err(why) => {
            eprint!("{why}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if args.iter().any(|arg| arg == "--list") {
        return list(&plan);
    }
    match run(&plan).and_then(|tally| match tally.passed + tally.failed {
        0 => Err(io::Error::other("no scenario fits")),
        _ => Ok(tally),
    }) {
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        Ok(tally) => {
            println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
            ExitCode::from(u8::from(tally.failed > 0))
        }
    }
}

fn list(plan: &Plan) -> ExitCode {
    match listed(plan) {
        Ok(lines) => {
            lines.iter().for_each(|line| println!("{line}"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn plan(args: &[String]) -> Result<Plan, String> {
    let mut plan = Plan {
        folder: "scenarios",
        names: Vec::new(),
        transports: Vec::new(),
        casts: Vec::new(),
        jobs: 4,
        count: 5_000,
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--stress" => (plan.folder, plan.jobs) = ("scenarios/stress", 1),
            "--only" => plan.names.push(value()?.clone()),
            "--over" => plan.transports.push(transport(value()?)?),
            "--jobs" => plan.jobs = number(value()?)?,
            "--count" => plan.count = number(value()?)?,
            "--list" => {}
            _ => plan.casts.extend(casts(arg)?),
        }
    }
    match plan.casts.is_empty() {
        true => Err("nobody plays".into()),
        false => Ok(plan),
    }
}

fn casts(word: &str) -> Result<Vec<Cast>, String> {
    let language = |name: &str| {
        let known = LANGUAGES.iter().map(|language| language.name).collect::<Vec<_>>().join(" ");
        Language::named(name).ok_or_else(|| format!("{name} is none of {known}"))
    };
    match word {
        "mixed" => Ok(vec![Cast::Cover]),
        "interop" => Ok(vec![Cast::Interop]),
        "interop-full" => Ok(vec![Cast::InteropFull]),
        "pairs" => Ok(mixed_pairs().into_iter().map(|(a, b)| Cast::Pair(a, b)).collect()),
        _ => match word.split_once('+') {
            Some((first, others)) => Ok(vec![Cast::Pair(language(first)?, language(others)?)]),
            None => Ok(vec![Cast::Pair(language(word)?, language(word)?)]),
        },
    }
}

fn transport(name: &str) -> Result<Transport, String> {
    Transport::named(name).ok_or_else(|| format!("{name} is no transport"))
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{word} is no number"))
}
