/* Between the files of the library `plot`. */
#ifndef LAB_PLOT_H
#define LAB_PLOT_H

#include "lab/chart.h"
#include "lab/state.h"

/* Draw the chart as an event, and free it. */
void plot_emit(lua_State *L, struct chart *c);
/* The curve of what was measured round by round; metric NULL: the last. */
void plot_history(lua_State *L, const struct table *history, const char *metric, const char *title);

#endif
