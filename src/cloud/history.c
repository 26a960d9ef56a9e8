/*
 * The history of calls, as CloudTrail shows it: three rings with numbers in
 * common. One has what was done to resources, and what was refused; each of
 * its calls is also a row of trail.db, a database of its own so that no call
 * waits for the other, and stands here again after a restart. The next has
 * what was done to single objects, log lines and endpoints, which comes by the
 * thousand: AWS's event history leaves it out, here it is at least remembered
 * while the program runs. The last has calls that only looked: they come by
 * the second where a page is open, and must not push out the others.
 *
 * Of looking at the history itself nothing is kept, or the history would soon
 * be of nothing else.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "cloud/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 4096, PRUNE_EACH = 512 };

struct event {
    int64_t id, at_ms;
    char *json;
};

struct ring {
    struct event events[KEPT];
    int64_t count; /* ever; the newest is at (count - 1) % KEPT */
};

enum ring_kind { RING_DONE, RING_DATA, RING_LOOKS, RINGS };

struct history {
    pthread_mutex_t lock;
    struct ring rings[RINGS];
    int64_t next;
    struct db *db; /* trail.db */
    struct stmt *insert, *prune;
    int64_t written;
    bool failed; /* to write, and said so */
};

// clang-format off
static const char *const schema_trail[] = {
    "create table calls (id integer primary key, at integer not null, event text not null);",
};
// clang-format on

/* ---- the rings -------------------------------------------------------------------- */

static void add(struct history *h, enum ring_kind kind, int64_t at_ms, char *json)
{
    struct ring *r = &h->rings[kind];
    struct event *e = &r->events[r->count++ % KEPT];

    free(e->json);
    *e = (struct event){h->next++, at_ms, json};
}

static int64_t first_of(const struct ring *r)
{
    return r->count > KEPT ? r->count - KEPT : 0;
}

