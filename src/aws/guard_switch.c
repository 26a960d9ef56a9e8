/*
 * Notebook instances are stopped and started again, and cost only while they
 * run (their disks apart). The ledger keeps that apart as well: each stretch
 * is an entry of its own, costing by the hour or nothing, and only the last
 * is open. What no entry knows is not ours: it is started and stopped like
 * any other, and stays out of the ledger, so that no clean-up deletes it.
 */
#include "aws/guard_internal.h"

#include <stdio.h>
#include <string.h>

bool guard_is_switch(const char *op)
{
    return !strcmp(op, "StartNotebookInstance") || !strcmp(op, "StopNotebookInstance");
}

static enum lk_status plan_start(struct plan *p, struct guard *g, struct lk_error *err)
{
    struct json *there = NULL;
    enum lk_status st = aws_callf(g->client, &there, err, "sagemaker", "DescribeNotebookInstance",
                                  "{\"NotebookInstanceName\":\"%s\"}", p->name);

    snprintf(p->instance, sizeof p->instance, "%s", json_path(there, "InstanceType"));
    p->count = 1;
    p->hourly = guard_hourly(g, p);
    json_free(there);
    return st;
}

struct found {
    int64_t id;
    char arn[256];
};

static bool take_arn(void *ctx, const struct ledger_entry *e)
{
    struct found *f = ctx;

    if (e->id == f->id)
        snprintf(f->arn, sizeof f->arn, "%s", e->arn);
    return true;
}

static enum lk_status find_entry(struct found *f, struct guard *g, const struct plan *p,
                                 struct lk_error *err)
{
    const char *target = aws_target(g->client), *region = guard_region(g, p->resource);
    enum lk_status st =
        ledger_find(g->ledger, &f->id, target, g->account, region, p->resource->kind, p->name, err);

    if (!st && f->id)
        st = ledger_each(g->ledger, target, g->account, region, true, take_arn, f, err);
    return st;
}

/* The stretch that was ends, and another begins. */
static enum lk_status begin_stretch(int64_t *id, struct guard *g, const struct plan *p,
                                    struct lk_error *err)
{
    return ledger_ask(g->ledger, id,
                      &(struct ledger_entry){.target = aws_target(g->client),
                                             .account = g->account,
                                             .region = guard_region(g, p->resource),
                                             .kind = p->resource->kind,
                                             .name = p->name,
                                             .hourly = p->hourly},
                      err);
}

enum lk_status guard_switch(struct guard *g, const char *op, const struct json *in,
                            struct json **out, struct lk_error *err)
{
    struct plan p = {.resource = resource_of_kind("notebook"),
                     .name = json_path(in, "NotebookInstanceName")};
    bool on = !strcmp(op, "StartNotebookInstance");
    struct found was = {0};
    struct str request = STR_INIT;
    int64_t id = 0;
    enum lk_status st = LK_OK;

    json_print(&request, in, false);
    if (on)
        (void)((st = plan_start(&p, g, err)) || (st = guard_judge(g, &p, err)));
    if (!st)
        st = find_entry(&was, g, &p, err);
    if (!st && was.id && on) /* before it is sent, as with all that costs */
        st = begin_stretch(&id, g, &p, err);
    if (!st) {
        st = aws_call(g->client, "sagemaker", op, slice_str(&request), out, err);
        if (st && id && (st == LK_ESERVICE || st == LK_EUSE))
            (void)!ledger_end(g->ledger, id, "refused", 0, NULL);
    }
    if (!st && was.id && !on)
        st = begin_stretch(&id, g, &p, err);
    if (!st && was.id)
        (void)((st = ledger_made(g->ledger, id, was.arn, err)) ||
               (st = ledger_end(g->ledger, was.id, "ended", -1, err)));
    str_done(&request);
    return st;
}
