// The worker protocol (tests/bench/README.md) in C: worker.c plays the roles, a peer's own file
// gives the functions below.
#pragma once
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

enum kind { PUSH, PULL, REQ, REP, PUB, SUB };
typedef struct peer peer;

peer *peer_open(enum kind kind, int bind, const char *url, size_t size);
void peer_send(peer *p, const void *body, size_t size); // sends a copy
size_t peer_recv(peer *p);                              // receives, lets go; the size
void peer_echo(peer *p);                                // receives, sends the same back
void peer_flush(peer *p);                               // after the last send of a run

#define MARK 1000 // messages in each queue, where the peer counts messages

#define DIE(...) (fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), _exit(3))
