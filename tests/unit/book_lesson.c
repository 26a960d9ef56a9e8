/* Lessons: front matter, steps, hints, quizzes, and errors that name the author's place. */
#include "book/lesson.h"
#include "base/error.h"
#include "base/file.h"
#include "book/build_lesson.h"
#include "book/outline.h"
#include "unit/unit.h"

#include <time.h>
#include <unistd.h>

static char book[] = "/tmp/labbook-lesson-XXXXXX";
static char lesson_folder[300];

static int make_book(void **state)
{
    struct lk_error err = {0};

    assert_non_null(mkdtemp(book));
    snprintf(lesson_folder, sizeof lesson_folder, "%s/lessons/01-test", book);
    assert_ok(file_mkdirs(lesson_folder, &err), &err);
    return 0;
}

static int drop_book(void **state)
{
    return file_remove(book, NULL) == LK_OK ? 0 : -1;
}

static void put(const char *name, const char *text)
{
    struct lk_error err = {0};
    char path[400];

    snprintf(path, sizeof path, "%s/%s", book, name);
    assert_ok(file_write(path, slice_of(text), &err), &err);
}

static struct lesson *read_text(const char *body)
{
    struct lk_error err = {0};
    struct lesson *l = NULL;
    struct str text = STR_INIT;

    str_printf(&text, "---\ntitle: T\nsummary: S\nminutes: 5\n---\n%s", body);
    put("lessons/01-test/lesson.md", text.ptr);
    assert_ok(lesson_read(&l, lesson_folder, &err), &err);
    str_done(&text);
    return l;
}

/* The whole file fails with an error that ends like this: ":line:column: words". */
static void refuse(const char *file, const char *expected)
{
    struct lk_error err = {0};
    struct lesson *l = NULL;
    char line[2000];

    put("lessons/01-test/lesson.md", file);
    assert_int_not_equal(lesson_read(&l, lesson_folder, &err), LK_OK);
    lk_error_format(&err, line, sizeof line);
    if (!strstr(line, expected))
        fail_msg("expected '%s' in '%s'", expected, line);
}

#define FRONT "---\ntitle: T\nsummary: S\nminutes: 5\n---\n"

static void front_matter(void **state)
{
    struct lk_error err = {0};
    struct lesson *l = NULL;

    put("lessons/01-test/lesson.md",
        "---\ntitle: \"A: b\"\nsummary: S\nminutes: 12\nobjectives:\n  - one\n  - two\n"
        "needs: [01-a, 02-b]\ntargets: [local, practice]\n---\ntext\n");
    assert_ok(lesson_read(&l, lesson_folder, &err), &err);
    assert_string_equal(l->slug, "01-test");
    assert_string_equal(l->number, "01");
    assert_string_equal(l->title, "A: b");
    assert_int_equal(l->minutes, 12);
    assert_int_equal(l->objective_count, 2);
    assert_string_equal(l->objectives[1], "two");
    assert_string_equal(l->needs[1].text, "02-b");
    assert_string_equal(l->markdown, "text\n");
    assert_int_equal(l->markdown_line, 11);
    lesson_free(l);
}

static void front_matter_errors(void **state)
{
    refuse("---\ntitel: T\nsummary: S\nminutes: 5\n---\n",
           "lesson.md:2:1: unknown key 'titel'; did you mean 'title'?");
    refuse("---\ntitle: T\nsummary: S\nminutes: soon\n---\n", "lesson.md:4:10: 'minutes' must be");
    refuse("---\ntitle: T\nsummary: S\nminutes: 5\n",
           "lesson.md:1:1: front matter that never ends");
    refuse("---\ntitle: T\nsummary: [a, b]\nminutes: 5\n---\n",
           "lesson.md:3:10: 'summary' must be a text, not a list");
    refuse("---\ntitle: &a T\nsummary: S\nminutes: 5\n---\n", "lesson.md:2:8: anchors");
    refuse("---\ntitle: T\ntitle: U\n---\n", "lesson.md:3:1: the same key twice");
    refuse("---\ntitle: T: U\n---\n", "lesson.md:2:");
    refuse("---\nsummary: S\nminutes: 5\n---\n", "the key 'title' is missing");
    refuse("---\ntitle: T\nsummary: S\nminutes: 5\ntargets: [lokal]\n---\n",
           "lesson.md:5:11: unknown target 'lokal'");
}

