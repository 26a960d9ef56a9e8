/* Parts of the container, as they see each other. */
#ifndef CONTAINER_INTERNAL_H
#define CONTAINER_INTERNAL_H

#include "container/container.h"
#include "container/meet.h"
#include "gbt/params.h"

/* Caps on what the configuration may hold. */
enum {
    CONTAINER_MAX_CONFIG = 1 << 20, /* bytes of a configuration file */
    CONTAINER_MAX_FILES = 100000,   /* of a channel */
    CONTAINER_MAX_DEPTH = 3,        /* folders below a channel, as in the image */
    CONTAINER_KEEP_CHECKPOINTS = 5,
    CONTAINER_MAX_HOSTS = 20,
};

enum container_content { CONTAINER_CSV, CONTAINER_LIBSVM, CONTAINER_JSONL };

struct container_channel {
    bool given;
    enum container_content content;
};

/* What the job's configuration says. */
struct container_job {
    char *root;
    struct lk_params *params;
    size_t rounds, early_stop;
    bool csv_weights;    /* the second column is the rows' weights */
    bool save_when_told; /* save_model_on_termination */
    struct container_channel train, validation;
    char *checkpoints;               /* folder, or NULL */
    char *host[CONTAINER_MAX_HOSTS]; /* (hosts), sorted: the first trains and saves */
    size_t hosts, this_host;         /* 1 and 0 for a job of one instance */
};

/* say.c: "[2026-11-25:09:15:46:INFO] Single node training." */
void container_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* setup.c */
enum lk_status container_job_read(struct container_job *j, const char *root, struct lk_error *err);
void container_job_done(struct container_job *j);
/* "<root>/<below>"; yours to free. */
char *container_path(const char *root, const char *below);
/* A path as it is inside the container: without the root, which is none of the log's business. */
const char *container_inside(const char *root, const char *path);
/* The same for every path in an error. */
void container_inside_error(const char *root, struct lk_error *err);

/*
 * channel.c: all files of a channel under one another. NULL with LK_OK when it
 * has none. Numbers only: a word anywhere is an error, as in the image.
 */
enum lk_status container_channel_read(struct lk_matrix **out, const struct container_job *j,
                                      const char *name, const struct container_channel *c,
                                      struct lk_error *err);
/* Put the rows of `more` under those of `to`; where names it in errors. */
enum lk_status container_append(struct lk_matrix *to, struct lk_matrix *more, const char *where,
                                bool csv, struct lk_error *err);
/* Give m as many columns as the training data has, the new ones missing. */
enum lk_status container_same_width(struct lk_matrix *m, size_t columns, struct lk_error *err);

/* together.c: jobs of several hosts */
struct container_team {
    struct meet line[CONTAINER_MAX_HOSTS]; /* to each of the others */
};
void container_team_init(struct container_team *team, bool (*stopped)(void));
/* The first host: the others' rows under its own; they wait until they are dismissed. */
enum lk_status container_gather(struct container_team *team, const struct container_job *j,
                                struct lk_matrix **train, struct lk_matrix **validation,
                                bool (*stopped)(void), struct lk_error *err);
void container_dismiss(struct container_team *team, const struct container_job *j, bool good);
/* Another host: hand the rows over (NULL: none), and wait until the first is through. */
enum lk_status container_give(const struct container_job *j, const struct lk_matrix *train,
                              const struct lk_matrix *validation, bool (*stopped)(void),
                              struct lk_error *err);

/* One channel of another host as it comes; NULL with LK_OK where that has nothing of it. */
enum lk_status container_receive_rows(struct lk_matrix **out, const struct meet *from,
                                      struct lk_error *err);

/* artefact.c */
struct container_format;
/* The format of this image version; LK_EUSE where there is no such version. */
enum lk_status container_format(const struct container_format **out, const char *version,
                                struct lk_error *err);
enum lk_status container_write(const struct lk_model *m, const char *path,
                               const struct container_format *f, struct lk_error *err);
/* The newest checkpoint of the folder and its round; NULL with LK_OK where there is none. */
enum lk_status container_checkpoint_read(struct lk_model **out, const char *folder,
                                         struct lk_error *err);
/* Write xgboost-checkpoint.<round>; the oldest beyond five are removed. */
enum lk_status container_checkpoint_write(const struct lk_model *m, const char *folder,
                                          size_t round, const struct container_format *f,
                                          struct lk_error *err);
/* Versions before 1.2-2 answer with all predictions on one line. */
bool container_joins_lines(const struct container_format *f);

/* ---- serving ------------------------------------------------------------------------ */

/* What answers: one model, or several whose predictions are averaged. */
struct container_models {
    struct lk_model **model; /* (n) */
    size_t n, width;         /* numbers a prediction */
    size_t features;
    const char *objective;
};

/* models.c: a file, or every file of a folder that is not hidden; root is left out of the log. */
enum lk_status container_models_load(struct container_models *m, const char *root, const char *path,
                                     struct lk_error *err);
void container_models_done(struct container_models *m);
/* out is (rows, m->width). */
enum lk_status container_models_predict(const struct container_models *m,
                                        const struct lk_matrix *rows, float *out,
                                        struct lk_error *err);

/* request.c: the body of POST /invocations as rows of the model's width. */
enum lk_status container_request_read(struct lk_matrix **out, const char *content_type,
                                      struct slice body, const struct container_models *m,
                                      bool plain, struct lk_error *err);

/* answer.c */
enum container_accept { ACCEPT_CSV, ACCEPT_JSON, ACCEPT_JSONL };
struct container_answer {
    enum container_accept accept;
    bool batch;           /* SAGEMAKER_BATCH: a line a prediction, whatever Accept says */
    bool joined;          /* all on one line, as early versions do */
    const char *selected; /* SAGEMAKER_INFERENCE_OUTPUT, or NULL */
};
/* false when the type is none of ours. */
bool container_accept_parse(enum container_accept *out, const char *accept);
const char *container_accept_type(const struct container_answer *a);
/* LK_EUSE when the objective has nothing to select from. */
enum lk_status container_answer_print(struct str *out, const struct container_answer *a,
                                      const struct container_models *m, const float *values,
                                      size_t rows, struct lk_error *err);

#endif
