/*
 * A summary is a list of entries in order of their values, each with bounds of
 * its rank: at least rmin and at most rmax of the whole weight lie below it and
 * at it. Values are queued; a full queue becomes a summary of exact ranks,
 * which is merged into a ladder of levels as a binary counter adds: two
 * summaries of a level make one of the next. Whatever grows beyond the limit is
 * pruned to entries that lie evenly.
 *
 * The limit is such that ranks are known to a share of a bin (an eighth before
 * 3.3, a half since), and never less than it takes to keep max_bin values.
 * Since 3.3 cuts are found by asking for ranks, before by pruning once more to
 * as many entries as there are bins. All in float, in XGBoost's order.
 */
#include "gbt/sketch.h"
#include "base/mem.h"
#include "gbt/cuts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 48 };

struct entry {
    float rmin, rmax, weight, value;
};

struct summary {
    struct entry *e;
    size_t n;
};

struct sketch {
    size_t limit;            /* entries of a level */
    uint64_t *queue, *spare; /* (2 limit) words of value and weight */
    size_t queued, pushed;
    struct summary level[LEVELS]; /* (limit) each, NULL until it is used */
    struct summary temp, work;    /* (2 limit) */
};

static float after(const struct entry *e)
{
    return e->rmin + e->weight;
}

static float before(const struct entry *e)
{
    return e->rmax - e->weight;
}

/* ---- summaries ----------------------------------------------------------------- */

static void copy(struct summary *to, const struct summary *from)
{
    memmove(to->e, from->e, from->n * sizeof *to->e);
    to->n = from->n;
}

/* Keep the ends, and between them the entries nearest to even ranks; in place. */
static void prune(struct summary *s, size_t most)
{
    struct entry *e = s->e;
    size_t n = s->n, i = 1, last = 0;
    float begin, range;

    if (n <= most)
        return;
    begin = e[0].rmax;
    range = e[n - 1].rmin - e[0].rmax;
    s->n = 1;
    if (most == 1)
        return;
    for (size_t k = 1; k < most - 1; k++) {
        float twice = 2 * (((float)k * range) / (float)(most - 1) + begin);
        size_t chosen;

        while (i < n - 1 && twice >= e[i + 1].rmax + e[i + 1].rmin)
            i++;
        if (i == n - 1)
            break;
        chosen = twice < after(&e[i]) + before(&e[i + 1]) ? i : i + 1;
        if (chosen != last)
            e[s->n++] = e[chosen];
        last = chosen;
    }
    if (last != n - 1)
        e[s->n++] = e[n - 1];
}

/* Rounding may have put bounds out of order. */
static void mend(struct summary *s)
{
    float rmin = 0, rmax = 0;

    for (size_t i = 0; i < s->n; i++) {
        struct entry *e = &s->e[i];

        e->rmin = e->rmin < rmin ? rmin : e->rmin;
        rmin = e->rmin;
        e->rmax = e->rmax < rmax ? rmax : e->rmax;
        e->rmax = e->rmax < after(e) ? after(e) : e->rmax;
        rmax = e->rmax;
    }
}

/* An entry of one side that falls between two of the other. */
static struct entry between(const struct entry *e, float below, float above)
{
    return (struct entry){e->rmin + below, e->rmax + above, e->weight, e->value};
}

/* a becomes a and b together; work has room for both. */
static void combine(struct summary *a, const struct summary *b, struct summary *work)
{
    const struct entry *x = a->e, *x_end = a->e + a->n, *y = b->e, *y_end = b->e + b->n;
    struct entry *to = work->e;
    float below_x = 0, below_y = 0;

    if (!a->n || !b->n) {
        if (b->n)
            copy(a, b);
        return;
    }
    while (x != x_end && y != y_end) {
        if (x->value == y->value) {
            *to++ = (struct entry){x->rmin + y->rmin, x->rmax + y->rmax, x->weight + y->weight,
                                   x->value};
            below_x = after(x++);
            below_y = after(y++);
        } else if (x->value < y->value) {
            *to++ = between(x, below_y, before(y));
            below_x = after(x++);
        } else {
            *to++ = between(y, below_x, before(x));
            below_y = after(y++);
        }
    }
    for (; x != x_end; x++)
        *to++ = between(x, below_y, y_end[-1].rmax);
    for (; y != y_end; y++)
        *to++ = between(y, below_x, x_end[-1].rmax);
    work->n = (size_t)(to - work->e);
    mend(work);
    copy(a, work);
}

/* ---- the sketch -------------------------------------------------------------------- */

static size_t limit_for(size_t n, double share)
{
    for (size_t levels = 1;; levels++) {
        double wanted = ceil((double)levels / share) + 1;
        size_t limit = wanted < (double)n ? (size_t)wanted : n;

        if (((size_t)1 << levels) * limit >= n)
            return limit;
    }
}

/* How well ranks are to be known, of the whole weight. */
static double share_for(size_t n, size_t max_bin, bool rules_1_7)
{
    size_t bins = n < max_bin ? n : max_bin;

    return rules_1_7 ? 1.0 / (double)((float)bins * 8.0f) : 1.0 / (double)bins / 2;
}

/* The queue as a summary of exact ranks; it is empty then. */
static void drain(struct summary *out, struct sketch *s)
{
    const uint64_t *q = gbt_sort_words(s->queue, s->spare, s->queued);
    float sum = 0;

    out->n = 0;
    for (size_t i = 0, j; i < s->queued; i = j) {
        float weight = gbt_word_weight(q[i]);

        for (j = i + 1; j < s->queued && q[j] >> 32 == q[i] >> 32; j++)
            weight += gbt_word_weight(q[j]);
        out->e[out->n++] =
            (struct entry){sum, sum + weight, weight, gbt_key_float((uint32_t)(q[i] >> 32))};
        sum += weight;
    }
    s->queued = 0;
}

