/*
 * Signature Version 4: the steps.
 *
 * The canonical request is the only part with rules that surprise:
 *   - the query is decoded and encoded again in one spelling, then sorted by
 *     encoded name and value; a name without value gets "=";
 *   - the path is resolved and encoded a second time, except for S3, which
 *     takes the one encoding of the wire in its canonical spelling;
 *   - a header's value loses outer blanks, and inner runs shrink to one; a
 *     repeated header is joined with commas in the order sent.
 * Sorting is by bytes of the encoded text, so '%' comes before letters.
 */
#include "aws/sigv4.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

/* ---- time and digests --------------------------------------------------- */

void sigv4_time(char out[SIGV4_TIME], int64_t unix_ms)
{
    struct str iso = STR_INIT;
    size_t n = 0;

    clock_put_iso(&iso, unix_ms, false);
    for (size_t i = 0; i < iso.len && n < SIGV4_TIME - 1; i++)
        if (iso.ptr[i] != '-' && iso.ptr[i] != ':')
            out[n++] = iso.ptr[i];
    out[n] = '\0';
    str_done(&iso);
}

bool sigv4_time_parse(struct slice text, int64_t *unix_ms)
{
    struct str iso = STR_INIT;
    const char *p = text.ptr;
    bool ok = text.len == SIGV4_TIME - 1;

    if (ok) {
        str_printf(&iso, "%.4s-%.2s-%.5s:%.2s:%.3s", p, p + 4, p + 6, p + 11, p + 13);
        ok = clock_parse_iso(slice_str(&iso), unix_ms);
    }
    str_done(&iso);
    return ok;
}

