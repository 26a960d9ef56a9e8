/*
 * The learner's own code of a step. In the terminal it stands in a file,
 * WORK/mine/STEP.lua, for any editor; where there is none yet, what was
 * written in the page counts, and else the starter.
 */
#ifndef CLI_OWN_CODE_H
#define CLI_OWN_CODE_H

#include "cli/lab_runner.h"

/* NULL in *out where it is still the starter; else yours to free. */
enum lk_status own_code_read(char **out, const struct lab_runner *r, const struct lesson_step *step,
                             struct lk_error *err);
/* Where the file is, made if it was not there; the path is yours to free, also after an error. */
enum lk_status own_code_file(char **path, const struct lab_runner *r,
                             const struct lesson_step *step, struct lk_error *err);

#endif
