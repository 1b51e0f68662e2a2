//! The worker of zmq.rs (the crate `zeromq`).

use bench_peers::{Peer, play};
use bytes::Bytes;
use zeromq::{
    PubSocket, PullSocket, PushSocket, RepSocket, ReqSocket, Socket, SocketRecv, SocketSend,
    SubSocket, ZmqError, ZmqMessage,
};

enum ZmqRs {
    Push(PushSocket),
    Pull(PullSocket),
    Req(ReqSocket),
    Rep(RepSocket),
    Pub(PubSocket),
    Sub(SubSocket),
}

async fn attach<S: Socket>(bind: bool, url: &str) -> S {
    let mut socket = S::new();
    if bind {
        socket.bind(url).await.expect("it binds");
    } else {
        socket.connect(url).await.expect("it connects");
    }
    socket
}

impl Peer for ZmqRs {
    async fn open(kind: &'static str, bind: bool, url: String) -> Self {
        match kind {
            "push" => Self::Push(attach(bind, &url).await),
            "pull" => Self::Pull(attach(bind, &url).await),
            "req" => Self::Req(attach(bind, &url).await),
            "rep" => Self::Rep(attach(bind, &url).await),
            "pub" => Self::Pub(attach(bind, &url).await),
            _ => {
                let mut socket: SubSocket = attach(bind, &url).await;
                socket.subscribe("").await.expect("it subscribes");
                Self::Sub(socket)
            }
        }
    }

    async fn send(&mut self, body: Bytes) {
        loop {
            let message = ZmqMessage::from(body.clone());
            let sent = match self {
                Self::Push(socket) => socket.send(message).await,
                Self::Req(socket) => socket.send(message).await,
                Self::Rep(socket) => socket.send(message).await,
                Self::Pub(socket) => socket.send(message).await,
                Self::Pull(_) | Self::Sub(_) => unreachable!("no role sends here"),
            };
            match sent {
                Ok(()) => return,
                // No peer yet, or no room.
                Err(ZmqError::ReturnToSender { .. }) => tokio::task::yield_now().await,
                Err(why) => panic!("{why}"),
            }
        }
    }

    async fn recv(&mut self) -> Bytes {
        let received = match self {
            Self::Pull(socket) => socket.recv().await,
            Self::Req(socket) => socket.recv().await,
            Self::Rep(socket) => socket.recv().await,
            Self::Sub(socket) => socket.recv().await,
            Self::Push(_) | Self::Pub(_) => unreachable!("no role receives here"),
        };
        received.expect("it receives").get(0).expect("a message has a frame").clone()
    }
}

fn main() {
    play::<ZmqRs>();
}
