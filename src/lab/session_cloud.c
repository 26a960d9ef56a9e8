/*
 * A session's calls of the cloud. The child's asks come in over the session's
 * thread; a thread of their own hands them to the agent, one at a time, and
 * what it tells goes back the same way. A question to the person stops that
 * thread alone: the session goes on listening, and can be stopped.
 *
 * A call that was stopped, or whose child was killed, is given up: it is
 * cancelled, and what it still says is for nobody, as its number is over. The
 * child hears at once that it was stopped, so that it keeps its state, while
 * the agent may still be ending a job in the cloud; the next call waits for that.
 */
#include "lab/session_internal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { STACK_BYTES = 512 << 10 };

/* ---- on the agent's thread --------------------------------------------------------- */

/* Lines of a call that nobody has given up; mark "=" is its answer. */
static void reply(struct session *s, unsigned call, const char *mark, struct slice line)
{
    pthread_mutex_lock(&s->lock);
    if (call == s->cloud.call) {
        s->cloud.calling = !*mark;
        str_puts(&s->cloud.replies, mark);
        str_put(&s->cloud.replies, line);
        str_putc(&s->cloud.replies, '\n');
    }
    pthread_mutex_unlock(&s->lock);
    session_wake(s);
}

struct asking {
    struct session *session;
    unsigned call;
};

static void on_tell(void *ctx, struct slice line)
{
    struct asking *from = ctx;

    reply(from->session, from->call, "", line);
}

static bool on_ask(void *ctx, const char *question)
{
    struct asking *from = ctx;
    struct session *s = from->session;
    bool yes;

    pthread_mutex_lock(&s->lock);
    s->cloud.question = mem_strdup(question);
    s->cloud.question_id++;
    s->cloud.told = false;
    s->cloud.answer = 0;
    session_wake(s);
    while (!s->cloud.answer && !s->stop && !s->closing && from->call == s->cloud.call)
        pthread_cond_wait(&s->cloud.changed, &s->lock);
    yes = s->cloud.answer > 0;
    free(s->cloud.question);
    s->cloud.question = NULL;
    pthread_mutex_unlock(&s->lock);
    session_wake(s);
    return yes;
}

