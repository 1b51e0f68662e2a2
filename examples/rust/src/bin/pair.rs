//! PAIR: two peers that talk as they like, both ways.
//!
//! Run it: `cargo run -p sockery-examples --bin pair`

use sockery::facade::{Context, Dialect, Frame, Message, Wait};
use sockery_examples::{Outcome, name, open, recv, send};

fn pair(dialect: Dialect) -> Outcome {
    let context = Context::new();
    let here = open(&context, dialect, "PAIR")?;
    let there = open(&context, dialect, "PAIR")?;
    here.connect("inproc://pair")?; // before there is anybody: it connects when there is
    there.bind("inproc://pair")?;
    send(&here, "first")?;
    send(&here, "second")?;
    send(&there, "meanwhile")?;
    let name = name(dialect);
    println!("{name}: there got {} and {}", recv(&there)?, recv(&there)?);
    println!("{name}: here got {}", recv(&here)?);
    if dialect == Dialect::Zmtp {
        let parts = ["a message", "of", "four", "parts"].map(Frame::from);
        let message = Message::from_frames(parts.into());
        here.send(message, Wait::Forever).map_err(|unsent| unsent.error)?;
        let parts = there.recv(Wait::Forever)?;
        println!("{name}: there got {} parts", parts.frames().len());
    }
    Ok(())
}

fn main() -> Outcome {
    pair(Dialect::Sp)?;
    pair(Dialect::Zmtp)
}
