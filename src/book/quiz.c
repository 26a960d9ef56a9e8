/*
 * Quizzes. A quiz block starts with its settings, `key: value` a line; the
 * rest is Markdown: the question, a task list (or a numbered list, to be put
 * in that order), and quotes as explanations. What kind it is follows from
 * what it holds.
 */
#include "book/build_lesson.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { QUIZZES_MAX = 200, CHOICES_MAX = 40, ANSWERS_MAX = 20 };

static const char *const keys[] = {"id", "kind", "number", "tolerance", "answer"};
static const char *const kinds[] = {
    [QUIZ_ONE] = "one",     [QUIZ_SEVERAL] = "several", [QUIZ_NUMBER] = "number",
    [QUIZ_ORDER] = "order", [QUIZ_TEXT] = "text",
};

struct quiz_reader {
    const struct lesson_builder *b;
    struct lesson_quiz *q;
    int line; /* being read */
    bool has_kind, has_number;
};

static bool read_double(struct slice s, double *out)
{
    char buf[40], *end;

    if (!s.len || s.len >= sizeof buf || !strchr("+-.0123456789", s.ptr[0]))
        return false;
    memcpy(buf, s.ptr, s.len);
    buf[s.len] = '\0';
    *out = strtod(buf, &end);
    return !*end && *out == *out;
}

static void set_kind(struct quiz_reader *r, struct slice value)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (slice_is(value, kinds[i])) {
            r->q->kind = (enum quiz_kind)i;
            r->has_kind = true;
            return;
        }
    lesson_complain(r->b, "quiz-kind", r->line, 1, "one, several, number, order and text are known",
                    "unknown kind of quiz '%.*s'", (int)value.len, value.ptr);
}

static void set_id(struct quiz_reader *r, struct slice value)
{
    const struct lesson *l = r->b->lesson;

    if (!lesson_is_id(value))
        lesson_complain(r->b, "quiz-id", r->line, 1, "use a-z, 0-9 and hyphens",
                        "a quiz's id may not be '%.*s'", (int)value.len, value.ptr);
    r->q->id = lesson_keep(r->b, value);
    for (size_t i = 0; i < l->quiz_count; i++)
        if (slice_is(value, l->quizzes[i].id))
            lesson_complain(r->b, "quiz-id", r->line, 1, "give one another id",
                            "two quizzes with the id '%s'", r->q->id);
}

static void add_answer(struct quiz_reader *r, struct slice value)
{
    struct lesson_quiz *q = r->q;

    if (!q->answers)
        q->answers = arena_alloc(r->b->arena, ANSWERS_MAX * sizeof *q->answers);
    if (q->answer_count < ANSWERS_MAX)
        q->answers[q->answer_count++] = lesson_keep(r->b, value);
}

static void set(struct quiz_reader *r, size_t key, struct slice value)
{
    struct lesson_quiz *q = r->q;
    bool good = true;

    switch (key) {
    case 0:
        set_id(r, value);
        break;
    case 1:
        set_kind(r, value);
        break;
    case 2:
        good = r->has_number = read_double(value, &q->number);
        break;
    case 3:
        good = read_double(value, &q->tolerance) && q->tolerance >= 0;
        break;
    default:
        add_answer(r, value);
        break;
    }
    if (!good)
        lesson_complain(r->b, "quiz-number", r->line, 1, "write digits with a point, as in 0.95",
                        "'%s' must be a number, not '%.*s'", keys[key], (int)value.len, value.ptr);
}

/* A line "word: value" that sets something; a word near to one of ours is a finding. */
static bool read_setting(struct quiz_reader *r, struct slice line)
{
    size_t colon = slice_find(line, ':');
    struct slice key = slice_first(line, colon), value;
    const char *near;
    char word[20];

    if (colon == line.len || !colon || colon >= sizeof word || memchr(key.ptr, ' ', key.len))
        return false;
    value = slice_trim(slice_from(line, colon + 1));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (slice_is(key, keys[i])) {
            set(r, i, value);
            return true;
        }
    memcpy(word, key.ptr, key.len);
    word[key.len] = '\0';
    near = error_nearest(word, keys, sizeof keys / sizeof keys[0]);
    if (!near)
        return false;
    lesson_complain(r->b, "quiz-key", r->line, 1,
                    "leave an empty line before a question with a colon",
                    "unknown key '%s'; did you mean '%s'?", word, near);
    return true;
}

