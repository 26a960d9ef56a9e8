/* CSV, from bytes: both ways of parsing find the same, numbers or error. */
#include "gbt/matrix.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lk_read_options o = {.threads = 1};
    struct lk_matrix *m[2] = {NULL, NULL};
    struct lk_error err[2] = {{0}, {0}};

    if (size < 1 || size > 64 * 1024)
        return 0;
    o.format = "csv";
    o.no_label = data[0] & 1;
    o.header = (data[0] >> 1) % 3 - 1;
    for (int way = 0; way < 2; way++) {
        way ? setenv("LABKIT_PORTABLE", "1", 1) : unsetenv("LABKIT_PORTABLE");
        (void)!lk_matrix_parse(&m[way], data + 1, size - 1, "fuzz", &o, &err[way]);
    }
    if (err[0].status != err[1].status || err[0].line != err[1].line ||
        err[0].column != err[1].column || strcmp(err[0].text, err[1].text))
        abort();
    if (m[0] && (m[0]->rows != m[1]->rows || m[0]->columns != m[1]->columns ||
                 (m[0]->rows && memcmp(m[0]->values, m[1]->values,
                                       m[0]->rows * m[0]->columns * sizeof *m[0]->values))))
        abort();
    lk_matrix_free(m[0]);
    lk_matrix_free(m[1]);
    return 0;
}
