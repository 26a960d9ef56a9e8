/*
 * What the search knows: one entry a section (title of the lesson, heading,
 * text, lab code), and one a glossary term, in assets/search/: data.js and a
 * numbered file for every so many lessons. They are scripts and not JSON so
 * that they can be loaded from file:// as well; lunr makes its index of them in
 * the reader's browser when the search is opened.
 */
#include "book/site_internal.h"

#include "base/file.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

enum { SECTION_TEXT_MAX = 6000, PART_MAX = 256 << 20 };

static void put_entry(struct str *out, const char *address, const char *lesson, const char *heading,
                      struct slice text)
{
    struct json_out w;

    if (text.len > SECTION_TEXT_MAX) {
        text.len = SECTION_TEXT_MAX;
        while (text.len && ((unsigned char)text.ptr[text.len] & 0xC0) == 0x80)
            text.len--;
    }
    json_begin(&w, out, false);
    json_open(&w, NULL, '[');
    json_put_z(&w, NULL, address);
    json_put_z(&w, NULL, lesson);
    json_put_z(&w, NULL, heading);
    json_put_string(&w, NULL, text);
    json_close(&w);
    str_puts(out, ",\n");
}

static void put_steps_text(const struct page *p, struct str *text, const struct node *n)
{
    if (n->kind == NODE_LAB) {
        str_putc(text, ' ');
        str_puts(text, p->lesson->steps[n->number].code);
    } else if (n->kind == NODE_QUIZ) {
        str_putc(text, ' ');
        str_puts(text, p->lesson->quizzes[n->number].question_text);
    } else {
        if (text->len)
            str_putc(text, ' ');
        node_put_text(text, n);
    }
}

static void end_section(struct page *p, const struct node *heading, struct str *text)
{
    struct str address = STR_INIT, words = STR_INIT;

    str_printf(&address, "%s/index.html", p->info->slug);
    if (heading) {
        str_putc(&address, '#');
        str_put(&address, heading->text);
        node_put_text(&words, heading);
    }
    if (text->len || heading)
        put_entry(&p->info->search, address.ptr, p->info->title, words.ptr,
                  slice_trim(slice_str(text)));
    str_clear(text);
    str_done(&address);
    str_done(&words);
}

/* Sections are the top-level blocks between headings. */
void search_add(struct page *p)
{
    struct str text = STR_INIT;
    const struct node *heading = NULL;

    for (const struct node *n = p->lesson->tree->first; n; n = n->next) {
        if (n->kind == NODE_HEADING) {
            end_section(p, heading, &text);
            heading = n;
        } else {
            put_steps_text(p, &text, n);
        }
    }
    end_section(p, heading, &text);
    str_done(&text);
}

static void put_glossary(const struct site *s, struct str *out)
{
    struct str address = STR_INIT;

    for (size_t i = 0; i < s->glossary.count; i++) {
        const struct glossary_term *t = &s->glossary.terms[i];

        str_clear(&address);
        str_printf(&address, "glossary/index.html#%s", t->id);
        put_entry(out, address.ptr, language_text(&s->language, "glossary"), t->words,
                  slice_of(t->text));
    }
    str_done(&address);
}

static void put_end(struct str *out, const char *end)
{
    if (slice_ends(slice_str(out), ",\n"))
        str_cut(out, out->len - 2);
    str_puts(out, end);
}

#define PART_BEGIN "window.labbookSearch.push(\n"
#define PART_END   "\n);\n"

static void put_part_name(struct str *name, size_t first)
{
    str_printf(name, "assets/search/%zu.js", first / SEARCH_PART);
}

enum lk_status search_write_part(struct site *s, size_t first, struct lk_error *err)
{
    size_t end = site_part_end(s, first);
    struct str out = STR_INIT, name = STR_INIT;
    enum lk_status st = LK_OK;

    str_puts(&out, PART_BEGIN);
    for (size_t i = first; i < end; i++) {
        str_put(&out, slice_str(&s->lessons[i].search));
        str_done(&s->lessons[i].search);
    }
    put_end(&out, PART_END);
    put_part_name(&name, first);
    if (s->publish)
        st = publish_put(s->publish, name.ptr, slice_str(&out), err);
    str_done(&out);
    str_done(&name);
    return st;
}

/* ["SLUG/index.html#... : the lesson whose entry a line is; false when it is none. */
static bool lesson_of_line(struct slice line, struct slice *slug)
{
    if (!slice_starts(line, "[\""))
        return false;
    line = slice_from(line, 2);
    *slug = slice_first(line, slice_find(line, '/'));
    return slug->len && slug->len < line.len;
}

bool search_read_part(struct site *s, size_t first)
{
    size_t end = site_part_end(s, first), i = first;
    struct str name = STR_INIT, text = STR_INIT;
    char *path;
    struct slice rest, line, slug;
    bool ok;

    put_part_name(&name, first);
    path = path_join(s->options->out, name.ptr);
    ok = !file_read(&text, path, PART_MAX, NULL);
    rest = slice_str(&text);
    ok = ok && slice_starts(rest, PART_BEGIN) && slice_ends(rest, PART_END);
    if (ok) {
        rest = slice_from(rest, strlen(PART_BEGIN));
        rest.len -= strlen(PART_END);
    }
    while (ok && rest.len && slice_line(&rest, &line)) {
        ok = lesson_of_line(line, &slug);
        while (ok && i < end && !slice_is(slug, s->lessons[i].slug))
            i++;
        ok = ok && i < end;
        if (!ok)
            break;
        str_put(&s->lessons[i].search, line);
        str_puts(&s->lessons[i].search, slice_ends(line, ",") ? "\n" : ",\n");
    }
    free(path);
    str_done(&text);
    str_done(&name);
    return ok;
}

/* The first file to load: the glossary, and how many parts there are. */
enum lk_status search_write(struct site *s, struct lk_error *err)
{
    struct str out = STR_INIT;
    enum lk_status st;

    str_printf(&out, "window.labbookSearchParts=%zu;\nwindow.labbookSearch=[\n",
               (s->count + SEARCH_PART - 1) / SEARCH_PART);
    put_glossary(s, &out);
    put_end(&out, "\n];\n");
    st = publish_put(s->publish, "assets/search/data.js", slice_str(&out), err);
    str_done(&out);
    return st;
}
