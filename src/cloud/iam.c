/*
 * AWS IAM: its operations in one table, and what they share. All of it is
 * under the region us-east-1's endpoint, as IAM is.
 */
#include "cloud/iam.h"

#include "base/error.h"

#include <string.h>

const char *iam_arn(struct call *c, const char *kind, const char *path, const char *name)
{
    return arena_printf(&c->memory, "arn:aws:iam::%s:%s%s%s", c->cloud->account, kind, path, name);
}

bool iam_document(struct call *c, const char *text, enum policy_kind kind)
{
    struct policy *policy = NULL;
    struct lk_error err;
    bool good = policy_parse(&policy, slice_of(text), kind, &err) == LK_OK;

    policy_free(policy);
    if (!good)
        call_fail(c, 400, "MalformedPolicyDocument", "%s", err.text);
    return good;
}

void iam_put_document(struct str *out, const char *tag, const char *text)
{
    xml_open(out, tag);
    str_put_url(out, slice_of(text), false);
    xml_close(out, tag);
}

void iam_no_such(struct call *c, const char *what, const char *name)
{
    call_fail(c, 404, "NoSuchEntity", "The %s %s cannot be found.", what, name);
}

bool iam_need_principal(struct call *c, const char *kind, const char *name)
{
    struct stmt *s = sql(c->cloud, "select 1 from principals where kind = ?1 and name = ?2");
    bool there;

    stmt_text(s, 1, kind);
    stmt_text(s, 2, name);
    there = sql_row(c->cloud, s);
    stmt_reset(s);
    if (!there)
        iam_no_such(c, kind, arena_printf(&c->memory, "with name %s", name));
    return there;
}

#define ROLE   .resource = "arn:aws:iam::{account}:role/{RoleName}"
#define USER   .resource = "arn:aws:iam::{account}:user/{UserName}"
#define POLICY .resource = "{PolicyArn}"

static const struct operation operations[] = {
    {"CreateRole", iam_create_role, ROLE},
    {"GetRole", iam_get_role, ROLE},
    {"ListRoles", iam_list_roles, .resource = "arn:aws:iam::{account}:role/"},
    {"DeleteRole", iam_delete_role, ROLE},
    {"UpdateAssumeRolePolicy", iam_update_trust, ROLE},
    {"TagRole", iam_tag_role, ROLE},
    {"ListRoleTags", iam_list_role_tags, ROLE},
    {"PutRolePolicy", iam_put_inline, ROLE},
    {"GetRolePolicy", iam_get_inline, ROLE},
    {"ListRolePolicies", iam_list_inline, ROLE},
    {"DeleteRolePolicy", iam_delete_inline, ROLE},
    {"AttachRolePolicy", iam_attach, ROLE},
    {"DetachRolePolicy", iam_detach, ROLE},
    {"ListAttachedRolePolicies", iam_list_attached, ROLE},
    {"CreatePolicy", iam_create_policy, .resource = "arn:aws:iam::{account}:policy/{PolicyName}"},
    {"GetPolicy", iam_get_policy, POLICY},
    {"GetPolicyVersion", iam_get_policy_version, POLICY},
    {"CreatePolicyVersion", iam_create_policy_version, POLICY},
    {"ListPolicyVersions", iam_list_policy_versions, POLICY},
    {"SetDefaultPolicyVersion", iam_set_policy_version, POLICY},
    {"DeletePolicyVersion", iam_delete_policy_version, POLICY},
    {"ListEntitiesForPolicy", iam_list_entities, POLICY},
    {"ListPolicies", iam_list_policies, .resource = "*"},
    {"DeletePolicy", iam_delete_policy, POLICY},
    {"GetUser", iam_get_user, USER},
    {"ListUsers", iam_list_users, .resource = "arn:aws:iam::{account}:user/"},
    {"ListUserPolicies", iam_list_inline, USER},
    {"ListAttachedUserPolicies", iam_list_attached, USER},
    {"GetUserPolicy", iam_get_inline, USER},
    {"PutUserPolicy", iam_put_inline, USER},
    {"DeleteUserPolicy", iam_delete_inline, USER},
    {"AttachUserPolicy", iam_attach, USER},
    {"DetachUserPolicy", iam_detach, USER},
    {"ListAccessKeys", iam_list_access_keys, USER},
    {"SimulatePrincipalPolicy", iam_simulate, .resource = "{PolicySourceArn}"},
    {"SimulateCustomPolicy", iam_simulate_custom, .resource = "*"},
    {NULL, NULL, .resource = NULL},
};

const struct service service_iam = {
    .name = "iam",
    .prefix = "iam",
    .protocol = PROTOCOL_QUERY,
    .target = "https://iam.amazonaws.com/doc/2010-05-08/",
    .version = "2010-05-08",
    .operations = operations,
    .start = iam_add_managed,
};
