/*
 * The order of work:
 *   1. settings, templates, texts, glossary, and the front matter of all
 *      lessons, since each page names others (navigation, previous and next);
 *   2. all lessons' pages, in parallel (page.c), into the stage;
 *   3. what needs all of them: anchors, search, the pages of the whole book;
 *   4. if nothing was wrong, the stage into place.
 */
#include "book/site.h"

#include "base/error.h"
#include "base/file.h"
#include "base/thread.h"
#include "book/site_internal.h"
#include "book/stamp.h"
#include "book/whole.h"

#include <stdlib.h>
#include <string.h>

enum { TEMPLATE_MAX = 1 << 20 };

/* The program lies in PREFIX/bin, or in build/ of the project (or a folder below it). */
static char *find_installed(void)
{
    char *folder = path_self(), *up, *found = NULL;

    for (int i = 0; i < 4 && !found; i++) {
        up = path_folder(folder);
        free(folder);
        folder = up;
        found = path_join(folder, "share/labbook/templates");
        if (file_stat(found).kind == FILE_FOLDER)
            break;
        free(found);
        found = path_join(folder, "templates");
        if (file_stat(found).kind == FILE_FOLDER)
            break;
        free(found);
        found = NULL;
    }
    free(folder);
    return found;
}

char *site_templates(const char *root)
{
    char *own = path_join(root, "templates"), *installed;

    if (file_stat(own).kind == FILE_FOLDER || !(installed = find_installed()))
        return own;
    free(own);
    return installed;
}

static enum lk_status read_templates(struct site *s, struct lk_error *err)
{
    char **names = NULL;
    size_t n = 0;
    enum lk_status st = file_list(&names, &n, s->templates_folder, err);

    s->templates = mustache_new();
    for (size_t i = 0; i < n && !st; i++) {
        const char *dot = path_extension(names[i]);
        char *path = path_join(s->templates_folder, names[i]);
        struct str source = STR_INIT;

        if (!strcmp(dot, ".mustache")) {
            st = file_read(&source, path, TEMPLATE_MAX, err);
            names[i][strlen(names[i]) - strlen(dot)] = '\0';
            if (!st)
                st = mustache_add(s->templates, names[i], slice_str(&source), path, err);
        }
        str_done(&source);
        free(path);
    }
    file_names_free(names, n);
    return st;
}

/* ---- the lessons' front matter -------------------------------------------------------- */

struct peek {
    struct site *site;
    const char *folder;
};

static void peek_one(void *ctx, size_t i, int worker)
{
    struct peek *k = ctx;
    struct site_lesson *info = &k->site->lessons[i];
    struct str folder = STR_INIT;

    info->arena = &k->site->workers[worker];
    str_printf(&folder, "%s/%s", k->folder, info->slug);
    lesson_peek(info, folder.ptr, &info->error);
    str_done(&folder);
}

static struct front_word *keep_words(struct arena *arena, const struct front_word *words, size_t n)
{
    struct front_word *kept = arena_alloc(arena, (n + 1) * sizeof *kept);

    for (size_t i = 0; i < n; i++) {
        kept[i] = words[i];
        kept[i].text = arena_strdup(arena, words[i].text);
    }
    return kept;
}

enum lk_status lesson_peek(struct site_lesson *info, const char *folder, struct lk_error *err)
{
    struct findings unsaid = {0}; /* said when the page is rendered */
    struct lesson *l = NULL;
    enum lk_status st = lesson_read_front(&l, folder, &unsaid, err);

    if (!st) {
        info->href = arena_printf(info->arena, "../%s/index.html", info->slug);
        info->number = arena_strdup(info->arena, l->number);
        info->title = arena_strdup(info->arena, l->title);
        info->summary = arena_strdup(info->arena, l->summary);
        info->minutes = l->minutes;
        info->draft = l->draft;
        info->terms = keep_words(info->arena, l->terms, l->term_count);
        info->term_count = l->term_count;
        info->redirects = keep_words(info->arena, l->redirects, l->redirect_count);
        info->redirect_count = l->redirect_count;
        info->changes = arena_alloc(info->arena, (l->change_count + 1) * sizeof *info->changes);
        for (size_t i = 0; i < l->change_count; i++)
            info->changes[info->change_count++] =
                (struct lesson_change){arena_strdup(info->arena, l->changes[i].date),
                                       arena_strdup(info->arena, l->changes[i].text)};
    }
    lesson_free(l);
    findings_done(&unsaid);
    return st;
}

