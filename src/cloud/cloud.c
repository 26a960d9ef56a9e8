/*
 * Opening, serving, stopping. One process owns a folder: it holds a lock on
 * FOLDER/lock, which the system lets go of when the process dies, however.
 *
 * One thread of ours calls the services' ticks when their time has come.
 */
#include "cloud/cloud.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "cloud/console.h"
#include "cloud/internal.h"
#include "cloud/work.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MAX_MS = 60000 };

const char *cloud_path(const struct cloud *cloud)
{
    return cloud->folder;
}

int cloud_port(const struct cloud *c)
{
    return http_port(c->http);
}

const char *cloud_account(const struct cloud *c)
{
    return c->account;
}

/* ---- ticks ------------------------------------------------------------------------ */

void cloud_poke(struct cloud *cloud)
{
    pthread_mutex_lock(&cloud->tick_lock);
    cloud->poked = true;
    pthread_cond_signal(&cloud->tick);
    pthread_mutex_unlock(&cloud->tick_lock);
}

/* When the first service wants to be called next. */
static int64_t tick_all(struct cloud *cloud)
{
    int64_t now = cloud_now(cloud), next = now + TICK_MAX_MS;

    cloud_lock(cloud);
    if (cloud_begin(cloud)) {
        int64_t at = works_tick(cloud, now);

        cloud_commit(cloud);
        next = at < next ? at : next;
    }
    for (const struct service *const *s = services; *s; s++) {
        int64_t at;

        if (!(*s)->tick || !cloud_begin(cloud))
            continue;
        at = (*s)->tick(cloud, now);
        cloud_commit(cloud);
        next = at < next ? at : next;
    }
    cloud_unlock(cloud);
    return next;
}

static void *tick_thread(void *ctx)
{
    struct cloud *cloud = ctx;

    pthread_mutex_lock(&cloud->tick_lock);
    while (!cloud->stopping) {
        int64_t next;
        struct timespec until;

        cloud->poked = false;
        pthread_mutex_unlock(&cloud->tick_lock);
        next = tick_all(cloud);
        pthread_mutex_lock(&cloud->tick_lock);
        until = (struct timespec){next / 1000, next % 1000 * 1000000};
        while (!cloud->poked && !cloud->stopping && cloud_now(cloud) < next)
            pthread_cond_timedwait(&cloud->tick, &cloud->tick_lock, &until);
    }
    pthread_mutex_unlock(&cloud->tick_lock);
    return NULL;
}

/* ---- opening ----------------------------------------------------------------------- */

static enum lk_status make_folder(const struct cloud *cloud, const char *name, struct lk_error *err)
{
    char *path = path_join(cloud->folder, name);
    enum lk_status st = file_mkdirs(path, err);

    free(path);
    return st;
}

static enum lk_status take_lock(struct cloud *cloud, struct lk_error *err)
{
    char *path = path_join(cloud->folder, "lock");
    enum lk_status st = LK_OK;

    cloud->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (cloud->lock_fd < 0)
        st = error_errno(err, "open", path);
    else if (flock(cloud->lock_fd, LOCK_EX | LOCK_NB))
        st = error_set(err, LK_EUSE, "a practice cloud serves %s already", cloud->folder);
    free(path);
    return st;
}

static void cloud_free(struct cloud *c)
{
    access_free(c);
    faults_free(c);
    history_close(c);
    console_free(c->console);
    if (c->db)
        state_close(c);
    if (c->lock_fd >= 0)
        close(c->lock_fd);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->tick_lock);
    pthread_cond_destroy(&c->tick);
    free(c->folder);
    free(c->account);
    free(c->admin_token);
    free(c);
}

static enum lk_status cloud_open(struct cloud **out, const char *folder,
                                 const struct cloud_identity *identity, bool *made,
                                 struct lk_error *err)
{
    struct cloud *c = mem_calloc(1, sizeof *c);
    enum lk_status st;

    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->tick_lock, NULL);
    pthread_cond_init(&c->tick, NULL);
    c->lock_fd = -1;
    c->folder = folder ? mem_strdup(folder) : cloud_folder();
    st = make_folder(c, "objects", err);
    if (!st)
        st = make_folder(c, "incoming", err);
    if (!st)
        st = make_folder(c, "work", err);
    if (!st)
        st = take_lock(c, err);
    if (!st)
        st = state_open(c, err);
    if (!st)
        st = history_open(c, err);
    if (!st)
        st = account_open(c, identity, made, err);
    if (st) {
        cloud_free(c);
        return st;
    }
    *out = c;
    return LK_OK;
}

enum lk_status cloud_init(const char *folder, const struct cloud_identity *identity, bool *made,
                          struct lk_error *err)
{
    struct cloud *c;
    enum lk_status st = cloud_open(&c, folder, identity, made, err);

    if (!st) {
        st = account_write_endpoint(c, CLOUD_PORT, err);
        cloud_free(c);
    }
    return st;
}

enum lk_status cloud_start(struct cloud **out, const struct cloud_options *options,
                           struct lk_error *err)
{
    static const char *const hosts[] = {"*.localhost", NULL};
    struct http_options http = {.hosts = hosts, .port = options->port, .max_body = BODY_MAX};
    struct http_handler handler;
    struct cloud *c;
    bool made;
    enum lk_status st = cloud_open(&c, options->folder, NULL, &made, err);

    if (st)
        return st;
    c->real_pace = options->real_pace;
    c->console = console_new();
    for (const struct service *const *s = services; *s; s++)
        if ((*s)->start)
            (*s)->start(c);
    handler = call_handler(c);
    st = http_start(&c->http, &http, &handler, err);
    if (!st)
        st = account_write_endpoint(c, http_port(c->http), err);
    if (st) {
        if (c->http)
            http_stop(c->http);
        cloud_free(c);
        return st;
    }
    c->ticking = !pthread_create(&c->ticker, NULL, tick_thread, c);
    state_fold_start(c);
    *out = c;
    return LK_OK;
}

void cloud_stop(struct cloud *c)
{
    if (!c)
        return;
    http_stop(c->http);
    pthread_mutex_lock(&c->tick_lock);
    c->stopping = true;
    pthread_cond_signal(&c->tick);
    pthread_mutex_unlock(&c->tick_lock);
    if (c->ticking)
        pthread_join(c->ticker, NULL);
    works_stop(c);
    for (const struct service *const *s = services; *s; s++)
        if ((*s)->stop)
            (*s)->stop(c);
    state_fold_stop(c);
    cloud_free(c);
}
