// The floor of tcp and ipc: blocking sockets and no threads (pushpull and reqrep only). A frame is
// a length of 8 bytes and the body, as in SP. Small messages are gathered into writes of 64 KiB and
// taken apart again one at a time; a large one goes in one writev and is read straight into its
// body.
#include "worker.h"

#include <arpa/inet.h>
#include <endian.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

enum { GATHER = 65536, LARGE = GATHER / 4, HEAD = 8, SLICE = 4096 };

struct peer {
    int listener, stream;
    char out[GATHER];
    size_t out_size;
    char in[GATHER];
    size_t in_room, read_at, write_at;
    char *body;
    size_t body_room;
};

static socklen_t address_of(const char *url, struct sockaddr_storage *address) {
    memset(address, 0, sizeof *address);
    if (strncmp(url, "ipc://", 6) == 0) {
        struct sockaddr_un *un = (void *)address;
        un->sun_family = AF_UNIX;
        strncpy(un->sun_path, url + 6, sizeof un->sun_path - 1);
        return sizeof *un;
    }
    struct sockaddr_in *in = (void *)address;
    in->sin_family = AF_INET;
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in->sin_port = htons(atoi(strrchr(url, ':') + 1));
    return sizeof *in;
}

static void send_at_once(int stream) {
    int yes = 1;
    setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

peer *peer_open(enum kind kind, int bind_it, const char *url, size_t size) {
    struct sockaddr_storage address;
    socklen_t length = address_of(url, &address);
    int fd = socket(address.ss_family, SOCK_STREAM, 0);
    (void)kind;
    peer *p = calloc(1, sizeof *p);
    p->listener = p->stream = -1;
    // Little is read ahead of a large body, which is then read into its own place.
    p->in_room = size + HEAD > LARGE ? SLICE : GATHER;
    if (bind_it) {
        if (bind(fd, (void *)&address, length) || listen(fd, 16))
            DIE("bind %s", url);
        p->listener = fd;
    } else {
        if (connect(fd, (void *)&address, length))
            DIE("connect %s", url);
        p->stream = fd;
        send_at_once(fd);
    }
    return p;
}

static void accept_first(peer *p) {
    if (p->stream < 0) {
        p->stream = accept(p->listener, NULL, NULL);
        send_at_once(p->stream);
    }
}

static void write_all(int stream, const char *bytes, size_t size) {
    while (size) {
        ssize_t written = write(stream, bytes, size);
        if (written <= 0)
            DIE("write");
        bytes += written;
        size -= written;
    }
}

void peer_flush(peer *p) {
    accept_first(p);
    write_all(p->stream, p->out, p->out_size);
    p->out_size = 0;
}

static void send_large(peer *p, uint64_t head, const char *body, size_t size) {
    struct iovec parts[] = {{&head, HEAD}, {(void *)body, size}};
    peer_flush(p);
    ssize_t written = writev(p->stream, parts, 2);
    if (written < HEAD)
        DIE("writev");
    write_all(p->stream, body + (written - HEAD), size - (written - HEAD));
}

void peer_send(peer *p, const void *body, size_t size) {
    uint64_t head = htobe64(size);
    if (size + HEAD > LARGE) {
        send_large(p, head, body, size);
        return;
    }
    if (p->out_size + size + HEAD > GATHER)
        peer_flush(p);
    memcpy(p->out + p->out_size, &head, HEAD);
    memcpy(p->out + p->out_size + HEAD, body, size);
    p->out_size += size + HEAD;
}

static size_t read_some(peer *p, char *into, size_t room) {
    ssize_t got = read(p->stream, into, room);
    if (got <= 0)
        DIE("read");
    return got;
}

// At least `need` bytes in a row; no more than the buffer has room for.
static char *read_ahead(peer *p, size_t need) {
    while (p->write_at - p->read_at < need) {
        if (p->read_at == p->write_at) {
            p->read_at = p->write_at = 0;
        } else if (p->read_at + need > p->in_room) {
            memmove(p->in, p->in + p->read_at, p->write_at - p->read_at);
            p->write_at -= p->read_at;
            p->read_at = 0;
        }
        p->write_at += read_some(p, p->in + p->write_at, p->in_room - p->write_at);
    }
    return p->in + p->read_at;
}

// Every body gets a place of its own, as a user would hold it.
size_t peer_recv(peer *p) {
    uint64_t head;
    accept_first(p);
    memcpy(&head, read_ahead(p, HEAD), HEAD);
    p->read_at += HEAD;
    size_t size = be64toh(head);
    if (p->body_room < size)
        p->body = realloc(p->body, p->body_room = size);
    if (size <= p->in_room) {
        memcpy(p->body, read_ahead(p, size), size);
        p->read_at += size;
        return size;
    }
    size_t got = p->write_at - p->read_at;
    if (got > size)
        got = size;
    memcpy(p->body, p->in + p->read_at, got);
    p->read_at += got;
    while (got < size)
        got += read_some(p, p->body + got, size - got);
    return size;
}

void peer_echo(peer *p) {
    size_t size = peer_recv(p);
    peer_send(p, p->body, size);
    peer_flush(p);
}
