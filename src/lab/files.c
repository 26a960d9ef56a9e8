/* Nothing here touches a file: only names, and what is said about them. */
#include "lab/files.h"

#include "base/error.h"
#include "base/file.h"

#include <string.h>

enum { NAME_MAX_BYTES = 200 };

/* A name is shown, put into messages and offered for saving: no line ends, no escapes. */
static bool is_printable(const char *name)
{
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    return utf8_valid(slice_of(name));
}

enum lk_status lab_file_name(const char *name, struct lk_error *err)
{
    if (path_is_inside(slice_of(name)) && strlen(name) < NAME_MAX_BYTES && name[0] != '.' &&
        is_printable(name))
        return LK_OK;
    return error_set(err, LK_EUSE,
                     "'%.100s' cannot be a file's name here: files have names like "
                     "data.csv or out/data.csv, inside the lab's own folder",
                     name);
}

enum lk_status lab_file_missing(const char *name, struct lk_error *err)
{
    return error_set(err, LK_EIO, "there is no file '%.100s'; lab.files() lists those there are",
                     name);
}

enum lk_status lab_file_bytes(uint64_t may, struct lk_error *err)
{
    return error_set(err, LK_ELIMIT, "a lab's files can have %llu MB together",
                     (unsigned long long)(may >> 20));
}

enum lk_status lab_file_count(struct lk_error *err)
{
    return error_set(err, LK_ELIMIT, "a lab can have %d files", LAB_FILES_MAX);
}
