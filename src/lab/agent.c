/*
 * The agent's life, its clients, and the way of a call. Clients are opened
 * when first needed and kept, one for each region and role; cancelling ends
 * them all, and the next call opens new ones.
 */
#include "lab/agent_internal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "book/lesson.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- life -------------------------------------------------------------------- */

static char *copy(const char *z)
{
    return z ? mem_strdup(z) : NULL;
}

struct agent *agent_new(const struct agent_options *o, const struct agent_host *host)
{
    struct agent *a = mem_calloc(1, sizeof *a);
    size_t n = 0;

    while (o->read && o->read[n])
        n++;
    a->read = mem_calloc(n + 1, sizeof *a->read);
    for (size_t i = 0; i < n; i++)
        a->read[i] = mem_strdup(o->read[i]);
    a->options = *o;
    a->options.folder = copy(o->folder);
    a->options.lesson = mem_strdup(o->lesson);
    a->options.work = mem_strdup(o->work);
    a->options.read = a->read;
    a->host = *host;
    a->agreed = -1;
    str_init(&a->consents);
    str_init(&a->plan);
    pthread_mutex_init(&a->lock, NULL);
    return a;
}

static void close_seats(struct agent *a)
{
    struct seat *s = a->seats, *next;

    a->seats = NULL;
    for (; s; s = next) {
        next = s->next;
        guard_close(s->guard);
        aws_close(s->aws);
        free(s->region);
        free(s->role);
        free(s);
    }
}

void agent_free(struct agent *a)
{
    if (!a)
        return;
    close_seats(a);
    for (size_t i = 0; a->read[i]; i++)
        free((char *)a->read[i]);
    free(a->read);
    free((char *)a->options.folder);
    free((char *)a->options.lesson);
    free((char *)a->options.work);
    str_done(&a->consents);
    str_done(&a->plan);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

void agent_cancel(struct agent *a)
{
    pthread_mutex_lock(&a->lock);
    if (a->busy) {
        a->cancelled = true;
        for (struct seat *s = a->seats; s; s = s->next)
            aws_cancel(s->aws);
    }
    pthread_mutex_unlock(&a->lock);
}

void agent_next_step(struct agent *a)
{
    atomic_fetch_add(&a->steps, 1);
}

bool agent_is_real(const struct agent *a)
{
    return a->options.target == TARGET_AWS;
}

/* ---- clients -------------------------------------------------------------------- */

enum lk_status agent_open_client(struct aws **out, const struct agent *a, const char *region,
                                 bool anonymous, struct lk_error *err)
{
    struct aws_options o = {.target = agent_is_real(a) ? "aws" : "practice",
                            .region = *region ? region : NULL,
                            .anonymous = anonymous,
                            .stay = true,
                            .folder = a->options.folder};

    return aws_open(out, &o, err);
}

static enum lk_status open_guard(struct seat *s, struct agent *a, struct lk_error *err)
{
    struct guard_options o = {.yes = a->options.yes,
                              .stop_s = AGENT_RUN_MAX_S,
                              .ledger = a->options.folder,
                              .show = agent_show_plan,
                              .ask = agent_agree,
                              .ctx = a};

    return guard_open(&s->guard, s->aws, &o, err);
}

static struct seat *find_seat(const struct agent *a, const char *region, const char *role)
{
    for (struct seat *s = a->seats; s; s = s->next)
        if (!strcmp(s->region, region) && !strcmp(s->role, role))
            return s;
    return NULL;
}

/* Cancelling must find it from now on. */
static void seat_down(struct agent *a, struct seat *s)
{
    pthread_mutex_lock(&a->lock);
    s->next = a->seats;
    a->seats = s;
    if (a->cancelled)
        aws_cancel(s->aws);
    pthread_mutex_unlock(&a->lock);
}

enum lk_status agent_seat(struct seat **out, struct agent *a, const char *region, const char *role,
                          struct lk_error *err)
{
    struct seat *self = NULL, *s;
    enum lk_status st = LK_OK;

    *out = find_seat(a, region, role);
    if (*out)
        return LK_OK;
    if (*role)
        st = agent_seat(&self, a, region, "", err);
    if (st)
        return st;
    s = mem_calloc(1, sizeof *s);
    s->region = mem_strdup(region);
    s->role = mem_strdup(role);
    st = self ? aws_open_as(&s->aws, self->aws, role, err)
              : agent_open_client(&s->aws, a, region, false, err);
    if (!st && !*aws_region(s->aws))
        st = error_set(err, LK_EUSE,
                       "no region is set: call aws.region(\"us-east-1\") first, or set AWS_REGION "
                       "before labbook is started");
    if (!st)
        st = open_guard(s, a, err);
    if (st) {
        aws_close(s->aws);
        free(s->region);
        free(s->role);
        free(s);
    } else {
        seat_down(a, s);
        *out = s;
    }
    return st;
}

enum lk_status agent_ask(struct agent *a, const char *service, const char *op,
                         const char *const *members, struct json **out, struct lk_error *err)
{
    struct str in = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &in, false);
    json_open(&w, NULL, '{');
    for (size_t i = 0; members[i]; i += 2)
        if (members[i + 1])
            json_put_z(&w, members[i], members[i + 1]);
    json_close(&w);
    st = guard_call(agent_guard(a), service, op, slice_str(&in), out, err);
    str_done(&in);
    return st;
}

