/* Archives, read back by the system's tar. */
#include "base/file.h"
#include "base/tar.h"
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char root[] = "/tmp/base_tar.XXXXXX";

static char *in_root(const char *name)
{
    return path_join(root, name);
}

static void put(const char *name, struct slice content)
{
    char *path = in_root(name), *folder = path_folder(path);
    struct lk_error err = {0};

    assert_ok(file_mkdirs(folder, &err), &err);
    assert_ok(file_write(path, content, &err), &err);
    free(path);
    free(folder);
}

static void read_command(struct str *out, const char *command)
{
    FILE *f = popen(command, "r");
    size_t n;

    assert_non_null(f);
    while ((n = fread(str_room(out, 4096), 1, 4096, f)))
        str_grew(out, n);
    assert_int_equal(pclose(f), 0);
}

static void packs(void **state)
{
    static const char deep[] = "in/a-folder-with-a-long-name-that-says-nothing/another-one-below-"
                               "it-as-long-as-that/and-a-file-whose-name-fills-the-rest-of-it.txt";
    struct str big = STR_INIT, out = STR_INIT, command = STR_INIT;
    char *folder = in_root("in"), *archive = in_root("out.tar.gz");
    struct lk_error err = {0};
    size_t files;

    for (int i = 0; i < 100000; i++)
        str_printf(&big, "%d\n", i * 7919);
    put("in/xgboost-model", slice_str(&big));
    put("in/empty", SLICE(""));
    put(deep, SLICE("deep\n"));
    assert_ok(tar_pack(archive, folder, 1600000000, &files, &err), &err);
    assert_int_equal(files, 3);

    str_printf(&command, "tar tzf %s", archive);
    read_command(&out, command.ptr);
    assert_non_null(strstr(out.ptr, deep + 3));
    assert_non_null(strstr(out.ptr, "\nempty\nxgboost-model\n"));
    str_clear(&out);
    str_clear(&command);
    str_printf(&command, "tar xzOf %s xgboost-model", archive);
    read_command(&out, command.ptr);
    assert_true(slice_eq(slice_str(&out), slice_str(&big)));
    str_done(&big);
    str_done(&out);
    str_done(&command);
    free(folder);
    free(archive);
}

static void same_bytes(void **state)
{
    char *folder = in_root("in"), *one = in_root("1"), *two = in_root("2");
    struct str a = STR_INIT, b = STR_INIT;
    struct lk_error err = {0};

    assert_ok(tar_pack(one, folder, 5, NULL, &err), &err);
    assert_ok(tar_pack(two, folder, 5, NULL, &err), &err);
    assert_ok(file_read(&a, one, 1 << 24, &err), &err);
    assert_ok(file_read(&b, two, 1 << 24, &err), &err);
    assert_true(slice_eq(slice_str(&a), slice_str(&b)));
    str_done(&a);
    str_done(&b);
    free(folder);
    free(one);
    free(two);
}

/* What cannot be packed leaves no archive. */
static void refused(void **state)
{
    char *folder = in_root("long"), *archive = in_root("none.tar.gz");
    struct str name = STR_INIT;
    struct lk_error err = {0};

    str_puts(&name, "long/");
    for (int i = 0; i < 150; i++)
        str_putc(&name, 'x');
    put(name.ptr, SLICE("x"));
    assert_int_equal(tar_pack(archive, folder, 0, NULL, &err), LK_ELIMIT);
    assert_non_null(strstr(err.text, "too long for a tar file"));
    assert_int_equal(file_stat(archive).kind, FILE_NONE);
    assert_int_equal(tar_pack(archive, "/nowhere/at/all", 0, NULL, &err), LK_EIO);
    str_done(&name);
    free(folder);
    free(archive);
}

static int make_root(void **state)
{
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    return (int)file_remove(root, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(packs), cmocka_unit_test(same_bytes),
                                       cmocka_unit_test(refused)};

    return cmocka_run_group_tests(tests, make_root, remove_root);
}
