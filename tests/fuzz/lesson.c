/* Front matter and settings, from bytes. */
#include "book/front.h"
#include "book/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size}, yaml, rest;
    struct findings findings = {0};
    struct settings settings;
    int line;

    if (size > 64 * 1024)
        return 0;
    settings_parse(&settings, text, "book.yaml", &findings);
    settings_done(&settings);
    if (front_cut(text, "lesson.md", &yaml, &rest, &line, &findings)) {
        struct arena arena = {0};
        struct front *map = NULL;

        front_parse(&map, &arena, yaml, "lesson.md", 2, &findings);
        arena_done(&arena);
    }
    findings_done(&findings);
    return 0;
}
