/*
 * Dealing rows to folds. What is dealt is a unit: a row, or all rows of a query
 * or group. Units are put in an order of chance (a hash of the seed and the
 * unit's first row) and dealt like cards: plain ones sorted by class, so that
 * each fold gets its share of each; whole groups the largest first, each to the
 * fold that has the fewest rows.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/cv.h"
#include "gbt/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLASSES_MAX = 50 };

struct unit {
    double rank; /* class, or minus the number of rows */
    uint64_t chance;
    uint32_t first;
    uint32_t id;
};

static int by_rank(const void *a, const void *b)
{
    const struct unit *x = a, *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->chance != y->chance)
        return x->chance < y->chance ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

/* ---- rows ------------------------------------------------------------------------ */

/* Few whole values from 0 on: classes. */
static bool are_classes(const struct lk_matrix *m)
{
    if (!m->labels || m->targets != 1)
        return false;
    for (size_t r = 0; r < m->rows; r++) {
        float y = m->labels[r];

        if (!(y >= 0 && y < CLASSES_MAX && y == floorf(y)))
            return false;
    }
    return true;
}

static void deal_rows(int *fold, const struct lk_matrix *m, const struct gbt_cv_options *o)
{
    bool classes = !o->plain && are_classes(m);
    struct unit *units = mem_calloc(m->rows + 1, sizeof *units);

    for (size_t r = 0; r < m->rows; r++)
        units[r] = (struct unit){classes ? (double)m->labels[r] : 0, gbt_mix(r + 1, o->seed - 1),
                                 (uint32_t)r, (uint32_t)r};
    qsort(units, m->rows, sizeof *units, by_rank);
    for (size_t i = 0; i < m->rows; i++)
        fold[units[i].first] = (int)(i % o->folds);
    free(units);
}

/* ---- groups ------------------------------------------------------------------------ */

struct group_row {
    float group;
    uint32_t row;
};

static int by_group(const void *a, const void *b)
{
    const struct group_row *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* The unit of each row: (rows), numbered from 0; a row whose group is missing is one by itself. */
static size_t number_groups(uint32_t *unit, const struct lk_matrix *m, const float *group)
{
    struct group_row *rows = mem_calloc(m->rows + 1, sizeof *rows);
    size_t n = 0, units = 0;

    for (size_t r = 0; r < m->rows; r++)
        if (isnan(group[r]))
            unit[r] = (uint32_t)units++;
        else
            rows[n++] = (struct group_row){group[r], (uint32_t)r};
    qsort(rows, n, sizeof *rows, by_group);
    for (size_t i = 0; i < n; i++) {
        units += !i || rows[i].group != rows[i - 1].group;
        unit[rows[i].row] = (uint32_t)units - 1;
    }
    free(rows);
    return units;
}

static size_t number_queries(uint32_t *unit, const struct lk_matrix *m)
{
    for (size_t q = 0; q < m->queries; q++)
        for (size_t r = m->query_starts[q]; r < m->query_starts[q + 1]; r++)
            unit[r] = (uint32_t)q;
    return m->queries;
}

static void deal_units(int *fold, const uint32_t *unit, size_t units, const struct lk_matrix *m,
                       const struct gbt_cv_options *o)
{
    struct unit *u = mem_calloc(units + 1, sizeof *u);
    int *fold_of = mem_calloc(units + 1, sizeof *fold_of);
    size_t *held = mem_calloc(o->folds, sizeof *held);

    for (size_t r = m->rows; r-- > 0;) {
        u[unit[r]].rank--;
        u[unit[r]].first = (uint32_t)r;
        u[unit[r]].id = unit[r];
    }
    for (size_t i = 0; i < units; i++)
        u[i].chance = gbt_mix(u[i].first + 1, o->seed - 1);
    qsort(u, units, sizeof *u, by_rank);
    for (size_t i = 0; i < units; i++) {
        size_t least = 0;

        for (size_t k = 1; k < o->folds; k++)
            if (held[k] < held[least])
                least = k;
        held[least] += (size_t)-u[i].rank;
        fold_of[u[i].id] = (int)least;
    }
    for (size_t r = 0; r < m->rows; r++)
        fold[r] = fold_of[unit[r]];
    free(u);
    free(fold_of);
    free(held);
}

enum lk_status gbt_cv_deal(int **out, const struct lk_matrix *m, const struct gbt_cv_options *o,
                           struct lk_error *err)
{
    bool whole = o->group || m->query_starts;
    uint32_t *unit = mem_calloc(m->rows + 1, sizeof *unit);
    size_t units = m->rows;
    enum lk_status st = LK_OK;

    if (o->folds < 2 || o->folds > GBT_CV_FOLDS_MAX)
        st = error_set(err, LK_EUSE, "there should be 2 to %d folds, not %zu", GBT_CV_FOLDS_MAX,
                       o->folds);
    if (!st && m->rows >= UINT32_MAX / 2)
        st = error_set(err, LK_ELIMIT, "%zu rows are too many", m->rows);
    if (!st && o->group && m->query_starts)
        st = error_set(err, LK_EUSE, "rows of a query stay together already; leave the group out");
    if (!st && whole)
        units = o->group ? number_groups(unit, m, o->group) : number_queries(unit, m);
    if (!st && units < o->folds)
        st = error_set(err, LK_EUSE, "%zu %s are too few for %zu folds", units,
                       o->group ? "groups"
                       : whole  ? "queries"
                                : "rows",
                       o->folds);
    if (!st) {
        *out = mem_calloc(m->rows + 1, sizeof **out);
        if (whole)
            deal_units(*out, unit, units, m, o);
        else
            deal_rows(*out, m, o);
    }
    free(unit);
    return st;
}
