/*
 * inotify on lessons/, templates/ and the folders in them says which lessons'
 * folders changed, so that an edit of a large book costs no look at all of it;
 * whatever else changes, the live site finds out itself. A file that was closed or
 * moved into place is whole, and is taken at once. What is left half done by other
 * steps of an editor, or comes in numbers, waits until it has been quiet for a moment.
 * Where a folder cannot be watched (network file systems, too many), the book
 * is looked at every second as well.
 */
#include "serve/watch.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { QUIET_MS = 15, LOOK_MS = 1000, DEPTH_MAX = 4, FINDINGS_MAX = 100, FILES_MAX = 100 };

/* What events said since the last update. */
struct seen {
    const char **slugs; /* of the lessons that changed, each once; the names are the watch's */
    size_t count, cap;
    bool other;  /* something else did */
    bool folder; /* a folder came or went */
    bool whole;  /* the last step left a file as it is to be */
};

struct watch {
    struct site_live *live;
    char **slugs; /* by watch descriptor: the lesson that the folder belongs to, or NULL */
    size_t slug_count, slug_cap;
    struct seen seen;
    char *lessons, *templates;
    int notify, stop;
    bool all_watched, empty;
    watch_fn *on_change;
    void *ctx;
    pthread_t thread;
    pthread_mutex_t lock;
    struct str last;
};

/* ---- what is told ------------------------------------------------------------------ */

static void put_place(struct json_out *w, const char *file, int line, int column, const char *text,
                      const char *mend)
{
    json_open(w, NULL, '{');
    json_put_z(w, "file", file);
    json_put_int(w, "line", line);
    json_put_int(w, "column", column);
    json_put_z(w, "text", text);
    json_put_z(w, "mend", mend);
    json_close(w);
}

static void put_findings(struct json_out *w, const char *key, const struct findings *f,
                         enum finding_level level)
{
    size_t n = 0;

    json_open(w, key, '[');
    for (size_t i = 0; i < f->len && n < FINDINGS_MAX; i++) {
        const struct finding *one = &f->items[i];

        if (one->level != level)
            continue;
        n++;
        put_place(w, one->file, one->line, one->column, one->text, one->mend);
    }
}

static void put_files(struct json_out *w, const struct site_live *live)
{
    size_t n;
    const char *const *names = site_live_written(live, &n);

    if (n > FILES_MAX)
        return;
    json_open(w, "files", '[');
    for (size_t i = 0; i < n; i++)
        json_put_z(w, NULL, names[i]);
    json_close(w);
}

static void describe(struct str *out, const struct site_live *live, enum lk_status st,
                     const struct findings *f, const struct lk_error *err, size_t written)
{
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    put_findings(&w, "errors", f, FINDING_ERROR);
    if (st && !findings_count(f, FINDING_ERROR))
        put_place(&w, err->file, err->line, err->column, err->text, "");
    json_close(&w);
    put_findings(&w, "warnings", f, FINDING_WARNING);
    json_close(&w);
    json_put_int(&w, "written", (int64_t)written);
    if (written)
        put_files(&w, live);
    json_close(&w);
}

/* Bring the site up to date, looking at what is named; true when there is something to tell. */
static bool update(struct watch *w, const struct site_seen *seen)
{
    struct site_report report = {0};
    struct findings findings = {0};
    struct lk_error err = {0};
    struct str now = STR_INIT;
    enum lk_status st = site_live_update(w->live, seen, &report, &findings, &err);
    size_t written = st ? 0 : report.files.written + report.files.removed;
    bool news;

    findings_sort(&findings);
    describe(&now, w->live, st, &findings, &err, written);
    findings_done(&findings);
    pthread_mutex_lock(&w->lock);
    news = written || !slice_eq(slice_str(&now), slice_str(&w->last));
    if (!st)
        w->empty = false;
    str_clear(&w->last);
    str_put(&w->last, slice_str(&now));
    pthread_mutex_unlock(&w->lock);
    str_done(&now);
    return news;
}

void watch_last(struct watch *w, struct str *json)
{
    pthread_mutex_lock(&w->lock);
    str_put(json, slice_str(&w->last));
    pthread_mutex_unlock(&w->lock);
}

bool watch_is_empty(struct watch *w)
{
    bool empty;

    pthread_mutex_lock(&w->lock);
    empty = w->empty;
    pthread_mutex_unlock(&w->lock);
    return empty;
}

/* ---- watching ------------------------------------------------------------------------- */

/* The folder with this watch descriptor belongs to a lesson, or (NULL) to none. */
static void keep_slug(struct watch *w, int wd, const char *slug)
{
    size_t at = (size_t)wd;

    while (w->slug_count <= at) {
        MEM_GROW(w->slugs, w->slug_count, w->slug_cap);
        w->slugs[w->slug_count++] = NULL;
    }
    /* A folder keeps its descriptor when it gets another name. */
    if (w->slugs[at] && slug && !strcmp(w->slugs[at], slug))
        return;
    free(w->slugs[at]);
    w->slugs[at] = slug ? mem_strdup(slug) : NULL;
}

