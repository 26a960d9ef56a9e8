/*
 * SQLite, the only file that includes it.
 *
 * Durability: WAL with synchronous=FULL, so that a commit that returned is on
 * the disk; fullfsync where the system has it. The schema's version is
 * PRAGMA user_version; each step and its version number are one transaction,
 * so that a crash leaves a file at one version or the next.
 *
 * Errors from SQLite become LK_EIO (the disk), LK_EINPUT (not a database) or
 * LK_ELIMIT (full, or locked past the busy timeout), with SQLite's own words.
 * A statement remembers nothing between runs: stmt_step resets it on failure,
 * so that the next use starts clean.
 */
#include "base/db.h"

#include "base/error.h"
#include "base/mem.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUSY_MS = 5000 };

struct db {
    sqlite3 *handle;
    char *path;
};

struct stmt {
    sqlite3_stmt *handle;
    struct db *db;
};

static enum lk_status failed(const struct db *db, const char *doing, struct lk_error *err)
{
    enum lk_status st;

    switch (sqlite3_errcode(db->handle)) {
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_TOOBIG:
        st = LK_ELIMIT;
        break;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_CONSTRAINT:
        st = LK_EINPUT;
        break;
    default:
        st = LK_EIO;
    }
    return error_at(err, st, db->path, 0, 0, "cannot %s: %s", doing, sqlite3_errmsg(db->handle));
}

enum lk_status db_exec(struct db *db, const char *sql, struct lk_error *err)
{
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        return failed(db, "change the database", err);
    return LK_OK;
}

enum lk_status db_begin(struct db *db, struct lk_error *err)
{
    return db_exec(db, "begin immediate", err);
}

enum lk_status db_commit(struct db *db, struct lk_error *err)
{
    enum lk_status st = db_exec(db, "commit", err);

    if (st)
        db_rollback(db);
    return st;
}

void db_rollback(struct db *db)
{
    if (!sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "rollback", NULL, NULL, NULL);
}

int64_t db_last_id(struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_changes(struct db *db)
{
    return sqlite3_changes64(db->handle);
}

static enum lk_status schema_version(struct db *db, int64_t *version, struct lk_error *err)
{
    struct stmt *s = NULL;
    bool row = false;
    enum lk_status st = db_prepare(&s, db, "pragma user_version", err);

    if (!st)
        st = stmt_step(s, &row, err);
    if (!st)
        *version = row ? stmt_get_int(s, 0) : 0;
    stmt_free(s);
    return st;
}

/* Step `from` of the schema, unless another process took it while we waited for the lock. */
static enum lk_status take_step(struct db *db, const char *step, int64_t from, struct lk_error *err)
{
    char sql[64];
    int64_t version = 0;
    enum lk_status st = db_begin(db, err);

    if (st)
        return st;
    st = schema_version(db, &version, err);
    if (!st && version == from) {
        snprintf(sql, sizeof sql, "pragma user_version = %lld", (long long)from + 1);
        st = db_exec(db, step, err);
        if (!st)
            st = db_exec(db, sql, err);
    }
    if (!st)
        return db_commit(db, err);
    db_rollback(db);
    return st;
}

static enum lk_status migrate(struct db *db, const char *const *steps, size_t n,
                              struct lk_error *err)
{
    int64_t version = 0;
    enum lk_status st = schema_version(db, &version, err);

    if (!st && version > (int64_t)n)
        return error_at(err, LK_EUNSUPPORTED, db->path, 0, 0,
                        "schema version %lld is from a newer program; this one knows %zu",
                        (long long)version, n);
    for (size_t i = (size_t)version; !st && i < n; i++)
        st = take_step(db, steps[i], (int64_t)i, err);
    return st;
}

enum lk_status db_open(struct db **out, const char *path, const char *const *steps, size_t n,
                       struct lk_error *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    struct db *db = mem_calloc(1, sizeof *db);
    enum lk_status st;

    db->path = mem_strdup(path);
    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) {
        st = db->handle ? failed(db, "open the database", err)
                        : error_set(err, LK_EIO, "cannot open the database %s", path);
        goto out;
    }
    sqlite3_extended_result_codes(db->handle, 0);
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    st = db_exec(db,
                 "pragma journal_mode = wal; pragma synchronous = full; pragma fullfsync = on;"
                 "pragma foreign_keys = on; pragma trusted_schema = off",
                 err);
    if (!st)
        st = migrate(db, steps, n, err);
out:
    if (st)
        db_close(db);
    else
        *out = db;
    return st;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    sqlite3_close_v2(db->handle);
    free(db->path);
    free(db);
}

