/*
 * The state: one SQLite database behind one lock, its statements prepared once
 * and found again by the address of their text.
 *
 * A commit is handed to the operating system, not forced to the platter: it
 * survives the death of this process, at many times the speed. A power cut may
 * lose the last moments of practice, and never tears the database.
 *
 * Commits go to a log. Folding the log into the database waits for the disk, so
 * a thread with a connection of its own does it, and no call has to wait.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "cloud/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FOLD_COMMITS = 1000, /* in the log, when it is time to fold it; or some, for so many looks */
    FOLD_LOOK_MS = 200,
    FOLD_LOOKS = 25,
};
#define FOLD_PAGES "32768" /* of the log, when a commit folds it: the thread does not keep up */

enum lk_status state_open(struct cloud *cloud, struct lk_error *err)
{
    char *path = path_join(cloud->folder, "state.db");
    enum lk_status st = db_open(&cloud->db, path, schema, schema_steps, err);

    if (!st)
        st = db_exec(cloud->db,
                     "pragma synchronous = normal; pragma cache_size = -8192;"
                     "pragma wal_autocheckpoint = " FOLD_PAGES,
                     err);
    free(path);
    return st;
}

void state_close(struct cloud *cloud)
{
    for (size_t i = 0; i < SQL_CACHE; i++)
        stmt_free(cloud->sql[i].stmt);
    memset(cloud->sql, 0, sizeof cloud->sql);
    db_close(cloud->db);
    cloud->db = NULL;
}

/* ---- folding the log ------------------------------------------------------------- */

/* Wait a moment; false when it is time to end. */
static bool fold_pause(struct cloud *cloud)
{
    int64_t at = clock_unix_ms() + FOLD_LOOK_MS;
    struct timespec until = {at / 1000, at % 1000 * 1000000};
    bool going;

    pthread_mutex_lock(&cloud->fold_lock);
    if (!cloud->fold_end)
        pthread_cond_timedwait(&cloud->fold, &cloud->fold_lock, &until);
    going = !cloud->fold_end;
    pthread_mutex_unlock(&cloud->fold_lock);
    return going;
}

/* First what there is, beside those who go on; then the little that came meanwhile, alone. */
static void fold(struct cloud *cloud, struct db *db)
{
    atomic_store(&cloud->fold_commits, 0);
    (void)!db_exec(db, "pragma wal_checkpoint(passive)", NULL);
    cloud_lock(cloud);
    (void)!db_exec(db, "pragma wal_checkpoint(passive)", NULL);
    cloud_unlock(cloud);
}

static void *fold_thread(void *ctx)
{
    struct cloud *cloud = ctx;
    char *path = path_join(cloud->folder, "state.db");
    struct db *db = NULL;
    int looks = 0;

    if (!db_open(&db, path, schema, schema_steps, NULL))
        while (fold_pause(cloud)) {
            int64_t commits = atomic_load(&cloud->fold_commits);

            if (commits < FOLD_COMMITS && (!commits || ++looks < FOLD_LOOKS))
                continue;
            fold(cloud, db);
            looks = 0;
        }
    db_close(db);
    free(path);
    return NULL;
}

void state_fold_start(struct cloud *cloud)
{
    pthread_mutex_init(&cloud->fold_lock, NULL);
    pthread_cond_init(&cloud->fold, NULL);
    cloud->folding = !pthread_create(&cloud->fold_thread_id, NULL, fold_thread, cloud);
}

void state_fold_stop(struct cloud *cloud)
{
    if (cloud->folding) {
        pthread_mutex_lock(&cloud->fold_lock);
        cloud->fold_end = true;
        pthread_cond_signal(&cloud->fold);
        pthread_mutex_unlock(&cloud->fold_lock);
        pthread_join(cloud->fold_thread_id, NULL);
        cloud->folding = false;
    }
    pthread_mutex_destroy(&cloud->fold_lock);
    pthread_cond_destroy(&cloud->fold);
}

void cloud_lock(struct cloud *cloud)
{
    pthread_mutex_lock(&cloud->lock);
}

void cloud_unlock(struct cloud *cloud)
{
    pthread_mutex_unlock(&cloud->lock);
}

struct db *cloud_db(struct cloud *cloud)
{
    return cloud->db;
}

/* ---- transactions ------------------------------------------------------------ */

/* An open statement would keep the log from being folded into the database. */
static void reset_used(struct cloud *cloud)
{
    for (size_t i = 0; i < cloud->used_count; i++)
        stmt_reset(cloud->used[i]);
    cloud->used_count = 0;
}

