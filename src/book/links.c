/*
 * An address in a lesson is relative to the lesson's folder, as any Markdown
 * viewer has it:
 *     ../04-regions/lesson.md#latency   another lesson; 04-regions alone as well
 *     map.svg, ../data/birds.csv        a file, copied to the same place in the site
 *     ../glossary.md#term               the glossary
 *     #latency                          this page
 * Lessons are known before pages are rendered, so a dead link is found here;
 * anchors are kept until all pages are there.
 */
#include "book/site_internal.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { EMBED_MAX = 8 << 20 };

size_t site_find_lesson(const struct site *s, struct slice slug)
{
    size_t low = 0, high = s->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *z = s->lessons[middle].slug;
        size_t n = strlen(z);
        int order = memcmp(z, slug.ptr, n < slug.len ? n : slug.len);

        if (!order)
            order = (n > slug.len) - (n < slug.len);
        if (!order)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return s->count;
}

/* "https:", "mailto:", or "//host": not ours. */
static bool is_elsewhere(struct slice url)
{
    size_t i = 0;

    if (slice_starts(url, "//"))
        return true;
    while (i < url.len && (isalnum((unsigned char)url.ptr[i]) || strchr("+-.", url.ptr[i])))
        i++;
    return i > 1 && i < url.len && url.ptr[i] == ':';
}

static void complain(struct page *p, const struct node *n, const char *rule, const char *mend,
                     const char *what, const char *near)
{
    const char *file = "";
    int line = n->line;

    if (p->prefix[0])
        return; /* said already for the lesson's own page */
    if (p->lesson)
        text_place(&p->lesson->memory->text, n->line, &file, &line);
    finding_add(&p->info->findings, FINDING_ERROR, rule, file, line, n->column, mend,
                "'%.*s' %s%s%s%s", (int)n->url.len, n->url.ptr, what,
                near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void keep_anchor(struct page *p, const struct node *n, size_t lesson, struct slice fragment)
{
    struct site_lesson *l = p->info;
    const char *file = "";
    int line = n->line;

    if (p->prefix[0])
        return;
    if (p->lesson)
        text_place(&p->lesson->memory->text, n->line, &file, &line);
    MEM_GROW(l->anchors, l->anchor_count, l->anchor_cap);
    l->anchors[l->anchor_count++] =
        (struct site_anchor){arena_strdup(l->arena, file), line, n->column, lesson,
                             arena_strndup(l->arena, fragment.ptr, fragment.len)};
}

static const char *near_slug(const struct site *s, struct slice slug)
{
    const char **names = mem_calloc(s->count + 1, sizeof *names);
    char *z = mem_strndup(slug.ptr, slug.len < 60 ? slug.len : 60);
    const char *near;

    for (size_t i = 0; i < s->count; i++)
        names[i] = s->lessons[i].slug;
    near = error_nearest(z, names, s->count);
    free(z);
    free(names);
    return near;
}

/* Is it a lesson's bare name, "04-regions"? */
static bool is_bare_slug(struct slice path)
{
    char *z = mem_strndup(path.ptr, path.len);
    bool slug = index_is_slug(z) && !strpbrk(z, "/.");

    free(z);
    return slug;
}

/* The path within lessons/, "04-regions/lesson.md", or NULL when it leaves it. Free it. */
static char *within_lessons(const struct page *p, struct slice path)
{
    struct str in = STR_INIT;

    if (slice_starts(path, "./"))
        path = slice_from(path, 2);
    if (slice_starts(path, "../"))
        path = slice_from(path, 3);
    else if (!is_bare_slug(path))
        str_printf(&in, "%s/", p->info->slug);
    if (!path_is_inside(path)) {
        str_done(&in);
        return NULL;
    }
    str_put(&in, path);
    return str_take(&in, NULL);
}

static struct slice address_of_lesson(struct page *p, const struct node *n, size_t lesson,
                                      struct slice fragment)
{
    const char *slug = p->site->lessons[lesson].slug;

    if (fragment.len)
        keep_anchor(p, n, lesson, slice_from(fragment, 1));
    if (p->print)
        return slice_of(arena_printf(p->arena, "#%s--%.*s", slug,
                                     fragment.len ? (int)fragment.len - 1 : 3,
                                     fragment.len ? fragment.ptr + 1 : "top"));
    return slice_of(
        arena_printf(p->arena, "../%s/index.html%.*s", slug, (int)fragment.len, fragment.ptr));
}

/* The picture itself as an address, or what stands in the lesson when it is of no kind we know. */
static struct slice embedded(struct page *p, const struct node *n, const char *path)
{
    static const struct {
        const char *extension, *type;
    } kinds[] = {
        {".png", "png"}, {".jpg", "jpeg"}, {".jpeg", "jpeg"}, {".gif", "gif"}, {".webp", "webp"}};
    struct str content = STR_INIT, url = STR_INIT;
    struct slice kept = n->url;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(path_extension(path), kinds[i].extension) ||
            file_read(&content, path, EMBED_MAX, NULL))
            continue;
        str_printf(&url, "data:image/%s;base64,", kinds[i].type);
        str_put_base64(&url, content.ptr, content.len);
        kept = (struct slice){arena_strndup(p->arena, url.ptr, url.len), url.len};
        break;
    }
    str_done(&content);
    str_done(&url);
    return kept;
}

