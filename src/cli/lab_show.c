/*
 * One small function a kind of event, found in a table. Tables are cut to the
 * terminal's width by leaving out columns; a long text ends in an ellipsis, a
 * number is never cut.
 */
#include "cli/lab_show.h"

#include "base/error.h"
#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_WIDTH_MAX = 40, LINES_MAX = 8 << 20, TABLE_COLUMNS_MAX = 200 };

void lab_show_init(struct lab_show *s)
{
    memset(s, 0, sizeof *s);
    str_init(&s->verdict);
    str_init(&s->error);
    str_init(&s->plain);
    str_init(&s->files);
    str_init(&s->lines);
}

void lab_show_clear(struct lab_show *s)
{
    str_clear(&s->verdict);
    str_clear(&s->error);
    str_clear(&s->plain);
    str_clear(&s->files);
    str_clear(&s->lines);
    s->ok = s->judged = s->passed = false;
    s->error_line = 0;
    s->metric_count = 0;
    s->reason[0] = '\0';
}

void lab_show_done(struct lab_show *s)
{
    str_done(&s->verdict);
    str_done(&s->error);
    str_done(&s->plain);
    str_done(&s->files);
    str_done(&s->lines);
}

static const char *text_of(const struct json *e, const char *key)
{
    return json_string(json_get(e, key), "");
}

/* Text of a lab, harmless, on stdout. */
static void put_safe(const char *text)
{
    struct str safe = STR_INIT;

    term_put_safe(&safe, slice_of(text));
    fputs(safe.ptr, stdout);
    str_done(&safe);
}

static void styled(enum term_style style, const char *before, const char *text)
{
    printf("%s%s", term_style(stdout, style), before);
    put_safe(text);
    printf("%s\n", term_style(stdout, TERM_PLAIN));
}

/* ---- kinds --------------------------------------------------------------- */

static void show_start(struct lab_show *s, const struct json *e)
{
    snprintf(s->step, sizeof s->step, "%s", text_of(e, "step"));
}

static void show_text(struct lab_show *s, const struct json *e)
{
    bool warn = !strcmp(text_of(e, "stream"), "warn");

    if (s->quiet)
        return;
    if (warn)
        fputs(term_style(stdout, TERM_YELLOW), stdout);
    put_safe(text_of(e, "text"));
    if (warn)
        fputs(term_style(stdout, TERM_PLAIN), stdout);
}