static void steps(void **state)
{
    struct lesson *l = read_text("\n## Train it\n\n"
                                 "```lua lab id=train targets=local,aws timeout=90s\nx = 1\n```\n\n"
                                 "```lua solution for=train\nx = 2\n```\n"
                                 "```lua check\ncheck.that(x == 2)\n```\n"
                                 "```lua wrong expect=\"not two\"\nx = 3\n```\n"
                                 "> [!HINT train]\n> Try *two*.\n\n"
                                 "> [!HINT]\n> Really.\n\n"
                                 "```lua lab id=next title=\"The next\"\ny = 1\n```\n");
    const struct lesson_step *s = lesson_step_find(l, "train");

    assert_int_equal(l->step_count, 2);
    assert_non_null(s);
    assert_string_equal(s->title, "Train it");
    assert_string_equal(s->code, "x = 1\n");
    assert_string_equal(s->solution, "x = 2\n");
    assert_string_equal(s->check, "check.that(x == 2)\n");
    assert_int_equal(s->timeout_ms, 90000);
    assert_int_equal(s->targets, TARGET_LOCAL | TARGET_AWS);
    assert_int_equal(s->line, 10);
    assert_int_equal(s->hint_count, 2);
    assert_string_equal(s->hints[0], "<p>Try <em>two</em>.</p>");
    assert_string_equal(s->hint_texts[1], "Really.");
    assert_int_equal(s->wrong_count, 1);
    assert_string_equal(s->wrongs[0].expect, "not two");
    assert_string_equal(l->steps[1].title, "The next");
    assert_int_equal(l->steps[1].targets, TARGET_LOCAL);
    assert_int_equal(l->targets, TARGET_LOCAL | TARGET_AWS);
    lesson_free(l);
}

static void step_errors(void **state)
{
    refuse(FRONT "```lua lab\nx\n```\n", "lesson.md:6:1: a lab without an id");
    refuse(FRONT "```lua lab id=A\nx\n```\n", "lesson.md:6:12: a lab's id may not be 'A'");
    refuse(FRONT "```lua lba id=a\nx\n```\n", "lesson.md:6:8: 'lba' says nothing");
    refuse(FRONT "```lua lab id=a targts=local\nx\n```\n",
           "lesson.md:6:17: unknown word 'targts' on a lab's fence; did you mean 'targets'?");
    refuse(FRONT "```lua lab id=a targets=loacl\nx\n```\n", "did you mean 'local'?");
    refuse(FRONT "```lua lab id=a timeout=soon\nx\n```\n", "lesson.md:6:17: a timeout cannot be");
    refuse(FRONT "```lua lab id=a\n```\n\n```lua lab id=a\n```\n",
           "lesson.md:9:12: two labs with the id 'a'");
    refuse(FRONT "```lua lab id=train\n```\n\n```lua check for=tarin\n```\n",
           "lesson.md:9:14: there is no lab 'tarin'; did you mean 'train'?");
    refuse(FRONT "```lua check\n```\n", "lesson.md:6:1: this belongs to no lab");
    refuse(FRONT "> [!HNT]\n> x\n", "lesson.md:6:1: unknown alert '[!HNT]'; did you mean 'HINT'?");
}

