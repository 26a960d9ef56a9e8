/*
 * An expression's value in a row: a walk over nodes whose kinds were settled
 * when it was parsed.
 */
#include "lab/expression_internal.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static double number_at(const struct node *n, size_t row);

static const char *text_at(struct node *n, size_t row)
{
    const char *a, *b;
    int32_t code;
    double condition;

    switch (n->op) {
    case OP_TEXT:
        return n->word;
    case OP_WORDS:
        code = n->column->codes[row];
        return code < 0 ? NULL : n->column->dict.words[code];
    case OP_IF_TEXT:
        condition = number_at(n->arg[0], row);
        return isnan(condition) ? NULL : text_at(n->arg[condition != 0 ? 1 : 2], row);
    case OP_LOWER:
    case OP_UPPER:
        if (!(a = text_at(n->arg[0], row)))
            return NULL;
        str_clear(&n->scratch);
        for (; *a; a++)
            str_putc(&n->scratch, (char)(n->op == OP_LOWER ? tolower((unsigned char)*a)
                                                           : toupper((unsigned char)*a)));
        return n->scratch.ptr;
    case OP_JOIN:
        a = text_at(n->arg[0], row);
        b = text_at(n->arg[1], row);
        if (!a || !b)
            return NULL;
        str_clear(&n->scratch);
        str_puts(&n->scratch, a);
        str_puts(&n->scratch, b);
        return n->scratch.ptr;
    default:
        return NULL;
    }
}

/* Calls on texts that give a number. */
static double text_number(const struct node *n, size_t row)
{
    const char *a = text_at(n->arg[0], row), *b = n->args > 1 ? text_at(n->arg[1], row) : "";

    if (!a || !b)
        return NAN;
    switch (n->op) {
    case OP_TEXT_EQUAL:
        return !strcmp(a, b);
    case OP_TEXT_LESS:
        return strcmp(a, b) < 0;
    case OP_CONTAINS:
        return strstr(a, b) != NULL;
    case OP_STARTS:
        return !strncmp(a, b, strlen(b));
    default: /* OP_LENGTH: characters, not bytes */
    {
        double length = 0;

        for (; *a; a++)
            length += ((unsigned char)*a & 0xc0) != 0x80;
        return length;
    }
    }
}

static double extreme(const struct node *n, size_t row)
{
    double best = number_at(n->arg[0], row);

    for (int i = 1; i < n->args; i++) {
        double v = number_at(n->arg[i], row);

        if (isnan(v))
            return NAN;
        if (n->op == OP_MIN ? v < best : v > best)
            best = v;
    }
    return best;
}

static double of_one(const struct node *n, double a)
{
    switch (n->op) {
    case OP_NEGATE:
        return -a;
    case OP_NOT:
        return isnan(a) ? a : a == 0;
    case OP_ABS:
        return fabs(a);
    case OP_SQRT:
        return sqrt(a);
    case OP_LOG:
        return log(a);
    case OP_EXP:
        return exp(a);
    case OP_FLOOR:
        return floor(a);
    case OP_CEIL:
        return ceil(a);
    default: /* OP_ROUND */
        return floor(a + 0.5);
    }
}

static double of_two(const struct node *n, double a, double b)
{
    switch (n->op) {
    case OP_ADD:
        return a + b;
    case OP_SUBTRACT:
        return a - b;
    case OP_MULTIPLY:
        return a * b;
    case OP_DIVIDE:
        return b == 0 ? NAN : a / b;
    case OP_MODULO:
        return b == 0 ? NAN : a - floor(a / b) * b;
    case OP_POWER:
        return pow(a, b);
    default:
        break;
    }
    if (isnan(a) || isnan(b))
        return NAN;
    return n->op == OP_LESS ? a < b : n->op == OP_LESS_EQUAL ? a <= b : a == b;
}

static double number_at(const struct node *n, size_t row)
{
    double a;

    switch (n->op) {
    case OP_NUMBER:
        return n->number;
    case OP_COLUMN:
        return n->column->numbers[row];
    case OP_CODE_EQUAL:
        return n->column->codes[row] < 0 ? NAN : n->column->codes[row] == n->code;
    case OP_AND:
        a = number_at(n->arg[0], row);
        if (isnan(a) || a == 0)
            return 0;
        a = number_at(n->arg[1], row);
        return !isnan(a) && a != 0;
    case OP_OR:
        a = number_at(n->arg[0], row);
        if (!isnan(a) && a != 0)
            return 1;
        a = number_at(n->arg[1], row);
        return !isnan(a) && a != 0;
    case OP_MIN:
    case OP_MAX:
        return extreme(n, row);
    case OP_MISSING:
        return n->arg[0]->text ? !text_at(n->arg[0], row) : isnan(number_at(n->arg[0], row));
    case OP_IF:
        a = number_at(n->arg[0], row);
        return isnan(a) ? a : number_at(n->arg[a != 0 ? 1 : 2], row);
    case OP_TEXT_EQUAL:
    case OP_TEXT_LESS:
    case OP_CONTAINS:
    case OP_STARTS:
    case OP_LENGTH:
        return text_number(n, row);
    default:
        a = number_at(n->arg[0], row);
        return n->args == 1 ? of_one(n, a) : of_two(n, a, number_at(n->arg[1], row));
    }
}

double expression_number(const struct expression *e, size_t row)
{
    return number_at(e->root, row);
}

const char *expression_text(struct expression *e, size_t row)
{
    return text_at(e->root, row);
}
