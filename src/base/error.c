/*
 * Errors are filled in place, in the caller's struct, and never allocated, so
 * that reporting one cannot itself fail. Text comes in part from outside; it
 * is flattened to one line without control characters here, once.
 */
#include "base/error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void flatten(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            *s = ' ';
}

static void copy(char *to, size_t size, const char *from)
{
    size_t n = from ? strlen(from) : 0;

    if (n >= size)
        n = size - 1;
    if (n)
        memcpy(to, from, n);
    to[n] = '\0';
}

enum lk_status error_vset(struct lk_error *err, enum lk_status status, const char *fmt,
                          va_list args)
{
    if (err) {
        error_clear(err);
        err->status = status;
        vsnprintf(err->text, sizeof err->text, fmt, args);
        flatten(err->text);
    }
    return status;
}

enum lk_status error_set(struct lk_error *err, enum lk_status status, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    error_vset(err, status, fmt, args);
    va_end(args);
    return status;
}

enum lk_status error_at(struct lk_error *err, enum lk_status status, const char *file, int line,
                        int column, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    error_vset(err, status, fmt, args);
    va_end(args);
    error_place(err, file, line, column);
    return status;
}

enum lk_status error_place(struct lk_error *err, const char *file, int line, int column)
{
    if (!err)
        return LK_EINPUT;
    if (!err->file[0] && !err->line) {
        copy(err->file, sizeof err->file, file);
        flatten(err->file);
        err->line = line;
        err->column = column;
    }
    return err->status;
}

void error_clear(struct lk_error *err)
{
    if (err) {
        err->status = LK_OK;
        err->line = err->column = 0;
        err->file[0] = err->code[0] = err->text[0] = '\0';
    }
}

const char *lk_status_name(enum lk_status status)
{
    static const char *const names[] = {
        [LK_OK] = "ok",
        [LK_EUSE] = "wrong use",
        [LK_EINPUT] = "bad input",
        [LK_EIO] = "input or output failed",
        [LK_EUNSUPPORTED] = "not supported",
        [LK_ELIMIT] = "limit reached",
        [LK_ENETWORK] = "network failed",
        [LK_ESERVICE] = "the service refused",
        [LK_ECANCELLED] = "cancelled",
        [LK_ECHECK] = "check not passed",
    };
    size_t n = sizeof names / sizeof names[0];

    return (size_t)status < n ? names[status] : "unknown";
}

const char *lk_error_format(const struct lk_error *err, char *buf, size_t size)
{
    if (!err->file[0])
        snprintf(buf, size, "%s", err->text);
    else if (!err->line)
        snprintf(buf, size, "%s: %s", err->file, err->text);
    else if (!err->column)
        snprintf(buf, size, "%s:%d: %s", err->file, err->line, err->text);
    else
        snprintf(buf, size, "%s:%d:%d: %s", err->file, err->line, err->column, err->text);
    return buf;
}

const char *lk_version(void)
{
    return LK_VERSION;
}

/*
 * Edit distance with swaps of neighbours (optimal string alignment), case
 * ignored; three rows of the usual table. Words longer than the rows are far.
 */
enum { NEAR_MAX = 63 };

static int distance(const char *a, const char *b)
{
    int rows[3][NEAR_MAX + 1];
    int *before = rows[0], *last = rows[1], *now = rows[2], *spare;
    int n = (int)strlen(a), m = (int)strlen(b), i, j;

    if (n > NEAR_MAX || m > NEAR_MAX)
        return NEAR_MAX;
    for (j = 0; j <= m; j++)
        last[j] = j;
    for (i = 1; i <= n; i++) {
        now[0] = i;
        for (j = 1; j <= m; j++) {
            int ca = tolower((unsigned char)a[i - 1]), cb = tolower((unsigned char)b[j - 1]);
            int best = last[j - 1] + (ca != cb);

            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
                cb == tolower((unsigned char)a[i - 2]) && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
        spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[m];
}

/* The shortest name that the word is the beginning of: desc, of descending. */
static const char *begins_with(const char *word, const char *const *names, size_t n)
{
    size_t len = strlen(word);
    const char *best = NULL;

    for (size_t i = 0; i < n && len >= 3; i++)
        if (!strncmp(word, names[i], len) && (!best || strlen(names[i]) < strlen(best)))
            best = names[i];
    return best;
}

const char *error_nearest(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    int limit = (int)strlen(word) / 3 + 1, best_distance = limit + 1;

    for (size_t i = 0; i < n; i++) {
        int d = distance(word, names[i]);

        if (d < best_distance) {
            best_distance = d;
            best = names[i];
        }
    }
    return best ? best : begins_with(word, names, n);
}
