/*
 * Serving the console's page, and handing it credentials.
 *
 * Files are packed once, when the first page is asked for. The page itself is
 * index.html with the token of this start in it.
 */
#include "cloud/console.h"

#include "base/digest.h"
#include "base/gzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONSOLE_PATH "/console/"
#define TOKEN_MARK   "@TOKEN@"

enum { TOKEN_BYTES = 24, FILES_MAX = 32, SESSION_SECONDS = 3600, ETAG_SIZE = 40 };

struct ready {
    struct str bytes, gzip; /* gzip empty: smaller without */
    char etag[ETAG_SIZE];   /* weak: packed or not, it is the same */
};

struct console {
    char *token;
    pthread_mutex_t lock; /* of all below */
    bool packed;
    struct ready files[FILES_MAX];
};

struct console *console_new(void)
{
    struct console *c = mem_calloc(1, sizeof *c);
    struct str token = STR_INIT;
    uint8_t bytes[TOKEN_BYTES];

    random_bytes(bytes, sizeof bytes);
    str_put_hex(&token, bytes, sizeof bytes);
    c->token = str_take(&token, NULL);
    pthread_mutex_init(&c->lock, NULL);
    for (size_t i = 0; i < FILES_MAX; i++) {
        str_init(&c->files[i].bytes);
        str_init(&c->files[i].gzip);
    }
    return c;
}

void console_free(struct console *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < FILES_MAX; i++) {
        str_done(&c->files[i].bytes);
        str_done(&c->files[i].gzip);
    }
    pthread_mutex_destroy(&c->lock);
    free(c->token);
    free(c);
}

/* A browser that was given the cloud's bare address wants to see something. */
static bool is_front_door(const struct call *c)
{
    const char *accept = call_header_z(c, "accept");

    return slice_is(c->internal->path, "/") && !c->internal->query.len &&
           !strcmp(http_method(c->http), "GET") && accept && strstr(accept, "text/html");
}

/* "bucket.localhost:4500": S3's other way of naming a bucket. */
static bool names_bucket(const struct call *c)
{
    const char *host = call_header_z(c, "host");

    return host && strstr(host, ".localhost");
}

bool console_wants(const struct call *c)
{
    struct slice path = c->internal->path;

    if (call_header(c, "authorization").len || sigv4_is_presigned(c->internal->query) ||
        names_bucket(c))
        return false;
    return slice_starts(path, CONSOLE_PATH) || slice_is(path, "/console") || is_front_door(c);
}

/* ---- files -------------------------------------------------------------------- */

static void put_with_token(struct str *out, struct slice text, const char *token)
{
    const char *at = memmem(text.ptr, text.len, TOKEN_MARK, sizeof TOKEN_MARK - 1);
    size_t before = at ? (size_t)(at - text.ptr) : text.len;

    str_put(out, slice_first(text, before));
    if (at) {
        str_puts(out, token);
        str_put(out, slice_from(text, before + sizeof TOKEN_MARK - 1));
    }
}

static void make_ready(struct console *c, size_t i)
{
    const struct console_file *f = &console_files[i];
    struct ready *r = &c->files[i];
    struct slice text = {f->begin, (size_t)(f->end - f->begin)};
    uint8_t sum[DIGEST_MAX];
    struct str hex = STR_INIT;

    put_with_token(&r->bytes, text, *f->name ? "" : c->token);
    gzip_put(&r->gzip, slice_str(&r->bytes), 6);
    digest(sum, DIGEST_SHA256, slice_str(&r->bytes));
    str_put_hex(&hex, sum, 12);
    snprintf(r->etag, sizeof r->etag, "W/\"%s\"", hex.ptr);
    str_done(&hex);
}

static const struct ready *ready_file(struct console *c, size_t i)
{
    pthread_mutex_lock(&c->lock);
    if (!c->packed)
        for (size_t k = 0; console_files[k].name; k++)
            make_ready(c, k);
    c->packed = true;
    pthread_mutex_unlock(&c->lock);
    return &c->files[i];
}

