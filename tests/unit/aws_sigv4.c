/*
 * Signature Version 4 against AWS's published cases (tests/data/sigv4: 38
 * folders, each with the text of every step in the header and the query form)
 * and the published S3 chunk vectors. Each step is compared by itself, so a
 * failure names the first text that differs. Then each signed request is
 * given to the verifying side, whole and with one byte changed.
 */
#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "unit/unit.h"

#define SUITE TEST_DATA "sigv4/v4"

struct test_case {
    struct arena arena;
    struct json *context;
    struct sigv4_request request;
    struct sigv4_header headers[20];
    struct sigv4_scope scope;
    const char *secret, *token;
    bool omit_token, sign_body;
    enum sigv4_path rule;
    char body_sha256[SIGV4_HEX];
    int64_t expires;
};

static struct slice case_file(struct test_case *c, const char *name, const char *file)
{
    struct str text = STR_INIT;
    struct lk_error err = {0};
    char *copy;
    size_t n;

    assert_ok(file_read(&text, arena_printf(&c->arena, SUITE "/%s/%s", name, file), 1 << 20, &err),
              &err);
    n = text.len;
    copy = arena_strndup(&c->arena, text.ptr, n);
    str_done(&text);
    return (struct slice){copy, n};
}

static void add_header(struct test_case *c, const char *name, const char *value)
{
    c->headers[c->request.header_count++] = (struct sigv4_header){slice_of(name), slice_of(value)};
}

/* "METHOD target HTTP/1.1", headers (a line that starts with a blank goes on), blank line, body. */
static void read_request(struct test_case *c, struct slice text)
{
    struct slice line, target;
    size_t at;

    slice_line(&text, &line);
    slice_split(&line, ' ', &c->request.method);
    assert_true(slice_ends(line, " HTTP/1.1"));
    target = slice_first(line, line.len - strlen(" HTTP/1.1"));
    at = slice_find(target, '?');
    c->request.path = slice_first(target, at);
    c->request.query = at < target.len ? slice_from(target, at + 1) : (struct slice){0};
    while (slice_line(&text, &line) && line.len) {
        struct sigv4_header *h = &c->headers[c->request.header_count];

        if (line.ptr[0] == ' ') {
            h[-1].value.len = (size_t)(line.ptr + line.len - h[-1].value.ptr);
            continue;
        }
        at = slice_find(line, ':');
        *h = (struct sigv4_header){slice_first(line, at), slice_from(line, at + 1)};
        c->request.header_count++;
    }
    sigv4_sha256(c->body_sha256, text.ptr ? text : SLICE(""));
    c->request.payload_sha256 = slice_of(c->body_sha256);
    c->request.headers = c->headers;
}

static void read_case(struct test_case *c, const char *name)
{
    struct lk_error err = {0};
    const struct json *credentials;
    int64_t ms;

    memset(c, 0, sizeof *c);
    assert_ok(json_parse(&c->context, case_file(c, name, "context.json"), name, &err), &err);
    credentials = json_get(c->context, "credentials");
    c->secret = json_string(json_get(credentials, "secret_access_key"), "");
    c->token = json_string(json_get(credentials, "token"), NULL);
    c->omit_token = json_bool(json_get(c->context, "omit_session_token"), false);
    c->sign_body = json_bool(json_get(c->context, "sign_body"), false);
    c->rule =
        json_bool(json_get(c->context, "normalize"), true) ? SIGV4_PATH_AWS : SIGV4_PATH_AWS_RAW;
    c->expires = (int64_t)json_number(json_get(c->context, "expiration_in_seconds"), 0);
    c->scope.access_key = json_string(json_get(credentials, "access_key_id"), "");
    c->scope.region = json_string(json_get(c->context, "region"), "");
    c->scope.service = json_string(json_get(c->context, "service"), "");
    assert_true(clock_parse_iso(slice_of(json_string(json_get(c->context, "timestamp"), "")), &ms));
    sigv4_time(c->scope.time, ms);
    read_request(c, case_file(c, name, "request.txt"));
}

static void done_case(struct test_case *c)
{
    json_free(c->context);
    arena_done(&c->arena);
}

static void same(const char *name, const char *file, struct slice found, struct slice expected)
{
    if (!slice_eq(found, expected))
        fail_msg("%s/%s: found\n%.*s\nexpected\n%.*s", name, file, (int)found.len, found.ptr,
                 (int)expected.len, expected.ptr);
}

