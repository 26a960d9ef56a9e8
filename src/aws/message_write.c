/*
 * From JSON to a request. The input is checked whole first, member by member
 * along the operation's shape, so that nothing half right is ever sent; then
 * written once, in one of four ways:
 *
 *     json 1.1     the object as it is, times as numbers
 *     query        Name=value pairs, lists as Name.member.1, structures as Name.Part
 *     rest-xml     members go to path, query and headers; the payload is XML or bytes
 *     rest-json    the same with a JSON or bytes payload
 */
#include "aws/message.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/number.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

enum { PATH_MAX_TEXT = 256, MEMBERS_MAX = 64 };

/* ---- checking -------------------------------------------------------------- */

static enum lk_status unknown_member(const struct shape *s, const char *path, const char *key,
                                     struct lk_error *err)
{
    const char *names[MEMBERS_MAX], *near;
    size_t n = 0;

    for (const struct member *m = s->members; m && n < MEMBERS_MAX; m = m->next)
        names[n++] = m->name;
    near = error_nearest(key, names, n);
    if (near)
        return error_set(err, LK_EUSE, "%s has no member '%.80s'; did you mean '%s'?", path, key,
                         near);
    return error_set(err, LK_EUSE, "%s has no member '%.80s'", path, key);
}

static enum lk_status check_words(const struct shape *s, const char *path, const char *value,
                                  struct lk_error *err)
{
    struct arena arena = {0};
    struct slice rest = slice_of(s->words), word;
    const char *names[MEMBERS_MAX], *near;
    size_t n = 0;
    enum lk_status st = LK_EUSE;

    while (n < MEMBERS_MAX && slice_split(&rest, '|', &word)) {
        names[n++] = arena_strndup(&arena, word.ptr, word.len);
        if (slice_is(word, value))
            st = LK_OK;
    }
    if (st) {
        near = error_nearest(value, names, n);
        if (near)
            error_set(err, st, "%s cannot be '%.80s'; did you mean '%s'?", path, value, near);
        else
            error_set(err, st, "%s cannot be '%.80s'; it is one of %.400s", path, value, s->words);
    }
    arena_done(&arena);
    return st;
}

static bool kind_fits(const struct shape *s, const struct json *j)
{
    enum json_kind kind = json_kind(j);
    double number = json_number(j, 0);

    switch (s->kind) {
    case SHAPE_STRING:
    case SHAPE_BYTES:
        return kind == JSON_STRING;
    case SHAPE_INTEGER:
        return kind == JSON_NUMBER && number == (double)(int64_t)number;
    case SHAPE_NUMBER:
        return kind == JSON_NUMBER;
    case SHAPE_BOOL:
        return kind == JSON_BOOL;
    case SHAPE_TIME:
        return kind == JSON_NUMBER || kind == JSON_STRING;
    case SHAPE_LIST: /* an empty Lua table is an object */
        return kind == JSON_ARRAY || (kind == JSON_OBJECT && !json_count(j));
    case SHAPE_STRUCT:
    case SHAPE_MAP:
        return kind == JSON_OBJECT || (kind == JSON_ARRAY && !json_count(j));
    }
    return false;
}

static enum lk_status check(const struct shape *s, const struct json *j, const char *path,
                            struct lk_error *err);

static enum lk_status check_struct(const struct shape *s, const struct json *j, const char *path,
                                   struct lk_error *err)
{
    char inner[PATH_MAX_TEXT];
    enum lk_status st = LK_OK;

    for (const struct json *c = json_first(j); c && !st; c = json_next(c)) {
        const struct member *m = shape_member(s, json_key(c));

        if (!m)
            return unknown_member(s, path, json_key(c), err);
        snprintf(inner, sizeof inner, "%.*s.%s", (int)sizeof inner - 80, path, m->name);
        if (json_kind(c) != JSON_NULL)
            st = check(m->shape, c, inner, err);
    }
    for (const struct member *m = s->members; m && !st; m = m->next)
        if (m->required && json_kind(json_get(j, m->name)) == JSON_NULL &&
            strcmp(m->name, "ClientRequestToken") && m->place != 'p')
            st = error_set(err, LK_EUSE, "%s needs %s (%s)", path, m->name,
                           shape_kind_name(m->shape->kind));
    return st;
}

static enum lk_status check(const struct shape *s, const struct json *j, const char *path,
                            struct lk_error *err)
{
    char inner[PATH_MAX_TEXT];
    enum lk_status st = LK_OK;
    size_t i = 0;

