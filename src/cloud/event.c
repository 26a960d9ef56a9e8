/*
 * The last calls and happenings, in a ring that is read from a number on. Open
 * consoles are told at once of whatever may have changed something.
 */
#include "base/clock.h"
#include "cloud/console.h"
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

/* Where to look again; what is there, the services say. */
static void tell(struct cloud *cloud, const char *service, const char *operation, const char *code)
{
    struct str json = STR_INIT;
    struct json_out w;

    if (!cloud->console)
        return;
    json_begin(&w, &json, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "service", service);
    json_put_z(&w, "operation", operation);
    json_put_z(&w, "code", code);
    json_close(&w);
    console_tell(cloud->console, slice_str(&json));
    str_done(&json);
}

void event_changed(struct cloud *cloud, const char *service)
{
    tell(cloud, service, NULL, NULL);
}

/* Operations that only look are named so in every service. */
static bool only_looks(const char *operation)
{
    static const char *const words[] = {"Get",    "List",     "Describe", "Head",
                                        "Lookup", "Simulate", "Filter",   "Search"};

    for (size_t i = 0; operation && i < sizeof words / sizeof *words; i++)
        if (!strncmp(operation, words[i], strlen(words[i])))
            return true;
    return !operation;
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
    tell(cloud, kind, NULL, NULL);
    add(cloud, str_take(&json, NULL));
}

static const char *operation_of(const struct call *c)
{
    return c->operation ? c->operation->name : c->internal->s3 ? s3d_operation_name(c) : NULL;
}

static void print_call(struct str *json, const struct call *c, int status)
{
    struct json_out w;

    json_begin(&w, json, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "kind", "call");
    json_put_z(&w, "service", c->service ? c->service->name : NULL);
    json_put_z(&w, "operation", operation_of(c));
    json_put_z(&w, "reads", only_looks(operation_of(c)) ? "true" : "false");
    json_put_z(&w, "region", c->region);
    json_put_z(&w, "method", http_method(c->http));
    json_put_string(&w, "path", slice_of(http_path(c->http)));
    json_put_z(&w, "who", c->who.arn);
    json_put_z(&w, "key", c->who.access_key);
    json_put_z(&w, "action", c->action);
    json_put_z(&w, "resource", c->resource);
    json_put_int(&w, "status", status);
    json_put_z(&w, "code", c->code);
    json_put_z(&w, "message", c->message);
    json_put_z(&w, "why", c->why);
    json_put_z(&w, "request", c->request_id);
    json_close(&w);
}

void event_call(struct call *c, int status)
{
    struct str json = STR_INIT;
    bool refused = c->code && (status == 400 || status == 403);

    print_call(&json, c, status);
    add(c->cloud, str_take(&json, NULL));
    if (c->service && (refused || (!c->code && !only_looks(operation_of(c)))))
        tell(c->cloud, c->service->name, operation_of(c), c->code);
}

bool event_before(struct cloud *cloud, struct arena *memory, struct cloud_seen *out, int64_t id)
{
    const struct event *e;
    bool there;

    pthread_mutex_lock(&cloud->event_lock);
    id = id < cloud->event_next ? id : cloud->event_next;
    there = id > 0 && id + EVENTS > cloud->event_next;
    if (there) {
        e = &cloud->events[(id - 1) % EVENTS];
        *out = (struct cloud_seen){id - 1, e->at_ms, arena_strdup(memory, e->json)};
    }
    pthread_mutex_unlock(&cloud->event_lock);
    return there;
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
