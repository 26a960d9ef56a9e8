/* Formulas: what is drawn is balanced, and holds no markup of the author's. */
#include "book/math.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str out = STR_INIT;
    struct lk_error err;
    int open = 0;

    if (math_render(&out, (struct slice){(const char *)data, size}, true, &err) == LK_OK) {
        for (size_t i = 0; i < out.len; i++)
            if (out.ptr[i] == '<' && i + 1 < out.len)
                open += out.ptr[i + 1] == '/' ? -1 : 1;
            else if (out.ptr[i] == '>' && out.ptr[i - 1] == '/')
                open--;
        if (open)
            abort();
    } else if (out.len) {
        abort();
    }
    str_done(&out);
    return 0;
}
