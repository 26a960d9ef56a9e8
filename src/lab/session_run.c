/*
 * One thread a session does everything with the child: starts it (so that the
 * child dies with us: the kernel ties that to the thread), sends it steps,
 * passes its events on, watches the clock, kills it. The owner's calls change
 * fields under the lock and wake it.
 *
 * A plan is the list of steps to run, one after another. A step counts as run
 * only while the child that ran it lives: its Lua state is what later steps
 * build on. Stopping asks first (SIGUSR1), so that the state survives, and
 * kills when that was not enough.
 */
#include "lab/session_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STOP_MS = 50,              /* how long a step may take to stop by itself */
    LINE_MAX_BYTES = 16 << 20, /* an event can be no longer */
    ERRORS_MAX = 4096,
    UNREAD_MAX = 64 << 20, /* what waits for a child that does not read */
};

/* ---- events of our own --------------------------------------------------- */

static void deliver(struct session *s, struct slice line)
{
    s->on_event(s->ctx, line);
}

void session_begin_event(struct session *s, struct json_out *w, struct str *text, const char *kind)
{
    json_begin(w, text, false);
    json_open(w, NULL, '{');
    json_put_z(w, "step", s->steps[s->current].id);
    json_put_z(w, "kind", kind);
}

void session_send_event(struct session *s, struct json_out *w)
{
    json_close(w);
    deliver(s, slice_str(w->text));
    str_done(w->text);
}

static void tell_error(struct session *s, const char *text)
{
    struct str event = STR_INIT;
    struct json_out w;

    session_begin_event(s, &w, &event, "error");
    json_put_z(&w, "text", text);
    json_put_int(&w, "line", 0);
    json_put_z(&w, "plain", "");
    json_put_z(&w, "trace", "");
    session_send_event(s, &w);
}

static void tell_end(struct session *s, const char *reason)
{
    struct str event = STR_INIT;
    struct json_out w;

    session_begin_event(s, &w, &event, "end");
    json_put_bool(&w, "ok", false);
    json_put_int(&w, "ms", (clock_steady_ns() - s->started_ns) / 1000000);
    json_put_z(&w, "reason", reason);
    session_send_event(s, &w);
}

/* ---- the child ----------------------------------------------------------- */

static void end_child(struct session *s)
{
    child_kill(&s->child);
    str_clear(&s->out);
    str_clear(&s->errors);
    str_clear(&s->in);
    s->in_at = 0;
    s->sent = false;
    s->kill_ns = 0;
    session_cloud_drop(s);
    pthread_mutex_lock(&s->lock);
    session_make_stale(s, 0);
    s->last = STEPS_MAX;
    pthread_mutex_unlock(&s->lock);
}

/*
 * As much of what waits for the child as its pipe takes: a child that does not
 * read must not hold us up. That a pipe is broken is found where it is read.
 */
static void write_child(struct session *s)
{
    while (s->child.pid && s->in_at < s->in.len) {
        ssize_t wrote = write(s->child.to, s->in.ptr + s->in_at, s->in.len - s->in_at);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return;
        s->in_at += (size_t)wrote;
    }
    str_clear(&s->in);
    s->in_at = 0;
}

static enum lk_status start_child(struct session *s, struct lk_error *err)
{
    const char *const argv[] = {s->program, "lab-worker", NULL};
    /* A lab has no use for our environment, which may hold keys. */
    const char *const bare[] = {"LC_ALL=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0", NULL};
    struct child_spec spec = {
        .argv = argv,
        .env = bare,
        .pipe_in = true,
        .pipe_out = true,
        .pipe_err = true,
        .own_group = true,
    };
    enum lk_status st = child_start(&s->child, &spec, err);

    if (st)
        return st;
    fcntl(s->child.to, F_SETFL, O_NONBLOCK);
    fcntl(s->child.from, F_SETFL, O_NONBLOCK);
    fcntl(s->child.from_err, F_SETFL, O_NONBLOCK);
    str_puts(&s->in, s->setup);
    return LK_OK;
}

/* Everything that is there to read, up to max bytes in `to`; false at the end of the pipe. */
static bool drain(int fd, struct str *to, size_t max)
{
    char buf[65536];

    for (;;) {
        ssize_t got = read(fd, buf, sizeof buf);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN;
        if (got == 0)
            return false;
        if (to->len + (size_t)got <= max)
            str_add(to, buf, (size_t)got);
        else if (max > ERRORS_MAX)
            return true; /* an event without end: the caller looks at its length */
    }
}

/* ---- running ------------------------------------------------------------- */

static void put_command(struct session *s, struct str *line)
{
    const struct step *step = &s->steps[s->current];
    bool judge = s->judge && s->plan_at + 1 == s->plan_len && step->check;
    int threads = s->threads > 0 ? s->threads : cpu_count();
    struct json_out w;

    json_begin(&w, line, false);
    json_open(&w, NULL, '{');
    json_put_int(&w, "index", (int64_t)s->current);
    json_put_z(&w, "step", step->id);
    json_put_z(&w, "code", s->only_judge ? NULL : step->code ? step->code : step->starter);
    json_put_z(&w, "check", judge ? step->check : NULL);
    json_put_int(&w, "cpu", ((int64_t)step->timeout_ms / 1000 + 2) * threads);
    json_close(&w);
    str_putc(line, '\n');
}

