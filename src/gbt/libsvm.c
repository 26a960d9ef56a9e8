/*
 * libsvm text: `label[:weight] [qid:n] index:value ...`, `#` begins a comment.
 * Indices count from 0, as XGBoost reads them; what is left out is missing.
 * Without a model no one knows how many columns there will be: a piece widens
 * its rows when a larger index comes.
 */
#include "base/number.h"
#include "gbt/read.h"

#include <math.h>
#include <string.h>

/* Rows so far become wider, in place, from the last to the first. */
static void widen(struct read_piece *b, size_t width)
{
    size_t rows = b->block.rows + 1; /* the one being read as well */
    float *v = mem_resize(b->rows[READ_FEATURE], b->row_cap * width, sizeof *v);

    for (size_t i = rows; i-- > 0;) {
        memmove(v + i * width, v + i * b->width, b->width * sizeof *v);
        for (size_t c = b->width; c < width; c++)
            v[i * width + c] = NAN;
    }
    b->rows[READ_FEATURE] = v;
    b->width = width;
}

static enum lk_status bad(const struct read_plan *p, struct read_piece *b, struct slice word,
                          const char *expected)
{
    return read_fail(p, b, LK_EINPUT, word.ptr, "expected %s, found '%.*s'", expected,
                     (int)(word.len < 60 ? word.len : 60), word.ptr);
}

static enum lk_status put_label(const struct read_plan *p, struct read_piece *b, struct slice word)
{
    size_t colon = slice_find(word, ':'), row = b->block.rows;
    struct slice label = slice_first(word, colon);
    float v, weight;

    if (!number_parse_float(label, &v) || isnan(v) || isinf(v))
        return bad(p, b, word, "the label, a number");
    if (p->width[READ_LABEL])
        b->rows[READ_LABEL][row] = v;
    if (colon < word.len) {
        if (!number_parse_float(slice_from(word, colon + 1), &weight) || !(weight >= 0))
            return bad(p, b, word, "label:weight");
        b->rows[READ_WEIGHT][row] = weight;
    }
    return LK_OK;
}

static enum lk_status put_pair(const struct read_plan *p, struct read_piece *b, struct slice word)
{
    size_t colon = slice_find(word, ':');
    struct slice key = slice_first(word, colon);
    int64_t index;
    float v;

    if (colon == word.len || !number_parse_float(slice_from(word, colon + 1), &v))
        return bad(p, b, word, "index:value");
    if (slice_is(key, "qid")) {
        b->rows[READ_QUERY][b->block.rows] = v;
        return LK_OK;
    }
    if (!number_parse_int(key, 0, GBT_MAX_COLUMNS - 1, &index))
        return bad(p, b, word, "index:value with an index of 0 to 65535");
    if ((size_t)index >= b->width) {
        if (!p->open_width)
            return read_fail(p, b, LK_EINPUT, word.ptr,
                             "feature %lld, where the model has %zu, counted from 0",
                             (long long)index, b->width);
        widen(b, (size_t)index + 1);
    }
    b->rows[READ_FEATURE][b->block.rows * b->width + (size_t)index] = v;
    return LK_OK;
}

static enum lk_status parse_line(const struct read_plan *p, struct read_piece *b, struct slice line)
{
    struct slice rest = slice_trim(slice_first(line, slice_find(line, '#'))), word;
    bool first = true;

    if (!rest.len)
        return LK_OK;
    read_row_begin(p, b);
    while (rest.len) {
        size_t n = 0;

        while (n < rest.len && rest.ptr[n] != ' ' && rest.ptr[n] != '\t')
            n++;
        word = slice_first(rest, n);
        rest = slice_trim(slice_from(rest, n));
        if (first ? put_label(p, b, word) : put_pair(p, b, word))
            return b->status;
        first = false;
    }
    read_row_end(b, line.ptr, line.ptr + line.len);
    return LK_OK;
}

enum lk_status libsvm_parse_piece(const struct read_plan *p, struct read_piece *b)
{
    struct slice rest = {b->raw.ptr, b->len}, line;

    while (!b->status && slice_line(&rest, &line))
        parse_line(p, b, line);
    return b->status;
}