    if (j && !kind_fits(s, j))
        return error_set(err, LK_EUSE, "%s is %s", path, shape_kind_name(s->kind));
    if (s->kind == SHAPE_STRUCT)
        return check_struct(s, j, path, err);
    if (s->kind == SHAPE_STRING && s->words)
        return check_words(s, path, json_string(j, ""), err);
    if (s->kind != SHAPE_LIST && s->kind != SHAPE_MAP)
        return LK_OK;
    for (const struct json *c = json_first(j); c && !st; c = json_next(c)) {
        if (s->kind == SHAPE_MAP)
            snprintf(inner, sizeof inner, "%.*s.%.60s", (int)sizeof inner - 80, path, json_key(c));
        else
            snprintf(inner, sizeof inner, "%.*s[%zu]", (int)sizeof inner - 80, path, ++i);
        st = check(s->element, c, inner, err);
    }
    return st;
}

/* ---- values as text -------------------------------------------------------- */

static void put_time(struct str *out, const struct json *j, bool as_number)
{
    int64_t ms = (int64_t)(json_number(j, 0) * 1000);

    if (json_kind(j) == JSON_STRING && !clock_parse_iso(slice_of(json_string(j, "")), &ms)) {
        str_puts(out, json_string(j, ""));
        return;
    }
    if (as_number)
        str_printf(out, "%.3f", (double)ms / 1000);
    else
        clock_put_iso(out, ms, false);
}

/* A scalar, as it stands in a query, a header or XML. */
static void put_scalar(struct str *out, const struct shape *s, const struct json *j)
{
    char number[NUMBER_MAX];

    switch (s->kind) {
    case SHAPE_INTEGER:
        str_printf(out, "%lld", (long long)json_number(j, 0));
        break;
    case SHAPE_NUMBER:
        str_add(out, number, number_print_double(number, json_number(j, 0)));
        break;
    case SHAPE_BOOL:
        str_puts(out, json_bool(j, false) ? "true" : "false");
        break;
    case SHAPE_TIME:
        put_time(out, j, false);
        break;
    default:
        str_puts(out, json_string(j, ""));
    }
}

/* Headers have times as HTTP writes them. */
static void put_http_date(struct str *out, const struct json *j)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t ms = (int64_t)(json_number(j, 0) * 1000);
    struct clock_fields f;

    if (json_kind(j) == JSON_STRING && !clock_parse_iso(slice_of(json_string(j, "")), &ms)) {
        str_puts(out, json_string(j, ""));
        return;
    }
    f = clock_utc(ms);
    str_printf(out, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[f.weekday], f.day,
               months[f.month - 1], f.year, f.hour, f.minute, f.second);
}

/* A token that makes a repeated request the same request. */
static void put_token(struct str *out)
{
    uint8_t bytes[16];

    random_bytes(bytes, sizeof bytes);
    str_puts(out, "labkit-");
    str_put_hex(out, bytes, sizeof bytes);
}

static bool wants_token(const struct member *m, const struct json *given)
{
    return !given && !strcmp(m->name, "ClientRequestToken");
}

/* ---- JSON ------------------------------------------------------------------ */

static void write_json(struct json_out *w, const char *key, const struct shape *s,
                       const struct json *j);

static void write_json_members(struct json_out *w, const struct shape *s, const struct json *j)
{
    for (const struct member *m = s->members; m; m = m->next) {
        const struct json *value = json_get(j, m->name);
        struct str token = STR_INIT;

        if (!m->place && wants_token(m, value)) {
            put_token(&token);
            json_put_string(w, m->wire, slice_str(&token));
        } else if (!m->place && json_kind(value) != JSON_NULL) {
            write_json(w, m->wire, m->shape, value);
        }
        str_done(&token);
    }
}

static void write_json(struct json_out *w, const char *key, const struct shape *s,
                       const struct json *j)
{
    struct str text = STR_INIT;

    switch (s->kind) {
    case SHAPE_STRUCT:
        json_open(w, key, '{');
        write_json_members(w, s, j);
        json_close(w);
        break;
    case SHAPE_LIST:
    case SHAPE_MAP:
        json_open(w, key, s->kind == SHAPE_LIST ? '[' : '{');
        for (const struct json *c = json_first(j); c; c = json_next(c))
            write_json(w, s->kind == SHAPE_LIST ? NULL : json_key(c), s->element, c);
        json_close(w);
        break;
    case SHAPE_TIME:
        put_time(&text, j, true);
        json_put_raw(w, key, slice_str(&text));
        break;
    default:
        json_put_tree(w, key, j);
    }
    str_done(&text);
}

static void write_json_body(struct str *out, const struct shape *s, const struct json *in)
{
    struct json_out w;

    json_begin(&w, out, false);
    write_json(&w, NULL, s, in);
}

