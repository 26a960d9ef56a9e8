/* Regular expressions from outside: the first line is the pattern, the rest the text. */
#include "base/mem.h"
#include "base/pattern.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice all = {(const char *)data, size};
    struct slice first = slice_first(all, slice_find(all, '\n')), found;
    struct pattern *p = NULL;
    char *pattern;

    if (size > 2048 || first.len > 200)
        return 0;
    pattern = mem_strndup(first.ptr, first.len);
    if (!pattern_parse(&p, pattern, NULL)) {
        struct slice text = slice_from(all, first.len);

        for (size_t group = 0; group <= pattern_groups(p) && group < 3; group++)
            if (pattern_find(p, text, group, &found) &&
                (found.ptr < text.ptr || found.ptr + found.len > text.ptr + text.len))
                abort();
        pattern_free(p);
    }
    free(pattern);
    return 0;
}
