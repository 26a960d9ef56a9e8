/* A page's malloc, over an array for its memory: random calls against what must hold. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PAGES = 1024 };
static _Alignas(65536) unsigned char arena[PAGES * 65536];
static size_t arena_pages = 2;

size_t memory_pages(void);
size_t memory_grow(size_t by);

size_t memory_pages(void)
{
    return arena_pages;
}

size_t memory_grow(size_t by)
{
    size_t had = arena_pages;

    if (by > PAGES - arena_pages)
        return SIZE_MAX;
    arena_pages += by;
    return had + (uintptr_t)arena / 65536;
}

#define malloc         page_malloc
#define free           page_free
#define calloc         page_calloc
#define realloc        page_realloc
#define posix_memalign page_memalign
#define __heap_base    arena_base
void *page_malloc(size_t n);
void page_free(void *p);
void *page_calloc(size_t count, size_t each);
void *page_realloc(void *p, size_t n);
int page_memalign(void **out, size_t align, size_t n);
#include "wasm/heap.c"
__asm__(".globl arena_base\narena_base = arena + 1000");
#undef malloc
#undef free
#undef calloc
#undef realloc
#undef posix_memalign

#include "unit/unit.h"

enum { SLOTS = 400 };
static struct {
    unsigned char *p;
    size_t n;
    unsigned char mark;
} slot[SLOTS];

static uint64_t state = 88172645463325252u;

static size_t any(size_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static size_t some_size(void)
{
    return any(8) ? any(300) : any(8) ? any(20000) : any(3000000);
}

static void look(size_t i)
{
    for (size_t k = 0; k < slot[i].n; k++)
        if (slot[i].p[k] != slot[i].mark)
            fail_msg("byte %zu of %zu changed", k, slot[i].n);
}

static void set(size_t i, void *p, size_t n)
{
    slot[i].p = p;
    slot[i].n = p ? n : 0;
    slot[i].mark = (unsigned char)any(256);
    if (p)
        memset(p, slot[i].mark, n);
}

/* Blocks fill the heap without a gap, each knows the one before, no two free ones touch. */
static void walk(void)
{
    struct block *b = heap.end;
    bool was_free = false;

    for (; b->before; b = b->before) {
        bool is_free = !(b->size & USED);

        assert_ptr_equal(after(b->before), b);
        assert_false(is_free && was_free);
        was_free = is_free;
    }
    assert_true((unsigned char *)b < arena + 1064);
}

static void one_call(size_t i)
{
    size_t n = some_size(), align = (size_t)16 << any(6), kept;
    unsigned char *p;
    void *out = NULL;

    look(i);
    switch (any(4)) {
    case 0:
        page_free(slot[i].p);
        set(i, page_malloc(n), n);
        break;
    case 1:
        kept = slot[i].n < n ? slot[i].n : n;
        p = page_realloc(slot[i].p, n);
        if (!p)
            break;
        for (size_t k = 0; k < kept; k++)
            assert_int_equal(p[k], slot[i].mark);
        set(i, p, n);
        break;
    case 2:
        page_free(slot[i].p);
        set(i, page_memalign(&out, align, n) ? NULL : out, n);
        assert_int_equal((uintptr_t)out % align, 0);
        break;
    default:
        page_free(slot[i].p);
        set(i, NULL, 0);
    }
    assert_int_equal((uintptr_t)slot[i].p % 16, 0);
}

static void what_is_had_stays_whole(void **unused)
{
    for (int i = 0; i < 60000; i++) {
        one_call(any(SLOTS));
        if (i % 100 == 0)
            walk();
    }
    for (size_t i = 0; i < SLOTS; i++) {
        look(i);
        page_free(slot[i].p);
    }
    walk();
    assert_true(!(heap.end->before->size & USED) && !heap.end->before->before);
}

static void memory_ends_without_harm(void **unused)
{
    char *p = page_malloc(10);

    assert_null(page_malloc(SIZE_MAX));
    assert_null(page_malloc((size_t)PAGES * 65536));
    assert_null(page_calloc(SIZE_MAX / 2, 4));
    strcpy(p, "kept");
    assert_null(page_realloc(p, (size_t)PAGES * 65536));
    assert_string_equal(p, "kept");
    page_free(p);
    p = page_calloc(100, 100);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(p[i], 0);
    page_free(p);
    page_free(NULL);
}

/* A text that grows at the end of memory is not copied: twice its size would not fit. */
static void what_grows_at_the_end_grows_in_place(void **unused)
{
    size_t n = 1 << 20;
    char *p = page_malloc(n);

    for (; n < (size_t)PAGES * 65536 * 7 / 8; n += n / 8) {
        p = page_realloc(p, n);
        assert_non_null(p);
    }
    page_free(p);
    walk();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_had_stays_whole),
        cmocka_unit_test(memory_ends_without_harm),
        cmocka_unit_test(what_grows_at_the_end_grows_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
