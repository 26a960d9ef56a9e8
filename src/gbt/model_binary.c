/*
 * The binary format of XGBoost up to 3.0: structs as they lay in memory, little
 * endian, one after the other; "binf" may stand in front.
 *
 *   learner     f32 base_score, u32 features, i32 classes, i32 attributes?,
 *               i32 metrics?, u32 major, u32 minor, u32 targets, ... 136 bytes
 *   objective, booster   u64 length and bytes each
 *   trees       i32 count, i32 parallel, ... 160 bytes; then each tree:
 *               148 bytes of parameters, 20 a node, 16 a node of statistics;
 *               then i32 a tree: its output
 *   dart        u64 count, f32 each
 *   gblinear    136 bytes, u64 count, f32 each
 *   attributes  u64 count, pairs of strings
 */
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "gbt/model_read.h"

#include <stdlib.h>
#include <string.h>

enum {
    LEARNER = 136,
    TREES = 160,
    TREE = 148,
    NODE = 20,
    STAT = 16,
    LINEAR = 136,
    MAX_ATTRIBUTES = 10000,
    MAX_PARAMS = 64,
};

struct cursor {
    const unsigned char *at, *end;
    bool short_; /* something was asked for beyond the end */
};

static const unsigned char *take(struct cursor *c, size_t n)
{
    const unsigned char *p = c->at;

    if (c->short_ || (size_t)(c->end - c->at) < n) {
        c->short_ = true;
        return NULL;
    }
    c->at += n;
    return p;
}