/* The plan is over: nothing runs until the owner asks again. */
static void finish(struct session *s)
{
    pthread_mutex_lock(&s->lock);
    s->busy = false;
    s->stop = false;
    s->plan_len = s->plan_at = 0;
    pthread_cond_broadcast(&s->idle);
    pthread_mutex_unlock(&s->lock);
}

static void set_state(struct session *s, enum step_state state)
{
    pthread_mutex_lock(&s->lock);
    if (s->steps[s->current].state == STEP_RUNNING)
        s->steps[s->current].state = state;
    pthread_mutex_unlock(&s->lock);
}

/* The step could not be brought to an end by the child itself. */
static void break_off(struct session *s, const char *reason, const char *text)
{
    if (text)
        tell_error(s, text);
    tell_end(s, reason);
    end_child(s);
    set_state(s, STEP_FAILED);
    finish(s);
}

/* Send the next step of the plan, or finish. */
static void send_next(struct session *s)
{
    struct str line = STR_INIT;
    struct lk_error err = {0};
    bool more, stop;

    pthread_mutex_lock(&s->lock);
    more = s->plan_at < s->plan_len;
    stop = s->stop;
    if (more && !stop) {
        s->current = s->plan[s->plan_at];
        s->steps[s->current].state = STEP_RUNNING;
        s->last = STEPS_MAX;
        put_command(s, &line);
    }
    pthread_mutex_unlock(&s->lock);
    s->started_ns = clock_steady_ns();
    s->kill_ns = 0;
    if (!more || stop) {
        finish(s);
    } else if (!s->child.pid && start_child(s, &err)) {
        break_off(s, "error", err.text);
    } else {
        str_put(&s->in, slice_str(&line));
        write_child(s);
        s->sent = true;
        s->begun = s->waits = false;
        if (s->agent)
            agent_next_step(s->agent);
        s->deadline_ns = s->started_ns + (int64_t)s->steps[s->current].timeout_ms * 1000000;
    }
    str_done(&line);
}

/* The child says that the step has ended. */
static void step_ended(struct session *s, bool ok)
{
    s->sent = false;
    set_state(s, ok ? STEP_DONE : STEP_FAILED);
    pthread_mutex_lock(&s->lock);
    s->last = ok ? s->current : STEPS_MAX;
    s->plan_at = ok ? s->plan_at + 1 : s->plan_len;
    pthread_mutex_unlock(&s->lock);
    send_next(s);
}

/* "!ready landlock=7 seccomp=1": zeros say what this kernel lacks. */
static const char *read_weakness(struct slice line)
{
    bool files = !strstr(line.ptr, "landlock=0"), calls = !strstr(line.ptr, "seccomp=0");

    if (files && calls)
        return "";
    if (calls)
        return "this kernel has no Landlock: a lab's files are held by their names alone";
    if (files)
        return "this kernel has no seccomp: a lab's system calls are not looked at";
    return "this kernel has neither Landlock nor seccomp: labs are held by limits alone";
}

static void child_is_ready(struct session *s, struct slice line)
{
    char *text = mem_strndup(line.ptr, line.len);

    pthread_mutex_lock(&s->lock);
    s->weakness = read_weakness(slice_of(text));
    pthread_mutex_unlock(&s->lock);
    free(text);
}

static void take_line(struct session *s, struct slice line)
{
    if (slice_starts(line, "!ready"))
        child_is_ready(s, line);
    if (slice_is(line, "!end 1") || slice_is(line, "!end 0"))
        step_ended(s, line.ptr[line.len - 1] == '1');
    else if (slice_starts(line, "!cloud ") && s->sent)
        session_cloud_ask(s, slice_from(line, 7));
    else if (line.len && line.ptr[0] == '{') {
        s->begun = true;
        deliver(s, line);
    }
}

/* Whole lines out of s->out. */
static void take_lines(struct session *s)
{
    size_t at = 0;

    while (at < s->out.len) {
        const char *end = memchr(s->out.ptr + at, '\n', s->out.len - at);

        if (!end)
            break;
        take_line(s, (struct slice){s->out.ptr + at, (size_t)(end - s->out.ptr) - at});
        at = (size_t)(end - s->out.ptr) + 1;
        if (at > s->out.len)
            return; /* the child was ended meanwhile, and its output with it */
    }
    memmove(s->out.ptr, s->out.ptr + at, s->out.len - at);
    str_cut(&s->out, s->out.len - at);
}

/*
 * It died between two commands, so the one that was sent just then has met
 * nobody: begin the run anew, once, with a child of its own.
 */