/* ---- the Markdown below the settings ------------------------------------------ */

static bool is_explanation(const struct node *n)
{
    return n->kind == NODE_QUOTE;
}

/* Children of n that are explanations, or that are not, moved below a node of their own. */
static struct node *part(const struct lesson_builder *b, struct node *n, bool explanations)
{
    struct node *into = node_new(b->arena, NODE_DOCUMENT, n);

    for (struct node *c = n->first, *next; c; c = next) {
        next = c->next;
        if (is_explanation(c) != explanations)
            continue;
        node_unlink(c);
        if (explanations)
            node_move_children(into, c);
        else
            node_append(into, c);
    }
    return into;
}

/* One paragraph needs no <p> around it: it goes into a label. */
static const char *short_html(const struct lesson_builder *b, const struct node *n)
{
    if (n->first && n->first == n->last && n->first->kind == NODE_PARAGRAPH)
        n = n->first;
    return lesson_html(b, n);
}

static void read_choice(struct quiz_reader *r, struct node *item, bool ordered)
{
    struct lesson_quiz *q = r->q;
    struct quiz_choice *c = &q->choices[q->choice_count];
    struct node *p = item->first, *task = p ? p->first : NULL, *why, *text;

    if (task && task->kind == NODE_TASK)
        node_unlink(task);
    else if (!ordered)
        lesson_complain(r->b, "quiz-choice", item->line, item->column, "write - [x] or - [ ]",
                        "a choice that is neither right nor wrong");
    c->right = task && task->kind == NODE_TASK && task->level;
    why = part(r->b, item, true);
    text = part(r->b, item, false);
    c->html = short_html(r->b, text);
    c->text = lesson_text(r->b, text);
    c->why_html = lesson_html(r->b, why);
    c->why_text = lesson_text(r->b, why);
    q->choice_count++;
}

/* "- [ ] 24" with a quote, in a quiz that asks for a number or a text. */
static void check_foreseen(struct quiz_reader *r, const struct node *list)
{
    const struct node *item = list->first;
    double number;

    for (size_t i = 0; i < r->q->choice_count; i++, item = item->next) {
        const struct quiz_choice *c = &r->q->choices[i];

        if (c->right || !c->why_text[0])
            lesson_complain(r->b, "quiz-choice", item->line, item->column,
                            "write - [ ] with the answer, and below it a quote that says what is "
                            "wrong",
                            "this quiz has no choices: its list holds wrong answers to expect");
        else if (r->q->kind == QUIZ_NUMBER && !read_double(slice_of(c->text), &number))
            lesson_complain(r->b, "quiz-number", item->line, item->column,
                            "write digits with a point, as in 0.95",
                            "a wrong answer to expect must be a number, not '%.40s'", c->text);
    }
}

static void read_choices(struct quiz_reader *r, struct node *list)
{
    bool ordered = list->number >= 0;
    size_t n = 0, right = 0;

    for (struct node *c = list->first; c; c = c->next)
        n++;
    r->q->choices = arena_alloc(r->b->arena, n * sizeof *r->q->choices);
    for (struct node *c = list->first; c && r->q->choice_count < CHOICES_MAX; c = c->next)
        read_choice(r, c, ordered);
    for (size_t i = 0; i < r->q->choice_count; i++)
        right += r->q->choices[i].right;
    if (!r->has_kind && (r->has_number || r->q->answer_count)) {
        r->q->kind = r->has_number ? QUIZ_NUMBER : QUIZ_TEXT;
        r->has_kind = true;
    }
    if (r->has_kind && (r->q->kind == QUIZ_NUMBER || r->q->kind == QUIZ_TEXT))
        check_foreseen(r, list);
    if (!r->has_kind)
        r->q->kind = ordered ? QUIZ_ORDER : right > 1 ? QUIZ_SEVERAL : QUIZ_ONE;
    if (r->q->kind == QUIZ_ONE && right != 1)
        lesson_complain(
            r->b, "quiz-answer", r->q->line, 1,
            "mark the right choice with - [x]; for a quiz without wrong answers mark all "
            "and write kind: several",
            "a quiz with %s right answer", right ? "more than one" : "no");
    if (r->q->kind == QUIZ_SEVERAL && !right)
        lesson_complain(r->b, "quiz-answer", r->q->line, 1, "mark right choices with - [x]",
                        "a quiz with no right answer");
}