static void drop_lesson(struct site_lesson *l)
{
    str_done(&l->search);
    str_done(&l->print);
    free(l->anchors);
    findings_done(&l->findings);
}

/* Drafts are left out unless asked for. */
static void drop_drafts(struct site *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (s->lessons[i].draft && !s->options->drafts)
            drop_lesson(&s->lessons[i]);
        else
            s->lessons[n++] = s->lessons[i];
    }
    s->count = n;
}

static enum lk_status first_error(const struct site *s, struct lk_error *err)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->lessons[i].error.status) {
            if (err)
                *err = s->lessons[i].error;
            return s->lessons[i].error.status;
        }
    return LK_OK;
}

static enum lk_status peek_all(struct site *s, struct pool *pool, struct lk_error *err)
{
    struct peek k = {s, arena_printf(&s->arena, "%s/lessons", s->root)};
    enum lk_status st;

    s->count = s->index->count;
    s->lessons = mem_calloc(s->count, sizeof *s->lessons);
    for (size_t i = 0; i < s->count; i++) {
        struct site_lesson *l = &s->lessons[i];

        str_init(&l->search);
        str_init(&l->print);
        l->slug = s->index->lessons[i].slug;
    }
    pool_run(pool, s->count, peek_one, &k);
    st = first_error(s, err);
    if (st)
        return st;
    for (size_t i = 0; i < s->count; i++)
        s->lessons[i].part = settings_part(s->settings, s->lessons[i].number);
    drop_drafts(s);
    return LK_OK;
}

/* ---- all pages ---------------------------------------------------------------------------- */

struct part {
    struct site *site;
    size_t first; /* its first lesson */
};

void site_render_lesson(struct site *s, size_t lesson, struct arena *arena)
{
    struct site_lesson *l = &s->lessons[lesson];

    l->arena = arena;
    page_render(s, lesson, &l->error);
}

static void render_one(void *ctx, size_t i, int worker)
{
    struct part *part = ctx;

    site_render_lesson(part->site, part->first + i, &part->site->workers[worker]);
}

size_t site_part_end(const struct site *s, size_t first)
{
    return first + SEARCH_PART < s->count ? first + SEARCH_PART : s->count;
}

static enum lk_status render_part(struct site *s, struct pool *pool, size_t first,
                                  struct lk_error *err)
{
    pool_run(pool, site_part_end(s, first) - first, render_one, &(struct part){s, first});
    return search_write_part(s, first, err);
}

/* Part by part, so that no more than a part's search data is ever held. */
static enum lk_status render_parts(struct site *s, struct pool *pool, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    for (size_t first = 0; first < s->count && !st; first += SEARCH_PART)
        st = render_part(s, pool, first, err);
    return st;
}

static enum lk_status render_all(struct site *s, struct pool *pool, struct lk_error *err)
{
    enum lk_status st = render_parts(s, pool, err);

    if (st)
        return st;
    for (size_t i = 0; i < s->count; i++)
        findings_join(s->findings, &s->lessons[i].findings);
    links_judge(s);
    if (s->options->check)
        check_book(s);
    st = findings_status(s->findings, err);
    return st ? st : first_error(s, err);
}

static enum lk_status open_site(struct site *s, struct lk_error *err)
{
    enum lk_status st = index_open(&s->index, s->root, s->findings, err);
    char *script;

