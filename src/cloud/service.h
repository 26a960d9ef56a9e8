/*
 * How to add a service, or an operation to one.
 *
 * A service is a `struct service` listed in service.c; its operations are rows
 * of a table. What happens to a request before a handler sees it: the
 * signature was checked, faults applied, the body parsed, IAM asked whether the
 * caller may (`action` on `resource`), the state locked and a transaction
 * begun. The handler reads c->in (JSON) or call_param (query protocol), uses
 * sql(), and writes its answer; or it calls call_fail, and everything is rolled
 * back. The answer leaves after the commit, so what is acknowledged is there.
 *
 *     static void describe_thing(struct call *c)
 *     {
 *         const char *name = call_need(c, "ThingName");
 *         struct stmt *s = sql(c->cloud, "select arn from things where region = ?1 and name = ?2");
 *
 *         if (!name)
 *             return;                                     // call_need has failed the call
 *         stmt_text(s, 1, c->region);
 *         stmt_text(s, 2, name);
 *         if (!sql_row(c->cloud, s)) {
 *             call_fail(c, 400, "ValidationException", "Could not find thing \"%s\".", name);
 *             return;
 *         }
 *         json_put_z(&c->out, "ThingArn", stmt_get_text(s, 0));
 *     }
 *     static const struct operation operations[] = {
 *         {"DescribeThing", describe_thing, .resource =
 * "arn:aws:x:{region}:{account}:thing/{ThingName}"},
 *         ...
 *     };
 *
 * Tables are made by a step in schema.c. Every region's state is apart: have a
 * region column and use it.
 *
 * Handlers run under the cloud's lock, one at a time, and should take well
 * under a millisecond. What takes longer is work of its own (work.h), or the
 * operation is `unlocked` and takes the lock itself. What a job reads and
 * writes in S3, it reads and writes as its role (objects.h).
 */
#ifndef CLOUD_SERVICE_H
#define CLOUD_SERVICE_H

#include "base/db.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/str.h"
#include "cloud/cloud.h"
#include "cloud/policy.h"
#include "http/http.h"

struct call;
struct cloud;
struct rules;

/* ---- who asks -------------------------------------------------------------- */

enum caller_kind { CALLER_ANONYMOUS, CALLER_ROOT, CALLER_USER, CALLER_ROLE, CALLER_SERVICE };

/* Texts live as long as the call (or the arena they were made in). */
struct caller {
    enum caller_kind kind;
    const char *account;         /* "123456789012" */
    const char *arn;             /* as GetCallerIdentity says it; a service's name for a service */
    const char *id;              /* "AIDA...", "AROA...:session", the account for root */
    const char *name;            /* user or role name; "" otherwise */
    const char *role;            /* the role's ARN behind a session, or NULL */
    const char *session_policy;  /* given to AssumeRole, or NULL */
    const char *session_tags;    /* the same, as a JSON object; or NULL */
    const char *source_identity; /* who is behind a chain of sessions, or NULL */
    const char *access_key;
    int64_t issued_ms; /* of a session; 0 for long-term keys */
};

/* A condition key of the request with its one value. */
struct access_key_value {
    const char *name, *value;
};

/* ---- services and their operations ----------------------------------------- */

enum protocol { PROTOCOL_JSON, PROTOCOL_QUERY, PROTOCOL_REST_JSON, PROTOCOL_S3 };

typedef void operation_fn(struct call *c);

struct operation {
    const char *name; /* "CreateTrainingJob" */
    operation_fn *run;
    /* IAM: NULL is "prefix:Name"; "" asks nothing (GetCallerIdentity). */
    const char *action;
    /* {region}, {account}, and {Member} of the request; NULL is "*". */
    const char *resource;
    /* Where a template is not enough: sets c->resource; wins over `resource`. */
    operation_fn *find_resource;
    bool unlocked; /* runs without lock and transaction */
    bool result;   /* query protocol: an answer without members has a result nevertheless */
};

struct service {
    const char *name;   /* as signed: "sagemaker" */
    const char *prefix; /* of its IAM actions: "sagemaker" */
    enum protocol protocol;
    const char *target;  /* X-Amz-Target before the dot (JSON); XML namespace (query) */
    const char *version; /* "2010-05-08" (query), else NULL */
    const struct operation *operations; /* name NULL ends them */
    /* REST-JSON only: the operation for this method and path, its labels put with call_set. */
    const struct operation *(*route)(struct call *c);
    /*
     * Called under the lock, in a transaction, once `when` of the last answer
     * has come (or cloud_poke was called). Returns when to be called next, or
     * INT64_MAX. NULL: nothing to look after.
     */
    int64_t (*tick)(struct cloud *cloud, int64_t now_ms);
    /* While nothing else runs, without the lock; may be NULL. */
    void (*start)(struct cloud *cloud);
    void (*stop)(struct cloud *cloud);
    size_t max_body; /* 0: 1 MiB */
    const struct rules
        *rules;            /* what its requests must be like (rule.h); NULL: the operations say */
    const char *invalid;   /* code of a request that is not; NULL: ValidationException */
    const char *bad_token; /* code of a page's token that is none of ours; NULL: as `invalid` */
};

/* ---- a call ------------------------------------------------------------------ */

struct call {
    struct cloud *cloud;
    struct http_request *http;
    struct arena memory; /* freed after the answer */
    const struct service *service;
    const struct operation *operation; /* NULL until known */
    const char *region;                /* of the credential scope */
    const char *request_id;            /* a UUID */
    struct caller who;
    const char *action, *resource; /* what IAM was asked */

    const struct json *in; /* JSON protocols: the body, an object */
    struct slice body;     /* as sent */
    struct json_out out;   /* JSON protocols: the open answer object; add members */
    struct str answer;     /* query protocol: XML inside <XResult> */

