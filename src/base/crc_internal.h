/*
 * The two ways to the same checksum; crc.c chooses between them. `crc` is the
 * bare remainder in a 64-bit register, without the inversions at either end.
 */
#ifndef BASE_CRC_INTERNAL_H
#define BASE_CRC_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum crc_kind { CRC32, CRC32C, CRC64NVME, CRC_KINDS };

struct crc_shape {
    int bits;
    uint64_t polynomial; /* its bits reversed, as a reflected CRC wants them */
};
extern const struct crc_shape crc_shapes[CRC_KINDS];

uint64_t crc_by_tables(enum crc_kind kind, uint64_t crc, const uint8_t *p, size_t len);

/*
 * crc_fold.c, where crc_can_fold(): fold the start of p into `rest`, whose
 * remainder, begun with 0, is what that start makes of `crc`. Returns how many
 * bytes of p that start has: 0 when p is too short for it.
 */
enum { CRC_REST = 16 };
bool crc_can_fold(void);
size_t crc_fold(uint8_t rest[CRC_REST], enum crc_kind kind, uint64_t crc, const uint8_t *p,
                size_t len);

#endif
