/*
 * Drawing templates. The contexts are a stack; names are looked up from its
 * top. Blocks that a child gives to its parent are a stack as well, on which
 * the outermost child's win, so the look-up goes from its bottom.
 *
 * Indentation of partials and blocks is put before each line of template text
 * they hold, never inside the data's own text.
 */
#include "book/mustache.h"

#include "base/error.h"
#include "book/html.h"
#include "book/mustache_internal.h"

#include <stdlib.h>
#include <string.h>

enum { CONTEXTS_MAX = 80, PARTIAL_DEPTH_MAX = 60, PARTIALS_MAX = 100000 };

/* ---- data --------------------------------------------------------------------------- */

struct mv *mv_new(struct arena *arena, enum mv_kind kind)
{
    struct mv *v = arena_alloc(arena, sizeof *v);

    v->kind = kind;
    v->text = SLICE("");
    return v;
}

uint32_t mustache_hash(struct slice s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
    return h;
}

struct mv *mv_put(struct arena *arena, struct mv *into, const char *key, enum mv_kind kind)
{
    struct mv *v = mv_new(arena, kind);

    v->key = key;
    v->hash = key ? mustache_hash(slice_of(key)) : 0;
    if (into->last)
        into->last->next = v;
    else
        into->first = v;
    into->last = v;
    return v;
}

void mv_text(struct arena *arena, struct mv *into, const char *key, struct slice text)
{
    mv_put(arena, into, key, MV_TEXT)->text = text;
}

void mv_z(struct arena *arena, struct mv *into, const char *key, const char *text)
{
    mv_text(arena, into, key, slice_of(text));
}

void mv_flag(struct arena *arena, struct mv *into, const char *key, bool flag)
{
    mv_put(arena, into, key, MV_FLAG)->flag = flag;
}

void mv_int(struct arena *arena, struct mv *into, const char *key, long n)
{
    mv_z(arena, into, key, arena_printf(arena, "%ld", n));
}

struct mv *mv_find(const struct mv *map, const char *key)
{
    for (struct mv *v = map->first; v; v = v->next)
        if (!strcmp(v->key, key))
            return v;
    return NULL;
}

static bool is_true(const struct mv *v)
{
    if (!v)
        return false;
    switch (v->kind) {
    case MV_NULL:
        return false;
    case MV_FLAG:
        return v->flag;
    case MV_TEXT:
        return v->text.len > 0;
    case MV_LIST:
        return v->first != NULL;
    default:
        return true;
    }
}

/* ---- templates ---------------------------------------------------------------------- */

struct mustache *mustache_new(void)
{
    return mem_calloc(1, sizeof(struct mustache));
}

void mustache_free(struct mustache *m)
{
    if (!m)
        return;
    arena_done(&m->arena);
    free(m);
}

static const struct template *find_template(const struct mustache *m, struct slice name)
{
    for (const struct template *t = m->templates; t; t = t->next)
        if (slice_is(name, t->name))
            return t;
    return NULL;
}

bool mustache_has(const struct mustache *m, const char *name)
{
    return find_template(m, slice_of(name)) != NULL;
}

enum lk_status mustache_add(struct mustache *m, const char *name, struct slice source,
                            const char *file, struct lk_error *err)
{
    struct template *t = arena_alloc(&m->arena, sizeof *t);
    struct slice kept = {arena_strndup(&m->arena, source.ptr, source.len), source.len};
    enum lk_status st;

    t->name = arena_strdup(&m->arena, name);
    t->file = arena_strdup(&m->arena, file);
    st = template_parse(&t->root, &m->arena, kept, t->file, err);
    if (st)
        return st;
    t->next = m->templates;
    m->templates = t;
    return LK_OK;
}

/* ---- drawing ------------------------------------------------------------------------ */

/* The blocks that one {{<parent}} was given; `outer` are those of who called it. */
struct overrides {
    const struct tag *parent;
    const struct overrides *outer;
};

struct drawer {
    struct str *out;
    const struct mustache *m;
    const struct mv *stack[CONTEXTS_MAX];
    size_t depth;
    const struct overrides *overrides;
    struct str indent;
    bool line_start;
    bool strict;
    int partials, calls; /* how deep; how many in all */
    struct lk_error *err;
};

static enum lk_status draw_all(struct drawer *d, const struct tag *parent);

static const struct mv *member(const struct mv *map, struct slice name, uint32_t name_hash)
{
    if (map && map->kind == MV_MAP)
        for (const struct mv *v = map->first; v; v = v->next)
            if (v->hash == name_hash && slice_is(name, v->key))
                return v;
    return NULL;
}

static const struct mv *look_up(const struct drawer *d, const struct tag *t)
{
    struct slice rest = t->name, part;
    const struct mv *v = NULL;

    if (slice_is(t->name, "."))
        return d->depth ? d->stack[d->depth - 1] : NULL;
    slice_split(&rest, '.', &part);
    for (size_t i = d->depth; i-- > 0 && !v;)
        v = member(d->stack[i], part, t->hash);
    while (v && slice_split(&rest, '.', &part))
        v = member(v, part, mustache_hash(part));
    return v;
}

static enum lk_status unknown(const struct drawer *d, const struct tag *t, const char *what)
{
    return error_at(d->err, LK_EINPUT, t->file, t->line, 0, "unknown %s '%.*s'", what,
                    (int)t->name.len, t->name.ptr);
}

