/* IAM: roles and policies; users and keys to read only. Members are those of the service's own
 * model; see api.h for the notation. */
#include "aws/api_tables.h"

static const struct aws_shape shapes[] = {
    {"tagListType", "[{Key! Value!}]"},
    {"AttachedPermissionsBoundary", "{PermissionsBoundaryType PermissionsBoundaryArn}"},
    {"PermissionsBoundaryDecisionDetail", "{AllowedByPermissionsBoundary:b}"},
    {"Policy",
     "{PolicyName PolicyId Arn Path DefaultVersionId AttachmentCount:i "
     "PermissionsBoundaryUsageCount:i IsAttachable:b Description CreateDate:t UpdateDate:t "
     "Tags:[{Key Value}]}"},
    {"PolicyVersion", "{Document VersionId IsDefaultVersion:b CreateDate:t}"},
    {"Position", "{Line:i Column:i}"},
    {"Role", "{Path RoleName RoleId Arn CreateDate:t AssumeRolePolicyDocument Description "
             "MaxSessionDuration:i PermissionsBoundary:$AttachedPermissionsBoundary Tags:[{Key "
             "Value}] RoleLastUsed:{LastUsedDate:t Region}}"},
    {"StatementListType",
     "[{SourcePolicyId SourcePolicyType StartPosition:$Position EndPosition:$Position}]"},
    {"User", "{Path UserName UserId Arn CreateDate:t PasswordLastUsed:t "
             "PermissionsBoundary:$AttachedPermissionsBoundary Tags:[{Key Value}]}"},
    {"attachedPoliciesListType", "[{PolicyName PolicyArn}]"},
};

