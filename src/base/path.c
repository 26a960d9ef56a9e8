/* Paths: joining, taking apart, and where things are kept. Declared in file.h. */
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *path_join(const char *folder, const char *name)
{
    struct str s = STR_INIT;

    if (name[0] != '/' && folder[0] && strcmp(folder, ".")) {
        str_puts(&s, folder);
        if (s.ptr[s.len - 1] != '/')
            str_putc(&s, '/');
    }
    str_puts(&s, name);
    return str_take(&s, NULL);
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

char *path_folder(const char *path)
{
    const char *name = path_name(path);

    if (name == path)
        return mem_strdup(".");
    if (name == path + 1)
        return mem_strdup("/");
    return mem_strndup(path, (size_t)(name - path) - 1);
}

const char *path_extension(const char *path)
{
    const char *name = path_name(path), *dot = strrchr(name, '.');

    return dot && dot != name ? dot : "";
}

bool path_is_inside(struct slice name)
{
    struct slice part;

    if (!name.len || memchr(name.ptr, '\0', name.len))
        return false;
    while (slice_split(&name, '/', &part))
        if (!part.len || slice_is(part, ".") || slice_is(part, ".."))
            return false;
    return true;
}

const char *path_temp_home(void)
{
    const char *folder = getenv("TMPDIR");

    return folder && *folder ? folder : "/tmp";
}

/* Below the working directory where there is no home. */
char *path_data_home(void)
{
    const char *base = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    struct str s = STR_INIT;

    if (base && base[0] == '/')
        str_printf(&s, "%s/labbook", base);
    else
        str_printf(&s, "%s/.local/share/labbook", home && home[0] ? home : ".");
    return str_take(&s, NULL);
}

char *path_self(void)
{
    char buf[4096];
    ssize_t n = readlink("/proc/self/exe", buf, sizeof buf);

    return n > 0 && (size_t)n < sizeof buf ? mem_strndup(buf, (size_t)n) : mem_strdup("labbook");
}
