/* Building a chart, and its axes: ticks at 1, 2 or 5 times a power of ten. */
#include "lab/chart.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TICKS_WANTED = 6 };

void chart_init(struct chart *c, enum chart_kind kind, const char *title)
{
    memset(c, 0, sizeof *c);
    c->kind = kind;
    c->x_label = c->y_label = c->summary = "";
    c->title = chart_text(c, "%s", title ? title : "");
}

void chart_done(struct chart *c)
{
    arena_done(&c->arena);
}

const char *chart_text(struct chart *c, const char *fmt, ...)
{
    struct str s = STR_INIT;
    const char *kept;
    va_list args;

    va_start(args, fmt);
    str_vprintf(&s, fmt, args);
    va_end(args);
    kept = arena_strndup(&c->arena, s.ptr, s.len);
    str_done(&s);
    return kept;
}

static const double *copy(struct chart *c, const double *v, size_t n)
{
    double *own = arena_alloc(&c->arena, (n + 1) * sizeof *own);

    if (v)
        memcpy(own, v, n * sizeof *own);
    return own;
}

struct chart_series *chart_add(struct chart *c, const char *name, enum chart_mark mark,
                               const double *x, const double *y, size_t n)
{
    struct chart_series *s = &c->series[c->series_count];

    if (c->series_count == CHART_SERIES_MAX)
        return NULL;
    *s = (struct chart_series){.name = chart_text(c, "%s", name ? name : ""),
                               .mark = mark,
                               .n = n,
                               .colour = c->series_count++};
    s->x = copy(c, x, x ? n + (mark == MARK_BINS) : n);
    s->y = copy(c, y, n);
    return s;
}

void chart_name(struct chart *c, const char *name)
{
    if (c->name_count < CHART_NAMES_MAX)
        c->names[c->name_count++] = chart_text(c, "%s", name);
}

/* ---- axes ---------------------------------------------------------------- */

static void widen(double *low, double *high, const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(v[i])) {
            *low = v[i] < *low ? v[i] : *low;
            *high = v[i] > *high ? v[i] : *high;
        }
}

static double tick_step(double range)
{
    double raw = range / TICKS_WANTED, power = pow(10, floor(log10(raw)));

    for (double m = 1; m <= 5; m = m == 1 ? 2 : m == 2 ? 5 : 10)
        if (m * power >= raw * 0.999)
            return m * power;
    return 10 * power;
}

struct axis chart_axis(const struct chart *c, bool vertical)
{
    struct axis a = {INFINITY, -INFINITY, {0}, 0};
    double step, first;

    for (size_t i = 0; i < c->series_count; i++) {
        const struct chart_series *s = &c->series[i];

        if (vertical)
            widen(&a.low, &a.high, s->y, s->n);
        else
            widen(&a.low, &a.high, s->x, s->n + (s->mark == MARK_BINS));
        if (vertical && (s->mark == MARK_BINS || c->from_zero))
            widen(&a.low, &a.high, (const double[]){0}, 1);
    }
    if (vertical ? c->unit_y : c->unit_x) {
        a.low = 0;
        a.high = 1;
    }
    if (vertical && c->kind == CHART_XY && c->name_count) {
        a.low = -0.5;
        a.high = (double)c->name_count - 0.5;
        return a;
    }
    if (!(a.low <= a.high))
        a.low = 0, a.high = 1;
    if (a.low == a.high) {
        a.low -= a.low == 0 ? 1 : fabs(a.low) / 10;
        a.high += a.high == 0 ? 1 : fabs(a.high) / 10;
    }
    step = tick_step(a.high - a.low);
    first = floor(a.low / step + 1e-9);
    a.low = first * step;
    a.high = ceil(a.high / step - 1e-9) * step;
    for (double k = first; k * step <= a.high + step / 1e6 && a.ticks < 16; k++)
        a.tick[a.ticks++] = k * step == 0 ? 0 : k * step;
    return a;
}

double axis_at(const struct axis *a, double v)
{
    return (v - a->low) / (a->high - a->low);
}

void put_short(struct str *out, double v)
{
    double size = fabs(v);

    if (size >= 1e15 || (size > 0 && size < 1e-4))
        str_printf(out, "%.3g", v);
    else if (size >= 1e9)
        str_printf(out, "%.3gG", v / 1e9);
    else if (size >= 1e6)
        str_printf(out, "%.3gM", v / 1e6);
    else if (size >= 1e4)
        str_printf(out, "%.4gk", v / 1e3);
    else
        str_printf(out, "%.4g", v);
}
