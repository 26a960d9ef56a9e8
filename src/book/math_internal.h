/* The commands that math.c knows. */
#ifndef BOOK_MATH_INTERNAL_H
#define BOOK_MATH_INTERNAL_H

enum math_kind {
    MATH_LETTER,   /* <mi> */
    MATH_OPERATOR, /* <mo> */
    MATH_FUNCTION, /* upright name */
    MATH_LIMITS,   /* the same, with what is below it under it in a block */
    MATH_LARGE,    /* sum, product, integral */
    MATH_SPACE,    /* value: its width */
    MATH_ACCENT,   /* over its argument */
    MATH_FRACTION,
    MATH_ROOT,
    MATH_TEXT,
    MATH_UPRIGHT,
    MATH_BOLD,
    MATH_LEFT,
    MATH_BEGIN,
};

struct math_name {
    const char *name; /* without its backslash */
    enum math_kind kind;
    const char *value; /* what is drawn */
};

const struct math_name *math_name_find(const char *name); /* NULL when there is none */
const char *math_name_near(const char *name);             /* the nearest name, or NULL */

#endif
