//! PUB and SUB: each subscriber gets the messages that begin as it asked.
//!
//! Run it: `cargo run -p sockery-examples --bin pubsub`

use sockery::facade::{Context, Dialect, Wait};
use sockery_examples::{ANYWHERE, Outcome, name, open, recv, send};

const REPORTS: [&str; 5] = ["wind 5", "rain 12", "wind 7", "sun 1", "rain 3"];

fn pubsub(dialect: Dialect) -> Outcome {
    let context = Context::new();
    let publisher = open(&context, dialect, "PUB")?;
    publisher.bind(ANYWHERE)?;
    let subscriptions = [("wind", "wind"), ("everything", "")];
    let mut subscribers = Vec::new();
    for (who, prefix) in subscriptions {
        let subscriber = open(&context, dialect, "SUB")?;
        subscriber.subscribe(prefix.as_bytes())?;
        subscriber.connect(&publisher.last_endpoint())?;
        subscribers.push((who, prefix, subscriber));
    }
    // Who is not there yet misses what is sent. In ZMTP the publisher filters: it has to know.
    match dialect {
        Dialect::Sp => publisher.wait_for_peers(2, Wait::Forever)?,
        Dialect::Zmtp => publisher.wait_for_subscribers(b"wind", 2, Wait::Forever)?,
    }
    for report in REPORTS {
        send(&publisher, report)?;
    }
    for (who, prefix, subscriber) in &subscribers {
        for _ in REPORTS.iter().filter(|report| report.starts_with(prefix)) {
            println!("{}: {who}: {}", name(dialect), recv(subscriber)?);
        }
    }
    Ok(())
}

fn main() -> Outcome {
    pubsub(Dialect::Sp)?;
    pubsub(Dialect::Zmtp)
}