static void add_safety(struct http_request *r)
{
    http_add_header(r, "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: "
                    "blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                    "frame-ancestors 'none'");
    http_add_header(r, "X-Content-Type-Options", "nosniff");
    http_add_header(r, "X-Frame-Options", "DENY");
    http_add_header(r, "Referrer-Policy", "no-referrer");
    http_add_header(r, "Cross-Origin-Resource-Policy", "same-origin");
    http_add_header(r, "Cross-Origin-Opener-Policy", "same-origin");
    http_add_header(r, "Cache-Control", "no-cache");
}

static void reply_file(struct call *c, size_t i)
{
    const struct ready *f = ready_file(c->cloud->console, i);
    const char *takes = call_header_z(c, "accept-encoding");
    const char *known = call_header_z(c, "if-none-match");
    bool head = !strcmp(http_method(c->http), "HEAD");
    bool packed = !head && takes && strstr(takes, "gzip");

    add_safety(c->http);
    http_add_header(c->http, "ETag", f->etag);
    http_add_header(c->http, "Vary", "Accept-Encoding");
    if (known && strstr(known, f->etag)) {
        http_reply(c->http, 304, NULL, SLICE(""));
        return;
    }
    if (packed)
        http_add_header(c->http, "Content-Encoding", "gzip");
    http_reply(c->http, 200, console_files[i].type, slice_str(packed ? &f->gzip : &f->bytes));
}

static void reply_page(struct call *c, struct slice name)
{
    const char *method = http_method(c->http);

    if (strcmp(method, "GET") && strcmp(method, "HEAD")) {
        http_add_header(c->http, "Allow", "GET, HEAD");
        http_reply_error(c->http, 405, "the console's pages can only be read");
        return;
    }
    for (size_t i = 0; console_files[i].name; i++)
        if (slice_is(name, console_files[i].name)) {
            reply_file(c, i);
            return;
        }
    add_safety(c->http);
    http_reply_error(c->http, 404, "the console has no such page");
}

/* ---- who may ask for more ------------------------------------------------------- */

/* What a browser says about where the request comes from; others say nothing. */
static bool from_own_page(const struct call *c)
{
    const char *origin = call_header_z(c, "origin"), *site = call_header_z(c, "sec-fetch-site");
    const char *host = call_header_z(c, "host");

    if (site && strcasecmp(site, "same-origin"))
        return false;
    return !origin || (host && !strncasecmp(origin, "http://", 7) && !strcasecmp(origin + 7, host));
}

static bool knows_token(const struct call *c)
{
    struct slice given = call_header(c, "x-console-token");
    const char *token = c->cloud->console->token;

    return given.len == strlen(token) && bytes_equal_secret(given.ptr, token, given.len);
}

static bool is_ours(struct call *c)
{
    add_safety(c->http);
    if (strcmp(http_method(c->http), "POST"))
        http_reply_error(c->http, 405, "signing in is a POST");
    else if (!from_own_page(c))
        http_reply_error(c->http, 403, "the request comes from another site");
    else if (!knows_token(c))
        http_reply_error(c->http, 403, "the token of this console's page is missing or old");
    else
        return true;
    return false;
}

/* ---- credentials ------------------------------------------------------------------ */

/* root where name is NULL; false when there is no such user. Under the lock. */
static bool find_identity(struct call *c, struct caller *who, const char *name)
{
    struct stmt *s;

    *who =
        (struct caller){.kind = CALLER_ROOT,
                        .account = c->cloud->account,
                        .arn = arena_printf(&c->memory, "arn:aws:iam::%s:root", c->cloud->account),
                        .id = c->cloud->account,
                        .name = ""};
    if (!name)
        return true;
    s = sql(c->cloud, "select arn, id, name from principals where kind = 'user' and name = ?1");
    stmt_text(s, 1, name);
    if (!sql_row(c->cloud, s))
        return false;
    who->kind = CALLER_USER;
    who->arn = sql_text(&c->memory, s, 0);
    who->id = sql_text(&c->memory, s, 1);
    who->name = sql_text(&c->memory, s, 2);
    stmt_reset(s);
    return true;
}

static const char *first_region(struct call *c)
{
    struct stmt *s = sql(c->cloud, "select value from meta where key = 'region'");
    const char *region = sql_row(c->cloud, s) ? sql_text(&c->memory, s, 0) : "us-east-1";

    stmt_reset(s);
    return region;
}

static void reply_session(struct call *c, const struct caller *who, const struct session *s,
                          const char *region)
{
    struct str text = STR_INIT;
    struct json_out w;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "AccessKeyId", s->key);
    json_put_z(&w, "SecretAccessKey", s->secret);
    json_put_z(&w, "SessionToken", s->token);
    json_put_int(&w, "Expiration", s->expires);
    json_put_z(&w, "Arn", who->arn);
    json_put_z(&w, "Account", who->account);
    json_put_z(&w, "Region", region);
    json_close(&w);
    http_reply(c->http, 200, "application/json", slice_str(&text));
    bytes_wipe(text.ptr, text.len);
    str_done(&text);
}

static void make_session(struct call *c, const char *user)
{
    struct session session;
    struct caller who;
    const char *region = NULL;
    bool there, good = false;

    cloud_lock(c->cloud);
    good = cloud_begin(c->cloud);
    there = good && find_identity(c, &who, user);
    if (there) {
        session_make(c->cloud, &c->memory, &session, &who, SESSION_SECONDS);
        region = first_region(c);
    }
    good = good && cloud_commit(c->cloud);
    cloud_unlock(c->cloud);
    if (!good)
        http_reply_error(c->http, 500, "the practice cloud's database failed");
    else if (!there)
        http_reply_error(c->http, 404, "there is no such user in this account");
    else
        reply_session(c, &who, &session, region);
}

static void answer_session(struct call *c)
{
    const char *type = call_header_z(c, "content-type");
    struct json *j = NULL;
    struct lk_error err;

    if (!type || strncmp(type, "application/json", 16))
        http_reply_error(c->http, 415, "expected application/json");
    else if (json_parse(&j, c->body, "body", &err))
        http_reply_error(c->http, 400, err.text);
    else
        make_session(c, json_string(json_get(j, "user"), NULL));
    json_free(j);
}

void console_answer(struct call *c)
{
    struct slice path = c->internal->path, name;

    c->internal->replied = true;
    if (!slice_starts(path, CONSOLE_PATH)) {
        http_add_header(c->http, "Location", CONSOLE_PATH);
        http_reply_error(c->http, 307, "the console is at " CONSOLE_PATH);
        return;
    }
    name = slice_from(path, sizeof CONSOLE_PATH - 1);
    if (slice_is(name, "session")) {
        if (is_ours(c))
            answer_session(c);
    } else {
        reply_page(c, name);
    }
}
