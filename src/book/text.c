/*
 * Line by line: a line that is one include directive is replaced by lines of
 * another file, any other has its variables replaced. Runs are recorded only
 * where the origin jumps, so looking a place up is a short binary search.
 *
 * An include may reach any file below the folder that holds the lesson's
 * folder (lessons/), and none above it.
 */
#include "book/text.h"

#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

enum {
    INCLUDE_DEPTH = 8,
    INCLUDE_MAX = 4 << 20,
    TEXT_MAX = 16 << 20,
    LINE_MAX_BYTES = 1 << 20,
    DIRECTIVE_MAX = 1024
};

struct expander {
    struct text *out;
    struct arena *arena;
    const struct settings *settings;
    struct findings *findings;
    int depth;
};

static void expand(struct expander *x, struct slice source, const char *file, int line);

struct slice text_without_mark(struct slice source)
{
    return slice_from(source, slice_starts(source, "\xEF\xBB\xBF") ? 3 : 0);
}

/* Where plain ASCII without NUL ends, eight bytes at a time. */
static const char *skip_ascii(const char *p, const char *end)
{
    uint64_t word;

    for (; end - p >= 8; p += 8) {
        memcpy(&word, p, 8);
        if ((word & 0x8080808080808080u) || ((word - 0x0101010101010101u) & 0x8080808080808080u))
            break;
    }
    while (p < end && *p && !((unsigned char)*p & 0x80))
        p++;
    return p;
}

/* The first byte that is not UTF-8, or is NUL; NULL when there is none. */
static const char *find_bad_byte(struct slice s)
{
    const char *p = s.ptr, *end = s.ptr + s.len;

    while ((p = skip_ascii(p, end)) < end) {
        const char *from = p;

        if (!*from || (utf8_next(&p, end) == 0xFFFD && p - from == 1))
            return from;
    }
    return NULL;
}

/* Editors of other times save Latin-1 or UTF-16: say where, once a file. */
static void judge_bytes(struct expander *x, struct slice source, const char *file, int line)
{
    const char *bad = find_bad_byte(source), *start = source.ptr;

    if (!bad)
        return;
    for (const char *p = source.ptr; p < bad; p++)
        if (*p == '\n') {
            start = p + 1;
            line++;
        }
    finding_add(x->findings, FINDING_ERROR, "encoding", file, line, (int)(bad - start) + 1,
                "save the file as UTF-8", *bad ? "the byte %02X is no UTF-8" : "a NUL byte (%02X)",
                (unsigned)(unsigned char)*bad);
}

static void start_run(struct expander *x, const char *file, int line)
{
    struct text *t = x->out;

    if (t->run_count) {
        const struct text_run *last = &t->runs[t->run_count - 1];

        if (!strcmp(last->file, file) && last->line + (t->lines + 1 - last->at) == line)
            return;
    }
    MEM_GROW(t->runs, t->run_count, t->run_cap);
    t->runs[t->run_count++] = (struct text_run){t->lines + 1, file, line};
}

static void end_line(struct expander *x)
{
    str_putc(&x->out->body, '\n');
    x->out->lines++;
}

/* "{{ words }}" at the start of s: its inside and length, or false. */
static bool directive(struct slice s, struct slice *inside, size_t *len)
{
    const char *end;

    if (s.len < 6 || memcmp(s.ptr, "{{ ", 3))
        return false;
    /* No name is that long; and a line of open braces is looked through once. */
    end = memmem(s.ptr, s.len < DIRECTIVE_MAX ? s.len : DIRECTIVE_MAX, " }}", 3);
    if (!end || end == s.ptr + 2)
        return false;
    *inside = slice_trim((struct slice){s.ptr + 3, (size_t)(end - s.ptr) - 3});
    *len = (size_t)(end - s.ptr) + 3;
    return inside->len > 0;
}

static bool is_name(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!((s.ptr[i] >= 'a' && s.ptr[i] <= 'z') || (s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
              s.ptr[i] == '_' || s.ptr[i] == '-'))
            return false;
    return s.len > 0 && s.len <= 60;
}

static void unknown_variable(struct expander *x, struct slice name, const char *file, int line,
                             int column)
{
    const char *names[256], *near;
    size_t n = 0;
    char *word = mem_strndup(name.ptr, name.len);

    for (; n < x->settings->variable_count && n < 256; n++)
        names[n] = x->settings->variables[n].name;
    near = error_nearest(word, names, n);
    finding_add(x->findings, FINDING_ERROR, "variable-unknown", file, line, column,
                "add it to `variables:` in book.yaml, or write \\{{ for two plain braces",
                "unknown variable '%s'%s%s%s", word, near ? "; did you mean '" : "",
                near ? near : "", near ? "'?" : "");
    free(word);
}

