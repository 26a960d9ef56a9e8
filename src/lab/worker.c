/*
 * The set-up is read before anything is given up; after that, files are opened
 * below three folders only, by names that cannot lead out of them. A call of
 * the cloud is a line to the parent, "!cloud {..}"; what comes back on stdin is
 * what the parent tells meanwhile, then "=" and the answer.
 *
 * Leaving is _exit: nothing here is worth tidying, and a process that gives up
 * fork cannot run what a leak checker would.
 */
#include "lab/worker.h"

#include "base/child.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "book/lesson.h"
#include "lab/files.h"
#include "lab/lab.h"
#include "lab/sandbox.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    LINE_MAX_BYTES = 16 << 20,
    READ_FOLDERS_MAX = 4,
    OPEN_FILES = 64,
    THREAD_STACK = 1 << 20,
};
static const size_t read_max = (size_t)512 << 20;

struct worker {
    struct json *setup;
    const char *work;
    const char *read[READ_FOLDERS_MAX + 1];
    size_t reads;
    uint64_t disk; /* bytes that all files together may have */
    uint64_t used; /* and have */
    size_t files;
    const char **params;
    struct lab *lab;
    struct str input; /* read and not yet used */
};

static struct lab *running; /* for the signal handler */
static volatile sig_atomic_t stop_asked;

/* ---- lines --------------------------------------------------------------- */

static void write_all(const char *p, size_t n)
{
    while (n) {
        ssize_t wrote = write(STDOUT_FILENO, p, n);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            _exit(1); /* the parent has gone */
        p += wrote;
        n -= (size_t)wrote;
    }
}

static void put_line(struct slice line)
{
    struct str s = STR_INIT;

    str_put(&s, line);
    str_putc(&s, '\n');
    write_all(s.ptr, s.len);
    str_done(&s);
}

