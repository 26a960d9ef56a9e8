/*
 * Reading a pattern into its program: recursive descent, one function a level
 * (choice, sequence, repetition, atom), each emitting as it goes.
 */
#include "base/pattern_program.h"

#include "base/error.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 50,
    REPEAT_MAX = 1000,
    NO_END = -1,
};

/* ---- reading ------------------------------------------------------------------------- */

struct reader {
    struct pattern *p;
    const char *text, *at;
    int depth;
    struct lk_error *err;
};

static enum lk_status read_choice(struct reader *r);

static enum lk_status wrong(const struct reader *r, const char *what)
{
    return error_at(r->err, LK_EINPUT, "", 1, (int)(r->at - r->text) + 1, "%s", what);
}

static enum lk_status emit(struct reader *r, enum op op, int x, int y)
{
    struct pattern *p = r->p;

    if (p->n == PATTERN_STEPS_MAX)
        return wrong(r, "the pattern is too large");
    MEM_GROW(p->step, p->n, p->cap);
    p->step[p->n++] = (struct step){op, x, y};
    return LK_OK;
}

/* Make room at `at` for an instruction put before what follows. */
static enum lk_status insert(struct reader *r, size_t at, enum op op, int x, int y)
{
    enum lk_status st = emit(r, op, x, y);
    struct pattern *p = r->p;

    if (!st) {
        memmove(p->step + at + 1, p->step + at, (p->n - at - 1) * sizeof *p->step);
        p->step[at] = (struct step){op, x, y};
    }
    return st;
}

static void set_add(struct set *s, int byte)
{
    s->bit[byte / 8] |= (uint8_t)(1 << byte % 8);
}

static void set_flip(struct set *s)
{
    for (size_t i = 0; i < sizeof s->bit; i++)
        s->bit[i] = (uint8_t)~s->bit[i];
}

bool pattern_is_word(int c)
{
    return isalnum(c) || c == '_';
}

/* \d \w \s and their opposites; false when c is none of them. */
static bool set_class(struct set *s, char c)
{
    struct set one = {{0}};
    int kind = tolower((unsigned char)c);

    if (kind != 'd' && kind != 'w' && kind != 's')
        return false;
    for (int i = 0; i < 128; i++)
        if (kind == 'd' ? isdigit(i) : kind == 'w' ? pattern_is_word(i) : isspace(i))
            set_add(&one, i);
    if (isupper((unsigned char)c))
        set_flip(&one);
    for (size_t i = 0; i < sizeof s->bit; i++)
        s->bit[i] |= one.bit[i];
    return true;
}

static enum lk_status emit_set(struct reader *r, const struct set *s)
{
    if (r->p->sets == PATTERN_SETS_MAX)
        return wrong(r, "the pattern has too many sets");
    r->p->set[r->p->sets] = *s;
    return emit(r, SET, (int)r->p->sets++, 0);
}

/* The byte that an escape means: \n, \t, \x41, \. */
static enum lk_status read_escaped(struct reader *r, int *byte)
{
    static const char names[] = "nrtfv", values[] = "\n\r\t\f\v";
    char c = *r->at;
    const char *name;

    if (!c)
        return wrong(r, "the pattern ends in a backslash");
    if (c == 'x' && isxdigit((unsigned char)r->at[1]) && isxdigit((unsigned char)r->at[2])) {
        char digits[3] = {r->at[1], r->at[2], '\0'};

        *byte = (int)strtol(digits, NULL, 16);
        r->at += 3;
        return LK_OK;
    }
    if (isdigit((unsigned char)c))
        return wrong(r, "back references are not supported");
    name = strchr(names, c);
    if (!name && isalpha((unsigned char)c))
        return wrong(r, "this escape is not supported");
    *byte = name ? values[name - names] : (unsigned char)c;
    r->at++;
    return LK_OK;
}

/* One member of [ ]; *byte is -1 when it was a class. */
static enum lk_status read_member(struct reader *r, struct set *s, int *byte)
{
    *byte = -1;
    if (!*r->at)
        return wrong(r, "a set '[' without its ']'");
    if (*r->at != '\\') {
        *byte = (unsigned char)*r->at++;
        return LK_OK;
    }
    r->at++;
    if (set_class(s, *r->at)) {
        r->at++;
        return LK_OK;
    }
    return read_escaped(r, byte);
}

