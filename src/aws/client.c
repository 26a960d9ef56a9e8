/*
 * Opening and closing a client, and its small public answers. Connections
 * that are idle are kept in the client and lent to one call at a time.
 */
#include "aws/client.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct aws *make_client(void)
{
    struct aws *c = mem_calloc(1, sizeof *c);

    ini_init(&c->ini);
    pthread_mutex_init(&c->lock, NULL);
    c->quota = QUOTA;
    return c;
}

enum lk_status aws_open(struct aws **out, const struct aws_options *o, struct lk_error *err)
{
    struct aws *c = make_client();
    enum lk_status st;

    c->note = o->note;
    c->ask_code = o->ask_code;
    c->note_ctx = o->ctx;
    c->stay = o->stay;
    st = settings_load(c, o, err);
    if (!st && o->anonymous) {
        credentials_done(&c->credentials);
        c->fixed = true;
        c->credentials =
            (struct credentials){mem_strdup(""), mem_strdup(""), NULL, 0, mem_strdup("nobody")};
    }
    if (st)
        aws_close(c);
    else
        *out = c;
    return st;
}

struct aws *client_with(const struct aws *c, const struct credentials *k, const char *region)
{
    struct aws *with = make_client();

    with->target = mem_strdup(c->target);
    with->profile = mem_strdup(c->profile);
    with->region = mem_strdup(region);
    with->endpoint = c->endpoint ? mem_strdup(c->endpoint) : NULL;
    with->ca_bundle = c->ca_bundle ? mem_strdup(c->ca_bundle) : NULL;
    with->max_attempts = c->max_attempts;
    with->stay = c->stay;
    with->depth = c->depth + 1;
    with->note = c->note;
    with->note_ctx = c->note_ctx;
    with->fixed = true;
    with->credentials = (struct credentials){
        mem_strdup(k->key_id ? k->key_id : ""), mem_strdup(k->secret ? k->secret : ""),
        k->token ? mem_strdup(k->token) : NULL, 0, mem_strdup(k->source ? k->source : "nobody")};
    atomic_store(&with->clock_offset, atomic_load(&c->clock_offset));
    return with;
}

void aws_close(struct aws *c)
{
    struct bucket_region *next;

    if (!c)
        return;
    for (int i = 0; i < c->net_count; i++)
        net_free(c->nets[i]);
    for (struct bucket_region *b = c->buckets; b; b = next) {
        next = b->next;
        free(b->bucket);
        free(b->region);
        free(b);
    }
    credentials_done(&c->credentials);
    ini_done(&c->ini);
    pthread_mutex_destroy(&c->lock);
    free(c->target);
    free(c->profile);
    free(c->region);
    free(c->endpoint);
    free(c->ca_bundle);
    free(c);
}

void aws_cancel(struct aws *c)
{
    atomic_store(&c->cancel, true);
}

bool aws_is_cancelled(const struct aws *c)
{
    return atomic_load(&c->cancel);
}

const char *aws_target(const struct aws *c)
{
    return c->target;
}

const char *aws_region(const struct aws *c)
{
    return c->region;
}

int64_t aws_clock_offset(const struct aws *c)
{
    return atomic_load(&c->clock_offset);
}

enum lk_status aws_sleep(struct aws *c, int ms, struct lk_error *err)
{
    int64_t end = clock_steady_ns() + (int64_t)ms * 1000000;

    while (!aws_is_cancelled(c)) {
        int64_t left = end - clock_steady_ns();
        struct timespec nap = {0, left < 50000000 ? left : 50000000};

        if (left <= 0)
            return LK_OK;
        nanosleep(&nap, NULL);
    }
    return error_set(err, LK_ECANCELLED, "stopped");
}
