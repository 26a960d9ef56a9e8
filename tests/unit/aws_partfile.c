/*
 * The file that a download grows in: pieces of any size at any place, written
 * past the page cache where that goes, arrive as they were given.
 */
#include "aws/s3_internal.h"
#include "unit/unit.h"

#include <sys/stat.h>
#include <unistd.h>

enum { SIZE = (64 << 20) + 777 }; /* long enough to go past the cache */

static void fill(char *piece, size_t n, int64_t place)
{
    for (size_t i = 0; i < n; i++)
        piece[i] = (char)((place + (int64_t)i) * 2654435761u >> 13);
}

static void check_whole(const char *path)
{
    char *want = malloc(1 << 20), *have = malloc(1 << 20);
    FILE *f = fopen(path, "rb");
    size_t n;

    assert_non_null(f);
    for (int64_t at = 0; (n = fread(have, 1, 1 << 20, f)) > 0; at += (int64_t)n) {
        fill(want, n, at);
        assert_memory_equal(have, want, n);
    }
    fclose(f);
    free(want);
    free(have);
}

static void pieces_arrive(const char *path, size_t piece_size)
{
    struct s3_partfile f = {.fd = -1, .direct = -1};
    char *piece = s3_partfile_piece(SIZE);
    size_t pieces = (SIZE + piece_size - 1) / piece_size;
    struct lk_error err;
    struct stat st;

    assert_ok(s3_partfile_open(&f, path, SIZE, &err), &err);
    for (size_t i = pieces; i-- > 0;) { /* from the end */
        int64_t place = (int64_t)(i * piece_size), left = SIZE - place;
        size_t n = left < (int64_t)piece_size ? (size_t)left : piece_size;

        fill(piece, n, place);
        assert_ok(s3_partfile_write(&f, piece, n, place, &err), &err);
    }
    s3_partfile_close(&f);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, SIZE);
    check_whole(path);
    free(piece);
}

static void whole_and_odd_pieces(void **state)
{
    const char *temporary = getenv("TMPDIR");
    const char *const folders[] = {temporary ? temporary : "/tmp", "/dev/shm"};
    static const size_t sizes[] = {S3_PIECE, 500000, 4096 * 3 + 512};

    for (size_t f = 0; f < sizeof folders / sizeof folders[0]; f++)
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            char path[512];
            int fd;

            snprintf(path, sizeof path, "%s/partfile.XXXXXX", folders[f]);
            fd = mkstemp(path);
            assert_true(fd >= 0);
            close(fd);
            pieces_arrive(path, sizes[i]);
            unlink(path);
        }
}

static void too_large_is_said_before_anything_is_written(void **state)
{
    char path[] = "/dev/shm/partfile.XXXXXX";
    struct s3_partfile f = {.fd = -1, .direct = -1};
    int fd = mkstemp(path);
    struct lk_error err;

    close(fd);
    assert_int_equal(s3_partfile_open(&f, path, (int64_t)1 << 50, &err), LK_EIO);
    assert_non_null(strstr(err.text, path));
    s3_partfile_close(&f);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_and_odd_pieces),
        cmocka_unit_test(too_large_is_said_before_anything_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
