/*
 * The names put so far are a hash set under a lock; reading the old file,
 * comparing and writing the new one happen outside of it.
 */
#include "book/publish.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COPY_MAX = 64 << 20, LIST_MAX = 64 << 20 };
#define LIST_NAME ".labbook-files"

struct entry {
    char *name;
    size_t staged; /* number of the file in the stage; 0: none */
};

struct publish {
    char *folder, *stage;
    struct entry *entries; /* open addressing; name NULL is free */
    size_t count, cap;     /* cap is a power of two */
    size_t staged;         /* files in the stage, which are named by number */
    bool fresh;            /* the folder was not there: nothing to compare with */
    pthread_mutex_t lock;
};

static size_t hash(const char *s)
{
    size_t h = 1469598103934665603u;

    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 1099511628211u;
    return h;
}

static struct entry *slot(struct entry *entries, size_t cap, const char *name)
{
    size_t i = hash(name) & (cap - 1);

    while (entries[i].name && strcmp(entries[i].name, name))
        i = (i + 1) & (cap - 1);
    return &entries[i];
}

static void grow(struct publish *p)
{
    size_t cap = p->cap * 2;
    struct entry *entries = mem_calloc(cap, sizeof *entries);

    for (size_t i = 0; i < p->cap; i++)
        if (p->entries[i].name)
            *slot(entries, cap, p->entries[i].name) = p->entries[i];
    free(p->entries);
    p->entries = entries;
    p->cap = cap;
}

/* Is the name new? Then it is ours to write. */
static bool claim(struct publish *p, const char *name)
{
    struct entry *e;
    bool fresh;

    pthread_mutex_lock(&p->lock);
    if (p->count * 2 >= p->cap)
        grow(p);
    e = slot(p->entries, p->cap, name);
    fresh = !e->name;
    if (fresh) {
        e->name = mem_strdup(name);
        p->count++;
    }
    pthread_mutex_unlock(&p->lock);
    return fresh;
}

enum { STAGE_FOLDERS = 32 };

/* A path in the stage for the file to be written: threads wait for each other within one folder. */
static char *stage_path(const struct publish *p, size_t number)
{
    struct str path = STR_INIT;

    str_printf(&path, "%s/%zu/%zu", p->stage, number % STAGE_FOLDERS, number);
    return str_take(&path, NULL);
}

static size_t next_staged(struct publish *p)
{
    size_t number;

    pthread_mutex_lock(&p->lock);
    number = ++p->staged;
    pthread_mutex_unlock(&p->lock);
    return number;
}

static void mark_staged(struct publish *p, const char *name, size_t number)
{
    pthread_mutex_lock(&p->lock);
    slot(p->entries, p->cap, name)->staged = number;
    pthread_mutex_unlock(&p->lock);
}

enum lk_status publish_open(struct publish **out, const char *folder, struct lk_error *err)
{
    struct publish *p = mem_calloc(1, sizeof *p);
    enum lk_status st;

    p->folder = mem_strdup(folder);
    p->stage = path_join(folder, ".labbook-new");
    p->fresh = file_stat(folder).kind == FILE_NONE;
    p->cap = 64;
    p->entries = mem_calloc(p->cap, sizeof *p->entries);
    pthread_mutex_init(&p->lock, NULL);
    st = file_remove(p->stage, err);
    if (st)
        publish_close(p);
    else
        *out = p;
    return st;
}

static bool same_as_there(const struct publish *p, const char *name, struct slice content)
{
    char *path = path_join(p->folder, name);
    struct file_info info = file_stat(path);
    struct str old = STR_INIT;
    bool same = info.kind == FILE_REGULAR && (size_t)info.size == content.len &&
                !file_read(&old, path, content.len, NULL) && slice_eq(slice_str(&old), content);

    str_done(&old);
    free(path);
    return same;
}

/* A plain write: durability is of no use for what one command makes again. */
static enum lk_status write_plain(const char *path, struct slice content, struct lk_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    enum lk_status st = LK_OK;

    if (fd < 0 && errno == ENOENT) {
        char *folder = path_folder(path);

        st = file_mkdirs(folder, err);
        free(folder);
        if (st)
            return st;
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    }
    if (fd < 0)
        return error_errno(err, "create", path);
    while (content.len && !st) {
        ssize_t n = write(fd, content.ptr, content.len);

        if (n < 0 && errno != EINTR)
            st = error_errno(err, "write", path);
        else if (n > 0)
            content = slice_from(content, (size_t)n);
    }
    if (close(fd) && !st)
        st = error_errno(err, "write", path);
    return st;
}

enum lk_status publish_put(struct publish *p, const char *name, struct slice content,
                           struct lk_error *err)
{
    enum lk_status st;
    size_t number;
    char *path;

    if (!path_is_inside(slice_of(name)))
        return error_set(err, LK_EINPUT, "a page may not be written to '%s'", name);
    if (!claim(p, name) || (!p->fresh && same_as_there(p, name, content)))
        return LK_OK;
    number = next_staged(p);
    path = stage_path(p, number);
    st = write_plain(path, content, err);
    if (!st)
        mark_staged(p, name, number);
    free(path);
    return st;
}

