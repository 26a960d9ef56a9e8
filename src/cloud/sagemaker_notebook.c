/*
 * Notebook instances as lifecycles: nothing runs Jupyter here, but everything
 * that matters for the bill is as on AWS. Made, it is Pending and then
 * InService; stopped, Stopping and then Stopped; only then can it be changed
 * or deleted. A status that is due to change does so when somebody looks.
 *
 * The type's quota is held from the start to the stop. Lifecycle configurations
 * are kept and checked, and not run.
 */
#include "cloud/internal.h"
#include "cloud/sagemaker.h"
#include "cloud/shape.h"
#include "cloud/thing.h"

#include "base/digest.h"

#include <string.h>

#define KIND        "notebook-instance"
#define CONFIG_KIND "notebook-instance-lifecycle-config"

enum { CHANGE_REAL_MS = 3 * 60 * 1000, VOLUME_MIN = 5, VOLUME_MAX = 16384, SCRIPT_MAX = 16384 };

/* ---- the lifecycle ------------------------------------------------------------------ */

/* Do what has become due: Pending -> InService, Stopping -> Stopped, Deleting -> gone. */
static void settle(struct call *c)
{
    struct stmt *s = sql(c->cloud, "delete from things where kind = '" KIND "' and due between 1"
                                   " and ?1 and status = 'Deleting'");

    stmt_int(s, 1, cloud_now(c->cloud));
    sql_run(c->cloud, s);
    s = sql(c->cloud, "update things set modified = due, due = 0, status = case status"
                      " when 'Pending' then 'InService' when 'Stopping' then 'Stopped'"
                      " when 'Updating' then 'Stopped' else status end"
                      " where kind = '" KIND "' and due between 1 and ?1");
    stmt_int(s, 1, cloud_now(c->cloud));
    sql_run(c->cloud, s);
}

static void change(struct call *c, struct thing *t, const char *status)
{
    t->status = status;
    t->modified = 0;
    t->due = cloud_now(c->cloud) + cloud_duration(c->cloud, CHANGE_REAL_MS);
    thing_put(c->cloud, t);
}

/* The instance, settled; AWS has words of its own for one that is not there. */
static bool need_notebook(struct call *c, struct thing *t)
{
    const char *name = sagemaker_name(c, "NotebookInstanceName");

    if (!name)
        return false;
    settle(c);
    if (thing_get(t, c->cloud, &c->memory, c->region, KIND, name))
        return true;
    call_fail(c, 400, "ValidationException", "RecordNotFound");
    return false;
}

static bool need_status(struct call *c, const struct thing *t, const char *words)
{
    struct slice rest = slice_of(words), word;

    while (slice_split(&rest, ' ', &word))
        if (slice_is(word, t->status))
            return true;
    call_fail(c, 400, "ValidationException",
              "Status (%s) not in ([%s]). Unable to transition to "
              "(%s) for Notebook Instance (%s).",
              t->status, words, c->operation->name, thing_arn(c->cloud, &c->memory, t));
    return false;
}

static const char *instance_type(struct call *c, const struct thing *t)
{
    struct json *request = thing_json(c, t->request);
    const char *type = arena_strdup(&c->memory, json_string(json_get(request, "InstanceType"), ""));

    json_free(request);
    return type;
}

/* ---- making, starting, stopping ------------------------------------------------------- */

static const struct shape shapes[] = {
    {"RoleArn", SHAPE_TEXT, false, 20, 2048, NULL},
    {"VolumeSizeInGB", SHAPE_NUMBER, false, VOLUME_MIN, VOLUME_MAX, NULL},
    {"DirectInternetAccess", SHAPE_WORD, .words = "Enabled Disabled"},
    {"RootAccess", SHAPE_WORD, .words = "Enabled Disabled"},
    {"LifecycleConfigName", SHAPE_TEXT, .max = 63},
    {"Tags", SHAPE_LIST, .max = 50},
    {"Tags[].Key", SHAPE_TEXT, true, 1, 128, NULL},
    {"Tags[].Value", SHAPE_TEXT, true, 0, 256, NULL},
    {.path = NULL},
};

static const struct sagemaker_absent absent[] = {
    {"SubnetId", SAGEMAKER_NO_VPC},
    {"SecurityGroupIds", SAGEMAKER_NO_VPC},
    {"KmsKeyId", SAGEMAKER_NO_KMS},
    {"AcceleratorTypes", "AWS has retired them"},
    {NULL, NULL},
};

