/*
 * A chart in characters: a field of 60 by 16 for marks over two axes, a row of
 * blocks for a bar, a table for a grid. The summary stands above, so that the
 * text says as much to who hears it read.
 */
#include "lab/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 60, LINES = 16, BAR = 36, NAME = 26 };

static const char marks[] = "*o+x#@%&=~^$";

static void put_head(struct str *out, const struct chart *c)
{
    if (c->title[0])
        str_printf(out, "%s\n", c->title);
    if (c->summary[0])
        str_printf(out, "%s\n", c->summary);
}

static void mark_at(char field[LINES][COLUMNS + 1], double x, double y, char mark)
{
    int column = (int)floor(x * (COLUMNS - 1) + 0.5),
        line = (int)floor((1 - y) * (LINES - 1) + 0.5);

    if (column >= 0 && column < COLUMNS && line >= 0 && line < LINES)
        field[line][column] = mark;
}

/* A line's points are joined, column by column. */
static void mark_line(char field[LINES][COLUMNS + 1], const struct chart_series *s,
                      const struct axis *ax, const struct axis *ay, char mark)
{
    for (size_t i = 0; i + 1 < s->n; i++) {
        double x = axis_at(ax, s->x[i]), y = axis_at(ay, s->y[i]);
        double dx = axis_at(ax, s->x[i + 1]) - x, dy = axis_at(ay, s->y[i + 1]) - y;
        int steps = 1 + (int)(fabs(dx) * COLUMNS + fabs(dy) * LINES);

        if (!isfinite(dx) || !isfinite(dy))
            continue;
        for (int k = 0; k <= steps; k++)
            mark_at(field, x + dx * k / steps, y + dy * k / steps, mark);
    }
}

static void mark_series(char field[LINES][COLUMNS + 1], const struct chart_series *s,
                        const struct axis *ax, const struct axis *ay, char mark)
{
    if (s->mark == MARK_LINE) {
        mark_line(field, s, ax, ay, s->dashed ? '.' : mark);
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        double x = s->mark == MARK_BINS ? (s->x[i] + s->x[i + 1]) / 2 : s->x[i];
        double top = axis_at(ay, s->y[i]);

        if (!isfinite(x) || !isfinite(top))
            continue;
        mark_at(field, axis_at(ax, x), top, mark);
        for (double y = 0; s->mark == MARK_BINS && s->y[i] > 0 && y < top; y += 1.0 / LINES)
            mark_at(field, axis_at(ax, x), y, mark);
    }
}

static void put_legend(struct str *out, const struct chart *c)
{
    for (size_t i = 0; i < c->series_count; i++)
        if (c->series[i].name[0])
            str_printf(out, "  %c %s", c->series[i].dashed ? '.' : marks[i % (sizeof marks - 1)],
                       c->series[i].name);
    if (c->series_count && c->series[0].name[0])
        str_putc(out, '\n');
}

static void put_field(struct str *out, const struct chart *c, char field[LINES][COLUMNS + 1],
                      const struct axis *ax, const struct axis *ay)
{
    struct str low = STR_INIT, high = STR_INIT;

    put_short(&low, ay->low);
    put_short(&high, ay->high);
    for (int i = 0; i < LINES; i++) {
        size_t n = COLUMNS;

        while (n && field[i][n - 1] == ' ')
            n--;
        str_printf(out, "%8s |%.*s\n",
                   i == 0           ? high.ptr
                   : i == LINES - 1 ? low.ptr
                                    : "",
                   (int)n, field[i]);
    }
    str_clear(&low);
    str_clear(&high);
    put_short(&low, ax->low);
    put_short(&high, ax->high);
    str_printf(out, "%8s +", "");
    for (int i = 0; i < COLUMNS; i++)
        str_putc(out, '-');
    str_printf(out, "\n%9s%-*s%s\n", "", COLUMNS - (int)high.len + 1, low.ptr, high.ptr);
    if (c->x_label[0] || c->y_label[0])
        str_printf(out, "%9sacross: %s; up: %s\n", "", c->x_label, c->y_label);
    str_done(&low);
    str_done(&high);
}

static void put_xy(struct str *out, const struct chart *c)
{
    struct axis ax = chart_axis(c, false), ay = chart_axis(c, true);
    char field[LINES][COLUMNS + 1];

    memset(field, ' ', sizeof field);
    for (size_t i = c->series_count; i-- > 0;)
        mark_series(field, &c->series[i], &ax, &ay, marks[i % (sizeof marks - 1)]);
    put_head(out, c);
    put_legend(out, c);
    put_field(out, c, field, &ax, &ay);
    for (size_t i = 0; i < c->name_count; i++)
        str_printf(out, "%9s%zu: %s\n", "", i, c->names[i]);
}

static void put_bars(struct str *out, const struct chart *c)
{
    const struct chart_series *s = &c->series[0];
    double most = 0;
    int width = 4;

    for (size_t i = 0; i < s->n && i < c->name_count; i++) {
        int n = (int)strlen(c->names[i]);

        if (isfinite(s->y[i]) && fabs(s->y[i]) > most)
            most = fabs(s->y[i]);
        width = n > width ? n : width;
    }
    width = width > NAME ? NAME : width;
    put_head(out, c);
    for (size_t i = 0; i < s->n && i < c->name_count; i++) {
        int n = most > 0 && isfinite(s->y[i]) ? (int)(fabs(s->y[i]) / most * BAR + 0.5) : 0;

        str_printf(out, "%-*.*s ", width, NAME, c->names[i]);
        for (int k = 0; k < n; k++)
            str_putc(out, '#');
        str_putc(out, n ? ' ' : '|');
        if (isnan(s->y[i]))
            str_puts(out, "missing");
        else
            put_short(out, s->y[i]);
        str_putc(out, '\n');
    }
}

static void put_grid(struct str *out, const struct chart *c)
{
    size_t n = c->name_count;

    put_head(out, c);
    str_printf(out, "%s down, %s across\n%-14s", c->y_label, c->x_label, "");
    for (size_t k = 0; k < n; k++)
        str_printf(out, " %10.10s", c->names[k]);
    str_putc(out, '\n');
    for (size_t r = 0; r < n; r++) {
        str_printf(out, "%-14.14s", c->names[r]);
        for (size_t k = 0; k < n; k++)
            str_printf(out, " %10.0f", c->series[0].y[r * n + k]);
        str_putc(out, '\n');
    }
}

void chart_put_text(struct str *out, const struct chart *c)
{
    switch (c->kind) {
    case CHART_XY:
        put_xy(out, c);
        break;
    case CHART_BARS:
        put_bars(out, c);
        break;
    case CHART_GRID:
        put_grid(out, c);
        break;
    }
}
