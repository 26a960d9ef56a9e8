/*
 * Writing a model in the form of XGBoost 1.7, which every version from 1.7 on
 * reads. Two things that later versions added have no place in that form and
 * are said another way, with the same margins to the bit:
 *   - base scores that differ by output: the scalar becomes that of margin 0,
 *     and each output's own is added to the leaves of its first tree. A sum
 *     that starts at 0 with (base + leaf) rounds as one that starts at base.
 *   - trees with a vector in each leaf: one tree an output, equal but for
 *     the leaves.
 * Words of categorical columns ride along as attributes, which XGBoost keeps
 * and does not interpret.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "gbt/doc.h"
#include "gbt/model.h"
#include "gbt/model_text.h"
#include "gbt/model_write.h"
#include "gbt/objective.h"

#include <stdlib.h>
#include <string.h>

enum { NO_PARENT = INT32_MAX, DELETED = INT32_MAX };

struct writer {
    struct doc_out doc;
    const struct lk_model *m;
    const float *fold; /* (groups): added to the first tree of each output; or NULL */
    float base_score;  /* as the file has it */
    size_t copies;     /* trees written for one in memory */
};

/* ---- one tree ----------------------------------------------------------------- */

static void put_categories(struct writer *w, const struct gbt_tree *t)
{
    size_t n = 0;
    int32_t *nodes = mem_calloc((size_t)t->nodes, sizeof *nodes);
    int64_t *starts = mem_calloc((size_t)t->nodes, sizeof *starts);
    int64_t *sizes = mem_calloc((size_t)t->nodes, sizeof *sizes);

    for (int32_t i = 0; t->categorical && i < t->nodes; i++) {
        if (!t->categorical[i])
            continue;
        nodes[n] = i;
        starts[n] = t->category_start[i];
        sizes[n++] = t->category_count[i];
    }
    doc_int32s(&w->doc, "categories", t->categories, t->category_total);
    doc_int32s(&w->doc, "categories_nodes", nodes, n);
    doc_int64s(&w->doc, "categories_segments", starts, n);
    doc_int64s(&w->doc, "categories_sizes", sizes, n);
    free(nodes);
    free(starts);
    free(sizes);
}

/* Thresholds, and what leaves of this output add. */
static float *conditions(const struct writer *w, const struct gbt_tree *t, size_t tree,
                         size_t group)
{
    const struct lk_model *m = w->m;
    float *v = mem_resize(NULL, (size_t)t->nodes, sizeof *v);
    bool first = w->fold && tree < m->round_start[1];

    for (size_t i = 0; first && i < tree; i++) /* only the first of its output */
        first = !t->leaf_vector && m->tree_group[i] != (int32_t)group;
    for (int32_t i = 0; i < t->nodes; i++) {
        bool leaf = t->left[i] == GBT_NO_NODE;

        v[i] = leaf && t->leaf_vector ? t->leaf_vector[(size_t)i * m->groups + group] : t->value[i];
        if (leaf && first)
            v[i] = m->tree_weight ? v[i] + w->fold[group] / m->tree_weight[tree]
                                  : w->fold[group] + v[i];
    }
    return v;
}

static void put_tree_param(struct writer *w, const struct gbt_tree *t)
{
    size_t deleted = 0;

    for (int32_t i = 1; i < t->nodes; i++)
        deleted += t->feature[i] == DELETED;
    doc_object(&w->doc, "tree_param");
    doc_count(&w->doc, "num_deleted", deleted);
    doc_count(&w->doc, "num_feature", w->m->features);
    doc_count(&w->doc, "num_nodes", (size_t)t->nodes);
    doc_z(&w->doc, "size_leaf_vector", "0");
    doc_object_end(&w->doc);
}

