/*
 * Three tables. SQLite's own crash safety (write-ahead log, full sync) is
 * what makes "written before it is requested" true.
 */
#include "aws/ledger.h"

#include "base/clock.h"
#include "base/db.h"
#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

static const int64_t day_ms = 24 * 3600 * 1000;

struct ledger {
    struct db *db;
};

static const char *const schema[] = {
    "create table resource (id integer primary key, target text not null, account text not null,"
    " region text not null, kind text not null, name text not null, arn text not null default '',"
    " state text not null, hourly real not null, most real not null, limit_s integer not null,"
    " asked_ms integer not null, ended_ms integer not null default 0);"
    "create index resource_place on resource (target, account, region, state);"
    "create table budget (target text primary key, dollars real not null,"
    " since_ms integer not null);"
    "create table price (key text primary key, dollars real not null, seen_ms integer not null);",
};

enum lk_status ledger_open_in(struct ledger **out, const char *folder, struct lk_error *err)
{
    char *path = path_join(folder, "ledger.db");
    struct ledger *l = mem_calloc(1, sizeof *l);
    enum lk_status st = file_mkdirs(folder, err);

    if (!st)
        st = db_open(&l->db, path, schema, 1, err);
    free(path);
    if (st)
        free(l);
    else
        *out = l;
    return st;
}

enum lk_status ledger_open(struct ledger **out, struct lk_error *err)
{
    char *home = path_data_home();
    enum lk_status st = ledger_open_in(out, home, err);

    free(home);
    return st;
}

void ledger_close(struct ledger *l)
{
    if (l)
        db_close(l->db);
    free(l);
}

enum lk_status ledger_ask(struct ledger *l, int64_t *id, const struct ledger_entry *e,
                          struct lk_error *err)
{
    struct stmt *s;
    enum lk_status st = db_prepare(&s, l->db,
                                   "insert into resource (target, account, region, kind, name,"
                                   " state, hourly, most, limit_s, asked_ms)"
                                   " values (?1, ?2, ?3, ?4, ?5, 'asked', ?6, ?7, ?8, ?9)",
                                   err);

    if (st)
        return st;
    stmt_text(s, 1, e->target);
    stmt_text(s, 2, e->account);
    stmt_text(s, 3, e->region);
    stmt_text(s, 4, e->kind);
    stmt_text(s, 5, e->name);
    stmt_double(s, 6, e->hourly);
    stmt_double(s, 7, e->most);
    stmt_int(s, 8, e->limit_s);
    stmt_int(s, 9, clock_unix_ms());
    st = stmt_run(s, err);
    stmt_free(s);
    *id = db_last_id(l->db);
    return st;
}

enum lk_status ledger_made(struct ledger *l, int64_t id, const char *arn, struct lk_error *err)
{
    struct stmt *s;
    enum lk_status st =
        db_prepare(&s, l->db, "update resource set state = 'made', arn = ?2 where id = ?1", err);

    if (st)
        return st;
    stmt_int(s, 1, id);
    stmt_text(s, 2, arn);
    st = stmt_run(s, err);
    stmt_free(s);
    return st;
}

enum lk_status ledger_end(struct ledger *l, int64_t id, const char *state, double cost,
                          struct lk_error *err)
{
    struct stmt *s;
    enum lk_status st = db_prepare(&s, l->db,
                                   "update resource set state = ?2, ended_ms = ?3,"
                                   " most = case when ?4 < 0 then most else ?4 end where id = ?1",
                                   err);

    if (st)
        return st;
    stmt_int(s, 1, id);
    stmt_text(s, 2, state);
    stmt_int(s, 3, clock_unix_ms());
    stmt_double(s, 4, cost);
    st = stmt_run(s, err);
    stmt_free(s);
    return st;
}

static void bind_place(struct stmt *s, const char *target, const char *account, const char *region)
{
    stmt_text(s, 1, target);
    stmt_text(s, 2, account);
    stmt_text(s, 3, region);
}

#define IN_PLACE                                                                                   \
    " target = ?1 and (?2 is null or account = ?2) and (?3 is null or region = ?3"                 \
    " or region = '') "
#define IS_OPEN " state in ('asked', 'made') "

enum lk_status ledger_each(struct ledger *l, const char *target, const char *account,
                           const char *region, bool open, ledger_fn *fn, void *ctx,
                           struct lk_error *err)
{
    struct stmt *s;
    bool row = true;
    enum lk_status st =
        db_prepare(&s, l->db,
                   "select id, target, account, region, kind, name, arn, state, hourly, most,"
                   " limit_s, asked_ms, ended_ms from resource where" IN_PLACE
                   "and (not ?4 or" IS_OPEN ") order by id",
                   err);

