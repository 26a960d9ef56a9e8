/*
 * XGBoost's learner as JSON or UBJSON, all forms from 1.0 to 3.4, one walk for
 * both notations. Keys come in any order, unknown ones are skipped, except
 * where skipping would change scores: those are refused by name.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/doc.h"
#include "gbt/model_read.h"
#include "gbt/model_text.h"
#include "gbt/tree_doc.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TREES (1u << 24)

struct reader {
    struct doc_in d;
    struct lk_model *m;
    struct str base_score;
    size_t tree_cap, name_count, type_count, group_count, weight_count, linear_count;
    size_t indptr_count, leaf_size;
    struct gbt_dictionary *dictionaries;
    size_t dictionary_count;
    int64_t features, classes, targets, parallel;
};

static char *take_copy(struct doc_in *d)
{
    struct slice s = doc_take_text(d);

    if (memchr(s.ptr, '\0', s.len)) /* a name that C cannot hold */
        doc_fail(d, "a string with a zero byte");
    return mem_strndup(s.ptr, s.len);
}

/* ---- boosters --------------------------------------------------------------------------- */

static void take_tree(struct reader *r)
{
    struct lk_model *m = r->m;
    size_t width;

    if (m->tree_count >= MAX_TREES) {
        doc_fail(&r->d, "more than %u trees", MAX_TREES);
        return;
    }
    MEM_GROW(m->trees, m->tree_count, r->tree_cap);
    width = doc_take_tree(&r->d, &m->trees[m->tree_count]);
    if (m->tree_count && width != r->leaf_size)
        doc_fail(&r->d, "leaves of different widths");
    r->leaf_size = width;
    m->tree_count++;
}

/* Words of categories (3.1 and later): bytes of all words and where each begins. */
static void take_words(struct doc_in *d, struct gbt_dictionary *out)
{
    struct slice key;
    int32_t *starts = NULL, *bytes = NULL;
    size_t n = 0, len = 0;

    doc_enter(d);
    while (doc_key(d, &key)) {
        if (slice_is(key, "offsets") && !starts)
            starts = doc_take_int32s(d, &n);
        else if (slice_is(key, "values") && !bytes && starts)
            bytes = doc_take_int32s(d, &len);
        else
            doc_skip(d); /* numbers as categories: they are their own words */
    }
    if (!d->status && starts && bytes && n > 1 && n <= GBT_MAX_CATEGORIES) {
        out->words = mem_calloc(n - 1, sizeof *out->words);
        for (size_t i = 0; i + 1 < n; i++) {
            size_t a = (size_t)starts[i], b = (size_t)starts[i + 1];

            if (starts[i] < 0 || starts[i + 1] < starts[i] || b > len) {
                doc_fail(d, "a category's word outside its list");
                break;
            }
            out->words[out->n] = mem_calloc(b - a + 1, 1);
            for (size_t k = a; k < b; k++)
                out->words[out->n][k - a] = (char)bytes[k];
            out->n++;
        }
    }
    free(starts);
    free(bytes);
}

static void take_cats(struct reader *r)
{
    struct doc_in *d = &r->d;
    struct doc_list l;
    struct slice key;
    size_t cap = r->dictionary_count;

    doc_enter(d);
    while (doc_key(d, &key)) {
        if (!slice_is(key, "enc") || r->dictionaries) {
            doc_skip(d);
            continue;
        }
        doc_list(d, &l);
        while (doc_more(d, &l)) {
            if (r->dictionary_count >= GBT_MAX_COLUMNS) {
                doc_fail(d, "more than %d features", GBT_MAX_COLUMNS);
                break;
            }
            MEM_GROW(r->dictionaries, r->dictionary_count, cap);
            r->dictionaries[r->dictionary_count] = (struct gbt_dictionary){0};
            take_words(d, &r->dictionaries[r->dictionary_count++]);
        }
    }
}

static void take_indptr(struct reader *r)
{
    int32_t *v = doc_take_int32s(&r->d, &r->indptr_count);
    struct lk_model *m = r->m;

    free(m->round_start);
    m->round_start = mem_resize(NULL, r->indptr_count, sizeof *m->round_start);
    for (size_t i = 0; i < r->indptr_count; i++) {
        if (v[i] < 0)
            doc_fail(&r->d, "a round that begins before the first tree");
        m->round_start[i] = (size_t)v[i];
    }
    free(v);
}

