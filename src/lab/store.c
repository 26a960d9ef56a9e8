/*
 * Four tables, keyed by book and lesson. Statements are prepared where they
 * are used: the rates are a person's. Import and export stand in
 * store_record.c; both share store_internal.h's small calls.
 */
#include "lab/store_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *const schema[] = {
    "create table lesson (book text, lesson text, read integer default 0, steps integer default 0,"
    " quizzes integer default 0, primary key (book, lesson)) without rowid;"
    "create table step (book text, lesson text, step text, code text, target text, ran text,"
    " outcome integer, attempts integer, passed integer, hints integer, solution integer,"
    " changed integer, primary key (book, lesson, step)) without rowid;"
    "create table output (book text, lesson text, step text, lines text,"
    " primary key (book, lesson, step)) without rowid;"
    "create table quiz (book text, lesson text, quiz text, value text, right integer,"
    " tries integer, changed integer, primary key (book, lesson, quiz)) without rowid;",
};

enum lk_status store_open(struct store **out, const char *path, const char *book,
                          struct lk_error *err)
{
    char *home = path_data_home(), *file = path ? mem_strdup(path) : path_join(home, "progress.db");
    char *folder = path_folder(file);
    struct db *db = NULL;
    enum lk_status st = file_mkdirs(folder, err);

    if (!st)
        st = db_open(&db, file, schema, sizeof schema / sizeof schema[0], err);
    if (!st) {
        struct store *s = mem_calloc(1, sizeof *s);

        s->db = db;
        s->book = mem_strdup(book);
        pthread_mutex_init(&s->lock, NULL);
        *out = s;
    }
    free(folder);
    free(file);
    free(home);
    return st;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    db_close(s->db);
    pthread_mutex_destroy(&s->lock);
    free(s->book);
    free(s);
}

enum lk_status store_ask(struct stmt **out, struct store *s, const char *sql, const char *lesson,
                         const char *key, struct lk_error *err)
{
    enum lk_status st = db_prepare(out, s->db, sql, err);

    if (st)
        return st;
    stmt_text(*out, 1, s->book);
    if (lesson)
        stmt_text(*out, 2, lesson);
    if (key)
        stmt_text(*out, 3, key);
    return LK_OK;
}

enum lk_status store_finish(struct stmt *q, enum lk_status st, struct lk_error *err)
{
    if (!st)
        st = stmt_run(q, err);
    stmt_free(q);
    return st;
}

/* ---- steps ------------------------------------------------------------------ */

static char *text_or_null(struct stmt *q, int column)
{
    return stmt_is_null(q, column) ? NULL : mem_strdup(stmt_get_text(q, column));
}

void store_step_take(struct store_step *out, struct stmt *q, int column)
{
    out->code = text_or_null(q, column);
    out->target = text_or_null(q, column + 1);
    out->ran = text_or_null(q, column + 2);
    out->outcome = (enum store_outcome)stmt_get_int(q, column + 3);
    out->attempts = (int)stmt_get_int(q, column + 4);
    out->passed = (int)stmt_get_int(q, column + 5);
    out->hints = (int)stmt_get_int(q, column + 6);
    out->solution = stmt_get_int(q, column + 7) != 0;
}

enum lk_status store_step_read(struct store *s, const char *lesson, const char *step,
                               struct store_step *out, struct lk_error *err)
{
    struct stmt *q = NULL;
    enum lk_status st;
    bool row = false;

    *out = (struct store_step){.passed = -1};
    pthread_mutex_lock(&s->lock);
    st = store_ask(
        &q, s, "select " STEP_COLUMNS " from step where book = ?1 and lesson = ?2 and step = ?3",
        lesson, step, err);
    if (!st)
        st = stmt_step(q, &row, err);
    if (!st && row)
        store_step_take(out, q, 0);
    stmt_free(q);
    pthread_mutex_unlock(&s->lock);
    return st;
}

