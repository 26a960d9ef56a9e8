/*
 * The table of things. A page of a list ends at its last row's sort key, and
 * the next one starts behind it, so that pages stay right while things come
 * and go.
 */
#include "cloud/thing.h"

#include "cloud/internal.h"
#include "cloud/shape.h"

#include <string.h>

#define COLUMNS "region, kind, name, parent, status, request, detail, created, modified, due"

static void read_row(struct thing *t, struct arena *a, struct stmt *s)
{
    *t = (struct thing){
        .region = sql_text(a, s, 0),
        .kind = sql_text(a, s, 1),
        .name = sql_text(a, s, 2),
        .parent = sql_text(a, s, 3),
        .status = sql_text(a, s, 4),
        .request = sql_text(a, s, 5),
        .detail = sql_text(a, s, 6),
        .created = stmt_get_int(s, 7),
        .modified = stmt_get_int(s, 8),
        .due = stmt_get_int(s, 9),
    };
}

bool thing_get(struct thing *out, struct cloud *cloud, struct arena *a, const char *region,
               const char *kind, const char *name)
{
    struct stmt *s = sql(cloud, "select " COLUMNS " from things where region = ?1 and kind = ?2"
                                " and name = ?3");

    stmt_text(s, 1, region);
    stmt_text(s, 2, kind);
    stmt_text(s, 3, name);
    if (!sql_row(cloud, s))
        return false;
    read_row(out, a, s);
    stmt_reset(s);
    return true;
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

void thing_put(struct cloud *cloud, const struct thing *t)
{
    struct stmt *s = sql(cloud, "insert or replace into things (" COLUMNS ") values"
                                " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    int64_t now = cloud_now(cloud);

    stmt_text(s, 1, t->region);
    stmt_text(s, 2, t->kind);
    stmt_text(s, 3, t->name);
    stmt_text(s, 4, text_or_empty(t->parent));
    stmt_text(s, 5, text_or_empty(t->status));
    stmt_text(s, 6, text_or_empty(t->request));
    stmt_text(s, 7, text_or_empty(t->detail));
    stmt_int(s, 8, t->created ? t->created : now);
    stmt_int(s, 9, t->modified ? t->modified : now);
    stmt_int(s, 10, t->due);
    sql_run(cloud, s);
}

void thing_remove(struct cloud *cloud, const char *region, const char *kind, const char *name)
{
    struct stmt *s = sql(cloud, "delete from things where region = ?1 and kind = ?2 and name = ?3");

    stmt_text(s, 1, region);
    stmt_text(s, 2, kind);
    stmt_text(s, 3, name);
    sql_run(cloud, s);
}

const char *thing_arn(struct cloud *cloud, struct arena *a, const struct thing *t)
{
    return arena_printf(a, "arn:aws:sagemaker:%s:%s:%s/%s", t->region, cloud->account, t->kind,
                        t->name);
}

/* ---- a call's own ------------------------------------------------------------------ */

const char *thing_create(struct call *c, const char *kind, const char *name, const char *status,
                         const char *detail, int64_t due)
{
    struct str request = STR_INIT;
    struct thing t = {.region = c->region,
                      .kind = kind,
                      .name = name,
                      .status = status,
                      .detail = detail,
                      .due = due};
    const char *arn = thing_arn(c->cloud, &c->memory, &t);

    json_print(&request, c->in, false);
    t.request = request.ptr;
    thing_put(c->cloud, &t);
    str_done(&request);
    for (const struct json *tag = json_first(json_get(c->in, "Tags")); tag; tag = json_next(tag))
        tags_put(c->cloud, arn, json_string(json_get(tag, "Key"), ""),
                 json_string(json_get(tag, "Value"), ""));
    return arn;
}

bool thing_need(struct call *c, struct thing *out, const char *kind, const char *name,
                const char *words)
{
    if (thing_get(out, c->cloud, &c->memory, c->region, kind, name))
        return true;
    call_fail(c, 400, "ResourceNotFound", "%s '%.200s' does not exist in %s.", words, name,
              c->region);
    return false;
}

void thing_delete(struct call *c, const struct thing *t)
{
    thing_remove(c->cloud, t->region, t->kind, t->name);
    tags_remove(c->cloud, thing_arn(c->cloud, &c->memory, t), NULL);
}

/* ---- lists --------------------------------------------------------------------------- */

#define LIST                                                                                       \
    "select " COLUMNS ", case ?3 when 'Name' then name when 'PipelineExecutionArn' then name"      \
    " when 'Status' then status || '/' || name"                                                    \
    " when 'LastModifiedTime' then printf('%015d/%s', modified, name)"                             \
    " else printf('%015d/%s', created, name) end as sort from things"                              \
    " where region = ?1 and kind = ?2 and (?6 is null or parent = ?6)"                             \
    " and (?7 is null or instr(lower(name), lower(?7))) and (?8 is null or status = ?8)"           \
    " and (?9 is null or substr(name, 1, length(?9)) = ?9)"                                        \
    " and created > ?10 and created < ?11 and modified > ?12 and modified < ?13"                   \
    " and (?14 is null or instr(json_extract(request, '$.LifecycleConfigName'), ?14))"             \
    " and (?15 is null or instr(json_extract(request, '$.DefaultCodeRepository'), ?15))"           \
    " and (?16 is null or exists (select 1 from json_each(request,"                                \
    " '$.AdditionalCodeRepositories') where value = ?16))"

static struct stmt *list_query(struct call *c)
{
    const char *order = call_param(c, "SortOrder");

    if (order && !strcmp(order, "Ascending"))
        return sql(c->cloud, LIST " and (?4 = '' or sort > ?4) order by sort limit ?5");
    return sql(c->cloud, LIST " and (?4 = '' or sort < ?4) order by sort desc limit ?5");
}

/* A time of the request under either of its two names, in milliseconds. */
static int64_t time_ms(struct call *c, const char *member, const char *other, double otherwise)
{
    const struct json *j = json_get(c->in, member);
    double seconds = json_number(j ? j : json_get(c->in, other), otherwise);

    return (int64_t)((seconds > 1e10 ? 1e10 : seconds < -1 ? -1 : seconds) * 1000);
}

static void bind_filters(struct call *c, struct stmt *s)
{
    stmt_text(s, 7, call_param(c, "NameContains"));
    stmt_text(s, 8, call_param(c, "StatusEquals"));
    stmt_text(s, 9, call_param(c, "PipelineNamePrefix"));
    stmt_text(s, 14, call_param(c, "NotebookInstanceLifecycleConfigNameContains"));
    stmt_text(s, 15, call_param(c, "DefaultCodeRepositoryContains"));
    stmt_text(s, 16, call_param(c, "AdditionalCodeRepositoryEquals"));
    stmt_int(s, 10, time_ms(c, "CreationTimeAfter", "CreatedAfter", -1));
    stmt_int(s, 11, time_ms(c, "CreationTimeBefore", "CreatedBefore", 1e10));
    stmt_int(s, 12, time_ms(c, "LastModifiedTimeAfter", NULL, -1));
    stmt_int(s, 13, time_ms(c, "LastModifiedTimeBefore", NULL, 1e10));
}

/* What any list may be asked; a list that has no such member does not get one. */
static const struct shape list_shapes[] = {
    {"SortOrder", SHAPE_WORD, .words = "Ascending Descending"},
    {"SortBy", SHAPE_WORD,
     .words = "Name CreationTime LastModifiedTime Status CreateDate PipelineExecutionArn"},
    {"NameContains", SHAPE_TEXT, .max = 63},
    {"PipelineNamePrefix", SHAPE_TEXT, .min = 1, .max = 256},
    {"MaxResults", SHAPE_NUMBER, .min = 1, .max = 100},
    {.path = NULL},
};

void thing_list(struct call *c, const char *kind, const char *parent, const char *items,
                thing_fn *put)
{
    const char *from = call_page_key(c, call_param(c, "NextToken")), *by, *last = NULL;
    int64_t max = call_int(c, "MaxResults", 10, 1, 100), n = 0;
    struct stmt *s;
    struct thing *page;

    if (call_failed(c) || !shape_check(c, list_shapes))
        return;
    by = call_param(c, "SortBy");
    page = arena_alloc(&c->memory, (size_t)max * sizeof *page);
    s = list_query(c);
    stmt_text(s, 1, c->region);
    stmt_text(s, 2, kind);
    stmt_text(s, 3, by ? by : "CreationTime");
    stmt_text(s, 4, from);
    stmt_int(s, 5, max + 1);
    stmt_text(s, 6, parent);
    bind_filters(c, s);
    for (; sql_row(c->cloud, s) && n++ < max; last = sql_text(&c->memory, s, 10))
        read_row(&page[n - 1], &c->memory, s);
    stmt_reset(s);
    json_open(&c->out, items, '[');
    for (int64_t i = 0; i < n && i < max; i++) {
        json_open(&c->out, NULL, '{');
        put(c, &page[i]);
        json_close(&c->out);
    }
    json_close(&c->out);
    if (n > max)
        json_put_z(&c->out, "NextToken", call_page_token(c, last));
}

/* ---- parts of an answer ---------------------------------------------------------------- */

void thing_put_time(struct call *c, const char *member, int64_t ms)
{
    json_put_number(&c->out, member, (double)ms / 1000);
}

void thing_put_members(struct call *c, const struct json *request, const char *const *members,
                       size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (json_get(request, members[i]))
            json_put_tree(&c->out, members[i], json_get(request, members[i]));
}

static void put_tag(void *ctx, const char *key, const char *value)
{
    struct json_out *w = ctx;

    json_open(w, NULL, '{');
    json_put_z(w, "Key", key);
    json_put_z(w, "Value", value);
    json_close(w);
}

void thing_put_tags(struct call *c, const char *member, const char *arn)
{
    json_open(&c->out, member, '[');
    tags_each(c->cloud, arn, put_tag, &c->out);
    json_close(&c->out);
}

struct json *thing_json(struct call *c, const char *text)
{
    struct json *j = NULL;

    if (json_parse(&j, slice_of(text), "kept request", NULL))
        call_fail(c, 500, "InternalFailure", "What was kept is unreadable.");
    return j;
}
