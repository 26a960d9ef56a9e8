/*
 * Digests by OpenSSL's EVP interface, which is seen here and nowhere else.
 *
 * The CRCs are our own, since OpenSSL has none. All three are reflected CRCs,
 * so one loop serves them in a 64-bit register (a 32-bit CRC is one whose
 * upper half stays zero): "slicing by eight", that is, eight bytes a step
 * through eight tables, where table[k][b] is the CRC of byte b followed by k
 * zero bytes. Tables are filled once, on first use, from the polynomial.
 */
#include "base/digest.h"

#include "base/mem.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* ---- digests ---------------------------------------------------------------- */

struct digest_state {
    EVP_MD_CTX *ctx;
    const EVP_MD *md;
};

static const EVP_MD *md_of(enum digest_kind kind)
{
    switch (kind) {
    case DIGEST_SHA256:
        return EVP_sha256();
    case DIGEST_SHA1:
        return EVP_sha1();
    case DIGEST_MD5:
        return EVP_md5();
    }
    return EVP_sha256();
}

/* A digest can only fail for want of memory or of a usable OpenSSL: nothing a caller could mend. */
static void must(int ok)
{
    if (!ok) {
        fprintf(stderr, "OpenSSL cannot compute a digest on this system\n");
        exit(1);
    }
}

size_t digest(uint8_t out[DIGEST_MAX], enum digest_kind kind, struct slice data)
{
    unsigned size = 0;

    must(EVP_Digest(data.ptr, data.len, out, &size, md_of(kind), NULL));
    return size;
}

void hmac_sha256(uint8_t out[SHA256_SIZE], struct slice key, struct slice data)
{
    unsigned size = 0;

    must(HMAC(EVP_sha256(), key.ptr ? key.ptr : "", (int)key.len, (const unsigned char *)data.ptr,
              data.len, out, &size) != NULL);
}

struct digest_state *digest_new(enum digest_kind kind)
{
    struct digest_state *d = mem_alloc(sizeof *d);

    d->md = md_of(kind);
    d->ctx = EVP_MD_CTX_new();
    must(d->ctx && EVP_DigestInit_ex(d->ctx, d->md, NULL));
    return d;
}

void digest_add(struct digest_state *d, const void *ptr, size_t len)
{
    must(EVP_DigestUpdate(d->ctx, ptr, len));
}

size_t digest_end(struct digest_state *d, uint8_t out[DIGEST_MAX])
{
    unsigned size = 0;

    must(EVP_DigestFinal_ex(d->ctx, out, &size) && EVP_DigestInit_ex(d->ctx, d->md, NULL));
    return size;
}

void digest_free(struct digest_state *d)
{
    if (d) {
        EVP_MD_CTX_free(d->ctx);
        free(d);
    }
}

/* ---- CRCs ------------------------------------------------------------------- */

enum crc_kind { CRC32, CRC32C, CRC64NVME, CRC_KINDS };

static uint64_t crc_tables[CRC_KINDS][8][256];

static void fill_table(uint64_t table[8][256], uint64_t polynomial)
{
    for (unsigned b = 0; b < 256; b++) {
        uint64_t crc = b;

        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ polynomial : crc >> 1;
        table[0][b] = crc;
    }
    for (int k = 1; k < 8; k++)
        for (unsigned b = 0; b < 256; b++)
            table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 0xff];
}

/* The polynomials with their bits reversed, as a reflected CRC wants them. */
static void fill_tables(void)
{
    fill_table(crc_tables[CRC32], 0xedb88320u);
    fill_table(crc_tables[CRC32C], 0x82f63b78u);
    fill_table(crc_tables[CRC64NVME], 0x9a6c9329ac4bc9b5u);
}

static uint64_t crc_add(enum crc_kind kind, uint64_t crc, const void *ptr, size_t len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    uint64_t(*t)[256] = crc_tables[kind];
    const uint8_t *p = ptr;

    pthread_once(&once, fill_tables);
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t x = 0;

        for (int i = 7; i >= 0; i--)
            x = x << 8 | p[i];
        x ^= crc;
        crc = t[7][x & 0xff] ^ t[6][x >> 8 & 0xff] ^ t[5][x >> 16 & 0xff] ^ t[4][x >> 24 & 0xff] ^
              t[3][x >> 32 & 0xff] ^ t[2][x >> 40 & 0xff] ^ t[1][x >> 48 & 0xff] ^ t[0][x >> 56];
    }
    for (; len; p++, len--)
        crc = crc >> 8 ^ t[0][(crc ^ *p) & 0xff];
    return crc;
}

uint32_t crc32_add(uint32_t crc, const void *ptr, size_t len)
{
    return ~(uint32_t)crc_add(CRC32, (uint32_t)~crc, ptr, len);
}

uint32_t crc32c_add(uint32_t crc, const void *ptr, size_t len)
{
    return ~(uint32_t)crc_add(CRC32C, (uint32_t)~crc, ptr, len);
}

uint64_t crc64nvme_add(uint64_t crc, const void *ptr, size_t len)
{
    return ~crc_add(CRC64NVME, ~crc, ptr, len);
}

/* ---- secrets ---------------------------------------------------------------- */

void random_bytes(void *out, size_t n)
{
    uint8_t *p = out;

    while (n) {
        ssize_t got = getrandom(p, n < 256 ? n : 256, 0);

        if (got <= 0) {
            fprintf(stderr, "the system gives no random numbers\n");
            exit(1);
        }
        p += got;
        n -= (size_t)got;
    }
}

bool bytes_equal_secret(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

void bytes_wipe(void *p, size_t n)
{
    if (n)
        OPENSSL_cleanse(p, n);
}

/* ---- text forms ------------------------------------------------------------- */

void str_put_hex(struct str *s, const void *ptr, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = ptr;

    for (size_t i = 0; i < len; i++) {
        str_putc(s, digits[p[i] >> 4]);
        str_putc(s, digits[p[i] & 15]);
    }
}

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void str_put_base64(struct str *s, const void *ptr, size_t len)
{
    const uint8_t *p = ptr;

    for (size_t i = 0; i < len; i += 3) {
        size_t have = len - i < 3 ? len - i : 3;
        uint32_t bits = (uint32_t)p[i] << 16;

        if (have > 1)
            bits |= (uint32_t)p[i + 1] << 8;
        if (have > 2)
            bits |= p[i + 2];
        for (size_t k = 0; k < 4; k++)
            str_putc(s, k <= have ? base64_digits[bits >> (18 - 6 * k) & 63] : '=');
    }
}

static int base64_value(char c)
{
    const char *at = c ? strchr(base64_digits, c) : NULL;

    return at ? (int)(at - base64_digits) : -1;
}

bool base64_decode(struct str *out, struct slice text)
{
    size_t before = out->len;

    if (text.len % 4)
        return false;
    for (size_t i = 0; i < text.len; i += 4) {
        const char *p = text.ptr + i;
        bool last = i + 4 == text.len;
        int bytes = last && p[3] == '=' ? (p[2] == '=' ? 1 : 2) : 3;
        uint32_t bits = 0;

        for (int k = 0; k < 4; k++) {
            int v = k <= bytes ? base64_value(p[k]) : 0;

            if (v < 0) {
                str_cut(out, before);
                return false;
            }
            bits = bits << 6 | (uint32_t)v;
        }
        for (int k = 0; k < bytes; k++)
            str_putc(out, (char)(bits >> (16 - 8 * k) & 0xff));
    }
    return true;
}
