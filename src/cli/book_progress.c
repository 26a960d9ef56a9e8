/*
 * labbook progress: what a learner has done, from the store that server and
 * terminal share; exported, taken in, forgotten; and the records of a class
 * collected into one table.
 *
 * A step counts as passed when its check was, or, where it has none, when it
 * has run to its end; a quiz counts when it was answered right.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/term.h"
#include "book/lesson.h"
#include "cli/command.h"
#include "lab/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"book", "DIR", "the book (default: the working directory)", false, 0},
    {"export", "FILE", "write the record of this book to a file ('-' is stdout)", false, 0},
    {"import", "FILE", "take a record in, over what is there", false, 0},
    {"reset", NULL, "forget everything about this book", false, 0},
    {"csv", NULL, "collect the records named (of a class) into a table on stdout", false, 0},
    {"json", NULL, "the record on stdout", false, 0},
    {NULL, NULL, NULL, false, 0},
};

enum { RECORD_MAX = 64 << 20 };

struct score {
    double steps, passed, quizzes, right;
    bool read;
};

/* A total, which a record made in the terminal may not have. */
static double at_least(const struct json *total, size_t seen)
{
    double n = json_number(total, 0);

    return n > (double)seen ? n : (double)seen;
}

static bool step_passed(const struct json *step)
{
    const struct json *passed = json_get(step, "passed");

    if (json_kind(passed) == JSON_BOOL)
        return json_bool(passed, false);
    return !strcmp(json_string(json_get(step, "outcome"), ""), "done");
}

/* A lesson of a record; what it has in all stands in "total". */
static struct score score_lesson(const struct json *lesson)
{
    const struct json *total = json_get(lesson, "total"), *steps = json_get(lesson, "steps"),
                      *quizzes = json_get(lesson, "quizzes");
    struct score s = {.read = json_bool(json_get(lesson, "read"), false)};

    for (const struct json *e = json_first(steps); e; e = json_next(e))
        s.passed += step_passed(e);
    for (const struct json *e = json_first(quizzes); e; e = json_next(e))
        s.right += json_bool(json_get(e, "right"), false);
    s.steps = at_least(json_get(total, "steps"), json_count(steps));
    s.quizzes = at_least(json_get(total, "quizzes"), json_count(quizzes));
    return s;
}

static double percent(const struct score *s)
{
    double all = s->steps + s->quizzes;

    return all > 0 ? 100 * (s->passed + s->right) / all : s->read ? 100 : 0;
}

/* ---- one's own ----------------------------------------------------------- */

/* Totals come from the book where a record does not say them. */
static void add_totals(struct score *s, const char *folder)
{
    struct lesson *lesson = NULL;

    if (lesson_read(&lesson, folder, NULL))
        return;
    s->steps = (double)lesson->step_count;
    s->quizzes = (double)lesson->quiz_count;
    lesson_free(lesson);
}

/* Where there is nothing to do, reading is all. */
static const char *word_for(const struct score *s)
{
    bool tasks = s->steps + s->quizzes > 0;

    if (tasks && s->passed >= s->steps && s->right >= s->quizzes)
        return "done";
    return s->read ? "read" : "";
}

static void print_lesson(const struct book_index *book, const char *slug, const struct json *record,
                         int width)
{
    struct score s = score_lesson(json_get(json_get(record, "lessons"), slug));
    struct str folder = STR_INIT;

    str_printf(&folder, "%s/lessons/%s", book->root, slug);
    add_totals(&s, folder.ptr);
    printf("%-*s  %3.0f of %.0f steps  %3.0f of %.0f quizzes  %s\n", width, slug, s.passed, s.steps,
           s.right, s.quizzes, word_for(&s));
    str_done(&folder);
}

static enum lk_status print_progress(struct store *store, const struct book_index *book,
                                     struct lk_error *err)
{
    struct str text = STR_INIT;
    struct json *record = NULL;
    int width = 0;
    enum lk_status st = store_export(store, &text, err);

