/*
 * A parser by precedence, lowest first: or, and, not, comparison, sum, product,
 * sign, atom. It builds nodes whose kind (number or text) is known, so that
 * evaluating a row is a walk without questions. Comparing a column of words
 * with a word looks the word's code up once.
 */
#include "lab/expression_internal.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"

#include <ctype.h>
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 100, NODES_MAX = 10000 };

struct parser {
    struct expression *e;
    const struct table *t;
    const char *start, *p;
    int depth, nodes;
    struct lk_error *err;
    enum lk_status st;
};

/* ---- words --------------------------------------------------------------- */

static struct node *complain(struct parser *p, const char *at, const char *fmt, ...)
{
    char text[600];
    va_list args;

    if (p->st)
        return NULL;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    p->st = error_set(p->err, LK_EUSE, "in \"%.200s\" at character %d: %s", p->start,
                      (int)(at - p->start) + 1, text);
    return NULL;
}

static void skip_space(struct parser *p)
{
    while (*p->p == ' ' || *p->p == '\t' || *p->p == '\n')
        p->p++;
}

static bool is_name_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

/* Take the symbol if it comes next. */
static bool take(struct parser *p, const char *symbol)
{
    size_t n = strlen(symbol);

    skip_space(p);
    if (strncmp(p->p, symbol, n))
        return false;
    if (isalpha((unsigned char)symbol[0]) && is_name_byte(p->p[n]))
        return false;
    p->p += n;
    return true;
}

static struct node *new_node(struct parser *p, enum op op, bool text)
{
    struct node *n;

    if (p->nodes++ > NODES_MAX)
        return complain(p, p->p, "the expression is too long");
    n = arena_alloc(&p->e->arena, sizeof *n);
    n->op = op;
    n->text = text;
    str_init(&n->scratch);
    if (op == OP_LOWER || op == OP_UPPER || op == OP_JOIN) {
        struct expression *e = p->e;

        MEM_GROW(e->with_scratch, e->scratch_count, e->scratch_cap);
        e->with_scratch[e->scratch_count++] = n;
    }
    return n;
}

static struct node *make(struct parser *p, enum op op, bool text, struct node *a, struct node *b)
{
    struct node *n = p->st || !a ? NULL : new_node(p, op, text);

    if (!n)
        return NULL;
    n->arg[n->args++] = a;
    if (b)
        n->arg[n->args++] = b;
    return n;
}

static struct node *need(struct parser *p, struct node *n, bool text, const char *at)
{
    if (n && n->text != text)
        return complain(p, at,
                        text ? "text is needed here, not a number"
                             : "a number is needed here, not text");
    return n;
}

/* ---- atoms --------------------------------------------------------------- */

static struct node *parse_or(struct parser *p);

static struct node *column_node(struct parser *p, const char *name, const char *at)
{
    struct lk_error err = {0};
    size_t column;
    struct node *n;

    if (table_find(p->t, name, &column, &err))
        return complain(p, at, "%s", err.text);
    n = new_node(p, OP_COLUMN, false);
    if (!n)
        return NULL;
    n->column = &p->t->column[column];
    n->text = n->column->type == TABLE_TEXT;
    if (n->text)
        n->op = OP_WORDS;
    return n;
}

static struct node *parse_quoted(struct parser *p)
{
    const char *at = p->p;
    char quote = *p->p++;
    struct str word = STR_INIT;
    struct node *n;

    while (*p->p && *p->p != quote) {
        if (*p->p == '\\' && p->p[1])
            p->p++;
        str_putc(&word, *p->p++);
    }
    if (!*p->p) {
        str_done(&word);
        return complain(p, at, "the text that begins here has no closing quote");
    }
    p->p++;
    n = new_node(p, OP_TEXT, true);
    if (n)
        n->word = arena_strdup(&p->e->arena, word.ptr);
    str_done(&word);
    return n;
}

static struct node *parse_number(struct parser *p)
{
    const char *at = p->p;
    double v;
    struct node *n;

