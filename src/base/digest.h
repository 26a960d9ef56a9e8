/*
 * Digests, secrets and their text forms. OpenSSL is behind this header and
 * nowhere else (TLS is libcurl's business).
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/str.h"

#include <stdint.h>

enum digest_kind { DIGEST_SHA256, DIGEST_SHA1, DIGEST_MD5 };
enum { DIGEST_MAX = 32, SHA256_SIZE = 32, SHA1_SIZE = 20, MD5_SIZE = 16 };

/* In one go; returns the digest's size in bytes. */
size_t digest(uint8_t out[DIGEST_MAX], enum digest_kind kind, struct slice data);
void hmac_sha256(uint8_t out[SHA256_SIZE], struct slice key, struct slice data);

/* In parts. */
struct digest_state;
struct digest_state *digest_new(enum digest_kind kind);
void digest_add(struct digest_state *d, const void *ptr, size_t len);
size_t digest_end(struct digest_state *d, uint8_t out[DIGEST_MAX]); /* d may be used afresh */
void digest_free(struct digest_state *d);

/* Bytes no one can guess (tokens, secrets); ends the program if the system has none. */
void random_bytes(void *out, size_t n);
/* Equal, in a time that does not tell where they differ. */
bool bytes_equal_secret(const void *a, const void *b, size_t n);
/* Overwrite with zeros, not optimised away. */
void bytes_wipe(void *p, size_t n);

void str_put_hex(struct str *s, const void *ptr, size_t len); /* lower case */
void str_put_base64(struct str *s, const void *ptr, size_t len);
bool base64_decode(struct str *out, struct slice text); /* false when ill-formed */

#endif
