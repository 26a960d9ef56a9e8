/*
 * What only an operating system knows of memory. What is left is the least of
 * the system's available memory, the control group's and the process's own
 * limit.
 */
#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

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

double mem_left(void)
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

void mem_hint_large(void *p, size_t size)
{
    const size_t large = (size_t)2 << 20;
    size_t begin = ((size_t)p + large - 1) & ~(large - 1), end = ((size_t)p + size) & ~(large - 1);

    if (begin < end)
        (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
}
