/* labbook reference: what a lab can call, from the one table of it. */
#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/reference_pages.h"
#include "lab/reference.h"

#include <string.h>

static const struct option options[] = {
    {"json", NULL, "everything as JSON, for editors", false, 0},
    {"markdown", NULL, "everything as Markdown, for the book", false, 0},
    {"configuration", NULL, "every setting as Markdown: the book, lessons, the environment", false,
     0},
    {"errors", NULL, "errors and their mending as Markdown", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static void put_library(struct str *out, const struct lab_library *l)
{
    str_printf(out, "%s: %s\n", l->name, l->summary);
    for (size_t i = 0; i < l->count; i++)
        str_printf(out, "  %s\n", l->entries[i].signature);
}

static enum lk_status unknown(const char *name, struct lk_error *err)
{
    const char *names[512];
    const char *near;
    size_t n = 0;

    for (const struct lab_library *const *l = lab_libraries(); *l; l++)
        for (size_t k = 0; k < (*l)->count && n < 512; k++)
            names[n++] = (*l)->entries[k].name;
    near = error_nearest(name, names, n);
    return near ? error_set(err, LK_EUSE, "there is no '%s'; did you mean '%s'?", name, near)
                : error_set(err, LK_EUSE, "there is no '%s'; 'labbook reference' lists all", name);
}

static enum lk_status put_named(struct str *out, const char *name, struct lk_error *err)
{
    const struct lab_entry *e = lab_entry_find(name);
    const struct lab_library *l = lab_library_find(name);

    if (e)
        reference_put_text(out, e);
    else if (l)
        put_library(out, l);
    else
        return unknown(name, err);
    return LK_OK;
}

static int run(const struct args *a, struct lk_error *err)
{
    const char *name = args_operand(a, 0);
    struct str out = STR_INIT;
    enum lk_status st = LK_OK;

    if (args_flag(a, "json"))
        reference_put_json(&out);
    else if (args_flag(a, "markdown"))
        reference_put_markdown(&out);
    else if (args_flag(a, "configuration"))
        reference_put_configuration(&out);
    else if (args_flag(a, "errors"))
        reference_put_errors(&out);
    else if (name)
        st = put_named(&out, name, err);
    else
        for (const struct lab_library *const *l = lab_libraries(); *l; l++)
            put_library(&out, *l);
    if (args_flag(a, "json"))
        str_putc(&out, '\n');
    if (!st)
        st = file_write("-", slice_str(&out), err);
    str_done(&out);
    return exit_for(st);
}

const struct command command_book_reference = {
    .name = "reference",
    .summary = "show what a lab step can call",
    .operands = "[NAME]",
    .options = options,
    .details =
        "NAME is a call (data.split, table:filter) or a library (xgb). Without it, all calls "
        "are listed.",
    .example = "$ labbook reference data.split\n"
               "$ labbook reference --markdown > reference.md",
    .run = run,
};
