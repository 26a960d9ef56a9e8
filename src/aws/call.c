/*
 * One call: write the message, then attempt it until it is answered for good.
 *
 *     message -> endpoint -> credentials -> sign -> send -> judge
 *                    ^                                        |
 *                    +---- another region, clock, token, -----+
 *                          or a failure that may pass
 *
 * Retries follow AWS's `standard` mode: at most max_attempts, a random wait of
 * up to 1, 2, 4 .. 20 s, and a quota for the whole client that failures use up
 * and successes fill again, so that a service in trouble is not hammered. The
 * three repairs (region, clock, expired token) are made once each and do not
 * count as attempts.
 */
#include "aws/client.h"
#include "aws/message.h"
#include "aws/names.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COST = 5, COST_TIMEOUT = 10, WAIT_MAX_MS = 20000, SKEW_MIN_MS = 60000 };

struct call {
    struct aws *client;
    const struct aws_service *service;
    const struct aws_op *op;
    struct message message;
    struct aws_io *io;
    const char *range; /* of the input, for errors */
    int attempt;
    int held; /* quota taken for the attempt under way */
    bool moved, skewed, refreshed;
};

/* ---- signing ------------------------------------------------------------------- */

static void add_header(struct sigv4_header *h, size_t *n, const char *name, struct slice value)
{
    h[(*n)++] = (struct sigv4_header){slice_of(name), value};
}

/* The payload's digest, as S3 wants it in a header too. */
static struct slice payload_digest(char hex[SIGV4_HEX], const struct call *k)
{
    if (k->io && k->io->read)
        return slice_of(k->io->sha256 ? k->io->sha256 : SIGV4_UNSIGNED);
    sigv4_sha256(hex, k->io && k->io->body.len ? k->io->body : slice_str(&k->message.body));
    return slice_of(hex);
}

enum { HEADERS_MAX = 56 };

/* Headers of the message, of the caller, and what signing adds; returns how many. */
static enum lk_status sign(struct sigv4_header headers[HEADERS_MAX], size_t *count,
                           struct arena *arena, struct call *k, const struct endpoint *e,
                           struct slice path, struct lk_error *err)
{
    bool s3 = k->service->protocol == AWS_REST_XML;
    struct sigv4_request r = {
        slice_of(k->message.method), path, slice_str(&k->message.query), headers, 0, {NULL, 0}};
    struct credentials keys = {0};
    struct sigv4_scope scope;
    struct str value = STR_INIT;
    char hex[SIGV4_HEX];
    size_t n = 0;
    enum lk_status st;

    memcpy(headers, k->message.headers, k->message.header_count * sizeof *headers);
    n = k->message.header_count;
    for (int i = 0; k->io && i < 4 && k->io->extra[i].name.len; i++)
        headers[n++] = k->io->extra[i];
    *count = n;
    if (!k->service->signing) /* a bearer token is all it takes */
        return LK_OK;
    st = credentials_get(&keys, k->client, err);
    if (st)
        return st;
    scope = (struct sigv4_scope){keys.key_id, e->region, k->service->signing, ""};
    sigv4_time(scope.time, clock_unix_ms() + aws_clock_offset(k->client));
    r.payload_sha256 = payload_digest(hex, k);
    add_header(headers, &n, "host", slice_of(arena_strdup(arena, e->host.ptr)));
    add_header(headers, &n, "x-amz-date", slice_of(arena_strdup(arena, scope.time)));
    if (s3)
        add_header(headers, &n, "x-amz-content-sha256",
                   slice_of(arena_strndup(arena, r.payload_sha256.ptr, r.payload_sha256.len)));
    if (keys.token && *keys.token)
        add_header(headers, &n, "x-amz-security-token", slice_of(arena_strdup(arena, keys.token)));
    if (*keys.key_id) {
        r.header_count = n;
        st = sigv4_sign(&value, &r, s3 ? SIGV4_PATH_S3 : SIGV4_PATH_AWS, keys.secret, &scope, NULL,
                        err);
        add_header(headers, &n, "authorization",
                   slice_of(arena_strndup(arena, value.ptr, value.len)));
    }
    str_done(&value);
    credentials_done(&keys);
    *count = n;
    return st;
}

/* ---- one attempt ----------------------------------------------------------------- */

static struct net *borrow_net(struct aws *c)
{
    struct net_options o = {.ca_bundle = c->ca_bundle, .cancel = &c->cancel};
    struct net *n = NULL;

    pthread_mutex_lock(&c->lock);
    if (c->net_count)
        n = c->nets[--c->net_count];
    pthread_mutex_unlock(&c->lock);
    return n ? n : net_new(&o);
}

