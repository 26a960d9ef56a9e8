/*
 * A tree drawn from left to right, one line or one row a leaf: leaves stand
 * under each other in order, a split in the middle of its two children, so
 * that no lines cross and any depth is as wide as it is deep.
 */
#include "gbt/tree_show.h"
#include "base/error.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMN = 190, ROW = 44, BOX_W = 150, BOX_H = 34, MARGIN = 12, MAX_LEAVES = 512, DEEP = 64 };

static void put_name(struct str *s, const struct lk_model *m, size_t feature)
{
    const char *name = lk_model_feature_name(m, feature);

    if (name)
        str_puts(s, name);
    else
        str_printf(s, "f%zu", feature);
}

/* The question of a split whose "yes" goes left. */
static void put_question(struct str *s, const struct lk_model *m, const struct gbt_tree *t,
                         int32_t node)
{
    size_t feature = t->feature[node];
    const struct gbt_dictionary *d = m->dictionaries ? &m->dictionaries[feature] : NULL;

    put_name(s, m, feature);
    if (!t->categorical || !t->categorical[node]) {
        str_printf(s, " < %.6g", (double)t->value[node]);
        return;
    }
    str_puts(s, " not in {");
    for (uint32_t i = 0; i < t->category_count[node]; i++) {
        int32_t code = t->categories[t->category_start[node] + i];

        if (i)
            str_puts(s, ", ");
        if (d && (size_t)code < d->n)
            str_puts(s, d->words[code]);
        else
            str_printf(s, "%d", code);
    }
    str_putc(s, '}');
}

static void put_leaf(struct str *s, const struct lk_model *m, const struct gbt_tree *t,
                     int32_t node)
{
    size_t width = t->leaf_vector ? m->groups : 1;
    const float *v = t->leaf_vector ? t->leaf_vector + (size_t)node * width : t->value + node;

    for (size_t i = 0; i < width; i++)
        str_printf(s, "%s%.6g", i ? ", " : "", (double)v[i]);
}

/* Nodes in reading order (a split, its left side, its right side) with their depth. */
static size_t in_order(const struct gbt_tree *t, int32_t *order, int *depth)
{
    int32_t *stack = mem_resize(NULL, (size_t)t->nodes + 1, sizeof *stack);
    size_t n = 0, top = 0;

    stack[top++] = 0;
    depth[0] = 0;
    while (top) {
        int32_t node = stack[--top];

        order[n++] = node;
        if (t->left[node] == GBT_NO_NODE)
            continue;
        depth[t->left[node]] = depth[t->right[node]] = depth[node] + 1;
        stack[top++] = t->right[node];
        stack[top++] = t->left[node];
    }
    free(stack);
    return n;
}

void tree_show_text(struct str *s, const struct lk_model *m, size_t tree)
{
    const struct gbt_tree *t = &m->trees[tree];
    int32_t *order = mem_calloc((size_t)t->nodes, sizeof *order);
    int *depth = mem_calloc((size_t)t->nodes, sizeof *depth);
    size_t n = in_order(t, order, depth);

    str_printf(s, "tree %zu, output %d\n", tree, m->tree_group[tree]);
    for (size_t i = 0; i < n; i++) {
        int32_t node = order[i];

        str_printf(s, "%*s%d: ", depth[node] * 2, "", node);
        if (t->left[node] == GBT_NO_NODE) {
            str_puts(s, "leaf ");
            put_leaf(s, m, t, node);
        } else {
            put_question(s, m, t, node);
            str_printf(s, "?  yes %d, no %d, missing %d  gain %.6g", t->left[node], t->right[node],
                       t->default_left[node] ? t->left[node] : t->right[node],
                       (double)t->loss_change[node]);
        }
        str_printf(s, "  cover %.6g\n", (double)t->hessian[node]);
    }
    free(order);
    free(depth);
}

/* ---- JSON: the nodes as a list ------------------------------------------------------- */

static void put_json_text(struct str *s, const char *key, struct str *text)
{
    str_printf(s, ",\"%s\":", key);
    str_put_json(s, slice_str(text));
    str_clear(text);
}

void tree_show_json(struct str *s, const struct lk_model *m, size_t tree)
{
    const struct gbt_tree *t = &m->trees[tree];
    int32_t *order = mem_calloc((size_t)t->nodes, sizeof *order);
    int *depth = mem_calloc((size_t)t->nodes, sizeof *depth);
    size_t n = in_order(t, order, depth);
    struct str text = STR_INIT;

    str_printf(s, "{\"tree\":%zu,\"output\":%d,\"nodes\":[", tree, m->tree_group[tree]);
    for (size_t i = 0; i < n; i++) {
        int32_t node = order[i];

        str_printf(s, "%s\n{\"node\":%d,\"depth\":%d,\"cover\":%.9g", i ? "," : "", node,
                   depth[node], (double)t->hessian[node]);
        if (t->left[node] == GBT_NO_NODE) {
            str_puts(s, ",\"leaf\":[");
            put_leaf(s, m, t, node);
            str_puts(s, "]}");
            continue;
        }
        put_name(&text, m, t->feature[node]);
        put_json_text(s, "feature", &text);
        put_question(&text, m, t, node);
        put_json_text(s, "question", &text);
        str_printf(s, ",\"yes\":%d,\"no\":%d,\"missing\":%d,\"gain\":%.9g}", t->left[node],
                   t->right[node], t->default_left[node] ? t->left[node] : t->right[node],
                   (double)t->loss_change[node]);
    }
    str_puts(s, "\n]}\n");
    str_done(&text);
    free(order);
    free(depth);
}

