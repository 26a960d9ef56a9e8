/*
 * The plan of a file: names and types from its first records, roles from the
 * caller's options, order and dictionaries from a model if there is one.
 *
 * There is a header when no field of the first record is a number. A column is
 * text when words are the majority of its values in the sample; so one wrong
 * word among numbers is an error with a place, not a silent new category.
 */
#include "gbt/read.h"
#include "base/error.h"
#include "base/number.h"
#include "gbt/csv.h"
#include "gbt/jsonl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SAMPLE_RECORDS = 1000 };

/* What the sample says of a column. */
struct tally {
    size_t numbers, words;
};

/* Columns as they are found. */
struct survey {
    struct tally *tally;
    size_t n, cap;
    char **names;
    size_t named, names_cap;
    size_t header_len;
    struct words seen;
};

bool read_is_missing_word(struct slice v)
{
    static const char *const words[] = {"", "NA", "nan", "null", "?"};

    for (size_t i = 0; v.len <= 4 && i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i]) == v.len && !strncasecmp(words[i], v.ptr, v.len))
            return true;
    return false;
}

bool read_is_missing(const struct read_plan *p, struct slice v)
{
    return read_is_missing_word(v) || (p->missing.ptr && slice_eq(p->missing, v));
}

static void count(struct survey *s, size_t column, const struct read_plan *p, struct slice value,
                  bool string)
{
    float f;

    while (s->n <= column) {
        MEM_GROW(s->tally, s->n, s->cap);
        s->tally[s->n++] = (struct tally){0};
    }
    if (read_is_missing(p, value))
        return;
    if (!string && number_parse_float(value, &f))
        s->tally[column].numbers++;
    else
        s->tally[column].words++;
}

static enum lk_status add_name(struct survey *s, struct slice name, const char *file, size_t at,
                               struct lk_error *err)
{
    struct str text = STR_INIT;
    enum lk_status st = LK_OK;

    if (name.len)
        str_put(&text, name);
    else
        str_printf(&text, "unnamed_%zu", s->named);
    if (memchr(text.ptr, '\0', text.len)) {
        st = error_at(err, LK_EINPUT, file, 1, (int)at, "a zero byte in a column's name");
    } else if (words_find(&s->seen, slice_str(&text)) >= 0) {
        st = error_at(err, LK_EINPUT, file, 1, (int)at,
                      "the header has '%s' twice; give each column a name of its own", text.ptr);
    }
    if (!st) {
        words_add(&s->seen, slice_str(&text));
        MEM_GROW(s->names, s->named, s->names_cap);
        s->names[s->named++] = str_take(&text, NULL);
    }
    str_done(&text);
    return st;
}

static enum lk_status read_header(struct survey *s, const struct read_plan *p, struct slice head,
                                  struct str *scratch, struct lk_error *err)
{
    const char *at = head.ptr, *end = at + head.len;
    enum lk_status st = LK_OK;
    struct csv_field f = {0};

    while (!st && !f.last) {
        size_t column = (size_t)(at - head.ptr) + 1;

        if (csv_take(&f, at, end, p->delimiter, scratch))
            return error_at(err, LK_EINPUT, p->file, 1, (int)column, "a quote that does not end");
        if (s->named >= GBT_MAX_COLUMNS)
            return error_at(err, LK_ELIMIT, p->file, 1, (int)column, "more than %d columns",
                            GBT_MAX_COLUMNS);
        st = add_name(s, f.value, p->file, column, err);
        at = f.next;
    }
    s->header_len = (size_t)(at - head.ptr);
    return st;
}

static enum lk_status survey_csv(struct survey *s, struct read_plan *p, struct slice head,
                                 const struct lk_read_options *o, struct lk_error *err)
{
    struct str scratch = STR_INIT;
    const char *at, *end = head.ptr + head.len;
    enum lk_status st = LK_OK;

    p->delimiter = o->delimiter ? o->delimiter : csv_guess_delimiter(head);
    if (o->header > 0 || (o->header == 0 && csv_looks_like_header(head, p->delimiter, &scratch))) {
        p->named = true;
        st = read_header(s, p, head, &scratch, err);
    }
    at = head.ptr + s->header_len;
    for (size_t i = 0; !st && i < SAMPLE_RECORDS && at < end; i++) {
        struct csv_field f = {0};

        for (; at < end && (*at == '\n' || (*at == '\r' && at[1] == '\n')); at++)
            ;
        for (size_t c = 0; at < end && !f.last && c < GBT_MAX_COLUMNS; c++) {
            if (csv_take(&f, at, end, p->delimiter, &scratch))
                goto out; /* parsing will say it, with the place */
            count(s, c, p, f.value, false);
            at = f.next;
        }
        if (!p->named && i == 0)
            s->named = s->n; /* the first record says how many columns there are */
    }
out:
    str_done(&scratch);
    return st;
}

