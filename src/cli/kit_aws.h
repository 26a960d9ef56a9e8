/* What the commands `labkit aws ...` share: options, the client, printing. */
#ifndef CLI_KIT_AWS_H
#define CLI_KIT_AWS_H

#include "aws/aws.h"
#include "cli/command.h"

/* First rows of each command's options. */
#define KIT_AWS_OPTIONS                                                                            \
    {"target", "T", "aws or practice (default: $LABKIT_TARGET, else aws)", false, 0},              \
        {"region", "R", "instead of AWS_REGION or the profile's", false, 0},                       \
        {"profile", "P", "of the AWS config and credentials files", false, 0},                     \
        {"endpoint-url", "URL", "ask here, for every service", false, 0},                          \
    {                                                                                              \
        "json", NULL, "print JSON", false, 0                                                       \
    }
#define KIT_AWS_OPTIONS_END                                                                        \
    {                                                                                              \
        NULL, NULL, NULL, false, 0                                                                 \
    }

/* The client that the options describe; Ctrl-C cancels it. */
enum lk_status kit_aws_open(struct aws **out, const struct args *a, struct lk_error *err);
void kit_aws_close(struct aws *c);
/* n operands, no more and no fewer; words name them in the error. */
enum lk_status kit_aws_operands(const struct args *a, size_t n, const char *words,
                                struct lk_error *err);
/* Print the tree, indented, with a newline. */
enum lk_status kit_aws_print_json(const struct json *j, struct lk_error *err);
/* Text from outside, safe for a terminal, to stdout. */
void kit_aws_put(const char *text);

#endif
