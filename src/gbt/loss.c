/*
 * Losses of one row and output: regression, binary classification, counts.
 *
 * Each is a pure function of (margin, label) written once; `each` runs it over
 * a range of rows with the row's weight and is inlined into a loop of its own
 * for each loss. All arithmetic is in float, in XGBoost's order, so that the
 * gradients have the same bits (but for exp's last one; see real.h).
 */
#include "gbt/objective_internal.h"
#include "gbt/real.h"
#include "gbt/sigmoid.h"

#include <float.h>

typedef struct gbt_gradient loss_fn(float margin, float label,
                                    const struct gbt_objective_params *p);

/* scaled: rows whose label is 1 count scale_pos_weight times. */
static inline __attribute__((always_inline)) void each(struct gbt_gradient *out,
                                                       const float *margins,
                                                       const struct gbt_task *t, size_t begin,
                                                       size_t end, loss_fn *loss, bool scaled)
{
    const float *labels = t->data->labels, *weights = t->data->weights;
    size_t groups = t->groups;

    for (size_t k = 0; k < groups; k++)
        for (size_t i = begin; i < end; i++) {
            float y = labels[i * groups + k], w = weights ? weights[i] : 1.0f;
            struct gbt_gradient one = loss(margins[i * groups + k], y, t->params);

            if (scaled && y == 1.0f)
                w *= t->params->scale_pos_weight;
            out[k * t->rows + i] = (struct gbt_gradient){one.g * w, one.h * w};
        }
}

#define GRADIENT(loss, scaled)                                                                     \
    static void loss##_rows(struct gbt_gradient *out, const float *margins,                        \
                            const struct gbt_task *t, size_t begin, size_t end)                    \
    {                                                                                              \
        each(out, margins, t, begin, end, loss, scaled);                                           \
    }

/* ---- losses ---- */

static struct gbt_gradient squared(float margin, float y, const struct gbt_objective_params *p)
{
    return (struct gbt_gradient){margin - y, 1.0f};
}
GRADIENT(squared, true)

/* Half the square of log(1 + margin) - log(1 + y). */
static struct gbt_gradient squared_log(float margin, float y, const struct gbt_objective_params *p)
{
    float x = margin > (float)(-1 + 1e-6) ? margin : (float)(-1 + 1e-6);
    float log_x = (float)gbt_log1p((double)x), log_y = (float)gbt_log1p((double)y);
    float h = (float)((double)(-log_x + log_y + 1) / ((double)(x + 1) * (double)(x + 1)));

    return (struct gbt_gradient){(log_x - log_y) / (x + 1), h > 1e-6f ? h : 1e-6f};
}
GRADIENT(squared_log, true)

/* By the weights of rows and of positive ones, without a branch that a label would be guessed for.
 */
static void weigh_rows(struct gbt_gradient *to, size_t first, size_t n, size_t group,
                       const struct gbt_task *t)
{
    const float *labels = t->data->labels, *weights = t->data->weights;
    float by[2] = {1.0f, t->params->scale_pos_weight};

    for (size_t i = 0; i < n; i++) {
        float w = weights ? weights[first + i] : 1.0f;

        w *= by[labels[(first + i) * t->groups + group] == 1.0f];
        to[i].g *= w;
        to[i].h *= w;
    }
}

/* The commonest loss of all, so its sigmoids are made many at a time. */
static void logistic_rows(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                          size_t begin, size_t end)
{
    enum { BLOCK = 256 };
    const float *labels = t->data->labels;
    size_t groups = t->groups;
    float prob[BLOCK];

    for (size_t k = 0; k < groups; k++)
        for (size_t first = begin; first < end; first += BLOCK) {
            size_t n = end - first < BLOCK ? end - first : BLOCK;
            struct gbt_gradient *to = out + k * t->rows + first;

            for (size_t i = 0; i < n; i++)
                prob[i] = margins[(first + i) * groups + k];
            gbt_sigmoids(prob, prob, n);
            for (size_t i = 0; i < n; i++) {
                float h = prob[i] * (1.0f - prob[i]);

                to[i].g = prob[i] - labels[(first + i) * groups + k];
                to[i].h = h > 1e-16f ? h : 1e-16f;
            }
            if (t->data->weights || t->params->scale_pos_weight != 1)
                weigh_rows(to, first, n, k, t);
        }
}