static void put_tree(struct writer *w, size_t tree, size_t group, size_t id)
{
    const struct gbt_tree *t = &w->m->trees[tree];
    struct doc_out *d = &w->doc;
    size_t n = (size_t)t->nodes;
    uint8_t *none = mem_calloc(n, 1);
    int32_t *index = mem_resize(NULL, n, sizeof *index);
    float *value = conditions(w, t, tree, group);

    doc_object(d, NULL);
    doc_floats(d, "base_weights", t->base_weight, n);
    put_categories(w, t);
    doc_bytes(d, "default_left", t->default_left, n);
    doc_int(d, "id", (int64_t)id);
    doc_int32s(d, "left_children", t->left, n);
    doc_floats(d, "loss_changes", t->loss_change, n);
    for (size_t i = 0; i < n; i++)
        index[i] = i ? t->parent[i] : NO_PARENT;
    doc_int32s(d, "parents", index, n);
    doc_int32s(d, "right_children", t->right, n);
    doc_floats(d, "split_conditions", value, n);
    for (size_t i = 0; i < n; i++)
        index[i] = (int32_t)t->feature[i];
    doc_int32s(d, "split_indices", index, n);
    doc_bytes(d, "split_type", t->categorical ? t->categorical : none, n);
    doc_floats(d, "sum_hessian", t->hessian, n);
    put_tree_param(w, t);
    doc_object_end(d);
    free(none);
    free(index);
    free(value);
}

/* ---- boosters ------------------------------------------------------------------ */

/* Calls fn for each tree of the file in its order: round, output, parallel tree. */
static void each_tree(struct writer *w, void (*fn)(struct writer *, size_t, size_t, size_t))
{
    const struct lk_model *m = w->m;
    size_t id = 0;

    for (size_t r = 0; r < m->rounds; r++)
        for (size_t copy = 0; copy < w->copies; copy++)
            for (size_t i = m->round_start[r]; i < m->round_start[r + 1]; i++)
                fn(w, i, w->copies > 1 ? copy : (size_t)m->tree_group[i], id++);
}

static void put_tree_group(struct writer *w, size_t tree, size_t group, size_t id)
{
    (void)tree;
    (void)id;
    doc_int(&w->doc, NULL, (int64_t)group);
}

static void put_tree_weight(struct writer *w, size_t tree, size_t group, size_t id)
{
    (void)group;
    (void)id;
    doc_float(&w->doc, NULL, w->m->tree_weight ? w->m->tree_weight[tree] : 1);
}

static void put_trees(struct writer *w)
{
    const struct lk_model *m = w->m;
    struct doc_out *d = &w->doc;
    size_t trees = m->tree_count * w->copies;

    doc_object(d, "model");
    doc_object(d, "gbtree_model_param");
    doc_count(d, "num_parallel_tree", m->parallel_trees);
    doc_count(d, "num_trees", trees);
    doc_z(d, "size_leaf_vector", "0");
    doc_object_end(d);
    doc_array(d, "iteration_indptr", m->rounds + 1);
    for (size_t i = 0; i <= m->rounds; i++)
        doc_int(d, NULL, (int64_t)(m->round_start[i] * w->copies));
    doc_array_end(d);
    doc_array(d, "tree_info", trees);
    each_tree(w, put_tree_group);
    doc_array_end(d);
    doc_array(d, "trees", trees);
    each_tree(w, put_tree);
    doc_array_end(d);
    doc_object_end(d);
}

static void put_linear(struct writer *w)
{
    const struct lk_model *m = w->m;
    struct doc_out *d = &w->doc;
    size_t bias = m->features * m->groups;

    doc_object(d, "model");
    doc_int(d, "boosted_rounds", (int64_t)m->rounds);
    doc_array(d, "weights", bias + m->groups);
    for (size_t i = 0; i < bias + m->groups; i++)
        doc_float(d, NULL, w->fold && i >= bias ? w->fold[i - bias] + m->linear[i] : m->linear[i]);
    doc_array_end(d);
    doc_object_end(d);
    doc_z(d, "name", "gblinear");
}

