/*
 * The ledger: what this toolkit made in the cloud, in SQLite. A resource is
 * written down before it is asked for and again when it is there, so that
 * nothing can be made and forgotten, whenever the program dies:
 *
 *     asked     we were about to ask for it: it may be there
 *     made      it is there
 *     ended     a job that is over (jobs cannot be deleted)
 *     gone      deleted
 *     refused   asking failed: it was never there
 */
#ifndef AWS_LEDGER_H
#define AWS_LEDGER_H

#include "aws/aws.h"

struct ledger;

enum lk_status ledger_open(struct ledger **out, struct lk_error *err); /* the user's own */
enum lk_status ledger_open_in(struct ledger **out, const char *folder, struct lk_error *err);
void ledger_close(struct ledger *l);

/* Money in US dollars; below zero is unknown. */
struct ledger_entry {
    int64_t id;
    const char *target, *account, *region; /* where */
    const char *kind;                      /* "endpoint", ... of resource.h */
    const char *name, *arn;
    const char *state;
    double hourly;   /* what it costs while it is there */
    double most;     /* the most a job can cost; what it did once ended */
    int64_t limit_s; /* a job's time limit, or 0 */
    int64_t asked_ms, ended_ms;
};

enum lk_status ledger_ask(struct ledger *l, int64_t *id, const struct ledger_entry *e,
                          struct lk_error *err);
enum lk_status ledger_made(struct ledger *l, int64_t id, const char *arn, struct lk_error *err);
/* state ended, gone or refused; cost below zero leaves what is there. */
enum lk_status ledger_end(struct ledger *l, int64_t id, const char *state, double cost,
                          struct lk_error *err);
/* Entries of the place (NULL account or region: all), oldest first; open: only asked and made. */
typedef bool ledger_fn(void *ctx, const struct ledger_entry *e);
enum lk_status ledger_each(struct ledger *l, const char *target, const char *account,
                           const char *region, bool open, ledger_fn *fn, void *ctx,
                           struct lk_error *err);
/* The newest open entry of that kind and name there, or id 0. */
enum lk_status ledger_find(struct ledger *l, int64_t *id, const char *target, const char *account,
                           const char *region, const char *kind, const char *name,
                           struct lk_error *err);

/* The budget of a target, in dollars, and since when it counts; below zero: none is set. */
struct budget {
    double dollars;
    int64_t since_ms;
};
enum lk_status ledger_budget(struct ledger *l, const char *target, struct budget *out,
                             struct lk_error *err);
enum lk_status ledger_set_budget(struct ledger *l, const char *target, double dollars,
                                 struct lk_error *err);
/* What counts against the budget: jobs at their most (or what they did cost), and hourly things
 * for the hours since they were made. unknown counts entries whose cost is not known. */
enum lk_status ledger_spent(struct ledger *l, const char *target, int64_t since_ms, double *dollars,
                            size_t *unknown, struct lk_error *err);

/* A price kept for a day: key "eu-west-1 ml.m5.large Train"; false when there is none. */
bool ledger_price(struct ledger *l, const char *key, double *dollars);
void ledger_keep_price(struct ledger *l, const char *key, double dollars);

#endif
