/*
 * S3's checksums: what stands in x-amz-checksum-*. CRCs of parts can be
 * combined into the whole's, so that parallel transfers need no second pass.
 */
#ifndef AWS_CHECKSUM_H
#define AWS_CHECKSUM_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum checksum_kind { CHECKSUM_NONE, CHECKSUM_CRC32, CHECKSUM_CRC64NVME, CHECKSUM_SHA256 };

/* "CRC32", "CRC64NVME", "SHA256"; and back (CHECKSUM_NONE when it is none of them). */
const char *checksum_name(enum checksum_kind kind);
enum checksum_kind checksum_kind_of(const char *name);
/* The member and header: "ChecksumCRC32", "x-amz-checksum-crc32". */
const char *checksum_member(enum checksum_kind kind);
const char *checksum_header(enum checksum_kind kind);

struct digest_state;
struct checksum {
    enum checksum_kind kind;
    uint64_t crc;
    struct digest_state *digest; /* SHA256 */
};

void checksum_begin(struct checksum *c, enum checksum_kind kind);
void checksum_add(struct checksum *c, const void *ptr, size_t n);
/* The value in base64, appended; c is over. */
void checksum_end(struct checksum *c, struct str *base64);
/* A CRC's value in base64. */
void checksum_put_crc(struct str *base64, enum checksum_kind kind, uint64_t crc);
/* The CRC of A followed by B, from those of A and B; b_len bytes in B. */
uint64_t checksum_combine(enum checksum_kind kind, uint64_t a, uint64_t b, uint64_t b_len);

#endif
