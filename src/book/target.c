/*
 * Names of targets, apart from the rest of a lesson: whoever runs labs needs
 * them, also where lessons are not read.
 */
#include "book/lesson.h"

static const struct {
    const char *name;
    unsigned target;
} targets[] = {{"local", TARGET_LOCAL}, {"practice", TARGET_PRACTICE}, {"aws", TARGET_AWS}};

void lesson_put_targets(struct str *out, unsigned set)
{
    const char *comma = "";

    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (set & targets[i].target) {
            str_printf(out, "%s%s", comma, targets[i].name);
            comma = ",";
        }
}

unsigned lesson_target_named(struct slice word)
{
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (slice_is(word, targets[i].name))
            return targets[i].target;
    return 0;
}
