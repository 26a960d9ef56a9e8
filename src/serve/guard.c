/* Checks from the cheapest to the one that tells the least. */
#include "serve/guard.h"

#include "base/digest.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void guard_init(struct guard *g, const char *password)
{
    uint8_t bytes[(TOKEN_SIZE - 1) / 2];
    struct str hex = STR_INIT;

    random_bytes(bytes, sizeof bytes);
    str_put_hex(&hex, bytes, sizeof bytes);
    memcpy(g->token, hex.ptr, TOKEN_SIZE);
    g->password = password && password[0] ? mem_strdup(password) : NULL;
    str_done(&hex);
}

void guard_done(struct guard *g)
{
    if (g->password)
        bytes_wipe(g->password, strlen(g->password));
    free(g->password);
    g->password = NULL;
}

/* Equal whatever their lengths, without telling where they differ: by their digests. */
static bool same_secret(struct slice a, struct slice b)
{
    uint8_t x[DIGEST_MAX], y[DIGEST_MAX];

    digest(x, DIGEST_SHA256, a);
    digest(y, DIGEST_SHA256, b);
    return bytes_equal_secret(x, y, SHA256_SIZE);
}

/* HTTP Basic; the name does not matter. */
static bool knows_password(const struct guard *g, const struct http_request *r)
{
    struct slice given = slice_of(http_header(r, "Authorization"));
    struct str text = STR_INIT;
    bool ok = false;

    if (given.len < 1000 && given.len > 6 && !strncasecmp(given.ptr, "basic ", 6) &&
        base64_decode(&text, slice_trim(slice_from(given, 6)))) {
        struct slice pair = slice_str(&text);
        size_t colon = slice_find(pair, ':');

        ok = colon < pair.len && same_secret(slice_from(pair, colon + 1), slice_of(g->password));
    }
    str_done(&text);
    return ok;
}

bool guard_page(const struct guard *g, struct http_request *r)
{
    if (!g->password || knows_password(g, r))
        return true;
    http_add_header(r, "WWW-Authenticate", "Basic realm=\"labbook\", charset=\"UTF-8\"");
    http_reply_error(r, 401, "this book asks for a password");
    return false;
}

/* What a browser says about where the request comes from; others say nothing. */
static bool from_own_page(const struct http_request *r)
{
    const char *origin = http_header(r, "Origin"), *site = http_header(r, "Sec-Fetch-Site");
    const char *host = http_header(r, "Host");

    if (site && strcasecmp(site, "same-origin"))
        return false;
    if (!origin)
        return true;
    if (!host || (strncmp(origin, "http://", 7) && strncmp(origin, "https://", 8)))
        return false;
    return !strcasecmp(strstr(origin, "://") + 3, host);
}

bool guard_api(const struct guard *g, struct http_request *r)
{
    const char *type = http_header(r, "Content-Type");

    if (!guard_page(g, r))
        return false;
    if (!from_own_page(r))
        http_reply_error(r, 403, "the request comes from another site");
    else if (!same_secret(slice_of(http_header(r, "X-Labbook-Token")), slice_of(g->token)))
        http_reply_error(r, 403, "the token of this server's pages is missing or old");
    else if (!strcmp(http_method(r), "POST") && (!type || strncmp(type, "application/json", 16)))
        http_reply_error(r, 415, "expected application/json");
    else
        return true;
    return false;
}
