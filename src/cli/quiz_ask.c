/*
 * A question a kind: choices are numbered as they stand in the lesson, those
 * to be put in order as the page shows them, turned round. An answer is one
 * line; why a choice is right or wrong is told only for what was chosen, so
 * that a second try is worth something.
 */
#include "cli/quiz_ask.h"

#include "base/json.h"
#include "base/number.h"
#include "base/term.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ANSWER_MAX = 512, CHOICES_MAX = 64, INDENT = 5, TEXT_WIDTH_MAX = 100 };

static int text_width(void)
{
    int width = term_width(stdout);

    return width < TEXT_WIDTH_MAX ? width : TEXT_WIDTH_MAX;
}

static void print_wrapped(const char *before, enum term_style style, const char *text, int indent)
{
    struct str out = STR_INIT;

    term_put_wrapped(&out, slice_of(text), text_width(), indent);
    printf("%s%s%s%s", before, term_style(stdout, style), out.ptr, term_style(stdout, TERM_PLAIN));
    str_done(&out);
}

/* The choice that is shown at a place; an order is turned round, as on the page. */
static size_t shown_at(const struct lesson_quiz *q, size_t place)
{
    size_t n = q->choice_count;

    return q->kind == QUIZ_ORDER ? (place + (n + 1) / 2) % n : place;
}

void quiz_print(const struct lesson_quiz *q)
{
    bool choices = q->kind != QUIZ_NUMBER && q->kind != QUIZ_TEXT;

    print_wrapped("\n", TERM_BOLD, q->question_text, 0);
    for (size_t i = 0; i < q->choice_count && choices; i++) {
        char number[32];

        snprintf(number, sizeof number, "%3zu. ", i + 1);
        print_wrapped(number, TERM_PLAIN, q->choices[shown_at(q, i)].text, INDENT);
    }
}

static const char *prompt_for(enum quiz_kind kind)
{
    switch (kind) {
    case QUIZ_ONE:
        return "the number of your answer";
    case QUIZ_SEVERAL:
        return "the numbers of all that are right, as 1 3";
    case QUIZ_ORDER:
        return "the numbers in the right order, as 2 1 3";
    case QUIZ_NUMBER:
        return "a number";
    default:
        return "your answer";
    }
}

/* Numbers of choices in the line, each once, none but those; false where there is anything else. */
static bool read_places(const struct lesson_quiz *q, struct slice line, size_t *places, size_t *n)
{
    bool seen[CHOICES_MAX] = {false};
    struct slice word;

    *n = 0;
    while (slice_split(&line, ' ', &word)) {
        int64_t place;

        word = slice_trim(word);
        if (word.len && word.ptr[word.len - 1] == ',')
            word.len--;
        if (!word.len)
            continue;
        if (!number_parse_int(word, 1, (int64_t)q->choice_count, &place) || place > CHOICES_MAX ||
            seen[place - 1])
            return false;
        seen[place - 1] = true;
        places[(*n)++] = shown_at(q, (size_t)place - 1);
    }
    return *n && (q->kind != QUIZ_ONE || *n == 1) &&
           (q->kind != QUIZ_ORDER || *n == q->choice_count);
}

static bool right_places(const struct lesson_quiz *q, const size_t *places, size_t n)
{
    size_t wanted = 0, found = 0;

    if (q->kind == QUIZ_ORDER) {
        for (size_t i = 0; i < n; i++)
            if (places[i] != i)
                return false;
        return true;
    }
    for (size_t i = 0; i < q->choice_count; i++)
        wanted += q->choices[i].right;
    for (size_t i = 0; i < n; i++)
        found += q->choices[places[i]].right;
    return found == wanted && n == wanted;
}

static void tell_why(const struct quiz_choice *c)
{
    if (c->why_text[0])
        print_wrapped(c->right ? "   + " : "   - ", c->right ? TERM_GREEN : TERM_YELLOW,
                      c->why_text, INDENT);
}