static enum lk_status survey_jsonl(struct survey *s, struct read_plan *p, struct slice head,
                                   struct lk_error *err)
{
    struct jsonl j = {.p = head.ptr};
    const char *end = head.ptr + head.len;
    enum lk_status st = LK_OK;

    p->named = true;
    for (size_t i = 0; !st && i < SAMPLE_RECORDS && j.p < end; i++) {
        enum jsonl_kind kind;
        size_t c = 0;

        j.started = false;
        while (!st && (kind = jsonl_take(&j)) < JSONL_END) {
            if (i && j.object != p->named) {
                st = error_at(err, LK_EINPUT, p->file, (int)i + 1, 0,
                              "expected %s, as in the lines before",
                              p->named ? "an object" : "an array");
                break;
            }
            if (j.object) {
                int64_t known = words_find(&s->seen, j.key);

                c = known >= 0 ? (size_t)known : s->named;
                if (known < 0)
                    st = s->named < GBT_MAX_COLUMNS
                             ? add_name(s, j.key, p->file, 0, err)
                             : error_at(err, LK_ELIMIT, p->file, 0, 0, "more than %d columns",
                                        GBT_MAX_COLUMNS);
            } else {
                p->named = false;
            }
            count(s, c, p, kind == JSONL_MISSING ? SLICE("") : j.value, kind == JSONL_STRING);
            c++;
            if (!j.object && s->named < c && c < GBT_MAX_COLUMNS)
                s->named = c;
        }
        if (kind == JSONL_BAD || j.p >= end)
            break;
        j.p++;
    }
    jsonl_done(&j);
    return st;
}

/* "0 1:2.5 7:1" or "1 qid:3 ...": a number, then pairs after spaces. */
static bool looks_like_libsvm(struct slice head)
{
    struct slice line, word;
    float f;

    if (!slice_line(&head, &line) || !slice_split(&line, ' ', &word) ||
        !number_parse_float(slice_first(word, slice_find(word, ':')), &f))
        return false;
    while (slice_split(&line, ' ', &word) && !word.len)
        ;
    return slice_find(word, ':') < word.len && slice_find(word, ':') > 0 &&
           slice_find(word, ',') == word.len;
}

static enum lk_status choose_format(struct read_plan *p, const char *name, struct slice head,
                                    struct lk_error *err)
{
    static const char *const names[] = {"csv", "libsvm", "jsonl"};
    struct slice first = slice_trim(head);

    for (int i = 0; name && i < 3; i++)
        if (!strcmp(name, names[i])) {
            p->format = (enum read_format)i;
            return LK_OK;
        }
    if (name)
        return error_set(err, LK_EUSE, "unknown format '%s'; there are csv, libsvm and jsonl",
                         name);
    p->format = first.len && (first.ptr[0] == '{' || first.ptr[0] == '[') ? READ_JSONL
                : looks_like_libsvm(head)                                 ? READ_LIBSVM
                                                                          : READ_CSV;
    return LK_OK;
}

/* ---- roles ------------------------------------------------------------ */

static enum lk_status find_column(const struct read_plan *p, struct slice name, size_t *out,
                                  struct lk_error *err)
{
    int64_t number;
    char *word;
    const char *near = NULL;

    for (size_t i = 0; i < p->file_columns; i++)
        if (p->column[i].name && slice_is(name, p->column[i].name)) {
            *out = i;
            return LK_OK;
        }
    if (number_parse_int(name, 0, (int64_t)p->file_columns - 1, &number)) {
        *out = (size_t)number;
        return LK_OK;
    }
    word = mem_strndup(name.ptr, name.len);
    if (p->named) {
        const char **names = mem_calloc(p->file_columns, sizeof *names);

        for (size_t i = 0; i < p->file_columns; i++)
            names[i] = p->column[i].name;
        near = error_nearest(word, names, p->file_columns);
        free(names);
    }
    error_at(err, LK_EUSE, p->file, 0, 0, "there is no column '%s'%s%s%s%s", word,
             near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "",
             p->named ? "" : "; the file has no header: columns go by number, from 0");
    free(word);
    return LK_EUSE;
}

