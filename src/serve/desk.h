/*
 * A desk is a lesson being worked on: its steps with the learner's code, what
 * they last put out, and the session that runs them. Every page that shows the
 * lesson, in however many tabs, is at the same desk and sees the same events.
 *
 * Each step is fresh, running, done, stale or failed. A step is done as long as
 * its code, and that of all before it, is what it ran with; so an edit above
 * makes it stale, and taking the edit back makes it done again.
 *
 * To the events of lab/session.h a desk adds its own, with the same numbers:
 *   {"step":"train","kind":"state","state":"stale","attempts":2,"passed":true|false|null}
 *   {"step":"train","kind":"code","code":"...","by":"PAGE"}   null: the starter again
 *   {"step":"train","kind":"clear"}        what it had put out is gone
 *   {"step":"","kind":"quiz","quiz":"ID","right":true,"value":...,"by":"PAGE"}
 *   {"step":"","kind":"target","target":"practice"}
 *
 * Threads: any. Events come on the session's thread, which never waits for who
 * is calling.
 */
#ifndef SERVE_DESK_H
#define SERVE_DESK_H

#include "http/http.h"
#include "lab/store.h"

struct desks;
struct desk;

struct desks_options {
    const char *root; /* the book */
    const char *work; /* a folder for what labs write, a folder a lesson */
    struct store *store;
    int threads;                      /* for a step's training; 0: all */
    void (*need_practice)(void *ctx); /* before a session on target practice; or NULL */
    void *practice;
};

struct desks *desks_new(const struct desks_options *options);
void desks_free(struct desks *d);
/* The desk of a lesson, set up when first asked for; it stays until desks_free. */
enum lk_status desks_get(struct desk **out, struct desks *d, const char *slug,
                         struct lk_error *err);
/* Lessons may have changed: desks whose lesson did are set up anew. */
void desks_reload(struct desks *d);
/* The store holds something else now (a record was taken in, or all was forgotten). */
void desks_read_store(struct desks *d);
/* Now and then: store what long runs have put out, end sessions that nobody uses. */
void desks_tick(struct desks *d);
/* An event to every page of every lesson. */
void desks_tell(struct desks *d, const char *event, struct slice json);

/* All that a page shows: {"seq":N,"target":"local","steps":{..},"quizzes":{..},"read":false}. */
enum lk_status desk_state(struct desk *d, struct str *json, struct lk_error *err);
void desk_listen(struct desk *d, struct http_stream *stream, int64_t last);

struct desk_run {
    const char *step, *code; /* code NULL: as it stands */
    const char *target;      /* NULL: as last chosen */
    const char *by;          /* which page asks, or "" */
    bool judge;
    bool ready; /* judge what stands there, where that is as it ran */
    bool above; /* all before the step, not the step itself */
};
enum lk_status desk_run(struct desk *d, const struct desk_run *run, struct lk_error *err);
enum lk_status desk_edit(struct desk *d, const char *step, const char *code, const char *by,
                         struct lk_error *err);
void desk_stop(struct desk *d);
/* The person's answer to a question of the running step (session.h). */
void desk_answer(struct desk *d, int64_t id, bool yes);
/* Back to the starter, nothing put out; step NULL: the whole lesson. */
enum lk_status desk_reset(struct desk *d, const char *step, struct lk_error *err);
/* Hints opened (as many as `hints`), the solution seen. */
enum lk_status desk_help(struct desk *d, const char *step, int hints, bool solution,
                         struct lk_error *err);
enum lk_status desk_quiz(struct desk *d, const char *quiz, struct slice value, bool right,
                         const char *by, struct lk_error *err);
enum lk_status desk_read(struct desk *d, struct lk_error *err);
/* The folder that the lesson's steps write to; borrowed. */
const char *desk_work(const struct desk *d);

#endif
