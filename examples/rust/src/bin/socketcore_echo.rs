//! Plain sockets whose results are messages: a client, and its server beside it.
//!
//! Run it: `cargo run -p sockery-examples --bin socketcore_echo`

use std::time::{Duration, Instant};

use sockery::facade::{Argument, Code, EventKind, Station};
use sockery_examples::Outcome;

fn main() -> Outcome {
    let station = Station::new();
    let server = i64::from(station.listen(0, None, None)?);
    let port = station.port(server).ok_or("a listener has a port")?;
    let address = Argument::Text("127.0.0.1".into());
    let client = i64::from(station.connect(0, address, Argument::Number(port.into()), None)?);
    let said = b"hello, socketcore";
    let mut echoed = Vec::new();
    while echoed.len() < said.len() {
        let deadline = Instant::now() + Duration::from_secs(10);
        let event = station.receive(Some(deadline))?.ok_or("nothing came")?;
        match event.kind {
            EventKind::Connected if event.result == 0 => {
                println!("connected; sent: {:?}", station.send(client, said));
            }
            EventKind::Connected => return Err(format!("{:?}", event.text).into()),
            EventKind::Accepted => println!("accepted from {:?}", event.text),
            EventKind::Received => {
                let length = event.length.and_then(|length| i64::try_from(length).ok());
                let data = station.recv(event.index, length.unwrap_or(0));
                if event.index == client {
                    echoed.extend(data);
                } else if station.send(event.index, &data) != Code::Ok {
                    return Err("the server cannot answer".into());
                }
            }
            other => println!("{other:?}"),
        }
    }
    println!("echoed: {}", String::from_utf8_lossy(&echoed));
    let _ = station.close(client);
    Ok(())
}
