/* CloudWatch Logs. Members are those of the service's own model; see api.h for the notation. */
#include "aws/api_tables.h"

static const struct aws_op ops[] = {
    {"DescribeLogGroups", NULL,
     "{accountIdentifiers:[s] logGroupNamePrefix logGroupNamePattern nextToken limit:i "
     "includeLinkedAccounts:b}",
     NULL},
    {"DescribeLogStreams", NULL,
     "{logGroupName! logGroupIdentifier logStreamNamePrefix orderBy:=LogStreamName|"
     "LastEventTime descending:b nextToken limit:i}",
     NULL},
    {"GetLogEvents", NULL,
     "{logGroupName! logGroupIdentifier logStreamName! startTime:i endTime:i nextToken "
     "limit:i startFromHead:b unmask:b}",
     NULL},
    {"FilterLogEvents", NULL,
     "{logGroupName! logGroupIdentifier logStreamNames:[s] logStreamNamePrefix startTime:i "
     "endTime:i filterPattern nextToken limit:i unmask:b}",
     NULL},
    {"CreateLogGroup", NULL, "{logGroupName! kmsKeyId tags:<s>}", NULL},
    {"CreateLogStream", NULL, "{logGroupName! logStreamName!}", NULL},
    {"PutLogEvents", NULL,
     "{logGroupName! logStreamName! logEvents!:[{timestamp!:i message!}] sequenceToken}", NULL},
    {"DeleteLogStream", NULL, "{logGroupName! logStreamName!}", NULL},
    {"DeleteLogGroup", NULL, "{logGroupName!}", NULL},
    {"PutRetentionPolicy", NULL, "{logGroupName! retentionInDays!:i}", NULL},
};

const struct aws_service aws_service_logs = {
    .name = "logs",
    .signing = "logs",
    .endpoint = "logs",
    .setting = "CLOUDWATCH_LOGS",
    .target = "Logs_20140328",
    .words = "CloudWatch Logs",
    .protocol = AWS_JSON,
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
};
