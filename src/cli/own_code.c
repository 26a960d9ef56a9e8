/* The file wins over the page's code: whoever opened an editor looks at the file. */
#include "cli/own_code.h"

#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>

enum { CODE_MAX = 1 << 20 };

static char *path_of(const struct lab_runner *r, const struct lesson_step *step)
{
    struct str path = STR_INIT;

    str_printf(&path, "%s/mine/%s.lua", r->work, step->id);
    return str_take(&path, NULL);
}

/* As the page keeps it, or NULL. */
static char *from_page(const struct lab_runner *r, const struct lesson_step *step)
{
    struct store_step kept = {0};
    char *code = NULL;

    if (r->store && !store_step_read(r->store, r->lesson->slug, step->id, &kept, NULL) && kept.code)
        code = mem_strdup(kept.code);
    store_step_done(&kept);
    return code;
}

enum lk_status own_code_read(char **out, const struct lab_runner *r, const struct lesson_step *step,
                             struct lk_error *err)
{
    struct str code = STR_INIT;
    char *path = path_of(r, step);
    bool there = file_stat(path).kind == FILE_REGULAR;
    enum lk_status st = there ? file_read(&code, path, CODE_MAX, err) : LK_OK;

    *out = NULL;
    if (!st && code.len)
        *out = str_take(&code, NULL);
    else if (!there)
        *out = from_page(r, step);
    str_done(&code);
    free(path);
    return st;
}

enum lk_status own_code_file(char **path, const struct lab_runner *r,
                             const struct lesson_step *step, struct lk_error *err)
{
    char *folder = path_join(r->work, "mine"), *kept = from_page(r, step);
    enum lk_status st = file_mkdirs(folder, err);

    *path = path_of(r, step);
    if (!st && file_stat(*path).kind == FILE_NONE)
        st = file_write(*path, slice_of(kept ? kept : step->code), err);
    free(kept);
    free(folder);
    return st;
}
