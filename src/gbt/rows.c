/*
 * The stream of rows. One thread reads the file and cuts it into pieces of
 * whole records; a batch of pieces, one a slot, is parsed in parallel, then
 * words that are new get their codes in the file's order, then the pieces are
 * handed on in that order. Nothing depends on which thread did what.
 */
#include "gbt/rows.h"
#include "base/error.h"
#include "base/source.h"
#include "base/thread.h"
#include "gbt/csv.h"
#include "gbt/read.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_SIZE = 256 * 1024 };

struct gbt_rows {
    struct source *source;
    struct read_plan plan;
    struct gbt_layout layout;
    struct str header;
    struct str carry; /* read, and not yet a whole record */
    bool ended;
    struct pool *pool;
    struct read_piece *pieces; /* (slots) */
    size_t slots, filled;      /* of this batch */
    size_t rows, lines;        /* before this batch */
    gbt_block_fn *work;
    void *ctx;
};

/* How much of the text is whole records? */
static size_t whole(const struct gbt_rows *r, struct slice text)
{
    const char *newline;

    if (r->plan.format == READ_CSV)
        return csv_whole_records(text, r->plan.delimiter);
    newline = text.len ? memrchr(text.ptr, '\n', text.len) : NULL;
    return newline ? (size_t)(newline + 1 - text.ptr) : 0;
}

/* Read until the carry has `want` bytes or the file ends; the end gets its missing '\n'. */
static enum lk_status fill_carry(struct gbt_rows *r, size_t want, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    while (!st && !r->ended && r->carry.len < want) {
        size_t room = want - r->carry.len, got = 0;

        st = source_read(r->source, str_room(&r->carry, room + 1), room, &got, err);
        str_grew(&r->carry, got);
        r->ended = !st && !got;
    }
    if (r->ended && r->carry.len && r->carry.ptr[r->carry.len - 1] != '\n')
        str_putc(&r->carry, '\n');
    return st;
}

/* The next piece of whole records into b->raw; b->len 0 at the end of the file. */
static enum lk_status next_piece(struct gbt_rows *r, struct read_piece *b, struct lk_error *err)
{
    size_t want = PIECE_SIZE, n = 0;
    struct str swap;
    enum lk_status st;

    b->len = 0;
    for (;; want *= 2) {
        st = fill_carry(r, want, err);
        if (st)
            return st;
        n = whole(r, slice_str(&r->carry));
        if (r->ended && n < r->carry.len)
            n = r->carry.len; /* a quote that does not end; parsing says where */
        if (n || r->ended)
            break;
        if (want >= READ_MAX_RECORD)
            return error_at(
                err, LK_ELIMIT, r->plan.file, r->lines < INT_MAX ? (int)r->lines + 1 : 0, 0,
                "a record longer than %u bytes (a quote that does not end?)", READ_MAX_RECORD);
    }
    /* The buffers change places, so that only what is left over is copied. */
    swap = b->raw;
    b->raw = r->carry;
    r->carry = swap;
    str_clear(&r->carry);
    str_add(&r->carry, b->raw.ptr + n, b->raw.len - n);
    str_cut(&b->raw, n);
    memset(str_room(&b->raw, READ_PADDING), 0, READ_PADDING);
    b->len = n;
    return LK_OK;
}

static void reset_piece(struct gbt_rows *r, struct read_piece *b)
{
    b->block = (struct gbt_block){.slot = (size_t)(b - r->pieces)};
    b->status = LK_OK;
    b->lines = 0;
    error_clear(&b->error);
    if (r->plan.open_width)
        b->width = r->layout.columns;
}

