/*
 * Condition blocks: {"Operator": {"key": value or [values]}}, all of which
 * must hold.
 *
 * One table holds every operator: the family says how two texts compare, and
 * `negated` turns the answer round. For one value of the request, the policy's
 * values are alternatives (a negated operator wants none of them to match).
 * For several, ForAllValues wants each of the request's values to pass and
 * ForAnyValue one. A key that is not in the request fails a plain operator and
 * passes a negated one, IfExists and ForAllValues.
 */
#include "cloud/policy.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/number.h"

#include <arpa/inet.h>
#include <math.h>
#include <string.h>
#include <strings.h>

enum family { STRING, STRING_CASE, LIKE, NUMBER, DATE, BOOL, BINARY, ADDRESS, ARN, NOTHING };
/* How numbers and dates compare, request's value first. */
enum { LESS = 1, EQUAL = 2, MORE = 4 };

static const struct operator
{
    const char *name;
    enum family family;
    bool negated;
    int accept;
}
operators[] = {
    {"StringEquals", STRING, false, 0},
    {"StringNotEquals", STRING, true, 0},
    {"StringEqualsIgnoreCase", STRING_CASE, false, 0},
    {"StringNotEqualsIgnoreCase", STRING_CASE, true, 0},
    {"StringLike", LIKE, false, 0},
    {"StringNotLike", LIKE, true, 0},
    {"NumericEquals", NUMBER, false, EQUAL},
    {"NumericNotEquals", NUMBER, true, EQUAL},
    {"NumericLessThan", NUMBER, false, LESS},
    {"NumericLessThanEquals", NUMBER, false, LESS | EQUAL},
    {"NumericGreaterThan", NUMBER, false, MORE},
    {"NumericGreaterThanEquals", NUMBER, false, MORE | EQUAL},
    {"DateEquals", DATE, false, EQUAL},
    {"DateNotEquals", DATE, true, EQUAL},
    {"DateLessThan", DATE, false, LESS},
    {"DateLessThanEquals", DATE, false, LESS | EQUAL},
    {"DateGreaterThan", DATE, false, MORE},
    {"DateGreaterThanEquals", DATE, false, MORE | EQUAL},
    {"Bool", BOOL, false, 0},
    {"BinaryEquals", BINARY, false, 0},
    {"IpAddress", ADDRESS, false, 0},
    {"NotIpAddress", ADDRESS, true, 0},
    {"ArnEquals", ARN, false, 0},
    {"ArnNotEquals", ARN, true, 0},
    {"ArnLike", ARN, false, 0},
    {"ArnNotLike", ARN, true, 0},
    {"Null", NOTHING, false, 0},
};

enum quantifier { ONE_VALUE, FOR_ALL, FOR_ANY };

struct test {
    const struct operator* op;
    enum quantifier quantifier;
    bool if_exists;
};

static bool test_parse(struct test *out, const char *name)
{
    struct slice rest = slice_of(name);
    struct test t = {0};

    if (slice_starts(rest, "ForAllValues:")) {
        t.quantifier = FOR_ALL;
        rest = slice_from(rest, strlen("ForAllValues:"));
    } else if (slice_starts(rest, "ForAnyValue:")) {
        t.quantifier = FOR_ANY;
        rest = slice_from(rest, strlen("ForAnyValue:"));
    }
    if (slice_ends(rest, "IfExists")) {
        t.if_exists = true;
        rest.len -= strlen("IfExists");
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strlen(operators[i].name) == rest.len &&
            !strncasecmp(operators[i].name, rest.ptr, rest.len))
            t.op = &operators[i];
    *out = t;
    return t.op && !(t.op->family == NOTHING && (t.if_exists || t.quantifier));
}

/* ---- one value against another --------------------------------------- */

static int compare(double a, double b)
{
    return a < b ? LESS : a > b ? MORE : EQUAL;
}

static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
    int64_t era, of_era, of_year;

    y -= m <= 2;
    era = (y >= 0 ? y : y - 399) / 400;
    of_era = y - era * 400;
    of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Exactly n digits off *s. */
static bool take_digits(struct slice *s, size_t n, int64_t max, int64_t *out)
{
    if (s->len < n || !number_parse_int(slice_first(*s, n), 0, max, out))
        return false;
    *s = slice_from(*s, n);
    return true;
}

static bool take_char(struct slice *s, char c)
{
    if (!s->len || s->ptr[0] != c)
        return false;
    *s = slice_from(*s, 1);
    return true;
}

