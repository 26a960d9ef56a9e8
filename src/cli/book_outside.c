/*
 * Addresses are tried in the order of the book with HEAD, and with GET where a
 * server will not answer that. Only a clear "not there" (404, 410, no such
 * host) is an error; a server that is in trouble, or keeps programs out, gives
 * a warning: the page may well be there for a reader.
 */
#include "cli/book_outside.h"

#include "aws/net.h"
#include "base/clock.h"
#include "base/db.h"
#include "base/error.h"
#include "base/file.h"
#include "base/term.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { REDIRECTS_MAX = 5, ANSWER_MS = 20000, BETWEEN_MS = 1000, BODY_MAX = 1 << 20 };
static const int64_t FRESH_MS = 7LL * 24 * 3600 * 1000;

static const char *const schema[] = {
    "create table links (url text primary key, checked_ms integer not null) without rowid;",
};

/* What became of one address. */
struct verdict {
    bool there;
    bool gone;        /* surely not there */
    int status;       /* of the answer; 0 where there was none */
    char why[256];    /* where there was none */
    char moved[1024]; /* where it has moved to for good, or "" */
};

struct visitor {
    struct net *net;
    struct db *db;
    struct stmt *known, *keep;
    char last_host[256];
    int64_t last_ms;
};

static struct slice host_of(const char *url)
{
    struct slice s = slice_of(url);

    s = slice_from(s, slice_starts(s, "https://") ? 8 : 7);
    return slice_first(s, strcspn(s.ptr, "/?#"));
}

/* A second between two requests to one host. */
static void be_polite(struct visitor *v, const char *url)
{
    struct slice host = host_of(url);
    int64_t wait = v->last_ms + BETWEEN_MS - clock_unix_ms();

    if (slice_is(host, v->last_host) && wait > 0)
        nanosleep(&(struct timespec){wait / 1000, wait % 1000 * 1000000}, NULL);
    if (host.len < sizeof v->last_host) {
        memcpy(v->last_host, host.ptr, host.len);
        v->last_host[host.len] = '\0';
    }
    v->last_ms = clock_unix_ms();
}

/* The address that a redirect names, which may be relative to the one asked; false when too long.
 */
static bool resolve(char out[1024], const char *from, struct slice to)
{
    struct slice host = host_of(from);
    size_t origin = (size_t)(host.ptr - from) + host.len;
    struct str s = STR_INIT;
    bool fits;

    if (slice_starts(to, "//"))
        str_add(&s, from, slice_starts(slice_of(from), "https") ? 6 : 5);
    else if (slice_starts(to, "/"))
        str_add(&s, from, origin);
    else if (!slice_starts(to, "https://") && !slice_starts(to, "http://"))
        str_add(&s, from, (size_t)(strrchr(from + origin - 1, '/') - from) + 1);
    str_put(&s, to);
    fits = s.len < 1024;
    if (fits)
        memcpy(out, s.ptr, s.len + 1);
    str_done(&s);
    return fits;
}

static enum lk_status discard(void *ctx, const void *ptr, size_t n, struct lk_error *err)
{
    return LK_OK;
}

/* One request; the status, or 0 with the reason in `why`. location is "" or where it points. */
static int ask(struct visitor *v, const char *method, const char *url, char location[1024],
               char why[256])
{
    static const struct sigv4_header headers[] = {
        {SLICE("User-Agent"), SLICE("labbook-check/" LK_VERSION)},
        {SLICE("Range"), SLICE("bytes=0-0")},
    };
    struct net_request r = {.method = method,
                            .url = url,
                            .headers = headers,
                            .header_count = strcmp(method, "GET") ? 1 : 2,
                            .write = discard,
                            .max_body = BODY_MAX,
                            .total_ms = ANSWER_MS};
    struct net_answer answer;
    struct lk_error err;
    int status = 0;

    be_polite(v, url);
    location[0] = why[0] = '\0';
    if (net_send(&answer, v->net, &r, &err) == LK_OK) {
        status = answer.status;
        if (status >= 300 && status < 400 &&
            !resolve(location, url, net_header(&answer, "location")))
            location[0] = '\0';
    } else {
        memcpy(why, err.text, 255);
        why[255] = '\0';
    }
    net_answer_done(&answer);
    return status;
}