static void to_hex(char out[SIGV4_HEX], const uint8_t bytes[SHA256_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (int i = 0; i < SHA256_SIZE; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[SIGV4_HEX - 1] = '\0';
}

void sigv4_sha256(char out[SIGV4_HEX], struct slice bytes)
{
    uint8_t sum[DIGEST_MAX];

    digest(sum, DIGEST_SHA256, bytes);
    to_hex(out, sum);
}

/* ---- the path ----------------------------------------------------------- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding; a '%' that starts no escape stays. */
static void decode(struct str *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        int high = -1, low = -1;

        if (text.ptr[i] == '%' && i + 2 < text.len) {
            high = hex_value(text.ptr[i + 1]);
            low = hex_value(text.ptr[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            str_putc(out, (char)(high << 4 | low));
            i += 2;
        } else {
            str_putc(out, text.ptr[i]);
        }
    }
}

/* RFC 3986's removal of dot segments, and of empty ones too; a slash at the end stays. */
static void resolve(struct str *out, struct slice path)
{
    struct slice rest = path, part;
    bool folder = true;

    while (slice_split(&rest, '/', &part)) {
        folder = !part.len || slice_is(part, ".") || slice_is(part, "..");
        if (slice_is(part, "..")) {
            while (out->len && out->ptr[out->len - 1] != '/')
                str_cut(out, out->len - 1);
            if (out->len)
                str_cut(out, out->len - 1);
        } else if (!folder) {
            str_putc(out, '/');
            str_put(out, part);
        }
    }
    if (!out->len || folder || slice_ends(path, "/"))
        str_putc(out, '/');
}

static void put_path(struct str *out, struct slice path, enum sigv4_path rule)
{
    struct str text = STR_INIT;

    if (!path.len)
        path = SLICE("/");
    if (rule == SIGV4_PATH_S3)
        decode(&text, path);
    else if (rule == SIGV4_PATH_AWS)
        resolve(&text, path);
    else
        str_put(&text, path);
    str_put_url(out, slice_str(&text), true);
    str_done(&text);
}

/* ---- the query ---------------------------------------------------------- */

struct pair {
    const char *name, *value; /* encoded, in an arena */
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int by_name = strcmp(x->name, y->name);

    return by_name ? by_name : strcmp(x->value, y->value);
}

/* The text in the one canonical spelling of its percent-encoding. */
static char *respell(struct arena *arena, struct slice text)
{
    struct str plain = STR_INIT, encoded = STR_INIT;
    char *copy;

    decode(&plain, text);
    str_put_url(&encoded, slice_str(&plain), false);
    copy = arena_strndup(arena, encoded.ptr, encoded.len);
    str_done(&plain);
    str_done(&encoded);
    return copy;
}

static void put_query(struct str *out, struct slice query, bool skip_signature)
{
    struct arena arena = {0};
    struct pair *pairs = NULL;
    size_t n = 0, cap = 0;
    struct slice rest = query, part;

    while (slice_split(&rest, '&', &part)) {
        size_t eq = slice_find(part, '=');
        struct pair p = {respell(&arena, slice_first(part, eq)),
                         eq < part.len ? respell(&arena, slice_from(part, eq + 1)) : ""};

        if (!part.len || (skip_signature && !strcmp(p.name, "X-Amz-Signature")))
            continue;
        MEM_GROW(pairs, n, cap);
        pairs[n++] = p;
    }
    if (n)
        qsort(pairs, n, sizeof *pairs, compare_pairs);
    for (size_t i = 0; i < n; i++)
        str_printf(out, "%s%s=%s", i ? "&" : "", pairs[i].name, pairs[i].value);
    free(pairs);
    arena_done(&arena);
}

/* ---- headers ------------------------------------------------------------ */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static int compare_names(struct slice a, struct slice b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return (unsigned char)lower(a.ptr[i]) - (unsigned char)lower(b.ptr[i]);
    return (a.len > b.len) - (a.len < b.len);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void put_value(struct str *out, struct slice value)
{
    value = slice_trim(value);
    for (size_t i = 0; i < value.len; i++) {
        if (!is_blank(value.ptr[i]))
            str_putc(out, value.ptr[i]);
        else if (!is_blank(value.ptr[i - 1]))
            str_putc(out, ' ');
    }
}

/* Hops on the way may change or drop these, so they are never signed. */
static bool is_never_signed(struct slice name)
{
    static const char *const names[] = {"authorization", "connection",        "expect",
                                        "user-agent",    "transfer-encoding", "x-amzn-trace-id"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!compare_names(name, slice_of(names[i])))
            return true;
    return false;
}

static int compare_header_names(const void *a, const void *b)
{
    return compare_names(*(const struct slice *)a, *(const struct slice *)b);
}

void sigv4_signed_headers(struct str *out, const struct sigv4_request *r)
{
    struct slice *names = mem_alloc(r->header_count * sizeof *names);
    size_t n = 0;

    for (size_t i = 0; i < r->header_count; i++)
        if (!is_never_signed(r->headers[i].name))
            names[n++] = r->headers[i].name;
    if (n)
        qsort(names, n, sizeof *names, compare_header_names);
    for (size_t i = 0; i < n; i++) {
        if (i && !compare_names(names[i], names[i - 1]))
            continue;
        if (i)
            str_putc(out, ';');
        for (size_t k = 0; k < names[i].len; k++)
            str_putc(out, lower(names[i].ptr[k]));
    }
    free(names);
}

static bool put_header(struct str *out, const struct sigv4_request *r, struct slice name)
{
    bool found = false;

    str_put(out, name);
    for (size_t i = 0; i < r->header_count; i++) {
        if (compare_names(r->headers[i].name, name))
            continue;
        str_putc(out, found ? ',' : ':');
        put_value(out, r->headers[i].value);
        found = true;
    }
    str_putc(out, '\n');
    return found;
}

/* ---- the three steps ---------------------------------------------------- */

enum lk_status sigv4_canonical(struct str *out, const struct sigv4_request *r,
                               enum sigv4_path path_rule, struct slice signed_headers,
                               bool skip_signature, struct lk_error *err)
{
    struct slice rest = signed_headers, name;

    str_put(out, r->method);
    str_putc(out, '\n');
    put_path(out, r->path, path_rule);
    str_putc(out, '\n');
    put_query(out, r->query, skip_signature);
    str_putc(out, '\n');
    while (slice_split(&rest, ';', &name))
        if (!put_header(out, r, name))
            return error_set(err, LK_EINPUT, "the signed header '%.*s' is not in the request",
                             (int)(name.len < 100 ? name.len : 100), name.ptr);
    str_putc(out, '\n');
    str_put(out, signed_headers);
    str_putc(out, '\n');
    str_put(out, r->payload_sha256);
    return LK_OK;
}

void sigv4_put_scope(struct str *out, const struct sigv4_scope *s)
{
    str_printf(out, "%.8s/%s/%s/aws4_request", s->time, s->region, s->service);
}

static void put_preamble(struct str *out, const char *algorithm, const struct sigv4_scope *s)
{
    str_printf(out, "%s\n%s\n", algorithm, s->time);
    sigv4_put_scope(out, s);
    str_putc(out, '\n');
}

void sigv4_string_to_sign(struct str *out, const struct sigv4_scope *s, struct slice canonical)
{
    char sum[SIGV4_HEX];

    sigv4_sha256(sum, canonical);
    put_preamble(out, ALGORITHM, s);
    str_puts(out, sum);
}

void sigv4_key(uint8_t key[32], const char *secret, const struct sigv4_scope *s)
{
    struct str start = STR_INIT;
    struct slice parts[] = {
        {s->time, 8}, slice_of(s->region), slice_of(s->service), SLICE("aws4_request")};
    uint8_t next[SHA256_SIZE];

    str_printf(&start, "AWS4%s", secret);
    hmac_sha256(key, slice_str(&start), parts[0]);
    for (int i = 1; i < 4; i++) {
        hmac_sha256(next, (struct slice){(const char *)key, SHA256_SIZE}, parts[i]);
        memcpy(key, next, sizeof next);
    }
    bytes_wipe(start.ptr, start.len);
    bytes_wipe(next, sizeof next);
    str_done(&start);
}

void sigv4_signature(char out[SIGV4_HEX], const uint8_t key[32], struct slice string_to_sign)
{
    uint8_t mac[SHA256_SIZE];

    hmac_sha256(mac, (struct slice){(const char *)key, SHA256_SIZE}, string_to_sign);
    to_hex(out, mac);
}

/* All three steps; the texts may be NULL. */
static enum lk_status sign_steps(char signature[SIGV4_HEX], const struct sigv4_request *r,
                                 enum sigv4_path path_rule, struct slice signed_headers,
                                 const char *secret, const struct sigv4_scope *s,
                                 struct str *canonical, struct str *string_to_sign,
                                 struct lk_error *err)
{
    struct str first = STR_INIT, second = STR_INIT;
    uint8_t key[SHA256_SIZE];
    enum lk_status st;

    st = sigv4_canonical(&first, r, path_rule, signed_headers, true, err);
    if (st)
        goto out;
    sigv4_string_to_sign(&second, s, slice_str(&first));
    sigv4_key(key, secret, s);
    sigv4_signature(signature, key, slice_str(&second));
    bytes_wipe(key, sizeof key);
out:
    if (canonical)
        str_put(canonical, slice_str(&first));
    if (string_to_sign)
        str_put(string_to_sign, slice_str(&second));
    str_done(&first);
    str_done(&second);
    return st;
}

/* ---- signing ------------------------------------------------------------ */

enum lk_status sigv4_sign(struct str *authorization, const struct sigv4_request *r,
                          enum sigv4_path path_rule, const char *secret,
                          const struct sigv4_scope *s, char signature[SIGV4_HEX],
                          struct lk_error *err)
{
    struct str names = STR_INIT;
    char mine[SIGV4_HEX];
    enum lk_status st;

    sigv4_signed_headers(&names, r);
    st = sign_steps(mine, r, path_rule, slice_str(&names), secret, s, NULL, NULL, err);
    if (st)
        goto out;
    str_printf(authorization, ALGORITHM " Credential=%s/", s->access_key);
    sigv4_put_scope(authorization, s);
    str_printf(authorization, ", SignedHeaders=%s, Signature=%s", names.ptr, mine);
    if (signature)
        memcpy(signature, mine, sizeof mine);
out:
    str_done(&names);
    return st;
}

static void put_parameter(struct str *query, const char *name, const char *value)
{
    str_printf(query, "%s%s=", query->len ? "&" : "", name);
    str_put_url(query, slice_of(value), false);
}

enum lk_status sigv4_presign(struct str *query, const struct sigv4_request *r,
                             enum sigv4_path path_rule, const char *secret, const char *token,
                             const struct sigv4_scope *s, int expires_seconds, struct lk_error *err)
{
    struct str credential = STR_INIT, names = STR_INIT, text = STR_INIT, seconds = STR_INIT;
    struct sigv4_request with = *r;
    char signature[SIGV4_HEX];
    enum lk_status st;

    str_printf(&credential, "%s/", s->access_key);
    sigv4_put_scope(&credential, s);
    sigv4_signed_headers(&names, r);
    str_printf(&seconds, "%d", expires_seconds);
    str_put(&text, r->query);
    put_parameter(&text, "X-Amz-Algorithm", ALGORITHM);
    put_parameter(&text, "X-Amz-Credential", credential.ptr);
    put_parameter(&text, "X-Amz-Date", s->time);
    put_parameter(&text, "X-Amz-Expires", seconds.ptr);
    put_parameter(&text, "X-Amz-SignedHeaders", names.ptr);
    if (token)
        put_parameter(&text, "X-Amz-Security-Token", token);
    with.query = slice_str(&text);
    st = sign_steps(signature, &with, path_rule, slice_str(&names), secret, s, NULL, NULL, err);
    if (!st) {
        str_put(query, slice_str(&text));
        put_parameter(query, "X-Amz-Signature", signature);
    }
    str_done(&credential);
    str_done(&names);
    str_done(&text);
    str_done(&seconds);
    return st;
}

/* ---- chunks ------------------------------------------------------------- */

void sigv4_chunk(char out[SIGV4_HEX], const uint8_t key[32], const struct sigv4_scope *s,
                 const char previous[SIGV4_HEX], struct slice chunk)
{
    struct str text = STR_INIT;
    char sum[SIGV4_HEX];

    sigv4_sha256(sum, chunk);
    put_preamble(&text, ALGORITHM "-PAYLOAD", s);
    str_printf(&text, "%s\n" SIGV4_EMPTY_SHA256 "\n%s", previous, sum);
    sigv4_signature(out, key, slice_str(&text));
    str_done(&text);
}

void sigv4_trailer(char out[SIGV4_HEX], const uint8_t key[32], const struct sigv4_scope *s,
                   const char previous[SIGV4_HEX], struct slice trailers)
{
    struct str text = STR_INIT;
    char sum[SIGV4_HEX];

    sigv4_sha256(sum, trailers);
    put_preamble(&text, ALGORITHM "-TRAILER", s);
    str_printf(&text, "%s\n%s", previous, sum);
    sigv4_signature(out, key, slice_str(&text));
    str_done(&text);
}

/* ---- verifying ---------------------------------------------------------- */

/* "AKID/20150830/us-east-1/s3/aws4_request" */
static bool parse_credential(struct sigv4_claim *c, struct slice text)
{
    struct slice last = {0};

    return slice_split(&text, '/', &c->access_key) && slice_split(&text, '/', &c->date) &&
           slice_split(&text, '/', &c->region) && slice_split(&text, '/', &c->service) &&
           slice_split(&text, '/', &last) && slice_is(last, "aws4_request") && !text.len &&
           c->date.len == 8;
}

static enum lk_status missing(struct lk_error *err, const char *what)
{
    return error_set(err, LK_EINPUT, "the signature lacks a usable %s", what);
}

/* What both forms must have. */
static enum lk_status check_claim(const struct sigv4_claim *c, struct lk_error *err)
{
    if (!c->service.len)
        return missing(err, "Credential");
    if (!c->signed_headers.len)
        return missing(err, "SignedHeaders");
    if (c->signature.len != SIGV4_HEX - 1)
        return missing(err, "Signature");
    return LK_OK;
}

enum lk_status sigv4_parse_header(struct sigv4_claim *out, struct slice authorization,
                                  struct lk_error *err)
{
    struct sigv4_claim c = {.expires = -1};
    struct slice rest, part;
    enum lk_status st;

    if (!slice_starts(authorization, ALGORITHM " "))
        return error_set(err, LK_EINPUT, "expected an Authorization of " ALGORITHM);
    rest = slice_from(authorization, strlen(ALGORITHM " "));
    while (slice_split(&rest, ',', &part)) {
        part = slice_trim(part);
        if (slice_starts(part, "Credential=")) {
            if (!parse_credential(&c, slice_from(part, strlen("Credential="))))
                return missing(err, "Credential");
        } else if (slice_starts(part, "SignedHeaders=")) {
            c.signed_headers = slice_from(part, strlen("SignedHeaders="));
        } else if (slice_starts(part, "Signature=")) {
            c.signature = slice_from(part, strlen("Signature="));
        }
    }
    st = check_claim(&c, err);
    if (!st)
        *out = c;
    return st;
}

/* The decoded value of a query parameter; false when it is not there. */
static bool query_value(struct slice *out, struct arena *arena, struct slice query,
                        const char *name)
{
    struct slice part;

    while (slice_split(&query, '&', &part)) {
        size_t eq = slice_find(part, '=');
        struct str text = STR_INIT;

        if (!slice_is(slice_first(part, eq), name))
            continue;
        if (eq < part.len)
            decode(&text, slice_from(part, eq + 1));
        *out = (struct slice){arena_strndup(arena, text.ptr, text.len), text.len};
        str_done(&text);
        return true;
    }
    return false;
}

bool sigv4_is_presigned(struct slice query)
{
    struct arena arena = {0};
    struct slice value;
    bool yes = query_value(&value, &arena, query, "X-Amz-Signature");

    arena_done(&arena);
    return yes;
}

enum lk_status sigv4_parse_query(struct sigv4_claim *out, struct arena *arena, struct slice query,
                                 struct lk_error *err)
{
    struct sigv4_claim c = {0};
    struct slice value;
    enum lk_status st;

    if (!query_value(&value, arena, query, "X-Amz-Algorithm") || !slice_is(value, ALGORITHM))
        return missing(err, "X-Amz-Algorithm");
    if (!query_value(&value, arena, query, "X-Amz-Credential") || !parse_credential(&c, value))
        return missing(err, "X-Amz-Credential");
    if (!query_value(&value, arena, query, "X-Amz-Expires") ||
        !number_parse_int(value, 0, INT32_MAX, &c.expires))
        return missing(err, "X-Amz-Expires");
    if (!query_value(&c.time, arena, query, "X-Amz-Date"))
        return missing(err, "X-Amz-Date");
    query_value(&c.signed_headers, arena, query, "X-Amz-SignedHeaders");
    query_value(&c.signature, arena, query, "X-Amz-Signature");
    query_value(&c.token, arena, query, "X-Amz-Security-Token");
    st = check_claim(&c, err);
    if (!st)
        *out = c;
    return st;
}

bool sigv4_verify(const struct sigv4_claim *claim, const struct sigv4_request *r,
                  enum sigv4_path path_rule, const char *secret, struct slice time,
                  struct str *canonical, struct str *string_to_sign)
{
    struct arena arena = {0};
    struct sigv4_scope s = {
        .region = arena_strndup(&arena, claim->region.ptr, claim->region.len),
        .service = arena_strndup(&arena, claim->service.ptr, claim->service.len),
    };
    char signature[SIGV4_HEX];
    bool same = false;

    if (time.len == SIGV4_TIME - 1 && claim->date.len == 8 &&
        !memcmp(time.ptr, claim->date.ptr, 8)) {
        memcpy(s.time, time.ptr, time.len);
        same = !sign_steps(signature, r, path_rule, claim->signed_headers, secret, &s, canonical,
                           string_to_sign, NULL) &&
               claim->signature.len == SIGV4_HEX - 1 &&
               bytes_equal_secret(signature, claim->signature.ptr, SIGV4_HEX - 1);
    }
    arena_done(&arena);
    return same;
}
