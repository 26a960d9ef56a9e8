/*
 * What labbook check looks for in one lesson, besides what reading and
 * rendering find anyway. Each rule is one function over the tree; a rule says
 * what it found, why it matters and how to mend it.
 *
 * What needs the whole book (terms used before they are introduced) is judged
 * at the end, from what each lesson kept.
 */
#include "base/error.h"
#include "base/file.h"
#include "book/site_internal.h"

#include <ctype.h>
#include <string.h>

enum { IMAGE_MAX = 500 * 1024 };

static void find(struct page *p, enum finding_level level, const char *rule, const struct node *n,
                 const char *mend, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

static void find(struct page *p, enum finding_level level, const char *rule, const struct node *n,
                 const char *mend, const char *fmt, ...)
{
    struct str text = STR_INIT;
    const char *file;
    va_list args;
    int line;

    va_start(args, fmt);
    str_vprintf(&text, fmt, args);
    va_end(args);
    text_place(&p->lesson->memory->text, n->line, &file, &line);
    finding_add(&p->info->findings, level, rule, file, line, n->column, mend, "%s", text.ptr);
    str_done(&text);
}

/* ---- headings ---------------------------------------------------------------------- */

static void check_headings(struct page *p)
{
    const struct node *tree = p->lesson->tree;
    int level = 1;

    for (struct node *n = p->lesson->memory->tree; n; n = node_next(tree, n)) {
        if (n->kind != NODE_HEADING)
            continue;
        if (n->level == 1)
            find(p, FINDING_ERROR, "heading-level", n, "write ## for the lesson's sections",
                 "a heading of level 1, which is the lesson's title");
        else if (n->level > level + 1)
            find(p, FINDING_ERROR, "heading-level", n,
                 "those who cannot see the page find their way by levels; skip none",
                 "a heading of level %d under one of level %d", n->level, level);
        level = n->level;
    }
}

/* Ids that authors gave: equal ones were told apart by a number, and links go to the first. */
static void check_ids(struct page *p, const struct outline *o)
{
    for (size_t i = 0; i < o->count; i++)
        if (o->items[i].repeated)
            find(p, FINDING_ERROR, "id-twice", o->items[i].heading, "give one another id",
                 "the id of this heading is taken on this page, so it became '%s'", o->items[i].id);
}

/* ---- images and raw HTML ------------------------------------------------------------- */

static void check_image(struct page *p, const struct node *n)
{
    struct str alt = STR_INIT, path = STR_INIT;
    struct file_info info;

    for (const struct node *c = n->first; c; c = c->next)
        node_put_text(&alt, c);
    if (!slice_trim(slice_str(&alt)).len)
        find(p, FINDING_ERROR, "alt-missing", n, "write ![what it shows](file)",
             "a picture without words for those who cannot see it");
    str_printf(&path, "%s/%.*s", p->lesson->folder, (int)n->url.len, n->url.ptr);
    info = file_stat(path.ptr);
    if (info.kind == FILE_REGULAR && info.size > IMAGE_MAX)
        find(p, FINDING_WARNING, "image-large", n, "make it smaller, or draw it as SVG",
             "a picture of %lld kB; a whole page should stay under 150",
             (long long)(info.size / 1024));
    str_done(&alt);
    str_done(&path);
}

static void check_raw(struct page *p, const struct node *n)
{
    if (!p->site->settings->raw_html && !slice_starts(slice_trim(n->text), "<!--"))
        find(p, FINDING_WARNING, "raw-html", n,
             "write it in Markdown, in `code`, or set raw_html: true in book.yaml",
             "raw HTML is left out of the page");
}

/* ---- labs ------------------------------------------------------------------------------ */

static bool is_cost(const struct node *n)
{
    return n->kind == NODE_ALERT && slice_is(n->text, "COST");
}

/* Does the code call one of the cloud's libraries? Without, a step costs nothing anywhere. */
static bool calls_cloud(const char *code)
{
    static const char *const libraries[] = {"aws.", "s3.", "sts.", "iam.", "sagemaker.", "logs."};

    for (size_t i = 0; code && i < sizeof libraries / sizeof *libraries; i++)
        for (const char *at = code; (at = strstr(at, libraries[i])); at++)
            if (at == code || (!isalnum((unsigned char)at[-1]) && !strchr("_.\"'", at[-1])))
                return true;
    return false;
}

/* A step that asks AWS needs its cost told before it, in its own section. */
static void check_labs(struct page *p)
{
    const struct node *tree = p->lesson->tree;
    bool cost = false;

    for (struct node *n = p->lesson->memory->tree; n; n = node_next(tree, n)) {
        const struct lesson_step *s;

        if (n->kind == NODE_HEADING && n->level <= 2)
            cost = false;
        cost |= is_cost(n);
        if (n->kind != NODE_LAB)
            continue;
        s = &p->lesson->steps[n->number];
        if ((s->targets & TARGET_AWS) && !cost &&
            (calls_cloud(s->code) || calls_cloud(s->solution)))
            find(p, FINDING_ERROR, "cost-missing", n, "add a quote > [!COST] before it",
                 "the step '%s' can run on AWS, and its section does not say what that costs",
                 s->id);
        if (!s->check && !s->check_none)
            find(p, FINDING_WARNING, "lab-check", n,
                 "add ```lua check for=..., or check=none where there is nothing to judge",
                 "the step '%s' has no check", s->id);
        if (s->check && s->solution && !s->hint_count)
            find(p, FINDING_WARNING, "lab-hint", n, "add > [!HINT] quotes behind it",
                 "the step '%s' asks for something, and helps with no hint", s->id);
    }
}

/* ---- questions --------------------------------------------------------------------------- */

/* Does every wrong answer meet with a reason? */
static bool explains(const struct lesson_quiz *q)
{
    size_t whys = 0, wrong = 0, wrong_whys = 0;

    for (size_t i = 0; i < q->choice_count; i++) {
        whys += q->choices[i].why_text[0] != '\0';
        wrong += !q->choices[i].right;
        wrong_whys += !q->choices[i].right && q->choices[i].why_text[0];
    }
    if (q->kind == QUIZ_ONE || q->kind == QUIZ_SEVERAL)
        return wrong == wrong_whys;
    return whys || q->explain_text[0];
}

static void check_quizzes(struct page *p)
{
    for (struct node *n = p->lesson->memory->tree; n; n = node_next(p->lesson->tree, n))
        if (n->kind == NODE_QUIZ && !explains(&p->lesson->quizzes[n->number]))
            find(p, FINDING_WARNING, "quiz-why", n,
                 "write a quote > ... below each wrong choice; below the question, where a number "
                 "or a text is asked for",
                 "the question '%s' does not say what is wrong with a wrong answer",
                 p->lesson->quizzes[n->number].id);
}

/* ---- reading level ----------------------------------------------------------------------- */

struct reading {
    long words, sentences, syllables;
};

/* Groups of vowels, a silent e at the end off; near enough for an average. */
static int syllables(const char *word, size_t n)
{
    bool before = false;
    int count = 0;

    for (size_t i = 0; i < n; i++) {
        bool vowel = strchr("aeiouyAEIOUY", word[i]) != NULL;

        count += vowel && !before;
        before = vowel;
    }
    if (n > 2 && word[n - 1] == 'e' && count > 1 && word[n - 2] != 'l')
        count--;
    return count ? count : 1;
}

static void read_text(struct reading *r, struct slice s)
{
    for (size_t i = 0; i < s.len;) {
        size_t start = i;

        while (i < s.len && isalpha((unsigned char)s.ptr[i]))
            i++;
        if (i > start) {
            r->words++;
            r->syllables += syllables(s.ptr + start, i - start);
        } else {
            r->sentences += strchr(".!?", s.ptr[i]) && (i + 1 == s.len || s.ptr[i + 1] == ' ');
            i++;
        }
    }
}

/* The Flesch-Kincaid grade of the paragraphs, in English books. */
static void check_reading(struct page *p)
{
    const struct settings *settings = p->site->settings;
    const struct node *tree = p->lesson->tree;
    struct reading r = {0};
    struct str text = STR_INIT;
    double grade;

    if (!settings->reading_grade || strncmp(settings->language, "en", 2))
        return;
    for (struct node *n = p->lesson->memory->tree; n; n = node_next(tree, n))
        if (n->kind == NODE_PARAGRAPH) {
            str_clear(&text);
            node_put_text(&text, n);
            read_text(&r, slice_str(&text));
        }
    str_done(&text);
    if (r.words < 100 || !r.sentences)
        return;
    grade = 0.39 * (double)r.words / (double)r.sentences +
            11.8 * (double)r.syllables / (double)r.words - 15.59;
    if (grade > settings->reading_grade)
        find(p, FINDING_WARNING, "reading-level", tree, "use shorter sentences and plainer words",
             "the lesson reads like school grade %.1f, the book wants at most %d", grade,
             settings->reading_grade);
}

/* ---- terms ------------------------------------------------------------------------------- */

/* Where each term is first used in this lesson; kept for the end. */
static void keep_terms(struct page *p)
{
    const struct node *tree = p->lesson->tree;
    struct site_lesson *info = p->info;
    size_t n_terms = 0;

    info->used = arena_alloc(info->arena, (p->site->glossary.count + 1) * sizeof *info->used);
    for (struct node *n = p->lesson->memory->tree; n; n = node_next(tree, n)) {
        const char *file;
        int line;

        if (n->kind != NODE_GLOSS)
            continue;
        text_place(&p->lesson->memory->text, n->line, &file, &line);
        info->used[n_terms++] = (struct site_use){(size_t)n->number, line, n->column};
    }
    info->used_count = n_terms;
}

static size_t introduced_in(const struct site *s, const char *words)
{
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < s->lessons[i].term_count; k++)
            if (!strcasecmp(s->lessons[i].terms[k].text, words))
                return i;
    return s->count;
}

