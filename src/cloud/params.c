/* What a call carries: members of a JSON body, fields of a form, labels of a path; and paging. */
#include "base/digest.h"
#include "base/number.h"
#include "cloud/internal.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void call_set(struct call *c, const char *name, const char *value)
{
    struct call_internal *in = c->internal;

    if (in->param_count == PARAMS)
        return;
    MEM_GROW(in->params, in->param_count, in->param_cap);
    in->params[in->param_count++] = (struct param){name, value};
}

const char *call_param(const struct call *c, const char *name)
{
    const struct call_internal *in = c->internal;

    for (size_t i = 0; i < in->param_count; i++)
        if (!strcmp(in->params[i].name, name))
            return in->params[i].value;
    return json_string(json_get(c->in, name), NULL);
}

const char *call_invalid(const struct call *c)
{
    if (c->service->invalid)
        return c->service->invalid;
    return c->service->protocol == PROTOCOL_QUERY ? "ValidationError" : "ValidationException";
}

/* Members are named as AWS's front end names them: with a small letter first. */
static char *member_name(struct call *c, const char *name)
{
    char *kept = arena_strdup(&c->memory, name);

    *kept = (char)tolower((unsigned char)*kept);
    return kept;
}

const char *call_need(struct call *c, const char *name)
{
    const char *value = call_param(c, name);

    if (value && *value)
        return value;
    if (value)
        call_fail(c, 400, call_invalid(c),
                  "1 validation error detected: Value '' at '%s' failed to satisfy constraint: "
                  "Member must have length greater than or equal to 1",
                  member_name(c, name));
    else
        call_fail(c, 400, call_invalid(c),
                  "1 validation error detected: Value null at '%s' failed to satisfy constraint: "
                  "Member must not be null",
                  member_name(c, name));
    return NULL;
}

static void wrong_int(struct call *c, const char *name, const char *value, bool low, int64_t limit)
{
    call_fail(c, 400, call_invalid(c),
              "1 validation error detected: Value '%.40s' at '%s' failed to satisfy constraint: "
              "Member must have value %s than or equal to %lld",
              value, member_name(c, name), low ? "greater" : "less", (long long)limit);
}

int64_t call_int(struct call *c, const char *name, int64_t otherwise, int64_t min, int64_t max)
{
    const char *text = call_param(c, name);
    const struct json *j = json_get(c->in, name);
    int64_t v = otherwise;

    if (text && !number_parse_int(slice_of(text), INT64_MIN, INT64_MAX, &v)) {
        if (c->service->protocol == PROTOCOL_QUERY)
            call_fail(c, 400, "MalformedInput", "Invalid Argument");
        else
            call_fail(c, 400, "SerializationException",
                      "STRING_VALUE can not be converted to an Integer");
    } else if (j && !text) {
        double d = json_number(j, 0);

        text = arena_printf(&c->memory, "%.15g", d);
        v = d >= 9e18 ? INT64_MAX : d <= -9e18 ? INT64_MIN : (int64_t)d;
    }
    if (text && !call_failed(c) && (v < min || v > max))
        wrong_int(c, name, text, v < min, v < min ? min : max);
    return call_failed(c) ? otherwise : v;
}

void call_add_key(struct call *c, const char *name, const char *value)
{
    struct call_internal *in = c->internal;

    MEM_GROW(in->keys, in->key_count, in->key_cap);
    in->keys[in->key_count++] = (struct access_key_value){name, value};
}

const char *call_arn(struct call *c, const char *service, const char *fmt, ...)
{
    struct str rest = STR_INIT;
    const char *arn;
    va_list args;

    va_start(args, fmt);
    str_vprintf(&rest, fmt, args);
    va_end(args);
    arn = arena_printf(&c->memory, "arn:aws:%s:%s:%s:%s", service, c->region, c->cloud->account,
                       rest.ptr);
    str_done(&rest);
    return arn;
}

/* ---- paging ------------------------------------------------------------------ */

const char *call_page_key(struct call *c, const char *token)
{
    struct str key = STR_INIT;
    const char *kept;

    if (!token || !*token)
        return "";
    if (!base64_decode(&key, slice_of(token)) || !slice_starts(slice_str(&key), "1:") ||
        memchr(key.ptr, '\0', key.len)) {
        str_done(&key);
        call_fail(c, 400, c->service->bad_token ? c->service->bad_token : call_invalid(c),
                  "The pagination token is not valid.");
        return NULL;
    }
    kept = arena_strndup(&c->memory, key.ptr + 2, key.len - 2);
    str_done(&key);
    return kept;
}

const char *call_page_token(struct call *c, const char *last_key)
{
    struct str text = STR_INIT, token = STR_INIT;
    const char *kept;

    str_printf(&text, "1:%s", last_key);
    str_put_base64(&token, text.ptr, text.len);
    kept = arena_strdup(&c->memory, token.ptr);
    str_done(&text);
    str_done(&token);
    return kept;
}

/* ---- names nobody can guess ------------------------------------------------------ */

void random_id(struct str *out, const char *prefix, size_t letters)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned char byte;

    str_puts(out, prefix);
    for (size_t i = 0; i < letters; i++) {
        random_bytes(&byte, 1);
        str_putc(out, alphabet[byte % 32]);
    }
}

void random_uuid(struct str *out)
{
    static const size_t groups[] = {4, 2, 2, 2, 6};
    uint8_t bytes[16], *p = bytes;

    random_bytes(bytes, sizeof bytes);
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; p += groups[i++]) {
        if (i)
            str_putc(out, '-');
        str_put_hex(out, p, groups[i]);
    }
}
