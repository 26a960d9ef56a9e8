/* A path of DataProcessing and a record it is applied to: the first line, and the rest. */
#include "cloud/transform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = {(const char *)data, size}, first;
    struct jsonpath *path;
    struct str out = STR_INIT;
    char text[64];

    if (size > 4096 || !slice_split(&rest, '\n', &first) || first.len >= sizeof text)
        return 0;
    memcpy(text, first.ptr, first.len);
    text[first.len] = '\0';
    if (jsonpath_parse(&path, text, NULL))
        return 0;
    (void)!transform_filter(&out, path, false, slice_first(rest, slice_find(rest, '\n')), NULL);
    str_clear(&out);
    (void)!transform_filter(&out, path, true, rest, NULL);
    str_done(&out);
    jsonpath_free(path);
    return 0;
}
