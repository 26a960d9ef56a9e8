/*
 * No surprise on the bill. A call through the guard that makes something is
 * planned first (what, for how long at most, the most it can cost, under which
 * quota), shown, held against the budget, asked about, written into the
 * ledger, tagged, given a time limit, sent, and written down again. Calls
 * that make nothing pass through; calls that delete are written down.
 */
#ifndef AWS_GUARD_H
#define AWS_GUARD_H

#include "aws/ledger.h"
#include "aws/resource.h"

struct plan {
    const struct resource *resource;
    const char *name;
    char instance[64]; /* "" where there is none */
    int64_t count;     /* instances, all jobs together */
    int64_t limit_s;   /* of a job; 0: none */
    double hourly;     /* of all instances; below zero: not known */
    double most;       /* of a job; below zero: not known */
    char unknown[200]; /* why the most is not known; "": the price list does not tell */
};

struct guard_options {
    bool yes;           /* do not ask */
    int64_t limit_s;    /* for jobs whose request has no limit; 0: 3600 */
    int64_t stop_s;     /* the caller stops a pipeline's run after that time; 0: nobody does */
    double price;       /* dollars an hour of one instance, instead of the price list; 0: look up */
    const char *ledger; /* the folder of the ledger; NULL: the user's own */
    /* Show the plan, one text of a few lines; may be NULL. */
    void (*show)(void *ctx, const char *text);
    /* Go on? NULL: where it may cost, only with `yes`. */
    bool (*ask)(void *ctx, const struct plan *p);
    void *ctx;
};

struct guard;

/* Asks who the caller is: entries carry the account. The client is borrowed. */
enum lk_status guard_open(struct guard **out, struct aws *c, const struct guard_options *o,
                          struct lk_error *err);
void guard_close(struct guard *g);
struct aws *guard_client(const struct guard *g);
struct ledger *guard_ledger(const struct guard *g);
const char *guard_account(const struct guard *g);

/* As aws_call. */
enum lk_status guard_call(struct guard *g, const char *service, const char *op, struct slice in,
                          struct json **out, struct lk_error *err);
/* A bucket in the client's region, closed to the public; one of the caller's that is already
 * there is used as it is, and never taken for ours. */
enum lk_status guard_make_bucket(struct guard *g, const char *bucket, struct lk_error *err);
/* A run of a pipeline is over: its entry is closed, and the models that it made are entered. */
enum lk_status guard_end_pipeline(struct guard *g, const char *run_arn, struct lk_error *err);
/* What a request would make and cost; LK_OK with resource NULL where it makes nothing. */
enum lk_status guard_plan(struct plan *out, struct guard *g, const char *service, const char *op,
                          const struct json *in, struct lk_error *err);
void plan_print(struct str *out, const struct plan *p, const char *target);

/* Dollars an hour from the price list (kept for a day); false: not known. */
bool price_hourly(double *out, struct aws *c, struct ledger *l, const char *instance,
                  const char *usage);

/* ---- cleaning up ---- */

struct cleanup {
    bool dry_run;
    void (*told)(void *ctx, const char *line); /* each thing deleted, or that would be */
    void *ctx;
    size_t removed, left; /* out */
};
/*
 * Delete what the ledger and the tags know of in this account and region, in
 * the order in which it can go. Safe to repeat at any time. Goes on after a
 * failure and returns the first.
 */
enum lk_status guard_cleanup(struct guard *g, struct cleanup *job, struct lk_error *err);

#endif
