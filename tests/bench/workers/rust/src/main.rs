//! The benchmark worker of Rust: `sockery-bench DIALECT ROLE URL SIZE COUNT` plays one role of the
//! worker protocol (tests/bench/README.md) with the public facade, as any program would use it.

mod clock;
mod peer;
mod roles;
mod stdio;

use std::{error::Error, process::exit};

use sockery::facade::Dialect;

use crate::{clock::Clock, roles::Job};

/// How things end here: what fails ends the worker, and its last words say why.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn job(args: &[String]) -> Outcome<(Job, String)> {
    let [_, dialect, role, url, size, count] = args else {
        return Err("usage: sockery-bench zmtp|sp ROLE URL SIZE COUNT".into());
    };
    let dialect = match dialect.as_str() {
        "zmtp" => Dialect::Zmtp,
        "sp" => Dialect::Sp,
        other => return Err(format!("{other} is no dialect").into()),
    };
    let (size, count) = (size.parse()?, count.parse()?);
    Ok((Job { dialect, url: url.clone(), size, count, clock: Clock::start() }, role.clone()))
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let played = job(&args).and_then(|(job, role)| job.play(&role));
    if let Err(why) = played {
        eprintln!("{why}");
        exit(3);
    }
    // What is measured is over: nothing is closed or flushed.
    exit(0);
}
