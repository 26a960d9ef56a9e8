/*
 * Addresses of images: "ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG".
 * Each region has a registry of its own, and an image of another region's is
 * refused, which is every learner's first mistake with a copied address.
 */
#include "cloud/image.h"

#include <string.h>

/* The account that keeps sagemaker-xgboost, by region. */
static const struct registry {
    const char *region, *account;
} registries[] = {
    {"af-south-1", "510948584623"},     {"ap-east-1", "651117190479"},
    {"ap-northeast-1", "354813040037"}, {"ap-northeast-2", "366743142698"},
    {"ap-northeast-3", "867004704886"}, {"ap-south-1", "720646828776"},
    {"ap-south-2", "628508329040"},     {"ap-southeast-1", "121021644041"},
    {"ap-southeast-2", "783357654285"}, {"ap-southeast-3", "951798379941"},
    {"ap-southeast-4", "106583098589"}, {"ca-central-1", "341280168497"},
    {"ca-west-1", "190319476487"},      {"cn-north-1", "450853457545"},
    {"cn-northwest-1", "451049120500"}, {"eu-central-1", "492215442770"},
    {"eu-central-2", "680994064768"},   {"eu-north-1", "662702820516"},
    {"eu-south-1", "978288397137"},     {"eu-south-2", "104374241257"},
    {"eu-west-1", "141502667606"},      {"eu-west-2", "764974769150"},
    {"eu-west-3", "659782779980"},      {"il-central-1", "898809789911"},
    {"me-central-1", "272398656194"},   {"me-south-1", "801668240914"},
    {"sa-east-1", "737474898029"},      {"us-east-1", "683313688378"},
    {"us-east-2", "257758044811"},      {"us-gov-east-1", "237065988967"},
    {"us-gov-west-1", "414596584902"},  {"us-west-1", "746614075791"},
    {"us-west-2", "246618743249"},
};

static const char *const versions[] = {"0.90-1", "0.90-2", "1.0-1", "1.2-1", "1.2-2", "1.3-1",
                                       "1.5-1",  "1.7-1",  "3.0-5", "3.2-0", NULL};

struct address {
    struct slice account, region, suffix, repository, tag;
};

/* false when it is not an address in a registry of ECR. */
static bool take_apart(struct address *a, const char *image)
{
    struct slice rest = slice_of(image), host, path;
    size_t slash = slice_find(rest, '/');

    host = slice_first(rest, slash);
    path = slice_from(rest, slash + (slash < rest.len));
    a->account = slice_first(host, slice_find(host, '.'));
    host = slice_from(host, a->account.len);
    if (!slice_starts(host, ".dkr.ecr.") || !path.len)
        return false;
    host = slice_from(host, strlen(".dkr.ecr."));
    a->region = slice_first(host, slice_find(host, '.'));
    if (a->region.len == host.len)
        return false;
    a->suffix = slice_from(host, a->region.len + 1);
    a->repository = slice_first(path, slice_find(path, ':'));
    a->tag = slice_from(path, a->repository.len + (a->repository.len < path.len));
    return true;
}

static const char *suffix_of(const char *region)
{
    return strncmp(region, "cn-", 3) ? "amazonaws.com" : "amazonaws.com.cn";
}

static const char *account_of(const char *region)
{
    for (size_t i = 0; i < sizeof registries / sizeof *registries; i++)
        if (!strcmp(registries[i].region, region))
            return registries[i].account;
    return NULL;
}

/* "1.7-1" and "1.7-1-cpu-py3" are one. */
static const char *version_of(struct slice tag)
{
    for (const char *const *v = versions; *v; v++) {
        struct slice rest = slice_from(tag, strlen(*v));

        if (slice_starts(tag, *v) && (!rest.len || slice_is(rest, "-cpu-py3")))
            return *v;
    }
    return NULL;
}

const char *image_known_version(const char *image)
{
    struct address a;

    return image && take_apart(&a, image) ? version_of(a.tag) : NULL;
}

const char *image_version(struct call *c, const char *image, const char *role_arn)
{
    const char *account = account_of(c->region), *version = NULL;
    struct address a;

    if (!take_apart(&a, image))
        call_fail(
            c, 400, "ValidationException",
            "Invalid training image '%.255s'. Please provide a valid Amazon Elastic Container "
            "Registry path: <account>.dkr.ecr.%s.%s/<repository>:<tag>.",
            image, c->region, suffix_of(c->region));
    else if (!slice_is(a.region, c->region) || !slice_is(a.suffix, suffix_of(c->region)))
        call_fail(c, 400, "ValidationException",
                  "Invalid DNS suffix '%.*s' for region '%.*s' in training image. Please provide "
                  "the valid <region>.<dns-suffix>: '%s.%s'",
                  (int)a.suffix.len, a.suffix.ptr, (int)a.region.len, a.region.ptr, c->region,
                  suffix_of(c->region));
    else if (!account || !slice_is(a.account, account) ||
             !slice_is(a.repository, "sagemaker-xgboost"))
        call_fail(c, 400, "ValidationException",
                  "Access denied for repository: %.*s in registry ID: %.*s. Please check if your "
                  "ECR repository and image exist and role %s has proper pull permissions for "
                  "SageMaker: ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, "
                  "ecr:GetDownloadUrlForLayer",
                  (int)a.repository.len, a.repository.ptr, (int)a.account.len, a.account.ptr,
                  role_arn);
    else if (!(version = version_of(a.tag)))
        call_fail(c, 400, "ValidationException", "Requested image %.255s not found.", image);
    return version;
}
