/*
 * A lesson out of its folder: front matter, text with includes and variables,
 * tree, steps, quizzes, in this order. Everything found wrong goes to the
 * findings; what could be understood is kept, so that one run shows all of it.
 */
#include "book/lesson.h"

#include "base/error.h"
#include "base/file.h"
#include "book/build_lesson.h"
#include "book/front.h"
#include "book/index.h"
#include "book/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LESSON_MAX = 2 << 20, HEAD_SIZE = 4096 };

const struct front_key lesson_keys[] = {
    {"title", FRONT_TEXT, true, "the lesson's name"},
    {"summary", FRONT_TEXT, true, "one sentence for lists, search and previews"},
    {"minutes", FRONT_TEXT, true, "how long it takes, 1 to 600"},
    {"objectives", FRONT_LIST, false, "what the reader can do afterwards"},
    {"needs", FRONT_LIST, false, "folders of the lessons that come first"},
    {"targets", FRONT_LIST, false,
     "where its steps run unless they say so themselves: `local`, `practice`, `aws`"},
    {"draft", FRONT_TEXT, false, "`true`: not published; `labbook build --drafts` shows it"},
    {"terms", FRONT_LIST, false, "words of the glossary that it introduces"},
    {"redirects", FRONT_LIST, false, "folders that it had before; their pages lead here"},
    {"changes", FRONT_MAP, false, "days (`2026-05-04`) and what changed, for the feed"},
    {NULL, FRONT_TEXT, false, NULL},
};

/* ---- shared by the builders ----------------------------------------------------- */

void lesson_complain(const struct lesson_builder *b, const char *rule, int line, int column,
                     const char *mend, const char *fmt, ...)
{
    struct str text = STR_INIT;
    const char *file;
    va_list args;

    va_start(args, fmt);
    str_vprintf(&text, fmt, args);
    va_end(args);
    text_place(b->text, line, &file, &line);
    finding_add(b->findings, FINDING_ERROR, rule, file, line, column, mend, "%s", text.ptr);
    str_done(&text);
}

/* Labs are few: finding a line by counting costs less than an index of all lines. */
struct slice lesson_line(const struct lesson_builder *b, int line)
{
    struct slice rest = slice_str(&b->text->body), at = SLICE("");

    while (line-- > 0)
        if (!slice_line(&rest, &at))
            return SLICE("");
    return at;
}

const char *lesson_keep(const struct lesson_builder *b, struct slice s)
{
    return arena_strndup(b->arena, s.ptr, s.len);
}

const char *lesson_html(const struct lesson_builder *b, const struct node *n)
{
    struct str html = STR_INIT;
    const char *kept;

    html_render_children(&html, n, b->html);
    kept = lesson_keep(b, slice_trim(slice_str(&html)));
    str_done(&html);
    return kept;
}

const char *lesson_text(const struct lesson_builder *b, const struct node *n)
{
    struct str text = STR_INIT;
    const char *kept;

    node_put_text(&text, n);
    kept = lesson_keep(b, slice_trim(slice_str(&text)));
    str_done(&text);
    return kept;
}

bool lesson_is_id(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!((s.ptr[i] >= 'a' && s.ptr[i] <= 'z') || (s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
              s.ptr[i] == '-'))
            return false;
    return s.len > 0 && s.len <= 60;
}

const struct lesson_step *lesson_step_find(const struct lesson *l, const char *id)
{
    for (size_t i = 0; i < l->step_count; i++)
        if (!strcmp(l->steps[i].id, id))
            return &l->steps[i];
    return NULL;
}

/* ---- reading -------------------------------------------------------------------- */

static unsigned front_targets(const struct front *map, const char *file, struct findings *findings)
{
    const struct front *list = front_get(map, "targets");
    unsigned set = 0;

    if (!list)
        return TARGET_LOCAL;
    for (const struct front *t = list->kind == FRONT_TEXT ? list : list->first; t; t = t->next) {
        unsigned one = t->text ? lesson_target_named(slice_of(t->text)) : 0;

        if (!one)
            finding_add(findings, FINDING_ERROR, "front-value", file, t->value_line,
                        t->value_column, "local, practice and aws are known",
                        "unknown target '%.40s'", t->text ? t->text : "");
        set |= one;
        if (t == list)
            break;
    }
    return set;
}

