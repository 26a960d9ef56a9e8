/*
 * Searching for good settings: ranges, and what to try next.
 *
 * A search is asked for a trial and told its result; who runs the trial, and
 * how many run at once, is the caller's business:
 *
 *     tune_search_new(&space, TUNE_BAYESIAN, true, seed);
 *     while (tune_ask(s, &t)) {          false: a finite space is used up
 *         run it with tune_value(s, t, axis), text for lk_params_set
 *         tune_tell(s, t, result);       NaN: it failed
 *     }
 *
 * What is proposed depends only on the space, the strategy, the seed and the
 * trials so far with their results: told the same in the same order, a search
 * made anew (tune_add) goes on as the old one would have.
 *
 * Words are SageMaker's: ContinuousParameterRanges, IntegerParameterRanges,
 * CategoricalParameterRanges; Name, MinValue, MaxValue, ScalingType, Values;
 * Bayesian, Random, Grid.
 */
#ifndef GBT_TUNE_H
#define GBT_TUNE_H

#include "base/json.h"

enum tune_kind { TUNE_CONTINUOUS, TUNE_INTEGER, TUNE_CATEGORICAL };
enum tune_scaling { TUNE_AUTO, TUNE_LINEAR, TUNE_LOGARITHMIC, TUNE_REVERSE_LOGARITHMIC };
enum tune_strategy { TUNE_BAYESIAN, TUNE_RANDOM, TUNE_GRID };

enum {
    TUNE_AXES_MAX = 30,
    TUNE_WORDS_MAX = 1000, /* of one categorical axis */
    TUNE_TRIALS_MAX = 10000,
    TUNE_STEPS = 5, /* points of a continuous axis in a grid, and of a long integer one */
};

/* One setting and what it may be. */
struct tune_axis {
    char *name;
    enum tune_kind kind;
    enum tune_scaling scaling; /* not TUNE_AUTO: that is decided when the axis is added */
    double low, high;          /* both included */
    char **words;              /* (count) of a categorical axis */
    size_t count;
};

/* All zero is an empty space. */
struct tune_space {
    struct tune_axis axis[TUNE_AXES_MAX];
    size_t n;
};

void tune_space_done(struct tune_space *s); /* s is empty and usable again */
void tune_space_copy(struct tune_space *to, const struct tune_space *from);
/* Add a range of numbers; low and high as text. Refuses an empty range, or one not fit to scale. */
enum lk_status tune_add_range(struct tune_space *s, const char *name, enum tune_kind kind,
                              const char *low, const char *high, enum tune_scaling scaling,
                              struct lk_error *err);
enum lk_status tune_add_words(struct tune_space *s, const char *name, const char *const *words,
                              size_t n, struct lk_error *err);
/* Whole where XGBoost's parameter is; of another name, where both ends are written so. */
enum tune_kind tune_find_kind(const char *name, const char *low, const char *high);
/* "eta=0.01:0.3", "max_depth=2:10", "gamma=0.1:10:Logarithmic", "booster=gbtree,dart". */
enum lk_status tune_add_text(struct tune_space *s, const char *text, struct lk_error *err);
/* The object of three lists that SageMaker calls ParameterRanges. */
enum lk_status tune_add_json(struct tune_space *s, const struct json *ranges, struct lk_error *err);
/* A word of SageMaker's (any case; NULL is the default) to its enum; false: no such word. */
bool tune_find_scaling(const char *word, enum tune_scaling *out);
bool tune_find_strategy(const char *word, enum tune_strategy *out);
const char *tune_strategy_name(enum tune_strategy s);

/* A place in [0, 1] along an axis, to the value there, and back. */
void tune_put_value(struct str *out, const struct tune_axis *a, double at);
bool tune_place(const struct tune_axis *a, const char *value, double *at);
/* How many different values a grid has on this axis, and where the k-th of them lies. */
size_t tune_grid_points(const struct tune_axis *a);
double tune_grid_place(const struct tune_axis *a, size_t k);

/* ---- a search ------------------------------------------------------------ */

struct tune_search;
/* The space is copied. more: more is better. */
struct tune_search *tune_search_new(const struct tune_space *space, enum tune_strategy strategy,
                                    bool more, uint64_t seed);
void tune_search_free(struct tune_search *s);
/* The next trial, its number in *trial; false where nothing untried is left. */
bool tune_ask(struct tune_search *s, size_t *trial);
/* A trial that was run elsewhere or before, values as text in the order of the axes. */
enum lk_status tune_add(struct tune_search *s, const char *const *values, double result,
                        struct lk_error *err);
void tune_tell(struct tune_search *s, size_t trial, double result); /* NaN: it failed */
size_t tune_trials(const struct tune_search *s);
const char *tune_value(const struct tune_search *s, size_t trial, size_t axis);
double tune_result(const struct tune_search *s, size_t trial); /* NaN: none (yet) */
/* The trial with the best result; the first of equals. False: none has one. */
bool tune_best(const struct tune_search *s, size_t *trial);

/*
 * Early stopping as SageMaker's "Auto" does it. A trial reports its metric
 * round by round; it is hopeless where the metric is worse than the median,
 * over at least three other trials that came this far, of their running
 * averages up to this round.
 */
void tune_report(struct tune_search *s, size_t trial, double metric);
bool tune_hopeless(const struct tune_search *s, size_t trial);

#endif