/* "Z", "+02:00", "+0200" or nothing, in seconds east. */
static bool take_zone(struct slice s, int64_t *seconds)
{
    int64_t hours = 0, minutes = 0;
    bool west;

    *seconds = 0;
    if (!s.len || slice_is(s, "Z"))
        return true;
    west = s.ptr[0] == '-';
    if (!take_char(&s, '+') && !take_char(&s, '-'))
        return false;
    if (!take_digits(&s, 2, 23, &hours))
        return false;
    take_char(&s, ':');
    if (s.len && !take_digits(&s, 2, 59, &minutes))
        return false;
    *seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return !s.len;
}

/* Seconds since 1970 of a date (W3C's profile of ISO 8601) or of seconds written as a number. */
static bool read_date(struct slice s, double *out)
{
    int64_t y, mo = 1, d = 1, h = 0, mi = 0, sec = 0, east = 0, fraction = 0;
    double part = 0, scale = 0.1;

    if (number_parse_double(s, out) && s.len != 4)
        return isfinite(*out);
    if (!take_digits(&s, 4, 9999, &y) || (take_char(&s, '-') && !take_digits(&s, 2, 12, &mo)) ||
        (take_char(&s, '-') && !take_digits(&s, 2, 31, &d)))
        return false;
    if (take_char(&s, 'T') &&
        (!take_digits(&s, 2, 24, &h) || !take_char(&s, ':') || !take_digits(&s, 2, 59, &mi)))
        return false;
    if (take_char(&s, ':') && !take_digits(&s, 2, 60, &sec))
        return false;
    if (take_char(&s, '.'))
        for (; s.len && take_digits(&s, 1, 9, &fraction); scale /= 10)
            part += (double)fraction * scale;
    if (!take_zone(s, &east))
        return false;
    *out = (double)(days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec - east) + part;
    return true;
}

static bool same_binary(struct slice a, struct slice b)
{
    struct str x = STR_INIT, y = STR_INIT;
    bool same =
        base64_decode(&x, a) && base64_decode(&y, b) && slice_eq(slice_str(&x), slice_str(&y));

    str_done(&x);
    str_done(&y);
    return same;
}

static bool read_address(struct slice s, unsigned char out[16], int *family)
{
    char text[64];

    if (s.len >= sizeof text)
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    *family = strchr(text, ':') ? AF_INET6 : AF_INET;
    return inet_pton(*family, text, out) == 1;
}