/* ---- SVG ------------------------------------------------------------------------------- */

static void put_edge(struct str *s, double x1, double y1, double x2, double y2, bool yes,
                     bool missing)
{
    double middle = (x1 + x2) / 2;

    str_printf(s,
               "<path d=\"M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f\" fill=\"none\" stroke=\"#777\""
               " stroke-width=\"%s\"/>\n",
               x1, y1, middle, y1, middle, y2, x2, y2, missing ? "2.4" : "1.2");
    str_printf(s, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"10\" fill=\"#666\">%s%s</text>\n",
               x1 + 3, y2 > y1 ? y1 + 12 : y1 - 5, yes ? "yes" : "no", missing ? ", missing" : "");
}

/* A box with one line of text, cut to fit; all of it in the title. */
static void put_box(struct str *s, double x, double y, const char *fill, struct slice text,
                    double cover)
{
    struct slice shown = text;
    const char *p = text.ptr;
    int letters = 0;

    while (p < text.ptr + text.len && letters < 22) {
        utf8_next(&p, text.ptr + text.len);
        letters++;
    }
    shown.len = (size_t)(p - text.ptr);
    str_printf(s, "<g><title>");
    str_put_html(s, text);
    str_printf(
        s,
        "; cover %.6g</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" rx=\"5\" "
        "fill=\"%s\" stroke=\"#555\"/>",
        cover, x, y - BOX_H / 2.0, BOX_W, BOX_H, fill);
    str_printf(s, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"#111\">",
               x + BOX_W / 2.0, y + 4);
    str_put_html(s, shown);
    str_puts(s, shown.len < text.len ? "…</text></g>\n" : "</text></g>\n");
}

static void put_node(struct str *s, const struct lk_model *m, const struct gbt_tree *t,
                     int32_t node, const double *y, const int *depth, struct str *text)
{
    bool leaf = t->left[node] == GBT_NO_NODE;
    double x = MARGIN + depth[node] * COLUMN;

    str_clear(text);
    if (leaf) {
        put_leaf(text, m, t, node);
    } else {
        put_question(text, m, t, node);
        for (int side = 0; side < 2; side++) {
            int32_t child = side ? t->right[node] : t->left[node];

            put_edge(s, x + BOX_W, y[node], x + COLUMN, y[child], !side,
                     t->default_left[node] == !side);
        }
    }
    put_box(s, x, y[node],
            !leaf                ? "#fff"
            : t->value[node] < 0 ? "#f6d9c8"
                                 : "#cfe3f3",
            slice_str(text), (double)t->hessian[node]);
}

enum lk_status tree_show_svg(struct str *s, const struct lk_model *m, size_t tree,
                             struct lk_error *err)
{
    const struct gbt_tree *t = &m->trees[tree];
    int32_t *order = mem_calloc((size_t)t->nodes, sizeof *order);
    int *depth = mem_calloc((size_t)t->nodes, sizeof *depth), deepest = 0;
    double *y = mem_calloc((size_t)t->nodes, sizeof *y);
    size_t n = in_order(t, order, depth), leaves = 0;
    struct str text = STR_INIT;
    enum lk_status st = LK_OK;

    for (size_t i = 0; i < n; i++) {
        deepest = depth[order[i]] > deepest ? depth[order[i]] : deepest;
        if (t->left[order[i]] == GBT_NO_NODE)
            y[order[i]] = MARGIN + ROW * ((double)leaves++ + 0.5);
    }
    for (size_t i = n; i--;)
        if (t->left[order[i]] != GBT_NO_NODE)
            y[order[i]] = (y[t->left[order[i]]] + y[t->right[order[i]]]) / 2;
    if (leaves > MAX_LEAVES || deepest > DEEP) {
        st = error_set(err, LK_ELIMIT,
                       "tree %zu has %zu leaves on %d levels; at most %d on %d can "
                       "be drawn; leave out --svg",
                       tree, leaves, deepest, MAX_LEAVES, DEEP);
    } else {
        int width = 2 * MARGIN + deepest * COLUMN + BOX_W, height = 2 * MARGIN + ROW * (int)leaves;

        str_printf(s,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                   "viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Tree %zu, %zu leaves\" "
                   "font-family=\"sans-serif\" font-size=\"12\">\n"
                   "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
                   width, height, width, height, tree, leaves);
        for (size_t i = 0; i < n; i++)
            put_node(s, m, t, order[i], y, depth, &text);
        str_puts(s, "</svg>\n");
    }
    str_done(&text);
    free(order);
    free(depth);
    free(y);
    return st;
}
