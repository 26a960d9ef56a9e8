/*
 * Where a statement stands in a policy's text. The text is JSON that was parsed
 * before, so a walk over its brackets, with strings skipped, finds the value of
 * "Statement" at the top: an object is statement 0, a list holds them in order.
 */
#include "cloud/policy.h"

struct walk {
    struct slice text;
    size_t at;
};

/* Behind the string that begins here. */
static void skip_string(struct walk *w)
{
    for (w->at++; w->at < w->text.len && w->text.ptr[w->at] != '"'; w->at++)
        if (w->text.ptr[w->at] == '\\')
            w->at++;
    w->at++;
}

/* Behind the value that begins here: a bracket to its partner, or a plain word. */
static void skip_value(struct walk *w)
{
    int depth = 0;

    while (w->at < w->text.len) {
        char c = w->text.ptr[w->at];

        if (!depth && (c == ',' || c == '}' || c == ']'))
            return;
        if (c == '"') {
            skip_string(w);
        } else {
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
            w->at++;
        }
        if (!depth && (c == '"' || c == '}' || c == ']'))
            return;
    }
}

static char skip_space(struct walk *w)
{
    while (w->at < w->text.len && w->text.ptr[w->at] > 0 && w->text.ptr[w->at] <= ' ')
        w->at++;
    return w->at < w->text.len ? w->text.ptr[w->at] : '\0';
}

/* To the value of the top's member "Statement". */
static bool find_member(struct walk *w)
{
    if (skip_space(w) != '{')
        return false;
    for (w->at++; skip_space(w) == '"';) {
        size_t start = w->at + 1;
        struct slice name;

        skip_string(w);
        name = slice_first(slice_from(w->text, start), w->at > start ? w->at - 1 - start : 0);
        if (skip_space(w) != ':')
            return false;
        w->at++;
        (void)skip_space(w);
        if (slice_is(name, "Statement"))
            return true;
        skip_value(w);
        if (skip_space(w) != ',')
            return false;
        w->at++;
    }
    return false;
}

static void count_to(struct slice text, size_t at, size_t *line, size_t *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < at && i < text.len; i++) {
        *column = text.ptr[i] == '\n' ? 1 : *column + 1;
        *line += text.ptr[i] == '\n';
    }
}

bool policy_find_statement(struct slice text, size_t index, struct policy_place *out)
{
    struct walk w = {text, 0};
    size_t start;
    bool list;

    if (!find_member(&w))
        return false;
    list = skip_space(&w) == '[';
    if (!list && index)
        return false;
    w.at += list;
    for (size_t i = 0; i < index; i++) {
        (void)skip_space(&w);
        skip_value(&w);
        if (skip_space(&w) != ',')
            return false;
        w.at++;
    }
    if (skip_space(&w) != '{')
        return false;
    start = w.at;
    skip_value(&w);
    count_to(text, start, &out->line, &out->column);
    count_to(text, w.at, &out->end_line, &out->end_column);
    return true;
}
