// The worker of libzmq, and of whatever has its C interface.
#include "worker.h"

#include <string.h>
#include <zmq.h>

#define OK(call) ((call) < 0 ? DIE("%s: %s", #call, zmq_strerror(zmq_errno())) : (void)0)

static const int types[] = {ZMQ_PUSH, ZMQ_PULL, ZMQ_REQ, ZMQ_REP, ZMQ_PUB, ZMQ_SUB};

static void set(void *socket, int option, int value) {
    OK(zmq_setsockopt(socket, option, &value, sizeof value));
}

peer *peer_open(enum kind kind, int bind, const char *url, size_t size) {
    static void *context;
    (void)size;
    if (!context) {
        context = zmq_ctx_new();
        zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 4000);
    }
    void *socket = zmq_socket(context, types[kind]);
    set(socket, ZMQ_SNDHWM, MARK);
    set(socket, ZMQ_RCVHWM, MARK);
    if (kind == PUB) {
        // omq takes the option's number and leaves it at that.
        int wait = 1;
        zmq_setsockopt(socket, ZMQ_XPUB_NODROP, &wait, sizeof wait);
    }
    if (kind == SUB)
        OK(zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0));
    OK(bind ? zmq_bind(socket, url) : zmq_connect(socket, url));
    return socket;
}

void peer_send(peer *p, const void *body, size_t size) {
    zmq_msg_t message;
    zmq_msg_init_size(&message, size);
    memcpy(zmq_msg_data(&message), body, size);
    OK(zmq_msg_send(&message, p, 0));
}

size_t peer_recv(peer *p) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    OK(zmq_msg_recv(&message, p, 0));
    size_t size = zmq_msg_size(&message);
    zmq_msg_close(&message);
    return size;
}

void peer_echo(peer *p) {
    zmq_msg_t message;
    zmq_msg_init(&message);
    OK(zmq_msg_recv(&message, p, 0));
    OK(zmq_msg_send(&message, p, 0));
}

void peer_flush(peer *p) { (void)p; }