static void start_line(struct drawer *d)
{
    if (d->line_start)
        str_put(d->out, slice_str(&d->indent));
    d->line_start = false;
}

static void draw_text(struct drawer *d, struct slice text)
{
    if (!d->indent.len) {
        str_put(d->out, text);
        d->line_start = text.ptr[text.len - 1] == '\n';
        return;
    }
    while (text.len) {
        size_t end = slice_find(text, '\n');
        size_t n = end < text.len ? end + 1 : end;

        start_line(d);
        str_put(d->out, slice_first(text, n));
        d->line_start = end < text.len;
        text = slice_from(text, n);
    }
}

static void draw_value(struct drawer *d, const struct mv *v, bool raw)
{
    start_line(d);
    if (!v || v->kind == MV_NULL || v->kind == MV_MAP || v->kind == MV_LIST)
        return;
    if (v->kind == MV_FLAG)
        str_puts(d->out, v->flag ? "true" : "false");
    else if (raw)
        str_put(d->out, v->text);
    else
        html_put(d->out, v->text);
}

static enum lk_status draw_with(struct drawer *d, const struct tag *t, const struct mv *context)
{
    enum lk_status st;

    if (d->depth == CONTEXTS_MAX)
        return error_at(d->err, LK_ELIMIT, t->file, t->line, 0, "sections nest too deeply");
    d->stack[d->depth++] = context;
    st = draw_all(d, t);
    d->depth--;
    return st;
}

static enum lk_status draw_section(struct drawer *d, const struct tag *t, const struct mv *v)
{
    enum lk_status st = LK_OK;

    if (!is_true(v))
        return LK_OK;
    if (v->kind != MV_LIST)
        return draw_with(d, t, v);
    for (const struct mv *item = v->first; item && !st; item = item->next)
        st = draw_with(d, t, item);
    return st;
}

/* Draw a tag's content with more indentation. */
static enum lk_status draw_indented(struct drawer *d, const struct tag *content,
                                    const struct tag *where)
{
    size_t before = d->indent.len;
    enum lk_status st;

    str_put(&d->indent, where->indent);
    if (where->alone)
        d->line_start = true;
    st = draw_all(d, content);
    str_cut(&d->indent, before);
    return st;
}

static enum lk_status draw_template(struct drawer *d, const struct tag *t,
                                    const struct overrides *overrides)
{
    const struct template *called = find_template(d->m, t->name);
    const struct overrides *outer = d->overrides;
    enum lk_status st;

    if (!called)
        return d->strict ? unknown(d, t, "template") : LK_OK;
    if (d->partials == PARTIAL_DEPTH_MAX || ++d->calls > PARTIALS_MAX)
        return error_at(d->err, LK_ELIMIT, t->file, t->line, 0,
                        "templates call each other in circles");
    d->partials++;
    d->overrides = overrides;
    st = draw_indented(d, called->root, t);
    d->overrides = outer;
    d->partials--;
    return st;
}

/* The outermost block of that name, or the default. */
static const struct tag *find_block(const struct drawer *d, const struct tag *block)
{
    const struct tag *found = block;

    for (const struct overrides *o = d->overrides; o; o = o->outer)
        for (const struct tag *t = o->parent->first; t; t = t->next)
            if (t->kind == TAG_BLOCK && slice_eq(t->name, block->name))
                found = t;
    return found;
}

static enum lk_status draw(struct drawer *d, const struct tag *t)
{
    const struct mv *v = NULL;

    if (t->kind >= TAG_VALUE && t->kind <= TAG_INVERTED && !(v = look_up(d, t)) && d->strict)
        return unknown(d, t, "variable");
    switch (t->kind) {
    case TAG_TEXT:
        if (t->name.len)
            draw_text(d, t->name);
        return LK_OK;
    case TAG_VALUE:
    case TAG_RAW:
        draw_value(d, v, t->kind == TAG_RAW);
        return LK_OK;
    case TAG_SECTION:
        return draw_section(d, t, v);
    case TAG_INVERTED:
        return is_true(v) ? LK_OK : draw_all(d, t);
    case TAG_PARTIAL:
        return draw_template(d, t, NULL);
    case TAG_PARENT: {
        struct overrides own = {t, d->overrides};

        return draw_template(d, t, &own);
    }
    default:
        return draw_indented(d, find_block(d, t), t);
    }
}

static enum lk_status draw_all(struct drawer *d, const struct tag *parent)
{
    enum lk_status st = LK_OK;

    for (const struct tag *t = parent->first; t && !st; t = t->next)
        st = draw(d, t);
    return st;
}

enum lk_status mustache_render(struct str *out, const struct mustache *m, const char *name,
                               const struct mv *const *contexts, size_t count, bool strict,
                               struct lk_error *err)
{
    const struct template *t = find_template(m, slice_of(name));
    struct drawer d = {.out = out, .m = m, .line_start = true, .strict = strict, .err = err};
    enum lk_status st;

    if (!t)
        return error_set(err, LK_EINPUT, "there is no template '%s.mustache'", name);
    str_init(&d.indent);
    for (size_t i = 0; i < count && i < CONTEXTS_MAX; i++)
        d.stack[d.depth++] = contexts[i];
    st = draw_all(&d, t->root);
    str_done(&d.indent);
    return st;
}
