/* Reading and training options into what the library takes. */
#include "cli/reading.h"
#include "base/file.h"
#include "base/mem.h"
#include "gbt/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum lk_status read_delimiter(const struct args *a, char *out, struct lk_error *err)
{
    const char *text = args_get(a, "delimiter");

    if (!text)
        return LK_OK;
    if (!strcmp(text, "tab") || !strcmp(text, "\\t"))
        *out = '\t';
    else if (strlen(text) == 1)
        *out = *text;
    else
        return error_set(err, LK_EUSE, "--delimiter is one character or 'tab', not '%s'", text);
    return LK_OK;
}

enum lk_status reading_options(struct lk_read_options *out, const struct args *a, int threads,
                               struct lk_error *err)
{
    *out = (struct lk_read_options){
        .format = args_get(a, "format"),
        .label = args_get(a, "label"),
        .weight = args_get(a, "weight"),
        .query = args_get(a, "query"),
        .base_margin = args_get(a, "base-margin"),
        .lower = args_get(a, "lower"),
        .upper = args_get(a, "upper"),
        .ignore = args_get(a, "ignore"),
        .missing = args_get(a, "missing"),
        .header = args_flag(a, "no-header") ? -1 : 0,
        .threads = threads,
    };
    return read_delimiter(a, &out->delimiter, err);
}

enum lk_status training_params(struct lk_params *p, const struct args *a, struct lk_error *err)
{
    enum lk_status st = LK_OK;
    const char *one;

    for (size_t i = 0; !st && (one = args_nth(a, "set", i)); i++) {
        const char *eq = strchr(one, '=');
        char *name;

        if (!eq || eq == one)
            return error_set(err, LK_EUSE, "--set wants NAME=VALUE, not '%s'", one);
        name = mem_strndup(one, (size_t)(eq - one));
        st = lk_params_set(p, name, eq + 1, err);
        free(name);
    }
    return st;
}

enum lk_status training_target(const char *path, const char *option, struct lk_error *err)
{
    char *folder = path_folder(path);
    enum lk_status st = LK_OK;

    if (!strcmp(path, "-"))
        st = error_set(err, LK_EUSE, "--%s is a file, not '-'", option);
    else if (file_stat(folder).kind != FILE_FOLDER)
        st = error_set(err, LK_EIO, "cannot write %s: there is no folder %s", path, folder);
    else if (file_stat(path).kind == FILE_FOLDER)
        st = error_set(err, LK_EIO, "cannot write %s: Is a directory", path);
    free(folder);
    return st;
}

enum lk_status training_memory(const char *path, const struct lk_params *p, int threads,
                               struct lk_error *err)
{
    struct file_info info = file_stat(path);
    unsigned char head[1 << 16];
    size_t n, lines = 0, commas = 0, used = 0;
    double rows, columns;
    FILE *f;

    if (info.kind != FILE_REGULAR || info.size < 1 << 24 || !(f = fopen(path, "rb")))
        return LK_OK; /* small, a pipe, or a failure that reading will report */
    n = fread(head, 1, sizeof head, f);
    fclose(f);
    if (n > 2 && head[0] == 0x1f && head[1] == 0x8b)
        return LK_OK; /* gzip: what it holds cannot be told */
    for (size_t i = 0; i < n; i++) {
        commas += !lines && strchr(",;\t|", head[i]) && head[i];
        if (head[i] == '\n') {
            lines++;
            used = i + 1;
        }
    }
    if (!lines || !commas)
        return LK_OK;
    rows = (double)info.size / ((double)used / (double)lines);
    columns = (double)commas + 1;
    return gbt_memory_check(rows * columns * sizeof(float) +
                                gbt_train_memory((size_t)rows, (size_t)columns, 1, p, threads),
                            (size_t)rows, (size_t)columns, err);
}

void training_notes(const struct lk_params *p)
{
    struct str s = STR_INIT;

    gbt_params_notes(&s, p);
    fputs(s.ptr, stderr);
    str_done(&s);
}
