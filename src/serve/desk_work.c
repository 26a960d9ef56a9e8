/* What a page asks of a desk: run, stop, edit, reset, and notes of what was done. */
#include "serve/desk_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static enum lk_status need_step(struct desk_step **out, struct desk *d, const char *step,
                                struct lk_error *err)
{
    *out = step ? desk_find(d, step) : NULL;
    return *out ? LK_OK
                : error_set(err, LK_EUSE, "lesson %s has no step '%.60s'", d->slug,
                            step ? step : "");
}

/* ---- the session ------------------------------------------------------------------- */

void desk_end_session(struct desk *d)
{
    if (d->session)
        session_close(d->session);
    d->session = NULL;
    /* A run that was cut off has had its last event. */
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < d->count; i++)
        if (d->steps[i].running) {
            struct str end = STR_INIT;

            d->steps[i].running = false;
            d->steps[i].kept.outcome = OUTCOME_NONE;
            d->steps[i].unsaved = true;
            str_printf(&end,
                       "{\"step\":\"%s\",\"kind\":\"end\",\"ok\":false,\"ms\":0,"
                       "\"reason\":\"stopped\"}",
                       d->steps[i].about->id);
            hub_send(d->hub, slice_str(&end));
            str_done(&end);
        }
    desk_tell_states(d);
    pthread_mutex_unlock(&d->lock);
}

/* Under `call`: a session for this target that knows the learner's code. */
static enum lk_status need_session(struct desk *d, unsigned target, struct lk_error *err)
{
    struct session_options o = {.work_folder = d->work,
                                .data_folder = d->desks->data,
                                .target = target,
                                .threads = d->desks->options.threads};
    enum lk_status st;

    if (d->session && d->session_target == target)
        return LK_OK;
    desk_end_session(d);
    if (target == TARGET_PRACTICE && d->desks->options.need_practice)
        d->desks->options.need_practice(d->desks->options.practice);
    st = file_mkdirs(d->work, err);
    if (!st)
        st = session_open(&d->session, d->lesson, &o, desk_on_event, d, err);
    if (st)
        return st;
    d->session_target = target;
    for (size_t i = 0; i < d->count; i++)
        if (d->steps[i].kept.code)
            session_edit(d->session, d->steps[i].about->id, d->steps[i].kept.code);
    return LK_OK;
}

static void tell_target(struct desk *d)
{
    struct str text = STR_INIT;

    str_printf(&text, "{\"step\":\"\",\"kind\":\"target\",\"target\":\"%s\"}",
               target_name(d->target));
    hub_send(d->hub, slice_str(&text));
    str_done(&text);
}

static enum lk_status choose_target(struct desk *d, struct desk_step *s, const char *name,
                                    struct lk_error *err)
{
    unsigned target = name ? lesson_target_named(slice_of(name)) : d->target;
    struct str may = STR_INIT;
    enum lk_status st = LK_OK;

    if (!name && !(target & s->about->targets))
        for (target = TARGET_LOCAL; !(target & s->about->targets); target <<= 1)
            ;
    lesson_put_targets(&may, s->about->targets);
    if (!(target & s->about->targets))
        st = error_set(err, LK_EUSE, "step '%s' runs on %s, not on '%.20s'", s->about->id, may.ptr,
                       name);
    str_done(&may);
    if (st)
        return st;
    pthread_mutex_lock(&d->lock);
    if (target != d->target) {
        d->target = target;
        tell_target(d);
    }
    free(s->kept.target);
    s->kept.target = mem_strdup(target_name(target));
    s->unsaved = true;
    pthread_mutex_unlock(&d->lock);
    return LK_OK;
}

/* ---- editing --------------------------------------------------------------------------- */

