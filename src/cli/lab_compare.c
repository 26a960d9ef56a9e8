/*
 * Two texts are walked side by side; where both stand at the start of a
 * number, the numbers are read and compared, else the bytes are.
 */
#include "cli/lab_compare.h"

#include "base/json.h"
#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { EXCERPT = 60 };

static bool is_compared(const char *kind)
{
    static const char *const kinds[] = {"text", "table", "plot", "metric", "file", "error"};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strcmp(kind, kinds[i]))
            return true;
    return false;
}

/* Text that came in two pieces is one when the stream is the same. */
static bool joins(const struct json *a, const struct json *b)
{
    return a && !strcmp(json_string(json_get(a, "kind"), ""), "text") &&
           !strcmp(json_string(json_get(b, "kind"), ""), "text") &&
           !strcmp(json_string(json_get(a, "stream"), ""), json_string(json_get(b, "stream"), ""));
}

static void put_text_event(struct str *out, const struct json *e, struct slice text)
{
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "step", json_string(json_get(e, "step"), ""));
    json_put_z(&w, "kind", "text");
    json_put_string(&w, "text", text);
    json_put_z(&w, "stream", json_string(json_get(e, "stream"), "out"));
    json_close(&w);
    str_putc(out, '\n');
}

void lab_keep_comparable(struct str *out, struct slice lines)
{
    struct json *held = NULL; /* a text event, not yet written */
    struct str text = STR_INIT;
    struct slice line;

    while (slice_line(&lines, &line)) {
        struct json *e = NULL;

        if (json_parse(&e, line, "event", NULL))
            continue;
        if (!is_compared(json_string(json_get(e, "kind"), ""))) {
            json_free(e);
            continue;
        }
        if (held && !joins(held, e)) {
            put_text_event(out, held, slice_str(&text));
            json_free(held);
            held = NULL;
            str_clear(&text);
        }
        if (!strcmp(json_string(json_get(e, "kind"), ""), "text")) {
            str_puts(&text, json_string(json_get(e, "text"), ""));
            if (held)
                json_free(e);
            else
                held = e;
            continue;
        }
        str_put(out, line);
        str_putc(out, '\n');
        json_free(e);
    }
    if (held)
        put_text_event(out, held, slice_str(&text));
    json_free(held);
    str_done(&text);
}

/* ---- comparing ----------------------------------------------------------- */

/* Length of the number that begins here, or 0; *value is what it says. */
static size_t number_here(const char *start, const char *p, double *value)
{
    size_t n = 0;
    bool digit = false;

    if (p > start && (isalnum((unsigned char)p[-1]) || p[-1] == '.' || p[-1] == '_'))
        return 0;
    if (p[n] == '-')
        n++;
    for (; isdigit((unsigned char)p[n]) || p[n] == '.'; n++)
        digit |= p[n] != '.';
    if (!digit)
        return 0;
    if ((p[n] == 'e' || p[n] == 'E') &&
        (isdigit((unsigned char)p[n + 1]) ||
         ((p[n + 1] == '-' || p[n + 1] == '+') && isdigit((unsigned char)p[n + 2]))))
        for (n += 2; isdigit((unsigned char)p[n]); n++)
            ;
    while (n && p[n - 1] == '.')
        n--;
    return number_parse_double((struct slice){p, n}, value) ? n : 0;
}

static bool near(double a, double b, double tolerance)
{
    double size = fabs(a) > fabs(b) ? fabs(a) : fabs(b);

    return a == b || fabs(a - b) <= tolerance * size;
}

/* Where the texts part, or NULL where they do not. */
static const char *part_of(const char *a, const char *b, double tolerance)
{
    const char *p = a, *q = b;

    while (*p || *q) {
        double x, y;
        size_t n = number_here(a, p, &x), m = number_here(b, q, &y);

        if (n && m) {
            if (!near(x, y, tolerance))
                return q;
            p += n;
            q += m;
        } else if (*p != *q) {
            return q;
        } else {
            p++;
            q++;
        }
    }
    return NULL;
}

/* What of an event is compared, as text. */
static void put_essence(struct str *out, const struct json *e)
{
    static const char *const keys[] = {"stream", "title",   "text", "name",
                                       "value",  "columns", "rows", "total"};

    str_printf(out, "%s", json_string(json_get(e, "kind"), ""));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct json *v = json_get(e, keys[i]);

        if (!v)
            continue;
        str_putc(out, ' ');
        if (json_kind(v) == JSON_STRING)
            str_puts(out, json_string(v, ""));
        else
            json_print(out, v, false);
    }
}

static bool same_event(struct slice recorded, struct slice found, double tolerance, struct str *why)
{
    struct json *a = NULL, *b = NULL;
    struct str x = STR_INIT, y = STR_INIT;
    const char *at = NULL;
    bool ok = !json_parse(&a, recorded, "recorded", NULL) && !json_parse(&b, found, "found", NULL);

    if (ok) {
        put_essence(&x, a);
        put_essence(&y, b);
        at = part_of(x.ptr, y.ptr, tolerance);
        if (at) {
            size_t offset = (size_t)(at - y.ptr), back = offset > 20 ? offset - 20 : 0;

            str_printf(why, "recorded \"%.*s\", now \"%.*s\"", EXCERPT,
                       x.len > back ? x.ptr + back : "", EXCERPT, y.ptr + back);
        }
    } else {
        str_puts(why, "the recorded output cannot be read");
    }
    json_free(a);
    json_free(b);
    str_done(&x);
    str_done(&y);
    return ok && !at;
}

bool lab_same_output(struct slice recorded, struct slice found, double tolerance, struct str *why)
{
    struct slice a, b;

    for (;;) {
        bool more_a = slice_line(&recorded, &a), more_b = slice_line(&found, &b);

        if (!more_a && !more_b)
            return true;
        if (more_a != more_b) {
            str_puts(why, more_a ? "something that was recorded does not come any more"
                                 : "something comes that was not recorded");
            return false;
        }
        if (!same_event(a, b, tolerance, why))
            return false;
    }
}