/* Follow the address to its end. */
static void visit(struct visitor *v, struct verdict *out, const char *address)
{
    char url[1024], next[1024];
    bool for_good = true;

    memset(out, 0, sizeof *out);
    strncpy(url, address, sizeof url - 1);
    url[sizeof url - 1] = '\0';
    for (int hop = 0; hop <= REDIRECTS_MAX; hop++) {
        out->status = ask(v, "HEAD", url, next, out->why);
        if (out->status >= 400 && out->status != 404 && out->status != 410)
            out->status = ask(v, "GET", url, next, out->why);
        if (!next[0])
            break;
        for_good &= out->status == 301 || out->status == 308;
        memcpy(url, next, sizeof url);
    }
    out->there = out->status >= 200 && out->status < 300;
    out->gone = out->status == 404 || out->status == 410 || strstr(out->why, "resolve") != NULL;
    if (out->there && for_good && strcmp(url, address))
        memcpy(out->moved, url, sizeof url);
}

static void report(struct findings *findings, const struct finding *f, const struct verdict *v)
{
    char why[300];

    if (v->status)
        snprintf(why, sizeof why, "the server answers %d", v->status);
    else
        snprintf(why, sizeof why, "%s", v->why);
    if (v->gone)
        finding_add(findings, FINDING_ERROR, "link-gone", f->file, f->line, f->column,
                    "find where it is now, or take the link out", "'%s' is not there: %s", f->text,
                    why);
    else if (!v->there)
        finding_add(findings, FINDING_WARNING, "link-unsure", f->file, f->line, f->column,
                    "open it in a browser and see", "'%s' could not be tried: %s", f->text, why);
    else if (v->moved[0])
        finding_add(findings, FINDING_WARNING, "link-moved", f->file, f->line, f->column, v->moved,
                    "'%s' has moved for good", f->text);
}

/* Was it there within a week? */
static bool is_fresh(struct visitor *v, const char *url)
{
    bool row = false;

    stmt_text(v->known, 1, url);
    stmt_int(v->known, 2, clock_unix_ms() - FRESH_MS);
    if (stmt_step(v->known, &row, NULL))
        row = false;
    stmt_reset(v->known);
    return row;
}

static void remember(struct visitor *v, const char *url)
{
    stmt_text(v->keep, 1, url);
    stmt_int(v->keep, 2, clock_unix_ms());
    (void)!stmt_run(v->keep, NULL); /* a note lost costs one request more */
}

static bool asked_before(const struct findings *f, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (f->items[k].level == FINDING_ADDRESS && !strcmp(f->items[k].text, f->items[i].text))
            return true;
    return false;
}

static void visit_all(struct visitor *v, struct findings *findings)
{
    struct progress bar;
    size_t count = findings->len;

    progress_begin(&bar, "addresses", (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        const struct finding f = findings->items[i]; /* the list may move as it grows */
        struct verdict verdict;

        if (f.level != FINDING_ADDRESS || asked_before(findings, i) || is_fresh(v, f.text))
            continue;
        progress_at(&bar, (int64_t)i, f.text);
        visit(v, &verdict, f.text);
        report(findings, &f, &verdict);
        if (verdict.there && !verdict.moved[0])
            remember(v, f.text);
    }
    progress_end(&bar);
}

enum lk_status outside_check(struct findings *findings, struct lk_error *err)
{
    struct visitor v = {0};
    char *home = path_data_home(), *path = path_join(home, "links.db");
    enum lk_status st = file_mkdirs(home, err);

    if (!st)
        st = db_open(&v.db, path, schema, 1, err);
    if (!st)
        st = db_prepare(&v.known, v.db, "select 1 from links where url = ?1 and checked_ms > ?2",
                        err);
    if (!st)
        st = db_prepare(&v.keep, v.db, "insert or replace into links values (?1, ?2)", err);
    if (!st) {
        v.net = net_new(&(struct net_options){.ca_bundle = getenv("AWS_CA_BUNDLE"),
                                              .connect_ms = ANSWER_MS / 2});
        visit_all(&v, findings);
        net_free(v.net);
    }
    stmt_free(v.known);
    stmt_free(v.keep);
    db_close(v.db);
    free(path);
    free(home);
    return st;
}
