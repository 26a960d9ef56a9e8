/*
 * Waiting looks now and then whether Ctrl-C was pressed, so that a step can be
 * stopped without ending the program.
 */
#include "cli/lab_runner.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "cloud/cloud.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    interrupted = 1;
}

/* ---- finding a lesson ---------------------------------------------------- */

static bool is_lesson(const char *folder)
{
    char *file = path_join(folder, "lesson.md");
    bool there = file_stat(file).kind == FILE_REGULAR;

    free(file);
    return there;
}

/* Does the lesson's slug fit the name: all of it, its number, or a part of it? */
static bool fits(const char *slug, const char *name)
{
    size_t number = strcspn(slug, "-");

    return !strcmp(slug, name) || (strlen(name) == number && !strncmp(slug, name, number)) ||
           !strcmp(slug + number + (slug[number] == '-'), name);
}

enum lk_status lesson_folder_find(char **out, const char *name, struct lk_error *err)
{
    struct book_index *book = NULL;
    enum lk_status st;
    char *folder = mem_strdup(name);
    size_t n = strlen(folder);

    while (n > 1 && folder[n - 1] == '/')
        folder[--n] = '\0';
    if (is_lesson(folder)) {
        *out = folder;
        return LK_OK;
    }
    st = file_stat("lessons").kind == FILE_FOLDER ? book_index_read(&book, ".", err) : LK_OK;
    for (size_t i = 0; book && i < book->count; i++)
        if (fits(book->lessons[i].slug, folder)) {
            struct str path = STR_INIT;

            str_printf(&path, "lessons/%s", book->lessons[i].slug);
            *out = str_take(&path, NULL);
            book_index_free(book);
            free(folder);
            return LK_OK;
        }
    book_index_free(book);
    if (!st)
        st = error_set(
            err, LK_EUSE,
            "there is no lesson '%s': name its folder, as lessons/01-what-you-will-build", name);
    free(folder);
    return st;
}

/* ---- a lesson's session -------------------------------------------------- */

static char *below(const char *folder, const char *middle, const char *name)
{
    struct str path = STR_INIT;

    str_printf(&path, "%s/%s%s%s", folder, middle, name ? "/" : "", name ? name : "");
    return str_take(&path, NULL);
}

static enum lk_status open_session(struct lab_runner *r, const struct lab_runner_options *o,
                                   struct lk_error *err)
{
    char *lessons = path_folder(r->lesson->folder);
    char *data = path_join(lessons, "data");
    struct session_options options = {
        .work_folder = r->work,
        .data_folder = file_stat(data).kind == FILE_FOLDER ? data : NULL,
        .target = o->target,
        .threads = o->threads,
        .params = o->params,
        .cloud_folder = r->cloud_folder,
        .yes = o->yes,
    };
    enum lk_status st =
        session_open(&r->session, r->lesson, &options, lab_show_event, &r->show, err);

    free(data);
    free(lessons);
    return st;
}

/* Progress goes where the server keeps it too, under the book's title. */
static enum lk_status open_store(struct lab_runner *r, struct lk_error *err)
{
    char *lessons = path_folder(r->lesson->folder), *root = path_folder(lessons);
    struct book_index *book;
    enum lk_status st = book_index_read(&book, root, err);

    if (!st) {
        st = store_open(&r->store, NULL, book->title, err);
        book_index_free(book);
    }
    free(root);
    free(lessons);
    return st;
}

/* What the run has come to, kept beside what was there. */
static void keep_progress(struct lab_runner *r, const struct lesson_step *step, const char *code)
{
    struct store_step kept = {0};
    const char *target = r->target == TARGET_LOCAL ? "local"
                         : r->target == TARGET_AWS ? "aws"
                                                   : "practice";

    if (!r->store || store_step_read(r->store, r->lesson->slug, step->id, &kept, NULL))
        return;
    free(kept.code);
    free(kept.target);
    kept.code = code ? mem_strdup(code) : NULL;
    kept.target = mem_strdup(target);
    kept.outcome = r->show.ok ? OUTCOME_DONE : OUTCOME_FAILED;
    kept.attempts++;
    kept.passed = r->show.judged ? r->show.passed : -1;
    (void)store_step_write(r->store, r->lesson->slug, step->id, &kept, NULL);
    (void)store_output_write(r->store, r->lesson->slug, step->id, slice_str(&r->show.lines), NULL);
    store_step_done(&kept);
}

