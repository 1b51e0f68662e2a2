//! The worker of rzmq.

use std::sync::OnceLock;

use bench_peers::{Peer, play};
use bytes::Bytes;
use rzmq::{
    Context, Msg, Socket, SocketType, ZmqError,
    socket::options::{RCVHWM, SNDHWM, SUBSCRIBE},
};

struct Rzmq(Socket);

fn context() -> &'static Context {
    static CONTEXT: OnceLock<Context> = OnceLock::new();
    CONTEXT.get_or_init(|| Context::new().expect("a context opens"))
}

fn type_of(kind: &str) -> SocketType {
    match kind {
        "push" => SocketType::Push,
        "pull" => SocketType::Pull,
        "req" => SocketType::Req,
        "rep" => SocketType::Rep,
        "pub" => SocketType::Pub,
        _ => SocketType::Sub,
    }
}

impl Peer for Rzmq {
    async fn open(kind: &'static str, bind: bool, url: String) -> Self {
        let socket = context().socket(type_of(kind)).expect("a socket opens");
        for mark in [SNDHWM, RCVHWM] {
            socket.set_option(mark, 1_000_i32).await.expect("it takes a mark");
        }
        if kind == "sub" {
            socket.set_option_raw(SUBSCRIBE, b"").await.expect("it subscribes");
        }
        if bind {
            socket.bind(&url).await.expect("it binds");
        } else {
            socket.connect(&url).await.expect("it connects");
        }
        Self(socket)
    }

    async fn send(&mut self, body: Bytes) {
        loop {
            match self.0.send(Msg::from_bytes(body.clone())).await {
                Ok(()) => return,
                // No peer yet, or no room.
                Err(
                    ZmqError::ResourceLimitReached
                    | ZmqError::InvalidState(_)
                    | ZmqError::HostUnreachable(_),
                ) => tokio::task::yield_now().await,
                Err(why) => panic!("{why:?}"),
            }
        }
    }

    async fn recv(&mut self) -> Bytes {
        self.0.recv().await.expect("it receives").data_bytes().unwrap_or_default()
    }
}

fn main() {
    play::<Rzmq>();
}
