/*
 * Checksums against their published values, and both ways to them against the
 * definition: a bit at a time, at all lengths and alignments.
 */
#include "base/crc.h"
#include "base/crc_internal.h"
#include "unit/unit.h"

/* The check values of the catalogue of CRCs, whole and cut anywhere. */
static void check_values(void **state)
{
    const char text[] = "123456789";

    for (size_t cut = 0; cut <= 9; cut++) {
        assert_int_equal(crc32_add(crc32_add(0, text, cut), text + cut, 9 - cut), 0xcbf43926);
        assert_int_equal(crc32c_add(crc32c_add(0, text, cut), text + cut, 9 - cut), 0xe3069283);
        assert_true(crc64nvme_add(crc64nvme_add(0, text, cut), text + cut, 9 - cut) ==
                    0xae8b14860a799888u);
    }
}

/* RFC 3720, B.4: 32 bytes of zeros and of ones. */
static void crc32c_of_runs(void **state)
{
    uint8_t run[32] = {0};

    assert_int_equal(crc32c_add(0, run, sizeof run), 0x8a9136aa);
    memset(run, 0xff, sizeof run);
    assert_int_equal(crc32c_add(0, run, sizeof run), 0x62a8ab43);
}

enum { LONGEST = 700, PLACES = 16 };

/* The polynomials as their standards print them, highest power first. */
static const struct {
    int bits;
    uint64_t polynomial;
} standards[CRC_KINDS] = {[CRC32] = {32, 0x04c11db7},
                          [CRC32C] = {32, 0x1edc6f41},
                          [CRC64NVME] = {64, 0xad93d23594c93659}};

/* One more byte, lowest bit first, in a register that shifts to the left. */
static uint64_t by_definition(enum crc_kind kind, uint64_t r, uint8_t byte)
{
    uint64_t top = (uint64_t)1 << (standards[kind].bits - 1);

    for (int bit = 0; bit < 8; bit++) {
        bool carry = !(r & top) != !(byte >> bit & 1);

        r = (r & (top - 1)) << 1 ^ (carry ? standards[kind].polynomial : 0);
    }
    return r;
}

static uint64_t reversed(int bits, uint64_t r)
{
    uint64_t out = 0;

    for (int i = 0; i < bits; i++)
        out |= (r >> i & 1) << (bits - 1 - i);
    return out;
}

static void fill(uint8_t *p, size_t n)
{
    uint32_t x = 12345;

    for (size_t i = 0; i < n; i++) {
        x = x * 1664525 + 1013904223;
        p[i] = (uint8_t)(x >> 24);
    }
}

static uint64_t by_folding(enum crc_kind kind, uint64_t crc, const uint8_t *p, size_t n)
{
    uint8_t rest[CRC_REST];
    size_t folded = crc_fold(rest, kind, crc, p, n);

    if (folded)
        crc = crc_by_tables(kind, 0, rest, sizeof rest);
    return crc_by_tables(kind, crc, p + folded, n - folded);
}

static uint64_t public_way(enum crc_kind kind, uint64_t crc, const uint8_t *p, size_t n)
{
    switch (kind) {
    case CRC32:
        return (uint32_t)~crc32_add((uint32_t)~crc, p, n);
    case CRC32C:
        return (uint32_t)~crc32c_add((uint32_t)~crc, p, n);
    default:
        return ~crc64nvme_add(~crc, p, n);
    }
}

static void all_lengths_and_alignments(void **state)
{
    uint8_t *bytes = malloc(LONGEST + PLACES);

    fill(bytes, LONGEST + PLACES);
    for (int kind = 0; kind < CRC_KINDS; kind++)
        for (size_t place = 0; place < PLACES; place++) {
            int bits = standards[kind].bits;
            uint64_t r = 0x0123456789abcdefu & (UINT64_MAX >> (64 - bits));
            uint64_t first = reversed(bits, r);

            for (size_t n = 0; n <= LONGEST; n++) {
                uint64_t want = reversed(bits, r);

                assert_int_equal(crc_by_tables(kind, first, bytes + place, n), want);
                assert_int_equal(public_way(kind, first, bytes + place, n), want);
                if (crc_can_fold())
                    assert_int_equal(by_folding(kind, first, bytes + place, n), want);
                r = by_definition(kind, r, bytes[place + n]);
            }
        }
    free(bytes);
}

/* A run of exactly its size in memory of its own: a read beyond it is seen by the sanitizer. */
static void nothing_beyond_is_read(void **state)
{
    for (size_t n = 1; n <= 300; n++) {
        uint8_t *run = malloc(n);

        fill(run, n);
        assert_int_equal(public_way(CRC64NVME, 0, run, n), crc_by_tables(CRC64NVME, 0, run, n));
        free(run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_values),
        cmocka_unit_test(crc32c_of_runs),
        cmocka_unit_test(all_lengths_and_alignments),
        cmocka_unit_test(nothing_beyond_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
