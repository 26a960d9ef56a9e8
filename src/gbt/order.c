/*
 * Sorting row numbers by a float. A float's bits, with the sign turned round,
 * order as unsigned integers do; so long columns are sorted by three counting
 * passes of 11 bits, and short ones by insertion.
 */
#include "gbt/order.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { BITS = 11, BUCKETS = 1 << BITS, PASSES = 3, SHORT = 48 };

/* -0 is 0; flip is all ones for falling order. */
static uint32_t key(float value, uint32_t flip)
{
    uint32_t bits;

    value += 0.0f;
    memcpy(&bits, &value, sizeof bits);
    bits ^= bits >> 31 ? 0xffffffffu : 0x80000000u;
    return bits ^ flip;
}

static void insertion(uint32_t *order, const float *values, size_t n, uint32_t flip)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t k = key(values[i], flip);
        size_t j = i;

        while (j && key(values[order[j - 1]], flip) > k) {
            order[j] = order[j - 1];
            j--;
        }
        order[j] = (uint32_t)i;
    }
}

struct item {
    uint32_t key, at;
};

static void pass(struct item *to, const struct item *from, size_t n, int shift)
{
    size_t *start = mem_calloc(BUCKETS + 1, sizeof *start);

    for (size_t i = 0; i < n; i++)
        start[(from[i].key >> shift & (BUCKETS - 1)) + 1]++;
    for (size_t b = 0; b < BUCKETS; b++)
        start[b + 1] += start[b];
    for (size_t i = 0; i < n; i++)
        to[start[from[i].key >> shift & (BUCKETS - 1)]++] = from[i];
    free(start);
}

static void sort(uint32_t *order, const float *values, size_t n, uint32_t flip)
{
    struct item *a, *b;

    if (n <= SHORT) {
        insertion(order, values, n, flip);
        return;
    }
    a = mem_alloc(2 * n * sizeof *a);
    b = a + n;
    for (size_t i = 0; i < n; i++)
        a[i] = (struct item){key(values[i], flip), (uint32_t)i};
    for (int p = 0; p < PASSES; p++)
        pass(p % 2 ? a : b, p % 2 ? b : a, n, p * BITS);
    for (size_t i = 0; i < n; i++)
        order[i] = b[i].at;
    free(a);
}

void gbt_order_falling(uint32_t *order, const float *values, size_t n)
{
    sort(order, values, n, 0xffffffffu);
}

void gbt_order_rising(uint32_t *order, const float *values, size_t n)
{
    sort(order, values, n, 0);
}
