/* Parts of the container, as they see each other. */
#ifndef CONTAINER_INTERNAL_H
#define CONTAINER_INTERNAL_H

#include "container/container.h"
#include "gbt/params.h"

/* Caps on what the configuration may hold. */
enum {
    CONTAINER_MAX_CONFIG = 1 << 20, /* bytes of a configuration file */
    CONTAINER_MAX_FILES = 100000,   /* of a channel */
    CONTAINER_MAX_DEPTH = 3,        /* folders below a channel, as in the image */
    CONTAINER_KEEP_CHECKPOINTS = 5,
};

enum container_content { CONTAINER_CSV, CONTAINER_LIBSVM };

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
    char *checkpoints; /* folder, or NULL */
};

/* setup.c */
enum lk_status container_job_read(struct container_job *j, const char *root, struct lk_error *err);
void container_job_done(struct container_job *j);
/* "<root>/<below>"; yours to free. */
char *container_path(const char *root, const char *below);

/*
 * channel.c: all files of a channel under one another. NULL with LK_OK when it
 * has none. Numbers only: a word anywhere is an error, as in the image.
 */
enum lk_status container_channel_read(struct lk_matrix **out, const struct container_job *j,
                                      const char *name, const struct container_channel *c,
                                      struct lk_error *err);
/* Give m as many columns as the training data has, the new ones missing. */
enum lk_status container_same_width(struct lk_matrix *m, size_t columns, struct lk_error *err);

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

#endif
