/* Files: caps, whole-or-nothing writing, paths. */
#include "base/file.h"
#include "unit/unit.h"

#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/labbook-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    return file_remove(folder, NULL);
}

static size_t entries(void)
{
    char **names;
    size_t n = 0;

    if (!file_list(&names, &n, folder, NULL))
        file_names_free(names, n);
    return n;
}

static void reading_has_a_cap(void **state)
{
    char *path = path_join(folder, "ten");
    struct lk_error err = {0};
    struct str s = STR_INIT;

    assert_ok(file_write(path, SLICE("0123456789"), &err), &err);
    assert_ok(file_read(&s, path, 10, &err), &err);
    assert_string_equal(s.ptr, "0123456789");
    assert_int_equal(file_read(&s, path, 9, &err), LK_ELIMIT);
    assert_int_equal(s.len, 10);
    assert_int_equal(file_read(&s, "/nowhere/at all", 9, &err), LK_EIO);
    assert_int_equal(file_read(&s, folder, 9, &err), LK_EIO);
    str_done(&s);
    unlink(path);
    free(path);
}

static void abandoned_files_leave_nothing(void **state)
{
    char *path = path_join(folder, "kept");
    struct file_out f;
    struct str s = STR_INIT;

    assert_ok(file_write(path, SLICE("old"), NULL), NULL);
    assert_ok(file_out_open(&f, path, NULL), NULL);
    fputs("half of the new", f.stream);
    assert_int_equal(entries(), 2);
    file_out_abandon(&f);
    assert_int_equal(entries(), 1);
    assert_ok(file_read(&s, path, 100, NULL), NULL);
    assert_string_equal(s.ptr, "old");
    str_done(&s);
    unlink(path);
    free(path);
}

static void a_full_disk_is_noticed_and_leaves_nothing(void **state)
{
    struct lk_error err = {0};
    struct file_out f;

    assert_ok(file_out_open(&f, "-", NULL), NULL);
    f.stream = fopen("/dev/full", "w");
    fputs("x", f.stream);
    FILE *full = f.stream;
    assert_int_equal(file_out_commit(&f, &err), LK_EIO);
    fclose(full);
}

static void unchanged_files_are_left_alone(void **state)
{
    char *path = path_join(folder, "same");
    bool changed;
    int64_t before;

    assert_ok(file_write_changed(path, SLICE("a"), &changed, NULL), NULL);
    assert_true(changed);
    before = file_stat(path).mtime_ns;
    assert_ok(file_write_changed(path, SLICE("a"), &changed, NULL), NULL);
    assert_false(changed);
    assert_true(file_stat(path).mtime_ns == before);
    assert_ok(file_write_changed(path, SLICE("b"), &changed, NULL), NULL);
    assert_true(changed);
    unlink(path);
    free(path);
}

static void folders_are_made_listed_and_removed(void **state)
{
    char *deep = path_join(folder, "a/b/c"), *top = path_join(folder, "a");

    assert_ok(file_mkdirs(deep, NULL), NULL);
    assert_ok(file_mkdirs(deep, NULL), NULL);
    assert_int_equal(file_stat(deep).kind, FILE_FOLDER);
    assert_ok(file_remove(top, NULL), NULL);
    assert_int_equal(file_stat(top).kind, FILE_NONE);
    assert_ok(file_remove(top, NULL), NULL);
    free(deep);
    free(top);
}

static void paths_come_apart(void **state)
{
    char *p = path_folder("a/b.c"), *q = path_folder("b"), *r = path_folder("/b");

    assert_string_equal(p, "a");
    assert_string_equal(q, ".");
    assert_string_equal(r, "/");
    assert_string_equal(path_name("a/b.tar.gz"), "b.tar.gz");
    assert_string_equal(path_extension("a/b.tar.gz"), ".gz");
    assert_string_equal(path_extension("a.d/.hidden"), "");
    free(p);
    free(q);
    free(r);
}

static void inside_means_inside(void **state)
{
    const char *out[] = {"", "..", "a/../../b", "/etc/passwd", "a//b", "./a", "a/", "a/.."};

    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        assert_false(path_is_inside(slice_of(out[i])));
    assert_false(path_is_inside((struct slice){"a\0b", 3}));
    assert_true(path_is_inside(SLICE("a/b..c/d")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_has_a_cap),
        cmocka_unit_test(abandoned_files_leave_nothing),
        cmocka_unit_test(a_full_disk_is_noticed_and_leaves_nothing),
        cmocka_unit_test(unchanged_files_are_left_alone),
        cmocka_unit_test(folders_are_made_listed_and_removed),
        cmocka_unit_test(paths_come_apart),
        cmocka_unit_test(inside_means_inside),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
