/* Between store.c and store_record.c; all of these want the store's lock held. */
#ifndef LAB_STORE_INTERNAL_H
#define LAB_STORE_INTERNAL_H

#include "base/db.h"
#include "base/json.h"
#include "lab/store.h"

#include <pthread.h>

struct store {
    struct db *db;
    char *book;
    pthread_mutex_t lock;
};

#define STEP_COLUMNS "code, target, ran, outcome, attempts, passed, hints, solution"

/* Prepare with ?1 the book, ?2 the lesson, ?3 the key, as far as they are given. */
enum lk_status store_ask(struct stmt **out, struct store *s, const char *sql, const char *lesson,
                         const char *key, struct lk_error *err);
/* Run (unless st says that preparing failed) and free. */
enum lk_status store_finish(struct stmt *q, enum lk_status st, struct lk_error *err);
/* STEP_COLUMNS, from `column` on. */
void store_step_take(struct store_step *out, struct stmt *q, int column);
enum lk_status store_step_put(struct store *s, const char *lesson, const char *step,
                              const struct store_step *in, struct lk_error *err);
/* tries: at least so many from now on. */
enum lk_status store_quiz_put(struct store *s, const char *lesson, const char *quiz,
                              struct slice value, bool right, int tries, struct lk_error *err);
enum lk_status store_lesson_put(struct store *s, const char *lesson, bool read, int steps,
                                int quizzes, struct lk_error *err);
enum lk_status store_put_quizzes(struct store *s, struct json_out *w, const char *key,
                                 const char *lesson, struct lk_error *err);

#endif
