/*
 * One lesson's page. The tree is drawn by html.c, which asks back for what
 * only a page knows: addresses, labs, quizzes, pictures, terms. The result and
 * what stands around it go through templates/lesson.mustache.
 */
#include "book/site_internal.h"

#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

/* ---- data that every page has ----------------------------------------------------- */

enum lk_status page_draw(struct site *s, struct str *out, const char *template,
                         const struct mv *data, struct lk_error *err)
{
    return mustache_render(out, s->templates, template, &data, 1, true, err);
}

/* What is the same on all pages is there once: a page's map refers to its first. */
static void share_map(struct mv *map, const struct mv *all)
{
    map->first = all->first;
    map->last = all->last;
}

void page_texts(struct site *s, struct arena *arena, struct mv *data)
{
    share_map(mv_put(arena, data, "t", MV_MAP), s->language.texts);
}

struct mv *page_data(struct site *s, struct arena *arena, const char *root, const char *kind,
                     const char *title, const char *description)
{
    struct mv *d = mv_new(arena, MV_MAP);

    page_texts(s, arena, d);
    share_map(mv_put(arena, d, "version", MV_MAP), s->assets.versions);
    mv_z(arena, d, "root", root);
    mv_z(arena, d, "kind", kind);
    mv_z(arena, d, "language", s->settings->language);
    mv_z(arena, d, "page_title",
         title[0] ? arena_printf(arena, "%s \xC2\xB7 %s", title, s->settings->title)
                  : s->settings->title);
    mv_z(arena, d, "description", description);
    mv_z(arena, d, "og_type", strcmp(kind, "lesson") ? "website" : "article");
    mv_z(arena, d, "book_title", s->settings->title);
    mv_z(arena, d, "canonical", "");
    mv_z(arena, d, "og_image",
         s->settings->image[0] ? arena_printf(arena, "%s" PREVIEW_NAME "%s", s->settings->url,
                                              path_extension(s->settings->image))
                               : "");
    mv_z(arena, d, "og_image_text", s->settings->image_text);
    mv_flag(arena, d, "labs_here", s->options->lab_module != NULL);
    mv_flag(arena, d, "instructor", s->options->instructor);
    return d;
}

static void put_nav_lesson(struct site *s, struct arena *arena, struct mv *list, const char *root,
                           size_t i, size_t at)
{
    const struct site_lesson *l = &s->lessons[i];
    struct mv *item = mv_put(arena, list, NULL, MV_MAP);

    mv_z(arena, item, "slug", l->slug);
    mv_z(arena, item, "number", l->number);
    mv_z(arena, item, "title", l->title);
    mv_z(arena, item, "href",
         !strcmp(root, "../") ? l->href
         : !root[0]           ? l->href + 3
                              : arena_printf(arena, "%s%s", root, l->href + 3));
    mv_flag(arena, item, "current", i == at);
}

/*
 * The page shows the navigation twice (beside the text, and as a menu), so it
 * is drawn once. All lessons of a book that is not too large, else those around the
 * page's own.
 */
enum lk_status page_nav(struct site *s, struct arena *arena, struct mv *data, const char *root,
                        size_t at, struct lk_error *err)
{
    struct mv *only = mv_new(arena, MV_MAP);
    struct mv *nav = mv_put(arena, only, "nav", MV_LIST), *list = NULL;
    struct str html = STR_INIT;
    enum lk_status st;
    size_t from = 0, to = s->count;
    const struct setting_part *part = NULL;

    if (s->count > NAV_MAX) {
        from = at < s->count && at > 20 ? at - 20 : 0;
        to = from + 40 < s->count ? from + 40 : s->count;
    }
    for (size_t i = from; i < to; i++) {
        if (!list || s->lessons[i].part != part) {
            struct mv *group = mv_put(arena, nav, NULL, MV_MAP);

            part = s->lessons[i].part;
            mv_z(arena, group, "title", part ? part->title : "");
            list = mv_put(arena, group, "lessons", MV_LIST);
        }
        put_nav_lesson(s, arena, list, root, i, at);
    }
    st = page_draw(s, &html, "nav", only, err);
    mv_text(arena, data, "nav_html",
            (struct slice){arena_strndup(arena, html.ptr, html.len), html.len});
    str_done(&html);
    return st;
}