    if (!st)
        st = json_parse(&record, slice_str(&text), "record", err);
    for (size_t i = 0; i < book->count; i++)
        if ((int)strlen(book->lessons[i].slug) > width)
            width = (int)strlen(book->lessons[i].slug);
    for (size_t i = 0; !st && i < book->count; i++)
        print_lesson(book, book->lessons[i].slug, record, width);
    json_free(record);
    str_done(&text);
    return st;
}

static enum lk_status export_record(struct store *store, const char *path, struct lk_error *err)
{
    struct str text = STR_INIT;
    enum lk_status st = store_export(store, &text, err);

    if (!st) {
        if (!text.len || text.ptr[text.len - 1] != '\n')
            str_putc(&text, '\n');
        st = file_write(path, slice_str(&text), err);
    }
    str_done(&text);
    return st;
}

static enum lk_status import_record(struct store *store, const char *path, struct lk_error *err)
{
    struct str text = STR_INIT;
    enum lk_status st = file_read(&text, path, RECORD_MAX, err);

    if (!st)
        st = store_import(store, slice_str(&text), path, err);
    str_done(&text);
    return st;
}

/* ---- a class ------------------------------------------------------------- */

/* The file's name without folder and ending names the learner. */
/*
 * A cell of the gradebook. Records come from others: nothing in them ends a line or a
 * cell, and what a spreadsheet would take for a formula has a quote before it.
 */
static void put_cell(struct str *out, struct slice text)
{
    bool formula = text.len && strchr("=+-@\t\r", text.ptr[0]), quote = formula;

    for (size_t i = 0; i < text.len; i++)
        quote |= strchr(",\"\n\r", text.ptr[i]) != NULL;
    if (quote)
        str_putc(out, '"');
    if (formula)
        str_putc(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            str_putc(out, '"');
        str_putc(out, (unsigned char)text.ptr[i] < ' ' ? ' ' : text.ptr[i]);
    }
    if (quote)
        str_putc(out, '"');
}

/* A record's name is its file's, without the ending. */
static void put_learner(struct str *out, const char *path)
{
    const char *name = path_name(path), *ending = path_extension(path);

    put_cell(out, (struct slice){name, strlen(name) - strlen(ending)});
}

struct gradebook {
    struct json **records;
    const char **slugs; /* every lesson that occurs, in order */
    size_t slug_count, slug_cap;
};

static void add_slug(struct gradebook *g, const char *slug)
{
    size_t at = 0;

    while (at < g->slug_count && strcmp(g->slugs[at], slug) < 0)
        at++;
    if (at < g->slug_count && !strcmp(g->slugs[at], slug))
        return;
    MEM_GROW(g->slugs, g->slug_count, g->slug_cap);
    memmove(g->slugs + at + 1, g->slugs + at, (g->slug_count - at) * sizeof *g->slugs);
    g->slugs[at] = slug;
    g->slug_count++;
}

static enum lk_status read_record(struct json **record, const char *path, struct lk_error *err)
{
    enum lk_status st = json_read(record, path, RECORD_MAX, err);

    if (!st && strcmp(json_string(json_get(*record, "format"), ""), "labbook-progress"))
        st = error_at(err, LK_EINPUT, path, 0, 0,
                      "not a record that 'labbook progress --export' has written");
    return st;
}

/* One that cannot be read keeps none of the others out; the last of their errors is the result. */
static enum lk_status read_records(struct gradebook *g, const struct args *a, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    g->records = mem_calloc(args_count(a) + 1, sizeof *g->records);
    for (size_t i = 0; i < args_count(a); i++) {
        struct lk_error one = {0};

        if (read_record(&g->records[i], args_operand(a, i), &one)) {
            char line[1000];

            if (st)
                fprintf(stderr, "labbook: %s\n", lk_error_format(err, line, sizeof line));
            st = one.status;
            *err = one;
            json_free(g->records[i]);
            g->records[i] = NULL;
            continue;
        }
        for (const struct json *l = json_first(json_get(g->records[i], "lessons")); l;
             l = json_next(l))
            add_slug(g, json_key(l));
    }
    return st;
}