enum lk_status agent_role_arn(struct str *arn, struct agent *a, const char *role,
                              struct lk_error *err)
{
    struct lk_error mine = {0};
    enum lk_status st = job_role_arn(arn, agent_guard(a), role, &mine);

    /* Of a role that is not there the service shall speak in its own words. */
    if (st && (!strcmp(mine.code, "NoSuchEntity") || !strcmp(mine.code, "AccessDenied"))) {
        str_printf(arn, "arn:%s:iam::%s:role/%s", aws_partition(agent_client(a)),
                   guard_account(agent_guard(a)), role);
        return LK_OK;
    }
    if (st && err)
        *err = mine;
    return st;
}

enum lk_status agent_use_role(struct str *arn, struct agent *a, const char *role,
                              struct lk_error *err)
{
    const char *slash = strrchr(role, '/');
    enum lk_status st = agent_need_own(a, "role", slash ? slash + 1 : role, err);

    if (!st)
        st = agent_role_arn(arn, a, role, err);
    return st ? st : agent_settle(a, err);
}

/* ---- telling -------------------------------------------------------------------- */

void agent_aside(struct agent *a, const char *fmt, ...)
{
    struct str line = STR_INIT, text = STR_INIT;
    va_list args;

    va_start(args, fmt);
    str_vprintf(&text, fmt, args);
    va_end(args);
    str_puts(&line, "{\"aside\":");
    str_put_json(&line, slice_str(&text));
    str_putc(&line, '}');
    a->host.tell(a->host.ctx, slice_str(&line));
    str_done(&text);
    str_done(&line);
}

void agent_progress(struct agent *a, const char *label, double done, double total, const char *note)
{
    struct str line = STR_INIT;
    struct json_out w;

    json_begin(&w, &line, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "progress", label);
    json_put_number(&w, "done", done);
    json_put_number(&w, "total", total);
    json_put_z(&w, "note", note);
    json_close(&w);
    a->host.tell(a->host.ctx, slice_str(&line));
    str_done(&line);
}

/* ---- arguments -------------------------------------------------------------------- */

const char *agent_text(const struct json *args, size_t i)
{
    return json_string(json_at(args, i), "");
}

const char *agent_option(const struct json *options, const char *name)
{
    return json_string(json_get(options, name), NULL);
}

static enum lk_status need_name(const char *name, struct lk_error *err)
{
    if (path_is_inside(slice_of(name)) && strlen(name) < 200 && name[0] != '.')
        return LK_OK;
    return error_set(err, LK_EUSE,
                     "'%.100s' cannot be a file's name here: files have names like data.csv or "
                     "out/data.csv, inside the lab's own folder",
                     name);
}

enum lk_status agent_find_file(char **path, const struct agent *a, const char *name,
                               struct lk_error *err)
{
    enum lk_status st = need_name(name, err);
    const char *folder = a->options.work;

    for (size_t i = 0; !st && folder; folder = a->read[i++]) {
        *path = path_join(folder, name);
        if (file_stat(*path).kind == FILE_REGULAR)
            return LK_OK;
        free(*path);
    }
    *path = NULL;
    return st ? st
              : error_set(err, LK_EIO,
                          "there is no file '%.100s'; lab.files() lists those there are", name);
}

enum lk_status agent_new_file(char **path, const struct agent *a, const char *name,
                              struct lk_error *err)
{
    enum lk_status st = need_name(name, err);
    char *folder;

