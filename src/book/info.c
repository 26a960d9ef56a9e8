/* A cursor over one line; the fence's own mark is skipped first. */
#include "book/info.h"

#include <string.h>

static size_t skip_fence(struct slice line)
{
    size_t i = 0;
    char c;

    while (i + 2 < line.len && memcmp(line.ptr + i, "```", 3) && memcmp(line.ptr + i, "~~~", 3))
        i++;
    if (i + 2 >= line.len)
        return line.len;
    c = line.ptr[i];
    while (i < line.len && line.ptr[i] == c)
        i++;
    return i;
}

static struct slice take_value(struct slice line, size_t *i)
{
    size_t start = *i;
    struct slice value;

    if (start < line.len && line.ptr[start] == '"') {
        const char *close = memchr(line.ptr + start + 1, '"', line.len - start - 1);
        size_t end = close ? (size_t)(close - line.ptr) : line.len;

        value = (struct slice){line.ptr + start + 1, end - start - 1};
        *i = close ? end + 1 : end;
        return value;
    }
    while (*i < line.len && !strchr(" \t", line.ptr[*i]))
        ++*i;
    return (struct slice){line.ptr + start, *i - start};
}

void info_parse(struct info *out, struct slice line)
{
    size_t i = skip_fence(line);

    out->count = 0;
    while (out->count < INFO_MAX) {
        struct info_item *item = &out->items[out->count];
        size_t start;

        while (i < line.len && strchr(" \t", line.ptr[i]))
            i++;
        if (i >= line.len)
            return;
        start = i;
        while (i < line.len && !strchr(" \t=", line.ptr[i]))
            i++;
        item->key = (struct slice){line.ptr + start, i - start};
        item->column = (int)start + 1;
        item->has_value = i < line.len && line.ptr[i] == '=';
        item->value = SLICE("");
        if (item->has_value) {
            i++;
            item->value = take_value(line, &i);
        }
        out->count++;
    }
}

struct slice info_word(const struct info *info, size_t i)
{
    for (size_t k = 0; k < info->count; k++)
        if (!info->items[k].has_value && !i--)
            return info->items[k].key;
    return SLICE("");
}

const struct info_item *info_get(const struct info *info, const char *key)
{
    for (size_t k = 0; k < info->count; k++)
        if (info->items[k].has_value && slice_is(info->items[k].key, key))
            return &info->items[k];
    return NULL;
}

void fence_follow(struct fence *f, struct slice line)
{
    size_t indent = 0, n = 0;
    char c;

    while (indent < line.len && line.ptr[indent] == ' ')
        indent++;
    c = indent < line.len ? line.ptr[indent] : 0;
    if (indent > 3 || (c != '`' && c != '~'))
        return;
    while (indent + n < line.len && line.ptr[indent + n] == c)
        n++;
    if (n < 3)
        return;
    if (!f->mark) {
        /* Backticks in the info string make it a code span. */
        if (c == '`' && memchr(line.ptr + indent + n, '`', line.len - indent - n))
            return;
        f->mark = c;
        f->width = n;
    } else if (c == f->mark && n >= f->width && !slice_trim(slice_from(line, indent + n)).len) {
        f->mark = 0;
    }
}
