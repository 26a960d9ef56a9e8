/*
 * Reading with a cap, writing beside and renaming. The file beside is synced
 * before the rename, so that after a crash the name leads to the old content
 * or to the new, never to a part.
 */
#include "base/file.h"
#include "base/error.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum lk_status file_read(struct str *out, const char *path, size_t max, struct lk_error *err)
{
    bool std = !strcmp(path, "-");
    int fd = std ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    enum lk_status st = LK_OK;
    size_t start = out->len;
    struct stat info;

    if (fd < 0)
        return error_errno(err, "open", path);
    if (!fstat(fd, &info) && S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        st = error_errno(err, "read", path);
        goto out;
    }
    for (;;) {
        ssize_t n = read(fd, str_room(out, 64 * 1024), 64 * 1024);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            st = error_errno(err, "read", std ? "stdin" : path);
        if (n <= 0)
            break;
        str_grew(out, (size_t)n);
        if (out->len - start > max) {
            st = error_at(err, LK_ELIMIT, std ? "stdin" : path, 0, 0,
                          "larger than the %zu bytes that are read of such a file", max);
            break;
        }
    }
out:
    if (st)
        str_cut(out, start);
    if (!std)
        close(fd);
    return st;
}

bool file_is_stream(const char *path)
{
    return !strcmp(path, "-") || file_stat(path).kind == FILE_OTHER || !strncmp(path, "/dev/", 5) ||
           !strncmp(path, "/proc/", 6);
}

static enum lk_status open_stream(struct file_out *f, const char *path, struct lk_error *err)
{
    f->stream = fopen(path, "we");
    if (!f->stream)
        return error_errno(err, "write", path);
    f->path = mem_strdup(path);
    return LK_OK;
}

char *file_target(const char *path)
{
    char *real = realpath(path, NULL), *copy = mem_strdup(real ? real : path);

    free(real);
    return copy;
}

static enum lk_status open_beside(struct file_out *f, const char *path, struct lk_error *err)
{
    struct str temp = STR_INIT;
    char *target = file_target(path);
    int fd;

    str_printf(&temp, "%s.part-XXXXXX", target);
    fd = mkostemp(temp.ptr, O_CLOEXEC);
    if (fd < 0) {
        free(target);
        str_done(&temp);
        return error_errno(err, "write", path);
    }
    /* mkostemp makes it private; give it what any new file gets. */
    mode_t mask = umask(0);
    umask(mask);
    fchmod(fd, 0666 & ~mask);
    f->stream = fdopen(fd, "w");
    f->temp = str_take(&temp, NULL);
    f->path = target;
    return LK_OK;
}

enum lk_status file_out_open(struct file_out *f, const char *path, struct lk_error *err)
{
    *f = (struct file_out){0};
    if (!strcmp(path, "-")) {
        f->stream = stdout;
        return LK_OK;
    }
    if (file_stat(path).kind == FILE_FOLDER) {
        errno = EISDIR;
        return error_errno(err, "write", path);
    }
    return file_is_stream(path) ? open_stream(f, path, err) : open_beside(f, path, err);
}

static void forget(struct file_out *f)
{
    free(f->path);
    free(f->temp);
    *f = (struct file_out){0};
}

enum lk_status file_out_commit(struct file_out *f, struct lk_error *err)
{
    const char *name = f->path ? f->path : "stdout";
    enum lk_status st = LK_OK;
    bool bad = fflush(f->stream) || ferror(f->stream);

    if (!f->path) {
        forget(f);
        return bad ? error_errno(err, "write", name) : LK_OK;
    }
    if (bad || (f->temp && fsync(fileno(f->stream))))
        st = error_errno(err, "write", name);
    if (fclose(f->stream) && !st)
        st = error_errno(err, "write", name);
    f->stream = NULL;
    if (!st && f->temp && rename(f->temp, f->path))
        st = error_errno(err, "write", name);
    if (st && f->temp)
        unlink(f->temp);
    forget(f);
    return st;
}

void file_out_abandon(struct file_out *f)
{
    if (f->path) {
        if (f->stream)
            fclose(f->stream);
        if (f->temp)
            unlink(f->temp);
    }
    forget(f);
}

enum lk_status file_write(const char *path, struct slice content, struct lk_error *err)
{
    struct file_out f;
    enum lk_status st = file_out_open(&f, path, err);

