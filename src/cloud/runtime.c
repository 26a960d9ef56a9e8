/*
 * SageMaker Runtime: InvokeEndpoint. The request goes to one of the endpoint's
 * containers and the answer comes back as it is; an answer that is no success
 * becomes a ModelError with the model's own words.
 *
 * Variants share the requests by their weights. Whose turn it is: each place
 * gains its weight with every request, the one that has most is taken and pays
 * the sum of all; so shares are exact over any stretch of requests.
 */
#include "base/clock.h"
#include "cloud/endpoint.h"
#include "cloud/internal.h"
#include "http/ask.h"
#include "http/target.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ANSWER_MS = 60 * 1000, ANSWER_MAX = 6 << 20, AGAIN_FOR_MS = 2000, AGAIN_MS = 20 };

/* ---- the path: /endpoints/NAME/invocations ------------------------------------------------ */

static operation_fn invoke;

static const struct operation operations[] = {
    {"InvokeEndpoint", invoke,
     .resource = "arn:aws:sagemaker:{region}:{account}:endpoint/{EndpointName}", .unlocked = true},
    {.name = NULL},
};

static const struct operation *route(struct call *c)
{
    struct slice rest = c->internal->path, name;

    if (!slice_starts(rest, "/endpoints/") || strcmp(http_method(c->http), "POST"))
        return NULL;
    rest = slice_from(rest, strlen("/endpoints/"));
    name = slice_first(rest, slice_find(rest, '/'));
    if (!name.len || !slice_is(slice_from(rest, name.len), "/invocations"))
        return NULL;
    call_set(c, "EndpointName", arena_strndup(&c->memory, name.ptr, name.len));
    return &operations[0];
}

/* ---- whose turn ----------------------------------------------------------------------------- */

static struct endpoint_place *choose(struct endpoint_live *e, const char *variant)
{
    struct endpoint_place *best = NULL;
    double sum = 0;

    for (size_t i = 0; i < e->n; i++) {
        struct endpoint_place *p = &e->place[i];
        double weight = variant ? 1 : p->weight;

        if (variant ? strcmp(p->variant, variant) != 0 : !(p->weight > 0))
            continue;
        p->turn += weight;
        sum += weight;
        if (!best || p->turn > best->turn)
            best = p;
    }
    if (best)
        best->turn -= sum;
    return best;
}

/* The container to ask, copied; false with the call failed. */
static bool find_place(struct call *c, struct endpoint_place *out)
{
    const char *name = call_param(c, "EndpointName");
    const char *variant = call_header_z(c, "x-amzn-sagemaker-target-variant");
    struct endpoint_live *e;
    struct endpoint_place *p = NULL;
    struct thing t;

    cloud_lock(c->cloud);
    e = endpoint_live_find(c->cloud, c->region, name);
    if (!thing_get(&t, c->cloud, &c->memory, c->region, ENDPOINT_KIND, name))
        call_fail(c, 400, "ValidationError", "Endpoint %s of account %s not found.", name,
                  c->cloud->account);
    else if (!e && !strcmp(t.status, "InService"))
        call_fail(c, 503, "ServiceUnavailable", "The endpoint is coming back. Please try again.");
    else if (!e || !strcmp(t.status, "Deleting"))
        call_fail(c, 400, "ValidationError",
                  "Endpoint %s of account %s is not in service: it is %s.", name, c->cloud->account,
                  t.status);
    else if (!(p = choose(e, variant)))
        call_fail(c, 400, "ValidationError", "Variant %s not found for endpoint %s of account %s.",
                  variant ? variant : "with a weight", name, c->cloud->account);
    if (p)
        *out = *p;
    cloud_unlock(c->cloud);
    return p != NULL;
}

/* ---- asking ------------------------------------------------------------------------------------
 */

