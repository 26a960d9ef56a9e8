/*
 * HTTP on libcurl's easy interface: one handle a `net`, whose connection
 * cache is the reuse. The handle's options are set afresh for each call, so
 * nothing of one call leaks into the next.
 *
 * A callback that fails leaves its error in the call and aborts the transfer;
 * curl's own code then only says "aborted", and the callback's words win.
 * Whether a failure may pass by itself (`again`) is decided here, where curl's
 * codes are known: a refused certificate stays refused, a reset connection
 * may not.
 */
#include "aws/net.h"

#include "base/error.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { KEEP_MAX = 16 << 20, ERROR_BODY_MAX = 1 << 20, HEADERS_MAX = 200, BUFFER = 256 << 10 };

struct net {
    CURL *curl;
    char *ca_bundle;
    int connect_ms, idle_s;
    const atomic_bool *cancel;
};

/* One call under way. */
struct transfer {
    const struct net_request *request;
    struct net_answer *answer;
    const struct net *net;
    int64_t offset;        /* of the body sent */
    bool headers_end;      /* the answer's headers have come to their end */
    enum lk_status failed; /* what a callback ended with */
    struct lk_error error;
};

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct net *net_new(const struct net_options *o)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct net *n = mem_calloc(1, sizeof *n);

    pthread_once(&once, start_curl);
    n->curl = curl_easy_init();
    n->ca_bundle = o->ca_bundle ? mem_strdup(o->ca_bundle) : NULL;
    n->connect_ms = o->connect_ms ? o->connect_ms : 10000;
    n->idle_s = o->idle_s ? o->idle_s : 60;
    n->cancel = o->cancel;
    return n;
}

void net_free(struct net *n)
{
    if (!n)
        return;
    curl_easy_cleanup(n->curl);
    free(n->ca_bundle);
    free(n);
}

/* ---- curl's callbacks ------------------------------------------------------ */

static bool is_cancelled(const struct net *n)
{
    return n->cancel && atomic_load_explicit(n->cancel, memory_order_relaxed);
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct transfer *t = ctx;

    return is_cancelled(t->net);
}

static size_t on_read(char *buf, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    const struct net_request *r = t->request;
    size_t n = size * count, got = 0;
    int64_t length = r->read ? r->length : (int64_t)r->body.len;

    if ((int64_t)n > length - t->offset)
        n = (size_t)(length - t->offset);
    if (!n)
        return 0;
    if (r->read) {
        t->failed = r->read(r->read_ctx, t->offset, buf, n, &got, &t->error);
        if (!t->failed && !got)
            t->failed = error_set(&t->error, LK_EIO,
                                  "the data to send ended early, after %lld "
                                  "of %lld bytes",
                                  (long long)t->offset, (long long)length);
        if (t->failed)
            return CURL_READFUNC_ABORT;
    } else {
        memcpy(buf, r->body.ptr + t->offset, n);
        got = n;
    }
    t->offset += (int64_t)got;
    return got;
}

/* curl rewinds when a kept connection turns out dead. */
static int on_seek(void *ctx, curl_off_t offset, int origin)
{
    struct transfer *t = ctx;

    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    t->offset = offset;
    return CURL_SEEKFUNC_OK;
}

static size_t on_header(char *line, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    struct net_answer *a = t->answer;
    struct slice text = slice_trim((struct slice){line, size * count});
    size_t colon = slice_find(text, ':');
    struct slice value;

    t->headers_end = !text.len;
    if (slice_starts(text, "HTTP/")) { /* a first line, also after "100 Continue" */
        a->header_count = 0;
        return size * count;
    }
    if (colon == text.len || a->header_count == HEADERS_MAX)
        return size * count;
    value = slice_trim(slice_from(text, colon + 1));
    MEM_GROW(a->headers, a->header_count, a->header_cap);
    a->headers[a->header_count++] =
        (struct sigv4_header){{arena_strndup(&a->arena, text.ptr, colon), colon},
                              {arena_strndup(&a->arena, value.ptr, value.len), value.len}};
    return size * count;
}

static size_t on_write(char *ptr, size_t size, size_t count, void *ctx)
{
    struct transfer *t = ctx;
    struct net_answer *a = t->answer;
    size_t n = size * count, max = t->request->max_body ? t->request->max_body : KEEP_MAX;
    long status = 0;

    curl_easy_getinfo(t->net->curl, CURLINFO_RESPONSE_CODE, &status);
    if (t->request->write && status / 100 == 2) {
        t->failed = t->request->write(t->request->write_ctx, ptr, n, &t->error);
        if (!t->failed)
            a->written += (int64_t)n;
        return t->failed ? 0 : n;
    }
    if (status / 100 != 2)
        max = ERROR_BODY_MAX;
    if (a->body.len + n > max) {
        t->failed = error_set(&t->error, LK_ELIMIT, "the answer is longer than %zu bytes", max);
        return 0;
    }
    str_add(&a->body, ptr, n);
    return n;
}

/* ---- one call -------------------------------------------------------------- */

