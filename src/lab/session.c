/*
 * The owner's side: what it asks for is written down under the lock, and the
 * session's thread (session_run.c) is woken to do it. Nothing here waits but
 * session_wait and session_close.
 */
#include "lab/session_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STACK_BYTES = 256 << 10 };

/* ---- states -------------------------------------------------------------- */

static size_t find_step(const struct session *s, const char *id)
{
    for (size_t i = 0; i < s->step_count; i++)
        if (!strcmp(s->steps[i].id, id))
            return i;
    return SIZE_MAX;
}

static void set_code(struct session *s, size_t i, const char *code)
{
    struct step *step = &s->steps[i];
    const char *old = step->code ? step->code : step->starter;
    bool same = !strcmp(old, code ? code : step->starter);

    free(step->code);
    step->code = code ? mem_strdup(code) : NULL;
    if (!same)
        session_make_stale(s, i);
}

/* What ran before in a form that is no longer so must run again. */
void session_make_stale(struct session *s, size_t first)
{
    for (size_t i = first; i < s->step_count; i++)
        if (s->steps[i].state == STEP_DONE || s->steps[i].state == STEP_FAILED)
            s->steps[i].state = STEP_STALE;
}

void session_wake(struct session *s)
{
    uint64_t one = 1;

    while (write(s->wake, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* ---- the owner's calls --------------------------------------------------- */

static char *copy_or_null(const char *z)
{
    return z ? mem_strdup(z) : NULL;
}

static void put_folder(struct json_out *w, const char *path)
{
    char *real = path ? realpath(path, NULL) : NULL;

    if (real)
        json_put_z(w, NULL, real);
    free(real);
}

static char *make_setup(const struct lesson *lesson, const struct session_options *o)
{
    struct str line = STR_INIT;
    struct json_out w;
    char *work = realpath(o->work_folder, NULL);

    json_begin(&w, &line, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "work", work ? work : o->work_folder);
    json_open(&w, "read", '[');
    put_folder(&w, lesson->folder);
    put_folder(&w, o->data_folder);
    json_close(&w);
    json_put_int(&w, "target", o->target);
    json_put_int(&w, "memory", (int64_t)(o->memory_bytes ? o->memory_bytes : SESSION_MEMORY));
    json_put_int(&w, "disk", (int64_t)(o->disk_bytes ? o->disk_bytes : SESSION_DISK));
    json_put_int(&w, "threads", o->threads);
    json_open(&w, "params", '[');
    for (const char *const *p = o->params; p && *p; p++)
        json_put_z(&w, NULL, *p);
    json_close(&w);
    json_close(&w);
    str_putc(&line, '\n');
    free(work);
    return str_take(&line, NULL);
}

static void copy_steps(struct session *s, const struct lesson *lesson)
{
    s->step_count = lesson->step_count < STEPS_MAX ? lesson->step_count : STEPS_MAX;
    s->steps = mem_calloc(s->step_count + 1, sizeof *s->steps);
    for (size_t i = 0; i < s->step_count; i++) {
        const struct lesson_step *from = &lesson->steps[i];

        s->steps[i] = (struct step){
            .id = mem_strdup(from->id),
            .starter = mem_strdup(from->code),
            .check = copy_or_null(from->check),
            .targets = from->targets,
            .timeout_ms = from->timeout_ms,
            .state = STEP_FRESH,
        };
    }
}

static void free_session(struct session *s)
{
    for (size_t i = 0; i < s->step_count; i++) {
        free(s->steps[i].id);
        free(s->steps[i].starter);
        free(s->steps[i].check);
        free(s->steps[i].code);
    }
    free(s->steps);
    free(s->program);
    free(s->setup);
    str_done(&s->out);
    str_done(&s->errors);
    str_done(&s->in);
    str_done(&s->cloud.asked);
    str_done(&s->cloud.replies);
    if (s->wake >= 0)
        close(s->wake);
    pthread_cond_destroy(&s->idle);
    pthread_cond_destroy(&s->cloud.changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static enum lk_status start_thread(struct session *s, struct lk_error *err)
{
    pthread_condattr_t clock;
    pthread_attr_t attr;

    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->idle, &clock);
    pthread_cond_init(&s->cloud.changed, NULL);
    pthread_condattr_destroy(&clock);
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wake < 0)
        return error_errno(err, "start", "a lab session");
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    errno = pthread_create(&s->thread, &attr, session_work, s);
    pthread_attr_destroy(&attr);
    return errno ? error_errno(err, "start", "a lab session") : LK_OK;
}

enum lk_status session_open(struct session **out, const struct lesson *lesson,
                            const struct session_options *o, session_event_fn *on_event, void *ctx,
                            struct lk_error *err)
{
    struct session *s;
    enum lk_status st = file_mkdirs(o->work_folder, err);

    if (st)
        return st;
    signal(SIGPIPE, SIG_IGN); /* a child may be gone while we write to it */
    s = mem_calloc(1, sizeof *s);
    s->program = o->program ? mem_strdup(o->program) : path_self();
    s->setup = make_setup(lesson, o);
    s->target = o->target;
    s->threads = o->threads;
    s->memory_bytes = o->memory_bytes ? o->memory_bytes : SESSION_MEMORY;
    s->on_event = on_event;
    s->ctx = ctx;
    s->child = (struct child){0, -1, -1, -1, true};
    s->last = STEPS_MAX;
    str_init(&s->out);
    str_init(&s->errors);
    str_init(&s->in);
    str_init(&s->cloud.asked);
    str_init(&s->cloud.replies);
    copy_steps(s, lesson);
    st = start_thread(s, err);
    if (st) {
        free_session(s);
        return st;
    }
    if (o->target != TARGET_LOCAL)
        st = session_cloud_open(s, lesson, o, err);
    if (st)
        session_close(s);
    else
        *out = s;
    return st;
}

void session_reset(struct session *s)
{
    pthread_mutex_lock(&s->lock);
    s->reset = true;
    for (size_t i = 0; i < s->step_count; i++)
        s->steps[i].state = STEP_FRESH;
    pthread_mutex_unlock(&s->lock);
    session_wake(s);
}

void session_make_plan(struct session *s, size_t last)
{
    bool all = false;

    s->plan_len = s->plan_at = 0;
    for (size_t i = 0; i < last; i++) {
        if (!(s->steps[i].targets & s->target))
            continue;
        all |= s->steps[i].state != STEP_DONE;
        if (all)
            s->plan[s->plan_len++] = i;
    }
    s->plan[s->plan_len++] = last;
}

/* Under the lock: is there nothing left to do for a verdict but the check? */
static bool stands(const struct session *s, size_t i)
{
    return s->steps[i].state == STEP_DONE && s->last == i && s->steps[i].check;
}

static enum lk_status begin(struct session *s, const char *step, const char *code, bool judge,
                            bool again, struct lk_error *err)
{
    size_t i = find_step(s, step);
    enum lk_status st = LK_OK;

    if (i == SIZE_MAX)
        return error_set(err, LK_EUSE, "the lesson has no step '%.60s'", step);
    if (!(s->steps[i].targets & s->target))
        return error_set(err, LK_EUSE, "the step '%.60s' does not run on this target", step);
    pthread_mutex_lock(&s->lock);
    if (s->busy) {
        st = error_set(err, LK_EUSE, "a step is running already");
    } else {
        set_code(s, i, code);
        s->only_judge = !again && stands(s, i);
        session_make_plan(s, i);
        if (!s->only_judge)
            session_make_stale(s, i + 1); /* what the step defines may change */
        s->judge = judge;
        s->busy = true;
        s->stop = false;
        s->repeated = false;
    }
    pthread_mutex_unlock(&s->lock);
    if (!st)
        session_wake(s);
    return st;
}

enum lk_status session_run(struct session *s, const char *step, const char *code, bool judge,
                           struct lk_error *err)
{
    return begin(s, step, code, judge, true, err);
}

enum lk_status session_judge(struct session *s, const char *step, const char *code,
                             struct lk_error *err)
{
    return begin(s, step, code, true, false, err);
}

void session_edit(struct session *s, const char *step, const char *code)
{
    size_t i = find_step(s, step);

    if (i == SIZE_MAX)
        return;
    pthread_mutex_lock(&s->lock);
    set_code(s, i, code);
    pthread_mutex_unlock(&s->lock);
}

enum step_state session_state(const struct session *s, const char *step)
{
    struct session *self = (struct session *)s;
    size_t i = find_step(s, step);
    enum step_state state = STEP_FRESH;

    pthread_mutex_lock(&self->lock);
    if (i != SIZE_MAX)
        state = s->steps[i].state;
    pthread_mutex_unlock(&self->lock);
    return state;
}

bool session_busy(const struct session *s)
{
    struct session *self = (struct session *)s;
    bool busy;

    pthread_mutex_lock(&self->lock);
    busy = s->busy;
    pthread_mutex_unlock(&self->lock);
    return busy;
}

const char *session_weakness(const struct session *s)
{
    struct session *self = (struct session *)s;
    const char *weakness;

    pthread_mutex_lock(&self->lock);
    weakness = s->weakness ? s->weakness : "";
    pthread_mutex_unlock(&self->lock);
    return weakness;
}

void session_stop(struct session *s)
{
    pthread_mutex_lock(&s->lock);
    s->stop = s->busy;
    pthread_mutex_unlock(&s->lock);
    session_wake(s);
}

bool session_wait(struct session *s, int timeout_ms)
{
    int64_t end = clock_steady_ns() + (int64_t)timeout_ms * 1000000;
    struct timespec until = {end / 1000000000, end % 1000000000};
    bool idle;
    int gave_up = 0;

    pthread_mutex_lock(&s->lock);
    while (s->busy && !gave_up)
        gave_up = timeout_ms < 0 ? pthread_cond_wait(&s->idle, &s->lock)
                                 : pthread_cond_timedwait(&s->idle, &s->lock, &until);
    idle = !s->busy;
    pthread_mutex_unlock(&s->lock);
    return idle;
}

void session_close(struct session *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    pthread_mutex_unlock(&s->lock);
    session_wake(s);
    session_cloud_stop(s);
    pthread_join(s->thread, NULL);
    session_cloud_close(s);
    free_session(s);
}
