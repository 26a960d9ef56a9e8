/*
 * Records: what a path chooses from one, and what is written for one.
 *
 * CSV: fields chosen or joined as they stand, in quotes only where they must
 * be; a join puts the prediction's fields behind the input's. JSON: an object
 * gets the member SageMakerOutput, anything else becomes {"SageMakerInput":
 * ..., "SageMakerOutput": ...}.
 */
#include "base/error.h"
#include "cloud/transform.h"
#include "gbt/csv.h"

#include <stdlib.h>
#include <string.h>

/* ---- CSV ------------------------------------------------------------------------------------ */

struct fields {
    struct str text; /* the values, one after the other */
    size_t *end;     /* (n): where each ends in text */
    size_t n, cap;
};

static void fields_done(struct fields *f)
{
    str_done(&f->text);
    free(f->end);
}

static struct slice field(const struct fields *f, size_t i)
{
    size_t from = i ? f->end[i - 1] : 0;

    return (struct slice){f->text.ptr + from, f->end[i] - from};
}

/* Add the record's fields. */
static enum lk_status split(struct fields *f, struct slice record, struct lk_error *err)
{
    struct str line = STR_INIT, scratch = STR_INIT;
    struct csv_field one = {0};
    const char *p;
    enum lk_status st = LK_OK;

    str_put(&line, record);
    str_putc(&line, '\n');
    for (p = line.ptr; !one.last && !st; p = one.next) {
        if (csv_take(&one, p, line.ptr + line.len, ',', &scratch) != CSV_OK) {
            st = error_set(err, LK_EINPUT, "the record '%.*s' is not CSV",
                           (int)(record.len < 60 ? record.len : 60), record.ptr);
            break;
        }
        MEM_GROW(f->end, f->n, f->cap);
        str_put(&f->text, one.value);
        f->end[f->n++] = f->text.len;
    }
    str_done(&line);
    str_done(&scratch);
    return st;
}

/* The fields that the path chooses (all where there is none). */
static enum lk_status put_fields(struct str *out, const struct fields *f,
                                 const struct jsonpath *path, struct lk_error *err)
{
    size_t max = f->n * 32 + 1, count = 0;
    size_t *index = mem_calloc(max, sizeof *index);
    enum lk_status st = LK_OK;

    if (path)
        st = jsonpath_columns(index, max, &count, path, f->n, err);
    for (; !path && count < f->n; count++)
        index[count] = count;
    for (size_t i = 0; i < count && !st; i++) {
        if (i)
            str_putc(out, ',');
        csv_put(out, field(f, index[i]), ',');
    }
    free(index);
    return st;
}

static enum lk_status csv_record(struct str *out, const struct jsonpath *path, struct slice first,
                                 struct slice second, struct lk_error *err)
{
    struct fields f = {0};
    enum lk_status st;

    str_init(&f.text);
    st = first.ptr ? split(&f, first, err) : LK_OK;
    if (!st && second.ptr)
        st = split(&f, second, err);
    if (!st)
        st = put_fields(out, &f, path, err);
    fields_done(&f);
    return st;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static enum lk_status parse(struct json **out, struct slice text, struct lk_error *err)
{
    return json_parse(out, text, "record", err);
}

static void join_json(struct str *out, const struct json *input, const struct json *output)
{
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    if (json_kind(input) == JSON_OBJECT)
        for (const struct json *m = json_first(input); m; m = json_next(m))
            json_put_tree(&w, json_key(m), m);
    else
        json_put_tree(&w, "SageMakerInput", input);
    json_put_tree(&w, "SageMakerOutput", output);
    json_close(&w);
}

static enum lk_status json_filter(struct str *out, const struct jsonpath *path, struct slice record,
                                  struct lk_error *err)
{
    struct json *j = NULL;
    enum lk_status st = parse(&j, record, err);

    if (!st)
        st = jsonpath_print(out, path, j, err);
    json_free(j);
    return st;
}

static enum lk_status json_record(struct str *out, const struct jsonpath *path, struct slice first,
                                  struct slice second, struct lk_error *err)
{
    struct json *input = NULL, *output = NULL;
    struct str joined = STR_INIT;
    enum lk_status st = parse(&output, second, err);

    if (!st && first.ptr)
        st = parse(&input, first, err);
    if (!st && input)
        join_json(&joined, input, output);
    else if (!st)
        json_print(&joined, output, false);
    if (!st && path && !jsonpath_is_all(path))
        st = json_filter(out, path, slice_str(&joined), err);
    else if (!st)
        str_put(out, slice_str(&joined));
    str_done(&joined);
    json_free(input);
    json_free(output);
    return st;
}

/* ---- both ------------------------------------------------------------------------------------ */

enum lk_status transform_filter(struct str *out, const struct jsonpath *path, bool json,
                                struct slice record, struct lk_error *err)
{
    static const struct slice none;

    return json ? json_filter(out, path, record, err) : csv_record(out, path, record, none, err);
}

static size_t count_lines(struct slice text)
{
    struct slice line;
    size_t n = 0;

    while (slice_line(&text, &line))
        n++;
    return n;
}

/* Record by record: the input's line, the answer's line, what the job wants of both. */
static enum lk_status assemble_records(FILE *out, const struct transform_payload *p,
                                       const struct transform_shape *shape, struct lk_error *err)
{
    struct slice answers = slice_str(&p->answer.body), inputs = slice_str(&p->originals);
    size_t n = count_lines(answers);
    struct str one = STR_INIT;
    enum lk_status st = LK_OK;

    if (n != p->records)
        return error_set(err, LK_EINPUT,
                         "the model answered %zu records to %zu, so they cannot be joined or "
                         "filtered one by one",
                         n, p->records);
    while (n-- && !st) {
        struct slice answer, input = {NULL, 0};

        slice_line(&answers, &answer);
        if (shape->join)
            slice_line(&inputs, &input);
        str_clear(&one);
        st = shape->json ? json_record(&one, shape->output, input, answer, err)
                         : csv_record(&one, shape->output, input, answer, err);
        if (shape->assemble)
            str_putc(&one, '\n');
        fwrite(one.ptr, 1, one.len, out); /* commit finds a failure */
    }
    str_done(&one);
    return st;
}

enum lk_status transform_assemble(FILE *out, const struct transform_payload *p,
                                  const struct transform_shape *shape, struct lk_error *err)
{
    const struct str *body = &p->answer.body;

    if (shape->join || (shape->output && !jsonpath_is_all(shape->output)))
        return assemble_records(out, p, shape, err);
    fwrite(body->ptr, 1, body->len, out);
    if (shape->assemble && body->len && body->ptr[body->len - 1] != '\n')
        putc('\n', out);
    return LK_OK;
}
