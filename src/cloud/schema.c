/*
 * The tables. A row that may be long (content, a request, a document) is kept
 * in a table with rowids: in one without, SQLite compares keys by reading whole
 * rows, long ones from all their pages.
 *
 * Each step takes the state from one version to the next and is
 * never changed once released: add a step at the end, and keep one service's
 * tables together.
 */
#include "cloud/internal.h"

/* ---- accounts, IAM, STS: global */

#define IDENTITY                                                                                   \
    "create table meta (key text primary key, value text not null) without rowid;"                 \
    "create table tags (arn text, key text, value text, primary key (arn, key)) without rowid;"    \
    "create table access_keys (id text primary key, secret text not null, user text,"              \
    " status text not null, created integer not null, used integer, used_service text,"            \
    " used_region text) without rowid;" /* user null: root's */                                    \
    "create index access_keys_user on access_keys (user);"                                         \
    "create table sessions (id text primary key, secret text not null, token text not null,"       \
    " kind integer not null, arn text not null, principal_id text not null,"                       \
    " name text not null, role text, policy text, issued integer not null,"                        \
    " expires integer not null) without rowid;"                                                    \
    "create table principals (kind text, name text, id text not null, path text not null,"         \
    " arn text not null, created integer not null, boundary text, trust text,"                     \
    " description text, max_session integer, used integer, used_region text,"                      \
    " primary key (kind, name)) without rowid;" /* kind: user, role, group */                      \
    "create unique index principals_lower on principals (kind, lower(name));"                      \
    "create table members (grp text, user text, primary key (grp, user)) without rowid;"           \
    "create table policies (arn text primary key, name text not null, id text not null,"           \
    " path text not null, created integer not null, updated integer not null,"                     \
    " description text, standard text not null, next_version integer not null) without rowid;"     \
    "create table policy_versions (arn text, version text, document text not null,"                \
    " created integer not null, number integer not null, primary key (arn, version));"             \
    "create table attachments (kind text, name text, arn text, primary key (kind, name, arn))"     \
    " without rowid;"                                                                              \
    "create index attachments_arn on attachments (arn);"                                           \
    "create table inline_policies (kind text, name text, policy text, document text not null,"     \
    " primary key (kind, name, policy));"

/* ---- S3: bucket names are global, buckets belong to a region */

#define S3                                                                                         \
    "create table buckets (name text primary key, region text not null,"                           \
    " created integer not null) without rowid;"                                                    \
    "create table bucket_settings (bucket text, setting text, value text not null,"                \
    " primary key (bucket, setting)) without rowid;"                                               \
    "create table objects (bucket text, key text, size integer not null, etag text not null,"      \
    " modified integer not null, headers text not null, checksum text, parts text,"                \
    " file text, content blob, tags integer not null default 0,"                                   \
    " primary key (bucket, key));" /* file null: content is here */                                \
    "create table uploads (id text primary key, bucket text not null, key text not null,"          \
    " started integer not null, headers text not null, algorithm text, kind text,"                 \
    " owner text not null) without rowid;"                                                         \
    "create index uploads_key on uploads (bucket, key, id);"                                       \
    "create table parts (upload text, number integer, size integer not null,"                      \
    " etag text not null, modified integer not null, checksum text, file text not null,"           \
    " primary key (upload, number)) without rowid;"

/* ---- SageMaker: everything belongs to a region; request is the JSON asked for */

#define SAGEMAKER                                                                                  \
    "create table sagemaker_models (region text, name text, created integer not null,"             \
    " request text not null, primary key (region, name));"

/* ---- quotas: by region; holder is the ARN of what runs the instances */

#define QUOTAS                                                                                     \
    "create table quota_requests (id text primary key, region text not null, code text not null,"  \
    " wanted integer not null, created integer not null, requester text not null) without rowid;"  \
    "create index quota_requests_code on quota_requests (region, code);"                           \
    "create table quota_holds (holder text, use integer, instance text, region text not null,"     \
    " count integer not null, primary key (holder, use, instance)) without rowid;"                 \
    "create index quota_holds_quota on quota_holds (region, use, instance);"

/* ---- work that outlives its call, of any service (work.h) */

#define WORK                                                                                       \
    "create table work (id integer primary key autoincrement, kind text not null,"                 \
    " region text not null, name text not null, attempt integer not null default 0,"               \
    " stopping integer not null default 0, unique (kind, region, name));"

/* ---- things of SageMaker that a request, a status and a detail describe; see thing.h */

#define THINGS                                                                                     \
    "create table things (region text, kind text, name text, parent text not null,"                \
    " status text not null, request text not null, detail text not null,"                          \
    " created integer not null, modified integer not null, due integer not null,"                  \
    " primary key (region, kind, name));"

