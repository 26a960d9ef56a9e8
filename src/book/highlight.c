/*
 * Colours for code at build time: one scanner driven by a small description a
 * language (comments, strings, words). It knows tokens, not grammar, and that
 * is enough to read by. What it does not know it prints plainly; the text of
 * the code is never changed.
 */
#include "book/html.h"

#include <ctype.h>
#include <string.h>

struct language {
    const char *names;        /* " lua " */
    const char *line;         /* comment to the end of the line, or NULL */
    const char *open, *close; /* comment over lines, or NULL */
    const char *quotes;       /* characters that open a string */
    const char *keywords;     /* " and break " */
    const char *values;       /* " nil true " */
    bool long_brackets;       /* [[ ]] and --[[ ]], of Lua */
    bool triple;              /* """ strings, of Python */
    bool keys;                /* a word or string before ':' is a key */
    bool dollar;              /* $name, of the shell */
    bool hash_lines;          /* #include at the start of a line */
};

static const struct language languages[] = {
    {" lua ", "--", NULL, NULL, "\"'",
     " and break do else elseif end for function goto if in local not or repeat return then until "
     "while ",
     " nil true false ", .long_brackets = true},
    {" sh bash shell console ", "#", NULL, NULL, "\"'",
     " if then else elif fi for in do done while until case esac function return exit export set "
     "local ",
     " true false ", .dollar = true},
    {" json ", NULL, NULL, NULL, "\"", " ", " true false null ", .keys = true},
    {" yaml yml ", "#", NULL, NULL, "\"'", " ", " true false null ", .keys = true},
    {" python py ", "#", NULL, NULL, "\"'",
     " and as assert async await break class continue def del elif else except finally for from "
     "global if import in is lambda nonlocal not or pass raise return try while with yield ",
     " None True False self ", .triple = true},
    {" c h ", "//", "/*", "*/", "\"'",
     " auto break case char const continue default do double else enum extern float for goto if "
     "inline int long register return short signed sizeof static struct switch typedef union "
     "unsigned void volatile while bool ",
     " NULL true false ", .hash_lines = true},
};

/* Is the word one of words, which stand between single spaces? */
static bool lists(const char *words, struct slice word)
{
    enum { LONGEST = 12 };

    if (!word.len || word.len > LONGEST)
        return false;
    for (const char *at = words; *at; at = strchrnul(at + 1, ' '))
        if (at[1] == word.ptr[0] && !strncmp(at + 1, word.ptr, word.len) && at[1 + word.len] == ' ')
            return true;
    return false;
}

static const struct language *find(struct slice name)
{
    for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++)
        if (lists(languages[i].names, name))
            return &languages[i];
    return NULL;
}

bool highlight_knows(struct slice language)
{
    return find(language) != NULL;
}

static void put(struct str *out, const char *class, const char *from, const char *to)
{
    struct slice text = {from, (size_t)(to - from)};

    if (from == to)
        return;
    if (class) {
        str_puts(out, "<span class=\"hl-");
        str_puts(out, class);
        str_puts(out, "\">");
    }
    html_put(out, text);
    if (class)
        str_puts(out, "</span>");
}

static bool at(const char *p, const char *end, const char *mark)
{
    size_t n = mark ? strlen(mark) : 0;

    return n && (size_t)(end - p) >= n && !memcmp(p, mark, n);
}

static const char *find_end(const char *p, const char *end, const char *mark)
{
    const char *found = memmem(p, (size_t)(end - p), mark, strlen(mark));

    return found ? found + strlen(mark) : end;
}

/* Lua's [[ ]] and [==[ ]==]: the end, or NULL when p opens none. */
static const char *long_bracket(const char *p, const char *end)
{
    char close[16] = "]";
    size_t n = 0;

    if (*p != '[')
        return NULL;
    while (p + 1 + n < end && p[1 + n] == '=' && n < 10)
        n++;
    if (p + 1 + n >= end || p[1 + n] != '[')
        return NULL;
    memset(close + 1, '=', n);
    close[n + 1] = ']';
    close[n + 2] = '\0';
    return find_end(p + n + 2, end, close);
}

