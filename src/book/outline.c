/* One walk; the ids given so far are a hash table, which knows where the count of equal ones
 * stands. */
#include "book/outline.h"

#include <string.h>

enum { HEADINGS_MAX = 2000, ID_MAX = 80 };

/* Lower case; letters, digits and '-' stay, spaces become '-', the rest goes. UTF-8 stays. */
static void put_id(struct str *id, struct slice text)
{
    for (size_t i = 0; i < text.len && id->len < ID_MAX; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c >= 'A' && c <= 'Z')
            str_putc(id, (char)(c - 'A' + 'a'));
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                 c >= 0x80)
            str_putc(id, (char)c);
        else if (c == ' ')
            str_putc(id, '-');
    }
    /* Never end within a character. */
    while (id->len && ((unsigned char)id->ptr[id->len - 1] & 0xC0) == 0x80 && id->len >= ID_MAX)
        str_cut(id, id->len - 1);
    if (!id->len)
        str_puts(id, "section");
}

/* "{#where}" at the end of the heading's last text; cut off there. */
static struct slice take_own_id(struct node *heading)
{
    struct node *t = heading->last;
    struct slice s;
    const char *open;

    if (!t || t->kind != NODE_TEXT || !slice_ends(t->text, "}"))
        return SLICE("");
    s = t->text;
    open = memmem(s.ptr, s.len, "{#", 2);
    if (!open)
        return SLICE("");
    t->text = slice_trim(slice_first(s, (size_t)(open - s.ptr)));
    return (struct slice){open + 2, (size_t)(s.ptr + s.len - open) - 3};
}

/* Ids by open addressing; the size is a power of two and more than twice what is put in. */
struct taken {
    const char *id; /* NULL: free */
    int last;       /* the number behind the last equal one */
};

struct ids {
    struct taken *table;
    size_t size;
};

static struct taken *find_taken(const struct ids *ids, const char *id)
{
    uint32_t hash = 2166136261u;
    size_t i;

    for (const char *c = id; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    i = hash & (ids->size - 1);
    while (ids->table[i].id && strcmp(ids->table[i].id, id))
        i = (i + 1) & (ids->size - 1);
    return &ids->table[i];
}

static const char *make_id(const struct ids *ids, struct arena *arena, struct slice own,
                           struct slice text)
{
    struct str id = STR_INIT;
    struct taken *first, *at;
    const char *kept;

    if (own.len)
        str_put(&id, own);
    else
        put_id(&id, text);
    kept = arena_strndup(arena, id.ptr, id.len);
    first = at = find_taken(ids, kept);
    while (at->id) {
        kept = arena_printf(arena, "%s-%d", id.ptr, ++first->last);
        at = find_taken(ids, kept);
    }
    at->id = kept;
    str_done(&id);
    return kept;
}

void outline_build(struct outline *out, struct arena *arena, struct node *tree)
{
    struct str text = STR_INIT;
    struct ids ids = {.size = 16};
    size_t count = 0;

    for (struct node *n = tree; n; n = node_next(tree, n))
        count += n->kind == NODE_HEADING;
    if (count > HEADINGS_MAX)
        count = HEADINGS_MAX;
    out->items = arena_alloc(arena, (count + 1) * sizeof *out->items);
    out->count = 0;
    while (ids.size < count * 3)
        ids.size *= 2;
    ids.table = arena_alloc(arena, ids.size * sizeof *ids.table);
    for (struct node *n = tree; n && out->count < count; n = node_next(tree, n)) {
        struct outline_item *item = &out->items[out->count];
        struct slice own;

        if (n->kind != NODE_HEADING)
            continue;
        own = take_own_id(n);
        str_clear(&text);
        node_put_text(&text, n);
        item->heading = n;
        item->level = n->level;
        item->text = arena_strndup(arena, text.ptr, text.len);
        item->id = make_id(&ids, arena, own, slice_str(&text));
        item->repeated = own.len && !slice_is(own, item->id);
        n->text = slice_of(item->id);
        out->count++;
    }
    str_done(&text);
}