static void tell_code(struct desk *d, const struct desk_step *s, const char *by)
{
    struct str text = STR_INIT;
    struct json_out w;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "step", s->about->id);
    json_put_z(&w, "kind", "code");
    json_put_z(&w, "code", s->kept.code);
    json_put_z(&w, "by", by ? by : "");
    json_close(&w);
    hub_send(d->hub, slice_str(&text));
    str_done(&text);
}

/* Under `call`. What was stored is what was said: the store's error is the caller's. */
static enum lk_status set_code(struct desk *d, struct desk_step *s, const char *code,
                               const char *by, struct lk_error *err)
{
    enum lk_status st = LK_OK;
    bool other;

    if (code && strlen(code) > CODE_MAX)
        return error_set(err, LK_ELIMIT, "the code of a step may be %d KiB long", CODE_MAX >> 10);
    pthread_mutex_lock(&d->lock);
    other = strcmp(code ? code : s->about->code, desk_code(s)) != 0;
    if (other) {
        free(s->kept.code);
        s->kept.code = code && strcmp(code, s->about->code) ? mem_strdup(code) : NULL;
        st = store_step_write(d->desks->options.store, d->slug, s->about->id, &s->kept, err);
        tell_code(d, s, by);
        desk_tell_states(d);
    }
    pthread_mutex_unlock(&d->lock);
    if (other && d->session)
        session_edit(d->session, s->about->id, desk_code(s));
    return st;
}

static void begin(struct desk *d)
{
    pthread_mutex_lock(&d->call);
    d->used_ms = clock_unix_ms();
}

static enum lk_status end(struct desk *d, enum lk_status st)
{
    pthread_mutex_unlock(&d->call);
    return st;
}

enum lk_status desk_edit(struct desk *d, const char *step, const char *code, const char *by,
                         struct lk_error *err)
{
    struct desk_step *s;
    enum lk_status st;

    begin(d);
    st = need_step(&s, d, step, err);
    if (!st)
        st = set_code(d, s, code, by, err);
    return end(d, st);
}

/* ---- running ------------------------------------------------------------------------------ */

static enum lk_status start(struct desk *d, struct desk_step *s, const struct desk_run *run,
                            struct lk_error *err)
{
    enum lk_status st;
    bool stands;

    if (d->session && session_busy(d->session))
        return error_set(err, LK_ECANCELLED, "a step of this lesson is running; stop it first");
    st = choose_target(d, s, run->target, err);
    if (!st)
        st = need_session(d, d->target, err);
    if (st)
        return st;
    pthread_mutex_lock(&d->lock);
    d->asked = s;
    d->asked_judge = run->judge;
    stands = s->told == STEP_DONE;
    pthread_mutex_unlock(&d->lock);
    if (run->judge && run->ready && stands)
        return session_judge(d->session, s->about->id, desk_code(s), err);
    return session_run(d->session, s->about->id, desk_code(s), run->judge, err);
}

/* Pressed twice: what is asked for is what runs. */
static bool runs_already(const struct desk *d, const struct desk_step *s,
                         const struct desk_run *run)
{
    return d->session && session_busy(d->session) && d->asked == s &&
           d->asked_judge == run->judge && !run->above &&
           (!run->code || !strcmp(run->code, desk_code(s)));
}

enum lk_status desk_run(struct desk *d, const struct desk_run *run, struct lk_error *err)
{
    struct desk_step *s;
    enum lk_status st;

    begin(d);
    st = need_step(&s, d, run->step, err);
    if (!st && runs_already(d, s, run))
        return end(d, LK_OK);
    if (!st && run->code)
        st = set_code(d, s, run->code, run->by, err);
    if (!st && run->above) {
        if (s == d->steps)
            st = error_set(err, LK_EUSE, "no step stands above this one");
        else
            s--;
    }
    if (!st)
        st = start(d, s, run, err);
    return end(d, st);
}

void desk_stop(struct desk *d)
{
    begin(d);
    if (d->session)
        session_stop(d->session);
    end(d, LK_OK);
}

