/*
 * labkit against libxgboost in one process: batch scoring, one row, model load.
 * score_peer MODEL.json MODEL.ubj ROWS THREADS; prints "what ratio" lines.
 */
#include "labkit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <xgboost/c_api.h>

/* CPU time, for one thread is measured; the wall's for what takes less than asking for it. */
static clockid_t clock_used = CLOCK_PROCESS_CPUTIME_ID;

static double now(void)
{
    struct timespec t;

    clock_gettime(clock_used, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(int bad, const char *what)
{
    if (bad) {
        fprintf(stderr, "%s failed: %s\n", what, XGBGetLastError());
        exit(2);
    }
}

/* The least of some runs of both, side by side. */
#define BEST(best, code)                                                                           \
    do {                                                                                           \
        double start_ = now();                                                                     \
        code;                                                                                      \
        start_ = now() - start_;                                                                   \
        (best) = start_ < (best) ? start_ : (best);                                                \
    } while (0)

static void print(const char *what, double theirs, double ours)
{
    printf("%-44s XGBoost %10.3f ms  labkit %10.3f ms  %6.1f times\n", what, theirs * 1e3,
           ours * 1e3, theirs / ours);
}

static void load(const char *path, const char *what)
{
    double ours = 1e9, theirs = 1e9;

    for (int i = 0; i < 3; i++) {
        struct lk_model *m = NULL;
        BoosterHandle b;

        BEST(ours, must(lk_model_read(&m, path, NULL), path));
        lk_model_free(m);
        must(XGBoosterCreate(NULL, 0, &b), "create");
        BEST(theirs, must(XGBoosterLoadModel(b, path), path));
        XGBoosterFree(b);
    }
    print(what, theirs, ours);
}

int main(int argc, char **argv)
{
    size_t rows = argc > 4 ? strtoul(argv[3], NULL, 10) : 0, columns;
    struct lk_model *m = NULL;
    struct lk_predict_options o = {.kind = LK_MARGIN};
    double ours = 1e9, theirs = 1e9, one = 1e9, their_one = 1e9;
    float *x, *out;
    const float *want = NULL;
    unsigned long n, different = 0;
    unsigned long long state = 1;
    BoosterHandle b;
    DMatrixHandle d;

    if (argc < 5)
        return 2;
    o.threads = (int)strtol(argv[4], NULL, 10);
    must(lk_model_read(&m, argv[1], NULL), argv[1]);
    columns = lk_model_features(m);
    x = malloc(rows * columns * sizeof *x);
    out = malloc(rows * lk_model_groups(m) * sizeof *out);
    for (size_t i = 0; i < rows * columns; i++) {
        state = state * 6364136223846793005ull + 1442695040888963407ull;
        x[i] = (float)(state >> 40) / 16777216.0f * 6 - 3;
        if ((state >> 20 & 63) == 0)
            x[i] = NAN;
    }
    must(XGBoosterCreate(NULL, 0, &b), "create");
    must(XGBoosterLoadModel(b, argv[1]), argv[1]);
    must(XGBoosterSetParam(b, "nthread", argv[4]), "nthread");
    for (int i = 0; i < 3; i++) {
        BEST(ours, must(lk_predict(m, x, rows, columns, &o, out, NULL), "lk_predict"));
        must(XGDMatrixCreateFromMat(x, rows, columns, NAN, &d), "matrix");
        BEST(theirs, must(XGBoosterPredict(b, d, 1, 0, 0, &n, &want), "XGBoosterPredict"));
        for (size_t k = 0; i == 2 && k < n; k++)
            different += !(fabsf(want[k] - out[k]) <= 1e-6f * fmaxf(1, fabsf(want[k])));
        XGDMatrixFree(d);
    }
    print("batch, matrix ready", theirs, ours);
    if (different)
        printf("%lu margins differ\n", different);
    o.threads = 1;
    clock_used = CLOCK_MONOTONIC;
    for (size_t i = 0; i < 200 && i < rows; i++) {
        BEST(one, must(lk_predict(m, x + i * columns, 1, columns, &o, out, NULL), "lk_predict"));
        BEST(
            their_one, must(XGDMatrixCreateFromMat(x + i * columns, 1, columns, NAN, &d), "matrix");
            must(XGBoosterPredict(b, d, 1, 0, 0, &n, &want), "XGBoosterPredict"); XGDMatrixFree(d));
    }
    print("one row", their_one, one);
    clock_used = CLOCK_PROCESS_CPUTIME_ID;
    load(argv[1], "load JSON");
    load(argv[2], "load UBJSON");
    XGBoosterFree(b);
    lk_model_free(m);
    free(x);
    free(out);
    return different != 0;
}
