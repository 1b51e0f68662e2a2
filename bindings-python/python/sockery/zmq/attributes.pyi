# Made by bindings-python/stubs.py from the engine's tables. Do not edit.

from typing import Any

def check_value(option: int, value: Any, context: bool = False) -> Any: ...
def shown(value: Any) -> Any: ...

class SocketOptions:
    linger: int
    LINGER: int
    sndtimeo: int
    SNDTIMEO: int
    rcvtimeo: int
    RCVTIMEO: int
    reconnect_ivl: int
    RECONNECT_IVL: int
    reconnect_ivl_max: int
    RECONNECT_IVL_MAX: int
    connect_timeout: int
    CONNECT_TIMEOUT: int
    handshake_ivl: int
    HANDSHAKE_IVL: int
    sndhwm: int
    SNDHWM: int
    rcvhwm: int
    RCVHWM: int
    hwm: int
    HWM: int
    sndhwm_bytes: int
    SNDHWM_BYTES: int
    rcvhwm_bytes: int
    RCVHWM_BYTES: int
    maxmsgsize: int
    MAXMSGSIZE: int
    conflate: int
    CONFLATE: int
    immediate: int
    IMMEDIATE: int
    delay_attach_on_connect: int
    DELAY_ATTACH_ON_CONNECT: int
    subscribe: bytes
    SUBSCRIBE: bytes
    unsubscribe: bytes
    UNSUBSCRIBE: bytes
    routing_id: bytes
    ROUTING_ID: bytes
    identity: bytes
    IDENTITY: bytes
    connect_routing_id: bytes
    CONNECT_ROUTING_ID: bytes
    connect_rid: bytes
    CONNECT_RID: bytes
    router_mandatory: int
    ROUTER_MANDATORY: int
    fail_unroutable: int
    FAIL_UNROUTABLE: int
    router_behavior: int
    ROUTER_BEHAVIOR: int
    router_handover: int
    ROUTER_HANDOVER: int
    router_raw: int
    ROUTER_RAW: int
    probe_router: int
    PROBE_ROUTER: int
    req_correlate: int
    REQ_CORRELATE: int
    req_relaxed: int
    REQ_RELAXED: int
    xpub_verbose: int
    XPUB_VERBOSE: int
    xpub_verboser: int
    XPUB_VERBOSER: int
    xpub_nodrop: int
    XPUB_NODROP: int
    xpub_manual: int
    XPUB_MANUAL: int
    xpub_welcome_msg: bytes
    XPUB_WELCOME_MSG: bytes
    invert_matching: int
    INVERT_MATCHING: int
    stream_notify: int
    STREAM_NOTIFY: int
    @property
    def type(self) -> int: ...
    @property
    def TYPE(self) -> int: ...
    @property
    def fd(self) -> int: ...
    @property
    def FD(self) -> int: ...
    @property
    def events(self) -> int: ...
    @property
    def EVENTS(self) -> int: ...
    @property
    def rcvmore(self) -> int: ...
    @property
    def RCVMORE(self) -> int: ...
    @property
    def last_endpoint(self) -> bytes: ...
    @property
    def LAST_ENDPOINT(self) -> bytes: ...
    @property
    def thread_safe(self) -> int: ...
    @property
    def THREAD_SAFE(self) -> int: ...
    @property
    def mechanism(self) -> int: ...
    @property
    def MECHANISM(self) -> int: ...
    ipv6: int
    IPV6: int
    ipv4only: int
    IPV4ONLY: int
    backlog: int
    BACKLOG: int
    sndbuf: int
    SNDBUF: int
    rcvbuf: int
    RCVBUF: int
    tcp_keepalive: int
    TCP_KEEPALIVE: int
    tcp_keepalive_cnt: int
    TCP_KEEPALIVE_CNT: int
    tcp_keepalive_idle: int
    TCP_KEEPALIVE_IDLE: int
    tcp_keepalive_intvl: int
    TCP_KEEPALIVE_INTVL: int
    tcp_maxrt: int
    TCP_MAXRT: int
    tos: int
    TOS: int
    bindtodevice: bytes
    BINDTODEVICE: bytes
    use_fd: int
    USE_FD: int
    socks_proxy: bytes
    SOCKS_PROXY: bytes
    affinity: int
    AFFINITY: int
    rate: int
    RATE: int
    recovery_ivl: int
    RECOVERY_IVL: int
    multicast_hops: int
    MULTICAST_HOPS: int
    multicast_maxtpdu: int
    MULTICAST_MAXTPDU: int
    vmci_buffer_size: int
    VMCI_BUFFER_SIZE: int
    vmci_buffer_min_size: int
    VMCI_BUFFER_MIN_SIZE: int
    vmci_buffer_max_size: int
    VMCI_BUFFER_MAX_SIZE: int
    vmci_connect_timeout: int
    VMCI_CONNECT_TIMEOUT: int
    heartbeat_ivl: int
    HEARTBEAT_IVL: int
    heartbeat_ttl: int
    HEARTBEAT_TTL: int
    heartbeat_timeout: int
    HEARTBEAT_TIMEOUT: int
    plain_server: int
    PLAIN_SERVER: int
    plain_username: bytes
    PLAIN_USERNAME: bytes
    plain_password: bytes
    PLAIN_PASSWORD: bytes
    curve_server: int
    CURVE_SERVER: int
    curve_publickey: bytes
    CURVE_PUBLICKEY: bytes
    curve_secretkey: bytes
    CURVE_SECRETKEY: bytes
    curve_serverkey: bytes
    CURVE_SERVERKEY: bytes
    zap_domain: bytes
    ZAP_DOMAIN: bytes
    gssapi_server: int
    GSSAPI_SERVER: int
    gssapi_principal: bytes
    GSSAPI_PRINCIPAL: bytes
    gssapi_service_principal: bytes
    GSSAPI_SERVICE_PRINCIPAL: bytes
    gssapi_plaintext: int
    GSSAPI_PLAINTEXT: int
    gssapi_principal_nametype: int
    GSSAPI_PRINCIPAL_NAMETYPE: int
    gssapi_service_principal_nametype: int
    GSSAPI_SERVICE_PRINCIPAL_NAMETYPE: int
    tcp_accept_filter: bytes
    TCP_ACCEPT_FILTER: bytes
    ipc_filter_pid: int
    IPC_FILTER_PID: int
    ipc_filter_uid: int
    IPC_FILTER_UID: int
    ipc_filter_gid: int
    IPC_FILTER_GID: int
    tls_client_cert: int
    TLS_CLIENT_CERT: int
    tls_min_version: int
    TLS_MIN_VERSION: int
    ws_origins: bytes
    WS_ORIGINS: bytes
    zap_enforce_domain: int
    ZAP_ENFORCE_DOMAIN: int
    loopback_fastpath: int
    LOOPBACK_FASTPATH: int
    metadata: bytes
    METADATA: bytes
    multicast_loop: int
    MULTICAST_LOOP: int
    router_notify: int
    ROUTER_NOTIFY: int
    xpub_manual_last_value: int
    XPUB_MANUAL_LAST_VALUE: int
    socks_username: bytes
    SOCKS_USERNAME: bytes
    socks_password: bytes
    SOCKS_PASSWORD: bytes
    in_batch_size: int
    IN_BATCH_SIZE: int
    out_batch_size: int
    OUT_BATCH_SIZE: int
    tls_key: bytes
    TLS_KEY: bytes
    wss_key_pem: bytes
    WSS_KEY_PEM: bytes
    tls_cert: bytes
    TLS_CERT: bytes
    wss_cert_pem: bytes
    WSS_CERT_PEM: bytes
    tls_ca: bytes
    TLS_CA: bytes
    wss_trust_pem: bytes
    WSS_TRUST_PEM: bytes
    tls_server_name: bytes
    TLS_SERVER_NAME: bytes
    wss_hostname: bytes
    WSS_HOSTNAME: bytes
    tls_trust_system: int
    TLS_TRUST_SYSTEM: int
    wss_trust_system: int
    WSS_TRUST_SYSTEM: int
    only_first_subscribe: int
    ONLY_FIRST_SUBSCRIBE: int
    reconnect_stop: int
    RECONNECT_STOP: int
    hello_msg: bytes
    HELLO_MSG: bytes
    disconnect_msg: bytes
    DISCONNECT_MSG: bytes
    priority: int
    PRIORITY: int
    busy_poll: int
    BUSY_POLL: int
    hiccup_msg: bytes
    HICCUP_MSG: bytes
    xsub_verbose_unsubscribe: int
    XSUB_VERBOSE_UNSUBSCRIBE: int
    @property
    def topics_count(self) -> int: ...
    @property
    def TOPICS_COUNT(self) -> int: ...
    norm_mode: int
    NORM_MODE: int
    norm_unicast_nack: int
    NORM_UNICAST_NACK: int
    norm_buffer_size: int
    NORM_BUFFER_SIZE: int
    norm_segment_size: int
    NORM_SEGMENT_SIZE: int
    norm_block_size: int
    NORM_BLOCK_SIZE: int
    norm_num_parity: int
    NORM_NUM_PARITY: int
    norm_num_autoparity: int
    NORM_NUM_AUTOPARITY: int
    norm_push: int
    NORM_PUSH: int

