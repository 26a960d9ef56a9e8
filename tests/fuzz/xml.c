/* The XML reader, from bytes. */
#include "base/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct xml *root = NULL;

    if (size > 64 * 1024)
        return 0;
    (void)!xml_parse(&root, &arena, (struct slice){(const char *)data, size}, "fuzz", NULL);
    arena_done(&arena);
    return 0;
}
