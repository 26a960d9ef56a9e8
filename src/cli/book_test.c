/*
 * labbook test: does every lesson do what its author says?
 *
 * A lesson on a target is one case: one session, its steps in order. Where a
 * step has a solution, its starter runs first and must not pass the check;
 * then each wrong answer, which must get its message; then the solution, which
 * must pass. What comes out (of the starter, which is what a reader sees) is
 * compared with recorded/STEP.jsonl, or recorded there.
 *
 * Cases run in parallel and are reported in order; each has a work folder and,
 * on practice, a cloud of its own. One that passed is not run again while lesson, data, recordings
 * and program are the same.
 */
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/thread.h"
#include "cli/command.h"
#include "cli/lab_compare.h"
#include "cli/lab_runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct option options[] = {
    {"target", "LIST", "where to run: local,practice (default: local)", false, 0},
    {"record", NULL, "keep what the steps put out as the recorded output", false, 0},
    {"jobs", "N", "how many lessons at once (default: all processors)", false, 'j'},
    {"no-cache", NULL, "run also what has not changed since it passed", false, 0},
    {NULL, NULL, NULL, false, 0},
};

enum { FILE_MAX_BYTES = 256 << 20 };

struct test_case {
    char *folder;
    const char *slug;
    unsigned target;
    /* Results. */
    size_t steps, starters, wrongs, recorded, failed;
    struct str report; /* a line a failure */
    double seconds;
    bool cached, none;
};

struct test_run {
    struct test_case *cases;
    size_t count;
    bool record, use_cache;
    char *cache; /* a folder; a file in it is named by what has passed */
};

/* ---- failures ------------------------------------------------------------ */

static void complain(struct test_case *t, const struct lesson *l, int line, const char *step,
                     const char *fmt, ...)
{
    struct str text = STR_INIT;
    va_list args;

    va_start(args, fmt);
    str_vprintf(&text, fmt, args);
    va_end(args);
    t->failed++;
    str_printf(&t->report, "%s:%d: step %s: ", l->file, line, step);
    term_put_safe(&t->report, slice_str(&text));
    str_putc(&t->report, '\n');
    str_done(&text);
}

/* What went wrong, in the step's own words. */
static const char *outcome(const struct lab_runner *r, const struct lk_error *err)
{
    const struct lab_show *s = &r->show;

    return err->text[0]                  ? err->text
           : s->judged && s->verdict.len ? s->verdict.ptr
           : s->error.len                ? s->error.ptr
                                         : s->reason;
}

/* ---- recorded outputs ---------------------------------------------------- */

static char *record_path(const struct lesson *l, const char *step)
{
    struct str path = STR_INIT;

    str_printf(&path, "%s/recorded/%s.jsonl", l->folder, step);
    return str_take(&path, NULL);
}

static enum lk_status record(const struct lesson *l, const char *path, struct slice lines,
                             struct lk_error *err)
{
    char *folder = path_join(l->folder, "recorded");
    enum lk_status st = file_mkdirs(folder, err);

    free(folder);
    return st ? st : file_write_changed(path, lines, NULL, err);
}

/* A step is recorded on the first target that it names. */
static bool is_recorded_here(const struct lesson_step *step, unsigned target)
{
    return target == (step->targets & -step->targets);
}

static void look_at_output(struct test_case *t, const struct test_run *run,
                           const struct lab_runner *r, const struct lesson_step *step)
{
    char *path = record_path(r->lesson, step->id);
    struct str found = STR_INIT, recorded = STR_INIT, why = STR_INIT;
    struct lk_error err = {0};
    char line[2048];

    lab_keep_comparable(&found, slice_str(&r->show.lines));
    if (!is_recorded_here(step, t->target)) {
        /* Another target's output may differ in what that target is. */
    } else if (run->record) {
        if (record(r->lesson, path, slice_str(&found), &err))
            complain(t, r->lesson, step->line, step->id, "%s",
                     lk_error_format(&err, line, sizeof line));
        t->recorded++;
    } else if (file_stat(path).kind == FILE_REGULAR) {
        if (file_read(&recorded, path, FILE_MAX_BYTES, &err))
            complain(t, r->lesson, step->line, step->id, "%s",
                     lk_error_format(&err, line, sizeof line));
        else if (!lab_same_output(slice_str(&recorded), slice_str(&found), step->tolerance, &why))
            complain(t, r->lesson, step->line, step->id, "the output is not as recorded: %s",
                     why.ptr);
        t->recorded++;
    }
    str_done(&why);
    str_done(&recorded);
    str_done(&found);
    free(path);
}

