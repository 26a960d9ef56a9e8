/* A lesson in the terminal, step by step and quiz by quiz, with prompts. */
#ifndef CLI_LAB_WALK_H
#define CLI_LAB_WALK_H

#include "cli/lab_runner.h"

/*
 * Steps and quizzes as they stand in the lesson. watch: each step runs again
 * whenever its file is saved, until it passes, without questions. yes: do not
 * ask before steps that can cost money.
 */
enum lk_status lab_walk(struct lab_runner *r, bool watch, bool yes, struct lk_error *err);
/* May the step run? Asks where it can cost money and yes does not say so already. */
bool lab_walk_confirm(const struct lab_runner *r, bool yes);

#endif
