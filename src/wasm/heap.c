/*
 * malloc for a page, in an eighth of the bytes that WASI's takes: blocks lie one
 * after the other from the end of the module's data to the end of its memory;
 * free neighbours are joined at once, and a free block is found by its size in a
 * step or two, whatever there is ("two-level segregated fit").
 *
 *     | before | size, used | what the caller has ...  | before | size, used | ...
 *
 * Sizes count from head to head in steps of 16, so that what callers get is
 * aligned to 16. Free blocks of one class are a list inside their own bytes. A
 * class is a power of two (`row`) cut into eight (`column`); bits say which have
 * something. The last block, of no bytes and never free, ends the walk.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct block {
    struct block *before; /* in memory */
    size_t size;          /* with USED */
    struct block *next, *last;
};

enum {
    UNIT = 16,
    HEAD = offsetof(struct block, next),
    LEAST = (sizeof(struct block) + UNIT - 1) / UNIT * UNIT,
    USED = 1,
    COLUMNS = 8,
    ROWS = 28,
    PAGE = 65536,
    TRIED = 16,
};

static struct {
    uint32_t rows, columns[ROWS];
    struct block *free[ROWS][COLUMNS];
    struct block *end;
} heap;

extern unsigned char __heap_base;

#ifdef __wasm__
static size_t memory_pages(void)
{
    return __builtin_wasm_memory_size(0);
}

/* The first of n pages more, or SIZE_MAX. */
static size_t memory_grow(size_t n)
{
    return __builtin_wasm_memory_grow(0, n);
}
#else /* a test's */
size_t memory_pages(void);
size_t memory_grow(size_t n);
#endif

static void release(void *p);

static size_t size_of(const struct block *b)
{
    return b->size & ~(size_t)USED;
}

static struct block *after(const struct block *b)
{
    return (struct block *)((char *)b + size_of(b));
}

static struct block *block_of(void *p)
{
    return (struct block *)((char *)p - HEAD);
}

/* The class that a size belongs to, as row * COLUMNS + column. */
static unsigned class_of(size_t size)
{
    uint32_t units = (uint32_t)(size / UNIT), top = 31 - (uint32_t)__builtin_clz(units);

    if (units < COLUMNS)
        return units;
    return (top - 2) * COLUMNS + (units >> (top - 3)) % COLUMNS;
}

static void put(struct block *b, size_t size)
{
    unsigned class = class_of(size), row = class / COLUMNS, column = class % COLUMNS;
    struct block **list = &heap.free[row][column];

    b->size = size;
    after(b)->before = b;
    b->last = NULL;
    b->next = *list;
    if (b->next)
        b->next->last = b;
    *list = b;
    heap.rows |= 1u << row;
    heap.columns[row] |= 1u << column;
}

static void take(struct block *b)
{
    unsigned class = class_of(b->size), row = class / COLUMNS, column = class % COLUMNS;

    if (b->next)
        b->next->last = b->last;
    if (b->last) {
        b->last->next = b->next;
        return;
    }
    heap.free[row][column] = b->next;
    if (b->next)
        return;
    heap.columns[row] &= ~(1u << column);
    if (!heap.columns[row])
        heap.rows &= ~(1u << row);
}

/* A free block of the class or the next that has one: each in it is large enough. */
static struct block *find_class(unsigned class)
{
    unsigned row = class / COLUMNS;
    uint32_t columns = row < ROWS ? heap.columns[row] & (~0u << class % COLUMNS) : 0, rows;

    if (!columns) {
        rows = row < ROWS ? heap.rows & (~0u << row << 1) : 0;
        if (!rows)
            return NULL;
        row = (unsigned)__builtin_ctz(rows);
        columns = heap.columns[row];
    }
    return heap.free[row][__builtin_ctz(columns)];
}

/*
 * In a size's own class blocks may be too small. A few are tried, since what is
 * asked for is often of a size that was given back; then larger classes.
 */
static struct block *find(size_t size)
{
    unsigned class = class_of(size);
    struct block *b = heap.free[class / COLUMNS][class % COLUMNS];

    for (int i = 0; b && i < TRIED; i++, b = b->next)
        if (b->size >= size)
            return b;
    return find_class(class + 1);
}

