/*
 * A folder and a prefix made equal, in one direction. Both sides are listed
 * into sorted arrays of (name, size, time) and merged: what only the source
 * has, or what differs in size, or is newer there, is moved; what only the
 * destination has is deleted where that was asked for. Several files are
 * moved at once; a long file is then moved by one thread.
 *
 * Names that would leave the folder ("../x", "/x", "a//b") are refused when
 * downloading, one by one, and counted as failed.
 */
#include "aws/s3_internal.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 64 };

struct entry {
    char *name; /* below the folder or prefix */
    char *etag; /* of an object; "" of a file */
    int64_t size, time_ms;
    bool move, remove;
};

struct side {
    struct entry *entry;
    size_t n, cap;
};

struct sync {
    struct aws *client;
    struct s3_sync *job;
    struct s3_options options;
    bool up;
    const char *folder;
    struct s3_url url;
    struct side from, to;
    struct s3_team team;
    size_t *todo; /* numbers of entries of `from` */
    size_t todo_count;
};

/* ---- the two sides -------------------------------------------------------------------------- */

static void add(struct side *s, const char *name, const char *etag, int64_t size, int64_t time_ms)
{
    MEM_GROW(s->entry, s->n, s->cap);
    s->entry[s->n++] =
        (struct entry){mem_strdup(name), mem_strdup(etag), size, time_ms, false, false};
}

static bool is_wanted(const struct s3_sync *job, const char *name)
{
    bool wanted = true;

    for (size_t i = 0; i < job->filter_count; i++)
        if (!fnmatch(job->filters[i] + 1, name, 0))
            wanted = job->filters[i][0] == '+';
    return wanted;
}

/* Our own unfinished downloads are nobody's data. */
static bool is_ours(const char *name)
{
    return slice_ends(slice_of(name), ".labkit-part") ||
           slice_ends(slice_of(name), ".labkit-state");
}

static enum lk_status list_folder(struct sync *s, struct side *side, const char *below, int depth,
                                  struct lk_error *err)
{
    char *path = *below ? path_join(s->folder, below) : mem_strdup(s->folder), **names = NULL;
    size_t n = 0;
    enum lk_status st = file_list(&names, &n, path, err);

    if (!st && depth > DEPTH_MAX)
        st = error_set(err, LK_ELIMIT, "%s: folders nested deeper than %d", path, DEPTH_MAX);
    for (size_t i = 0; i < n && !st; i++) {
        char *name = *below ? path_join(below, names[i]) : mem_strdup(names[i]);
        char *full = path_join(s->folder, name);
        struct stat info;

        if (lstat(full, &info)) {
            st = error_errno(err, "read", full);
        } else if (S_ISDIR(info.st_mode)) {
            st = list_folder(s, side, name, depth + 1, err);
        } else if ((S_ISREG(info.st_mode) || S_ISLNK(info.st_mode)) && is_wanted(s->job, name) &&
                   !is_ours(name)) {
            struct file_info f = file_stat(full); /* of what a link leads to */

            if (f.kind == FILE_REGULAR)
                add(side, name, "", f.size, f.mtime_ns / 1000000);
        }
        free(name);
        free(full);
    }
    file_names_free(names, n);
    free(path);
    return st;
}

struct listing {
    struct sync *sync;
    struct side *side;
    size_t skip;
};

static bool take_object(void *ctx, const struct s3_object *o)
{
    struct listing *l = ctx;
    const char *name = o->key + l->skip;

    if (*name && !slice_ends(slice_of(name), "/") && is_wanted(l->sync->job, name))
        add(l->side, name, o->etag, o->size, o->modified_ms);
    return true;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static enum lk_status list_side(struct sync *s, struct side *side, bool local, struct lk_error *err)
{
    struct listing l = {s, side, strlen(s->url.key)};
    enum lk_status st = LK_OK;

    if (!local)
        st = s3_list(s->client, s->url.bucket, s->url.key, "", take_object, &l, err);
    else if (file_stat(s->folder).kind == FILE_FOLDER)
        st = list_folder(s, side, "", 0, err);
    else if (s->up)
        st = error_set(err, LK_EIO, "%s is no folder", s->folder);
    if (side->n)
        qsort(side->entry, side->n, sizeof *side->entry, compare);
    return st;
}

static void side_done(struct side *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->entry[i].name);
        free(s->entry[i].etag);
    }
    free(s->entry);
}

/* ---- what differs ------------------------------------------------------------------------------
 */

static void merge(struct sync *s)
{
    size_t i = 0, k = 0;

    while (i < s->from.n || k < s->to.n) {
        struct entry *a = i < s->from.n ? &s->from.entry[i] : NULL;
        struct entry *b = k < s->to.n ? &s->to.entry[k] : NULL;
        int order = !a ? 1 : !b ? -1 : strcmp(a->name, b->name);

        if (order < 0) {
            a->move = true;
        } else if (order > 0) {
            b->remove = s->job->remove;
        } else {
            a->move = a->size != b->size || a->time_ms > b->time_ms + 999;
            s->job->same += !a->move;
        }
        i += order <= 0;
        k += order >= 0;
    }
}

/* ---- moving
 * --------------------------------------------------------------------------------------- */

static char *object_key(const struct sync *s, const char *name)
{
    struct str key = STR_INIT;

    str_printf(&key, "%s%s", s->url.key, name);
    return str_take(&key, NULL);
}

