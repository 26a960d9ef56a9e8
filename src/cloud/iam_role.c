/* Roles: made with their trust, changed, unmade. */
#include "cloud/iam.h"

#include <string.h>

void iam_create_role(struct call *c)
{
    const char *name = call_need(c, "RoleName"), *path;
    const char *trust = call_need(c, "AssumeRolePolicyDocument");

    if (!call_failed(c) && iam_path(c, "Path", &path) && iam_document(c, trust, POLICY_TRUST) &&
        iam_insert_principal(c, "role", name, path, trust))
        iam_answer_principal(c, "role", name);
}

void iam_get_role(struct call *c)
{
    const char *name = call_need(c, "RoleName");

    if (name)
        iam_answer_principal(c, "role", name);
}

void iam_list_roles(struct call *c)
{
    iam_list_principals(c, "role", "Roles", iam_put_role);
}

void iam_delete_role(struct call *c)
{
    const char *name = call_need(c, "RoleName");

    if (name)
        iam_delete_principal(c, "role", name);
}

void iam_update_role(struct call *c)
{
    const char *name = call_need(c, "RoleName");
    int64_t session = call_int(c, "MaxSessionDuration", 0, 3600, 43200);
    struct stmt *s;

    if (call_failed(c) || !iam_need_principal(c, "role", name))
        return;
    s = sql(c->cloud, "update principals set description = ifnull(?2, description),"
                      " max_session = case ?3 when 0 then max_session else ?3 end"
                      " where kind = 'role' and name = ?1");
    stmt_text(s, 1, name);
    stmt_text(s, 2, call_param(c, "Description"));
    stmt_int(s, 3, session);
    sql_run(c->cloud, s);
}

void iam_update_trust(struct call *c)
{
    const char *name = call_need(c, "RoleName"), *trust = call_need(c, "PolicyDocument");
    struct stmt *s;

    if (call_failed(c) || !iam_need_principal(c, "role", name) ||
        !iam_document(c, trust, POLICY_TRUST))
        return;
    s = sql(c->cloud, "update principals set trust = ?2 where kind = 'role' and name = ?1");
    stmt_text(s, 1, name);
    stmt_text(s, 2, trust);
    sql_run(c->cloud, s);
}