static void check_quiz(struct quiz_reader *r)
{
    struct lesson_quiz *q = r->q;
    bool needs_choices;

    if (!q->choice_count && !r->has_kind)
        q->kind = r->has_number ? QUIZ_NUMBER : QUIZ_TEXT;
    needs_choices = q->kind == QUIZ_ONE || q->kind == QUIZ_SEVERAL || q->kind == QUIZ_ORDER;
    if (!q->id)
        lesson_complain(r->b, "quiz-id", q->line, 1, "add a line `id: word`",
                        "a quiz without an id");
    if (!q->id)
        q->id = "";
    if (needs_choices && q->choice_count < 2)
        lesson_complain(r->b, "quiz-answer", q->line, 1, "write two or more lines - [ ] ...",
                        "a quiz without choices");
    if (q->kind == QUIZ_NUMBER && !r->has_number)
        lesson_complain(r->b, "quiz-answer", q->line, 1, "add a line `number: 0.5`",
                        "a quiz for a number without the right one");
    if (q->kind == QUIZ_TEXT && !q->answer_count)
        lesson_complain(r->b, "quiz-answer", q->line, 1,
                        "add choices, a line `number: ...`, or a line `answer: ...`",
                        "a quiz without a right answer");
    if (!q->question_text[0])
        lesson_complain(r->b, "quiz-question", q->line, 1, "write it under the settings",
                        "a quiz without a question");
}

static void read_body(struct quiz_reader *r, struct slice body, int line)
{
    const struct lesson_builder *b = r->b;
    struct node *root = extend_parse(b->arena, body, line, b->text, b->findings);
    struct node *question = node_new(b->arena, NODE_DOCUMENT, root);
    struct node *explain = node_new(b->arena, NODE_DOCUMENT, root);
    struct node *list = NULL;

    for (struct node *c = root->first, *next; c; c = next) {
        next = c->next;
        node_unlink(c);
        if (c->kind == NODE_LIST && !list)
            list = c;
        else if (is_explanation(c))
            node_move_children(explain, c);
        else
            node_append(list ? explain : question, c);
    }
    if (list)
        read_choices(r, list);
    r->q->question_html = lesson_html(b, question);
    r->q->question_text = lesson_text(b, question);
    r->q->explain_html = lesson_html(b, explain);
    r->q->explain_text = lesson_text(b, explain);
}

static void read_quiz(const struct lesson_builder *b, const struct node *n, struct lesson_quiz *q)
{
    struct quiz_reader r = {.b = b, .q = q};
    struct slice rest = n->text, before = rest, line;
    int at = n->line + 1;

    q->line = n->line;
    while (slice_line(&rest, &line)) {
        r.line = at;
        if (!read_setting(&r, line))
            break;
        before = rest;
        at++;
    }
    read_body(&r, before, at);
    check_quiz(&r);
}

void quizzes_build(struct lesson_builder *b)
{
    struct lesson *l = b->lesson;
    size_t cap = 0;

    for (struct node *n = b->tree; n; n = node_next(b->tree, n)) {
        struct lesson_quiz q = {0};

        if (n->kind != NODE_CODE_BLOCK || !slice_starts(n->url, "quiz") ||
            (n->url.len > 4 && n->url.ptr[4] != ' ') || l->quiz_count == QUIZZES_MAX)
            continue;
        read_quiz(b, n, &q);
        MEM_GROW(l->quizzes, l->quiz_count, cap);
        l->quizzes[l->quiz_count] = q;
        n->kind = NODE_QUIZ;
        n->number = (int)l->quiz_count++;
    }
}
