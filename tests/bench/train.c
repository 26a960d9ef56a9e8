/*
 * One trainer, one process: bench_train ours|theirs ROWS ROUNDS THREADS.
 * Prints seconds for binning and training (of the processor where one thread
 * is measured, as others use the machine too; of the clock where threads share
 * the work), the AUC on rows not trained on, and the peak memory of the process. Both get the same
 * made-up rows: 28 columns of which some carry a noisy, bent signal (about 0.80 AUC is there to
 * find).
 */
#include "base/mem.h"
#include "gbt/random.h"
#include "labkit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <xgboost/c_api.h>

enum { COLUMNS = 28, TEST_ROWS = 100000 };

struct data {
    size_t rows;
    float *values, *labels;
};

static struct data make(size_t rows, uint64_t seed)
{
    struct data d = {rows, mem_alloc(rows * COLUMNS * sizeof(float)),
                     mem_alloc(rows * sizeof(float))};

    for (size_t r = 0; r < rows; r++) {
        float *x = d.values + r * COLUMNS;
        double z = -0.3;

        for (size_t f = 0; f < COLUMNS; f++)
            x[f] = (float)(gbt_draw(seed, (r * COLUMNS + f) * 2) +
                           gbt_draw(seed, (r * COLUMNS + f) * 2 + 1) - 1);
        for (size_t f = 0; f < 8; f++)
            z += sin((double)x[f] * 3) * 0.8 + (double)(x[f] * x[f + 8]) * 1.5;
        d.labels[r] = gbt_draw(seed + 1, r) < 1 / (1 + exp(-z));
    }
    return d;
}

struct scored {
    float score, label;
};

static int by_score(const void *a, const void *b)
{
    float x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;

    return x < y ? -1 : x > y;
}

static double auc(const float *scores, const struct data *d)
{
    struct scored *s = mem_alloc(d->rows * sizeof *s);
    double area = 0, below = 0, positive = 0;

    for (size_t i = 0; i < d->rows; i++)
        s[i] = (struct scored){scores[i], d->labels[i]};
    qsort(s, d->rows, sizeof *s, by_score);
    for (size_t i = 0; i < d->rows; i++)
        if (s[i].label > 0) {
            area += below;
            positive++;
        } else {
            below++;
        }
    free(s);
    return area / (positive * below);
}

static void die(const char *what)
{
    fprintf(stderr, "bench_train: %s\n", what);
    exit(1);
}

static void need(bool ok, const struct lk_error *err)
{
    if (!ok)
        die(err->text);
}

static double now(int threads)
{
    struct timespec t;

    clock_gettime(threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double ours(const struct data *train, const struct data *test, const char *rounds,
                   int threads, float *scores)
{
    struct lk_train_options o = {.rounds = strtoul(rounds, NULL, 10), .threads = threads};
    struct lk_predict_options po = {.kind = LK_MARGIN, .threads = threads};
    struct lk_params *p = lk_params_new();
    struct lk_matrix *m;
    struct lk_model *model;
    struct lk_error err;
    double began;

    need(!lk_params_set(p, "objective", "binary:logistic", &err), &err);
    need(!lk_params_set(p, "xgboost_rules", "1.7", &err), &err); /* the peer's: the same trees */
    need(!lk_matrix_new(&m, train->values, train->rows, COLUMNS, NAN, &err), &err);
    free(train->values);
    need(!lk_matrix_set_field(m, "label", train->labels, 1, &err), &err);
    began = now(threads);
    need(!lk_train(&model, m, p, &o, &err), &err);
    began = now(threads) - began;
    need(!lk_predict(model, test->values, test->rows, COLUMNS, &po, scores, &err), &err);
    lk_model_free(model);
    lk_matrix_free(m);
    lk_params_free(p);
    return began;
}

static void xgb(int code)
{
    if (code)
        die(XGBGetLastError());
}

static double theirs(const struct data *train, const struct data *test, const char *rounds,
                     const char *threads, float *scores)
{
    DMatrixHandle d, t;
    BoosterHandle b;
    const float *out;
    bst_ulong n;
    double began;

    xgb(XGDMatrixCreateFromMat_omp(train->values, train->rows, COLUMNS, NAN, &d, atoi(threads)));
    free(train->values);
    xgb(XGDMatrixSetFloatInfo(d, "label", train->labels, train->rows));
    xgb(XGDMatrixCreateFromMat_omp(test->values, test->rows, COLUMNS, NAN, &t, atoi(threads)));
    xgb(XGBoosterCreate(&d, 1, &b));
    xgb(XGBoosterSetParam(b, "tree_method", "hist"));
    xgb(XGBoosterSetParam(b, "objective", "binary:logistic"));
    xgb(XGBoosterSetParam(b, "nthread", threads));
    began = now(atoi(threads));
    for (int i = 0; i < atoi(rounds); i++)
        xgb(XGBoosterUpdateOneIter(b, i, d));
    began = now(atoi(threads)) - began;
    xgb(XGBoosterPredict(b, t, 1, 0, 0, &n, &out));
    memcpy(scores, out, n * sizeof *scores);
    XGBoosterFree(b);
    XGDMatrixFree(d);
    XGDMatrixFree(t);
    return began;
}

int main(int argc, char **argv)
{
    struct data train, test;
    struct rusage usage;
    double seconds;
    float *scores;

    if (argc != 5)
        die("usage: bench_train ours|theirs ROWS ROUNDS THREADS");
    train = make(strtoul(argv[2], NULL, 10), 1);
    test = make(TEST_ROWS, 99);
    scores = mem_alloc(TEST_ROWS * sizeof *scores);
    seconds = !strcmp(argv[1], "ours") ? ours(&train, &test, argv[3], atoi(argv[4]), scores)
                                       : theirs(&train, &test, argv[3], argv[4], scores);
    getrusage(RUSAGE_SELF, &usage);
    printf("%.3f %.5f %ld\n", seconds, auc(scores, &test), usage.ru_maxrss / 1024);
    return 0;
}
