/* labkit data: look at a file of data, cut it in two, draw a sample, or make some up. */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/number.h"
#include "cli/command.h"
#include "gbt/generate.h"
#include "gbt/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the four share -------------------------------------------------- */

static enum lk_status one_operand(const struct args *a, struct lk_error *err)
{
    if (args_count(a) != 1)
        return error_set(err, LK_EUSE, "expected one FILE ('-' for stdin), found %zu",
                         args_count(a));
    return LK_OK;
}

static enum lk_status get_delimiter(const struct args *a, char *out, struct lk_error *err)
{
    const char *text = args_get(a, "delimiter");

    *out = 0;
    if (!text)
        return LK_OK;
    if (!strcmp(text, "\\t") || !strcmp(text, "tab"))
        *out = '\t';
    else if (strlen(text) == 1 && !strchr("\"\r\n.-+", *text))
        *out = *text;
    else
        return error_set(err, LK_EUSE, "--delimiter is one character or 'tab', not '%s'", text);
    return LK_OK;
}

/* The operand's table. */
static enum lk_status get_table(struct table **out, const struct args *a, struct lk_error *err)
{
    char delimiter = 0;
    enum lk_status st = one_operand(a, err);

    *out = NULL;
    if (!st)
        st = get_delimiter(a, &delimiter, err);
    return st ? st : table_read(out, args_operand(a, 0), delimiter, err);
}

static enum lk_status get_share(const struct args *a, const char *name, double otherwise,
                                double *out, struct lk_error *err)
{
    const char *text = args_get(a, name);

    *out = otherwise;
    if (text && (!number_parse_double(slice_of(text), out) || !(*out >= 0 && *out <= 1)))
        return error_set(err, LK_EUSE, "--%s is a share from 0 to 1, not '%s'", name, text);
    return LK_OK;
}

static const char *or_stdout(const char *path)
{
    return path ? path : "-";
}

/* ---- describe --------------------------------------------------------------- */

