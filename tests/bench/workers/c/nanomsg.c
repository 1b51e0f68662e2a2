// The worker of nanomsg.
#include "worker.h"

#include <nanomsg/nn.h>
#include <nanomsg/pipeline.h>
#include <nanomsg/pubsub.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/tcp.h>
#include <stdlib.h>

#define OK(call) ((call) < 0 ? DIE("%s: %s", #call, nn_strerror(nn_errno())) : (void)0)

struct peer {
    int socket;
};

static const int types[] = {NN_PUSH, NN_PULL, NN_REQ, NN_REP, NN_PUB, NN_SUB};

peer *peer_open(enum kind kind, int bind, const char *url, size_t size) {
    int unlimited = -1, at_once = 1;
    (void)size;
    peer *p = malloc(sizeof *p);
    OK(p->socket = nn_socket(AF_SP, types[kind]));
    OK(nn_setsockopt(p->socket, NN_SOL_SOCKET, NN_RCVMAXSIZE, &unlimited, sizeof unlimited));
    OK(nn_setsockopt(p->socket, NN_TCP, NN_TCP_NODELAY, &at_once, sizeof at_once));
    if (kind == SUB)
        OK(nn_setsockopt(p->socket, NN_SUB, NN_SUB_SUBSCRIBE, "", 0));
    OK(bind ? nn_bind(p->socket, url) : nn_connect(p->socket, url));
    return p;
}

void peer_send(peer *p, const void *body, size_t size) { OK(nn_send(p->socket, body, size, 0)); }

size_t peer_recv(peer *p) {
    void *message;
    int size = nn_recv(p->socket, &message, NN_MSG, 0);
    OK(size);
    nn_freemsg(message);
    return size;
}

void peer_echo(peer *p) {
    void *message;
    OK(nn_recv(p->socket, &message, NN_MSG, 0));
    OK(nn_send(p->socket, &message, NN_MSG, 0));
}

void peer_flush(peer *p) { (void)p; }
