/*
 * Digests by OpenSSL's EVP interface, which is seen here and nowhere else.
 */
#include "base/digest.h"

#include "base/mem.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
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
