/*
 * Terms are found by a hash of their first word, so a page costs a look-up a
 * word however many terms there are; of those that fit the longest wins. Case
 * does not matter, and a plural s at the end is let through.
 */
#include "book/glossary.h"

#include "base/error.h"
#include "base/file.h"
#include "book/site_internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { GLOSSARY_MAX = 2 << 20, TERMS_MAX = 5000 };

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static size_t first_word(struct slice s)
{
    size_t n = 0;

    while (n < s.len && is_word(s.ptr[n]))
        n++;
    return n;
}

static size_t hash_word(const char *s, size_t n)
{
    size_t h = 1469598103934665603u;

    for (size_t i = 0; i < n; i++)
        h = (h ^ (size_t)tolower((unsigned char)s[i])) * 1099511628211u;
    return h;
}

/* A term whose last letter may be missing its plural is found under both. */
static void index_terms(struct glossary *g)
{
    g->slot_count = 16;
    while (g->slot_count < g->count * 4)
        g->slot_count *= 2;
    g->slots = arena_alloc(&g->arena, g->slot_count * sizeof *g->slots);
    for (size_t i = 0; i < g->count; i++) {
        struct slice words = slice_of(g->terms[i].words);
        size_t at = hash_word(words.ptr, first_word(words)) & (g->slot_count - 1);

        while (g->slots[at])
            at = (at + 1) & (g->slot_count - 1);
        g->slots[at] = i + 1;
    }
}

static const char *keep(struct glossary *g, struct str *s)
{
    const char *kept = arena_strndup(&g->arena, s->ptr, s->len);

    str_clear(s);
    return kept;
}

static const char *term_id(struct glossary *g, const char *words)
{
    char *id = arena_printf(&g->arena, "term-%s", words);

    for (char *p = id; *p; p++)
        *p = is_word(*p) ? (char)tolower((unsigned char)*p) : '-';
    return id;
}

/* The definitions that follow a term, one after another. */
static void explain(struct glossary *g, const struct node *term, struct glossary_term *t,
                    const struct html_options *html)
{
    struct str out = STR_INIT;
    const struct node *d = term;

    while (d && d->kind == NODE_TERM)
        d = d->next;
    for (const struct node *n = d; n && n->kind == NODE_DEF; n = n->next) {
        if (n != d)
            str_putc(&out, ' ');
        html_render_children(&out, n, html);
    }
    t->html = keep(g, &out);
    for (const struct node *n = d; n && n->kind == NODE_DEF; n = n->next) {
        if (n != d)
            str_putc(&out, ' ');
        node_put_text(&out, n);
    }
    t->text = keep(g, &out);
    str_done(&out);
}

static void collect(struct glossary *g, struct findings *findings)
{
    static const struct html_options plain;
    struct str words = STR_INIT;
    size_t cap = 0, n = 0;

    for (struct node *t = g->tree; t; t = node_next(g->tree, t))
        cap += t->kind == NODE_TERM;
    g->terms = arena_alloc(&g->arena, (cap + 1) * sizeof *g->terms);
    for (struct node *t = g->tree; t && n < cap && n < TERMS_MAX; t = node_next(g->tree, t)) {
        struct glossary_term *term = &g->terms[n];

        if (t->kind != NODE_TERM)
            continue;
        node_put_text(&words, t);
        term->words = keep(g, &words);
        if (!first_word(slice_of(term->words))) {
            finding_add(findings, FINDING_ERROR, "glossary-term", g->file, t->line, t->column,
                        "put a letter or digit first", "a term must start with a letter or digit");
            continue;
        }
        for (size_t i = 0; i < n; i++)
            if (!strcasecmp(g->terms[i].words, term->words))
                finding_add(findings, FINDING_ERROR, "glossary-term", g->file, t->line, t->column,
                            "keep one of the two", "the term '%s' is explained in line %d already",
                            term->words, g->terms[i].line);
        term->id = term_id(g, term->words);
        term->line = t->line;
        t->text = slice_of(term->id);
        explain(g, t, term, &plain);
        n++;
    }
    g->count = n;
    str_done(&words);
    index_terms(g);
}

/* ---- in the order of the alphabet --------------------------------------------------- */

/* Terms that share their explanations, with these. */
struct entry {
    struct node *first, *last;
    size_t at;
};

