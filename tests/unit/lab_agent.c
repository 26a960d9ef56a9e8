/*
 * A session's calls of the cloud, against a practice cloud of its own: Stop in
 * the midst of a job keeps the lab's state and ends the job; questions reach
 * the owner and wait for the answer; and what a lab's process that means harm
 * can make of the line to its parent.
 */
#include "base/child.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "lab/session.h"
#include "unit/unit.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    struct str events;
} seen = {PTHREAD_MUTEX_INITIALIZER, STR_INIT};

static char folder[] = "/tmp/labbook-agent-XXXXXX";
static char *build, *cloud_at, *work;
static struct lesson *lesson;
static struct child cloud;

static void on_event(void *ctx, struct slice event)
{
    pthread_mutex_lock(&seen.lock);
    str_put(&seen.events, event);
    str_putc(&seen.events, '\n');
    pthread_mutex_unlock(&seen.lock);
}

static int count(const char *part)
{
    int n = 0;

    pthread_mutex_lock(&seen.lock);
    for (const char *p = seen.events.ptr; (p = strstr(p, part)); p++)
        n++;
    pthread_mutex_unlock(&seen.lock);
    return n;
}

static void forget(void)
{
    pthread_mutex_lock(&seen.lock);
    str_clear(&seen.events);
    pthread_mutex_unlock(&seen.lock);
}

static void await(const char *part)
{
    for (int i = 0; i < 1000 && !count(part); i++)
        usleep(20000);
    if (!count(part))
        fail_msg("never came: %s; but: %s", part, seen.events.ptr);
}

static struct session *open_session(unsigned target, const char *program)
{
    struct session_options o = {
        .work_folder = work, .target = target, .program = program, .cloud_folder = cloud_at};
    struct session *s = NULL;
    struct lk_error err = {0};

    forget();
    assert_ok(session_open(&s, lesson, &o, on_event, NULL, &err), &err);
    return s;
}

static void start(struct session *s, const char *step)
{
    struct lk_error err = {0};

    forget();
    assert_ok(session_run(s, step, NULL, false, &err), &err);
}

static void run(struct session *s, const char *step)
{
    start(s, step);
    assert_true(session_wait(s, 30000));
}

/* ---- Stop -------------------------------------------------------------------- */

static void test_stop_keeps_state_and_ends_the_job(void **state)
{
    char *labbook = path_join(build, "labbook");
    struct session *s = open_session(TARGET_PRACTICE, labbook);
    struct lk_error err = {0};
    int64_t asked;

    start(s, "endless");
    await("train-logloss"); /* its log: the job runs */
    asked = clock_steady_ns();
    session_stop(s);
    assert_true(session_wait(s, 10000));
    assert_true(clock_steady_ns() - asked < 500000000); /* 100 ms on an idle machine */
    assert_int_equal(count("\"reason\":\"stopped\""), 1);
    assert_int_equal(session_state(s, "begin"), STEP_DONE);
    forget();
    assert_ok(session_run(s, "look",
                          "print('a is ' .. a)\n"
                          "for i = 1, 200 do status = sagemaker.describe('training job', "
                          "'labbook-endless-1').TrainingJobStatus "
                          "if status == 'Stopped' then break end end\n"
                          "print('the job is ' .. status)",
                          false, &err),
              &err);
    assert_true(session_wait(s, 30000));
    assert_int_equal(count("\"kind\":\"start\""), 1); /* "begin" need not run again */
    assert_int_equal(count("a is 1"), 1);
    assert_int_equal(count("the job is Stopped"), 1);
    session_close(s);
    free(labbook);
}

static void test_no_call_outlives_its_session(void **state)
{
    char *labbook = path_join(build, "labbook");
    struct session *s = open_session(TARGET_PRACTICE, labbook);
    int64_t asked;

    start(s, "endless");
    await("train-logloss");
    asked = clock_steady_ns();
    session_close(s);
    assert_true(clock_steady_ns() - asked < 5000000000);
    s = open_session(TARGET_PRACTICE, labbook);
    run(s, "before");
    assert_int_equal(count("jobs at work: 0"), 1);
    session_close(s);
    free(labbook);
}

/* ---- a process that means harm -------------------------------------------------- */

static char *write_program(const char *name, const char *text)
{
    char *path = path_join(folder, name);
    struct lk_error err = {0};

    assert_ok(file_write(path, slice_of(text), &err), &err);
    assert_int_equal(chmod(path, 0755), 0);
    return path;
}

/* It asks without end and reads nothing: the step's time ends it, the session goes on. */
static void test_asking_without_end(void **state)
{
    char *program = write_program(
        "asks", "#!/bin/sh\nread setup\nread command\n"
                "echo '{\"step\":\"before\",\"kind\":\"start\"}'\n"
                "while :; do echo '!cloud {\"call\":\"aws.regions\",\"args\":[]}'; done\n");
    struct session *s = open_session(TARGET_PRACTICE, program);

    run(s, "before");
    assert_int_equal(count("\"reason\":\"timeout\"") + count("\"reason\":\"limit\""), 1);
    session_close(s);
    free(program);
}