/* Add a summary to the ladder; it is used up. */
static void climb(struct sketch *s, struct summary *one)
{
    size_t l = 0;

    for (;; l++) {
        if (!s->level[l].e)
            s->level[l].e = mem_alloc(s->limit * sizeof(struct entry));
        prune(one, s->limit);
        combine(one, &s->level[l], &s->work);
        s->level[l].n = 0;
        if (one->n <= s->limit)
            break;
    }
    copy(&s->level[l], one);
}

static void push(struct sketch *s, float value, float weight)
{
    uint64_t word = gbt_word(value, weight), *last = s->queue + (s->queued ? s->queued - 1 : 0);

    if (weight == 0)
        return;
    s->pushed++;
    if (s->queued && *last >> 32 == word >> 32) {
        *last = gbt_word(value, gbt_word_weight(*last) + weight);
        return;
    }
    if (s->queued == 2 * s->limit) {
        drain(&s->temp, s);
        climb(s, &s->temp);
    }
    s->queue[s->queued++] = word;
}

static void sketch_init(struct sketch *s, size_t n, size_t max_bin, bool rules_1_7)
{
    size_t room;

    *s = (struct sketch){.limit = limit_for(n, share_for(n, max_bin, rules_1_7))};
    room = 2 * s->limit;
    s->queue = mem_alloc(2 * room * sizeof *s->queue);
    s->spare = s->queue + room;
    s->temp.e = mem_alloc(room * sizeof *s->temp.e);
    s->work.e = mem_alloc(room * sizeof *s->work.e);
}

static void sketch_done(struct sketch *s)
{
    for (size_t l = 0; l < LEVELS; l++)
        free(s->level[l].e);
    free(s->queue);
    free(s->temp.e);
    free(s->work.e);
}

/* ---- cuts -------------------------------------------------------------------------------- */

/* All levels together, in temp. */
static void gather(struct sketch *s, bool rules_1_7)
{
    drain(&s->temp, s);
    if (!rules_1_7) {
        climb(s, &s->temp);
        s->temp.n = 0;
    }
    prune(&s->temp, s->limit);
    for (size_t l = 0; l < LEVELS && s->level[l].e; l++) {
        combine(&s->temp, &s->level[l], &s->work);
        prune(&s->temp, s->limit);
    }
}

/* As many entries as bins, and one more; without the ends they are the cuts. */
static size_t cuts_1_7(float *value, struct summary *a, size_t n, size_t max_bin)
{
    size_t kept = n < 8 * max_bin ? n : 8 * max_bin, bins = kept < max_bin ? kept : max_bin;
    size_t cuts = 0;

    prune(a, kept);
    prune(a, bins + 1);
    for (size_t i = 1; i < a->n && i < bins; i++)
        if (!cuts || a->e[i].value > value[cuts - 1])
            value[cuts++] = a->e[i].value;
    return cuts;
}

/* The next entry above a value, from `at` on. */
static size_t above(const struct summary *a, size_t at, float value)
{
    while (at < a->n && a->e[at].value <= value)
        at++;
    return at;
}

/* The entry nearest to each of the ranks i/max_bin; one that is taken gives way to the next. */
static size_t cuts_3_3(float *value, const struct summary *a, size_t max_bin)
{
    const struct entry *e = a->e;
    double total = (double)e[a->n - 1].rmax;
    float last = e[0].value;
    size_t cuts = 0, at = 0, next = above(a, 1, last);

    if (a->n <= max_bin) {
        for (; next < a->n; next = above(a, next + 1, last))
            value[cuts++] = last = e[next].value;
        return cuts;
    }
    for (size_t i = 1; i < max_bin; i++) {
        double twice = 2.0 * ((double)i * total / (double)max_bin);
        float v;

        while (at < a->n - 2 && twice >= (double)(e[at + 1].rmin + e[at + 1].rmax))
            at++;
        v = twice < (double)(after(&e[at]) + before(&e[at + 1])) ? e[at].value : e[at + 1].value;
        if (v <= last) {
            next = above(a, next, last);
            if (next == a->n)
                break;
            v = e[next].value;
        } else if (next < a->n && e[next].value <= v) {
            next = above(a, next + 1, v);
        }
        value[cuts++] = last = v;
    }
    return cuts;
}

size_t gbt_sketch_cuts(float *value, const float *column, const float *weights, size_t n,
                       size_t max_bin, bool rules_1_7)
{
    struct sketch s;
    size_t present = 0, cuts = 0;

    for (size_t i = 0; i < n; i++)
        present += !isnan(column[i]);
    if (!present)
        return 0;
    sketch_init(&s, present, max_bin, rules_1_7);
    for (size_t i = 0; i < n; i++)
        if (!isnan(column[i]))
            push(&s, column[i], weights ? weights[i] : 1.0f);
    gather(&s, rules_1_7);
    if (!rules_1_7 && s.pushed)
        prune(&s.temp, limit_for(s.pushed, share_for(s.pushed, max_bin, false)));
    if (s.temp.n)
        cuts = rules_1_7 ? cuts_1_7(value, &s.temp, present, max_bin)
                         : cuts_3_3(value, &s.temp, max_bin);
    sketch_done(&s);
    return cuts;
}
