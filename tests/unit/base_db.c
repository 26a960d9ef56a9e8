/* Databases: schema steps, values there and back, rollback, and what is refused. */
#include "base/db.h"
#include "base/file.h"
#include "unit/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char *path;

static const char *const steps[] = {
    "create table t (k text primary key, n integer, x real, b blob)",
    "alter table t add column extra text default 'new'",
};

static int make_folder(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/labbook-test-XXXXXX");
    path = mkdtemp(folder) ? path_join(folder, "a.db") : NULL;
    return path ? 0 : -1;
}

static int remove_folder(void **state)
{
    free(path);
    return file_remove(folder, NULL);
}

static int64_t count(struct db *db)
{
    struct stmt *s = NULL;
    bool row = false;
    int64_t n = -1;

    assert_ok(db_prepare(&s, db, "select count(*) from t", NULL), NULL);
    assert_ok(stmt_step(s, &row, NULL), NULL);
    n = stmt_get_int(s, 0);
    stmt_free(s);
    return n;
}

static void values_come_back(void **state)
{
    struct lk_error err = {0};
    struct stmt *s = NULL;
    struct db *db = NULL;
    bool row;

    assert_ok(db_open(&db, ":memory:", steps, 2, &err), &err);
    assert_ok(db_prepare(&s, db, "insert into t (k, n, x, b) values (?1, ?2, ?3, ?4)", &err), &err);
    stmt_slice(s, 1, SLICE("key"));
    stmt_int(s, 2, INT64_MIN);
    stmt_double(s, 3, 0.1);
    stmt_blob(s, 4, (struct slice){"\0\xff", 2});
    assert_ok(stmt_run(s, &err), &err);
    assert_int_equal(db_changes(db), 1);
    /* The same key again is refused, and the statement is fit for use after. */
    stmt_text(s, 1, "key");
    assert_int_equal(stmt_run(s, &err), LK_EINPUT);
    stmt_text(s, 1, "two");
    assert_ok(stmt_run(s, &err), &err);
    stmt_free(s);
    assert_ok(db_prepare(&s, db, "select * from t order by k", &err), &err);
    assert_ok(stmt_step(s, &row, &err), &err);
    assert_true(row);
    assert_string_equal(stmt_get_text(s, 0), "key");
    assert_true(stmt_get_int(s, 1) == INT64_MIN);
    assert_true(stmt_get_double(s, 2) == 0.1);
    assert_int_equal(stmt_get_slice(s, 3).len, 2);
    assert_memory_equal(stmt_get_slice(s, 3).ptr, "\0\xff", 2);
    assert_string_equal(stmt_get_text(s, 4), "new");
    assert_ok(stmt_step(s, &row, &err), &err);
    assert_true(stmt_is_null(s, 1));
    assert_string_equal(stmt_get_text(s, 1), "");
    assert_ok(stmt_step(s, &row, &err), &err);
    assert_false(row);
    stmt_free(s);
    db_close(db);
}

static void schema_goes_on_where_it_was(void **state)
{
    static const char *const broken[] = {"select 1", "select 1",
                                         "create table half (a); insert into nowhere values (1)"};
    struct lk_error err = {0};
    struct db *db = NULL;

    assert_ok(db_open(&db, path, steps, 1, &err), &err);
    assert_ok(db_exec(db, "insert into t (k) values ('old')", &err), &err);
    db_close(db);
    assert_ok(db_open(&db, path, steps, 2, &err), &err);
    assert_int_equal(count(db), 1);
    db_close(db);
    assert_int_equal(db_open(&db, path, steps, 1, &err), LK_EUNSUPPORTED);
    /* A step that fails leaves nothing of itself. */
    assert_int_not_equal(db_open(&db, path, broken, 3, NULL), LK_OK);
    assert_ok(db_open(&db, path, steps, 2, &err), &err);
    assert_int_not_equal(db_exec(db, "select * from half", NULL), LK_OK);
    db_close(db);
}

static void rolled_back_is_gone(void **state)
{
    struct db *db = NULL;

    assert_ok(db_open(&db, ":memory:", steps, 2, NULL), NULL);
    assert_ok(db_begin(db, NULL), NULL);
    assert_ok(db_exec(db, "insert into t (k) values ('a')", NULL), NULL);
    db_rollback(db);
    db_rollback(db);
    assert_int_equal(count(db), 0);
    db_close(db);
}

static void a_killed_writer_loses_only_what_it_had_not_committed(void **state)
{
    char *file = path_join(folder, "killed.db");
    struct db *db = NULL;
    int status;
    pid_t pid = fork();

    if (!pid) {
        if (db_open(&db, file, steps, 2, NULL) ||
            db_exec(db, "insert into t (k) values ('kept')", NULL) || db_begin(db, NULL) ||
            db_exec(db, "insert into t (k) values ('lost')", NULL))
            _exit(1);
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_ok(db_open(&db, file, steps, 2, NULL), NULL);
    assert_int_equal(count(db), 1);
    db_close(db);
    free(file);
}

static void other_files_are_refused(void **state)
{
    char *other = path_join(folder, "notes.txt");
    struct lk_error err = {0};
    struct db *db = NULL;

    assert_ok(file_write(other, SLICE("these are only notes, and no database at all......."), &err),
              &err);
    assert_int_equal(db_open(&db, other, steps, 2, &err), LK_EINPUT);
    assert_string_equal(err.file, other);
    assert_int_equal(db_open(&db, folder, steps, 2, &err), LK_EIO);
    assert_null(db);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(schema_goes_on_where_it_was),
        cmocka_unit_test(rolled_back_is_gone),
        cmocka_unit_test(a_killed_writer_loses_only_what_it_had_not_committed),
        cmocka_unit_test(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
