/* labbook import: a notebook as a lesson. */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "book/index.h"
#include "book/notebook.h"
#include "cli/command.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"name", "LESSON",
     "the lesson's folder name (default: the next number and the notebook's name)", false, 0},
    {"book", "DIR", "the book (default: the folder you are in)", false, 0},
    {NULL, NULL, NULL, false, 0},
};

/* One more than the highest number that a lesson in this folder begins with. */
static long next_number(const char *lessons)
{
    char **names = NULL;
    size_t n = 0;
    long highest = 0;

    if (file_list(&names, &n, lessons, NULL))
        n = 0;
    for (size_t i = 0; i < n; i++) {
        size_t digits = strspn(names[i], "0123456789");
        long number =
            digits && digits < 9 && index_is_slug(names[i]) ? strtol(names[i], NULL, 10) : 0;

        if (number > highest)
            highest = number;
    }
    file_names_free(names, n);
    return highest + 1;
}

/* "My Analysis (1).ipynb" is "my-analysis-1". */
static void put_words(struct str *out, const char *notebook)
{
    const char *name = path_name(notebook);
    size_t n = strlen(name) - strlen(path_extension(name)), start = out->len;

    for (size_t i = 0; i < n && out->len - start < 60; i++) {
        if (isalnum((unsigned char)name[i]))
            str_putc(out, (char)tolower((unsigned char)name[i]));
        else if (out->len > start && out->ptr[out->len - 1] != '-')
            str_putc(out, '-');
    }
    if (out->len > start && out->ptr[out->len - 1] == '-')
        str_cut(out, out->len - 1);
    if (out->len == start)
        str_puts(out, "notebook");
}

/* The lesson's folder: by the name given, the notebook's own where that is one, or one made of it.
 */
static enum lk_status put_folder(struct str *folder, const char *lessons, const char *name,
                                 const char *notebook, struct lk_error *err)
{
    struct str own = STR_INIT;

    str_printf(folder, "%s/", lessons);
    if (name && !index_is_plain_slug(name))
        return error_set(err, LK_EUSE,
                         "name the lesson as a number and words, as in 07-what-it-costs");
    str_add(&own, path_name(notebook),
            strlen(path_name(notebook)) - strlen(path_extension(notebook)));
    if (name) {
        str_puts(folder, name);
    } else if (index_is_plain_slug(own.ptr)) {
        str_put(folder, slice_str(&own));
    } else {
        str_printf(folder, "%02ld-", next_number(lessons));
        put_words(folder, notebook);
    }
    str_done(&own);
    return LK_OK;
}

static int run(const struct args *a, struct lk_error *err)
{
    const char *notebook = args_operand(a, 0), *book = args_get(a, "book");
    struct str folder = STR_INIT;
    char *lessons;
    enum lk_status st;

    if (args_count(a) != 1)
        return exit_for(error_set(err, LK_EUSE, "name one notebook"));
    lessons = path_join(book ? book : ".", "lessons");
    st = put_folder(&folder, lessons, args_get(a, "name"), notebook, err);
    if (!st)
        st = notebook_import(notebook, folder.ptr, err);
    if (!st)
        printf("%s/lesson.md\n", folder.ptr);
    str_done(&folder);
    free(lessons);
    return exit_for(st);
}

const struct command command_book_import = {
    .name = "import",
    .summary = "make a lesson of a Jupyter notebook",
    .operands = "NOTEBOOK",
    .options = options,
    .details = "Notebooks that labbook export wrote come back as they were. Of others, Markdown "
               "becomes text with its attachments as files, Lua code becomes labs with their "
               "outputs recorded, and code in other languages stays as code to read, its outputs "
               "below it as text and pictures. Formats 4 and 3 are read.",
    .example = "labbook import 01-what-you-will-build.ipynb --name 20-copy",
    .run = run,
};
