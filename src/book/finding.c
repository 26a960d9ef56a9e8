/* A growing list of findings over an arena; the cap keeps a hopeless book from filling memory. */
#include "book/finding.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { FINDINGS_MAX = 10000 };

static void add(struct findings *f, struct finding item)
{
    if (f->len == FINDINGS_MAX)
        return;
    MEM_GROW(f->items, f->len, f->cap);
    item.file = arena_strdup(&f->arena, item.file ? item.file : "");
    item.text = arena_strdup(&f->arena, item.text);
    item.mend = arena_strdup(&f->arena, item.mend ? item.mend : "");
    f->items[f->len++] = item;
}

void finding_add(struct findings *f, enum finding_level level, const char *rule, const char *file,
                 int line, int column, const char *mend, const char *fmt, ...)
{
    struct finding item = {level, rule, file, line, column, NULL, mend};
    struct str text = STR_INIT;
    va_list args;

    va_start(args, fmt);
    str_vprintf(&text, fmt, args);
    va_end(args);
    item.text = text.ptr;
    add(f, item);
    str_done(&text);
}

void findings_done(struct findings *f)
{
    free(f->items);
    arena_done(&f->arena);
    memset(f, 0, sizeof *f);
}

void findings_join(struct findings *f, const struct findings *from)
{
    for (size_t i = 0; i < from->len; i++)
        add(f, from->items[i]);
}

static int by_place(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    int order = strcmp(x->file, y->file);

    if (!order)
        order = (x->line > y->line) - (x->line < y->line);
    if (!order)
        order = (x->column > y->column) - (x->column < y->column);
    if (!order)
        order = strcmp(x->rule, y->rule);
    return order ? order : strcmp(x->text, y->text);
}

void findings_sort(struct findings *f)
{
    if (f->len)
        qsort(f->items, f->len, sizeof *f->items, by_place);
}

size_t findings_count(const struct findings *f, enum finding_level level)
{
    size_t n = 0;

    for (size_t i = 0; i < f->len; i++)
        n += f->items[i].level == level;
    return n;
}

enum lk_status findings_status(const struct findings *f, struct lk_error *err)
{
    for (size_t i = 0; i < f->len; i++) {
        const struct finding *x = &f->items[i];

        if (x->level == FINDING_ERROR)
            return error_at(err, LK_EINPUT, x->file, x->line, x->column, "%s%s%s", x->text,
                            x->mend[0] ? "; " : "", x->mend);
    }
    return LK_OK;
}
