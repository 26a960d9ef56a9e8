/*
 * Eight bytes at a time, to get over text in which nothing is special. A test
 * gives a word that is zero when no byte passes it, and otherwise not; which
 * byte it was, the caller finds out one by one.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdint.h>
#include <string.h>

#define BYTES_EACH(c) (0x0101010101010101u * (uint64_t)(c))

static inline uint64_t bytes_load(const char *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof w);
    return w;
}

/* Is one zero? */
static inline uint64_t bytes_zero(uint64_t w)
{
    return (w - BYTES_EACH(1)) & ~w & BYTES_EACH(0x80);
}

static inline uint64_t bytes_equal(uint64_t w, unsigned char c)
{
    return bytes_zero(w ^ BYTES_EACH(c));
}

/* Is one less than c, which is at most 128, or none of ASCII? */
static inline uint64_t bytes_outside(uint64_t w, unsigned char c)
{
    return ((w - BYTES_EACH(c)) | w) & BYTES_EACH(0x80);
}

#endif
