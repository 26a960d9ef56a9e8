/*
 * labkit: train and score XGBoost models from C.
 *
 * Ownership, once for all calls: an argument is borrowed for the length of the
 * call unless its comment says *takes*; what comes back through `out` is yours
 * and is freed with the call of the same name that ends in `_free`. Every free
 * accepts NULL.
 *
 * Errors: a call that can fail returns `enum lk_status`, LK_OK being zero, and
 * fills the caller's `struct lk_error` (which may be NULL) with one line that
 * says what was found, what was expected and where. When a call fails, its
 * `out` is left untouched.
 *
 * Threads: a loaded model and a filled matrix are never written again and may
 * be shared; every other object belongs to one thread at a time. No result
 * depends on the number of threads.
 *
 * Numbers: features, labels and scores are float (IEEE binary32); a missing
 * feature is NaN. Matrices are row-major: (rows, columns).
 */
#ifndef LABKIT_H
#define LABKIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LK_API        __attribute__((visibility("default")))
#define LK_MUST_CHECK __attribute__((warn_unused_result))

#define LK_VERSION "0.1.0"

/* ---- errors ---------------------------------------------------------- */

enum lk_status {
    LK_OK = 0,
    LK_EUSE,         /* wrong use: unknown option, parameter or name */
    LK_EINPUT,       /* a file or message that is not what it should be */
    LK_EIO,          /* the operating system refused: missing file, disk full */
    LK_EUNSUPPORTED, /* understood, and not something this version does */
    LK_ELIMIT,       /* a cap was reached: size, time, depth, memory, budget */
    LK_ENETWORK,     /* no connection, or it broke */
    LK_ESERVICE,     /* a service answered with an error; see `code` */
    LK_ECANCELLED,   /* the caller asked to stop */
    LK_ECHECK,       /* a check, quiz or test was not passed */
};

struct lk_error {
    enum lk_status status;
    int line;        /* 1-based; 0 where there is none */
    int column;      /* 1-based, in bytes; 0 where there is none */
    char file[256];  /* the file at fault, or "" */
    char code[64];   /* a service's error code, or "" */
    char text[1024]; /* one line, no full stop, no newline */
};

/* The status as a word ("bad input"); a static string. */
LK_API const char *lk_status_name(enum lk_status status);

/*
 * Write "file:line:column: text" (each part only where known) into buf, cut to
 * size and always terminated; returns buf.
 */
LK_API const char *lk_error_format(const struct lk_error *err, char *buf, size_t size);

/* The library's version, LK_VERSION of the build; a static string. */
LK_API const char *lk_version(void);

/* ---- data ------------------------------------------------------------ */

/* Rows to train on or to score: features, and whatever labels, weights, ... go with them. */
struct lk_matrix;
struct lk_model;

/* How to read a file. All zero is a good default. */
struct lk_read_options {
    const char *format; /* "csv", "libsvm", "jsonl"; NULL: told by the content */
    const char *label;  /* column name or 0-based number; NULL: the first column of a file
                           without header, the column `label` of one with; several with commas */
    bool no_label;      /* every column is a feature (data to score) */
    const char *weight; /* column of row weights, or NULL */
    const char *query;  /* column of query ids (ranking), rows of one query together, or NULL */
    const char *base_margin;   /* column(s) of base margins, commas between, or NULL */
    const char *lower, *upper; /* columns of the label's bounds (survival:aft), or NULL */
    const char *ignore;        /* columns to leave out, commas between, or NULL */
    const char *missing; /* one more word that means missing, besides empty, NA, nan, null, ? */
    int header;          /* 0: told by the content; 1: there is one; -1: there is none */
    char delimiter;      /* 0: told by the first line */
    const struct lk_model *model; /* match columns by name and code categories as this model did */
    int threads;                  /* <= 0: all processors */
};

/* Read a file ("-" is stdin), gunzipped where it is gzip. options may be NULL. */
LK_API enum lk_status lk_matrix_read(struct lk_matrix **out, const char *path,
                                     const struct lk_read_options *options,
                                     struct lk_error *err) LK_MUST_CHECK;
