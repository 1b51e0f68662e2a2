//! PUSH and PULL: each piece of work goes to one of the workers, to all in turn.
//!
//! Run it: `cargo run -p sockery-examples --bin pipeline`

use sockery::facade::{
    Context, Dialect, Message, Wait,
    table::{Key, Value},
};
use sockery_examples::{ANYWHERE, Outcome, name, open};

fn pipeline(dialect: Dialect) -> Outcome {
    let context = Context::new();
    let push = open(&context, dialect, "PUSH")?;
    push.bind(ANYWHERE)?;
    let workers = [open(&context, dialect, "PULL")?, open(&context, dialect, "PULL")?];
    for worker in &workers {
        worker.connect(&push.last_endpoint())?;
    }
    push.wait_for_peers(workers.len(), Wait::Forever)?;
    for number in 0..6 {
        // A table, as sendTable of the other languages sends it.
        let table = Value::Map(vec![
            (Key::Str("job".into()), Value::Int(number)),
            (Key::Str("square".into()), Value::Int(number * number)),
        ]);
        let message = Message::new(table.encode()?);
        push.send(message, Wait::Forever).map_err(|unsent| unsent.error)?;
    }
    for (place, worker) in workers.iter().enumerate() {
        for _ in 0..3 {
            let table = Value::decode(worker.recv(Wait::Forever)?.body())?;
            if let (Some(Value::Int(job)), Some(Value::Int(square))) =
                (table.get("job"), table.get("square"))
            {
                println!("{}: worker {place} got job {job}, {square}", name(dialect));
            }
        }
    }
    Ok(())
}

fn main() -> Outcome {
    pipeline(Dialect::Sp)?;
    pipeline(Dialect::Zmtp)
}
