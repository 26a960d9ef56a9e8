/* Child processes: pipes, exit codes, time limits, groups killed as one, and what a child inherits.
 */
#include "base/child.h"
#include "base/clock.h"
#include "base/str.h"
#include "unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static void start_shell(struct child *c, const char *script, bool pipe_in, bool own_group)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    struct child_spec spec = {.argv = argv,
                              .pipe_in = pipe_in,
                              .pipe_out = true,
                              .pipe_err = true,
                              .own_group = own_group};
    struct lk_error err = {0};

    assert_ok(child_start(c, &spec, &err), &err);
}

/* Everything the child writes until it closes its end. */
static void read_all(int fd, char *buf, size_t size)
{
    size_t n = 0;
    ssize_t got;

    while (n + 1 < size && (got = read(fd, buf + n, size - 1 - n)) > 0)
        n += (size_t)got;
    buf[n] = '\0';
}

static void test_pipes_and_code(void **state)
{
    struct child c;
    char out[100], e[100];
    int code = -1;

    start_shell(&c, "read x; echo \"got $x\"; echo bad >&2; exit 7", true, false);
    assert_int_equal(write(c.to, "hello\n", 6), 6);
    read_all(c.from, out, sizeof out);
    read_all(c.from_err, e, sizeof e);
    assert_true(child_wait(&c, 5000, &code));
    assert_string_equal(out, "got hello\n");
    assert_string_equal(e, "bad\n");
    assert_int_equal(code, 7);
    assert_int_equal(c.pid, 0);
    child_kill(&c);
    child_kill(&c);
}

static void test_wait_has_a_limit(void **state)
{
    struct child c;
    int64_t start = clock_steady_ns();
    int code;

    start_shell(&c, "exec sleep 30", false, false);
    assert_false(child_wait(&c, 50, &code));
    child_kill(&c);
    assert_true((clock_steady_ns() - start) / 1000000 < 5000);
    assert_int_equal(c.from, -1);
}

static void test_group_dies_as_one(void **state)
{
    struct child c;
    char out[64];
    long grandchild;

    start_shell(&c, "sleep 30 & echo $!; wait", false, true);
    assert_true(read(c.from, out, sizeof out - 1) > 0);
    grandchild = strtol(out, NULL, 10);
    assert_true(grandchild > 1);
    child_kill(&c);
    for (int i = 0; i < 100 && !kill((pid_t)grandchild, 0); i++) {
        char path[64], status[256] = "";
        int fd;

        /* Dead is also one whom nobody has waited for yet. */
        snprintf(path, sizeof path, "/proc/%ld/stat", grandchild);
        if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
            return;
        assert_true(read(fd, status, sizeof status - 1) > 0);
        close(fd);
        if (strstr(status, ") Z "))
            return;
        usleep(10000);
    }
    assert_int_not_equal(kill((pid_t)grandchild, 0), 0);
}

static void test_nothing_leaks_in(void **state)
{
    struct child c;
    char out[200];
    int fd = open("/dev/null", O_RDONLY); /* not close-on-exec, on purpose */

    assert_true(fd > 2);
    start_shell(&c, "ls /proc/self/fd | wc -l", false, false);
    read_all(c.from, out, sizeof out);
    assert_int_equal(strtol(out, NULL, 10), 4); /* three, and the folder being listed */
    child_kill(&c);
    close(fd);
}

static void test_missing_program(void **state)
{
    const char *const argv[] = {"no-such-program-here", NULL};
    struct child_spec spec = {.argv = argv};
    struct child c;
    struct lk_error err = {0};

    assert_int_equal(child_start(&c, &spec, &err), LK_EIO);
    assert_non_null(strstr(err.text, "no-such-program-here"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipes_and_code),    cmocka_unit_test(test_wait_has_a_limit),
        cmocka_unit_test(test_group_dies_as_one), cmocka_unit_test(test_nothing_leaks_in),
        cmocka_unit_test(test_missing_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
