/*
 * Labs and quizzes on a page: their data for templates/lab.mustache and
 * templates/quiz.mustache. What their scripts rely on is said at the top of
 * templates/lesson.mustache.
 */
#include "book/record.h"
#include "book/site_internal.h"

void page_targets(struct page *p, struct mv *data, const char *key, unsigned targets)
{
    static const struct {
        unsigned target;
        const char *name, *text;
    } names[] = {{TARGET_LOCAL, "local", "target_local"},
                 {TARGET_PRACTICE, "practice", "target_practice"},
                 {TARGET_AWS, "aws", "target_aws"}};
    struct mv *list = mv_put(p->arena, data, key, MV_LIST);

    for (size_t i = 0; i < 3; i++)
        if (targets & names[i].target) {
            struct mv *item = mv_put(p->arena, list, NULL, MV_MAP);

            mv_z(p->arena, item, "name", names[i].name);
            mv_z(p->arena, item, "label", language_text(&p->site->language, names[i].text));
        }
}

static struct slice coloured(struct page *p, const char *code)
{
    struct str html = STR_INIT;
    struct slice kept;

    highlight_put(&html, SLICE("lua"), slice_of(code));
    kept = (struct slice){arena_strndup(p->arena, html.ptr, html.len), html.len};
    str_done(&html);
    return kept;
}

static void put_hints(struct page *p, struct mv *data, const struct lesson_step *step)
{
    struct mv *list = mv_put(p->arena, data, "hints", MV_LIST);

    for (size_t i = 0; i < step->hint_count; i++) {
        struct mv *item = mv_put(p->arena, list, NULL, MV_MAP);

        mv_int(p->arena, item, "number", (long)i + 1);
        mv_z(p->arena, item, "html", step->hints[i]);
    }
}

static void put_recorded(struct page *p, struct mv *data, const struct lesson_step *step)
{
    struct str html = STR_INIT;
    struct lk_error err = {0};
    bool there = false;

    if (record_render(&html, &there, p->lesson->folder, step->id, &err))
        finding_add(&p->info->findings, FINDING_ERROR, "recorded", err.file, err.line, err.column,
                    "record it again with labbook test", "%s", err.text);
    mv_flag(p->arena, data, "recorded", there && html.len);
    mv_text(p->arena, data, "recorded_html",
            (struct slice){arena_strndup(p->arena, html.ptr, html.len), html.len});
    str_done(&html);
}

static void draw_template(struct page *p, struct str *out, const char *template,
                          const struct mv *data)
{
    struct lk_error err = {0};

    if (page_draw(p->site, out, template, data, &err) && p->err && !p->err->status)
        *p->err = err;
}

void page_lab(struct page *p, struct str *out, const struct lesson_step *step)
{
    struct mv *d = mv_new(p->arena, MV_MAP);
    struct str targets = STR_INIT;

    page_texts(p->site, p->arena, d);
    lesson_put_targets(&targets, step->targets);
    mv_z(p->arena, d, "prefix", p->prefix);
    mv_z(p->arena, d, "id", step->id);
    mv_z(p->arena, d, "slug", p->info->slug);
    mv_z(p->arena, d, "title", step->title);
    mv_z(p->arena, d, "targets", arena_strdup(p->arena, targets.ptr));
    mv_int(p->arena, d, "timeout_ms", step->timeout_ms);
    mv_flag(p->arena, d, "has_check", step->check != NULL);
    mv_flag(p->arena, d, "has_solution", step->solution != NULL);
    mv_int(p->arena, d, "hint_count", (long)step->hint_count);
    mv_flag(p->arena, d, "has_help", step->hint_count || step->solution);
    mv_z(p->arena, d, "code", step->code);
    mv_text(p->arena, d, "code_html", coloured(p, step->code));
    mv_text(p->arena, d, "solution_html", coloured(p, step->solution ? step->solution : ""));
    mv_flag(p->arena, d, "instructor", p->site->options->instructor);
    mv_flag(p->arena, d, "teaching", p->site->options->instructor && step->check);
    mv_text(p->arena, d, "check_html", coloured(p, step->check ? step->check : ""));
    page_targets(p, d, "target_list", step->targets);
    put_hints(p, d, step);
    put_recorded(p, d, step);
    draw_template(p, out, "lab", d);
    str_done(&targets);
}

