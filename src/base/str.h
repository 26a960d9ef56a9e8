/*
 * Text: `struct slice` borrows bytes, `struct str` owns a growing buffer.
 *
 * Invariants of a str, from STR_INIT or str_init on:
 *   - ptr is never NULL and ptr[len] is '\0', so it can be read as a C string;
 *   - it may hold any bytes, zeros included;
 *   - cap is 0 while nothing was allocated (ptr is then a shared empty string).
 * A slice is not terminated and never owns.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
    const char *ptr;
    size_t len;
};

struct str {
    char *ptr;
    size_t len, cap;
};

extern char str_empty[];
#define STR_INIT                                                                                   \
    {                                                                                              \
        str_empty, 0, 0                                                                            \
    }

/* The life of a str: init, add, use, done. */
void str_init(struct str *s);
void str_done(struct str *s);  /* frees; s is empty and usable again */
void str_clear(struct str *s); /* keeps the memory */
void str_cut(struct str *s, size_t len);
/* The buffer itself (yours to free), leaving s empty. */
char *str_take(struct str *s, size_t *len);
/* Room for n more bytes; returns where they go. Set len with str_grew. */
char *str_room(struct str *s, size_t n);
void str_grew(struct str *s, size_t n);

void str_add(struct str *s, const void *ptr, size_t len);
void str_puts(struct str *s, const char *z);
void str_putc(struct str *s, char c);
void str_put(struct str *s, struct slice part);
void str_printf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void str_vprintf(struct str *s, const char *fmt, va_list args);
/* Text with & < > " ' as entities, fit for HTML and XML; control characters become U+FFFD. */
void str_put_html(struct str *s, struct slice text);
/* Text as a JSON string, quotes included; bytes that are not UTF-8 become U+FFFD. */
void str_put_json(struct str *s, struct slice text);
/* Percent-encoded as RFC 3986: A-Za-z0-9-._~ stay, and '/' where keep_slash. */
void str_put_url(struct str *s, struct slice text, bool keep_slash);

/* Slices. */
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
struct slice slice_of(const char *z); /* NULL gives the empty slice */
struct slice slice_str(const struct str *s);
bool slice_eq(struct slice a, struct slice b);
bool slice_is(struct slice a, const char *z);
bool slice_starts(struct slice a, const char *prefix);
bool slice_ends(struct slice a, const char *suffix);
struct slice slice_trim(struct slice a); /* spaces, tabs, CR, LF off both ends */
struct slice slice_from(struct slice a, size_t start);
struct slice slice_first(struct slice a, size_t n);
/* Where c first stands, or a.len. */
size_t slice_find(struct slice a, char c);
/* Cut the text up to the next `sep` off *rest into *part; false when *rest is used up. */
bool slice_split(struct slice *rest, char sep, struct slice *part);
/* The next line without its LF or CR LF. */
bool slice_line(struct slice *rest, struct slice *line);

/*
 * Read one UTF-8 character at *p (before end), move *p past it and return its
 * code point; an ill-formed byte moves one byte and gives 0xFFFD.
 */
uint32_t utf8_next(const char **p, const char *end);
void utf8_put(struct str *s, uint32_t code_point);
bool utf8_valid(struct slice text);

#endif