/* A parabola near zero, slope `huber_slope` far from it. */
static struct gbt_gradient pseudo_huber(float margin, float y, const struct gbt_objective_params *p)
{
    float z = margin - y, slope2 = p->huber_slope * p->huber_slope;
    float root = sqrtf(1 + z * z / slope2), scale = slope2 + z * z;

    return (struct gbt_gradient){z / root, slope2 / (scale * root)};
}
GRADIENT(pseudo_huber, false)

static struct gbt_gradient gamma_deviance(float margin, float y,
                                          const struct gbt_objective_params *p)
{
    float ratio = y / gbt_expf(margin);

    return (struct gbt_gradient){1.0f - ratio, ratio};
}
GRADIENT(gamma_deviance, true)

/* max_delta_step in the exponent keeps early steps short. */
static struct gbt_gradient poisson(float margin, float y, const struct gbt_objective_params *p)
{
    return (struct gbt_gradient){gbt_expf(margin) - y, gbt_expf(margin + p->max_delta_step)};
}
GRADIENT(poisson, false)

static struct gbt_gradient tweedie(float margin, float y, const struct gbt_objective_params *p)
{
    float rho = p->tweedie_variance_power;
    float a = gbt_expf((1 - rho) * margin), b = gbt_expf((2 - rho) * margin);

    return (struct gbt_gradient){-y * a + b, -y * (1 - rho) * a + (2 - rho) * b};
}
GRADIENT(tweedie, false)

/* Beyond the hinge the hessian is a constant that no weight scales. */
static void hinge_rows(struct gbt_gradient *out, const float *margins, const struct gbt_task *t,
                       size_t begin, size_t end)
{
    for (size_t k = 0; k < t->groups; k++)
        for (size_t i = begin; i < end; i++) {
            float y = t->data->labels[i * t->groups + k] * 2.0f - 1.0f;
            float w = gbt_task_weight(t, i);
            bool inside = margins[i * t->groups + k] * y < 1.0f;

            out[k * t->rows + i] =
                inside ? (struct gbt_gradient){-y * w, w} : (struct gbt_gradient){0, FLT_MIN};
        }
}

/* ---- labels ---- */

static const char *above_minus_one(float y, const struct gbt_objective_params *p)
{
    return y > -1 ? NULL : "above -1";
}

static const char *share(float y, const struct gbt_objective_params *p)
{
    return y >= 0 && y <= 1 ? NULL : "from 0 to 1";
}

static const char *positive(float y, const struct gbt_objective_params *p)
{
    return y > 0 ? NULL : "above 0";
}

static const char *not_negative(float y, const struct gbt_objective_params *p)
{
    return y >= 0 ? NULL : "0 or above";
}

static const char *zero_or_one(float y, const struct gbt_objective_params *p)
{
    return y == 0 || y == 1 ? NULL : "0 or 1";
}

/* ---- links ---- */

void gbt_link_identity(float *values, size_t rows, size_t groups,
                       const struct gbt_objective_params *p)
{
}

void gbt_link_exp(float *values, size_t rows, size_t groups, const struct gbt_objective_params *p)
{
    for (size_t i = 0; i < rows * groups; i++)
        values[i] = gbt_expf(values[i]);
}

static void link_sigmoid(float *values, size_t rows, size_t groups,
                         const struct gbt_objective_params *p)
{
    gbt_sigmoids(values, values, rows * groups);
}

static void link_sign(float *values, size_t rows, size_t groups,
                      const struct gbt_objective_params *p)
{
    for (size_t i = 0; i < rows * groups; i++)
        values[i] = values[i] > 0 ? 1 : 0;
}

float gbt_unlink_identity(float base_score)
{
    return base_score;
}

float gbt_unlink_log(float base_score)
{
    return gbt_logf(base_score);
}

static float unlink_sigmoid(float base_score)
{
    return -gbt_logf(1.0f / base_score - 1.0f);
}

size_t gbt_width_groups(size_t groups)
{
    return groups;
}

/* ---- base scores ---- */

