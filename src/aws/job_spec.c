/*
 * Reading descriptions of jobs, and the parts of a request that several kinds
 * of jobs have.
 */
#include "aws/job_internal.h"
#include "aws/names.h"
#include "aws/s3.h"

#include "base/error.h"
#include "base/number.h"

#include <string.h>

const char *job_text(const struct json *spec, const char *key, const char *otherwise)
{
    return json_string(json_get(spec, key), otherwise);
}

int64_t job_number(const struct json *spec, const char *key, int64_t otherwise)
{
    return (int64_t)json_number(json_get(spec, key), (double)otherwise);
}

enum lk_status job_check_keys(const struct json *spec, const char *const *keys, size_t n,
                              const char *what, struct lk_error *err)
{
    for (const struct json *c = json_first(spec); c; c = json_next(c)) {
        const char *near;
        bool known = false;

        for (size_t i = 0; i < n; i++)
            known |= !strcmp(json_key(c), keys[i]);
        if (known)
            continue;
        near = error_nearest(json_key(c), keys, n);
        return error_set(err, LK_EUSE, "a %s job has no '%.60s'%s%s%s", what, json_key(c),
                         near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return LK_OK;
}

enum lk_status job_need(const struct json *spec, const char *what, const char *key,
                        struct lk_error *err)
{
    return *job_text(spec, key, "") ? LK_OK : error_set(err, LK_EUSE, "a %s needs '%s'", what, key);
}

enum lk_status job_check_url(const struct json *spec, const char *key, struct lk_error *err)
{
    const char *url = job_text(spec, key, NULL);
    struct s3_url parts;
    enum lk_status st;

    if (!url)
        return LK_OK;
    st = s3_url_parse(&parts, url, err);
    if (!st)
        s3_url_done(&parts);
    return st;
}

/* Values are text on the wire; numbers and truth of a Lua table become it. */
void job_put_text_value(struct json_out *w, const char *key, const struct json *value)
{
    char digits[NUMBER_MAX];

    if (json_kind(value) == JSON_NUMBER) {
        number_print_double(digits, json_number(value, 0));
        json_put_z(w, key, digits);
    } else if (json_kind(value) == JSON_BOOL) {
        json_put_z(w, key, json_bool(value, false) ? "true" : "false");
    } else {
        json_put_z(w, key, json_string(value, ""));
    }
}

void job_put_text_map(struct json_out *w, const char *key, const struct json *map)
{
    if (!json_count(map))
        return;
    json_open(w, key, '{');
    for (const struct json *c = json_first(map); c; c = json_next(c))
        job_put_text_value(w, json_key(c), c);
    json_close(w);
}

void job_put_tags(struct json_out *w, const struct json *tags)
{
    if (!json_count(tags))
        return;
    json_open(w, "Tags", '[');
    for (const struct json *c = json_first(tags); c; c = json_next(c)) {
        json_open(w, NULL, '{');
        json_put_z(w, "Key", json_key(c));
        json_put_z(w, "Value", json_string(c, ""));
        json_close(w);
    }
    json_close(w);
}

enum lk_status job_find_image(struct str *out, const struct aws *c, const struct json *spec,
                              struct lk_error *err)
{
    const char *image = job_text(spec, "image", NULL);

    if (image) {
        str_puts(out, image);
        return LK_OK;
    }
    return names_image(out, aws_region(c), aws_suffix(c), job_text(spec, "version", NULL), err);
}