static void expand_line(struct expander *x, struct slice text, const char *file, int line)
{
    struct str *out = &x->out->body;
    const char *p = text.ptr, *end = text.ptr + text.len;

    while (p < end) {
        const char *brace = memchr(p, '{', (size_t)(end - p));
        struct slice inside = {p, 0};
        size_t len;

        if (!brace) {
            str_add(out, p, (size_t)(end - p));
            return;
        }
        if (end - brace < 2 || brace[1] != '{') {
            str_add(out, p, (size_t)(brace - p) + 1);
            p = brace + 1;
            continue;
        }
        if (!directive((struct slice){brace, (size_t)(end - brace)}, &inside, &len) ||
            !(is_name(inside) ||
              (slice_starts(inside, "include ") && brace > p && brace[-1] == '\\'))) {
            str_add(out, p, (size_t)(brace - p) + 2);
            p = brace + 2;
        } else if (brace > p && brace[-1] == '\\') {
            str_add(out, p, (size_t)(brace - p) - 1);
            str_add(out, brace, len);
            p = brace + len;
        } else {
            const char *value = settings_variable(x->settings, inside);

            str_add(out, p, (size_t)(brace - p));
            if (value)
                str_puts(out, value);
            else
                unknown_variable(x, inside, file, line, (int)(brace - text.ptr) + 1);
            p = brace + len;
        }
    }
}

/* ---- includes --------------------------------------------------------------- */

/* "name" within folder, resolved textually; NULL when it leaves the folder above `folder`. */
static char *resolve(const char *folder, struct slice name)
{
    char *above = path_folder(folder), *word, *path = NULL;

    if (slice_starts(name, "../")) {
        struct slice rest = slice_from(name, 3);

        word = mem_strndup(rest.ptr, rest.len);
        if (path_is_inside(rest))
            path = path_join(above, word);
    } else {
        word = mem_strndup(name.ptr, name.len);
        if (path_is_inside(name))
            path = path_join(folder, word);
    }
    free(word);
    free(above);
    return path;
}

static bool number(struct slice s, int *out)
{
    int n = 0;

    if (!s.len || s.len > 7)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        n = n * 10 + (s.ptr[i] - '0');
    }
    *out = n;
    return true;
}

/* Does the line hold `mark` and then the name, as in "-- region: fit"? */
static bool marks(struct slice line, const char *mark, struct slice name)
{
    const char *at = memmem(line.ptr, line.len, mark, strlen(mark));
    struct slice rest;

    if (!at)
        return false;
    rest = slice_trim(slice_from(line, (size_t)(at - line.ptr) + strlen(mark)));
    return rest.len >= name.len && !memcmp(rest.ptr, name.ptr, name.len) &&
           (rest.len == name.len || strchr(" \t-*/", rest.ptr[name.len]));
}

/* The part of content asked for; *first is its first line. False when there is no such part. */
static bool select_part(struct slice content, struct slice how, struct slice *part, int *first)
{
    struct slice rest = content, line, start = {content.ptr, 0};
    int n = 0, from = 1, to = 1 << 30;
    bool region = slice_starts(how, "region="), open = !region;

    *first = 1;
    if (!how.len) {
        *part = content;
        return true;
    }
    if (slice_starts(how, "lines=")) {
        struct slice range = slice_from(how, 6);
        size_t dash = slice_find(range, '-');

        if (!number(slice_first(range, dash), &from) ||
            !number(dash < range.len ? slice_from(range, dash + 1) : range, &to) || from < 1 ||
            to < from)
            return false;
    } else if (!region) {
        return false;
    }
    part->ptr = NULL;
    while (slice_line(&rest, &line)) {
        n++;
        if (region && !open && marks(line, "region:", slice_from(how, 7)) &&
            !memmem(line.ptr, line.len, "endregion", 9)) {
            open = true;
            start = rest;
            *first = n + 1;
        } else if (region && open && memmem(line.ptr, line.len, "endregion", 9)) {
            *part = (struct slice){start.ptr, (size_t)(line.ptr - start.ptr)};
            return true;
        } else if (!region && n == from) {
            start = (struct slice){line.ptr, 0};
            *first = n;
        }
        if (!region && n >= from && n <= to)
            *part = (struct slice){start.ptr, (size_t)(rest.ptr - start.ptr)};
    }
    return !region && part->ptr;
}

static void note_file(struct text *t, const char *file)
{
    for (size_t i = 0; i < t->file_count; i++)
        if (!strcmp(t->files[i], file))
            return;
    MEM_GROW(t->files, t->file_count, t->file_cap);
    t->files[t->file_count++] = file;
}