static void quizzes(void **state)
{
    struct lesson *l =
        read_text("```quiz\nid: one\nWhich *one*?\n\n- [x] this\n  > yes\n- [ ] that\n"
                  "  > no\n\n> Because.\n```\n\n"
                  "```quiz\nid: many\nWhich?\n\n- [x] a\n- [x] b\n- [ ] c\n```\n\n"
                  "```quiz\nid: num\nnumber: 0.95\ntolerance: 0.01\nHow much?\n```\n\n"
                  "```quiz\nid: order\nIn order?\n\n1. first\n2. second\n```\n\n"
                  "```quiz\nid: text\nanswer: us-east-1\nanswer: here\nWhere?\n```\n");
    const struct lesson_quiz *q = l->quizzes;

    assert_int_equal(l->quiz_count, 5);
    assert_int_equal(q[0].kind, QUIZ_ONE);
    assert_string_equal(q[0].question_html, "<p>Which <em>one</em>?</p>");
    assert_int_equal(q[0].choice_count, 2);
    assert_true(q[0].choices[0].right);
    assert_false(q[0].choices[1].right);
    assert_string_equal(q[0].choices[0].html, "this");
    assert_string_equal(q[0].choices[1].why_text, "no");
    assert_string_equal(q[0].explain_html, "<p>Because.</p>");
    assert_int_equal(q[1].kind, QUIZ_SEVERAL);
    assert_int_equal(q[2].kind, QUIZ_NUMBER);
    assert_true(q[2].number == 0.95 && q[2].tolerance == 0.01);
    assert_int_equal(q[3].kind, QUIZ_ORDER);
    assert_string_equal(q[3].choices[1].text, "second");
    assert_int_equal(q[4].kind, QUIZ_TEXT);
    assert_int_equal(q[4].answer_count, 2);
    assert_int_equal(q[4].line, 42);
    lesson_free(l);
}

static void quiz_errors(void **state)
{
    refuse(FRONT "```quiz\nid: a\nQ?\n\n- [ ] x\n- [ ] y\n```\n",
           "lesson.md:6:1: a quiz with no right");
    refuse(FRONT "```quiz\nid: a\nQ?\n\n- [x] x\n- y\n```\n",
           "lesson.md:11:1: a choice that is neither right nor wrong");
    refuse(FRONT "```quiz\nQ?\n\n- [x] x\n- [ ] y\n```\n", "lesson.md:6:1: a quiz without an id");
    refuse(FRONT "```quiz\nid: a\nknd: several\nQ?\n```\n", "lesson.md:8:1: unknown key 'knd'");
    refuse(FRONT "```quiz\nid: a\nQ?\n```\n", "lesson.md:6:1: a quiz without a right answer");
    refuse(FRONT "```quiz\nid: a\nnumber: lots\nQ?\n```\n",
           "lesson.md:8:1: 'number' must be a number");
}

static void includes_and_variables(void **state)
{
    struct lk_error err = {0};
    struct lesson *l;

    put("lessons/book.yaml", "title: B\nvariables:\n  region: eu-west-1\n");
    put("lessons/01-test/a.lua", "one\n-- region: mid\ntwo\n-- endregion\nfour\n");
    put("lessons/01-test/part.md", "Part in {{ region }}.\n\n```lua lba\n```\n");
    l = read_text(
        "In {{ region }}, \\{{ region }}, {{1}}.\n\n```lua\n{{ include a.lua region=mid }}\n"
        "{{ include a.lua lines=5 }}\n```\n");
    assert_string_equal(l->markdown,
                        "In eu-west-1, {{ region }}, {{1}}.\n\n```lua\ntwo\nfour\n```\n");
    assert_int_equal(l->include_count, 1);
    lesson_free(l);
    refuse(FRONT "{{ include part.md }}\n", "part.md:3:8: 'lba' says nothing");
    refuse(FRONT "a {{ regoin }}\n",
           "lesson.md:6:3: unknown variable 'regoin'; did you mean 'region'?");
    refuse(FRONT "{{ include none.md }}\n", "lesson.md:6:1: cannot open");
    refuse(FRONT "{{ include ../../x.md }}\n", "lesson.md:6:1: an include may not leave");
    refuse(FRONT "{{ include a.lua region=none }}\n", "lesson.md:6:1: ");
    put("lessons/01-test/self.md", "{{ include self.md }}\n");
    refuse(FRONT "{{ include self.md }}\n", "includes nest deeper");
    /* A line behind an include keeps its own number. */
    refuse(FRONT "{{ include a.lua }}\n\n> [!NOPE]\n", "lesson.md:8:1: unknown alert");
    assert_ok(file_remove(lesson_folder, &err), &err);
    assert_ok(file_mkdirs(lesson_folder, &err), &err);
}

