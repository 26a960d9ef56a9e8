/*
 * CSV, field by field: RFC 4180 with any one-byte delimiter, LF or CR LF, and
 * spaces around unquoted fields ignored. Text must end with '\n'.
 */
#ifndef GBT_CSV_H
#define GBT_CSV_H

#include "base/str.h"

struct csv_field {
    struct slice
        value; /* without quotes and outer spaces; in scratch where it had doubled quotes */
    bool quoted;
    bool last;        /* of its record */
    const char *next; /* where the next field, or record, begins */
};

enum csv_outcome { CSV_OK, CSV_UNCLOSED, CSV_AFTER_QUOTE };

/* The field at p (before end, where end[-1] is '\n'). next stands at the trouble otherwise. */
enum csv_outcome csv_take(struct csv_field *out, const char *p, const char *end, char delimiter,
                          struct str *scratch);
/* Up to where does text hold whole records? 0 when not one is whole. */
size_t csv_whole_records(struct slice text, char delimiter);
/* The delimiter of the first record: the most frequent of , ; tab | outside quotes; ',' if none. */
char csv_guess_delimiter(struct slice text);

/* Is the first record a header? It is when some field has text and none is a number. */
bool csv_looks_like_header(struct slice text, char delimiter, struct str *scratch);
/* One field as it must be written: in quotes only where it could be misread without. */
void csv_put(struct str *out, struct slice field, char delimiter);

#endif
