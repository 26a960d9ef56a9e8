/* Trials across in their order, results up; a line goes along the best so far. */
#include "lab/search_chart.h"

#include <math.h>
#include <stdlib.h>

void chart_search(struct chart *c, const struct tune_search *s, const char *metric, bool more)
{
    size_t n = tune_trials(s), best;
    double *x = mem_calloc(3 * n + 1, sizeof *x), *y = x + n, *line = y + n, so_far = NAN;

    for (size_t t = 0; t < n; t++) {
        x[t] = (double)t + 1;
        y[t] = tune_result(s, t);
        if (isnan(so_far) || (more ? y[t] > so_far : y[t] < so_far))
            so_far = y[t];
        line[t] = so_far;
    }
    chart_init(c, CHART_XY, "Search for settings");
    chart_add(c, "trial", MARK_POINTS, x, y, n);
    chart_add(c, "best so far", MARK_LINE, x, line, n);
    c->x_label = "trial";
    c->y_label = chart_text(c, "%s", metric);
    if (tune_best(s, &best))
        c->summary = chart_text(c, "%zu trials; the best is trial %zu with %s %.6g.", n, best + 1,
                                metric, tune_result(s, best));
    free(x);
}
