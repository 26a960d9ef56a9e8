/*
 * What the practice cloud's own files share beyond service.h: the server's
 * state, the inside of a call, and the steps of its life.
 *
 * A call:  begin (header)  ->  body, piece by piece  ->  answer  ->  end
 *   S3     auth, access, sink     into the sink          s3d_finish
 *   others auth parsed            kept in memory         auth, access, operation
 * S3 alone is checked before its body is taken, as bodies may be large.
 */
#ifndef CLOUD_INTERNAL_H
#define CLOUD_INTERNAL_H

#include "aws/sigv4.h"
#include "cloud/service.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
    CALL_HEADERS = SIGV4_HEADERS,
    BODY_MAX = 1 << 20,
    SQL_CACHE = 512,
    SQL_USED = 64,
    PARAMS = 1000, /* form fields of the query protocol */
};

struct sql_entry {
    const char *text;
    struct stmt *stmt;
};

struct fault {
    char *kind, *subject; /* subject NULL: any */
    int64_t left;         /* times; -1 for ever */
    int64_t value;        /* milliseconds of "slow" */
    struct fault *next;
};

struct policies; /* parsed policies of a principal, see access.c */

struct console; /* the page, see console.h */
struct history; /* of calls, see history.c */

struct cloud {
    char *folder, *account, *admin_token;
    struct http_server *http;
    struct console *console;
    int lock_fd;
    bool real_pace;

    struct history *history;

    pthread_mutex_t lock; /* of all below */
    struct db *db;
    struct sql_entry sql[SQL_CACHE];
    struct stmt *used[SQL_USED]; /* to be reset at the end of a transaction */
    size_t used_count;
    bool failed; /* the database refused something in this transaction */
    struct policies *policies;
    struct fault *faults;
    _Atomic int fault_count; /* so that calls need not lock to see there are none */

    pthread_t fold_thread_id; /* folds the database's log, see state.c */
    pthread_mutex_t fold_lock;
    pthread_cond_t fold;
    bool folding, fold_end;
    _Atomic int64_t fold_commits; /* since the log was folded last */

    pthread_t ticker;
    pthread_mutex_t tick_lock; /* of the next line */
    pthread_cond_t tick;
    bool ticking, poked, stopping;
    _Atomic uint64_t serial;         /* of files in objects/ */
    struct work_inside *works;       /* that run; under the lock */
    struct endpoint_live *endpoints; /* that answer; under the lock */
    bool works_swept;
};

struct param {
    const char *name, *value;
};

struct call_internal {
    struct sigv4_header headers[CALL_HEADERS];
    size_t header_count;
    bool too_many_headers;
    struct slice path, query; /* as sent */
    struct sigv4_claim claim;
    bool signed_request, presigned, admin, console;
    struct slice payload; /* x-amz-content-sha256 or its stand-in */
    struct str body;
    size_t body_max;
    struct json *json;
    struct param *params;
    size_t param_count, param_cap;
    struct access_key_value *keys;
    size_t key_count, key_cap;
    bool replied;
    struct str error_xml; /* more elements of an S3 error */
    struct s3d_call *s3;
};

/* ---- calls (call.c, reply.c) ---- */

#define ADMIN_PATH "/_cloud/" /* what the console and the tests ask of the cloud itself */

struct http_handler call_handler(struct cloud *cloud);
/* Ask IAM and run the operation, in a transaction of its own. */
void call_operate(struct call *c);
/* Condition keys that the body holds: tags, instance types; request_keys.c. */
void call_add_content_keys(struct call *c);
struct slice call_header(const struct call *c, const char *name);  /* lower case; empty if absent */
const char *call_header_z(const struct call *c, const char *name); /* or NULL */
/* Answer as the service answers: what failed, or what was written. */
void reply_call(struct call *c);
void reply_error(struct call *c);
/* S3's own answers; takes fd. */
void reply_s3(struct call *c, int status, const char *type, struct slice body);
void reply_s3_fd(struct call *c, int status, const char *type, int fd, int64_t from, int64_t len);
void admin_answer(struct call *c);

/* ---- who it is (auth.c) ---- */

/* Read what the request claims; fails the call when it is ill-formed. */
void auth_parse(struct call *c);
/* Check it, with the body's SHA-256 known; fills c->who. Takes the lock. */
void auth_check(struct call *c);

