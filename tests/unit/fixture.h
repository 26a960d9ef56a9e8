/* A fixture's files: what XGBoost was given. free_rows frees what read_rows made. */
#ifndef UNIT_FIXTURE_H
#define UNIT_FIXTURE_H

#include "base/file.h"
#include "unit/same_trees.h"

#define FOLDER TEST_DATA "xgboost/"

static struct json *read_json(const char *name, const char *file)
{
    struct str path = STR_INIT, text = STR_INIT;
    struct lk_error err = {0};
    struct json *j;

    str_printf(&path, FOLDER "%s/%s", name, file);
    assert_ok(file_read(&text, path.ptr, 1 << 24, &err), &err);
    j = parse_model(slice_str(&text));
    str_done(&path);
    str_done(&text);
    return j;
}

static bool has_column(const char *path, const char *name)
{
    struct str text = STR_INIT;
    struct slice rest, line, one;
    struct lk_error err = {0};
    bool found = false;

    assert_ok(file_read(&text, path, 1 << 24, &err), &err);
    rest = slice_str(&text);
    assert_true(slice_line(&rest, &line));
    while (slice_split(&line, ',', &one))
        found = found || slice_is(one, name);
    str_done(&text);
    return found;
}

/* train.csv or test.csv with all that it says of its rows. */
static struct lk_matrix *read_rows(const char *name, const char *file, const struct json *manifest)
{
    struct str path = STR_INIT;
    struct lk_read_options o = {.label = "label"};
    struct lk_matrix *m = NULL;
    struct lk_error err = {0};
    const struct json *types = json_get(manifest, "feature_types");
    size_t i = 0;

    str_printf(&path, FOLDER "%s/%s", name, file);
    o.weight = has_column(path.ptr, "__weight") ? "__weight" : NULL;
    o.base_margin = has_column(path.ptr, "__base_margin") ? "__base_margin" : NULL;
    if (has_column(path.ptr, "__lower")) {
        o.lower = "__lower";
        o.upper = "__upper";
    }
    if (has_column(path.ptr, "label2"))
        o.label = "label0,label1,label2";
    assert_ok(lk_matrix_read(&m, path.ptr, &o, &err), &err);
    if (json_count(types))
        m->types = test_calloc(m->columns, sizeof *m->types);
    for (const struct json *j = json_first(types); j; j = json_next(j), i++)
        m->types[i] = !strcmp(json_string(j, ""), "c") ? GBT_CATEGORY : GBT_FLOAT;
    str_done(&path);
    return m;
}

static void free_rows(struct lk_matrix *m)
{
    test_free(m->types);
    m->types = NULL;
    lk_matrix_free(m);
}

#endif
