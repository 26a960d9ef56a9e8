/*
 * All three checksums are reflected CRCs, so that one loop serves them in a
 * 64-bit register (a 32-bit CRC is one whose upper half stays zero).
 *
 * Where the processor multiplies without carries, long runs are folded into
 * 16 bytes with the same remainder (crc_fold.c); what is left goes through
 * tables, "slicing by sixteen": sixteen bytes a step, where table[k][b] is the
 * CRC of byte b followed by k zero bytes. Tables are filled once, on first
 * use, from the polynomial.
 */
#include "base/crc.h"

#include "base/crc_internal.h"

#include <pthread.h>
#include <stdlib.h>

enum { SLICES = 16 };

const struct crc_shape crc_shapes[CRC_KINDS] = {
    [CRC32] = {32, 0xedb88320u},
    [CRC32C] = {32, 0x82f63b78u},
    [CRC64NVME] = {64, 0x9a6c9329ac4bc9b5u},
};

static uint64_t tables[CRC_KINDS][SLICES][256];
static bool folds;

static void fill_table(uint64_t table[SLICES][256], uint64_t polynomial)
{
    for (unsigned b = 0; b < 256; b++) {
        uint64_t crc = b;

        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ polynomial : crc >> 1;
        table[0][b] = crc;
    }
    for (int k = 1; k < SLICES; k++)
        for (unsigned b = 0; b < 256; b++)
            table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 0xff];
}

static void prepare(void)
{
    for (int kind = 0; kind < CRC_KINDS; kind++)
        fill_table(tables[kind], crc_shapes[kind].polynomial);
    folds = crc_can_fold() && !getenv("LABKIT_PORTABLE");
}

static void prepare_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, prepare);
}

static uint64_t little_endian(const uint8_t *p)
{
    uint64_t x = 0;

    for (int i = 7; i >= 0; i--)
        x = x << 8 | p[i];
    return x;
}

/* What the eight bytes of x become when they are followed by what t[0] is for. */
static inline uint64_t slice_eight(uint64_t (*t)[256], uint64_t x)
{
    return t[7][x & 0xff] ^ t[6][x >> 8 & 0xff] ^ t[5][x >> 16 & 0xff] ^ t[4][x >> 24 & 0xff] ^
           t[3][x >> 32 & 0xff] ^ t[2][x >> 40 & 0xff] ^ t[1][x >> 48 & 0xff] ^ t[0][x >> 56];
}

uint64_t crc_by_tables(enum crc_kind kind, uint64_t crc, const uint8_t *p, size_t len)
{
    uint64_t(*t)[256] = tables[kind];

    prepare_once();
    for (; len >= SLICES; p += SLICES, len -= SLICES)
        crc = slice_eight(t + 8, crc ^ little_endian(p)) ^ slice_eight(t, little_endian(p + 8));
    for (; len; p++, len--)
        crc = crc >> 8 ^ t[0][(crc ^ *p) & 0xff];
    return crc;
}

static uint64_t add(enum crc_kind kind, uint64_t crc, const void *ptr, size_t len)
{
    const uint8_t *p = ptr;
    uint8_t rest[CRC_REST];
    size_t folded = 0;

    prepare_once();
    if (folds)
        folded = crc_fold(rest, kind, crc, p, len);
    if (folded)
        crc = crc_by_tables(kind, 0, rest, CRC_REST);
    return crc_by_tables(kind, crc, p + folded, len - folded);
}

uint32_t crc32_add(uint32_t crc, const void *ptr, size_t len)
{
    return ~(uint32_t)add(CRC32, (uint32_t)~crc, ptr, len);
}

uint32_t crc32c_add(uint32_t crc, const void *ptr, size_t len)
{
    return ~(uint32_t)add(CRC32C, (uint32_t)~crc, ptr, len);
}

uint64_t crc64nvme_add(uint64_t crc, const void *ptr, size_t len)
{
    return ~add(CRC64NVME, ~crc, ptr, len);
}