/* Give the columns that the text names (commas between) a role. */
static enum lk_status give_role(struct read_plan *p, const char *text, enum read_role role,
                                struct lk_error *err)
{
    struct slice rest = slice_of(text), name;
    enum lk_status st = LK_OK;
    size_t i;

    if (!text)
        return LK_OK;
    if (!find_column(p, rest, &i, NULL)) { /* a name may hold a comma itself */
        p->column[i].role = role;
        p->column[i].at = (uint32_t)p->width[role]++;
        return LK_OK;
    }
    while (!st && slice_split(&rest, ',', &name)) {
        st = find_column(p, slice_trim(name), &i, err);
        if (!st) {
            p->column[i].role = role;
            p->column[i].at = (uint32_t)p->width[role]++;
        }
    }
    return st;
}

/* Where no one said which column the label is. */
static enum lk_status default_label(struct read_plan *p, const struct lk_read_options *o,
                                    struct lk_error *err)
{
    size_t i;

    if (o->no_label || o->label || p->format == READ_LIBSVM)
        return LK_OK;
    if (p->named) {
        if (!find_column(p, SLICE("label"), &i, NULL))
            return give_role(p, "label", READ_LABEL, err);
        return o->model ? LK_OK
                        : error_at(err, LK_EUSE, p->file, 0, 0,
                                   "there is no column 'label'; say which one it is with --label");
    }
    if (o->model && p->file_columns == o->model->features)
        return LK_OK;
    return give_role(p, "0", READ_LABEL, err);
}

static enum lk_status match_by_name(struct read_plan *p, const struct lk_model *m,
                                    struct lk_error *err)
{
    for (size_t i = 0; i < p->file_columns; i++)
        if (p->column[i].role == READ_FEATURE)
            p->column[i].role = READ_SKIP;
    for (size_t f = 0; f < m->features; f++) {
        int64_t i = words_find(&p->by_name, slice_of(m->names[f]));

        if (i < 0 || p->column[i].role != READ_SKIP)
            return error_at(err, LK_EINPUT, p->file, 1, 0,
                            "the data lacks the model's feature '%s'", m->names[f]);
        p->column[i].role = READ_FEATURE;
        p->column[i].at = (uint32_t)f;
    }
    p->skip_unknown = true;
    return LK_OK;
}

static enum lk_status place_features(struct read_plan *p, const struct lk_read_options *o,
                                     struct lk_error *err)
{
    const struct lk_model *m = o->model;
    size_t n = 0;

    if (m && m->names && p->named) {
        p->width[READ_FEATURE] = m->features;
        return match_by_name(p, m, err);
    }
    for (size_t i = 0; i < p->file_columns; i++)
        if (p->column[i].role == READ_FEATURE)
            p->column[i].at = (uint32_t)n++;
    p->width[READ_FEATURE] = n;
    if (m && n != m->features)
        return error_at(err, LK_EINPUT, p->file, 1, 0,
                        "the model has %zu features, the data %zu columns for them%s", m->features,
                        n, n == m->features + 1 ? "; is the label among them?" : "");
    if (!n)
        return error_at(err, LK_EINPUT, p->file, 1, 0, "there is no column left for features");
    return LK_OK;
}

/* The dictionary that a model has for this column, or NULL. */
static const struct gbt_dictionary *known_words(const struct lk_model *m,
                                                const struct read_column *c)
{
    const struct gbt_dictionary *d = NULL;

    if (c->role == READ_LABEL)
        d = &m->label_classes;
    else if (c->role == READ_FEATURE && m->dictionaries)
        d = &m->dictionaries[c->at];
    return d && d->n ? d : NULL;
}

/*
 * A column of nothing but numbers, where no word of the model's is a number,
 * holds codes already: files made for XGBoost itself have categories so.
 */
static bool holds_codes(const struct tally *t, const struct gbt_dictionary *d)
{
    float number;

    for (size_t i = 0; i < d->n; i++)
        if (number_parse_float(slice_of(d->words[i]), &number))
            return false;
    return t->numbers && !t->words;
}

