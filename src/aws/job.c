/*
 * Starting jobs through the guard, and the role they run as. A role may be
 * given by name everywhere; it is turned into its ARN here, once.
 */
#include "aws/job.h"

#include "base/error.h"

#include <string.h>

/* ---- roles ----------------------------------------------------------------------------- */

static void put_named(struct str *out, const char *member, const char *value)
{
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, member, value);
    json_close(&w);
}

enum lk_status job_role_arn(struct str *arn, struct guard *g, const char *role,
                            struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json *answer = NULL;
    enum lk_status st;

    if (slice_starts(slice_of(role), "arn:")) {
        str_puts(arn, role);
        return LK_OK;
    }
    put_named(&in, "RoleName", role);
    st = aws_call(guard_client(g), "iam", "GetRole", slice_str(&in), &answer, err);
    if (!st)
        str_puts(arn, json_path(answer, "Role.Arn"));
    json_free(answer);
    str_done(&in);
    return st;
}

static const char trust[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
    "\"sagemaker.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}";

/* What training and transform need, and no more: one bucket, logs, metrics, images. */
static void put_policy(struct str *out, const char *partition, const char *bucket)
{
    str_printf(out,
               "{\"Version\":\"2012-10-17\",\"Statement\":["
               "{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\","
               "\"s3:DeleteObject\",\"s3:AbortMultipartUpload\"],"
               "\"Resource\":\"arn:%s:s3:::%s/*\"},"
               "{\"Effect\":\"Allow\",\"Action\":[\"s3:ListBucket\",\"s3:GetBucketLocation\"],"
               "\"Resource\":\"arn:%s:s3:::%s\"},"
               "{\"Effect\":\"Allow\",\"Action\":[\"cloudwatch:PutMetricData\","
               "\"logs:CreateLogGroup\",\"logs:CreateLogStream\",\"logs:PutLogEvents\","
               "\"logs:DescribeLogStreams\",\"ecr:GetAuthorizationToken\","
               "\"ecr:BatchCheckLayerAvailability\",\"ecr:GetDownloadUrlForLayer\","
               "\"ecr:BatchGetImage\"],\"Resource\":\"*\"}]}",
               partition, bucket, partition, bucket);
}

static enum lk_status create_role(struct str *arn, struct guard *g, const char *name,
                                  struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "RoleName", name);
    json_put_z(&w, "Path", "/labkit/");
    json_put_z(&w, "AssumeRolePolicyDocument", trust);
    json_put_z(&w, "Description", "Lets SageMaker run the jobs of labkit");
    json_close(&w);
    st = guard_call(g, "iam", "CreateRole", slice_str(&in), &answer, err);
    if (!st)
        str_puts(arn, json_path(answer, "Role.Arn"));
    json_free(answer);
    str_done(&in);
    return st;
}

enum lk_status job_make_role(struct str *arn, struct guard *g, const char *name, const char *bucket,
                             struct lk_error *err)
{
    struct str in = STR_INIT, policy = STR_INIT;
    struct lk_error mine = {0};
    struct json_out w;
    enum lk_status st = job_role_arn(arn, g, name, &mine);

    if (st && !strcmp(mine.code, "NoSuchEntity"))
        st = create_role(arn, g, name, &mine);
    if (!st) {
        put_policy(&policy, aws_partition(guard_client(g)), bucket);
        json_begin(&w, &in, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, "RoleName", name);
        json_put_z(&w, "PolicyName", "labkit-jobs");
        json_put_string(&w, "PolicyDocument", slice_str(&policy));
        json_close(&w);
        st = aws_call(guard_client(g), "iam", "PutRolePolicy", slice_str(&in), NULL, &mine);
    }
    if (st && err)
        *err = mine;
    str_done(&in);
    str_done(&policy);
    return st;
}

/* ---- starting ----------------------------------------------------------------------------- */

/* The description with its role as an ARN. */
static enum lk_status with_role(struct json **out, struct guard *g, const struct json *spec,
                                struct lk_error *err)
{
    const char *role = json_string(json_get(spec, "role"), NULL);
    struct str text = STR_INIT, arn = STR_INIT;
    struct json_out w;
    enum lk_status st = role ? job_role_arn(&arn, g, role, err) : LK_OK;

    if (!st) {
        json_begin(&w, &text, false);
        json_open(&w, NULL, '{');
        for (const struct json *c = json_first(spec); c; c = json_next(c)) {
            if (!strcmp(json_key(c), "role"))
                json_put_string(&w, "role", slice_str(&arn));
            else
                json_put_tree(&w, json_key(c), c);
        }
        json_close(&w);
        st = json_parse(out, slice_str(&text), "the description", err);
    }
    str_done(&text);
    str_done(&arn);
    return st;
}

static enum lk_status start_endpoint(struct guard *g, const struct json *spec, struct json **out,
                                     struct lk_error *err)
{
    struct str config = STR_INIT, endpoint = STR_INIT, in = STR_INIT;
    enum lk_status st = job_endpoint_request(&config, &endpoint, spec, err);

    if (!st)
        st = guard_call(g, "sagemaker", "CreateEndpointConfig", slice_str(&config), NULL, err);
    if (!st) {
        st = guard_call(g, "sagemaker", "CreateEndpoint", slice_str(&endpoint), out, err);
        if (st) { /* a configuration alone is of no use */
            put_named(&in, "EndpointConfigName", json_string(json_get(spec, "name"), ""));
            (void)!guard_call(g, "sagemaker", "DeleteEndpointConfig", slice_str(&in), NULL, NULL);
        }
    }
    str_done(&config);
    str_done(&endpoint);
    str_done(&in);
    return st;
}

enum lk_status job_start(struct guard *g, const char *kind, const struct json *spec,
                         struct json **out, struct lk_error *err)
{
    struct aws *c = guard_client(g);
    struct str in = STR_INIT;
    struct json *full = NULL;
    const char *op = NULL;
    enum lk_status st;

    if (!strcmp(kind, "endpoint"))
        return start_endpoint(g, spec, out, err);
    st = with_role(&full, g, spec, err);
    if (!st && !strcmp(kind, "train")) {
        op = "CreateTrainingJob";
        st = job_train_request(&in, c, full, err);
    } else if (!st && !strcmp(kind, "tune")) {
        op = "CreateHyperParameterTuningJob";
        st = job_tune_request(&in, c, full, err);
    } else if (!st && !strcmp(kind, "model")) {
        op = "CreateModel";
        st = job_model_request(&in, c, full, err);
    } else if (!st && !strcmp(kind, "transform")) {
        op = "CreateTransformJob";
        st = job_transform_request(&in, full, err);
    } else if (!st && !strcmp(kind, "label")) {
        op = "CreateLabelingJob";
        st = job_label_request(&in, c, full, err);
    } else if (!st) {
        st = error_set(err, LK_EUSE,
                       "a job is train, tune, model, transform, endpoint or label, not '%s'", kind);
    }
    if (!st)
        st = guard_call(g, "sagemaker", op, slice_str(&in), out, err);
    json_free(full);
    str_done(&in);
    return st;
}
