/* labkit inspect: what is in a model: its summary, importance of features, a tree as text or SVG.
 */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/command.h"
#include "gbt/importance.h"
#include "gbt/tree_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"model", "FILE", "the model to look at", false, 'm'},
    {"importance", "KIND", "list features by weight, gain, cover, total_gain or total_cover", false,
     'i'},
    {"tree", "N", "show this tree, counted from 0", false, 't'},
    {"svg", NULL, "draw the tree of --tree as SVG", false, 0},
    {"out", "FILE", "where it goes (default '-', stdout)", false, 'o'},
    {"json", NULL, "print JSON", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static const char *const kinds[] = {"weight", "gain", "cover", "total_gain", "total_cover"};
enum { KINDS = 5 };

static double pick(const struct gbt_importance *f, int kind)
{
    const double v[KINDS] = {f->weight, f->gain, f->cover, f->total_gain, f->total_cover};

    return v[kind];
}

static const char *feature_name(const struct lk_model *m, size_t feature, char buf[32])
{
    const char *name = lk_model_feature_name(m, feature);

    snprintf(buf, 32, "f%zu", feature);
    return name ? name : buf;
}

/* ---- importance ------------------------------------------------------------------- */

/* Largest first; among equals the lower feature. */
static void sort(struct gbt_importance *f, size_t n, int kind)
{
    for (size_t i = 1; i < n; i++) {
        struct gbt_importance one = f[i];
        size_t at = i;

        for (; at && pick(&f[at - 1], kind) < pick(&one, kind); at--)
            f[at] = f[at - 1];
        f[at] = one;
    }
}

static void show_importance(struct str *s, const struct lk_model *m, int kind, bool json)
{
    struct gbt_importance *f;
    size_t n = gbt_importance(&f, m);
    struct json_out w;
    char buf[32];

    sort(f, n, kind);
    json_begin(&w, s, true);
    if (json)
        json_open(&w, NULL, '{');
    for (size_t i = 0; i < n; i++) {
        if (json)
            json_put_number(&w, feature_name(m, f[i].feature, buf), pick(&f[i], kind));
        else
            str_printf(s, "%14.6g  %s\n", pick(&f[i], kind), feature_name(m, f[i].feature, buf));
    }
    if (json) {
        json_close(&w);
        str_putc(s, '\n');
    }
    free(f);
}

/* ---- summary ------------------------------------------------------------------------ */

static const char *booster(const struct lk_model *m)
{
    return m->booster == GBT_DART ? "dart" : m->booster == GBT_GBLINEAR ? "gblinear" : "gbtree";
}

static size_t count_nodes(const struct lk_model *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->tree_count; i++)
        n += (size_t)m->trees[i].nodes;
    return n;
}

static void show_json(struct str *s, const struct lk_model *m)
{
    struct json_out w;
    char buf[32];

    json_begin(&w, s, true);
    json_open(&w, NULL, '{');
    json_put_z(&w, "objective", m->objective);
    json_put_z(&w, "booster", booster(m));
    json_put_int(&w, "features", (int64_t)m->features);
    json_put_int(&w, "outputs", (int64_t)m->groups);
    json_put_int(&w, "rounds", (int64_t)m->rounds);
    json_put_int(&w, "best_round", lk_model_best_round(m));
    json_put_int(&w, "trees", (int64_t)m->tree_count);
    json_put_int(&w, "nodes", (int64_t)count_nodes(m));
    json_open(&w, "base_score", '[');
    for (size_t i = 0; i < m->groups; i++)
        json_put_number(&w, NULL, m->base_score[i]);
    json_close(&w);
    json_open(&w, "feature_names", '[');
    for (size_t i = 0; i < m->features; i++)
        json_put_z(&w, NULL, feature_name(m, i, buf));
    json_close(&w);
    json_open(&w, "attributes", '{');
    for (size_t i = 0; i < m->attribute_count; i++)
        json_put_z(&w, m->attributes[i].name, m->attributes[i].value);
    json_close(&w);
    json_close(&w);
    str_putc(s, '\n');
}

