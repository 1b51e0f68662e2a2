// Plays the roles of the worker protocol: `WORKER ROLE URL SIZE COUNT`.
#include "worker.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const char *url;
static size_t size;
static long count, warm_up;
static double began;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static double processor(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return r.ru_utime.tv_sec + r.ru_stime.tv_sec + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}

static void say_ready(void) {
    puts("READY");
    fflush(stdout);
}

static void wait_for_end(void) {
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
}

static void skip_line(void) {
    char byte;
    while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n')
        ;
}

static int line_waits(void) {
    struct pollfd p = {STDIN_FILENO, POLLIN, 0};
    return poll(&p, 1, 0) > 0;
}

static char *body(void) {
    char *bytes = malloc(size);
    return memset(bytes, 'x', size);
}

static void receive(peer *p) {
    if (peer_recv(p) != size)
        DIE("received a message of another size");
}

static void tell(long messages, double seconds, const char *percentiles) {
    printf("{\"n\":%ld,\"secs\":%.9f,\"cpu\":%.6f%s}\n", messages, seconds, processor() - began,
           percentiles);
    fflush(stdout);
}

static void pull(peer *p) {
    double start = 0;
    for (long i = 0; i < count; i++) {
        if (i == warm_up)
            start = now();
        receive(p);
    }
    tell(count - warm_up, now() - start, "");
}

static void push(peer *p) {
    char *bytes = body();
    for (long i = 0; i < count; i++)
        peer_send(p, bytes, size);
    peer_flush(p);
    free(bytes);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void req(peer *p) {
    long measured = count - warm_up;
    double *trips = malloc(measured * sizeof *trips), start = 0;
    char *bytes = body(), percentiles[64];
    for (long i = 0; i < count; i++) {
        double asked = now();
        if (i == warm_up)
            start = asked;
        peer_send(p, bytes, size);
        peer_flush(p);
        receive(p);
        if (i >= warm_up)
            trips[i - warm_up] = now() - asked;
    }
    double seconds = now() - start;
    qsort(trips, measured, sizeof *trips, ascending);
    snprintf(percentiles, sizeof percentiles, ",\"p50\":%.3f,\"p99\":%.3f",
             trips[measured / 2] * 1e6, trips[measured * 99 / 100] * 1e6);
    tell(measured, seconds, percentiles);
}

static void rep(peer *p) {
    for (long i = 0; i < count; i++)
        peer_echo(p);
}

static void publish(peer *p) {
    while (!line_waits()) {
        peer_send(p, "H", 1);
        peer_flush(p);
        usleep(1000);
    }
    skip_line();
    push(p);
    while (!line_waits()) {
        usleep(1000);
        peer_send(p, "E", 1);
        peer_flush(p);
    }
}

static void subscribe(peer *p) {
    peer_recv(p);
    say_ready();
    while (peer_recv(p) != size)
        ;
    long received = 1;
    double start = now();
    while (peer_recv(p) == size)
        received++;
    tell(received, now() - start, "");
}

static void idle(peer *p) { (void)p; }

static const struct role {
    const char *name;
    enum kind kind;
    void (*act)(peer *);
    int binds, tells; // whether it ends with its processor time
} roles[] = {
    {"pull", PULL, pull, 1, 0},      {"push", PUSH, push, 0, 1},
    {"rep", REP, rep, 1, 1},         {"req", REQ, req, 0, 0},
    {"pub", PUB, publish, 1, 1},     {"sub", SUB, subscribe, 0, 0},
    {"idle", PULL, idle, 1, 0},      {"both-pushpull", PULL, pull, 1, 0},
    {"both-reqrep", REQ, req, 1, 0},
};

// The other half of a pair in one process.
static void *beside(void *kind) {
    if (*(enum kind *)kind == PUSH)
        push(peer_open(PUSH, 0, url, size));
    else
        rep(peer_open(REP, 0, url, size));
    pause();
    return NULL;
}

static void play(const struct role *role) {
    static enum kind other;
    peer *p = peer_open(role->kind, role->binds, url, size);
    if (strncmp(role->name, "both-", 5) == 0) {
        pthread_t thread;
        other = role->kind == PULL ? PUSH : REP;
        pthread_create(&thread, NULL, beside, &other);
    } else if (role->binds) {
        say_ready();
    }
    role->act(p);
    wait_for_end();
    if (role->tells)
        printf("{\"cpu\":%.6f}\n", processor() - began);
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 5)
        DIE("usage: ROLE URL SIZE COUNT");
    began = processor();
    url = argv[2];
    size = strtoul(argv[3], NULL, 10);
    count = strtol(argv[4], NULL, 10);
    warm_up = count / 10;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (strcmp(roles[i].name, argv[1]) == 0) {
            play(&roles[i]);
            _exit(0); // nothing is closed
        }
    }
    DIE("%s is no role", argv[1]);
}