static void begin_anew(struct session *s)
{
    end_child(s);
    set_state(s, STEP_STALE);
    pthread_mutex_lock(&s->lock);
    s->repeated = true;
    s->only_judge = false;
    session_make_plan(s, s->plan[s->plan_len - 1]);
    pthread_mutex_unlock(&s->lock);
    send_next(s);
}

/* The child has gone: say why, in words. */
static void child_died(struct session *s)
{
    char text[400];
    const char *reason = "limit";
    int code = 0;

    if (s->sent && !s->begun && !s->repeated && !s->kill_ns) {
        begin_anew(s);
        return;
    }
    drain(s->child.from_err, &s->errors, ERRORS_MAX);
    if (!child_wait(&s->child, 1000, &code))
        child_kill(&s->child);
    if (strstr(s->errors.ptr, "out of memory") || code == 128 + SIGKILL) {
        snprintf(text, sizeof text, "the step needed more memory than a lab may use (%llu MB)",
                 (unsigned long long)(s->memory_bytes >> 20));
    } else if (code == 128 + SIGXCPU) {
        snprintf(text, sizeof text, "the step used more processor time than it may");
    } else {
        reason = "error";
        snprintf(text, sizeof text, "the lab's process ended unexpectedly%s%.300s",
                 s->errors.len ? ": " : "",
                 s->errors.len ? slice_trim(slice_str(&s->errors)).ptr : "");
    }
    if (s->sent)
        break_off(s, s->kill_ns ? "stopped" : reason, s->kill_ns ? NULL : text);
    else
        end_child(s);
}

static void read_child(struct session *s)
{
    bool open;

    drain(s->child.from_err, &s->errors, ERRORS_MAX);
    open = drain(s->child.from, &s->out, LINE_MAX_BYTES);
    take_lines(s);
    if (!open && s->child.pid)
        child_died(s);
    else if (s->out.len >= LINE_MAX_BYTES - 65536)
        break_off(s, "limit", "one piece of output was longer than 16 MB");
}

/* ---- the thread ---------------------------------------------------------- */

static void watch_clock(struct session *s)
{
    int64_t now = clock_steady_ns();
    bool stop;
    char text[200];

    pthread_mutex_lock(&s->lock);
    stop = s->stop;
    pthread_mutex_unlock(&s->lock);
    if (!s->sent)
        return;
    s->deadline_ns += s->waits ? now - s->looked_ns : 0;
    s->waits = session_cloud_waits(s);
    s->looked_ns = now;
    if (stop && !s->kill_ns) {
        s->kill_ns = now + (int64_t)STOP_MS * 1000000;
        kill(s->child.pid, SIGUSR1);
        session_cloud_stop(s);
    } else if (s->kill_ns && now >= s->kill_ns) {
        break_off(s, "stopped", NULL);
    } else if (now >= s->deadline_ns) {
        snprintf(text, sizeof text, "the step took longer than the %g s it may",
                 s->steps[s->current].timeout_ms / 1000.0);
        break_off(s, "timeout", text);
    }
}

static int wait_ms(const struct session *s)
{
    int64_t until = s->kill_ns ? s->kill_ns : s->deadline_ns;
    int64_t left = (until - clock_steady_ns()) / 1000000 + 1;

    return !s->sent ? -1 : left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

/* What the owner has asked for since; false when it is to close. */
static bool take_wishes(struct session *s)
{
    uint64_t count;
    bool start, reset, closing;

    if (read(s->wake, &count, sizeof count) < 0 && errno != EAGAIN)
        return false;
    pthread_mutex_lock(&s->lock);
    start = s->busy && !s->sent;
    reset = s->reset;
    closing = s->closing;
    s->reset = false;
    pthread_mutex_unlock(&s->lock);
    if (closing)
        return false;
    if (reset && s->sent)
        break_off(s, "stopped", NULL);
    else if (reset)
        end_child(s);
    if (start)
        send_next(s);
    return true;
}

void *session_work(void *arg)
{
    struct session *s = arg;

    for (;;) {
        bool more = s->child.pid && s->in.len;
        struct pollfd fds[4] = {{s->wake, POLLIN, 0},
                                {s->child.pid ? s->child.from : -1, POLLIN, 0},
                                {s->child.pid ? s->child.from_err : -1, POLLIN, 0},
                                {more ? s->child.to : -1, POLLOUT, 0}};

        poll(fds, 4, wait_ms(s));
        if ((fds[0].revents & POLLIN) && !take_wishes(s))
            break;
        session_cloud_collect(s, &s->in);
        write_child(s);
        if (s->in.len > UNREAD_MAX && s->sent)
            break_off(s, "limit", "the lab asks the cloud and does not listen to the answers");
        if (s->child.pid && (fds[1].revents || fds[2].revents))
            read_child(s);
        watch_clock(s);
    }
    if (s->sent)
        break_off(s, "stopped", NULL);
    child_kill(&s->child);
    finish(s);
    return NULL;
}
