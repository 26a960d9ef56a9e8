/*
 * Who asks: Signature Version 4 checked in full, with each protocol's own
 * refusals. The order is AWS's: is the claim well formed, is the key known (and
 * its session token right), is the time near enough, does the signature agree.
 *
 * Every S3 request and every request with a session must have its x-amz-
 * headers signed, or a man in the middle could add some.
 */
#include "base/clock.h"
#include "base/digest.h"
#include "cloud/internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SKEW_S3_MS = 15 * 60 * 1000,
    SKEW_MS = 5 * 60 * 1000,
    EXPIRES_MAX = 604800,
};

static enum protocol protocol_of(const struct call *c)
{
    return c->service ? c->service->protocol : PROTOCOL_QUERY;
}

static bool is_json(const struct call *c)
{
    return protocol_of(c) == PROTOCOL_JSON || protocol_of(c) == PROTOCOL_REST_JSON;
}

/* One refusal in three spellings. */
static void refuse(struct call *c, const char *s3d_code, const char *s3d_text, int s3d_status,
                   const char *json_code, const char *query_code, const char *text)
{
    if (protocol_of(c) == PROTOCOL_S3)
        call_fail(c, s3d_status, s3d_code, "%s", s3d_text);
    else if (is_json(c))
        call_fail(c, 400, json_code, "%s", text);
    else
        call_fail(c, 403, query_code, "%s", text);
}

/* ---- the claim ------------------------------------------------------------------ */

static bool has_version_2(struct slice query)
{
    struct slice part;

    while (slice_split(&query, '&', &part))
        if (slice_starts(part, "AWSAccessKeyId="))
            return true;
    return false;
}

void auth_parse(struct call *c)
{
    struct call_internal *in = c->internal;
    struct slice authorization = call_header(c, "authorization");
    struct lk_error err = {0};

    if (authorization.len) {
        if (slice_starts(authorization, "AWS ")) {
            call_fail(c, 400, "InvalidRequest",
                      "The authorization mechanism you have provided is not supported. Please use "
                      "AWS4-HMAC-SHA256.");
            return;
        }
        if (sigv4_parse_header(&in->claim, authorization, &err)) {
            in->claim = (struct sigv4_claim){0};
            call_fail(c, 400, "AuthorizationHeaderMalformed",
                      "The authorization header is malformed; %s", err.text);
            return;
        }
        in->signed_request = true;
    } else if (sigv4_is_presigned(in->query)) {
        if (sigv4_parse_query(&in->claim, &c->memory, in->query, &err)) {
            in->claim = (struct sigv4_claim){0};
            call_fail(c, 400, "AuthorizationQueryParametersError", "%s", err.text);
            return;
        }
        in->signed_request = in->presigned = true;
    } else if (has_version_2(in->query)) {
        call_fail(c, 400, "InvalidRequest",
                  "The authorization mechanism you have provided is not supported. Please use "
                  "AWS4-HMAC-SHA256.");
    }
}

/* ---- the key --------------------------------------------------------------------- */

struct found {
    bool there, session;
    const char *secret, *token;
    int64_t expires;
};

static void as_user(struct call *c, const char *name)
{
    struct stmt *s = sql(c->cloud, "select arn, id from principals where kind = 'user'"
                                   " and name = ?1");

    stmt_text(s, 1, name);
    if (!sql_row(c->cloud, s))
        return;
    c->who.kind = CALLER_USER;
    c->who.arn = sql_text(&c->memory, s, 0);
    c->who.id = sql_text(&c->memory, s, 1);
    c->who.name = name;
}

static struct found find_long_term(struct call *c, const char *key)
{
    struct stmt *s = sql(c->cloud, "select secret, user, status from access_keys where id = ?1");
    struct found f = {0};

    stmt_text(s, 1, key);
    if (!sql_row(c->cloud, s) || strcmp(stmt_get_text(s, 2), "Active"))
        return f;
    f.there = true;
    f.secret = sql_text(&c->memory, s, 0);
    if (stmt_is_null(s, 1)) {
        c->who.kind = CALLER_ROOT;
        c->who.arn = arena_printf(&c->memory, "arn:aws:iam::%s:root", c->cloud->account);
        c->who.id = c->cloud->account;
    } else {
        as_user(c, sql_text(&c->memory, s, 1));
    }
    return f;
}

static struct found find_session(struct call *c, const char *key)
{
    struct stmt *s =
        sql(c->cloud, "select secret, token, kind, arn, principal_id, name, role,"
                      " policy, issued, expires, tags, source from sessions where id = ?1");
    struct found f = {0};

    stmt_text(s, 1, key);
    if (!sql_row(c->cloud, s))
        return f;
    f.there = f.session = true;
    f.secret = sql_text(&c->memory, s, 0);
    f.token = sql_text(&c->memory, s, 1);
    f.expires = stmt_get_int(s, 9);
    c->who.kind = (enum caller_kind)stmt_get_int(s, 2);
    c->who.arn = sql_text(&c->memory, s, 3);
    c->who.id = sql_text(&c->memory, s, 4);
    c->who.name = sql_text(&c->memory, s, 5);
    c->who.role = stmt_is_null(s, 6) ? NULL : sql_text(&c->memory, s, 6);
    c->who.session_policy = stmt_is_null(s, 7) ? NULL : sql_text(&c->memory, s, 7);
    c->who.issued_ms = stmt_get_int(s, 8);
    c->who.session_tags = stmt_is_null(s, 10) ? NULL : sql_text(&c->memory, s, 10);
    c->who.source_identity = stmt_is_null(s, 11) ? NULL : sql_text(&c->memory, s, 11);
    return f;
}

