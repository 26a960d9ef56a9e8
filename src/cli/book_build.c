/* labbook build: the book as a folder of pages. */
#include "base/error.h"
#include "base/file.h"
#include "book/site.h"
#include "cli/command.h"
#include "lab/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
    {"out", "DIR", "folder to write to (default: site)", false, 'o'},
    {"edition", "NAME", "learner (default), or instructor: with solutions and teaching notes",
     false, 0},
    {"drafts", NULL, "render lessons that say draft: true as well", false, 0},
    {"without-labs", NULL, "pages that run no labs themselves: smaller by what that takes", false,
     0},
    {"threads", "N", "processors to use (default: all)", false, 0},
    {"quiet", NULL, "say nothing when all is well", false, 'q'},
    {NULL, NULL, NULL, false, 0},
};

static void print_warnings(const struct findings *findings)
{
    char place[400];

    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *f = &findings->items[i];

        snprintf(place, sizeof place, "%s:%d:%d", f->file, f->line, f->column);
        fprintf(stderr, "%s: %s%s: %s%s%s\n", place, f->level == FINDING_ERROR ? "" : "warning",
                f->level == FINDING_ERROR ? "error" : "", f->text, f->mend[0] ? "; " : "", f->mend);
    }
}

/* What `make wasm` built beside the program, or was installed with it; NULL where there is none. */
static char *find_module(void)
{
    static const char *const places[] = {"wasm/lab.wasm", "../share/labbook/wasm/lab.wasm"};
    char *self = path_self(), *folder = path_folder(self), *found = NULL;

    for (size_t i = 0; i < sizeof places / sizeof places[0] && !found; i++) {
        found = path_join(folder, places[i]);
        if (file_stat(found).kind != FILE_REGULAR) {
            free(found);
            found = NULL;
        }
    }
    free(folder);
    free(self);
    return found;
}

static int run(const struct args *a, struct lk_error *err)
{
    const char *root = args_operand(a, 0), *edition = args_get(a, "edition");
    struct site_options o = {.out = args_get(a, "out"), .drafts = args_flag(a, "drafts")};
    struct site_report report;
    struct findings findings = {0};
    struct str calls = STR_INIT, help = STR_INIT;
    char *module;
    struct site_extra extra = {.name = "js/lab-api.js"};
    enum lk_status st;
    int64_t threads;

    if (args_count(a) > 1)
        return exit_for(error_set(err, LK_EUSE, "one BOOK folder, not %zu", args_count(a)));
    if (edition && strcmp(edition, "learner") && strcmp(edition, "instructor"))
        return exit_for(
            error_set(err, LK_EUSE, "--edition is learner or instructor, not '%s'", edition));
    if (args_int(a, "threads", 0, 0, 1024, &threads, err))
        return exit_for(LK_EUSE);
    o.instructor = edition && !strcmp(edition, "instructor");
    o.threads = (int)threads;
    if (!o.out)
        o.out = "site";
    reference_put_script(&calls);
    reference_put_help(&help);
    extra.content = slice_str(&calls);
    o.lab_help = slice_str(&help);
    o.extras = &extra;
    o.extra_count = 1;
    o.lab_module = module = args_flag(a, "without-labs") ? NULL : find_module();
    st = site_build(root ? root : ".", &o, &report, &findings, err);
    free(module);
    findings_sort(&findings);
    /* One error is main's to print; several are shown together. */
    if (findings_count(&findings, FINDING_ERROR) > 1 || !st)
        print_warnings(&findings);
    if (!st && !args_flag(a, "quiet"))
        printf("%s: %zu lessons, %zu lab steps, %zu quizzes; %zu files, %zu written, %zu deleted\n",
               o.out, report.lessons, report.steps, report.quizzes, report.files.files,
               report.files.written, report.files.removed);
    findings_done(&findings);
    str_done(&calls);
    str_done(&help);
    return exit_for(st);
}

const struct command command_book_build = {
    .name = "build",
    .summary = "render the book into a folder of pages",
    .operands = "[BOOK]",
    .options = options,
    .details =
        "BOOK is a folder that holds lessons/ (default: the folder you are in); templates/ is "
        "taken from it, or from where labbook is installed. Only files that changed are "
        "written, what is gone is deleted, and a lesson with an error leaves the site as it "
        "was. The pages work from any host and opened as files.\n"
        "Where labbook was built with `make wasm`, steps for this computer run in the pages "
        "themselves, without a server.",
    .example = "labbook build\nlabbook build --out public --edition instructor my-book",
    .run = run,
};