static void put_choices(struct page *p, struct mv *data, const struct lesson_quiz *q)
{
    struct mv *list = mv_put(p->arena, data, "choices", MV_LIST);
    size_t n = q->choice_count;

    for (size_t i = 0; i < n; i++) {
        /* An order is shown turned round, so that it is there to be found. */
        size_t at = q->kind == QUIZ_ORDER ? (i + (n + 1) / 2) % n : i;
        const struct quiz_choice *c = &q->choices[at];
        struct mv *item = mv_put(p->arena, list, NULL, MV_MAP);

        mv_int(p->arena, item, "number", (long)at + 1);
        mv_z(p->arena, item, "html", c->html);
        mv_z(p->arena, item, "text", c->text);
        mv_flag(p->arena, item, "right", c->right);
        mv_z(p->arena, item, "why", c->why_html);
        mv_z(p->arena, item, "input", q->kind == QUIZ_ONE ? "radio" : "checkbox");
    }
}

static void put_answers(struct page *p, struct mv *data, const struct lesson_quiz *q)
{
    struct mv *list = mv_put(p->arena, data, "answer_list", MV_LIST);
    struct str answers = STR_INIT, escaped = STR_INIT;

    for (size_t i = 0; i < q->choice_count; i++) {
        struct mv *item;

        if (!q->choices[i].right && q->kind != QUIZ_ORDER)
            continue;
        item = mv_put(p->arena, list, NULL, MV_MAP);
        mv_z(p->arena, item, "html", q->choices[i].html);
        mv_z(p->arena, item, "why", q->choices[i].why_html);
    }
    for (size_t i = 0; i < q->answer_count; i++)
        str_printf(&answers, "%s%s", i ? "|" : "", q->answers[i]);
    if (q->kind == QUIZ_NUMBER)
        str_printf(&escaped, "%g", q->number);
    else if (q->answer_count)
        html_put(&escaped, slice_of(q->answers[0]));
    if (escaped.len) {
        struct mv *item = mv_put(p->arena, list, NULL, MV_MAP);

        mv_z(p->arena, item, "html", arena_strdup(p->arena, escaped.ptr));
        mv_z(p->arena, item, "why", "");
    }
    mv_z(p->arena, data, "answers", arena_strdup(p->arena, answers.ptr));
    str_done(&answers);
    str_done(&escaped);
}

void page_quiz(struct page *p, struct str *out, const struct lesson_quiz *q)
{
    static const char *const kinds[] = {[QUIZ_ONE] = "one",
                                        [QUIZ_SEVERAL] = "several",
                                        [QUIZ_NUMBER] = "number",
                                        [QUIZ_ORDER] = "order",
                                        [QUIZ_TEXT] = "text"};
    struct mv *d = mv_new(p->arena, MV_MAP);

    page_texts(p->site, p->arena, d);
    mv_z(p->arena, d, "prefix", p->prefix);
    mv_z(p->arena, d, "id", q->id);
    mv_z(p->arena, d, "slug", p->info->slug);
    mv_z(p->arena, d, "kind", kinds[q->kind]);
    mv_z(p->arena, d, "question", q->question_html);
    mv_flag(p->arena, d, "is_several", q->kind == QUIZ_SEVERAL);
    mv_flag(p->arena, d, "is_choice", q->kind == QUIZ_ONE || q->kind == QUIZ_SEVERAL);
    mv_flag(p->arena, d, "is_order", q->kind == QUIZ_ORDER);
    mv_flag(p->arena, d, "is_number", q->kind == QUIZ_NUMBER);
    mv_flag(p->arena, d, "is_text", q->kind == QUIZ_TEXT);
    mv_z(p->arena, d, "number", arena_printf(p->arena, "%.15g", q->number));
    mv_z(p->arena, d, "tolerance", arena_printf(p->arena, "%.15g", q->tolerance));
    mv_z(p->arena, d, "explain", q->explain_html);
    put_choices(p, d, q);
    put_answers(p, d, q);
    draw_template(p, out, "quiz", d);
}
