/* Each page: its data, its template, its name. Files from elsewhere are copied beside them. */
#include "book/whole.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

static enum lk_status put_page(struct site *s, const char *name, const char *template,
                               struct mv *data, struct lk_error *err)
{
    struct str out = STR_INIT;
    struct mv *root = mv_find(data, "root");
    enum lk_status st = LK_OK;

    /* Feeds and redirects have no navigation. */
    if (root)
        st = page_nav(s, &s->arena, data, root->text.ptr, s->count, err);
    if (!st)
        st = page_draw(s, &out, template, data, err);
    if (!st)
        st = publish_put(s->publish, name, slice_str(&out), err);
    str_done(&out);
    return st;
}

/* Data of a page that is no lesson: nothing before or behind it, no labs. */
static struct mv *whole_data(struct site *s, const char *root, const char *kind, const char *title,
                             const char *description, const char *path)
{
    struct mv *d = page_data(s, &s->arena, root, kind, title, description);

    if (s->settings->url[0])
        mv_find(d, "canonical")->text =
            slice_of(arena_printf(&s->arena, "%s%s", s->settings->url, path));
    mv_put(&s->arena, d, "prev", MV_NULL);
    mv_put(&s->arena, d, "next", MV_NULL);
    mv_flag(&s->arena, d, "has_quizzes", false);
    mv_flag(&s->arena, d, "lab_script", false);
    mv_flag(&s->arena, d, "print_script", false);
    return d;
}

/* ---- the first page ---------------------------------------------------------------------- */

static void put_card(struct site *s, struct mv *list, const struct site_lesson *l)
{
    struct mv *item = mv_put(&s->arena, list, NULL, MV_MAP);

    mv_z(&s->arena, item, "slug", l->slug);
    mv_z(&s->arena, item, "number", l->number);
    mv_z(&s->arena, item, "title", l->title);
    mv_z(&s->arena, item, "summary", l->summary);
    mv_int(&s->arena, item, "minutes", l->minutes);
    mv_z(&s->arena, item, "href", arena_printf(&s->arena, "%s/index.html", l->slug));
    mv_flag(&s->arena, item, "draft", l->draft);
}

static void put_parts(struct site *s, struct mv *data)
{
    struct mv *parts = mv_put(&s->arena, data, "parts", MV_LIST), *list = NULL;
    const struct setting_part *part = NULL;

    for (size_t i = 0; i < s->count; i++) {
        const struct site_lesson *l = &s->lessons[i];

        if (!list || l->part != part) {
            struct mv *item = mv_put(&s->arena, parts, NULL, MV_MAP);

            part = l->part;
            mv_z(&s->arena, item, "id",
                 part ? arena_printf(&s->arena, "part-%s", part->first) : "part");
            mv_z(&s->arena, item, "title", part ? part->title : "");
            mv_z(&s->arena, item, "summary", part ? part->summary : "");
            list = mv_put(&s->arena, item, "lessons", MV_LIST);
        }
        put_card(s, list, l);
    }
}

static void put_map(struct site *s, struct mv *data)
{
    struct site_lesson book = {.slug = ".", .number = "", .arena = &s->arena};
    struct page p = {.site = s, .info = &book, .arena = &s->arena, .prefix = ""};
    struct node *image = node_new(&s->arena, NODE_IMAGE, NULL);
    struct node *alt = node_new(&s->arena, NODE_TEXT, image);
    struct str svg = STR_INIT;

    image->url = slice_of(s->settings->map);
    alt->text = slice_of(s->settings->map_text[0] ? s->settings->map_text
                                                  : language_text(&s->language, "map"));
    node_append(image, alt);
    if (image->url.len && !figure_draw(&p, &svg, image))
        finding_add(s->findings, FINDING_WARNING, "map", s->settings->file,
                    s->settings->map_at.line, s->settings->map_at.column,
                    "name an SVG below lessons/ that holds no script and no style",
                    "the map '%s' cannot be drawn", s->settings->map);
    mv_text(&s->arena, data, "map",
            (struct slice){arena_strndup(&s->arena, svg.ptr, svg.len), svg.len});
    str_done(&svg);
}

