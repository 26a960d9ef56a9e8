/*
 * A model served by a container of our own: what a transform job asks and an
 * endpoint stands for. It belongs to a running work (work.h), whose thread
 * makes all the calls but served_ask.
 *
 *     st = served_start(&s, w, &model, role, env, err);
 *     while (st == LK_OK && served_look(&s, 100)) ...       // its log flows
 *     served_end(&s);
 *
 * Its log lines go to CloudWatch Logs under the role that the model has.
 */
#ifndef CLOUD_SERVED_H
#define CLOUD_SERVED_H

#include "cloud/logs.h"
#include "cloud/objects.h"
#include "cloud/work.h"
#include "http/ask.h"

/* Lines for a stream of CloudWatch Logs, gathered and written from time to time. */
struct served_log {
    struct work *w;
    const char *group, *stream;
    bool open; /* the role may write it */
    struct str text;
    struct served_line {
        int64_t at_ms;
        size_t from, len;
    } * line;
    size_t n, cap;
};
/* Under the lock, in a transaction. */
void served_log_open(struct served_log *l, struct work *w, const struct caller *role,
                     const char *group, const char *stream);
void served_log_add(struct served_log *l, struct slice line);
void served_log_printf(struct served_log *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Without the lock. */
void served_log_flush(struct served_log *l);
void served_log_done(struct served_log *l);

/* A model as CreateModel was asked for it; texts are borrowed from `request`. */
struct served_model {
    const char *name, *role, *data, *version; /* data: s3://..., or NULL; of the image */
    struct json *request;                     /* freed with served_model_done */
    const struct json *environment;           /* of its container; borrowed from request */
};
/* Under the lock. LK_EINPUT where there is none, or one that cannot run here. */
enum lk_status served_model_find(struct served_model *out, struct cloud *cloud, const char *region,
                                 const char *name, struct lk_error *err);
void served_model_done(struct served_model *m);

struct served {
    struct work *w;
    struct work_process process;
    struct served_log *log;
    const char **env;
    char *root;
    int port; /* 0 until it listens */
    bool ended;
};

/*
 * Fetch the artefact as the role, unpack it below folder and start the
 * container; env is more "NAME=value", NULL ends it, or NULL. log is borrowed
 * until served_end.
 */
enum lk_status served_start(struct served *s, struct work *w, const struct served_model *m,
                            const struct objects *s3, const char *folder, const char *const *env,
                            struct served_log *log, struct lk_error *err);
/* Listen until it takes requests and answers /ping; LK_ECANCELLED when a wish came first. */
enum lk_status served_wait(struct served *s, int64_t timeout_ms, struct lk_error *err);
/* Take its log for at most so long; false when the container has ended by itself. */
bool served_look(struct served *s, int timeout_ms);
void served_end(struct served *s);

#endif
