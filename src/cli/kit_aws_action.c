/* The frame of commands with actions, and what several of them do alike. */
#include "cli/kit_aws_action.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

enum { ACTIONS_MAX = 16 };

static enum lk_status refuse(const char *name, const char *const *names, size_t n,
                             struct lk_error *err)
{
    const char *near = name ? error_nearest(name, names, n) : NULL;
    struct str known = STR_INIT;
    enum lk_status st;

    for (size_t i = 0; i < n; i++)
        str_printf(&known, "%s%s", i ? ", " : "", names[i]);
    if (near)
        st = error_set(err, LK_EUSE, "there is no action '%.40s'; did you mean '%s'?", name, near);
    else
        st = error_set(err, LK_EUSE, "expected one of %s", known.ptr);
    str_done(&known);
    return st;
}

static const struct kit_action *find(const struct kit_action *actions, const char *name,
                                     struct lk_error *err)
{
    const char *names[ACTIONS_MAX];
    size_t n = 0;

    for (; n < ACTIONS_MAX && actions[n].name; n++) {
        names[n] = actions[n].name;
        if (name && !strcmp(name, names[n]))
            return &actions[n];
    }
    (void)!refuse(name, names, n, err);
    return NULL;
}

int kit_action_run(const struct args *a, const struct kit_action *actions, struct lk_error *err)
{
    const struct kit_action *action = find(actions, args_operand(a, 0), err);
    struct aws *c = NULL;
    struct guard *g = NULL;
    enum lk_status st = action ? LK_OK : LK_EUSE;

    if (!st && args_count(a) != (action->named ? 2u : 1u))
        st = error_set(err, LK_EUSE, action->named ? "'%s' needs one NAME" : "'%s' takes no name",
                       action->name);
    if (!st)
        st = kit_guard_open(&c, &g, a, err);
    if (!st)
        st = action->run(g, a, args_operand(a, 1), err);
    kit_guard_close(c, g);
    return exit_for(st);
}

enum lk_status kit_action_ask(struct guard *g, const char *op, const char *member,
                              const char *value, struct json **out, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, member, value);
    json_close(&w);
    st = guard_call(g, "sagemaker", op, slice_str(&in), out, err);
    str_done(&in);
    return st;
}

struct lister {
    const struct resource *resource;
    struct json_out *w; /* NULL: lines of text */
};

static bool print_item(void *ctx, const struct json *item)
{
    struct lister *l = ctx;
    const char *name = json_path(item, l->resource->list_name);
    const char *status = l->resource->status ? json_path(item, l->resource->status) : "";
    struct str made = STR_INIT;
    double seconds = json_number(json_get(item, "CreationTime"), 0);

    clock_put_iso(&made, (int64_t)(seconds * 1000), false);
    if (l->w) {
        json_open(l->w, NULL, '{');
        json_put_z(l->w, "name", name);
        json_put_z(l->w, "status", status);
        json_put_string(l->w, "made", slice_str(&made));
        json_close(l->w);
    } else {
        printf("%s %-12s ", made.ptr, status);
        kit_aws_put(name);
        putchar('\n');
    }
    str_done(&made);
    return true;
}

enum lk_status kit_action_list(struct guard *g, const struct args *a, const char *kind,
                               struct lk_error *err)
{
    struct lister l = {.resource = resource_of_kind(kind)};
    struct str text = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &text, true);
    json_open(&w, NULL, '[');
    if (args_flag(a, "json"))
        l.w = &w;
    st = aws_each(guard_client(g), "sagemaker", l.resource->list, SLICE(""), l.resource->list_items,
                  print_item, &l, err);
    json_close(&w);
    str_putc(&text, '\n');
    if (!st && l.w)
        st = file_write("-", slice_str(&text), err);
    str_done(&text);
    return st;
}
