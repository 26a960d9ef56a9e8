/*
 * JSON lines, without a tree: values are taken one by one as they stand, and
 * put where their key's column goes. Keys of a line come mostly in the order
 * of the line before, so the column after the last one is tried first.
 */
#include "gbt/jsonl.h"
#include "gbt/read.h"

#include <stdlib.h>
#include <string.h>

static void skip_spaces(struct jsonl *j)
{
    while (*j->p == ' ' || *j->p == '\t' || *j->p == '\r')
        j->p++;
}

static enum jsonl_kind bad(struct jsonl *j, const char *expected)
{
    j->at = j->p;
    j->expected = expected;
    return JSONL_BAD;
}

/* The four hex digits at p, or -1. */
static int hex4(const char *p)
{
    int v = 0;

    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;

        if (digit < 0)
            return -1;
        v = v * 16 + digit;
    }
    return v;
}

/* What follows a backslash at j->p. */
static bool take_escape(struct jsonl *j, struct str *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name = *j->p ? strchr(names, *j->p) : NULL;
    int code, low;

    if (name) {
        str_putc(out, values[name - names]);
        j->p++;
        return true;
    }
    if (*j->p != 'u' || (code = hex4(j->p + 1)) < 0)
        return false;
    j->p += 5;
    if (code >= 0xd800 && code < 0xdc00 && j->p[0] == '\\' && j->p[1] == 'u' &&
        (low = hex4(j->p + 2)) >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        j->p += 6;
    }
    utf8_put(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : (uint32_t)code);
    return true;
}

static bool take_string(struct jsonl *j, struct slice *out, struct str *text)
{
    const char *start = ++j->p;

    while (*j->p != '"' && *j->p != '\\' && (unsigned char)*j->p >= 0x20)
        j->p++;
    *out = (struct slice){start, (size_t)(j->p - start)};
    if (*j->p == '"') {
        j->p++;
        return true;
    }
    str_clear(text);
    str_put(text, *out);
    while (*j->p != '"') {
        if ((unsigned char)*j->p < 0x20)
            return false;
        if (*j->p == '\\') {
            j->p++;
            if (!take_escape(j, text))
                return false;
        } else {
            str_putc(text, *j->p++);
        }
    }
    j->p++;
    *out = slice_str(text);
    return true;
}

static enum jsonl_kind take_value(struct jsonl *j)
{
    const char *start = j->p;

    j->at = start;
    if (*start == '"')
        return take_string(j, &j->value, &j->value_text) ? JSONL_STRING
                                                         : bad(j, "a string that ends in '\"'");
    while (*j->p && !strchr(",]} \t\r\n", *j->p))
        j->p++;
    j->value = (struct slice){start, (size_t)(j->p - start)};
    if (slice_is(j->value, "null") || slice_is(j->value, "NaN"))
        return JSONL_MISSING;
    if (slice_is(j->value, "true") || slice_is(j->value, "false")) {
        j->value = *start == 't' ? SLICE("1") : SLICE("0");
        return JSONL_NUMBER;
    }
    if ((*start >= '0' && *start <= '9') || *start == '-' || *start == 'I')
        return JSONL_NUMBER;
    j->p = start;
    return bad(j, "a number, a string, true, false or null");
}

/* The bracket that begins the line, or the comma or bracket after a value. */
static enum jsonl_kind take_mark(struct jsonl *j, bool *ended)
{
    char closer;

    skip_spaces(j);
    if (!j->started) {
        if (*j->p != '{' && *j->p != '[')
            return bad(j, "'{' or '['");
        j->object = *j->p++ == '{';
        j->started = true;
        skip_spaces(j);
        closer = j->object ? '}' : ']';
        *ended = *j->p == closer;
    } else {
        closer = j->object ? '}' : ']';
        *ended = *j->p == closer;
        if (!*ended && *j->p != ',')
            return bad(j, j->object ? "',' or '}'" : "',' or ']'");
        if (!*ended)
            j->p++;
        skip_spaces(j);
    }
    return JSONL_END;
}

enum jsonl_kind jsonl_take(struct jsonl *j)
{
    bool ended = false;

    if (!j->key_text.ptr) {
        str_init(&j->key_text);
        str_init(&j->value_text);
    }
    if (take_mark(j, &ended) == JSONL_BAD)
        return JSONL_BAD;
    if (ended) {
        j->p++;
        skip_spaces(j);
        return *j->p == '\n' ? JSONL_END : bad(j, "the end of the line");
    }
    if (j->object) {
        if (*j->p != '"')
            return bad(j, "a key in quotes");
        if (!take_string(j, &j->key, &j->key_text))
            return bad(j, "a key that ends in '\"'");
        skip_spaces(j);
        if (*j->p != ':')
            return bad(j, "':'");
        j->p++;
        skip_spaces(j);
    }
    return take_value(j);
}

void jsonl_done(struct jsonl *j)
{
    if (j->key_text.ptr) {
        str_done(&j->key_text);
        str_done(&j->value_text);
    }
}

/* The column of the key, or -1 where there is none. */
static int64_t column_of(const struct read_plan *p, const struct jsonl *j, size_t after)
{
    if (after < p->file_columns && p->column[after].name && slice_is(j->key, p->column[after].name))
        return (int64_t)after;
    return words_find(&p->by_name, j->key);
}

/* The fields that every row must have and this one has not. */
static enum lk_status check_row(const struct read_plan *p, struct read_piece *b, const char *line)
{
    for (size_t i = 0; i < p->file_columns; i++) {
        const struct read_column *c = &p->column[i];

        if (c->role > READ_FEATURE) {
            float v = b->rows[c->role][b->block.rows * p->width[c->role] + c->at];

            if (v != v)
                return read_fail(p, b, LK_EINPUT, line, "'%s' is missing; every row needs it",
                                 c->name ? c->name : "a field");
        }
    }
    return LK_OK;
}

static enum lk_status parse_line(const struct read_plan *p, struct read_piece *b, struct jsonl *j)
{
    const char *line = j->p;
    enum jsonl_kind kind;
    size_t next = 0;

    j->started = false;
    read_row_begin(p, b);
    while ((kind = jsonl_take(j)) < JSONL_END) {
        int64_t column = j->object ? column_of(p, j, next) : (int64_t)next;

        if (j->object != p->named)
            return read_fail(p, b, LK_EINPUT, line, "objects and arrays in one file");
        if (column < 0 && p->skip_unknown)
            continue;
        if (column < 0 || (size_t)column >= p->file_columns)
            return read_fail(p, b, LK_EINPUT, j->at,
                             "a field that none of the first rows had: '%.*s'",
                             (int)(j->key.len < 60 ? j->key.len : 60), j->object ? j->key.ptr : "");
        if (kind == JSONL_MISSING ? read_put_missing(p, b, (size_t)column, j->at)
                                  : read_put(p, b, (size_t)column, j->value, j->at))
            return b->status;
        next = (size_t)column + 1;
    }
    if (kind == JSONL_BAD)
        return read_fail(p, b, LK_EINPUT, j->at, "expected %s", j->expected);
    if (check_row(p, b, line))
        return b->status;
    read_row_end(b, line, j->p);
    return LK_OK;
}

enum lk_status jsonl_parse_piece(const struct read_plan *p, struct read_piece *b)
{
    struct jsonl j = {.p = b->raw.ptr};
    const char *end = b->raw.ptr + b->len;

    while (!b->status && j.p < end) {
        skip_spaces(&j);
        if (*j.p != '\n' && parse_line(p, b, &j))
            break;
        j.p++;
    }
    jsonl_done(&j);
    return b->status;
}