/* ---- query ----------------------------------------------------------------- */

static void write_pair(struct str *out, const char *name, struct slice value)
{
    str_printf(out, "%s%s=", out->len ? "&" : "", name);
    str_put_url(out, value, false);
}

static void write_query(struct str *out, const char *prefix, const struct shape *s,
                        const struct json *j)
{
    struct str name = STR_INIT, text = STR_INIT;
    size_t i = 0;

    if (s->kind == SHAPE_STRUCT) {
        for (const struct member *m = s->members; m; m = m->next) {
            const struct json *value = json_get(j, m->name);

            str_clear(&name);
            str_printf(&name, "%s%s%s", prefix, *prefix ? "." : "", m->wire);
            if (json_kind(value) != JSON_NULL)
                write_query(out, name.ptr, m->shape, value);
        }
    } else if (s->kind == SHAPE_LIST) {
        for (const struct json *c = json_first(j); c; c = json_next(c)) {
            str_clear(&name);
            if (s->flat)
                str_printf(&name, "%s.%zu", prefix, ++i);
            else
                str_printf(&name, "%s.%s.%zu", prefix, s->tag, ++i);
            write_query(out, name.ptr, s->element, c);
        }
        if (!i) /* an empty list is said to be there */
            write_pair(out, prefix, SLICE(""));
    } else {
        put_scalar(&text, s, j);
        write_pair(out, prefix, slice_str(&text));
    }
    str_done(&name);
    str_done(&text);
}

/* ---- XML ------------------------------------------------------------------- */

static void write_xml(struct str *out, const char *tag, const struct shape *s, const struct json *j,
                      const char *attributes)
{
    struct str text = STR_INIT;

    if (s->kind == SHAPE_LIST && s->flat) {
        for (const struct json *c = json_first(j); c; c = json_next(c))
            write_xml(out, tag, s->element, c, "");
        return;
    }
    str_printf(out, "<%s%s>", tag, attributes);
    if (s->kind == SHAPE_STRUCT) {
        for (const struct member *m = s->members; m; m = m->next)
            if (!m->place && json_kind(json_get(j, m->name)) != JSON_NULL)
                write_xml(out, m->wire, m->shape, json_get(j, m->name), "");
    } else if (s->kind == SHAPE_LIST) {
        for (const struct json *c = json_first(j); c; c = json_next(c))
            write_xml(out, s->tag, s->element, c, "");
    } else {
        put_scalar(&text, s, j);
        str_put_html(out, slice_str(&text));
    }
    str_printf(out, "</%s>", tag);
    str_done(&text);
}

/* ---- REST ------------------------------------------------------------------ */

void message_header(struct message *m, const char *name, struct slice value)
{
    if (m->header_count < sizeof m->headers / sizeof m->headers[0])
        m->headers[m->header_count++] =
            (struct sigv4_header){{arena_strdup(&m->arena, name), strlen(name)},
                                  {arena_strndup(&m->arena, value.ptr, value.len), value.len}};
}

static enum lk_status check_header(const char *name, struct slice value, struct lk_error *err)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] < 0x20 || value.ptr[i] == 0x7f)
            return error_set(err, LK_EUSE, "%s holds a control character", name);
    return LK_OK;
}

static enum lk_status write_metadata(struct message *out, const struct member *m,
                                     const struct json *map, struct lk_error *err)
{
    struct str name = STR_INIT;
    enum lk_status st = LK_OK;

    for (const struct json *c = json_first(map); c && !st; c = json_next(c)) {
        str_clear(&name);
        str_printf(&name, "%s%s", m->place_name, json_key(c));
        st = check_header(m->name, slice_str(&name), err);
        if (!st)
            st = check_header(json_key(c), slice_of(json_string(c, "")), err);
        if (!st)
            message_header(out, name.ptr, slice_of(json_string(c, "")));
    }
    str_done(&name);
    return st;
}

/* "/{Bucket}/{Key+}?acl" with the members at place 'u' filled in. */
static enum lk_status write_target(struct message *out, const struct aws_service *s,
                                   const struct shape *shape, const char *pattern,
                                   const struct json *in, struct lk_error *err)
{
    while (*pattern && *pattern != '?') {
        size_t n = strcspn(pattern + 1, "}+");
        const char *name, *value = NULL;

        if (*pattern != '{') {
            str_putc(&out->path, *pattern++);
            continue;
        }
        name = arena_strndup(&out->arena, pattern + 1, n);
        for (const struct member *m = shape->members; m; m = m->next)
            if (m->place == 'u' && !strcmp(m->place_name, name))
                value = json_string(json_get(in, m->name), "");
        if (!value || !*value)
            return error_set(err, LK_EUSE, "%s must not be empty", name);
        if (s->protocol == AWS_REST_XML && !strcmp(name, "Bucket")) {
            out->bucket = arena_strdup(&out->arena, value);
            str_clear(&out->path);
        } else {
            str_put_url(&out->path, slice_of(value), pattern[n + 1] == '+');
        }
        pattern += n + (pattern[n + 1] == '+' ? 3 : 2);
    }
    if (!out->path.len)
        str_putc(&out->path, '/');
    if (*pattern == '?')
        str_puts(&out->query, pattern + 1);
    return LK_OK;
}

