/*
 * A record is only ever added to. What a broken-off run left behind its last
 * newline is cut off before the next line goes in.
 */
#include "cli/tune_record.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_MAX = 256 << 20 };

static const char *const ends[] = {"done", "stopped", "failed"};

const char *tune_end_name(enum tune_end e)
{
    return ends[e];
}

/* ---- reading ------------------------------------------------------------------- */

static enum lk_status check_head(const struct json *head, uint64_t print, struct lk_error *err)
{
    char wanted[17];

    snprintf(wanted, sizeof wanted, "%016" PRIx64, print);
    if (!json_get(head, "labkit_tune"))
        return error_set(err, LK_EINPUT, "not a record of labkit tune");
    if (strcmp(json_string(json_get(head, "print"), ""), wanted))
        return error_set(err, LK_EUSE,
                         "the record is of another search: other rows, ranges, parameters or "
                         "seed; take them as they were, or another --record");
    return LK_OK;
}

static void read_outcome(struct tune_outcome *o, const struct json *line)
{
    const struct json *curve = json_get(line, "curve");
    const char *end = json_string(json_get(line, "end"), "");

    *o = (struct tune_outcome){.end = TUNE_FAILED};
    for (int i = 0; i < 3; i++)
        if (!strcmp(end, ends[i]))
            o->end = (enum tune_end)i;
    o->deviation = json_number(json_get(line, "deviation"), NAN);
    o->best_round = (size_t)fmax(0, json_number(json_get(line, "best_round"), 0));
    o->seconds = json_number(json_get(line, "seconds"), 0);
    o->curve = mem_calloc(json_count(curve) + 1, sizeof *o->curve);
    for (const struct json *v = json_first(curve); v; v = json_next(v))
        o->curve[o->rounds++] = json_number(v, NAN);
}

static enum lk_status read_trial(const struct json *line, const struct tune_space *space,
                                 struct tune_search *s, struct tune_outcome **outcomes,
                                 struct lk_error *err)
{
    const char *values[TUNE_AXES_MAX];
    size_t t = tune_trials(s);
    enum lk_status st;

    for (size_t i = 0; i < space->n; i++)
        values[i] = json_string(json_get(json_get(line, "values"), space->axis[i].name), "");
    st = tune_add(s, values, json_number(json_get(line, "result"), NAN), err);
    if (st)
        return st;
    *outcomes = mem_resize(*outcomes, t + 1, sizeof **outcomes);
    read_outcome(&(*outcomes)[t], line);
    for (size_t r = 0; r < (*outcomes)[t].rounds; r++)
        tune_report(s, t, (*outcomes)[t].curve[r]);
    return LK_OK;
}

/* All whole lines; *used is where the last one ends. */
static enum lk_status read_lines(struct slice text, size_t *used, uint64_t print,
                                 const struct tune_space *space, struct tune_search *s,
                                 struct tune_outcome **outcomes, const char *path,
                                 struct lk_error *err)
{
    struct slice rest = text;
    enum lk_status st = LK_OK;

    for (int number = 1; !st && slice_find(rest, '\n') < rest.len; number++) {
        struct slice line = slice_first(rest, slice_find(rest, '\n'));
        struct json *j = NULL;

        rest = slice_from(rest, line.len + 1);
        st = json_parse(&j, line, path, err);
        if (!st)
            st = number == 1 ? check_head(j, print, err) : read_trial(j, space, s, outcomes, err);
        if (st && err) {
            err->line = 0;
            error_place(err, path, number, 0);
        }
        json_free(j);
    }
    *used = text.len - rest.len;
    return st;
}

/* ---- writing --------------------------------------------------------------------- */

static enum lk_status write_line(struct tune_record *r, struct str *line, struct lk_error *err)
{
    bool written;

    str_putc(line, '\n');
    written = fwrite(line->ptr, 1, line->len, r->stream) == line->len && !fflush(r->stream) &&
              !fdatasync(fileno(r->stream));
    str_done(line);
    return written ? LK_OK : error_errno(err, "cannot write", r->path);
}

static enum lk_status write_head(struct tune_record *r, uint64_t print, struct lk_error *err)
{
    struct str line = STR_INIT;

    str_printf(&line, "{\"labkit_tune\":1,\"print\":\"%016" PRIx64 "\"}", print);
    return write_line(r, &line, err);
}

enum lk_status tune_record_add(struct tune_record *r, const struct tune_space *space,
                               const struct tune_search *s, size_t trial,
                               const struct tune_outcome *o, struct lk_error *err)
{
    struct str line = STR_INIT;
    struct json_out w;

    if (!r->stream)
        return LK_OK;
    json_begin(&w, &line, false);
    json_open(&w, NULL, '{');
    json_put_int(&w, "trial", (int64_t)trial + 1);
    json_open(&w, "values", '{');
    for (size_t i = 0; i < space->n; i++)
        json_put_z(&w, space->axis[i].name, tune_value(s, trial, i));
    json_close(&w);
    json_put_z(&w, "end", ends[o->end]);
    json_put_number(&w, "result", tune_result(s, trial));
    json_put_number(&w, "deviation", o->deviation);
    json_put_int(&w, "best_round", (int64_t)o->best_round);
    json_put_number(&w, "seconds", o->seconds);
    json_open(&w, "curve", '[');
    for (size_t i = 0; i < o->rounds; i++)
        json_put_number(&w, NULL, o->curve[i]);
    json_close(&w);
    json_close(&w);
    return write_line(r, &line, err);
}

/* ---- open, close ------------------------------------------------------------------- */

enum lk_status tune_record_open(struct tune_record *r, const char *path, uint64_t print,
                                const struct tune_space *space, struct tune_search *s,
                                struct tune_outcome **outcomes, struct lk_error *err)
{
    struct str text = STR_INIT;
    size_t used = 0;
    enum lk_status st = LK_OK;

    *r = (struct tune_record){0};
    *outcomes = NULL;
    if (!path)
        return LK_OK;
    if (file_stat(path).kind != FILE_NONE)
        st = file_read(&text, path, RECORD_MAX, err);
    if (!st)
        st = read_lines(slice_str(&text), &used, print, space, s, outcomes, path, err);
    str_done(&text);
    if (st)
        return st;
    r->path = mem_strdup(path);
    r->stream = fopen(path, "a");
    if (!r->stream)
        return error_errno(err, "cannot open", path);
    if (ftruncate(fileno(r->stream), (off_t)used))
        return error_errno(err, "cannot write", path);
    return used ? LK_OK : write_head(r, print, err);
}

void tune_record_close(struct tune_record *r)
{
    if (r->stream)
        fclose(r->stream);
    free(r->path);
    *r = (struct tune_record){0};
}