/* ---- a step -------------------------------------------------------------- */

static void test_starter(struct test_case *t, const struct test_run *run, struct lab_runner *r,
                         const struct lesson_step *step)
{
    struct lk_error err = {0};
    bool ok = lab_runner_step(r, step, NULL, &err);

    look_at_output(t, run, r, step);
    t->starters++;
    if (step->check && ok && r->show.passed)
        complain(t, r->lesson, step->line, step->id,
                 "the starter passes the check already, so there is nothing to do");
}

static void test_wrong(struct test_case *t, struct lab_runner *r, const struct lesson_step *step,
                       const struct lesson_wrong *wrong)
{
    struct lk_error err = {0};
    bool ok = lab_runner_step(r, step, wrong->code, &err);
    const char *said = outcome(r, &err);

    t->wrongs++;
    if (ok && (!r->show.judged || r->show.passed))
        complain(t, r->lesson, wrong->line, step->id, "a wrong answer passes the check");
    else if (wrong->expect && !strstr(said, wrong->expect))
        complain(t, r->lesson, wrong->line, step->id,
                 "a wrong answer should hear \"%s\", and hears \"%s\"", wrong->expect, said);
}

static void test_right(struct test_case *t, const struct test_run *run, struct lab_runner *r,
                       const struct lesson_step *step)
{
    struct lk_error err = {0};
    bool ok = lab_runner_step(r, step, step->solution, &err);

    t->steps++;
    if (!ok)
        complain(t, r->lesson, step->line, step->id, "%s fails: %s",
                 step->solution ? "the solution" : "the step", outcome(r, &err));
    else if (r->show.judged && !r->show.passed)
        complain(t, r->lesson, step->line, step->id, "%s does not pass its check: %s",
                 step->solution ? "the solution" : "the step", r->show.verdict.ptr);
    if (!step->solution)
        look_at_output(t, run, r, step);
}

static void test_steps(struct test_case *t, const struct test_run *run, struct lab_runner *r)
{
    for (size_t i = 0; i < r->lesson->step_count; i++) {
        const struct lesson_step *step = &r->lesson->steps[i];

        if (!(step->targets & t->target))
            continue;
        if (step->solution)
            test_starter(t, run, r, step);
        for (size_t k = 0; k < step->wrong_count; k++)
            test_wrong(t, r, step, &step->wrongs[k]);
        test_right(t, run, r, step);
    }
}

/* ---- the cache ----------------------------------------------------------- */

static void add_file(struct digest_state *d, const char *path)
{
    struct str content = STR_INIT;

    digest_add(d, path, strlen(path) + 1);
    if (!file_read(&content, path, FILE_MAX_BYTES, NULL))
        digest_add(d, content.ptr, content.len);
    digest_add(d, &content.len, sizeof content.len);
    str_done(&content);
}

static void add_folder(struct digest_state *d, const char *folder, int depth)
{
    char **names;
    size_t n;

    if (depth > 4 || file_list(&names, &n, folder, NULL))
        return;
    for (size_t i = 0; i < n; i++) {
        char *path = path_join(folder, names[i]);

        if (file_stat(path).kind == FILE_FOLDER)
            add_folder(d, path, depth + 1);
        else
            add_file(d, path);
        free(path);
    }
    file_names_free(names, n);
}

