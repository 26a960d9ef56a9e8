/*
 * What comes from the session: kept for pages that come later, sent to those
 * that are there. And the states that follow from it.
 *
 * Progress is not kept (it is over when a page comes later), and of a step that
 * says more than the cap only the beginning is.
 */
#include "serve/desk_internal.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct desk_step *desk_find(struct desk *d, const char *step)
{
    for (size_t i = 0; i < d->count; i++)
        if (!strcmp(d->steps[i].about->id, step))
            return &d->steps[i];
    return NULL;
}

const char *desk_code(const struct desk_step *step)
{
    return step->kept.code ? step->kept.code : step->about->code;
}

void desk_save(struct desk *d, struct desk_step *step)
{
    struct store *store = d->desks->options.store;

    if (!step->unsaved)
        return;
    if (!store_output_write(store, d->slug, step->about->id, slice_str(&step->lines), NULL) &&
        !store_step_write(store, d->slug, step->about->id, &step->kept, NULL))
        step->unsaved = false;
}

/* ---- states --------------------------------------------------------------------------- */

/* key names the code of a step and of all before it; it goes from step to step. */
static void add_to_key(char key[KEY_SIZE], const struct desk_step *step)
{
    struct str text = STR_INIT, hex = STR_INIT;
    uint8_t sum[DIGEST_MAX];

    str_printf(&text, "%s\n%s\n", key, step->about->id);
    str_puts(&text, desk_code(step));
    digest(sum, DIGEST_SHA256, slice_str(&text));
    str_put_hex(&hex, sum, (KEY_SIZE - 1) / 2);
    memcpy(key, hex.ptr, KEY_SIZE);
    str_done(&hex);
    str_done(&text);
}

static enum step_state state_of(const struct desk_step *s, const char *key)
{
    if (s->running)
        return STEP_RUNNING;
    if (s->kept.outcome == OUTCOME_NONE || !s->kept.ran)
        return STEP_FRESH;
    if (strcmp(s->kept.ran, key))
        return STEP_STALE;
    return s->kept.outcome == OUTCOME_DONE ? STEP_DONE : STEP_FAILED;
}

void desk_tell_state(struct desk *d, struct desk_step *s)
{
    static const char *const names[] = {"fresh", "running", "done", "stale", "failed"};
    struct str text = STR_INIT;
    struct json_out w;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "step", s->about->id);
    json_put_z(&w, "kind", "state");
    json_put_z(&w, "state", names[s->told]);
    json_put_int(&w, "attempts", s->kept.attempts);
    if (s->kept.passed >= 0)
        json_put_bool(&w, "passed", s->kept.passed);
    json_close(&w);
    hub_send(d->hub, slice_str(&text));
    str_done(&text);
}

void desk_tell_states(struct desk *d)
{
    char key[KEY_SIZE] = "";

    for (size_t i = 0; i < d->count; i++) {
        struct desk_step *s = &d->steps[i];
        enum step_state now;

        add_to_key(key, s);
        now = state_of(s, key);
        if (now != s->told) {
            s->told = now;
            desk_tell_state(d, s);
        }
    }
}

/* ---- events ------------------------------------------------------------------------------ */

static void keep(struct desk_step *s, struct slice json)
{
    if (s->full)
        return;
    if (s->lines.len + json.len > LINES_MAX) {
        s->full = true;
        str_puts(&s->lines, "{\"kind\":\"text\",\"stream\":\"warn\",\"text\":"
                            "\"The rest of this output was not kept.\\n\"}\n");
    } else {
        str_put(&s->lines, json);
        str_putc(&s->lines, '\n');
    }
    s->unsaved = true;
}

static void on_start(struct desk *d, struct desk_step *s)
{
    char key[KEY_SIZE] = "";

    for (struct desk_step *t = d->steps; t <= s; t++)
        add_to_key(key, t);
    memcpy(s->key, key, KEY_SIZE);
    str_clear(&s->lines);
    s->full = false;
    s->running = true;
    s->unsaved = true;
}

/* Only judged: what it had put out stays, but for the verdict and the end, which come anew. */
static void on_judge(struct desk_step *s)
{
    struct str kept = STR_INIT;
    struct slice rest = slice_str(&s->lines), line;

    while (slice_line(&rest, &line)) {
        struct json *e = NULL;
        const char *kind;

        if (json_parse(&e, line, "event", NULL))
            continue;
        kind = json_string(json_get(e, "kind"), "");
        if (strcmp(kind, "check") && strcmp(kind, "end")) {
            str_put(&kept, line);
            str_putc(&kept, '\n');
        }
        json_free(e);
    }
    str_done(&s->lines);
    s->lines = kept;
    s->running = true;
    s->unsaved = true;
}

static void on_end(struct desk *d, struct desk_step *s, const struct json *e)
{
    bool stopped = !strcmp(json_string(json_get(e, "reason"), ""), "stopped");

    s->running = false;
    free(s->kept.ran);
    s->kept.ran = mem_strdup(s->key);
    s->kept.outcome = stopped                               ? OUTCOME_NONE
                      : json_bool(json_get(e, "ok"), false) ? OUTCOME_DONE
                                                            : OUTCOME_FAILED;
    if (!stopped && s == d->asked) {
        s->kept.attempts++;
        /* Said again even if the state is as before: there was one attempt more. */
        s->told = STEP_RUNNING;
    }
    s->unsaved = true;
}

static void on_check(struct desk_step *s, const struct json *e)
{
    int passed = json_bool(json_get(e, "passed"), false);

    /* Once passed is passed. */
    if (passed > s->kept.passed)
        s->kept.passed = passed;
    s->told = STEP_RUNNING;
}

void desk_on_event(void *ctx, struct slice json)
{
    struct desk *d = ctx;
    struct json *e = NULL;
    struct desk_step *s;
    const char *kind;

    if (json_parse(&e, json, "event", NULL))
        return;
    kind = json_string(json_get(e, "kind"), "");
    pthread_mutex_lock(&d->lock);
    s = desk_find(d, json_string(json_get(e, "step"), ""));
    if (s) {
        if (!strcmp(kind, "start"))
            on_start(d, s);
        else if (!strcmp(kind, "judge"))
            on_judge(s);
        else if (strcmp(kind, "progress"))
            keep(s, json);
        hub_send(d->hub, json);
        if (!strcmp(kind, "end"))
            on_end(d, s, e);
        else if (!strcmp(kind, "check"))
            on_check(s, e);
        desk_tell_states(d);
        if (!s->running)
            desk_save(d, s);
    }
    pthread_mutex_unlock(&d->lock);
    json_free(e);
}
