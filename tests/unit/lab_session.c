/*
 * Sessions: order of events, what is run again and what is not, stopping in
 * time, and a child that is killed in the middle.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "lab/session.h"
#include "unit/unit.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    struct str events;
} seen = {PTHREAD_MUTEX_INITIALIZER, STR_INIT};

static char folder[] = "/tmp/labbook-session-XXXXXX";
static struct lesson *lesson;
static char *program;

static void on_event(void *ctx, struct slice event)
{
    pthread_mutex_lock(&seen.lock);
    str_put(&seen.events, event);
    str_putc(&seen.events, '\n');
    pthread_mutex_unlock(&seen.lock);
}

static bool saw(const char *part)
{
    bool there;

    pthread_mutex_lock(&seen.lock);
    there = strstr(seen.events.ptr, part) != NULL;
    pthread_mutex_unlock(&seen.lock);
    return there;
}

static int count(const char *part)
{
    int n = 0;

    for (const char *p = seen.events.ptr; (p = strstr(p, part)); p++)
        n++;
    return n;
}

static struct session *open_session(void)
{
    struct session_options o = {
        .work_folder = "/tmp/labbook-session-work", .target = TARGET_LOCAL, .program = program};
    struct session *s = NULL;
    struct lk_error err = {0};

    str_clear(&seen.events);
    assert_ok(session_open(&s, lesson, &o, on_event, NULL, &err), &err);
    return s;
}

static void run(struct session *s, const char *step, const char *code)
{
    struct lk_error err = {0};

    pthread_mutex_lock(&seen.lock);
    str_clear(&seen.events);
    pthread_mutex_unlock(&seen.lock);
    assert_ok(session_run(s, step, code, true, &err), &err);
    assert_true(session_wait(s, 20000));
}

static void test_steps_before_run_first_and_once(void **state)
{
    struct session *s = open_session();

    run(s, "third", NULL);
    assert_true(saw("three 3"));
    assert_int_equal(count("\"kind\":\"start\""), 3);
    run(s, "third", NULL);
    assert_int_equal(count("\"kind\":\"start\""), 1);
    assert_int_equal(session_state(s, "first"), STEP_DONE);
    session_edit(s, "second", "b = 10");
    assert_int_equal(session_state(s, "first"), STEP_DONE);
    assert_int_equal(session_state(s, "second"), STEP_STALE);
    assert_int_equal(session_state(s, "third"), STEP_STALE);
    run(s, "third", NULL);
    assert_int_equal(count("\"kind\":\"start\""), 2);
    assert_true(saw("three 11"));
    session_close(s);
}

static void test_no_hidden_state(void **state)
{
    struct session *s = open_session();

    run(s, "third", "later = true");
    run(s, "second", "print('later is', later) b = 2");
    assert_true(saw("later is\\tnil"));
    session_close(s);
}

/* Lists, maps in cycles, what functions close over, metatables: all is put back. */
static void test_a_step_run_twice_finds_the_same(void **state)
{
    static const char first[] =
        "a = 1\n"
        "list = {1, {2}}\n"
        "list.me = list\n"
        "local n = 0\n"
        "function up() n = n + 1 return n end\n"
        "function now() return n end\n"
        "object = setmetatable({v = 1}, {__index = function(t, k) return k .. t.v end})\n"
        "for i = 1, 200000 do chain = {next = chain} end\n"
        "flow = coroutine.wrap(function() while true do coroutine.yield(n) end end)\n"
        "numbers = {}\n"
        "for i = 1, 1000 do numbers[i] = i end\n";
    static const char second[] =
        "b = 2\n"
        "list[#list + 1], list[2][1], object.v = 9, list[2][1] + 1, object.v + 1\n"
        "up()\n"
        "numbers[7] = numbers[7] + 1\n"
        "chain.next = nil\n"
        "setmetatable(_G, {__index = function(_, name) return name end})\n"
        "print(#list, list.me == list, list[2][1], now(), object.w, numbers[7], unknown, flow())";
    static const char wanted[] = "3\\ttrue\\t3\\t1\\tw2\\t8\\tunknown\\t";
    struct session *s = open_session();

    session_edit(s, "first", first);
    for (int i = 0; i < 3; i++) {
        run(s, "second", second);
        assert_true(saw(wanted));
    }
    assert_int_equal(count("\"kind\":\"start\""), 1);
    run(s, "third", "print(#list, now(), numbers[7], unknown)");
    assert_true(saw("3\\t1\\t8\\tunknown"));
    run(s, "second", "b = 2 print(unknown, getmetatable(_G), #list)");
    assert_true(saw("nil\\tnil\\t2"));
    session_close(s);
}

static void judge(struct session *s, const char *step, const char *code)
{
    struct lk_error err = {0};

    str_clear(&seen.events);
    assert_ok(session_judge(s, step, code, &err), &err);
    assert_true(session_wait(s, 20000));
}