/* The same from memory; name stands in errors. */
LK_API enum lk_status lk_matrix_parse(struct lk_matrix **out, const void *bytes, size_t len,
                                      const char *name, const struct lk_read_options *options,
                                      struct lk_error *err) LK_MUST_CHECK;
/*
 * A matrix of your own numbers, copied: values is (rows, columns); NaN and
 * `missing` (NaN for none) mean missing.
 */
LK_API enum lk_status lk_matrix_new(struct lk_matrix **out, const float *values, size_t rows,
                                    size_t columns, float missing,
                                    struct lk_error *err) LK_MUST_CHECK;
/* names: columns of them, copied. */
LK_API enum lk_status lk_matrix_set_names(struct lk_matrix *m, const char *const *names,
                                          struct lk_error *err) LK_MUST_CHECK;
/*
 * Per-row fields, copied: "label" (rows, width), "weight" (rows), "base_margin"
 * (rows, width), "lower" and "upper" (rows), "query" (rows, ids in order).
 */
LK_API enum lk_status lk_matrix_set_field(struct lk_matrix *m, const char *field,
                                          const float *values, size_t width,
                                          struct lk_error *err) LK_MUST_CHECK;
LK_API size_t lk_matrix_rows(const struct lk_matrix *m);
LK_API size_t lk_matrix_columns(const struct lk_matrix *m);
/* (rows, columns), borrowed. */
LK_API const float *lk_matrix_values(const struct lk_matrix *m);
/* The field as set, borrowed; NULL when absent. *width may be NULL. */
LK_API const float *lk_matrix_field(const struct lk_matrix *m, const char *field, size_t *width);
/* The column's name, or NULL where the data had none; borrowed. */
LK_API const char *lk_matrix_name(const struct lk_matrix *m, size_t column);
LK_API void lk_matrix_free(struct lk_matrix *m);

/* ---- models ---------------------------------------------------------- */

/*
 * Any XGBoost model: JSON and UBJSON (1.0 to 3.4), the old binary format,
 * a Python pickle of a Booster (read as data, nothing in it is run), or
 * SageMaker's model.tar.gz; told by content.
 */
LK_API enum lk_status lk_model_read(struct lk_model **out, const char *path,
                                    struct lk_error *err) LK_MUST_CHECK;
/* The same from memory; name stands in errors. */
LK_API enum lk_status lk_model_parse(struct lk_model **out, const void *bytes, size_t len,
                                     const char *name, struct lk_error *err) LK_MUST_CHECK;
/* LK_BINARY is the old format, that of SageMaker's images 1.3 to 1.7; no categories. */
enum lk_model_format { LK_JSON, LK_UBJSON, LK_BINARY };
/*
 * Written beside and renamed; readable by XGBoost 1.7 to 3.x (LK_BINARY to 3.0);
 * the same bytes for the same model.
 */
LK_API enum lk_status lk_model_write(const struct lk_model *model, const char *path,
                                     enum lk_model_format format,
                                     struct lk_error *err) LK_MUST_CHECK;
LK_API size_t lk_model_features(const struct lk_model *model);
LK_API const char *lk_model_feature_name(const struct lk_model *model,
                                         size_t feature); /* or NULL */
LK_API const char *lk_model_objective(const struct lk_model *model);
/* Outputs a row of margins: classes of multi:*, targets, or 1. */
LK_API size_t lk_model_groups(const struct lk_model *model);
/* The label's word for this class, the model's own, where the labels trained on were words; else
 * NULL. */
LK_API const char *lk_model_class_name(const struct lk_model *model, size_t class_number);
LK_API size_t lk_model_rounds(const struct lk_model *model);
/* Early stopping's best round (0-based), or -1. */
LK_API long lk_model_best_round(const struct lk_model *model);
LK_API const char *lk_model_attribute(const struct lk_model *model, const char *name); /* or NULL */
LK_API void lk_model_free(struct lk_model *model);

