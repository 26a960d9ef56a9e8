/*
 * What the label follows is a straight part, a product and a bend, so that
 * trees have something to find that a line would miss. Values have six
 * decimals: short in a file, and the same after a trip through one.
 */
#include "gbt/generate.h"

#include <math.h>

/* splitmix64, as a number in (0, 1). */
static double uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return ((double)((z ^ z >> 31) >> 11) + 0.5) * 0x1p-53;
}

static double rounded(double v)
{
    return nearbyint(v * 1e6) / 1e6;
}

static double normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(uniform(state)));

    return radius * cos(6.283185307179586 * uniform(state));
}

static double signal(const double *x, int64_t n)
{
    double s = x[0];

    if (n > 2)
        s += x[1] * x[2];
    if (n > 3)
        s += fabs(x[3]) - 0.8;
    if (n > 4)
        s -= 0.5 * x[4];
    return s;
}

static double make_label(const struct gbt_recipe *r, double s, uint64_t *state)
{
    double class;

    switch (r->kind) {
    case GBT_LABEL_BINARY:
        return uniform(state) < 1 / (1 + exp(-1.5 * s));
    case GBT_LABEL_CLASSES: /* the bell curve's share below, in equal parts */
        class = floor(0.5 * erfc(-(s + 0.3 * normal(state)) / 2.2) * (double)r->classes);
        return class < (double)r->classes ? class : (double)r->classes - 1;
    case GBT_LABEL_NUMBER:
        return rounded(s + 0.3 * normal(state));
    }
    return 0;
}

double gbt_generate_row(const struct gbt_recipe *r, double *x, uint64_t *state)
{
    double label;

    for (int64_t c = 0; c < r->columns; c++)
        x[c] = rounded(normal(state));
    label = make_label(r, signal(x, r->columns), state);
    for (int64_t c = 0; c < r->columns; c++)
        x[c] = r->missing > 0 && uniform(state) < r->missing ? NAN : x[c];
    return label;
}
