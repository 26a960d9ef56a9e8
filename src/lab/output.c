/*
 * Events. Text is collected while it comes fast and shown at once while it
 * comes slowly: twenty shows in a tenth of a second are quick enough for an
 * eye, and a lab that prints a million lines must not drown its reader.
 *
 * A run may show so much and no more; what comes after is dropped, and the
 * output says so once.
 */
#include "lab/state.h"

#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    TEXT_HELD_MAX = 16 << 10,
    WINDOW_NS = 100 * 1000 * 1000,
    WINDOW_SHOWS = 20,
    PROGRESS_NS = 50 * 1000 * 1000, /* a bar need not move more often */
    SHOWN_MAX = 2 << 20,            /* all of a run's output */
    PRINTED_MAX = 1 << 20,          /* kept for checks */
    TABLE_ROWS_MAX = 1000,
    CELL_MAX = 400,
    LABEL_MAX = 200, /* names, labels, notes and titles */
};

static void put_label(struct json_out *w, const char *key, const char *label)
{
    json_put_string(w, key, slice_first(slice_of(label), LABEL_MAX));
}

void event_begin(struct lab *l, struct json_out *w, struct str *text, const char *kind)
{
    json_begin(w, text, false);
    json_open(w, NULL, '{');
    json_put_z(w, "step", l->step);
    json_put_z(w, "kind", kind);
}

void event_end(struct lab *l, struct json_out *w)
{
    json_close(w);
    l->host.emit(l->host.ctx, slice_str(w->text));
    str_done(w->text);
}

/* ---- text ---------------------------------------------------------------- */

static void send_text(struct lab *l, struct slice text, bool warn)
{
    struct str event = STR_INIT;
    struct json_out w;

    event_begin(l, &w, &event, "text");
    json_put_string(&w, "text", text);
    json_put_z(&w, "stream", warn ? "warn" : "out");
    event_end(l, &w);
}

void lab_flush(struct lab *l)
{
    if (l->text.len)
        send_text(l, slice_str(&l->text), l->text_warn);
    str_clear(&l->text);
}

/* Count bytes of output; false once there was too much. */
static bool may_show(struct lab *l, size_t bytes)
{
    l->shown += bytes;
    if (l->shown <= SHOWN_MAX)
        return true;
    if (!l->cut) {
        l->cut = true;
        lab_flush(l);
        send_text(l, SLICE("The output was cut here: a step may show 2 MB.\n"), true);
    }
    return false;
}

void emit_text(struct lab *l, struct slice text, bool warn)
{
    int64_t now;

    if (!warn && l->printed.len < PRINTED_MAX)
        str_put(&l->printed, slice_first(text, PRINTED_MAX - l->printed.len));
    if (l->shown + text.len > SHOWN_MAX && !l->cut)
        text = slice_first(text, SHOWN_MAX - l->shown);
    else if (!may_show(l, text.len))
        return;
    if (l->text.len && l->text_warn != warn)
        lab_flush(l);
    l->text_warn = warn;
    str_put(&l->text, text);
    if (l->shown + text.len > SHOWN_MAX)
        may_show(l, text.len);
    now = clock_steady_ns();
    if (now - l->window_ns > WINDOW_NS) {
        l->window_ns = now;
        l->window_count = 0;
    }
    if (l->window_count < WINDOW_SHOWS || l->text.len > TEXT_HELD_MAX) {
        l->window_count++;
        lab_flush(l);
    }
}

void emit_aside(struct lab *l, struct slice text)
{
    struct str event = STR_INIT;
    struct json_out w;

    if (!may_show(l, text.len))
        return;
    lab_flush(l);
    event_begin(l, &w, &event, "aside");
    json_put_string(&w, "text", text);
    event_end(l, &w);
}

/* ---- the others ---------------------------------------------------------- */

