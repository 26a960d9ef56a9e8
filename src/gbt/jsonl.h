/* JSON lines: one object or array of plain values a line, taken value by value. */
#ifndef GBT_JSONL_H
#define GBT_JSONL_H

#include "base/str.h"

enum jsonl_kind { JSONL_NUMBER, JSONL_STRING, JSONL_MISSING, JSONL_END, JSONL_BAD };

/* Where we are in a line. Begin with p at its first byte and the rest zero. */
struct jsonl {
    const char *p; /* next byte; text must end with '\n' */
    bool object;   /* else an array: keys are empty */
    bool started;
    struct slice key, value;         /* of the value taken; true and false are numbers 1 and 0 */
    const char *at;                  /* where the value stands, or the trouble */
    const char *expected;            /* after JSONL_BAD */
    struct str key_text, value_text; /* unescaped; free with jsonl_done */
};

/* JSONL_END leaves p after the closing bracket and trailing spaces. */
enum jsonl_kind jsonl_take(struct jsonl *j);
void jsonl_done(struct jsonl *j);

#endif
