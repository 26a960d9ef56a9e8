/*
 * Ranges of a search, as text or as SageMaker's JSON: any input is a space or
 * an error with words, and whatever is proposed in a space lies in it.
 */
#include "base/mem.h"
#include "gbt/tune.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum lk_status read(struct tune_space *s, struct slice text, struct lk_error *err)
{
    struct json *ranges = NULL;
    enum lk_status st = LK_OK;

    if (text.len && text.ptr[0] == '{') {
        st = json_parse(&ranges, text, "ranges", err);
        if (!st)
            st = tune_add_json(s, ranges, err);
        json_free(ranges);
        return st;
    }
    for (struct slice line; !st && slice_line(&text, &line);) {
        char *z = mem_strndup(line.ptr, line.len);

        st = tune_add_text(s, z, err);
        free(z);
    }
    return st;
}

static void search(const struct tune_space *s, enum tune_strategy how)
{
    struct tune_search *search = tune_search_new(s, how, true, 1);
    size_t t;

    for (int i = 0; i < 12 && tune_ask(search, &t); i++) {
        for (size_t a = 0; a < s->n; a++) {
            double at;

            if (!tune_place(&s->axis[a], tune_value(search, t, a), &at) || !(at >= -1e-6) ||
                !(at <= 1 + 1e-6))
                abort(); /* a value that is not in its range */
        }
        tune_tell(search, t, i % 3 ? (double)i : -(double)i);
    }
    tune_search_free(search);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tune_space s = {0};
    struct lk_error err = {0};

    if (size > 4096)
        return 0;
    if (read(&s, (struct slice){(const char *)data, size}, &err)) {
        if (!err.text[0])
            abort(); /* an error without words */
    } else {
        for (enum tune_strategy how = TUNE_BAYESIAN; how <= TUNE_GRID; how++)
            search(&s, how);
    }
    tune_space_done(&s);
    return 0;
}
