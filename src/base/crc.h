/*
 * Cyclic checksums as S3 and gzip have them. Start with 0 and feed the result
 * back in: crc_add(crc_add(0, a), b) is the checksum of a followed by b.
 */
#ifndef BASE_CRC_H
#define BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_add(uint32_t crc, const void *ptr, size_t len);
uint32_t crc32c_add(uint32_t crc, const void *ptr, size_t len);
uint64_t crc64nvme_add(uint64_t crc, const void *ptr, size_t len);

#endif
