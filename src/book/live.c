/*
 * A live site is a struct site that stays, with a stamp for each lesson's
 * folder and one for all the rest (settings, templates, data, the list of
 * lessons). When only the text of some lessons changed, their pages are made
 * again, and with each the part of the search it is in; everything else that a
 * build needs is still in memory. When the rest changed, or a lesson's front
 * matter (which other pages show), or the book is so small that it has a page
 * of the whole book, all is built again.
 *
 * What rendering keeps for other pages lies in arenas that only grow; so after
 * some updates all is built again, too.
 */
#include "book/site.h"

#include "base/error.h"
#include "base/file.h"
#include "base/thread.h"
#include "book/site_internal.h"
#include "book/stamp.h"

#include <stdlib.h>
#include <string.h>

enum { UPDATES_MAX = 200 };

struct site_live {
    char *root, *out, *templates;
    struct site_options options;
    struct pool *pool;
    struct site site;
    bool whole; /* `site` holds a book that was built without error */
    int updates;
    uint64_t rest;     /* stamp of all but the lessons' folders */
    uint64_t *lessons; /* of each lesson's folder */
    struct site_report report;
    char **written; /* by the last update */
    size_t written_count;
};

struct site_live *site_live_new(const char *root, const struct site_options *options)
{
    struct site_live *live = mem_calloc(1, sizeof *live);

    live->root = mem_strdup(root);
    live->out = mem_strdup(options->out);
    live->templates = options->templates ? mem_strdup(options->templates) : site_templates(root);
    live->options = *options;
    live->options.out = live->out;
    live->options.templates = live->templates;
    live->pool = pool_new(options->threads);
    return live;
}

static void forget_written(struct site_live *live)
{
    if (live->written)
        file_names_free(live->written, live->written_count);
    live->written = NULL;
    live->written_count = 0;
    live->report.files.written = live->report.files.removed = 0;
}

/* What was committed is told by name. */
static void end_publishing(struct site_live *live, enum lk_status st)
{
    if (!st)
        live->written_count = publish_changed(live->site.publish, &live->written);
    publish_close(live->site.publish);
    live->site.publish = NULL;
}

const char *const *site_live_written(const struct site_live *live, size_t *count)
{
    *count = live->written_count;
    return (const char *const *)live->written;
}

static void drop_site(struct site_live *live)
{
    if (live->site.root)
        site_close(&live->site);
    memset(&live->site, 0, sizeof live->site);
    free(live->lessons);
    live->lessons = NULL;
    live->whole = false;
}

void site_live_free(struct site_live *live)
{
    if (!live)
        return;
    drop_site(live);
    forget_written(live);
    pool_free(live->pool);
    free(live->root);
    free(live->out);
    free(live->templates);
    free(live);
}

/* ---- what changed -------------------------------------------------------------------- */

/* Everything under lessons/ that is no lesson's folder, the lessons' names, the templates. */
static uint64_t stamp_rest(const struct site_live *live)
{
    char *lessons = path_join(live->root, "lessons"), **names = NULL;
    uint64_t sum = stamp_folder(live->templates);
    size_t n = 0;

    if (file_list(&names, &n, lessons, NULL))
        n = 0;
    for (size_t i = 0; i < n; i++) {
        char *path = path_join(lessons, names[i]);

        if (!index_is_slug(names[i])) {
            sum += stamp_file(path) + stamp_folder(path);
        } else {
            /* A lesson's name counts, its content does not. */
            for (const char *c = names[i]; *c; c++)
                sum = sum * 31 + (unsigned char)*c;
        }
        free(path);
    }
    file_names_free(names, n);
    free(lessons);
    return sum;
}

struct looker {
    struct site_live *live;
    uint64_t *stamps;
};

static void stamp_one(void *ctx, size_t i, int worker)
{
    struct looker *k = ctx;
    struct str path = STR_INIT;

    str_printf(&path, "%s/lessons/%s", k->live->root, k->live->site.lessons[i].slug);
    k->stamps[i] = stamp_folder(path.ptr);
    str_done(&path);
}

static uint64_t *stamp_lessons(struct site_live *live)
{
    struct looker k = {live, mem_calloc(live->site.count + 1, sizeof *k.stamps)};

    pool_run(live->pool, live->site.count, stamp_one, &k);
    return k.stamps;
}

/* ---- building ---------------------------------------------------------------------------- */

static enum lk_status build_all(struct site_live *live, uint64_t rest, struct findings *findings,
                                struct lk_error *err)
{
    enum lk_status st;

    drop_site(live);
    live->site = (struct site){.root = live->root,
                               .templates_folder = live->templates,
                               .options = &live->options,
                               .findings = findings};
    live->rest = rest;
    live->updates = 0;
    st = site_make(&live->site, live->pool, &live->report, err);
    end_publishing(live, st);
    if (st) {
        drop_site(live);
        return st;
    }
    live->lessons = stamp_lessons(live);
    live->whole = true;
    return LK_OK;
}

static bool same_text(const char *a, const char *b)
{
    return !strcmp(a, b);
}

