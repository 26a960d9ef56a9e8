/* labbook import: a notebook as a lesson. */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "book/notebook.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"name", "LESSON", "the lesson's folder name (default: the notebook's)", false, 0},
    {"book", "DIR", "the book (default: the folder you are in)", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static int run(const struct args *a, struct lk_error *err)
{
    const char *notebook = args_operand(a, 0), *name = args_get(a, "name");
    const char *book = args_get(a, "book");
    struct str folder = STR_INIT;
    enum lk_status st;

    if (args_count(a) != 1)
        return exit_for(error_set(err, LK_EUSE, "name one notebook"));
    if (name && (!path_is_inside(slice_of(name)) || strchr(name, '/')))
        return exit_for(error_set(err, LK_EUSE, "'%s' is no name for a lesson", name));
    str_printf(&folder, "%s/lessons/", book ? book : ".");
    if (name)
        str_puts(&folder, name);
    else
        str_add(&folder, path_name(notebook),
                strlen(path_name(notebook)) - strlen(path_extension(notebook)));
    st = notebook_import(notebook, folder.ptr, err);
    if (!st)
        printf("%s/lesson.md\n", folder.ptr);
    str_done(&folder);
    return exit_for(st);
}

const struct command command_book_import = {
    .name = "import",
    .summary = "make a lesson of a Jupyter notebook",
    .operands = "NOTEBOOK",
    .options = options,
    .details = "Notebooks that labbook export wrote come back as they were. Of others, Markdown "
               "becomes text, Lua code becomes labs with their outputs recorded, and code in other "
               "languages stays as code to read.",
    .example = "labbook import 01-what-you-will-build.ipynb --name 20-copy",
    .run = run,
};