    if (st)
        return st;
    bind_place(s, target, account, region);
    stmt_int(s, 4, open);
    while (!(st = stmt_step(s, &row, err)) && row) {
        struct ledger_entry e = {stmt_get_int(s, 0),    stmt_get_text(s, 1), stmt_get_text(s, 2),
                                 stmt_get_text(s, 3),   stmt_get_text(s, 4), stmt_get_text(s, 5),
                                 stmt_get_text(s, 6),   stmt_get_text(s, 7), stmt_get_double(s, 8),
                                 stmt_get_double(s, 9), stmt_get_int(s, 10), stmt_get_int(s, 11),
                                 stmt_get_int(s, 12)};

        if (!fn(ctx, &e))
            break;
    }
    stmt_free(s);
    return st;
}

enum lk_status ledger_find(struct ledger *l, int64_t *id, const char *target, const char *account,
                           const char *region, const char *kind, const char *name,
                           struct lk_error *err)
{
    struct stmt *s;
    bool row = false;
    enum lk_status st = db_prepare(&s, l->db,
                                   "select id from resource where" IN_PLACE "and" IS_OPEN
                                   "and kind = ?4 and name = ?5 order by id desc limit 1",
                                   err);

    *id = 0;
    if (st)
        return st;
    bind_place(s, target, account, region);
    stmt_text(s, 4, kind);
    stmt_text(s, 5, name);
    st = stmt_step(s, &row, err);
    if (!st && row)
        *id = stmt_get_int(s, 0);
    stmt_free(s);
    return st;
}

/* ---- money ---------------------------------------------------------------------- */

enum lk_status ledger_budget(struct ledger *l, const char *target, struct budget *out,
                             struct lk_error *err)
{
    struct stmt *s;
    bool row = false;
    enum lk_status st =
        db_prepare(&s, l->db, "select dollars, since_ms from budget where target = ?1", err);

    *out = (struct budget){-1, 0};
    if (st)
        return st;
    stmt_text(s, 1, target);
    st = stmt_step(s, &row, err);
    if (!st && row)
        *out = (struct budget){stmt_get_double(s, 0), stmt_get_int(s, 1)};
    stmt_free(s);
    return st;
}

enum lk_status ledger_set_budget(struct ledger *l, const char *target, double dollars,
                                 struct lk_error *err)
{
    struct stmt *s;
    enum lk_status st = db_prepare(
        &s, l->db,
        dollars < 0 ? "delete from budget where target = ?1"
                    : "insert into budget values (?1, ?2, ?3) on conflict (target) do update set"
                      " dollars = ?2, since_ms = ?3",
        err);

    if (st)
        return st;
    stmt_text(s, 1, target);
    if (dollars >= 0) {
        stmt_double(s, 2, dollars);
        stmt_int(s, 3, clock_unix_ms());
    }
    st = stmt_run(s, err);
    stmt_free(s);
    return st;
}

struct sum {
    double dollars;
    size_t unknown;
    int64_t since_ms;
};

static bool add_cost(void *ctx, const struct ledger_entry *e)
{
    struct sum *sum = ctx;
    bool open = !strcmp(e->state, "asked") || !strcmp(e->state, "made");
    int64_t start = e->asked_ms > sum->since_ms ? e->asked_ms : sum->since_ms;
    int64_t end = open ? clock_unix_ms() : e->ended_ms;

    if (!strcmp(e->state, "refused") || end < sum->since_ms)
        return true;
    if (e->hourly < 0 || e->most < 0)
        sum->unknown++;
    if (e->hourly > 0 && end > start)
        sum->dollars += e->hourly * (double)(end - start) / 3600000;
    if (e->most > 0 && e->asked_ms >= sum->since_ms)
        sum->dollars += e->most;
    return true;
}

enum lk_status ledger_spent(struct ledger *l, const char *target, int64_t since_ms, double *dollars,
                            size_t *unknown, struct lk_error *err)
{
    struct sum sum = {.since_ms = since_ms};
    enum lk_status st = ledger_each(l, target, NULL, NULL, false, add_cost, &sum, err);

    *dollars = sum.dollars;
    *unknown = sum.unknown;
    return st;
}

bool ledger_price(struct ledger *l, const char *key, double *dollars)
{
    struct stmt *s;
    bool row = false;

    if (db_prepare(&s, l->db, "select dollars from price where key = ?1 and seen_ms > ?2", NULL))
        return false;
    stmt_text(s, 1, key);
    stmt_int(s, 2, clock_unix_ms() - day_ms);
    if (stmt_step(s, &row, NULL))
        row = false;
    if (row)
        *dollars = stmt_get_double(s, 0);
    stmt_free(s);
    return row;
}

void ledger_keep_price(struct ledger *l, const char *key, double dollars)
{
    struct stmt *s;

    if (db_prepare(&s, l->db, "insert or replace into price values (?1, ?2, ?3)", NULL))
        return;
    stmt_text(s, 1, key);
    stmt_double(s, 2, dollars);
    stmt_int(s, 3, clock_unix_ms());
    (void)!stmt_run(s, NULL);
    stmt_free(s);
}
