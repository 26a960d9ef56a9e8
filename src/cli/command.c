/*
 * One parser for every subcommand: given values are kept as (option, text)
 * pairs in order; commands ask by name. A group ("aws s3 ls") is a command
 * whose name has spaces; the longest name that the words match wins.
 */
#include "cli/command.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/term.h"
#include "cli/manual.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct given {
    const struct option *option;
    const char *value;
};

struct args {
    const struct command *command;
    struct given *given;
    size_t given_count, given_cap;
    const char **operands;
    size_t operand_count, operand_cap;
    bool help;
};

static const struct option help_option = {"help", NULL, "show this help", false, 'h'};

const char *args_nth(const struct args *a, const char *name, size_t i)
{
    for (size_t k = 0; k < a->given_count; k++)
        if (!strcmp(a->given[k].option->name, name) && i-- == 0)
            return a->given[k].value;
    return NULL;
}

const char *args_get(const struct args *a, const char *name)
{
    const char *last = NULL, *value;

    for (size_t i = 0; (value = args_nth(a, name, i)); i++)
        last = value;
    return last;
}

bool args_flag(const struct args *a, const char *name)
{
    return args_get(a, name) != NULL;
}

enum lk_status args_int(const struct args *a, const char *name, int64_t otherwise, int64_t min,
                        int64_t max, int64_t *out, struct lk_error *err)
{
    const char *value = args_get(a, name);

    *out = otherwise;
    if (!value || number_parse_int(slice_of(value), min, max, out))
        return LK_OK;
    return error_set(err, LK_EUSE, "--%s takes a whole number from %lld to %lld, not '%s'", name,
                     (long long)min, (long long)max, value);
}

size_t args_count(const struct args *a)
{
    return a->operand_count;
}

const char *args_operand(const struct args *a, size_t i)
{
    return i < a->operand_count ? a->operands[i] : NULL;
}

enum lk_status args_need(const struct args *a, const char *name, struct lk_error *err)
{
    if (args_get(a, name))
        return LK_OK;
    return error_set(err, LK_EUSE, "--%s is required; see '--help'", name);
}

int exit_for(enum lk_status status)
{
    switch (status) {
    case LK_OK:
        return EXIT_DONE;
    case LK_EUSE:
        return EXIT_USE;
    case LK_ECHECK:
        return EXIT_CHECK;
    default:
        return EXIT_FAILED;
    }
}

/* ---- parsing ---- */

static enum lk_status unknown_option(const struct args *a, struct slice name, struct lk_error *err)
{
    const char *names[64];
    const char *near;
    size_t n = 0;
    char *word = mem_strndup(name.ptr, name.len);
    enum lk_status st;

    for (const struct option *o = a->command->options; o && o->name && n < 63; o++)
        names[n++] = o->name;
    names[n++] = help_option.name;
    near = error_nearest(word, names, n);
    st = near ? error_set(err, LK_EUSE, "unknown option --%s; did you mean --%s?", word, near)
              : error_set(err, LK_EUSE, "unknown option --%s; see '--help'", word);
    free(word);
    return st;
}

/* The option of that name, or the only one that begins with it. */
static enum lk_status find_long(const struct option **out, const struct args *a, struct slice name,
                                struct lk_error *err)
{
    const struct option *found = NULL;
    int matches = 0;

    if (slice_is(name, "help")) {
        *out = &help_option;
        return LK_OK;
    }
    for (const struct option *o = a->command->options; o && o->name; o++) {
        if (slice_is(name, o->name)) {
            *out = o;
            return LK_OK;
        }
        if (name.len && !strncmp(o->name, name.ptr, name.len)) {
            found = o;
            matches++;
        }
    }
    if (matches > 1)
        return error_set(err, LK_EUSE, "--%.*s could be several options; write it in full",
                         (int)name.len, name.ptr);
    if (!found)
        return unknown_option(a, name, err);
    *out = found;
    return LK_OK;
}

static const struct option *find_letter(const struct args *a, char letter)
{
    if (letter == help_option.letter)
        return &help_option;
    for (const struct option *o = a->command->options; o && o->name; o++)
        if (o->letter && o->letter == letter)
            return o;
    return NULL;
}

static enum lk_status give(struct args *a, const struct option *o, const char *value,
                           struct lk_error *err)
{
    if (o == &help_option) {
        a->help = true;
        return LK_OK;
    }
    if (!o->many && args_get(a, o->name))
        return error_set(err, LK_EUSE, "--%s is given twice", o->name);
    MEM_GROW(a->given, a->given_count, a->given_cap);
    a->given[a->given_count++] = (struct given){o, value ? value : ""};
    return LK_OK;
}

