/*
 * Work's processes: our own labkit in the part of a container.
 *
 * They are started through `labkit contained`, which asks the system to kill
 * it when the thread that started it dies (so nothing outlives the cloud),
 * joins stdout and stderr into one stream, and becomes the program. Their
 * environment is made from nothing. Output is cut into lines, none longer
 * than a log event may be.
 */
#include "base/child.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "cloud/internal.h"
#include "cloud/work_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 256 << 10,
    ARGS_MAX = 32,
    ENV_MAX = 160,
    LOOK_MS = 100,
    PROCESSES_MAX = 20
};

struct work_pipe {
    struct child child;
    struct str text; /* a line that is not whole yet */
};

char *work_program(void)
{
    char *self = path_self(), *folder = path_folder(self), *program = path_join(folder, "labkit");

    free(self);
    free(folder);
    return program;
}

/* ---- starting ------------------------------------------------------------------------ */

/* What a container's program may see of our own environment. */
static const char *const kept[] = {"PATH",          "LD_LIBRARY_PATH", "TZ", "ASAN_OPTIONS",
                                   "UBSAN_OPTIONS", "LSAN_OPTIONS",    NULL};

/*
 * Environments come from requests (CreateModel, CreateTrainingJob), which a
 * lesson may make. On AWS they reach a container; here they would reach the
 * loader of a program on this computer (LD_PRELOAD). So what passes are the
 * names that our containers read, and no other.
 */
static bool may_pass(const char *setting)
{
    static const char *const names[] = {"SAGEMAKER_", "TRAINING_JOB_", "LABKIT_",
                                        "AWS_REGION=", "MAX_CONTENT_LENGTH="};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strncmp(setting, names[i], strlen(names[i])))
            return true;
    return false;
}

static void make_env(const char **out, struct arena *a, const struct work_process *p,
                     const char *folder)
{
    size_t n = 0;

    for (size_t i = 0; kept[i]; i++)
        if (getenv(kept[i]))
            out[n++] = arena_printf(a, "%s=%s", kept[i], getenv(kept[i]));
    out[n++] = arena_printf(a, "HOME=%s", folder);
    out[n++] = "LC_ALL=C.UTF-8";
    for (size_t i = 0; p->env && p->env[i] && n + 1 < ENV_MAX; i++)
        if (may_pass(p->env[i]))
            out[n++] = p->env[i];
    out[n] = NULL;
}

static void make_argv(const char **out, struct arena *a, const char *program,
                      const struct work_process *p)
{
    size_t n = 0;

    out[n++] = program;
    out[n++] = "contained";
    out[n++] = "--parent";
    out[n++] = arena_printf(a, "%ld", (long)getpid());
    out[n++] = "--";
    for (size_t i = 0; p->argv[i] && n + 1 < ARGS_MAX; i++)
        out[n++] = p->argv[i];
    out[n] = NULL;
}

enum lk_status work_spawn(struct work *w, struct work_process *p, struct lk_error *err)
{
    const char *argv[ARGS_MAX], *env[ENV_MAX];
    struct child_spec spec = {
        .argv = argv, .env = env, .folder = w->folder, .pipe_out = true, .own_group = true};
    struct arena a = {0};
    char *program = work_program();
    enum lk_status st;

    make_argv(argv, &a, program, p);
    make_env(env, &a, p, w->folder);
    p->inside = mem_calloc(1, sizeof *p->inside);
    str_init(&p->inside->text);
    st = child_start(&p->inside->child, &spec, err);
    if (st) {
        free(p->inside);
        p->inside = NULL;
    } else {
        fcntl(p->inside->child.from, F_SETFL, O_NONBLOCK);
    }
    free(program);
    arena_done(&a);
    return st;
}

/* ---- listening ----------------------------------------------------------------------- */

static void give_lines(struct work_process *p, bool end)
{
    struct str *text = &p->inside->text;
    struct slice rest = slice_str(text);
    size_t n;

    while (rest.len && ((n = slice_find(rest, '\n')) < rest.len || end || n >= LINE_MAX_BYTES)) {
        struct slice line;

        n = n > LINE_MAX_BYTES ? LINE_MAX_BYTES : n;
        line = slice_first(rest, n);
        if (slice_ends(line, "\r"))
            line.len--;
        if (p->line)
            p->line(p->ctx, line);
        rest = slice_from(rest, n < rest.len && rest.ptr[n] == '\n' ? n + 1 : n);
    }
    n = rest.len;
    if (n)
        memmove(text->ptr, rest.ptr, n);
    str_cut(text, n);
}

