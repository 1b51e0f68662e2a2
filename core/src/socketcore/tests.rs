//! Rules of document 003 that need no interpreter: order, ids, bounds, and what is left behind.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use proptest::prelude::*;

use super::{constants::Kind, *};

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_secs(20))
}

fn next(station: &Station) -> Event {
    station.receive(soon()).unwrap().expect("a message in time")
}

fn text(address: &str) -> Argument {
    Argument::Text(address.to_owned())
}

fn connect(station: &Station, port: u16) -> i64 {
    let port = Argument::Number(port.into());
    i64::from(station.connect(0, text("127.0.0.1"), port, None).unwrap())
}

/// A station with one connection, and its far end.
fn pair() -> (Station, i64, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let station = Station::new();
    let id = connect(&station, listener.local_addr().unwrap().port());
    let (peer, _) = listener.accept().unwrap();
    assert_eq!(next(&station), Event::new(Kind::Connected, id));
    (station, id, peer)
}

#[test]
fn arguments_come_in_both_orders() {
    let number = Argument::Number;
    for (first, second, expected) in [
        (text("a"), number(1), Some(("a", 1))),
        (text("a"), text("80"), Some(("a", 80))),
        (number(80), text("a"), Some(("a", 80))),
        (text("10"), number(80), Some(("10", 80))),
        (number(10), text("80"), Some(("10", 80))),
        (text("a"), text("b"), None),
    ] {
        let found = in_order(first, second).ok();
        assert_eq!(found, expected.map(|(address, port)| (address.to_owned(), port)));
    }
}

#[test]
fn what_the_peer_sends_is_told_before_its_end() {
    let (station, id, mut peer) = pair();
    peer.write_all(&[7; 100_000]).unwrap();
    drop(peer);
    let mut told = 0;
    loop {
        let event = next(&station);
        match event.kind {
            Kind::Received => told += event.length.unwrap(),
            Kind::Ended => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, 100_000);
    assert_eq!(station.send(id, b"late"), Code::Closed);
    assert!(station.close(id));
    assert_eq!(station.recv(id, 1 << 20).len(), 100_000);
    assert_eq!(next(&station), Event::new(Kind::Closed, id));
}

#[test]
fn a_peer_that_nobody_reads_from_is_held_back_and_goes_on() {
    let (station, id, mut peer) = pair();
    let writer = std::thread::spawn(move || {
        peer.write_all(&vec![1; 8 << 20]).unwrap();
    });
    let mut got = 0;
    while got < 8 << 20 {
        let event = next(&station);
        assert_eq!((event.kind, event.index), (Kind::Received, id));
        let length = event.length.unwrap();
        assert!(length <= inbox::ROOM);
        assert_eq!(station.recv(id, length as i64).len(), length);
        got += length;
    }
    writer.join().unwrap();
    assert_eq!(next(&station).kind, Kind::Ended);
}

#[test]
fn a_send_is_confirmed_once_and_a_second_one_must_wait() {
    let (station, id, mut peer) = pair();
    let large = vec![3; 20 << 20];
    assert_eq!(station.send(id, &large), Code::Ok);
    assert_eq!(station.send(id, b"more"), Code::InProgress);
    assert_eq!(station.receive(Some(Instant::now())).unwrap(), None);
    let mut got = vec![0; large.len()];
    peer.read_exact(&mut got).unwrap();
    assert!(got == large);
    let confirmed = next(&station);
    assert_eq!((confirmed.kind, confirmed.length), (Kind::Sent, Some(large.len())));
    assert_eq!(station.receive(Some(Instant::now())).unwrap(), None);
}

#[test]
fn what_was_accepted_goes_after_close_and_destroy() {
    let (station, id, mut peer) = pair();
    let large = vec![3; 20 << 20];
    assert_eq!(station.send(id, &large), Code::Ok);
    assert!(station.close(id));
    assert!(station.destroy(id));
    drop(station);
    let mut got = Vec::new();
    peer.read_to_end(&mut got).unwrap();
    assert!(got == large);
}

#[test]
fn a_send_that_fails_under_way_is_told_and_counted() {
    let (station, id, peer) = pair();
    assert_eq!(station.send(id, &vec![3; 20 << 20]), Code::Ok);
    // Unread input at its close makes the system reset the connection.
    drop(peer);
    let failed = next(&station);
    assert_eq!((failed.kind, failed.result, failed.length), (Kind::Sent, 1, Some(0)));
    assert!(failed.text.is_some());
    assert_eq!(next(&station).kind, Kind::Ended);
    assert!(station.dropped() > 0);
}

#[test]
fn messages_of_a_destroyed_id_are_dropped_and_vacant_ids_answer() {
    let (station, id, mut peer) = pair();
    peer.write_all(b"unread").unwrap();
    assert_eq!(station.send(id, b"sent"), Code::Ok);
    peer.read_exact(&mut [0; 4]).unwrap();
    assert!(station.destroy(id));
    assert_eq!(station.receive(Some(Instant::now())).unwrap(), None);
    assert!(station.close(id));
    assert_eq!(next(&station), Event::new(Kind::Closed, id));
    assert!(!station.close(10) && !station.close(-1) && !station.destroy(i64::MAX));
}

#[test]
fn the_queue_stays_bounded_whatever_a_program_does() {
    let (station, id, mut peer) = pair();
    let drain = std::thread::spawn(move || {
        let mut all = Vec::new();
        peer.read_to_end(&mut all).map(|_| all.len())
    });
    let accepted = (0..5_000).filter(|_| station.send(id, b"x") == Code::Ok).count();
    assert!((1..=1024).contains(&accepted), "{accepted}");
    (0..10_000).for_each(|_| assert!(station.close(id)));
    (0..10_000).for_each(|_| assert!(station.close(9)));
    let mut count = 0;
    while station.receive(Some(Instant::now())).unwrap().is_some() {
        count += 1;
    }
    assert!((accepted..20_000).contains(&count), "{count}");
    assert_eq!(drain.join().unwrap().unwrap(), accepted);
}

#[test]
fn timers_come_once_in_order_and_not_when_stopped() {
    let station = Station::new();
    for (id, millis) in [(1, 20), (2, 5), (3, 10), (4, 100_000)] {
        assert!(station.timer_start(id, millis));
    }
    station.timer_stop(3);
    assert!(station.timer_start(4, 8));
    let order: Vec<_> = (0..3).map(|_| next(&station).timer().unwrap()).collect();
    assert_eq!(order, [2, 4, 1]);
    assert!(station.timer_start(5, 0));
    // It is due, perhaps queued already, and stopped all the same.
    station.receive(Some(Instant::now())).unwrap().map_or_else(|| station.timer_stop(5), drop);
    assert_eq!(station.receive(Some(Instant::now())).unwrap(), None);
    assert!(!station.timer_start(1, -1));
}

#[test]
fn datagrams_come_one_by_one() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let station = Station::new();
    let port = Argument::Number(server.local_addr().unwrap().port().into());
    let id = i64::from(station.connect(1, text("localhost"), port, None).unwrap());
    assert_eq!(next(&station), Event::new(Kind::Connected, id));
    assert_eq!(station.send(id, b"question"), Code::Ok);
    assert_eq!(next(&station).length, Some(8));
    let (_, from) = server.recv_from(&mut [0; 100]).unwrap();
    for answer in [&b"one"[..], b"", b"three"] {
        server.send_to(answer, from).unwrap();
    }
    for answer in [&b"one"[..], b"", b"three"] {
        let told = next(&station);
        assert_eq!((told.kind, told.length), (Kind::Received, Some(answer.len())));
        assert_eq!(station.recv(id, 100), answer);
    }
}

