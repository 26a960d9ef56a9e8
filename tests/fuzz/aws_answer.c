/*
 * Answers of every protocol, from bytes: the first byte picks the operation,
 * the second the status. What comes out must be JSON.
 */
#include "aws/message.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ops[][2] = {{"s3", "ListObjectsV2"},
                                         {"s3", "GetBucketLocation"},
                                         {"s3", "HeadObject"},
                                         {"s3", "ListParts"},
                                         {"s3", "GetBucketPolicy"},
                                         {"s3", "DeleteObjects"},
                                         {"iam", "ListRoles"},
                                         {"iam", "SimulatePrincipalPolicy"},
                                         {"sts", "AssumeRole"},
                                         {"sso", "GetRoleCredentials"},
                                         {"sagemaker-runtime", "InvokeEndpoint"},
                                         {"sagemaker", "DescribeTrainingJob"}};
    struct net_answer a = {.body = STR_INIT};
    const struct aws_service *s;
    const struct aws_op *op;
    struct arena arena = {0};
    struct str out = STR_INIT;
    struct json *tree = NULL;
    struct fault fault;
    size_t pick;

    if (size < 2 || size > 64 * 1024)
        return 0;
    pick = data[0] % (sizeof ops / sizeof ops[0]);
    if (aws_find_service(&s, ops[pick][0], NULL) || aws_find_op(&op, s, ops[pick][1], NULL))
        abort();
    a.status = 200 + data[1];
    str_add(&a.body, data + 2, size - 2);
    if (!message_read(&out, s, op, &a, NULL) && op->out) /* else the bytes as they came */
        if (json_parse(&tree, slice_str(&out), "answer", NULL))
            abort();
    message_fault(&fault, &arena, s, &a);
    json_free(tree);
    str_done(&out);
    net_answer_done(&a);
    arena_done(&arena);
    return 0;
}
