/*
 * Gaussian process regression (Rasmussen and Williams, chapters 2 and 5).
 *
 * y is brought to mean 0 and deviation 1 first. The covariance is Matern's with
 * nu = 5/2: smooth, but not so smooth that a cliff misleads it,
 *
 *     k(a, b) = s (1 + r + r^2/3) exp(-r),  r^2 = 5 sum (a_i - b_i)^2 / l_i^2
 *
 * with a length l_i for each axis, so that a setting that does not matter gets
 * a long one. Lengths, amplitude s and noise are those of the highest posterior:
 * likelihood of y times priors that keep them sane while points are few. They
 * are sought along one logarithm at a time in shrinking steps, from a fixed
 * start: no derivative, no chance, the same answer everywhere.
 *
 * K + noise = L L' (Cholesky); alpha = K^-1 y. Adding a point adds a row to L.
 */
#include "gbt/tune_gp.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Logarithms of the lengths (d), then of the amplitude, then of the noise's variance. */
struct belief {
    double log[GP_DIMENSIONS + 2];
};

/* The same, as the covariance wants it. */
struct form {
    double inverse[GP_DIMENSIONS]; /* 1 / l */
    double amplitude, noise;
};

struct gp {
    size_t n, cap, d;
    bool words[GP_DIMENSIONS];
    double *x;         /* (cap, d) */
    double *y, *alpha; /* (cap), y in deviations from its mean */
    double *lower;     /* (cap, cap), row by row */
    double mean, scale;
    struct belief b;
    struct form form;
};

static const double JITTER = 1e-8;

static struct form form_of(const struct gp *g, const struct belief *b)
{
    struct form f = {.amplitude = exp(b->log[g->d]), .noise = exp(b->log[g->d + 1]) + JITTER};

    for (size_t i = 0; i < g->d; i++)
        f.inverse[i] = exp(-b->log[i]);
    return f;
}

static double covariance(const struct gp *g, const double *p, const double *q)
{
    double sum = 0, r;

    for (size_t i = 0; i < g->d; i++) {
        double away = g->words[i] ? p[i] != q[i] : p[i] - q[i];

        away *= g->form.inverse[i];
        sum += away * away;
    }
    r = sqrt(5 * sum);
    return g->form.amplitude * (1 + r + r * r / 3) * exp(-r);
}

/* Row i of L from rows before it; false where the matrix is not positive definite. */
static bool add_row(struct gp *g, size_t i)
{
    double *row = g->lower + i * g->cap, rest;

    for (size_t j = 0; j <= i; j++) {
        const double *other = g->lower + j * g->cap;
        double v = covariance(g, g->x + i * g->d, g->x + j * g->d);

        for (size_t k = 0; k < j; k++)
            v -= row[k] * other[k];
        if (j < i)
            row[j] = v / other[j];
        else
            row[i] = v;
    }
    rest = row[i] + g->form.noise;
    row[i] = sqrt(rest > 0 ? rest : JITTER);
    return rest > 0;
}

static void solve_lower(const struct gp *g, double *v)
{
    for (size_t i = 0; i < g->n; i++) {
        const double *row = g->lower + i * g->cap;

        for (size_t k = 0; k < i; k++)
            v[i] -= row[k] * v[k];
        v[i] /= row[i];
    }
}

static void solve_upper(const struct gp *g, double *v)
{
    for (size_t i = g->n; i-- > 0;) {
        for (size_t k = i + 1; k < g->n; k++)
            v[i] -= g->lower[k * g->cap + i] * v[k];
        v[i] /= g->lower[i * g->cap + i];
    }
}

/* L and alpha under a belief, and the logarithm of its posterior, up to a constant. */
static double believe(struct gp *g, const struct belief *b)
{
    double log_posterior = 0;

    g->form = form_of(g, b);
    for (size_t i = 0; i < g->n; i++)
        if (!add_row(g, i))
            return -INFINITY;
    memcpy(g->alpha, g->y, g->n * sizeof *g->alpha);
    solve_lower(g, g->alpha);
    for (size_t i = 0; i < g->n; i++)
        log_posterior -= g->alpha[i] * g->alpha[i] / 2 + log(g->lower[i * g->cap + i]);
    solve_upper(g, g->alpha);
    for (size_t i = 0; i < g->d; i++) /* lengths about a half, give or take a factor e */
        log_posterior -= pow(b->log[i] - log(0.5), 2) / 2;
    log_posterior -= pow(b->log[g->d], 2) / 2;
    log_posterior -= pow((b->log[g->d + 1] - log(1e-2)) / 2, 2) / 2;
    return log_posterior;
}

