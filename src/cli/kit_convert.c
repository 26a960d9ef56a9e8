/* labkit convert: any model file that can be read, written again in another format. */
#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "gbt/model.h"

#include <string.h>

static const struct option options[] = {
    {"model", "FILE", "the model to read: JSON, UBJSON, old binary, pickle or model.tar.gz", false,
     'm'},
    {"out", "FILE", "the file to write", false, 'o'},
    {"to", "FORMAT", "json, ubj or binary (default: by the ending of --out, else json)", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static enum lk_status get_format(const struct args *a, enum lk_model_format *out,
                                 struct lk_error *err)
{
    const char *word = args_get(a, "to");

    if (!word)
        word = !strcmp(path_extension(args_get(a, "out")), ".ubj") ? "ubj" : "json";
    if (strcmp(word, "json") && strcmp(word, "ubj") && strcmp(word, "binary"))
        return error_set(err, LK_EUSE, "--to is json, ubj or binary, not '%s'", word);
    *out = *word == 'j' ? LK_JSON : *word == 'u' ? LK_UBJSON : LK_BINARY;
    return LK_OK;
}

static int run(const struct args *a, struct lk_error *err)
{
    struct lk_model *m = NULL;
    enum lk_model_format format = LK_JSON;
    enum lk_status st;

    (void)((st = args_need(a, "model", err)) || (st = args_need(a, "out", err)) ||
           (st = get_format(a, &format, err)) ||
           (st = lk_model_read(&m, args_get(a, "model"), err)) ||
           (st = lk_model_write(m, args_get(a, "out"), format, err)));
    lk_model_free(m);
    return exit_for(st);
}

const struct command command_kit_convert = {
    .name = "convert",
    .summary = "rewrite a model file as JSON, UBJSON or the old binary format",
    .options = options,
    .details =
        "What is written, XGBoost 1.7 and every later version reads, and predicts the same.\n"
        "Old binary files and pickles, which XGBoost 3.1 no longer reads, are read here. --to "
        "binary writes the old format, which 1.0 to 3.0 read: no categories, no names of "
        "features.",
    .example = "labkit convert --model xgboost-model --out model.json\n"
               "labkit convert --model model.tar.gz --out model.ubj",
    .run = run,
};
