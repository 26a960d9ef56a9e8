/*
 * A book's progress as one JSON document, out and in. The browser writes and
 * reads the same form (templates/js/backend.js), so what comes in is anybody's:
 * kinds are checked, sizes capped, unknown keys left alone.
 */
#include "lab/store_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 120, CODE_MAX = 64 << 10, ENTRIES_MAX = 20000 };

/* ---- out ------------------------------------------------------------------------ */

static const char *const outcomes[] = {"none", "done", "failed"};

static void put_step(struct json_out *w, const char *id, const struct store_step *step)
{
    json_open(w, id, '{');
    if (step->code)
        json_put_z(w, "code", step->code);
    if (step->target)
        json_put_z(w, "target", step->target);
    json_put_z(w, "outcome", outcomes[step->outcome]);
    json_put_int(w, "attempts", step->attempts);
    if (step->passed >= 0)
        json_put_bool(w, "passed", step->passed);
    json_put_int(w, "hints", step->hints);
    json_put_bool(w, "solution", step->solution);
    json_close(w);
}

static enum lk_status put_steps(struct store *s, struct json_out *w, const char *lesson,
                                struct lk_error *err)
{
    struct stmt *q = NULL;
    bool row = false;
    enum lk_status st =
        store_ask(&q, s, "select step, " STEP_COLUMNS " from step where book = ?1 and lesson = ?2",
                  lesson, NULL, err);

    json_open(w, "steps", '{');
    while (!st && !(st = stmt_step(q, &row, err)) && row) {
        struct store_step step;

        store_step_take(&step, q, 1);
        put_step(w, stmt_get_text(q, 0), &step);
        store_step_done(&step);
    }
    json_close(w);
    stmt_free(q);
    return st;
}

enum lk_status store_put_quizzes(struct store *s, struct json_out *w, const char *key,
                                 const char *lesson, struct lk_error *err)
{
    struct stmt *q = NULL;
    bool row = false;
    enum lk_status st = store_ask(&q, s,
                                  "select quiz, value, right, tries from quiz"
                                  " where book = ?1 and lesson = ?2",
                                  lesson, NULL, err);

    json_open(w, key, '{');
    while (!st && !(st = stmt_step(q, &row, err)) && row) {
        json_open(w, stmt_get_text(q, 0), '{');
        json_put_bool(w, "right", stmt_get_int(q, 2) != 0);
        json_put_int(w, "tries", stmt_get_int(q, 3));
        if (stmt_get_slice(q, 1).len)
            json_put_raw(w, "value", stmt_get_slice(q, 1));
        json_close(w);
    }
    json_close(w);
    stmt_free(q);
    return st;
}

static enum lk_status put_lesson(struct store *s, struct json_out *w, struct stmt *q,
                                 struct lk_error *err)
{
    const char *lesson = stmt_get_text(q, 0);
    enum lk_status st;

    json_open(w, lesson, '{');
    json_put_bool(w, "read", stmt_get_int(q, 1) != 0);
    json_open(w, "total", '{');
    json_put_int(w, "steps", stmt_get_int(q, 2));
    json_put_int(w, "quizzes", stmt_get_int(q, 3));
    json_close(w);
    st = put_steps(s, w, lesson, err);
    if (!st)
        st = store_put_quizzes(s, w, "quizzes", lesson, err);
    json_close(w);
    return st;
}

static enum lk_status put_lessons(struct store *s, struct json_out *w, struct lk_error *err)
{
    struct stmt *q = NULL;
    bool row = false;
    enum lk_status st = store_ask(
        &q, s,
        "select l.lesson, coalesce(r.read, 0), coalesce(r.steps, 0), coalesce(r.quizzes, 0) from"
        " (select lesson from lesson where book = ?1 union select lesson from step where book = ?1"
        "  union select lesson from quiz where book = ?1 order by 1) l"
        " left join lesson r on r.book = ?1 and r.lesson = l.lesson",
        NULL, NULL, err);

    while (!st && !(st = stmt_step(q, &row, err)) && row)
        st = put_lesson(s, w, q, err);
    stmt_free(q);
    return st;
}

enum lk_status store_export(struct store *s, struct str *json, struct lk_error *err)
{
    struct json_out w;
    struct str now = STR_INIT;
    enum lk_status st;

    clock_put_iso(&now, clock_unix_ms(), false);
    json_begin(&w, json, true);
    json_open(&w, NULL, '{');
    json_put_z(&w, "format", "labbook-progress");
    json_put_int(&w, "version", 1);
    json_put_z(&w, "book", s->book);
    json_put_z(&w, "saved", now.ptr);
    json_open(&w, "lessons", '{');
    pthread_mutex_lock(&s->lock);
    st = put_lessons(s, &w, err);
    pthread_mutex_unlock(&s->lock);
    json_close(&w);
    json_close(&w);
    str_putc(json, '\n');
    str_done(&now);
    return st;
}

/* ---- in ------------------------------------------------------------------------------ */