/* One word that begins with '-'; *i moves on when its value is the next word. */
static enum lk_status parse_option(struct args *a, int argc, char **argv, int *i,
                                   struct lk_error *err)
{
    struct slice word = slice_of(argv[*i]), name;
    const struct option *o = NULL;
    const char *value = NULL;
    enum lk_status st;
    size_t equals;

    if (word.ptr[1] == '-') {
        name = slice_from(word, 2);
        equals = slice_find(name, '=');
        if (equals < name.len)
            value = name.ptr + equals + 1;
        st = find_long(&o, a, slice_first(name, equals), err);
        if (st)
            return st;
    } else {
        o = find_letter(a, word.ptr[1]);
        if (!o)
            return error_set(err, LK_EUSE, "unknown option %s; see '--help'", word.ptr);
        if (word.len > 2)
            value = word.ptr + 2;
    }
    if (!o->value && value)
        return error_set(err, LK_EUSE, "--%s takes no value", o->name);
    if (o->value && !value) {
        if (*i + 1 >= argc)
            return error_set(err, LK_EUSE, "--%s needs a value: --%s %s", o->name, o->name,
                             o->value);
        value = argv[++*i];
    }
    return give(a, o, value, err);
}

/* A word that is no option: where files are wanted, it is most likely one of them. */
static enum lk_status not_expected(const struct args *a, struct lk_error *err)
{
    const char *word = a->operands[0];

    for (const struct option *o = a->command->options; o && o->name; o++)
        if (o->value && !strcmp(o->value, "FILE"))
            return error_set(
                err, LK_EUSE,
                "'%s' is not expected here; files are given as --%s FILE; see '--help'", word,
                o->name);
    return error_set(err, LK_EUSE, "'%s' is not expected here; see '--help'", word);
}

static enum lk_status parse(struct args *a, int argc, char **argv, struct lk_error *err)
{
    bool options_end = false;
    enum lk_status st;

    for (int i = 0; i < argc; i++) {
        if (!options_end && !strcmp(argv[i], "--")) {
            options_end = true;
        } else if (!options_end && argv[i][0] == '-' && argv[i][1]) {
            st = parse_option(a, argc, argv, &i, err);
            if (st)
                return st;
        } else {
            MEM_GROW(a->operands, a->operand_count, a->operand_cap);
            a->operands[a->operand_count++] = argv[i];
        }
    }
    return a->operand_count && !a->command->operands && !a->help ? not_expected(a, err) : LK_OK;
}

/* ---- help ---- */

static void show_options(FILE *f, const struct command *c)
{
    for (const struct option *o = c->options; o && o->name; o++) {
        char left[64];

        snprintf(left, sizeof left, "%s%c%s--%s%s%s", o->letter ? "-" : " ",
                 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name, o->value ? " " : "",
                 o->value ? o->value : "");
        fprintf(f, "  %-28s %s%s\n", left, o->help, o->many ? " (may be repeated)" : "");
    }
    fprintf(f, "  %-28s %s\n", "-h, --help", help_option.help);
}

static void show_command(FILE *f, const struct program *p, const struct command *c)
{
    fprintf(f, "%s %s: %s\n\nUsage: %s %s [options]%s%s\n\n", p->name, c->name, c->summary, p->name,
            c->name, c->operands ? " " : "", c->operands ? c->operands : "");
    fputs("Options:\n", f);
    show_options(f, c);
    if (c->details)
        fprintf(f, "\n%s\n", c->details);
    if (c->example)
        fprintf(f, "\nExample:\n%s\n", c->example);
}

static void show_program(FILE *f, const struct program *p)
{
    fprintf(f, "%s: %s\n\nUsage: %s COMMAND [options]\n\nCommands:\n", p->name, p->summary,
            p->name);
    for (const struct command *const *c = p->commands; *c; c++)
        if (!(*c)->hidden)
            fprintf(f, "  %-18s %s\n", (*c)->name, (*c)->summary);
    fprintf(f, "\n'%s COMMAND --help' explains a command, with an example; '%s --version'.\n",
            p->name, p->name);
    if (p->details)
        fprintf(f, "\n%s\n", p->details);
}

/* ---- dispatch ---- */

/* How many words of argv the command's name takes; 0 where it is another command. */
static int name_matches(const char *name, int argc, char **argv)
{
    struct slice rest = slice_of(name), part;
    int n = 0;

    while (slice_split(&rest, ' ', &part)) {
        if (n >= argc || !slice_is(part, argv[n]))
            return 0;
        n++;
    }
    return n;
}