#[test]
fn an_ended_stations_callback_and_descriptor_tell_of_messages() {
    let (station, id, mut peer) = pair();
    let (sender, receiver) = std::sync::mpsc::channel();
    let bell = Arc::new(move || {
        let _ = sender.send(());
    });
    assert!(station.arm(bell.clone()));
    let descriptor = station.descriptor().unwrap();
    peer.write_all(b"x").unwrap();
    receiver.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(descriptor >= 0 && !station.arm(bell));
    assert_eq!(next(&station).length, Some(1));
    assert_eq!(station.recv(id, 9), b"x");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is called in whatever order, nothing panics and ids stay below the limit.
    #[test]
    fn any_calls_in_any_order(calls in proptest::collection::vec((0..9_u8, -1..12_i64), 1..60)) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let station = Station::new();
        for (call, id) in calls {
            match call {
                0 => {
                    let port = Argument::Number(port.into());
                    let made = station.connect(id & 1, text("127.0.0.1"), port, None);
                    prop_assert!(made.is_err() || made.is_ok_and(|id| id < 10));
                }
                1 => drop(station.listen(0, None, None)),
                2 => drop(station.send(id, b"some bytes")),
                3 => drop(station.recv(id, 5)),
                4 => prop_assert_eq!(station.close(id), (0..10).contains(&id)),
                5 => prop_assert_eq!(station.destroy(id), (0..10).contains(&id)),
                6 => drop(station.timer_start(id, id)),
                7 => station.timer_stop(id),
                _ => drop(station.receive(Some(Instant::now()))),
            }
        }
    }
}
