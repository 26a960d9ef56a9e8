/* May loops be run that are compiled for AVX2? LABKIT_PORTABLE says no; both give the same bits. */
#ifndef GBT_WIDE_H
#define GBT_WIDE_H

#include <stdbool.h>
#include <stdlib.h>

static inline bool gbt_may_be_wide(void)
{
#if defined __x86_64__
    return __builtin_cpu_supports("avx2") && !getenv("LABKIT_PORTABLE");
#else
    return false;
#endif
}

#endif
