//! ROUTER and DEALER: a server that answers many clients in the order that it likes. ZeroMQ only.
//!
//! Run it: `cargo run -p sockery-examples --bin router_dealer`

use std::collections::BTreeMap;

use sockery::facade::{Context, Dialect, Frame, Message, Value, Wait};
use sockery_examples::{ANYWHERE, Outcome, open, recv, send, set};

const CLIENTS: [&str; 3] = ["ada", "ben", "cleo"];

fn text(frame: &Frame) -> String {
    String::from_utf8_lossy(frame).into_owned()
}

fn main() -> Outcome {
    let context = Context::new();
    let router = open(&context, Dialect::Zmtp, "ROUTER")?;
    router.bind(ANYWHERE)?;
    let mut dealers = Vec::new();
    for name in CLIENTS {
        let dealer = open(&context, Dialect::Zmtp, "DEALER")?;
        set(&dealer, "ROUTING_ID", &Value::Bytes(name.into()))?;
        dealer.connect(&router.last_endpoint())?;
        send(&dealer, &format!("hello from {name}"))?;
        dealers.push((name, dealer));
    }

    // The router puts in front of each message whose it is, and takes that off to find the peer.
    let mut greetings = BTreeMap::new();
    for _ in CLIENTS {
        if let [who, greeting] = router.recv(Wait::Forever)?.frames() {
            greetings.insert(text(who), text(greeting));
        }
    }
    for (who, greeting) in greetings.iter().rev() {
        println!("router got {greeting}");
        let welcome = format!("welcome, {who}");
        let parts = [who, &welcome].map(|part| Frame::from(part.as_str()));
        let message = Message::from_frames(parts.into());
        router.send(message, Wait::Forever).map_err(|unsent| unsent.error)?;
    }

    for (name, dealer) in &dealers {
        println!("{name} got {}", recv(dealer)?);
    }
    Ok(())
}
