/*
 * Hints come one after another; the solution is offered after an attempt, as
 * the changes that would make one's own code into it. Both are kept with the
 * progress, as in the page.
 */
#include "cli/lab_walk.h"

#include "base/error.h"
#include "base/file.h"
#include "book/node.h"
#include "cli/lab_diff.h"
#include "cli/own_code.h"
#include "cli/quiz_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WATCH_US = 100000 };

static void print_title(const struct lesson_step *step)
{
    printf("\n%s%s%s\n", term_style(stdout, TERM_BOLD), step->title,
           term_style(stdout, TERM_PLAIN));
}

static void print_code(const char *code)
{
    struct slice rest = slice_of(code), line;
    int n = 0;

    while (slice_line(&rest, &line)) {
        struct str safe = STR_INIT;

        term_put_safe(&safe, line);
        printf("%s%4d |%s %s\n", term_style(stdout, TERM_DIM), ++n, term_style(stdout, TERM_PLAIN),
               safe.ptr);
        str_done(&safe);
    }
}

static void print_hint(const char *text)
{
    struct str out = STR_INIT;

    term_put_wrapped(&out, slice_of(text), term_width(stdout), 6);
    printf("hint: %s", out.ptr);
    str_done(&out);
}

/* How far the learner went for help. */
static void keep_help(const struct lab_runner *r, const struct lesson_step *step, int hints,
                      bool solution)
{
    struct store_step kept = {0};

    if (!r->store || store_step_read(r->store, r->lesson->slug, step->id, &kept, NULL))
        return;
    kept.hints = hints > kept.hints ? hints : kept.hints;
    kept.solution |= solution;
    (void)store_step_write(r->store, r->lesson->slug, step->id, &kept, NULL);
    store_step_done(&kept);
}

/* Run with the learner's own code, or the starter. */
static bool run_own(struct lab_runner *r, const struct lesson_step *step, struct lk_error *err)
{
    char *code;
    bool ok;

    if (own_code_read(&code, r, step, err))
        return false;
    ok = lab_runner_step(r, step, code, err) && (!r->show.judged || r->show.passed);
    free(code);
    return ok;
}

/* ---- --watch ------------------------------------------------------------- */

static void wait_for_save(const char *path)
{
    int64_t before = file_stat(path).mtime_ns;
    struct file_info info;

    do {
        usleep(WATCH_US);
        info = file_stat(path);
    } while (info.kind != FILE_REGULAR || info.mtime_ns == before);
}

/* Until the step passes. */
static enum lk_status watch_step(struct lab_runner *r, const struct lesson_step *step,
                                 struct lk_error *err)
{
    char *path;
    size_t hint = 0;
    enum lk_status st = own_code_file(&path, r, step, err);

    print_title(step);
    while (!st) {
        bool passed = run_own(r, step, err);

        if (passed || !strcmp(r->show.reason, "stopped"))
            break;
        if (hint < step->hint_count)
            print_hint(step->hint_texts[hint++]);
        printf("edit and save: %s\n", path);
        fflush(stdout);
        wait_for_save(path);
        printf("\n");
    }
    keep_help(r, step, (int)hint, false);
    free(path);
    return st;
}

/* ---- prompts ------------------------------------------------------------- */

enum answer { GO_ON, AGAIN, LEAVE };

/* A step at which the learner stands. */
struct stand {
    struct lab_runner *r;
    const struct lesson_step *step;
    bool tried;
    size_t hint; /* the next one */
};

static void show_hint(struct stand *s)
{
    if (s->hint < s->step->hint_count)
        print_hint(s->step->hint_texts[s->hint++]);
    else
        printf(s->step->hint_count ? "No more hints.\n" : "This step needs no hint.\n");
    keep_help(s->r, s->step, (int)s->hint, false);
}

static void show_solution(struct stand *s, struct lk_error *err)
{
    char *code;

    if (own_code_read(&code, s->r, s->step, err))
        return;
    lab_diff_print(slice_of(code ? code : s->step->code), slice_of(s->step->solution));
    keep_help(s->r, s->step, 0, true);
    free(code);
}

static void tell_file(struct stand *s, struct lk_error *err)
{
    char *path;

    if (own_code_file(&path, s->r, s->step, err))
        fprintf(stderr, "%s\n", err->text);
    else
        printf("Edit and save %s, then press Enter.\n", path);
    free(path);
}

/* What to do after a step was run, or before it. */
static enum answer ask(struct stand *s, struct lk_error *err)
{
    char line[64];

    for (;;) {
        printf("%s[Enter] %s, e edit, h hint, %sn next, q quit:%s ", term_style(stdout, TERM_DIM),
               s->tried ? "run again" : "run", s->tried && s->step->solution ? "s solution, " : "",
               term_style(stdout, TERM_PLAIN));
        fflush(stdout);
        if (!fgets(line, sizeof line, stdin))
            return LEAVE;
        switch (line[0]) {
        case 'q':
            return LEAVE;
        case 'n':
            return GO_ON;
        case 'h':
            show_hint(s);
            break;
        case 's':
            if (s->tried && s->step->solution)
                show_solution(s, err);
            break;
        case 'e':
            tell_file(s, err);
            break;
        default:
            return AGAIN;
        }
    }
}

/* One step with its prompts; false to leave. */
static bool walk_step(struct lab_runner *r, const struct lesson_step *step, struct lk_error *err)
{
    struct stand s = {.r = r, .step = step};
    bool passed = false;
    char *code;

    print_title(step);
    if (own_code_read(&code, r, step, err))
        return false;
    print_code(code ? code : step->code);
    free(code);
    while (!passed) {
        enum answer answer = ask(&s, err);

        if (answer != AGAIN)
            return answer == GO_ON;
        passed = run_own(r, step, err);
        s.tried = true;
    }
    return true;
}

/* Asked until it is right or skipped; false to leave. */
static bool walk_quiz(const struct lab_runner *r, const struct lesson_quiz *q)
{
    struct str value = STR_INIT;
    enum quiz_answer answer;

    quiz_print(q);
    do {
        answer = quiz_ask(q, &value);
        if (r->store && (answer == QUIZ_WRONG || answer == QUIZ_RIGHT))
            (void)store_quiz(r->store, r->lesson->slug, q->id, slice_str(&value),
                             answer == QUIZ_RIGHT, NULL);
    } while (answer == QUIZ_WRONG);
    str_done(&value);
    return answer != QUIZ_LEFT;
}

enum lk_status lab_walk(struct lab_runner *r, bool watch, struct lk_error *err)
{
    enum lk_status st = LK_OK;
    const struct lesson *l = r->lesson;

    printf("%s%s%s\n%s\n", term_style(stdout, TERM_BOLD), l->title, term_style(stdout, TERM_PLAIN),
           l->summary);
    for (struct node *n = (struct node *)l->tree; !st && n; n = node_next(l->tree, n)) {
        const struct lesson_step *step = n->kind == NODE_LAB ? &l->steps[n->number] : NULL;

        if (n->kind == NODE_QUIZ && !watch && !walk_quiz(r, &l->quizzes[n->number]))
            break;
        if (!step || !(step->targets & r->target))
            continue;
        if (watch) {
            st = watch_step(r, step, err);
            if (!strcmp(r->show.reason, "stopped"))
                break;
        } else if (!walk_step(r, step, err)) {
            break;
        }
    }
    return st;
}