static int by_term(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcasecmp(x->first->text.ptr ? x->first->text.ptr : "",
                           y->first->text.ptr ? y->first->text.ptr : "");

    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static bool starts_entry(const struct node *n)
{
    return n->kind == NODE_TERM && (!n->prev || n->prev->kind != NODE_TERM);
}

static void sort_list(struct node *list)
{
    size_t count = 0, i = 0;
    struct entry *entries;

    for (struct node *n = list->first; n; n = n->next)
        count += starts_entry(n);
    entries = mem_calloc(count + 1, sizeof *entries);
    for (struct node *n = list->first; n; n = n->next) {
        if (starts_entry(n)) {
            entries[i] = (struct entry){n, n, i};
            i++;
        }
        if (i)
            entries[i - 1].last = n;
    }
    qsort(entries, count, sizeof *entries, by_term);
    for (i = 0; i < count; i++)
        for (struct node *n = entries[i].first, *next = NULL; n; n = next) {
            next = n == entries[i].last ? NULL : n->next;
            node_unlink(n);
            node_append(list, n);
        }
    free(entries);
}

/* Each list of terms on its own, so that an author can part them by headings. */
static void sort_terms(struct glossary *g)
{
    for (struct node *n = g->tree ? g->tree->first : NULL; n; n = n->next)
        if (n->kind == NODE_DEFS)
            sort_list(n);
}

enum lk_status glossary_read(struct glossary *out, const char *root,
                             const struct settings *settings, struct findings *findings,
                             struct lk_error *err)
{
    char *path = path_join(root, "lessons/glossary.md");
    struct str source = STR_INIT;
    enum lk_status st = LK_OK;

    memset(out, 0, sizeof *out);
    out->file = arena_strdup(&out->arena, path);
    if (file_stat(path).kind == FILE_REGULAR) {
        st = file_read(&source, path, GLOSSARY_MAX, err);
        if (!st) {
            out->text = arena_alloc(&out->arena, sizeof *out->text);
            str_init(&out->text->body);
            text_expand(out->text, &out->arena, slice_str(&source), path, 1, settings, findings);
            out->tree =
                extend_parse(&out->arena, slice_str(&out->text->body), 1, out->text, findings);
            collect(out, findings);
            sort_terms(out);
        }
    }
    str_done(&source);
    free(path);
    return st;
}

void glossary_done(struct glossary *g)
{
    if (g->text)
        text_done(g->text);
    arena_done(&g->arena);
    memset(g, 0, sizeof *g);
}

/* ---- marking -------------------------------------------------------------------- */

/* How many bytes of s the term's words take, a plural s included; 0 when they do not stand there.
 */
static size_t matches(struct slice s, const char *words)
{
    size_t n = strlen(words);

    if (s.len < n || strncasecmp(s.ptr, words, n))
        return 0;
    if (n < s.len && s.ptr[n] == 's' && (n + 1 == s.len || !is_word(s.ptr[n + 1])))
        return n + 1;
    return n == s.len || !is_word(s.ptr[n]) ? n : 0;
}

/* The longest term at the start of s whose first word takes `word` bytes; count when none. */
static size_t find_with(const struct glossary *g, struct slice s, size_t word, size_t *length)
{
    size_t best = g->count;
    size_t at = hash_word(s.ptr, word) & (g->slot_count - 1);

    for (; g->slots[at]; at = (at + 1) & (g->slot_count - 1)) {
        size_t n = matches(s, g->terms[g->slots[at] - 1].words);

        if (n > *length) {
            *length = n;
            best = g->slots[at] - 1;
        }
    }
    return best;
}

static size_t find_term(const struct glossary *g, struct slice s, size_t word, size_t *length)
{
    size_t found;

    *length = 0;
    found = find_with(g, s, word, length);
    if (found == g->count && word > 1 && s.ptr[word - 1] == 's')
        found = find_with(g, s, word - 1, length);
    return found;
}

static struct node *split(struct page *p, struct node *t, size_t from, size_t length, size_t term)
{
    struct node *gloss = node_new(p->arena, NODE_GLOSS, t);
    struct node *after = node_new(p->arena, NODE_TEXT, t);

    gloss->text = slice_first(slice_from(t->text, from), length);
    gloss->number = (int)term;
    gloss->column = t->column + (int)from;
    after->column = gloss->column + (int)length;
    after->text = slice_from(t->text, from + length);
    t->text = slice_first(t->text, from);
    if (t->next)
        node_insert_before(t->next, after);
    else
        node_append(t->parent, after);
    node_insert_before(after, gloss);
    return after;
}

static void mark_text(struct page *p, struct node *t)
{
    const struct glossary *g = &p->site->glossary;
    size_t i = 0;

    while (i < t->text.len) {
        size_t word = first_word(slice_from(t->text, i)), length, term;

        if (!word) {
            i++;
            continue;
        }
        term = find_term(g, slice_from(t->text, i), word, &length);
        if (term < g->count && !p->explained[term]) {
            p->explained[term] = true;
            t = split(p, t, i, length, term);
            i = 0;
        } else {
            i += word;
        }
    }
}

/* Headings, links and what is a term already are left alone. */
static bool is_closed(const struct node *n)
{
    return n->kind == NODE_HEADING || n->kind == NODE_LINK || n->kind == NODE_TERM ||
           n->kind == NODE_FIGURE || n->kind == NODE_IMAGE;
}

void glossary_mark(struct page *p, struct node *tree)
{
    struct node *next;

    if (!p->site->glossary.count)
        return;
    p->explained = arena_alloc(p->arena, p->site->glossary.count);
    for (struct node *n = tree; n; n = next) {
        next = is_closed(n) ? node_skip(tree, n) : node_next(tree, n);
        if (n->kind == NODE_TEXT)
            mark_text(p, n);
    }
}