/* The next line of stdin in *line, lasting until the next call; false at the end. */
static bool next_line(struct worker *w, struct str *line)
{
    for (;;) {
        size_t at = slice_find(slice_str(&w->input), '\n');
        ssize_t got;

        if (at < w->input.len) {
            str_clear(line);
            str_add(line, w->input.ptr, at);
            memmove(w->input.ptr, w->input.ptr + at + 1, w->input.len - at - 1);
            str_cut(&w->input, w->input.len - at - 1);
            return true;
        }
        if (w->input.len > LINE_MAX_BYTES)
            return false;
        got = read(STDIN_FILENO, str_room(&w->input, 65536), 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        str_grew(&w->input, (size_t)got);
    }
}

/* ---- the host's side of a lab -------------------------------------------- */

static void host_emit(void *ctx, struct slice event)
{
    put_line(event);
}

static bool host_stopped(void *ctx)
{
    return stop_asked;
}

/* A link out of the folders: Landlock stops it where the kernel has that, and this everywhere. */
static bool leads_out(const struct worker *w, const char *path)
{
    char *real = realpath(path, NULL);
    bool inside = false;

    for (size_t i = 0; real && !inside && i <= w->reads; i++) {
        const char *folder = i ? w->read[i - 1] : w->work;
        size_t n = strlen(folder);

        inside = !strncmp(real, folder, n) && real[n] == '/';
    }
    free(real);
    return !inside;
}

static enum lk_status host_read(void *ctx, struct str *out, const char *name, struct lk_error *err)
{
    struct worker *w = ctx;
    enum lk_status st = lab_file_name(name, err);

    for (size_t i = 0; !st && i <= w->reads; i++) {
        char *path = path_join(i ? w->read[i - 1] : w->work, name);
        bool there = file_stat(path).kind == FILE_REGULAR;

        if (there && leads_out(w, path))
            st =
                error_set(err, LK_EIO, "it is a link to somewhere outside the lesson and its data");
        else if (there)
            st = file_read(out, path, read_max, err);
        free(path);
        if (there) {
            if (st && err)
                snprintf(err->file, sizeof err->file, "%s", name);
            return st;
        }
    }
    if (st)
        return st;
    return lab_file_missing(name, err);
}

static enum lk_status host_write(void *ctx, const char *name, struct slice bytes,
                                 struct lk_error *err)
{
    struct worker *w = ctx;
    enum lk_status st = lab_file_name(name, err);
    char *path, *folder;
    int64_t old;
    struct file_info info;

    if (st)
        return st;
    path = path_join(w->work, name);
    info = file_stat(path);
    old = info.kind == FILE_REGULAR ? info.size : 0;
    if (w->used - (uint64_t)old + bytes.len > w->disk) {
        st = lab_file_bytes(w->disk, err);
    } else if (info.kind == FILE_NONE && w->files >= LAB_FILES_MAX) {
        st = lab_file_count(err);
    } else {
        folder = path_folder(path);
        st = file_mkdirs(folder, err);
        if (!st)
            st = file_write(path, bytes, err);
        free(folder);
    }
    if (!st) {
        w->used = w->used - (uint64_t)old + bytes.len;
        w->files += info.kind == FILE_NONE;
    } else if (err) {
        snprintf(err->file, sizeof err->file, "%s", name);
    }
    free(path);
    return st;
}

static int64_t host_written(void *ctx, const char *name)
{
    struct worker *w = ctx;
    char *path;
    struct file_info info;

    if (lab_file_name(name, NULL))
        return -1;
    path = path_join(w->work, name);
    info = file_stat(path);
    free(path);
    return info.kind == FILE_REGULAR ? info.size : -1;
}

/* Data files of a folder; of the work folder, all. */
static void list_folder(struct str *out, const char *folder, bool all)
{
    char **names;
    size_t n;

    if (file_list(&names, &n, folder, NULL))
        return;
    for (size_t i = 0; i < n; i++) {
        char *path = path_join(folder, names[i]);

        if ((all || lesson_is_data(names[i])) && names[i][0] != '.' &&
            file_stat(path).kind == FILE_REGULAR)
            str_printf(out, "%s\n", names[i]);
        free(path);
    }
    file_names_free(names, n);
}

static void host_list(void *ctx, struct str *out)
{
    struct worker *w = ctx;

    list_folder(out, w->work, true);
    for (size_t i = 0; i < w->reads; i++)
        list_folder(out, w->read[i], false);
}

static void count_files(struct worker *w, const char *folder, int depth)
{
    char **names;
    size_t n;

    if (depth > 8 || file_list(&names, &n, folder, NULL))
        return;
    for (size_t i = 0; i < n; i++) {
        char *path = path_join(folder, names[i]);
        struct file_info info = file_stat(path);

        if (info.kind == FILE_REGULAR) {
            w->used += (uint64_t)info.size;
            w->files++;
        } else if (info.kind == FILE_FOLDER) {
            count_files(w, path, depth + 1);
        }
        free(path);
    }
    file_names_free(names, n);
}

static enum lk_status host_cloud(void *ctx, struct slice call, lab_told_fn *told, void *told_ctx,
                                 struct str *answer, struct lk_error *err)
{
    struct worker *w = ctx;
    struct str line = STR_INIT;

    str_puts(&line, "!cloud ");
    str_put(&line, call);
    put_line(slice_str(&line));
    do {
        if (!next_line(w, &line))
            _exit(1); /* the parent has gone */
        if (line.ptr[0] != '=')
            told(told_ctx, slice_str(&line));
    } while (line.ptr[0] != '=');
    str_put(answer, slice_from(slice_str(&line), 1));
    str_done(&line);
    w->used = w->files = 0; /* files may have come */
    count_files(w, w->work, 0);
    return LK_OK;
}

/* ---- set-up -------------------------------------------------------------- */

static enum lk_status read_setup(struct worker *w, struct lk_error *err)
{
    struct str line = STR_INIT;
    enum lk_status st;
    size_t params;

    if (!next_line(w, &line))
        st = error_set(err, LK_EUSE, "lab-worker is started by labbook, not by hand");
    else
        st = json_parse(&w->setup, slice_str(&line), "set-up", err);
    str_done(&line);
    if (st)
        return st;
    w->work = json_string(json_get(w->setup, "work"), NULL);
    if (!w->work)
        return error_set(err, LK_EUSE, "the set-up names no work folder");
    for (const struct json *r = json_first(json_get(w->setup, "read"));
         r && w->reads < READ_FOLDERS_MAX; r = json_next(r))
        w->read[w->reads++] = json_string(r, "");
    params = json_count(json_get(w->setup, "params"));
    w->params = mem_calloc(params + 1, sizeof *w->params);
    for (size_t i = 0; i < params; i++)
        w->params[i] = json_string(json_at(json_get(w->setup, "params"), i), "");
    w->disk = (uint64_t)json_number(json_get(w->setup, "disk"), 0);
    count_files(w, w->work, 0);
    return LK_OK;
}

/* Die with the parent, whatever a lab is doing; limits and sandbox before any code of a lab. */
static enum lk_status give_up(struct worker *w, struct sandbox_report *report, struct lk_error *err)
{
    struct limits limits = {
        .memory_bytes = (uint64_t)json_number(json_get(w->setup, "memory"), 0),
        .file_bytes = w->disk,
        .files = OPEN_FILES,
    };
    struct sandbox sandbox = {w->work, w->read};
    pthread_attr_t attr;
    enum lk_status st;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    mallopt(M_ARENA_MAX, 4); /* each arena takes address space, which is limited */
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, THREAD_STACK);
    pthread_setattr_default_np(&attr);
    pthread_attr_destroy(&attr);
    st = limits_apply(&limits, err);
    return st ? st : sandbox_enter(&sandbox, report, err);
}

