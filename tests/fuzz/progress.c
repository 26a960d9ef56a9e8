/* A record of progress from anywhere: taken in whole or refused, and what was taken comes out. */
#include "base/error.h"
#include "lab/store.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct store *store;
    struct str out = STR_INIT;
    struct lk_error err = {0};

    if (!store && store_open(&store, ":memory:", "B", &err))
        abort();
    store_forget(store, NULL, NULL);
    if (!store_import(store, (struct slice){(const char *)data, size}, "record", &err)) {
        if (store_export(store, &out, &err))
            abort();
        /* What we wrote ourselves is always taken. */
        if (store_import(store, slice_str(&out), "record", &err))
            abort();
    } else if (!err.text[0]) {
        abort();
    }
    str_done(&out);
    return 0;
}
