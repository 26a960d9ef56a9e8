/* Commands of several actions on things of one kind: `labkit aws notebook start NAME`. */
#ifndef CLI_KIT_AWS_ACTION_H
#define CLI_KIT_AWS_ACTION_H

#include "cli/kit_aws_job.h"

struct kit_action {
    const char *name; /* ends the table when NULL */
    bool named;       /* takes a NAME */
    enum lk_status (*run)(struct guard *g, const struct args *a, const char *name,
                          struct lk_error *err);
};

/* Run the action that the first operand names, with client and guard opened; the exit code. */
int kit_action_run(const struct args *a, const struct kit_action *actions, struct lk_error *err);

/* An operation that takes one text. out may be NULL. */
enum lk_status kit_action_ask(struct guard *g, const char *op, const char *member,
                              const char *value, struct json **out, struct lk_error *err);
/* All things of a kind (resource.h), a line each: name, status, when made. */
enum lk_status kit_action_list(struct guard *g, const struct args *a, const char *kind,
                               struct lk_error *err);

#endif
