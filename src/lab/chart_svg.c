/*
 * A chart as SVG, 640 by 400 units. Text, axes and grid take the colour of the
 * text around (currentColor); series have colours with enough contrast on
 * white and on near-black, and differ in lightness and dash for those who see
 * colours alike. Attributes only: a strict Content-Security-Policy allows no
 * style.
 */
#include "lab/chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 640, TOP = 20, BOTTOM = 52, LEFT = 66, RIGHT = 18, NAME_CHARS_MAX = 28 };

static const char *const colours[] = {"#2f7ed8", "#d9730d", "#2a9d5c", "#c2448f",
                                      "#8a63d2", "#b08900", "#0e9aa7", "#d64545"};
static const char *const dashes[] = {"", "7 3", "2 3", "9 3 2 3"};

struct frame {
    double x, y, width, height; /* of the part that holds marks */
    double total_height;
};

static const char *colour(size_t i)
{
    return colours[i % (sizeof colours / sizeof colours[0])];
}

static void put_text_at(struct str *out, double x, double y, const char *attributes,
                        const char *text)
{
    str_printf(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", x, y, attributes);
    str_put_html(out, slice_of(text));
    str_puts(out, "</text>\n");
}

static void open_svg(struct str *out, const struct chart *c, double height)
{
    str_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" role=\"img\" "
               "font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"currentColor\">\n"
               "<title>",
               WIDTH, height);
    str_put_html(out, slice_of(c->title));
    str_puts(out, "</title>\n<desc>");
    str_put_html(out, slice_of(c->summary));
    str_puts(out, "</desc>\n");
}

/* ---- axes ---------------------------------------------------------------- */

static void put_grid_line(struct str *out, double x1, double y1, double x2, double y2)
{
    str_printf(out,
               "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"currentColor\" "
               "stroke-opacity=\"0.18\"/>\n",
               x1, y1, x2, y2);
}

static void put_x_axis(struct str *out, const struct chart *c, const struct frame *f,
                       const struct axis *a)
{
    double bottom = f->y + f->height;

    for (size_t i = 0; i < a->ticks; i++) {
        struct str label = STR_INIT;
        double x = f->x + axis_at(a, a->tick[i]) * f->width;

        put_grid_line(out, x, f->y, x, bottom);
        put_short(&label, a->tick[i]);
        put_text_at(out, x, bottom + 18, " text-anchor=\"middle\"", label.ptr);
        str_done(&label);
    }
    put_text_at(out, f->x + f->width / 2, bottom + 38, " text-anchor=\"middle\"", c->x_label);
}

static void put_y_axis(struct str *out, const struct chart *c, const struct frame *f,
                       const struct axis *a)
{
    for (size_t i = 0; i < a->ticks; i++) {
        struct str label = STR_INIT;
        double y = f->y + (1 - axis_at(a, a->tick[i])) * f->height;

        put_grid_line(out, f->x, y, f->x + f->width, y);
        put_short(&label, a->tick[i]);
        put_text_at(out, f->x - 8, y + 4, " text-anchor=\"end\"", label.ptr);
        str_done(&label);
    }
    if (c->y_label[0]) {
        str_printf(out,
                   "<text transform=\"translate(16 %.1f) rotate(-90)\" text-anchor=\"middle\">",
                   f->y + f->height / 2);
        str_put_html(out, slice_of(c->y_label));
        str_puts(out, "</text>\n");
    }
}

/* At most n characters of a name. */
static const char *cut_name(char buf[160], const char *name, int n)
{
    const char *p = name, *end = name + strlen(name);
    int shown = 0;

    while (p < end && shown < n) {
        utf8_next(&p, end);
        shown++;
    }
    snprintf(buf, 160, "%.*s%s", (int)(p - name), name, p < end ? "..." : "");
    return buf;
}

/* ---- series -------------------------------------------------------------- */

struct place {
    const struct frame *f;
    const struct axis *x, *y;
};

static double at_x(const struct place *p, double v)
{
    return p->f->x + axis_at(p->x, v) * p->f->width;
}

static double at_y(const struct place *p, double v)
{
    return p->f->y + (1 - axis_at(p->y, v)) * p->f->height;
}

