/* The book's lessons: folders under lessons/ whose name starts with a number or capital, "-". */
#include "book/lesson.h"

#include "base/file.h"
#include "base/mem.h"
#include "book/index.h"
#include "book/settings.h"

#include <stdlib.h>
#include <string.h>

struct index_memory {
    struct settings settings;
};

/* "01-regions", "A-glossary": what stands before '-' orders the lessons. */
bool index_is_slug(const char *name)
{
    size_t n = strcspn(name, "-");

    return n && name[n] == '-' && name[n + 1] &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == n;
}

bool index_is_plain_slug(const char *name)
{
    size_t n = strcspn(name, "-");

    return index_is_slug(name) &&
           strspn(name + n, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name + n);
}

static void add_lessons(struct book_index *b, const struct settings *s, char **names, size_t n,
                        const char *lessons)
{
    struct str path = STR_INIT;
    size_t cap = 0;

    for (size_t i = 0; i < n; i++) {
        const struct setting_part *part;
        char *number;

        if (!index_is_slug(names[i]))
            continue;
        str_clear(&path);
        str_printf(&path, "%s/%s/lesson.md", lessons, names[i]);
        if (file_stat(path.ptr).kind != FILE_REGULAR)
            continue;
        number = mem_strndup(names[i], strcspn(names[i], "-"));
        part = settings_part(s, number);
        free(number);
        MEM_GROW(b->lessons, b->count, cap);
        b->lessons[b->count++] = (struct book_entry){
            arena_strdup(&b->memory->settings.arena, names[i]), part ? part->title : ""};
    }
    str_done(&path);
}

enum lk_status index_open(struct book_index **out, const char *root, struct findings *findings,
                          struct lk_error *err)
{
    struct book_index *b = mem_calloc(1, sizeof *b);
    char *lessons = path_join(root, "lessons"), **names = NULL;
    enum lk_status st;
    size_t n = 0;

    b->memory = mem_calloc(1, sizeof *b->memory);
    st = file_list(&names, &n, lessons, err);
    if (!st)
        st = settings_read(&b->memory->settings, root, findings, err);
    if (!st) {
        b->root = arena_strdup(&b->memory->settings.arena, root);
        b->title = b->memory->settings.title;
        b->language = b->memory->settings.language;
        add_lessons(b, &b->memory->settings, names, n, lessons);
        *out = b;
        b = NULL;
    }
    file_names_free(names, n);
    free(lessons);
    book_index_free(b);
    return st;
}

const struct settings *index_settings(const struct book_index *b)
{
    return &b->memory->settings;
}

enum lk_status book_index_read(struct book_index **out, const char *root, struct lk_error *err)
{
    struct findings findings = {0};
    struct book_index *b = NULL;
    enum lk_status st = index_open(&b, root, &findings, err);

    if (!st)
        st = findings_status(&findings, err);
    if (!st) {
        *out = b;
        b = NULL;
    }
    book_index_free(b);
    findings_done(&findings);
    return st;
}

void book_index_free(struct book_index *b)
{
    if (!b)
        return;
    free(b->lessons);
    settings_done(&b->memory->settings);
    free(b->memory);
    free(b);
}
