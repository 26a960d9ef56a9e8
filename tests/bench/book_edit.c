/* How long an edit takes to reach the page: book_edit BOOK OUT TEMPLATES; prints milliseconds, the
 * median of 9. */
#include "book/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    struct site_options options = {.out = argc > 3 ? argv[2] : "",
                                   .templates = argc > 3 ? argv[3] : ""};
    struct site_live *live = argc > 3 ? site_live_new(argv[1], &options) : NULL;
    double times[9];

    for (int i = -1; live && i < 9; i++) {
        struct findings findings = {0};
        struct site_report report = {0};
        struct lk_error err = {0};
        char path[4096];
        double start;

        if (i >= 0) {
            FILE *f;

            snprintf(path, sizeof path, "%s/lessons/%05d-page-%d/lesson.md", argv[1], i * 7, i * 7);
            f = fopen(path, "a");
            if (!f)
                return 1;
            fprintf(f, "\nA line more.\n");
            fclose(f);
        }
        start = now_ms();
        if (site_live_update(live, NULL, &report, &findings, &err) || !report.files.written) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        if (i >= 0)
            times[i] = now_ms() - start;
        findings_done(&findings);
    }
    qsort(times, 9, sizeof *times, by_value);
    printf("%.0f\n", times[4]);
    site_live_free(live);
    return live ? 0 : 2;
}
