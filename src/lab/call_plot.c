/*
 * The library `plot` for tables: line, scatter, bar, histogram. Arguments are
 * read first; a chart is built and drawn only when nothing can fail any more.
 */
#include "lab/calls.h"
#include "lab/state.h"

#include "lab/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 2000, BINS_MAX = 200 };

void plot_emit(lua_State *L, struct chart *c)
{
    struct str svg = STR_INIT, text = STR_INIT;

    chart_put_svg(&svg, c);
    chart_put_text(&text, c);
    emit_plot(lab_of(L), slice_str(&svg), c->title, slice_str(&text));
    str_done(&svg);
    str_done(&text);
    chart_done(c);
}

/* ---- columns as numbers -------------------------------------------------- */

/* The column's numbers; a column of words cannot be an axis. */
static const double *axis_numbers(lua_State *L, const struct table *t, size_t column)
{
    if (t->column[column].type != TABLE_NUMBER)
        fail(L, "column '%s' holds words; an axis needs numbers", t->column[column].name);
    return t->column[column].numbers;
}

/* The column named by an option; SIZE_MAX where it is not given. */
static size_t option_column(lua_State *L, const struct table *t, const char *name, bool required)
{
    const char *column = option_text(L, 2, name);

    if (!column && required)
        fail(L, "option '%s' is required: the name of a column", name);
    return column ? find_column(L, t, column) : SIZE_MAX;
}

/* How many of n points to pass over for each that is drawn. */
static size_t stride(size_t n)
{
    return n <= POINTS_MAX ? 1 : (n + POINTS_MAX - 1) / POINTS_MAX;
}

/* Rows of t in which the column has its k-th value (SIZE_MAX: all rows). */
struct part {
    size_t *rows, n;
    char name[80];
};

/* The table cut by a column's values, at most CHART_SERIES_MAX - 2 of them; on Lua's stack. */
static struct part *push_parts(lua_State *L, const struct table *t, size_t by, size_t *count)
{
    struct part *parts = lua_newuserdatauv(L, CHART_SERIES_MAX * sizeof *parts, 0);
    size_t *rows = lua_newuserdatauv(L, (t->rows + 1) * sizeof *rows, 0), used = 0;
    char buf[64];

    *count = 0;
    if (by == SIZE_MAX) {
        parts[0] = (struct part){rows, t->rows, ""};
        for (size_t r = 0; r < t->rows; r++)
            rows[r] = r;
        *count = 1;
        return parts;
    }
    for (size_t first = 0; first < t->rows && *count < CHART_SERIES_MAX - 2; first++) {
        struct part *p = &parts[*count];
        const char *word = table_text(t, first, by, buf, sizeof buf);
        bool seen = table_is_missing(t, first, by);

        for (size_t k = 0; k < *count; k++)
            seen |= !strncmp(parts[k].name, word, sizeof parts[k].name - 1);
        if (seen)
            continue;
        snprintf(p->name, sizeof p->name, "%s", word);
        p->rows = rows + used;
        p->n = 0;
        for (size_t r = first; r < t->rows; r++) {
            char other[64];

            if (!table_is_missing(t, r, by) &&
                !strncmp(p->name, table_text(t, r, by, other, sizeof other), sizeof p->name - 1))
                p->rows[p->n++] = r;
        }
        used += p->n;
        ++*count;
    }
    return parts;
}

/* ---- line and scatter ---------------------------------------------------- */

static void add_points(struct chart *c, const char *name, enum chart_mark mark, const double *x,
                       const double *y, const struct part *p)
{
    size_t step = stride(p->n), n = 0;
    double *px = arena_alloc(&c->arena, (p->n / step + 2) * sizeof *px);
    double *py = arena_alloc(&c->arena, (p->n / step + 2) * sizeof *py);

    for (size_t i = 0; i < p->n; i += step, n++) {
        px[n] = x ? x[p->rows[i]] : (double)i + 1;
        py[n] = y[p->rows[i]];
    }
    chart_add(c, name, mark, px, py, n);
}

static const char *label_or(struct chart *c, const char *given, const char *otherwise)
{
    return chart_text(c, "%s", given ? given : otherwise);
}

struct labels {
    const char *title, *x, *y;
};

static struct labels read_labels(lua_State *L)
{
    return (struct labels){option_text(L, 2, "title"), option_text(L, 2, "x_label"),
                           option_text(L, 2, "y_label")};
}

/* The columns of option y: one name or a list; on Lua's stack. */
static size_t *y_columns(lua_State *L, const struct table *t, size_t *n)
{
    size_t *columns;

    if (!has_option(L, 2, "y"))
        fail(L, "option 'y' is required: a column, or a list of columns");
    lua_getfield(L, 2, "y");
    columns = need_columns(L, t, lua_gettop(L), n);
    if (*n > CHART_SERIES_MAX - 2)
        fail(L, "at most %d lines in one plot", CHART_SERIES_MAX - 2);
    for (size_t i = 0; i < *n; i++)
        axis_numbers(L, t, columns[i]);
    return columns;
}