static void note(struct cloud *cloud, const struct lk_error *err)
{
    char line[1400];

    cloud->failed = true;
    fprintf(stderr, "practice cloud: %s\n", lk_error_format(err, line, sizeof line));
}

bool cloud_begin(struct cloud *cloud)
{
    struct lk_error err = {0};

    cloud->failed = false;
    if (db_begin(cloud->db, &err))
        note(cloud, &err);
    return !cloud->failed;
}

bool cloud_commit(struct cloud *cloud)
{
    struct lk_error err = {0};

    reset_used(cloud);
    if (!cloud->failed && db_commit(cloud->db, &err))
        note(cloud, &err);
    atomic_fetch_add(&cloud->fold_commits, 1);
    if (cloud->failed)
        cloud_rollback(cloud);
    return !cloud->failed;
}

void cloud_rollback(struct cloud *cloud)
{
    reset_used(cloud);
    db_rollback(cloud->db);
    access_forget(cloud);
}

/* ---- statements ---------------------------------------------------------------- */

static struct stmt *prepare(struct cloud *cloud, const char *text)
{
    struct lk_error err = {0};
    struct stmt *s = NULL;
    char line[1400];

    if (db_prepare(&s, cloud->db, text, &err)) { /* the text is ours: nothing can go on */
        fprintf(stderr, "practice cloud: %s: %s\n", text, lk_error_format(&err, line, sizeof line));
        exit(1);
    }
    return s;
}

struct stmt *sql(struct cloud *cloud, const char *text)
{
    size_t i = ((uintptr_t)text >> 3) * 2654435761u % SQL_CACHE;
    struct stmt *s;

    while (cloud->sql[i].text && cloud->sql[i].text != text)
        i = (i + 1) % SQL_CACHE;
    if (!cloud->sql[i].text) {
        cloud->sql[i].stmt = prepare(cloud, text);
        cloud->sql[i].text = text;
    }
    s = cloud->sql[i].stmt;
    stmt_reset(s);
    if (cloud->used_count == SQL_USED)
        cloud->used_count = 0; /* those forgotten are reset when next asked for */
    cloud->used[cloud->used_count++] = s;
    return s;
}

bool sql_row(struct cloud *cloud, struct stmt *s)
{
    struct lk_error err = {0};
    bool row = false;

    if (cloud->failed)
        return false;
    if (stmt_step(s, &row, &err))
        note(cloud, &err);
    return row && !cloud->failed;
}

bool sql_run(struct cloud *cloud, struct stmt *s)
{
    struct lk_error err = {0};

    if (!cloud->failed && stmt_run(s, &err))
        note(cloud, &err);
    return !cloud->failed;
}

const char *sql_text(struct arena *a, struct stmt *s, int column)
{
    return arena_strdup(a, stmt_get_text(s, column));
}

/* ---- tags ------------------------------------------------------------------------ */

void tags_put(struct cloud *cloud, const char *arn, const char *key, const char *value)
{
    struct stmt *s = sql(cloud, "insert or replace into tags values (?1, ?2, ?3)");

    stmt_text(s, 1, arn);
    stmt_text(s, 2, key);
    stmt_text(s, 3, value);
    sql_run(cloud, s);
}

void tags_remove(struct cloud *cloud, const char *arn, const char *key)
{
    struct stmt *s = sql(cloud, "delete from tags where arn = ?1 and (?2 is null or key = ?2)");

    stmt_text(s, 1, arn);
    stmt_text(s, 2, key);
    sql_run(cloud, s);
}

void tags_each(struct cloud *cloud, const char *arn, tag_fn *fn, void *ctx)
{
    struct stmt *s = sql(cloud, "select key, value from tags where arn = ?1 order by key");

    stmt_text(s, 1, arn);
    while (sql_row(cloud, s))
        fn(ctx, stmt_get_text(s, 0), stmt_get_text(s, 1));
    stmt_reset(s);
}

/* ---- time -------------------------------------------------------------------------- */

int64_t cloud_now(const struct cloud *cloud)
{
    return clock_unix_ms();
}

bool cloud_real_pace(const struct cloud *cloud)
{
    return cloud->real_pace;
}

int64_t cloud_duration(const struct cloud *cloud, int64_t real_ms)
{
    return cloud->real_pace ? real_ms : real_ms / 1000;
}
