/* Cutting CSV into records and fields: the plain way, for headers, text and odd fields. */
#include "gbt/csv.h"
#include "base/number.h"

#include <string.h>

static enum csv_outcome take_quoted(struct csv_field *out, const char *p, const char *end,
                                    struct str *scratch)
{
    const char *start = ++p, *quote;

    out->quoted = true;
    str_clear(scratch);
    for (;;) {
        quote = memchr(p, '"', (size_t)(end - p));
        if (!quote) {
            out->next = start - 1;
            return CSV_UNCLOSED;
        }
        if (quote + 1 == end || quote[1] != '"')
            break;
        str_add(scratch, p, (size_t)(quote + 1 - p)); /* one of the two */
        p = quote + 2;
    }
    if (scratch->len) {
        str_add(scratch, p, (size_t)(quote - p));
        out->value = slice_str(scratch);
    } else {
        out->value = (struct slice){start, (size_t)(quote - start)};
    }
    out->next = quote + 1;
    return CSV_OK;
}

enum csv_outcome csv_take(struct csv_field *out, const char *p, const char *end, char delimiter,
                          struct str *scratch)
{
    const char *start = p;
    enum csv_outcome outcome;

    while (*p == ' ' && delimiter != ' ')
        p++;
    *out = (struct csv_field){0};
    if (*p == '"') {
        outcome = take_quoted(out, p, end, scratch);
        p = out->next;
        if (outcome)
            return outcome;
        while (p < end && (*p == ' ' || *p == '\r') && *p != delimiter)
            p++;
        if (p == end || (*p != delimiter && *p != '\n')) {
            out->next = p;
            return CSV_AFTER_QUOTE;
        }
    } else {
        while (*p != delimiter && *p != '\n')
            p++;
        out->value = (struct slice){start, (size_t)(p - start)};
        if (delimiter != '\t' && delimiter != ' ')
            out->value = slice_trim(out->value);
        else if (out->value.len && p[-1] == '\r' && *p == '\n')
            out->value.len--;
    }
    out->last = *p == '\n';
    out->next = p + 1;
    return CSV_OK;
}

size_t csv_whole_records(struct slice text, char delimiter)
{
    const char *p = text.ptr, *end = p + text.len, *whole = p, *newline;
    bool start = true, quoted = false;

    if (!text.len)
        return 0;
    if (!memchr(p, '"', text.len)) {
        newline = memrchr(p, '\n', text.len);
        return newline ? (size_t)(newline + 1 - p) : 0;
    }
    for (; p < end; p++) {
        if (quoted) {
            quoted = *p != '"'; /* a doubled quote closes and opens again */
            start = !quoted;
        } else if (*p == '"' && start) {
            quoted = true;
        } else {
            start = *p == delimiter || *p == '\n' || (start && *p == ' ');
            if (*p == '\n')
                whole = p + 1;
        }
    }
    return (size_t)(whole - text.ptr);
}

char csv_guess_delimiter(struct slice text)
{
    static const char candidates[] = ",;\t|";
    size_t count[4] = {0}, best = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.len && (quoted || text.ptr[i] != '\n'); i++) {
        const char *c = memchr(candidates, text.ptr[i], 4);

        quoted ^= text.ptr[i] == '"';
        if (c && !quoted)
            count[c - candidates]++;
    }
    for (size_t i = 1; i < 4; i++)
        if (count[i] > count[best])
            best = i;
    return candidates[best];
}

bool csv_looks_like_header(struct slice text, char delimiter, struct str *scratch)
{
    const char *p = text.ptr, *end = p + text.len;
    struct csv_field f;
    double number;
    bool any = false;

    do {
        if (csv_take(&f, p, end, delimiter, scratch) || number_parse_double(f.value, &number))
            return false;
        any |= f.value.len > 0;
        p = f.next;
    } while (!f.last);
    return any;
}

void csv_put(struct str *out, struct slice field, char delimiter)
{
    bool quote = field.len && (field.ptr[0] == ' ' || field.ptr[field.len - 1] == ' ');

    for (size_t i = 0; !quote && i < field.len; i++)
        quote = field.ptr[i] == delimiter || field.ptr[i] == '"' || field.ptr[i] == '\n' ||
                field.ptr[i] == '\r';
    if (!quote) {
        str_put(out, field);
        return;
    }
    str_putc(out, '"');
    for (size_t i = 0; i < field.len; i++) {
        if (field.ptr[i] == '"')
            str_putc(out, '"');
        str_putc(out, field.ptr[i]);
    }
    str_putc(out, '"');
}
