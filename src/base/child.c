/*
 * posix_spawn with the pipes that were asked for. Descriptors other than the
 * three are closed in the child, so nothing leaks into it. Waiting with a time
 * limit polls a pidfd; on a kernel without, it looks every few milliseconds.
 */
#include "base/child.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- starting ------------------------------------------------------------ */

/* The three pipes: [i][0] is read, [i][1] is written; -1 where there is none. */
struct pipes {
    int end[3][2];
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void close_pipes(struct pipes *p)
{
    for (int i = 0; i < 3; i++) {
        close_end(&p->end[i][0]);
        close_end(&p->end[i][1]);
    }
}

static enum lk_status open_pipes(struct pipes *p, const struct child_spec *spec,
                                 struct lk_error *err)
{
    const bool wanted[3] = {spec->pipe_in, spec->pipe_out, spec->pipe_err};

    memset(p, -1, sizeof *p);
    for (int i = 0; i < 3; i++)
        if (wanted[i] && pipe2(p->end[i], O_CLOEXEC)) {
            close_pipes(p);
            return error_errno(err, "make a pipe for", spec->argv[0]);
        }
    return LK_OK;
}

static void plan_files(posix_spawn_file_actions_t *a, const struct pipes *p,
                       const struct child_spec *spec)
{
    posix_spawn_file_actions_init(a);
    if (spec->pipe_in)
        posix_spawn_file_actions_adddup2(a, p->end[0][0], 0);
    else
        posix_spawn_file_actions_addopen(a, 0, "/dev/null", O_RDONLY, 0);
    for (int i = 1; i < 3; i++)
        if (p->end[i][1] >= 0)
            posix_spawn_file_actions_adddup2(a, p->end[i][1], i);
    posix_spawn_file_actions_addclosefrom_np(a, 3);
    if (spec->folder)
        posix_spawn_file_actions_addchdir_np(a, spec->folder);
}

/* Signals as a new program expects them, whatever we have done to ours. */
static void plan_signals(posix_spawnattr_t *attr, const struct child_spec *spec)
{
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(attr);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &all);
    posix_spawnattr_setflags(attr, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                           (spec->own_group ? POSIX_SPAWN_SETPGROUP : 0)));
}

enum lk_status child_start(struct child *c, const struct child_spec *spec, struct lk_error *err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    struct pipes p;
    pid_t pid;
    enum lk_status st = open_pipes(&p, spec, err);

    if (st)
        return st;
    plan_files(&files, &p, spec);
    plan_signals(&attr, spec);
    errno = posix_spawnp(&pid, spec->argv[0], &files, &attr, (char *const *)spec->argv,
                         spec->env ? (char *const *)spec->env : environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    if (errno) {
        st = error_errno(err, "start", spec->argv[0]);
    } else {
        *c = (struct child){pid, p.end[0][1], p.end[1][0], p.end[2][0], spec->own_group};
        p.end[0][1] = p.end[1][0] = p.end[2][0] = -1;
    }
    close_pipes(&p);
    return st;
}

/* ---- waiting ------------------------------------------------------------- */

/* Has it ended? Then *code is set and c->pid is 0. */
static bool reap(struct child *c, bool block, int *code)
{
    int status;
    pid_t got;

    do
        got = waitpid(c->pid, &status, block ? 0 : WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return false;
    /* got < 0: somebody else has waited for it; it is gone all the same. */
    if (code)
        *code = got < 0 ? -1 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    c->pid = 0;
    return true;
}

bool child_wait(struct child *c, int timeout_ms, int *code)
{
    int64_t end = clock_steady_ns() + (int64_t)timeout_ms * 1000000, left;
    bool ended;
    int fd;

    if (!c->pid)
        return true;
    if (timeout_ms < 0)
        return reap(c, true, code);
    fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
    while (!(ended = reap(c, false, code)) && (left = end - clock_steady_ns()) > 0) {
        struct pollfd p = {fd, POLLIN, 0};
        int ms = (int)(left / 1000000 + 1);

        poll(&p, fd >= 0, fd >= 0 || ms < 5 ? ms : 5);
    }
    if (fd >= 0)
        close(fd);
    return ended;
}

void child_close(struct child *c)
{
    close_end(&c->to);
    close_end(&c->from);
    close_end(&c->from_err);
}

void child_kill(struct child *c)
{
    if (c->pid) {
        kill(c->own_group ? -c->pid : c->pid, SIGKILL);
        reap(c, true, NULL);
    }
    child_close(c);
}
