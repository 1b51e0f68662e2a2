// The worker of nng 2.
#include "worker.h"

#include <nng/nng.h>
#include <stdlib.h>
#include <string.h>

#define OK(call)                                                                                   \
    do {                                                                                           \
        int result = (call);                                                                       \
        if (result)                                                                                \
            DIE("%s: %s", #call, nng_strerror(result));                                            \
    } while (0)

struct peer {
    nng_socket socket;
};

static void open_kind(enum kind kind, nng_socket *socket) {
    switch (kind) {
    case PUSH: OK(nng_push0_open(socket)); break;
    case PULL: OK(nng_pull0_open(socket)); break;
    case REQ: OK(nng_req0_open(socket)); break;
    case REP: OK(nng_rep0_open(socket)); break;
    case PUB: OK(nng_pub0_open(socket)); break;
    case SUB: OK(nng_sub0_open(socket)); break;
    }
}

peer *peer_open(enum kind kind, int bind, const char *url, size_t size) {
    static int begun;
    (void)size;
    if (!begun++)
        OK(nng_init(NULL));
    peer *p = malloc(sizeof *p);
    open_kind(kind, &p->socket);
    // Not every kind has every buffer; those that have one take it.
    nng_socket_set_int(p->socket, NNG_OPT_SENDBUF, MARK);
    nng_socket_set_int(p->socket, NNG_OPT_RECVBUF, MARK);
    nng_socket_set_size(p->socket, NNG_OPT_RECVMAXSZ, 0);
    if (kind == SUB)
        OK(nng_sub0_socket_subscribe(p->socket, "", 0));
    if (bind)
        OK(nng_listen(p->socket, url, NULL, 0));
    else
        OK(nng_dial(p->socket, url, NULL, 0));
    return p;
}

void peer_send(peer *p, const void *body, size_t size) {
    nng_msg *message;
    OK(nng_msg_alloc(&message, size));
    memcpy(nng_msg_body(message), body, size);
    OK(nng_sendmsg(p->socket, message, 0));
}

size_t peer_recv(peer *p) {
    nng_msg *message;
    OK(nng_recvmsg(p->socket, &message, 0));
    size_t size = nng_msg_len(message);
    nng_msg_free(message);
    return size;
}

void peer_echo(peer *p) {
    nng_msg *message;
    OK(nng_recvmsg(p->socket, &message, 0));
    OK(nng_sendmsg(p->socket, message, 0));
}

void peer_flush(peer *p) { (void)p; }