enum lk_status publish_copy(struct publish *p, const char *name, const char *from,
                            struct lk_error *err)
{
    struct str content = STR_INIT;
    enum lk_status st = file_read(&content, from, COPY_MAX, err);

    if (!st)
        st = publish_put(p, name, slice_str(&content), err);
    str_done(&content);
    return st;
}

/* ---- committing ---------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_list(const struct publish *p, struct str *list)
{
    const char **names = mem_calloc(p->count, sizeof *names);
    size_t n = 0;

    for (size_t i = 0; i < p->cap; i++)
        if (p->entries[i].name)
            names[n++] = p->entries[i].name;
    qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        str_puts(list, names[i]);
        str_putc(list, '\n');
    }
    free(names);
}

static enum lk_status move_in(struct publish *p, const struct entry *e, struct lk_error *err)
{
    char *from = stage_path(p, e->staged), *to = path_join(p->folder, e->name);
    enum lk_status st = LK_OK;

    if (rename(from, to)) {
        char *folder = path_folder(to);

        st = file_mkdirs(folder, err);
        if (!st && rename(from, to))
            st = error_errno(err, "write", to);
        free(folder);
    }
    free(from);
    free(to);
    return st;
}

/* The table is moved in by strips, each a task. */
enum { STRIPS = 64 };

struct mover {
    struct publish *p;
    struct lk_error errors[STRIPS];
    size_t moved[STRIPS];
};

static void move_strip(void *ctx, size_t strip, int worker)
{
    struct mover *m = ctx;
    size_t per = m->p->cap / STRIPS;

    for (size_t i = strip * per; i < (strip + 1) * per && !m->errors[strip].status; i++)
        if (m->p->entries[i].staged) {
            move_in(m->p, &m->p->entries[i], &m->errors[strip]);
            m->moved[strip]++;
        }
}

static enum lk_status move_all(struct publish *p, struct pool *pool, size_t *moved,
                               struct lk_error *err)
{
    struct mover *m = mem_calloc(1, sizeof *m);
    enum lk_status st = LK_OK;

    m->p = p;
    pool_run(pool, STRIPS, move_strip, m);
    for (size_t i = 0; i < STRIPS; i++) {
        *moved += m->moved[i];
        if (m->errors[i].status && !st) {
            st = m->errors[i].status;
            if (err)
                *err = m->errors[i];
        }
    }
    free(m);
    return st;
}

/* The folders above a deleted file, as far as they are empty now. */
static void remove_empty_folders(const struct publish *p, const char *name)
{
    char *part = mem_strdup(name), *slash;

    while ((slash = strrchr(part, '/'))) {
        char *path;
        bool gone;

        *slash = '\0';
        path = path_join(p->folder, part);
        gone = !rmdir(path);
        free(path);
        if (!gone)
            break;
    }
    free(part);
}

static void remove_gone(struct publish *p, struct slice old_list, size_t *removed)
{
    struct slice line;

    while (slice_line(&old_list, &line)) {
        char *name = mem_strndup(line.ptr, line.len), *path;

        if (path_is_inside(line) && !slot(p->entries, p->cap, name)->name) {
            path = path_join(p->folder, name);
            if (!unlink(path)) {
                ++*removed;
                remove_empty_folders(p, name);
            }
            free(path);
        }
        free(name);
    }
}

enum lk_status publish_commit(struct publish *p, struct pool *pool, struct publish_counts *counts,
                              struct lk_error *err)
{
    char *list_path = path_join(p->folder, LIST_NAME);
    struct str old = STR_INIT, now = STR_INIT;
    struct publish_counts c = {p->count, 0, 0};
    enum lk_status st = file_mkdirs(p->folder, err);

    if (!st && file_stat(list_path).kind == FILE_REGULAR)
        st = file_read(&old, list_path, LIST_MAX, err);
    if (!st)
        st = move_all(p, pool, &c.written, err);
    if (!st) {
        remove_gone(p, slice_str(&old), &c.removed);
        print_list(p, &now);
        st = file_write_changed(list_path, slice_str(&now), NULL, err);
    }
    if (!st && counts)
        *counts = c;
    str_done(&old);
    str_done(&now);
    free(list_path);
    return st;
}

enum lk_status publish_commit_some(struct publish *p, struct pool *pool,
                                   struct publish_counts *counts, struct lk_error *err)
{
    struct publish_counts c = {p->count, 0, 0};
    enum lk_status st = move_all(p, pool, &c.written, err);

    if (!st && counts)
        *counts = c;
    return st;
}

size_t publish_changed(struct publish *p, char ***names)
{
    size_t n = 0;

    *names = mem_calloc(p->staged + 1, sizeof **names);
    for (size_t i = 0; i < p->cap; i++)
        if (p->entries[i].staged)
            (*names)[n++] = mem_strdup(p->entries[i].name);
    qsort(*names, n, sizeof **names, by_name);
    return n;
}

void publish_close(struct publish *p)
{
    if (!p)
        return;
    file_remove(p->stage, NULL);
    for (size_t i = 0; i < p->cap; i++)
        free(p->entries[i].name);
    free(p->entries);
    pthread_mutex_destroy(&p->lock);
    free(p->stage);
    free(p->folder);
    free(p);
}