/* Names what is tested: the lesson's folder with all in it, the data, the program. */
static char *case_key(const struct test_case *t)
{
    struct digest_state *d = digest_new(DIGEST_SHA256);
    char *self = path_self(), *lessons = path_folder(t->folder);
    char *data = path_join(lessons, "data"), *settings = path_join(lessons, "book.yaml");
    struct file_info program = file_stat(self);
    uint8_t sum[DIGEST_MAX];
    struct str key = STR_INIT;

    digest_add(d, LK_VERSION, sizeof LK_VERSION);
    digest_add(d, &program.size, sizeof program.size);
    digest_add(d, &program.mtime_ns, sizeof program.mtime_ns);
    digest_add(d, &t->target, sizeof t->target);
    add_folder(d, t->folder, 0);
    add_folder(d, data, 0);
    add_file(d, settings);
    str_put_hex(&key, sum, digest_end(d, sum));
    digest_free(d);
    free(settings);
    free(data);
    free(lessons);
    free(self);
    return str_take(&key, NULL);
}

/* "steps starters wrongs recorded" of a case that passed as it is now. */
static bool read_cache(struct test_case *t, const char *path)
{
    struct str text = STR_INIT;
    struct slice rest, part;
    size_t *const counts[] = {&t->steps, &t->starters, &t->wrongs, &t->recorded};
    bool ok = !file_read(&text, path, 4096, NULL);

    rest = slice_trim(slice_str(&text));
    for (int i = 0; ok && i < 4; i++) {
        int64_t n;

        ok = slice_split(&rest, ' ', &part) && number_parse_int(part, 0, 100000, &n);
        if (ok)
            *counts[i] = (size_t)n;
    }
    str_done(&text);
    return ok;
}

static void write_cache(const struct test_case *t, const char *path)
{
    struct str text = STR_INIT;

    str_printf(&text, "%zu %zu %zu %zu\n", t->steps, t->starters, t->wrongs, t->recorded);
    (void)file_write(path, slice_str(&text), NULL);
    str_done(&text);
}

/* ---- a case -------------------------------------------------------------- */

static void run_session(struct test_case *t, const struct test_run *run)
{
    struct str work = STR_INIT;
    struct lab_runner_options o = {.lesson_folder = t->folder,
                                   .target = t->target,
                                   .threads = 1,
                                   .fresh = true,
                                   .own_cloud = true};
    struct lab_runner r;
    struct lk_error err = {0};
    char line[2048];

    str_printf(&work, "%s/work-%d-%s-%u", run->cache, (int)getpid(), t->slug, t->target);
    o.work = work.ptr;
    if (lab_runner_open(&r, &o, &err)) {
        t->failed++;
        str_printf(&t->report, "%s\n", lk_error_format(&err, line, sizeof line));
    } else {
        r.show.quiet = true;
        r.show.plots = NULL;
        test_steps(t, run, &r);
        lab_runner_close(&r);
    }
    (void)file_remove(work.ptr, NULL);
    str_done(&work);
}

static void run_case(void *ctx, size_t i, int worker)
{
    struct test_run *run = ctx;
    struct test_case *t = &run->cases[i];
    int64_t start = clock_steady_ns();
    char *key = case_key(t), *path = path_join(run->cache, key);

    t->cached = run->use_cache && !run->record && read_cache(t, path);
    if (!t->cached)
        run_session(t, run);
    if (!t->cached && !t->failed && !run->record)
        write_cache(t, path);
    t->none = !t->steps && !t->failed;
    t->seconds = (double)(clock_steady_ns() - start) / 1e9;
    free(path);
    free(key);
}

static void print_case(const struct test_case *t)
{
    struct str target = STR_INIT;
    enum term_style style = t->failed ? TERM_RED : TERM_GREEN;

    lesson_put_targets(&target, t->target);
    printf("%s%-4s%s %s on %s: %zu steps", term_style(stdout, style), t->failed ? "fail" : "ok",
           term_style(stdout, TERM_PLAIN), t->slug, target.ptr, t->steps);
    if (t->starters)
        printf(", %zu starters", t->starters);
    if (t->wrongs)
        printf(", %zu wrong answers", t->wrongs);
    if (t->recorded)
        printf(", %zu recorded outputs", t->recorded);
    if (t->cached)
        printf(" (unchanged)\n");
    else
        printf(" (%.2f s)\n", t->seconds);
    fputs(t->report.ptr, stdout);
    str_done(&target);
}