/* Compare the steps of c, whose request is complete for the form ("header" or "query"). */
static void check_steps(struct test_case *c, const char *name, const char *form)
{
    static const char *const files[] = {"canonical-request.txt", "string-to-sign.txt",
                                        "signature.txt"};
    struct str texts[3] = {STR_INIT, STR_INIT, STR_INIT}, names = STR_INIT;
    struct lk_error err = {0};
    char signature[SIGV4_HEX];
    uint8_t key[32];

    sigv4_signed_headers(&names, &c->request);
    assert_ok(sigv4_canonical(&texts[0], &c->request, c->rule, slice_str(&names), false, &err),
              &err);
    sigv4_string_to_sign(&texts[1], &c->scope, slice_str(&texts[0]));
    sigv4_key(key, c->secret, &c->scope);
    sigv4_signature(signature, key, slice_str(&texts[1]));
    str_puts(&texts[2], signature);
    for (int i = 0; i < 3; i++) {
        const char *file = arena_printf(&c->arena, "%s-%s", form, files[i]);

        same(name, file, slice_str(&texts[i]), slice_trim(case_file(c, name, file)));
        str_done(&texts[i]);
    }
    str_done(&names);
}

/* The request as a server has it must verify, and must not once it is changed. */
static void check_verify(struct test_case *c, const char *name, const struct sigv4_claim *claim)
{
    struct slice time = claim->time.len ? claim->time : slice_of(c->scope.time);
    struct sigv4_request changed = c->request;

    if (!sigv4_verify(claim, &c->request, c->rule, c->secret, time, NULL, NULL))
        fail_msg("%s: a good signature is refused", name);
    assert_false(sigv4_verify(claim, &c->request, c->rule, "other secret", time, NULL, NULL));
    changed.method = SLICE("DELETE");
    assert_false(sigv4_verify(claim, &changed, c->rule, c->secret, time, NULL, NULL));
}

static void header_form(const char *name)
{
    struct test_case c;
    struct sigv4_claim claim;
    struct str authorization = STR_INIT;
    struct lk_error err = {0};

    read_case(&c, name);
    if (c.token && !c.omit_token)
        add_header(&c, "X-Amz-Security-Token", c.token);
    if (c.sign_body)
        add_header(&c, "x-amz-content-sha256", c.body_sha256);
    add_header(&c, "X-Amz-Date", c.scope.time);
    check_steps(&c, name, "header");
    assert_ok(sigv4_sign(&authorization, &c.request, c.rule, c.secret, &c.scope, NULL, &err), &err);
    assert_non_null(
        strstr(case_file(&c, name, "header-signed-request.txt").ptr, authorization.ptr));
    assert_ok(sigv4_parse_header(&claim, slice_str(&authorization), &err), &err);
    check_verify(&c, name, &claim);
    str_done(&authorization);
    done_case(&c);
}

static void query_form(const char *name)
{
    struct test_case c;
    struct sigv4_claim claim;
    struct str query = STR_INIT, unsigned_query = STR_INIT;
    struct lk_error err = {0};
    struct slice last;

    read_case(&c, name);
    assert_ok(sigv4_presign(&query, &c.request, c.rule, c.secret,
                            c.token && !c.omit_token ? c.token : NULL, &c.scope, (int)c.expires,
                            &err),
              &err);
    last = slice_from(slice_str(&query), query.len - 64);
    same(name, "query-signature.txt", last, slice_trim(case_file(&c, name, "query-signature.txt")));
    str_add(&unsigned_query, query.ptr, query.len - 64 - strlen("&X-Amz-Signature="));
    c.request.query = slice_str(&unsigned_query);
    check_steps(&c, name, "query");
    c.request.query = slice_str(&query);
    assert_true(sigv4_is_presigned(c.request.query));
    assert_ok(sigv4_parse_query(&claim, &c.arena, c.request.query, &err), &err);
    assert_int_equal(claim.expires, c.expires);
    check_verify(&c, name, &claim);
    str_done(&query);
    str_done(&unsigned_query);
    done_case(&c);
}

static void published_cases(void **state)
{
    struct lk_error err = {0};
    char **names;
    size_t n;

    assert_ok(file_list(&names, &n, SUITE, &err), &err);
    assert_int_equal(n, 38);
    for (size_t i = 0; i < n; i++) {
        header_form(names[i]);
        query_form(names[i]);
    }
    file_names_free(names, n);
}

static const char *text_at(const struct json *j, const char *key)
{
    return json_string(json_get(j, key), "");
}