/*
 * One process has the cloud's folder: where starting is refused one runs
 * already, and is used. Whatever else stands in the way, the first call to the
 * cloud tells.
 */
static void share_cloud(struct lab_runner *r)
{
    const struct cloud_options any_port = {.port = 0};
    struct lk_error refused = {0};

    if (cloud_start(&r->cloud, &any_port, &refused))
        r->cloud = NULL;
}

/* Beside the work folder; its account is always the same, so that outputs can be compared. */
static enum lk_status own_cloud(struct lab_runner *r, struct lk_error *err)
{
    static const struct cloud_identity account = {.account = "123456789012"};
    struct cloud_options o = {.port = 0};
    struct str folder = STR_INIT;
    bool made;
    enum lk_status st;

    str_printf(&folder, "%s-cloud", r->work);
    r->cloud_folder = str_take(&folder, NULL);
    o.folder = r->cloud_folder;
    (void)((st = file_remove(r->cloud_folder, err)) ||
           (st = cloud_init(r->cloud_folder, &account, &made, err)) ||
           (st = cloud_start(&r->cloud, &o, err)));
    return st;
}

enum lk_status lab_runner_open(struct lab_runner *r, const struct lab_runner_options *o,
                               struct lk_error *err)
{
    char *home = path_data_home();
    enum lk_status st;

    memset(r, 0, sizeof *r);
    lab_show_init(&r->show);
    r->target = o->target;
    st = lesson_read(&r->lesson, o->lesson_folder, err);
    if (!st) {
        r->work = o->work ? mem_strdup(o->work)
                          : below(home, o->below ? o->below : "labs", r->lesson->slug);
        r->plots = below(r->work, "plots", NULL);
        r->show.plots = r->plots;
        if (o->fresh)
            st = file_remove(r->work, err);
    }
    if (!st && o->target == TARGET_PRACTICE && o->own_cloud)
        st = own_cloud(r, err);
    else if (!st && o->target == TARGET_PRACTICE && o->cloud)
        share_cloud(r);
    if (!st)
        st = open_session(r, o, err);
    if (!st && o->keep)
        st = open_store(r, err);
    free(home);
    if (st)
        lab_runner_close(r);
    return st;
}

void lab_runner_close(struct lab_runner *r)
{
    session_close(r->session);
    if (r->cloud)
        cloud_stop(r->cloud);
    if (r->cloud_folder)
        (void)file_remove(r->cloud_folder, NULL);
    if (r->store)
        store_close(r->store);
    lab_show_done(&r->show);
    lesson_free(r->lesson);
    free(r->work);
    free(r->cloud_folder);
    free(r->plots);
    memset(r, 0, sizeof *r);
    lab_show_init(&r->show);
}

/* A question of the running step: the person's answer; where nobody can answer, no. */
static void answer_question(struct lab_runner *r)
{
    int64_t id = r->show.question;
    char line[16] = "";
    bool yes = false;

    if (!id)
        return;
    r->show.question = 0;
    if (term_is_tty(stdin)) {
        printf("Go on? [y/N] ");
        fflush(stdout);
        yes = fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
    } else {
        printf("Nobody can be asked here; --yes agrees beforehand.\n");
    }
    session_answer(r->session, id, yes);
}

bool lab_runner_step(struct lab_runner *r, const struct lesson_step *step, const char *code,
                     struct lk_error *err)
{
    struct sigaction action = {.sa_handler = on_interrupt}, old;
    enum lk_status st;

    lab_show_clear(&r->show);
    r->show.only = step->id;
    r->show.code = code ? code : step->code;
    interrupted = 0;
    sigaction(SIGINT, &action, &old);
    st = session_run(r->session, step->id, code, step->check != NULL, err);
    while (!st && !session_wait(r->session, 100)) {
        if (interrupted)
            session_stop(r->session);
        answer_question(r);
    }
    sigaction(SIGINT, &old, NULL);
    if (session_weakness(r->session)[0] && !r->warned)
        fprintf(stderr, "note: %s\n", session_weakness(r->session));
    r->warned = true;
    if (st)
        r->show.ok = false;
    else
        keep_progress(r, step, code);
    return !st && r->show.ok;
}
