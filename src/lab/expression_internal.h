/* Between parsing (expression.c) and evaluating (expression_value.c). */
#ifndef LAB_EXPRESSION_INTERNAL_H
#define LAB_EXPRESSION_INTERNAL_H

#include "base/mem.h"
#include "lab/expression.h"

enum { EXPRESSION_ARGS_MAX = 8 };

enum op {
    OP_NUMBER,
    OP_TEXT,
    OP_COLUMN,
    OP_WORDS, /* leaves */
    OP_NEGATE,
    OP_NOT,
    OP_AND,
    OP_OR,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_MODULO,
    OP_POWER,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_EQUAL,
    OP_CODE_EQUAL,
    OP_TEXT_EQUAL,
    OP_TEXT_LESS,
    OP_ABS,
    OP_SQRT,
    OP_LOG,
    OP_EXP,
    OP_FLOOR,
    OP_CEIL,
    OP_ROUND,
    OP_MIN,
    OP_MAX,
    OP_MISSING,
    OP_CONTAINS,
    OP_STARTS,
    OP_LOWER,
    OP_UPPER,
    OP_LENGTH,
    OP_IF,
    OP_IF_TEXT,
    OP_JOIN,
};

struct node {
    enum op op;
    bool text; /* its value is text */
    double number;
    const char *word;
    const struct table_column *column;
    int32_t code;
    struct node *arg[EXPRESSION_ARGS_MAX];
    int args;
    struct str scratch; /* of OP_LOWER and the like */
};

struct expression {
    struct arena arena;
    struct node *root;
    struct node **with_scratch;
    size_t scratch_count, scratch_cap;
};

#endif