/* Names of lessons, steps and quizzes become keys and parts of paths elsewhere. */
static bool good_name(const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < n; i++) {
        char c = name[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_'))
            return false;
    }
    return n && n <= NAME_MAX_LEN;
}

static int count_of(const struct json *j)
{
    double v = json_number(j, 0);

    return v >= 0 && v <= 1e6 ? (int)v : 0;
}

static char *text_of(const struct json *j)
{
    return json_kind(j) == JSON_STRING ? mem_strdup(json_string(j, "")) : NULL;
}

static enum lk_status take_step(struct store *s, const char *lesson, const struct json *j,
                                const char *file, struct lk_error *err)
{
    const char *outcome = json_string(json_get(j, "outcome"), "none");
    const struct json *passed = json_get(j, "passed");
    struct store_step step = {.passed = json_kind(passed) == JSON_BOOL ? json_bool(passed, 0) : -1};
    enum lk_status st;

    step.code = text_of(json_get(j, "code"));
    step.target = text_of(json_get(j, "target"));
    step.attempts = count_of(json_get(j, "attempts"));
    step.hints = count_of(json_get(j, "hints"));
    step.solution = json_bool(json_get(j, "solution"), false);
    for (int i = 0; i < 3; i++)
        if (!strcmp(outcome, outcomes[i]))
            step.outcome = (enum store_outcome)i;
    if (step.code && strlen(step.code) > CODE_MAX)
        st = error_set(err, LK_ELIMIT, "%s: the code of step %s is longer than 64 KiB", file,
                       json_key(j));
    else
        st = store_step_put(s, lesson, json_key(j), &step, err);
    store_step_done(&step);
    return st;
}

static enum lk_status take_quiz(struct store *s, const char *lesson, const struct json *j,
                                struct lk_error *err)
{
    struct str value = STR_INIT;
    enum lk_status st;

    if (json_get(j, "value"))
        json_print(&value, json_get(j, "value"), false);
    st =
        store_quiz_put(s, lesson, json_key(j), slice_str(&value),
                       json_bool(json_get(j, "right"), false), count_of(json_get(j, "tries")), err);
    str_done(&value);
    return st;
}

static enum lk_status take_lesson(struct store *s, const struct json *lesson, size_t *budget,
                                  const char *file, struct lk_error *err)
{
    const struct json *total = json_get(lesson, "total");
    const char *name = json_key(lesson), *kinds[] = {"steps", "quizzes"};
    enum lk_status st = store_lesson_put(s, name, json_bool(json_get(lesson, "read"), false),
                                         count_of(json_get(total, "steps")),
                                         count_of(json_get(total, "quizzes")), err);

    for (int k = 0; k < 2; k++)
        for (const struct json *j = json_first(json_get(lesson, kinds[k])); j && !st;
             j = json_next(j)) {
            if (!good_name(json_key(j)))
                return error_set(err, LK_EINPUT, "%s: '%.40s' is not the name of a step or quiz",
                                 file, json_key(j));
            if (!(*budget)--)
                return error_set(err, LK_ELIMIT, "%s: more than %d entries", file, ENTRIES_MAX);
            st = k ? take_quiz(s, name, j, err) : take_step(s, name, j, file, err);
        }
    return st;
}

static enum lk_status take_all(struct store *s, const struct json *root, const char *file,
                               struct lk_error *err)
{
    size_t budget = ENTRIES_MAX;
    enum lk_status st = db_begin(s->db, err);

    if (st)
        return st;
    for (const struct json *l = json_first(json_get(root, "lessons")); l && !st; l = json_next(l))
        st = good_name(json_key(l))
                 ? take_lesson(s, l, &budget, file, err)
                 : error_set(err, LK_EINPUT, "%s: '%.40s' is not the name of a lesson", file,
                             json_key(l));
    if (!st)
        st = db_commit(s->db, err);
    else
        db_rollback(s->db);
    return st;
}

enum lk_status store_import(struct store *s, struct slice text, const char *file,
                            struct lk_error *err)
{
    struct json *root = NULL;
    enum lk_status st = json_parse(&root, text, file, err);

    if (st)
        return st;
    if (strcmp(json_string(json_get(root, "format"), ""), "labbook-progress") ||
        json_kind(json_get(root, "lessons")) != JSON_OBJECT)
        st = error_set(err, LK_EINPUT,
                       "%s is not a record of progress; expected one that labbook exported", file);
    else if (json_number(json_get(root, "version"), 0) != 1)
        st = error_set(err, LK_EINPUT, "%s was written by a newer labbook", file);
    else if (strcmp(json_string(json_get(root, "book"), ""), s->book))
        st = error_set(err, LK_EINPUT, "%s belongs to the book '%.80s', not to '%.80s'", file,
                       json_string(json_get(root, "book"), ""), s->book);
    if (!st) {
        pthread_mutex_lock(&s->lock);
        st = take_all(s, root, file, err);
        pthread_mutex_unlock(&s->lock);
    }
    json_free(root);
    return st;
}