/* What is more than `size` of a block that is in use becomes free. */
static void trim(struct block *b, size_t size)
{
    size_t rest = size_of(b) - size;
    struct block *next;

    if (rest < LEAST)
        return;
    b->size = size | USED;
    next = after(b);
    next->before = b;
    next->size = rest | USED;
    release((char *)next + HEAD);
}

/* More memory, as a free block at the end; a sixteenth of all more than is asked for. */
static struct block *grow(size_t size)
{
    size_t pages = size / PAGE + 1 + memory_pages() / 16, first;
    struct block *b = heap.end;

    first = memory_grow(pages);
    if (first == SIZE_MAX) {
        pages = size / PAGE + 1;
        first = memory_grow(pages);
    }
    if (first == SIZE_MAX)
        return NULL;
    if (!b) { /* what the linker left in the first pages is ours as well */
        b = (struct block *)(((uintptr_t)&__heap_base + HEAD + UNIT - 1) / UNIT * UNIT - HEAD);
        b->before = NULL;
    }
    heap.end = (struct block *)((first + pages) * PAGE - HEAD);
    heap.end->size = USED;
    b->size = (size_t)((char *)heap.end - (char *)b) | USED;
    heap.end->before = b;
    release((char *)b + HEAD);
    b = heap.end->before;
    return b;
}

/* Bytes from head to head for n of the caller's; 0 when there can never be so many. */
static size_t whole(size_t n)
{
    if (n > UINT32_MAX / 2)
        return 0;
    return n < LEAST - HEAD ? LEAST : (n + HEAD + UNIT - 1) / UNIT * UNIT;
}

static void *allot(size_t n)
{
    size_t size = whole(n);
    struct block *b;

    if (!size)
        return NULL;
    b = find(size);
    if (!b)
        b = grow(size);
    if (!b)
        return NULL;
    take(b);
    b->size |= USED;
    trim(b, size);
    return (char *)b + HEAD;
}

static void release(void *p)
{
    struct block *b, *other;
    size_t size;

    if (!p)
        return;
    b = block_of(p);
    size = size_of(b);
    other = after(b);
    if (!(other->size & USED)) {
        take(other);
        size += other->size;
    }
    if (b->before && !(b->before->size & USED)) {
        b = b->before;
        take(b);
        size += b->size;
    }
    put(b, size);
}

void *malloc(size_t n)
{
    return allot(n);
}

void free(void *p)
{
    release(p);
}

void *calloc(size_t count, size_t each)
{
    size_t n;
    void *p = __builtin_mul_overflow(count, each, &n) ? NULL : allot(n);

    return p ? memset(p, 0, n) : NULL;
}

/* Make a block longer where what follows it is free, or nothing; false: it stays. */
static int extend(struct block *b, size_t size)
{
    struct block *next = after(b);
    size_t more = next->size & USED ? 0 : next->size;

    if (size_of(b) + more < size) {
        if ((more ? after(next) : next) != heap.end || !grow(size - size_of(b) - more))
            return 0;
        next = after(b);
    }
    take(next);
    b->size += next->size;
    after(b)->before = b;
    return 1;
}

void *realloc(void *p, size_t n)
{
    size_t size = whole(n);
    struct block *b;
    void *other;

    if (!p || !size)
        return size ? allot(n) : NULL;
    b = block_of(p);
    if (size_of(b) >= size || extend(b, size)) {
        trim(b, size);
        return p;
    }
    other = allot(n);
    if (other) {
        memcpy(other, p, size_of(b) - HEAD);
        release(p);
    }
    return other;
}

int posix_memalign(void **out, size_t align, size_t n)
{
    size_t size = whole(n), skip;
    char *p = size ? allot(n + align + LEAST) : NULL;
    struct block *b, *aligned;

    if (!p)
        return ENOMEM;
    skip = -(uintptr_t)p % align;
    if (skip && skip < LEAST)
        skip += align;
    if (skip) { /* what lies before is a block of its own, and free */
        b = block_of(p);
        aligned = block_of(p + skip);
        aligned->before = b;
        aligned->size = (size_of(b) - skip) | USED;
        after(aligned)->before = aligned;
        b->size = skip | USED;
        release(p);
        p += skip;
    }
    trim(block_of(p), size);
    *out = p;
    return 0;
}