/* Is the address in the range "a.b.c.d/n" (or that very address)? */
static bool in_range(struct slice address, struct slice range)
{
    unsigned char a[16] = {0}, b[16] = {0};
    size_t slash = slice_find(range, '/');
    int fa, fb;
    int64_t bits;

    if (!read_address(address, a, &fa) || !read_address(slice_first(range, slash), b, &fb) ||
        fa != fb)
        return false;
    bits = fa == AF_INET ? 32 : 128;
    if (slash < range.len && !number_parse_int(slice_from(range, slash + 1), 0, bits, &bits))
        return false;
    for (int64_t i = 0; i < bits; i++)
        if ((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1)
            return false;
    return true;
}

/* Field by field, so that a wildcard never reaches past a colon but in the last. */
static bool same_arn(struct slice compiled, struct slice arn)
{
    struct slice want[6], have[6];

    if (!policy_split_arn(compiled, want) || !policy_split_arn(arn, have))
        return false;
    for (int i = 0; i < 6; i++)
        if (!policy_glob(want[i], have[i], false))
            return false;
    return true;
}

static bool value_matches(const struct operator* op, struct slice policy, struct slice compiled,
                          struct slice value)
{
    double a, b;

    switch (op->family) {
    case STRING:
        return slice_eq(policy, value);
    case STRING_CASE:
        return policy.len == value.len && !strncasecmp(policy.ptr, value.ptr, value.len);
    case LIKE:
        return policy_glob(compiled, value, false);
    case NUMBER:
        return number_parse_double(value, &a) && number_parse_double(policy, &b) &&
               (compare(a, b) & op->accept);
    case DATE:
        return read_date(value, &a) && read_date(policy, &b) && (compare(a, b) & op->accept);
    case BOOL:
        return policy.len == value.len && !strncasecmp(policy.ptr, value.ptr, value.len);
    case BINARY:
        return same_binary(policy, value);
    case ADDRESS:
        return in_range(value, policy);
    case ARN:
        return same_arn(compiled, value);
    case NOTHING:
        break;
    }
    return false;
}

/* ---- a key against the policy's values ------------------------------- */

/* A policy value as text: strings, and bare true, false and numbers. */
static struct slice value_text(const struct json *j, char buf[NUMBER_MAX])
{
    switch (json_kind(j)) {
    case JSON_STRING:
        return slice_of(json_string(j, ""));
    case JSON_BOOL:
        return slice_of(json_bool(j, false) ? "true" : "false");
    case JSON_NUMBER:
        return (struct slice){buf, number_print_double(buf, json_number(j, 0))};
    default:
        return slice_of("");
    }
}

static bool one_matches(const struct operator* op, const struct json *policy_value,
                        struct slice value, const struct policy_request *r, bool variables)
{
    char buf[NUMBER_MAX];
    struct slice text = value_text(policy_value, buf);
    struct str compiled = STR_INIT, plain = STR_INIT;
    bool matches = policy_compile(&compiled, text, r, variables);

    if (matches) {
        /* What an operator without wildcards compares: the text with its variables filled in. */
        for (size_t i = 0; i < compiled.len; i++)
            str_putc(&plain, compiled.ptr[i] == 1   ? '*'
                             : compiled.ptr[i] == 2 ? '?'
                                                    : compiled.ptr[i]);
        matches = value_matches(op, slice_str(&plain), slice_str(&compiled), value);
    }
    str_done(&compiled);
    str_done(&plain);
    return matches;
}

static bool value_passes(const struct operator* op, const struct json *wanted, struct slice value,
                         const struct policy_request *r, bool variables)
{
    bool any = false;

    if (json_kind(wanted) != JSON_ARRAY)
        return one_matches(op, wanted, value, r, variables) != op->negated;
    for (const struct json *w = json_first(wanted); w && !any; w = json_next(w))
        any = one_matches(op, w, value, r, variables);
    return any != op->negated;
}

static bool null_holds(const struct json *wanted, const struct policy_key *key)
{
    char buf[NUMBER_MAX];
    const struct json *w = json_kind(wanted) == JSON_ARRAY ? json_first(wanted) : wanted;
    bool absent = !key || key->n == 0;

    for (; w; w = json_kind(wanted) == JSON_ARRAY ? json_next(w) : NULL)
        if (slice_is(value_text(w, buf), absent ? "true" : "false"))
            return true;
    return false;
}

static bool key_holds(const struct test *t, const char *name, const struct json *wanted,
                      const struct policy_request *r, bool variables)
{
    const struct policy_key *key = policy_find_key(r, slice_of(name));
    size_t passed = 0;

    if (t->op->family == NOTHING)
        return null_holds(wanted, key);
    if (!key || key->n == 0)
        return t->if_exists || t->quantifier == FOR_ALL ||
               (t->op->negated && t->quantifier == ONE_VALUE);
    for (size_t i = 0; i < key->n; i++)
        passed += value_passes(t->op, wanted, slice_of(key->values[i]), r, variables);
    return t->quantifier == FOR_ANY ? passed > 0 : passed == key->n;
}

bool policy_conditions_hold(const struct json *block, const struct policy_request *r,
                            bool variables)
{
    struct test t;

    for (const struct json *o = json_first(block); o; o = json_next(o)) {
        if (!test_parse(&t, json_key(o)))
            return false;
        for (const struct json *k = json_first(o); k; k = json_next(k))
            if (!key_holds(&t, json_key(k), k, r, variables))
                return false;
    }
    return true;
}

static bool is_scalar(const struct json *j)
{
    enum json_kind k = json_kind(j);

    return k == JSON_STRING || k == JSON_BOOL || k == JSON_NUMBER;
}

static enum lk_status check_values(const char *key, const struct json *wanted, struct lk_error *err)
{
    if (json_kind(wanted) != JSON_ARRAY && !is_scalar(wanted))
        return error_set(err, LK_EINPUT, "condition key '%s' has neither a value nor a list", key);
    if (json_kind(wanted) == JSON_ARRAY)
        for (const struct json *w = json_first(wanted); w; w = json_next(w))
            if (!is_scalar(w))
                return error_set(err, LK_EINPUT, "condition key '%s' lists what is no value", key);
    return LK_OK;
}

enum lk_status policy_check_conditions(const struct json *block, struct lk_error *err)
{
    enum lk_status st = LK_OK;
    struct test t;

    if (json_kind(block) != JSON_OBJECT)
        return error_set(err, LK_EINPUT, "Condition is not an object");
    for (const struct json *o = json_first(block); o && !st; o = json_next(o)) {
        if (!test_parse(&t, json_key(o)))
            return error_set(err, LK_EINPUT, "unknown condition operator '%s'", json_key(o));
        if (json_kind(o) != JSON_OBJECT)
            return error_set(err, LK_EINPUT, "operator '%s' has no keys", json_key(o));
        for (const struct json *k = json_first(o); k && !st; k = json_next(k))
            st = check_values(json_key(k), k, err);
    }
    return st;
}
