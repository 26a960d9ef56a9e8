/* Which files of a lesson's folder are data, by their names' endings. */
#include "base/file.h"
#include "book/lesson.h"

#include <string.h>

static const char *const endings[] = {".csv",    ".jsonl", ".json", ".txt",
                                      ".libsvm", ".gz",    ".ubj",  NULL};

bool lesson_is_data(const char *name)
{
    const char *ending = path_extension(name);

    for (size_t i = 0; endings[i]; i++)
        if (!strcmp(ending, endings[i]))
            return true;
    return false;
}
