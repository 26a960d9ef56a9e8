/*
 * Base without an operating system: one thread, no files, and what C's library
 * there lacks or does otherwise. Each stands in for a file of base, by
 * the same header, so that nothing above knows.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/thread.h"
#include "gbt/score_internal.h"
#include "wasm/host.h"

#include <assert.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

/* ---- the end, and what time it is ---------------------------------------------------------------
 */

/* The only one who prints is mem.c, when there is no more memory; then it exits. */
int fprintf(FILE *f, const char *format, ...)
{
    char text[200];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    page_complain(text, strlen(text));
    return n;
}

/* Into files, which nobody can open. */
size_t fwrite(const void *restrict bytes, size_t size, size_t n, FILE *restrict f)
{
    return 0;
}

ssize_t read(int fd, void *to, size_t n)
{
    return -1;
}

int close(int fd)
{
    return -1;
}

void exit(int code)
{
    page_exit();
}

void abort(void)
{
    page_exit();
}

#ifdef __wasm__
_Noreturn void __assert_fail(const char *what, const char *file, int line, const char *function)
{
    page_complain(what, strlen(what));
    page_exit();
}
#endif

int clock_gettime(clockid_t clock, struct timespec *out)
{
    double ms = page_clock(clock == CLOCK_REALTIME);

    out->tv_sec = (time_t)(ms / 1000);
    out->tv_nsec = (long)((ms - (double)out->tv_sec * 1000) * 1e6);
    return 0;
}

time_t time(time_t *out)
{
    return (time_t)(page_clock(1) / 1000);
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

enum lk_status file_list(char ***names, size_t *n, const char *path, struct lk_error *err)
{
    return no_files(path, err);
}

void file_names_free(char **names, size_t n)
{
}

enum lk_status file_remove(const char *path, struct lk_error *err)
{
    return no_files(path, err);
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

/* ---- gbt/score_internal.h: a page's few rows go the plain way down each tree ----------------- */

struct gbt_row_program *gbt_row_new(const struct lk_model *m)
{
    return NULL;
}

void gbt_row_free(struct gbt_row_program *p)
{
}

void gbt_row_score(const struct gbt_row_program *p, const struct lk_model *m,
                   struct gbt_range range, const float *row, float *out)
{
}

struct gbt_tests_program *gbt_tests_new(const struct lk_model *m)
{
    return NULL;
}

void gbt_tests_free(struct gbt_tests_program *p)
{
}

void gbt_tests_score(const struct gbt_tests_program *p, const struct lk_model *m,
                     struct gbt_range range, const float *row, float *out)
{
}

struct gbt_block_program *gbt_block_new(const struct lk_model *m)
{
    return NULL;
}

void gbt_block_free(struct gbt_block_program *p)
{
}

void gbt_block_score(const struct gbt_block_program *p, const struct lk_model *m,
                     struct gbt_range range, const float *values, size_t rows, float *out)
{
}

/* ---- math.h ------------------------------------------------------------------------------------
 */

/* Two instructions; WASI's library goes a long way round. */
long long llrint(double x)
{
    return (long long)__builtin_rint(x);
}

/* ---- string.h: an instruction each, and plain ways to look for text -----------------------------
 */

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    return __builtin_memcpy(to, from, n);
}

void *memmove(void *to, const void *from, size_t n)
{
    return __builtin_memmove(to, from, n);
}

void *memset(void *to, int c, size_t n)
{
    return __builtin_memset(to, c, n);
}

void *memmem(const void *text, size_t n, const void *part, size_t len)
{
    const char *p = text, *last = p + n - len;

    for (; n >= len && p <= last; p++)
        if (!memcmp(p, part, len))
            return (void *)p;
    return NULL;
}

char *strstr(const char *text, const char *part)
{
    return memmem(text, strlen(text), part, strlen(part));
}

/* Words for what the system refuses: it is never asked. */
char *strerror(int code)
{
    return (char *)"no file system";
}

/* ---- locale.h: "C"
 * --------------------------------------------------------------------------------
 */

locale_t newlocale(int mask, const char *name, locale_t base)
{
    return NULL;
}

void freelocale(locale_t locale)
{
}

double strtod_l(const char *text, char **end, locale_t locale)
{
    return strtod(text, end);
}

float strtof_l(const char *text, char **end, locale_t locale)
{
    return strtof(text, end);
}

int strcoll(const char *a, const char *b)
{
    return strcmp(a, b);
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
