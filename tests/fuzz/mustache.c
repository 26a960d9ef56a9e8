/* A template, drawn lenient and strict with some data; it may call itself as "t". */
#include "book/mustache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice source = {(const char *)data, size};
    struct mustache *m = mustache_new();
    struct arena arena = {0};
    struct mv *map = mv_new(&arena, MV_MAP), *list;
    const struct mv *context = map;
    struct str out = STR_INIT;

    mv_z(&arena, map, "a", "<text>");
    mv_flag(&arena, map, "b", true);
    list = mv_put(&arena, map, "c", MV_LIST);
    mv_z(&arena, list, NULL, "x");
    mv_z(&arena, list, NULL, "y\nz");
    if (size < 4096 && mustache_add(m, "t", source, "t", NULL) == LK_OK) {
        if (mustache_render(&out, m, "t", &context, 1, true, NULL))
            str_clear(&out);
    }
    str_done(&out);
    arena_done(&arena);
    mustache_free(m);
    return 0;
}