enum lk_status db_prepare(struct stmt **out, struct db *db, const char *sql, struct lk_error *err)
{
    sqlite3_stmt *handle = NULL;
    struct stmt *s;

    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL) !=
        SQLITE_OK)
        return failed(db, "prepare a statement", err);
    s = mem_alloc(sizeof *s);
    s->handle = handle;
    s->db = db;
    *out = s;
    return LK_OK;
}

void stmt_free(struct stmt *s)
{
    if (!s)
        return;
    sqlite3_finalize(s->handle);
    free(s);
}

void stmt_reset(struct stmt *s)
{
    sqlite3_reset(s->handle);
    sqlite3_clear_bindings(s->handle);
}

/*
 * A failed bind is a wrong parameter number in our own SQL, or a value past
 * SQLite's size limit; the value is then null, which a "not null" column refuses.
 */
void stmt_text(struct stmt *s, int i, const char *z)
{
    if (z)
        sqlite3_bind_text(s->handle, i, z, -1, SQLITE_TRANSIENT);
    else
        sqlite3_bind_null(s->handle, i);
}

void stmt_slice(struct stmt *s, int i, struct slice text)
{
    sqlite3_bind_text64(s->handle, i, text.ptr ? text.ptr : "", text.len, SQLITE_TRANSIENT,
                        SQLITE_UTF8);
}

void stmt_blob(struct stmt *s, int i, struct slice bytes)
{
    sqlite3_bind_blob64(s->handle, i, bytes.ptr ? bytes.ptr : "", bytes.len, SQLITE_TRANSIENT);
}

void stmt_int(struct stmt *s, int i, int64_t v)
{
    sqlite3_bind_int64(s->handle, i, v);
}

void stmt_double(struct stmt *s, int i, double v)
{
    sqlite3_bind_double(s->handle, i, v);
}

enum lk_status stmt_step(struct stmt *s, bool *row, struct lk_error *err)
{
    enum lk_status st;

    switch (sqlite3_step(s->handle)) {
    case SQLITE_ROW:
        *row = true;
        return LK_OK;
    case SQLITE_DONE:
        *row = false;
        return LK_OK;
    }
    st = failed(s->db, "run a statement", err);
    stmt_reset(s);
    return st;
}

enum lk_status stmt_run(struct stmt *s, struct lk_error *err)
{
    bool row = false;
    enum lk_status st = stmt_step(s, &row, err);

    stmt_reset(s);
    return st;
}

const char *stmt_get_text(struct stmt *s, int column)
{
    const char *z = (const char *)sqlite3_column_text(s->handle, column);

    return z ? z : "";
}

struct slice stmt_get_slice(struct stmt *s, int column)
{
    const char *ptr = sqlite3_column_blob(s->handle, column);
    size_t len = (size_t)sqlite3_column_bytes(s->handle, column);

    return (struct slice){ptr ? ptr : "", len};
}

int64_t stmt_get_int(struct stmt *s, int column)
{
    return sqlite3_column_int64(s->handle, column);
}

double stmt_get_double(struct stmt *s, int column)
{
    return sqlite3_column_double(s->handle, column);
}

bool stmt_is_null(struct stmt *s, int column)
{
    return sqlite3_column_type(s->handle, column) == SQLITE_NULL;
}