static const struct command *find_command(const struct program *p, int argc, char **argv,
                                          int *words)
{
    const struct command *best = NULL;

    *words = 0;
    for (const struct command *const *c = p->commands; *c; c++) {
        int n = name_matches((*c)->name, argc, argv);

        if (n > *words) {
            *words = n;
            best = *c;
        }
    }
    return best;
}

/* Does some command's name begin with these words? Then list that group. */
static bool show_group(const struct program *p, const char *word)
{
    size_t n = strlen(word);
    bool some = false;

    for (const struct command *const *c = p->commands; *c; c++) {
        if ((*c)->hidden || strncmp((*c)->name, word, n) || (*c)->name[n] != ' ')
            continue;
        if (!some)
            printf("Commands of %s %s:\n", p->name, word);
        some = true;
        printf("  %-22s %s\n", (*c)->name, (*c)->summary);
    }
    return some;
}

static void print_error(const char *program, const struct lk_error *err)
{
    char line[2048];

    fprintf(stderr, "%s%s:%s %s\n", term_style(stderr, TERM_RED), program,
            term_style(stderr, TERM_PLAIN), lk_error_format(err, line, sizeof line));
}

static int no_such_command(const struct program *p, const char *word)
{
    const char *names[128];
    const char *near;
    size_t n = 0;

    for (const struct command *const *c = p->commands; *c && n < 128; c++)
        if (!(*c)->hidden)
            names[n++] = (*c)->name;
    near = error_nearest(word, names, n);
    if (near)
        fprintf(stderr, "%s: there is no command '%s'; did you mean '%s'?\n", p->name, word, near);
    else
        fprintf(stderr, "%s: there is no command '%s'; '%s --help' lists them\n", p->name, word,
                p->name);
    return EXIT_USE;
}

static bool is_group(const struct program *p, const char *word)
{
    size_t n = strlen(word);

    for (const struct command *const *c = p->commands; *c; c++)
        if (!strncmp((*c)->name, word, n) && (*c)->name[n] == ' ')
            return true;
    return false;
}

/* "aws trian", "aws s3 cpp": the nearest is told; "aws s3" is a group of its own, and listed. */
static int no_such_in_group(const struct program *p, int argc, char **argv)
{
    struct str words = STR_INIT;
    bool shown = false;

    str_printf(&words, "%s %s", argv[0], argv[1]);
    if (is_group(p, words.ptr)) {
        shown = argc == 2 || argv[2][0] == '-';
        if (shown)
            show_group(p, words.ptr);
        else
            str_printf(&words, " %s", argv[2]);
    }
    if (!shown)
        no_such_command(p, words.ptr);
    str_done(&words);
    return EXIT_USE;
}

static int run_command(const struct program *p, const struct command *c, int argc, char **argv)
{
    struct args a = {.command = c};
    struct lk_error err = {0};
    int code;

    if (parse(&a, argc, argv, &err)) {
        code = exit_for(err.status);
    } else if (a.help) {
        show_command(stdout, p, c);
        code = EXIT_DONE;
    } else {
        code = c->run(&a, &err);
    }
    if (err.status && code)
        print_error(p->name, &err);
    if (fflush(stdout) && !code) {
        fprintf(stderr, "%s: cannot write to stdout\n", p->name);
        code = EXIT_FAILED;
    }
    free(a.given);
    free(a.operands);
    return code;
}

int program_run(const struct program *p, int argc, char **argv)
{
    const struct command *c;
    int words;

    if (argc < 2) {
        show_program(stderr, p);
        return EXIT_USE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
        (!strcmp(argv[1], "help") && argc == 2)) {
        show_program(stdout, p);
        return EXIT_DONE;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("%s %s\n", p->name, lk_version());
        return EXIT_DONE;
    }
    if (!strcmp(argv[1], "--manual") || !strcmp(argv[1], "--completion")) {
        (argv[1][2] == 'm' ? manual_write : completion_write)(stdout, p);
        return EXIT_DONE;
    }
    if (!strcmp(argv[1], "help")) {
        c = find_command(p, argc - 2, argv + 2, &words);
        if (c) {
            show_command(stdout, p, c);
            return EXIT_DONE;
        }
        return no_such_command(p, argv[2]);
    }
    c = find_command(p, argc - 1, argv + 1, &words);
    if (c)
        return run_command(p, c, argc - 1 - words, argv + 1 + words);
    if (argc > 2 && argv[2][0] != '-' && is_group(p, argv[1]))
        return no_such_in_group(p, argc - 1, argv + 1);
    if (show_group(p, argv[1]))
        return EXIT_USE;
    return no_such_command(p, argv[1]);
}
