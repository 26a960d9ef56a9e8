/*
 * Lab steps. A first walk collects the labs in order, so that a solution, a
 * check or a hint may stand before or behind its lab; a second one hangs those
 * on their labs and takes them out of the text. Without for= they belong to
 * the lab before them.
 */
#include "book/build_lesson.h"

#include "base/error.h"
#include "base/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 200, PARTS_MAX = 50, TIMEOUT_DEFAULT_MS = 60000, TIMEOUT_MAX_MS = 4 * 3600000 };

static const char *const roles[] = {"lab", "solution", "check", "wrong"};
static const char *const lab_keys[] = {"id", "targets", "timeout", "title", "check", "tolerance"};
static const char *const part_keys[] = {"for", "expect"};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const char *near_text(char buf[160], struct slice word, const char *const *names, size_t n)
{
    char *z = mem_strndup(word.ptr, word.len < 60 ? word.len : 60);
    const char *near = error_nearest(z, names, n);
    size_t len = 0;

    if (near)
        snprintf(buf, 160, "did you mean '%s'?", near);
    else if (!n)
        snprintf(buf, 160, "there is none before it");
    for (size_t i = 0; !near && i < n && len < 100; i++)
        len +=
            (size_t)snprintf(buf + len, 160 - len, "%s%.40s", i ? ", " : "there are: ", names[i]);
    free(z);
    return buf;
}

/* Is the block one of ours? Then its info string is in *info and its role in *role. */
static bool lab_block(const struct lesson_builder *b, const struct node *n, struct info *info,
                      struct slice *role)
{
    if (n->kind != NODE_CODE_BLOCK || !slice_starts(n->url, "lua"))
        return false;
    info_parse(info, lesson_line(b, n->line));
    *role = info_word(info, 1);
    return slice_is(info_word(info, 0), "lua") && role->len;
}

static bool is_role(struct slice role)
{
    for (size_t i = 0; i < COUNT(roles); i++)
        if (slice_is(role, roles[i]))
            return true;
    return false;
}

static void check_keys(const struct lesson_builder *b, const struct node *n,
                       const struct info *info, const char *const *keys, size_t count)
{
    char near[160];

    for (size_t i = 0, words = 0; i < info->count; i++) {
        const struct info_item *item = &info->items[i];
        bool known = false;

        for (size_t k = 0; item->has_value && k < count; k++)
            known |= slice_is(item->key, keys[k]);
        if (known || (!item->has_value && words++ < 2))
            continue;
        lesson_complain(b, "lab-key", n->line, item->column,
                        near_text(near, item->key, keys, count),
                        "unknown word '%.*s' on a lab's fence", (int)item->key.len, item->key.ptr);
    }
}

static unsigned read_targets(const struct lesson_builder *b, const struct node *n,
                             const struct info_item *item)
{
    static const char *const names[] = {"local", "practice", "aws"};
    struct slice rest = item->value, word;
    unsigned targets = 0;
    char near[160];

    while (slice_split(&rest, ',', &word)) {
        unsigned t = lesson_target_named(slice_trim(word));

        if (!t)
            lesson_complain(b, "lab-target", n->line, item->column, near_text(near, word, names, 3),
                            "unknown target '%.*s'", (int)word.len, word.ptr);
        targets |= t;
    }
    return targets;
}