void put_number(struct str *out, double v)
{
    if (!isfinite(v))
        str_puts(out, "null");
    else if (v == floor(v) && fabs(v) < 1e15)
        str_printf(out, "%.0f", v == 0 ? 0.0 : v);
    else
        str_printf(out, "%.6g", v);
}

static void put_cell(struct json_out *w, const struct table *t, size_t row, size_t column)
{
    char buf[64];
    struct str number = STR_INIT;

    if (table_is_missing(t, row, column)) {
        json_put_z(w, NULL, NULL);
    } else if (t->column[column].type == TABLE_TEXT) {
        json_put_string(
            w, NULL, slice_first(slice_of(table_text(t, row, column, buf, sizeof buf)), CELL_MAX));
    } else {
        put_number(&number, t->column[column].numbers[row]);
        json_put_raw(w, NULL, slice_str(&number));
        str_done(&number);
    }
}

void emit_table(struct lab *l, const struct table *t, size_t max_rows)
{
    struct str event = STR_INIT;
    struct json_out w;
    size_t rows = t->rows < max_rows ? t->rows : max_rows;

    if (rows > TABLE_ROWS_MAX)
        rows = TABLE_ROWS_MAX;
    lab_flush(l);
    event_begin(l, &w, &event, "table");
    json_open(&w, "columns", '[');
    for (size_t c = 0; c < t->columns; c++)
        json_put_z(&w, NULL, t->column[c].name);
    json_close(&w);
    json_open(&w, "align", '[');
    for (size_t c = 0; c < t->columns; c++)
        json_put_z(&w, NULL, t->column[c].type == TABLE_NUMBER ? "right" : "left");
    json_close(&w);
    json_open(&w, "rows", '[');
    for (size_t r = 0; r < rows && event.len < SHOWN_MAX; r++) {
        json_open(&w, NULL, '[');
        for (size_t c = 0; c < t->columns; c++)
            put_cell(&w, t, r, c);
        json_close(&w);
    }
    json_close(&w);
    json_put_int(&w, "total", (int64_t)t->rows);
    if (may_show(l, event.len))
        event_end(l, &w);
    str_done(&event);
}

void emit_progress(struct lab *l, const char *label, double done, double total, const char *note)
{
    struct str event = STR_INIT;
    struct json_out w;
    int64_t now = clock_steady_ns();

    if (done < total && now - l->progress_ns < PROGRESS_NS)
        return;
    l->progress_ns = now;
    if (!may_show(l, 100))
        return;
    lab_flush(l);
    event_begin(l, &w, &event, "progress");
    put_label(&w, "label", label);
    json_put_number(&w, "done", done);
    json_put_number(&w, "total", total);
    put_label(&w, "note", note);
    event_end(l, &w);
}

void emit_plot(struct lab *l, struct slice svg, const char *title, struct slice text)
{
    struct str event = STR_INIT;
    struct json_out w;

    lab_flush(l);
    event_begin(l, &w, &event, "plot");
    json_put_string(&w, "svg", svg);
    put_label(&w, "title", title);
    json_put_string(&w, "text", text);
    if (may_show(l, event.len))
        event_end(l, &w);
    str_done(&event);
}

void emit_file(struct lab *l, const char *name, size_t bytes)
{
    struct str event = STR_INIT;
    struct json_out w;

    lab_flush(l);
    event_begin(l, &w, &event, "file");
    json_put_z(&w, "name", name);
    json_put_int(&w, "bytes", (int64_t)bytes);
    if (may_show(l, event.len))
        event_end(l, &w);
    str_done(&event);
}

void emit_metric(struct lab *l, const char *name, double value)
{
    struct str event = STR_INIT, number = STR_INIT;
    struct json_out w;

    lab_flush(l);
    put_number(&number, value);
    event_begin(l, &w, &event, "metric");
    put_label(&w, "name", name);
    json_put_raw(&w, "value", slice_str(&number));
    if (may_show(l, event.len))
        event_end(l, &w);
    str_done(&event);
    str_done(&number);
}
