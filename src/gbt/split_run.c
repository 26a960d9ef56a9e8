/*
 * The arithmetic of split.c for four candidates at a time: the same steps in the
 * same order, each rounded as it is there, with both sides of a question worked
 * out and one of them taken. The portable and the AVX2 version are one text and
 * give the same bits; which is used is decided when the program runs.
 */
#include "gbt/split_run.h"

#include <float.h>
#include <string.h>

enum { LANES = 4 };

typedef double doubles __attribute__((vector_size(LANES * sizeof(double)), may_alias));
typedef int64_t longs __attribute__((vector_size(LANES * sizeof(int64_t))));
typedef float floats __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t ints __attribute__((vector_size(LANES * sizeof(int32_t))));

#define ALL(x) ((doubles){x, x, x, x})
#define INLINE static inline __attribute__((always_inline))

#define CHOOSE(which, yes, no) ((doubles)(((longs)(yes) & (which)) | ((longs)(no) & ~(which))))

struct rules {
    double lambda, alpha, least; /* least: min_child_weight */
    bool rules_1_7;
};

/* A side's gain: gain_of of split.c with the weight that belongs to it. */
INLINE void gain(floats *out, const struct rules *r, const doubles *sum_g, const doubles *sum_h)
{
    doubles g = *sum_g, h = *sum_h, high = ALL(r->alpha), low = ALL(-r->alpha);
    doubles total = h + ALL(r->lambda), v, size;
    doubles t = g - CHOOSE(g > high, high, CHOOSE(g < low, low, g)); /* the soft threshold */
    floats w;

    if (r->rules_1_7) {
        *out = __builtin_convertvector(CHOOSE(h > ALL(0), t * t / total, ALL(0)), floats);
        return;
    }
    w = __builtin_convertvector(-t / total, floats);
    v = __builtin_convertvector(w, doubles);
    size = CHOOSE(v < ALL(0), -v, v);
    *out = __builtin_convertvector(-(ALL(2) * g * v + total * (v * v) + ALL(2 * r->alpha) * size),
                                   floats);
}

/* The sums of both sides as numbers, (GBT_RUN) each. */
struct sides {
    _Alignas(sizeof(doubles)) double gl[GBT_RUN], hl[GBT_RUN], gr[GBT_RUN], hr[GBT_RUN];
};

INLINE void convert(struct sides *to, const struct gbt_split_run *run, size_t n,
                    const struct gbt_split_rules *r, struct gbt_sum all)
{
    for (size_t i = 0; i < n; i++) {
        struct gbt_sum left = run->left[i];

        to->gl[i] = (double)left.g * r->g_unit;
        to->hl[i] = (double)left.h * r->h_unit;
        to->gr[i] = (double)(all.g - left.g) * r->g_unit;
        to->hr[i] = (double)(all.h - left.h) * r->h_unit;
    }
    for (size_t i = n; i % LANES; i++)
        to->gl[i] = to->hl[i] = to->gr[i] = to->hr[i] = 0;
}

INLINE void weigh(struct gbt_split_run *run, size_t n, const struct gbt_split_rules *by,
                  const struct gbt_split_node *node)
{
    const struct rules r = {(double)by->lambda, (double)by->alpha, (double)by->min_child_weight,
                            by->rules_1_7};
    const floats none = {0, 0, 0, 0}, most = none + FLT_MAX;
    struct sides s;

    convert(&s, run, n, by, node->sum);
    for (size_t i = 0; i < n; i += LANES) {
        doubles gl = *(doubles *)&s.gl[i], hl = *(doubles *)&s.hl[i];
        doubles gr = *(doubles *)&s.gr[i], hr = *(doubles *)&s.hr[i];
        longs allowed = (hl >= ALL(r.least)) & (hr >= ALL(r.least));
        floats left, right, change;
        ints kept;

        if (!r.rules_1_7)
            allowed &= (hl > ALL(0)) & (hr > ALL(0));
        gain(&left, &r, &gl, &hl);
        gain(&right, &r, &gr, &hr);
        change = left + right - (none + node->gain);
        kept = __builtin_convertvector(allowed, ints) & (change <= most);
        change = (floats)((ints)change & kept);
        memcpy(run->change + i, &change, sizeof change);
    }
}

static void portable(struct gbt_split_run *run, size_t n, const struct gbt_split_rules *r,
                     const struct gbt_split_node *node)
{
    weigh(run, n, r, node);
}

#if defined __x86_64__
__attribute__((target("avx2"))) static void avx2(struct gbt_split_run *run, size_t n,
                                                 const struct gbt_split_rules *r,
                                                 const struct gbt_split_node *node)
{
    weigh(run, n, r, node);
}
#endif

void gbt_split_run_weigh(struct gbt_split_run *run, size_t n, const struct gbt_split_rules *r,
                         const struct gbt_split_node *node)
{
#if defined __x86_64__
    if (r->wide) {
        avx2(run, n, r, node);
        return;
    }
#endif
    portable(run, n, r, node);
}
