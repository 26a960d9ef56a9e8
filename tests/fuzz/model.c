/* A model file of any kind; what is accepted must score and be written without harm. */
#include "base/str.h"
#include "gbt/model.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lk_model *m = NULL;
    struct lk_error err;
    struct str out = STR_INIT;

    if (size > 1 << 17 || lk_model_parse(&m, data, size, "input", &err) != LK_OK)
        return 0;
    for (int kind = LK_VALUE; kind <= LK_APPROX_CONTRIB; kind++) {
        struct lk_predict_options o = {.kind = (enum lk_predict_kind)kind, .threads = 1};
        size_t width = lk_predict_width(m, &o), features = lk_model_features(m);
        float *row, *answer;

        if (width > 1 << 16)
            continue;
        row = malloc((features + 1) * sizeof *row);
        answer = malloc((width + 1) * sizeof *answer);
        for (size_t i = 0; i < features; i++)
            row[i] = i % 3 ? (float)i : NAN;
        if (lk_predict(m, row, 1, features, &o, answer, &err) != LK_OK)
            err.line = 0;
        free(row);
        free(answer);
    }
    gbt_model_print(&out, m, size % 2 ? LK_JSON : LK_UBJSON);
    str_done(&out);
    lk_model_free(m);
    return 0;
}