enum lk_status store_step_put(struct store *s, const char *lesson, const char *step,
                              const struct store_step *in, struct lk_error *err)
{
    struct stmt *q = NULL;
    enum lk_status st = store_ask(&q, s,
                                  "insert or replace into step values"
                                  " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                                  lesson, step, err);

    if (st)
        return st;
    stmt_text(q, 4, in->code);
    stmt_text(q, 5, in->target);
    stmt_text(q, 6, in->ran);
    stmt_int(q, 7, in->outcome);
    stmt_int(q, 8, in->attempts);
    stmt_int(q, 9, in->passed);
    stmt_int(q, 10, in->hints);
    stmt_int(q, 11, in->solution);
    stmt_int(q, 12, clock_unix_ms());
    return store_finish(q, LK_OK, err);
}

enum lk_status store_step_write(struct store *s, const char *lesson, const char *step,
                                const struct store_step *in, struct lk_error *err)
{
    enum lk_status st;

    pthread_mutex_lock(&s->lock);
    st = store_step_put(s, lesson, step, in, err);
    pthread_mutex_unlock(&s->lock);
    return st;
}

void store_step_done(struct store_step *step)
{
    free(step->code);
    free(step->target);
    free(step->ran);
    *step = (struct store_step){.passed = -1};
}

enum lk_status store_output_write(struct store *s, const char *lesson, const char *step,
                                  struct slice lines, struct lk_error *err)
{
    struct stmt *q = NULL;
    enum lk_status st;

    pthread_mutex_lock(&s->lock);
    st = store_ask(&q, s, "insert or replace into output values (?1, ?2, ?3, ?4)", lesson, step,
                   err);
    if (!st)
        stmt_slice(q, 4, lines);
    st = store_finish(q, st, err);
    pthread_mutex_unlock(&s->lock);
    return st;
}

enum lk_status store_output_read(struct store *s, const char *lesson, const char *step,
                                 struct str *lines, struct lk_error *err)
{
    struct stmt *q = NULL;
    enum lk_status st;
    bool row = false;

    pthread_mutex_lock(&s->lock);
    st = store_ask(&q, s, "select lines from output where book = ?1 and lesson = ?2 and step = ?3",
                   lesson, step, err);
    if (!st)
        st = stmt_step(q, &row, err);
    if (!st && row)
        str_put(lines, stmt_get_slice(q, 0));
    stmt_free(q);
    pthread_mutex_unlock(&s->lock);
    return st;
}

/* ---- quizzes and reading ---------------------------------------------------------- */

enum lk_status store_quiz_put(struct store *s, const char *lesson, const char *quiz,
                              struct slice value, bool right, int tries, struct lk_error *err)
{
    struct stmt *q = NULL;
    enum lk_status st = store_ask(&q, s,
                                  "insert into quiz values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict"
                                  " do update set value = ?4, right = ?5, changed = ?7,"
                                  " tries = max(tries + 1, ?6)",
                                  lesson, quiz, err);

    if (st)
        return st;
    stmt_slice(q, 4, value);
    stmt_int(q, 5, right);
    stmt_int(q, 6, tries);
    stmt_int(q, 7, clock_unix_ms());
    return store_finish(q, LK_OK, err);
}

enum lk_status store_quiz(struct store *s, const char *lesson, const char *quiz, struct slice value,
                          bool right, struct lk_error *err)
{
    enum lk_status st;

    pthread_mutex_lock(&s->lock);
    st = store_quiz_put(s, lesson, quiz, value, right, 1, err);
    pthread_mutex_unlock(&s->lock);
    return st;
}

enum lk_status store_lesson_put(struct store *s, const char *lesson, bool read, int steps,
                                int quizzes, struct lk_error *err)
{
    struct stmt *q = NULL;
    enum lk_status st =
        store_ask(&q, s,
                  "insert into lesson values (?1, ?2, ?3, ?4, ?5) on conflict do update"
                  " set read = max(read, ?3), steps = ?4, quizzes = ?5",
                  lesson, NULL, err);

    if (st)
        return st;
    stmt_int(q, 3, read);
    stmt_int(q, 4, steps);
    stmt_int(q, 5, quizzes);
    return store_finish(q, LK_OK, err);
}

enum lk_status store_lesson(struct store *s, const char *lesson, bool read, int steps, int quizzes,
                            struct lk_error *err)
{
    enum lk_status st;

    pthread_mutex_lock(&s->lock);
    st = store_lesson_put(s, lesson, read, steps, quizzes, err);
    pthread_mutex_unlock(&s->lock);
    return st;
}

bool store_was_read(struct store *s, const char *lesson)
{
    struct stmt *q = NULL;
    bool row = false;

    pthread_mutex_lock(&s->lock);
    if (!store_ask(&q, s, "select 1 from lesson where book = ?1 and lesson = ?2 and read", lesson,
                   NULL, NULL) &&
        stmt_step(q, &row, NULL))
        row = false;
    stmt_free(q);
    pthread_mutex_unlock(&s->lock);
    return row;
}

enum lk_status store_quizzes(struct store *s, const char *lesson, struct str *json,
                             struct lk_error *err)
{
    struct json_out w;
    enum lk_status st;

    json_begin(&w, json, false);
    pthread_mutex_lock(&s->lock);
    st = store_put_quizzes(s, &w, NULL, lesson, err);
    pthread_mutex_unlock(&s->lock);
    return st;
}

enum lk_status store_forget(struct store *s, const char *lesson, struct lk_error *err)
{
    static const char *const tables[] = {"lesson", "step", "output", "quiz"};
    enum lk_status st;

    pthread_mutex_lock(&s->lock);
    st = db_begin(s->db, err);
    for (size_t i = 0; i < 4 && !st; i++) {
        struct str sql = STR_INIT;
        struct stmt *q = NULL;

        str_printf(&sql, "delete from %s where book = ?1%s", tables[i],
                   lesson ? " and lesson = ?2" : "");
        st = store_ask(&q, s, sql.ptr, lesson, NULL, err);
        st = store_finish(q, st, err);
        str_done(&sql);
    }
    if (!st)
        st = db_commit(s->db, err);
    else
        db_rollback(s->db);
    pthread_mutex_unlock(&s->lock);
    return st;
}