static void book_index(void **state)
{
    struct lk_error err = {0};
    struct book_index *b = NULL;
    char path[400];

    put("lessons/book.yaml", "title: B\nparts:\n  - title: One\n    first: 01\n"
                             "  - title: Two\n    first: 03\n");
    snprintf(path, sizeof path, "%s/lessons/data", book);
    assert_ok(file_mkdirs(path, &err), &err);
    for (const char *const *n = (const char *const[]){"03-c", "02-b", "A-z", "x-none", NULL}; *n;
         n++) {
        snprintf(path, sizeof path, "%s/lessons/%s", book, *n);
        assert_ok(file_mkdirs(path, &err), &err);
        snprintf(path, sizeof path, "lessons/%s/lesson.md", *n);
        put(path, FRONT);
    }
    assert_ok(book_index_read(&b, book, &err), &err);
    assert_string_equal(b->title, "B");
    assert_int_equal(b->count, 3);
    assert_string_equal(b->lessons[0].slug, "02-b");
    assert_string_equal(b->lessons[0].part, "One");
    assert_string_equal(b->lessons[1].part, "Two");
    assert_string_equal(b->lessons[2].slug, "A-z");
    book_index_free(b);
}

/* Milliseconds of the processor to read a lesson of n pieces and to name its headings. */
static double time_of(const char *piece, int n)
{
    struct str text = STR_INIT;
    double least = 1e9;

    for (int k = 0; k < n; k++)
        str_puts(&text, piece);
    for (int i = 0; i < 3; i++) {
        clock_t start = clock();
        struct lesson *l = read_text(text.ptr);
        struct outline outline = {0};
        struct arena arena = {0};
        double ms;

        outline_build(&outline, &arena, l->memory->tree);
        ms = (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC;
        least = ms < least ? ms : least;
        arena_done(&arena);
        lesson_free(l);
    }
    str_done(&text);
    return least;
}

/* What tests of the Markdown passes alone (book_markdown) do not see. */
static void pathological(void **state)
{
    static const struct {
        const char *piece;
        int n;
    } cases[] = {
        {"{{ ", 20000}, {"\\{{ x }} ", 20000}, {"## a\n\n", 450}, {"## a-1\n\n## a\n\n", 225}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double small = 0, large = 0;

        for (int again = 0; again < 5; again++) { /* another program may have had its turn */
            small = time_of(cases[i].piece, cases[i].n);
            large = time_of(cases[i].piece, 4 * cases[i].n);
            if (large <= 9 * small || large <= 40)
                break;
        }
        if (large > 9 * small && large > 40)
            fail_msg("'%s': %.1f ms, and %.1f ms for four times as much", cases[i].piece, small,
                     large);
    }
}

/* Equal headings are told apart, whatever others are called. */
static void heading_ids(void **state)
{
    static const char *const ids[] = {"a", "a-1", "a-2", "a-1-1", "x", "x-1"};
    struct lesson *l = read_text("## a\n\n## a\n\n## A!\n\n## a 1\n\n## y {#x}\n\n## X\n");
    struct outline outline = {0};
    struct arena arena = {0};

    outline_build(&outline, &arena, l->memory->tree);
    assert_int_equal(outline.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(outline.items[i].id, ids[i]);
    arena_done(&arena);
    lesson_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(front_matter),
        cmocka_unit_test(front_matter_errors),
        cmocka_unit_test(steps),
        cmocka_unit_test(step_errors),
        cmocka_unit_test(quizzes),
        cmocka_unit_test(quiz_errors),
        cmocka_unit_test(includes_and_variables),
        cmocka_unit_test(book_index),
        cmocka_unit_test(heading_ids),
        cmocka_unit_test(pathological),
    };
    return cmocka_run_group_tests(tests, make_book, drop_book);
}
