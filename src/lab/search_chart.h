/* A search for settings as a chart: what each trial gave, and the best so far. */
#ifndef LAB_SEARCH_CHART_H
#define LAB_SEARCH_CHART_H

#include "gbt/tune.h"
#include "lab/chart.h"

/* The chart is initialised here; trials without a result are left out. */
void chart_search(struct chart *c, const struct tune_search *s, const char *metric, bool more);

#endif