/* ---- the command --------------------------------------------------------- */

static void add_case(struct test_run *run, size_t *cap, const char *folder, unsigned targets)
{
    for (unsigned target = 1; target <= TARGET_AWS; target <<= 1) {
        if (!(targets & target))
            continue;
        MEM_GROW(run->cases, run->count, *cap);
        run->cases[run->count] =
            (struct test_case){.folder = mem_strdup(folder), .target = target, .report = STR_INIT};
        run->cases[run->count].slug = path_name(run->cases[run->count].folder);
        run->count++;
    }
}

static enum lk_status read_targets(const char *list, unsigned *targets, struct lk_error *err)
{
    struct slice rest = slice_of(list ? list : "local"), word;

    while (slice_split(&rest, ',', &word)) {
        unsigned t = lesson_target_named(slice_trim(word));

        if (!t || t == TARGET_AWS)
            return error_set(err, LK_EUSE, "--target is local, practice or both, not '%.*s'",
                             (int)word.len, word.ptr);
        *targets |= t;
    }
    return LK_OK;
}

static enum lk_status find_cases(struct test_run *run, const struct args *a, unsigned targets,
                                 struct lk_error *err)
{
    struct book_index *book;
    size_t cap = 0;
    enum lk_status st = LK_OK;

    for (size_t i = 0; !st && i < args_count(a); i++) {
        char *folder = NULL;

        st = lesson_folder_find(&folder, args_operand(a, i), err);
        if (!st)
            add_case(run, &cap, folder, targets);
        free(folder);
    }
    if (st || args_count(a))
        return st;
    st = book_index_read(&book, ".", err);
    if (st)
        return st;
    for (size_t i = 0; i < book->count; i++) {
        char *folder = path_join("lessons", book->lessons[i].slug);

        add_case(run, &cap, folder, targets);
        free(folder);
    }
    book_index_free(book);
    return LK_OK;
}

static enum lk_status report(const struct test_run *run, struct lk_error *err)
{
    size_t failed = 0, passed = 0;

    for (size_t i = 0; i < run->count; i++) {
        if (run->cases[i].none)
            continue;
        print_case(&run->cases[i]);
        if (run->cases[i].failed)
            failed++;
        else
            passed++;
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    fflush(stdout);
    return failed ? error_set(err, LK_ECHECK, "%zu of %zu lessons failed", failed, failed + passed)
                  : LK_OK;
}

static int run(const struct args *a, struct lk_error *err)
{
    struct test_run run = {.record = args_flag(a, "record"),
                           .use_cache = !args_flag(a, "no-cache")};
    char *home = path_data_home();
    unsigned targets = 0;
    int64_t jobs;
    struct pool *pool;
    enum lk_status st = args_int(a, "jobs", 0, 0, 256, &jobs, err);

    run.cache = path_join(home, "tests");
    if (!st)
        st = read_targets(args_get(a, "target"), &targets, err);
    if (!st)
        st = find_cases(&run, a, targets, err);
    if (!st)
        st = file_mkdirs(run.cache, err);
    if (!st) {
        pool = pool_new((int)jobs);
        pool_run(pool, run.count, run_case, &run);
        pool_free(pool);
        st = report(&run, err);
    }
    for (size_t i = 0; i < run.count; i++) {
        free(run.cases[i].folder);
        str_done(&run.cases[i].report);
    }
    free(run.cases);
    free(run.cache);
    free(home);
    return exit_for(st);
}

const struct command command_book_test = {
    .name = "test",
    .summary =
        "test lessons: solutions pass, starters and wrong answers do not, outputs as recorded",
    .operands = "[LESSON...]",
    .options = options,
    .details =
        "Without LESSON, the whole book in the working directory. Outputs are compared with "
        "recorded/STEP.jsonl in the lesson's folder; numbers may differ by the step's tolerance= "
        "(a share; 1e-6 if not said). Lessons that passed and have not changed since are not run "
        "again. Exit code 3 when a lesson fails.",
    .example = "$ labbook test\n"
               "$ labbook test 01 --no-cache\n"
               "$ labbook test --record",
    .run = run,
};
