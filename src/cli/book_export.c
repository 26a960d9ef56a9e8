/* labbook export: a lesson as a notebook, as plain Markdown, or as one HTML page. */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "book/notebook.h"
#include "book/site.h"
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"to", "FORMAT", "ipynb (default), md, or html", false, 0},
    {"out", "FILE", "where to write (default: the lesson's name; - is stdout)", false, 'o'},
    {NULL, NULL, NULL, false, 0},
};

static enum lk_status print_lesson(struct str *out, const char *format, const char *folder,
                                   struct lk_error *err)
{
    struct lesson *l = NULL;
    enum lk_status st = lesson_read(&l, folder, err);

    if (!st && !strcmp(format, "ipynb"))
        st = notebook_print(out, l, err);
    else if (!st && !strcmp(format, "html"))
        st = site_single(out, l, err);
    else if (!st)
        str_printf(out, "# %s\n\n%s\n%s", l->title, l->summary, l->markdown);
    lesson_free(l);
    return st;
}

static int run(const struct args *a, struct lk_error *err)
{
    const char *format = args_get(a, "to"), *out = args_get(a, "out");
    struct str text = STR_INIT, name = STR_INIT;
    struct file_out file = {NULL, NULL, NULL};
    char *folder = NULL;
    enum lk_status st;

    if (!format)
        format = "ipynb";
    if (args_count(a) != 1)
        return exit_for(error_set(err, LK_EUSE, "name one lesson"));
    if (strcmp(format, "ipynb") && strcmp(format, "md") && strcmp(format, "html"))
        return exit_for(error_set(err, LK_EUSE, "--to is ipynb, md or html, not '%s'", format));
    folder = mem_strdup(args_operand(a, 0));
    while (folder[0] && folder[1] && folder[strlen(folder) - 1] == '/')
        folder[strlen(folder) - 1] = '\0';
    /* A bare name is a lesson of the book we stand in. */
    if (file_stat(folder).kind != FILE_FOLDER && !strchr(folder, '/')) {
        char *inside = path_join("lessons", folder);

        free(folder);
        folder = inside;
    }
    str_printf(&name, "%s.%s", path_name(folder), format);
    st = print_lesson(&text, format, folder, err);
    if (!st)
        st = file_out_open(&file, out ? out : name.ptr, err);
    if (!st) {
        fwrite(text.ptr, 1, text.len, file.stream);
        st = file_out_commit(&file, err);
    }
    if (!st && !(out && !strcmp(out, "-")))
        printf("%s\n", out ? out : name.ptr);
    str_done(&text);
    str_done(&name);
    free(folder);
    return exit_for(st);
}

const struct command command_book_export = {
    .name = "export",
    .summary = "a lesson as a notebook, plain Markdown or one HTML page",
    .operands = "LESSON",
    .options = options,
    .details =
        "LESSON is a lesson's folder, or its name in the book you are in. A notebook has the "
        "text, the labs' code and their recorded outputs, and comes back with labbook "
        "import. The HTML page holds its styles and pictures and prints "
        "well, also to PDF.",
    .example = "labbook export 01-what-you-will-build\n"
               "labbook export lessons/01-what-you-will-build --to html --out first.html",
    .run = run,
};
