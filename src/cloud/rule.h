/*
 * What AWS's front end checks of a request before the service sees it: that
 * every member is of its kind, within its limits and one of its words, and
 * that what must be there is. The limits are those of AWS's service models;
 * a test holds every one against them.
 *
 * Members are known by name, as AWS uses a name for one thing nearly always;
 * where it does not, a row says inside of what it holds (a structure's member
 * or, at the top, the operation). Rows are sorted by name, then by `in`, with
 * the general row first. An element of a list is "Name[]", a map's keys are
 * "Name<key>", its values "Name<value>".
 *
 * A member that no row names is not looked at, as AWS ignores it. What AWS's
 * models do not say (which members go together) is the operations' own.
 */
#ifndef CLOUD_RULE_H
#define CLOUD_RULE_H

#include "cloud/service.h"

struct rule {
    const char *name, *in;
    /* s text, w one of the words of `more`, i integer, n number, b truth, t time, l list, m map, o
     * structure */
    char kind;
    double min, max;  /* characters, elements or value; max 0: none */
    const char *more; /* a regular expression, or the words; NULL */
};

/* What must be in a structure, or in an operation's request. */
struct rule_need {
    const char *in;    /* "Structure", "Operation" or, winning, "Operation.Structure" */
    const char *names; /* separated by blanks */
};

struct rules {
    const struct rule *rules;
    size_t n;
    const struct rule_need *needs; /* in NULL ends them; NULL: the operations say it themselves */
};

extern const struct rules rules_sagemaker, rules_logs, rules_quotas, rules_pricing, rules_iam,
    rules_sts;

/*
 * Check the call's request by its service's rules: a member of the wrong kind
 * fails the call with SerializationException, what is out of its limits with
 * the service's own code and up to ten reasons in one message.
 */
bool rule_check(struct call *c);

#endif