static enum lk_status write_index(struct site *s, struct lk_error *err)
{
    struct mv *d = whole_data(s, "", "home", "", s->settings->summary, "index.html");
    size_t steps = 0, minutes = 0;

    for (size_t i = 0; i < s->count; i++) {
        steps += s->lessons[i].step_count;
        minutes += (size_t)s->lessons[i].minutes;
    }
    mv_z(&s->arena, d, "subtitle", s->settings->subtitle);
    mv_z(&s->arena, d, "summary", s->settings->summary);
    mv_z(&s->arena, d, "author", s->settings->author);
    mv_z(&s->arena, d, "first",
         s->count ? arena_printf(&s->arena, "%s/index.html", s->lessons[0].slug) : "");
    mv_z(&s->arena, d, "lesson_count",
         arena_printf(&s->arena, "%zu %s", s->count,
                      language_text(&s->language, s->count == 1 ? "lesson" : "lessons")));
    mv_int(&s->arena, d, "step_count", (long)steps);
    mv_int(&s->arena, d, "minutes", (long)minutes);
    /* Nobody thinks in hundreds of minutes. */
    mv_z(&s->arena, d, "duration",
         minutes < 100
             ? arena_printf(&s->arena, "%zu %s", minutes, language_text(&s->language, "minutes"))
             : arena_printf(&s->arena, "%zu %s", (minutes + 30) / 60,
                            language_text(&s->language, "hours")));
    put_map(s, d);
    put_parts(s, d);
    return put_page(s, "index.html", "index", d, err);
}

/* ---- glossary, 404, print ---------------------------------------------------------------- */

static enum lk_status write_glossary(struct site *s, struct lk_error *err)
{
    struct mv *d = whole_data(s, "../", "glossary", language_text(&s->language, "glossary"),
                              s->settings->summary, "glossary/index.html");
    struct site_lesson info = {.slug = "glossary", .number = "", .arena = &s->arena};
    struct page p = {
        .site = s, .info = &info, .number = s->count, .arena = &s->arena, .prefix = ""};
    struct html_options html = {.ctx = &p, .address = links_address, .page = true};
    struct str body = STR_INIT;
    struct outline outline;
    enum lk_status st;

    str_init(&info.search);
    if (s->glossary.tree) {
        outline_build(&outline, &s->arena, s->glossary.tree);
        html_render(&body, s->glossary.tree, &html);
    }
    mv_flag(&s->arena, d, "empty", s->glossary.count == 0);
    mv_text(&s->arena, d, "body", slice_str(&body));
    findings_join(s->findings, &info.findings);
    st = findings_status(s->findings, err);
    if (!st)
        st = put_page(s, "glossary/index.html", "glossary", d, err);
    str_done(&body);
    free(info.anchors);
    findings_done(&info.findings);
    return st;
}

static enum lk_status write_print(struct site *s, struct lk_error *err)
{
    struct mv *d = whole_data(s, "../", "print", language_text(&s->language, "all_pages"),
                              s->settings->summary, "print/index.html");
    struct mv *list = mv_put(&s->arena, d, "lessons", MV_LIST);
    bool all = s->count <= PRINT_MAX;

    mv_z(&s->arena, d, "subtitle", s->settings->subtitle);
    mv_flag(&s->arena, d, "too_large", !all);
    mv_find(d, "print_script")->flag = true;
    for (size_t i = 0; i < s->count && all; i++) {
        const struct site_lesson *l = &s->lessons[i];
        struct mv *item = mv_put(&s->arena, list, NULL, MV_MAP);

        mv_z(&s->arena, item, "slug", l->slug);
        mv_z(&s->arena, item, "number", l->number);
        mv_z(&s->arena, item, "title", l->title);
        mv_z(&s->arena, item, "summary", l->summary);
        mv_text(&s->arena, item, "body", slice_str(&l->print));
    }
    return put_page(s, "print/index.html", "print", d, err);
}