static void put_booster(struct writer *w)
{
    const struct lk_model *m = w->m;
    struct doc_out *d = &w->doc;

    doc_object(d, "gradient_booster");
    if (m->booster == GBT_GBLINEAR) {
        put_linear(w);
    } else if (m->booster == GBT_DART) {
        doc_object(d, "gbtree");
        put_trees(w);
        doc_z(d, "name", "gbtree");
        doc_object_end(d);
        doc_z(d, "name", "dart");
        doc_array(d, "weight_drop", m->tree_count * w->copies);
        each_tree(w, put_tree_weight);
        doc_array_end(d);
    } else {
        put_trees(w);
        doc_z(d, "name", "gbtree");
    }
    doc_object_end(d);
}

/* ---- around them ---------------------------------------------------------------- */

static void put_attributes(struct writer *w)
{
    struct gbt_attribute extra[2];
    size_t extras = model_text_attributes(extra, w->m), at = 0;
    const struct lk_model *m = w->m;

    doc_object(&w->doc, "attributes");
    for (size_t i = 0; i < m->attribute_count; i++) {
        for (; at < extras && strcmp(extra[at].name, m->attributes[i].name) < 0; at++)
            doc_z(&w->doc, extra[at].name, extra[at].value);
        doc_z(&w->doc, m->attributes[i].name, m->attributes[i].value);
    }
    for (; at < extras; at++)
        doc_z(&w->doc, extra[at].name, extra[at].value);
    doc_object_end(&w->doc);
    for (size_t i = 0; i < extras; i++) {
        free(extra[i].name);
        free(extra[i].value);
    }
}

static void put_features(struct writer *w)
{
    const struct lk_model *m = w->m;

    doc_array(&w->doc, "feature_names", m->names ? m->features : 0);
    for (size_t i = 0; m->names && i < m->features; i++)
        doc_z(&w->doc, NULL, m->names[i]);
    doc_array_end(&w->doc);
    doc_array(&w->doc, "feature_types", m->types ? m->features : 0);
    for (size_t i = 0; m->types && i < m->features; i++)
        doc_z(&w->doc, NULL, model_text_type(m->types[i]));
    doc_array_end(&w->doc);
}

static void put_learner_param(struct writer *w)
{
    const struct lk_model *m = w->m;

    doc_object(&w->doc, "learner_model_param");
    doc_float_text(&w->doc, "base_score", w->base_score);
    doc_z(&w->doc, "boost_from_average", m->boost_from_average ? "1" : "0");
    doc_count(&w->doc, "num_class", m->classes);
    doc_count(&w->doc, "num_feature", m->features);
    doc_count(&w->doc, "num_target", m->targets);
    doc_object_end(&w->doc);
}

static void put_objective(struct writer *w, const char *key)
{
    const struct lk_model *m = w->m;
    const struct model_text_objective *o = model_text_objective(m->objective);

    doc_object(&w->doc, key);
    if (!o || !o->group || strcmp(o->group, "name") > 0)
        doc_z(&w->doc, "name", m->objective);
    if (o && o->group) {
        doc_object(&w->doc, o->group);
        for (size_t i = 0; i < MODEL_TEXT_PARAMS && o->param[i].name; i++) {
            const char *given = gbt_model_objective_param(m, o->param[i].name);

            if (!strcmp(o->param[i].name, "num_class"))
                doc_count(&w->doc, "num_class", m->classes);
            else
                doc_z(&w->doc, o->param[i].name, given ? given : o->param[i].otherwise);
        }
        doc_object_end(&w->doc);
        if (strcmp(o->group, "name") < 0)
            doc_z(&w->doc, "name", m->objective);
    }
    doc_object_end(&w->doc);
}

