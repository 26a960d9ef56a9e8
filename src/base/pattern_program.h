/* What a pattern becomes: between its reader (pattern.c) and its machine (pattern_match.c). */
#ifndef BASE_PATTERN_PROGRAM_H
#define BASE_PATTERN_PROGRAM_H

#include "base/pattern.h"

enum {
    PATTERN_STEPS_MAX = 4000, /* which bounds {m,n} within {m,n} */
    PATTERN_SETS_MAX = 200,
};

/* Jumps are relative: a piece can be copied for {m,n}, and moved when something goes before it. */
enum op { BYTE, SET, SPLIT, JUMP, SAVE, BEGIN, END, WORD_EDGE, NO_WORD_EDGE, MATCH };

struct step {
    enum op op;
    int x, y; /* byte; set; where to (the preferred first); which place */
};

struct set {
    uint8_t bit[32];
};

struct pattern {
    struct step *step;
    size_t n, cap;
    struct set set[PATTERN_SETS_MAX];
    size_t sets, groups;
};

static inline bool pattern_set_has(const struct set *s, uint8_t byte)
{
    return s->bit[byte / 8] >> byte % 8 & 1;
}

/* Letters, digits and _, as \w and \b have them. */
bool pattern_is_word(int c);

#endif
