/* A notebook from anywhere: a lesson in its own folder and nothing beside it, or an error that says
 * why; and that lesson goes out again. */
#include "base/error.h"
#include "base/file.h"
#include "book/notebook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(const char *path, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "wb");

    if (!f || fwrite(data, 1, size, f) != size || fclose(f))
        abort();
}

static size_t count(const char *folder)
{
    char **names = NULL;
    size_t n = 0;

    if (file_list(&names, &n, folder, NULL))
        abort();
    file_names_free(names, n);
    return n;
}

static void send_out(const char *folder)
{
    struct lk_error err = {0};
    struct lesson *l = NULL;
    struct str out = STR_INIT;

    if (!lesson_read(&l, folder, &err) && notebook_print(&out, l, &err) && !err.text[0])
        abort();
    lesson_free(l);
    str_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char root[] = "/dev/shm/labbook-fuzz-XXXXXX", file[64], lessons[64], folder[64];
    struct lk_error err = {0};

    if (!mkdtemp(root))
        abort();
    snprintf(file, sizeof file, "%s/a.ipynb", root);
    snprintf(lessons, sizeof lessons, "%s/lessons", root);
    snprintf(folder, sizeof folder, "%s/lessons/01-a", root);
    put(file, data, size);
    if (!notebook_import(file, folder, &err)) {
        if (count(root) != 2 || count(lessons) != 1)
            abort();
        send_out(folder);
    } else if (!err.text[0] || file_stat(lessons).kind != FILE_NONE) {
        abort();
    }
    file_remove(root, NULL);
    return 0;
}
