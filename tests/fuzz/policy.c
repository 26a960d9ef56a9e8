/* Policies from outside: parsing, and the places of their statements in the text. */
#include "cloud/policy.h"

#include <stdlib.h>

static void count(void *ctx, size_t index, bool denies)
{
    size_t *most = ctx;

    *most = index + 1 > *most ? index + 1 : *most;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct policy_request request = {.account = "123456789012",
                                                  .principal = "arn:aws:iam::123456789012:user/ada",
                                                  .action = "s3:GetObject",
                                                  .resource = "arn:aws:s3:::b/k"};
    struct slice text = {(const char *)data, size};
    struct policy_place at;
    struct policy *p;

    for (size_t i = 0; i < 3; i++)
        if (policy_find_statement(text, i, &at) &&
            (at.end_line < at.line || (at.end_line == at.line && at.end_column <= at.column)))
            abort();
    for (int kind = POLICY_IDENTITY; kind <= POLICY_TRUST; kind++) {
        size_t statements = 0;

        if (policy_parse(&p, text, (enum policy_kind)kind, NULL))
            continue;
        policy_each_statement(p, &request, count, &statements);
        if (statements > size)
            abort();
        policy_free(p);
    }
    return 0;
}
