/*
 * Each file adds a hash of its own to the sum, so the order in which folders
 * are read does not matter. Names that start with a dot are ours or an
 * editor's and do not count. A stamp that cannot be read or kept only costs a
 * build that finds nothing to write.
 */
#include "book/stamp.h"

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 16, LIST_MAX = 64 << 20, STAMP_MAX = 4096 };

static uint64_t mix(uint64_t h, const void *ptr, size_t len)
{
    const unsigned char *p = ptr;

    while (len--)
        h = (h ^ *p++) * 1099511628211u;
    return h ^ (h >> 29);
}

static uint64_t hash_file(uint64_t above, const char *name, const struct stat *s)
{
    int64_t facts[3] = {s->st_size, s->st_mtim.tv_sec, s->st_mtim.tv_nsec};

    return mix(mix(above, name, strlen(name)), facts, sizeof facts) * 0x9E3779B97F4A7C15u;
}

static uint64_t sum_folder(int at, const char *name, uint64_t above, int depth)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    uint64_t here = mix(above, name, strlen(name)), sum = here;
    struct dirent *e;
    struct stat s;

    if (!folder)
        return above;
    while ((e = readdir(folder))) {
        if (e->d_name[0] == '.')
            continue;
        if (e->d_type == DT_DIR && depth < DEPTH_MAX)
            sum += sum_folder(fd, e->d_name, here, depth + 1);
        else if (!fstatat(fd, e->d_name, &s, 0))
            sum += hash_file(here, e->d_name, &s);
    }
    closedir(folder);
    return sum;
}

uint64_t stamp_folder(const char *path)
{
    return file_stat(path).kind == FILE_FOLDER ? sum_folder(AT_FDCWD, path, 5, 0) : 0;
}

uint64_t stamp_file(const char *path)
{
    struct stat s;

    return stat(path, &s) ? 0 : hash_file(1, path, &s);
}

/* Many names in one folder, each added up by whichever thread comes to it. */
struct adding {
    int folder;
    char **names;
    size_t count;
    uint64_t above;
    uint64_t *sums; /* of STRIP names each */
};

enum { STRIP = 64 };

static uint64_t sum_name(const struct adding *a, const char *name)
{
    struct stat s;

    if (fstatat(a->folder, name, &s, 0))
        return 1;
    return S_ISDIR(s.st_mode) ? sum_folder(a->folder, name, a->above, 1)
                              : hash_file(a->above, name, &s);
}

static void sum_strip(void *ctx, size_t strip, int worker)
{
    struct adding *a = ctx;
    size_t end = (strip + 1) * STRIP < a->count ? (strip + 1) * STRIP : a->count;

    for (size_t i = strip * STRIP; i < end; i++)
        if (a->names[i][0] != '.')
            a->sums[strip] += sum_name(a, a->names[i]);
}

/* Of the names below the folder; those of folders with all that is in them. */
static uint64_t sum_names(const char *path, char **names, size_t count, uint64_t above,
                          struct pool *pool)
{
    size_t strips = (count + STRIP - 1) / STRIP;
    struct adding a = {open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), names, count, above,
                       mem_calloc(strips + 1, sizeof *a.sums)};
    uint64_t sum = 0;

    if (a.folder >= 0) {
        pool_run(pool, strips, sum_strip, &a);
        close(a.folder);
    }
    for (size_t i = 0; i < strips; i++)
        sum += a.sums[i];
    free(a.sums);
    return sum;
}

/* What the last build wrote, by its list. */
uint64_t stamp_outputs(const char *out, struct pool *pool)
{
    char *list = path_join(out, ".labbook-files"), **lines = NULL;
    struct str names = STR_INIT;
    size_t n = 0, cap = 0;
    uint64_t sum = 0;

    if (file_stat(list).kind == FILE_REGULAR && !file_read(&names, list, LIST_MAX, NULL)) {
        for (char *name = names.ptr, *end; (end = strchr(name, '\n')); name = end + 1) {
            *end = '\0';
            MEM_GROW(lines, n, cap);
            lines[n++] = name;
        }
        sum = sum_names(out, lines, n, 2, pool);
    }
    free(lines);
    str_done(&names);
    free(list);
    return sum;
}

static uint64_t sum_lessons(const char *lessons, struct pool *pool)
{
    char **names = NULL;
    size_t n = 0;
    uint64_t sum = 0;

    if (!file_list(&names, &n, lessons, NULL))
        sum = sum_names(lessons, names, n, 3, pool);
    file_names_free(names, n);
    return sum;
}

uint64_t stamp_inputs(const char *root, const char *templates, const struct site_options *options,
                      struct pool *pool)
{
    static const char *const packages[] = {"/usr/share/javascript/lunr/lunr.min.js",
                                           "/usr/share/javascript/codemirror/lib/codemirror.js"};
    char *lessons = path_join(root, "lessons"), *self = path_self();
    unsigned char flags[2] = {options->instructor, options->drafts};
    uint64_t stamp = mix(0x2545F4914F6CDD1Du, flags, sizeof flags);

    stamp += sum_lessons(lessons, pool) + sum_folder(AT_FDCWD, templates, 4, 0);
    stamp += stamp_file(self);
    if (options->lab_module)
        stamp += stamp_file(options->lab_module);
    for (size_t i = 0; i < sizeof packages / sizeof packages[0]; i++)
        stamp += stamp_file(packages[i]);
    free(self);
    free(lessons);
    return stamp;
}

static char *stamp_path(const char *out)
{
    return path_join(out, ".labbook-stamp");
}

bool stamp_matches(const char *out, uint64_t stamp, struct site_report *report)
{
    char *path = stamp_path(out), text[32];
    struct json *root = NULL;
    bool same;

    snprintf(text, sizeof text, "%016llx", (unsigned long long)stamp);
    if (file_stat(path).kind == FILE_REGULAR)
        json_read(&root, path, STAMP_MAX, NULL);
    same = !strcmp(json_string(json_get(root, "stamp"), ""), text);
    if (same && report) {
        memset(report, 0, sizeof *report);
        report->lessons = (size_t)json_number(json_get(root, "lessons"), 0);
        report->steps = (size_t)json_number(json_get(root, "steps"), 0);
        report->quizzes = (size_t)json_number(json_get(root, "quizzes"), 0);
        report->files.files = (size_t)json_number(json_get(root, "files"), 0);
    }
    json_free(root);
    free(path);
    return same;
}

void stamp_keep(const char *out, uint64_t stamp, const struct site_report *report)
{
    char *path = stamp_path(out), text[32];
    struct str json = STR_INIT;
    struct json_out w;

    snprintf(text, sizeof text, "%016llx", (unsigned long long)stamp);
    json_begin(&w, &json, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "stamp", text);
    json_put_int(&w, "lessons", (int64_t)report->lessons);
    json_put_int(&w, "steps", (int64_t)report->steps);
    json_put_int(&w, "quizzes", (int64_t)report->quizzes);
    json_put_int(&w, "files", (int64_t)report->files.files);
    json_close(&w);
    file_write(path, slice_str(&json), NULL);
    str_done(&json);
    free(path);
}