static struct slice given_token(const struct call *c)
{
    return c->internal->presigned ? c->internal->claim.token
                                  : call_header(c, "x-amz-security-token");
}

static void unknown_key(struct call *c)
{
    refuse(c, "InvalidAccessKeyId",
           "The AWS Access Key Id you provided does not exist in our records.", 403,
           "UnrecognizedClientException", "InvalidClientTokenId",
           "The security token included in the request is invalid.");
}

static bool token_is_good(struct call *c, const struct found *f)
{
    struct slice token = given_token(c);

    if (f->session && !token.len) {
        unknown_key(c);
    } else if (f->session ? !slice_is(token, f->token) : token.len > 0) {
        refuse(c, "InvalidToken", "The provided token is malformed or otherwise invalid.", 400,
               "UnrecognizedClientException", "InvalidClientTokenId",
               "The security token included in the request is invalid.");
    } else if (f->session && f->expires <= cloud_now(c->cloud)) {
        refuse(c, "ExpiredToken", "The provided token has expired.", 400, "ExpiredTokenException",
               "ExpiredToken", "The security token included in the request is expired");
    } else {
        return true;
    }
    return false;
}

static struct found find_key(struct call *c)
{
    struct slice id = c->internal->claim.access_key;
    const char *key = arena_strndup(&c->memory, id.ptr, id.len);
    struct found f;

    cloud_lock(c->cloud);
    f = slice_starts(id, "ASIA") ? find_session(c, key) : find_long_term(c, key);
    cloud_unlock(c->cloud);
    c->who.access_key = key;
    if (!f.there || c->who.kind == CALLER_ANONYMOUS)
        unknown_key(c);
    else if (!token_is_good(c, &f))
        f.there = false;
    return f;
}

/* ---- the time ---------------------------------------------------------------------- */

static struct slice request_time(const struct call *c)
{
    return c->internal->presigned ? c->internal->claim.time : call_header(c, "x-amz-date");
}

static void skewed(struct call *c, struct slice time, int64_t at, int64_t now)
{
    struct call_internal *in = c->internal;
    char limit[SIGV4_TIME], here[SIGV4_TIME];
    bool late = at < now;

    if (protocol_of(c) == PROTOCOL_S3) {
        str_printf(&in->error_xml, "<RequestTime>%.*s</RequestTime><ServerTime>", (int)time.len,
                   time.ptr);
        clock_put_iso(&in->error_xml, now, false);
        str_printf(&in->error_xml,
                   "</ServerTime><MaxAllowedSkewMilliseconds>%d</MaxAllowedSkewMilliseconds>",
                   SKEW_S3_MS);
        call_fail(c, 403, "RequestTimeTooSkewed",
                  "The difference between the request time and the current time is too large.");
        return;
    }
    sigv4_time(limit, late ? now - SKEW_MS : now + SKEW_MS);
    sigv4_time(here, now);
    call_fail(c, is_json(c) ? 400 : 403,
              is_json(c) ? "InvalidSignatureException" : "SignatureDoesNotMatch",
              "Signature %s: %.*s is %s than %s (%s %c 5 min.)",
              late ? "expired" : "not yet current", (int)time.len, time.ptr,
              late ? "now earlier" : "still later", limit, here, late ? '-' : '+');
}

static void presigned_time(struct call *c, int64_t at, int64_t now)
{
    struct call_internal *in = c->internal;
    int64_t expires = in->claim.expires;

    if (expires < 1 || expires > EXPIRES_MAX) {
        call_fail(c, 400, "AuthorizationQueryParametersError",
                  "X-Amz-Expires must be between 1 and %d seconds", EXPIRES_MAX);
    } else if (at > now + SKEW_S3_MS) {
        call_fail(c, 403, "AccessDenied", "Request is not valid yet");
    } else if (at + expires * 1000 < now) {
        str_printf(&in->error_xml, "<X-Amz-Expires>%lld</X-Amz-Expires><Expires>",
                   (long long)expires);
        clock_put_iso(&in->error_xml, at + expires * 1000, false);
        str_puts(&in->error_xml, "</Expires><ServerTime>");
        clock_put_iso(&in->error_xml, now, false);
        str_puts(&in->error_xml, "</ServerTime>");
        call_fail(c, 403, "AccessDenied", "Request has expired");
    }
}

