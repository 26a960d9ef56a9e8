/* Pipelines: a definition is read or refused with words; what was read can be resolved. */
#include "cloud/pipeline.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void resolve_all(const struct pipeline *p)
{
    const struct json **results = mem_calloc(p->steps, sizeof *results);
    struct pipeline_values v = {
        .pipeline = p, .results = results, .id = "abcdefghijkl", .pipeline_name = "p"};
    bool holds;

    for (size_t i = 0; i < p->steps; i++) {
        struct str text = STR_INIT;
        struct json *back = NULL;
        struct lk_error err = {0};

        if (!pipeline_resolve(&text, &v, p->step[i].arguments, &err)) {
            if (json_parse(&back, slice_str(&text), "resolved", &err))
                abort();                       /* what comes out is no JSON */
            results[i] = p->step[i].arguments; /* the next may refer to it */
        } else if (!err.text[0]) {
            abort();
        }
        (void)!pipeline_condition(&holds, &v, json_get(p->step[i].arguments, "Conditions"), &err);
        json_free(back);
        str_done(&text);
    }
    free(results);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pipeline *p = NULL;
    struct lk_error err = {0};

    if (size > 64 * 1024)
        return 0;
    if (!pipeline_parse(&p, (struct slice){(const char *)data, size}, &err))
        resolve_all(p);
    else if (!err.text[0])
        abort();
    pipeline_free(p);
    return 0;
}
