//! What a socket's options mean for the connections of an endpoint made now.

use std::sync::Arc;

use bytes::Bytes;

use super::tls;
use crate::{
    error::{Error, ErrorCode},
    option::{
        Key, Mechanism, NOTIFY_CONNECT, NOTIFY_DISCONNECT, Options, RECONNECT_STOP_CONN_REFUSED,
        RECONNECT_STOP_HANDSHAKE_FAILED, WS_MSG_TYPE_TEXT,
    },
    pattern::Marks,
    session::{Config, Heartbeat, Notices, Profile, ReconnectStop},
    transport::{Endpoint, MulticastOptions, Purpose, SocksProxy, StreamOptions},
    wire::{KeyPair, Security},
};

/// The longest silence to be given up for that is asked of peers, in tenths of a second. libzmq 4.3.5 keeps
/// the milliseconds in 16 bits: after more it would give us up at once.
const MOST_TTL: u16 = 655;

/// The connections' view of the options.
///
/// # Errors
/// EINVAL when a stream's security mechanism lacks a key, or TLS a certificate; EPROTONOSUPPORT for a transport
/// that the kind does not go over.
pub(super) fn of(
    options: &Options,
    profile: &Profile,
    endpoint: &Endpoint,
    purpose: Purpose,
) -> Result<Arc<Config>, Error> {
    if !matches!(endpoint, Endpoint::Inproc(_)) {
        options.security.check()?;
    }
    let bare = profile.is_bare() || options.router_raw;
    let is_stream = matches!(endpoint, Endpoint::Tcp(_) | Endpoint::Tls(_) | Endpoint::Ipc(_));
    if bare && !is_stream {
        return Err(Error::new(
            ErrorCode::ProtocolNotSupported,
            format!(
                "a {} socket without a protocol goes over tcp://, tls+tcp:// and ipc://",
                profile.name
            ),
        ));
    }
    Ok(Arc::new(Config {
        stream: stream(options),
        multicast: MulticastOptions {
            hops: u32::try_from(options.multicast_hops).unwrap_or(u32::MAX).min(255),
            reach_own_host: options.multicast_loop,
        },
        tls: tls::of(&options.tls, endpoint, purpose)?,
        proxy: proxy(options)?,
        ipv6: options.ipv6,
        max_message: usize::try_from(options.maxmsgsize).ok(),
        send_marks: marks(options.conflate, options.sndhwm, options.sndhwm_bytes),
        receive_marks: marks(options.conflate, options.rcvhwm, options.rcvhwm_bytes),
        reconnect: options.reconnect_ivl.duration(),
        reconnect_max: options.reconnect_ivl_max.duration().unwrap_or_default(),
        reconnect_stop: reconnect_stop(options.reconnect_stop),
        connect_timeout: options.connect_timeout.unless_zero(),
        handshake: options.handshake_ivl.unless_zero(),
        attach_early: !options.immediate,
        routing_id: Bytes::copy_from_slice(&options.routing_id),
        metadata: options.metadata.properties().to_vec(),
        security: security(options),
        zap_domain: options.zap_domain.clone(),
        zap_enforce_domain: options.zap_enforce_domain,
        heartbeat: heartbeat(options),
        filters: options.filters.clone(),
        notices: notices(options, bare),
        bare,
        ws_origins: options.ws_origins.split_whitespace().map(str::to_owned).collect(),
        ws_text: options.ws_msg_type == WS_MSG_TYPE_TEXT.into(),
        priorities: (small(options.sndprio), small(options.rcvprio)),
    }))
}

/// The proxy that is wanted, if one is.
fn proxy(options: &Options) -> Result<Option<SocksProxy>, Error> {
    let Options { socks_proxy, socks_username, socks_password, .. } = options;
    let wanted = !socks_proxy.is_empty();
    wanted.then(|| SocksProxy::parse(socks_proxy, socks_username, socks_password)).transpose()
}

/// Keys that are missing were asked for before a stream is made.
fn security(options: &Options) -> Security {
    let chosen = &options.security;
    let key = |key: &Option<Key>| key.clone().unwrap_or_default();
    match (chosen.mechanism, chosen.as_server) {
        (Mechanism::Null, _) => Security::Null { asks: !options.zap_domain.is_empty() },
        (Mechanism::Plain, true) => Security::PlainServer,
        (Mechanism::Plain, false) => Security::PlainClient {
            username: chosen.username.clone(),
            password: chosen.password.clone(),
        },
        (Mechanism::Curve, true) => Security::CurveServer { secret: key(&chosen.secret_key) },
        (Mechanism::Curve, false) => Security::CurveClient {
            keys: KeyPair { public: key(&chosen.public_key), secret: key(&chosen.secret_key) },
            server: key(&chosen.server_key),
        },
    }
}

fn heartbeat(options: &Options) -> Option<Heartbeat> {
    let interval = options.heartbeat_ivl.unless_zero()?;
    let timeout = match options.heartbeat_timeout.duration() {
        None => Some(interval),
        Some(timeout) => Some(timeout).filter(|timeout| !timeout.is_zero()),
    };
    let tenths = options.heartbeat_ttl.duration().unwrap_or_default().as_millis() / 100;
    Some(Heartbeat {
        interval,
        timeout,
        ttl: u16::try_from(tenths).unwrap_or(MOST_TTL).min(MOST_TTL),
    })
}

fn notices(options: &Options, bare: bool) -> Notices {
    if bare {
        let (came, went) = (options.stream_notify, options.stream_notify);
        return Notices { came, went, ..Notices::default() };
    }
    let tells = |flag: i32| options.router_notify & i64::from(flag) != 0;
    Notices {
        came: tells(NOTIFY_CONNECT),
        went: tells(NOTIFY_DISCONNECT),
        disconnect: Bytes::copy_from_slice(&options.disconnect_msg),
        hiccup: Bytes::copy_from_slice(&options.hiccup_msg),
    }
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
        tcp_maxrt: options.tcp_maxrt.duration().unwrap_or_default(),
        tos: u32::try_from(options.tos).unwrap_or(0),
        priority: u32::try_from(options.priority).unwrap_or(0),
        busy_poll: u32::try_from(options.busy_poll).unwrap_or(0),
        ipv6: options.ipv6,
        backlog: int(options.backlog),
        bind_to_device: (!options.bindtodevice.is_empty()).then(|| options.bindtodevice.clone()),
        use_fd: Some(int(options.use_fd)).filter(|number| *number >= 0),
    }
}

/// What comes after a disconnect ends dialing in any case, as it always does with us.
fn reconnect_stop(flags: i64) -> ReconnectStop {
    let has = |flag: i32| flags & i64::from(flag) != 0;
    ReconnectStop {
        refused: has(RECONNECT_STOP_CONN_REFUSED),
        handshake_failed: has(RECONNECT_STOP_HANDSHAKE_FAILED),
    }
}

fn marks(conflate: bool, messages: i64, bytes: i64) -> Marks {
    if conflate {
        return Marks::NEWEST_ONLY;
    }
    let limit = |value| usize::try_from(value).unwrap_or(usize::MAX);
    Marks::new(limit(messages), limit(bytes))
}

/// The table holds all of these within 32 bits.
fn int(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn small(priority: i64) -> u8 {
    u8::try_from(priority).unwrap_or(u8::MAX)
}