static enum lk_status write_not_found(struct site *s, struct lk_error *err)
{
    /* A host shows this page at any address, so its links must not depend on it. */
    const char *root = s->settings->url[0] ? s->settings->url : "/";
    struct mv *d = whole_data(s, root, "not-found", language_text(&s->language, "not_found"),
                              s->settings->summary, "404.html");

    return put_page(s, "404.html", "not-found", d, err);
}

/* ---- feeds and redirects ------------------------------------------------------------------ */

static enum lk_status write_sitemap(struct site *s, struct lk_error *err)
{
    struct str xml = STR_INIT;
    enum lk_status st;

    str_puts(&xml, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
    str_puts(&xml, "<url><loc>");
    html_put(&xml, slice_of(s->settings->url));
    str_puts(&xml, "index.html</loc></url>\n");
    for (size_t i = 0; i < s->count; i++) {
        str_puts(&xml, "<url><loc>");
        html_put(&xml, slice_of(s->settings->url));
        str_put_url(&xml, slice_of(s->lessons[i].slug), true);
        str_puts(&xml, "/index.html</loc></url>\n");
    }
    str_puts(&xml, "</urlset>\n");
    st = publish_put(s->publish, "sitemap.xml", slice_str(&xml), err);
    str_done(&xml);
    return st;
}

struct change {
    const struct lesson_change *change;
    const struct site_lesson *lesson;
};

static int newest_first(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    int order = strcmp(y->change->date, x->change->date);

    return order ? order : strcmp(x->lesson->slug, y->lesson->slug);
}

/* "2026-05-04" as "04 May 2026 00:00:00 GMT"; the day of the week may be left out. */
static const char *feed_date(struct site *s, const char *date)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int month = (date[5] - '0') * 10 + date[6] - '0';

    if (month < 1 || month > 12)
        month = 1;
    return arena_printf(&s->arena, "%.2s %s %.4s 00:00:00 GMT", date + 8, months[month - 1], date);
}

static enum lk_status write_feed(struct site *s, struct lk_error *err)
{
    struct mv *d = mv_new(&s->arena, MV_MAP), *list = mv_put(&s->arena, d, "items", MV_LIST);
    struct change *changes;
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        n += s->lessons[i].change_count;
    changes = arena_alloc(&s->arena, (n + 1) * sizeof *changes);
    n = 0;
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->lessons[i].change_count; k++)
            changes[n++] = (struct change){&s->lessons[i].changes[k], &s->lessons[i]};
    qsort(changes, n, sizeof *changes, newest_first);
    mv_z(&s->arena, d, "title", s->settings->title);
    mv_z(&s->arena, d, "summary", s->settings->summary);
    mv_z(&s->arena, d, "language", s->settings->language);
    mv_z(&s->arena, d, "url", s->settings->url);
    for (size_t i = 0; i < n && i < 50; i++) {
        struct mv *item = mv_put(&s->arena, list, NULL, MV_MAP);
        const char *link =
            arena_printf(&s->arena, "%s%s/index.html", s->settings->url, changes[i].lesson->slug);

        mv_z(&s->arena, item, "title", changes[i].lesson->title);
        mv_z(&s->arena, item, "text", changes[i].change->text);
        mv_z(&s->arena, item, "link", link);
        mv_z(&s->arena, item, "id",
             arena_printf(&s->arena, "%s#%s", link, changes[i].change->date));
        mv_z(&s->arena, item, "date", feed_date(s, changes[i].change->date));
    }
    return put_page(s, "feed.xml", "feed", d, err);
}

/* Whose old name is it, of the lessons before this redirect? NULL: nobody's. */
static const char *first_to_claim(const struct site *s, size_t lesson, size_t redirect)
{
    const char *name = s->lessons[lesson].redirects[redirect].text;

    for (size_t i = 0; i <= lesson; i++)
        for (size_t k = 0; k < (i < lesson ? s->lessons[i].redirect_count : redirect); k++)
            if (!strcmp(s->lessons[i].redirects[k].text, name))
                return s->lessons[i].slug;
    return NULL;
}

