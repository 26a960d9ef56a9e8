/*
 * Rows go through the same reader as for `labkit train`, so that a column by
 * name, a word that means missing, or a label of words mean the same on both
 * sides; numbers are written in the shortest form that reads back as the same
 * float, so that the same model comes of them.
 */
#include "cli/kit_aws_stage.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/number.h"
#include "gbt/matrix.h"
#include "gbt/rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum lk_status read_options(struct lk_read_options *r, const struct args *a,
                                   enum kit_stage_for what, struct lk_error *err)
{
    const char *delimiter = args_get(a, "delimiter"), *label = args_get(a, "label");
    bool score = what == KIT_STAGE_SCORE;

    *r = (struct lk_read_options){
        .format = args_get(a, "format"),
        .label = score ? NULL : label,
        .no_label = score,
        .weight = score ? NULL : args_get(a, "weight"),
        .ignore = args_get(a, "ignore"),
        .missing = args_get(a, "missing"),
        .header = args_flag(a, "no-header") ? -1 : 0,
    };
    if (delimiter && strcmp(delimiter, "tab") && strlen(delimiter) != 1)
        return error_set(err, LK_EUSE, "--delimiter is one character or 'tab', not '%s'",
                         delimiter);
    if (delimiter)
        r->delimiter = strcmp(delimiter, "tab") ? *delimiter : '\t';
    if (label && strchr(label, ','))
        return error_set(err, LK_EUSE, "SageMaker's XGBoost learns one label, not '%s'", label);
    return LK_OK;
}

/* To score, label and weights are left out as well; the text is yours. */
static char *left_out(const struct args *a)
{
    const char *parts[] = {args_get(a, "label"), args_get(a, "weight"), args_get(a, "ignore")};
    struct str s = STR_INIT;

    for (size_t i = 0; i < 3; i++)
        if (parts[i])
            str_printf(&s, "%s%s", s.len ? "," : "", parts[i]);
    return str_take(&s, NULL);
}

/* Would SageMaker read the file as we do? */
static enum lk_status is_plain(bool *out, const char *path, const struct lk_read_options *r,
                               struct lk_error *err)
{
    struct lk_read_options o = *r;
    struct gbt_rows *rows;
    enum lk_status st;

    *out = false;
    if (r->label || r->weight || r->missing || r->ignore)
        return LK_OK;
    o.no_label = true; /* the header alone is looked at */
    st = gbt_rows_open(&rows, path, &o, err);
    if (st)
        return st;
    *out = !gbt_rows_layout(rows)->header.len && gbt_rows_layout(rows)->delimiter == ',';
    gbt_rows_close(rows);
    return LK_OK;
}

static enum lk_status check_numbers(const struct lk_matrix *m, const char *path,
                                    struct lk_error *err)
{
    for (size_t c = 0; m->types && c < m->columns; c++) {
        char number[24];

        snprintf(number, sizeof number, "%zu", c);
        if (m->types[c] == GBT_CATEGORY && m->dictionaries[c].n)
            return error_at(err, LK_EINPUT, path, 0, 0,
                            "column %s has words ('%.40s'), and SageMaker's XGBoost reads numbers "
                            "only; leave it out with --ignore, or number its words",
                            m->names ? m->names[c] : number, m->dictionaries[c].words[0]);
    }
    return LK_OK;
}

static void put(struct str *s, float v, bool comma)
{
    if (comma)
        str_putc(s, ',');
    if (!isnan(v)) /* missing is empty */
        str_grew(s, number_print_float(str_room(s, NUMBER_MAX), v));
}

static enum lk_status write_rows(const struct lk_matrix *m, const char *path, struct lk_error *err)
{
    struct str line = STR_INIT;
    struct file_out f;
    enum lk_status st = file_out_open(&f, path, err);

    if (st)
        return st;
    for (size_t i = 0; i < m->rows; i++) {
        str_clear(&line);
        if (m->labels)
            put(&line, m->labels[i], false);
        if (m->weights)
            put(&line, m->weights[i], true);
        for (size_t c = 0; c < m->columns; c++)
            put(&line, m->values[i * m->columns + c], c || m->labels);
        str_putc(&line, '\n');
        fwrite(line.ptr, 1, line.len, f.stream); /* commit finds a failure */
    }
    str_done(&line);
    return file_out_commit(&f, err);
}

static void tell(const struct lk_matrix *m, const char *path)
{
    fprintf(stderr, "%s: %zu rows as SageMaker reads them: ", path, m->rows);
    fprintf(stderr, "%s%s%zu features, no header line\n", m->labels ? "label, " : "",
            m->weights ? "weight, " : "", m->columns);
    for (size_t i = 0; i < m->classes.n; i++)
        fprintf(stderr, "%s%zu = %s%s", i ? ", " : "the label's words are numbered: ", i,
                m->classes.words[i], i + 1 < m->classes.n ? "" : "\n");
}

static enum lk_status convert(struct kit_staged *out, const char *path,
                              const struct lk_read_options *r, struct lk_error *err)
{
    char *temp = NULL;
    struct lk_matrix *m;
    int fd = -1;
    enum lk_status st = lk_matrix_read(&m, path, r, err);

    if (st)
        return st;
    st = check_numbers(m, path, err);
    if (!st) {
        temp = path_join(path_temp_home(), "labkit-rows-XXXXXX");
        fd = mkstemp(temp);
        if (fd < 0)
            st = error_errno(err, "make", temp);
    }
    if (!st) {
        close(fd);
        out->path = temp;
        out->made = true;
        st = write_rows(m, temp, err);
    } else {
        free(temp);
    }
    if (!st)
        tell(m, path);
    lk_matrix_free(m);
    return st;
}

enum lk_status kit_stage(struct kit_staged *out, const struct args *a, const char *path,
                         enum kit_stage_for what, const char *content_type, struct lk_error *err)
{
    struct lk_read_options r;
    char *ignore = NULL;
    bool plain = content_type && !strstr(content_type, "csv");
    enum lk_status st = read_options(&r, a, what, err);

    *out = (struct kit_staged){0};
    if (!st && what == KIT_STAGE_SCORE) {
        ignore = left_out(a);
        r.ignore = *ignore ? ignore : NULL;
    }
    if (!st && !plain)
        st = is_plain(&plain, path, &r, err);
    if (!st && plain)
        out->path = mem_strdup(path);
    else if (!st)
        st = convert(out, path, &r, err);
    free(ignore);
    if (st)
        kit_stage_done(out);
    return st;
}

void kit_stage_done(struct kit_staged *s)
{
    if (s->made)
        (void)!file_remove(s->path, NULL);
    free(s->path);
    *s = (struct kit_staged){0};
}
