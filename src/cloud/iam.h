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

/* iam_role.c */
void iam_create_role(struct call *c);
void iam_get_role(struct call *c);
void iam_list_roles(struct call *c);
void iam_delete_role(struct call *c);
void iam_update_trust(struct call *c);
void iam_get_user(struct call *c);
void iam_list_users(struct call *c);
void iam_list_access_keys(struct call *c);
void iam_tag_role(struct call *c);
void iam_list_role_tags(struct call *c);

/* iam_policy.c; roles and users alike, told apart by the parameter that is there */
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
