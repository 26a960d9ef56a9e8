/*
 * State in SQLite, crash safe: WAL, full synchronous, a busy timeout, foreign
 * keys on. sqlite3.h is included here's .c and nowhere else.
 *
 * A statement is prepared once, bound, stepped, and put back with stmt_reset:
 *     struct stmt *s = db_prepare(db, "select n from t where k = ?1", err);
 *     stmt_text(s, 1, key); while ((st = stmt_step(s, &row, err)) == LK_OK && row) ...
 * A db and its statements belong to one thread at a time.
 */
#ifndef BASE_DB_H
#define BASE_DB_H

#include "base/str.h"
#include "labkit.h"

struct db;
struct stmt;

/*
 * Open or make the file and bring it to the newest schema: steps[i] is the SQL
 * that takes version i to version i + 1, each in a transaction (user_version).
 * path ":memory:" keeps it in memory. A file from a newer program is refused.
 */
enum lk_status db_open(struct db **out, const char *path, const char *const *steps, size_t n,
                       struct lk_error *err);
void db_close(struct db *db);
/* One or more statements without results. */
enum lk_status db_exec(struct db *db, const char *sql, struct lk_error *err);
enum lk_status db_begin(struct db *db, struct lk_error *err); /* immediate */
enum lk_status db_commit(struct db *db, struct lk_error *err);
void db_rollback(struct db *db);
int64_t db_last_id(struct db *db);
int64_t db_changes(struct db *db);

enum lk_status db_prepare(struct stmt **out, struct db *db, const char *sql, struct lk_error *err);
void stmt_free(struct stmt *s);
void stmt_reset(struct stmt *s);
/* Parameters count from 1; text and bytes are copied. */
void stmt_text(struct stmt *s, int i, const char *z); /* NULL binds null */
void stmt_slice(struct stmt *s, int i, struct slice text);
void stmt_blob(struct stmt *s, int i, struct slice bytes);
void stmt_int(struct stmt *s, int i, int64_t v);
void stmt_double(struct stmt *s, int i, double v);
/* *row says whether there is a row to read; false at the end. */
enum lk_status stmt_step(struct stmt *s, bool *row, struct lk_error *err);
/* A statement without results, run once and reset. */
enum lk_status stmt_run(struct stmt *s, struct lk_error *err);
/* Columns count from 0; text and bytes last until the next step or reset. */
const char *stmt_get_text(struct stmt *s, int column); /* "" for null */
struct slice stmt_get_slice(struct stmt *s, int column);
int64_t stmt_get_int(struct stmt *s, int column);
double stmt_get_double(struct stmt *s, int column);
bool stmt_is_null(struct stmt *s, int column);

#endif