static void tell(struct sync *s, const char *what, const char *name)
{
    char *key = object_key(s, name), *path = path_join(s->folder, name);
    struct str url = STR_INIT;

    str_printf(&url, "s3://%s/%s", s->url.bucket, key);
    pthread_mutex_lock(&s->team.lock);
    if (s->job->told && !strcmp(what, "delete"))
        s->job->told(s->job->ctx, what, s->up ? url.ptr : path, NULL);
    else if (s->job->told)
        s->job->told(s->job->ctx, what, s->up ? path : url.ptr, s->up ? url.ptr : path);
    pthread_mutex_unlock(&s->team.lock);
    str_done(&url);
    free(key);
    free(path);
}

static void count_moved(struct sync *s, const struct entry *e, bool ok)
{
    pthread_mutex_lock(&s->team.lock);
    s->job->moved += ok;
    s->job->failed += !ok;
    s->job->bytes += ok ? e->size : 0;
    pthread_mutex_unlock(&s->team.lock);
}

/* The file gets the object's time, so that the next sync finds them equal. */
static void set_time(const char *path, int64_t ms)
{
    struct timespec times[2] = {{0, UTIME_OMIT}, {ms / 1000, ms % 1000 * 1000000}};

    (void)!utimensat(AT_FDCWD, path, times, 0);
}

static void forward_progress(void *ctx, int64_t bytes)
{
    s3_team_moved(ctx, bytes);
}

static void move_task(void *ctx, size_t i, int worker)
{
    struct sync *s = ctx;
    struct entry *e = &s->from.entry[s->todo[i]];
    struct s3_options one = s->options;
    struct lk_error err = {0};
    char *key, *path;
    enum lk_status st = LK_OK;

    if (aws_is_cancelled(s->client))
        return;
    key = object_key(s, e->name);
    path = path_join(s->folder, e->name);
    one.threads = s->todo_count == 1 ? s->options.threads : 1;
    one.progress = forward_progress;
    one.ctx = &s->team;
    if (s->up)
        st = s3_upload(s->client, path, s->url.bucket, key, &one, &err);
    else if (!path_is_inside(slice_of(e->name)))
        st = error_set(&err, LK_EINPUT, "s3://%s/%s would lie outside of %s", s->url.bucket, key,
                       s->folder);
    else if (!(st = s3_download_listed(s->client, s->url.bucket, key, path, e->size, e->etag, &one,
                                       &err)))
        set_time(path, e->time_ms);
    count_moved(s, e, !st);
    if (st)
        s3_team_failed(&s->team, st, &err);
    else
        tell(s, s->up ? "upload" : "download", e->name);
    free(key);
    free(path);
}

static void move_all(struct sync *s)
{
    struct pool *pool;

    s->todo = mem_calloc(s->from.n + 1, sizeof *s->todo);
    for (size_t i = 0; i < s->from.n; i++)
        if (s->from.entry[i].move)
            s->todo[s->todo_count++] = i;
    if (s->job->dry_run) {
        for (size_t i = 0; i < s->todo_count; i++) {
            tell(s, s->up ? "upload" : "download", s->from.entry[s->todo[i]].name);
            count_moved(s, &s->from.entry[s->todo[i]], true);
        }
        return;
    }
    pool = pool_new(s->todo_count > 1 ? s->options.threads : 1);
    pool_run(pool, s->todo_count, move_task, s);
    pool_free(pool);
}

static void remove_extra(struct sync *s)
{
    struct lk_error err = {0};
    enum lk_status st;

    for (size_t i = 0; i < s->to.n && !aws_is_cancelled(s->client); i++) {
        char *key, *path;

        if (!s->to.entry[i].remove)
            continue;
        key = object_key(s, s->to.entry[i].name);
        path = path_join(s->folder, s->to.entry[i].name);
        st = s->job->dry_run ? LK_OK
             : s->up         ? s3_remove(s->client, s->url.bucket, key, &err)
                             : file_remove(path, &err);
        s->job->removed += !st;
        s->job->failed += st != LK_OK;
        if (st)
            s3_team_failed(&s->team, st, &err);
        else
            tell(s, "delete", s->to.entry[i].name);
        free(key);
        free(path);
    }
}

static enum lk_status open_sync(struct sync *s, const char *from, const char *to,
                                struct lk_error *err)
{
    enum lk_status st;

    s->up = s3_is_url(to);
    s->folder = s->up ? from : to;
    if (s3_is_url(from) == s3_is_url(to))
        return error_set(err, LK_EUSE, "one of the two is a folder, the other an s3:// URL");
    st = s3_url_parse(&s->url, s->up ? to : from, err);
    if (!st && *s->url.key && !slice_ends(slice_of(s->url.key), "/")) {
        struct str key = STR_INIT;

        str_printf(&key, "%s/", s->url.key);
        free(s->url.key);
        s->url.key = str_take(&key, NULL);
    }
    return st;
}

enum lk_status s3_sync(struct aws *c, const char *from, const char *to, struct s3_sync *job,
                       const struct s3_options *o, struct lk_error *err)
{
    struct sync s = {.client = c, .job = job, .options = s3_defaults(o)};
    enum lk_status st;

    s3_team_init(&s.team, &s.options);
    (void)((st = open_sync(&s, from, to, err)) || (st = list_side(&s, &s.from, s.up, err)) ||
           (st = list_side(&s, &s.to, !s.up, err)));
    if (!st) {
        merge(&s);
        move_all(&s);
        remove_extra(&s);
        st = s.team.st;
        if (st && err)
            *err = s.team.err;
        if (!st && aws_is_cancelled(c))
            st = error_set(err, LK_ECANCELLED, "stopped; the same command goes on from here");
    }
    s3_team_done(&s.team);
    s3_url_done(&s.url);
    side_done(&s.from);
    side_done(&s.to);
    free(s.todo);
    return st;
}