static struct curl_slist *list_headers(const struct net_request *r, bool large)
{
    struct curl_slist *list = NULL;
    struct str line = STR_INIT;

    for (size_t i = 0; i < r->header_count; i++) {
        struct slice value = r->headers[i].value;

        str_clear(&line);
        str_put(&line, r->headers[i].name);
        str_puts(&line, value.len ? ": " : ";"); /* curl's way to send an empty header */
        str_put(&line, value);
        list = curl_slist_append(list, line.ptr);
    }
    if (!large) /* do not wait for permission to send little */
        list = curl_slist_append(list, "Expect:");
    list = curl_slist_append(list, "Accept:");
    str_done(&line);
    return list;
}

static void set_method(CURL *c, const struct net_request *r)
{
    int64_t length = r->read ? r->length : (int64_t)r->body.len;

    if (!strcmp(r->method, "HEAD")) {
        curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
    } else if (!strcmp(r->method, "PUT")) {
        curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)length);
    } else if (!strcmp(r->method, "POST")) {
        curl_easy_setopt(c, CURLOPT_POST, 1L);
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    } else {
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
    }
}

static void set_options(const struct net *n, struct transfer *t, struct curl_slist *headers,
                        char *words)
{
    CURL *c = n->curl;

    curl_easy_reset(c);
    curl_easy_setopt(c, CURLOPT_URL, t->request->url);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, words);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
    if (n->ca_bundle)
        curl_easy_setopt(c, CURLOPT_CAINFO, n->ca_bundle);
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)n->connect_ms);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)n->idle_s);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)t->request->total_ms);
    curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)BUFFER);
    curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(c, CURLOPT_XFERINFODATA, t);
    curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(c, CURLOPT_READDATA, t);
    curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(c, CURLOPT_SEEKDATA, t);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_write);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    set_method(c, t->request);
}

/* May the same request succeed a moment later? */
static bool may_pass(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
        return true;
    default:
        return false;
    }
}

static const char *repair(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "; is the region spelled right, and is this computer online?";
    case CURLE_COULDNT_CONNECT:
        return "; does anything listen there? (the practice cloud is started with 'labkit cloud')";
    case CURLE_PEER_FAILED_VERIFICATION:
        return "; behind a company proxy, set AWS_CA_BUNDLE to its certificate file";
    case CURLE_SSL_CACERT_BADFILE:
        return "; AWS_CA_BUNDLE must name a file of PEM certificates";
    default:
        return "";
    }
}

static enum lk_status judge(const struct transfer *t, CURLcode code, const char *words,
                            struct lk_error *err)
{
    const char *what = words[0] ? words : curl_easy_strerror(code);

    if (t->failed) {
        if (err)
            *err = t->error;
        return t->failed;
    }
    if (code == CURLE_ABORTED_BY_CALLBACK && is_cancelled(t->net))
        return error_set(err, LK_ECANCELLED, "stopped");
    t->answer->again = may_pass(code);
    return error_set(err, LK_ENETWORK, "cannot reach %.300s: %.300s%s", t->request->url, what,
                     repair(code));
}

enum lk_status net_send(struct net_answer *out, struct net *n, const struct net_request *r,
                        struct lk_error *err)
{
    struct transfer t = {.request = r, .answer = out, .net = n};
    char words[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers;
    CURLcode code;
    long status = 0;

    *out = (struct net_answer){.body = STR_INIT};
    if (is_cancelled(n))
        return error_set(err, LK_ECANCELLED, "stopped");
    headers = list_headers(r, (r->read ? r->length : (int64_t)r->body.len) > 1 << 20);
    set_options(n, &t, headers, words);
    code = curl_easy_perform(n->curl);
    curl_easy_getinfo(n->curl, CURLINFO_RESPONSE_CODE, &status);
    out->status = (int)status;
    curl_slist_free_all(headers);
    /* A server may answer with an error and hang up before it has read the whole body. */
    if (code == CURLE_SEND_ERROR && status >= 300)
        code = CURLE_OK;
    /* To curl a line that is cut among the headers has ended well. */
    if (!code && !t.headers_end) {
        code = CURLE_PARTIAL_FILE;
        snprintf(words, sizeof words, "the connection was cut in the middle of the answer");
    }
    return code ? judge(&t, code, words, err) : LK_OK;
}

void net_answer_done(struct net_answer *a)
{
    free(a->headers);
    arena_done(&a->arena);
    str_done(&a->body);
    *a = (struct net_answer){.body = STR_INIT};
}

struct slice net_header(const struct net_answer *a, const char *name)
{
    for (size_t i = 0; i < a->header_count; i++)
        if (a->headers[i].name.len == strlen(name) && !strcasecmp(a->headers[i].name.ptr, name))
            return a->headers[i].value;
    return (struct slice){"", 0};
}

int64_t net_date(struct slice text)
{
    char z[64];
    time_t t;

    if (!text.len || text.len >= sizeof z)
        return -1;
    memcpy(z, text.ptr, text.len);
    z[text.len] = '\0';
    t = curl_getdate(z, NULL);
    return t < 0 ? -1 : (int64_t)t * 1000;
}
