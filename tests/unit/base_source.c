/* Sources: plain, gzip, several gzip members, cut and corrupt ones, from files and from memory. */
#include "unit/unit.h"

#include "base/source.h"

#include <unistd.h>
#include <zlib.h>

static size_t zip(unsigned char *out, size_t size, const char *text, size_t len)
{
    z_stream z = {0};

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (uInt)len;
    z.next_out = out;
    z.avail_out = (uInt)size;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return size - z.avail_out;
}

/* All of s, in reads of `step` bytes. */
static enum lk_status drain(struct source *s, struct str *out, size_t step, struct lk_error *err)
{
    enum lk_status st;
    size_t got;

    do {
        st = source_read(s, str_room(out, step), step, &got, err);
        str_grew(out, got);
    } while (!st && got);
    return st;
}

static struct slice bytes(const void *p, size_t n)
{
    return (struct slice){p, n};
}

static void expect(struct slice data, const char *want, size_t len)
{
    static const size_t steps[] = {1, 3, 1000, 100000};
    struct lk_error err;

    for (int i = 0; i < 4; i++) {
        struct source *s = source_memory(data, "test");
        struct str got = STR_INIT;

        assert_ok(drain(s, &got, steps[i], &err), &err);
        assert_int_equal(got.len, len);
        assert_memory_equal(got.ptr, want, len);
        str_done(&got);
        source_close(s);
    }
}

static void reads_all_forms(void **unused)
{
    size_t len = 300000, n;
    char *text = malloc(len);
    unsigned char *zipped = malloc(2 * len);

    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + i * i % 23);
    expect(bytes("", 0), "", 0);
    expect(bytes("x", 1), "x", 1);
    expect(bytes(text, len), text, len);
    n = zip(zipped, 2 * len, text, 1000);
    n += zip(zipped + n, 2 * len - n, text + 1000, len - 1000);
    expect(bytes(zipped, n), text, len);
    memset(zipped + n, 0, 100);
    expect(bytes(zipped, n + 100), text, len);
    n = zip(zipped, 2 * len, "", 0);
    expect(bytes(zipped, n), "", 0);
    free(text);
    free(zipped);
}

static void refuses_broken_gzip(void **unused)
{
    unsigned char zipped[4096];
    char text[5000];
    struct str got = STR_INIT;
    struct lk_error err;
    struct source *s;
    size_t n;

    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('0' + i * 7 % 10);
    n = zip(zipped, sizeof zipped, text, sizeof text);
    for (size_t cut = 2; cut < n; cut++) {
        s = source_memory(bytes(zipped, cut), "cut.gz");
        assert_int_equal(drain(s, &got, 512, &err), LK_EINPUT);
        assert_non_null(strstr(err.text, "cut short"));
        assert_string_equal(err.file, "cut.gz");
        source_close(s);
    }
    zipped[n - 5] ^= 1; /* the checksum */
    s = source_memory(bytes(zipped, n), "bad.gz");
    assert_int_equal(drain(s, &got, 512, &err), LK_EINPUT);
    assert_non_null(strstr(err.text, "corrupt"));
    source_close(s);
    str_done(&got);
}

static void reads_files(void **unused)
{
    char path[] = "/tmp/source-XXXXXX";
    int fd = mkstemp(path);
    struct str got = STR_INIT;
    struct lk_error err;
    struct source *s;

    assert_int_equal(write(fd, "hello", 5), 5);
    close(fd);
    assert_ok(source_open(&s, path, &err), &err);
    assert_int_equal(source_size(s), 5);
    assert_ok(drain(s, &got, 2, &err), &err);
    assert_string_equal(got.ptr, "hello");
    assert_int_equal(source_position(s), 5);
    assert_string_equal(source_name(s), path);
    source_close(s);
    unlink(path);
    assert_int_equal(source_open(&s, path, &err), LK_EIO);
    assert_null(s);
    assert_non_null(strstr(err.text, path));
    assert_int_equal(source_open(&s, "/tmp", &err), LK_EIO);
    str_done(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms),
        cmocka_unit_test(refuses_broken_gzip),
        cmocka_unit_test(reads_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