/* Does another page show anything of this lesson that is different now? */
static bool front_changed(struct site_live *live, size_t i)
{
    struct site_lesson *old = &live->site.lessons[i], now = {.slug = old->slug};
    struct str folder = STR_INIT;
    bool changed;

    now.arena = &live->site.workers[0];
    str_printf(&folder, "%s/lessons/%s", live->root, old->slug);
    changed = lesson_peek(&now, folder.ptr, &now.error) != LK_OK ||
              !same_text(old->title, now.title) || !same_text(old->summary, now.summary) ||
              old->minutes != now.minutes || old->draft != now.draft ||
              old->term_count != now.term_count || old->change_count != now.change_count ||
              old->redirect_count != now.redirect_count;
    for (size_t k = 0; k < now.redirect_count && !changed; k++)
        changed = !same_text(old->redirects[k].text, now.redirects[k].text);
    for (size_t k = 0; k < now.change_count && !changed; k++)
        changed = !same_text(old->changes[k].text, now.changes[k].text) ||
                  !same_text(old->changes[k].date, now.changes[k].date);
    str_done(&folder);
    return changed;
}

/* Make the lesson ready to be rendered again. */
static void forget_page(struct site_lesson *l)
{
    findings_done(&l->findings);
    error_clear(&l->error);
    str_done(&l->search);
    l->anchor_count = l->id_count = 0;
}

/* What is rendered anew of one part of the search. */
struct again {
    struct site *site;
    size_t lessons[SEARCH_PART], count;
};

static void render_again(void *ctx, size_t i, int worker)
{
    struct again *again = ctx;

    site_render_lesson(again->site, again->lessons[i], &again->site->workers[worker]);
}

/* The part that begins at `first`: the search entries of the other lessons are those there are. */
static enum lk_status render_part(struct site_live *live, size_t first, const bool *changed,
                                  struct lk_error *err)
{
    struct site *s = &live->site;
    struct again again = {.site = s};
    bool others_known = search_read_part(s, first);
    enum lk_status st = LK_OK;

    for (size_t i = first; i < site_part_end(s, first); i++)
        if (changed[i] || s->lessons[i].reaches || !others_known) {
            forget_page(&s->lessons[i]);
            again.lessons[again.count++] = i;
        }
    pool_run(live->pool, again.count, render_again, &again);
    for (size_t i = 0; i < again.count; i++) {
        struct site_lesson *l = &s->lessons[again.lessons[i]];

        findings_join(s->findings, &l->findings);
        if (!st && l->error.status) {
            st = l->error.status;
            if (err)
                *err = l->error;
        }
    }
    return st ? st : search_write_part(s, first, err);
}

static bool part_changed(const struct site *s, size_t first, const bool *changed)
{
    for (size_t i = first; i < site_part_end(s, first); i++)
        if (changed[i] || s->lessons[i].reaches)
            return true;
    return false;
}

static enum lk_status render_changed(struct site_live *live, const bool *changed,
                                     struct findings *findings, struct lk_error *err)
{
    struct site *s = &live->site;
    enum lk_status st = publish_open(&s->publish, live->out, err);

    s->findings = findings;
    for (size_t first = 0; first < s->count && !st; first += SEARCH_PART)
        if (part_changed(s, first, changed))
            st = render_part(live, first, changed, err);
    if (!st) {
        links_judge(s);
        st = findings_status(findings, err);
    }
    if (!st)
        st = publish_commit_some(s->publish, live->pool, &live->report.files, err);
    end_publishing(live, st);
    return st;
}

/* ---- what to do -------------------------------------------------------------------------- */

/*
 * Mark the lessons that changed and take their new stamps, before they are read: an edit that
 * comes while they are rendered is seen again. False when that cannot be said of some.
 */
static bool mark_seen(struct site_live *live, const struct site_seen *seen, bool *changed)
{
    struct looker k = {live, live->lessons};

    for (size_t i = 0; i < seen->count; i++) {
        size_t at = site_find_lesson(&live->site, slice_of(seen->slugs[i]));

        if (at == live->site.count)
            return false;
        changed[at] = true;
        stamp_one(&k, at, 0);
    }
    return true;
}

static void mark_stamped(struct site_live *live, bool *changed)
{
    uint64_t *stamps = stamp_lessons(live);

    for (size_t i = 0; i < live->site.count; i++)
        changed[i] = stamps[i] != live->lessons[i];
    free(live->lessons);
    live->lessons = stamps;
}

/* Is it enough to render the marked lessons? *any: is one marked? */
static bool few_are_enough(struct site_live *live, const bool *changed, bool *any)
{
    for (size_t i = 0; i < live->site.count; i++)
        if (changed[i]) {
            *any = true;
            if (live->site.count <= PRINT_MAX || front_changed(live, i))
                return false;
        }
    return true;
}

enum lk_status site_live_update(struct site_live *live, const struct site_seen *seen,
                                struct site_report *report, struct findings *findings,
                                struct lk_error *err)
{
    bool *changed = mem_calloc(live->site.count + 1, sizeof *changed), any = false;
    uint64_t rest = seen && live->whole ? live->rest : stamp_rest(live);
    bool all = !live->whole || rest != live->rest || live->updates >= UPDATES_MAX;
    enum lk_status st = LK_OK;

    forget_written(live);
    if (!all) {
        if (!seen)
            mark_stamped(live, changed);
        else
            all = !mark_seen(live, seen, changed);
        all = all || !few_are_enough(live, changed, &any);
    }
    if (all) {
        st = build_all(live, seen ? stamp_rest(live) : rest, findings, err);
    } else if (any) {
        live->updates++;
        st = render_changed(live, changed, findings, err);
        if (st)
            live->whole = false; /* some lessons were read anew: begin afresh */
    }
    if (!st && report)
        *report = live->report;
    free(changed);
    return st;
}
