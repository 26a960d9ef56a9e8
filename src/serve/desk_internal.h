/*
 * Between desk.c (setting up), desk_events.c (what comes from the session) and
 * desk_work.c (what is asked for).
 *
 * Two locks. `call` is held through every call of session_*, which may wait for
 * the session's thread; that thread takes `lock`, which guards all that is
 * shown. So `lock` may be taken under `call`, never the other way round, and no
 * session_* is called under `lock`.
 */
#ifndef SERVE_DESK_INTERNAL_H
#define SERVE_DESK_INTERNAL_H

#include "book/lesson.h"
#include "lab/session.h"
#include "serve/desk.h"
#include "serve/hub.h"

#include <pthread.h>

enum { CODE_MAX = 64 << 10, LINES_MAX = 4 << 20, DESKS_MAX = 1000, KEY_SIZE = 17 };

struct desk_step {
    const struct lesson_step *about;
    struct store_step kept;
    struct str lines; /* its events, a line each */
    bool running, full;
    bool unsaved;         /* lines or kept are newer than what is stored */
    char key[KEY_SIZE];   /* of its code and all before it, when it was started */
    enum step_state told; /* what the pages know */
};

struct desk {
    struct desks *desks;
    char *slug, *folder, *work;
    struct hub *hub;
    pthread_mutex_t call;
    struct session *session;
    unsigned session_target;
    int64_t used_ms; /* when something was last asked */
    pthread_mutex_t lock;
    struct lesson *lesson;
    struct desk_step *steps;
    size_t count;
    unsigned target;
    const struct desk_step *asked; /* what the learner pressed Run on */
    bool asked_judge;              /* or Check */
    bool read;
};

struct desks {
    struct desks_options options;
    char *root, *work, *data;
    pthread_mutex_t lock; /* of the list */
    struct desk **list;
    size_t count, cap;
};

struct desk_step *desk_find(struct desk *d, const char *step);
const char *desk_code(const struct desk_step *step); /* as it stands */
/* Store what is unsaved; under `lock`. */
void desk_save(struct desk *d, struct desk_step *step);
/* Tell the pages about every step whose state is another now; under `lock`. */
void desk_tell_states(struct desk *d);
/* A step's state again, also if it is as before. */
void desk_tell_state(struct desk *d, struct desk_step *step);
/* What the session calls. */
void desk_on_event(void *desk, struct slice json);
/* End the session, if there is one; under `call`, not under `lock`. */
void desk_end_session(struct desk *d);
const char *target_name(unsigned target);

#endif
