/*
 * Targets are decoded once, here, and never by the library below: it decodes
 * in place and would end a path at "%00". What does not decode is refused
 * rather than guessed at.
 */
#include "http/target.h"

#include "base/number.h"

#include <string.h>
#include <strings.h>

enum { PAIRS_MAX = 1000 };

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* NULL for a cut escape or a zero byte. */
static const char *decode(struct arena *a, struct slice text, bool plus_is_space)
{
    char *out = arena_alloc(a, text.len + 1), *at = out;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '+' && plus_is_space) {
            c = ' ';
        } else if (c == '%') {
            int high = text.len - i > 2 ? hex(text.ptr[i + 1]) : -1;
            int low = high < 0 ? -1 : hex(text.ptr[i + 2]);

            if (low < 0)
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (!c)
            return NULL;
        *at++ = c;
    }
    return out;
}

static bool parse_query(struct target *t, struct arena *a, struct slice query)
{
    struct slice rest = query, pair;
    size_t n = 1;

    for (size_t i = 0; i < query.len; i++)
        n += query.ptr[i] == '&';
    if (n > PAIRS_MAX)
        return false;
    t->names = arena_alloc(a, n * sizeof *t->names);
    t->values = arena_alloc(a, n * sizeof *t->values);
    while (slice_split(&rest, '&', &pair)) {
        size_t equals = slice_find(pair, '=');
        struct slice value = equals < pair.len ? slice_from(pair, equals + 1) : SLICE("");

        if (!pair.len)
            continue;
        t->names[t->pairs] = decode(a, slice_first(pair, equals), true);
        t->values[t->pairs] = decode(a, value, true);
        if (!t->names[t->pairs] || !t->values[t->pairs])
            return false;
        t->pairs++;
    }
    return true;
}

bool target_parse(struct target *out, struct arena *a, const char *raw)
{
    struct slice all = slice_of(raw), path;
    size_t question, scheme;

    memset(out, 0, sizeof *out);
    scheme = slice_starts(all, "http://") ? 7 : slice_starts(all, "https://") ? 8 : 0;
    if (scheme) {
        size_t end = scheme;

        while (end < all.len && all.ptr[end] != '/' && all.ptr[end] != '?')
            end++;
        out->authority = (struct slice){all.ptr + scheme, end - scheme};
        all = slice_from(all, end);
        if (!all.len || all.ptr[0] == '?')
            return false;
    }
    question = slice_find(all, '?');
    path = slice_first(all, question);
    if (!slice_is(path, "*") && !slice_starts(path, "/"))
        return false;
    out->path = decode(a, path, false);
    return out->path && (question == all.len || parse_query(out, a, slice_from(all, question + 1)));
}

const char *target_query(const struct target *t, const char *name)
{
    for (size_t i = 0; i < t->pairs; i++)
        if (!strcmp(t->names[i], name))
            return t->values[i];
    return NULL;
}

static bool same_name(struct slice a, const char *b)
{
    return a.len == strlen(b) && !strncasecmp(a.ptr, b, a.len);
}

bool host_allowed(struct slice host, const char *const *allowed)
{
    static const char *const ours[] = {"127.0.0.1", "localhost", "[::1]"};
    size_t end = host.len && host.ptr[0] == '[' ? slice_find(host, ']') : slice_find(host, ':');
    struct slice name;

    if (host.len && host.ptr[0] == '[' && end < host.len)
        end++;
    name = slice_first(host, end);
    /* What follows the name is nothing, or a port. */
    if (end < host.len) {
        int64_t port;

        if (host.ptr[end] != ':' || !number_parse_int(slice_from(host, end + 1), 0, 65535, &port))
            return false;
    }
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (same_name(name, ours[i]))
            return true;
    for (; allowed && *allowed; allowed++) {
        size_t below = strlen(*allowed) - 1;

        if (same_name(name, *allowed))
            return true;
        if (**allowed == '*' && name.len > below &&
            same_name(slice_from(name, name.len - below), *allowed + 1))
            return true;
    }
    return false;
}

enum range_kind range_parse(const char *header, int64_t size, int64_t *from, int64_t *len)
{
    struct slice text = slice_of(header), first, last;
    int64_t a, b = size - 1;
    size_t dash;

    if (!slice_starts(text, "bytes="))
        return RANGE_NONE;
    text = slice_trim(slice_from(text, 6));
    dash = slice_find(text, '-');
    if (dash == text.len || slice_find(text, ',') < text.len)
        return RANGE_NONE;
    first = slice_first(text, dash);
    last = slice_from(text, dash + 1);
    if (!first.len) { /* the last so many bytes */
        if (!number_parse_int(last, 0, INT64_MAX, &a))
            return RANGE_NONE;
        if (!a || !size)
            return RANGE_BAD;
        a = a < size ? size - a : 0;
    } else {
        if (!number_parse_int(first, 0, INT64_MAX, &a))
            return RANGE_NONE;
        if (last.len && (!number_parse_int(last, 0, INT64_MAX, &b) || b < a))
            return RANGE_NONE;
        if (a >= size)
            return RANGE_BAD;
        if (b >= size)
            b = size - 1;
    }
    *from = a;
    *len = b - a + 1;
    return RANGE_OK;
}
