/*
 * A book that is served has a folder of its own under labbook's data folder,
 * named by its path: the rendered site and what labs write. It is locked as long as it
 * is served, so that two servers do not write one site; the lock ends with the
 * process, however that ends.
 */
#include "serve/serve.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "book/lesson.h"
#include "lab/reference.h"
#include "serve/api.h"
#include "serve/guard.h"
#include "serve/pages.h"
#include "serve/practice.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <unistd.h>

enum { TICK_MS = 700, BODY_MAX = 2 << 20, IDLE_SECONDS = 30 };

struct server {
    char *root, *folder, *site, *url;
    int lock;
    struct str script; /* what labs can call, for the editor */
    struct site_extra calls;
    struct guard guard;
    struct pages *pages;
    struct api api;
    struct http_server *http;
    pthread_t clock;
    bool clock_runs;
    int stop;
    struct practice *practice;
};

/* ---- answering ------------------------------------------------------------------- */

/* Until the book can be rendered for the first time. */
static void reply_no_site(struct server *s, struct http_request *r)
{
    struct str page = STR_INIT, last = STR_INIT;

    watch_last(s->api.watch, &last);
    str_puts(&page, "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                    "<meta http-equiv=\"refresh\" content=\"1\"><title>Labbook</title></head>"
                    "<body><h1>The book cannot be rendered yet</h1><pre>");
    str_put_html(&page, slice_str(&last));
    str_puts(&page, "</pre><p>This page looks again every second.</p></body></html>\n");
    pages_add_safety(r);
    http_add_header(r, "Cache-Control", "no-store");
    http_reply(r, 503, "text/html; charset=utf-8", slice_str(&page));
    str_done(&last);
    str_done(&page);
}

static void on_request(void *ctx, struct http_request *r)
{
    struct server *s = ctx;

    if (slice_starts(slice_of(http_path(r)), "/api/")) {
        if (guard_api(&s->guard, r))
            api_reply(&s->api, r);
    } else if (guard_page(&s->guard, r)) {
        if (watch_is_empty(s->api.watch))
            reply_no_site(s, r);
        else
            pages_reply(s->pages, r);
    }
}

static void on_change(void *ctx, struct slice json)
{
    struct server *s = ctx;

    desks_reload(s->api.desks);
    hub_tell(s->api.site, "book", json);
    desks_tell(s->api.desks, "book", json);
}

static void *keep_time(void *ctx)
{
    struct server *s = ctx;
    struct pollfd stop = {.fd = s->stop, .events = POLLIN};

    while (!poll(&stop, 1, TICK_MS))
        desks_tick(s->api.desks);
    return NULL;
}

/* ---- starting ---------------------------------------------------------------------- */

static enum lk_status find_root(struct server *s, const char *root, struct lk_error *err)
{
    char full[PATH_MAX], *lessons;
    enum lk_status st = LK_OK;

    if (!realpath(root, full))
        return error_errno(err, "open", root);
    s->root = mem_strdup(full);
    lessons = path_join(full, "lessons");
    if (file_stat(lessons).kind != FILE_FOLDER)
        st = error_set(err, LK_EUSE, "%s holds no lessons/; name the folder of a book", root);
    free(lessons);
    return st;
}

static enum lk_status take_folder(struct server *s, struct lk_error *err)
{
    char *home = path_data_home(), *lock = NULL;
    struct str name = STR_INIT;
    uint8_t sum[DIGEST_MAX];
    enum lk_status st;

