/*
 * The life of a call, from its header to its answer. Which service it is for
 * stands in the credential's scope; without credentials X-Amz-Target tells, or
 * it is somebody who reads a public object.
 *
 * S3 is asked about its header before the body is taken (it may be huge, or
 * refused); the others get a small body whole, because their signature covers
 * it.
 */
#include "base/error.h"
#include "cloud/console.h"
#include "cloud/internal.h"
#include "cloud/rule.h"
#include "http/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct slice call_header(const struct call *c, const char *name)
{
    return slice_of(http_header(c->http, name));
}

const char *call_header_z(const struct call *c, const char *name)
{
    return http_header(c->http, name);
}

void call_fail(struct call *c, int status, const char *code, const char *fmt, ...)
{
    struct str text = STR_INIT;
    va_list args;

    if (c->status)
        return;
    va_start(args, fmt);
    str_vprintf(&text, fmt, args);
    va_end(args);
    c->status = status;
    c->code = arena_strdup(&c->memory, code);
    c->message = arena_strndup(&c->memory, text.ptr, text.len);
    str_done(&text);
}

/* ---- the header ---------------------------------------------------------------- */

static void keep_header(void *ctx, const char *name, const char *value)
{
    struct call *c = ctx;
    struct call_internal *in = c->internal;

    if (in->header_count == CALL_HEADERS) {
        in->too_many_headers = true;
        return;
    }
    in->headers[in->header_count++] = (struct sigv4_header){
        slice_of(arena_strdup(&c->memory, name)), slice_of(arena_strdup(&c->memory, value))};
}

static void take_target(struct call *c)
{
    struct slice raw = slice_of(arena_strdup(&c->memory, http_raw_target(c->http)));
    size_t n = slice_find(raw, '?');

    c->internal->path = slice_first(raw, n);
    c->internal->query = slice_from(raw, n < raw.len ? n + 1 : n);
}

/* X-Amz-Target is SERVICE.Operation; a service's own name may have dots. */
static struct slice target_service(struct slice target)
{
    size_t n = target.len;

    while (n && target.ptr[n - 1] != '.')
        n--;
    return slice_first(target, n ? n - 1 : target.len);
}

static const struct service *service_of(const struct call *c)
{
    struct slice target = call_header(c, "x-amz-target");

    /* Two services sign as "sagemaker"; the one that invokes has paths in place of targets. */
    if (slice_is(c->internal->claim.service, "sagemaker") && !target.len &&
        slice_starts(c->internal->path, "/endpoints/"))
        return &service_runtime;
    if (c->internal->signed_request)
        return service_named(c->internal->claim.service);
    if (target.len)
        return service_of_target(target_service(target));
    if (slice_is(call_header(c, "content-type"), "application/x-www-form-urlencoded"))
        return &service_sts;
    return &service_s3;
}

static struct call *call_new(struct cloud *cloud, struct http_request *r)
{
    struct call *c = mem_calloc(1, sizeof *c);
    struct str id = STR_INIT;

    c->cloud = cloud;
    c->http = r;
    c->internal = mem_calloc(1, sizeof *c->internal);
    str_init(&c->answer);
    str_init(&c->internal->body);
    str_init(&c->internal->error_xml);
    c->who = (struct caller){.account = cloud->account, .arn = "", .id = "", .name = ""};
    random_uuid(&id);
    c->request_id = arena_strdup(&c->memory, id.ptr);
    str_done(&id);
    take_target(c);
    http_each_header(r, keep_header, c);
    return c;
}

static void call_free(void *state)
{
    struct call *c = state;
    struct call_internal *in = c->internal;

    s3d_end(c);
    json_free(in->json);
    free(in->params);
    free(in->keys);
    str_done(&in->body);
    str_done(&in->error_xml);
    str_done(&c->answer);
    free(in);
    arena_done(&c->memory);
    free(c);
}