static bool is_term(const struct glossary *g, const char *words)
{
    for (size_t i = 0; i < g->count; i++)
        if (!strcasecmp(g->terms[i].words, words))
            return true;
    return false;
}

static void judge_terms(struct site *s, size_t i)
{
    const struct site_lesson *l = &s->lessons[i];
    const char *file = arena_printf(&s->arena, "%s/lessons/%s/lesson.md", s->root, l->slug);

    for (size_t k = 0; k < l->term_count; k++)
        if (!is_term(&s->glossary, l->terms[k].text))
            finding_add(s->findings, FINDING_ERROR, "term-unknown", file, l->terms[k].line,
                        l->terms[k].column, "explain it in lessons/glossary.md",
                        "the lesson introduces the term '%s', which is not in the glossary",
                        l->terms[k].text);
    for (size_t k = 0; k < l->used_count; k++) {
        const struct glossary_term *t = &s->glossary.terms[l->used[k].term];
        size_t at = introduced_in(s, t->words);

        if (at < s->count && at > i)
            finding_add(s->findings, FINDING_WARNING, "term-early", file, l->used[k].line,
                        l->used[k].column, "explain it here, or use plainer words",
                        "the term '%s' is used before lesson %s introduces it", t->words,
                        s->lessons[at].number);
    }
}

void check_lesson(struct page *p, const struct outline *outline)
{
    const struct node *tree = p->lesson->tree;

    check_headings(p);
    check_ids(p, outline);
    check_labs(p);
    check_quizzes(p);
    check_reading(p);
    keep_terms(p);
    for (struct node *n = p->lesson->memory->tree; n; n = node_next(tree, n)) {
        if (n->kind == NODE_IMAGE)
            check_image(p, n);
        else if (n->kind == NODE_HTML || n->kind == NODE_HTML_BLOCK)
            check_raw(p, n);
    }
}

void check_book(struct site *s)
{
    for (size_t i = 0; i < s->count; i++)
        judge_terms(s, i);
}