void desk_answer(struct desk *d, int64_t id, bool yes)
{
    begin(d);
    if (d->session)
        session_answer(d->session, id, yes);
    end(d, LK_OK);
}

/* ---- resetting ------------------------------------------------------------------------------- */

static void clear_step(struct desk *d, struct desk_step *s)
{
    struct str text = STR_INIT;

    pthread_mutex_lock(&d->lock);
    str_clear(&s->lines);
    s->kept.outcome = OUTCOME_NONE;
    s->unsaved = true;
    str_printf(&text, "{\"step\":\"%s\",\"kind\":\"clear\"}", s->about->id);
    hub_send(d->hub, slice_str(&text));
    desk_tell_states(d);
    desk_save(d, s);
    pthread_mutex_unlock(&d->lock);
    str_done(&text);
}

enum lk_status desk_reset(struct desk *d, const char *step, struct lk_error *err)
{
    struct desk_step *only = NULL;
    enum lk_status st = LK_OK;

    begin(d);
    if (step)
        st = need_step(&only, d, step, err);
    if (st)
        return end(d, st);
    if (!only) {
        desk_end_session(d);
        st = file_remove(d->work, err);
    } else if (only->running) {
        session_stop(d->session);
        session_wait(d->session, 1000);
    }
    for (size_t i = 0; i < d->count && !st; i++)
        if (!only || only == &d->steps[i]) {
            st = set_code(d, &d->steps[i], NULL, "", err);
            clear_step(d, &d->steps[i]);
        }
    return end(d, st);
}

/* ---- notes
 * ---------------------------------------------------------------------------------------- */

enum lk_status desk_help(struct desk *d, const char *step, int hints, bool solution,
                         struct lk_error *err)
{
    struct desk_step *s;
    enum lk_status st;

    begin(d);
    st = need_step(&s, d, step, err);
    if (!st) {
        pthread_mutex_lock(&d->lock);
        if (hints > s->kept.hints)
            s->kept.hints = hints < (int)s->about->hint_count ? hints : (int)s->about->hint_count;
        s->kept.solution = s->kept.solution || solution;
        st = store_step_write(d->desks->options.store, d->slug, s->about->id, &s->kept, err);
        pthread_mutex_unlock(&d->lock);
    }
    return end(d, st);
}

static void tell_quiz(struct desk *d, const char *quiz, struct slice value, bool right,
                      const char *by)
{
    struct str text = STR_INIT;
    struct json_out w;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "step", "");
    json_put_z(&w, "kind", "quiz");
    json_put_z(&w, "quiz", quiz);
    json_put_bool(&w, "right", right);
    if (value.len)
        json_put_raw(&w, "value", value);
    json_put_z(&w, "by", by);
    json_close(&w);
    pthread_mutex_lock(&d->lock);
    hub_send(d->hub, slice_str(&text));
    pthread_mutex_unlock(&d->lock);
    str_done(&text);
}

enum lk_status desk_quiz(struct desk *d, const char *quiz, struct slice value, bool right,
                         const char *by, struct lk_error *err)
{
    enum lk_status st = LK_EUSE;

    begin(d);
    for (size_t i = 0; i < d->lesson->quiz_count; i++)
        if (!strcmp(d->lesson->quizzes[i].id, quiz))
            st = LK_OK;
    if (st)
        error_set(err, st, "lesson %s has no quiz '%.60s'", d->slug, quiz);
    else
        st = store_quiz(d->desks->options.store, d->slug, quiz, value, right, err);
    if (!st)
        tell_quiz(d, quiz, value, right, by);
    return end(d, st);
}

enum lk_status desk_read(struct desk *d, struct lk_error *err)
{
    enum lk_status st;

    begin(d);
    st = store_lesson(d->desks->options.store, d->slug, true, (int)d->count,
                      (int)d->lesson->quiz_count, err);
    if (!st)
        d->read = true;
    return end(d, st);
}
