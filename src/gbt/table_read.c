/*
 * Tables from CSV and JSON lines, and to CSV.
 *
 * The text is held in memory and gone over twice: the first time every column
 * is numbers until a word turns up in it; the second time only the columns of
 * words are filled. So a column's type is what the whole of it says.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "base/source.h"
#include "gbt/csv.h"
#include "gbt/jsonl.h"
#include "gbt/read.h"
#include "gbt/table_internal.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_MAX_GB = 8 };

struct loader {
    struct slice text; /* ends with '\n' */
    const char *file;
    char delimiter;
    struct table *t;
    size_t row_cap, cap;
    bool second;         /* the pass for words */
    bool *is_text;       /* (columns) */
    struct words *words; /* (columns) */
    struct words names;
    struct str scratch;
    struct lk_error *err;
};

static enum lk_status fail(const struct loader *l, const char *at, const char *what)
{
    const char *line = l->text.ptr;
    size_t n = 1;

    for (const char *p = l->text.ptr; p < at; p++)
        if (*p == '\n') {
            n++;
            line = p + 1;
        }
    return error_at(l->err, LK_EINPUT, l->file, n < INT_MAX ? (int)n : 0, (int)(at - line) + 1,
                    "%s", what);
}

static enum lk_status add_column(struct loader *l, struct slice name)
{
    struct table *t = l->t;
    struct str text = STR_INIT;

    if (t->columns >= GBT_MAX_COLUMNS)
        return error_at(l->err, LK_ELIMIT, l->file, 1, 0, "more than %d columns", GBT_MAX_COLUMNS);
    if (name.len)
        str_put(&text, name);
    else
        str_printf(&text, "unnamed_%zu", t->columns);
    if (words_find(&l->names, slice_str(&text)) >= 0) {
        error_at(l->err, LK_EINPUT, l->file, 1, 0,
                 "the header has '%s' twice; give each column a name of its own", text.ptr);
        str_done(&text);
        return LK_EINPUT;
    }
    words_add(&l->names, slice_str(&text));
    if (t->columns == l->cap) {
        l->cap = l->cap * 2 + 8;
        t->column = mem_resize(t->column, l->cap, sizeof *t->column);
        l->is_text = mem_resize(l->is_text, l->cap, sizeof *l->is_text);
        l->words = mem_resize(l->words, l->cap, sizeof *l->words);
    }
    l->is_text[t->columns] = false;
    l->words[t->columns] = (struct words){0};
    t->column[t->columns] = (struct table_column){.name = str_take(&text, NULL)};
    t->column[t->columns].numbers = mem_calloc(l->row_cap, sizeof(double));
    for (size_t i = 0; i < l->row_cap; i++) /* rows before a late JSON key are without it */
        t->column[t->columns].numbers[i] = NAN;
    t->columns++;
    return LK_OK;
}

static enum lk_status begin_row(struct loader *l)
{
    struct table *t = l->t;
    size_t cap = l->row_cap;

    if (l->second || t->rows < cap)
        return LK_OK;
    l->row_cap = cap + cap / 2 + 256;
    if (l->row_cap > TABLE_MAX_ROWS || l->row_cap * (t->columns + 1) > TABLE_MAX_CELLS)
        return error_at(l->err, LK_ELIMIT, l->file, 0, 0,
                        "more than a table holds (%d rows, %d cells); take a sample of it",
                        TABLE_MAX_ROWS, TABLE_MAX_CELLS);
    for (size_t c = 0; c < t->columns; c++) {
        t->column[c].numbers = mem_resize(t->column[c].numbers, l->row_cap, sizeof(double));
        for (size_t i = cap; i < l->row_cap; i++)
            t->column[c].numbers[i] = NAN;
    }
    return LK_OK;
}

static enum lk_status put(struct loader *l, size_t row, size_t column, struct slice value,
                          bool string, const char *at)
{
    struct table_column *c = &l->t->column[column];
    double number;

    if (read_is_missing_word(value))
        return LK_OK;
    if (l->second) {
        if (memchr(value.ptr, '\0', value.len))
            return fail(l, at, "a zero byte within text");
        if (l->is_text[column])
            c->codes[row] = (int32_t)words_add(&l->words[column], value);
    } else if (!string && number_parse_double(value, &number)) {
        c->numbers[row] = number;
    } else {
        l->is_text[column] = true;
    }
    return LK_OK;
}

static enum lk_status csv_record(struct loader *l, const char **p, size_t row)
{
    const char *end = l->text.ptr + l->text.len, *start = *p;
    struct csv_field f = {0};
    size_t c = 0;

