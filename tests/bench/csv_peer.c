/*
 * CSV against libxgboost:
 *   csv_peer write FILE ROWS              made rows: a label, 28 numbers
 *   csv_peer matrix FILE THREADS          both read it; prints "theirs ours" in seconds of CPU
 *   csv_peer predict MODEL FILE OUT THREADS   XGBoost from file to file
 */
#include "labkit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xgboost/c_api.h>

enum { COLUMNS = 28, RUNS = 3 };

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void must(int bad, const char *what)
{
    if (bad) {
        fprintf(stderr, "%s failed: %s\n", what, XGBGetLastError());
        exit(2);
    }
}

static int write_rows(const char *path, unsigned long rows)
{
    unsigned long long state = 1;
    FILE *f = fopen(path, "w");

    must(!f, path);
    for (unsigned long i = 0; i < rows; i++) {
        fputc('0' + (int)(i * 7 % 5 == 0), f);
        for (int k = 0; k < COLUMNS; k++) {
            state = state * 6364136223846793005ull + 1442695040888963407ull;
            fprintf(f, ",%.6f", (double)(state >> 40) / 16777216.0 * 6 - 3);
        }
        fputc('\n', f);
    }
    must(fclose(f), path);
    return 0;
}

static DMatrixHandle their_matrix(const char *path)
{
    char uri[4096];
    DMatrixHandle d;

    snprintf(uri, sizeof uri, "%s?format=csv&label_column=0", path);
    must(XGDMatrixCreateFromFile(uri, 1, &d), path);
    return d;
}

static void threads_of(const char *threads)
{
    char config[64];

    snprintf(config, sizeof config, "{\"nthread\": %s, \"verbosity\": 0}", threads);
    must(XGBSetGlobalConfig("{\"verbosity\": 0}"), config);
    setenv("OMP_NUM_THREADS", threads, 1);
}

static int matrix(const char *path, const char *threads)
{
    struct lk_read_options o = {.threads = atoi(threads)};
    double theirs = 1e9, ours = 1e9;

    threads_of(threads);
    for (int i = 0; i < RUNS; i++) {
        struct lk_matrix *m = NULL;
        double start = now();

        XGDMatrixFree(their_matrix(path));
        theirs = now() - start < theirs ? now() - start : theirs;
        start = now();
        must(lk_matrix_read(&m, path, &o, NULL), path);
        ours = now() - start < ours ? now() - start : ours;
        lk_matrix_free(m);
    }
    printf("%.4f %.4f\n", theirs, ours);
    return 0;
}

static int predict(const char *model, const char *path, const char *out, const char *threads)
{
    DMatrixHandle d;
    BoosterHandle b;
    unsigned long n;
    const float *v;
    FILE *f = fopen(out, "w");

    must(!f, out);
    threads_of(threads);
    d = their_matrix(path);
    must(XGBoosterCreate(NULL, 0, &b), "create");
    must(XGBoosterLoadModel(b, model), model);
    must(XGBoosterSetParam(b, "nthread", threads), "nthread");
    must(XGBoosterPredict(b, d, 0, 0, 0, &n, &v), "predict");
    for (unsigned long i = 0; i < n; i++)
        fprintf(f, "%.9g\n", (double)v[i]);
    must(fclose(f), out);
    XGBoosterFree(b);
    XGDMatrixFree(d);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "write"))
        return write_rows(argv[2], strtoul(argv[3], NULL, 10));
    if (argc == 4 && !strcmp(argv[1], "matrix"))
        return matrix(argv[2], argv[3]);
    if (argc == 6 && !strcmp(argv[1], "predict"))
        return predict(argv[2], argv[3], argv[4], argv[5]);
    return 2;
}
