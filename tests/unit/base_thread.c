/* The pool: each task once, whatever the number of threads, also nested and in quick succession. */
#include "base/thread.h"
#include "unit/unit.h"

#include <stdatomic.h>

enum { TASKS = 1000 };

struct job {
    atomic_int ran[TASKS];
    struct pool *pool;
    int workers;
    atomic_int bad_worker;
    atomic_int inner;
};

static void count(void *ctx, size_t task, int worker)
{
    struct job *j = ctx;

    atomic_fetch_add(&j->ran[task], 1);
    if (worker < 0 || worker >= j->workers)
        atomic_fetch_add(&j->bad_worker, 1);
}

static void add_inner(void *ctx, size_t task, int worker)
{
    atomic_fetch_add(&((struct job *)ctx)->inner, 1);
}

static void nest(void *ctx, size_t task, int worker)
{
    pool_run(((struct job *)ctx)->pool, 3, add_inner, ctx);
}

static void each_task_once(void **state)
{
    for (int threads = 1; threads <= 5; threads++) {
        struct job *j = test_calloc(1, sizeof *j);

        j->pool = pool_new(threads);
        j->workers = pool_threads(j->pool);
        for (int round = 1; round <= 200; round++) {
            pool_run(j->pool, TASKS, count, j);
            for (int i = 0; i < TASKS; i++)
                assert_int_equal(j->ran[i], round);
        }
        assert_int_equal(j->bad_worker, 0);
        pool_free(j->pool);
        test_free(j);
    }
}

static void nested_batches_run_inline(void **state)
{
    struct job *j = test_calloc(1, sizeof *j);

    j->pool = pool_new(3);
    pool_run(j->pool, 10, nest, j);
    assert_int_equal(j->inner, 30);
    pool_free(j->pool);
    test_free(j);
}

/* A task with a pool of its own: workers are numbered by that one. */
static void own_pool(void *ctx, size_t task, int worker)
{
    struct pool *own = pool_new(1);

    pool_run(own, TASKS, count, ctx);
    pool_free(own);
}

static void a_pool_inside_another_numbers_its_own_workers(void **state)
{
    struct job *j = test_calloc(1, sizeof *j);

    j->pool = pool_new(4);
    j->workers = 1;
    pool_run(j->pool, 40, own_pool, j);
    for (int i = 0; i < TASKS; i++)
        assert_int_equal(j->ran[i], 40);
    assert_int_equal(j->bad_worker, 0);
    pool_free(j->pool);
    test_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_once),
        cmocka_unit_test(nested_batches_run_inline),
        cmocka_unit_test(a_pool_inside_another_numbers_its_own_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
