/*
 * The job in small: a folder as SageMaker would make it, with the first rows
 * of each channel, and `labkit train --root` on it for three rounds. So what
 * is checked is what will happen: content types, header lines, columns of
 * words, labels, hyperparameters, their combinations.
 */
#include "cli/kit_aws_check.h"

#include "base/child.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_LINES = 10000, SAMPLE_BYTES = 16 << 20, REASON_MAX = 4096 };
static const char ROUNDS[] = "3";

/* "<root>/<below>", its folder made; yours to free. */
static enum lk_status place(char **out, const char *root, const char *below, struct lk_error *err)
{
    char *folder;
    enum lk_status st;

    *out = path_join(root, below);
    folder = path_folder(*out);
    st = file_mkdirs(folder, err);
    free(folder);
    return st;
}

static enum lk_status write_text(const char *root, const char *below, struct slice text,
                                 struct lk_error *err)
{
    char *path;
    enum lk_status st = place(&path, root, below, err);

    if (!st)
        st = file_write(path, text, err);
    free(path);
    return st;
}

/* The first lines of a file. */
static enum lk_status write_sample(const char *root, const char *below, const char *from,
                                   struct lk_error *err)
{
    FILE *in = fopen(from, "re");
    struct str text = STR_INIT;
    size_t lines = 0;
    enum lk_status st;
    int c;

    if (!in)
        return error_errno(err, "open", from);
    while (lines < SAMPLE_LINES && text.len < SAMPLE_BYTES && (c = getc(in)) != EOF) {
        str_putc(&text, (char)c);
        lines += c == '\n';
    }
    fclose(in);
    st = write_text(root, below, slice_str(&text), err);
    str_done(&text);
    return st;
}

/* Those that will be sent, but for the rounds. */
static enum lk_status write_parameters(const struct kit_check *k, const char *root,
                                       struct lk_error *err)
{
    struct str text = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    for (const struct json *p = json_first(k->parameters); p; p = json_next(p))
        if (strcmp(json_key(p), "num_round"))
            json_put_tree(&w, json_key(p), p);
    json_put_z(&w, "num_round", ROUNDS);
    json_close(&w);
    st = write_text(root, "opt/ml/input/config/hyperparameters.json", slice_str(&text), err);
    str_done(&text);
    return st;
}

static enum lk_status write_channels(const struct kit_check *k, const char *root,
                                     struct lk_error *err)
{
    struct str text = STR_INIT;
    struct json_out w;
    enum lk_status st;

    json_begin(&w, &text, false);
    json_open(&w, NULL, '{');
    for (int i = 0; i < (k->valid ? 2 : 1); i++) {
        json_open(&w, i ? "validation" : "train", '{');
        json_put_z(&w, "ContentType", k->content_type ? k->content_type : "text/csv");
        json_put_z(&w, "TrainingInputMode", "File");
        json_close(&w);
    }
    json_close(&w);
    st = write_text(root, "opt/ml/input/config/inputdataconfig.json", slice_str(&text), err);
    str_done(&text);
    if (!st)
        st = write_sample(root, "opt/ml/input/data/train/rows", k->train, err);
    if (!st && k->valid)
        st = write_sample(root, "opt/ml/input/data/validation/rows", k->valid, err);
    return st;
}

/* What the container wrote, with our folder's name taken out of it. */
static enum lk_status tell_reason(const char *root, struct lk_error *err)
{
    char *path = path_join(root, "opt/ml/output/failure"), *at;
    struct str text = STR_INIT;

    if (file_read(&text, path, REASON_MAX, NULL))
        str_puts(&text, "the trainer ended without a reason");
    free(path);
    while ((at = strstr(text.ptr, root))) {
        size_t n = strlen(root);

        memmove(at, at + n, strlen(at + n) + 1);
        str_cut(&text, text.len - n);
    }
    error_set(err, LK_ECHECK, "the local check failed and nothing was sent: %s", text.ptr);
    str_done(&text);
    return LK_ECHECK;
}

static enum lk_status run(const struct kit_check *k, const char *root, struct lk_error *err)
{
    char *self = path_self();
    const char *argv[] = {
        self, "train", "--root", root, k->version ? "--image-version" : NULL, k->version, NULL};
    struct child_spec spec = {.argv = argv, .pipe_out = true, .pipe_err = true};
    struct child child;
    int code = 1;
    enum lk_status st = child_start(&child, &spec, err);

    if (!st) { /* what it prints are a few lines; a pipe holds them */
        child_wait(&child, -1, &code);
        child_close(&child);
    }
    free(self);
    if (!st && code)
        return tell_reason(root, err);
    if (!st)
        fprintf(stderr, "the local check passed: %s rounds on the first rows\n", ROUNDS);
    return st;
}

enum lk_status kit_check_run(const struct kit_check *k, struct lk_error *err)
{
    char *root = path_join(path_temp_home(), "labkit-check-XXXXXX");
    enum lk_status st;

    if (!mkdtemp(root)) {
        st = error_errno(err, "make", root);
        free(root);
        return st;
    }
    st = write_parameters(k, root, err);
    if (!st)
        st = write_channels(k, root, err);
    if (!st)
        st = run(k, root, err);
    (void)!file_remove(root, NULL);
    free(root);
    return st;
}
