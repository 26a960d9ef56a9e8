/*
 * Calls from inside: a pipeline's step, a tuning job's trial. The same tables,
 * checks and transaction as a call that came over the wire, without the wire.
 */
#include "base/error.h"
#include "cloud/internal.h"

#include <stdio.h>
#include <stdlib.h>

static void open_call(struct call *c, struct call_internal *in, struct cloud *cloud,
                      const struct caller *who, const char *region)
{
    struct str id = STR_INIT;

    c->cloud = cloud;
    c->internal = in;
    c->region = region;
    c->who = *who;
    str_init(&c->answer);
    str_init(&in->body);
    str_init(&in->error_xml);
    random_uuid(&id);
    c->request_id = arena_strdup(&c->memory, id.ptr);
    str_done(&id);
}

static void close_call(struct call *c)
{
    json_free(c->internal->json);
    free(c->internal->params);
    free(c->internal->keys);
    str_done(&c->internal->body);
    str_done(&c->internal->error_xml);
    str_done(&c->answer);
    arena_done(&c->memory);
}

static bool find(struct call *c, const char *service, const char *operation, struct slice body,
                 struct lk_error *err)
{
    c->service = service_named(slice_of(service));
    if (c->service)
        c->operation = operation_named(c->service, slice_of(operation));
    if (!c->operation || c->service->protocol != PROTOCOL_JSON) {
        error_set(err, LK_EUNSUPPORTED, "the practice cloud has no operation %s of %s", operation,
                  service);
        return false;
    }
    if (json_parse(&c->internal->json, body, operation, err))
        return false;
    c->in = c->internal->json;
    return true;
}

static enum lk_status tell(const struct call *c, struct lk_error *err)
{
    error_set(err, LK_ESERVICE, "%s", c->message);
    if (err)
        snprintf(err->code, sizeof err->code, "%s", c->code);
    return LK_ESERVICE;
}

enum lk_status call_inside(struct cloud *cloud, const struct caller *who, const char *region,
                           const char *service, const char *operation, struct slice body,
                           struct str *answer, struct lk_error *err)
{
    struct call c = {0};
    struct call_internal in = {0};
    enum lk_status st = LK_EUNSUPPORTED;

    open_call(&c, &in, cloud, who, region);
    if (find(&c, service, operation, body, err)) {
        json_begin(&c.out, &c.answer, false);
        json_open(&c.out, NULL, '{');
        call_operate(&c);
        json_close(&c.out);
        st = call_failed(&c) ? tell(&c, err) : LK_OK;
        if (!st && answer)
            str_put(answer, slice_str(&c.answer));
    } else if (err && err->status) {
        st = err->status;
    }
    close_call(&c);
    return st;
}