static struct slice address_of_file(struct page *p, const struct node *n, const char *path)
{
    char *from = arena_printf(p->arena, "%s/lessons/%s", p->site->root, path);
    enum lk_status st;

    if (file_stat(from).kind != FILE_REGULAR) {
        char *slug = mem_strndup(path, strcspn(path, "/"));

        complain(
            p, n, "link-dead", "addresses are relative to the lesson's folder", "leads nowhere",
            index_is_slug(slug) && strcmp(slug, p->info->slug) ? near_slug(p->site, slice_of(slug))
                                                               : NULL);
        free(slug);
        return n->url;
    }
    if (p->single && n->kind == NODE_IMAGE)
        return embedded(p, n, from);
    if (strncmp(path, p->info->slug, strlen(p->info->slug)))
        p->info->reaches = true;
    if (p->site->publish && !p->info->error.status) {
        st = publish_copy(p->site->publish, path, from, &p->info->error);
        (void)st; /* kept in the lesson's error */
    }
    return slice_of(arena_printf(p->arena, "../%s", path));
}

/* An address on the web is kept for who tries it; the part behind '#' is the page's own affair. */
static void keep_address(struct page *p, const struct node *n)
{
    struct slice url = slice_first(n->url, slice_find(n->url, '#'));
    const char *file = "";
    int line = n->line;

    if (!p->site->options->addresses || p->prefix[0] || !p->lesson ||
        !(slice_starts(url, "https://") || slice_starts(url, "http://")))
        return;
    text_place(&p->lesson->memory->text, n->line, &file, &line);
    finding_add(&p->info->findings, FINDING_ADDRESS, "address", file, line, n->column, NULL, "%.*s",
                (int)url.len, url.ptr);
}

struct slice links_address(void *ctx, const struct node *n)
{
    struct page *p = ctx;
    struct slice path = slice_first(n->url, slice_find(n->url, '#')), slug;
    struct slice fragment = slice_from(n->url, path.len);
    struct slice address = n->url;
    size_t lesson;
    char *in;

    if (is_elsewhere(n->url)) {
        if (html_is_dangerous(n->url) && !p->site->settings->raw_html)
            complain(p, n, "link-script", "write an address that begins with https:",
                     "runs something, or reads the reader's own files", NULL);
        keep_address(p, n);
        return n->url;
    }
    if (!path.len) {
        if (fragment.len < 2)
            return n->url;
        keep_anchor(p, n, p->number, slice_from(fragment, 1));
        return p->prefix[0] ? slice_of(arena_printf(p->arena, "#%s%.*s", p->prefix,
                                                    (int)fragment.len - 1, fragment.ptr + 1))
                            : n->url;
    }
    in = within_lessons(p, path);
    if (!in) {
        complain(p, n, "link-outside", "a page can reach only what lies in lessons/",
                 "leads out of the book", NULL);
        return n->url;
    }
    slug = slice_of(in);
    if (slice_ends(slug, "/lesson.md"))
        slug.len -= strlen("/lesson.md");
    while (slug.len && slug.ptr[slug.len - 1] == '/')
        slug.len--;
    lesson = site_find_lesson(p->site, slug);
    if (lesson < p->site->count)
        address = address_of_lesson(p, n, lesson, fragment);
    else if (!strcmp(in, "glossary.md"))
        address = slice_of(
            arena_printf(p->arena, "../glossary/index.html%.*s", (int)fragment.len, fragment.ptr));
    else
        address = address_of_file(p, n, in);
    free(in);
    return address;
}

static bool has_id(const struct site_lesson *l, const char *id)
{
    for (size_t i = 0; i < l->id_count; i++)
        if (!strcmp(l->ids[i], id))
            return true;
    return false;
}

void links_judge(struct site *s)
{
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->lessons[i].anchor_count; k++) {
            const struct site_anchor *a = &s->lessons[i].anchors[k];
            const struct site_lesson *l = &s->lessons[a->lesson];
            const char *near;

            if (has_id(l, a->fragment))
                continue;
            near = error_nearest(a->fragment, l->ids, l->id_count);
            finding_add(s->findings, FINDING_ERROR, "anchor-dead", a->file, a->line, a->column,
                        "an anchor is a heading's words, small, with hyphens",
                        "%s has no place '#%s'%s%s%s", l->slug, a->fragment,
                        near ? "; did you mean '#" : "", near ? near : "", near ? "'?" : "");
        }
}
