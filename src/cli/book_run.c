/*
 * labbook run: steps of lessons in the terminal.
 *
 * --all runs every step of a lesson, or of all lessons, without a word but a
 * line a lesson; a step that the learner is meant to complete runs with its
 * solution. LESSON/STEP runs one step. LESSON alone steps through with
 * prompts (lab_walk.h).
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/lab_runner.h"
#include "cli/lab_walk.h"
#include "cli/own_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"target", "TARGET", "local (default), practice or aws", false, 0},
    {"all", NULL, "every step, without prompts; without LESSON, every lesson of the book", false,
     0},
    {"watch", NULL, "run the step at hand again whenever its file is saved", false, 0},
    {"param", "NAME=VALUE", "a value for lab.param in the lesson", true, 0},
    {"work", "DIR", "where the lab's files go (default: below the data folder)", false, 0},
    {"threads", "N", "how many threads may train (default: all processors)", false, 0},
    {"yes", NULL, "do not ask before steps that can cost money", false, 'y'},
    {NULL, NULL, NULL, false, 0},
};

enum { SHOWN_METRICS = 8 };

static enum lk_status read_options(const struct args *a, struct lab_runner_options *o,
                                   struct lk_error *err)
{
    const char *target = args_get(a, "target");
    int64_t threads;
    enum lk_status st = args_int(a, "threads", 0, 0, 1024, &threads, err);
    const char **params;
    size_t n = 0;

    if (st)
        return st;
    *o = (struct lab_runner_options){.work = args_get(a, "work"),
                                     .threads = (int)threads,
                                     .cloud = true,
                                     .yes = args_flag(a, "yes")};
    o->target = target ? lesson_target_named(slice_of(target)) : TARGET_LOCAL;
    if (!o->target)
        return error_set(err, LK_EUSE, "--target is local, practice or aws, not '%s'", target);
    while (args_nth(a, "param", n))
        n++;
    params = mem_calloc(n + 1, sizeof *params);
    for (size_t i = 0; i < n; i++) {
        params[i] = args_nth(a, "param", i);
        if (!strchr(params[i], '=')) {
            st = error_set(err, LK_EUSE, "--param takes NAME=VALUE, not '%s'", params[i]);
            break;
        }
    }
    o->params = params;
    return st;
}

/* ---- --all --------------------------------------------------------------- */

struct tally {
    size_t passed, skipped, failed;
    struct {
        char name[60];
        double value;
    } metrics[SHOWN_METRICS];
    size_t metric_count;
    struct str files;
};

static void keep_results(struct tally *t, const struct lab_show *show)
{
    for (size_t i = 0; i < show->metric_count; i++) {
        size_t k = 0;

        while (k < t->metric_count && strcmp(t->metrics[k].name, show->metrics[i].name))
            k++;
        if (k == SHOWN_METRICS)
            continue;
        snprintf(t->metrics[k].name, sizeof t->metrics[k].name, "%s", show->metrics[i].name);
        t->metrics[k].value = show->metrics[i].value;
        t->metric_count += k == t->metric_count;
    }
    str_put(&t->files, slice_str(&show->files));
}

/* One line on stderr about the step that failed. */
static void tell_failure(const struct lab_runner *r, const struct lesson_step *step,
                         const char *code, const struct lk_error *err)
{
    const struct lab_show *s = &r->show;
    bool starter = !code;
    int line = step->line + (starter && s->error_line ? s->error_line - 1 : 0);
    struct str text = STR_INIT;

    term_put_safe(&text, slice_of(s->judged && !s->passed ? s->verdict.ptr
                                  : s->error.len          ? s->error.ptr
                                  : err->text[0]          ? err->text
                                                          : s->reason));
    fprintf(stderr, "%s:%d: step %s%s %s: %s\n", r->lesson->file, line, step->id,
            starter ? "" : " with its solution",
            s->judged && !s->passed ? "does not pass its check" : "failed", text.ptr);
    str_done(&text);
}

static void run_steps(struct lab_runner *r, struct tally *t)
{
    for (size_t i = 0; i < r->lesson->step_count; i++) {
        const struct lesson_step *step = &r->lesson->steps[i];
        const char *code = step->solution;
        struct lk_error err = {0};

        if (!(step->targets & r->target)) {
            t->skipped++;
            continue;
        }
        if (lab_runner_step(r, step, code, &err) && (!r->show.judged || r->show.passed)) {
            t->passed++;
        } else {
            t->failed++;
            tell_failure(r, step, code, &err);
        }
        keep_results(t, &r->show);
        if (!strcmp(r->show.reason, "stopped"))
            return;
    }
}