static enum lk_status read_set(struct reader *r)
{
    struct set s = {{0}};
    bool opposite = *r->at == '^', first = true;
    enum lk_status st = LK_OK;

    r->at += opposite;
    for (; !st && (first || *r->at != ']'); first = false) {
        int low, high;

        st = read_member(r, &s, &low);
        high = low;
        if (!st && low >= 0 && r->at[0] == '-' && r->at[1] && r->at[1] != ']') {
            r->at++;
            st = read_member(r, &s, &high);
            if (!st && high < low)
                st = wrong(r, "a range that runs backwards");
        }
        for (int i = low; !st && i >= 0 && i <= high; i++)
            set_add(&s, i);
    }
    if (st)
        return st;
    r->at++;
    if (opposite)
        set_flip(&s);
    return emit_set(r, &s);
}

/* After "(": which kind of group; *number -1 when it is none to be kept. */
static enum lk_status read_group_kind(struct reader *r, int *number)
{
    *number = -1;
    if (r->at[0] != '?') {
        *number = (int)++r->p->groups;
        return LK_OK;
    }
    if (r->at[1] == ':') {
        r->at += 2;
        return LK_OK;
    }
    if ((r->at[1] == 'P' && r->at[2] == '<') || (r->at[1] == '<' && pattern_is_word(r->at[2]))) {
        const char *end = strchr(r->at, '>');

        if (!end)
            return wrong(r, "a group's name without its '>'");
        r->at = end + 1;
        *number = (int)++r->p->groups;
        return LK_OK;
    }
    return wrong(r, "look-around and flags, '(?...', are not supported");
}

static enum lk_status read_group(struct reader *r)
{
    int number;
    enum lk_status st = read_group_kind(r, &number);

    if (!st && ++r->depth > DEPTH_MAX)
        st = wrong(r, "groups are nested too deep");
    if (!st && number >= 0)
        st = emit(r, SAVE, 2 * number, 0);
    if (!st)
        st = read_choice(r);
    if (!st && *r->at != ')')
        st = wrong(r, "a group '(' without its ')'");
    if (!st && number >= 0)
        st = emit(r, SAVE, 2 * number + 1, 0);
    r->at += !st;
    r->depth--;
    return st;
}

static enum lk_status read_backslash(struct reader *r)
{
    struct set s = {{0}};
    int byte;
    enum lk_status st;

    if (*r->at == 'b' || *r->at == 'B')
        return emit(r, *r->at++ == 'b' ? WORD_EDGE : NO_WORD_EDGE, 0, 0);
    if (set_class(&s, *r->at)) {
        r->at++;
        return emit_set(r, &s);
    }
    st = read_escaped(r, &byte);
    return st ? st : emit(r, BYTE, byte, 0);
}

static enum lk_status read_atom(struct reader *r)
{
    struct set any = {{0}};
    char c = *r->at;

    if (strchr("*+?", c) || (c == '{' && isdigit((unsigned char)r->at[1])))
        return wrong(r, "nothing to repeat");
    r->at++;
    switch (c) {
    case '.':
        set_add(&any, '\n');
        set_flip(&any);
        return emit_set(r, &any);
    case '^':
        return emit(r, BEGIN, 0, 0);
    case '$':
        return emit(r, END, 0, 0);
    case '[':
        return read_set(r);
    case '(':
        return read_group(r);
    case '\\':
        return read_backslash(r);
    default:
        return emit(r, BYTE, (unsigned char)c, 0);
    }
}

/* ---- repeating ----------------------------------------------------------------------- */

static enum lk_status read_number(struct reader *r, int *out)
{
    *out = 0;
    while (isdigit((unsigned char)*r->at)) {
        *out = *out * 10 + *r->at++ - '0';
        if (*out > REPEAT_MAX)
            return wrong(r, "a repetition of more than 1000 times");
    }
    return LK_OK;
}

/* {m}, {m,}, {m,n}, after its '{'. */
static enum lk_status read_counts(struct reader *r, int *min, int *max)
{
    enum lk_status st = read_number(r, min);

