/*
 * From an answer to JSON. XML is walked along the operation's shape, since
 * only the shape knows whether one element is a list of one, and "12" a
 * number. Members that the shape does not know are left out; what is absent
 * stays absent, but a list that the shape has is there, if only empty, so
 * that loops need no test.
 */
#include "aws/message.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/number.h"
#include "base/xml.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- values ---------------------------------------------------------------- */

static void put_value(struct json_out *w, const char *key, const struct shape *s, struct slice text)
{
    double number;
    int64_t ms;

    switch (s->kind) {
    case SHAPE_INTEGER:
    case SHAPE_NUMBER:
        if (number_parse_double(slice_trim(text), &number))
            json_put_number(w, key, number);
        else
            json_put_string(w, key, text);
        break;
    case SHAPE_BOOL:
        json_put_bool(w, key, text.len == 4 && !strncasecmp(text.ptr, "true", 4));
        break;
    case SHAPE_TIME:
        ms = net_date(text);
        if (!clock_parse_iso(text, &ms) && ms >= 0) {
            struct str iso = STR_INIT;

            clock_put_iso(&iso, ms, false);
            json_put_string(w, key, slice_str(&iso));
            str_done(&iso);
        } else {
            json_put_string(w, key, text);
        }
        break;
    default:
        json_put_string(w, key, text);
    }
}

/* ---- XML ------------------------------------------------------------------- */

static void put_xml(struct json_out *w, const char *key, const struct shape *s,
                    const struct xml *x);

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* IAM sends policy documents percent-encoded, within XML that could hold them as they are. */
static void put_document(struct json_out *w, const char *key, struct slice text)
{
    struct str out = STR_INIT;

    for (size_t i = 0; i < text.len; i++) {
        const char *p = text.ptr + i; /* terminated, so looking ahead is safe */

        if (*p == '%' && hex_value(p[1]) >= 0 && hex_value(p[2]) >= 0) {
            str_putc(&out, (char)(hex_value(p[1]) << 4 | hex_value(p[2])));
            i += 2;
        } else {
            str_putc(&out, *p);
        }
    }
    json_put_string(w, key, slice_str(&out));
    str_done(&out);
}

static void put_members(struct json_out *w, const struct shape *s, const struct xml *x)
{
    for (const struct member *m = s->members; m; m = m->next) {
        const struct xml *child = xml_get(x, m->wire);

        if (m->place)
            continue;
        if (m->shape->kind == SHAPE_LIST && m->shape->flat) {
            json_open(w, m->name, '[');
            for (; child; child = child->next)
                if (!strcmp(child->name, m->wire))
                    put_xml(w, NULL, m->shape->element, child);
            json_close(w);
        } else if (child && slice_ends(slice_of(m->name), "Document")) {
            put_document(w, m->name, child->text);
        } else if (child) {
            put_xml(w, m->name, m->shape, child);
        } else if (m->shape->kind == SHAPE_LIST) {
            json_open(w, m->name, '[');
            json_close(w);
        }
    }
}

static void put_xml(struct json_out *w, const char *key, const struct shape *s, const struct xml *x)
{
    switch (s->kind) {
    case SHAPE_STRUCT:
        json_open(w, key, '{');
        put_members(w, s, x);
        json_close(w);
        break;
    case SHAPE_LIST:
        json_open(w, key, '[');
        for (const struct xml *c = x->first; c; c = c->next)
            put_xml(w, NULL, s->element, c);
        json_close(w);
        break;
    case SHAPE_MAP:
        json_open(w, key, '{');
        for (const struct xml *c = x->first; c; c = c->next)
            if (xml_get(c, "key") && xml_get(c, "value"))
                put_xml(w, xml_text(c, "key"), s->element, xml_get(c, "value"));
        json_close(w);
        break;
    default:
        put_value(w, key, s, x->text);
    }
}

/* Members that come in headers and the status. */
static void put_places(struct json_out *w, const struct shape *s, const struct net_answer *a)
{
    struct arena arena = {0};

    for (const struct member *m = s->members; m; m = m->next) {
        struct slice value = m->place_name ? net_header(a, m->place_name) : SLICE("");
        size_t n = m->place_name ? strlen(m->place_name) : 0;

        if (m->place == 'h' && value.len)
            put_value(w, m->name, m->shape, value);
        else if (m->place == 'c')
            json_put_int(w, m->name, a->status);
        if (m->place != 'm')
            continue;
        json_open(w, m->name, '{');
        for (size_t i = 0; i < a->header_count; i++)
            if (a->headers[i].name.len > n &&
                !strncasecmp(a->headers[i].name.ptr, m->place_name, n))
                json_put_string(w, arena_strdup(&arena, a->headers[i].name.ptr + n),
                                a->headers[i].value);
        json_close(w);
    }
    arena_done(&arena);
}

/* The member that is the whole body, or NULL. */
static const struct member *payload(const struct shape *s)
{
    for (const struct member *m = s->members; m; m = m->next)
        if (m->place == 'p')
            return m;
    return NULL;
}

static enum lk_status read_rest(struct str *out, const struct shape *s, const struct net_answer *a,
                                const struct xml *root, const struct json *tree)
{
    const struct member *body = payload(s);
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    put_places(&w, s, a);
    if (body && body->shape->kind == SHAPE_STRUCT && root)
        put_xml(&w, body->name, body->shape, root);
    else if (body && body->shape->kind != SHAPE_STRUCT && a->body.len)
        json_put_string(&w, body->name, slice_str(&a->body));
    else if (!body && root && !root->first && root->text.len && s->members)
        json_put_string(&w, s->members->name, root->text); /* GetBucketLocation's bare text */
    else if (!body && root)
        put_members(&w, s, root);
    for (const struct json *c = json_first(tree); c; c = json_next(c))
        json_put_tree(&w, json_key(c), c);
    json_close(&w);
    return LK_OK;
}