/* ---- access (access.c) ---- */

struct access_question {
    const struct caller *who;
    const char *action, *resource;
    const char *resource_policy; /* a bucket's or role's; NULL */
    bool resource_must_allow, trust;
    const struct access_key_value *keys;
    size_t n;
};
/* Under the lock. */
enum policy_reason access_ask(struct cloud *cloud, struct arena *memory,
                              const struct access_question *q);
/* The question as the policy engine takes it; texts in `memory`. Under the lock. */
struct policy_request access_request(struct cloud *cloud, struct arena *memory,
                                     const struct access_question *q);
/* The call's question, with the keys of the request; fails the call on a refusal. */
bool call_ask(struct call *c, const char *action, const char *resource,
              const char *resource_policy);
void access_forget(struct cloud *cloud); /* policies have changed */
void access_free(struct cloud *cloud);
/* May the caller assume the role? The trust policy must say so, and the caller's own; the action is
 * sts:AssumeRole or what belongs to it. */
bool call_ask_trust(struct call *c, const char *action, const char *role_arn, const char *trust,
                    const struct access_key_value *keys, size_t n);

/* ---- state ---- */

extern const char *const schema[];
extern const size_t schema_steps;
enum lk_status state_open(struct cloud *cloud, struct lk_error *err);
void state_close(struct cloud *cloud);
/* The thread that folds the log, while the cloud serves. */
void state_fold_start(struct cloud *cloud);
void state_fold_stop(struct cloud *cloud);
/* The account, made where there is none; *made says which. */
enum lk_status account_open(struct cloud *cloud, const struct cloud_identity *identity, bool *made,
                            struct lk_error *err);
enum lk_status account_write_endpoint(struct cloud *cloud, int port, struct lk_error *err);
/* Under the lock: times -1 is for ever; subject may be NULL. */
void fault_put(struct cloud *cloud, const char *kind, const char *subject, int64_t times,
               int64_t value);
/* Those of that kind off; subject NULL: whatever they are about. */
void fault_remove(struct cloud *cloud, const char *kind, const char *subject);
#define FAULT_KINDS "throttle error500 slow expired region spot quota plain"
bool fault_is_kind(const char *kind);
void faults_free(struct cloud *cloud);
/* The faults that any call may meet; true when the call was failed by one. */
bool fault_strikes(struct call *c);

/* ---- the history of calls (history.c) ---- */

enum lk_status history_open(struct cloud *cloud, struct lk_error *err);
void history_close(struct cloud *cloud);
void history_call(struct call *c, int status);
struct cloud_seen {
    int64_t id, at_ms;
    const char *json;
};
/* The newest call with an id below `id`, copied; false when none is left. Any thread. */
bool history_before(struct cloud *cloud, struct arena *memory, struct cloud_seen *out, int64_t id,
                    bool looks_too);
/* When and where an access key was used last, as far as calls are kept; false: not. Any thread. */
struct cloud_use {
    int64_t at_ms;
    const char *service, *region;
};
bool history_last_use(struct cloud *cloud, struct arena *memory, struct cloud_use *out,
                      const char *key);

/* ---- sessions (session.c) ---- */

/* Credentials for a while; texts in the arena they were made in. */
struct session {
    const char *key, *secret, *token;
    int64_t expires;
};
/* Make and store them for `who` (its kind, ARN, id, name, role and session policy). Under the
 * lock, in a transaction. */
void session_make(struct cloud *cloud, struct arena *memory, struct session *out,
                  const struct caller *who, int64_t seconds);

/* ---- services ---- */

extern const struct service service_s3, service_sts, service_iam, service_sagemaker,
    service_runtime, service_quotas, service_pricing, service_cloudtrail, service_logs,
    service_cost, service_budgets;
const struct service *service_named(struct slice name);
const struct service *service_of_target(struct slice target);
const struct operation *operation_named(const struct service *s, struct slice name);

const char *s3d_operation_name(const struct call *c); /* NULL while unknown */
void s3d_begin(struct call *c);
bool s3d_body(struct call *c, struct slice piece);
void s3d_finish(struct call *c);
void s3d_end(struct call *c);

#endif
