/* Answers, in each protocol's own form. */
#include "cloud/internal.h"
#include "cloud/markup.h"

#include <string.h>

static void put_ids(struct call *c)
{
    bool s3 = c->service == &service_s3;

    http_add_header(c->http, s3 ? "x-amz-request-id" : "x-amzn-RequestId", c->request_id);
    if (s3)
        http_add_header(c->http, "x-amz-id-2", c->request_id);
    http_add_header(c->http, "Server", "labkit-cloud");
}

static void error_json(struct call *c)
{
    struct str text = STR_INIT;
    struct json_out w;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "__type", c->code);
    json_put_z(&w, "message", c->message);
    json_close(&w);
    http_add_header(c->http, "x-amzn-ErrorType", c->code);
    http_reply(c->http, c->status, "application/x-amz-json-1.1", slice_str(&text));
    str_done(&text);
}

static void error_query(struct call *c)
{
    struct str text = STR_INIT;

    str_printf(&text, "<ErrorResponse xmlns=\"%s\"><Error>", c->service ? c->service->target : "");
    xml_put(&text, "Type", c->status < 500 ? "Sender" : "Receiver");
    xml_put(&text, "Code", c->code);
    xml_put(&text, "Message", c->message);
    xml_close(&text, "Error");
    xml_put(&text, "RequestId", c->request_id);
    xml_close(&text, "ErrorResponse");
    http_reply(c->http, c->status, "text/xml", slice_str(&text));
    str_done(&text);
}

/* HEAD has no body: the status must do. */
static void error_s3(struct call *c)
{
    struct str text = STR_INIT;

    if (strcmp(http_method(c->http), "HEAD") && c->status != 304) {
        str_puts(&text, XML_HEAD "<Error>");
        xml_put(&text, "Code", c->code);
        xml_put(&text, "Message", c->message);
        str_put(&text, slice_str(&c->internal->error_xml));
        xml_put(&text, "RequestId", c->request_id);
        xml_put(&text, "HostId", c->request_id);
        xml_close(&text, "Error");
    }
    http_reply(c->http, c->status, "application/xml", slice_str(&text));
    str_done(&text);
}

/* A service that is not here is answered as it is spoken to. */
static enum protocol protocol_of(const struct call *c)
{
    if (c->service)
        return c->service->protocol;
    if (call_header(c, "x-amz-target").len)
        return PROTOCOL_JSON;
    return slice_starts(call_header(c, "content-type"), "application/x-www-form-urlencoded")
               ? PROTOCOL_QUERY
               : PROTOCOL_S3;
}

void reply_error(struct call *c)
{
    c->internal->replied = true;
    put_ids(c);
    history_call(c, c->status);
    switch (protocol_of(c)) {
    case PROTOCOL_S3:
        error_s3(c);
        break;
    case PROTOCOL_QUERY:
        error_query(c);
        break;
    default:
        error_json(c);
    }
}

static void answer_query(struct call *c)
{
    struct str text = STR_INIT;
    const char *name = c->operation->name;

    str_printf(&text, "<%sResponse xmlns=\"%s\">", name, c->service->target);
    if (c->answer.len || c->operation->result) {
        str_printf(&text, "<%sResult>", name);
        str_put(&text, slice_str(&c->answer));
        str_printf(&text, "</%sResult>", name);
    }
    xml_open(&text, "ResponseMetadata");
    xml_put(&text, "RequestId", c->request_id);
    xml_close(&text, "ResponseMetadata");
    str_printf(&text, "</%sResponse>", name);
    http_reply(c->http, 200, "text/xml", slice_str(&text));
    str_done(&text);
}

void reply_call(struct call *c)
{
    if (call_failed(c)) {
        reply_error(c);
        return;
    }
    c->internal->replied = true;
    put_ids(c);
    history_call(c, 200);
    if (c->service->protocol == PROTOCOL_QUERY)
        answer_query(c);
    else
        http_reply(c->http, 200,
                   c->service->protocol == PROTOCOL_JSON ? "application/x-amz-json-1.1"
                                                         : "application/json",
                   slice_str(&c->answer));
}

/*
 * A stored page must not run as one of ours: what is opened in a browser has an
 * origin of its own, and no scripts.
 */
static void add_sandbox(struct call *c)
{
    if (call_header(c, "sec-fetch-dest").len)
        http_add_header(c->http, "Content-Security-Policy", "sandbox; default-src 'none'");
    http_add_header(c->http, "X-Content-Type-Options", "nosniff");
}

void reply_s3(struct call *c, int status, const char *type, struct slice body)
{
    c->internal->replied = true;
    put_ids(c);
    add_sandbox(c);
    history_call(c, status);
    http_reply(c->http, status, type, body);
}

void reply_s3_fd(struct call *c, int status, const char *type, int fd, int64_t from, int64_t len)
{
    c->internal->replied = true;
    put_ids(c);
    add_sandbox(c);
    history_call(c, status);
    http_reply_fd(c->http, status, type, fd, from, len);
}

void call_reply_raw(struct call *c, int status, const char *type, struct slice body)
{
    reply_s3(c, status, type, body);
}
