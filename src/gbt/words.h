/*
 * Words and their codes: a hash table that hands out 0, 1, 2, ... in the order
 * of first sight. Looking up does not change it, so a filled one may be shared.
 */
#ifndef GBT_WORDS_H
#define GBT_WORDS_H

#include "base/mem.h"
#include "base/str.h"
#include "gbt/matrix.h"

struct words {
    struct arena arena;
    struct slice *word; /* (n), terminated as well */
    uint32_t *slot;     /* code + 1, or 0; a power of two of them, at most half full */
    size_t n, cap, slots;
};

/* All zero is an empty one. */
void words_done(struct words *w);
/* The code, or -1. */
int64_t words_find(const struct words *w, struct slice text);
/* The code, given out now if the word is new. */
uint32_t words_add(struct words *w, struct slice text);
/* The words of a dictionary under the codes that they have there. */
void words_load(struct words *w, const struct gbt_dictionary *d);
/*
 * The words in bytewise order as a dictionary (yours), and for each code its
 * place in that order (n entries, yours to free).
 */
uint32_t *words_sorted(const struct words *w, struct gbt_dictionary *out);

#endif
