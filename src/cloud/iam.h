/* IAM's own files share these. IAM is global: its ARNs hold no region. */
#ifndef CLOUD_IAM_H
#define CLOUD_IAM_H

#include "cloud/internal.h"
#include "cloud/markup.h"

/* "arn:aws:iam::ACCOUNT:role/NAME", in the call's arena. */
const char *iam_arn(struct call *c, const char *kind, const char *path, const char *name);
/* A policy document of this kind, or the call fails with MalformedPolicyDocument. */
bool iam_document(struct call *c, const char *text, enum policy_kind kind);
/* A document in an answer: percent-encoded, as IAM has it. */
void iam_put_document(struct str *out, const char *tag, const char *text);
/* NoSuchEntity unless there is this user or role. */
bool iam_need_principal(struct call *c, const char *kind, const char *name);
void iam_no_such(struct call *c, const char *what, const char *name);

/* NoSuchEntity unless there is this managed policy. */
bool iam_need_policy(struct call *c, const char *arn);

/* iam_principal.c; kind is "user", "role" or "group" */

const char *iam_word(const char *kind); /* "User" */
/* A path of the request, "/" where there is none; fails the call when it is not one. */
bool iam_path(struct call *c, const char *member, const char **out);
/* EntityAlreadyExists unless the name is free. */
bool iam_is_free(struct call *c, const char *kind, const char *name);
const char *iam_principal_arn(struct call *c, const char *kind, const char *name);
/* Made from the request, with its tags and boundary; trust NULL but for roles. */
bool iam_insert_principal(struct call *c, const char *kind, const char *name, const char *path,
                          const char *trust);
/* DeleteConflict while anything hangs on it. */
bool iam_delete_principal(struct call *c, const char *kind, const char *name);
/* <User>...</User>, whole. */
void iam_answer_principal(struct call *c, const char *kind, const char *name);
/*
 * A page of a list: the statement's parameter `at` is the key behind which it
 * begins, the next one how many; its column `key` is the key. `put` writes the
 * members of a row.
 */
typedef void iam_put_fn(struct call *c, struct stmt *s);
void iam_page(struct call *c, struct stmt *s, int at, const char *tag, int key, iam_put_fn *put);
void iam_list_principals(struct call *c, const char *kind, const char *tag, iam_put_fn *put);
/* Rows of name, id, ARN, path, created; for a role trust, description, session. */
void iam_put_user(struct call *c, struct stmt *s);
void iam_put_role(struct call *c, struct stmt *s);
void iam_put_group(struct call *c, struct stmt *s);
/* <Tags>, where there are any. */
void iam_put_tag_list(struct call *c, const char *arn);
/* The request's Tags, put on the ARN. */
void iam_put_tags(struct call *c, const char *arn);
void iam_tag(struct call *c);
void iam_untag(struct call *c);
void iam_list_tags(struct call *c);
void iam_put_permissions_boundary(struct call *c);
void iam_delete_permissions_boundary(struct call *c);

/* iam_role.c */
void iam_create_role(struct call *c);
void iam_get_role(struct call *c);
void iam_list_roles(struct call *c);
void iam_delete_role(struct call *c);
void iam_update_role(struct call *c);
void iam_update_trust(struct call *c);

/* iam_user.c */
void iam_create_user(struct call *c);
void iam_get_user(struct call *c);
void iam_list_users(struct call *c);
void iam_update_user(struct call *c);
void iam_delete_user(struct call *c);
void iam_create_access_key(struct call *c);
void iam_list_access_keys(struct call *c);
void iam_update_access_key(struct call *c);
void iam_delete_access_key(struct call *c);
void iam_key_last_used(struct call *c);

/* iam_group.c */
void iam_create_group(struct call *c);
void iam_get_group(struct call *c);
void iam_list_groups(struct call *c);
void iam_groups_of_user(struct call *c);
void iam_delete_group(struct call *c);
void iam_add_member(struct call *c);
void iam_remove_member(struct call *c);
void iam_list_aliases(struct call *c);
void iam_account_summary(struct call *c);
void iam_list_instance_profiles(struct call *c);
void iam_list_mfa(struct call *c);
void iam_get_login(struct call *c);

/* iam_policy.c; roles, users and groups alike, told apart by the operation's name */
void iam_put_inline(struct call *c);
void iam_get_inline(struct call *c);
void iam_list_inline(struct call *c);
void iam_delete_inline(struct call *c);
void iam_attach(struct call *c);
void iam_detach(struct call *c);
void iam_list_attached(struct call *c);
void iam_create_policy(struct call *c);
void iam_get_policy(struct call *c);
void iam_get_policy_version(struct call *c);
void iam_list_policies(struct call *c);
void iam_delete_policy(struct call *c);
/* The managed policies of AWS that the book names, there from the start. */
void iam_add_managed(struct cloud *cloud);

/* iam_version.c */
void iam_create_policy_version(struct call *c);
void iam_list_policy_versions(struct call *c);
void iam_set_policy_version(struct call *c);
void iam_delete_policy_version(struct call *c);
void iam_list_entities(struct call *c);

/* iam_simulate.c */
void iam_simulate(struct call *c);
void iam_simulate_custom(struct call *c);

#endif
