/*
 * What training will need, said before it starts. The estimate counts what is
 * proportional to rows, columns, outputs and histograms; what is left is the
 * system's to say (mem_left), and where it does not, nothing is refused.
 */
#include "base/error.h"
#include "base/mem.h"
#include "gbt/train.h"

#include <math.h>

double gbt_train_memory(size_t rows, size_t columns, size_t outputs, const struct lk_params *p,
                        int threads)
{
    /* two copies; with 256 bins and missing values a bin takes two bytes as well */
    double n = (double)rows, bins = (p->max_bin > 256 ? 4.0 : 2.0) * (double)columns * n;
    double binning = n * (16 * sizeof(float) + threads * 2.0 * sizeof(uint64_t));
    size_t slots = columns * ((size_t)p->max_bin + 5);
    double rounds = n * (double)outputs *
                    (sizeof(float) + sizeof(struct gbt_gradient) +
                     (p->booster == GBT_DART ? sizeof(struct gbt_fixed) : 0));

    if (p->booster == GBT_GBLINEAR)
        return rounds;
    return bins + fmax(binning, rounds + gbt_grower_memory(rows, slots, p, threads));
}

enum lk_status gbt_memory_check(double need, size_t rows, size_t columns, struct lk_error *err)
{
    double left = mem_left();

    if (!(need > left))
        return LK_OK;
    return error_set(err, LK_ELIMIT,
                     "training on %zu rows of %zu features needs about %.1f GB, and %.1f GB are "
                     "free; train on fewer rows (labkit data sample) or on a larger machine",
                     rows, columns, need / 1e9, left / 1e9);
}
