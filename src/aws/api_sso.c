/* IAM Identity Center: the keys of a signed-in session. Members are those of the service's own
 * model; see api.h for the notation. */
#include "aws/api_tables.h"

static const struct aws_op ops[] = {
    {"GetRoleCredentials", "GET /federation/credentials",
     "{roleName!@qrole_name accountId!@qaccount_id accessToken!@hx-amz-sso_bearer_token}",
     "{roleCredentials:{accessKeyId secretAccessKey sessionToken expiration:i}}"},
};

const struct aws_service aws_service_sso = {
    .name = "sso",
    .endpoint = "portal.sso",
    .setting = "SSO",
    .words = "IAM Identity Center",
    .protocol = AWS_REST_JSON,
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
};
