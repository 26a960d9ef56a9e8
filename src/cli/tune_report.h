/*
 * What a search of settings found, for people, programs, spreadsheets and eyes.
 */
#ifndef CLI_TUNE_REPORT_H
#define CLI_TUNE_REPORT_H

#include "base/error.h"
#include "base/str.h"
#include "cli/tune_record.h"
#include "gbt/tune.h"

struct tune_report { /* borrows all it points to */
    const struct tune_space *space;
    const struct tune_search *search;
    const struct tune_outcome *outcomes; /* (tune_trials) */
    const char *metric;                  /* compared by this */
    enum tune_strategy strategy;
    bool more;  /* of the metric is better */
    bool folds; /* results are means over folds */
};

/* The best trial and its settings, as options of 'labkit train'. */
void tune_put_text(struct str *out, const struct tune_report *r, size_t best);
void tune_put_json(struct str *out, const struct tune_report *r, size_t best);
/* A row a trial; what a failed one has no figure for is empty. */
enum lk_status tune_write_csv(const struct tune_report *r, const char *path, struct lk_error *err);
/* The search as a picture, SVG. */
enum lk_status tune_draw(const struct tune_report *r, const char *path, struct lk_error *err);

#endif
