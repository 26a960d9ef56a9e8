/* Groups, and who is in them; and what an account has of everything. */
#include "cloud/iam.h"

#include <string.h>

enum { GROUPS_OF_USER = 10 };

void iam_create_group(struct call *c)
{
    const char *name = call_need(c, "GroupName"), *path;

    if (name && iam_path(c, "Path", &path) && iam_insert_principal(c, "group", name, path, NULL))
        iam_answer_principal(c, "group", name);
}

/* The group, and a page of its users. */
void iam_get_group(struct call *c)
{
    const char *name = call_need(c, "GroupName");
    struct stmt *s;

    if (!name || !iam_need_principal(c, "group", name))
        return;
    iam_answer_principal(c, "group", name);
    s = sql(c->cloud, "select p.name, p.id, p.arn, p.path, p.created from members m join principals"
                      " p on p.kind = 'user' and p.name = m.user where m.grp = ?1 and p.name > ?2"
                      " order by p.name limit ?3");
    stmt_text(s, 1, name);
    iam_page(c, s, 2, "Users", 0, iam_put_user);
}

void iam_list_groups(struct call *c)
{
    iam_list_principals(c, "group", "Groups", iam_put_group);
}

void iam_groups_of_user(struct call *c)
{
    const char *user = call_need(c, "UserName");
    struct stmt *s;

    if (!user || !iam_need_principal(c, "user", user))
        return;
    s = sql(c->cloud, "select p.name, p.id, p.arn, p.path, p.created from members m join principals"
                      " p on p.kind = 'group' and p.name = m.grp where m.user = ?1 and p.name > ?2"
                      " order by p.name limit ?3");
    stmt_text(s, 1, user);
    iam_page(c, s, 2, "Groups", 0, iam_put_group);
}

void iam_delete_group(struct call *c)
{
    const char *name = call_need(c, "GroupName");

    if (name)
        iam_delete_principal(c, "group", name);
}

/* ---- members ------------------------------------------------------------------------------ */

static bool need_both(struct call *c, const char **group, const char **user)
{
    *group = call_need(c, "GroupName");
    *user = call_need(c, "UserName");
    return !call_failed(c) && iam_need_principal(c, "group", *group) &&
           iam_need_principal(c, "user", *user);
}

static int64_t count_groups(struct call *c, const char *user)
{
    struct stmt *s = sql(c->cloud, "select count(*) from members where user = ?1");
    int64_t n;

    stmt_text(s, 1, user);
    n = sql_row(c->cloud, s) ? stmt_get_int(s, 0) : 0;
    stmt_reset(s);
    return n;
}

static void change_member(struct call *c, struct stmt *s, const char *group, const char *user)
{
    stmt_text(s, 1, group);
    stmt_text(s, 2, user);
    sql_run(c->cloud, s);
    access_forget(c->cloud);
}

void iam_add_member(struct call *c)
{
    const char *group, *user;

    if (!need_both(c, &group, &user))
        return;
    change_member(c, sql(c->cloud, "insert or ignore into members (grp, user) values (?1, ?2)"),
                  group, user);
    if (count_groups(c, user) > GROUPS_OF_USER)
        call_fail(c, 409, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: %d",
                  GROUPS_OF_USER);
}

void iam_remove_member(struct call *c)
{
    const char *group, *user;

    if (need_both(c, &group, &user))
        change_member(c, sql(c->cloud, "delete from members where grp = ?1 and user = ?2"), group,
                      user);
}

/* ---- the account ---------------------------------------------------------------------------- */

void iam_list_aliases(struct call *c)
{
    xml_open(&c->answer, "AccountAliases");
    xml_close(&c->answer, "AccountAliases");
    xml_put_bool(&c->answer, "IsTruncated", false);
}

/* Profiles for machines of EC2, which is not here: none. */
void iam_list_instance_profiles(struct call *c)
{
    const char *role = call_param(c, "RoleName");

    if (role && !iam_need_principal(c, "role", role))
        return;
    xml_open(&c->answer, "InstanceProfiles");
    xml_close(&c->answer, "InstanceProfiles");
    xml_put_bool(&c->answer, "IsTruncated", false);
}

/* Nobody here has a second factor, */
void iam_list_mfa(struct call *c)
{
    const char *user = call_param(c, "UserName");

    if (user && !iam_need_principal(c, "user", user))
        return;
    xml_open(&c->answer, "MFADevices");
    xml_close(&c->answer, "MFADevices");
    xml_put_bool(&c->answer, "IsTruncated", false);
}

/* or a password for the console, which asks for none. */
void iam_get_login(struct call *c)
{
    const char *user = call_param(c, "UserName");

    user = user ? user : c->who.name;
    if (iam_need_principal(c, "user", user))
        iam_no_such(c, "Login Profile for User", user);
}

static void put_entry(struct str *out, const char *key, int64_t value)
{
    xml_open(out, "entry");
    xml_put(out, "key", key);
    xml_put_int(out, "value", value);
    xml_close(out, "entry");
}

/* What there is, beside what there may be. */
void iam_account_summary(struct call *c)
{
    struct stmt *s = sql(c->cloud, "select (select count(*) from principals where kind = 'user'),"
                                   " (select count(*) from principals where kind = 'group'),"
                                   " (select count(*) from principals where kind = 'role'),"
                                   " (select count(*) from policies where arn not like"
                                   " 'arn:aws:iam::aws:%'),"
                                   " (select count(*) from access_keys where user is null)");
    static const char *const counted[] = {"Users", "Groups", "Roles", "Policies",
                                          "AccountAccessKeysPresent"};
    static const struct {
        const char *name;
        int64_t value;
    } quotas[] = {{"UsersQuota", 5000},          {"GroupsQuota", 300},
                  {"RolesQuota", 1000},          {"PoliciesQuota", 1500},
                  {"GroupsPerUserQuota", 10},    {"AccessKeysPerUserQuota", 2},
                  {"VersionsPerPolicyQuota", 5}, {"AccountMFAEnabled", 0}};

    if (!sql_row(c->cloud, s))
        return;
    xml_open(&c->answer, "SummaryMap");
    for (int i = 0; i < (int)(sizeof counted / sizeof *counted); i++)
        put_entry(&c->answer, counted[i], stmt_get_int(s, i));
    for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++)
        put_entry(&c->answer, quotas[i].name, quotas[i].value);
    xml_close(&c->answer, "SummaryMap");
    stmt_reset(s);
}