/* Behind the string that p opens; one that is not closed ends with its line. */
static const char *string_end(const struct language *l, const char *p, const char *end)
{
    char quote = *p;
    char three[4] = {quote, quote, quote, '\0'};

    if (l->triple && at(p, end, three))
        return find_end(p + 3, end, three);
    for (p++; p < end && *p != '\n'; p++) {
        if (*p == '\\' && p + 1 < end && p[1] != '\n')
            p++;
        else if (*p == quote)
            return p + 1;
    }
    return p;
}

/* The end of the comment that p opens, or NULL. */
static const char *comment_end(const struct language *l, const char *start, const char *p,
                               const char *end)
{
    const char *stop;

    if (l->open && at(p, end, l->open))
        return find_end(p + 2, end, l->close);
    if (!at(p, end, l->line))
        return NULL;
    /* A '#' inside a shell or YAML word is no comment. */
    if (*l->line == '#' && p > start && !isspace((unsigned char)p[-1]))
        return NULL;
    if (l->long_brackets && p + 2 < end && (stop = long_bracket(p + 2, end)))
        return stop;
    stop = memchr(p, '\n', (size_t)(end - p));
    return stop ? stop : end;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool before_colon(const char *p, const char *end)
{
    while (p < end && *p == ' ')
        p++;
    return p < end && *p == ':' && (p + 1 == end || isspace((unsigned char)p[1]));
}

static const char *number_end(const char *p, const char *end)
{
    while (p < end && (isalnum((unsigned char)*p) || *p == '.' ||
                       ((*p == '-' || *p == '+') && strchr("eE", p[-1]) && p[-1])))
        p++;
    return p;
}

/* A word: its class and its end. */
static const char *word_end(const struct language *l, const char *p, const char *end,
                            const char **class)
{
    const char *stop = p;
    struct slice word;

    while (stop < end && (is_word(*stop) || (l->keys && *stop == '-')))
        stop++;
    word = (struct slice){p, (size_t)(stop - p)};
    *class = NULL;
    if (l->keys && before_colon(stop, end))
        *class = "key";
    else if (lists(l->keywords, word))
        *class = "word";
    else if (lists(l->values, word))
        *class = "value";
    else if (stop < end && *stop == '(' && !l->keys)
        *class = "call";
    return stop;
}

static bool starts_line(const char *start, const char *p)
{
    while (p > start && (p[-1] == ' ' || p[-1] == '\t'))
        p--;
    return p == start || p[-1] == '\n';
}

/* The token at p, its class NULL where it is plain; always at least one byte. */
static const char *token(const struct language *l, const char *start, const char *p,
                         const char *end, const char **class)
{
    const char *stop = comment_end(l, start, p, end);

    *class = "comment";
    if (stop)
        return stop;
    *class = "string";
    if (l->long_brackets && (stop = long_bracket(p, end)))
        return stop;
    if (strchr(l->quotes, *p) && *p) {
        stop = string_end(l, p, end);
        if (l->keys && before_colon(stop, end))
            *class = "key";
        return stop;
    }
    *class = "value";
    if (isdigit((unsigned char)*p))
        return number_end(p, end);
    *class = "name";
    if (l->dollar && *p == '$' && p + 1 < end && is_word(p[1])) {
        for (p++; p < end && is_word(*p); p++)
            ;
        return p;
    }
    *class = "word";
    if (l->hash_lines && *p == '#' && starts_line(start, p)) {
        for (p++; p < end && is_word(*p); p++)
            ;
        return p;
    }
    if (is_word(*p))
        return word_end(l, p, end, class);
    *class = NULL;
    return p + 1;
}

void highlight_put(struct str *out, struct slice language, struct slice code)
{
    const struct language *l = find(language);
    const char *p = code.ptr, *end = p + code.len, *plain = p;

    if (!l) {
        html_put(out, code);
        return;
    }
    while (p < end) {
        const char *class;
        const char *stop = token(l, code.ptr, p, end, &class);

        if (class) {
            put(out, NULL, plain, p);
            put(out, class, p, stop);
            plain = stop;
        }
        p = stop;
    }
    put(out, NULL, plain, end);
}
