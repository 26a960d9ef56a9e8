/* labbook new: a lesson that passes its own check from the first minute. */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "book/index.h"
#include "cli/command.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"title", "TEXT", "the lesson's title (default: made of its name)", false, 0},
    {"book", "DIR", "the book (default: the folder you are in)", false, 0},
    {NULL, NULL, NULL, false, 0},
};

/* The lesson; @ stands for its title. */
static const char starter[] =
    "---\n"
    "title: \"@\"\n"
    "summary: One sentence that says what the reader can do afterwards.\n"
    "minutes: 10\n"
    "objectives:\n"
    "  - Say in one line what this lesson is about\n"
    "targets: [local]\n"
    "---\n"
    "\n"
    "A promise in the first two lines: what the reader gets, and how soon.\n"
    "\n"
    "## Try it\n"
    "\n"
    "Explain one idea, then let the reader do something. Change the step so that `answer` is 42,\n"
    "then press **Check**.\n"
    "\n"
    "```lua lab id=first title=\"A first step\"\n"
    "answer = 6 * 8\n"
    "print(\"the answer is \" .. answer)\n"
    "```\n"
    "\n"
    "> [!HINT first]\n"
    "> Six times what is forty-two?\n"
    "\n"
    "```lua solution for=first\n"
    "answer = 6 * 7\n"
    "print(\"the answer is \" .. answer)\n"
    "```\n"
    "\n"
    "```lua check for=first\n"
    "check.equal(answer, 42, \"answer should be 42\")\n"
    "```\n"
    "\n"
    "## What you have learned\n"
    "\n"
    "```quiz\n"
    "id: what\n"
    "What makes a lesson good?\n"
    "\n"
    "- [x] The reader does something every few minutes\n"
    "  > Yes. Reading alone is soon forgotten.\n"
    "- [ ] It says everything there is to say\n"
    "  > One idea a section is enough.\n"
    "\n"
    "> The quiz asks for the idea, not for a word.\n"
    "```\n";

/* "07-what-it-costs" is "What it costs". */
static void put_title(struct str *out, const char *name, const char *given)
{
    size_t start = out->len;

    if (given) {
        for (; *given; given++) {
            if (*given == '"' || *given == '\\')
                str_putc(out, '\\');
            str_putc(out, *given);
        }
        return;
    }
    for (const char *p = strchr(name, '-') + 1; *p; p++)
        str_putc(out, *p == '-' ? ' ' : *p);
    out->ptr[start] = (char)toupper((unsigned char)out->ptr[start]);
}

static int run(const struct args *a, struct lk_error *err)
{
    const char *name = args_operand(a, 0), *book = args_get(a, "book"), *at = strchr(starter, '@');
    struct str text = STR_INIT, path = STR_INIT;
    enum lk_status st;

    if (args_count(a) != 1 || !index_is_plain_slug(name))
        return exit_for(error_set(err, LK_EUSE,
                                  "name the lesson as a number and words, as in 07-what-it-costs"));
    str_printf(&path, "%s/lessons/%s", book ? book : ".", name);
    if (file_stat(path.ptr).kind != FILE_NONE) {
        st = error_set(err, LK_EUSE, "%s is there already", path.ptr);
        goto out;
    }
    str_add(&text, starter, (size_t)(at - starter));
    put_title(&text, name, args_get(a, "title"));
    str_puts(&text, at + 1);
    st = file_mkdirs(path.ptr, err);
    if (st)
        goto out;
    str_puts(&path, "/lesson.md");
    st = file_write(path.ptr, slice_str(&text), err);
    if (!st)
        printf("%s\n", path.ptr);
out:
    str_done(&text);
    str_done(&path);
    return exit_for(st);
}

const struct command command_book_new = {
    .name = "new",
    .summary = "start a lesson that already passes",
    .operands = "LESSON",
    .options = options,
    .details = "LESSON is the new folder's name under lessons/: its number, which orders the book, "
               "and words. The lesson has one of each: a lab with hint, solution and check, and a "
               "quiz.",
    .example = "labbook new 07-what-it-costs\nlabbook new 08-regions --title \"Regions\"",
    .run = run,
};