static void on_stop(int signal)
{
    stop_asked = 1;
    if (running)
        lab_interrupt(running);
}

static void set_signals(void)
{
    struct sigaction stop = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    sigaction(SIGUSR1, &stop, NULL);
    sigaction(SIGXFSZ, &ignore, NULL); /* writing fails instead */
}

/* So much processor time from now on; the parent's clock is what stops a step in the end. */
static void allow_time(double seconds)
{
    struct rusage used;
    struct rlimit l;

    if (seconds <= 0 || getrusage(RUSAGE_SELF, &used) || getrlimit(RLIMIT_CPU, &l))
        return;
    l.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1) + (rlim_t)seconds;
    setrlimit(RLIMIT_CPU, &l);
}

static enum lk_status run_line(struct worker *w, struct slice line, struct lk_error *err)
{
    struct json *command;
    struct lab_run run;
    bool ok;
    enum lk_status st = json_parse(&command, line, "command", err);

    if (st)
        return st;
    run = (struct lab_run){
        .index = (int)json_number(json_get(command, "index"), 0),
        .step = json_string(json_get(command, "step"), ""),
        .code = json_string(json_get(command, "code"), NULL),
        .check = json_string(json_get(command, "check"), NULL),
    };
    allow_time(json_number(json_get(command, "cpu"), 0));
    stop_asked = 0;
    running = w->lab;
    ok = run.code ? lab_run(w->lab, &run) : lab_judge(w->lab, &run);
    running = NULL;
    put_line(ok ? SLICE("!end 1") : SLICE("!end 0"));
    json_free(command);
    return LK_OK;
}

enum lk_status lab_worker(struct lk_error *err)
{
    struct worker w = {.input = STR_INIT};
    struct sandbox_report report = {0};
    struct str line = STR_INIT;
    struct lab_host host;
    enum lk_status st = read_setup(&w, err);
    unsigned target;

    if (st)
        return st;
    target = (unsigned)json_number(json_get(w.setup, "target"), TARGET_LOCAL);
    host = (struct lab_host){&w,
                             host_emit,
                             host_read,
                             host_write,
                             host_written,
                             host_list,
                             host_stopped,
                             w.params,
                             target,
                             (int)json_number(json_get(w.setup, "threads"), 0),
                             target == TARGET_LOCAL ? NULL : host_cloud};
    set_signals();
    st = give_up(&w, &report, err);
    if (st)
        return st;
    w.lab = lab_new(&host, 0);
    if (!w.lab)
        return error_set(err, LK_ELIMIT, "not enough memory to start a lab");
    str_printf(&line, "!ready landlock=%d seccomp=%d", report.landlock, report.seccomp);
    put_line(slice_str(&line));
    while (!st && next_line(&w, &line))
        st = run_line(&w, slice_str(&line), err);
    _exit(st ? 1 : 0);
}
