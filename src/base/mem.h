/*
 * Memory. Running out of it ends the program in one place, with one line on
 * stderr; so no caller tests for NULL, and every size that comes from outside
 * is capped before it gets here. Lua alone has an allocator that may fail.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* n bytes, not cleared. n may be 0 (the result is still freeable). */
void *mem_alloc(size_t n) __attribute__((malloc, returns_nonnull));
/* count * size bytes, cleared; the product is checked. */
void *mem_calloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* p grown or shrunk to count * size bytes; the product is checked. */
void *mem_resize(void *p, size_t count, size_t size) __attribute__((returns_nonnull));
/* size bytes, not cleared, on a boundary of align (a power of two); free() frees it. */
void *mem_aligned(size_t align, size_t size) __attribute__((malloc, returns_nonnull));
/*
 * Tell the kernel that size bytes at p, a large array about to be filled, are
 * best in large pages: it then touches them hundreds of times instead of
 * hundreds of thousands. Only a hint; small arrays are left alone.
 */
void mem_hint_large(void *p, size_t size);
char *mem_strdup(const char *s) __attribute__((malloc, returns_nonnull));
char *mem_strndup(const char *s, size_t n) __attribute__((malloc, returns_nonnull));

/* Bytes that this process can still take; infinity where the system does not say. */
double mem_left(void);

/*
 * Make room for one more in an array that grows by half:
 *     MEM_GROW(list->items, list->len, list->cap);
 *     list->items[list->len++] = item;
 */
#define MEM_GROW(ptr, len, cap)                                                                    \
    do {                                                                                           \
        if ((len) == (cap)) {                                                                      \
            (cap) = (cap) ? (cap) + (cap) / 2 + 1 : 8;                                             \
            (ptr) = mem_resize((ptr), (size_t)(cap), sizeof *(ptr));                               \
        }                                                                                          \
    } while (0)

/*
 * An arena: many small allocations of one owner (one page, request, parse or
 * tree build), freed together. All zero is a valid empty arena.
 */
struct arena {
    struct arena_block *top;
};

void *arena_alloc(struct arena *a, size_t n)
    __attribute__((returns_nonnull)); /* cleared, 16-aligned */
char *arena_strdup(struct arena *a, const char *s) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *a, const char *s, size_t n) __attribute__((returns_nonnull));
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
/* Free everything; the arena is empty and usable again. */
void arena_done(struct arena *a);

#endif
