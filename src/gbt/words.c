/* Open addressing with linear probing over FNV-1a; words lie in an arena. */
#include "gbt/words.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash(struct slice s)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * 1099511628211u;
    return h ^ h >> 29;
}

/* Where the word is, or the free slot where it belongs. */
static size_t probe(const struct words *w, struct slice text)
{
    size_t mask = w->slots - 1, i = hash(text) & mask;

    while (w->slot[i] && !slice_eq(w->word[w->slot[i] - 1], text))
        i = (i + 1) & mask;
    return i;
}

static void grow(struct words *w)
{
    free(w->slot);
    w->slots = w->slots ? w->slots * 2 : 16;
    w->slot = mem_calloc(w->slots, sizeof *w->slot);
    for (size_t i = 0; i < w->n; i++)
        w->slot[probe(w, w->word[i])] = (uint32_t)i + 1;
}

int64_t words_find(const struct words *w, struct slice text)
{
    return w->slots ? (int64_t)w->slot[probe(w, text)] - 1 : -1;
}

uint32_t words_add(struct words *w, struct slice text)
{
    size_t i;

    if (2 * w->n >= w->slots)
        grow(w);
    i = probe(w, text);
    if (!w->slot[i]) {
        MEM_GROW(w->word, w->n, w->cap);
        w->word[w->n++] = (struct slice){arena_strndup(&w->arena, text.ptr, text.len), text.len};
        w->slot[i] = (uint32_t)w->n;
    }
    return w->slot[i] - 1;
}

void words_load(struct words *w, const struct gbt_dictionary *d)
{
    for (size_t i = 0; i < d->n; i++)
        words_add(w, slice_of(d->words[i]));
}

static int compare(const void *a, const void *b, void *ctx)
{
    const struct words *w = ctx;

    return strcmp(w->word[*(const uint32_t *)a].ptr, w->word[*(const uint32_t *)b].ptr);
}

uint32_t *words_sorted(const struct words *w, struct gbt_dictionary *out)
{
    uint32_t *order = mem_calloc(w->n, sizeof *order), *place = mem_calloc(w->n, sizeof *place);

    for (size_t i = 0; i < w->n; i++)
        order[i] = (uint32_t)i;
    if (w->n)
        qsort_r(order, w->n, sizeof *order, compare, (void *)(uintptr_t)w);
    out->n = w->n;
    out->words = w->n ? mem_calloc(w->n, sizeof *out->words) : NULL;
    for (size_t i = 0; i < w->n; i++) {
        out->words[i] = mem_strdup(w->word[order[i]].ptr);
        place[order[i]] = (uint32_t)i;
    }
    free(order);
    return place;
}

void words_done(struct words *w)
{
    arena_done(&w->arena);
    free(w->word);
    free(w->slot);
    *w = (struct words){0};
}