void gbt_mean_labels(float *base_score, const struct gbt_task *t)
{
    for (size_t k = 0; k < t->targets; k++) {
        double sum = 0, weight = 0;

        for (size_t i = 0; i < t->rows; i++) {
            double w = (double)gbt_task_weight(t, i);

            sum += (double)t->data->labels[i * t->targets + k] * w;
            weight += w;
        }
        base_score[k] = (float)(sum / weight);
    }
}

/* ---- definitions ---- */

#define COMMON .width = gbt_width_groups, .unit = GBT_BY_ROW

const struct gbt_objective gbt_squarederror = {
    .name = "reg:squarederror",
    .default_metric = "rmse",
    .transform = gbt_link_identity,
    .to_margin = gbt_unlink_identity,
    .gradient = squared_rows,
    .estimate = gbt_mean_labels,
    .param_group = "reg_loss_param",
    COMMON,
};

const struct gbt_objective gbt_squaredlogerror = {
    .name = "reg:squaredlogerror",
    .default_metric = "rmsle",
    .transform = gbt_link_identity,
    .to_margin = gbt_unlink_identity,
    .refuse_label = above_minus_one,
    .gradient = squared_log_rows,
    .param_group = "reg_loss_param",
    COMMON,
};

const struct gbt_objective gbt_reg_logistic = {
    .name = "reg:logistic",
    .default_metric = "rmse",
    .transform = link_sigmoid,
    .to_margin = unlink_sigmoid,
    .refuse_label = share,
    .gradient = logistic_rows,
    .estimate = gbt_mean_labels,
    .param_group = "reg_loss_param",
    COMMON,
};

const struct gbt_objective gbt_pseudohubererror = {
    .name = "reg:pseudohubererror",
    .default_metric = "mphe",
    .transform = gbt_link_identity,
    .to_margin = gbt_unlink_identity,
    .gradient = pseudo_huber_rows,
    .param_group = "pseudo_huber_param",
    COMMON,
};

const struct gbt_objective gbt_gamma = {
    .name = "reg:gamma",
    .default_metric = "gamma-nloglik",
    .transform = gbt_link_exp,
    .to_margin = gbt_unlink_log,
    .refuse_label = positive,
    .gradient = gamma_deviance_rows,
    .estimate = gbt_mean_labels,
    .param_group = "reg_loss_param",
    COMMON,
};

const struct gbt_objective gbt_tweedie = {
    .name = "reg:tweedie",
    .default_metric = "tweedie-nloglik",
    .transform = gbt_link_exp,
    .to_margin = gbt_unlink_log,
    .refuse_label = not_negative,
    .gradient = tweedie_rows,
    .estimate = gbt_mean_labels,
    .param_group = "tweedie_regression_param",
    COMMON,
};

const struct gbt_objective gbt_binary_logistic = {
    .name = "binary:logistic",
    .default_metric = "logloss",
    .transform = link_sigmoid,
    .to_margin = unlink_sigmoid,
    .refuse_label = share,
    .gradient = logistic_rows,
    .estimate = gbt_mean_labels,
    .param_group = "reg_loss_param",
    COMMON,
};

const struct gbt_objective gbt_logitraw = {
    .name = "binary:logitraw",
    .default_metric = "logloss",
    .transform = gbt_link_identity,
    .to_margin = gbt_unlink_identity,
    .refuse_label = share,
    .gradient = logistic_rows,
    .estimate = gbt_mean_labels,
    .param_group = "reg_loss_param",
    COMMON,
};

const struct gbt_objective gbt_hinge = {
    .name = "binary:hinge",
    .default_metric = "error",
    .transform = link_sign,
    .to_margin = gbt_unlink_identity,
    .refuse_label = zero_or_one,
    .gradient = hinge_rows,
    COMMON,
};

const struct gbt_objective gbt_poisson = {
    .name = "count:poisson",
    .default_metric = "poisson-nloglik",
    .transform = gbt_link_exp,
    .to_margin = gbt_unlink_log,
    .refuse_label = not_negative,
    .gradient = poisson_rows,
    .estimate = gbt_mean_labels,
    .param_group = "poisson_regression_param",
    COMMON,
};