/* Check after Run: the step is judged as it stands, and runs only where that is not so. */
static void test_judged_as_it_stands(void **state)
{
    static const char code[] = "print('ran') a = setmetatable({}, {__eq = function() a = 2 return "
                               "true end})";
    struct session *s = open_session();

    run(s, "first", "a = 1 print('ran')");
    for (int i = 0; i < 2; i++) {
        judge(s, "first", "a = 1 print('ran')");
        assert_int_equal(count("\"kind\":\"judge\""), 1);
        assert_int_equal(count("\"kind\":\"start\""), 0);
        assert_true(saw("\"passed\":true"));
        assert_true(saw("\"reason\":\"done\""));
        assert_false(saw("ran"));
        assert_int_equal(session_state(s, "first"), STEP_DONE);
    }
    judge(s, "first", "a = 3 print('ran')"); /* in another form */
    assert_true(saw("ran") && saw("\"passed\":false"));
    run(s, "second", NULL); /* something has run since */
    judge(s, "first", "a = 3 print('ran')");
    assert_int_equal(count("\"kind\":\"start\""), 1);
    judge(s, "first", code);
    judge(s, "first", code);
    assert_int_equal(count("\"kind\":\"judge\""), 1);
    run(s, "second", "print(type(a)) b = 2"); /* whatever the check has done */
    assert_true(saw("table"));
    session_close(s);
}

static void test_errors_that_look_like_ours(void **state)
{
    struct session *s = open_session();

    run(s, "first", "error('the engine has stopped')");
    assert_true(saw("the engine has stopped"));
    assert_true(saw("\"reason\":\"error\""));
    run(s, "first", "check.that(false, 'not yet')");
    assert_true(saw("\"text\":\"not yet\""));
    run(s, "first", "error()");
    assert_true(saw("without a message"));
    run(s, "first", "error({('x'):rep(9000)})");
    assert_true(saw("\"reason\":\"error\""));
    assert_true(seen.events.len < 6000);
    run(s, "first",
        "for i = 1, 3 do lab.progress(i, 3, ('x'):rep(1e6)) end lab.metric(('x'):rep(1e5), 1)");
    assert_true(saw("\"reason\":\"done\""));
    assert_true(seen.events.len < 6000);
    session_close(s);
}

static void test_failure_ends_the_plan(void **state)
{
    struct session *s = open_session();

    session_edit(s, "first", "error('broken')");
    run(s, "third", NULL);
    assert_true(saw("broken"));
    assert_int_equal(session_state(s, "first"), STEP_FAILED);
    assert_int_equal(count("\"kind\":\"start\""), 1);
    session_close(s);
}

static void test_check_is_judged(void **state)
{
    struct session *s = open_session();

    run(s, "first", NULL);
    assert_true(saw("\"kind\":\"check\",\"passed\":true"));
    run(s, "first", "a = 5");
    assert_true(saw("\"kind\":\"check\",\"passed\":false"));
    assert_true(saw("a should be 1 (found 5, expected 1)"));
    session_close(s);
}

/* Wait until the step has begun. */
static void await(const char *part)
{
    for (int i = 0; i < 500 && !saw(part); i++)
        usleep(10000);
    assert_true(saw(part));
}

static void stop_in_time(const char *code, bool keeps_state)
{
    struct session *s = open_session();
    struct lk_error err = {0};
    int64_t start, ms;

    run(s, "first", NULL);
    assert_ok(session_run(s, "second", code, false, &err), &err);
    await("begun");
    start = clock_steady_ns();
    session_stop(s);
    assert_true(session_wait(s, 10000));
    ms = (clock_steady_ns() - start) / 1000000;
    assert_true(saw("\"reason\":\"stopped\""));
    assert_true(ms < 500); /* 100 ms on an idle machine; this one may be busy */
    assert_int_equal(session_state(s, "first") == STEP_DONE, keeps_state);
    session_close(s);
}

static void test_stop_a_loop(void **state)
{
    stop_in_time("print('begun') while true do end", true);
}

static void test_stop_one_c_call(void **state)
{
    stop_in_time("print('begun') string.find(string.rep('a', 300), string.rep('.-', 12) .. 'b')",
                 false);
}

static void test_timeout(void **state)
{
    struct session *s = open_session();

    run(s, "short", "while true do end");
    assert_true(saw("\"reason\":\"timeout\""));
    assert_int_equal(session_state(s, "short"), STEP_FAILED);
    run(s, "third", NULL); /* the session goes on with a new child */
    assert_true(saw("three 3"));
    session_close(s);
}

/* The pid of our only child, by /proc. */
static pid_t find_child(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *e;
    pid_t found = 0;

    while ((e = readdir(proc))) {
        char path[300], text[512];
        FILE *f;
        size_t n;
        const char *after;

        snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
        if (!(f = fopen(path, "re")))
            continue;
        n = fread(text, 1, sizeof text - 1, f);
        text[n] = '\0';
        fclose(f);
        after = strrchr(text, ')');
        if (after && strtol(after + 4, NULL, 10) == getpid())
            found = (pid_t)strtol(e->d_name, NULL, 10);
    }
    closedir(proc);
    return found;
}