static void check_time(struct call *c)
{
    struct slice time = request_time(c), date = c->internal->claim.date;
    int64_t at, now = cloud_now(c->cloud);
    int64_t skew = protocol_of(c) == PROTOCOL_S3 ? SKEW_S3_MS : SKEW_MS;

    if (!sigv4_time_parse(time, &at))
        refuse(c, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header",
               403, "IncompleteSignatureException", "IncompleteSignature",
               "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
               "header.");
    else if (date.len != 8 || memcmp(date.ptr, time.ptr, 8))
        refuse(c, "SignatureDoesNotMatch", "Credential date does not match the request's date", 403,
               "InvalidSignatureException", "SignatureDoesNotMatch",
               "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date "
               "from HTTP");
    else if (c->internal->presigned)
        presigned_time(c, at, now);
    else if (at < now - skew || at > now + skew)
        skewed(c, time, at, now);
}

/* ---- the signature ----------------------------------------------------------------- */

static bool is_signed(struct slice list, struct slice name)
{
    struct slice part;

    while (slice_split(&list, ';', &part))
        if (part.len == name.len && !strncasecmp(part.ptr, name.ptr, name.len))
            return true;
    return false;
}

static bool headers_are_signed(struct call *c)
{
    struct call_internal *in = c->internal;

    if (!is_signed(in->claim.signed_headers, SLICE("host")))
        goto no;
    for (size_t i = 0; i < in->header_count; i++) {
        struct slice name = in->headers[i].name;

        if (name.len < 6 || strncasecmp(name.ptr, "x-amz-", 6) ||
            (in->presigned && name.len == 20 && !strncasecmp(name.ptr, "x-amz-content-sha256", 20)))
            continue;
        if (!is_signed(in->claim.signed_headers, name)) {
            str_puts(&in->error_xml, "<HeadersNotSigned>");
            str_put_html(&in->error_xml, name);
            str_puts(&in->error_xml, "</HeadersNotSigned>");
            goto no;
        }
    }
    return true;
no:
    refuse(c, "AccessDenied", "There were headers present in the request which were not signed",
           403, "InvalidSignatureException", "SignatureDoesNotMatch",
           "'Host' or an 'x-amz-' header must be a 'SignedHeader' in the AWS Authorization.");
    return false;
}

static void mismatch(struct call *c, const struct str *canonical, const struct str *to_sign)
{
    struct call_internal *in = c->internal;

    if (protocol_of(c) == PROTOCOL_S3) {
        str_puts(&in->error_xml, "<AWSAccessKeyId>");
        str_put_html(&in->error_xml, in->claim.access_key);
        str_puts(&in->error_xml, "</AWSAccessKeyId><StringToSign>");
        str_put_html(&in->error_xml, slice_str(to_sign));
        str_puts(&in->error_xml, "</StringToSign><SignatureProvided>");
        str_put_html(&in->error_xml, in->claim.signature);
        str_puts(&in->error_xml, "</SignatureProvided><CanonicalRequest>");
        str_put_html(&in->error_xml, slice_str(canonical));
        str_puts(&in->error_xml, "</CanonicalRequest>");
    }
    refuse(c, "SignatureDoesNotMatch",
           "The request signature we calculated does not match the signature you provided. Check "
           "your key and signing method.",
           403, "InvalidSignatureException", "SignatureDoesNotMatch",
           "The request signature we calculated does not match the signature you provided. Check "
           "your AWS Secret Access Key and signing method. Consult the service documentation for "
           "details.");
}

static void check_signature(struct call *c, const char *secret)
{
    struct call_internal *in = c->internal;
    struct str canonical = STR_INIT, to_sign = STR_INIT;
    struct sigv4_request r = {
        .method = slice_of(http_method(c->http)),
        .path = in->path,
        .query = in->query,
        .headers = in->headers,
        .header_count = in->header_count,
        .payload_sha256 = in->payload,
    };
    enum sigv4_path rule = protocol_of(c) == PROTOCOL_S3 ? SIGV4_PATH_S3 : SIGV4_PATH_AWS;

    if (!sigv4_verify(&in->claim, &r, rule, secret, request_time(c), &canonical, &to_sign))
        mismatch(c, &canonical, &to_sign);
    str_done(&canonical);
    str_done(&to_sign);
}

static void missing(struct call *c)
{
    refuse(c, "AccessDenied", "Access Denied", 403, "MissingAuthenticationTokenException",
           "MissingAuthenticationToken", "Missing Authentication Token");
}

void auth_check(struct call *c)
{
    struct call_internal *in = c->internal;
    struct found f;

    c->who = (struct caller){.account = c->cloud->account, .arn = "", .id = "", .name = ""};
    if (!in->signed_request) {
        if (protocol_of(c) != PROTOCOL_S3)
            missing(c);
        return;
    }
    if (!slice_is(in->claim.service, c->service->name)) {
        refuse(c, "AuthorizationHeaderMalformed",
               "The authorization header is malformed; the service is wrong; expecting 's3'", 400,
               "InvalidSignatureException", "SignatureDoesNotMatch",
               arena_printf(&c->memory, "Credential should be scoped to correct service: '%s'.",
                            c->service->name));
        return;
    }
    f = find_key(c);
    if (!call_failed(c))
        check_time(c);
    if (!call_failed(c) && headers_are_signed(c))
        check_signature(c, f.secret);
    if (call_failed(c))
        c->who.kind = CALLER_ANONYMOUS;
}