class ContextOptions:
    ipv6: int
    IPV6: int
    io_threads: int
    IO_THREADS: int
    max_sockets: int
    MAX_SOCKETS: int
    socket_limit: int
    SOCKET_LIMIT: int
    thread_priority: int
    THREAD_PRIORITY: int
    thread_sched_policy: int
    THREAD_SCHED_POLICY: int
    max_msgsz: int
    MAX_MSGSZ: int
    @property
    def msg_t_size(self) -> int: ...
    @property
    def MSG_T_SIZE(self) -> int: ...
    thread_affinity_cpu_add: int
    THREAD_AFFINITY_CPU_ADD: int
    thread_affinity_cpu_remove: int
    THREAD_AFFINITY_CPU_REMOVE: int
    thread_name_prefix: int
    THREAD_NAME_PREFIX: int
    blocky: int
    BLOCKY: int
    linger: int
    LINGER: int
    sndtimeo: int
    SNDTIMEO: int
    rcvtimeo: int
    RCVTIMEO: int
    reconnect_ivl: int
    RECONNECT_IVL: int
    reconnect_ivl_max: int
    RECONNECT_IVL_MAX: int
    connect_timeout: int
    CONNECT_TIMEOUT: int
    handshake_ivl: int
    HANDSHAKE_IVL: int
    sndhwm: int
    SNDHWM: int
    rcvhwm: int
    RCVHWM: int
    hwm: int
    HWM: int
    sndhwm_bytes: int
    SNDHWM_BYTES: int
    rcvhwm_bytes: int
    RCVHWM_BYTES: int
    maxmsgsize: int
    MAXMSGSIZE: int
    conflate: int
    CONFLATE: int
    immediate: int
    IMMEDIATE: int
    delay_attach_on_connect: int
    DELAY_ATTACH_ON_CONNECT: int
    subscribe: bytes
    SUBSCRIBE: bytes
    unsubscribe: bytes
    UNSUBSCRIBE: bytes
    routing_id: bytes
    ROUTING_ID: bytes
    identity: bytes
    IDENTITY: bytes
    connect_routing_id: bytes
    CONNECT_ROUTING_ID: bytes
    connect_rid: bytes
    CONNECT_RID: bytes
    router_mandatory: int
    ROUTER_MANDATORY: int
    fail_unroutable: int
    FAIL_UNROUTABLE: int
    router_behavior: int
    ROUTER_BEHAVIOR: int
    router_handover: int
    ROUTER_HANDOVER: int
    router_raw: int
    ROUTER_RAW: int
    probe_router: int
    PROBE_ROUTER: int
    req_correlate: int
    REQ_CORRELATE: int
    req_relaxed: int
    REQ_RELAXED: int
    xpub_verbose: int
    XPUB_VERBOSE: int
    xpub_verboser: int
    XPUB_VERBOSER: int
    xpub_nodrop: int
    XPUB_NODROP: int
    xpub_manual: int
    XPUB_MANUAL: int
    xpub_welcome_msg: bytes
    XPUB_WELCOME_MSG: bytes
    invert_matching: int
    INVERT_MATCHING: int
    stream_notify: int
    STREAM_NOTIFY: int
    @property
    def type(self) -> int: ...
    @property
    def TYPE(self) -> int: ...
    @property
    def fd(self) -> int: ...
    @property
    def FD(self) -> int: ...
    @property
    def events(self) -> int: ...
    @property
    def EVENTS(self) -> int: ...
    @property
    def rcvmore(self) -> int: ...
    @property
    def RCVMORE(self) -> int: ...
    @property
    def last_endpoint(self) -> bytes: ...
    @property
    def LAST_ENDPOINT(self) -> bytes: ...
    @property
    def thread_safe(self) -> int: ...
    @property
    def THREAD_SAFE(self) -> int: ...
    @property
    def mechanism(self) -> int: ...
    @property
    def MECHANISM(self) -> int: ...
    ipv4only: int
    IPV4ONLY: int
    backlog: int
    BACKLOG: int
    sndbuf: int
    SNDBUF: int
    rcvbuf: int
    RCVBUF: int
    tcp_keepalive: int
    TCP_KEEPALIVE: int
    tcp_keepalive_cnt: int
    TCP_KEEPALIVE_CNT: int
    tcp_keepalive_idle: int
    TCP_KEEPALIVE_IDLE: int
    tcp_keepalive_intvl: int
    TCP_KEEPALIVE_INTVL: int
    tcp_maxrt: int
    TCP_MAXRT: int
    tos: int
    TOS: int
    bindtodevice: bytes
    BINDTODEVICE: bytes
    use_fd: int
    USE_FD: int
    socks_proxy: bytes
    SOCKS_PROXY: bytes
    affinity: int
    AFFINITY: int
    rate: int
    RATE: int
    recovery_ivl: int
    RECOVERY_IVL: int
    multicast_hops: int
    MULTICAST_HOPS: int
    multicast_maxtpdu: int
    MULTICAST_MAXTPDU: int
    vmci_buffer_size: int
    VMCI_BUFFER_SIZE: int
    vmci_buffer_min_size: int
    VMCI_BUFFER_MIN_SIZE: int
    vmci_buffer_max_size: int
    VMCI_BUFFER_MAX_SIZE: int
    vmci_connect_timeout: int
    VMCI_CONNECT_TIMEOUT: int
    heartbeat_ivl: int
    HEARTBEAT_IVL: int
    heartbeat_ttl: int
    HEARTBEAT_TTL: int
    heartbeat_timeout: int
    HEARTBEAT_TIMEOUT: int
    plain_server: int
    PLAIN_SERVER: int
    plain_username: bytes
    PLAIN_USERNAME: bytes
    plain_password: bytes
    PLAIN_PASSWORD: bytes
    curve_server: int
    CURVE_SERVER: int
    curve_publickey: bytes
    CURVE_PUBLICKEY: bytes
    curve_secretkey: bytes
    CURVE_SECRETKEY: bytes
    curve_serverkey: bytes
    CURVE_SERVERKEY: bytes
    zap_domain: bytes
    ZAP_DOMAIN: bytes
    gssapi_server: int
    GSSAPI_SERVER: int
    gssapi_principal: bytes
    GSSAPI_PRINCIPAL: bytes
    gssapi_service_principal: bytes
    GSSAPI_SERVICE_PRINCIPAL: bytes
    gssapi_plaintext: int
    GSSAPI_PLAINTEXT: int
    gssapi_principal_nametype: int
    GSSAPI_PRINCIPAL_NAMETYPE: int
    gssapi_service_principal_nametype: int
    GSSAPI_SERVICE_PRINCIPAL_NAMETYPE: int
    tcp_accept_filter: bytes
    TCP_ACCEPT_FILTER: bytes
    ipc_filter_pid: int
    IPC_FILTER_PID: int
    ipc_filter_uid: int
    IPC_FILTER_UID: int
    ipc_filter_gid: int
    IPC_FILTER_GID: int
    tls_client_cert: int
    TLS_CLIENT_CERT: int
    tls_min_version: int
    TLS_MIN_VERSION: int
    ws_origins: bytes
    WS_ORIGINS: bytes
    zap_enforce_domain: int
    ZAP_ENFORCE_DOMAIN: int
    loopback_fastpath: int
    LOOPBACK_FASTPATH: int
    metadata: bytes
    METADATA: bytes
    multicast_loop: int
    MULTICAST_LOOP: int
    router_notify: int
    ROUTER_NOTIFY: int
    xpub_manual_last_value: int
    XPUB_MANUAL_LAST_VALUE: int
    socks_username: bytes
    SOCKS_USERNAME: bytes
    socks_password: bytes
    SOCKS_PASSWORD: bytes
    in_batch_size: int
    IN_BATCH_SIZE: int
    out_batch_size: int
    OUT_BATCH_SIZE: int
    tls_key: bytes
    TLS_KEY: bytes
    wss_key_pem: bytes
    WSS_KEY_PEM: bytes
    tls_cert: bytes
    TLS_CERT: bytes
    wss_cert_pem: bytes
    WSS_CERT_PEM: bytes
    tls_ca: bytes
    TLS_CA: bytes
    wss_trust_pem: bytes
    WSS_TRUST_PEM: bytes
    tls_server_name: bytes
    TLS_SERVER_NAME: bytes
    wss_hostname: bytes
    WSS_HOSTNAME: bytes
    tls_trust_system: int
    TLS_TRUST_SYSTEM: int
    wss_trust_system: int
    WSS_TRUST_SYSTEM: int
    only_first_subscribe: int
    ONLY_FIRST_SUBSCRIBE: int
    reconnect_stop: int
    RECONNECT_STOP: int
    hello_msg: bytes
    HELLO_MSG: bytes
    disconnect_msg: bytes
    DISCONNECT_MSG: bytes
    priority: int
    PRIORITY: int
    busy_poll: int
    BUSY_POLL: int
    hiccup_msg: bytes
    HICCUP_MSG: bytes
    xsub_verbose_unsubscribe: int
    XSUB_VERBOSE_UNSUBSCRIBE: int
    @property
    def topics_count(self) -> int: ...
    @property
    def TOPICS_COUNT(self) -> int: ...
    norm_mode: int
    NORM_MODE: int
    norm_unicast_nack: int
    NORM_UNICAST_NACK: int
    norm_buffer_size: int
    NORM_BUFFER_SIZE: int
    norm_segment_size: int
    NORM_SEGMENT_SIZE: int
    norm_block_size: int
    NORM_BLOCK_SIZE: int
    norm_num_parity: int
    NORM_NUM_PARITY: int
    norm_num_autoparity: int
    NORM_NUM_AUTOPARITY: int
    norm_push: int
    NORM_PUSH: int
