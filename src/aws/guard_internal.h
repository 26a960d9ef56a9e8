/* What the files of the guard share; see guard.h. */
#ifndef AWS_GUARD_INTERNAL_H
#define AWS_GUARD_INTERNAL_H

#include "aws/guard.h"

struct guard {
    struct aws *client;
    struct ledger *ledger;
    struct guard_options options;
    char *account;
};

/* Show the plan, hold it against the budget, ask. */
enum lk_status guard_judge(struct guard *g, const struct plan *p, struct lk_error *err);
/* What p->count instances cost; below zero: not known. */
double guard_hourly(struct guard *g, const struct plan *p);
/* As entries of the ledger have it: IAM is the same in all regions. */
const char *guard_region(const struct guard *g, const struct resource *r);

/* guard_switch.c: is it an operation that starts or stops what is there already? */
bool guard_is_switch(const char *op);
enum lk_status guard_switch(struct guard *g, const char *op, const struct json *in,
                            struct json **out, struct lk_error *err);
/* guard_pipeline.c */
enum lk_status guard_start_pipeline(struct guard *g, const struct json *in, struct json **out,
                                    struct lk_error *err);

/* guard_lost.c: a number that no other request has, for a tag of this name. */
#define GUARD_MARK_TAG RESOURCE_TAG "-request"
enum { GUARD_MARK = 17 };
void guard_put_mark(char mark[GUARD_MARK]);
/* Was a creation that was refused heard when it was first sent? *out then describes what it made.
 */
bool guard_made_after_all(struct json **out, struct guard *g, const struct resource *r,
                          const char *name, const char *mark);

#endif
