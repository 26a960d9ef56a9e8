/*
 * References and conditions. A reference is an object with the one member
 * "Get", "Std:Join" or "Std:JsonGet"; everything else is copied as it is, with
 * its references resolved.
 */
#include "cloud/pipeline.h"

#include "base/error.h"
#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_FILE_MAX = 1 << 20, PATH_NAME_MAX = 256 };

/* ---- places within JSON ------------------------------------------------------------------ */

/* An element of a list by what names it: a metric, a channel, a tag. */
static const struct json *find_named(const struct json *list, const char *name)
{
    static const char *const keys[] = {"MetricName", "Name", "ChannelName", "VariantName", "Key"};

    if (json_kind(list) == JSON_OBJECT)
        return json_get(list, name);
    for (const struct json *i = json_first(list); i; i = json_next(i))
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            if (!strcmp(json_string(json_get(i, keys[k]), ""), name))
                return i;
    return NULL;
}

/* What stands in [..]: a number, or a name in quotes. */
static const struct json *take_index(const struct json *j, struct slice inside)
{
    char name[PATH_NAME_MAX];
    int64_t n;

    if (number_parse_int(inside, 0, 1 << 20, &n))
        return json_at(j, (size_t)n);
    if (inside.len < 2 || inside.len >= PATH_NAME_MAX ||
        (inside.ptr[0] != '\'' && inside.ptr[0] != '"'))
        return NULL;
    memcpy(name, inside.ptr + 1, inside.len - 2);
    name[inside.len - 2] = '\0';
    return find_named(j, name);
}

const struct json *pipeline_path(const struct json *j, const char *path)
{
    char name[PATH_NAME_MAX];

    while (*path && j) {
        if (*path == '[') {
            size_t n = strcspn(path, "]");

            if (!path[n])
                return NULL;
            j = take_index(j, (struct slice){path + 1, n - 1});
            path += n + 1;
        } else {
            size_t n;

            path += *path == '.';
            n = strcspn(path, ".[");
            if (!n || n >= sizeof name)
                return NULL;
            memcpy(name, path, n);
            name[n] = '\0';
            j = json_get(j, name);
            path += n;
        }
    }
    return j;
}

/* ---- references ----------------------------------------------------------------------------- */

/* The one member of an object that is a reference, or NULL. */
static const struct json *reference_of(const struct json *node)
{
    const struct json *only = json_first(node);
    const char *key = only ? json_key(only) : "";

    if (json_kind(node) != JSON_OBJECT || json_count(node) != 1)
        return NULL;
    return !strcmp(key, "Get") || !strncmp(key, "Std:", 4) ? only : NULL;
}

void pipeline_references(const struct json *node, pipeline_ref_fn *fn, void *ctx)
{
    const struct json *only = reference_of(node);

    if (only && !strcmp(json_key(only), "Get"))
        fn(ctx, json_string(only, ""));
    else if (json_kind(node) == JSON_ARRAY || json_kind(node) == JSON_OBJECT)
        for (const struct json *i = json_first(node); i; i = json_next(i))
            pipeline_references(i, fn, ctx);
}

bool pipeline_is_value(const char *type, const char *text)
{
    struct slice s = slice_of(text);
    double d;
    int64_t n;

    if (!strcmp(type, "Integer"))
        return number_parse_int(s, INT64_MIN + 1, INT64_MAX, &n);
    if (!strcmp(type, "Float"))
        return number_parse_double(s, &d) && isfinite(d);
    if (!strcmp(type, "Boolean"))
        return !strcasecmp(text, "true") || !strcasecmp(text, "false");
    return true;
}

static enum lk_status put_typed(struct str *out, const char *type, const char *text)
{
    if (!strcmp(type, "Boolean"))
        str_puts(out, strcasecmp(text, "true") ? "false" : "true");
    else if (strcmp(type, "String"))
        str_puts(out, text);
    else
        str_put_json(out, slice_of(text));
    return LK_OK;
}

static enum lk_status get_parameter(struct str *out, const struct pipeline_values *v,
                                    const char *name, struct lk_error *err)
{
    const struct json *given = json_get(v->parameters, name), *j;

    for (j = json_first(v->pipeline->parameters); j; j = json_next(j))
        if (!strcmp(json_string(json_get(j, "Name"), ""), name))
            break;
    if (given && j)
        return put_typed(out, json_string(json_get(j, "Type"), "String"), json_string(given, ""));
    if (!json_get(j, "DefaultValue"))
        return error_set(err, LK_EINPUT, "the parameter %s has no value", name);
    json_print(out, json_get(j, "DefaultValue"), false);
    return LK_OK;
}