static void show_text(struct str *s, const struct lk_model *m)
{
    long best = lk_model_best_round(m);

    str_printf(s, "objective   %s\nbooster     %s\nfeatures    %zu\noutputs     %zu\n",
               m->objective, booster(m), m->features, m->groups);
    str_printf(s, "rounds      %zu", m->rounds);
    if (best >= 0)
        str_printf(s, " (best: %ld, counted from 0)", best);
    str_printf(s, "\ntrees       %zu, %zu nodes\nbase score  ", m->tree_count, count_nodes(m));
    for (size_t i = 0; i < m->groups; i++)
        str_printf(s, "%s%.6g", i ? ", " : "", (double)m->base_score[i]);
    str_printf(s, "\n");
    for (size_t i = 0; i < m->label_classes.n; i++)
        str_printf(s, "%s%zu is %s", i ? ", " : "classes     ", i, m->label_classes.words[i]);
    if (m->label_classes.n)
        str_putc(s, '\n');
    for (size_t i = 0; i < m->attribute_count; i++)
        if (strlen(m->attributes[i].value) < 60)
            str_printf(s, "attribute   %s: %s\n", m->attributes[i].name, m->attributes[i].value);
    if (m->tree_count || m->linear) {
        str_printf(s, "\nimportance by %s:\n", m->linear ? "weight" : "gain");
        show_importance(s, m, m->linear ? 0 : 1, false);
    }
}

/* ---- the command ----------------------------------------------------------------------- */

static enum lk_status get_kind(const char *word, int *out, struct lk_error *err)
{
    const char *near;

    for (*out = 0; *out < KINDS; ++*out)
        if (!strcmp(word, kinds[*out]))
            return LK_OK;
    near = error_nearest(word, kinds, KINDS);
    return error_set(
        err, LK_EUSE,
        "--importance is weight, gain, cover, total_gain or total_cover, not '%s'%s%s%s", word,
        near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static enum lk_status show(struct str *s, const struct args *a, const struct lk_model *m,
                           struct lk_error *err)
{
    const char *kind = args_get(a, "importance");
    int64_t tree = -1;
    int k = 0;
    enum lk_status st = LK_OK;

    if (args_get(a, "tree")) {
        if (!m->tree_count)
            return error_set(err, LK_EUSE, "the model has no trees");
        st = args_int(a, "tree", 0, 0, (int64_t)m->tree_count - 1, &tree, err);
    } else if (args_flag(a, "svg")) {
        return error_set(err, LK_EUSE, "--svg draws one tree: say which with --tree");
    }
    if (!st && kind)
        st = get_kind(kind, &k, err);
    if (st)
        return st;
    if (tree >= 0 && args_flag(a, "svg"))
        return tree_show_svg(s, m, (size_t)tree, err);
    if (tree >= 0 && args_flag(a, "json"))
        tree_show_json(s, m, (size_t)tree);
    else if (tree >= 0)
        tree_show_text(s, m, (size_t)tree);
    else if (kind)
        show_importance(s, m, k, args_flag(a, "json"));
    else if (args_flag(a, "json"))
        show_json(s, m);
    else
        show_text(s, m);
    return LK_OK;
}

static int run(const struct args *a, struct lk_error *err)
{
    struct lk_model *m = NULL;
    struct str s = STR_INIT;
    const char *out = args_get(a, "out");
    struct file_out file;
    enum lk_status st;

    (void)((st = args_need(a, "model", err)) ||
           (st = lk_model_read(&m, args_get(a, "model"), err)) || (st = show(&s, a, m, err)) ||
           (st = file_out_open(&file, out ? out : "-", err)));
    if (!st) {
        fwrite(s.ptr, 1, s.len, file.stream);
        st = file_out_commit(&file, err);
    }
    str_done(&s);
    lk_model_free(m);
    return exit_for(st);
}

const struct command command_kit_inspect = {
    .name = "inspect",
    .summary = "show what is in a model: summary, importance, trees",
    .options = options,
    .details =
        "Importance is as XGBoost defines it: weight counts a feature's splits, gain and cover\n"
        "are means over them, total_gain and total_cover sums; features never used are left out.",
    .example = "labkit inspect --model model.json\n"
               "labkit inspect --model model.json --importance total_gain --json\n"
               "labkit inspect --model model.json --tree 0 --svg --out tree.svg",
    .run = run,
};