static void return_net(struct aws *c, struct net *n)
{
    pthread_mutex_lock(&c->lock);
    if (c->net_count < NETS_KEPT) {
        c->nets[c->net_count++] = n;
        n = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    net_free(n);
}

/* The path as it is signed: what of the endpoint's URL follows the host, then the message's. */
static struct slice full_path(struct str *out, const struct endpoint *e, const struct message *m)
{
    const char *host = strstr(e->url.ptr, "://") + 3;
    const char *path = strchr(host, '/');

    if (path)
        str_puts(out, path);
    if (m->path.len > 1 || !path)
        str_put(out, slice_str(&m->path));
    return slice_str(out);
}

static enum lk_status attempt(struct net_answer *a, struct call *k, struct lk_error *err)
{
    struct endpoint e;
    struct arena arena = {0};
    struct str path = STR_INIT, url = STR_INIT;
    struct sigv4_header headers[HEADERS_MAX];
    struct net_request r = {.method = k->message.method, .headers = headers};
    struct net *net;
    enum lk_status st;

    *a = (struct net_answer){.body = STR_INIT};
    st = endpoint_find(&e, k->client, k->service, k->message.bucket, err);
    if (!st) {
        full_path(&path, &e, &k->message);
        st = sign(headers, &r.header_count, &arena, k, &e, slice_str(&path), err);
    }
    if (!st) {
        str_printf(&url, "%.*s",
                   (int)(strcspn(strstr(e.url.ptr, "://") + 3, "/") +
                         (size_t)(strstr(e.url.ptr, "://") + 3 - e.url.ptr)),
                   e.url.ptr);
        str_printf(&url, "%s%s%s", path.ptr, k->message.query.len ? "?" : "", k->message.query.ptr);
        r.url = url.ptr;
        r.body = k->io && k->io->body.len ? k->io->body : slice_str(&k->message.body);
        if (k->io) {
            r.read = k->io->read;
            r.read_ctx = k->io->read_ctx;
            r.length = k->io->length;
            r.write = k->io->write;
            r.write_ctx = k->io->write_ctx;
        }
        if (k->io && k->io->restart)
            k->io->restart(k->io->write_ctx);
        net = borrow_net(k->client);
        st = net_send(a, net, &r, err);
        return_net(k->client, net);
        if (k->io)
            k->io->written = a->written;
    }
    endpoint_done(&e);
    arena_done(&arena);
    str_done(&path);
    str_done(&url);
    return st;
}

/* ---- what may be tried again -------------------------------------------------------- */

static bool is_one_of(const char *code, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(code, *list))
            return true;
    return false;
}

static bool is_throttle(const char *code)
{
    static const char *const codes[] = {"Throttling",
                                        "ThrottlingException",
                                        "ThrottledException",
                                        "RequestThrottledException",
                                        "RequestThrottled",
                                        "TooManyRequestsException",
                                        "ProvisionedThroughputExceededException",
                                        "TransactionInProgressException",
                                        "RequestLimitExceeded",
                                        "BandwidthLimitExceeded",
                                        "LimitExceededException",
                                        "PriorRequestNotComplete",
                                        "SlowDown",
                                        "EC2ThrottledException",
                                        NULL};

    return is_one_of(code, codes);
}

static bool may_pass(const struct net_answer *a, const struct fault *f)
{
    static const char *const codes[] = {"RequestTimeout",
                                        "RequestTimeoutException",
                                        "InternalError",
                                        "InternalFailure",
                                        "ServiceUnavailable",
                                        "OperationAborted",
                                        NULL};

    /* A quota of the account that is reached stays reached. */
    if (!strcmp(f->code, "LimitExceededException") && a->status / 100 == 4 && a->status != 429)
        return false;
    return a->status == 500 || a->status == 502 || a->status == 503 || a->status == 504 ||
           is_throttle(f->code) || is_one_of(f->code, codes);
}

/* Take from the quota; false when it does not reach. */
static bool take_quota(struct call *k, int cost)
{
    bool enough;

    pthread_mutex_lock(&k->client->lock);
    enough = k->client->quota >= cost;
    if (enough)
        k->client->quota -= cost;
    pthread_mutex_unlock(&k->client->lock);
    k->held = enough ? cost : 0;
    return enough;
}

static void refill_quota(struct call *k)
{
    pthread_mutex_lock(&k->client->lock);
    k->client->quota += k->held ? k->held : 1;
    if (k->client->quota > QUOTA)
        k->client->quota = QUOTA;
    pthread_mutex_unlock(&k->client->lock);
}

