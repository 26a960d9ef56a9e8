/*
 * Base without an operating system: one thread, no files, and what C's library
 * there lacks or does otherwise. Each stands in for a file of base, by
 * the same header, so that nothing above knows.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/thread.h"
#include "wasm/host.h"

#include <stdlib.h>
#include <string.h>

/* ---- base/thread.h: everything on the caller's thread ----------------------------------- */

struct pool {
    char none;
};

int cpu_count(void)
{
    return 1;
}

struct pool *pool_new(int threads)
{
    return mem_calloc(1, sizeof(struct pool));
}

void pool_free(struct pool *p)
{
    free(p);
}

int pool_threads(const struct pool *p)
{
    return 1;
}

void pool_run(struct pool *p, size_t tasks, pool_fn *fn, void *ctx)
{
    for (size_t i = 0; i < tasks; i++)
        fn(ctx, i, 0);
}

/* ---- base/mem.h --------------------------------------------------------------------------- */

/* What is free inside the heap nobody says; so only what can never fit is refused beforehand. */
double mem_left(void)
{
    return PAGE_MEMORY_MAX;
}

void mem_hint_large(void *p, size_t size)
{
}

/* ---- base/error.h: nothing here says why -------------------------------------------------------
 */

enum lk_status error_errno(struct lk_error *err, const char *doing, const char *file)
{
    return error_set(err, LK_EIO, "cannot %s %s", doing, file);
}

/* ---- base/file.h: there are none --------------------------------------------------------------
 */

static enum lk_status no_files(const char *path, struct lk_error *err)
{
    return error_set(err, LK_EUNSUPPORTED, "there is no file system here for %s", path);
}

enum lk_status file_read(struct str *out, const char *path, size_t max, struct lk_error *err)
{
    return no_files(path, err);
}

enum lk_status file_mkdirs(const char *path, struct lk_error *err)
{
    return no_files(path, err);
}

struct file_info file_stat(const char *path)
{
    return (struct file_info){.kind = FILE_NONE};
}

enum lk_status file_out_open(struct file_out *f, const char *path, struct lk_error *err)
{
    return no_files(path, err);
}

enum lk_status file_out_commit(struct file_out *f, struct lk_error *err)
{
    return no_files(f->path, err);
}

void file_out_abandon(struct file_out *f)
{
}

/* ---- math.h ------------------------------------------------------------------------------------
 */

/* Two instructions; WASI's library goes a long way round. */
long long llrint(double x)
{
    return (long long)__builtin_rint(x);
}

/* ---- sorting ----------------------------------------------------------------------------------
 */

/*
 * glibc's qsort merges, so what compares equal stays in order; the one of WASI
 * does not, and results would then differ between a page and a terminal.
 */
struct merge {
    char *spare;
    size_t size;
    int (*compare)(const void *, const void *, void *);
    void *ctx;
};

static void merge_sort(const struct merge *m, char *a, size_t n)
{
    size_t size = m->size, half = n / 2;
    char *left = m->spare, *left_end = left + half * size, *to = a;
    char *right = a + half * size, *right_end = a + n * size;

    if (n < 2)
        return;
    merge_sort(m, a, half);
    merge_sort(m, right, n - half);
    memcpy(left, a, half * size);
    while (left < left_end && right < right_end) {
        char **from = m->compare(left, right, m->ctx) <= 0 ? &left : &right;

        memcpy(to, *from, size);
        *from += size;
        to += size;
    }
    memcpy(to, left, (size_t)(left_end - left));
}

void qsort_r(void *base, size_t n, size_t size, int (*compare)(const void *, const void *, void *),
             void *ctx)
{
    struct merge m = {mem_alloc((n / 2 + 1) * size), size, compare, ctx};

    merge_sort(&m, base, n);
    free(m.spare);
}

static int compare_plain(const void *a, const void *b, void *ctx)
{
    int (*const *compare)(const void *, const void *) = ctx;

    return (*compare)(a, b);
}

void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    qsort_r(base, n, size, compare_plain, &compare);
}