static void model_error(struct call *c, int status, const char *said)
{
    const char *name = call_param(c, "EndpointName");
    struct str text = STR_INIT;
    struct json_out w;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "ErrorCode", status ? "CLIENT_ERROR_FROM_MODEL" : "MODEL_TIMEOUT");
    json_put_z(&w, "LogStreamArn",
               call_arn(c, "logs", "log-group:/aws/sagemaker/Endpoints/%s", name));
    json_put_z(&w, "Message",
               arena_printf(&c->memory,
                            "Received %s error (%d) from primary with message \"%.1000s\". See "
                            "https://%s.console.aws.amazon.com/cloudwatch/home?region=%s"
                            "#logEventViewer:group=/aws/sagemaker/Endpoints/%s in account %s for "
                            "more information.",
                            status >= 400 && status < 500 ? "client" : "server", status, said,
                            c->region, c->region, name, c->cloud->account));
    json_put_z(&w, "OriginalMessage", said);
    json_put_int(&w, "OriginalStatusCode", status);
    json_close(&w);
    http_add_header(c->http, "x-amzn-ErrorType", "ModelError");
    call_reply_raw(c, 424, "application/json", slice_str(&text));
    str_done(&text);
}

/* What of the request the container sees. */
static void pass_headers(struct call *c, const char **out)
{
    static const char *const passed[] = {"Content-Type", "Accept",
                                         "X-Amzn-SageMaker-Custom-Attributes",
                                         "X-Amzn-SageMaker-Inference-Id"};
    size_t n = 0;

    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
        const char *value = call_header_z(c, passed[i]);

        if (value) {
            out[n++] = passed[i];
            out[n++] = value;
        }
    }
    out[n] = NULL;
}

/*
 * Ask a container whose turn it is. One that is gone by then (an update has
 * just exchanged it, or it died and is being started again) has taken nothing:
 * another is asked, for a little while.
 */
static enum lk_status ask(struct call *c, struct endpoint_place *place, struct http_question *q,
                          struct http_answer *a, struct lk_error *err)
{
    int64_t end = clock_steady_ns() + AGAIN_FOR_MS * (int64_t)1000000;
    struct timespec pause = {0, AGAIN_MS * 1000000};
    enum lk_status st;

    for (;;) {
        if (!find_place(c, place)) {
            *a = (struct http_answer){0};
            return LK_ESERVICE;
        }
        q->port = place->port;
        st = http_ask(a, q, err);
        if (st != LK_ENETWORK || clock_steady_ns() > end)
            return st;
        http_answer_done(a);
        nanosleep(&pause, NULL);
    }
}

static void invoke(struct call *c)
{
    const char *headers[12];
    struct endpoint_place place;
    struct http_question q = {.method = "POST",
                              .path = "/invocations",
                              .headers = headers,
                              .body = c->body,
                              .timeout_ms = ANSWER_MS,
                              .max_answer = ANSWER_MAX};
    struct http_answer a;
    struct lk_error err = {0};
    enum lk_status st;

    pass_headers(c, headers);
    st = ask(c, &place, &q, &a, &err);
    if (call_failed(c))
        return;
    if (st) {
        model_error(c, 0,
                    "Your invocation timed out while waiting for a response from container "
                    "primary. Review the latency metrics for each container in Amazon CloudWatch, "
                    "resolve the issue, and try again.");
    } else if (a.status < 200 || a.status > 299) {
        model_error(c, a.status,
                    arena_strndup(&c->memory, a.body.ptr, strnlen(a.body.ptr, a.body.len)));
    } else {
        http_add_header(c->http, "x-Amzn-Invoked-Production-Variant", place.variant);
        call_reply_raw(c, 200, a.type.len ? a.type.ptr : "application/octet-stream",
                       slice_str(&a.body));
    }
    http_answer_done(&a);
}

const struct service service_runtime = {
    .name = "sagemaker", /* as it signs; service_named finds the other */
    .prefix = "sagemaker",
    .protocol = PROTOCOL_REST_JSON,
    .target = "",
    .operations = operations,
    .route = route,
    .max_body = 6 << 20,
};
