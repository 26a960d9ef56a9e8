/* A lesson's quiz asked in the terminal. */
#ifndef CLI_QUIZ_ASK_H
#define CLI_QUIZ_ASK_H

#include "base/str.h"
#include "book/lesson.h"

enum quiz_answer { QUIZ_SKIPPED, QUIZ_WRONG, QUIZ_RIGHT, QUIZ_LEFT };

/*
 * Ask on stdout, read one line from stdin, tell what is right or wrong with
 * it. value receives the answer as JSON in the page's form: places of choices
 * from 1, or a text. Enter alone skips; "q" and the end of input leave.
 */
enum quiz_answer quiz_ask(const struct lesson_quiz *q, struct str *value);
/* As it is asked; for when nobody can answer. */
void quiz_print(const struct lesson_quiz *q);

#endif