static void print_tally(const struct lab_runner *r, const struct tally *t, double seconds,
                        int width)
{
    struct slice rest = slice_str(&t->files), name;
    const char *between = "    ";

    printf("%-*s  ", width, r->lesson->slug);
    if (t->failed)
        printf("%s%zu steps failed%s, ", term_style(stdout, TERM_RED), t->failed,
               term_style(stdout, TERM_PLAIN));
    printf("%2zu steps passed  %6.2f s", t->passed, seconds);
    if (t->skipped)
        printf("  (%zu for other targets)", t->skipped);
    putchar('\n');
    for (size_t i = 0; i < t->metric_count; i++, between = ", ")
        printf("%s%s %.4g", between, t->metrics[i].name, t->metrics[i].value);
    if (t->metric_count)
        putchar('\n');
    while (slice_line(&rest, &name))
        if (slice_starts(name, "predictions"))
            printf("    predictions: %s/%.*s\n", r->work, (int)name.len, name.ptr);
    fflush(stdout);
}

static enum lk_status run_all_of(const char *folder, struct lab_runner_options *o, bool quiet,
                                 int width, bool *failed, struct lk_error *err)
{
    struct lab_runner r;
    struct tally t = {.files = STR_INIT};
    int64_t start = clock_steady_ns();
    enum lk_status st;

    o->lesson_folder = folder;
    o->below = "runs"; /* a learner's own code stands in "labs" and must not be swept away */
    o->fresh = !o->work;
    o->own_cloud = !o->work;
    st = lab_runner_open(&r, o, err);
    if (st)
        return st;
    r.show.quiet = quiet;
    run_steps(&r, &t);
    if (t.passed + t.failed || !quiet)
        print_tally(&r, &t, (double)(clock_steady_ns() - start) / 1e9, width);
    *failed |= t.failed != 0;
    str_done(&t.files);
    lab_runner_close(&r);
    return LK_OK;
}

static int run_book(struct lab_runner_options *o, struct lk_error *err)
{
    struct book_index *book;
    bool failed = false;
    int width = 0;
    enum lk_status st = book_index_read(&book, ".", err);

    if (st)
        return exit_for(st);
    for (size_t i = 0; i < book->count; i++)
        if ((int)strlen(book->lessons[i].slug) > width)
            width = (int)strlen(book->lessons[i].slug);
    for (size_t i = 0; !st && i < book->count; i++) {
        char *folder = path_join("lessons", book->lessons[i].slug);

        st = run_all_of(folder, o, true, width, &failed, err);
        free(folder);
    }
    book_index_free(book);
    if (!st && failed)
        st = error_set(err, LK_ECHECK, "not every step passed");
    return exit_for(st);
}

/* ---- one step, or a lesson without a terminal ---------------------------- */

static enum lk_status judge_status(const struct lab_runner *r, const struct lesson_step *step,
                                   bool own, bool ok, struct lk_error *err)
{
    int line = r->show.error_line;

    if (!ok && err->status)
        return err->status;
    if (!ok && line && !own && !strcmp(r->show.step, step->id)) {
        struct str safe = STR_INIT;
        enum lk_status st;

        term_put_safe(&safe, slice_first(slice_of(r->show.error.ptr),
                                         slice_find(slice_of(r->show.error.ptr), '\n')));
        st = error_at(err, LK_EINPUT, r->lesson->file, step->line + line - 1, 0, "%s", safe.ptr);
        str_done(&safe);
        return st;
    }
    if (!ok)
        return error_set(err, LK_EINPUT, "the step '%s' failed", r->show.step);
    if (r->show.judged && !r->show.passed)
        return error_set(err, LK_ECHECK, "the step does not pass its check yet");
    return LK_OK;
}

static enum lk_status run_one(struct lab_runner *r, const char *id, struct lk_error *err)
{
    const struct lesson_step *step = lesson_step_find(r->lesson, id);
    const char *ids[256], *near;
    size_t n = 0;
    char *code;
    bool ok;