    for (; !f.last; c++) {
        const char *at = *p;

        switch (csv_take(&f, at, end, l->delimiter, &l->scratch)) {
        case CSV_UNCLOSED:
            return fail(l, f.next, "a quote opens here and does not end");
        case CSV_AFTER_QUOTE:
            return fail(l, f.next, "expected a delimiter or the end of the line after a quote");
        case CSV_OK:
            break;
        }
        if (c < l->t->columns && put(l, row, c, f.value, false, at))
            return l->err ? l->err->status : LK_EINPUT;
        *p = f.next;
    }
    if (c != l->t->columns) {
        char what[100];

        snprintf(what, sizeof what, "expected %zu columns, found %zu", l->t->columns, c);
        return fail(l, start, what);
    }
    return LK_OK;
}

static enum lk_status csv_pass(struct loader *l, const char *p)
{
    const char *end = l->text.ptr + l->text.len;
    enum lk_status st = LK_OK;
    size_t row = 0;

    while (!st && p < end) {
        if (*p == '\n' || (*p == '\r' && p[1] == '\n')) {
            p++;
            continue;
        }
        st = begin_row(l);
        st = st ? st : csv_record(l, &p, row++);
        l->t->rows = l->second ? l->t->rows : row;
    }
    return st;
}

/* Names from the header, or c0, c1, ...; *p moves past the header. */
static enum lk_status csv_names(struct loader *l, const char **p)
{
    const char *at = *p, *end = l->text.ptr + l->text.len;
    bool header = csv_looks_like_header(slice_from(l->text, (size_t)(at - l->text.ptr)),
                                        l->delimiter, &l->scratch);
    struct csv_field f = {0};
    enum lk_status st = LK_OK;
    char number[32];

    for (size_t i = 0; !st && !f.last; i++) {
        if (csv_take(&f, at, end, l->delimiter, &l->scratch))
            return fail(l, at, "a quote that does not end");
        snprintf(number, sizeof number, "c%zu", i);
        st = add_column(l, header ? f.value : slice_of(number));
        at = f.next;
    }
    if (header)
        *p = at;
    return st;
}

static enum lk_status json_record(struct loader *l, struct jsonl *j, size_t row)
{
    enum jsonl_kind kind;
    size_t next = 0;
    enum lk_status st = LK_OK;

    j->started = false;
    while (!st && (kind = jsonl_take(j)) < JSONL_END) {
        char number[32];
        struct slice key = j->key;
        int64_t c;

        if (!j->object) {
            snprintf(number, sizeof number, "c%zu", next);
            key = slice_of(number);
        }
        c = next < l->t->columns && slice_is(key, l->t->column[next].name)
                ? (int64_t)next
                : words_find(&l->names, key);
        if (c < 0) {
            st = add_column(l, key);
            c = (int64_t)l->t->columns - 1;
        }
        if (!st && kind != JSONL_MISSING)
            st = put(l, row, (size_t)c, j->value, kind == JSONL_STRING, j->at);
        next = (size_t)c + 1;
    }
    if (!st && kind == JSONL_BAD) {
        char what[100];

        snprintf(what, sizeof what, "expected %s", j->expected);
        return fail(l, j->at, what);
    }
    return st;
}

static enum lk_status json_pass(struct loader *l, const char *p)
{
    struct jsonl j = {.p = p};
    const char *end = l->text.ptr + l->text.len;
    enum lk_status st = LK_OK;
    size_t row = 0;

    while (!st && j.p < end) {
        if (*j.p == '\n' || *j.p == ' ' || *j.p == '\t' || *j.p == '\r') {
            j.p++;
            continue;
        }
        st = begin_row(l);
        st = st ? st : json_record(l, &j, row++);
        l->t->rows = l->second ? l->t->rows : row;
    }
    jsonl_done(&j);
    return st;
}

/* Turn columns in which words were met from numbers to codes, all missing yet. */
static bool begin_words(struct loader *l)
{
    bool any = false;

    l->second = true;
    for (size_t c = 0; c < l->t->columns; c++) {
        struct table_column *column = &l->t->column[c];

        if (!l->is_text[c])
            continue;
        any = true;
        free(column->numbers);
        column->numbers = NULL;
        column->type = TABLE_TEXT;
        column->codes = mem_calloc(l->t->rows, sizeof *column->codes);
        for (size_t i = 0; i < l->t->rows; i++)
            column->codes[i] = -1;
    }
    return any;
}

static enum lk_status load(struct loader *l)
{
    const char *p = l->text.ptr, *end = p + l->text.len;
    enum lk_status st = LK_OK;
    bool json;

