/* STS: who am I, and becoming a role. Members are those of the service's own model; see api.h for
 * the notation. */
#include "aws/api_tables.h"

static const struct aws_shape shapes[] = {
    {"AssumedRoleUser", "{AssumedRoleId Arn}"},
    {"Credentials", "{AccessKeyId SecretAccessKey SessionToken Expiration:t}"},
};

static const struct aws_op ops[] = {
    {"GetCallerIdentity", NULL, "{}", "{UserId Account Arn}"},
    {"AssumeRole", NULL,
     "{RoleArn! RoleSessionName! PolicyArns:[{arn}] Policy DurationSeconds:i Tags:[{Key! "
     "Value!}] TransitiveTagKeys:[s] ExternalId SerialNumber TokenCode SourceIdentity}",
     "{Credentials:$Credentials AssumedRoleUser:$AssumedRoleUser PackedPolicySize:i "
     "SourceIdentity}"},
    {"AssumeRoleWithWebIdentity", NULL,
     "{RoleArn! RoleSessionName! WebIdentityToken! ProviderId PolicyArns:[{arn}] Policy "
     "DurationSeconds:i}",
     "{Credentials:$Credentials SubjectFromWebIdentityToken AssumedRoleUser:$AssumedRoleUser "
     "PackedPolicySize:i Provider Audience SourceIdentity}"},
    {"DecodeAuthorizationMessage", NULL, "{EncodedMessage!}", "{DecodedMessage}"},
};

const struct aws_service aws_service_sts = {
    .name = "sts",
    .signing = "sts",
    .endpoint = "sts",
    .setting = "STS",
    .version = "2011-06-15",
    .words = "STS",
    .protocol = AWS_QUERY,
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .shapes = shapes,
    .shape_count = sizeof shapes / sizeof shapes[0],
};
