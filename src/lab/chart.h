/*
 * Charts: what is to be drawn, and two ways of drawing it. As SVG, in colours
 * that read on light and dark alike (text and axes take the page's colour),
 * with a title and a description for those who cannot see it; as text, for a
 * terminal. No Lua here, and equal charts give equal bytes.
 *
 * A chart owns nothing but its arena: names and numbers are copied in.
 */
#ifndef LAB_CHART_H
#define LAB_CHART_H

#include "base/mem.h"
#include "base/str.h"

enum chart_kind {
    CHART_XY,   /* series over two axes of numbers */
    CHART_BARS, /* one bar a name, lengths from series[0].y */
    CHART_GRID, /* names by names, counts from series[0].y, row by row */
};

enum chart_mark {
    MARK_LINE,
    MARK_POINTS,
    MARK_BINS, /* a bar from x[i] to x[i + 1], of height y[i]; n counts bars, x has one more */
};

struct chart_series {
    const char *name;
    enum chart_mark mark;
    bool dashed;
    const double *x, *y; /* (n); NaN is left out */
    const double *shade; /* (n) 0 to 1: colours of their own; or NULL */
    size_t n;
    size_t colour; /* which one; its place among the series unless changed */
};

enum { CHART_SERIES_MAX = 12, CHART_NAMES_MAX = 60 };

struct chart {
    enum chart_kind kind;
    const char *title, *x_label, *y_label; /* "" where there is none */
    const char *summary;                   /* the chart in a sentence */
    struct chart_series series[CHART_SERIES_MAX];
    size_t series_count;
    const char *names[CHART_NAMES_MAX]; /* of bars, of a grid's lines, or of y = 0, 1, ... */
    size_t name_count;
    bool unit_x, unit_y;                /* the axis goes from 0 to 1 whatever the data */
    bool from_zero;                     /* the y axis begins at 0 */
    const char *shade_low, *shade_high; /* what the ends of the shade mean */
    struct arena arena;
};

/* An empty chart of a kind; texts are copied, NULL is "". */
void chart_init(struct chart *c, enum chart_kind kind, const char *title);
void chart_done(struct chart *c);
const char *chart_text(struct chart *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* One more series, its numbers copied; NULL past the last that there is room for. */
struct chart_series *chart_add(struct chart *c, const char *name, enum chart_mark mark,
                               const double *x, const double *y, size_t n);
void chart_name(struct chart *c, const char *name);

void chart_put_svg(struct str *out, const struct chart *c);
void chart_put_text(struct str *out, const struct chart *c);

/* ---- axes, for both drawings -------------------------------------------- */

struct axis {
    double low, high;
    double tick[16];
    size_t ticks;
};

/* An axis that holds all values of the chart in one direction, ending at round numbers. */
struct axis chart_axis(const struct chart *c, bool vertical);
/* 0 to 1 along the axis. */
double axis_at(const struct axis *a, double v);
/* A tick's or a bar's number, as short as it can be read. */
void put_short(struct str *out, double v);

#endif