    if (st)
        return st;
    if (content.len)
        fwrite(content.ptr, 1, content.len, f.stream); /* commit finds a failure */
    return file_out_commit(&f, err);
}

enum lk_status file_write_changed(const char *path, struct slice content, bool *changed,
                                  struct lk_error *err)
{
    struct str old = STR_INIT;
    struct file_info info = file_stat(path);
    bool same = info.kind == FILE_REGULAR && (size_t)info.size == content.len &&
                !file_read(&old, path, content.len, NULL) && slice_eq(slice_str(&old), content);

    str_done(&old);
    if (changed)
        *changed = !same;
    return same ? LK_OK : file_write(path, content, err);
}

struct file_info file_stat(const char *path)
{
    struct file_info info = {FILE_NONE, 0, 0};
    struct stat s;

    if (stat(path, &s))
        return info;
    info.kind = S_ISREG(s.st_mode) ? FILE_REGULAR : S_ISDIR(s.st_mode) ? FILE_FOLDER : FILE_OTHER;
    info.size = s.st_size;
    info.mtime_ns = (int64_t)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec;
    return info;
}

/* Those above are nearly always there, so it begins with the last. */
static enum lk_status make_folder(char *path, struct lk_error *err)
{
    char *slash = strrchr(path, '/');
    enum lk_status st;

    if (!mkdir(path, 0777) || errno == EEXIST)
        return LK_OK;
    if (errno != ENOENT || !slash || slash == path)
        return error_errno(err, "make folder", path);
    *slash = '\0';
    st = make_folder(path, err);
    *slash = '/';
    if (!st && mkdir(path, 0777) && errno != EEXIST)
        st = error_errno(err, "make folder", path);
    return st;
}

enum lk_status file_mkdirs(const char *path, struct lk_error *err)
{
    char *p;
    enum lk_status st;

    if (!mkdir(path, 0777))
        return LK_OK;
    p = mem_strdup(path);
    st = *p ? make_folder(p, err) : LK_OK;

    if (!st && file_stat(path).kind != FILE_FOLDER) {
        errno = ENOTDIR;
        st = error_errno(err, "make folder", path);
    }
    free(p);
    return st;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum lk_status file_list(char ***out, size_t *n, const char *folder, struct lk_error *err)
{
    DIR *d = opendir(folder);
    char **names = NULL;
    size_t len = 0, cap = 0;
    struct dirent *e;

    if (!d)
        return error_errno(err, "read folder", folder);
    while ((e = readdir(d))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        MEM_GROW(names, len, cap);
        names[len++] = mem_strdup(e->d_name);
    }
    closedir(d);
    if (len)
        qsort(names, len, sizeof *names, by_bytes);
    *out = names;
    *n = len;
    return LK_OK;
}

void file_names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

enum lk_status file_copy(const char *to, const char *from, struct lk_error *err)
{
    FILE *in = fopen(from, "re");
    struct file_out f;
    enum lk_status st;
    char buf[64 * 1024];
    size_t n;

    if (!in)
        return error_errno(err, "open", from);
    st = file_out_open(&f, to, err);
    if (st)
        goto out;
    while ((n = fread(buf, 1, sizeof buf, in)) > 0)
        fwrite(buf, 1, n, f.stream);
    if (ferror(in)) {
        st = error_errno(err, "read", from);
        file_out_abandon(&f);
    } else {
        st = file_out_commit(&f, err);
    }
out:
    fclose(in);
    return st;
}

enum lk_status file_remove(const char *path, struct lk_error *err)
{
    struct stat s;
    char **names = NULL;
    size_t n = 0;
    enum lk_status st = LK_OK;

    if (lstat(path, &s))
        return errno == ENOENT ? LK_OK : error_errno(err, "remove", path);
    if (S_ISDIR(s.st_mode)) {
        st = file_list(&names, &n, path, err);
        for (size_t i = 0; i < n && !st; i++) {
            char *inner = path_join(path, names[i]);

            st = file_remove(inner, err);
            free(inner);
        }
        file_names_free(names, n);
        if (!st && rmdir(path))
            st = error_errno(err, "remove", path);
    } else if (unlink(path) && errno != ENOENT) {
        st = error_errno(err, "remove", path);
    }
    return st;
}
