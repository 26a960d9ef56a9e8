/* What a lab's process can still do once it has entered the sandbox, tried with real system calls.
 */
#include "base/file.h"
#include "base/thread.h"
#include "lab/sandbox.h"
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char work[] = "/tmp/labbook-sandbox-XXXXXX";

/* Run f in a process of its own inside the sandbox; returns its answer (0 to 100), or 101. */
static int inside(int (*f)(const struct sandbox_report *))
{
    pid_t pid = fork();
    int status;

    if (!pid) {
        const char *const read[] = {"tests/data", NULL};
        struct sandbox s = {work, read};
        struct sandbox_report report = {0};
        struct lk_error err = {0};

        if (sandbox_enter(&s, &report, &err))
            _exit(102);
        _exit(f(&report));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

static int opens(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Each attempt that succeeds has a number; 0 says that none did. */
static int try_files(const struct sandbox_report *report)
{
    char path[256];

    if (!report->landlock)
        return 0; /* the kernel has none: the host's own rules on names stand alone */
    if (opens("/etc/passwd", O_RDONLY))
        return 1;
    if (opens("/proc/self/environ", O_RDONLY))
        return 2;
    if (opens("Makefile", O_RDONLY))
        return 3;
    if (opens("tests/data/new-file", O_WRONLY | O_CREAT))
        return 4;
    if (opens("/tmp/labbook-outside", O_WRONLY | O_CREAT))
        return 5;
    snprintf(path, sizeof path, "%s/inside", work);
    if (!opens(path, O_WRONLY | O_CREAT))
        return 6; /* its own folder must work */
    if (rename(path, "/tmp/labbook-moved") == 0)
        return 7;
    return 0;
}

static int try_processes(const struct sandbox_report *report)
{
    char name[] = "true", *const argv[] = {name, NULL};
    pid_t child;

    if (!report->seccomp)
        return 50;
    if (fork() >= 0)
        return 1;
    if (posix_spawnp(&child, "true", NULL, NULL, argv, NULL) == 0)
        return 2;
    if (execve("/bin/true", argv, NULL) == 0)
        return 3;
    if (kill(getppid(), 0) == 0)
        return 4;
    if (ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0)
        return 5;
    if (syscall(SYS_tgkill, getppid(), getppid(), 0) == 0)
        return 6;
    return 0;
}

static int try_network(const struct sandbox_report *report)
{
    int pair[2];

    if (socket(AF_INET, SOCK_STREAM, 0) >= 0)
        return 1;
    if (socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
        return 2;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
        return 3;
    return 0;
}

static int try_memory(const struct sandbox_report *report)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return 1;
    if (mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0)
        return 2;
    if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        return 3;
    return 0;
}

static void *answer(void *arg)
{
    *(int *)arg = 7;
    return NULL;
}

/* Training needs threads; so they must still start. */
static int try_threads(const struct sandbox_report *report)
{
    pthread_t id;
    int got = 0;

    if (pthread_create(&id, NULL, answer, &got) || pthread_join(id, NULL))
        return 1;
    return got == 7 ? 0 : 2;
}

static void test_files(void **state)
{
    assert_int_equal(inside(try_files), 0);
}

static void test_processes(void **state)
{
    assert_int_equal(inside(try_processes), 0);
}

static void test_network(void **state)
{
    assert_int_equal(inside(try_network), 0);
}

static void test_memory(void **state)
{
    assert_int_equal(inside(try_memory), 0);
}

static void test_threads(void **state)
{
    assert_int_equal(inside(try_threads), 0);
}

static int make_work(void **state)
{
    return mkdtemp(work) ? 0 : 1;
}

static int remove_work(void **state)
{
    return file_remove(work, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),   cmocka_unit_test(test_processes),
        cmocka_unit_test(test_network), cmocka_unit_test(test_memory),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, make_work, remove_work);
}
