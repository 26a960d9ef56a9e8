/* Between the files that make a lesson out of a tree: lesson.c, steps.c, quiz.c. */
#ifndef BOOK_BUILD_LESSON_H
#define BOOK_BUILD_LESSON_H

#include "book/extend.h"
#include "book/html.h"
#include "book/info.h"
#include "book/lesson.h"

struct lesson_memory {
    struct arena arena;
    struct text text;
    struct node *tree; /* lesson->tree, for the passes that come after reading */
};

struct lesson_builder {
    struct lesson *lesson;
    struct arena *arena;
    struct node *tree;
    const struct text *text;
    const struct html_options *html;
    struct findings *findings;
    unsigned targets; /* where a step that names none may run */
};

/* Labs, solutions, checks, wrong answers and hints out of the tree, into lesson->steps. */
void steps_build(struct lesson_builder *b);
/* Quizzes into lesson->quizzes. */
void quizzes_build(struct lesson_builder *b);

/* The front matter alone: no text, no steps. */
enum lk_status lesson_read_front(struct lesson **out, const char *folder, struct findings *findings,
                                 struct lk_error *err);

/* A finding (an error) at an expanded line. */
void lesson_complain(const struct lesson_builder *b, const char *rule, int line, int column,
                     const char *mend, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* The expanded line itself. */
struct slice lesson_line(const struct lesson_builder *b, int line);
/* What is below n as HTML and as plain text, kept in the arena. */
const char *lesson_html(const struct lesson_builder *b, const struct node *n);
const char *lesson_text(const struct lesson_builder *b, const struct node *n);
const char *lesson_keep(const struct lesson_builder *b, struct slice s);
/* a-z, 0-9 and '-', not empty, at most 60 */
bool lesson_is_id(struct slice s);

#endif