    digest(sum, DIGEST_SHA256, slice_of(s->root));
    str_puts(&name, "books/");
    str_put_hex(&name, sum, 8);
    s->folder = path_join(home, name.ptr);
    s->site = path_join(s->folder, "site");
    lock = path_join(s->folder, "lock");
    st = file_mkdirs(s->site, err);
    if (!st && (s->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
        st = error_errno(err, "open", lock);
    if (!st && flock(s->lock, LOCK_EX | LOCK_NB)) {
        char url[200] = "";
        ssize_t n = read(s->lock, url, sizeof url - 1);

        url[n > 0 ? n : 0] = '\0';
        st = error_set(err, LK_EUSE, "this book is being served already, at %s", url);
    }
    str_done(&name);
    free(lock);
    free(home);
    return st;
}

static bool is_loopback(const char *address)
{
    return !address || !strncmp(address, "127.", 4) || !strcmp(address, "::1");
}

/* The store goes by the book's title, which may have a mistake: then by its folder's name. */
static enum lk_status open_store(struct server *s, struct lk_error *err)
{
    struct book_index *index = NULL;
    enum lk_status st;

    if (book_index_read(&index, s->root, NULL))
        index = NULL;
    st = store_open(&s->api.store, NULL, index ? index->title : path_name(s->root), err);
    book_index_free(index);
    return st;
}

static enum lk_status open_parts(struct server *s, const struct server_options *o,
                                 struct lk_error *err)
{
    char *work = path_join(s->folder, "work");
    struct desks_options desks = {.root = s->root, .work = work, .threads = o->threads};
    struct site_options site = {.out = s->site,
                                .drafts = o->drafts,
                                .instructor = o->instructor,
                                .extras = &s->calls,
                                .extra_count = 1};
    struct str head = STR_INIT;
    enum lk_status st = open_store(s, err);

    reference_put_script(&s->script);
    s->calls = (struct site_extra){"js/lab-api.js", slice_str(&s->script)};
    guard_init(&s->guard, o->password);
    str_printf(&head, "\n<meta name=\"labbook-token\" content=\"%s\">", s->guard.token);
    s->api.site = hub_new(0);
    s->practice = s->api.practice = practice_new();
    desks.store = s->api.store;
    desks.need_practice = practice_need;
    desks.practice = s->practice;
    s->api.desks = desks_new(&desks);
    if (!st)
        st = watch_start(&s->api.watch, s->root, &site, on_change, s, err);
    if (!st)
        st = pages_open(&s->pages, s->site, head.ptr, err);
    str_done(&head);
    free(work);
    return st;
}

static enum lk_status listen_at(struct server *s, const struct server_options *o,
                                struct lk_error *err)
{
    const char *names[18] = {o->address};
    struct http_options http = {.address = o->address,
                                .port = o->port,
                                .hosts = names,
                                .max_body = BODY_MAX,
                                .idle_seconds = IDLE_SECONDS,
                                .max_connections = 4000};
    struct http_handler handler = {.on_request = on_request, .ctx = s};
    struct str url = STR_INIT;
    enum lk_status st;
    size_t n = o->address ? 1 : 0;

    for (size_t i = 0; o->names && o->names[i] && n < 17; i++)
        names[n++] = o->names[i];
    st = http_start(&s->http, &http, &handler, err);
    if (st)
        return st;
    str_printf(&url, "http://%s:%d/", o->address ? o->address : "127.0.0.1", http_port(s->http));
    s->url = str_take(&url, NULL);
    if (ftruncate(s->lock, 0) || pwrite(s->lock, s->url, strlen(s->url), 0) < 0)
        return error_errno(err, "write", s->folder);
    return LK_OK;
}

enum lk_status server_start(struct server **out, const struct server_options *o,
                            struct lk_error *err)
{
    struct server *s = mem_calloc(1, sizeof *s);
    enum lk_status st = LK_OK;

    s->lock = -1;
    str_init(&s->script);
    s->stop = eventfd(0, EFD_CLOEXEC);
    if (!is_loopback(o->address) && !(o->password && o->password[0]))
        st = error_set(err, LK_EUSE,
                       "%s can be reached by others, who could then run code here: set "
                       "LABBOOK_PASSWORD, or stay on 127.0.0.1",
                       o->address);
    if (!st)
        st = find_root(s, o->root, err);
    if (!st)
        st = take_folder(s, err);
    if (!st)
        st = open_parts(s, o, err);
    if (!st)
        st = listen_at(s, o, err);
    if (!st)
        s->clock_runs = !pthread_create(&s->clock, NULL, keep_time, s);
    if (st)
        server_stop(s);
    else
        *out = s;
    return st;
}

const char *server_url(const struct server *s)
{
    return s->url;
}

void server_stop(struct server *s)
{
    uint64_t one = 1;

    if (!s)
        return;
    if (s->clock_runs && write(s->stop, &one, sizeof one) == sizeof one)
        pthread_join(s->clock, NULL);
    /* No request any more; then no event; then what both use. */
    http_stop(s->http);
    watch_stop(s->api.watch);
    desks_free(s->api.desks);
    practice_free(s->practice);
    hub_free(s->api.site);
    store_close(s->api.store);
    pages_close(s->pages);
    guard_done(&s->guard);
    str_done(&s->script);
    if (s->lock >= 0)
        close(s->lock);
    close(s->stop);
    free(s->root);
    free(s->folder);
    free(s->site);
    free(s->url);
    free(s);
}