static void take_weights(struct reader *r)
{
    free(r->m->tree_weight);
    r->m->tree_weight = doc_take_floats(&r->d, &r->weight_count);
    if (r->weight_count)
        r->m->booster = GBT_DART;
}

static void take_model(struct reader *r)
{
    struct doc_in *d = &r->d;
    struct lk_model *m = r->m;
    struct slice key;
    struct doc_list l;

    doc_enter(d);
    while (doc_key(d, &key)) {
        if (slice_is(key, "gbtree_model_param")) {
            doc_enter(d);
            while (doc_key(d, &key)) {
                if (slice_is(key, "num_parallel_tree"))
                    r->parallel = doc_take_count(d);
                else
                    doc_skip(d);
            }
        } else if (slice_is(key, "trees")) {
            doc_list(d, &l);
            while (doc_more(d, &l))
                take_tree(r);
        } else if (slice_is(key, "tree_info")) {
            free(m->tree_group);
            m->tree_group = doc_take_int32s(d, &r->group_count);
        } else if (slice_is(key, "iteration_indptr")) {
            take_indptr(r);
        } else if (slice_is(key, "weight_drop")) {
            take_weights(r);
        } else if (slice_is(key, "weights")) {
            free(m->linear);
            m->linear = doc_take_floats(d, &r->linear_count);
        } else if (slice_is(key, "boosted_rounds")) {
            m->rounds = (size_t)doc_take_count(d);
        } else if (slice_is(key, "cats")) {
            take_cats(r);
        } else {
            doc_skip(d);
        }
    }
}

static void take_booster(struct reader *r, int depth)
{
    struct doc_in *d = &r->d;
    struct slice key, name;

    doc_enter(d);
    while (doc_key(d, &key)) {
        if (slice_is(key, "model")) {
            take_model(r);
        } else if (slice_is(key, "gbtree") && !depth) {
            take_booster(r, 1);
        } else if (slice_is(key, "weight_drop")) {
            take_weights(r);
        } else if (slice_is(key, "name")) {
            name = doc_take_text(d);
            if (slice_is(name, "gblinear"))
                r->m->booster = GBT_GBLINEAR;
            else if (slice_is(name, "dart"))
                r->m->booster = GBT_DART;
            else if (!d->status && !slice_is(name, "gbtree"))
                d->status =
                    error_set(d->err, LK_EUNSUPPORTED, "the booster '%.*s' is not supported",
                              (int)(name.len < 40 ? name.len : 40), name.ptr);
        } else {
            doc_skip(d);
        }
    }
}

/* ---- the learner --------------------------------------------------------------------------- */

static void take_names(struct reader *r)
{
    struct doc_list l;
    size_t cap = r->name_count;

    doc_list(&r->d, &l);
    while (doc_more(&r->d, &l)) {
        if (r->name_count >= GBT_MAX_COLUMNS) {
            doc_fail(&r->d, "more than %d feature names", GBT_MAX_COLUMNS);
            break;
        }
        MEM_GROW(r->m->names, r->name_count, cap);
        r->m->names[r->name_count++] = take_copy(&r->d);
    }
}

static void take_types(struct reader *r)
{
    struct doc_list l;
    struct slice word;
    size_t cap = r->type_count;

    doc_list(&r->d, &l);
    while (doc_more(&r->d, &l)) {
        MEM_GROW(r->m->types, r->type_count, cap);
        word = doc_take_text(&r->d);
        if (!r->d.status && !model_text_parse_type(word, &r->m->types[r->type_count]))
            doc_fail(&r->d, "an unknown feature type '%.*s'", (int)(word.len < 20 ? word.len : 20),
                     word.ptr);
        r->type_count++;
    }
}

static void take_attributes(struct reader *r)
{
    struct slice key;
    size_t n = 0;

    doc_enter(&r->d);
    while (doc_key(&r->d, &key)) {
        char *name = mem_strndup(key.ptr, key.len), *value = take_copy(&r->d);

        if (n++ < 10000)
            gbt_model_set_attribute(r->m, name, value);
        else
            doc_fail(&r->d, "more than 10000 attributes");
        free(name);
        free(value);
    }
}