    if (st)
        return st;
    s->settings = index_settings(s->index);
    st = read_templates(s, err);
    if (!st)
        st = language_read(&s->language, s->templates_folder, s->settings, s->findings, err);
    if (!st)
        st = assets_read(&s->assets, s->templates_folder, &s->language, s->options, err);
    if (!st)
        st = glossary_read(&s->glossary, s->root, s->settings, s->findings, err);
    if (!st)
        st = findings_status(s->findings, err);
    script = path_join(s->templates_folder, "js/lab.js");
    s->has_lab_script = file_stat(script).kind == FILE_REGULAR;
    free(script);
    return st;
}

static void report_on(const struct site *s, struct site_report *report)
{
    report->lessons = s->count;
    report->steps = report->quizzes = 0;
    for (size_t i = 0; i < s->count; i++) {
        report->steps += s->lessons[i].step_count;
        report->quizzes += s->lessons[i].quiz_count;
    }
}

void site_close(struct site *s)
{
    for (size_t i = 0; i < s->count; i++)
        drop_lesson(&s->lessons[i]);
    free(s->lessons);
    publish_close(s->publish);
    mustache_free(s->templates);
    glossary_done(&s->glossary);
    language_done(&s->language);
    assets_done(&s->assets);
    book_index_free(s->index);
    for (int i = 0; i < s->worker_count; i++)
        arena_done(&s->workers[i]);
    free(s->workers);
    arena_done(&s->arena);
}

enum lk_status site_make(struct site *s, struct pool *pool, struct site_report *report,
                         struct lk_error *err)
{
    enum lk_status st = open_site(s, err);

    s->worker_count = pool_threads(pool);
    s->workers = mem_calloc((size_t)s->worker_count, sizeof *s->workers);
    if (!st && s->options->out)
        st = publish_open(&s->publish, s->options->out, err);
    if (!st)
        st = peek_all(s, pool, err);
    if (!st)
        st = render_all(s, pool, err);
    if (!st && s->publish)
        st = whole_write(s, err);
    else if (!st && s->options->check)
        whole_check(s);
    if (!st)
        report_on(s, report);
    if (!st && s->publish)
        st = publish_commit(s->publish, pool, &report->files, err);
    return st;
}

enum lk_status site_build(const char *root, const struct site_options *options,
                          struct site_report *report, struct findings *findings,
                          struct lk_error *err)
{
    char *templates = options->templates ? mem_strdup(options->templates) : site_templates(root);
    struct site s = {
        .root = root, .templates_folder = templates, .options = options, .findings = findings};
    struct site_report own = {0};
    struct pool *pool = pool_new(options->threads);
    enum lk_status st = LK_OK;
    uint64_t inputs = options->out ? stamp_inputs(root, templates, options, pool) : 0;

    if (!options->out ||
        !stamp_matches(options->out, inputs + stamp_outputs(options->out, pool), &own)) {
        st = site_make(&s, pool, &own, err);
        /* A book with warnings is looked at again, so that they are said again. */
        if (!st && options->out && !findings->len)
            stamp_keep(options->out, inputs + stamp_outputs(options->out, pool), &own);
        site_close(&s);
    }
    pool_free(pool);
    if (report)
        *report = own;
    free(templates);
    return st;
}

enum lk_status site_single(struct str *out, const struct lesson *l, struct lk_error *err)
{
    static const struct site_options plain;
    char *lessons = path_folder(l->folder), *root = path_folder(lessons);
    char *templates = site_templates(root);
    struct findings findings = {0};
    struct site s = {
        .root = root, .templates_folder = templates, .options = &plain, .findings = &findings};
    struct pool *pool = pool_new(1);
    enum lk_status st = open_site(&s, err);
    size_t at;

    s.worker_count = 1;
    s.workers = mem_calloc(1, sizeof *s.workers);
    if (!st)
        st = peek_all(&s, pool, err);
    at = site_find_lesson(&s, slice_of(l->slug));
    if (!st && at == s.count)
        st = error_set(err, LK_EUSE, "%s is not among the lessons of %s", l->slug, root);
    if (!st) {
        s.lessons[at].arena = s.workers;
        st = page_single(&s, at, out, err);
    }
    pool_free(pool);
    site_close(&s);
    findings_done(&findings);
    free(templates);
    free(root);
    free(lessons);
    return st;
}
