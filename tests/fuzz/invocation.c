/* The body of POST /invocations; the first byte says its type. What is read is scored and printed.
 */
#include "container/internal.h"

#include <math.h>
#include <stdlib.h>

static struct container_models models;

/* Two features, one of them with words. */
static void make_model(void)
{
    static const char rows[] = "label,size,colour\n0,1,red\n1,2,blue\n0,1.5,red\n1,3,green\n";
    struct lk_train_options o = {.rounds = 2, .threads = 1};
    struct lk_matrix *x;

    models.model = calloc(1, sizeof *models.model);
    if (lk_matrix_parse(&x, rows, sizeof rows - 1, "rows", NULL, NULL) ||
        lk_train(models.model, x, NULL, &o, NULL))
        abort();
    lk_matrix_free(x);
    models.n = models.width = 1;
    models.features = 2;
    models.objective = lk_model_objective(models.model[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/csv", "text/libsvm", "application/jsonlines",
                                        "text/csv; charset=x"};
    struct container_answer a = {.selected = "predicted_score,probabilities,x"};
    struct slice body = {(const char *)data + 1, size - 1};
    struct str text = STR_INIT;
    struct lk_matrix *x;
    float *out;

    if (!models.model)
        make_model();
    if (size < 2 || size > 1 << 14 ||
        container_request_read(&x, types[data[0] % 4], body, &models, true, NULL))
        return 0;
    out = calloc(lk_matrix_rows(x) + 1, sizeof *out);
    if (!container_models_predict(&models, x, out, NULL)) {
        a.accept = (enum container_accept)(data[0] / 4 % 3);
        (void)!container_answer_print(&text, &a, &models, out, lk_matrix_rows(x), NULL);
    }
    str_done(&text);
    free(out);
    lk_matrix_free(x);
    return 0;
}
