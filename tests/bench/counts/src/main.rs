//! The cells whose instructions are counted: `sockery-counts` lists them, `sockery-counts CELL` runs
//! one under callgrind and says how many operations it counted. Started by `counts.py`.

mod codec;
mod meter;
mod queues;
mod sockets;
mod subscriptions;

use std::{error::Error, process::exit};

use sockery::facade::Dialect::{Sp, Zmtp};

use crate::{
    meter::Meter,
    sockets::Transport::{Inproc, Tcp},
};

/// How things end here: what fails ends the run, and its last words say why.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

type Cell = (&'static str, fn(&mut Meter) -> Outcome);

/// Every cell and its name, which `counts.txt` gives a budget: what is done, in which dialect, over
/// what, with how many bytes.
const CELLS: &[Cell] = &[
    ("encode/sp/64", |meter| codec::encode(meter, Sp, 64)),
    ("encode/sp/1k", |meter| codec::encode(meter, Sp, 1 << 10)),
    ("encode/sp/64k", |meter| codec::encode(meter, Sp, 64 << 10)),
    ("encode/zmtp/64", |meter| codec::encode(meter, Zmtp, 64)),
    ("encode/zmtp/1k", |meter| codec::encode(meter, Zmtp, 1 << 10)),
    ("encode/zmtp/64k", |meter| codec::encode(meter, Zmtp, 64 << 10)),
    ("decode/sp/64", |meter| codec::decode(meter, Sp, 64)),
    ("decode/sp/1k", |meter| codec::decode(meter, Sp, 1 << 10)),
    ("decode/sp/64k", |meter| codec::decode(meter, Sp, 64 << 10)),
    ("decode/zmtp/64", |meter| codec::decode(meter, Zmtp, 64)),
    ("decode/zmtp/1k", |meter| codec::decode(meter, Zmtp, 1 << 10)),
    ("decode/zmtp/64k", |meter| codec::decode(meter, Zmtp, 64 << 10)),
    ("trie/add", subscriptions::add),
    ("trie/match", subscriptions::matches),
    ("multitrie/add", subscriptions::add_of_pipes),
    ("multitrie/match/x8", subscriptions::matches_of_pipes),
    ("lane/push", queues::lane_push),
    ("lane/encode", queues::lane_encode),
    ("lane/exchange/x64", queues::lane_exchange),
    ("pipe/push", queues::pipe_push),
    ("pipe/pop", queues::pipe_pop),
    ("push/sp/inproc/64", |meter| sockets::push(meter, Sp, Inproc)),
    ("pull/sp/inproc/64", |meter| sockets::pull(meter, Sp, Inproc)),
    ("push/zmtp/inproc/64", |meter| sockets::push(meter, Zmtp, Inproc)),
    ("pull/zmtp/inproc/64", |meter| sockets::pull(meter, Zmtp, Inproc)),
    ("push/sp/tcp/64", |meter| sockets::push(meter, Sp, Tcp)),
    ("pull/sp/tcp/64", |meter| sockets::pull(meter, Sp, Tcp)),
    ("push/zmtp/tcp/64", |meter| sockets::push(meter, Zmtp, Tcp)),
    ("pull/zmtp/tcp/64", |meter| sockets::pull(meter, Zmtp, Tcp)),
    ("reqrep/sp/inproc/64", |meter| sockets::round_trip(meter, Sp, Inproc)),
    ("reqrep/zmtp/inproc/64", |meter| sockets::round_trip(meter, Zmtp, Inproc)),
    ("reqrep/sp/tcp/64", |meter| sockets::round_trip(meter, Sp, Tcp)),
    ("reqrep/zmtp/tcp/64", |meter| sockets::round_trip(meter, Zmtp, Tcp)),
    ("reqrep/poller/x1", |meter| sockets::round_trip_polled(meter, 1)),
    ("reqrep/poller/x201", |meter| sockets::round_trip_polled(meter, 201)),
    ("pub/sp/inproc/64/x8", |meter| sockets::publish(meter, Sp)),
    ("pub/zmtp/inproc/64/x8", |meter| sockets::publish(meter, Zmtp)),
    ("sub/sp/inproc/64", |meter| sockets::filter(meter, Sp)),
    ("sub/zmtp/inproc/64", |meter| sockets::filter(meter, Zmtp)),
];

fn run(name: &str) -> Outcome<usize> {
    let found = CELLS.iter().find(|(cell, _)| *cell == name);
    let (_, cell) = found.ok_or_else(|| format!("{name} is no cell"))?;
    let mut meter = Meter::default();
    cell(&mut meter)?;
    Ok(meter.operations())
}

fn main() {
    let Some(name) = std::env::args().nth(1) else {
        return CELLS.iter().for_each(|(name, _)| println!("{name}"));
    };
    match run(&name) {
        Ok(operations) => println!("{operations}"),
        Err(why) => {
            eprintln!("{name}: {why}");
            exit(1);
        }
    }
    // What is counted is over: nothing is closed or flushed.
    exit(0);
}