static bool check_request(struct call *c)
{
    const char *config = call_param(c, "LifecycleConfigName");
    struct thing t;

    if (shape_check(c, shapes) && config &&
        !thing_get(&t, c->cloud, &c->memory, c->region, CONFIG_KIND, config))
        call_fail(c, 400, "ValidationException",
                  "Unable to describe Notebook Instance Lifecycle Config '%.63s'. Details: "
                  "NotebookInstanceLifecycleConfig does not exist.",
                  config);
    return !call_failed(c) && sagemaker_check_absent(c, absent) && sagemaker_check_tags(c);
}

void sagemaker_create_notebook(struct call *c)
{
    const char *name = sagemaker_name(c, "NotebookInstanceName");
    const char *type = name ? call_need(c, "InstanceType") : NULL;
    const char *role = type ? call_need(c, "RoleArn") : NULL, *arn;
    struct thing t;

    if (!role || !check_request(c) || !call_pass_role(c, role, SAGEMAKER_PRINCIPAL))
        return;
    settle(c);
    arn = call_arn(c, "sagemaker", KIND "/%s", name);
    if (thing_get(&t, c->cloud, &c->memory, c->region, KIND, name))
        call_fail(c, 400, "ValidationException", "Cannot create a duplicate Notebook Instance (%s)",
                  arn);
    else if (quota_reserve(c, USE_NOTEBOOK, type, 1, arn))
        json_put_z(&c->out, "NotebookInstanceArn",
                   thing_create(c, KIND, name, "Pending", "",
                                cloud_now(c->cloud) + cloud_duration(c->cloud, CHANGE_REAL_MS)));
}

void sagemaker_start_notebook(struct call *c)
{
    struct thing t;

    if (need_notebook(c, &t) && need_status(c, &t, "Stopped Failed") &&
        quota_reserve(c, USE_NOTEBOOK, instance_type(c, &t), 1,
                      thing_arn(c->cloud, &c->memory, &t)))
        change(c, &t, "Pending");
}

void sagemaker_stop_notebook(struct call *c)
{
    struct thing t;

    if (!need_notebook(c, &t) || !need_status(c, &t, "InService"))
        return;
    quota_release(c->cloud, thing_arn(c->cloud, &c->memory, &t));
    change(c, &t, "Stopping");
}

void sagemaker_delete_notebook(struct call *c)
{
    struct thing t;

    if (!need_notebook(c, &t) || !need_status(c, &t, "Stopped Failed"))
        return;
    tags_remove(c->cloud, thing_arn(c->cloud, &c->memory, &t), NULL);
    change(c, &t, "Deleting");
}

/* What the request says, over what was asked for before. */
void sagemaker_update_notebook(struct call *c)
{
    static const char *const members[] = {"InstanceType", "RoleArn", "VolumeSizeInGB",
                                          "LifecycleConfigName", "RootAccess"};
    const char *role, *type = call_param(c, "InstanceType");
    struct str text = STR_INIT;
    struct json_out w;
    struct json *old;
    struct thing t;

    if (!need_notebook(c, &t) || !need_status(c, &t, "Stopped Failed") || !check_request(c))
        return;
    role = call_param(c, "RoleArn");
    if ((role && !call_pass_role(c, role, SAGEMAKER_PRINCIPAL)) ||
        (type && !quota_reserve(c, USE_NOTEBOOK, type, 1, NULL)) ||
        !(old = thing_json(c, t.request)))
        return;
    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct json *now = json_get(c->in, members[i]);

        if (now || json_get(old, members[i]))
            json_put_tree(&w, members[i], now ? now : json_get(old, members[i]));
    }
    json_put_z(&w, "DirectInternetAccess",
               json_string(json_get(old, "DirectInternetAccess"), "Enabled"));
    json_close(&w);
    t.request = arena_strdup(&c->memory, text.ptr);
    change(c, &t, "Updating");
    json_free(old);
    str_done(&text);
}

/* ---- telling -------------------------------------------------------------------------- */

static void put_summary(struct call *c, const struct thing *t)
{
    struct json *request = thing_json(c, t->request);
    const char *config = json_string(json_get(request, "LifecycleConfigName"), NULL);

    json_put_z(&c->out, "NotebookInstanceName", t->name);
    json_put_z(&c->out, "NotebookInstanceArn", thing_arn(c->cloud, &c->memory, t));
    json_put_z(&c->out, "NotebookInstanceStatus", t->status);
    json_put_z(&c->out, "Url",
               arena_printf(&c->memory, "%s.notebook.%s.sagemaker.aws", t->name, t->region));
    json_put_z(&c->out, "InstanceType", json_string(json_get(request, "InstanceType"), ""));
    thing_put_time(c, "CreationTime", t->created);
    thing_put_time(c, "LastModifiedTime", t->modified);
    if (config)
        json_put_z(&c->out, "NotebookInstanceLifecycleConfigName", config);
    json_free(request);
}