static enum lk_status get_execution(struct str *out, const struct pipeline_values *v,
                                    const char *name, struct lk_error *err)
{
    const struct {
        const char *name, *value;
    } known[] = {
        {"PipelineExecutionId", v->id},     {"PipelineExecutionArn", v->arn},
        {"PipelineName", v->pipeline_name}, {"PipelineArn", v->pipeline_arn},
        {"StartDateTime", v->started},      {"CurrentDateTime", v->started},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(name, known[i].name) && known[i].value) {
            str_put_json(out, slice_of(known[i].value));
            return LK_OK;
        }
    return error_set(err, LK_EINPUT, "there is no Execution.%s", name);
}

static enum lk_status get_result(struct str *out, const struct pipeline_values *v, const char *rest,
                                 struct lk_error *err)
{
    size_t n = strcspn(rest, "."), i;
    char name[80] = "";
    const struct json *found;

    memcpy(name, rest, n < sizeof name ? n : 0);
    i = pipeline_find(v->pipeline, name);
    found = i < v->pipeline->steps ? v->results[i] : NULL;
    if (found && rest[n])
        found = pipeline_path(found, rest + n + 1);
    if (!found)
        return error_set(err, LK_EINPUT, "there is no Steps.%s", rest);
    json_print(out, found, false);
    return LK_OK;
}

static enum lk_status get(struct str *out, const struct pipeline_values *v, const char *what,
                          struct lk_error *err)
{
    if (!strncmp(what, "Parameters.", 11))
        return get_parameter(out, v, what + 11, err);
    if (!strncmp(what, "Execution.", 10))
        return get_execution(out, v, what + 10, err);
    if (!strncmp(what, "Steps.", 6))
        return get_result(out, v, what + 6, err);
    return error_set(err, LK_EINPUT, "there is no %s", what);
}

/* A resolved value as text: a string without its quotes, anything else as JSON. */
static enum lk_status resolve_text(struct str *out, const struct pipeline_values *v,
                                   const struct json *node, struct lk_error *err)
{
    struct str text = STR_INIT;
    struct json *j = NULL;
    enum lk_status st = pipeline_resolve(&text, v, node, err);

    if (!st && !json_parse(&j, slice_str(&text), "value", NULL) && json_kind(j) == JSON_STRING)
        str_puts(out, json_string(j, ""));
    else
        str_put(out, slice_str(&text));
    json_free(j);
    str_done(&text);
    return st;
}

static enum lk_status join(struct str *out, const struct pipeline_values *v,
                           const struct json *node, struct lk_error *err)
{
    const char *on = json_string(json_get(node, "On"), "");
    const struct json *first = json_first(json_get(node, "Values"));
    struct str text = STR_INIT;
    enum lk_status st = LK_OK;

    for (const struct json *i = first; i && !st; i = json_next(i)) {
        if (i != first)
            str_puts(&text, on);
        st = resolve_text(&text, v, i, err);
    }
    if (!st && text.len > PIPELINE_BYTES_MAX)
        st = error_set(err, LK_ELIMIT, "a joined text is longer than 1 MiB");
    if (!st)
        str_put_json(out, slice_str(&text));
    str_done(&text);
    return st;
}

/* {"S3Uri": ..., "Path": "metrics.auc.value"}: a number out of a file that a step has written. */
static enum lk_status json_get_file(struct str *out, const struct pipeline_values *v,
                                    const struct json *node, struct lk_error *err)
{
    const char *path = json_string(json_get(node, "Path"), "");
    struct str uri = STR_INIT, text = STR_INIT;
    const struct json *found;
    struct json *file = NULL;
    enum lk_status st = LK_OK;

    if (!json_get(node, "S3Uri"))
        st = error_set(err, LK_EUNSUPPORTED,
                       "Std:JsonGet takes an S3Uri here: there are no property files of "
                       "processing steps");
    if (!st)
        st = resolve_text(&uri, v, json_get(node, "S3Uri"), err);
    if (!st && !v->read)
        st = error_set(err, LK_EUNSUPPORTED, "no file can be read here");
    if (!st && !v->read(v->ctx, &text, uri.ptr, err))
        st = LK_ESERVICE;
    if (!st)
        st = json_parse(&file, slice_str(&text), uri.ptr, err);
    found = st ? NULL : pipeline_path(file, path);
    if (found)
        json_print(out, found, false);
    else if (!st)
        st = error_set(err, LK_EINPUT, "%s has no '%s'", uri.ptr, path);
    json_free(file);
    str_done(&uri);
    str_done(&text);
    return st;
}

/* ---- any node ------------------------------------------------------------------------------- */