static uint32_t u32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static float f32(const unsigned char *p)
{
    uint32_t bits = u32(p);
    float v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static uint64_t take_u64(struct cursor *c)
{
    const unsigned char *p = take(c, 8);

    return p ? u32(p) | (uint64_t)u32(p + 4) << 32 : 0;
}

/* n elements of `size` bytes; NULL when the file does not hold so many. */
static const unsigned char *take_many(struct cursor *c, uint64_t n, size_t size)
{
    if (n > (uint64_t)(c->end - c->at) / size) {
        c->short_ = true;
        return NULL;
    }
    return take(c, (size_t)n * size);
}

static struct slice take_text(struct cursor *c)
{
    uint64_t n = take_u64(c);
    const unsigned char *p = take_many(c, n, 1);

    return p ? (struct slice){(const char *)p, (size_t)n} : SLICE("");
}

static bool plain(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~')
            return false;
    return s.len > 0;
}

static bool take_tree(struct cursor *c, struct gbt_tree *t)
{
    const unsigned char *p = take(c, TREE);
    uint32_t nodes = p ? u32(p + 4) : 0;

    if (!nodes || nodes > INT32_MAX || nodes > (size_t)(c->end - c->at) / (NODE + STAT))
        return false;
    gbt_tree_init(t, (int32_t)nodes, false, 0);
    p = take(c, (size_t)nodes * NODE);
    for (uint32_t i = 0; i < nodes; i++, p += NODE) {
        uint32_t index = u32(p + 12);

        t->parent[i] = (int32_t)(u32(p) & 0x7fffffff);
        t->left[i] = (int32_t)u32(p + 4);
        t->right[i] = (int32_t)u32(p + 8);
        t->feature[i] = index & 0x7fffffff;
        t->default_left[i] = index >> 31;
        t->value[i] = f32(p + 16);
    }
    p = take(c, (size_t)nodes * STAT);
    for (uint32_t i = 0; i < nodes; i++, p += STAT) {
        t->loss_change[i] = f32(p);
        t->hessian[i] = f32(p + 4);
        t->base_weight[i] = f32(p + 8);
    }
    return true;
}

static float *take_floats(struct cursor *c, uint64_t n)
{
    const unsigned char *p = take_many(c, n, 4);
    float *v = p ? mem_resize(NULL, (size_t)n, sizeof *v) : NULL;

    for (size_t i = 0; p && i < n; i++)
        v[i] = f32(p + 4 * i);
    return v;
}

static enum lk_status take_trees(struct cursor *c, struct lk_model *m, bool parallel,
                                 struct lk_error *err)
{
    const unsigned char *p = take(c, TREES);
    uint32_t n = p ? u32(p) : 0;

    if (!p || n > (size_t)(c->end - c->at) / (TREE + NODE + STAT))
        return error_set(err, LK_EINPUT,
                         "the model is damaged or cut short: its trees are missing");
    if (parallel && u32(p + 4) > 1)
        m->parallel_trees = u32(p + 4);
    m->trees = mem_calloc(n, sizeof *m->trees);
    m->tree_group = mem_calloc(n, sizeof *m->tree_group);
    for (; m->tree_count < n; m->tree_count++)
        if (!take_tree(c, &m->trees[m->tree_count]))
            return error_set(err, LK_EINPUT, "the model is damaged or cut short in tree %zu of %u",
                             m->tree_count, n);
    p = take_many(c, n, 4);
    for (uint32_t i = 0; p && i < n; i++)
        m->tree_group[i] = (int32_t)u32(p + 4 * i);
    return LK_OK;
}

static enum lk_status take_booster(struct cursor *c, struct lk_model *m, struct slice name,
                                   bool parallel, struct lk_error *err)
{
    uint64_t n;
    enum lk_status st;

    if (slice_is(name, "gblinear")) {
        m->booster = GBT_GBLINEAR;
        take(c, LINEAR);
        n = take_u64(c);
        if (n != (m->features + 1) * m->groups)
            return error_set(err, LK_EINPUT, "the model is damaged: the number of its weights");
        m->linear = take_floats(c, n);
        return LK_OK;
    }
    st = take_trees(c, m, parallel, err);
    if (!st && slice_is(name, "dart")) {
        m->booster = GBT_DART;
        n = take_u64(c);
        if (n != m->tree_count)
            return error_set(err, LK_EINPUT, "the model is damaged: the number of tree weights");
        m->tree_weight = take_floats(c, n);
    }
    return st;
}

/* {"name": "reg:tweedie", "tweedie_regression_param": {"tweedie_variance_power": "1.3"}} */
static void take_objective(struct lk_model *m, struct slice text)
{
    struct json *j = NULL;

    if (json_parse(&j, text, "objective", NULL)) /* older versions kept none, or in another form */
        return;
    for (const struct json *group = json_first(j); group; group = json_next(group))
        for (const struct json *p = json_kind(group) == JSON_OBJECT ? json_first(group) : NULL; p;
             p = json_next(p))
            if (json_kind(p) == JSON_STRING && m->objective_param_count < MAX_PARAMS)
                gbt_model_set_objective_param(m, json_key(p), json_string(p, ""));
    json_free(j);
}

/* The objective keeps its parameters among the attributes: as JSON, poisson's by a name too. */
static void take_attribute(struct lk_model *m, struct slice key, struct slice value)
{
    char *name = mem_strndup(key.ptr, key.len), *text = mem_strndup(value.ptr, value.len);

    if (!strcmp(name, "count_poisson_max_delta_step"))
        gbt_model_set_objective_param(m, "max_delta_step", text);
    else if (!strcmp(name, "objective"))
        take_objective(m, value);
    else
        gbt_model_set_attribute(m, name, text);
    free(name);
    free(text);
}

static enum lk_status take_attributes(struct cursor *c, struct lk_model *m, struct lk_error *err)
{
    uint64_t n = take_u64(c);

    if (n > MAX_ATTRIBUTES)
        return error_set(err, LK_EINPUT, "the model is damaged: the number of its attributes");
    for (uint64_t i = 0; i < n && !c->short_; i++) {
        struct slice key = take_text(c), value = take_text(c);

        if (!c->short_)
            take_attribute(m, key, value);
    }
    return LK_OK;
}

enum lk_status model_read_binary(struct lk_model *m, struct slice b, struct lk_error *err)
{
    struct cursor c = {(const unsigned char *)b.ptr, (const unsigned char *)b.ptr + b.len, false};
    const unsigned char *p;
    struct slice objective, booster;
    enum lk_status st;

    if (slice_starts(b, "binf"))
        take(&c, 4);
    p = take(&c, LEARNER);
    objective = take_text(&c);
    booster = take_text(&c);
    if (c.short_ || !plain(objective) || !plain(booster) || u32(p + 4) > GBT_MAX_COLUMNS ||
        u32(p + 8) > GBT_MAX_CLASSES || objective.len > 64)
        return error_set(err, LK_EINPUT,
                         "this is no XGBoost model: neither JSON, UBJSON, a pickle, "
                         "an archive, nor the old binary format");
    if (!slice_is(booster, "gbtree") && !slice_is(booster, "dart") &&
        !slice_is(booster, "gblinear"))
        return error_set(err, LK_EUNSUPPORTED, "the booster '%.*s' is not supported",
                         (int)booster.len, booster.ptr);
    m->objective = mem_strndup(objective.ptr, objective.len);
    m->features = u32(p + 4);
    m->classes = u32(p + 8);
    m->version[0] = u32(p + 20) < 1000 ? (int)u32(p + 20) : 0;
    m->version[1] = u32(p + 24) < 1000 ? (int)u32(p + 24) : 0;
    m->targets = m->version[0] >= 1 && u32(p + 28) > 1 ? u32(p + 28) : 1;
    m->groups = m->classes > m->targets ? m->classes : m->targets;
    m->base_score_is_margin = m->version[0] < 1;
    if (m->groups > GBT_MAX_CLASSES)
        return error_set(err, LK_ELIMIT, "the model has %zu outputs", m->groups);
    m->base_score = mem_resize(NULL, m->groups, sizeof *m->base_score);
    for (size_t i = 0; i < m->groups; i++)
        m->base_score[i] = f32(p);
    st = take_booster(&c, m, booster, m->version[0] >= 1, err);
    if (!st && u32(p + 12))
        st = take_attributes(&c, m, err);
    if (!st && c.short_)
        st = error_set(err, LK_EINPUT, "the model ends in the middle: it was cut short");
    return st;
}