/* ---- what html.c asks for ------------------------------------------------------------ */

static const char *page_word(void *ctx, const char *key)
{
    struct page *p = ctx;

    return language_text(&p->site->language, key);
}

static void draw_gloss(struct page *p, struct str *out, const struct node *n)
{
    const struct glossary_term *t = &p->site->glossary.terms[n->number];

    if (p->print) {
        html_put(out, n->text);
        return;
    }
    str_printf(
        out,
        "<span class=\"term\"><a href=\"../glossary/index.html#%s\" aria-describedby=\"tip-%s\">",
        t->id, t->id);
    html_put(out, n->text);
    str_printf(out, "</a><span class=\"tip\" role=\"tooltip\" id=\"tip-%s\">", t->id);
    html_put(out, slice_of(t->text));
    str_puts(out, "</span></span>");
}

static bool page_special(void *ctx, struct str *out, const struct node *n)
{
    struct page *p = ctx;

    switch (n->kind) {
    case NODE_LAB:
        page_lab(p, out, &p->lesson->steps[n->number]);
        return true;
    case NODE_QUIZ:
        page_quiz(p, out, &p->lesson->quizzes[n->number]);
        return true;
    case NODE_GLOSS:
        draw_gloss(p, out, n);
        return true;
    case NODE_IMAGE:
        return figure_draw(p, out, n);
    case NODE_ALERT:
        return slice_is(n->text, "INSTRUCTOR") && !p->site->options->instructor;
    default:
        return false;
    }
}

static struct html_options page_html(struct page *p)
{
    return (struct html_options){.raw_html = p->site->settings->raw_html,
                                 .ctx = p,
                                 .word = page_word,
                                 .address = links_address,
                                 .draw = page_special,
                                 .prefix = p->prefix,
                                 .page = true};
}

/* ---- the page ------------------------------------------------------------------------ */

static void put_turn(struct page *p, struct mv *data, const char *key, size_t i)
{
    const struct site_lesson *l = i < p->site->count ? &p->site->lessons[i] : NULL;
    struct mv *v = mv_put(p->arena, data, key, l ? MV_MAP : MV_NULL);

    if (l) {
        mv_z(p->arena, v, "href", l->href);
        mv_z(p->arena, v, "title", l->title);
    }
}

static void put_contents(struct page *p, struct mv *data, const struct outline *o)
{
    struct mv *list;
    size_t n = 0;

    for (size_t i = 0; i < o->count; i++)
        n += o->items[i].level == 2 || o->items[i].level == 3;
    mv_flag(p->arena, data, "has_contents", n > 1);
    list = mv_put(p->arena, data, "contents", MV_LIST);
    for (size_t i = 0; i < o->count; i++) {
        struct mv *item;

        if (o->items[i].level != 2 && o->items[i].level != 3)
            continue;
        item = mv_put(p->arena, list, NULL, MV_MAP);
        mv_z(p->arena, item, "id", o->items[i].id);
        mv_z(p->arena, item, "text", o->items[i].text);
        mv_int(p->arena, item, "level", o->items[i].level);
    }
}

