/*
 * Matching: all threads of the program side by side over the text, byte by
 * byte, the preferred ones first (Thompson's and Pike's way). A thread is a
 * place in the program and where the wanted group began and ended; two threads
 * at one place are one, so there are never more than the program has steps.
 */
#include "base/mem.h"
#include "base/pattern_program.h"

#include <stdlib.h>
#include <string.h>

struct place {
    size_t from, to; /* of the wanted group; SIZE_MAX: not yet */
};

struct thread {
    int at;
    struct place place;
};

struct machine {
    const struct pattern *p;
    struct slice text;
    size_t pos;
    int group;
    struct thread *now, *next; /* of the program's length each */
    size_t n_now, n_next;
    size_t *seen; /* by instruction: the position + 1 at which it was added last */
    int *stack_at;
    struct place *stack_place;
};

static bool at_edge(const struct machine *m)
{
    bool before = m->pos && pattern_is_word((unsigned char)m->text.ptr[m->pos - 1]);
    bool after = m->pos < m->text.len && pattern_is_word((unsigned char)m->text.ptr[m->pos]);

    return before != after;
}

static bool passes(const struct machine *m, enum op op)
{
    switch (op) {
    case BEGIN:
        return m->pos == 0;
    case END:
        return m->pos == m->text.len || (m->pos + 1 == m->text.len && m->text.ptr[m->pos] == '\n');
    case WORD_EDGE:
        return at_edge(m);
    default:
        return !at_edge(m);
    }
}

/* What is reached from there without taking a byte, the preferred first. */
static void add(struct machine *m, struct thread *list, size_t *n, int at, struct place place)
{
    size_t top = 0;

    m->stack_at[top] = at;
    m->stack_place[top++] = place;
    while (top) {
        const struct step *s;

        at = m->stack_at[--top];
        place = m->stack_place[top];
        if (m->seen[at] == m->pos + 1)
            continue;
        m->seen[at] = m->pos + 1;
        s = &m->p->step[at];
        if (s->op == BYTE || s->op == SET || s->op == MATCH) {
            list[(*n)++] = (struct thread){at, place};
            continue;
        }
        if (s->op == SPLIT) {
            m->stack_at[top] = at + s->y;
            m->stack_place[top++] = place;
        } else if (s->op == SAVE && s->x / 2 == m->group) {
            *(s->x % 2 ? &place.to : &place.from) = m->pos;
        } else if (s->op >= BEGIN && !passes(m, s->op)) {
            continue;
        }
        m->stack_at[top] = at + (s->op == SPLIT || s->op == JUMP ? s->x : 1);
        m->stack_place[top++] = place;
    }
}

static bool takes(const struct machine *m, const struct step *s)
{
    uint8_t byte;

    if (m->pos == m->text.len)
        return false;
    byte = (uint8_t)m->text.ptr[m->pos];
    return s->op == BYTE ? s->x == byte : pattern_set_has(&m->p->set[s->x], byte);
}

/* All threads over one byte; a match cuts off those less preferred. */
static bool advance(struct machine *m, struct place *found)
{
    struct thread *list = m->now;
    size_t n = m->n_now;
    bool matched = false;

    m->n_next = 0;
    for (size_t i = 0; i < n && !matched; i++) {
        const struct step *s = &m->p->step[list[i].at];

        if (s->op == MATCH) {
            *found = list[i].place;
            matched = true;
        } else if (takes(m, s)) {
            m->pos++;
            add(m, m->next, &m->n_next, list[i].at + 1, list[i].place);
            m->pos--;
        }
    }
    m->now = m->next;
    m->n_now = m->n_next;
    m->next = list;
    return matched;
}

static bool run(struct machine *m, struct place *found)
{
    const struct place none = {SIZE_MAX, SIZE_MAX};
    bool matched = false;

    for (m->pos = 0; m->pos <= m->text.len; m->pos++) {
        if (!matched)
            add(m, m->now, &m->n_now, 0, none);
        if (!m->n_now && matched)
            break;
        matched |= advance(m, found);
    }
    return matched;
}

bool pattern_find(const struct pattern *p, struct slice text, size_t group, struct slice *found)
{
    struct thread *threads = mem_alloc(2 * p->n * sizeof *threads);
    struct machine m = {.p = p, .text = text, .group = (int)group};
    struct place place = {SIZE_MAX, SIZE_MAX};
    bool matched;

    m.now = threads;
    m.next = threads + p->n;
    m.seen = mem_calloc(p->n, sizeof *m.seen);
    m.stack_at = mem_alloc(2 * p->n * sizeof *m.stack_at + sizeof *m.stack_at);
    m.stack_place = mem_alloc(2 * p->n * sizeof *m.stack_place + sizeof *m.stack_place);
    matched = run(&m, &place) && (!found || (place.from <= place.to && place.to != SIZE_MAX));
    if (matched && found)
        *found = (struct slice){text.ptr + place.from, place.to - place.from};
    free(threads);
    free(m.seen);
    free(m.stack_at);
    free(m.stack_place);
    return matched;
}
