/* Allocation that ends the program instead of failing, and arenas over it. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn static void out_of_memory(size_t n)
{
    fprintf(stderr, "out of memory (%zu bytes asked for)\n", n);
    exit(1);
}

void *mem_alloc(size_t n)
{
    void *p = malloc(n ? n : 1);

    if (!p)
        out_of_memory(n);
    return p;
}

void *mem_calloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);

    if (!p)
        out_of_memory(count);
    return p;
}

void *mem_resize(void *p, size_t count, size_t size)
{
    size_t n;

    if (__builtin_mul_overflow(count, size, &n))
        out_of_memory(SIZE_MAX);
    p = realloc(p, n ? n : 1);
    if (!p)
        out_of_memory(n);
    return p;
}

void *mem_aligned(size_t align, size_t size)
{
    void *p;

    if (posix_memalign(&p, align, size ? size : align))
        out_of_memory(size);
    return p;
}

char *mem_strndup(const char *s, size_t n)
{
    char *copy = mem_alloc(n + 1);

    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *mem_strdup(const char *s)
{
    return mem_strndup(s, strlen(s));
}

/*
 * Blocks stand in a list, the one being filled on top. A request too large for
 * a block gets one of its own, put below the top so that the top goes on.
 */
struct arena_block {
    struct arena_block *below;
    size_t used, size;
    _Alignas(16) unsigned char bytes[];
};

enum { ARENA_BLOCK = 16 * 1024 - 64 };

static struct arena_block *block_new(size_t size)
{
    struct arena_block *b = mem_alloc(sizeof *b + size);

    b->below = NULL;
    b->used = 0;
    b->size = size;
    return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
    struct arena_block *b = a->top;
    void *p;

    if (n > SIZE_MAX - 64)
        out_of_memory(n);
    n = (n + 15) & ~(size_t)15;
    if (n > ARENA_BLOCK / 4) {
        b = block_new(n);
        if (a->top) {
            b->below = a->top->below;
            a->top->below = b;
        } else {
            a->top = b;
        }
    } else if (!b || b->size - b->used < n) {
        b = block_new(ARENA_BLOCK);
        b->below = a->top;
        a->top = b;
    }
    p = b->bytes + b->used;
    b->used += n;
    return memset(p, 0, n);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    char *copy = arena_alloc(a, n + 1);

    memcpy(copy, s, n);
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args, again;
    char *text;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    text = arena_alloc(a, (size_t)(n < 0 ? 0 : n) + 1);
    if (n > 0)
        vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    return text;
}

void arena_done(struct arena *a)
{
    while (a->top) {
        struct arena_block *below = a->top->below;

        free(a->top);
        a->top = below;
    }
}