/* An old name must be nobody's now, and one lesson's alone. */
static void judge_redirects(struct site *s)
{
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->lessons[i].redirect_count; k++) {
            const struct front_word *w = &s->lessons[i].redirects[k];
            const char *other = first_to_claim(s, i, k);
            bool there = site_find_lesson(s, slice_of(w->text)) < s->count;

            if (there || other)
                finding_add(
                    s->findings, FINDING_ERROR, "redirect-taken",
                    arena_printf(&s->arena, "%s/lessons/%s/lesson.md", s->root, s->lessons[i].slug),
                    w->line, w->column, "take it out", "'%.60s' %s%s", w->text,
                    there ? "is a lesson of the book" : "is given as an earlier name by ",
                    there ? "" : other);
        }
}

static enum lk_status write_redirects(struct site *s, struct lk_error *err)
{
    enum lk_status st;

    judge_redirects(s);
    st = findings_status(s->findings, err);
    for (size_t i = 0; i < s->count && !st; i++)
        for (size_t k = 0; k < s->lessons[i].redirect_count && !st; k++) {
            struct mv *d = mv_new(&s->arena, MV_MAP);
            const char *name =
                arena_printf(&s->arena, "%s/index.html", s->lessons[i].redirects[k].text);

            mv_z(&s->arena, d, "language", s->settings->language);
            mv_z(&s->arena, d, "moved", language_text(&s->language, "moved"));
            mv_z(&s->arena, d, "title", s->lessons[i].title);
            mv_z(&s->arena, d, "href",
                 arena_printf(&s->arena, "../%s/index.html", s->lessons[i].slug));
            st = put_page(s, name, "redirect", d, err);
        }
    return st;
}

/* ---- files ---------------------------------------------------------------------------------- */

/* NULL where none is set; also where it is not there, which is a finding. */
static const char *find_preview(struct site *s)
{
    const struct settings *t = s->settings;
    const char *path = arena_printf(&s->arena, "%s/lessons/%s", s->root, t->image);

    if (!t->image[0])
        return NULL;
    if (path_is_inside(slice_of(t->image)) && file_stat(path).kind == FILE_REGULAR)
        return path;
    finding_add(s->findings, FINDING_ERROR, "image-missing", t->file, t->image_at.line,
                t->image_at.column, "name a PNG or JPEG below lessons/",
                "the image '%s' is not there", t->image);
    return NULL;
}

/* The picture that other sites show beside a link to this one. */
static enum lk_status copy_preview(struct site *s, struct lk_error *err)
{
    const struct settings *t = s->settings;
    const char *path = find_preview(s);
    const char *to = arena_printf(&s->arena, PREVIEW_NAME "%s", path_extension(t->image));

    return path ? publish_copy(s->publish, to, path, err) : findings_status(s->findings, err);
}

static enum lk_status copy_assets(struct site *s, struct lk_error *err)
{
    enum lk_status st = assets_write(&s->assets, s->publish, err);

    return st ? st : copy_preview(s, err);
}

enum lk_status whole_write(struct site *s, struct lk_error *err)
{
    static enum lk_status (*const writers[])(struct site *, struct lk_error *) = {
        write_index,  write_glossary,  write_print, write_not_found,
        search_write, write_redirects, copy_assets, in_page_book,
    };
    enum lk_status st = LK_OK;

    for (size_t i = 0; i < sizeof writers / sizeof writers[0] && !st; i++)
        st = writers[i](s, err);
    if (!st && s->settings->url[0])
        st = write_sitemap(s, err);
    if (!st && s->settings->url[0])
        st = write_feed(s, err);
    return st;
}

void whole_check(struct site *s)
{
    put_map(s, mv_new(&s->arena, MV_MAP));
    find_preview(s);
    judge_redirects(s);
}
