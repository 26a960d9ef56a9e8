/*
 * A piece being parsed: rows grow in arrays that are kept from piece to piece,
 * so that after the first few no memory is touched for the first time.
 */
#include "base/error.h"
#include "base/number.h"
#include "gbt/read.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void grow(const struct read_plan *p, struct read_piece *b)
{
    b->row_cap = b->row_cap + b->row_cap / 2 + 64;
    b->starts = mem_resize(b->starts, b->row_cap, sizeof *b->starts);
    b->ends = mem_resize(b->ends, b->row_cap, sizeof *b->ends);
    for (int r = READ_FEATURE; r < READ_ROLES; r++) {
        size_t width = r == READ_FEATURE ? b->width : p->width[r], cells;

        if (__builtin_mul_overflow(b->row_cap, width, &cells))
            cells = SIZE_MAX;
        if (width)
            b->rows[r] = mem_resize(b->rows[r], cells, sizeof(float));
    }
}

void read_row_begin(const struct read_plan *p, struct read_piece *b)
{
    size_t row = b->block.rows;

    if (row == b->row_cap)
        grow(p, b);
    if (p->format != READ_CSV) { /* CSV sets every value; the others may leave some out */
        float *features = b->rows[READ_FEATURE] + row * b->width;

        for (size_t i = 0; i < b->width; i++)
            features[i] = NAN;
        for (int r = READ_LABEL; r < READ_ROLES; r++)
            for (size_t i = 0; i < p->width[r]; i++)
                b->rows[r][row * p->width[r] + i] = NAN;
    }
}

static float *place(const struct read_plan *p, struct read_piece *b, const struct read_column *c)
{
    size_t width = c->role == READ_FEATURE ? b->width : p->width[c->role];

    return b->rows[c->role] + b->block.rows * width + c->at;
}

enum lk_status read_fail(const struct read_plan *p, struct read_piece *b, enum lk_status status,
                         const char *at, const char *fmt, ...)
{
    const char *line = b->raw.ptr;
    va_list args;
    int lines = 1;

    for (const char *c = b->raw.ptr; c < at; c++)
        if (*c == '\n') {
            lines++;
            line = c + 1;
        }
    va_start(args, fmt);
    error_vset(&b->error, status, fmt, args);
    va_end(args);
    /* Counted from the piece's start; the stream adds the lines before it. */
    error_place(&b->error, p->file, lines, (int)(at - line) + 1);
    return b->status = status;
}

static const char *role_name(enum read_role role)
{
    static const char *const names[] = {"",       "feature", "label",       "base margin",
                                        "weight", "query",   "lower bound", "upper bound"};

    return names[role];
}

enum lk_status read_put_missing(const struct read_plan *p, struct read_piece *b, size_t column,
                                const char *at)
{
    const struct read_column *c = &p->column[column];

    if (c->role == READ_SKIP)
        return LK_OK;
    if (c->role != READ_FEATURE)
        return read_fail(p, b, LK_EINPUT, at, "the %s is missing; every row needs one",
                         role_name(c->role));
    *place(p, b, c) = NAN;
    return LK_OK;
}

static enum lk_status put_word(const struct read_plan *p, struct read_piece *b,
                               const struct read_column *c, struct slice value, const char *at)
{
    const struct read_text *t = &p->text[c->text];
    int64_t code;

    if (memchr(value.ptr, '\0', value.len))
        return read_fail(p, b, LK_EINPUT, at, "a zero byte within text");
    if (t->fixed) {
        code = words_find(&t->words, value);
        if (code < 0 && c->role == READ_LABEL)
            return read_fail(p, b, LK_EINPUT, at, "'%.*s' is not among the model's classes",
                             (int)(value.len < 60 ? value.len : 60), value.ptr);
        *place(p, b, c) = code < 0 ? NAN : (float)code;
        return LK_OK;
    }
    code = words_add(&b->words[c->text], value);
    if (code >= GBT_MAX_CATEGORIES)
        return read_fail(p, b, LK_ELIMIT, at,
                         "more than %d different words in one column; leave it out with --ignore",
                         GBT_MAX_CATEGORIES);
    *place(p, b, c) = (float)code;
    return LK_OK;
}

static enum lk_status put_number(const struct read_plan *p, struct read_piece *b,
                                 const struct read_column *c, struct slice value, const char *at)
{
    float number;

    if (!number_parse_float(value, &number))
        return read_fail(p, b, LK_EINPUT, at, "expected a number%s%s%s, found '%.*s'",
                         c->name ? " in column '" : "", c->name ? c->name : "", c->name ? "'" : "",
                         (int)(value.len < 60 ? value.len : 60), value.ptr);
    if (number == p->missing_number || isnan(number))
        return read_put_missing(p, b, (size_t)(c - p->column), at);
    if (isinf(number) && (c->role == READ_LABEL || c->role == READ_WEIGHT))
        return read_fail(p, b, LK_EINPUT, at, "the %s is infinite", role_name(c->role));
    *place(p, b, c) = number;
    return LK_OK;
}

enum lk_status read_put(const struct read_plan *p, struct read_piece *b, size_t column,
                        struct slice value, const char *at)
{
    const struct read_column *c = &p->column[column];

    if (c->role == READ_SKIP)
        return LK_OK;
    if (read_is_missing(p, value))
        return read_put_missing(p, b, column, at);
    return c->text >= 0 ? put_word(p, b, c, value, at) : put_number(p, b, c, value, at);
}

void read_row_end(struct read_piece *b, const char *start, const char *end)
{
    b->starts[b->block.rows] = (size_t)(start - b->raw.ptr);
    b->ends[b->block.rows] = (size_t)(end - b->raw.ptr);
    b->block.rows++;
}