/* false at the end of the stream. */
static bool read_some(struct work_process *p)
{
    struct work_pipe *in = p->inside;

    for (;;) {
        ssize_t n = read(in->child.from, str_room(&in->text, 1 << 16), 1 << 16);

        if (n > 0) {
            str_grew(&in->text, (size_t)n);
            give_lines(p, false);
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            give_lines(p, true);
            close(in->child.from);
            in->child.from = -1;
            return false;
        } else if (errno == EAGAIN) {
            return true;
        }
    }
}

/* Has it ended? What it wrote last is read first. */
static bool has_ended(struct work_process *p, int wait_ms)
{
    struct work_pipe *in = p->inside;

    if (!in->child.pid)
        return true;
    if (!child_wait(&in->child, wait_ms, &p->code))
        return false;
    if (in->child.from >= 0)
        read_some(p);
    return true;
}

bool work_listen(struct work *w, struct work_process *p, int timeout_ms)
{
    struct work_pipe *in = p->inside;
    bool asked = work_wish(w) != WORK_GO;
    struct pollfd fd[2] = {{in->child.from, POLLIN, 0}, {w->inside->wake, POLLIN, 0}};

    poll(fd, asked ? 1 : 2, timeout_ms);
    if (in->child.from >= 0 && fd[0].revents)
        read_some(p);
    return !has_ended(p, in->child.from < 0 ? timeout_ms : 0);
}

/* ---- ending -------------------------------------------------------------------------- */

static void ask_to_end(struct work_process *p)
{
    if (p->inside && p->inside->child.pid)
        kill(p->inside->child.pid, SIGTERM);
}

static void release(struct work_process *p)
{
    if (!p->inside)
        return;
    child_kill(&p->inside->child);
    str_done(&p->inside->text);
    free(p->inside);
    p->inside = NULL;
}

/* Read on until all have ended, at most until `end` (steady clock). */
static void drain(struct work *w, struct work_process *p, size_t n, int64_t end)
{
    for (size_t i = 0; i < n; i++)
        while (p[i].inside && p[i].inside->child.pid && clock_steady_ns() < end &&
               work_listen(w, &p[i], 10))
            continue;
}

static void end_all(struct work *w, struct work_process *p, size_t n, int64_t grace_ms)
{
    for (size_t i = 0; i < n; i++)
        ask_to_end(&p[i]);
    drain(w, p, n, clock_steady_ns() + grace_ms * 1000000);
    for (size_t i = 0; i < n; i++)
        if (p[i].inside && p[i].inside->child.pid) {
            p[i].code = 128 + SIGKILL;
            child_kill(&p[i].inside->child);
        }
}

void work_end(struct work *w, struct work_process *p, int grace_ms)
{
    if (p->inside)
        end_all(w, p, 1, grace_ms);
    release(p);
}

/* ---- from start to end --------------------------------------------------------------- */

/* Wait for any output or a wish; how many still run, and whether one has failed. */
static size_t look(struct work *w, struct work_process *p, size_t n, bool *failed)
{
    struct pollfd fd[PROCESSES_MAX + 1];
    size_t running = 0;

    for (size_t i = 0; i < n; i++)
        fd[i] = (struct pollfd){p[i].inside->child.from, POLLIN, 0};
    fd[n] = (struct pollfd){w->inside->wake, POLLIN, 0};
    poll(fd, n + 1, LOOK_MS);
    for (size_t i = 0; i < n; i++) {
        bool open = p[i].inside->child.from >= 0;

        if (open && fd[i].revents)
            open = read_some(&p[i]);
        if (has_ended(&p[i], open ? 0 : 10))
            *failed |= p[i].code != 0;
        else
            running++;
    }
    return running;
}

static enum work_end watch(struct work *w, struct work_process *p, size_t n,
                           const struct work_terms *t)
{
    int64_t end = t->limit_ms ? clock_steady_ns() + t->limit_ms * 1000000 : INT64_MAX;
    bool failed = false;

    while (look(w, p, n, &failed)) {
        if (failed)
            return WORK_EXITED;
        if (work_wish(w) != WORK_GO)
            return WORK_STOPPED;
        if (clock_steady_ns() >= end)
            return WORK_TIMED_OUT;
        if (t->interrupt && t->interrupt(t->ctx))
            return WORK_INTERRUPTED;
    }
    return WORK_EXITED;
}

enum work_end work_run(struct work *w, struct work_process *p, size_t n,
                       const struct work_terms *terms, struct lk_error *err)
{
    enum work_end end = n > PROCESSES_MAX ? WORK_FAILED : WORK_EXITED;

    for (size_t i = 0; i < n && end == WORK_EXITED; i++)
        if (work_spawn(w, &p[i], err))
            end = WORK_FAILED;
    if (end == WORK_EXITED)
        end = watch(w, p, n, terms);
    end_all(w, p, n, work_wish(w) == WORK_LEAVE ? 0 : terms->grace_ms);
    for (size_t i = 0; i < n; i++)
        release(&p[i]);
    return end;
}
