/* Between the two ways of parsing a piece of CSV. */
#ifndef GBT_CSV_INTERNAL_H
#define GBT_CSV_INTERNAL_H

#include "gbt/csv.h"
#include "gbt/read.h"

/* One field the general way: moves *p past it, tells whether it is its record's last. */
enum lk_status csv_parse_field(const struct read_plan *plan, struct read_piece *b, size_t column,
                               const char **p, bool *last);
/* The error of a record on `line` whose fields up to `at` are `columns`, not as many as there
 * should be. */
enum lk_status csv_parse_ragged(const struct read_plan *plan, struct read_piece *b,
                                const char *line, const char *at, size_t columns);
/* The plain number at p into *out; what follows it, or NULL when the general way must look. */
const char *csv_parse_number(const char *p, float *out);

#ifdef __x86_64__
/* csv_parse_piece for a piece without quotes, on a processor that has AVX2. */
enum lk_status csv_parse_avx2(const struct read_plan *plan, struct read_piece *b);
#endif

#endif
