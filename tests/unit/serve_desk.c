/*
 * A desk beside a session that the test plays itself: states that follow from
 * code, what is kept over a restart, what is refused. (The session's calls are
 * defined here; the linker then leaves the real ones out.)
 */
#include "unit.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "book/lesson.h"
#include "lab/session.h"
#include "serve/desk.h"

/* ---- the played session: runs at once, on the caller's thread ------------------------ */

struct session {
    session_event_fn *fn;
    void *ctx;
    bool busy;
};
static struct session the_session;
static bool fail_next, hold_next; /* how the next run goes */
static int opened;
static int64_t answered;

static void say(const char *step, const char *rest)
{
    struct str text = STR_INIT;

    str_printf(&text, "{\"step\":\"%s\",\"kind\":%s}", step, rest);
    the_session.fn(the_session.ctx, slice_str(&text));
    str_done(&text);
}

enum lk_status session_open(struct session **out, const struct lesson *lesson,
                            const struct session_options *options, session_event_fn *on_event,
                            void *ctx, struct lk_error *err)
{
    opened++;
    the_session = (struct session){on_event, ctx, false};
    *out = &the_session;
    return LK_OK;
}

enum lk_status session_run(struct session *s, const char *step, const char *code, bool judge,
                           struct lk_error *err)
{
    say(step, "\"start\"");
    say(step, "\"text\",\"text\":\"out\\n\",\"stream\":\"out\"");
    if (hold_next) {
        s->busy = true;
        return LK_OK;
    }
    if (judge)
        say(step, "\"check\",\"passed\":true,\"text\":\"yes\"");
    say(step, fail_next ? "\"end\",\"ok\":false,\"ms\":1,\"reason\":\"error\""
                        : "\"end\",\"ok\":true,\"ms\":1,\"reason\":\"done\"");
    return LK_OK;
}

enum lk_status session_judge(struct session *s, const char *step, const char *code,
                             struct lk_error *err)
{
    say(step, "\"judge\"");
    say(step, "\"check\",\"passed\":false,\"text\":\"no\"");
    say(step, "\"end\",\"ok\":true,\"ms\":1,\"reason\":\"done\"");
    return LK_OK;
}

void session_stop(struct session *s)
{
    if (s->busy)
        say("lines", "\"end\",\"ok\":false,\"ms\":1,\"reason\":\"stopped\"");
    s->busy = false;
}

void session_answer(struct session *s, int64_t id, bool yes)
{
    answered = yes ? id : -id;
}

bool session_busy(const struct session *s)
{
    return s->busy;
}

bool session_wait(struct session *s, int timeout_ms)
{
    return true;
}

void session_edit(struct session *s, const char *step, const char *code)
{
}

void session_reset(struct session *s)
{
}

void session_close(struct session *s)
{
}

enum step_state session_state(const struct session *s, const char *step)
{
    return STEP_FRESH;
}

/* ---- the desk --------------------------------------------------------------------------- */

struct place {
    char folder[40];
    struct store *store;
    struct desks *desks;
    struct desk *desk;
};

static void set_up(struct place *p)
{
    struct str db = STR_INIT;
    struct lk_error err = {0};
    struct desks_options o = {.root = TEST_DATA "book-labs", .work = p->folder};

    str_printf(&db, "%s/progress.db", p->folder);
    assert_ok(store_open(&p->store, db.ptr, "B", &err), &err);
    o.store = p->store;
    p->desks = desks_new(&o);
    assert_ok(desks_get(&p->desk, p->desks, "01-run", &err), &err);
    str_done(&db);
}

static void take_down(struct place *p)
{
    desks_free(p->desks);
    store_close(p->store);
}