static void *work(void *ctx)
{
    struct session *s = ctx;
    struct asking *from = s->agent_ctx;

    pthread_mutex_lock(&s->lock);
    for (;;) {
        struct str call = STR_INIT, answer = STR_INIT;

        while (!s->cloud.asked.len && !s->closing)
            pthread_cond_wait(&s->cloud.changed, &s->lock);
        if (s->closing)
            break;
        str_put(&call, slice_str(&s->cloud.asked));
        str_clear(&s->cloud.asked);
        from->call = s->cloud.call;
        agent_begin(s->agent);
        pthread_mutex_unlock(&s->lock);
        agent_call(s->agent, slice_str(&call), &answer);
        reply(s, from->call, "=", slice_str(&answer));
        str_done(&call);
        str_done(&answer);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- life ----------------------------------------------------------------------------- */

enum lk_status session_cloud_open(struct session *s, const struct lesson *lesson,
                                  const struct session_options *o, struct lk_error *err)
{
    char *work_folder = realpath(o->work_folder, NULL);
    const char *read[3] = {lesson->folder, o->data_folder, NULL};
    struct agent_options options = {.target = o->target,
                                    .folder = o->cloud_folder,
                                    .lesson = lesson->slug,
                                    .work = work_folder ? work_folder : o->work_folder,
                                    .read = read,
                                    .disk = o->disk_bytes ? o->disk_bytes : SESSION_DISK,
                                    .yes = o->yes};
    struct asking *from = mem_calloc(1, sizeof *from);
    struct agent_host host = {from, on_tell, on_ask};
    pthread_attr_t attr;
    int failed;

    from->session = s;
    s->agent_ctx = from;
    s->agent = agent_new(&options, &host);
    free(work_folder);
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    failed = pthread_create(&s->agent_thread, &attr, work, s);
    pthread_attr_destroy(&attr);
    if (failed) {
        agent_free(s->agent);
        free(from);
        s->agent = NULL;
        return error_set(err, LK_EIO, "cannot start a thread for the cloud's calls");
    }
    return LK_OK;
}

/* s->closing is set. */
void session_cloud_close(struct session *s)
{
    if (!s->agent)
        return;
    session_cloud_drop(s);
    pthread_join(s->agent_thread, NULL);
    agent_free(s->agent);
    free(s->agent_ctx);
    s->agent = NULL;
}

void session_answer(struct session *s, int64_t id, bool yes)
{
    pthread_mutex_lock(&s->lock);
    if (s->cloud.question && s->cloud.question_id == id && !s->cloud.answer) {
        s->cloud.answer = yes ? 1 : -1;
        pthread_cond_broadcast(&s->cloud.changed);
    }
    pthread_mutex_unlock(&s->lock);
}

/* ---- on the session's thread ------------------------------------------------------------ */

void session_cloud_ask(struct session *s, struct slice call)
{
    if (!s->agent)
        return;
    pthread_mutex_lock(&s->lock);
    str_clear(&s->cloud.asked);
    str_put(&s->cloud.asked, call);
    s->cloud.calling = true;
    pthread_cond_broadcast(&s->cloud.changed);
    pthread_mutex_unlock(&s->lock);
}

/* Under the lock: whatever is under way is for nobody. */
static void give_up(struct session *s)
{
    s->cloud.call++;
    s->cloud.calling = false;
    str_clear(&s->cloud.asked);
    pthread_cond_broadcast(&s->cloud.changed);
}

void session_cloud_stop(struct session *s)
{
    if (!s->agent)
        return;
    pthread_mutex_lock(&s->lock);
    if (s->cloud.calling) {
        give_up(s);
        str_puts(&s->cloud.replies, "={\"error\":\"stopped\",\"code\":\"\"}\n");
    }
    pthread_mutex_unlock(&s->lock);
    agent_cancel(s->agent);
    session_wake(s);
}

void session_cloud_drop(struct session *s)
{
    if (!s->agent)
        return;
    pthread_mutex_lock(&s->lock);
    give_up(s);
    str_clear(&s->cloud.replies);
    pthread_mutex_unlock(&s->lock);
    agent_cancel(s->agent);
}

static void tell_question(struct session *s, const char *text, int64_t id)
{
    struct str event = STR_INIT;
    struct json_out w;

    session_begin_event(s, &w, &event, "ask");
    json_put_int(&w, "id", id);
    json_put_z(&w, "text", text);
    session_send_event(s, &w);
}

static void tell_answer(struct session *s, int64_t id, bool yes)
{
    struct str event = STR_INIT;
    struct json_out w;

    session_begin_event(s, &w, &event, "answer");
    json_put_int(&w, "id", id);
    json_put_bool(&w, "yes", yes);
    session_send_event(s, &w);
}

void session_cloud_collect(struct session *s, struct str *in)
{
    char *question = NULL;
    int64_t id;
    bool over, yes;

    if (!s->agent)
        return;
    pthread_mutex_lock(&s->lock);
    str_put(in, slice_str(&s->cloud.replies));
    str_clear(&s->cloud.replies);
    id = s->cloud.question_id;
    yes = s->cloud.answer > 0;
    over = s->cloud.told && !s->cloud.question;
    if (s->cloud.question && !s->cloud.told)
        question = mem_strdup(s->cloud.question);
    s->cloud.told = s->cloud.question != NULL;
    pthread_mutex_unlock(&s->lock);
    if (over)
        tell_answer(s, id, yes);
    if (question)
        tell_question(s, question, id);
    free(question);
}

bool session_cloud_waits(struct session *s)
{
    bool waits;

    pthread_mutex_lock(&s->lock);
    waits = s->cloud.question != NULL;
    pthread_mutex_unlock(&s->lock);
    return waits;
}
