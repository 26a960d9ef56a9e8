/*
 * AWS IAM: its operations in one table, and what they share. All of it is
 * under the region us-east-1's endpoint, as IAM is.
 */
#include "cloud/iam.h"
#include "cloud/rule.h"

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

#define ROLE   .find_resource = find_role
#define USER   .find_resource = find_user
#define GROUP  .find_resource = find_group
#define POLICY .resource = "{PolicyArn}"

/* The principal that the request names, as it is there or would be made; its path is part of it. */
static void find_principal(struct call *c, const char *kind, const char *name)
{
    const char *path = call_param(c, "Path"), *arn = iam_principal_arn(c, kind, name);

    c->resource = arn ? arn : iam_arn(c, kind, path ? path : "/", name);
}

static void find_named(struct call *c, const char *kind)
{
    const char *name = call_param(c, arena_printf(&c->memory, "%sName", iam_word(kind)));

    find_principal(c, kind, name ? name : "*");
}

static void find_role(struct call *c)
{
    find_named(c, "role");
}

static void find_user(struct call *c)
{
    find_named(c, "user");
}

static void find_group(struct call *c)
{
    find_named(c, "group");
}

/* The user that is named, or the caller's own. */
static void own_user(struct call *c)
{
    const char *name = call_param(c, "UserName");

    if (!name && c->who.kind != CALLER_USER)
        c->resource = c->who.arn;
    else
        find_principal(c, "user", name ? name : c->who.name);
}

static const struct operation operations[] = {
    {"CreateRole", iam_create_role, ROLE},
    {"GetRole", iam_get_role, ROLE},
    {"ListRoles", iam_list_roles, .resource = "arn:aws:iam::{account}:role/"},
    {"DeleteRole", iam_delete_role, ROLE},
    {"UpdateAssumeRolePolicy", iam_update_trust, ROLE},
    {"UpdateRole", iam_update_role, ROLE, .result = true},
    {"TagRole", iam_tag, ROLE},
    {"UntagRole", iam_untag, ROLE},
    {"ListRoleTags", iam_list_tags, ROLE},
    {"PutRolePermissionsBoundary", iam_put_permissions_boundary, ROLE},
    {"DeleteRolePermissionsBoundary", iam_delete_permissions_boundary, ROLE},
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
    {"TagPolicy", iam_tag, POLICY},
    {"UntagPolicy", iam_untag, POLICY},
    {"ListPolicyTags", iam_list_tags, POLICY},
    {"CreateUser", iam_create_user, USER},
    {"GetUser", iam_get_user, .find_resource = own_user},
    {"UpdateUser", iam_update_user, USER},
    {"DeleteUser", iam_delete_user, USER},
    {"TagUser", iam_tag, USER},
    {"UntagUser", iam_untag, USER},
    {"ListUserTags", iam_list_tags, USER},
    {"PutUserPermissionsBoundary", iam_put_permissions_boundary, USER},
    {"DeleteUserPermissionsBoundary", iam_delete_permissions_boundary, USER},
    {"ListUsers", iam_list_users, .resource = "arn:aws:iam::{account}:user/"},
    {"ListUserPolicies", iam_list_inline, USER},
    {"ListAttachedUserPolicies", iam_list_attached, USER},
    {"GetUserPolicy", iam_get_inline, USER},
    {"PutUserPolicy", iam_put_inline, USER},
    {"DeleteUserPolicy", iam_delete_inline, USER},
    {"AttachUserPolicy", iam_attach, USER},
    {"DetachUserPolicy", iam_detach, USER},
    {"CreateAccessKey", iam_create_access_key, .find_resource = own_user},
    {"ListAccessKeys", iam_list_access_keys, .find_resource = own_user},
    {"UpdateAccessKey", iam_update_access_key, .find_resource = own_user},
    {"DeleteAccessKey", iam_delete_access_key, .find_resource = own_user},
    {"GetAccessKeyLastUsed", iam_key_last_used, .resource = "*"},
    {"CreateGroup", iam_create_group, GROUP},
    {"GetGroup", iam_get_group, GROUP},
    {"ListGroups", iam_list_groups, .resource = "arn:aws:iam::{account}:group/"},
    {"ListGroupsForUser", iam_groups_of_user, USER},
    {"DeleteGroup", iam_delete_group, GROUP},
    {"AddUserToGroup", iam_add_member, GROUP},
    {"RemoveUserFromGroup", iam_remove_member, GROUP},
    {"PutGroupPolicy", iam_put_inline, GROUP},
    {"GetGroupPolicy", iam_get_inline, GROUP},
    {"ListGroupPolicies", iam_list_inline, GROUP},
    {"DeleteGroupPolicy", iam_delete_inline, GROUP},
    {"AttachGroupPolicy", iam_attach, GROUP},
    {"DetachGroupPolicy", iam_detach, GROUP},
    {"ListAttachedGroupPolicies", iam_list_attached, GROUP},
    {"ListInstanceProfiles", iam_list_instance_profiles, .resource = "*"},
    {"ListInstanceProfilesForRole", iam_list_instance_profiles, ROLE},
    {"ListMFADevices", iam_list_mfa, .find_resource = own_user},
    {"GetLoginProfile", iam_get_login, .find_resource = own_user},
    {"ListAccountAliases", iam_list_aliases, .resource = "*"},
    {"GetAccountSummary", iam_account_summary, .resource = "*"},
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
    .rules = &rules_iam,
    .start = iam_add_managed,
};