int call_plot_line(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t x, by, n, parts, *y;
    struct part *part;
    struct labels labels;
    struct chart c;
    const double *along;

    need_options(L, 2);
    x = option_column(L, t, "x", false);
    by = option_column(L, t, "by", false);
    y = y_columns(L, t, &n);
    along = x == SIZE_MAX ? NULL : axis_numbers(L, t, x);
    part = push_parts(L, t, by, &parts);
    labels = read_labels(L);
    chart_init(&c, CHART_XY, labels.title);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < parts; k++)
            add_points(&c,
                       by == SIZE_MAX ? n > 1 ? t->column[y[i]].name : ""
                       : n > 1        ? chart_text(&c, "%s %s", part[k].name, t->column[y[i]].name)
                                      : part[k].name,
                       MARK_LINE, along, t->column[y[i]].numbers, &part[k]);
    c.x_label = label_or(&c, labels.x, x == SIZE_MAX ? "row" : t->column[x].name);
    c.y_label = label_or(&c, labels.y, n == 1 ? t->column[y[0]].name : "");
    c.summary = chart_text(&c, "%zu %s of %zu points: %s over %s.", c.series_count,
                           c.series_count == 1 ? "line" : "lines", t->rows,
                           n == 1 ? t->column[y[0]].name : "several columns", c.x_label);
    plot_emit(L, &c);
    return 0;
}

int call_plot_scatter(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t x, y, by, parts;
    struct part *part;
    struct labels labels;
    struct chart c;

    need_options(L, 2);
    x = option_column(L, t, "x", true);
    y = option_column(L, t, "y", true);
    by = option_column(L, t, "by", false);
    axis_numbers(L, t, x);
    axis_numbers(L, t, y);
    part = push_parts(L, t, by, &parts);
    labels = read_labels(L);
    chart_init(&c, CHART_XY, labels.title);
    for (size_t k = 0; k < parts; k++)
        add_points(&c, part[k].name, MARK_POINTS, t->column[x].numbers, t->column[y].numbers,
                   &part[k]);
    c.x_label = label_or(&c, labels.x, t->column[x].name);
    c.y_label = label_or(&c, labels.y, t->column[y].name);
    c.summary =
        chart_text(&c, "%zu points: %s against %s.", t->rows, t->column[y].name, t->column[x].name);
    plot_emit(L, &c);
    return 0;
}

/* ---- bars ---------------------------------------------------------------- */

int call_plot_bar(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t x, y;
    const double *lengths;
    struct labels labels;
    struct chart c;
    char buf[64];

    need_options(L, 2);
    x = option_column(L, t, "x", true);
    y = option_column(L, t, "y", true);
    lengths = axis_numbers(L, t, y);
    if (t->rows > CHART_NAMES_MAX)
        fail(L, "%zu bars are too many to read; %d are the most: use t:head(%d)", t->rows,
             CHART_NAMES_MAX, 20);
    if (!t->rows)
        fail(L, "the table has no rows");
    labels = read_labels(L);
    chart_init(&c, CHART_BARS, labels.title);
    for (size_t r = 0; r < t->rows; r++)
        chart_name(&c,
                   table_is_missing(t, r, x) ? "(missing)" : table_text(t, r, x, buf, sizeof buf));
    chart_add(&c, "", MARK_LINE, lengths, lengths, t->rows);
    c.x_label = label_or(&c, labels.y, t->column[y].name);
    c.summary =
        chart_text(&c, "%zu bars: %s for each %s.", t->rows, t->column[y].name, t->column[x].name);
    plot_emit(L, &c);
    return 0;
}

/* ---- histogram ----------------------------------------------------------- */

static void range_of(const double *v, size_t n, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (isfinite(v[i])) {
            *low = v[i] < *low ? v[i] : *low;
            *high = v[i] > *high ? v[i] : *high;
        }
}

static void add_bins(struct chart *c, const struct part *p, const double *v, double low,
                     double high, size_t bins)
{
    double edges[BINS_MAX + 1], counts[BINS_MAX] = {0};

    for (size_t i = 0; i <= bins; i++)
        edges[i] = low + (high - low) * (double)i / (double)bins;
    for (size_t i = 0; i < p->n; i++) {
        double at = (v[p->rows[i]] - low) / (high - low) * (double)bins;

        if (isfinite(at))
            counts[at >= (double)bins ? bins - 1 : (size_t)at]++;
    }
    chart_add(c, p->name, MARK_BINS, edges, counts, bins);
}

int call_plot_histogram(lua_State *L)
{
    const struct table *t = need_table(L, 1, "the table");
    size_t x, by, parts, bins;
    const double *v;
    struct part *part;
    struct labels labels;
    struct chart c;
    double low, high;

    need_options(L, 2);
    x = option_column(L, t, "x", true);
    by = option_column(L, t, "by", false);
    bins = (size_t)option_whole(L, 2, "bins", 20, 1, BINS_MAX);
    v = axis_numbers(L, t, x);
    range_of(v, t->rows, &low, &high);
    if (!(low <= high))
        fail(L, "column '%s' has no values", t->column[x].name);
    if (low == high)
        high = low + 1;
    part = push_parts(L, t, by, &parts);
    labels = read_labels(L);
    chart_init(&c, CHART_XY, labels.title);
    for (size_t k = 0; k < parts; k++)
        add_bins(&c, &part[k], v, low, high, bins);
    c.x_label = label_or(&c, labels.x, t->column[x].name);
    c.y_label = label_or(&c, labels.y, "rows");
    c.summary = chart_text(&c, "How %s is spread: from %.4g to %.4g in %zu ranges.",
                           t->column[x].name, low, high, bins);
    plot_emit(L, &c);
    return 0;
}
