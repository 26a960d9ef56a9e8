/*
 * What a learner did: code, outputs, answers and progress, lesson by lesson, in
 * SQLite ($XDG_DATA_HOME/labbook/progress.db), for the server and the terminal
 * alike. What a call has stored survives kill -9 from its return on.
 *
 * A book is known by its title, as in the browser's own record of a static
 * site, so that both can read what the other exported (store_export).
 *
 * Threads: every call locks; any thread may call.
 */
#ifndef LAB_STORE_H
#define LAB_STORE_H

#include "base/str.h"
#include "labkit.h"

struct store;

/* path NULL: where labbook keeps it; folders are made. */
enum lk_status store_open(struct store **out, const char *path, const char *book,
                          struct lk_error *err);
void store_close(struct store *s);

enum store_outcome { OUTCOME_NONE, OUTCOME_DONE, OUTCOME_FAILED };

/* A step as it was left. Texts that were read are yours: store_step_done. */
struct store_step {
    char *code;   /* the learner's, or NULL: the starter */
    char *target; /* as last chosen, or NULL */
    char *ran;    /* names the code, of this step and those before it, that last ran; or NULL */
    enum store_outcome outcome;
    int attempts;  /* runs that reached an end */
    int passed;    /* its check: 1 passed, 0 failed, -1 never judged */
    int hints;     /* opened */
    bool solution; /* seen */
};

enum lk_status store_step_read(struct store *s, const char *lesson, const char *step,
                               struct store_step *out, struct lk_error *err);
enum lk_status store_step_write(struct store *s, const char *lesson, const char *step,
                                const struct store_step *in, struct lk_error *err);
void store_step_done(struct store_step *step);
/* Events of the step's last run, a line of JSON each, in order; replaces what was there. */
enum lk_status store_output_write(struct store *s, const char *lesson, const char *step,
                                  struct slice lines, struct lk_error *err);
enum lk_status store_output_read(struct store *s, const char *lesson, const char *step,
                                 struct str *lines, struct lk_error *err);
/* A quiz answered; value is JSON of what was chosen. */
enum lk_status store_quiz(struct store *s, const char *lesson, const char *quiz, struct slice value,
                          bool right, struct lk_error *err);
/* The lesson was opened, or read to its end (which stays); it has so many steps and quizzes. */
enum lk_status store_lesson(struct store *s, const char *lesson, bool read, int steps, int quizzes,
                            struct lk_error *err);
/* The quizzes of a lesson as a JSON object: {"id":{"right":true,"tries":2,"value":...}}. */
enum lk_status store_quizzes(struct store *s, const char *lesson, struct str *json,
                             struct lk_error *err);
bool store_was_read(struct store *s, const char *lesson);

/*
 * All of a book's progress as JSON:
 *   {"format":"labbook-progress","version":1,"book":"...","saved":"2026-..Z","lessons":{
 *     "01-slug":{"read":true,"total":{"steps":5,"quizzes":2},
 *       "steps":{"id":{"code":"..","outcome":"done","attempts":1,"passed":true,"hints":0,
 *                      "solution":false,"target":"local"}},
 *       "quizzes":{"id":{"right":true,"tries":1,"value":..}}}}}
 */
enum lk_status store_export(struct store *s, struct str *json, struct lk_error *err);
/* Take such a record in, over what is there; all of it or nothing. file names it in errors. */
enum lk_status store_import(struct store *s, struct slice json, const char *file,
                            struct lk_error *err);
/* Forget a lesson (NULL: the whole book). */
enum lk_status store_forget(struct store *s, const char *lesson, struct lk_error *err);

#endif