static void put_model(struct writer *w)
{
    static const int version[3] = {1, 7, 4}; /* of the form, whoever made the model */

    doc_object(&w->doc, NULL);
    doc_object(&w->doc, "learner");
    put_attributes(w);
    put_features(w);
    put_booster(w);
    put_learner_param(w);
    put_objective(w, "objective");
    doc_object_end(&w->doc);
    doc_array(&w->doc, "version", 3);
    for (int i = 0; i < 3; i++)
        doc_int(&w->doc, NULL, version[i]);
    doc_array_end(&w->doc);
    doc_object_end(&w->doc);
}

/* The scalar base score, and what must be folded into leaves because no scalar says it. */
static enum lk_status settle_base(struct writer *w, struct lk_error *err)
{
    static const float zero_margin[] = {0, 0.5f, 1}; /* on some label scale each of them is */
    const struct lk_model *m = w->m;
    const struct gbt_objective *o = gbt_objective_find(m->objective);
    bool same = !m->base_score_is_margin || m->base_score[0] == m->base_margin[0];

    w->base_score = m->base_score[0];
    for (size_t i = 1; same && i < m->groups; i++)
        same = m->base_score[i] == m->base_score[0];
    if (same && (!m->base_score_is_margin || o->to_margin(m->base_score[0]) == m->base_margin[0]))
        return LK_OK;
    for (size_t i = 0; i < sizeof zero_margin / sizeof *zero_margin; i++) {
        if (o->to_margin(zero_margin[i]) != 0 || (!m->tree_count && !m->linear))
            continue;
        w->base_score = zero_margin[i];
        w->fold = m->base_margin;
        return LK_OK;
    }
    return error_set(err, LK_EUNSUPPORTED,
                     "a model without trees whose outputs have different base scores cannot be "
                     "written in the form of XGBoost 1.7");
}

/* The whole file into the stream, or into text where stream is NULL. */
static enum lk_status write_all(struct str *text, FILE *stream, const struct lk_model *m,
                                enum lk_model_format format, struct lk_error *err)
{
    struct writer w = {.m = m, .copies = 1};
    enum lk_status st = settle_base(&w, err);

    if (st)
        return st;
    if (m->tree_count && m->trees[0].leaf_vector)
        w.copies = m->groups;
    doc_out_init(&w.doc, stream, format);
    put_model(&w);
    if (text)
        str_put(text, slice_str(&w.doc.text));
    doc_out_done(&w.doc);
    return LK_OK;
}

enum lk_status model_print_doc(struct str *out, const struct lk_model *m,
                               enum lk_model_format format, struct lk_error *err)
{
    return write_all(out, NULL, m, format, err);
}

void model_print_objective(struct str *out, const struct lk_model *m)
{
    struct writer w = {.m = m};

    doc_out_init(&w.doc, NULL, LK_JSON);
    put_objective(&w, NULL);
    str_put(out, slice_str(&w.doc.text));
    doc_out_done(&w.doc);
}

void gbt_model_print(struct str *out, const struct lk_model *m, enum lk_model_format format)
{
    if (format == LK_BINARY)
        (void)!model_print_binary(out, m, NULL);
    else
        (void)!write_all(out, NULL, m, format, NULL);
}

static enum lk_status write_binary(FILE *stream, const struct lk_model *m, struct lk_error *err)
{
    struct str bytes = STR_INIT;
    enum lk_status st = model_print_binary(&bytes, m, err);

    if (!st)
        fwrite(bytes.ptr, 1, bytes.len, stream); /* commit finds a failure */
    str_done(&bytes);
    return st;
}

enum lk_status lk_model_write(const struct lk_model *model, const char *path,
                              enum lk_model_format format, struct lk_error *err)
{
    struct file_out file;
    enum lk_status st = file_out_open(&file, path, err);

    if (st)
        return st;
    st = format == LK_BINARY ? write_binary(file.stream, model, err)
                             : write_all(NULL, file.stream, model, format, err);
    if (st) {
        file_out_abandon(&file);
        return st;
    }
    return file_out_commit(&file, err);
}
