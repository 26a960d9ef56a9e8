/* A lesson in the terminal, step by step and quiz by quiz, with prompts. */
#ifndef CLI_LAB_WALK_H
#define CLI_LAB_WALK_H

#include "cli/lab_runner.h"

/*
 * Steps and quizzes as they stand in the lesson. watch: each step runs again
 * whenever its file is saved, until it passes, without questions.
 */
enum lk_status lab_walk(struct lab_runner *r, bool watch, struct lk_error *err);

#endif