/* Adding a folder that is watched already changes nothing. */
static void add_folder(struct watch *w, const char *path, const char *slug, int depth)
{
    char **names = NULL;
    size_t n = 0;
    int wd = inotify_add_watch(w->notify, path,
                               IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                   IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR);

    if (wd < 0)
        w->all_watched = false;
    else
        keep_slug(w, wd, slug);
    if (depth == DEPTH_MAX || file_list(&names, &n, path, NULL))
        return;
    for (size_t i = 0; i < n; i++) {
        char *below = path_join(path, names[i]);

        if (names[i][0] != '.' && !strchr(names[i], '.') && file_stat(below).kind == FILE_FOLDER)
            add_folder(w, below, !depth && path == w->lessons ? names[i] : slug, depth + 1);
        free(below);
    }
    file_names_free(names, n);
}

static void add_folders(struct watch *w)
{
    w->all_watched = w->notify >= 0;
    if (w->notify >= 0) {
        add_folder(w, w->lessons, NULL, 0);
        add_folder(w, w->templates, NULL, 0);
    }
}

/* Copies that editors put beside a file, and locks. */
static bool is_editors_own(const char *name)
{
    size_t n = strlen(name);

    return name[0] == '.' || name[0] == '#' || (n && name[n - 1] == '~');
}

static void take_event(struct watch *w, const struct inotify_event *e)
{
    struct seen *seen = &w->seen;
    const char *slug = e->wd >= 0 && (size_t)e->wd < w->slug_count ? w->slugs[e->wd] : NULL;

    seen->whole = (e->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) && e->len && !is_editors_own(e->name);
    if (e->mask & (IN_ISDIR | IN_Q_OVERFLOW | IN_IGNORED))
        seen->folder = true;
    if (!slug)
        seen->other = true;
    for (size_t i = 0; slug && i < seen->count; i++)
        if (seen->slugs[i] == slug)
            return;
    if (slug) {
        MEM_GROW(seen->slugs, seen->count, seen->cap);
        seen->slugs[seen->count++] = slug;
    }
}

/* Take what waits. */
static void take_events(struct watch *w)
{
    char buf[8192] __attribute__((aligned(8)));
    ssize_t n;

    while ((n = read(w->notify, buf, sizeof buf)) > 0)
        for (char *at = buf; at < buf + n;) {
            const struct inotify_event *e = (const struct inotify_event *)(const void *)at;

            take_event(w, e);
            at += sizeof *e + e->len;
        }
}

/* Bring the site up to date with what was seen; without any of that, look at all. */
static bool update_seen(struct watch *w)
{
    struct site_seen seen = {w->seen.slugs, w->seen.count};
    bool all = w->seen.other || w->seen.folder || !w->seen.count, news;

    if (w->seen.folder)
        add_folders(w);
    news = update(w, all ? NULL : &seen);
    w->seen.count = 0;
    w->seen.other = w->seen.folder = w->seen.whole = false;
    return news;
}

/* One file, and whole: there is nothing to wait for. */
static bool is_settled(const struct seen *seen)
{
    return seen->whole && !seen->folder && seen->count + seen->other == 1;
}

static void *watch_loop(void *ctx)
{
    struct watch *w = ctx;
    struct pollfd fds[2] = {{.fd = w->stop, .events = POLLIN}, {.fd = w->notify, .events = POLLIN}};

    for (;;) {
        int ready = poll(fds, 2, w->all_watched ? -1 : LOOK_MS);

        if (fds[0].revents)
            return NULL;
        while (ready > 0 && (fds[1].revents & POLLIN)) {
            take_events(w);
            ready = is_settled(&w->seen) ? 0 : poll(fds, 2, QUIET_MS);
            if (fds[0].revents)
                return NULL;
        }
        if (update_seen(w)) {
            struct str json = STR_INIT;

            watch_last(w, &json);
            w->on_change(w->ctx, slice_str(&json));
            str_done(&json);
        }
    }
}

enum lk_status watch_start(struct watch **out, const char *root, const struct site_options *site,
                           watch_fn *on_change, void *ctx, struct lk_error *err)
{
    struct watch *w = mem_calloc(1, sizeof *w);
    char *index;

    w->live = site_live_new(root, site);
    w->lessons = path_join(root, "lessons");
    w->templates = site->templates ? mem_strdup(site->templates) : site_templates(root);
    w->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    w->stop = eventfd(0, EFD_CLOEXEC);
    w->on_change = on_change;
    w->ctx = ctx;
    /* What an earlier run left is better than nothing while the book has a mistake. */
    index = path_join(site->out, "index.html");
    w->empty = file_stat(index).kind != FILE_REGULAR;
    free(index);
    str_init(&w->last);
    pthread_mutex_init(&w->lock, NULL);
    add_folders(w);
    update(w, NULL);
    if (pthread_create(&w->thread, NULL, watch_loop, w)) {
        w->thread = 0;
        watch_stop(w);
        return error_set(err, LK_EIO, "cannot start a thread");
    }
    *out = w;
    return LK_OK;
}

void watch_stop(struct watch *w)
{
    uint64_t one = 1;

    if (!w)
        return;
    if (w->thread && write(w->stop, &one, sizeof one) == sizeof one)
        pthread_join(w->thread, NULL);
    site_live_free(w->live);
    if (w->notify >= 0)
        close(w->notify);
    close(w->stop);
    str_done(&w->last);
    pthread_mutex_destroy(&w->lock);
    for (size_t i = 0; i < w->slug_count; i++)
        free(w->slugs[i]);
    free(w->slugs);
    free(w->seen.slugs);
    free(w->lessons);
    free(w->templates);
    free(w);
}