static const struct aws_op ops[] = {
    {"CreateRole", NULL,
     "{Path RoleName! AssumeRolePolicyDocument! Description MaxSessionDuration:i "
     "PermissionsBoundary Tags:$tagListType}",
     "{Role:$Role}"},
    {"GetRole", NULL, "{RoleName!}", "{Role:$Role}"},
    {"ListRoles", NULL, "{PathPrefix Marker MaxItems:i}", "{Roles:[$Role] IsTruncated:b Marker}"},
    {"UpdateAssumeRolePolicy", NULL, "{RoleName! PolicyDocument!}", "{}"},
    {"DeleteRole", NULL, "{RoleName!}", "{}"},
    {"PutRolePolicy", NULL, "{RoleName! PolicyName! PolicyDocument!}", "{}"},
    {"GetRolePolicy", NULL, "{RoleName! PolicyName!}", "{RoleName PolicyName PolicyDocument}"},
    {"ListRolePolicies", NULL, "{RoleName! Marker MaxItems:i}",
     "{PolicyNames:[s] IsTruncated:b Marker}"},
    {"DeleteRolePolicy", NULL, "{RoleName! PolicyName!}", "{}"},
    {"AttachRolePolicy", NULL, "{RoleName! PolicyArn!}", "{}"},
    {"DetachRolePolicy", NULL, "{RoleName! PolicyArn!}", "{}"},
    {"ListAttachedRolePolicies", NULL, "{RoleName! PathPrefix Marker MaxItems:i}",
     "{AttachedPolicies:$attachedPoliciesListType IsTruncated:b Marker}"},
    {"CreatePolicy", NULL, "{PolicyName! Path PolicyDocument! Description Tags:$tagListType}",
     "{Policy:$Policy}"},
    {"GetPolicy", NULL, "{PolicyArn!}", "{Policy:$Policy}"},
    {"GetPolicyVersion", NULL, "{PolicyArn! VersionId!}", "{PolicyVersion:$PolicyVersion}"},
    {"ListPolicies", NULL,
     "{Scope:=All|AWS|Local OnlyAttached:b PathPrefix PolicyUsageFilter:=PermissionsPolicy|"
     "PermissionsBoundary Marker MaxItems:i}",
     "{Policies:[$Policy] IsTruncated:b Marker}"},
    {"ListPolicyVersions", NULL, "{PolicyArn! Marker MaxItems:i}",
     "{Versions:[$PolicyVersion] IsTruncated:b Marker}"},
    {"DeletePolicy", NULL, "{PolicyArn!}", "{}"},
    {"TagRole", NULL, "{RoleName! Tags!:$tagListType}", "{}"},
    {"ListRoleTags", NULL, "{RoleName! Marker MaxItems:i}",
     "{Tags:[{Key Value}] IsTruncated:b Marker}"},
    {"SimulatePrincipalPolicy", NULL,
     "{PolicySourceArn! PolicyInputList:[s] PermissionsBoundaryPolicyInputList:[s] "
     "ActionNames!:[s] ResourceArns:[s] ResourcePolicy ResourceOwner CallerArn "
     "ContextEntries:[{ContextKeyName ContextKeyValues:[s] ContextKeyType:=string|stringList|"
     "numeric|numericList|boolean|booleanList|ip|ipList|binary|binaryList|date|dateList}] "
     "ResourceHandlingOption MaxItems:i Marker}",
     "{EvaluationResults:[{EvalActionName EvalResourceName EvalDecision "
     "MatchedStatements:$StatementListType MissingContextValues:[s] "
     "OrganizationsDecisionDetail:{AllowedByOrganizations:b} "
     "PermissionsBoundaryDecisionDetail:$PermissionsBoundaryDecisionDetail "
     "EvalDecisionDetails:<s> ResourceSpecificResults:[{EvalResourceName "
     "EvalResourceDecision MatchedStatements:$StatementListType MissingContextValues:[s] "
     "EvalDecisionDetails:<s> "
     "PermissionsBoundaryDecisionDetail:$PermissionsBoundaryDecisionDetail}]}] IsTruncated:b "
     "Marker}"},
    {"SimulateCustomPolicy", NULL,
     "{PolicyInputList!:[s] PermissionsBoundaryPolicyInputList:[s] ActionNames!:[s] "
     "ResourceArns:[s] ResourcePolicy ResourceOwner CallerArn "
     "ContextEntries:[{ContextKeyName ContextKeyValues:[s] ContextKeyType:=string|stringList|"
     "numeric|numericList|boolean|booleanList|ip|ipList|binary|binaryList|date|dateList}] "
     "ResourceHandlingOption MaxItems:i Marker}",
     "{EvaluationResults:[{EvalActionName EvalResourceName EvalDecision "
     "MatchedStatements:$StatementListType MissingContextValues:[s] "
     "OrganizationsDecisionDetail:{AllowedByOrganizations:b} "
     "PermissionsBoundaryDecisionDetail:$PermissionsBoundaryDecisionDetail "
     "EvalDecisionDetails:<s> ResourceSpecificResults:[{EvalResourceName "
     "EvalResourceDecision MatchedStatements:$StatementListType MissingContextValues:[s] "
     "EvalDecisionDetails:<s> "
     "PermissionsBoundaryDecisionDetail:$PermissionsBoundaryDecisionDetail}]}] IsTruncated:b "
     "Marker}"},
    {"ListUsers", NULL, "{PathPrefix Marker MaxItems:i}", "{Users:[$User] IsTruncated:b Marker}"},
    {"GetUser", NULL, "{UserName}", "{User:$User}"},
    {"ListAccessKeys", NULL, "{UserName Marker MaxItems:i}",
     "{AccessKeyMetadata:[{UserName AccessKeyId Status CreateDate:t}] IsTruncated:b Marker}"},
    {"ListUserPolicies", NULL, "{UserName! Marker MaxItems:i}",
     "{PolicyNames:[s] IsTruncated:b Marker}"},
    {"ListAttachedUserPolicies", NULL, "{UserName! PathPrefix Marker MaxItems:i}",
     "{AttachedPolicies:$attachedPoliciesListType IsTruncated:b Marker}"},
    {"GetAccountSummary", NULL, "{}", "{SummaryMap:<i>}"},
};

const struct aws_service aws_service_iam = {
    .name = "iam",
    .signing = "iam",
    .endpoint = "iam",
    .setting = "IAM",
    .version = "2010-05-08",
    .words = "IAM",
    .protocol = AWS_QUERY,
    .ops = ops,
    .op_count = sizeof ops / sizeof ops[0],
    .shapes = shapes,
    .shape_count = sizeof shapes / sizeof shapes[0],
};