static int wait_ms(const struct call *k, const struct net_answer *a)
{
    int64_t seconds, most = WAIT_MAX_MS;
    uint32_t dice;

    if (number_parse_int(net_header(a, "retry-after"), 0, 20, &seconds))
        return (int)seconds * 1000;
    if (k->attempt < 5)
        most = 1000 << (k->attempt - 1);
    random_bytes(&dice, sizeof dice);
    return (int)(most * dice / UINT32_MAX);
}

/* ---- repairs -------------------------------------------------------------------------- */

static void note(const struct call *k, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(const struct call *k, const char *fmt, ...)
{
    char line[512];
    va_list args;

    if (!k->client->note)
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    k->client->note(k->client->note_ctx, line);
}

/* The bucket is elsewhere: go there. */
static bool follow_region(struct call *k, const struct fault *f)
{
    const char *bucket = k->message.bucket, *now;

    if (!bucket || !*f->region || k->moved || k->client->stay ||
        k->service->protocol != AWS_REST_XML)
        return false;
    now = bucket_region_get(k->client, bucket);
    if (!strcmp(now ? now : k->client->region, f->region))
        return false;
    k->moved = true;
    bucket_region_set(k->client, bucket, f->region);
    note(k, "bucket '%s' lies in %s, not %s: asking there (a job needs it in its own region)",
         bucket, f->region, k->client->region);
    return true;
}

static bool is_skew(const struct fault *f)
{
    static const char *const codes[] = {"RequestTimeTooSkewed", "RequestExpired",
                                        "RequestInTheFuture", NULL};

    return is_one_of(f->code, codes) ||
           ((!strcmp(f->code, "InvalidSignatureException") ||
             !strcmp(f->code, "SignatureDoesNotMatch") || !strcmp(f->code, "AccessDenied")) &&
            (strstr(f->message, "Signature expired") ||
             strstr(f->message, "Signature not yet current")));
}

/* Our clock is wrong: use the server's, as far as signatures go. */
static bool correct_clock(struct call *k, const struct net_answer *a, const struct fault *f)
{
    int64_t server = net_date(net_header(a, "date")), offset;

    if (k->skewed || server < 0 || !is_skew(f))
        return false;
    offset = server - clock_unix_ms();
    if (llabs(offset - aws_clock_offset(k->client)) < SKEW_MIN_MS)
        return false;
    k->skewed = true;
    atomic_store(&k->client->clock_offset, offset);
    note(k, "this computer's clock is %lld s %s AWS's: signing with AWS's time",
         llabs((long long)offset) / 1000, offset > 0 ? "behind" : "ahead of");
    return true;
}

static bool renew_token(struct call *k, const struct fault *f)
{
    static const char *const codes[] = {"ExpiredToken", "ExpiredTokenException",
                                        "TokenRefreshRequired", NULL};

    if (k->refreshed || !is_one_of(f->code, codes))
        return false;
    k->refreshed = true;
    return credentials_drop(k->client);
}

/* ---- errors ---------------------------------------------------------------------------- */

static enum lk_status explain(const struct call *k, const struct fault *f, struct lk_error *err)
{
    struct str text = STR_INIT;

    str_printf(&text, "%s %s: %s", k->service->words, k->op->name, f->code);
    if (*f->message)
        str_printf(&text, ": %.600s", f->message);
    while (text.len && (text.ptr[text.len - 1] == '.' || text.ptr[text.len - 1] == '\n'))
        str_cut(&text, text.len - 1);
    advice_put(&text, k->service->name, k->op->name, f->code, f->message);
    if (*f->region && !strcmp(f->code, "PermanentRedirect"))
        str_printf(&text, ": in '%.60s'", f->region);
    if (k->attempt > 1)
        str_printf(&text, " (after %d attempts)", k->attempt);
    if (*f->request_id)
        str_printf(&text, " (request %.80s)", f->request_id);
    error_set(err, LK_ESERVICE, "%s", text.ptr);
    if (err)
        snprintf(err->code, sizeof err->code, "%.63s", f->code);
    str_done(&text);
    return LK_ESERVICE;
}

static enum lk_status explain_network(const struct call *k, enum lk_status st, struct lk_error *err)
{
    char words[sizeof err->text];
    const char *near;

    if (st != LK_ENETWORK || !err)
        return st;
    snprintf(words, sizeof words, "%s", err->text);
    near = strstr(words, "resolve host") ? names_near_region(aws_region(k->client)) : NULL;
    return error_set(err, st, "%s %s: %.800s%s%s%s%s", k->service->words, k->op->name, words,
                     k->attempt > 1 ? " (tried again, in vain)" : "",
                     near ? "; did you mean the region '" : "", near ? near : "", near ? "'?" : "");
}

/* ---- the loop --------------------------------------------------------------------------- */

/* After a failure without an answer: wait for the next attempt, or give up with st. */
static enum lk_status after_break(struct call *k, const struct net_answer *a, enum lk_status st,
                                  struct lk_error *err)
{
    bool partly = k->io && k->io->once && k->io->written;

    if (st != LK_ENETWORK || !a->again || partly || k->attempt >= k->client->max_attempts ||
        !take_quota(k, COST_TIMEOUT))
        return explain_network(k, st, err);
    return aws_sleep(k->client, wait_ms(k, a), err);
}

/* After an answer that is an error. */
static enum lk_status after_fault(struct call *k, const struct net_answer *a, struct lk_error *err)
{
    struct arena arena = {0};
    struct fault f;
    enum lk_status st = LK_OK;

    message_fault(&f, &arena, k->service, a);
    if (follow_region(k, &f) || correct_clock(k, a, &f) || renew_token(k, &f))
        k->attempt--;
    else if (may_pass(a, &f) && k->attempt < k->client->max_attempts && take_quota(k, COST))
        st = aws_sleep(k->client, wait_ms(k, a), err);
    else
        st = explain(k, &f, err);
    arena_done(&arena);
    return st;
}

/* Some S3 operations answer 200, work, and only then say that they failed. */
static bool failed_late(const struct call *k, const struct net_answer *a)
{
    return k->service->protocol == AWS_REST_XML && a->body.len && a->body.len < 1 << 16 &&
           strstr(a->body.ptr, "<Error>") &&
           (!strcmp(k->op->name, "CompleteMultipartUpload") || !strcmp(k->op->name, "CopyObject") ||
            !strcmp(k->op->name, "UploadPartCopy"));
}

static enum lk_status run(struct str *out, struct call *k, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    for (k->attempt = 1;; k->attempt++) {
        struct net_answer a;
        bool good;

        st = attempt(&a, k, err);
        good = !st && a.status / 100 == 2 && !failed_late(k, &a);
        if (good) {
            refill_quota(k);
            st = message_read(out, k->service, k->op, &a, err);
        } else if (st) {
            st = after_break(k, &a, st, err);
        } else {
            if (a.status / 100 == 2)
                a.status = 500; /* the body, not the status, tells */
            st = after_fault(k, &a, err);
        }
        net_answer_done(&a);
        if (k->io)
            k->io->attempts = k->attempt;
        if (good || st)
            return st;
    }
}

enum lk_status aws_call_io(struct aws *c, const char *service, const char *operation,
                           struct slice in, struct aws_io *io, struct json **out,
                           struct lk_error *err)
{
    struct call k = {.client = c, .io = io};
    struct json *input = NULL;
    struct str text = STR_INIT;
    enum lk_status st;

    k.message = (struct message){.path = STR_INIT, .query = STR_INIT, .body = STR_INIT};
    st = aws_find_service(&k.service, service, err);
    if (!st)
        st = aws_find_op(&k.op, k.service, operation, err);
    if (!st && slice_trim(in).len)
        st = json_parse(&input, in, operation, err);
    if (!st)
        st = message_write(&k.message, k.service, k.op, input, err);
    if (!st)
        st = run(&text, &k, err);
    if (!st && out)
        st = json_parse(out, slice_str(&text), operation, err);
    if (text.len)
        bytes_wipe(text.ptr, text.len); /* it may hold keys */
    message_done(&k.message);
    json_free(input);
    str_done(&text);
    return st;
}

enum lk_status aws_check(struct aws *c, const char *service, const char *operation, struct slice in,
                         struct lk_error *err)
{
    struct message m = {.path = STR_INIT, .query = STR_INIT, .body = STR_INIT};
    const struct aws_service *s = NULL;
    const struct aws_op *op = NULL;
    struct json *input = NULL;
    enum lk_status st;

    (void)((st = aws_find_service(&s, service, err)) ||
           (st = aws_find_op(&op, s, operation, err)) ||
           (slice_trim(in).len && (st = json_parse(&input, in, operation, err))) ||
           (st = message_write(&m, s, op, input, err)));
    message_done(&m);
    json_free(input);
    return st;
}

enum lk_status aws_call(struct aws *c, const char *service, const char *operation, struct slice in,
                        struct json **out, struct lk_error *err)
{
    return aws_call_io(c, service, operation, in, NULL, out, err);
}

enum lk_status aws_callf(struct aws *c, struct json **out, struct lk_error *err,
                         const char *service, const char *operation, const char *fmt, ...)
{
    struct str in = STR_INIT;
    va_list args;
    enum lk_status st;

    va_start(args, fmt);
    str_vprintf(&in, fmt, args);
    va_end(args);
    st = aws_call(c, service, operation, slice_str(&in), out, err);
    str_done(&in);
    return st;
}

/* ---- pages --------------------------------------------------------------------------------- */

/* The member that asks for the next page, by the service's custom. */
static const char *page_token(const struct json *answer, const char **member)
{
    static const struct {
        const char *out, *in;
    } customs[] = {{"NextToken", "NextToken"},
                   {"nextToken", "nextToken"},
                   {"NextContinuationToken", "ContinuationToken"},
                   {"Marker", "Marker"}};

    for (size_t i = 0; i < sizeof customs / sizeof customs[0]; i++) {
        const char *token = json_string(json_get(answer, customs[i].out), "");

        if (*token) {
            *member = customs[i].in;
            return token;
        }
    }
    return NULL;
}

/* The input again, with the token. */
static void put_page(struct str *out, struct slice in, const char *member, const char *token)
{
    struct json *first = NULL;
    struct json_out w;

    str_clear(out);
    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    if (slice_trim(in).len && !json_parse(&first, in, "input", NULL))
        for (const struct json *c = json_first(first); c; c = json_next(c))
            if (strcmp(json_key(c), member))
                json_put_tree(&w, json_key(c), c);
    json_put_z(&w, member, token);
    json_close(&w);
    json_free(first);
}

enum lk_status aws_each(struct aws *c, const char *service, const char *operation, struct slice in,
                        const char *list, aws_item_fn *fn, void *ctx, struct lk_error *err)
{
    struct str page = STR_INIT, last = STR_INIT;
    enum lk_status st = LK_OK;
    bool more = true;

    str_put(&page, in);
    while (!st && more) {
        struct json *answer = NULL;
        const char *member, *token;

        st = aws_call(c, service, operation, slice_str(&page), &answer, err);
        for (const struct json *i = json_first(json_get(answer, list)); i && more && !st;
             i = json_next(i))
            more = fn(ctx, i);
        token = st ? NULL : page_token(answer, &member);
        more = more && token && !slice_is(slice_str(&last), token);
        if (more) {
            put_page(&page, in, member, token);
            str_clear(&last);
            str_puts(&last, token);
        }
        json_free(answer);
    }
    str_done(&page);
    str_done(&last);
    return st;
}

/* ---- presigned URLs ---------------------------------------------------------------------------
 */

enum lk_status aws_presign(struct str *url, struct aws *c, const char *method, const char *bucket,
                           const char *key, int seconds, struct lk_error *err)
{
    const struct aws_service *s = NULL;
    struct credentials keys = {0};
    struct endpoint e = {.url = STR_INIT, .host = STR_INIT};
    struct message m = {.path = STR_INIT};
    struct str path = STR_INIT, query = STR_INIT;
    struct sigv4_header host;
    struct sigv4_request r = {.method = slice_of(method),
                              .headers = &host,
                              .header_count = 1,
                              .payload_sha256 = SLICE(SIGV4_UNSIGNED)};
    struct sigv4_scope scope;
    enum lk_status st;

    if (seconds < 1 || seconds > 604800)
        return error_set(err, LK_EUSE, "a presigned URL lasts from 1 to 604800 seconds");
    (void)((st = aws_find_service(&s, "s3", err)) || (st = endpoint_find(&e, c, s, bucket, err)) ||
           (st = credentials_get(&keys, c, err)));
    if (!st) {
        str_putc(&m.path, '/');
        str_put_url(&m.path, slice_of(key), true);
        host = (struct sigv4_header){SLICE("host"), slice_str(&e.host)};
        scope = (struct sigv4_scope){keys.key_id, e.region, "s3", ""};
        sigv4_time(scope.time, clock_unix_ms() + aws_clock_offset(c));
        r.path = full_path(&path, &e, &m);
        st =
            sigv4_presign(&query, &r, SIGV4_PATH_S3, keys.secret, keys.token, &scope, seconds, err);
    }
    if (!st)
        str_printf(url, "%s%s?%s", e.url.ptr, m.path.ptr, query.ptr);
    credentials_done(&keys);
    endpoint_done(&e);
    str_done(&m.path);
    str_done(&path);
    str_done(&query);
    return st;
}