    *path = NULL;
    if (st)
        return st;
    *path = path_join(a->options.work, name);
    folder = path_folder(*path);
    st = file_mkdirs(folder, err);
    free(folder);
    return st;
}

/* ---- tables --------------------------------------------------------------------------- */

void agent_table_open(struct json_out *w, const char *const *columns)
{
    json_open(w, "value", '{');
    json_open(w, "columns", '[');
    for (; *columns; columns++)
        json_put_z(w, NULL, *columns);
    json_close(w);
    json_open(w, "rows", '[');
}

void agent_table_close(struct json_out *w)
{
    json_close(w);
    json_close(w);
}

/* ---- a call ---------------------------------------------------------------------------- */

static agent_fn *find_verb(const char *name)
{
    const struct {
        const struct agent_verb *verbs;
        size_t n;
    } tables[] = {{agent_aws_verbs, agent_aws_count},
                  {agent_s3_verbs, agent_s3_count},
                  {agent_iam_verbs, agent_iam_count},
                  {agent_job_verbs, agent_job_count},
                  {agent_endpoint_verbs, agent_endpoint_count},
                  {agent_label_verbs, agent_label_count},
                  {agent_sagemaker_verbs, agent_sagemaker_count}};

    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++)
        for (size_t i = 0; i < tables[t].n; i++)
            if (!strcmp(tables[t].verbs[i].name, name))
                return tables[t].verbs[i].fn;
    return NULL;
}

/* On AWS: whose account the lab's calls go to, before the first that counts. */
static enum lk_status introduce(struct agent *a, struct lk_error *err)
{
    enum lk_status st;

    if (a->known)
        return LK_OK;
    st = agent_consent(a, err,
                       "The lab's calls go to your AWS account %s, region %s. What they make there "
                       "is in the ledger, and each thing that costs is asked about first.",
                       guard_account(agent_guard(a)), aws_region(agent_client(a)));
    a->known = !st;
    return st;
}

static enum lk_status do_call(struct agent *a, const struct json *call, struct str *answer,
                              struct lk_error *err)
{
    const char *name = json_string(json_get(call, "call"), "");
    agent_fn *fn = find_verb(name);
    struct json_out w;
    enum lk_status st;

    if (!fn)
        return error_set(err, LK_EUSE, "there is no call '%.60s'", name);
    a->region = json_string(json_get(call, "region"), "");
    if (fn == agent_region && !*a->region)
        a->region = agent_region_asked(json_get(call, "args")); /* where none is set yet */
    a->role = json_string(json_get(call, "role"), "");
    a->step = json_string(json_get(call, "step"), "");
    agent_look_at_step(a);
    json_begin(&w, answer, false);
    json_open(&w, NULL, '{');
    st = agent_seat(&a->seat, a, a->region, a->role, err);
    if (!st)
        st = introduce(a, err);
    if (!st)
        st = fn(a, json_get(call, "args"), &w, err);
    while (w.depth)
        json_close(&w);
    return st;
}

/* In one line, the service's code in it, without the number of the request. */
static void put_failure(struct str *answer, const struct lk_error *err)
{
    struct str text = STR_INIT;
    const char *request = strstr(err->text, " (request ");
    struct json_out w;

    if (err->code[0] && !strstr(err->text, err->code))
        str_printf(&text, "%s: ", err->code);
    str_put(&text, request ? slice_first(slice_of(err->text), (size_t)(request - err->text))
                           : slice_of(err->text));
    str_clear(answer);
    json_begin(&w, answer, false);
    json_open(&w, NULL, '{');
    json_put_string(&w, "error", slice_str(&text));
    json_put_z(&w, "code", err->code);
    json_close(&w);
    str_done(&text);
}

static void set_busy(struct agent *a, bool busy)
{
    pthread_mutex_lock(&a->lock);
    a->busy = busy;
    if (!busy && a->cancelled) {
        close_seats(a);
        a->cancelled = false;
    }
    pthread_mutex_unlock(&a->lock);
}

void agent_begin(struct agent *a)
{
    set_busy(a, true);
}

void agent_call(struct agent *a, struct slice line, struct str *answer)
{
    struct json *call = NULL;
    struct lk_error err = {0};
    enum lk_status st;

    st = json_parse(&call, line, "call", &err);
    if (!st)
        st = do_call(a, call, answer, &err);
    if (st)
        put_failure(answer, &err);
    json_free(call);
    set_busy(a, false);
}
