/* The last calls and happenings, in a ring that the console reads from a number on. */
#include "base/clock.h"
#include "cloud/internal.h"

#include <stdlib.h>
#include <string.h>

static void add(struct cloud *cloud, char *json)
{
    struct event *e;

    pthread_mutex_lock(&cloud->event_lock);
    e = &cloud->events[cloud->event_next % EVENTS];
    free(e->json);
    *e = (struct event){cloud->event_next++, clock_unix_ms(), json};
    pthread_mutex_unlock(&cloud->event_lock);
}

void cloud_event(struct cloud *cloud, const char *kind, const char *text)
{
    struct str json = STR_INIT;
    struct json_out w;

    json_begin(&w, &json, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "kind", kind);
    json_put_string(&w, "text", slice_of(text));
    json_close(&w);
    add(cloud, str_take(&json, NULL));
}

void event_call(struct call *c, int status)
{
    struct str json = STR_INIT;
    struct json_out w;

    json_begin(&w, &json, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "kind", "call");
    json_put_z(&w, "service", c->service ? c->service->name : NULL);
    json_put_z(&w, "operation", c->operation ? c->operation->name : NULL);
    json_put_z(&w, "method", http_method(c->http));
    json_put_string(&w, "path", slice_of(http_path(c->http)));
    json_put_z(&w, "who", c->who.arn);
    json_put_z(&w, "action", c->action);
    json_put_z(&w, "resource", c->resource);
    json_put_int(&w, "status", status);
    json_put_z(&w, "code", c->code);
    json_put_z(&w, "why", c->why);
    json_close(&w);
    add(c->cloud, str_take(&json, NULL));
}

void events_print(struct cloud *cloud, struct str *out, int64_t after)
{
    struct json_out w;
    int64_t from;

    pthread_mutex_lock(&cloud->event_lock);
    from = cloud->event_next > EVENTS ? cloud->event_next - EVENTS : 0;
    if (after + 1 > from)
        from = after + 1;
    json_begin(&w, out, false);
    json_open(&w, NULL, '[');
    for (int64_t i = from; i < cloud->event_next; i++) {
        const struct event *e = &cloud->events[i % EVENTS];

        json_open(&w, NULL, '{');
        json_put_int(&w, "id", e->id);
        json_put_int(&w, "at", e->at_ms);
        json_put_raw(&w, "event", slice_of(e->json));
        json_close(&w);
    }
    json_close(&w);
    pthread_mutex_unlock(&cloud->event_lock);
}

void events_free(struct cloud *cloud)
{
    for (size_t i = 0; i < EVENTS; i++)
        free(cloud->events[i].json);
}