static void put_line(struct str *out, const struct chart_series *s, const struct place *p)
{
    bool drawing = false;

    str_printf(out,
               "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-linejoin=\"round\"",
               s->dashed ? "currentColor" : colour(s->colour));
    if (s->dashed)
        str_puts(out, " stroke-dasharray=\"4 4\" stroke-opacity=\"0.5\"");
    else if (dashes[s->colour % 4][0])
        str_printf(out, " stroke-dasharray=\"%s\"", dashes[s->colour % 4]);
    str_puts(out, " d=\"");
    for (size_t k = 0; k < s->n; k++) {
        if (!isfinite(s->x[k]) || !isfinite(s->y[k])) {
            drawing = false;
            continue;
        }
        str_printf(out, "%c%.1f %.1f", drawing ? 'L' : 'M', at_x(p, s->x[k]), at_y(p, s->y[k]));
        drawing = true;
    }
    str_puts(out, "\"/>\n");
}

/* From blue over grey to orange. */
static void put_shade(struct str *out, double shade)
{
    static const double low[] = {47, 126, 216}, middle[] = {140, 140, 150}, high[] = {217, 115, 13};
    const double *a = shade < 0.5 ? low : middle, *b = shade < 0.5 ? middle : high;
    double t = shade < 0.5 ? shade * 2 : shade * 2 - 1;

    if (!isfinite(shade)) {
        str_puts(out, "#8c8c96");
        return;
    }
    str_putc(out, '#');
    for (int i = 0; i < 3; i++)
        str_printf(out, "%02x", (unsigned)(a[i] + (b[i] - a[i]) * t + 0.5));
}

static void put_points(struct str *out, const struct chart_series *s, const struct place *p)
{
    double radius = s->n > 400 ? 2.2 : 3.2;

    str_printf(out, "<g fill=\"%s\" fill-opacity=\"0.65\">\n", colour(s->colour));
    for (size_t k = 0; k < s->n; k++) {
        if (!isfinite(s->x[k]) || !isfinite(s->y[k]))
            continue;
        str_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"", at_x(p, s->x[k]),
                   at_y(p, s->y[k]), radius);
        if (s->shade) {
            str_puts(out, " fill=\"");
            put_shade(out, s->shade[k]);
            str_putc(out, '"');
        }
        str_puts(out, "/>\n");
    }
    str_puts(out, "</g>\n");
}

static void put_bins(struct str *out, const struct chart_series *s, const struct place *p)
{
    str_printf(out, "<g fill=\"%s\" fill-opacity=\"0.4\" stroke=\"%s\">\n", colour(s->colour),
               colour(s->colour));
    for (size_t k = 0; k < s->n; k++) {
        double x = at_x(p, s->x[k]), y = at_y(p, s->y[k]);

        str_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", x, y,
                   at_x(p, s->x[k + 1]) - x, at_y(p, 0) - y);
    }
    str_puts(out, "</g>\n");
}

/* Names of series, in one line above the marks. */
static void put_legend(struct str *out, const struct chart *c, const struct frame *f)
{
    double x = f->x;
    char name[160];

    for (size_t i = 0; i < c->series_count; i++) {
        if (!c->series[i].name[0])
            continue;
        cut_name(name, c->series[i].name, NAME_CHARS_MAX);
        if (x > WIDTH - 60)
            break;
        str_printf(out,
                   "<rect x=\"%.1f\" y=\"5\" width=\"12\" height=\"12\" rx=\"2\" fill=\"%s\"/>\n",
                   x, c->series[i].dashed ? "currentColor" : colour(c->series[i].colour));
        put_text_at(out, x + 17, 16, "", name);
        x += 34 + 7.0 * (double)strlen(name);
    }
}

static void put_shade_legend(struct str *out, const struct chart *c, const struct frame *f)
{
    double x = f->x;

    put_text_at(out, x, 16, "", c->shade_low);
    x += 8 + 7.0 * (double)strlen(c->shade_low);
    for (int i = 0; i < 10; i++) {
        str_puts(out, "<rect fill=\"");
        put_shade(out, i / 9.0);
        str_printf(out, "\" x=\"%.1f\" y=\"6\" width=\"9\" height=\"10\"/>\n", x + 9 * i);
    }
    put_text_at(out, x + 98, 16, "", c->shade_high);
}

