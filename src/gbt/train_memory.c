/*
 * What training will need, said before it starts. The estimate counts what is
 * proportional to rows, columns, outputs and histograms; what is free is the
 * least of the system's available memory, the control group's and the
 * process's own limit. Where the system does not say, nothing is refused.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "gbt/train.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>

double gbt_train_memory(size_t rows, size_t columns, size_t outputs, const struct lk_params *p,
                        int threads)
{
    /* two copies; with 256 bins and missing values a bin takes two bytes as well */
    double n = (double)rows, bins = (p->max_bin > 256 ? 4.0 : 2.0) * (double)columns * n;
    double binning = n * (16 * sizeof(float) + threads * 2.0 * sizeof(uint64_t));
    size_t slots = columns * ((size_t)p->max_bin + 5);
    double rounds = n * (double)outputs * (sizeof(float) + sizeof(struct gbt_gradient));

    if (p->booster == GBT_GBLINEAR)
        return rounds;
    return bins + fmax(binning, rounds + gbt_grower_memory(rows, slots, p, threads));
}

/* The number in a file of /proc or /sys after `key` (NULL: the first), or infinity. */
static double number_in(const char *path, const char *key)
{
    struct str text = STR_INIT;
    struct slice rest, line;
    double found = INFINITY;

    if (file_read(&text, path, 1 << 20, NULL)) {
        str_done(&text);
        return INFINITY;
    }
    rest = slice_str(&text);
    while (isinf(found) && slice_line(&rest, &line)) {
        struct slice word;

        if (key && !slice_starts(line, key))
            continue;
        line = slice_trim(slice_from(line, key ? strlen(key) : 0));
        slice_split(&line, ' ', &word);
        if (!number_parse_double(word, &found))
            found = INFINITY;
        if (!key)
            break;
    }
    str_done(&text);
    return found;
}

/* What is used already; nothing where it cannot be read, as in a lab's sandbox. */
static double used_in(const char *path, const char *key)
{
    double found = number_in(path, key);

    return isfinite(found) ? found : 0;
}

double gbt_memory_free(void)
{
    double left = 1024 * number_in("/proc/meminfo", "MemAvailable:");
    double group = number_in("/sys/fs/cgroup/memory.max", NULL);
    struct rlimit limit;

    if (isfinite(group))
        left = fmin(left, group - used_in("/sys/fs/cgroup/memory.current", NULL));
    if (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur != RLIM_INFINITY)
        left = fmin(left, (double)limit.rlim_cur - 1024 * used_in("/proc/self/status", "VmSize:"));
    return fmax(left, 0);
}

enum lk_status gbt_memory_check(double need, size_t rows, size_t columns, struct lk_error *err)
{
    double left = gbt_memory_free();

    if (!(need > left))
        return LK_OK;
    return error_set(err, LK_ELIMIT,
                     "training on %zu rows of %zu features needs about %.1f GB, and %.1f GB are "
                     "free; train on fewer rows (labkit data sample) or on a larger machine",
                     rows, columns, need / 1e9, left / 1e9);
}