/* Lines that are no calls, calls that do not exist, and what is not the lab's to name. */
static void test_wrong_calls(void **state)
{
    static const char *const calls[] = {
        "{",
        "[]",
        "null",
        "{\"call\":7}",
        "{\"call\":\"s3.nothing\",\"args\":[]}",
        "{\"call\":\"s3.put\",\"args\":\"x\"}",
        "{\"call\":\"s3.put\",\"args\":[1,2]}",
        "{\"call\":\"s3.put\",\"args\":[\"/etc/passwd\",\"s3://agent-bucket/x\"]}",
        "{\"call\":\"s3.put\",\"args\":[\"../cloud/endpoint.json\",\"s3://agent-bucket/x\"]}",
        "{\"call\":\"s3.get\",\"args\":[\"s3://agent-bucket/x\",\"../x\"]}",
        "{\"call\":\"aws.region\",\"args\":[\"x/../y\"],\"region\":\"../../x\"}",
        "{\"call\":\"sts.whoami\",\"role\":\"nobody\",\"args\":[]}",
        "{\"call\":\"sagemaker.train\",\"args\":[]}",
        "{\"call\":\"iam.simulate\",\"args\":{\"policy\":[[[[]]]]}}",
        "{\"call\":\"logs.tail\",\"args\":[{},{\"kind\":\"x\",\"lines\":1e300}]}"};
    struct str script = STR_INIT;
    char *program;
    struct session *s;

    str_puts(&script,
             "#!/bin/sh\nread setup\nread command\n"
             "echo '{\"step\":\"before\",\"kind\":\"start\"}'\n"
             "ask() { printf '!cloud %s\\n' \"$1\"; while read -r line; do "
             "case $line in =*) break ;; esac; done; "
             "case $line in *'\"error\"'*) n=$((n + 1)) ;; *) echo \"!ready $1\" ;; esac; }\n"
             "n=0\n");
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        str_printf(&script, "ask '%s'\n", calls[i]);
    str_puts(&script,
             "echo \"{\\\"step\\\":\\\"before\\\",\\\"kind\\\":\\\"text\\\",\\\"text\\\":\\\"$n "
             "refused\\\"}\"\n"
             "echo '!end 1'\nread more\n");
    program = write_program("wrong", script.ptr);
    s = open_session(TARGET_PRACTICE, program);
    run(s, "before");
    str_clear(&script);
    str_printf(&script, "\"%zu refused\"", sizeof calls / sizeof calls[0]);
    if (!count(script.ptr))
        fail_msg("expected %s in %s", script.ptr, seen.events.ptr);
    session_close(s);
    free(program);
    str_done(&script);
}

/* ---- setting up -------------------------------------------------------------------- */

static int make_lesson(void)
{
    static const char text[] =
        "---\ntitle: T\nsummary: S\nminutes: 1\n---\n\n"
        "```lua lab id=before targets=practice timeout=3s\n"
        "n = 0 for _, j in sagemaker.list('training job'):each() do "
        "if j.status == 'InProgress' then n = n + 1 end end print('jobs at work: ' .. n)\n```\n\n"
        "```lua lab id=begin targets=practice\n"
        "a = 1 s3.create_bucket('agent-bucket')\n"
        "s3.put_text(string.rep('0,1\\n1,2\\n0,3\\n1,4\\n', 5000), "
        "'s3://agent-bucket/train/t.csv')\n"
        "role = sagemaker.role('agent-jobs', 'agent-bucket')\n```\n\n"
        "```lua lab id=look targets=practice\nprint('nothing yet')\n```\n\n"
        "```lua lab id=endless targets=practice timeout=120s\n"
        "sagemaker.train{role = role, train = 's3://agent-bucket/train/', "
        "output = 's3://agent-bucket/model/', max_seconds = 600, "
        "parameters = {num_round = 1000000, objective = 'binary:logistic'}}\n```\n\n";
    char *path = path_join(folder, "lesson.md");
    bool ok = !file_write(path, slice_of(text), NULL) && !lesson_read(&lesson, folder, NULL);

    free(path);
    return ok ? 0 : 1;
}

static int begin_all(void **state)
{
    char *self = path_self(), *slash, *labkit;
    char line[100];

    if (!mkdtemp(folder))
        return 1;
    for (int i = 0; i < 3; i++) /* build/tests/unit/lab_agent -> build */
        if ((slash = strrchr(self, '/')))
            *slash = '\0';
    build = self;
    cloud_at = path_join(folder, "cloud");
    work = path_join(folder, "work");
    labkit = path_join(build, "labkit");
    {
        const char *const argv[] = {labkit, "cloud", "--port", "0", "--dir", cloud_at, NULL};
        struct child_spec spec = {.argv = argv, .pipe_out = true, .own_group = true};
        struct lk_error err = {0};

        if (child_start(&cloud, &spec, &err) || read(cloud.from, line, sizeof line) <= 0)
            return 1;
    }
    free(labkit);
    return make_lesson();
}

static int end_all(void **state)
{
    child_kill(&cloud);
    lesson_free(lesson);
    free(build);
    free(cloud_at);
    free(work);
    str_done(&seen.events);
    return file_remove(folder, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop_keeps_state_and_ends_the_job),
        cmocka_unit_test(test_no_call_outlives_its_session),
        cmocka_unit_test(test_asking_without_end),
        cmocka_unit_test(test_wrong_calls),
    };

    return cmocka_run_group_tests(tests, begin_all, end_all);
}