static void *begin(void *ctx, struct http_request *r)
{
    struct call *c = call_new(ctx, r);
    struct slice region;

    c->internal->admin = slice_starts(c->internal->path, ADMIN_PATH);
    c->internal->console = !c->internal->admin && console_wants(c);
    if (!c->internal->admin && !c->internal->console) {
        auth_parse(c);
        c->service = service_of(c);
        region = c->internal->claim.region;
        c->region = region.len ? arena_strndup(&c->memory, region.ptr, region.len) : "us-east-1";
        if (!c->service)
            call_fail(c, 404, "UnknownOperationException",
                      "The practice cloud has no service '%.*s'.",
                      (int)c->internal->claim.service.len, c->internal->claim.service.ptr);
        else if (c->internal->too_many_headers)
            call_fail(c, 400, "RequestHeaderSectionTooLarge", "Too many headers.");
        else if (!call_failed(c) && c->service == &service_s3)
            s3d_begin(c);
    }
    c->internal->body_max =
        c->service && c->service->max_body ? c->service->max_body : (size_t)BODY_MAX;
    if (!call_failed(c))
        return c;
    reply_error(c);
    call_free(c);
    return NULL;
}

/* ---- the body -------------------------------------------------------------------- */

static bool body(void *state, struct http_request *r, const void *ptr, size_t len)
{
    struct call *c = state;
    struct call_internal *in = c->internal;

    if (in->s3) {
        if (s3d_body(c, (struct slice){ptr, len}))
            return true;
    } else if (in->body.len + len <= in->body_max) {
        str_add(&in->body, ptr, len);
        return true;
    } else {
        call_fail(c, 413, "RequestEntityTooLargeException", "The request is larger than %zu bytes.",
                  in->body_max);
    }
    reply_error(c);
    return false;
}

static void take_json(struct call *c)
{
    struct lk_error err;

    if (!slice_trim(c->body).len)
        c->body = SLICE("{}");
    if (json_parse(&c->internal->json, c->body, "body", &err) ||
        json_kind(c->internal->json) != JSON_OBJECT)
        call_fail(c, 400, "SerializationException", "The body is not a JSON object.");
    c->in = c->internal->json;
}

/* A form is a query: '+' is a space in it. */
static void take_form(struct call *c)
{
    struct str text = STR_INIT;
    struct target form;

    str_puts(&text, "/?");
    for (size_t i = 0; i < c->body.len; i++)
        if (c->body.ptr[i] == '+')
            str_puts(&text, "%20");
        else
            str_putc(&text, c->body.ptr[i]);
    if (memchr(text.ptr, '\0', text.len) || !target_parse(&form, &c->memory, text.ptr))
        call_fail(c, 400, "MalformedInput", "The body is not a form.");
    else
        for (size_t i = 0; i < form.pairs; i++)
            call_set(c, form.names[i], form.values[i]);
    str_done(&text);
}

static struct slice operation_name(struct call *c)
{
    struct slice target = call_header(c, "x-amz-target");

    if (c->service->protocol == PROTOCOL_QUERY)
        return slice_of(call_param(c, "Action"));
    return slice_from(target, target_service(target).len + 1);
}

static void find_operation(struct call *c)
{
    struct slice name;

    if (c->service->route) {
        c->operation = c->service->route(c);
        if (!c->operation)
            call_fail(c, 404, "UnknownOperationException", "There is no such path.");
        return;
    }
    name = operation_name(c);
    c->operation = operation_named(c->service, name);
    if (c->operation)
        return;
    if (c->service->protocol == PROTOCOL_QUERY)
        call_fail(c, 400, "InvalidAction", "Could not find operation %.*s for version %s",
                  (int)name.len, name.ptr, c->service->version);
    else
        call_fail(c, 400, "UnknownOperationException", "The practice cloud has no operation %.*s.",
                  (int)name.len, name.ptr);
}

