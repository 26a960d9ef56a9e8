/*
 * The info string of fenced code: words and key=value pairs, a value in double
 * quotes where it holds spaces.
 *     lua lab id=train targets=local,practice timeout=60s title="Train it"
 */
#ifndef BOOK_INFO_H
#define BOOK_INFO_H

#include "base/mem.h"
#include "base/str.h"

enum { INFO_MAX = 16 };

struct info_item {
    struct slice key; /* a bare word is a key without value */
    struct slice value;
    bool has_value;
    int column; /* from 1, in the source line */
};

struct info {
    struct info_item items[INFO_MAX];
    size_t count;
};

/* The fenced code that is open at a line of the top level; mark 0 where none is. */
struct fence {
    char mark;
    size_t width;
};

/* Read the next line: it may open a fence or close the one that is open. */
void fence_follow(struct fence *f, struct slice line);

/* Take the info string out of the line that opens a fence. */
void info_parse(struct info *out, struct slice fence_line);
/* The i-th bare word, or empty. */
struct slice info_word(const struct info *info, size_t i);
/* NULL when the key is not there. */
const struct info_item *info_get(const struct info *info, const char *key);

#endif