static void put_needs(struct page *p, struct mv *data)
{
    struct mv *list = mv_put(p->arena, data, "needs", MV_LIST);
    const struct lesson *l = p->lesson;

    for (size_t i = 0; i < l->need_count; i++) {
        size_t at = site_find_lesson(p->site, slice_of(l->needs[i].text));
        struct mv *item;

        if (at == p->site->count) {
            finding_add(&p->info->findings, FINDING_ERROR, "needs-unknown", l->file,
                        l->needs[i].line, l->needs[i].column,
                        "write the folder's name, as in needs: [01-what-you-will-build]",
                        "the lesson needs '%s', which is not in the book", l->needs[i].text);
            continue;
        }
        if (at >= p->number)
            finding_add(&p->info->findings, FINDING_WARNING, "needs-order", l->file,
                        l->needs[i].line, l->needs[i].column,
                        "give the lesson a higher number, or take this need out",
                        "the lesson needs '%s', which %s", l->needs[i].text,
                        at == p->number ? "is itself" : "comes later");
        item = mv_put(p->arena, list, NULL, MV_MAP);
        mv_z(p->arena, item, "href", arena_printf(p->arena, "../%s/index.html", l->needs[i].text));
        mv_z(p->arena, item, "title", p->site->lessons[at].title);
    }
    mv_flag(p->arena, data, "has_needs", list->first != NULL);
}

static void put_facts(struct page *p, struct mv *d)
{
    const struct lesson *l = p->lesson;
    struct mv *list = mv_put(p->arena, d, "objectives", MV_LIST);

    for (size_t i = 0; i < l->objective_count; i++)
        mv_z(p->arena, list, NULL, l->objectives[i]);
    mv_flag(p->arena, d, "goals", l->objective_count > 0);
    mv_z(p->arena, d, "slug", l->slug);
    mv_z(p->arena, d, "number", l->number);
    mv_z(p->arena, d, "title", l->title);
    mv_z(p->arena, d, "summary", l->summary);
    mv_int(p->arena, d, "minutes", l->minutes);
    mv_flag(p->arena, d, "draft", l->draft);
    mv_z(p->arena, d, "part", p->info->part ? p->info->part->title : "");
    mv_z(p->arena, d, "part_id",
         p->info->part ? arena_printf(p->arena, "part-%s", p->info->part->first) : "");
    page_targets(p, d, "targets", l->targets);
    put_needs(p, d);
}

static struct mv *lesson_data(struct page *p, const struct outline *outline, struct slice body)
{
    struct site *s = p->site;
    struct mv *d = page_data(s, p->arena, "../", "lesson", p->lesson->title, p->lesson->summary);

    if (s->settings->url[0])
        mv_find(d, "canonical")->text =
            slice_of(arena_printf(p->arena, "%s%s/index.html", s->settings->url, p->lesson->slug));
    put_turn(p, d, "prev", p->number ? p->number - 1 : s->count);
    put_turn(p, d, "next", p->number + 1);
    put_facts(p, d);
    put_contents(p, d, outline);
    mv_flag(p->arena, d, "has_quizzes", p->lesson->quiz_count > 0);
    mv_flag(p->arena, d, "lab_script", s->has_lab_script && p->lesson->step_count > 0);
    mv_flag(p->arena, d, "print_script", false);
    mv_text(p->arena, d, "body", body);
    return d;
}

static void keep_ids(struct page *p, const struct outline *outline)
{
    const struct lesson *l = p->lesson;
    struct site_lesson *info = p->info;
    size_t n = 0;

    info->ids = arena_alloc(info->arena, (outline->count + l->step_count + l->quiz_count + 1) *
                                             sizeof *info->ids);
    for (size_t i = 0; i < outline->count; i++)
        info->ids[n++] = arena_strdup(info->arena, outline->items[i].id);
    for (size_t i = 0; i < l->step_count; i++)
        info->ids[n++] = arena_printf(info->arena, "lab-%s", l->steps[i].id);
    for (size_t i = 0; i < l->quiz_count; i++)
        info->ids[n++] = arena_printf(info->arena, "quiz-%s", l->quizzes[i].id);
    info->id_count = n;
    for (size_t i = 0; i < l->include_count; i++)
        if (strncmp(l->includes[i], l->folder, strlen(l->folder)))
            info->reaches = true;
    info->step_count = l->step_count;
    info->quiz_count = l->quiz_count;
}