/* ---- labelling: what a job's thing does not hold, its items and what people answered */

#define LABELING                                                                                   \
    "create table labeling_jobs (region text, name text, reference text not null,"                 \
    " labels text not null, threshold real not null, rounds integer not null,"                     \
    " learned integer not null, failure text not null, primary key (region, name))"                \
    " without rowid;"                                                                              \
    "create table labeling_items (region text, job text, n integer, line text not null,"           \
    " text text not null, label text not null, method text not null, confidence real not null,"    \
    " guess text not null, guess_confidence real not null, shuffle integer not null,"              \
    " at integer not null, primary key (region, job, n));"                                         \
    "create index labeling_items_method on labeling_items (region, job, method);"                  \
    "create table labeling_answers (region text, job text, n integer, worker text,"                \
    " label text not null, seconds real not null, at integer not null,"                            \
    " primary key (region, job, n, worker)) without rowid;"

/* ---- CloudWatch Logs; an event's place in its stream is its time and number */

#define LOGS                                                                                       \
    "create table log_groups (region text, name text, created integer not null,"                   \
    " retention integer, primary key (region, name)) without rowid;"                               \
    "create table log_streams (id integer primary key autoincrement, region text not null,"        \
    " grp text not null, name text not null, created integer not null, first integer,"             \
    " last integer, ingested integer, bytes integer not null default 0,"                           \
    " events integer not null default 0, unique (region, grp, name));"                             \
    "create table log_events (stream integer, at integer, number integer,"                         \
    " ingested integer not null, text text not null, primary key (stream, at, number))"            \
    " without rowid;"

/* ---- SageMaker's training jobs: what was asked, how far it came, and every step on the way */

#define TRAINING                                                                                   \
    "create table training_jobs (region text, name text, created integer not null,"                \
    " modified integer not null, status text not null, detail text not null,"                      \
    " request text not null, creator text not null, tuner text, reason text, started integer,"     \
    " ended integer, billable integer, artifacts text, primary key (region, name));"               \
    "create index training_jobs_tuner on training_jobs (region, tuner);"                           \
    "create table training_steps (region text, job text, number integer, status text not null,"    \
    " started integer not null, ended integer, message text not null,"                             \
    " primary key (region, job, number)) without rowid;"                                           \
    "create table training_metrics (region text, job text, name text, value real not null,"        \
    " at integer not null, primary key (region, job, name)) without rowid;"

/* ---- pipelines: the steps of executions; an execution is "PIPELINE/ID" */

#define PIPELINES                                                                                  \
    "create table pipeline_steps (region text, execution text, step text, n integer not null,"     \
    " status text not null, started integer not null, ended integer not null,"                     \
    " failure text not null, metadata text not null, result text not null,"                        \
    " display text not null, description text not null, primary key (region, execution, step));"

/* ---- tuning jobs: their trials; and, round by round, the metric that a tuned job is judged by */

#define TUNING                                                                                     \
    "create table tuning_trials (region text, job text, number integer, training text not null,"   \
    " tuned text not null, state text not null, value real, primary key (region, job, number))"    \
    " without rowid;"                                                                              \
    "create table training_series (region text, job text, number integer, value real not null,"    \
    " primary key (region, job, number)) without rowid;"

/* ---- what was used, and what may be spent (usage.c, budget.c) */

#define USAGE                                                                                      \
    "create table usage_machines (id integer primary key, region text not null,"                   \
    " holder text not null, use integer not null, instance text not null,"                         \
    " count integer not null, began integer not null, ended integer);"                             \
    "create index usage_machines_open on usage_machines (holder) where ended is null;"             \
    "create index usage_machines_began on usage_machines (began);"                                 \
    "create table usage_storage (day integer, bucket text, region text not null,"                  \
    " byte_ms real not null, at integer not null, primary key (day, bucket)) without rowid;"       \
    "create index usage_storage_bucket on usage_storage (bucket, at);"                             \
    "create table budgets (name text primary key, budget text not null, notifications text,"       \
    " updated integer not null) without rowid;"

/* ---- what a session of a role was given: its tags, and who is behind it */

#define SESSIONS                                                                                   \
    "alter table sessions add column tags text;"                                                   \
    "alter table sessions add column source text;"

/* One a line, oldest first: add at the end. */
// clang-format off
const char *const schema[] = {
    IDENTITY S3,
    SAGEMAKER,
    QUOTAS,
    WORK,
    THINGS,
    LABELING,
    LOGS,
    TRAINING,
    PIPELINES,
    TUNING,
    USAGE,
    SESSIONS,
};
// clang-format on
const size_t schema_steps = sizeof schema / sizeof *schema;