    while (p < end && (*p == '\n' || *p == '\r'))
        p++;
    if (p == end)
        return error_at(l->err, LK_EINPUT, l->file, 0, 0, "the file is empty: there are no rows");
    json = *p == '{' || *p == '[';
    if (!l->delimiter)
        l->delimiter = csv_guess_delimiter(slice_from(l->text, (size_t)(p - l->text.ptr)));
    st = json ? LK_OK : csv_names(l, &p);
    if (!st)
        st = json ? json_pass(l, p) : csv_pass(l, p);
    if (!st && begin_words(l))
        st = json ? json_pass(l, p) : csv_pass(l, p);
    for (size_t c = 0; !st && c < l->t->columns; c++)
        if (l->is_text[c])
            table_settle_words(&l->t->column[c], l->t->rows, &l->words[c]);
    return st;
}

/* text must end with '\n' or be empty. */
static enum lk_status load_text(struct table **out, struct slice text, const char *name,
                                char delimiter, struct lk_error *err)
{
    struct loader l = {.text = text, .file = name, .delimiter = delimiter, .err = err};
    enum lk_status st;

    if (text.len >= 3 && !memcmp(text.ptr, "\xef\xbb\xbf", 3))
        l.text = slice_from(text, 3);
    str_init(&l.scratch);
    l.t = table_new(0);
    st = load(&l);
    for (size_t c = 0; c < l.t->columns; c++)
        words_done(&l.words[c]);
    free(l.words);
    free(l.is_text);
    words_done(&l.names);
    str_done(&l.scratch);
    if (st) {
        table_free(l.t);
        l.t = NULL;
    }
    *out = l.t;
    return st;
}

/* All that the source holds, unpacked; takes the source. */
static enum lk_status load_source(struct table **out, struct source *s, char delimiter,
                                  struct lk_error *err)
{
    enum { CHUNK = 1 << 20 };
    struct str text = STR_INIT;
    size_t got = 1;
    enum lk_status st = LK_OK;

    while (!st && got) {
        st = source_read(s, str_room(&text, CHUNK), CHUNK, &got, err);
        str_grew(&text, got);
        if (!st && text.len >> 30 >= TABLE_MAX_GB)
            st = error_at(err, LK_ELIMIT, source_name(s), 0, 0,
                          "larger than the %d GB that a table is read from", TABLE_MAX_GB);
    }
    if (!st && text.len && text.ptr[text.len - 1] != '\n')
        str_putc(&text, '\n');
    if (!st)
        st = load_text(out, slice_str(&text), source_name(s), delimiter, err);
    str_done(&text);
    source_close(s);
    return st;
}

enum lk_status table_parse(struct table **out, struct slice text, const char *name, char delimiter,
                           struct lk_error *err)
{
    *out = NULL;
    return load_source(out, source_memory(text, name), delimiter, err);
}

enum lk_status table_read(struct table **out, const char *path, char delimiter,
                          struct lk_error *err)
{
    struct source *s;
    enum lk_status st = source_open(&s, path, err);

    *out = NULL;
    return st ? st : load_source(out, s, delimiter, err);
}

static void print_row(struct str *out, const struct table *t, size_t row)
{
    char number[NUMBER_MAX];

    for (size_t c = 0; c < t->columns; c++) {
        const struct table_column *column = &t->column[c];

        if (c)
            str_putc(out, ',');
        if (table_is_missing(t, row, c))
            continue;
        if (column->type == TABLE_NUMBER)
            str_add(out, number, number_print_double(number, column->numbers[row]));
        else
            csv_put(out, slice_of(column->dict.words[column->codes[row]]), ',');
    }
    str_putc(out, '\n');
}

static void print_header(struct str *out, const struct table *t)
{
    for (size_t c = 0; c < t->columns; c++) {
        if (c)
            str_putc(out, ',');
        csv_put(out, slice_of(t->column[c].name), ',');
    }
    str_putc(out, '\n');
}

void table_print(struct str *out, const struct table *t, bool header)
{
    if (header)
        print_header(out, t);
    for (size_t i = 0; i < t->rows; i++)
        print_row(out, t, i);
}

enum lk_status table_write(const struct table *t, const char *path, bool header,
                           struct lk_error *err)
{
    struct str text = STR_INIT;
    struct file_out f;
    enum lk_status st = file_out_open(&f, path, err);

    if (st)
        return st;
    if (header)
        print_header(&text, t);
    for (size_t i = 0; i < t->rows; i++) {
        print_row(&text, t, i);
        if (text.len > 1 << 16 || i + 1 == t->rows) {
            fwrite(text.ptr, 1, text.len, f.stream); /* commit finds a failure */
            str_clear(&text);
        }
    }
    if (text.len)
        fwrite(text.ptr, 1, text.len, f.stream);
    str_done(&text);
    return file_out_commit(&f, err);
}
