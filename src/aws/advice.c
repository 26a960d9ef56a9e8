/*
 * What an error usually means, and what to do: one row for each code that
 * learners meet, narrowed by service and by words of the message where one
 * code stands for several things. The first row that fits is used.
 */
#include "aws/advice.h"
#include "aws/client.h"

#include <string.h>

const struct aws_advice aws_advices[] = {
    {"ValidationException", "No S3 objects found", NULL,
     "check the URL, that bucket and job are in one region, and that the role may list the bucket"},
    {"ValidationException", "Could not assume role", NULL,
     "the role must exist and its trust policy must name sagemaker.amazonaws.com ('labkit aws iam "
     "role' makes such a role)"},
    {"ValidationException", "Requested resource not found", NULL,
     "there is no job of this name in this account and region; is it in another region?"},
    {"ValidationException", "Could not find", NULL,
     "nothing of that name is in this account and region"},
    {"ValidationException", "already existing", NULL,
     "choose another name, or delete the old one first ('labkit aws cleanup')"},
    {"ValidationException", "Could not find model data", NULL,
     "the training job must have completed, and the artefact must lie in this region"},
    {"ValidationException", "Could not access model data", NULL,
     "the role needs s3:GetObject on the artefact, which must lie in this region"},
    {"ValidationException", "failed to satisfy constraint", NULL,
     "the message names the member and the form it must have"},
    {"ResourceLimitExceeded", "not available in this region", NULL,
     "choose another instance type or region"},
    {"ResourceLimitExceeded", NULL, NULL,
     "new accounts start with 0 of most instance types: ask for more in the Service Quotas "
     "console ('labkit aws quota --request'), or take a type whose quota is not 0"},
    {"ResourceInUse", NULL, NULL,
     "names of jobs are never free again: choose a new one, for example with the date in it"},
    {"ResourceNotFound", NULL, NULL, "nothing of that name is in this account and region"},
    {"AccessDenied", "explicit deny", NULL,
     "a policy forbids this expressly, and no other policy can overrule that"},
    {"AccessDeniedException", "explicit deny", NULL,
     "a policy forbids this expressly, and no other policy can overrule that"},
    {"AccessDeniedException", "iam:PassRole", NULL,
     "whoever starts a job hands its role over and needs iam:PassRole on that role"},
    {"AccessDenied", "BlockPublicPolicy", NULL,
     "Block Public Access is on for this bucket: switch it off first, for this bucket alone and on "
     "purpose"},
    {"AccessDenied", "iam:PassRole", NULL,
     "whoever starts a job hands its role over and needs iam:PassRole on that role"},
    {"ModelError", NULL, NULL,
     "the model's container failed on this input: look at 'labkit aws logs' of the endpoint, and "
     "check columns and content type"},
    {"ValidationError", NULL, "sagemaker-runtime", "the endpoint must exist here and be InService"},
    {"InvalidSignatureException", "expired", NULL, "set this computer's clock"},
    {"RequestTimeTooSkewed", NULL, NULL, "set this computer's clock"},
    {"InvalidSignatureException", NULL, NULL,
     "the secret key does not belong to the access key id: set both again"},
    {"SignatureDoesNotMatch", NULL, NULL,
     "the secret key does not belong to the access key id: set both again"},
    {"InvalidClientTokenId", NULL, NULL,
     "the access key does not exist (deleted, inactive, or of another partition)"},
    {"UnrecognizedClientException", NULL, NULL,
     "the access key or session token is not valid: sign in again or set the keys again"},
    {"InvalidAccessKeyId", NULL, NULL, "the access key does not exist: set the keys again"},
    {"AuthorizationHeaderMalformed", NULL, NULL, "the request was signed for another region"},
    {"PermanentRedirect", NULL, NULL, "the bucket lies in another region"},
    {"ExpiredToken", NULL, NULL, "the session has ended: sign in again ('aws sso login')"},
    {"ExpiredTokenException", NULL, NULL, "the session has ended: sign in again ('aws sso login')"},
    {"BadDigest", NULL, NULL, "the bytes changed on the way: try again"},
    {"NoSuchBucket", NULL, NULL, "check the bucket's spelling; names are global and lower case"},
    {"BucketAlreadyExists", NULL, NULL,
     "bucket names are shared by all accounts of AWS: choose one that nobody has"},
    {"BucketNotEmpty", NULL, NULL, "delete its objects first ('labkit aws s3 rb --force')"},
    {"InvalidBucketName", NULL, NULL,
     "3 to 63 characters: lower-case letters, digits, hyphens; no underscore"},
    {"NoSuchKey", NULL, NULL, "no such object; keys are case sensitive"},
    {"NotFound", NULL, "s3", "no such bucket or object; keys are case sensitive"},
    {"ThrottlingException", NULL, NULL, "too many requests at once: wait a little"},
    {"Throttling", NULL, NULL, "too many requests at once: wait a little"},
    {"SlowDown", NULL, NULL, "too many requests at once: wait a little"},
    {"EntityAlreadyExists", NULL, NULL, "take another name, or use the one that is there"},
    {"NoSuchEntity", "role with name", NULL,
     "check the name (IAM is the same in all regions), or make it: 'labkit aws iam role NAME "
     "--bucket B'"},
    {"NoSuchEntity", NULL, NULL, "check the name; IAM is the same in all regions"},
    {"DeleteConflict", NULL, NULL, "detach and delete its policies first"},
    {"MalformedPolicyDocument", NULL, NULL,
     "a policy has Version 2012-10-17 and statements with Effect, Action and Resource"},
    {"OptInRequired", NULL, NULL, "the account is not signed up for this service yet"},
    {"NoSuchResourceException", NULL, "service-quotas", "no quota of this code"},
};
const size_t aws_advice_count = sizeof aws_advices / sizeof *aws_advices;

