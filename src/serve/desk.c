/* Setting desks up, and anew when their lesson was edited; what a page is shown. */
#include "serve/desk_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "book/index.h"

#include <stdlib.h>
#include <string.h>

enum { IDLE_MS = 30 * 60 * 1000 };

struct desks *desks_new(const struct desks_options *options)
{
    struct desks *d = mem_calloc(1, sizeof *d);

    d->options = *options;
    d->root = mem_strdup(options->root);
    d->work = mem_strdup(options->work);
    d->data = path_join(d->root, "lessons/data");
    pthread_mutex_init(&d->lock, NULL);
    return d;
}

/* ---- one desk --------------------------------------------------------------------- */

static void drop_steps(struct desk *d)
{
    for (size_t i = 0; i < d->count; i++) {
        store_step_done(&d->steps[i].kept);
        str_done(&d->steps[i].lines);
    }
    free(d->steps);
    d->steps = NULL;
    d->count = 0;
    lesson_free(d->lesson);
    d->lesson = NULL;
}

/* Takes the lesson; what was done before comes from the store. */
static enum lk_status lay_out(struct desk *d, struct lesson *lesson, struct lk_error *err)
{
    struct store *store = d->desks->options.store;
    enum lk_status st = LK_OK;

    drop_steps(d);
    d->lesson = lesson;
    d->count = lesson->step_count;
    d->steps = mem_calloc(d->count + 1, sizeof *d->steps);
    d->asked = NULL;
    for (size_t i = 0; i < d->count; i++) {
        struct desk_step *s = &d->steps[i];

        s->about = &lesson->steps[i];
        str_init(&s->lines);
        if (!st)
            st = store_step_read(store, d->slug, s->about->id, &s->kept, err);
        if (!st)
            st = store_output_read(store, d->slug, s->about->id, &s->lines, err);
        if (s->kept.ran)
            strncpy(s->key, s->kept.ran, KEY_SIZE - 1);
        if (s->kept.target && lesson_target_named(slice_of(s->kept.target)) & lesson->targets)
            d->target = lesson_target_named(slice_of(s->kept.target));
    }
    if (!d->target)
        d->target = lesson->targets & TARGET_LOCAL || !lesson->step_count ? TARGET_LOCAL
                    : lesson->targets & TARGET_PRACTICE                   ? TARGET_PRACTICE
                                                                          : TARGET_AWS;
    d->read = store_was_read(store, d->slug);
    if (!st)
        st = store_lesson(store, d->slug, false, (int)d->count, (int)lesson->quiz_count, err);
    desk_tell_states(d);
    return st;
}

static void desk_free(struct desk *d)
{
    desk_end_session(d);
    for (size_t i = 0; i < d->count; i++)
        desk_save(d, &d->steps[i]);
    drop_steps(d);
    hub_free(d->hub);
    pthread_mutex_destroy(&d->call);
    pthread_mutex_destroy(&d->lock);
    free(d->slug);
    free(d->folder);
    free(d->work);
    free(d);
}

static enum lk_status desk_new(struct desk **out, struct desks *all, const char *slug,
                               struct lk_error *err)
{
    struct desk *d = mem_calloc(1, sizeof *d);
    struct lesson *lesson = NULL;
    struct str folder = STR_INIT;
    enum lk_status st;

    str_printf(&folder, "%s/lessons/%s", all->root, slug);
    d->desks = all;
    d->slug = mem_strdup(slug);
    d->folder = str_take(&folder, NULL);
    d->work = path_join(all->work, slug);
    /* Behind every number that an earlier server can have given. */
    d->hub = hub_new(clock_unix_ms() * 1000);
    d->used_ms = clock_unix_ms();
    pthread_mutex_init(&d->call, NULL);
    pthread_mutex_init(&d->lock, NULL);
    st = lesson_read(&lesson, d->folder, err);
    if (!st)
        st = lay_out(d, lesson, err);
    if (st)
        desk_free(d);
    else
        *out = d;
    return st;
}

static struct desk *find(const struct desks *d, const char *slug)
{
    for (size_t i = 0; i < d->count; i++)
        if (!strcmp(d->list[i]->slug, slug))
            return d->list[i];
    return NULL;
}

static enum lk_status open_new(struct desk **out, struct desks *d, const char *slug,
                               struct lk_error *err)
{
    struct str folder = STR_INIT;
    enum lk_status st;

    str_printf(&folder, "%s/lessons/%s", d->root, slug);
    if (!index_is_slug(slug) || strchr(slug, '/') || file_stat(folder.ptr).kind != FILE_FOLDER)
        st = error_set(err, LK_EUSE, "the book has no lesson '%.80s'", slug);
    else if (d->count == DESKS_MAX)
        st = error_set(err, LK_ELIMIT, "more than %d lessons are open", DESKS_MAX);
    else
        st = desk_new(out, d, slug, err);
    str_done(&folder);
    return st;
}

enum lk_status desks_get(struct desk **out, struct desks *d, const char *slug, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    pthread_mutex_lock(&d->lock);
    *out = find(d, slug);
    if (!*out) {
        st = open_new(out, d, slug, err);
        if (!st) {
            MEM_GROW(d->list, d->count, d->cap);
            d->list[d->count++] = *out;
        }
    }
    pthread_mutex_unlock(&d->lock);
    return st;
}

void desks_free(struct desks *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->count; i++)
        desk_free(d->list[i]);
    free(d->list);
    free(d->root);
    free(d->work);
    free(d->data);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