void sagemaker_describe_notebook(struct call *c)
{
    static const char *const members[] = {"RoleArn",
                                          "SubnetId",
                                          "KmsKeyId",
                                          "PlatformIdentifier",
                                          "DefaultCodeRepository",
                                          "AdditionalCodeRepositories"};
    struct json *request;
    struct thing t;

    if (!need_notebook(c, &t) || !(request = thing_json(c, t.request)))
        return;
    put_summary(c, &t);
    thing_put_members(c, request, members, sizeof members / sizeof *members);
    json_put_z(&c->out, "DirectInternetAccess",
               json_string(json_get(request, "DirectInternetAccess"), "Enabled"));
    json_put_z(&c->out, "RootAccess", json_string(json_get(request, "RootAccess"), "Enabled"));
    json_put_int(&c->out, "VolumeSizeInGB",
                 (int64_t)json_number(json_get(request, "VolumeSizeInGB"), VOLUME_MIN));
    json_free(request);
}

void sagemaker_list_notebooks(struct call *c)
{
    settle(c);
    thing_list(c, KIND, NULL, "NotebookInstances", put_summary);
}

/* Where Jupyter would be; the practice cloud has none, and its page says so. */
void sagemaker_presign_notebook(struct call *c)
{
    struct str token = STR_INIT;
    struct thing t;

    call_int(c, "SessionExpirationDurationInSeconds", 43200, 1800, 43200);
    if (call_failed(c) || !need_notebook(c, &t) || !need_status(c, &t, "InService"))
        return;
    random_id(&token, "", 64);
    json_put_z(&c->out, "AuthorizedUrl",
               arena_printf(&c->memory, "https://%s.notebook.%s.sagemaker.aws?authToken=%s", t.name,
                            t.region, token.ptr));
    str_done(&token);
}

/* ---- lifecycle configurations ----------------------------------------------------------- */

static bool check_scripts(struct call *c, const char *member)
{
    const struct json *script = json_first(json_get(c->in, member));
    const char *content = json_string(json_get(script, "Content"), NULL);
    struct str text = STR_INIT;

    if (json_count(json_get(c->in, member)) > 1 ||
        (script && (!content || !*content || strlen(content) > SCRIPT_MAX ||
                    !base64_decode(&text, slice_of(content)))))
        call_fail(c, 400, "ValidationException",
                  "%s is one script, encoded in base64, of up to 16384 characters.", member);
    str_done(&text);
    return !call_failed(c);
}

static bool need_config(struct call *c, struct thing *t)
{
    const char *name = sagemaker_name(c, "NotebookInstanceLifecycleConfigName");

    if (!name)
        return false;
    if (thing_get(t, c->cloud, &c->memory, c->region, CONFIG_KIND, name))
        return true;
    call_fail(c, 400, "ValidationException",
              "Unable to describe Notebook Instance Lifecycle Config '%s'. Details: "
              "NotebookInstanceLifecycleConfig does not exist.",
              name);
    return false;
}

void sagemaker_create_notebook_config(struct call *c)
{
    const char *name = sagemaker_name(c, "NotebookInstanceLifecycleConfigName");
    struct thing t;

    if (!name || !check_scripts(c, "OnCreate") || !check_scripts(c, "OnStart"))
        return;
    if (thing_get(&t, c->cloud, &c->memory, c->region, CONFIG_KIND, name))
        call_fail(c, 400, "ValidationException",
                  "Unable to create Notebook Instance Lifecycle Config %s. Details: "
                  "NotebookInstanceLifecycleConfig already exists.",
                  name);
    else
        json_put_z(&c->out, "NotebookInstanceLifecycleConfigArn",
                   thing_create(c, CONFIG_KIND, name, "", "", 0));
}

static void put_config(struct call *c, const struct thing *t)
{
    json_put_z(&c->out, "NotebookInstanceLifecycleConfigName", t->name);
    json_put_z(&c->out, "NotebookInstanceLifecycleConfigArn", thing_arn(c->cloud, &c->memory, t));
    thing_put_time(c, "CreationTime", t->created);
    thing_put_time(c, "LastModifiedTime", t->modified);
}

void sagemaker_describe_notebook_config(struct call *c)
{
    static const char *const members[] = {"OnCreate", "OnStart"};
    struct json *request;
    struct thing t;

    if (!need_config(c, &t) || !(request = thing_json(c, t.request)))
        return;
    put_config(c, &t);
    thing_put_members(c, request, members, sizeof members / sizeof *members);
    json_free(request);
}

void sagemaker_list_notebook_configs(struct call *c)
{
    thing_list(c, CONFIG_KIND, NULL, "NotebookInstanceLifecycleConfigs", put_config);
}

void sagemaker_delete_notebook_config(struct call *c)
{
    struct thing t;

    if (need_config(c, &t))
        thing_delete(c, &t);
}
