/* Digests against the values published with their definitions. */
#include "base/digest.h"
#include "unit/unit.h"

static void check_hex(const void *bytes, size_t n, const char *hex)
{
    struct str s = STR_INIT;

    str_put_hex(&s, bytes, n);
    assert_string_equal(s.ptr, hex);
    str_done(&s);
}

/* FIPS 180-2, RFC 1321. */
static void digests_have_their_published_values(void **state)
{
    uint8_t out[DIGEST_MAX];

    check_hex(out, digest(out, DIGEST_SHA256, SLICE("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_hex(out, digest(out, DIGEST_SHA256, SLICE("")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_hex(out, digest(out, DIGEST_SHA1, SLICE("abc")),
              "a9993e364706816aba3e25717850c26c9cd0d89d");
    check_hex(out, digest(out, DIGEST_MD5, SLICE("message digest")),
              "f96b697d7cb7938d525a2f31aaf161d0");
}

/* RFC 4231, cases 2 and 6 (a key longer than a block). */
static void hmac_has_its_published_values(void **state)
{
    uint8_t out[SHA256_SIZE];
    char key[131];

    hmac_sha256(out, SLICE("Jefe"), SLICE("what do ya want for nothing?"));
    check_hex(out, sizeof out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    hmac_sha256(out, (struct slice){key, sizeof key},
                SLICE("Test Using Larger Than Block-Size Key - Hash Key First"));
    check_hex(out, sizeof out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void parts_give_the_same_and_start_afresh(void **state)
{
    struct digest_state *d = digest_new(DIGEST_SHA256);
    uint8_t out[DIGEST_MAX];

    for (int round = 0; round < 2; round++) {
        digest_add(d, "a", 1);
        digest_add(d, "bc", 2);
        check_hex(out, digest_end(d, out),
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    digest_free(d);
}

/* RFC 4648, section 10. */
static void base64_both_ways(void **state)
{
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    struct str s = STR_INIT;

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        str_clear(&s);
        str_put_base64(&s, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(s.ptr, pairs[i][1]);
        str_clear(&s);
        assert_true(base64_decode(&s, slice_of(pairs[i][1])));
        assert_string_equal(s.ptr, pairs[i][0]);
    }
    assert_false(base64_decode(&s, SLICE("Zg=")));
    assert_false(base64_decode(&s, SLICE("Z===")));
    assert_false(base64_decode(&s, SLICE("Zg==Zg==")));
    assert_false(base64_decode(&s, SLICE("Zm9\n")));
    str_done(&s);
}

static void secrets(void **state)
{
    uint8_t a[600] = {0}, b[600] = {0};

    random_bytes(a, sizeof a);
    assert_false(bytes_equal_secret(a, b, sizeof a));
    assert_memory_not_equal(a + 300, b, 300);
    bytes_wipe(a, sizeof a);
    assert_true(bytes_equal_secret(a, b, sizeof a));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_have_their_published_values),
        cmocka_unit_test(hmac_has_its_published_values),
        cmocka_unit_test(parts_give_the_same_and_start_afresh),
        cmocka_unit_test(base64_both_ways),
        cmocka_unit_test(secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