/* "90", "90s", "5m", "1500ms"; 0 when it is none. */
static int read_timeout(struct slice s)
{
    long n = 0;
    size_t i = 0;
    long unit = 1000;

    for (; i < s.len && i < 8 && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
        n = n * 10 + (s.ptr[i] - '0');
    s = slice_from(s, i);
    if (slice_is(s, "ms"))
        unit = 1;
    else if (slice_is(s, "m"))
        unit = 60000;
    else if (s.len && !slice_is(s, "s"))
        return 0;
    n *= unit;
    return i && n > 0 && n <= TIMEOUT_MAX_MS ? (int)n : 0;
}

static void read_lab(const struct lesson_builder *b, const struct node *n, const struct info *info,
                     struct lesson_step *s)
{
    const struct info_item *id = info_get(info, "id"), *item;

    check_keys(b, n, info, lab_keys, COUNT(lab_keys));
    s->timeout_ms = TIMEOUT_DEFAULT_MS;
    s->tolerance = 1e-6;
    s->targets = b->targets;
    s->line = n->line + 1;
    s->code = lesson_keep(b, n->text);
    s->id = "";
    if (!id)
        lesson_complain(b, "lab-id", n->line, n->column, "add id=, a short word of its own",
                        "a lab without an id");
    else if (!lesson_is_id(id->value))
        lesson_complain(b, "lab-id", n->line, id->column, "use a-z, 0-9 and hyphens",
                        "a lab's id may not be '%.*s'", (int)id->value.len, id->value.ptr);
    else
        s->id = lesson_keep(b, id->value);
    if (s->id[0] && lesson_step_find(b->lesson, s->id))
        lesson_complain(b, "lab-id", n->line, id->column, "give one another id",
                        "two labs with the id '%s'", s->id);
    if ((item = info_get(info, "targets")))
        s->targets = read_targets(b, n, item);
    if ((item = info_get(info, "timeout")) && !(s->timeout_ms = read_timeout(item->value)))
        lesson_complain(b, "lab-timeout", n->line, item->column,
                        "write seconds, as in timeout=60s; four hours are the most",
                        "a timeout cannot be '%.*s'", (int)item->value.len, item->value.ptr);
    if ((item = info_get(info, "tolerance")) &&
        !(number_parse_double(item->value, &s->tolerance) && s->tolerance >= 0 && s->tolerance < 1))
        lesson_complain(b, "lab-key", n->line, item->column, "write a share, as in tolerance=0.01",
                        "a tolerance cannot be '%.*s'", (int)item->value.len, item->value.ptr);
    if ((item = info_get(info, "check"))) {
        s->check_none = slice_is(item->value, "none");
        if (!s->check_none)
            lesson_complain(b, "lab-key", n->line, item->column,
                            "write the check as a ```lua check block, or check=none",
                            "a lab's check cannot be '%.*s'", (int)item->value.len,
                            item->value.ptr);
    }
    if ((item = info_get(info, "title")))
        s->title = lesson_keep(b, item->value);
}

static void collect_labs(struct lesson_builder *b)
{
    const char *heading = "";
    struct slice role;
    struct info info;
    char near[160];
    size_t cap = 0;

    for (struct node *n = b->tree; n; n = node_next(b->tree, n)) {
        struct lesson_step *s;

        if (n->kind == NODE_HEADING)
            heading = lesson_text(b, n);
        if (!lab_block(b, n, &info, &role))
            continue;
        if (!is_role(role)) {
            lesson_complain(b, "lab-role", n->line, info.count > 1 ? info.items[1].column : 1,
                            near_text(near, role, roles, COUNT(roles)),
                            "'%.*s' says nothing behind lua; lab, solution, check and wrong do",
                            (int)role.len, role.ptr);
            continue;
        }
        if (!slice_is(role, "lab") || b->lesson->step_count == STEPS_MAX)
            continue;
        MEM_GROW(b->lesson->steps, b->lesson->step_count, cap);
        s = &b->lesson->steps[b->lesson->step_count];
        memset(s, 0, sizeof *s);
        read_lab(b, n, &info, s);
        if (!s->title)
            s->title = heading;
        n->kind = NODE_LAB;
        n->number = (int)b->lesson->step_count++;
    }
}

/* The step that a part names, or the one before it. */
static struct lesson_step *step_for(const struct lesson_builder *b, const struct node *n,
                                    struct slice id, int column, struct lesson_step *before)
{
    const char *ids[STEPS_MAX];
    char near[160];

    if (!id.len) {
        if (!before)
            lesson_complain(b, "lab-part", n->line, n->column, "write for=ID with the lab's id",
                            "this belongs to no lab");
        return before;
    }
    for (size_t i = 0; i < b->lesson->step_count; i++) {
        ids[i] = b->lesson->steps[i].id;
        if (slice_is(id, ids[i]))
            return &b->lesson->steps[i];
    }
    lesson_complain(b, "lab-part", n->line, column, near_text(near, id, ids, b->lesson->step_count),
                    "there is no lab '%.*s'", (int)id.len, id.ptr);
    return NULL;
}

static void put_once(const struct lesson_builder *b, const struct node *n, const char **slot,
                     const char *what)
{
    if (*slot)
        lesson_complain(b, "lab-part", n->line, n->column, "keep one of the two",
                        "a second %s for the same lab", what);
    *slot = lesson_keep(b, n->text);
}

static void add_wrong(const struct lesson_builder *b, const struct node *n, const struct info *info,
                      struct lesson_step *s)
{
    const struct info_item *expect = info_get(info, "expect");
    struct lesson_wrong *grown;

    if (s->wrong_count == PARTS_MAX)
        return;
    grown = arena_alloc(b->arena, (s->wrong_count + 1) * sizeof *grown);
    if (s->wrong_count)
        memcpy(grown, s->wrongs, s->wrong_count * sizeof *grown);
    grown[s->wrong_count++] = (struct lesson_wrong){
        lesson_keep(b, n->text), expect ? lesson_keep(b, expect->value) : "", n->line + 1};
    s->wrongs = grown;
}

static void add_hint(const struct lesson_builder *b, const struct node *n, struct lesson_step *s)
{
    const char **html, **texts;

    if (s->hint_count == PARTS_MAX)
        return;
    html = arena_alloc(b->arena, (s->hint_count + 1) * sizeof *html);
    texts = arena_alloc(b->arena, (s->hint_count + 1) * sizeof *texts);
    if (s->hint_count) {
        memcpy(html, s->hints, s->hint_count * sizeof *html);
        memcpy(texts, s->hint_texts, s->hint_count * sizeof *texts);
    }
    html[s->hint_count] = lesson_html(b, n);
    texts[s->hint_count++] = lesson_text(b, n);
    s->hints = html;
    s->hint_texts = texts;
}

static void hang_part(const struct lesson_builder *b, const struct node *n, const struct info *info,
                      struct slice role, struct lesson_step *before)
{
    const struct info_item *whose = info_get(info, "for");
    struct lesson_step *s;

    check_keys(b, n, info, part_keys, COUNT(part_keys));
    s = step_for(b, n, whose ? whose->value : SLICE(""), whose ? whose->column : 1, before);
    if (!s)
        return;
    if (slice_is(role, "solution"))
        put_once(b, n, &s->solution, "solution");
    else if (slice_is(role, "check"))
        put_once(b, n, &s->check, "check");
    else
        add_wrong(b, n, info, s);
}

void steps_build(struct lesson_builder *b)
{
    struct lesson_step *before = NULL;
    struct slice role;
    struct info info;

    collect_labs(b);
    for (struct node *n = b->tree, *next; n; n = next) {
        next = node_next(b->tree, n);
        if (n->kind == NODE_LAB) {
            before = &b->lesson->steps[n->number];
        } else if (n->kind == NODE_ALERT && slice_is(n->text, "HINT")) {
            struct lesson_step *s = step_for(b, n, n->url, n->column, before);

            next = node_skip(b->tree, n);
            if (s)
                add_hint(b, n, s);
            node_unlink(n);
        } else if (lab_block(b, n, &info, &role) && is_role(role)) {
            hang_part(b, n, &info, role, before);
            node_unlink(n);
        }
    }
    for (size_t i = 0; i < b->lesson->step_count; i++)
        b->lesson->targets |= b->lesson->steps[i].targets;
}