static void put_row(struct str *out, const struct gradebook *g, const struct json *record,
                    const char *path)
{
    const struct json *lessons = json_get(record, "lessons");
    struct score all = {0};

    for (const struct json *l = json_first(lessons); l; l = json_next(l)) {
        struct score s = score_lesson(l);

        all.steps += s.steps;
        all.passed += s.passed;
        all.quizzes += s.quizzes;
        all.right += s.right;
    }
    put_learner(out, path);
    str_putc(out, ',');
    put_cell(out, slice_of(json_string(json_get(record, "saved"), "")));
    str_printf(out, ",%.0f,%.0f,%.0f,%.0f,%.1f", all.passed, all.steps, all.right, all.quizzes,
               percent(&all));
    for (size_t i = 0; i < g->slug_count; i++) {
        const struct json *l = json_get(lessons, g->slugs[i]);
        struct score s = score_lesson(l);

        if (l)
            str_printf(out, ",%.1f", percent(&s));
        else
            str_putc(out, ',');
    }
    str_putc(out, '\n');
}

static enum lk_status print_gradebook(const struct gradebook *g, const struct args *a,
                                      struct lk_error *err)
{
    struct str out = STR_INIT;
    enum lk_status st;

    str_puts(&out, "learner,saved,steps_passed,steps,quizzes_right,quizzes,percent");
    for (size_t i = 0; i < g->slug_count; i++) {
        str_putc(&out, ',');
        put_cell(&out, slice_of(g->slugs[i]));
    }
    str_putc(&out, '\n');
    for (size_t i = 0; i < args_count(a); i++)
        if (g->records[i])
            put_row(&out, g, g->records[i], args_operand(a, i));
    st = file_write("-", slice_str(&out), err);
    str_done(&out);
    return st;
}

static int run_csv(const struct args *a, struct lk_error *err)
{
    struct gradebook g = {0};
    enum lk_status st, printed;

    if (!args_count(a)) {
        st = error_set(err, LK_EUSE, "name the records: labbook progress --csv class/*.json");
        return exit_for(st);
    }
    st = read_records(&g, a, err);
    printed = print_gradebook(&g, a, st ? NULL : err);
    for (size_t i = 0; i < args_count(a); i++)
        json_free(g.records[i]);
    free(g.records);
    free(g.slugs);
    return exit_for(st ? st : printed);
}

static int run(const struct args *a, struct lk_error *err)
{
    const char *root = args_get(a, "book"), *path;
    struct book_index *book = NULL;
    struct store *store = NULL;
    enum lk_status st;

    if (args_flag(a, "csv"))
        return run_csv(a, err);
    if (args_count(a)) {
        st = error_set(err, LK_EUSE, "unexpected '%s'; records are named with --csv",
                       args_operand(a, 0));
        return exit_for(st);
    }
    st = book_index_read(&book, root ? root : ".", err);
    if (!st)
        st = store_open(&store, NULL, book->title, err);
    if (st) {
        /* said already */
    } else if (args_flag(a, "reset")) {
        st = store_forget(store, NULL, err);
    } else if ((path = args_get(a, "import"))) {
        st = import_record(store, path, err);
    } else if ((path = args_get(a, "export"))) {
        st = export_record(store, path, err);
    } else if (args_flag(a, "json")) {
        st = export_record(store, "-", err);
    } else {
        st = print_progress(store, book, err);
    }
    if (store)
        store_close(store);
    book_index_free(book);
    return exit_for(st);
}

const struct command command_book_progress = {
    .name = "progress",
    .summary = "show, export, import or forget what you have done in the book",
    .operands = "[RECORD...]",
    .options = options,
    .details =
        "Nothing leaves this computer but by --export. RECORDs are files so exported, for "
        "--csv, which writes a line a learner: steps passed, quizzes right, and a percentage "
        "for each lesson.",
    .example = "$ labbook progress\n"
               "$ labbook progress --export ada.json\n"
               "$ labbook progress --csv class/*.json > gradebook.csv",
    .run = run,
};