/* ---- scoring --------------------------------------------------------- */

enum lk_predict_kind {
    LK_VALUE,          /* on the label's scale: probability, class, mean, ... */
    LK_MARGIN,         /* the raw sum of leaves */
    LK_LEAF,           /* the leaf's node id, tree by tree */
    LK_CONTRIB,        /* SHAP values, one a feature, the bias last */
    LK_APPROX_CONTRIB, /* Saabas' approximation of the same */
};

struct lk_predict_options {
    enum lk_predict_kind kind;
    size_t begin, end;        /* rounds [begin, end); end 0: to the best round, else the last */
    bool all_rounds;          /* with end 0: all rounds, even where a best round is known */
    const float *base_margin; /* (rows, groups), instead of the model's base score; or NULL */
    int threads;              /* <= 0: all processors */
};

/* Numbers a row that a prediction of this kind has. options may be NULL. */
LK_API size_t lk_predict_width(const struct lk_model *model,
                               const struct lk_predict_options *options);
/*
 * Score rows: values is (rows, columns), NaN for missing; columns must be the
 * model's; out is (rows, lk_predict_width). options may be NULL.
 */
LK_API enum lk_status lk_predict(const struct lk_model *model, const float *values, size_t rows,
                                 size_t columns, const struct lk_predict_options *options,
                                 float *out, struct lk_error *err) LK_MUST_CHECK;
/* The same for a matrix: its names are compared with the model's, its base margin is used. */
LK_API enum lk_status lk_predict_matrix(const struct lk_model *model, const struct lk_matrix *m,
                                        const struct lk_predict_options *options, float *out,
                                        struct lk_error *err) LK_MUST_CHECK;

/* ---- training -------------------------------------------------------- */

/* XGBoost's parameters by their names and aliases, values as text, as on its command line. */
struct lk_params;
LK_API struct lk_params *lk_params_new(void);
/* An unknown name or a value out of range is LK_EUSE, with the nearest name. */
LK_API enum lk_status lk_params_set(struct lk_params *params, const char *name, const char *value,
                                    struct lk_error *err) LK_MUST_CHECK;
LK_API void lk_params_free(struct lk_params *params);

/* What is known after a round. */
struct lk_round {
    size_t round;              /* 0-based */
    size_t rounds;             /* asked for */
    size_t metrics;            /* entries of the next three, borrowed for the call */
    const char *const *data;   /* the evaluation set's name */
    const char *const *metric; /* the metric's name */
    const double *value;
    const struct lk_model *model; /* so far: to be written, not to be scored with */
};
/* Return false to stop after this round; the model so far is kept. */
typedef bool lk_round_fn(void *ctx, const struct lk_round *round);

struct lk_train_options {
    size_t rounds;                        /* 0: 10, as XGBoost's num_boost_round */
    size_t early_stop;                    /* rounds without improvement of the last metric on the
                                             last evaluation set; 0: never */
    const struct lk_matrix *const *evals; /* evaluation sets, evaluated each round */
    const char *const *eval_names;
    size_t eval_count;
    const struct lk_model *start; /* continue from this model, or NULL */
    const char *checkpoint;       /* folder to save to and resume from, or NULL */
    lk_round_fn *on_round;        /* or NULL */
    void *ctx;
    int threads; /* <= 0: all processors */
};

/* params and options may be NULL (all defaults). */
LK_API enum lk_status lk_train(struct lk_model **out, const struct lk_matrix *data,
                               const struct lk_params *params,
                               const struct lk_train_options *options,
                               struct lk_error *err) LK_MUST_CHECK;

/* XGBoost's metric by name ("auc", "logloss", "error@0.4", ...) of the model on m. */
LK_API enum lk_status lk_evaluate(double *out, const struct lk_model *model,
                                  const struct lk_matrix *m, const char *metric, int threads,
                                  struct lk_error *err) LK_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