    while (isalnum((unsigned char)*p->p) || *p->p == '.' ||
           ((*p->p == '-' || *p->p == '+') && (p->p[-1] == 'e' || p->p[-1] == 'E')))
        p->p++;
    if (!number_parse_double((struct slice){at, (size_t)(p->p - at)}, &v))
        return complain(p, at, "'%.*s' is not a number", (int)(p->p - at), at);
    n = new_node(p, OP_NUMBER, false);
    if (n)
        n->number = v;
    return n;
}

/* name, its arguments' kinds ("n" number, "t" text, "a" any, "+" more of the last), its value's */
static const struct function {
    const char *name, *kinds;
    enum op op;
    bool text;
} functions[] = {
    {"abs", "n", OP_ABS, false},
    {"sqrt", "n", OP_SQRT, false},
    {"log", "n", OP_LOG, false},
    {"exp", "n", OP_EXP, false},
    {"floor", "n", OP_FLOOR, false},
    {"ceil", "n", OP_CEIL, false},
    {"round", "n", OP_ROUND, false},
    {"min", "n+", OP_MIN, false},
    {"max", "n+", OP_MAX, false},
    {"missing", "a", OP_MISSING, false},
    {"contains", "tt", OP_CONTAINS, false},
    {"starts", "tt", OP_STARTS, false},
    {"lower", "t", OP_LOWER, true},
    {"upper", "t", OP_UPPER, true},
    {"length", "t", OP_LENGTH, false},
    {"if", "nss", OP_IF, false},
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

static const struct function *find_function(struct parser *p, const char *name, const char *at)
{
    const char *names[FUNCTIONS], *near;

    for (size_t i = 0; i < FUNCTIONS; i++) {
        if (!strcmp(functions[i].name, name))
            return &functions[i];
        names[i] = functions[i].name;
    }
    near = error_nearest(name, names, FUNCTIONS);
    complain(p, at, "there is no function '%s'%s%s%s", name, near ? "; did you mean '" : "",
             near ? near : "", near ? "'?" : "");
    return NULL;
}

static bool argument_fits(struct parser *p, const struct function *f, struct node *call,
                          struct node *arg, const char *at)
{
    size_t kinds = strlen(f->kinds);
    bool more = f->kinds[kinds - 1] == '+';
    size_t place = (size_t)call->args;
    char kind;

    if ((!more && place >= kinds) || place >= EXPRESSION_ARGS_MAX) {
        complain(p, at, "'%s' takes %zu values", f->name,
                 more ? (size_t)EXPRESSION_ARGS_MAX : kinds);
        return false;
    }
    kind = more && place >= kinds - 1 ? f->kinds[kinds - 2] : f->kinds[place];
    if (kind == 's') /* both branches alike */
        return place == 1 || need(p, arg, call->arg[1]->text, at);
    return kind == 'a' || need(p, arg, kind == 't', at);
}

static struct node *parse_call(struct parser *p, const char *name, const char *at)
{
    const struct function *f = find_function(p, name, at);
    struct node *call = f ? new_node(p, f->op, f->text) : NULL;
    size_t least;

    while (call && !p->st) {
        const char *arg_at = p->p;
        struct node *arg = parse_or(p);

        if (!arg || !argument_fits(p, f, call, arg, arg_at))
            return NULL;
        call->arg[call->args++] = arg;
        if (take(p, ")"))
            break;
        if (!take(p, ","))
            return complain(p, p->p, "expected ',' or ')'");
    }
    if (!call || p->st)
        return NULL;
    least = strlen(f->kinds) - (strchr(f->kinds, '+') != NULL);
    if ((size_t)call->args < least)
        return complain(p, at, "'%s' takes %zu values, not %d", f->name, least, call->args);
    if (f->op == OP_IF && call->arg[1]->text) {
        call->op = OP_IF_TEXT;
        call->text = true;
    }
    return call;
}

static struct node *parse_name(struct parser *p)
{
    const char *at = p->p;
    char *name;
    struct node *n;

    if (*p->p == '[') {
        const char *end = strchr(p->p, ']');

        if (!end)
            return complain(p, at, "the name that begins here has no closing ']'");
        name = arena_strndup(&p->e->arena, p->p + 1, (size_t)(end - p->p - 1));
        p->p = end + 1;
        return column_node(p, name, at);
    }
    while (is_name_byte(*p->p))
        p->p++;
    name = arena_strndup(&p->e->arena, at, (size_t)(p->p - at));
    if (take(p, "("))
        return parse_call(p, name, at);
    if (!strcmp(name, "true") || !strcmp(name, "false")) {
        n = new_node(p, OP_NUMBER, false);
        if (n)
            n->number = name[0] == 't';
        return n;
    }
    return column_node(p, name, at);
}

static struct node *parse_atom(struct parser *p)
{
    struct node *n;

    skip_space(p);
    if (take(p, "(")) {
        n = parse_or(p);
        if (n && !take(p, ")"))
            return complain(p, p->p, "expected ')'");
        return n;
    }
    if (*p->p == '\'' || *p->p == '"')
        return parse_quoted(p);
    if (isdigit((unsigned char)*p->p) || (*p->p == '.' && isdigit((unsigned char)p->p[1])))
        return parse_number(p);
    if (is_name_byte(*p->p) || *p->p == '[')
        return parse_name(p);
    if (!*p->p)
        return complain(p, p->p, "the expression ends too early");
    return complain(p, p->p, "expected a column, a number or 'text', found '%c'", *p->p);
}

/* ---- operators ----------------------------------------------------------- */

static struct node *parse_sign(struct parser *p)
{
    const char *at;
    struct node *n;

    skip_space(p);
    at = p->p;
    if (p->depth > DEPTH_MAX)
        return complain(p, at, "nested too deeply");
    p->depth++;
    if (take(p, "-")) {
        n = make(p, OP_NEGATE, false, need(p, parse_sign(p), false, at), NULL);
    } else {
        n = parse_atom(p);
        skip_space(p);
        at = p->p;
        if (n && take(p, "^"))
            n = make(p, OP_POWER, false, need(p, n, false, at), need(p, parse_sign(p), false, at));
    }
    p->depth--;
    return p->st ? NULL : n;
}

static struct node *parse_product(struct parser *p)
{
    struct node *n = parse_sign(p);

    for (;;) {
        const char *at = p->p;
        enum op op = take(p, "*")   ? OP_MULTIPLY
                     : take(p, "/") ? OP_DIVIDE
                     : take(p, "%") ? OP_MODULO
                                    : OP_NUMBER;

        if (op == OP_NUMBER || p->st)
            return n;
        n = need(p, n, false, at);
        n = make(p, op, false, n, need(p, parse_sign(p), false, at));
    }
}

static struct node *parse_sum(struct parser *p)
{
    struct node *n = parse_product(p);

    for (;;) {
        const char *at = p->p;
        bool join = take(p, "..");
        enum op op = join           ? OP_JOIN
                     : take(p, "+") ? OP_ADD
                     : take(p, "-") ? OP_SUBTRACT
                                    : OP_NUMBER;

        if (op == OP_NUMBER || p->st)
            return n;
        n = need(p, n, join, at);
        n = make(p, op, join, n, need(p, parse_product(p), join, at));
    }
}

/* column == 'word': the word's code, looked up once; -2 where no row has it. */
static struct node *equal_words(struct parser *p, struct node *a, struct node *b)
{
    struct node *n;

    if (a && b && a->op == OP_TEXT && b->op == OP_WORDS) {
        n = a;
        a = b;
        b = n;
    }
    if (!a || !b || a->op != OP_WORDS || b->op != OP_TEXT)
        return make(p, OP_TEXT_EQUAL, false, a, b);
    n = make(p, OP_CODE_EQUAL, false, a, NULL);
    if (!n)
        return NULL;
    n->column = a->column;
    n->code = -2;
    for (size_t i = 0; i < a->column->dict.n; i++)
        if (!strcmp(a->column->dict.words[i], b->word))
            n->code = (int32_t)i;
    return n;
}

static struct node *equal(struct parser *p, struct node *a, struct node *b, const char *at)
{
    if (!a || !need(p, b, a->text, at))
        return NULL;
    return a->text ? equal_words(p, a, b) : make(p, OP_EQUAL, false, a, b);
}

static struct node *parse_in(struct parser *p, struct node *a)
{
    struct node *all = NULL;

    if (!take(p, "(") && !take(p, "{"))
        return complain(p, p->p, "after 'in' come values in brackets: in ('a', 'b')");
    do {
        const char *at = p->p;
        struct node *one = equal(p, a, parse_sum(p), at);

        all = all ? make(p, OP_OR, false, all, one) : one;
        if (!one || p->st)
            return NULL;
    } while (take(p, ","));
    if (!take(p, ")") && !take(p, "}"))
        return complain(p, p->p, "expected ',' or a closing bracket");
    return all;
}

/* a < b or a <= b; swapped: b < a or b <= a. */
static struct node *less(struct parser *p, struct node *a, struct node *b, bool swapped,
                         bool or_equal, const char *at)
{
    struct node *low = swapped ? b : a, *high = swapped ? a : b;

    if (!a || !b || !need(p, b, a->text, at))
        return NULL;
    if (!a->text)
        return make(p, or_equal ? OP_LESS_EQUAL : OP_LESS, false, low, high);
    if (!or_equal)
        return make(p, OP_TEXT_LESS, false, low, high);
    return make(p, OP_NOT, false, make(p, OP_TEXT_LESS, false, high, low), NULL);
}

static struct node *parse_comparison(struct parser *p)
{
    struct node *a = parse_sum(p);
    const char *at;

    skip_space(p);
    at = p->p;
    if (!a || p->st)
        return NULL;
    if (take(p, "=="))
        return equal(p, a, parse_sum(p), at);
    if (take(p, "~=") || take(p, "!=") || take(p, "<>"))
        return make(p, OP_NOT, false, equal(p, a, parse_sum(p), at), NULL);
    if (take(p, "<="))
        return less(p, a, parse_sum(p), false, true, at);
    if (take(p, ">="))
        return less(p, a, parse_sum(p), true, true, at);
    if (take(p, "<"))
        return less(p, a, parse_sum(p), false, false, at);
    if (take(p, ">"))
        return less(p, a, parse_sum(p), true, false, at);
    if (take(p, "in"))
        return parse_in(p, a);
    if (*p->p == '=')
        return complain(p, at, "to compare, write ==");
    return a;
}

static struct node *parse_not(struct parser *p)
{
    const char *at;

    skip_space(p);
    at = p->p;
    if (!take(p, "not"))
        return parse_comparison(p);
    if (++p->depth > DEPTH_MAX)
        return complain(p, at, "nested too deeply");
    return make(p, OP_NOT, false, need(p, parse_not(p), false, at), NULL);
}

static struct node *parse_and(struct parser *p)
{
    struct node *n = parse_not(p);

    for (;;) {
        const char *at = p->p;

        if (!n || p->st || !take(p, "and"))
            return n;
        n = need(p, n, false, at);
        n = make(p, OP_AND, false, n, need(p, parse_not(p), false, at));
    }
}

static struct node *parse_or(struct parser *p)
{
    struct node *n = parse_and(p);

    for (;;) {
        const char *at = p->p;

        if (!n || p->st || !take(p, "or"))
            return n;
        n = need(p, n, false, at);
        n = make(p, OP_OR, false, n, need(p, parse_and(p), false, at));
    }
}

enum lk_status expression_parse(struct expression **out, const char *text, const struct table *t,
                                struct lk_error *err)
{
    struct expression *e = mem_calloc(1, sizeof *e);
    struct parser p = {.e = e, .t = t, .start = text, .p = text, .err = err};

    e->root = parse_or(&p);
    skip_space(&p);
    if (!p.st && *p.p)
        complain(&p, p.p, "expected the end or an operator, found '%.20s'", p.p);
    if (p.st)
        expression_free(e);
    else
        *out = e;
    return p.st;
}

void expression_free(struct expression *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->scratch_count; i++)
        str_done(&e->with_scratch[i]->scratch);
    free(e->with_scratch);
    arena_done(&e->arena);
    free(e);
}

bool expression_is_text(const struct expression *e)
{
    return e->root->text;
}
