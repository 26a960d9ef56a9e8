/*
 * What an agent may do in a person's own account on AWS: use what labs have
 * made there, and anything else only when the person has said yes to a sentence
 * that names it. A yes holds for the step. On the practice cloud all is allowed.
 */
#include "lab/agent_internal.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdlib.h>

enum { SETTLE_MS = 10000 };

/* What was agreed to holds for a step. */
void agent_look_at_step(struct agent *a)
{
    int now = atomic_load(&a->steps);

    if (now == a->step_at)
        return;
    a->step_at = now;
    a->agreed = -1;
    str_clear(&a->consents);
}

static bool is_agreed(const struct agent *a, struct slice sentence)
{
    struct slice rest = slice_str(&a->consents), line;

    while (slice_line(&rest, &line))
        if (slice_eq(line, sentence))
            return true;
    return false;
}

enum lk_status agent_consent(struct agent *a, struct lk_error *err, const char *fmt, ...)
{
    struct str sentence = STR_INIT;
    enum lk_status st = LK_OK;
    va_list args;

    if (!agent_is_real(a) || a->options.yes)
        return LK_OK;
    va_start(args, fmt);
    str_vprintf(&sentence, fmt, args);
    va_end(args);
    if (!is_agreed(a, slice_str(&sentence))) {
        if (a->host.ask(a->host.ctx, sentence.ptr)) {
            str_put(&a->consents, slice_str(&sentence));
            str_putc(&a->consents, '\n');
        } else {
            st = error_set(err, LK_ELIMIT, "not confirmed, so nothing was done: %s", sentence.ptr);
        }
    }
    str_done(&sentence);
    return st;
}

bool agent_is_own(struct agent *a, const char *kind, const char *name)
{
    struct guard *g = agent_guard(a);
    int64_t id = 0;

    return !ledger_find(guard_ledger(g), &id, aws_target(agent_client(a)), guard_account(g), NULL,
                        kind, name, NULL) &&
           id;
}

enum lk_status agent_need_own(struct agent *a, const char *kind, const char *name,
                              struct lk_error *err)
{
    if (!agent_is_real(a) || agent_is_own(a, kind, name))
        return LK_OK;
    return agent_consent(a, err, "The lab uses the %s '%s' of your account, which no lab has made.",
                         kind, name);
}

enum lk_status agent_need_places(struct agent *a, const struct json *tree, struct lk_error *err)
{
    const char *text = json_string(tree, "");
    struct s3_url place = {0};
    enum lk_status st = LK_OK;

    if (s3_is_url(text) && !s3_url_parse(&place, text, NULL))
        st = agent_need_own(a, "bucket", place.bucket, err);
    s3_url_done(&place);
    if (json_kind(tree) == JSON_ARRAY || json_kind(tree) == JSON_OBJECT)
        for (const struct json *c = json_first(tree); c && !st; c = json_next(c))
            st = agent_need_places(a, c, err);
    return st;
}

enum lk_status agent_note_gone(struct agent *a, const char *kind, const char *name,
                               struct lk_error *err)
{
    struct guard *g = agent_guard(a);
    int64_t id = 0;
    enum lk_status st = ledger_find(guard_ledger(g), &id, aws_target(agent_client(a)),
                                    guard_account(g), NULL, kind, name, err);

    return st || !id ? st : ledger_end(guard_ledger(g), id, "gone", -1, err);
}

void agent_rights_changed(struct agent *a)
{
    a->changed_ns = clock_steady_ns();
}

enum lk_status agent_settle(struct agent *a, struct lk_error *err)
{
    const char *stand_in = getenv("AWS_ENDPOINT_URL");
    int64_t left = SETTLE_MS - (clock_steady_ns() - a->changed_ns) / 1000000;

    if (!agent_is_real(a) || !a->changed_ns || left <= 0 || (stand_in && *stand_in))
        return LK_OK;
    agent_progress(a, "rights", 0, 1, "IAM makes the new rights known, which takes some seconds");
    return aws_sleep(agent_client(a), (int)left, err);
}

/* What the guard is about to make, and the most it can cost; a question shows it by itself. */
void agent_show_plan(void *ctx, const char *text)
{
    struct agent *a = ctx;

    str_clear(&a->plan);
    str_puts(&a->plan, text);
    if (!agent_is_real(a) || a->options.yes)
        agent_aside(a, "%s", text);
}

/* A yes holds for the rest of the step, for what costs no more. */
bool agent_agree(void *ctx, const struct plan *p)
{
    struct agent *a = ctx;
    double most = p->most > 0 ? p->most : p->hourly;

    if (most >= 0 && a->agreed >= most) {
        agent_aside(a, "%s", a->plan.ptr);
        return true;
    }
    if (!a->host.ask(a->host.ctx, a->plan.ptr))
        return false;
    if (most > a->agreed)
        a->agreed = most;
    return true;
}