    for (; n < r->lesson->step_count && n < 256; n++)
        ids[n] = r->lesson->steps[n].id;
    near = error_nearest(id, ids, n);
    if (!step)
        return near ? error_set(err, LK_EUSE, "there is no step '%s'; did you mean '%s'?", id, near)
                    : error_set(err, LK_EUSE, "there is no step '%s' in %s", id, r->lesson->slug);
    if (own_code_read(&code, r, step, err))
        return err->status;
    ok = lab_runner_step(r, step, code, err);
    free(code);
    return judge_status(r, step, code != NULL, ok, err);
}

/* Every step as it stands: starters fail their checks, and that is shown, not an error. */
static enum lk_status run_through(struct lab_runner *r, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    for (size_t i = 0; !st && i < r->lesson->step_count; i++) {
        const struct lesson_step *step = &r->lesson->steps[i];

        if (!(step->targets & r->target))
            continue;
        printf("\n%s%s%s\n", term_style(stdout, TERM_BOLD), step->title,
               term_style(stdout, TERM_PLAIN));
        st = run_one(r, step->id, err);
        if (st == LK_ECHECK)
            st = LK_OK;
    }
    if (!st)
        error_clear(err);
    return st;
}

/* LESSON[/STEP] into its folder and its step (NULL where there is none). */
static enum lk_status find_named(char **folder, char **step, const char *name, struct lk_error *err)
{
    const char *slash = strrchr(name, '/');
    struct lk_error first = {0};
    char *before;
    enum lk_status st = lesson_folder_find(folder, name, &first);

    *step = NULL;
    if (!st || !slash || !slash[1]) {
        if (st && err)
            *err = first;
        return st;
    }
    before = mem_strndup(name, (size_t)(slash - name));
    st = lesson_folder_find(folder, before, err);
    free(before);
    if (!st)
        *step = mem_strdup(slash + 1);
    else if (err)
        *err = first;
    return st;
}

static int run_lesson(const struct args *a, struct lab_runner_options *o, struct lk_error *err)
{
    char *folder = NULL, *step = NULL;
    bool failed = false;
    struct lab_runner r;
    enum lk_status st = find_named(&folder, &step, args_operand(a, 0), err);

    if (st)
        return exit_for(st);
    o->lesson_folder = folder;
    if (args_flag(a, "all") && !step) {
        st = run_all_of(folder, o, false, 0, &failed, err);
        if (!st && failed)
            st = error_set(err, LK_ECHECK, "not every step passed");
    } else if (o->keep = true, !(st = lab_runner_open(&r, o, err))) {
        if (step)
            st = run_one(&r, step, err);
        else if (args_flag(a, "watch") || term_is_tty(stdin))
            st = lab_walk(&r, args_flag(a, "watch"), err);
        else
            st = run_through(&r, err);
        lab_runner_close(&r);
    }
    free(step);
    free(folder);
    return exit_for(st);
}

static int run(const struct args *a, struct lk_error *err)
{
    struct lab_runner_options o = {0};
    enum lk_status st = read_options(a, &o, err);
    int code;

    if (!st && !args_count(a) && !args_flag(a, "all"))
        st = error_set(err, LK_EUSE, "name a lesson, or give --all for the whole book");
    if (!st && args_flag(a, "all") && o.target == TARGET_AWS && !args_flag(a, "yes"))
        st = error_set(err, LK_EUSE,
                       "--all on aws runs steps that can cost money: add --yes, or "
                       "run them one by one, where each asks first");
    if (!st && args_count(a) > 1)
        st = error_set(err, LK_EUSE, "unexpected '%s'", args_operand(a, 1));
    code = st ? exit_for(st) : args_count(a) ? run_lesson(a, &o, err) : run_book(&o, err);
    free((void *)o.params);
    return code;
}

const struct command command_book_run = {
    .name = "run",
    .summary = "run the steps of a lesson in the terminal",
    .operands = "[LESSON[/STEP]]",
    .options = options,
    .details =
        "LESSON is a folder, or a lesson's name or number in the book of the working directory. "
        "Alone it steps through the lesson with prompts; with a step it runs that step, and before "
        "it what it needs. Steps that the learner is to complete run with the solution under "
        "--all, which on practice gives each lesson a practice cloud of its own, gone afterwards. "
        "A step on AWS asks before what can cost money, changes rights, or touches what no lab "
        "has made. "
        "Exit code 3 when a check is not passed.",
    .example = "$ labbook run 01\n"
               "$ labbook run lessons/01-what-you-will-build/train\n"
               "$ labbook run 01 --watch\n"
               "$ labbook run --all --target local",
    .run = run,
};
