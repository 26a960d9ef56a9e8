/*
 * One line of points a feature: across, how far it moved the prediction of a
 * row; the colour, whether the feature's value was low or high there. Points
 * that would cover each other are moved apart, up and down in turn.
 */
#include "lab/swarm.h"

#include <math.h>
#include <stdlib.h>

static int stronger(const void *a, const void *b)
{
    const struct swarm_rank *x = a, *y = b;

    if (x->mean != y->mean)
        return x->mean < y->mean ? 1 : -1;
    return (x->feature > y->feature) - (x->feature < y->feature);
}

void swarm_rank(struct swarm_rank *rank, const struct swarm *s)
{
    for (size_t f = 0; f < s->features; f++) {
        rank[f] = (struct swarm_rank){f, 0};
        for (size_t r = 0; r < s->rows; r++)
            rank[f].mean += fabs((double)s->contributions[r * s->width + f]);
        rank[f].mean /= s->rows ? (double)s->rows : 1;
    }
    qsort(rank, s->features, sizeof *rank, stronger);
}

/* Where each value stands between the smallest and the largest of its feature; NaN for none. */
static void shade_of(double *shade, const struct swarm *s, size_t f)
{
    double low = INFINITY, high = -INFINITY;

    for (size_t r = 0; r < s->rows; r++) {
        double v = (double)s->values[r * s->features + f];

        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    for (size_t r = 0; r < s->rows; r++)
        shade[r] = high > low ? ((double)s->values[r * s->features + f] - low) / (high - low) : 0.5;
}

static void spread(double *y, const double *x, size_t n, double centre, double span)
{
    for (size_t i = 0; i < n; i++) {
        int near = 0;

        for (size_t k = 0; k < i; k++)
            near += fabs(x[k] - x[i]) < span / 120;
        y[i] = centre + (near % 2 ? 1 : -1) * ((near + 1) / 2) * 0.07;
        y[i] = y[i] > centre + 0.42 ? centre + 0.42 : y[i] < centre - 0.42 ? centre - 0.42 : y[i];
    }
}

void chart_swarm(struct chart *c, const struct swarm *s, size_t top, const char *title)
{
    struct swarm_rank *rank = mem_calloc(s->features, sizeof *rank);
    double *x, *y, *shade, low = 0, high = 0;
    size_t n;

    swarm_rank(rank, s);
    top = top < s->features ? top : s->features;
    n = top * s->rows;
    chart_init(c, CHART_XY, title ? title : "What moved the predictions (SHAP)");
    x = mem_calloc(2 * n + 1, sizeof *x);
    y = x + n;
    shade = arena_alloc(&c->arena, n * sizeof *shade); /* a series borrows it */
    for (size_t i = 0; i < n; i++) {
        x[i] = (double)s->contributions[(i % s->rows) * s->width + rank[i / s->rows].feature];
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    for (size_t i = 0; i < top; i++) {
        spread(y + i * s->rows, x + i * s->rows, s->rows, (double)(top - 1 - i), high - low);
        shade_of(shade + i * s->rows, s, rank[i].feature);
        chart_name(c, s->names[rank[top - 1 - i].feature]);
    }
    chart_add(c, "", MARK_POINTS, x, y, n)->shade = shade;
    c->shade_low = "low value";
    c->shade_high = "high value";
    c->x_label = "moves the prediction down (left) or up (right)";
    c->summary = chart_text(c,
                            "Contributions of the %zu strongest features over %zu rows; the "
                            "strongest is %s.",
                            top, s->rows, top ? s->names[rank[0].feature] : "none");
    free(rank);
    free(x);
}
