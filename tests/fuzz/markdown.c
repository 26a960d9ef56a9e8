/* Markdown with all passes, drawn as a page: no crash, no leak, and no <script. */
#include "book/extend.h"
#include "book/html.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct html_options page = {.page = true};
    struct arena arena = {0};
    struct findings findings = {0};
    struct text map = {.body = STR_INIT};
    struct str out = STR_INIT;
    struct node *tree;

    if (size > 64 * 1024)
        return 0;
    tree = extend_parse(&arena, (struct slice){(const char *)data, size}, 1, &map, &findings);
    html_render(&out, tree, &page);
    if (strstr(out.ptr, "<script"))
        abort();
    str_done(&out);
    findings_done(&findings);
    arena_done(&arena);
    return 0;
}