    int status; /* 0 until failed; then with code and message */
    const char *code, *message;
    const char *why; /* of a refusal, for the console */

    struct call_internal *internal;
};

/* The first failure stands. The call is rolled back and answers in its protocol's form. */
void call_fail(struct call *c, int status, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static inline bool call_failed(const struct call *c)
{
    return c->status != 0;
}
/* The code that the call's service has for a request that it cannot take. */
const char *call_invalid(const struct call *c);
/* A string member or form field; NULL when absent (or, for JSON, not a string). */
const char *call_param(const struct call *c, const char *name);
/* The same, failing the call as botocore-validated services do when it is absent or empty. */
const char *call_need(struct call *c, const char *name);
/* A number of the query protocol or JSON in [min, max], failing the call when it is not one. */
int64_t call_int(struct call *c, const char *name, int64_t otherwise, int64_t min, int64_t max);
/* Something call_param shall find: labels of a REST path. */
void call_set(struct call *c, const char *name, const char *value);
/* More about the request for IAM conditions; before access is asked (find_resource, route). */
void call_add_key(struct call *c, const char *name, const char *value);
/* For an answer that is neither JSON object nor XML (InvokeEndpoint): answered at once. */
void call_reply_raw(struct call *c, int status, const char *type, struct slice body);
/* "arn:aws:SERVICE:REGION:ACCOUNT:rest", in the call's arena. */
const char *call_arn(struct call *c, const char *service, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Paging. Tokens are opaque to clients: the last key shown, encoded. token
 * NULL or "" starts; a token that is none of ours is NULL with the call failed.
 */
const char *call_page_key(struct call *c, const char *token);
const char *call_page_token(struct call *c, const char *last_key);

/*
 * Run an operation of a JSON service from inside, as `who`, of whom IAM is
 * asked as of any caller: the answer's text, or LK_ESERVICE with code and
 * message. Without the lock, from a work's thread.
 */
enum lk_status call_inside(struct cloud *cloud, const struct caller *who, const char *region,
                           const char *service, const char *operation, struct slice body,
                           struct str *answer, struct lk_error *err);

/* ---- access -------------------------------------------------------------------- */

/* May `who`? On a refusal *why (if not NULL) is AWS's sentence ending, in `memory`. */
bool access_may(struct cloud *cloud, struct arena *memory, const struct caller *who,
                const char *action, const char *resource, const struct access_key_value *keys,
                size_t n, const char **why);
/* The caller may, or the call fails with AccessDenied. */
bool call_may(struct call *c, const char *action, const char *resource,
              const struct access_key_value *keys, size_t n);
/*
 * PassRole: the caller may pass the role to the service ("sagemaker.amazonaws.com")
 * and the role's trust lets the service assume it; else the call fails as
 * SageMaker fails.
 */
bool call_pass_role(struct call *c, const char *role_arn, const char *service);
/*
 * A service acts as the role: fills `out` (texts in `memory`) with a session of
 * it. false when there is no such role or its trust does not name the service.
 */
bool access_assume(struct cloud *cloud, struct arena *memory, struct caller *out,
                   const char *role_arn, const char *service, const char *session);

/* ---- state ----------------------------------------------------------------------- */

void cloud_lock(struct cloud *cloud);
void cloud_unlock(struct cloud *cloud);
struct db *cloud_db(struct cloud *cloud);
const char *cloud_path(const struct cloud *cloud); /* the folder */
/* Under the lock, outside a call's transaction: in a `tick`'s thread or an unlocked operation. */
bool cloud_begin(struct cloud *cloud);
bool cloud_commit(struct cloud *cloud);
void cloud_rollback(struct cloud *cloud);

/*
 * A prepared statement, kept for next time; `text` is a string literal. It
 * comes reset and unbound: finish with it (read to the end, or be done with
 * its row) before asking for the same text again. Under the lock.
 */
struct stmt *sql(struct cloud *cloud, const char *text);
/* The next row? A failing database fails the transaction: the call will answer 500. */
bool sql_row(struct cloud *cloud, struct stmt *s);
/* Run to the end; false on a failure. */
bool sql_run(struct cloud *cloud, struct stmt *s);
/* A copy of a column's text in the arena. */
const char *sql_text(struct arena *a, struct stmt *s, int column);

/* Tags of anything with an ARN. */
void tags_put(struct cloud *cloud, const char *arn, const char *key, const char *value);
void tags_remove(struct cloud *cloud, const char *arn, const char *key); /* NULL: all */
typedef void tag_fn(void *ctx, const char *key, const char *value);
void tags_each(struct cloud *cloud, const char *arn, tag_fn *fn, void *ctx);

/* ---- time, faults, names ----------------------------------------------------------- */

int64_t cloud_now(const struct cloud *cloud); /* Unix milliseconds */
bool cloud_real_pace(const struct cloud *cloud);
/* How long something that takes `real_ms` on AWS shall take here. */
int64_t cloud_duration(const struct cloud *cloud, int64_t real_ms);
/* Have `tick`s called now. Any thread. */
void cloud_poke(struct cloud *cloud);

/*
 * Is a fault of this kind switched on for that subject? Counts down. Kinds
 * that services look for themselves: "quota", "spot". `subject` is what the
 * fault names (an instance type, a job), or NULL.
 */
bool fault_take(struct cloud *cloud, const char *kind, const char *subject);
/* The same for a fault that waits until `reached` is its value. */
bool fault_take_at(struct cloud *cloud, const char *kind, const char *subject, int64_t reached);

/* Names nobody can guess: "AKIA" and 16 letters and digits. */
void random_id(struct str *out, const char *prefix, size_t letters);
void random_uuid(struct str *out);

/* The services; NULL ends them. */
extern const struct service *const services[];

#endif
