/* labbook check: everything that can be wrong with a book, without writing it. */
#include "base/error.h"
#include "base/json.h"
#include "base/term.h"
#include "book/site.h"
#include "cli/book_outside.h"
#include "cli/command.h"

#include <stdio.h>

static const struct option options[] = {
    {"strict", NULL, "warnings count as errors", false, 0},
    {"drafts", NULL, "look at lessons that say draft: true as well", false, 0},
    {"external", NULL,
     "try the addresses outside the book, too; what was there is not asked again "
     "for a week",
     false, 0},
    {"json", NULL, "findings as JSON on stdout", false, 0},
    {"rules", NULL, "list all rules, each with its reason, and look at nothing", false, 0},
    {NULL, NULL, NULL, false, 0},
};

static const char *level_name(enum finding_level level)
{
    return level == FINDING_ERROR ? "error" : "warning";
}

static void print_text(const struct findings *findings)
{
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *f = &findings->items[i];
        enum term_style style;

        if (f->level == FINDING_ADDRESS)
            continue;
        style = f->level == FINDING_ERROR ? TERM_RED : TERM_YELLOW;

        printf("%s:%d:%d: %s%s%s: %s [%s]\n", f->file, f->line, f->column,
               term_style(stdout, style), level_name(f->level), term_style(stdout, TERM_PLAIN),
               f->text, f->rule);
        if (finding_why(f->rule)[0])
            printf("    why: %s\n", finding_why(f->rule));
        if (f->mend[0])
            printf("    mend: %s\n", f->mend);
    }
}

static void print_json(const struct findings *findings)
{
    struct str text = STR_INIT;
    struct json_out w;

    json_begin(&w, &text, true);
    json_open(&w, NULL, '[');
    for (size_t i = 0; i < findings->len; i++) {
        const struct finding *f = &findings->items[i];

        if (f->level == FINDING_ADDRESS)
            continue;
        json_open(&w, NULL, '{');
        json_put_z(&w, "level", level_name(f->level));
        json_put_z(&w, "rule", f->rule);
        json_put_z(&w, "file", f->file);
        json_put_int(&w, "line", f->line);
        json_put_int(&w, "column", f->column);
        json_put_z(&w, "text", f->text);
        json_put_z(&w, "why", finding_why(f->rule));
        json_put_z(&w, "mend", f->mend);
        json_close(&w);
    }
    json_close(&w);
    printf("%s\n", text.ptr);
    str_done(&text);
}

static int print_rules(void)
{
    for (size_t i = 0; i < finding_rule_count; i++)
        printf("%-18s %s\n", finding_rules[i].name, finding_rules[i].why);
    return 0;
}

static int run(const struct args *a, struct lk_error *err)
{
    const char *root = args_operand(a, 0);
    struct site_options o = {
        .check = true, .drafts = args_flag(a, "drafts"), .addresses = args_flag(a, "external")};
    struct site_report report;
    struct findings findings = {0};
    size_t errors, warnings;
    enum lk_status st;

    if (args_flag(a, "rules"))
        return print_rules();
    st = site_build(root ? root : ".", &o, &report, &findings, err);
    if (!st && o.addresses)
        st = outside_check(&findings, err);
    errors = findings_count(&findings, FINDING_ERROR);
    warnings = findings_count(&findings, FINDING_WARNING);
    /* A failure that no finding tells about is main's to print. */
    if (st && !errors) {
        findings_done(&findings);
        return exit_for(st);
    }
    findings_sort(&findings);
    if (args_flag(a, "json"))
        print_json(&findings);
    else
        print_text(&findings);
    st = LK_OK;
    error_clear(err);
    if (errors || (warnings && args_flag(a, "strict")))
        st = error_set(err, LK_ECHECK, "%zu errors, %zu warnings", errors, warnings);
    else if (!args_flag(a, "json"))
        printf("%zu lessons, no errors, %zu warnings\n", report.lessons, warnings);
    findings_done(&findings);
    return exit_for(st);
}

const struct command command_book_check = {
    .name = "check",
    .summary = "look for what is wrong in the book: links, ids, pictures, labs, quizzes",
    .operands = "[BOOK]",
    .options = options,
    .details =
        "Each finding is a line file:line:column: what was found, [rule], and below it why that "
        "matters and how to mend it. Looked for: dead links and anchors, ids that are there twice, "
        "pictures without a text "
        "or too large, headings that skip levels, unknown keys in front matter, quizzes without a "
        "right answer, labs without a check or hints, steps that can run on AWS without a word on "
        "cost, terms used before they are introduced, raw HTML, and text that is hard to read. "
        "Exit code 3 when there is an error.",
    .example = "labbook check\nlabbook check --external\nlabbook check --strict --json my-book",
    .run = run,
};
