/* Archives as GNU tar makes them in three forms, and those that would do harm. */
#include "base/file.h"
#include "base/untar.h"
#include "unit/unit.h"

#include <unistd.h>

static char root[] = "/tmp/labkit-untar-XXXXXX";
static const struct untar_caps caps = {1 << 20, 10};

static char *at(const char *name)
{
    return path_join(root, name);
}

static int make_root(void **state)
{
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    return file_remove(root, NULL) ? -1 : 0;
}

/* The archive into a fresh folder. */
static enum lk_status unpack(const char *archive, const struct untar_caps *c, struct lk_error *err)
{
    char *to = at("to");
    enum lk_status st;

    (void)!file_remove(to, NULL);
    st = tar_unpack(archive, to, c, err);
    free(to);
    return st;
}

static void holds(const char *name, const char *want)
{
    char *path = at(name);
    struct str text = STR_INIT;
    struct lk_error err = {0};

    assert_ok(file_read(&text, path, 1000, &err), &err);
    assert_string_equal(text.ptr, want);
    str_done(&text);
    free(path);
}

static void forms_of_tar(void **state)
{
    struct lk_error err = {0};
    char name[130];

    memset(name, 'n', sizeof name);
    memcpy(name, "to/", 3);
    name[123] = '\0';
    assert_ok(unpack("tests/fuzz/seeds/untar/ustar", &caps, &err), &err);
    holds("to/a/xgboost-model", "hi\n");
    holds("to/b", "x\n");
    assert_ok(unpack("tests/fuzz/seeds/untar/gnu.gz", &caps, &err), &err);
    holds(name, "y\n");
    assert_ok(unpack("tests/fuzz/seeds/untar/pax", &caps, &err), &err);
    holds(name, "y\n");
}

static void limits(void **state)
{
    const struct untar_caps few = {1 << 20, 1}, small = {4, 10};
    struct lk_error err = {0};

    assert_int_equal(unpack("tests/fuzz/seeds/untar/ustar", &few, &err), LK_ELIMIT);
    assert_int_equal(unpack("tests/fuzz/seeds/untar/ustar", &small, &err), LK_ELIMIT);
    assert_non_null(strstr(err.text, "more than 4 bytes or 10 files"));
}

/* One header block with this name and type, its sum right, and no content. */
static char *archive_of(const char *name, char type, const char *link)
{
    char h[1024] = "", *path = at("made.tar");
    unsigned sum = 0;
    struct lk_error err = {0};

    snprintf(h, 100, "%s", name);
    memcpy(h + 100, "0000644", 8);
    memcpy(h + 124, "00000000000", 12);
    h[156] = type;
    snprintf(h + 157, 100, "%s", link);
    memcpy(h + 257, "ustar", 6);
    memset(h + 148, ' ', 8);
    for (int i = 0; i < 512; i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    assert_ok(file_write(path, (struct slice){h, sizeof h}, &err), &err);
    return path;
}

static void nothing_leaves_the_folder(void **state)
{
    static const char *const names[] = {"../out", "/etc/labkit-out", "a/../../out", "a/..", "a//b"};
    struct lk_error err = {0};
    char *path, *out = at("out"), *link = at("to/link");

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        path = archive_of(names[i], '0', "");
        assert_int_equal(unpack(path, &caps, &err), LK_EINPUT);
        assert_non_null(strstr(err.text, "leads out of its folder"));
        free(path);
    }
    path = archive_of("link", '2', "/etc/passwd"); /* passed over */
    assert_ok(unpack(path, &caps, &err), &err);
    assert_int_equal(file_stat(link).kind, FILE_NONE);
    assert_int_equal(file_stat(out).kind, FILE_NONE);
    free(path);
    free(out);
    free(link);
}

static void broken_archives(void **state)
{
    struct str text = STR_INIT;
    struct lk_error err = {0};
    char *path = at("cut.tar");

    assert_ok(file_read(&text, "tests/fuzz/seeds/untar/ustar", 1 << 20, &err), &err);
    assert_ok(file_write(path, slice_first(slice_str(&text), 700), &err), &err);
    assert_int_equal(unpack(path, &caps, &err), LK_EINPUT);
    assert_non_null(strstr(err.text, "cut short"));
    assert_int_equal(unpack("tests/unit/base_untar.c", &caps, &err), LK_EINPUT);
    assert_non_null(strstr(err.text, "not a tar archive"));
    str_done(&text);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_tar),
        cmocka_unit_test(limits),
        cmocka_unit_test(nothing_leaves_the_folder),
        cmocka_unit_test(broken_archives),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
