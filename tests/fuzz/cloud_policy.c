/* Policies: any text is one or is refused with words, and any policy comes to a decision. */
#include "cloud/policy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decide(const struct policy *p, enum policy_kind kind)
{
    static const char *const name[] = {"ada"}, *const ip[] = {"10.1.2.3"},
                             *const when[] = {"2026-11-24T14:00:00Z"}, *const tags[] = {"a", "b"};
    static const struct policy_key keys[] = {{"aws:username", name, 1},
                                             {"aws:SourceIp", ip, 1},
                                             {"aws:CurrentTime", when, 1},
                                             {"aws:TagKeys", tags, 2}};
    struct policy_request r = {.account = "123456789012",
                               .principal = "arn:aws:iam::123456789012:user/ada",
                               .action = kind == POLICY_TRUST ? "sts:AssumeRole" : "s3:GetObject",
                               .resource = "arn:aws:s3:::bucket/key",
                               .keys = keys,
                               .key_count = sizeof keys / sizeof *keys};
    const struct policy *const list[] = {p};
    struct policy_set set = {.identity = list, .identity_count = kind == POLICY_IDENTITY};
    struct str text = STR_INIT;

    if (kind != POLICY_IDENTITY)
        set.resource = p;
    policy_put_reason(&text, policy_decide(&set, &r), r.action);
    str_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum policy_kind kinds[] = {POLICY_IDENTITY, POLICY_RESOURCE, POLICY_TRUST};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct lk_error err = {0};
        struct policy *p = NULL;

        if (!policy_parse(&p, (struct slice){(const char *)data, size}, kinds[i], &err))
            decide(p, kinds[i]);
        else if (!err.text[0])
            abort(); /* refused without words */
        policy_free(p);
    }
    return 0;
}
