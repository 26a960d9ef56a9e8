/* Where the statements of a policy stand, in any text: inside it, and each ends behind its start.
 */
#include "cloud/policy.h"

#include <stdlib.h>

static size_t lines(struct slice text)
{
    size_t n = 1;

    for (size_t i = 0; i < text.len; i++)
        n += text.ptr[i] == '\n';
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct policy_place at;

    for (size_t i = 0; i < 4 && policy_find_statement(text, i, &at); i++) {
        if (at.end_line > lines(text) || at.end_line < at.line)
            abort();
        if (at.end_line == at.line && at.end_column <= at.column)
            abort();
    }
    return 0;
}