static void s3_chunks(void **state)
{
    struct str file = STR_INIT, authorization = STR_INIT, trailers = STR_INIT;
    struct lk_error err = {0};
    struct json *j = NULL;
    const struct json *request, *h, *sizes, *signatures, *trailer;
    struct sigv4_header headers[10];
    struct sigv4_request r = {.headers = headers, .payload_sha256 = SLICE(SIGV4_CHUNKED)};
    struct sigv4_scope s = {0};
    char signature[SIGV4_HEX];
    char *chunk = mem_alloc(65536);
    uint8_t key[32];

    assert_ok(file_read(&file, TEST_DATA "sigv4/s3-chunked.json", 1 << 20, &err), &err);
    assert_ok(json_parse(&j, slice_str(&file), "s3-chunked.json", &err), &err);
    request = json_get(j, "request");
    r.method = slice_of(text_at(request, "method"));
    r.path = slice_of(text_at(request, "path"));
    s = (struct sigv4_scope){text_at(j, "access_key"), text_at(j, "region"), text_at(j, "service"),
                             ""};
    memcpy(s.time, text_at(j, "date"), SIGV4_TIME);
    for (h = json_first(json_get(request, "headers")); h; h = json_next(h))
        headers[r.header_count++] =
            (struct sigv4_header){slice_of(json_key(h)), slice_of(json_string(h, ""))};
    headers[r.header_count++] = (struct sigv4_header){SLICE("x-amz-date"), slice_of(s.time)};
    assert_ok(sigv4_sign(&authorization, &r, SIGV4_PATH_S3, text_at(j, "secret_key"), &s, signature,
                         &err),
              &err);
    assert_string_equal(signature, text_at(j, "seed_signature"));

    sigv4_key(key, text_at(j, "secret_key"), &s);
    memset(chunk, 'a', 65536);
    sizes = json_first(json_get(j, "chunk_sizes"));
    signatures = json_first(json_get(j, "chunk_signatures"));
    for (; sizes; sizes = json_next(sizes), signatures = json_next(signatures)) {
        sigv4_chunk(signature, key, &s, signature,
                    (struct slice){chunk, (size_t)json_number(sizes, 0)});
        assert_string_equal(signature, json_string(signatures, ""));
    }
    trailer = json_first(json_get(json_get(j, "trailers_case"), "trailers"));
    for (; trailer; trailer = json_next(trailer))
        str_printf(&trailers, "%s:%s\n", json_string(json_at(trailer, 0), ""),
                   json_string(json_at(trailer, 1), ""));
    sigv4_trailer(signature, key, &s, signature, slice_str(&trailers));
    assert_string_equal(signature, text_at(json_get(j, "trailers_case"), "trailer_signature"));
    json_free(j);
    free(chunk);
    str_done(&file);
    str_done(&authorization);
    str_done(&trailers);
}

/* S3 takes the path as it is: no resolving, one encoding in one spelling. */
static void s3_paths(void **state)
{
    static const char *const pairs[][2] = {
        {"/b/a//b/../c", "/b/a//b/../c"},
        {"/b/a%20b", "/b/a%20b"},
        {"/b/a%2bb+c", "/b/a%2Bb%2Bc"},
        {"/b/%c3%a9~*", "/b/%C3%A9~%2A"},
        {"", "/"},
        {"/b/100%25", "/b/100%25"},
    };

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct sigv4_request r = {
            .method = SLICE("GET"), .path = slice_of(pairs[i][0]), .payload_sha256 = SLICE("X")};
        struct str out = STR_INIT, expected = STR_INIT;
        struct lk_error err = {0};

        assert_ok(sigv4_canonical(&out, &r, SIGV4_PATH_S3, (struct slice){0}, false, &err), &err);
        str_printf(&expected, "GET\n%s\n\n\n\nX", pairs[i][1]);
        assert_string_equal(out.ptr, expected.ptr);
        str_done(&out);
        str_done(&expected);
    }
}

static void ill_formed_claims_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "AWS4-HMAC-SHA256",
        "AWS AKID:x",
        "AWS4-HMAC-SHA256 Credential=a/b/c",
        "AWS4-HMAC-SHA256 Credential=A/20150830/r/s/aws4_request, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=A/20150830/r/s/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=A/20150830/r/s/other, SignedHeaders=host, Signature=0"};
    struct sigv4_claim claim;
    struct arena arena = {0};
    struct lk_error err = {0};
    int64_t ms;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(sigv4_parse_header(&claim, slice_of(bad[i]), &err), LK_EINPUT);
    assert_int_equal(
        sigv4_parse_query(&claim, &arena, SLICE("X-Amz-Algorithm=AWS4-HMAC-SHA256"), &err),
        LK_EINPUT);
    assert_false(sigv4_time_parse(SLICE("20150830T123600"), &ms));
    assert_true(sigv4_time_parse(SLICE("20150830T123600Z"), &ms));
    assert_int_equal(ms, 1440938160000);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_cases),
        cmocka_unit_test(s3_chunks),
        cmocka_unit_test(s3_paths),
        cmocka_unit_test(ill_formed_claims_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