static void begin(struct place *p)
{
    snprintf(p->folder, sizeof p->folder, "/tmp/labbook-desk-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    fail_next = hold_next = false;
    opened = 0;
    set_up(p);
}

static void end(struct place *p)
{
    take_down(p);
    file_remove(p->folder, NULL);
}

static enum lk_status run(struct place *p, const char *step, const char *code)
{
    struct desk_run r = {.step = step, .code = code, .by = "", .judge = true};

    return desk_run(p->desk, &r, NULL);
}

/* One field of a step as the pages are told it, as JSON. */
static void assert_field(struct place *p, const char *step, const char *field, const char *expected)
{
    struct str text = STR_INIT, found = STR_INIT;
    struct json *root = NULL;

    assert_int_equal(desk_state(p->desk, &text, NULL), LK_OK);
    assert_int_equal(json_parse(&root, slice_str(&text), "state", NULL), LK_OK);
    json_print(&found, json_get(json_get(json_get(root, "steps"), step), field), false);
    assert_string_equal(found.ptr, expected);
    json_free(root);
    str_done(&found);
    str_done(&text);
}

static void states_follow_from_code(void **state)
{
    struct place p;

    begin(&p);
    assert_field(&p, "lines", "state", "\"fresh\"");
    assert_int_equal(run(&p, "lines", NULL), LK_OK);
    assert_int_equal(run(&p, "table", NULL), LK_OK);
    assert_field(&p, "table", "state", "\"done\"");
    assert_field(&p, "table", "attempts", "1");
    assert_field(&p, "table", "passed", "true");
    assert_int_equal(desk_edit(p.desk, "lines", "print(1)", "", NULL), LK_OK);
    assert_field(&p, "lines", "state", "\"stale\"");
    assert_field(&p, "table", "state", "\"stale\"");
    assert_field(&p, "task", "state", "\"fresh\"");
    /* Taken back, all is as it ran. */
    assert_int_equal(desk_edit(p.desk, "lines", NULL, "", NULL), LK_OK);
    assert_field(&p, "table", "state", "\"done\"");
    fail_next = true;
    assert_int_equal(run(&p, "task", "nonsense"), LK_OK);
    assert_field(&p, "task", "state", "\"failed\"");
    assert_int_equal(opened, 1);
    end(&p);
}

static void all_is_kept(void **state)
{
    struct place p;

    begin(&p);
    run(&p, "lines", "print(2)");
    assert_int_equal(desk_quiz(p.desk, "colour", SLICE("[1]"), true, "", NULL), LK_OK);
    desk_help(p.desk, "task", 1, false, NULL);
    take_down(&p);
    set_up(&p);
    assert_field(&p, "lines", "state", "\"done\"");
    assert_field(&p, "lines", "code", "\"print(2)\"");
    assert_field(&p, "task", "hints", "1");
    assert_field(&p, "lines", "events",
                 "[{\"step\":\"lines\",\"kind\":\"text\",\"text\":\"out\\n\",\"stream\":\"out\"},"
                 "{\"step\":\"lines\",\"kind\":\"check\",\"passed\":true,\"text\":\"yes\"},"
                 "{\"step\":\"lines\",\"kind\":\"end\",\"ok\":true,\"ms\":1,\"reason\":\"done\"}]");
    end(&p);
}

/* Check behind Run: what was put out stays, and the verdict is the newest alone. */
static void what_stands_is_judged(void **state)
{
    struct desk_run ready = {.step = "lines", .by = "", .judge = true, .ready = true};
    struct place p;

    begin(&p);
    run(&p, "lines", NULL);
    for (int i = 0; i < 2; i++)
        assert_int_equal(desk_run(p.desk, &ready, NULL), LK_OK);
    assert_field(&p, "lines", "state", "\"done\"");
    assert_field(&p, "lines", "attempts", "3");
    assert_field(&p, "lines", "events",
                 "[{\"step\":\"lines\",\"kind\":\"text\",\"text\":\"out\\n\",\"stream\":\"out\"},"
                 "{\"step\":\"lines\",\"kind\":\"check\",\"passed\":false,\"text\":\"no\"},"
                 "{\"step\":\"lines\",\"kind\":\"end\",\"ok\":true,\"ms\":1,\"reason\":\"done\"}]");
    /* With other code it runs. */
    ready.code = "print(5)";
    assert_int_equal(desk_run(p.desk, &ready, NULL), LK_OK);
    assert_field(&p, "lines", "events",
                 "[{\"step\":\"lines\",\"kind\":\"text\",\"text\":\"out\\n\",\"stream\":\"out\"},"
                 "{\"step\":\"lines\",\"kind\":\"check\",\"passed\":true,\"text\":\"yes\"},"
                 "{\"step\":\"lines\",\"kind\":\"end\",\"ok\":true,\"ms\":1,\"reason\":\"done\"}]");
    end(&p);
}

static void one_run_at_a_time_and_stop(void **state)
{
    struct place p;

    begin(&p);
    hold_next = true;
    assert_int_equal(run(&p, "lines", NULL), LK_OK);
    assert_field(&p, "lines", "state", "\"running\"");
    assert_int_equal(run(&p, "table", NULL), LK_ECANCELLED);
    /* Pressed twice: that runs already. With other code it does not. */
    assert_int_equal(run(&p, "lines", NULL), LK_OK);
    assert_int_equal(run(&p, "lines", "print(9)"), LK_ECANCELLED);
    assert_int_equal(desk_edit(p.desk, "lines", NULL, "", NULL), LK_OK);
    desk_stop(p.desk);
    /* What was stopped counts as no attempt. */
    assert_field(&p, "lines", "state", "\"fresh\"");
    assert_field(&p, "lines", "attempts", "0");
    hold_next = false;
    assert_int_equal(run(&p, "table", NULL), LK_OK);
    end(&p);
}

static void resetting_puts_back_and_keeps_what_was_passed(void **state)
{
    struct place p;

    begin(&p);
    run(&p, "lines", "print(3)");
    run(&p, "task", "answer = 42");
    assert_int_equal(desk_reset(p.desk, "lines", NULL), LK_OK);
    assert_field(&p, "lines", "state", "\"fresh\"");
    assert_field(&p, "lines", "code", "null");
    assert_field(&p, "lines", "events", "[]");
    assert_field(&p, "task", "code", "\"answer = 42\"");
    assert_int_equal(desk_reset(p.desk, NULL, NULL), LK_OK);
    assert_field(&p, "task", "code", "null");
    assert_field(&p, "task", "passed", "true");
    end(&p);
}

static void targets_need_a_session_of_their_own(void **state)
{
    struct desk_run r = {.step = "table", .by = "", .target = "practice"};
    struct place p;

    begin(&p);
    run(&p, "lines", NULL);
    assert_int_equal(desk_run(p.desk, &r, NULL), LK_OK);
    assert_int_equal(opened, 2);
    r.target = "aws";
    assert_int_equal(desk_run(p.desk, &r, NULL), LK_EUSE);
    r.target = "moon";
    assert_int_equal(desk_run(p.desk, &r, NULL), LK_EUSE);
    /* A step that does not name the target at hand goes to one that it names. */
    assert_int_equal(run(&p, "lines", NULL), LK_OK);
    assert_int_equal(opened, 3);
    end(&p);
}

static void answers_reach_the_session(void **state)
{
    struct place p;

    begin(&p);
    answered = 0;
    desk_answer(p.desk, 7, true); /* nobody has asked: there is no session */
    assert_int_equal(answered, 0);
    run(&p, "lines", NULL);
    desk_answer(p.desk, 7, true);
    assert_int_equal(answered, 7);
    desk_answer(p.desk, 8, false);
    assert_int_equal(answered, -8);
    end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_follow_from_code),
        cmocka_unit_test(all_is_kept),
        cmocka_unit_test(what_stands_is_judged),
        cmocka_unit_test(one_run_at_a_time_and_stop),
        cmocka_unit_test(resetting_puts_back_and_keeps_what_was_passed),
        cmocka_unit_test(targets_need_a_session_of_their_own),
        cmocka_unit_test(answers_reach_the_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
