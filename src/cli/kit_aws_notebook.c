/* labkit aws notebook: Jupyter on a rented computer, which costs while it runs. */
#include "cli/kit_aws_action.h"

#include <stdio.h>
#include <string.h>

#define NAME_MEMBER "NotebookInstanceName"

static const struct option options[] = {
    KIT_AWS_OPTIONS,
    KIT_GUARD_OPTIONS,
    {"role", "ROLE", "name or ARN of the role that the notebook acts as (to create one)", false, 0},
    {"instance", "TYPE", "default ml.t3.medium", false, 0},
    {"volume-gb", "N", "size of its disk (default 5)", false, 0},
    {"lifecycle", "NAME", "a lifecycle configuration: scripts for when it starts", false, 0},
    {"wait", NULL, "until it is as asked for, telling what it does", false, 'w'},
    KIT_AWS_OPTIONS_END};

static enum lk_status wait_for(struct guard *g, const struct args *a, const char *name,
                               struct lk_error *err)
{
    return args_flag(a, "wait") ? kit_job_wait(g, "notebook", name, a, err) : LK_OK;
}

static enum lk_status create(struct guard *g, const struct args *a, const char *name,
                             struct lk_error *err)
{
    const char *type = args_get(a, "instance") ? args_get(a, "instance") : "ml.t3.medium";
    struct str in = STR_INIT, role = STR_INIT;
    struct json *answer = NULL;
    struct json_out w;
    int64_t volume = 5;
    enum lk_status st;

    (void)((st = args_need(a, "role", err)) || (st = names_job("notebook", name, err)) ||
           (st = names_instance(type, err)) ||
           (st = args_int(a, "volume-gb", 5, 5, 16384, &volume, err)) ||
           (st = job_role_arn(&role, g, args_get(a, "role"), err)));
    if (!st) {
        json_begin(&w, &in, false);
        json_open(&w, NULL, '{');
        json_put_z(&w, NAME_MEMBER, name);
        json_put_z(&w, "InstanceType", type);
        json_put_string(&w, "RoleArn", slice_str(&role));
        json_put_int(&w, "VolumeSizeInGB", volume);
        kit_job_put_option(&w, a, "lifecycle", "LifecycleConfigName");
        json_close(&w);
        st = guard_call(g, "sagemaker", "CreateNotebookInstance", slice_str(&in), &answer, err);
    }
    if (!st)
        printf("%s\n", json_path(answer, "NotebookInstanceArn"));
    fflush(stdout);
    json_free(answer);
    str_done(&in);
    str_done(&role);
    return st ? st : wait_for(g, a, name, err);
}

static enum lk_status start(struct guard *g, const struct args *a, const char *name,
                            struct lk_error *err)
{
    enum lk_status st = kit_action_ask(g, "StartNotebookInstance", NAME_MEMBER, name, NULL, err);

    return st ? st : wait_for(g, a, name, err);
}

static enum lk_status stop(struct guard *g, const struct args *a, const char *name,
                           struct lk_error *err)
{
    enum lk_status st = kit_action_ask(g, "StopNotebookInstance", NAME_MEMBER, name, NULL, err);

    return st ? st : wait_for(g, a, name, err);
}

/* A running one is stopped first, as SageMaker asks for. */
static enum lk_status remove_it(struct guard *g, const struct args *a, const char *name,
                                struct lk_error *err)
{
    struct json *there = NULL;
    enum lk_status st =
        kit_action_ask(g, "DescribeNotebookInstance", NAME_MEMBER, name, &there, err);

    if (!st && !strcmp(json_path(there, "NotebookInstanceStatus"), "InService"))
        st = kit_action_ask(g, "StopNotebookInstance", NAME_MEMBER, name, NULL, err);
    if (!st && strcmp(json_path(there, "NotebookInstanceStatus"), "Stopped"))
        st = kit_job_wait(g, "notebook", name, a, err);
    if (!st)
        st = kit_action_ask(g, "DeleteNotebookInstance", NAME_MEMBER, name, NULL, err);
    json_free(there);
    return st;
}

static enum lk_status open_url(struct guard *g, const struct args *a, const char *name,
                               struct lk_error *err)
{
    struct json *answer = NULL;
    enum lk_status st =
        kit_action_ask(g, "CreatePresignedNotebookInstanceUrl", NAME_MEMBER, name, &answer, err);

    if (!st)
        printf("%s\n", json_path(answer, "AuthorizedUrl"));
    json_free(answer);
    return st;
}

static enum lk_status show(struct guard *g, const struct args *a, const char *name,
                           struct lk_error *err)
{
    struct json *there = NULL;
    enum lk_status st =
        kit_action_ask(g, "DescribeNotebookInstance", NAME_MEMBER, name, &there, err);

    if (!st)
        st = kit_aws_print_json(there, err);
    json_free(there);
    return st;
}

static enum lk_status list(struct guard *g, const struct args *a, const char *name,
                           struct lk_error *err)
{
    return kit_action_list(g, a, "notebook", err);
}

static const struct kit_action actions[] = {
    {"create", true, create},    {"start", true, start},  {"stop", true, stop},
    {"delete", true, remove_it}, {"url", true, open_url}, {"show", true, show},
    {"list", false, list},       {NULL, false, NULL},
};

static int run(const struct args *a, struct lk_error *err)
{
    return kit_action_run(a, actions, err);
}

const struct command command_kit_aws_notebook = {
    .name = "aws notebook",
    .summary = "make, start, stop, open and delete notebook instances",
    .operands = "create|start|stop|delete|url|show|list [NAME]",
    .options = options,
    .details =
        "A notebook instance costs by the hour while it runs, used or not, and its disk a little "
        "until it is deleted. 'create' and 'start' tell what that is before they ask for it; the "
        "ledger knows which one runs. 'url' prints an address that opens Jupyter for whoever has "
        "it; it is good for five minutes.",
    .example = "$ labkit aws notebook create mine --role labkit-jobs --wait\n"
               "$ labkit aws notebook stop mine\n"
               "$ labkit aws notebook delete mine",
    .run = run,
};