static void take_learner_param(struct reader *r)
{
    struct doc_in *d = &r->d;
    struct slice key;

    doc_enter(d);
    while (doc_key(d, &key)) {
        if (slice_is(key, "num_feature")) {
            r->features = doc_take_count(d);
        } else if (slice_is(key, "num_class")) {
            r->classes = doc_take_count(d);
        } else if (slice_is(key, "num_target")) {
            r->targets = doc_take_count(d);
        } else if (slice_is(key, "boost_from_average")) {
            r->m->boost_from_average = doc_take_count(d) != 0;
        } else if (slice_is(key, "base_score")) {
            str_clear(&r->base_score);
            str_put(&r->base_score, doc_take_text(d));
        } else {
            doc_skip(d);
        }
    }
}

static void take_objective(struct reader *r)
{
    struct doc_in *d = &r->d;
    struct slice key;

    doc_enter(d);
    while (doc_key(d, &key)) {
        if (slice_is(key, "name")) {
            free(r->m->objective);
            r->m->objective = take_copy(d);
            continue;
        }
        if (!slice_ends(key, "param")) {
            doc_skip(d);
            continue;
        }
        doc_enter(d);
        while (doc_key(d, &key)) {
            char *name = mem_strndup(key.ptr, key.len), *value = take_copy(d);

            if (!d->status && r->m->objective_param_count < 64)
                gbt_model_set_objective_param(r->m, name, value);
            free(name);
            free(value);
        }
    }
}

static void take_learner(struct reader *r)
{
    struct doc_in *d = &r->d;
    struct slice key;

    doc_enter(d);
    while (doc_key(d, &key)) {
        if (slice_is(key, "attributes"))
            take_attributes(r);
        else if (slice_is(key, "feature_names"))
            take_names(r);
        else if (slice_is(key, "feature_types"))
            take_types(r);
        else if (slice_is(key, "gradient_booster"))
            take_booster(r, 0);
        else if (slice_is(key, "learner_model_param"))
            take_learner_param(r);
        else if (slice_is(key, "objective"))
            take_objective(r);
        else
            doc_skip(d);
    }
}

static bool take_root(struct reader *r, int depth)
{
    struct doc_in *d = &r->d;
    struct slice key;
    struct doc_list l;
    bool found = false;

    doc_enter(d);
    while (doc_key(d, &key)) {
        if (slice_is(key, "learner") && !found) {
            take_learner(r);
            found = true;
        } else if (slice_is(key, "Model") && !depth && !found) { /* beside its configuration */
            found = take_root(r, 1);
        } else if (slice_is(key, "version")) {
            doc_list(d, &l);
            for (int i = 0; doc_more(d, &l); i++) {
                double v = doc_take_number(d, &l);

                if (i < 3 && v >= 0 && v < 1000)
                    r->m->version[i] = (int)v;
            }
        } else {
            doc_skip(d);
        }
    }
    return found;
}

enum lk_status model_read_base_score(struct lk_model *m, struct slice text, struct lk_error *err)
{
    struct slice rest = slice_trim(text), one;
    size_t n = 0;

    if (rest.len > 1 && rest.ptr[0] == '[' && rest.ptr[rest.len - 1] == ']')
        rest = (struct slice){rest.ptr + 1, rest.len - 2};
    m->base_score = mem_calloc(m->groups, sizeof *m->base_score);
    while (slice_split(&rest, ',', &one)) {
        if (n >= m->groups || !number_parse_float(slice_trim(one), &m->base_score[n]))
            return error_set(err, LK_EINPUT,
                             "the model's base_score '%.*s' is not one number, "
                             "nor %zu of them",
                             (int)(text.len < 60 ? text.len : 60), text.ptr, m->groups);
        n++;
    }
    if (n != 1 && n != m->groups)
        return error_set(err, LK_EINPUT, "the model has %zu base scores and %zu outputs", n,
                         m->groups);
    for (; n < m->groups; n++)
        m->base_score[n] = m->base_score[0];
    return LK_OK;
}

/* ---- what only the whole file tells -----------------------------------------------------------
 */

static enum lk_status settle_counts(struct reader *r, struct lk_error *err)
{
    struct lk_model *m = r->m;
    size_t linear;