static void seek_belief(struct gp *g)
{
    double best = believe(g, &g->b);

    for (double step = 1; step > 0.2; step /= 2) {
        for (int sweep = 0; sweep < 2; sweep++)
            for (size_t i = 0; i < g->d + 2; i++)
                for (int way = -1; way <= 1; way += 2) {
                    struct belief other = g->b;
                    double found;

                    other.log[i] += way * step;
                    found = believe(g, &other);
                    if (found > best) {
                        best = found;
                        g->b = other;
                    }
                }
    }
    believe(g, &g->b);
}

static void standardize(struct gp *g, const double *y)
{
    double sum = 0, squares = 0;

    for (size_t i = 0; i < g->n; i++)
        sum += y[i];
    g->mean = sum / (double)g->n;
    for (size_t i = 0; i < g->n; i++)
        squares += (y[i] - g->mean) * (y[i] - g->mean);
    g->scale = sqrt(squares / (double)g->n);
    if (!(g->scale > 1e-12 * fabs(g->mean)) || !(g->scale > 0))
        g->scale = 1;
    for (size_t i = 0; i < g->n; i++)
        g->y[i] = (y[i] - g->mean) / g->scale;
}

static void make_room(struct gp *g, size_t cap)
{
    double *lower = mem_calloc(cap * cap, sizeof *lower);

    for (size_t i = 0; i < g->n && g->lower; i++)
        memcpy(lower + i * cap, g->lower + i * g->cap, g->n * sizeof *lower);
    free(g->lower);
    g->lower = lower;
    g->x = mem_resize(g->x, cap * g->d, sizeof *g->x);
    g->y = mem_resize(g->y, cap, sizeof *g->y);
    g->alpha = mem_resize(g->alpha, cap, sizeof *g->alpha);
    g->cap = cap;
}

struct gp *gp_fit(const double *x, const double *y, size_t n, size_t d, const bool *words)
{
    struct gp *g = mem_calloc(1, sizeof *g);

    g->d = d;
    make_room(g, n + 8);
    g->n = n;
    memcpy(g->words, words, d * sizeof *words);
    memcpy(g->x, x, n * d * sizeof *x);
    standardize(g, y);
    for (size_t i = 0; i < d; i++)
        g->b.log[i] = log(0.5);
    g->b.log[d + 1] = log(1e-2);
    seek_belief(g);
    return g;
}

void gp_add(struct gp *g, const double *x, double y)
{
    if (g->n == g->cap)
        make_room(g, g->cap * 2);
    memcpy(g->x + g->n * g->d, x, g->d * sizeof *x);
    g->y[g->n] = (y - g->mean) / g->scale;
    add_row(g, g->n++);
    memcpy(g->alpha, g->y, g->n * sizeof *g->alpha);
    solve_lower(g, g->alpha);
    solve_upper(g, g->alpha);
}

void gp_predict(const struct gp *g, const double *x, double *mean, double *deviation)
{
    double *k = mem_alloc(g->n * sizeof *k), m = 0, v = g->form.amplitude;

    for (size_t i = 0; i < g->n; i++) {
        k[i] = covariance(g, x, g->x + i * g->d);
        m += k[i] * g->alpha[i];
    }
    solve_lower(g, k);
    for (size_t i = 0; i < g->n; i++)
        v -= k[i] * k[i];
    *mean = g->mean + g->scale * m;
    *deviation = g->scale * sqrt(v > 0 ? v : 0);
    free(k);
}

void gp_free(struct gp *g)
{
    if (!g)
        return;
    free(g->x);
    free(g->y);
    free(g->alpha);
    free(g->lower);
    free(g);
}
