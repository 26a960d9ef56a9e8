/*
 * How the hosts of a job find each other: the first listens, the others
 * connect and stay connected until it is through. Where, says the environment's
 * LABKIT_RENDEZVOUS ("HOST:PORT", or "unix:PATH"); without it port 9099 of the
 * first host, as the image has it.
 *
 * All waiting ends when `stopped` says so (LK_ECANCELLED), or after
 * MEET_PATIENCE_S without a byte (LK_ENETWORK).
 */
#ifndef CONTAINER_MEET_H
#define CONTAINER_MEET_H

#include "labkit.h"

enum { MEET_PATIENCE_S = 120 };

struct meet {
    int fd; /* -1: none */
    bool (*stopped)(void);
};

/* The first host's socket; meet_close removes what listening left behind. */
enum lk_status meet_listen(struct meet *m, const char *first_host, struct lk_error *err);
/* The next of the others. */
enum lk_status meet_accept(struct meet *out, const struct meet *m, struct lk_error *err);
/* Another host's way to the first, tried until that listens. */
enum lk_status meet_connect(struct meet *m, const char *first_host, struct lk_error *err);
enum lk_status meet_send(const struct meet *m, const void *ptr, size_t len, struct lk_error *err);
/* Exactly len bytes. */
enum lk_status meet_receive(const struct meet *m, void *ptr, size_t len, struct lk_error *err);
/* One byte, however long it takes to come; LK_ENETWORK when the other side is gone. */
enum lk_status meet_wait(const struct meet *m, char *byte, struct lk_error *err);
void meet_close(struct meet *m);

#endif