static void put_xy(struct str *out, const struct chart *c)
{
    bool named = c->name_count > 0;
    double left = named ? 170 : LEFT;
    double height = named ? 26.0 * (double)c->name_count : 328;
    struct frame f = {left, TOP + 6, WIDTH - left - RIGHT, height, TOP + 6 + height + BOTTOM};
    struct axis ax = chart_axis(c, false), ay = chart_axis(c, true);
    struct place p = {&f, &ax, &ay};
    char name[160];

    open_svg(out, c, f.total_height);
    put_x_axis(out, c, &f, &ax);
    put_y_axis(out, c, &f, &ay);
    for (size_t i = 0; named && i < c->name_count; i++)
        put_text_at(out, left - 8, at_y(&p, (double)i) + 4, " text-anchor=\"end\"",
                    cut_name(name, c->names[i], 22));
    if (c->shade_low)
        put_shade_legend(out, c, &f);
    else
        put_legend(out, c, &f);
    for (size_t i = 0; i < c->series_count; i++) {
        const struct chart_series *s = &c->series[i];

        if (s->mark == MARK_LINE)
            put_line(out, s, &p);
        else if (s->mark == MARK_POINTS)
            put_points(out, s, &p);
        else
            put_bins(out, s, &p);
    }
    str_puts(out, "</svg>\n");
}

/* ---- bars and grids ------------------------------------------------------ */

static void put_bars(struct str *out, const struct chart *c)
{
    const struct chart_series *s = &c->series[0];
    double high = 0, low = 0, left = 190, step = 26, zero, scale;
    double height = TOP + step * (double)c->name_count + BOTTOM;
    char name[160];

    for (size_t i = 0; i < s->n; i++) {
        if (!isfinite(s->y[i]))
            continue;
        high = s->y[i] > high ? s->y[i] : high;
        low = s->y[i] < low ? s->y[i] : low;
    }
    scale = (WIDTH - left - 70) / (high - low > 0 ? high - low : 1);
    zero = left - low * scale;
    open_svg(out, c, height);
    for (size_t i = 0; i < c->name_count && i < s->n; i++) {
        struct str value = STR_INIT;
        double y = TOP + step * (double)i, v = isfinite(s->y[i]) ? s->y[i] : 0;
        double x = v < 0 ? zero + v * scale : zero;

        put_text_at(out, left - 8, y + 15, " text-anchor=\"end\"", cut_name(name, c->names[i], 24));
        str_printf(out,
                   "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"18\" rx=\"2\" "
                   "fill=\"%s\"/>\n",
                   x, y + 2, fabs(v) * scale, colour(0));
        if (isnan(s->y[i]))
            str_puts(&value, "missing");
        else
            put_short(&value, s->y[i]);
        put_text_at(out, (v < 0 ? zero : zero + v * scale) + 6, y + 15, "", value.ptr);
        str_done(&value);
    }
    put_text_at(out, left, height - 16, "", c->x_label);
    str_puts(out, "</svg>\n");
}

static void put_grid(struct str *out, const struct chart *c)
{
    const double *counts = c->series[0].y;
    size_t n = c->name_count;
    double cell = n > 6 ? 340.0 / (double)n : 84, left = 150, top = 56, most = 1;
    char name[160];

    for (size_t i = 0; i < n * n; i++)
        most = counts[i] > most ? counts[i] : most;
    open_svg(out, c, top + cell * (double)n + 24);
    put_text_at(out, left + cell * (double)n / 2, 16, " text-anchor=\"middle\"", c->x_label);
    str_printf(out, "<text transform=\"translate(16 %.1f) rotate(-90)\" text-anchor=\"middle\">",
               top + cell * (double)n / 2);
    str_put_html(out, slice_of(c->y_label));
    str_puts(out, "</text>\n");
    for (size_t r = 0; r < n; r++) {
        put_text_at(out, left + cell * ((double)r + 0.5), top - 10, " text-anchor=\"middle\"",
                    cut_name(name, c->names[r], n > 6 ? 4 : 11));
        put_text_at(out, left - 10, top + cell * ((double)r + 0.5) + 4, " text-anchor=\"end\"",
                    cut_name(name, c->names[r], 16));
        for (size_t k = 0; k < n; k++) {
            struct str value = STR_INIT;
            double x = left + cell * (double)k, y = top + cell * (double)r;

            str_printf(out,
                       "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" "
                       "fill-opacity=\"%.2f\" stroke=\"currentColor\" stroke-opacity=\"0.3\"/>\n",
                       x, y, cell, cell, colour(r == k ? 2 : 1),
                       0.08 + 0.5 * counts[r * n + k] / most);
            str_printf(&value, "%.0f", counts[r * n + k]);
            put_text_at(out, x + cell / 2, y + cell / 2 + 5, " text-anchor=\"middle\"", value.ptr);
            str_done(&value);
        }
    }
    str_puts(out, "</svg>\n");
}

void chart_put_svg(struct str *out, const struct chart *c)
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
