/* The price list. Members are those of the service's own model; see api.h for the notation. */
#include "aws/api_tables.h"

static const struct aws_op ops[] = {
    {"GetProducts", NULL,
     "{ServiceCode! Filters:[{Type!:=TERM_MATCH|EQUALS|CONTAINS|ANY_OF|NONE_OF Field! "
     "Value!}] FormatVersion NextToken MaxResults:i}",
     NULL},
    {"GetAttributeValues", NULL, "{ServiceCode! AttributeName! NextToken MaxResults:i}", NULL},
    {"DescribeServices", NULL, "{ServiceCode FormatVersion NextToken MaxResults:i}", NULL},
};

const struct aws_service aws_service_pricing = {
    .name = "pricing",
    .signing = "pricing",
    .endpoint = "api.pricing",
    .setting = "PRICING",
    .target = "AWSPriceListService",
    .words = "Pricing",
    .protocol = AWS_JSON,
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
};