/* Lines as they are, each behind the directive's own indentation. */
static void copy_lines(struct expander *x, struct slice part, struct slice indent, const char *file,
                       int first)
{
    struct slice line;

    start_run(x, file, first);
    while (slice_line(&part, &line)) {
        if (line.len)
            str_put(&x->out->body, indent);
        str_put(&x->out->body, line);
        end_line(x);
    }
}

static void include(struct expander *x, struct slice words, struct slice indent, const char *file,
                    int line, int column)
{
    struct slice name = slice_first(words, slice_find(words, ' '));
    struct slice how = slice_trim(slice_from(words, name.len)), part;
    char *folder = path_folder(file), *path = resolve(folder, name);
    struct str content = STR_INIT;
    struct lk_error err = {0};
    const char *kept;
    int first;

    if (!path) {
        finding_add(x->findings, FINDING_ERROR, "include-outside", file, line, column,
                    "name a file beside the lesson, or ../data/file",
                    "an include may not leave the folder of lessons");
        goto out;
    }
    kept = arena_strdup(x->arena, path);
    if (x->depth == INCLUDE_DEPTH) {
        finding_add(x->findings, FINDING_ERROR, "include-depth", file, line, column,
                    "put each part into a file of its own",
                    "includes nest deeper than %d; does a file include itself?", INCLUDE_DEPTH);
        goto out;
    }
    note_file(x->out, kept);
    if (file_read(&content, path, INCLUDE_MAX, &err) != LK_OK) {
        finding_add(x->findings, FINDING_ERROR, "include-missing", file, line, column,
                    "the name is relative to the lesson's folder", "%s", err.text);
        goto out;
    }
    if (!select_part(text_without_mark(slice_str(&content)), how, &part, &first)) {
        finding_add(
            x->findings, FINDING_ERROR, "include-part", file, line, column,
            "write lines=3-8, or region=NAME with `region: NAME` and `endregion` in the file",
            "%s has no part '%.*s'", path, (int)(how.len < 80 ? how.len : 80), how.ptr);
        goto out;
    }
    judge_bytes(x, part, kept, first);
    if (slice_ends(name, ".md"))
        expand(x, part, kept, first);
    else
        copy_lines(x, part, indent, kept, first);
out:
    str_done(&content);
    free(path);
    free(folder);
}

static void expand(struct expander *x, struct slice source, const char *file, int line)
{
    struct slice text, inside = {NULL, 0};
    size_t len;

    x->depth++;
    start_run(x, file, line);
    for (; slice_line(&source, &text); line++) {
        struct slice bare = slice_trim(text);

        if (x->out->body.len > TEXT_MAX || text.len > LINE_MAX_BYTES) {
            finding_add(x->findings, FINDING_ERROR, "text-size", file, line, 1, "split the lesson",
                        "the lesson with its includes is too large");
            break;
        }
        if (directive(bare, &inside, &len) && len == bare.len && slice_starts(inside, "include ")) {
            size_t column = (size_t)(bare.ptr - text.ptr);

            include(x, slice_trim(slice_from(inside, 8)), slice_first(text, column), file, line,
                    (int)column + 1);
            start_run(x, file, line + 1);
        } else {
            expand_line(x, text, file, line);
            end_line(x);
        }
    }
    x->depth--;
}

void text_expand(struct text *out, struct arena *arena, struct slice source, const char *file,
                 int line, const struct settings *settings, struct findings *findings)
{
    struct expander x = {out, arena, settings, findings, 0};

    source = text_without_mark(source);
    judge_bytes(&x, source, file, line);
    expand(&x, source, arena_strdup(arena, file), line);
}

void text_escape(struct str *out, struct slice line)
{
    for (size_t i = 0; i < line.len; i++) {
        struct slice inside = {NULL, 0};
        size_t len;

        if (line.ptr[i] == '{' && directive(slice_from(line, i), &inside, &len) &&
            (is_name(inside) || slice_starts(inside, "include ")))
            str_putc(out, '\\');
        str_putc(out, line.ptr[i]);
    }
}

void text_done(struct text *t)
{
    str_done(&t->body);
    free(t->runs);
    free(t->files);
    memset(t, 0, sizeof *t);
    str_init(&t->body);
}

void text_place(const struct text *t, int line, const char **file, int *file_line)
{
    size_t low = 0, high = t->run_count;

    *file = "";
    *file_line = line;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (t->runs[middle].at <= line)
            low = middle;
        else
            high = middle;
    }
    if (t->run_count) {
        *file = t->runs[low].file;
        *file_line = t->runs[low].line + (line - t->runs[low].at);
    }
}
