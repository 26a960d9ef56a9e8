/* What a request claims before anybody is trusted: authorization headers, signed queries, forms. */
#include "aws/sigv4.h"
#include "http/target.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_form(struct arena *a, struct slice text)
{
    char *raw = arena_printf(a, "/?%.*s", (int)text.len, text.ptr);
    struct target t;

    if (!target_parse(&t, a, raw))
        return;
    for (size_t i = 0; i < t.pairs; i++)
        if (!t.names[i] || !t.values[i])
            abort();
    (void)target_query(&t, "Action");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct arena a = {0};
    struct sigv4_claim claim;

    if (size > 64 * 1024)
        return 0;
    (void)!sigv4_parse_header(&claim, text, NULL);
    (void)!sigv4_parse_query(&claim, &a, text, NULL);
    read_form(&a, text);
    arena_done(&a);
    return 0;
}