static enum lk_status resolve_members(struct str *out, const struct pipeline_values *v,
                                      const struct json *node, struct lk_error *err)
{
    bool object = json_kind(node) == JSON_OBJECT;
    enum lk_status st = LK_OK;

    str_putc(out, object ? '{' : '[');
    for (const struct json *i = json_first(node); i && !st; i = json_next(i)) {
        if (i != json_first(node))
            str_putc(out, ',');
        if (object) {
            str_put_json(out, slice_of(json_key(i)));
            str_putc(out, ':');
        }
        st = pipeline_resolve(out, v, i, err);
    }
    str_putc(out, object ? '}' : ']');
    return st;
}

enum lk_status pipeline_resolve(struct str *out, const struct pipeline_values *v,
                                const struct json *node, struct lk_error *err)
{
    const struct json *only = reference_of(node);

    if (out->len > 4 * PIPELINE_BYTES_MAX)
        return error_set(err, LK_ELIMIT, "the resolved arguments are longer than 4 MiB");
    if (only && !strcmp(json_key(only), "Get"))
        return get(out, v, json_string(only, ""), err);
    if (only && !strcmp(json_key(only), "Std:Join"))
        return join(out, v, only, err);
    if (only && !strcmp(json_key(only), "Std:JsonGet"))
        return json_get_file(out, v, only, err);
    if (only)
        return error_set(err, LK_EUNSUPPORTED, "there is no function %s", json_key(only));
    if (json_kind(node) == JSON_ARRAY || json_kind(node) == JSON_OBJECT)
        return resolve_members(out, v, node, err);
    json_print(out, node, false);
    return LK_OK;
}

/* ---- conditions ---------------------------------------------------------------------------------
 */

static enum lk_status one_condition(bool *out, const struct pipeline_values *v,
                                    const struct json *c, struct lk_error *err);

static enum lk_status compare(int *order, const struct pipeline_values *v, const struct json *a,
                              const struct json *b, struct lk_error *err)
{
    struct str left = STR_INIT, right = STR_INIT;
    double x, y;
    enum lk_status st = a && b ? LK_OK : error_set(err, LK_EINPUT, "a condition lacks a value");

    (void)(st || (st = resolve_text(&left, v, a, err)) || (st = resolve_text(&right, v, b, err)));
    if (number_parse_double(slice_str(&left), &x) && number_parse_double(slice_str(&right), &y))
        *order = x < y ? -1 : x > y ? 1 : 0;
    else
        *order = strcmp(left.ptr, right.ptr);
    str_done(&left);
    str_done(&right);
    return st;
}

static enum lk_status is_in(bool *out, const struct pipeline_values *v, const struct json *c,
                            struct lk_error *err)
{
    enum lk_status st = LK_OK;
    int order;

    *out = false;
    for (const struct json *i = json_first(json_get(c, "Values")); i && !st && !*out;
         i = json_next(i)) {
        st = compare(&order, v, json_get(c, "QueryValue"), i, err);
        *out = !st && !order;
    }
    return st;
}

static enum lk_status is_any(bool *out, const struct pipeline_values *v, const struct json *c,
                             struct lk_error *err)
{
    enum lk_status st = LK_OK;

    *out = false;
    for (const struct json *i = json_first(json_get(c, "Conditions")); i && !st && !*out;
         i = json_next(i))
        st = one_condition(out, v, i, err);
    return st;
}

static enum lk_status one_condition(bool *out, const struct pipeline_values *v,
                                    const struct json *c, struct lk_error *err)
{
    static const struct {
        const char *name;
        bool less, equal, greater;
    } operators[] = {
        {"Equals", false, true, false},
        {"LessThan", true, false, false},
        {"LessThanOrEqualTo", true, true, false},
        {"GreaterThan", false, false, true},
        {"GreaterThanOrEqualTo", false, true, true},
    };
    const char *type = json_string(json_get(c, "Type"), "");
    enum lk_status st;
    int order = 0;

    if (!strcmp(type, "In"))
        return is_in(out, v, c, err);
    if (!strcmp(type, "Or"))
        return is_any(out, v, c, err);
    if (!strcmp(type, "Not")) {
        st = one_condition(out, v, json_get(c, "Expression"), err);
        *out = !*out;
        return st;
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (strcmp(type, operators[i].name))
            continue;
        st = compare(&order, v, json_get(c, "LeftValue"), json_get(c, "RightValue"), err);
        *out = order < 0   ? operators[i].less
               : order > 0 ? operators[i].greater
                           : operators[i].equal;
        return st;
    }
    return error_set(err, LK_EINPUT, "there is no condition '%.40s'", type);
}

enum lk_status pipeline_condition(bool *out, const struct pipeline_values *v,
                                  const struct json *conditions, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    *out = true;
    for (const struct json *i = json_first(conditions); i && !st && *out; i = json_next(i))
        st = one_condition(out, v, i, err);
    return st;
}