static size_t count_lines(const char *p, size_t n)
{
    size_t lines = 0;

    for (const char *end = p + n; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        lines++;
    return lines;
}

/* Hang the piece's arrays onto its block. */
static void set_block(const struct read_plan *p, struct read_piece *b)
{
    struct gbt_block *k = &b->block;
    float **rows = b->rows;

    k->columns = b->width;
    k->values = rows[READ_FEATURE];
    k->labels = p->width[READ_LABEL] ? rows[READ_LABEL] : NULL;
    k->weights = p->width[READ_WEIGHT] ? rows[READ_WEIGHT] : NULL;
    k->queries = p->width[READ_QUERY] ? rows[READ_QUERY] : NULL;
    k->base_margin = p->width[READ_MARGIN] ? rows[READ_MARGIN] : NULL;
    k->lower = p->width[READ_LOWER] ? rows[READ_LOWER] : NULL;
    k->upper = p->width[READ_UPPER] ? rows[READ_UPPER] : NULL;
    k->text = (struct slice){b->raw.ptr, b->len};
    k->starts = b->starts;
    k->ends = b->ends;
}

static void parse_task(void *ctx, size_t task, int worker)
{
    struct gbt_rows *r = ctx;
    struct read_piece *b = &r->pieces[task];
    const struct read_plan *p = &r->plan;

    b->lines = count_lines(b->raw.ptr, b->len);
    b->status = p->format == READ_CSV      ? csv_parse_piece(p, b)
                : p->format == READ_LIBSVM ? libsvm_parse_piece(p, b)
                                           : jsonl_parse_piece(p, b);
    set_block(p, b);
    if (!b->status && r->work)
        b->status = r->work(r->ctx, &b->block, &b->error);
}

/* Turn the slot's own codes into the plan's, which hand out new ones in the file's order. */
static enum lk_status merge_words(struct gbt_rows *r, struct read_piece *b, struct lk_error *err)
{
    struct read_plan *p = &r->plan;

    for (size_t t = 0; t < p->texts; t++) {
        struct read_text *text = &p->text[t];
        const struct read_column *c = &p->column[text->column];
        size_t width = c->role == READ_FEATURE ? b->width : p->width[c->role];
        float *at = b->rows[c->role] + c->at;

        if (text->fixed)
            continue;
        b->codes[t] = mem_resize(b->codes[t], b->words[t].n, sizeof *b->codes[t]);
        for (; b->coded[t] < b->words[t].n; b->coded[t]++)
            b->codes[t][b->coded[t]] = words_add(&text->words, b->words[t].word[b->coded[t]]);
        for (size_t i = 0; i < b->block.rows; i++, at += width)
            if (*at == *at) /* not missing */
                *at = (float)b->codes[t][(size_t)*at];
        if (text->words.n > GBT_MAX_CATEGORIES)
            return error_at(
                err, LK_ELIMIT, p->file, 0, 0,
                "more than %d different words in column %zu; leave it out with --ignore",
                GBT_MAX_CATEGORIES, text->column);
    }
    return LK_OK;
}

/* The piece's error, its line counted from the beginning of the file. */
static enum lk_status report(const struct gbt_rows *r, struct read_piece *b, struct lk_error *err)
{
    bool here = !strcmp(b->error.file, r->plan.file);

    if (err) {
        *err = b->error;
        if (here && err->line)
            err->line = r->lines < (size_t)(INT_MAX - err->line) ? err->line + (int)r->lines : 0;
        if (here && !err->line)
            err->column = 0;
    }
    return b->status;
}

static enum lk_status emit_piece(struct gbt_rows *r, struct read_piece *b, gbt_block_fn *emit,
                                 struct lk_error *err)
{
    enum lk_status st;

    if (b->status)
        return report(r, b, err);
    st = merge_words(r, b, err);
    b->block.first = r->rows;
    if (!st && emit && b->block.rows)
        st = emit(r->ctx, &b->block, err);
    if (r->plan.open_width && b->width > r->layout.columns)
        r->layout.columns = b->width; /* the pieces to come begin as wide */
    r->rows += b->block.rows;
    r->lines += b->lines;
    return st;
}

enum lk_status gbt_rows_each(struct gbt_rows *r, gbt_block_fn *work, gbt_block_fn *emit, void *ctx,
                             struct lk_error *err)
{
    enum lk_status st = LK_OK;

    r->work = work;
    r->ctx = ctx;
    for (;;) {
        for (r->filled = 0; !st && r->filled < r->slots; r->filled++) {
            struct read_piece *b = &r->pieces[r->filled];

            st = next_piece(r, b, err);
            if (st || !b->len)
                break;
            reset_piece(r, b);
        }
        if (st || !r->filled)
            return st;
        pool_run(r->pool, r->filled, parse_task, r);
        for (size_t i = 0; !st && i < r->filled; i++)
            st = emit_piece(r, &r->pieces[i], emit, err);
        if (st)
            return st;
    }
}

/* Read the first piece's worth, plan from it, and take the header off. */
static enum lk_status begin(struct gbt_rows *r, const struct lk_read_options *o,
                            struct lk_error *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* UTF-8's byte order mark, as spreadsheets write */
    enum lk_status st = fill_carry(r, PIECE_SIZE, err);
    struct slice head;
    size_t n;

    if (!st && r->carry.len >= 3 && !memcmp(r->carry.ptr, mark, 3)) {
        memmove(r->carry.ptr, r->carry.ptr + 3, r->carry.len - 3);
        str_cut(&r->carry, r->carry.len - 3);
    }
    if (st)
        return st;
    head = slice_str(&r->carry);
    if (!slice_trim(head).len)
        return error_at(err, LK_EINPUT, r->plan.file, 0, 0, "the file is empty: there are no rows");
    while (head.len && (*head.ptr == '\n' || *head.ptr == '\r')) {
        r->lines += *head.ptr == '\n';
        head = slice_from(head, 1);
    }
    n = csv_whole_records(head, o->delimiter ? o->delimiter : csv_guess_delimiter(head));
    while (!st && !n && !r->ended && r->carry.len < READ_MAX_RECORD) { /* a very long first line */
        size_t skip = r->carry.len - head.len;

        st = fill_carry(r, r->carry.len * 2, err);
        head = slice_from(slice_str(&r->carry), skip);
        n = csv_whole_records(head, o->delimiter ? o->delimiter : csv_guess_delimiter(head));
    }
    if (!st && !n)
        return error_at(err, LK_EINPUT, r->plan.file, 1, 0,
                        "the first record does not end (a quote that is not closed?)");
    head = slice_first(head, n);
    st = st ? st : read_plan_make(&r->plan, head, o, &n, err);
    if (st)
        return st;
    str_put(&r->header, slice_first(head, n));
    r->lines += count_lines(head.ptr, n);
    n += (size_t)(head.ptr - r->carry.ptr);
    memmove(r->carry.ptr, r->carry.ptr + n, r->carry.len - n);
    str_cut(&r->carry, r->carry.len - n);
    return LK_OK;
}

static void make_pieces(struct gbt_rows *r)
{
    size_t texts = r->plan.texts;

    r->slots = (size_t)pool_threads(r->pool);
    r->pieces = mem_calloc(r->slots, sizeof *r->pieces);
    for (size_t i = 0; i < r->slots; i++) {
        struct read_piece *b = &r->pieces[i];

        str_init(&b->raw);
        str_init(&b->scratch);
        b->width = r->plan.width[READ_FEATURE];
        b->words = mem_calloc(texts, sizeof *b->words);
        b->codes = mem_calloc(texts, sizeof *b->codes);
        b->coded = mem_calloc(texts, sizeof *b->coded);
    }
}

enum lk_status gbt_rows_from(struct gbt_rows **out, struct source *source,
                             const struct lk_read_options *options, struct lk_error *err)
{
    struct lk_read_options none = {0};
    const struct lk_read_options *o = options ? options : &none;
    struct gbt_rows *r = mem_calloc(1, sizeof *r);
    enum lk_status st;

    *out = NULL;
    str_init(&r->header);
    str_init(&r->carry);
    r->source = source;
    r->plan.file = source_name(source);
    st = begin(r, o, err);
    if (st) {
        gbt_rows_close(r);
        return st;
    }
    r->pool = pool_new(o->threads);
    make_pieces(r);
    r->layout = (struct gbt_layout){.columns = r->plan.width[READ_FEATURE],
                                    .names = (const char *const *)r->plan.names,
                                    .targets = r->plan.width[READ_LABEL],
                                    .margin_width = r->plan.width[READ_MARGIN],
                                    .header = slice_trim(slice_str(&r->header)),
                                    .delimiter = r->plan.delimiter};
    *out = r;
    return LK_OK;
}

enum lk_status gbt_rows_open(struct gbt_rows **out, const char *path,
                             const struct lk_read_options *options, struct lk_error *err)
{
    struct source *source;
    enum lk_status st = source_open(&source, path, err);

    *out = NULL;
    return st ? st : gbt_rows_from(out, source, options, err);
}

const struct gbt_layout *gbt_rows_layout(const struct gbt_rows *r)
{
    return &r->layout;
}

size_t gbt_rows_slots(const struct gbt_rows *r)
{
    return r->slots;
}

int64_t gbt_rows_position(const struct gbt_rows *r)
{
    return source_position(r->source);
}

int64_t gbt_rows_size(const struct gbt_rows *r)
{
    return source_size(r->source);
}

const struct read_plan *gbt_rows_plan(const struct gbt_rows *r)
{
    return &r->plan;
}

static void piece_done(const struct gbt_rows *r, struct read_piece *b)
{
    for (size_t t = 0; t < r->plan.texts; t++) {
        words_done(&b->words[t]);
        free(b->codes[t]);
    }
    for (int i = 0; i < READ_ROLES; i++)
        free(b->rows[i]);
    free(b->words);
    free(b->codes);
    free(b->coded);
    free(b->starts);
    free(b->ends);
    str_done(&b->raw);
    str_done(&b->scratch);
}

void gbt_rows_close(struct gbt_rows *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->slots; i++)
        piece_done(r, &r->pieces[i]);
    free(r->pieces);
    if (r->pool)
        pool_free(r->pool);
    read_plan_done(&r->plan);
    source_close(r->source);
    str_done(&r->header);
    str_done(&r->carry);
    free(r);
}
