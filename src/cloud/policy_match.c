/*
 * Patterns of policies: wildcards and ${variables}.
 *
 * A pattern is compiled first, so that a '*' that comes out of a variable is
 * only a star: wildcards become the bytes 1 and 2, which no pattern may hold
 * otherwise (a value that does matches nothing). The glob is the usual greedy
 * one with a single place to go back to, linear in practice and never worse
 * than pattern times text.
 */
#include "cloud/policy.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { ANY = 1, ONE = 2 };

const struct policy_key *policy_find_key(const struct policy_request *r, struct slice name)
{
    for (size_t i = 0; i < r->key_count; i++)
        if (strlen(r->keys[i].name) == name.len &&
            !strncasecmp(r->keys[i].name, name.ptr, name.len))
            return &r->keys[i];
    return NULL;
}

static bool put_literal(struct str *out, struct slice text)
{
    if (memchr(text.ptr, ANY, text.len) || memchr(text.ptr, ONE, text.len))
        return false;
    str_put(out, text);
    return true;
}

/* The inside of ${...}: a key, perhaps with ", 'default'". */
static bool put_variable(struct str *out, struct slice inside, const struct policy_request *r)
{
    size_t comma = slice_find(inside, ',');
    struct slice name = slice_trim(slice_first(inside, comma));
    struct slice other = slice_trim(slice_from(inside, comma < inside.len ? comma + 1 : comma));
    const struct policy_key *key;

    if (name.len == 1 && strchr("*?$", name.ptr[0])) {
        str_putc(out, name.ptr[0]);
        return true;
    }
    key = policy_find_key(r, name);
    if (key && key->n == 1)
        return put_literal(out, slice_of(key->values[0]));
    if (key || other.len < 2 || other.ptr[0] != '\'' || other.ptr[other.len - 1] != '\'')
        return false;
    return put_literal(out, (struct slice){other.ptr + 1, other.len - 2});
}

bool policy_compile(struct str *out, struct slice pattern, const struct policy_request *r,
                    bool variables)
{
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        struct slice rest = slice_from(pattern, i);

        if (variables && slice_starts(rest, "${") && slice_find(rest, '}') < rest.len) {
            size_t end = slice_find(rest, '}');

            if (!put_variable(out, (struct slice){rest.ptr + 2, end - 2}, r))
                return false;
            i += end;
        } else if (c == ANY || c == ONE) {
            return false;
        } else {
            str_putc(out, c == '*' ? ANY : c == '?' ? ONE : c);
        }
    }
    return true;
}

static bool same(char a, char b, bool any_case)
{
    return a == b || (any_case && tolower((unsigned char)a) == tolower((unsigned char)b));
}

bool policy_glob(struct slice compiled, struct slice text, bool any_case)
{
    size_t p = 0, t = 0, back_p = 0, back_t = 0;
    bool back = false;

    while (t < text.len) {
        if (p < compiled.len && compiled.ptr[p] == ANY) {
            back = true;
            back_p = ++p;
            back_t = t;
        } else if (p < compiled.len &&
                   (compiled.ptr[p] == ONE || same(compiled.ptr[p], text.ptr[t], any_case))) {
            p++;
            t++;
        } else if (back) {
            p = back_p;
            t = ++back_t;
        } else {
            return false;
        }
    }
    while (p < compiled.len && compiled.ptr[p] == ANY)
        p++;
    return p == compiled.len;
}

bool policy_split_arn(struct slice arn, struct slice part[6])
{
    for (int i = 0; i < 5; i++) {
        size_t colon = slice_find(arn, ':');

        if (colon == arn.len)
            return false;
        part[i] = slice_first(arn, colon);
        arn = slice_from(arn, colon + 1);
    }
    part[5] = arn;
    return true;
}