static void mark_text(struct read_plan *p, const struct tally *tally, const struct lk_model *m)
{
    p->text = mem_calloc(p->file_columns, sizeof *p->text);
    for (size_t i = 0; i < p->file_columns; i++) {
        struct read_column *c = &p->column[i];
        const struct gbt_dictionary *d = m ? known_words(m, c) : NULL;
        bool may = c->role == READ_FEATURE || (c->role == READ_LABEL && p->width[READ_LABEL] == 1);

        c->text = -1;
        if (d && c->role == READ_FEATURE && holds_codes(&tally[i], d))
            continue;
        if (!d && (m || !may || tally[i].words <= tally[i].numbers))
            continue;
        c->text = (int32_t)p->texts;
        p->text[p->texts].column = i;
        if (d) {
            words_load(&p->text[p->texts].words, d);
            p->text[p->texts].fixed = true;
        }
        p->texts++;
    }
}

static enum lk_status assign_roles(struct read_plan *p, const struct survey *s,
                                   const struct lk_read_options *o, struct lk_error *err)
{
    enum lk_status st;

    for (size_t i = 0; i < p->file_columns; i++)
        p->column[i].role = READ_FEATURE;
    (void)((st = give_role(p, o->no_label ? NULL : o->label, READ_LABEL, err)) ||
           (st = give_role(p, o->weight, READ_WEIGHT, err)) ||
           (st = give_role(p, o->query, READ_QUERY, err)) ||
           (st = give_role(p, o->base_margin, READ_MARGIN, err)) ||
           (st = give_role(p, o->lower, READ_LOWER, err)) ||
           (st = give_role(p, o->upper, READ_UPPER, err)) ||
           (st = give_role(p, o->ignore, READ_SKIP, err)) ||
           (st = o->lower || o->upper ? LK_OK : default_label(p, o, err)) ||
           (st = place_features(p, o, err)));
    if (st)
        return st;
    mark_text(p, s->tally, o->model);
    if (p->named) {
        p->names = mem_calloc(p->width[READ_FEATURE], sizeof *p->names);
        for (size_t i = 0; i < p->file_columns; i++)
            if (p->column[i].role == READ_FEATURE)
                p->names[p->column[i].at] = p->column[i].name;
    }
    return LK_OK;
}

/* libsvm has no columns to plan: labels and weights are in its syntax. */
static enum lk_status plan_libsvm(struct read_plan *p, const struct lk_read_options *o)
{
    p->width[READ_FEATURE] = o->model ? o->model->features : 1;
    p->open_width = !o->model;
    p->width[READ_LABEL] = !o->no_label;
    p->width[READ_WEIGHT] = 1;
    p->width[READ_QUERY] = 1;
    return LK_OK;
}

enum lk_status read_plan_make(struct read_plan *p, struct slice head,
                              const struct lk_read_options *o, size_t *header_len,
                              struct lk_error *err)
{
    struct survey s = {0};
    enum lk_status st = choose_format(p, o->format, head, err);

    p->missing = slice_of(o->missing);
    if (!o->missing)
        p->missing.ptr = NULL;
    if (!o->missing || !number_parse_float(p->missing, &p->missing_number))
        p->missing_number = NAN;
    *header_len = 0;
    if (st)
        return st;
    if (p->format == READ_LIBSVM)
        return plan_libsvm(p, o);
    st = p->format == READ_CSV ? survey_csv(&s, p, head, o, err) : survey_jsonl(&s, p, head, err);
    *header_len = s.header_len;
    if (!st) {
        p->file_columns = s.named;
        p->column = mem_calloc(s.named, sizeof *p->column);
        s.tally = mem_resize(s.tally, s.named + s.n, sizeof *s.tally);
        for (size_t i = s.n; i < s.named; i++)
            s.tally[i] = (struct tally){0};
        for (size_t i = 0; p->named && i < s.named; i++) {
            p->column[i].name = s.names[i];
            s.names[i] = NULL;
            words_add(&p->by_name, slice_of(p->column[i].name));
        }
        st = assign_roles(p, &s, o, err);
    }
    for (size_t i = 0; s.names && i < s.named; i++)
        free(s.names[i]);
    free(s.names);
    free(s.tally);
    words_done(&s.seen);
    return st;
}

void read_plan_done(struct read_plan *p)
{
    for (size_t i = 0; i < p->file_columns; i++)
        free(p->column[i].name);
    for (size_t i = 0; i < p->texts; i++)
        words_done(&p->text[i].words);
    words_done(&p->by_name);
    free(p->column);
    free(p->text);
    free(p->names);
}