/* A cell as text, at most CELL_WIDTH_MAX characters. */
static void put_cell(struct str *out, const struct json *cell)
{
    struct str text = STR_INIT, safe = STR_INIT;
    const char *p, *end, *last;
    int shown = 0;

    if (json_kind(cell) == JSON_STRING)
        str_puts(&text, json_string(cell, ""));
    else if (json_kind(cell) != JSON_NULL)
        json_print(&text, cell, false);
    term_put_safe(&safe, slice_str(&text));
    end = safe.ptr + safe.len;
    for (p = last = safe.ptr; p < end && shown < CELL_WIDTH_MAX; shown++) {
        last = p;
        utf8_next(&p, end);
    }
    str_add(out, safe.ptr, (size_t)((p < end ? last : p) - safe.ptr));
    if (p < end)
        str_puts(out, "\u2026");
    for (char *c = out->ptr; *c; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    str_done(&text);
    str_done(&safe);
}

static int width_of(const struct json *cell)
{
    struct str text = STR_INIT;
    const char *p, *end;
    int n = 0;

    put_cell(&text, cell);
    for (p = text.ptr, end = p + text.len; p < end; n++)
        utf8_next(&p, end);
    str_done(&text);
    return n;
}

static void print_cell(const struct json *cell, int width, bool right, bool last)
{
    struct str text = STR_INIT;
    int pad = width - width_of(cell);

    put_cell(&text, cell);
    printf("%*s%s%*s%s", right ? pad : 0, "", text.ptr, right || last ? 0 : pad, "",
           last ? "" : "  ");
    str_done(&text);
}

struct layout {
    int width[TABLE_COLUMNS_MAX];
    bool right[TABLE_COLUMNS_MAX];
    size_t columns, shown; /* as many as the terminal is wide enough for */
};

static void lay_out(struct layout *l, const struct json *e)
{
    const struct json *align = json_first(json_get(e, "align"));
    int used = 0, room = term_width(stdout);
    size_t c = 0;

    memset(l, 0, sizeof *l);
    for (const struct json *n = json_first(json_get(e, "columns")); n && c < TABLE_COLUMNS_MAX;
         n = json_next(n), align = json_next(align), c++) {
        l->width[c] = width_of(n);
        l->right[c] = !strcmp(json_string(align, ""), "right");
    }
    l->columns = c;
    for (const struct json *r = json_first(json_get(e, "rows")); r; r = json_next(r)) {
        c = 0;
        for (const struct json *v = json_first(r); v && c < l->columns; v = json_next(v), c++) {
            int w = width_of(v);

            if (w > l->width[c])
                l->width[c] = w;
        }
    }
    while (l->shown < l->columns && (!l->shown || used + l->width[l->shown] <= room))
        used += l->width[l->shown++] + 2;
}

static void print_row(const struct layout *l, const struct json *row)
{
    size_t c = 0;

    for (const struct json *v = json_first(row); v && c < l->shown; v = json_next(v), c++)
        print_cell(v, l->width[c], l->right[c], c + 1 == l->shown);
    putchar('\n');
}

static void show_table(struct lab_show *s, const struct json *e)
{
    double total = json_number(json_get(e, "total"), 0);
    size_t rows = json_count(json_get(e, "rows"));
    struct layout l;

    if (s->quiet)
        return;
    lay_out(&l, e);
    fputs(term_style(stdout, TERM_BOLD), stdout);
    print_row(&l, json_get(e, "columns"));
    fputs(term_style(stdout, TERM_PLAIN), stdout);
    for (const struct json *r = json_first(json_get(e, "rows")); r; r = json_next(r))
        print_row(&l, r);
    if (!rows)
        printf("%s(no rows)%s\n", term_style(stdout, TERM_DIM), term_style(stdout, TERM_PLAIN));
    if ((double)rows < total)
        printf("%s... %.0f rows in all%s\n", term_style(stdout, TERM_DIM), total,
               term_style(stdout, TERM_PLAIN));
    if (l.shown < l.columns)
        printf("%s... %zu more columns%s\n", term_style(stdout, TERM_DIM), l.columns - l.shown,
               term_style(stdout, TERM_PLAIN));
}

static void show_plot(struct lab_show *s, const struct json *e)
{
    struct str path = STR_INIT;
    struct lk_error err = {0};
    enum lk_status st = LK_OK;

    s->plot_count++;
    if (s->plots) {
        str_printf(&path, "%s/%s-%d.svg", s->plots, s->step, s->plot_count);
        st = file_mkdirs(s->plots, &err);
        if (!st)
            st = file_write(path.ptr, slice_of(text_of(e, "svg")), &err);
    }
    if (!s->quiet) {
        put_safe(text_of(e, "text"));
        if (!st && path.len)
            styled(TERM_DIM, "picture: ", path.ptr);
    }
    str_done(&path);
}

static void show_progress(struct lab_show *s, const struct json *e)
{
    double done = json_number(json_get(e, "done"), 0), total = json_number(json_get(e, "total"), 0);

    if (s->quiet)
        return;
    if (!s->has_bar) {
        progress_begin(&s->bar, "working", (int64_t)total);
        s->has_bar = true;
    }
    s->bar.total = (int64_t)total;
    progress_at(&s->bar, (int64_t)done, text_of(e, "note"));
}

static void end_bar(struct lab_show *s)
{
    if (s->has_bar)
        progress_end(&s->bar);
    s->has_bar = false;
}

static void show_file(struct lab_show *s, const struct json *e)
{
    str_printf(&s->files, "%s\n", text_of(e, "name"));
    if (!s->quiet)
        styled(TERM_DIM, "wrote ", text_of(e, "name"));
}

static void show_metric(struct lab_show *s, const struct json *e)
{
    const char *name = text_of(e, "name");
    double value = json_number(json_get(e, "value"), NAN);
    size_t i = 0;

    while (i < s->metric_count && strcmp(s->metrics[i].name, name))
        i++;
    if (i < LAB_METRICS_MAX) {
        snprintf(s->metrics[i].name, sizeof s->metrics[i].name, "%s", name);
        s->metrics[i].value = value;
        s->metric_count += i == s->metric_count;
    }
    if (s->quiet)
        return;
    put_safe(name);
    printf(": %s%.6g%s\n", term_style(stdout, TERM_BOLD), value, term_style(stdout, TERM_PLAIN));
}

/* The line of code at fault, marked. */
static void show_line(const struct lab_show *s, int line)
{
    struct slice rest = slice_of(s->code), at = SLICE("");
    struct str text = STR_INIT;

    for (int i = 0; i < line; i++)
        if (!slice_line(&rest, &at))
            at = SLICE("");
    str_put(&text, at);
    if (at.len) {
        printf("%s%4d | %s", term_style(stdout, TERM_DIM), line, term_style(stdout, TERM_PLAIN));
        put_safe(text.ptr);
        putchar('\n');
    }
    str_done(&text);
}

static void show_error(struct lab_show *s, const struct json *e)
{
    str_clear(&s->error);
    str_clear(&s->plain);
    str_puts(&s->error, text_of(e, "text"));
    str_puts(&s->plain, text_of(e, "plain"));
    s->error_line = (int)json_number(json_get(e, "line"), 0);
    if (s->quiet)
        return;
    if (s->error_line)
        show_line(s, s->error_line);
    styled(TERM_RED, "error: ", s->error.ptr);
    if (s->plain.len)
        styled(TERM_PLAIN, "", s->plain.ptr);
}

static void show_check(struct lab_show *s, const struct json *e)
{
    s->judged = true;
    s->passed = json_bool(json_get(e, "passed"), false);
    str_clear(&s->verdict);
    str_puts(&s->verdict, text_of(e, "text"));
    if (!s->quiet)
        styled(s->passed ? TERM_GREEN : TERM_RED,
               s->passed ? "check passed: " : "not yet: ", s->verdict.ptr);
}

/* What the cloud says beside the output: plans, logs. */
static void show_aside(struct lab_show *s, const struct json *e)
{
    if (s->quiet)
        return;
    fputs(term_style(stdout, TERM_DIM), stdout);
    put_safe(text_of(e, "text"));
    fputs(term_style(stdout, TERM_PLAIN), stdout);
}

/* Whoever waits for the step asks the person; shown also where output is not. */
static void show_ask(struct lab_show *s, const struct json *e)
{
    put_safe(text_of(e, "text"));
    putchar('\n');
    fflush(stdout);
    s->question = (int64_t)json_number(json_get(e, "id"), 0);
}

static void show_answer(struct lab_show *s, const struct json *e)
{
    s->question = 0;
}

static void show_end(struct lab_show *s, const struct json *e)
{
    s->ok = json_bool(json_get(e, "ok"), false);
    snprintf(s->reason, sizeof s->reason, "%s", text_of(e, "reason"));
    if (!s->quiet && !strcmp(s->reason, "stopped"))
        styled(TERM_YELLOW, "", "stopped");
}

static const struct {
    const char *kind;
    void (*show)(struct lab_show *s, const struct json *event);
} kinds[] = {
    {"start", show_start},   {"text", show_text}, {"table", show_table},
    {"plot", show_plot},     {"file", show_file}, {"progress", show_progress},
    {"metric", show_metric}, {"end", show_end},   {"error", show_error},
    {"check", show_check},   {"ask", show_ask},   {"aside", show_aside},
    {"answer", show_answer},
};

void lab_show_event(void *ctx, struct slice event)
{
    struct lab_show *s = ctx;
    struct json *e;
    const char *kind;
    bool quiet = s->quiet;

    if (s->lines.len + event.len < LINES_MAX) {
        str_put(&s->lines, event);
        str_putc(&s->lines, '\n');
    }
    if (json_parse(&e, event, "event", NULL))
        return;
    kind = text_of(e, "kind");
    if (s->only && strcmp(s->only, text_of(e, "step")) && strcmp(kind, "error"))
        s->quiet = true;
    if (strcmp(kind, "progress"))
        end_bar(s);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strcmp(kind, kinds[i].kind))
            kinds[i].show(s, e);
    s->quiet = quiet;
    if (!quiet)
        fflush(stdout);
    json_free(e);
}