/* The newest with an id below this, or NULL: ids rise along the ring. */
static const struct event *find_before(const struct ring *r, int64_t id)
{
    int64_t low = first_of(r), high = r->count;

    while (low < high) {
        int64_t mid = low + (high - low) / 2;

        if (r->events[mid % KEPT].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low > first_of(r) ? &r->events[(low - 1) % KEPT] : NULL;
}

bool history_before(struct cloud *cloud, struct arena *memory, struct cloud_seen *out, int64_t id,
                    bool looks_too)
{
    struct history *h = cloud->history;
    const struct event *e = NULL;

    pthread_mutex_lock(&h->lock);
    for (int i = 0; i < (looks_too ? RINGS : RING_LOOKS); i++) {
        const struct event *last = find_before(&h->rings[i], id);

        if (last && (!e || last->id > e->id))
            e = last;
    }
    if (e)
        *out = (struct cloud_seen){e->id, e->at_ms, arena_strdup(memory, e->json)};
    pthread_mutex_unlock(&h->lock);
    return e != NULL;
}

/* The newest call that was signed with this key, or NULL. Its text has `"key":"AKIA..."`. */
static const struct event *find_use(const struct ring *r, const char *member)
{
    for (int64_t i = r->count; i > first_of(r); i--)
        if (strstr(r->events[(i - 1) % KEPT].json, member))
            return &r->events[(i - 1) % KEPT];
    return NULL;
}

bool history_last_use(struct cloud *cloud, struct arena *memory, struct cloud_use *out,
                      const char *key)
{
    struct history *h = cloud->history;
    const struct event *e = NULL;
    struct str member = STR_INIT;
    struct json *j = NULL;
    bool found;

    str_printf(&member, "\"key\":\"%s\"", key);
    pthread_mutex_lock(&h->lock);
    for (int i = 0; i < RINGS; i++) {
        const struct event *last = find_use(&h->rings[i], member.ptr);

        if (last && (!e || last->id > e->id))
            e = last;
    }
    if (e && json_parse(&j, slice_of(e->json), "call", NULL) == LK_OK)
        *out = (struct cloud_use){e->at_ms,
                                  arena_strdup(memory, json_string(json_get(j, "service"), "N/A")),
                                  arena_strdup(memory, json_string(json_get(j, "region"), "N/A"))};
    pthread_mutex_unlock(&h->lock);
    str_done(&member);
    found = j != NULL;
    json_free(j);
    return found;
}

/* ---- the database ------------------------------------------------------------------ */

static enum lk_status read_back(struct history *h, struct lk_error *err)
{
    struct stmt *s = NULL;
    bool row = true;
    enum lk_status st =
        db_prepare(&s, h->db,
                   "select at, event from (select id, at, event from calls order by id desc limit"
                   " ?1) order by id",
                   err);

    if (!st)
        stmt_int(s, 1, KEPT);
    while (!st && !(st = stmt_step(s, &row, err)) && row)
        add(h, RING_DONE, stmt_get_int(s, 0), mem_strdup(stmt_get_text(s, 1)));
    stmt_free(s);
    return st;
}

enum lk_status history_open(struct cloud *cloud, struct lk_error *err)
{
    struct history *h = cloud->history = mem_calloc(1, sizeof *h);
    char *path = path_join(cloud->folder, "trail.db");
    enum lk_status st;

    pthread_mutex_init(&h->lock, NULL);
    st = db_open(&h->db, path, schema_trail, sizeof schema_trail / sizeof *schema_trail, err);
    (void)(st || (st = db_exec(h->db, "pragma synchronous = normal", err)) ||
           (st = db_prepare(&h->insert, h->db, "insert into calls (at, event) values (?1, ?2)",
                            err)) ||
           (st = db_prepare(&h->prune, h->db,
                            "delete from calls where id <= (select max(id) from calls) - ?1",
                            err)) ||
           (st = read_back(h, err)));
    free(path);
    return st;
}

static void empty(struct ring *r)
{
    for (size_t i = 0; i < KEPT; i++)
        free(r->events[i].json);
}

void history_close(struct cloud *cloud)
{
    struct history *h = cloud->history;

    if (!h)
        return;
    stmt_free(h->insert);
    stmt_free(h->prune);
    db_close(h->db);
    for (int i = 0; i < RINGS; i++)
        empty(&h->rings[i]);
    pthread_mutex_destroy(&h->lock);
    free(h);
    cloud->history = NULL;
}

/* A call is answered although its history cannot be kept; it is said once. */
static void write_down(struct history *h, int64_t at_ms, const char *json)
{
    struct lk_error err = {0};
    enum lk_status st;

    stmt_int(h->insert, 1, at_ms);
    stmt_text(h->insert, 2, json);
    st = stmt_run(h->insert, &err);
    if (!st && ++h->written % PRUNE_EACH == 0) {
        stmt_int(h->prune, 1, KEPT);
        st = stmt_run(h->prune, &err);
    }
    if (st && !h->failed) {
        char line[1400];

        fprintf(stderr, "practice cloud: %s\n", lk_error_format(&err, line, sizeof line));
        h->failed = true;
    }
}

/* ---- calls ---------------------------------------------------------------------------- */

/* Operations that only look are named so in every service. */
static bool only_looks(const char *operation)
{
    static const char *const words[] = {"Get",          "List",        "Describe", "Head",
                                        "Lookup",       "Simulate",    "Filter",   "Search",
                                        "PracticeNext", "PracticeList"};

    for (size_t i = 0; operation && i < sizeof words / sizeof *words; i++)
        if (!strncmp(operation, words[i], strlen(words[i])))
            return true;
    return !operation;
}

/* What AWS calls data events: not of a resource, but of what is in it. */
static bool is_data(const char *operation)
{
    static const char *const words[] = {"Object", "Upload", "PutLogEvents", "InvokeEndpoint"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(operation, words[i]))
            return true;
    return false;
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

static enum ring_kind ring_of(const struct call *c)
{
    const char *operation = operation_of(c);

    /* JSON's services refuse with a 400. */
    if (c->code && (c->status == 403 || !strncmp(c->code, "AccessDenied", 12)))
        return RING_DONE;
    return only_looks(operation) ? RING_LOOKS : is_data(operation) ? RING_DATA : RING_DONE;
}

void history_call(struct call *c, int status)
{
    struct history *h = c->cloud->history;
    enum ring_kind kind = ring_of(c);
    struct str json = STR_INIT;
    int64_t now = clock_unix_ms();

    if (!c->code && operation_of(c) && !strcmp(operation_of(c), "LookupEvents"))
        return;
    print_call(&json, c, status);
    pthread_mutex_lock(&h->lock);
    if (kind == RING_DONE)
        write_down(h, now, json.ptr);
    add(h, kind, now, str_take(&json, NULL));
    pthread_mutex_unlock(&h->lock);
}
