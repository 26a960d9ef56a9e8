/*
 * A CRC is linear: appending n zero bytes multiplies it by x^8n modulo the
 * polynomial. So the CRC of "AB" is A's, moved by B's length, xor B's. Moving
 * is done by squaring: multiply() is the product of two polynomials in the
 * CRC's reflected bit order, and x^8n is built from the bits of n.
 */
#include "aws/checksum.h"

#include "base/crc.h"
#include "base/digest.h"

#include <string.h>

static const struct kind {
    const char *name, *member, *header;
    int bits;
    uint64_t poly; /* reflected */
} kinds[] = {
    [CHECKSUM_NONE] = {"", "", "", 0, 0},
    [CHECKSUM_CRC32] = {"CRC32", "ChecksumCRC32", "x-amz-checksum-crc32", 32, 0xedb88320},
    [CHECKSUM_CRC64NVME] = {"CRC64NVME", "ChecksumCRC64NVME", "x-amz-checksum-crc64nvme", 64,
                            0x9a6c9329ac4bc9b5},
    [CHECKSUM_SHA256] = {"SHA256", "ChecksumSHA256", "x-amz-checksum-sha256", 0, 0},
};

const char *checksum_name(enum checksum_kind kind)
{
    return kinds[kind].name;
}

const char *checksum_member(enum checksum_kind kind)
{
    return kinds[kind].member;
}

const char *checksum_header(enum checksum_kind kind)
{
    return kinds[kind].header;
}

enum checksum_kind checksum_kind_of(const char *name)
{
    for (int k = CHECKSUM_CRC32; k <= CHECKSUM_SHA256; k++)
        if (!strcmp(name, kinds[k].name))
            return (enum checksum_kind)k;
    return CHECKSUM_NONE;
}

void checksum_begin(struct checksum *c, enum checksum_kind kind)
{
    *c = (struct checksum){kind, 0, kind == CHECKSUM_SHA256 ? digest_new(DIGEST_SHA256) : NULL};
}

void checksum_add(struct checksum *c, const void *ptr, size_t n)
{
    if (c->kind == CHECKSUM_CRC32)
        c->crc = crc32_add((uint32_t)c->crc, ptr, n);
    else if (c->kind == CHECKSUM_CRC64NVME)
        c->crc = crc64nvme_add(c->crc, ptr, n);
    else if (c->digest)
        digest_add(c->digest, ptr, n);
}

void checksum_put_crc(struct str *base64, enum checksum_kind kind, uint64_t crc)
{
    uint8_t bytes[8];
    int n = kinds[kind].bits / 8;

    for (int i = 0; i < n; i++)
        bytes[i] = (uint8_t)(crc >> (8 * (n - 1 - i)));
    str_put_base64(base64, bytes, (size_t)n);
}

void checksum_end(struct checksum *c, struct str *base64)
{
    uint8_t sum[DIGEST_MAX];

    if (c->digest)
        str_put_base64(base64, sum, digest_end(c->digest, sum));
    else if (c->kind != CHECKSUM_NONE)
        checksum_put_crc(base64, c->kind, c->crc);
    digest_free(c->digest);
    c->digest = NULL;
}

/* a times b modulo the polynomial; the highest bit is x^0. */
static uint64_t multiply(const struct kind *k, uint64_t a, uint64_t b)
{
    uint64_t product = 0, top = (uint64_t)1 << (k->bits - 1);

    for (; a; a = (a << 1) & (top | (top - 1))) {
        if (a & top)
            product ^= b;
        b = b & 1 ? b >> 1 ^ k->poly : b >> 1;
    }
    return product;
}

uint64_t checksum_combine(enum checksum_kind kind, uint64_t a, uint64_t b, uint64_t b_len)
{
    const struct kind *k = &kinds[kind];
    uint64_t one = (uint64_t)1 << (k->bits - 1);
    uint64_t power = one >> 8; /* x^8: one byte */

    for (; b_len; b_len >>= 1) {
        if (b_len & 1)
            a = multiply(k, a, power);
        power = multiply(k, power, power);
    }
    return a ^ b;
}