static void test_child_killed(void **state)
{
    struct session *s = open_session();
    struct lk_error err = {0};
    pid_t child;

    assert_ok(session_run(s, "second", "print('begun') while true do end", false, &err), &err);
    await("begun");
    child = find_child();
    assert_true(child > 1);
    kill(child, SIGKILL);
    assert_true(session_wait(s, 10000));
    assert_true(saw("\"kind\":\"error\""));
    assert_true(saw("\"reason\":\"limit\""));
    run(s, "second", NULL); /* the session goes on */
    assert_int_equal(session_state(s, "second"), STEP_DONE);
    session_close(s);
}

/* The command is written and not read: nothing of the step has run, so it runs in a new child. */
static void test_child_killed_before_it_read(void **state)
{
    struct session *s = open_session();
    struct lk_error err = {0};
    pid_t child;

    run(s, "first", NULL);
    child = find_child();
    assert_true(child > 1);
    kill(child, SIGSTOP);
    assert_ok(session_run(s, "second", NULL, false, &err), &err);
    usleep(50000);
    kill(child, SIGKILL);
    assert_true(session_wait(s, 10000));
    assert_false(saw("\"kind\":\"error\""));
    assert_int_equal(count("\"kind\":\"start\""), 3); /* first, then both once more */
    assert_int_equal(session_state(s, "second"), STEP_DONE);
    session_close(s);
}

static void test_refusals(void **state)
{
    struct session *s = open_session();
    struct lk_error err = {0};

    assert_int_equal(session_run(s, "fourth", NULL, false, &err), LK_EUSE);
    assert_int_equal(session_run(s, "cloud", NULL, false, &err), LK_EUSE);
    assert_ok(session_run(s, "second", "print('begun') while true do end", false, &err), &err);
    await("begun");
    assert_int_equal(session_run(s, "first", NULL, false, &err), LK_EUSE);
    session_close(s); /* in the middle of a run */
    assert_true(saw("\"reason\":\"stopped\""));
}

/* The same numbers and the same order, whatever process it is. */
static void test_same_output_each_time(void **state)
{
    const char *code = "local t = {} for i = 1, 50 do t['k' .. math.random(1000)] = i end "
                       "for k, v in pairs(t) do print(k, v) end print(next(t))";
    struct session *s = open_session();
    char *first;

    run(s, "first", code);
    first = strdup(seen.events.ptr);
    *strstr(first, "\"kind\":\"end\"") = '\0'; /* which says how long it took */
    session_reset(s);
    run(s, "first", code);
    *strstr(seen.events.ptr, "\"kind\":\"end\"") = '\0';
    assert_string_equal(first, seen.events.ptr);
    free(first);
    session_close(s);
}

static int make_lesson(void **state)
{
    static const char text[] = "---\ntitle: T\nsummary: S\nminutes: 1\n---\n\n"
                               "```lua lab id=first\na = 1\n```\n\n"
                               "```lua check for=first\ncheck.equal(a, 1, 'a should be 1')\n```\n\n"
                               "```lua lab id=second\nb = 2\n```\n\n"
                               "```lua lab id=third\nprint('three ' .. a + b)\n```\n\n"
                               "```lua lab id=short timeout=300ms\nprint(1)\n```\n\n"
                               "```lua lab id=cloud targets=aws\nprint(1)\n```\n";
    char path[300];
    struct lk_error err = {0};
    char *self = path_self(), *slash;

    if (!mkdtemp(folder))
        return 1;
    snprintf(path, sizeof path, "%s/lesson.md", folder);
    if (file_write(path, slice_of(text), &err) || lesson_read(&lesson, folder, &err))
        return 1;
    /* build/tests/unit/lab_session -> build/labbook */
    for (int i = 0; i < 3; i++)
        if ((slash = strrchr(self, '/')))
            *slash = '\0';
    program = path_join(self, "labbook");
    free(self);
    return 0;
}

static int remove_lesson(void **state)
{
    lesson_free(lesson);
    str_done(&seen.events);
    free(program);
    (void)file_remove("/tmp/labbook-session-work", NULL);
    return file_remove(folder, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_before_run_first_and_once),
        cmocka_unit_test(test_no_hidden_state),
        cmocka_unit_test(test_a_step_run_twice_finds_the_same),
        cmocka_unit_test(test_judged_as_it_stands),
        cmocka_unit_test(test_errors_that_look_like_ours),
        cmocka_unit_test(test_failure_ends_the_plan),
        cmocka_unit_test(test_check_is_judged),
        cmocka_unit_test(test_stop_a_loop),
        cmocka_unit_test(test_stop_one_c_call),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_child_killed),
        cmocka_unit_test(test_child_killed_before_it_read),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_same_output_each_time),
    };

    return cmocka_run_group_tests(tests, make_lesson, remove_lesson);
}
