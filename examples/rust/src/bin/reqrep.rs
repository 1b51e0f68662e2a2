//! REQ and REP: a question, and its answer to whoever asked.
//!
//! Run it: `cargo run -p sockery-examples --bin reqrep`

use std::thread;

use sockery::facade::{Context, Dialect, Socket};
use sockery_examples::{ANYWHERE, Outcome, name, open, recv, send};

const QUESTIONS: [&str; 3] = ["how", "are", "you"];

fn serve(rep: &Socket) -> Result<(), String> {
    for _ in QUESTIONS {
        let question = recv(rep).map_err(|error| error.to_string())?;
        send(rep, &question.to_uppercase()).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn reqrep(dialect: Dialect) -> Outcome {
    let context = Context::new();
    let rep = open(&context, dialect, "REP")?;
    rep.bind(ANYWHERE)?;
    let req = open(&context, dialect, "REQ")?;
    req.connect(&rep.last_endpoint())?;
    let server = thread::spawn(move || serve(&rep));
    for question in QUESTIONS {
        send(&req, question)?;
        println!("{}: {question} -> {}", name(dialect), recv(&req)?);
    }
    server.join().map_err(|_| "the server panicked")??;
    Ok(())
}

fn main() -> Outcome {
    reqrep(Dialect::Sp)?;
    reqrep(Dialect::Zmtp)
}
