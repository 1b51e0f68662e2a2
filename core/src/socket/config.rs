//! What a socket's options mean for the connections of an endpoint made now.

use std::sync::Arc;

use bytes::Bytes;

use crate::{option::Options, pattern::Marks, session::Config, transport::StreamOptions};

/// The connections' view of the options.
pub(super) fn of(options: &Options) -> Arc<Config> {
    Arc::new(Config {
        stream: stream(options),
        ipv6: options.ipv6,
        max_message: usize::try_from(options.maxmsgsize).ok(),
        send_marks: marks(options.sndhwm, options.sndhwm_bytes),
        receive_marks: marks(options.rcvhwm, options.rcvhwm_bytes),
        reconnect: options.reconnect_ivl.duration(),
        reconnect_max: options.reconnect_ivl_max.duration().unwrap_or_default(),
        connect_timeout: options.connect_timeout.unless_zero(),
        handshake: options.handshake_ivl.unless_zero(),
        attach_early: !options.immediate,
        routing_id: Bytes::copy_from_slice(&options.routing_id),
        priorities: (small(options.sndprio), small(options.rcvprio)),
    })
}

fn stream(options: &Options) -> StreamOptions {
    StreamOptions {
        no_delay: options.tcp_nodelay,
        send_buffer: usize::try_from(options.sndbuf).ok().filter(|size| *size > 0),
        receive_buffer: usize::try_from(options.rcvbuf).ok().filter(|size| *size > 0),
        tcp_keepalive: int(options.tcp_keepalive),
        tcp_keepalive_idle: int(options.tcp_keepalive_idle),
        tcp_keepalive_cnt: int(options.tcp_keepalive_cnt),
        tcp_keepalive_intvl: int(options.tcp_keepalive_intvl),
        tos: u32::try_from(options.tos).unwrap_or(0),
        ipv6: options.ipv6,
        backlog: int(options.backlog),
        bind_to_device: (!options.bindtodevice.is_empty()).then(|| options.bindtodevice.clone()),
    }
}

fn marks(messages: i64, bytes: i64) -> Marks {
    let limit = |value| usize::try_from(value).unwrap_or(usize::MAX);
    Marks { messages: limit(messages), bytes: limit(bytes) }
}

/// The table holds all of these within 32 bits.
fn int(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn small(priority: i64) -> u8 {
    u8::try_from(priority).unwrap_or(u8::MAX)
}