static bool is_day(const char *date)
{
    static const char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int month, day;

    if (strlen(date) != 10 || date[4] != '-' || date[7] != '-' ||
        strspn(date, "0123456789-") != 10 || strspn(date, "0123456789") != 4 || date[5] == '-' ||
        date[6] == '-' || date[8] == '-' || date[9] == '-')
        return false;
    month = (date[5] - '0') * 10 + date[6] - '0';
    day = (date[8] - '0') * 10 + date[9] - '0';
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

static void read_changes(struct lesson *l, struct arena *arena, const struct front *map,
                         struct findings *findings)
{
    if (!map || map->kind != FRONT_MAP)
        return;
    l->changes = arena_alloc(arena, (map->count + 1) * sizeof *l->changes);
    for (const struct front *c = map->first; c; c = c->next) {
        if (is_day(c->key) && c->kind == FRONT_TEXT)
            l->changes[l->change_count++] = (struct lesson_change){c->key, c->text};
        else
            finding_add(findings, FINDING_ERROR, "front-value", l->file, c->line, c->column,
                        "write `2026-05-04: what changed`", "a change needs a date and a text");
    }
}

/* Names of folders that lessons may have, or the pages would lie where others do. */
static void read_redirects(struct lesson *l, struct arena *arena, const struct front *map,
                           struct findings *findings)
{
    l->redirects = front_words(arena, map, "redirects", &l->redirect_count, l->file, findings);
    for (size_t i = 0; i < l->redirect_count; i++) {
        const struct front_word *w = &l->redirects[i];

        if (!index_is_slug(w->text) || strpbrk(w->text, "/\\") || strlen(w->text) > 200)
            finding_add(findings, FINDING_ERROR, "front-value", l->file, w->line, w->column,
                        "write the name that the lesson's folder had, as in 03-the-old-name",
                        "'%.60s' is no name of a lesson", w->text);
    }
}

static void read_front(struct lesson *l, struct arena *arena, const struct front *map,
                       struct findings *findings)
{
    front_check(map, lesson_keys, l->file, findings);
    l->title = front_text(map, "title", l->slug);
    l->summary = front_text(map, "summary", "");
    l->minutes = front_int(map, "minutes", 0, 1, 600, l->file, findings);
    l->draft = front_bool(map, "draft", false, l->file, findings);
    l->objectives = front_texts(arena, map, "objectives", &l->objective_count, l->file, findings);
    l->needs = front_words(arena, map, "needs", &l->need_count, l->file, findings);
    l->terms = front_words(arena, map, "terms", &l->term_count, l->file, findings);
    read_redirects(l, arena, map, findings);
    read_changes(l, arena, front_get(map, "changes"), findings);
}

static void name_lesson(struct lesson *l, struct arena *arena, const char *folder)
{
    size_t n = strlen(folder);
    const char *start;

    while (n > 1 && folder[n - 1] == '/')
        n--;
    l->folder = arena_strndup(arena, folder, n);
    l->file = arena_printf(arena, "%s/lesson.md", l->folder);
    start = path_name(l->folder);
    l->slug = start;
    l->number = arena_strndup(arena, start, strcspn(start, "-"));
}

/* Until here lines were those of the expanded text; from here on they are the author's. */
static void place_lines(struct lesson *l)
{
    const struct text *text = &l->memory->text;
    const char *file;

    for (size_t i = 0; i < l->step_count; i++) {
        struct lesson_step *s = &l->steps[i];

        text_place(text, s->line, &file, &s->line);
        for (size_t k = 0; k < s->wrong_count; k++)
            text_place(text, s->wrongs[k].line, &file, &s->wrongs[k].line);
    }
    for (size_t i = 0; i < l->quiz_count; i++)
        text_place(text, l->quizzes[i].line, &file, &l->quizzes[i].line);
}

/* The front matter into l; *rest is the text behind it, *targets where its steps may run. */
static bool build_front(struct lesson *l, struct slice source, struct slice *rest,
                        unsigned *default_targets, struct findings *findings)
{
    struct lesson_memory *m = l->memory;
    struct front *map = NULL;
    struct slice yaml;

    if (!front_cut(source, l->file, &yaml, rest, &l->markdown_line, findings))
        return false;
    if (front_parse(&map, &m->arena, yaml, l->file, 2, findings)) {
        read_front(l, &m->arena, map, findings);
        *default_targets = front_targets(map, l->file, findings);
    }
    return true;
}

static void build(struct lesson *l, struct slice source, const struct settings *settings,
                  const struct html_options *html, struct findings *findings)
{
    struct lesson_memory *m = l->memory;
    struct lesson_builder b = {l, &m->arena, NULL, &m->text, html, findings, TARGET_LOCAL};
    struct slice rest;

    if (!build_front(l, source, &rest, &b.targets, findings))
        return;
    text_expand(&m->text, &m->arena, rest, l->file, l->markdown_line, settings, findings);
    l->markdown = m->text.body.ptr;
    l->includes = m->text.files;
    l->include_count = m->text.file_count;
    b.tree = extend_parse(&m->arena, slice_str(&m->text.body), 1, &m->text, findings);
    l->tree = m->tree = b.tree;
    steps_build(&b);
    quizzes_build(&b);
    place_lines(l);
}

static struct lesson *new_lesson(const char *folder)
{
    struct lesson *l = mem_calloc(1, sizeof *l);

    l->memory = mem_calloc(1, sizeof *l->memory);
    str_init(&l->memory->text.body);
    l->markdown = "";
    name_lesson(l, &l->memory->arena, folder);
    l->title = l->slug;
    l->summary = "";
    return l;
}

enum lk_status lesson_load(struct lesson **out, const char *folder, const struct settings *settings,
                           const struct html_options *html, struct findings *findings,
                           struct lk_error *err)
{
    static const struct html_options plain;
    struct lesson *l = new_lesson(folder);
    struct str source = STR_INIT;
    enum lk_status st = file_read(&source, l->file, LESSON_MAX, err);

    if (!st) {
        *out = l; /* who draws hints and quizzes may look at it already */
        build(l, slice_str(&source), settings, html ? html : &plain, findings);
    } else {
        lesson_free(l);
    }
    str_done(&source);
    return st;
}

/* The start of a lesson; *whole says that there is no more. */
static enum lk_status read_head(struct str *out, const char *file, bool *whole,
                                struct lk_error *err)
{
    FILE *f = fopen(file, "rbe");
    size_t n;

    if (!f)
        return error_errno(err, "open", file);
    setvbuf(f, NULL, _IONBF, 0);
    n = fread(str_room(out, HEAD_SIZE), 1, HEAD_SIZE, f);
    str_grew(out, n);
    *whole = n < HEAD_SIZE;
    fclose(f);
    return LK_OK;
}

enum lk_status lesson_read_front(struct lesson **out, const char *folder, struct findings *findings,
                                 struct lk_error *err)
{
    struct lesson *l = new_lesson(folder);
    struct str source = STR_INIT;
    unsigned default_targets;
    struct slice rest;
    bool whole = true;
    enum lk_status st = read_head(&source, l->file, &whole, err);

    /* Front matter nearly always ends in the head; where it does not, read all. */
    if (!st && !whole && !strstr(source.ptr + 3, "\n---")) {
        str_clear(&source);
        st = file_read(&source, l->file, LESSON_MAX, err);
    }
    if (!st) {
        build_front(l, slice_str(&source), &rest, &default_targets, findings);
        *out = l;
    } else {
        lesson_free(l);
    }
    str_done(&source);
    return st;
}

enum lk_status lesson_read(struct lesson **out, const char *folder, struct lk_error *err)
{
    struct findings findings = {0};
    struct settings settings = {0};
    struct lesson *l = NULL;
    char *lessons = path_folder(folder), *root = path_folder(lessons);
    enum lk_status st = settings_read(&settings, root, &findings, err);

    if (!st)
        st = lesson_load(&l, folder, &settings, NULL, &findings, err);
    if (!st)
        st = findings_status(&findings, err);
    if (!st) {
        *out = l;
        l = NULL;
    }
    lesson_free(l);
    settings_done(&settings);
    findings_done(&findings);
    free(root);
    free(lessons);
    return st;
}

void lesson_free(struct lesson *l)
{
    if (!l)
        return;
    free(l->steps);
    free(l->quizzes);
    text_done(&l->memory->text);
    arena_done(&l->memory->arena);
    free(l->memory);
    free(l);
}
