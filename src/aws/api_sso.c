/* IAM Identity Center: the keys of a signed-in session, and a new token for it. Members are those
 * of the service's own model; see api.h for the notation. */
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

static const struct aws_op oidc_ops[] = {
    {"CreateToken", "POST /token",
     "{clientId! clientSecret! grantType! deviceCode code refreshToken scope:[s] redirectUri}",
     "{accessToken tokenType expiresIn:i refreshToken idToken}"},
};

const struct aws_service aws_service_sso_oidc = {
    .name = "sso-oidc",
    .endpoint = "oidc",
    .setting = "SSO_OIDC",
    .words = "IAM Identity Center",
    .protocol = AWS_REST_JSON,
    .ops = oidc_ops,
    .op_count = sizeof oidc_ops / sizeof oidc_ops[0],
};