static const struct option describe_options[] = {
    {"delimiter", "CHAR", "between fields; 'tab' for a tab (default: told by the first line)",
     false, 0},
    {"json", NULL, "print JSON", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static void put_json(struct json_out *w, const struct table *t, size_t c)
{
    struct table_summary s = table_describe(t, c);
    bool numbers = t->column[c].type == TABLE_NUMBER;

    json_open(w, NULL, '{');
    json_put_z(w, "name", t->column[c].name);
    json_put_z(w, "type", numbers ? "number" : "text");
    json_put_int(w, "missing", (int64_t)s.missing);
    json_put_int(w, "distinct", (int64_t)s.distinct);
    if (numbers) {
        json_put_number(w, "mean", s.mean);
        json_put_number(w, "deviation", s.deviation);
        json_put_number(w, "min", s.min);
        json_put_number(w, "quarter", s.quarter);
        json_put_number(w, "median", s.median);
        json_put_number(w, "three_quarters", s.three_quarters);
        json_put_number(w, "max", s.max);
    } else {
        json_put_z(w, "top", s.top);
        json_put_int(w, "top_count", (int64_t)s.top_count);
    }
    json_close(w);
}

static void print_json(struct str *out, const struct table *t)
{
    struct json_out w;

    json_begin(&w, out, true);
    json_open(&w, NULL, '{');
    json_put_int(&w, "rows", (int64_t)t->rows);
    json_open(&w, "columns", '[');
    for (size_t c = 0; c < t->columns; c++)
        put_json(&w, t, c);
    json_close(&w);
    json_close(&w);
    str_putc(out, '\n');
}

/* How many characters the text takes on a terminal, near enough: its code points. */
static int shown(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void print_text(struct str *out, const struct table *t)
{
    int width = 6;

    for (size_t c = 0; c < t->columns; c++)
        if (shown(t->column[c].name) > width && shown(t->column[c].name) <= 32)
            width = shown(t->column[c].name);
    str_printf(out, "%zu rows, %zu columns\n\n%-*s  type    missing  distinct  %s\n", t->rows,
               t->columns, width, "column", "min / median / max (mean), or the most frequent word");
    for (size_t c = 0; c < t->columns; c++) {
        struct table_summary s = table_describe(t, c);
        const char *name = t->column[c].name;
        int pad = width - shown(name);

        str_printf(out, "%s%*s  %-6s  %7zu  %8zu  ", name, pad > 0 ? pad : 0, "",
                   t->column[c].type == TABLE_NUMBER ? "number" : "text", s.missing, s.distinct);
        if (t->column[c].type == TABLE_NUMBER && s.distinct)
            str_printf(out, "%.6g / %.6g / %.6g (%.6g)", s.min, s.median, s.max, s.mean);
        else if (s.top)
            str_printf(out, "%s (%zu)", s.top, s.top_count);
        str_putc(out, '\n');
    }
}

static int run_describe(const struct args *a, struct lk_error *err)
{
    struct table *t;
    struct str out = STR_INIT;
    enum lk_status st = get_table(&t, a, err);

    if (st)
        return exit_for(st);
    if (args_flag(a, "json"))
        print_json(&out, t);
    else
        print_text(&out, t);
    st = file_write("-", slice_str(&out), err);
    str_done(&out);
    table_free(t);
    return exit_for(st);
}

const struct command command_kit_data_describe = {
    .name = "data describe",
    .summary = "say what is in each column of a file",
    .operands = "FILE",
    .options = describe_options,
    .details = "Reads CSV or JSON lines, gzipped or not. A column is text if a word stands in it.",
    .example = "$ labkit data describe lessons/data/penguins.csv",
    .run = run_describe,
};

/* ---- split -------------------------------------------------------------------- */

static const struct option split_options[] = {
    {"first", "OUT", "file for the first part", false, 0},
    {"second", "OUT", "file for the rest", false, 0},
    {"share", "S", "how much goes to the first part, 0 to 1 (default 0.8)", false, 0},
    {"stratify", "COL", "keep this column's proportions in both parts", false, 0},
    {"seed", "N", "another seed, another split (default 1)", false, 0},
    {"no-header", NULL, "write no header lines, as SageMaker's XGBoost wants it", false, 0},
    {"delimiter", "CHAR", "between the fields of FILE", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static int run_split(const struct args *a, struct lk_error *err)
{
    struct table *t = NULL, *first = NULL, *second = NULL;
    const char *column = args_get(a, "stratify");
    size_t stratify = SIZE_MAX;
    double share;
    int64_t seed;
    enum lk_status st;

    (void)((st = args_need(a, "first", err)) || (st = args_need(a, "second", err)) ||
           (st = get_share(a, "share", 0.8, &share, err)) ||
           (st = args_int(a, "seed", 1, 0, INT64_MAX, &seed, err)) ||
           (st = get_table(&t, a, err)) ||
           (st = column ? table_find(t, column, &stratify, err) : LK_OK));
    if (!st) {
        table_split(&first, &second, t, share, stratify, (uint64_t)seed);
        st = table_write(first, args_get(a, "first"), !args_flag(a, "no-header"), err);
    }
    if (!st)
        st = table_write(second, args_get(a, "second"), !args_flag(a, "no-header"), err);
    if (!st)
        fprintf(stderr, "%zu rows to %s, %zu rows to %s\n", first->rows, args_get(a, "first"),
                second->rows, args_get(a, "second"));
    table_free(first);
    table_free(second);
    table_free(t);
    return exit_for(st);
}

const struct command command_kit_data_split = {
    .name = "data split",
    .summary = "cut a file into two at random, to train on one and judge on the other",
    .operands = "FILE",
    .options = split_options,
    .details = "Rows keep their order. The same seed and file always give the same parts.",
    .example = "$ labkit data split lessons/data/breast-cancer.csv --stratify malignant \\\n"
               "    --first train.csv --second test.csv",
    .run = run_split,
};

/* ---- sample --------------------------------------------------------------------- */

static const struct option sample_options[] = {
    {"rows", "N", "how many (required)", false, 0},
    {"out", "OUT", "where to (default: stdout)", false, 'o'},
    {"seed", "N", "another seed, another sample (default 1)", false, 0},
    {"no-header", NULL, "write no header line", false, 0},
    {"delimiter", "CHAR", "between the fields of FILE", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static int run_sample(const struct args *a, struct lk_error *err)
{
    struct table *t = NULL, *sample;
    int64_t rows, seed;
    enum lk_status st;

    (void)((st = args_need(a, "rows", err)) ||
           (st = args_int(a, "rows", 0, 0, TABLE_MAX_ROWS, &rows, err)) ||
           (st = args_int(a, "seed", 1, 0, INT64_MAX, &seed, err)) || (st = get_table(&t, a, err)));
    if (!st) {
        sample = table_sample(t, (size_t)rows, (uint64_t)seed);
        st = table_write(sample, or_stdout(args_get(a, "out")), !args_flag(a, "no-header"), err);
        table_free(sample);
    }
    table_free(t);
    return exit_for(st);
}

const struct command command_kit_data_sample = {
    .name = "data sample",
    .summary = "draw rows at random, without replacement, in the file's order",
    .operands = "FILE",
    .options = sample_options,
    .example = "$ labkit data sample lessons/data/birdstrikes.csv --rows 5",
    .run = run_sample,
};

/* ---- generate --------------------------------------------------------------------- */

static const struct option generate_options[] = {
    {"rows", "N", "how many rows (default 1000)", false, 0},
    {"columns", "N", "how many features (default 10)", false, 0},
    {"kind", "KIND", "of the label: binary, classes or number (default binary)", false, 0},
    {"classes", "N", "with --kind classes: how many (default 3)", false, 0},
    {"missing", "S", "share of values left out, 0 to 1 (default 0)", false, 0},
    {"seed", "N", "another seed, other data (default 1)", false, 0},
    {"no-header", NULL, "write no header line", false, 0},
    {"out", "OUT", "where to (default: stdout)", false, 'o'},
    {NULL, NULL, NULL, false, 0},
};

struct recipe {
    int64_t rows, seed;
    struct gbt_recipe row;
};

static enum lk_status get_recipe(struct recipe *r, const struct args *a, struct lk_error *err)
{
    const char *kind = args_get(a, "kind");
    enum lk_status st;

    (void)((st = args_int(a, "rows", 1000, 1, INT64_MAX, &r->rows, err)) ||
           (st = args_int(a, "columns", 10, 1, GBT_MAX_COLUMNS - 1, &r->row.columns, err)) ||
           (st = args_int(a, "classes", 3, 2, GBT_MAX_CLASSES, &r->row.classes, err)) ||
           (st = args_int(a, "seed", 1, 0, INT64_MAX, &r->seed, err)) ||
           (st = get_share(a, "missing", 0, &r->row.missing, err)));
    if (st)
        return st;
    if (args_count(a))
        return error_set(err, LK_EUSE, "unexpected '%s'", args_operand(a, 0));
    if (!kind || !strcmp(kind, "binary"))
        r->row.kind = GBT_LABEL_BINARY;
    else if (!strcmp(kind, "classes"))
        r->row.kind = GBT_LABEL_CLASSES;
    else if (!strcmp(kind, "number"))
        r->row.kind = GBT_LABEL_NUMBER;
    else
        return error_set(err, LK_EUSE, "--kind is binary, classes or number, not '%s'", kind);
    return LK_OK;
}

static void put_row(struct str *out, const struct recipe *r, double *x, uint64_t *state)
{
    char text[NUMBER_MAX];
    double label = gbt_generate_row(&r->row, x, state);

    str_add(out, text, number_print_float(text, (float)label));
    for (int64_t c = 0; c < r->row.columns; c++) {
        str_putc(out, ',');
        if (!isnan(x[c]))
            str_add(out, text, number_print_float(text, (float)x[c]));
    }
    str_putc(out, '\n');
}

static int run_generate(const struct args *a, struct lk_error *err)
{
    struct recipe r = {0};
    struct str text = STR_INIT;
    struct file_out f;
    uint64_t state;
    double *x;
    enum lk_status st = get_recipe(&r, a, err);

    if (!st)
        st = file_out_open(&f, or_stdout(args_get(a, "out")), err);
    if (st)
        return exit_for(st);
    state = (uint64_t)r.seed;
    x = mem_calloc((size_t)r.row.columns, sizeof *x);
    if (!args_flag(a, "no-header")) {
        str_puts(&text, "label");
        for (int64_t c = 0; c < r.row.columns; c++)
            str_printf(&text, ",x%lld", (long long)c);
        str_putc(&text, '\n');
    }
    for (int64_t i = 0; i < r.rows && !ferror(f.stream); i++) {
        put_row(&text, &r, x, &state);
        if (text.len > 1 << 16 || i + 1 == r.rows) {
            fwrite(text.ptr, 1, text.len, f.stream); /* commit finds a failure */
            str_clear(&text);
        }
    }
    free(x);
    str_done(&text);
    return exit_for(file_out_commit(&f, err));
}

const struct command command_kit_data_generate = {
    .name = "data generate",
    .summary = "make up data that a model can learn from",
    .options = generate_options,
    .details = "Features are normally distributed. The label depends on the first five of them, in "
               "part by a product and a bend, and has noise.",
    .example = "$ labkit data generate --rows 100000 --columns 20 --out made-up.csv\n"
               "$ labkit data generate --kind classes --classes 4 | head -n 3",
    .run = run_generate,
};