    m->features = (size_t)r->features;
    m->classes = (size_t)r->classes;
    m->targets = r->targets > 0 ? (size_t)r->targets : 1;
    m->parallel_trees = r->parallel > 0 ? (size_t)r->parallel : 1;
    m->groups = m->classes > m->targets ? m->classes : m->targets;
    if (m->features > GBT_MAX_COLUMNS || m->groups > GBT_MAX_CLASSES)
        return error_set(err, LK_ELIMIT,
                         "the model has %zu features and %zu outputs; at most %d "
                         "and %d are possible",
                         m->features, m->groups, GBT_MAX_COLUMNS, GBT_MAX_CLASSES);
    linear = (m->features + 1) * m->groups;
    if (m->booster == GBT_GBLINEAR ? !m->linear || r->linear_count != linear : !!m->linear)
        return error_set(err, LK_EINPUT,
                         "the model is damaged: %zu linear weights where %zu belong",
                         r->linear_count, m->booster == GBT_GBLINEAR ? linear : 0);
    if (m->booster != GBT_GBLINEAR && r->group_count != m->tree_count)
        return error_set(err, LK_EINPUT,
                         "the model is damaged: tree_info has %zu entries for %zu "
                         "trees",
                         r->group_count, m->tree_count);
    if (m->booster == GBT_DART && r->weight_count != m->tree_count)
        return error_set(err, LK_EINPUT, "the model is damaged: %zu weights for %zu dart trees",
                         r->weight_count, m->tree_count);
    for (size_t i = 0; i < m->tree_count; i++)
        if (!m->trees[i].leaf_vector != !m->trees[0].leaf_vector)
            return error_set(err, LK_EUNSUPPORTED,
                             "a model that mixes vector leaves with single ones is not supported");
    return LK_OK;
}

/* Arrays by feature must have one entry a feature; none at all means there are none. */
static enum lk_status settle_features(struct reader *r, struct lk_error *err)
{
    struct lk_model *m = r->m;

    if (r->name_count && r->name_count != m->features)
        return error_set(err, LK_EINPUT, "the model has %zu features and %zu names for them",
                         m->features, r->name_count);
    if (r->type_count && r->type_count != m->features)
        return error_set(err, LK_EINPUT, "the model has %zu features and %zu types for them",
                         m->features, r->type_count);
    if (r->dictionary_count == m->features) {
        m->dictionaries = r->dictionaries;
        r->dictionaries = NULL;
    }
    if (m->round_start && r->indptr_count) {
        m->rounds = r->indptr_count - 1;
    } else {
        free(m->round_start);
        m->round_start = NULL;
    }
    return model_text_take_attributes(m, err);
}

/* Leaf vectors are read by the width the tree says; the model must say the same. */
static enum lk_status settle_vectors(const struct reader *r, size_t leaf_size, struct lk_error *err)
{
    if (leaf_size > 1 && leaf_size != r->m->groups)
        return error_set(err, LK_EINPUT, "the model is damaged: leaves of %zu values, %zu outputs",
                         leaf_size, r->m->groups);
    return LK_OK;
}

static void drop_excess(struct reader *r, enum lk_status st)
{
    struct lk_model *m = r->m;

    if (st) { /* lk_model_free counts by m->features */
        for (size_t i = 0; m->names && i < r->name_count; i++)
            free(m->names[i]);
        free(m->names);
        m->names = NULL;
    }
    for (size_t i = 0; r->dictionaries && i < r->dictionary_count; i++)
        gbt_dictionary_done(&r->dictionaries[i]);
    free(r->dictionaries);
    doc_in_done(&r->d);
    str_done(&r->base_score);
}

enum lk_status model_read_doc(struct lk_model *m, struct slice bytes, bool binary,
                              struct lk_error *err)
{
    struct reader r = {.m = m};
    enum lk_status st;
    bool found;

    str_init(&r.base_score);
    str_puts(&r.base_score, "0.5");
    doc_in_init(&r.d, bytes, binary, err);
    found = take_root(&r, 0);
    if (!r.d.status && !binary && !doc_at_end(&r.d))
        doc_fail(&r.d, "something follows the model");
    st = r.d.status;
    if (!st && !found)
        st = error_set(err, LK_EINPUT, "this is no XGBoost model: it has no learner");
    if (!st)
        st = settle_counts(&r, err);
    if (!st)
        st = settle_vectors(&r, r.leaf_size, err);
    if (!st)
        st = model_read_base_score(m, slice_str(&r.base_score), err);
    if (!st)
        st = settle_features(&r, err);
    drop_excess(&r, st);
    return st;
}