/* Is there XML to be read? Bytes and JSON policies are payloads of their own. */
static bool expects_xml(const struct aws_service *service, const struct shape *s,
                        const struct net_answer *a)
{
    const struct member *body = payload(s);

    return service->protocol == AWS_REST_XML && a->body.len &&
           (!body || body->shape->kind == SHAPE_STRUCT);
}

static enum lk_status read_query(struct str *out, const struct shape *s, const char *op,
                                 struct arena *arena, struct slice body, struct lk_error *err)
{
    struct xml *root = NULL;
    const struct xml *result;
    struct json_out w;
    char name[96];
    enum lk_status st = xml_parse(&root, arena, body, "the answer", err);

    if (st)
        return st;
    snprintf(name, sizeof name, "%sResult", op);
    result = xml_get(root, name);
    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    put_members(&w, s, result);
    json_close(&w);
    return LK_OK;
}

enum lk_status message_read(struct str *out, const struct aws_service *s, const struct aws_op *op,
                            const struct net_answer *a, struct lk_error *err)
{
    struct arena arena = {0};
    struct json *tree = NULL;
    struct xml *root = NULL;
    const struct shape *shape;
    enum lk_status st = LK_OK;

    if (!op->out) {
        str_put(out, a->body.len ? slice_str(&a->body) : SLICE("{}"));
        return LK_OK;
    }
    shape = shape_read(&arena, s, op->out);
    if (s->protocol == AWS_QUERY) {
        st = read_query(out, shape, op->name, &arena, slice_str(&a->body), err);
        goto out;
    }
    if (expects_xml(s, shape, a))
        st = xml_parse(&root, &arena, slice_str(&a->body), "the answer", err);
    /* Some operations answer 200 first and fail while they work. */
    if (!st && root && !strcmp(root->name, "Error")) {
        st = error_set(err, LK_ESERVICE, "%s: %s: %s", op->name, xml_text(root, "Code"),
                       xml_text(root, "Message"));
        if (err)
            snprintf(err->code, sizeof err->code, "%.60s", xml_text(root, "Code"));
    }
    if (!st && s->protocol == AWS_REST_JSON && !payload(shape) && a->body.len)
        st = json_parse(&tree, slice_str(&a->body), "the answer", err);
    if (!st)
        st = read_rest(out, shape, a, root, tree);
out:
    json_free(tree);
    arena_done(&arena);
    return st;
}

/* ---- errors ---------------------------------------------------------------- */

/* "com.amazon#Code:http://..." is Code. */
static const char *bare_code(struct arena *arena, struct slice code)
{
    size_t hash = slice_find(code, '#');

    if (hash < code.len)
        code = slice_from(code, hash + 1);
    code = slice_first(code, slice_find(code, ':'));
    return arena_strndup(arena, code.ptr, code.len);
}

static void fault_json(struct fault *f, struct arena *arena, const struct net_answer *a)
{
    struct slice header = net_header(a, "x-amzn-errortype");
    struct json *j = NULL;
    const char *code, *message;

    if (header.len)
        f->code = bare_code(arena, header);
    if (json_parse(&j, slice_str(&a->body), "the answer", NULL))
        return;
    code = json_string(json_get(j, "__type"), json_string(json_get(j, "code"), ""));
    message = json_string(json_get(j, "message"), json_string(json_get(j, "Message"), ""));
    if (!*f->code && *code)
        f->code = bare_code(arena, slice_of(code));
    f->message = arena_strdup(arena, message);
    json_free(j);
}

static void fault_xml(struct fault *f, struct arena *arena, const struct net_answer *a)
{
    struct xml *root = NULL;
    const struct xml *error;
    const char *id;

    if (xml_parse(&root, arena, slice_str(&a->body), "the answer", NULL))
        return;
    error = strcmp(root->name, "Error") ? xml_get(root, "Error") : root;
    f->code = xml_text(error, "Code");
    f->message = xml_text(error, "Message");
    f->region = xml_text(error, "Region");
    id = xml_text(root, "RequestId");
    f->request_id = *id ? id : xml_text(error, "RequestId");
}

/* What a bare status means where there is no body, as after HEAD. */
static const char *code_of_status(int status)
{
    switch (status) {
    case 301:
    case 307:
        return "PermanentRedirect";
    case 400:
        return "BadRequest";
    case 403:
        return "AccessDenied";
    case 404:
        return "NotFound";
    case 412:
        return "PreconditionFailed";
    case 416:
        return "InvalidRange";
    case 429:
        return "TooManyRequestsException";
    case 500:
        return "InternalError";
    case 503:
        return "ServiceUnavailable";
    default:
        return "";
    }
}

void message_fault(struct fault *out, struct arena *arena, const struct aws_service *s,
                   const struct net_answer *a)
{
    static const char *const id_headers[] = {"x-amzn-requestid", "x-amz-request-id"};
    struct slice region = net_header(a, "x-amz-bucket-region");
    struct slice body = slice_trim(slice_str(&a->body));

    *out = (struct fault){"", "", "", ""};
    if (slice_starts(body, "<"))
        fault_xml(out, arena, a);
    else
        fault_json(out, arena, a);
    if (region.len && !*out->region)
        out->region = arena_strndup(arena, region.ptr, region.len);
    for (int i = 0; i < 2 && !*out->request_id; i++) {
        struct slice id = net_header(a, id_headers[i]);

        out->request_id = arena_strndup(arena, id.ptr, id.len);
    }
    if (!*out->code)
        out->code = code_of_status(a->status);
    if (!*out->code)
        out->code = arena_printf(arena, "HTTP%d", a->status);
}
