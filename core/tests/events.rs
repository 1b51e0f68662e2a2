//! Events, monitors, decisions and steered proxies, by the facade alone.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail as the test does")]

mod named;

use std::{net::TcpListener, thread};

use named::{open, set};
use sockery::facade::{
    Context, Dialect, ErrorCode, Message, Proxy, Socket, SocketEvent, Value, Wait, table,
};

fn wait() -> Wait {
    Wait::millis(10_000)
}

/// The name of an event that a watch tells.
fn name(event: &Message) -> String {
    let told = table::Value::decode(event.body()).unwrap();
    let Some(table::Value::Str(name)) = told.get("event") else { panic!("{told:?}") };
    name.to_string()
}

/// The events of a monitor's reader up to one: number and value.
fn events_up_to(reader: &Socket, last: SocketEvent) -> Vec<(u32, u32)> {
    let mut seen = Vec::new();
    loop {
        let message = reader.recv(wait()).unwrap();
        let head = &message.frames()[0];
        let number = u32::from(u16::from_ne_bytes([head[0], head[1]]));
        seen.push((number, u32::from_ne_bytes([head[2], head[3], head[4], head[5]])));
        if number == last.bit() {
            return seen;
        }
    }
}

#[test]
fn a_monitor_tells_in_libzmqs_order() {
    let context = Context::new();
    let (pull, push) =
        (open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH"));
    pull.monitor("inproc://pull", 0xffff, 1).unwrap();
    push.monitor("inproc://push", 0xffff, 1).unwrap();
    let readers = [open(&context, Dialect::Zmtp, "PAIR"), open(&context, Dialect::Zmtp, "PAIR")];
    readers[0].connect("inproc://pull").unwrap();
    readers[1].connect("inproc://push").unwrap();
    let address = pull.bind("tcp://127.0.0.1:*").unwrap().address;
    push.connect(&address).unwrap();
    push.send(Message::new("x"), wait()).unwrap();
    pull.recv(wait()).unwrap();
    let kinds = |seen: &[(u32, u32)]| seen.iter().map(|(kind, _)| *kind).collect::<Vec<_>>();
    let dialed = events_up_to(&readers[1], SocketEvent::HandshakeSucceeded);
    assert_eq!(kinds(&dialed), [0x2, 0x1, 0x1000]);
    assert_eq!(dialed[0].1, ErrorCode::InProgress.zmq().unsigned_abs());
    push.close();
    let accepted = events_up_to(&readers[0], SocketEvent::Disconnected);
    assert_eq!(kinds(&accepted), [0x8, 0x20, 0x1000, 0x200]);
    assert_eq!(accepted[1].1, accepted[3].1, "one descriptor");
    pull.close();
    let rest = events_up_to(&readers[0], SocketEvent::MonitorStopped);
    assert_eq!(kinds(&rest), [0x80, 0x400]);
}

#[test]
fn the_second_form_has_both_ends_and_the_statistics_of_pipes() {
    let context = Context::new();
    let (pull, push) =
        (open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH"));
    let all = SocketEvent::HandshakeSucceeded.bit() | SocketEvent::PipesStats.bit();
    pull.monitor("inproc://second", all.into(), 2).unwrap();
    let reader = open(&context, Dialect::Zmtp, "PAIR");
    reader.connect("inproc://second").unwrap();
    assert_eq!(pull.monitor_pipes_stats().unwrap_err().code(), ErrorCode::Again);
    let address = pull.bind("tcp://127.0.0.1:*").unwrap().address;
    push.connect(&address).unwrap();
    let number = |frame: &[u8]| u64::from_ne_bytes(frame.try_into().unwrap());
    let message = reader.recv(wait()).unwrap();
    let frames = message.frames();
    assert_eq!((number(&frames[0]), number(&frames[1])), (0x1000, 1));
    assert_eq!(frames.len(), 5);
    assert_eq!(&*frames[3], address.as_bytes());
    assert!(frames[4].starts_with(b"tcp://127.0.0.1:"));
    pull.monitor_pipes_stats().unwrap();
    let message = reader.recv(wait()).unwrap();
    assert_eq!((number(&message.frames()[0]), number(&message.frames()[1])), (0x1_0000, 2));
    assert_eq!(message.frames().len(), 6);
}

#[test]
fn what_no_monitor_can_be_is_refused() {
    let context = Context::new();
    let pull = open(&context, Dialect::Zmtp, "PULL");
    let code =
        |endpoint, events, version| pull.monitor(endpoint, events, version).unwrap_err().code();
    assert_eq!(code("tcp://127.0.0.1:*", 1, 1), ErrorCode::ProtocolNotSupported);
    assert_eq!(code("inproc://x", 0x1_0000, 1), ErrorCode::Invalid);
    assert_eq!(code("inproc://x", 1, 3), ErrorCode::Invalid);
    assert_eq!(pull.monitor_pipes_stats().unwrap_err().code(), ErrorCode::Invalid);
    open(&context, Dialect::Zmtp, "PAIR").bind("inproc://x").unwrap();
    let (holder, taken) = (open(&context, Dialect::Zmtp, "PAIR"), "inproc://taken");
    holder.bind(taken).unwrap();
    assert_eq!(code(taken, 1, 1), ErrorCode::AddressInUse);
}

#[test]
fn events_without_a_reader_are_bounded_and_their_loss_is_told() {
    let context = Context::new();
    let pull = open(&context, Dialect::Zmtp, "PULL");
    let queue = pull.watch(SocketEvent::BindFailed.bit()).unwrap();
    let holder = open(&context, Dialect::Zmtp, "PULL");
    let taken = holder.bind("tcp://127.0.0.1:*").unwrap().address;
    for _ in 0..4_000 {
        pull.bind(&taken).unwrap_err();
    }
    let lost = || pull.dropped().iter().find(|(why, _)| *why == "events").map(|(_, n)| *n);
    let missed = lost().unwrap();
    assert!(missed > 0 && missed < 4_000, "{missed}");
    let mut told = 0;
    for _ in missed..4_000 {
        let event = table::Value::decode(queue.recv(wait()).unwrap().body()).unwrap();
        assert_eq!(event.get("event"), Some(&table::Value::Str("bind_failed".into())));
        let Some(table::Value::Int(before)) = event.get("lost") else { panic!("{event:?}") };
        told += before;
    }
    pull.bind(&taken).unwrap_err();
    let event = table::Value::decode(queue.recv(wait()).unwrap().body()).unwrap();
    let Some(table::Value::Int(before)) = event.get("lost") else { panic!("{event:?}") };
    assert_eq!(u64::try_from(told + before).unwrap(), missed);
}

#[test]
fn what_reconnect_stop_names_ends_dialing() {
    const REFUSED: i32 = 1;
    const HANDSHAKE_FAILED: i32 = 2;
    for greets in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
        let listener = greets.then_some(listener);
        let context = Context::new();
        let dial = |stop| {
            let push = open(&context, Dialect::Zmtp, "PUSH");
            set(&push, "RECONNECT_STOP", stop);
            set(&push, "RECONNECT_IVL", 1);
            let events = SocketEvent::ConnectRetried.bit() | SocketEvent::Closed.bit();
            let queue = push.watch(events | SocketEvent::Disconnected.bit()).unwrap();
            push.connect(&endpoint).unwrap();
            if let Some(listener) = &listener {
                let stream = listener.accept().unwrap();
                push.send(Message::new("waits"), wait()).unwrap();
                drop(stream);
            }
            let ended = if greets { "disconnected" } else { "closed" };
            assert_eq!(name(&queue.recv(wait()).unwrap()), ended);
            (push, queue)
        };
        let [stops, goes_on] =
            if greets { [HANDSHAKE_FAILED, REFUSED] } else { [REFUSED, HANDSHAKE_FAILED] };
        let (stopped, silent) = dial(stops);
        let (going, telling) = dial(goes_on);
        // Dials that go on tell the time.
        assert_eq!(name(&telling.recv(wait()).unwrap()), "connect_retried");
        if !greets {
            for event in ["closed", "connect_retried", "closed", "connect_retried"] {
                assert_eq!(name(&telling.recv(wait()).unwrap()), event);
            }
        }
        assert!(silent.recv(Wait::No).is_err());
        // The endpoint is gone, and what waited for it: neither is a close kept waiting.
        let lost = |push: &Socket| push.dropped().contains(&("peer_gone", 1));
        while greets && !lost(&stopped) {
            thread::yield_now();
        }
        assert!(!lost(&going));
        set(&stopped, "LINGER", -1);
        stopped.close();
        set(&going, "LINGER", 0);
        going.close();
        drop((silent, telling));
        context.terminate(wait()).unwrap();
    }
}

#[test]
fn a_proxy_obeys_and_counts() {
    let context = Context::new();
    let [front, back] =
        [open(&context, Dialect::Zmtp, "PULL"), open(&context, Dialect::Zmtp, "PUSH")];
    let (control, steer) =
        (open(&context, Dialect::Zmtp, "PAIR"), open(&context, Dialect::Zmtp, "PAIR"));
    front.bind("inproc://front").unwrap();
    back.bind("inproc://back").unwrap();
    control.bind("inproc://control").unwrap();
    let (push, pull) =
        (open(&context, Dialect::Zmtp, "PUSH"), open(&context, Dialect::Zmtp, "PULL"));
    push.connect("inproc://front").unwrap();
    pull.connect("inproc://back").unwrap();
    steer.connect("inproc://control").unwrap();
    let mut proxy = Proxy::new(front, back, None, Some(control)).unwrap();
    let runs = thread::spawn(move || proxy.run());
    let say = |word: &'static str| steer.send(Message::new(word), wait()).unwrap();
    let counts = || -> Vec<u64> {
        say("STATISTICS");
        let answer = steer.recv(wait()).unwrap();
        let number = |frame: &[u8]| u64::from_ne_bytes(frame.try_into().unwrap());
        answer.frames().iter().map(|frame| number(frame)).collect()
    };
    push.send(Message::new("abc"), wait()).unwrap();
    pull.recv(wait()).unwrap();
    assert_eq!(counts(), [1, 3, 0, 0, 0, 0, 1, 3]);
    say("PAUSE");
    // The answer shows that the pause was heard.
    counts();
    push.send(Message::new("de"), wait()).unwrap();
    say("nonsense");
    assert_eq!(counts(), [1, 3, 0, 0, 0, 0, 1, 3]);
    assert_eq!(pull.recv(Wait::No).unwrap_err().code(), ErrorCode::Again);
    say("RESUME");
    assert_eq!(pull.recv(wait()).unwrap().body().as_ref(), b"de");
    say("TERMINATE");
    runs.join().unwrap().unwrap();
}

#[test]
fn a_proxy_of_what_does_not_fit_is_refused() {
    let context = Context::new();
    let new = |front, back, control| {
        let [front, back] = [front, back].map(|name| open(&context, Dialect::Zmtp, name));
        Proxy::new(front, back, None, control)
    };
    assert_eq!(new("PUSH", "PUSH", None).unwrap_err().code(), ErrorCode::Invalid);
    let deaf = open(&context, Dialect::Zmtp, "PUSH");
    assert_eq!(new("PULL", "PUSH", Some(deaf)).unwrap_err().code(), ErrorCode::Invalid);
}

/// The event and the pipe of the next entry of a queue.
fn told(queue: &Socket) -> (String, i64) {
    let event = table::Value::decode(queue.recv(wait()).unwrap().body()).unwrap();
    let (Some(table::Value::Str(name)), Some(table::Value::Int(pipe))) =
        (event.get("event"), event.get("pipe"))
    else {
        panic!("{event:?}")
    };
    (name.to_string(), *pipe)
}

/// A PULL that decides about its peers, and the queue that asks.
fn deciding(context: &Context) -> (Socket, Socket) {
    const HANDSHAKE_IVL: i32 = 66;
    let pull = open(context, Dialect::Zmtp, "PULL");
    pull.set(0, HANDSHAKE_IVL, &Value::Int(50)).unwrap();
    let kinds = [SocketEvent::AddPre, SocketEvent::AddPost, SocketEvent::RemPost];
    let queue = pull.watch(kinds.iter().fold(0, |set, kind| set | kind.bit())).unwrap();
    pull.set_decides(true);
    (pull, queue)
}

#[test]
fn a_peer_of_whom_nothing_is_said_is_refused_at_the_end_of_the_handshake_time() {
    let context = Context::new();
    let (pull, queue) = deciding(&context);
    let address = pull.bind("tcp://127.0.0.1:*").unwrap().address;
    let push = open(&context, Dialect::Zmtp, "PUSH");
    push.connect(&address).unwrap();
    // What goes to a peer that hangs up is lost with it.
    push.send(Message::new("lost"), wait()).unwrap();
    let (first, pipe) = told(&queue);
    // It comes again, as after any lost connection; only then is it let in.
    let (second, again) = told(&queue);
    assert_eq!((first.as_str(), second.as_str(), pipe == again), ("add_pre", "add_pre", false));
    assert_eq!(pull.recv(Wait::No).unwrap_err().code(), ErrorCode::Again);
    assert!(pull.decide(pipe.try_into().unwrap(), true).is_err(), "its time is over");
    let (mut pipe, mut last) = (again, String::new());
    while last != "add_post" {
        // Its time may have passed, and then it comes again.
        let _ = pull.decide(pipe.try_into().unwrap(), true);
        (last, pipe) = told(&queue);
    }
    push.send(Message::new("x"), wait()).unwrap();
    assert_eq!(pull.recv(wait()).unwrap().body().as_ref(), b"x");
}

#[test]
fn a_peer_within_the_process_may_be_refused() {
    let context = Context::new();
    let (pull, queue) = deciding(&context);
    pull.bind("inproc://decided").unwrap();
    for take in [false, true] {
        let push = open(&context, Dialect::Zmtp, "PUSH");
        push.connect("inproc://decided").unwrap();
        push.send(Message::new("x"), wait()).unwrap();
        let (event, pipe) = told(&queue);
        assert_eq!(event, "add_pre");
        assert_eq!(pull.recv(Wait::No).unwrap_err().code(), ErrorCode::Again);
        pull.decide(pipe.try_into().unwrap(), take).unwrap();
        assert!(pull.decide(pipe.try_into().unwrap(), take).is_err(), "it was decided");
        if take {
            assert_eq!(told(&queue), ("add_post".to_owned(), pipe));
            assert_eq!(pull.recv(wait()).unwrap().body().as_ref(), b"x");
        }
        push.close_linger(0);
    }
}
