/* Private teams of workers, and the one workforce that they belong to. */
#include "cloud/internal.h"
#include "cloud/labeling.h"
#include "cloud/sagemaker.h"

#include <string.h>

#define FIRST_TEAM "practice-team"

void labeling_seed_team(struct call *c)
{
    struct thing t;

    if (!thing_get(&t, c->cloud, &c->memory, c->region, LABELING_TEAM_KIND, FIRST_TEAM))
        thing_put(c->cloud,
                  &(struct thing){.region = c->region,
                                  .kind = LABELING_TEAM_KIND,
                                  .name = FIRST_TEAM,
                                  .request = "{\"Description\":\"Who learns here\","
                                             "\"MemberDefinitions\":[{\"OidcMemberDefinition\":"
                                             "{\"Groups\":[\"learners\"]}}]}"});
}

static void put_team(struct call *c, const struct thing *t)
{
    static const char *const members[] = {"MemberDefinitions", "Description",
                                          "NotificationConfiguration"};
    struct json *request = thing_json(c, t->request);

    json_put_z(&c->out, "WorkteamName", t->name);
    json_put_z(&c->out, "WorkteamArn", thing_arn(c->cloud, &c->memory, t));
    json_put_z(&c->out, "WorkforceArn", call_arn(c, "sagemaker", "workforce/default"));
    json_put_z(&c->out, "SubDomain",
               arena_printf(&c->memory, "practice.labeling.%s.sagemaker.aws", c->region));
    thing_put_members(c, request, members, sizeof members / sizeof *members);
    thing_put_time(c, "CreateDate", t->created);
    thing_put_time(c, "LastUpdatedDate", t->modified);
    json_free(request);
}

void sagemaker_create_team(struct call *c)
{
    const char *name = sagemaker_name(c, "WorkteamName");
    struct thing t;

    if (!name || !call_need(c, "Description") || !sagemaker_check_tags(c))
        return;
    labeling_seed_team(c);
    if (!json_count(json_get(c->in, "MemberDefinitions")))
        call_need(c, "MemberDefinitions");
    else if (thing_get(&t, c->cloud, &c->memory, c->region, LABELING_TEAM_KIND, name))
        call_fail(c, 400, "ResourceInUse", "A workteam with the name '%s' exists already.", name);
    else
        json_put_z(&c->out, "WorkteamArn", thing_create(c, LABELING_TEAM_KIND, name, "", "", 0));
}

void sagemaker_describe_team(struct call *c)
{
    const char *name = sagemaker_name(c, "WorkteamName");
    struct thing t;

    if (!name)
        return;
    labeling_seed_team(c);
    if (!thing_get(&t, c->cloud, &c->memory, c->region, LABELING_TEAM_KIND, name)) {
        call_fail(c, 400, "ValidationException", "The workteam '%s' does not exist.", name);
        return;
    }
    json_open(&c->out, "Workteam", '{');
    put_team(c, &t);
    json_close(&c->out);
}

void sagemaker_list_teams(struct call *c)
{
    labeling_seed_team(c);
    thing_list(c, LABELING_TEAM_KIND, NULL, "Workteams", put_team);
}

void sagemaker_delete_team(struct call *c)
{
    const char *name = sagemaker_name(c, "WorkteamName");
    struct thing t;

    if (!name)
        return;
    if (thing_get(&t, c->cloud, &c->memory, c->region, LABELING_TEAM_KIND, name))
        thing_delete(c, &t);
    json_put_bool(&c->out, "Success", true);
}

static void put_workforce(struct call *c, const char *key)
{
    json_open(&c->out, key, '{');
    json_put_z(&c->out, "WorkforceName", "default");
    json_put_z(&c->out, "WorkforceArn", call_arn(c, "sagemaker", "workforce/default"));
    json_put_z(&c->out, "SubDomain",
               arena_printf(&c->memory, "practice.labeling.%s.sagemaker.aws", c->region));
    json_put_z(&c->out, "Status", "Active");
    json_close(&c->out);
}

void sagemaker_describe_workforce(struct call *c)
{
    const char *name = sagemaker_name(c, "WorkforceName");

    if (name && strcmp(name, "default"))
        call_fail(c, 400, "ValidationException", "The workforce '%s' does not exist.", name);
    else if (name)
        put_workforce(c, "Workforce");
}

void sagemaker_list_workforces(struct call *c)
{
    json_open(&c->out, "Workforces", '[');
    put_workforce(c, NULL);
    json_close(&c->out);
}