/* Read and draw the lesson's text once. */
static enum lk_status draw_body(struct page *p, struct str *body, struct outline *outline,
                                struct findings *findings, struct lk_error *err)
{
    struct str folder = STR_INIT;
    struct html_options html = page_html(p);
    enum lk_status st;

    p->err = err;
    str_printf(&folder, "%s/lessons/%s", p->site->root, p->info->slug);
    st = lesson_load(&p->lesson, folder.ptr, p->site->settings, &html, findings, err);
    str_done(&folder);
    if (st || !p->lesson->tree)
        return st;
    outline_build(outline, p->arena, p->lesson->memory->tree);
    glossary_mark(p, p->lesson->memory->tree);
    html_render(body, p->lesson->tree, &html);
    return err->status;
}

/* The lesson once more for the page of the whole book, with ids of its own. */
static enum lk_status draw_print(struct site *s, size_t number, struct lk_error *err)
{
    struct site_lesson *info = &s->lessons[number];
    struct arena arena = {0};
    struct findings said_before = {0};
    struct outline outline = {0};
    struct page p = {.site = s,
                     .info = info,
                     .number = number,
                     .arena = &arena,
                     .prefix = arena_printf(&arena, "%s--", info->slug),
                     .print = true};
    enum lk_status st = draw_body(&p, &info->print, &outline, &said_before, err);

    lesson_free(p.lesson);
    findings_done(&said_before);
    arena_done(&arena);
    return st;
}

enum lk_status page_render(struct site *s, size_t number, struct lk_error *err)
{
    struct site_lesson *info = &s->lessons[number];
    struct arena arena = {0};
    struct outline outline = {0};
    struct str body = STR_INIT, out = STR_INIT;
    struct mv *data;
    struct page p = {.site = s, .info = info, .number = number, .arena = &arena, .prefix = ""};
    enum lk_status st = draw_body(&p, &body, &outline, &info->findings, err);

    if (!st && p.lesson->tree) {
        keep_ids(&p, &outline);
        if (s->options->check)
            check_lesson(&p, &outline);
        search_add(&p);
        data = lesson_data(&p, &outline, slice_str(&body));
        st = page_nav(s, &arena, data, "../", number, err);
        if (!st)
            st = page_draw(s, &out, "lesson", data, err);
        if (!st && s->publish) {
            const char *name = arena_printf(&arena, "%s/index.html", info->slug);

            st = publish_put(s->publish, name, slice_str(&out), err);
            if (!st)
                st = in_page_lesson(&p, err);
        }
    }
    if (!st && s->publish && s->count <= PRINT_MAX)
        st = draw_print(s, number, err);
    lesson_free(p.lesson);
    str_done(&body);
    str_done(&out);
    arena_done(&arena);
    return st;
}

enum lk_status page_single(struct site *s, size_t number, struct str *out, struct lk_error *err)
{
    struct site_lesson *info = &s->lessons[number];
    struct arena arena = {0};
    struct outline outline = {0};
    struct str body = STR_INIT, css = STR_INIT;
    struct page p = {.site = s,
                     .info = info,
                     .number = number,
                     .arena = &arena,
                     .prefix = "",
                     .print = true,
                     .single = true};
    char *path = path_join(s->templates_folder, "css/book.css");
    enum lk_status st = draw_body(&p, &body, &outline, &info->findings, err);

    if (!st)
        st = file_read(&css, path, 1 << 20, err);
    if (!st && p.lesson->tree) {
        struct mv *d = lesson_data(&p, &outline, slice_str(&body));

        mv_text(&arena, d, "css", slice_str(&css));
        st = page_draw(s, out, "single", d, err);
    }
    free(path);
    lesson_free(p.lesson);
    str_done(&body);
    str_done(&css);
    arena_done(&arena);
    return st;
}