/* ---- all of them ---------------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

static bool same_steps(const struct lesson *a, const struct lesson *b)
{
    if (a->step_count != b->step_count || a->quiz_count != b->quiz_count)
        return false;
    for (size_t i = 0; i < a->step_count; i++) {
        const struct lesson_step *x = &a->steps[i], *y = &b->steps[i];

        if (!same(x->id, y->id) || !same(x->code, y->code) || !same(x->check, y->check) ||
            x->targets != y->targets || x->timeout_ms != y->timeout_ms || x->line != y->line)
            return false;
    }
    for (size_t i = 0; i < a->quiz_count; i++)
        if (!same(a->quizzes[i].id, b->quizzes[i].id))
            return false;
    return true;
}

/* Under `call`: as if the server had just been started. Takes the lesson. */
static void begin_anew(struct desk *d, struct lesson *lesson)
{
    desk_end_session(d);
    pthread_mutex_lock(&d->lock);
    lay_out(d, lesson, NULL);
    hub_tell(d->hub, "reset", SLICE("{}"));
    pthread_mutex_unlock(&d->lock);
}

/* A lesson with a mistake in it leaves the desk as it was: the page shows the mistake. */
static void reload(struct desk *d)
{
    struct lesson *lesson = NULL;

    if (lesson_read(&lesson, d->folder, NULL))
        return;
    pthread_mutex_lock(&d->call);
    if (same_steps(d->lesson, lesson) || (d->session && session_busy(d->session))) {
        lesson_free(lesson);
    } else {
        pthread_mutex_lock(&d->lock);
        for (size_t i = 0; i < d->count; i++)
            desk_save(d, &d->steps[i]);
        pthread_mutex_unlock(&d->lock);
        begin_anew(d, lesson);
    }
    pthread_mutex_unlock(&d->call);
}

static void read_store(struct desk *d)
{
    struct lesson *lesson = NULL;

    pthread_mutex_lock(&d->call);
    if (!lesson_read(&lesson, d->folder, NULL))
        begin_anew(d, lesson);
    pthread_mutex_unlock(&d->call);
}

static void tick(struct desk *d)
{
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < d->count; i++)
        desk_save(d, &d->steps[i]);
    pthread_mutex_unlock(&d->lock);
    pthread_mutex_lock(&d->call);
    if (d->session && !session_busy(d->session) && clock_unix_ms() - d->used_ms > IDLE_MS)
        desk_end_session(d);
    pthread_mutex_unlock(&d->call);
}

/* Desks are only ever added, so the list can be walked without holding its lock. */
static void each(struct desks *d, void (*fn)(struct desk *))
{
    size_t n;

    pthread_mutex_lock(&d->lock);
    n = d->count;
    pthread_mutex_unlock(&d->lock);
    for (size_t i = 0; i < n; i++) {
        struct desk *desk;

        pthread_mutex_lock(&d->lock);
        desk = d->list[i];
        pthread_mutex_unlock(&d->lock);
        fn(desk);
    }
}

void desks_reload(struct desks *d)
{
    each(d, reload);
}

void desks_read_store(struct desks *d)
{
    each(d, read_store);
}

void desks_tick(struct desks *d)
{
    each(d, tick);
}

void desks_tell(struct desks *d, const char *event, struct slice json)
{
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < d->count; i++)
        hub_tell(d->list[i]->hub, event, json);
    pthread_mutex_unlock(&d->lock);
}

/* ---- what a page is shown ----------------------------------------------------------------- */

const char *target_name(unsigned target)
{
    return target == TARGET_AWS ? "aws" : target == TARGET_PRACTICE ? "practice" : "local";
}

static void put_step(struct json_out *w, const struct desk_step *s)
{
    static const char *const states[] = {[STEP_FRESH] = "fresh",
                                         [STEP_RUNNING] = "running",
                                         [STEP_DONE] = "done",
                                         [STEP_STALE] = "stale",
                                         [STEP_FAILED] = "failed"};
    struct slice rest = slice_str(&s->lines), line;

    json_open(w, s->about->id, '{');
    json_put_z(w, "code", s->kept.code);
    json_put_z(w, "state", states[s->told]);
    json_put_int(w, "attempts", s->kept.attempts);
    if (s->kept.passed >= 0)
        json_put_bool(w, "passed", s->kept.passed);
    json_put_int(w, "hints", s->kept.hints);
    json_put_bool(w, "solution", s->kept.solution);
    json_open(w, "events", '[');
    while (slice_line(&rest, &line))
        json_put_raw(w, NULL, line);
    json_close(w);
    json_close(w);
}

enum lk_status desk_state(struct desk *d, struct str *json, struct lk_error *err)
{
    struct str quizzes = STR_INIT;
    enum lk_status st = store_quizzes(d->desks->options.store, d->slug, &quizzes, err);
    struct json_out w;

    if (!st) {
        json_begin(&w, json, false);
        json_open(&w, NULL, '{');
        pthread_mutex_lock(&d->lock);
        json_put_int(&w, "seq", hub_last(d->hub));
        json_put_z(&w, "target", target_name(d->target));
        json_put_bool(&w, "read", d->read);
        json_open(&w, "steps", '{');
        for (size_t i = 0; i < d->count; i++)
            put_step(&w, &d->steps[i]);
        pthread_mutex_unlock(&d->lock);
        json_close(&w);
        json_put_raw(&w, "quizzes", slice_str(&quizzes));
        json_close(&w);
    }
    str_done(&quizzes);
    return st;
}

void desk_listen(struct desk *d, struct http_stream *stream, int64_t last)
{
    hub_listen(d->hub, stream, last);
}

const char *desk_work(const struct desk *d)
{
    return d->work;
}