/* ---- the operation ----------------------------------------------------------------- */

/* "{region}", "{account}" and "{Member}" in a resource's template. */
static const char *fill_resource(struct call *c, const char *template)
{
    struct str out = STR_INIT;
    const char *kept;

    for (const char *p = template; *p;) {
        size_t n = strcspn(p, "{");
        char name[64];
        const char *value;

        str_add(&out, p, n);
        p += n;
        if (!*p)
            break;
        n = strcspn(p, "}") - 1;
        snprintf(name, sizeof name, "%.*s", (int)n, p + 1);
        p += n + 2;
        value = !strcmp(name, "region")    ? c->region
                : !strcmp(name, "account") ? c->cloud->account
                                           : call_param(c, name);
        str_puts(&out, value ? value : "*");
    }
    kept = arena_strdup(&c->memory, out.ptr);
    str_done(&out);
    return kept;
}

static void ask_access(struct call *c)
{
    const struct operation *op = c->operation;

    if (op->action && !*op->action)
        return;
    c->action =
        op->action ? op->action : arena_printf(&c->memory, "%s:%s", c->service->prefix, op->name);
    c->resource = op->resource ? fill_resource(c, op->resource) : "*";
    if (op->find_resource)
        op->find_resource(c);
    if (!call_failed(c) && c->in)
        call_add_content_keys(c);
    if (!call_failed(c))
        call_ask(c, c->action, c->resource, NULL);
}

void call_operate(struct call *c)
{
    bool locked = !c->operation->unlocked;

    if (!rule_check(c))
        return;
    cloud_lock(c->cloud);
    if (locked && !cloud_begin(c->cloud))
        call_fail(c, 500, "InternalFailure", "The practice cloud's database failed.");
    if (!call_failed(c))
        ask_access(c);
    if (!locked)
        cloud_unlock(c->cloud);
    if (!call_failed(c))
        c->operation->run(c);
    if (!locked)
        return;
    if (call_failed(c))
        cloud_rollback(c->cloud);
    else if (!cloud_commit(c->cloud))
        call_fail(c, 500, "InternalFailure", "The practice cloud's database failed.");
    cloud_unlock(c->cloud);
}

/* Auth covers the body, so it comes first; then what the body says. */
static void run_service(struct call *c)
{
    char *hash = arena_alloc(&c->memory, SIGV4_HEX);

    c->body = slice_str(&c->internal->body);
    sigv4_sha256(hash, c->body);
    c->internal->payload = slice_of(hash);
    auth_check(c);
    if (!call_failed(c) && !fault_strikes(c)) {
        if (c->service->protocol == PROTOCOL_QUERY)
            take_form(c);
        else if (c->service->protocol == PROTOCOL_JSON)
            take_json(c);
    }
    if (!call_failed(c))
        find_operation(c);
    if (call_failed(c))
        return;
    json_begin(&c->out, &c->answer, false);
    if (c->service->protocol != PROTOCOL_QUERY)
        json_open(&c->out, NULL, '{');
    call_operate(c);
    if (c->service->protocol != PROTOCOL_QUERY)
        json_close(&c->out);
}

static void finish(void *ctx, struct http_request *r)
{
    struct call *c = http_state(r);

    if (!c) /* refused, and answered, at the header */
        return;
    if (c->internal->admin) {
        c->body = slice_str(&c->internal->body);
        admin_answer(c);
        return;
    }
    if (c->internal->console) {
        c->body = slice_str(&c->internal->body);
        console_answer(c);
        return;
    }
    if (c->internal->s3)
        s3d_finish(c);
    else
        run_service(c);
    if (!c->internal->replied)
        reply_call(c);
}

struct http_handler call_handler(struct cloud *cloud)
{
    return (struct http_handler){.on_request = finish,
                                 .ctx = cloud,
                                 .on_begin = begin,
                                 .on_body = body,
                                 .on_end = call_free};
}