static enum lk_status write_places(struct message *out, const struct shape *shape,
                                   const struct json *in, struct lk_error *err)
{
    struct str text = STR_INIT;
    enum lk_status st = LK_OK;

    for (const struct member *m = shape->members; m && !st; m = m->next) {
        const struct json *value = json_get(in, m->name);

        if (json_kind(value) == JSON_NULL)
            continue;
        str_clear(&text);
        if (m->place == 'm') {
            st = write_metadata(out, m, value, err);
        } else if (m->place == 'q') {
            put_scalar(&text, m->shape, value);
            write_pair(&out->query, m->place_name, slice_str(&text));
        } else if (m->place == 'h') {
            if (m->shape->kind == SHAPE_TIME)
                put_http_date(&text, value);
            else
                put_scalar(&text, m->shape, value);
            st = check_header(m->name, slice_str(&text), err);
            if (!st)
                message_header(out, m->place_name, slice_str(&text));
        }
    }
    str_done(&text);
    return st;
}

static void write_payload(struct message *out, const struct aws_service *s,
                          const struct shape *shape, const struct json *in)
{
    bool in_body = false;

    for (const struct member *m = shape->members; m; m = m->next) {
        const struct json *value = json_get(in, m->name);

        if (m->place == 'p' && m->shape->kind == SHAPE_BYTES)
            out->body_streams = true;
        in_body |= !m->place;
        if (m->place != 'p' || json_kind(value) == JSON_NULL)
            continue;
        if (m->shape->kind == SHAPE_STRUCT)
            write_xml(&out->body, m->wire, m->shape, value,
                      " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"");
        else
            str_puts(&out->body, json_string(value, ""));
    }
    if (in_body && s->protocol == AWS_REST_JSON) {
        message_header(out, "content-type", SLICE("application/json"));
        write_json_body(&out->body, shape, in);
    }
}

static enum lk_status write_rest(struct message *out, const struct aws_service *s,
                                 const struct aws_op *op, const struct shape *shape,
                                 const struct json *in, struct lk_error *err)
{
    size_t n = strcspn(op->http, " ");
    enum lk_status st;

    out->method = arena_strndup(&out->arena, op->http, n);
    st = write_target(out, s, shape, op->http + n + 1, in, err);
    if (!st)
        st = write_places(out, shape, in, err);
    if (!st)
        write_payload(out, s, shape, in);
    return st;
}

/* ---- all four -------------------------------------------------------------- */

static void write_posted(struct message *out, const struct aws_service *s, const struct aws_op *op,
                         const struct shape *shape, const struct json *in)
{
    char *target;

    out->method = "POST";
    str_puts(&out->path, "/");
    if (s->protocol == AWS_JSON) {
        target = arena_printf(&out->arena, "%s.%s", s->target, op->name);
        message_header(out, "content-type", SLICE("application/x-amz-json-1.1"));
        message_header(out, "x-amz-target", slice_of(target));
        write_json_body(&out->body, shape, in);
    } else {
        message_header(out, "content-type",
                       SLICE("application/x-www-form-urlencoded; charset=utf-8"));
        str_printf(&out->body, "Action=%s&Version=%s", op->name, s->version);
        write_query(&out->body, "", shape, in);
    }
}

enum lk_status message_write(struct message *out, const struct aws_service *s,
                             const struct aws_op *op, const struct json *in, struct lk_error *err)
{
    const struct shape *shape;
    enum lk_status st;

    *out = (struct message){.path = STR_INIT, .query = STR_INIT, .body = STR_INIT};
    shape = shape_read(&out->arena, s, op->in);
    st = check(shape, in, op->name, err);
    if (st)
        return st;
    if (op->http)
        return write_rest(out, s, op, shape, in, err);
    write_posted(out, s, op, shape, in);
    return LK_OK;
}

void message_done(struct message *m)
{
    arena_done(&m->arena);
    str_done(&m->path);
    str_done(&m->query);
    str_done(&m->body);
}