/* S3's operations and what IAM calls them, where the names differ. */
static const char *action_of(const char *op)
{
    static const char *const pairs[][2] = {{"ListObjectsV2", "ListBucket"},
                                           {"HeadBucket", "ListBucket"},
                                           {"HeadObject", "GetObject"},
                                           {"CopyObject", "PutObject"},
                                           {"DeleteObjects", "DeleteObject"},
                                           {"CreateMultipartUpload", "PutObject"},
                                           {"UploadPart", "PutObject"},
                                           {"CompleteMultipartUpload", "PutObject"},
                                           {"ListBuckets", "ListAllMyBuckets"},
                                           {"ListParts", "ListMultipartUploadParts"},
                                           {"ListMultipartUploads", "ListBucketMultipartUploads"},
                                           {"PutPublicAccessBlock", "PutBucketPublicAccessBlock"},
                                           {"GetPublicAccessBlock", "GetBucketPublicAccessBlock"}};

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (!strcmp(op, pairs[i][0]))
            return pairs[i][1];
    return op;
}

/* "User: ARN is not authorized to perform: ACTION on resource: R" says it all. */
static void put_denied(struct str *out, const char *service, const char *op, const char *message)
{
    const char *perform = strstr(message, "to perform: "), *user = strstr(message, "User: ");

    if (perform) {
        perform += strlen("to perform: ");
        str_printf(out, "; attach a policy that allows %.*s", (int)strcspn(perform, " ,"), perform);
        if (user)
            str_printf(out, " to %.*s", (int)strcspn(user + 6, " "), user + 6);
    } else {
        str_printf(out, "; the caller ('labkit aws whoami') needs a policy that allows %s:%s",
                   service, action_of(op));
        if (!strcmp(service, "s3"))
            str_puts(out, ", and the bucket's own policy must not deny it");
    }
}

void advice_put(struct str *out, const char *service, const char *op, const char *code,
                const char *message)
{
    for (size_t i = 0; i < aws_advice_count; i++) {
        const struct aws_advice *a = &aws_advices[i];

        if (strcmp(a->code, code) || (a->service && strcmp(a->service, service)) ||
            (a->words && !strstr(message, a->words)))
            continue;
        str_printf(out, "; %s", a->text);
        return;
    }
    if (!strcmp(code, "AccessDenied") || !strcmp(code, "AccessDeniedException"))
        put_denied(out, service, op, message);
}