    *max = *min;
    if (!st && *r->at == ',') {
        r->at++;
        *max = NO_END;
        if (isdigit((unsigned char)*r->at))
            st = read_number(r, max);
    }
    if (!st && (*r->at != '}' || (*max != NO_END && *max < *min)))
        st = wrong(r, "a repetition is {m}, {m,} or {m,n}");
    r->at += !st;
    return st;
}

static enum lk_status emit_split(struct reader *r, int into, int past, bool lazy)
{
    return lazy ? emit(r, SPLIT, past, into) : emit(r, SPLIT, into, past);
}

static enum lk_status emit_copy(struct reader *r, const struct step *piece, size_t n)
{
    enum lk_status st = LK_OK;

    for (size_t i = 0; i < n && !st; i++)
        st = emit(r, piece[i].op, piece[i].x, piece[i].y);
    return st;
}

/* The piece from `start` on, min to max times. */
static enum lk_status repeat(struct reader *r, size_t start, int min, int max, bool lazy)
{
    size_t n = r->p->n - start;
    struct step *piece = mem_alloc(n * sizeof *piece);
    enum lk_status st = LK_OK;

    if (n)
        memcpy(piece, r->p->step + start, n * sizeof *piece);
    r->p->n = start;
    for (int i = 0; i < min && !st; i++)
        st = emit_copy(r, piece, n);
    if (!st && max == NO_END) {
        st = emit_split(r, 1, (int)n + 2, lazy);
        if (!st)
            st = emit_copy(r, piece, n);
        if (!st)
            st = emit(r, JUMP, -(int)n - 1, 0);
    }
    for (int i = min; i < max && !st; i++) {
        st = emit_split(r, 1, (int)n + 1, lazy);
        if (!st)
            st = emit_copy(r, piece, n);
    }
    free(piece);
    return st;
}

static enum lk_status read_repeated(struct reader *r)
{
    size_t start = r->p->n;
    enum lk_status st = read_atom(r);
    bool more = true;

    while (!st && more) {
        int min = 0, max = NO_END;
        char c = *r->at;

        more = c && (strchr("*+?", c) || (c == '{' && isdigit((unsigned char)r->at[1])));
        if (!more)
            break;
        r->at++;
        min = c == '+';
        max = c == '?' ? 1 : NO_END;
        if (c == '{')
            st = read_counts(r, &min, &max);
        if (!st)
            st = repeat(r, start, min, max, *r->at == '?');
        r->at += !st && *r->at == '?';
    }
    return st;
}

static enum lk_status read_sequence(struct reader *r)
{
    enum lk_status st = LK_OK;

    while (!st && *r->at && *r->at != '|' && *r->at != ')')
        st = read_repeated(r);
    return st;
}

/* one|other: split, one, jump over the other, other */
static enum lk_status read_choice(struct reader *r)
{
    size_t start = r->p->n, jump;
    enum lk_status st = read_sequence(r);

    if (st || *r->at != '|')
        return st;
    if (++r->depth > DEPTH_MAX)
        return wrong(r, "too many alternatives");
    r->at++;
    st = insert(r, start, SPLIT, 1, (int)(r->p->n - start) + 2);
    jump = r->p->n;
    if (!st)
        st = emit(r, JUMP, 0, 0);
    if (!st)
        st = read_choice(r);
    if (!st)
        r->p->step[jump].x = (int)(r->p->n - jump);
    r->depth--;
    return st;
}

enum lk_status pattern_parse(struct pattern **out, const char *text, struct lk_error *err)
{
    struct pattern *p = mem_calloc(1, sizeof *p);
    struct reader r = {.p = p, .text = text, .at = text, .err = err};
    enum lk_status st = emit(&r, SAVE, 0, 0);

    if (!st)
        st = read_choice(&r);
    if (!st && *r.at == ')')
        st = wrong(&r, "a ')' without its '('");
    if (!st)
        st = emit(&r, SAVE, 1, 0);
    if (!st)
        st = emit(&r, MATCH, 0, 0);
    if (st)
        pattern_free(p);
    else
        *out = p;
    return st;
}

void pattern_free(struct pattern *p)
{
    if (p)
        free(p->step);
    free(p);
}

size_t pattern_groups(const struct pattern *p)
{
    return p->groups;
}