/* Why each that was chosen is right or wrong; of an order, the first in a wrong place. */
static void tell_choices(const struct lesson_quiz *q, const size_t *places, size_t n)
{
    size_t at = 0, wrong = 0;

    if (q->kind == QUIZ_ORDER) {
        while (at < n && places[at] == at)
            at++;
        if (at < n) {
            printf("   - In the right place, from the top: %zu.\n", at);
            tell_why(&q->choices[places[at]]);
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        tell_why(&q->choices[places[i]]);
        wrong += !q->choices[places[i]].right;
    }
    if (!wrong && !right_places(q, places, n))
        printf("   - What you chose is right, but not all of it yet.\n");
}

static bool judge_number(const struct lesson_quiz *q, struct slice line, bool *right)
{
    char digits[ANSWER_MAX];
    double number, wrong;

    snprintf(digits, sizeof digits, "%.*s", (int)line.len, line.ptr);
    for (char *comma = strchr(digits, ','); comma; comma = strchr(comma, ','))
        *comma = '.';
    if (!number_parse_double(slice_of(digits), &number) || !isfinite(number))
        return false;
    *right = fabs(number - q->number) <= q->tolerance + 1e-12;
    if (*right)
        return true;
    for (size_t i = 0; i < q->choice_count; i++)
        if (number_parse_double(slice_of(q->choices[i].text), &wrong) &&
            fabs(number - wrong) <= q->tolerance + 1e-12) {
            tell_why(&q->choices[i]);
            return true;
        }
    printf("   - The right number is %s.\n", number < q->number ? "larger" : "smaller");
    return true;
}

static bool same_words(const char *text, struct slice line)
{
    struct slice answer = slice_trim(slice_of(text));

    return answer.len == line.len && !strncasecmp(answer.ptr, line.ptr, line.len);
}

static void judge_text(const struct lesson_quiz *q, struct slice line, bool *right)
{
    for (size_t i = 0; i < q->answer_count; i++)
        *right |= same_words(q->answers[i], line);
    for (size_t i = 0; i < q->choice_count && !*right; i++)
        if (same_words(q->choices[i].text, line))
            tell_why(&q->choices[i]);
}

/* Is it an answer at all? Then whether it is right, and its JSON. */
static bool judge(const struct lesson_quiz *q, struct slice line, bool *right, struct str *value)
{
    size_t places[CHOICES_MAX], n;

    *right = false;
    str_clear(value);
    if (q->kind == QUIZ_NUMBER || q->kind == QUIZ_TEXT) {
        if (q->kind == QUIZ_TEXT)
            judge_text(q, line, right);
        else if (!judge_number(q, line, right))
            return false;
        str_put_json(value, line);
        return true;
    }
    if (!read_places(q, line, places, &n))
        return false;
    *right = right_places(q, places, n);
    for (size_t i = 0; i < n; i++)
        str_printf(value, "%s%zu", i ? "," : "[", places[i] + 1);
    str_putc(value, ']');
    tell_choices(q, places, n);
    return true;
}

enum quiz_answer quiz_ask(const struct lesson_quiz *q, struct str *value)
{
    char line[ANSWER_MAX];

    for (;;) {
        struct slice answer;
        bool right;

        printf("%s%s, Enter to skip, q quit:%s ", term_style(stdout, TERM_DIM), prompt_for(q->kind),
               term_style(stdout, TERM_PLAIN));
        fflush(stdout);
        if (!fgets(line, sizeof line, stdin))
            return QUIZ_LEFT;
        answer = slice_trim(slice_of(line));
        if (!answer.len)
            return QUIZ_SKIPPED;
        if (slice_is(answer, "q"))
            return QUIZ_LEFT;
        if (!judge(q, answer, &right, value)) {
            printf("That is not %s.\n", prompt_for(q->kind));
            continue;
        }
        printf("%s%s%s\n", term_style(stdout, right ? TERM_GREEN : TERM_RED),
               right ? "Right." : "Not yet.", term_style(stdout, TERM_PLAIN));
        if (right && q->explain_text[0])
            print_wrapped("", TERM_PLAIN, q->explain_text, 0);
        return right ? QUIZ_RIGHT : QUIZ_WRONG;
    }
}
