/* The manual page and bash completion; see manual.h. */
#include "cli/manual.h"

#include <ctype.h>
#include <string.h>

/* Text for roff: backslashes, leading dots and quotes, and minus signs that are minus signs. */
static void put_roff(FILE *f, const char *text)
{
    bool line_start = true;

    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", f);
        line_start = *text == '\n';
        if (*text == '\\')
            fputs("\\e", f);
        else if (*text == '-')
            fputs("\\-", f);
        else
            putc(*text, f);
    }
}

static void put_block(FILE *f, const char *text)
{
    fputs(".PP\n.nf\n", f);
    put_roff(f, text);
    fputs("\n.fi\n", f);
}

static void put_option(FILE *f, const struct option *o)
{
    fputs(".TP\n.B ", f);
    if (o->letter)
        fprintf(f, "\\-%c, ", o->letter);
    fputs("\\-\\-", f);
    put_roff(f, o->name);
    if (o->value) {
        fputs(" \\fI", f);
        put_roff(f, o->value);
        fputs("\\fR", f);
    }
    putc('\n', f);
    put_roff(f, o->help);
    fputs(o->many ? " (may be repeated)\n" : "\n", f);
}

static void put_command(FILE *f, const struct program *p, const struct command *c)
{
    fprintf(f, ".SS %s %s\n", p->name, c->name);
    put_roff(f, c->summary);
    fprintf(f, "\n.PP\n.B %s %s\n[options] %s\n", p->name, c->name, c->operands ? c->operands : "");
    for (const struct option *o = c->options; o && o->name; o++)
        put_option(f, o);
    if (c->details)
        put_block(f, c->details);
    if (c->example)
        put_block(f, c->example);
}

void manual_write(FILE *f, const struct program *p)
{
    fputs(".TH ", f);
    for (const char *c = p->name; *c; c++)
        putc(toupper((unsigned char)*c), f);
    fprintf(f, " 1 \"\" \"%s %s\"\n.SH NAME\n%s \\- ", p->name, lk_version(), p->name);
    put_roff(f, p->summary);
    fprintf(f, "\n.SH SYNOPSIS\n.B %s\n.I command\n[options]\n.SH COMMANDS\n", p->name);
    for (const struct command *const *c = p->commands; *c; c++)
        if (!(*c)->hidden)
            put_command(f, p, *c);
    fputs(".SH EXIT STATUS\n0 done, 1 the work failed, 2 wrong use, 3 a check failed.\n", f);
    if (p->details) {
        fputs(".SH NOTES\n", f);
        put_roff(f, p->details);
        putc('\n', f);
    }
}

/* Has a command before c the same first n bytes of name, up to a space or the end? */
static bool seen_before(const struct program *p, const struct command *const *c, size_t n)
{
    for (const struct command *const *b = p->commands; b != c; b++)
        if (!(*b)->hidden && !strncmp((*b)->name, (*c)->name, n) && strchr(" ", (*b)->name[n]))
            return true;
    return false;
}

/* The words that may follow the first `start` bytes of a command's name, each once. */
static void put_words(FILE *f, const struct program *p, const char *name, size_t start)
{
    for (const struct command *const *c = p->commands; *c; c++) {
        size_t n;

        if ((*c)->hidden || strncmp((*c)->name, name, start))
            continue;
        n = start + strcspn((*c)->name + start, " ");
        if (!seen_before(p, c, n))
            fprintf(f, " %.*s", (int)(n - start), (*c)->name + start);
    }
}

/* The groups of a program: "aws", "aws s3". */
static void put_groups(FILE *f, const struct program *p)
{
    for (const struct command *const *c = p->commands; *c; c++) {
        const char *space = (*c)->hidden ? NULL : strchr((*c)->name, ' ');

        for (; space; space = strchr(space + 1, ' ')) {
            size_t n = (size_t)(space - (*c)->name);

            if (seen_before(p, c, n))
                continue;
            fprintf(f, "    '%.*s ') words='", (int)n, (*c)->name);
            put_words(f, p, (*c)->name, n + 1);
            fputs("' ;;\n", f);
        }
    }
}

void completion_write(FILE *f, const struct program *p)
{
    fprintf(
        f,
        "# bash completion of %s\n"
        "_%s() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} line=\"${COMP_WORDS[*]:1:COMP_CWORD-1} \" words=\n"
        "    case $line in\n",
        p->name, p->name);
    for (const struct command *const *c = p->commands; *c; c++) {
        if ((*c)->hidden)
            continue;
        fprintf(f, "    '%s '*) words='", (*c)->name);
        for (const struct option *o = (*c)->options; o && o->name; o++)
            fprintf(f, "--%s ", o->name);
        fputs("--help' ;;\n", f);
    }
    put_groups(f, p);
    fputs("    ' ') words='", f);
    put_words(f, p, "", 0);
    fprintf(f,
            "' ;;\n"
            "    esac\n"
            "    if [[ $words && ($cur == -* || $words != -*) ]]; then\n"
            "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
            "    else\n"
            "        COMPREPLY=($(compgen -f -- \"$cur\"))\n"
            "    fi\n"
            "}\n"
            "complete -o filenames -F _%s %s\n",
            p->name, p->name);
}
