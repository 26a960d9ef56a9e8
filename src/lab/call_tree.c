/*
 * plot.tree: one tree of a model, leaves side by side and each split above the
 * middle of what is below it. Deeper parts than asked for are drawn as "...".
 */
#include "lab/calls.h"
#include "lab/learn.h"

#include "lab/plot.h"

#include <stdio.h>
#include <string.h>

enum { BOX_WIDTH = 140, BOX_CHARS = 17, BOX_HEIGHT = 40, GAP = 14, LEVEL = 78, DEPTH_MAX = 8 };

struct drawing {
    const struct lab_model *model;
    const struct gbt_tree *tree;
    int depth;   /* levels to draw below the root */
    double next; /* where the next leaf goes */
    struct str svg, text;
    int deepest;
};

/* "< 150", or the categories that go right; behind the feature's name. */
static void put_condition(struct str *out, const struct drawing *d, int32_t i)
{
    const struct gbt_tree *t = d->tree;
    const struct gbt_dictionary *words =
        d->model->model->dictionaries ? &d->model->model->dictionaries[t->feature[i]] : NULL;

    if (!t->categorical || !t->categorical[i]) {
        str_printf(out, "< %.4g", (double)t->value[i]);
        return;
    }
    str_puts(out, "not in ");
    for (uint32_t k = 0; k < t->category_count[i] && k < 3; k++) {
        int32_t code = t->categories[t->category_start[i] + k];

        str_puts(out, k ? ", " : "");
        if (words && (size_t)code < words->n)
            str_puts(out, words->words[code]);
        else
            str_printf(out, "%d", (int)code);
    }
    if (t->category_count[i] > 3)
        str_puts(out, ", ...");
}

static void put_box(struct drawing *d, double x, int level, const char *first, const char *second,
                    bool leaf)
{
    double y = 8 + LEVEL * (double)level;

    str_printf(&d->svg,
               "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" rx=\"%d\" fill=\"%s\" "
               "fill-opacity=\"0.15\" stroke=\"%s\"/>\n",
               x - BOX_WIDTH / 2.0, y, BOX_WIDTH, BOX_HEIGHT, leaf ? 18 : 4,
               leaf ? "#2a9d5c" : "#2f7ed8", leaf ? "#2a9d5c" : "#2f7ed8");
    str_printf(&d->svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", x, y + 17);
    str_put_html(&d->svg, slice_of(first));
    str_printf(&d->svg, "</text>\n<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", x, y + 33);
    str_put_html(&d->svg, slice_of(second));
    str_puts(&d->svg, "</text>\n");
}

static void put_edge(struct drawing *d, double from, double to, int level, const char *word)
{
    double top = 8 + LEVEL * (double)level + BOX_HEIGHT, bottom = 8 + LEVEL * (double)(level + 1);

    str_printf(&d->svg,
               "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"currentColor\" "
               "stroke-opacity=\"0.5\"/>\n<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" "
               "fill-opacity=\"0.75\">%s</text>\n",
               from, top, to, bottom, (from + to) / 2 + (to < from ? -14 : 14),
               (top + bottom) / 2 + 4, word);
}

static double draw_leaf(struct drawing *d, int32_t i, int level)
{
    bool cut = d->tree->left[i] != GBT_NO_NODE;
    double x = d->next + BOX_WIDTH / 2.0;
    char value[64], cover[64];

    d->next += BOX_WIDTH + GAP;
    snprintf(value, sizeof value, "%+.4g", (double)d->tree->value[i]);
    snprintf(cover, sizeof cover, "cover %.4g", (double)d->tree->hessian[i]);
    put_box(d, x, level, cut ? "..." : value, cover, !cut);
    str_printf(&d->text, "%*s%s (%s)\n", level * 4, "", cut ? "..." : value, cover);
    return x;
}

/* As much of a text as a box is wide. */
static void put_cut(char *out, size_t size, const char *text)
{
    const char *p = text, *end = text + strlen(text);

    for (int n = 0; n < BOX_CHARS && p < end; n++)
        utf8_next(&p, end);
    snprintf(out, size, "%.*s%s", (int)(p - text), text, p < end ? "..." : "");
}

/* Draw node i; returns the middle of its box. Depth is capped, so recursion is. */
static double draw_node(struct drawing *d, int32_t i, int level)
{
    struct str condition = STR_INIT;
    char buf[64], first[64];
    const char *name;
    double left, right, x;
    const char *missing = d->tree->default_left[i] ? "yes, missing" : "yes";

    d->deepest = level > d->deepest ? level : d->deepest;
    if (d->tree->left[i] == GBT_NO_NODE || level == d->depth)
        return draw_leaf(d, i, level);
    name = learn_feature_name(d->model, d->tree->feature[i], buf, sizeof buf);
    put_condition(&condition, d, i);
    str_printf(&d->text, "%*s%s %s? (missing: %s)\n", level * 4, "", name, condition.ptr,
               d->tree->default_left[i] ? "yes" : "no");
    left = draw_node(d, d->tree->left[i], level + 1);
    right = draw_node(d, d->tree->right[i], level + 1);
    x = (left + right) / 2;
    put_edge(d, x, left, level, missing);
    put_edge(d, x, right, level, d->tree->default_left[i] ? "no" : "no, missing");
    put_cut(first, sizeof first, name);
    put_cut(buf, sizeof buf, condition.ptr);
    put_box(d, x, level, first, buf, false);
    str_done(&condition);
    return x;
}

int call_plot_tree(lua_State *L)
{
    struct lab_model *m = need_model(L, 1, "the first value");
    size_t count = m->model->tree_count, number;
    struct drawing d = {.model = m, .svg = STR_INIT, .text = STR_INIT, .next = 8};
    struct str svg = STR_INIT, text = STR_INIT;
    const char *title;
    char heading[200];

    if (!count)
        fail(L, "the model has no trees");
    number = lua_isnoneornil(L, 2)
                 ? 1
                 : (size_t)need_whole(L, 2, "the tree's number", 1, (int64_t)count);
    need_options(L, 3);
    title = option_text(L, 3, "title");
    d.depth = (int)option_whole(L, 3, "depth", 3, 1, DEPTH_MAX);
    d.tree = &m->model->trees[number - 1];
    draw_node(&d, 0, 0);
    snprintf(heading, sizeof heading, "%s", title ? title : "");
    if (!title)
        snprintf(heading, sizeof heading, "Tree %zu of %zu", number, count);
    str_printf(&svg,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %d\" role=\"img\" "
               "font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"currentColor\">\n"
               "<title>",
               d.next + 8, LEVEL * d.deepest + BOX_HEIGHT + 16);
    str_put_html(&svg, slice_of(heading));
    str_puts(&svg, "</title>\n<desc>");
    str_put_html(&svg, slice_str(&d.text));
    str_puts(&svg, "</desc>\n");
    str_put(&svg, slice_str(&d.svg));
    str_puts(&svg, "</svg>\n");
    str_printf(&text, "%s\n%s", heading, d.text.ptr);
    emit_plot(lab_of(L), slice_str(&svg), heading, slice_str(&text));
    str_done(&svg);
    str_done(&text);
    str_done(&d.svg);
    str_done(&d.text);
    return 0;
}
