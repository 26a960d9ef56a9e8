/*
 * The ustar format: a header of 512 bytes, the content, padding to the next
 * 512; two empty blocks at the end. A name longer than 100 bytes is divided at
 * a '/' between the header's two fields; one that cannot be is refused.
 */
#include "base/tar.h"

#include "base/error.h"
#include "base/file.h"
#include "base/gzip.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, NAME = 100, PREFIX = 155, DEPTH_MAX = 32, LEVEL = 6 };

struct packing {
    struct gzip_out *z;
    int64_t seconds;
    size_t files;
    struct lk_error *err;
};

struct header { /* as POSIX has it */
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], check[8], type, link[100];
    char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], pad[12];
};

static bool put_name(struct header *h, const char *name)
{
    size_t n = strlen(name);
    const char *slash = name;

    if (n <= NAME) {
        memcpy(h->name, name, n);
        return true;
    }
    while ((slash = strchr(slash + 1, '/')))
        if (n - (size_t)(slash - name) - 1 <= NAME && slash - name <= PREFIX) {
            memcpy(h->prefix, name, (size_t)(slash - name));
            memcpy(h->name, slash + 1, n - (size_t)(slash - name) - 1);
            return true;
        }
    return false;
}

/* The sum of all bytes, its own field counted as spaces. */
static void put_sum(struct header *h)
{
    const unsigned char *p = (const unsigned char *)h;
    unsigned sum = 0;

    memset(h->check, ' ', sizeof h->check);
    for (size_t i = 0; i < sizeof *h; i++)
        sum += p[i];
    snprintf(h->check, sizeof h->check, "%06o", sum);
}

static enum lk_status put_header(struct packing *p, const char *name, int64_t size)
{
    struct header h = {.type = '0', .magic = "ustar", .version = {'0', '0'}};

    _Static_assert(sizeof h == BLOCK, "a header is a block");
    if (!put_name(&h, name))
        return error_set(p->err, LK_ELIMIT, "the name is too long for a tar file: %.200s", name);
    if (size > INT64_C(077777777777))
        return error_set(p->err, LK_ELIMIT, "%.200s is too large for a tar file", name);
    snprintf(h.mode, sizeof h.mode, "0000644");
    snprintf(h.uid, sizeof h.uid, "0000000");
    snprintf(h.gid, sizeof h.gid, "0000000");
    snprintf(h.size, sizeof h.size, "%011" PRIo64, size);
    snprintf(h.mtime, sizeof h.mtime, "%011" PRIo64, p->seconds & INT64_C(077777777777));
    put_sum(&h);
    gzip_write(p->z, &h, sizeof h);
    return LK_OK;
}

static enum lk_status put_file(struct packing *p, const char *path, const char *name, int64_t size)
{
    FILE *f = fopen(path, "rbe");
    char buf[1 << 16];
    int64_t left = size;
    enum lk_status st = f ? put_header(p, name, size) : error_errno(p->err, "open", path);

    while (!st && left > 0) {
        size_t n = fread(buf, 1, left < (int64_t)sizeof buf ? (size_t)left : sizeof buf, f);

        if (!n)
            st = error_set(p->err, LK_EIO, "%s became shorter while it was packed", path);
        gzip_write(p->z, buf, n);
        left -= (int64_t)n;
    }
    memset(buf, 0, BLOCK);
    if (!st && size % BLOCK)
        gzip_write(p->z, buf, (size_t)(BLOCK - size % BLOCK));
    if (f)
        fclose(f);
    p->files++;
    return st;
}

static enum lk_status put_folder(struct packing *p, const char *folder, const char *prefix,
                                 int depth)
{
    char **names = NULL;
    size_t n = 0;
    enum lk_status st = depth > DEPTH_MAX
                            ? error_set(p->err, LK_ELIMIT, "%s is too deep to pack", folder)
                            : file_list(&names, &n, folder, p->err);

    for (size_t i = 0; i < n && !st; i++) {
        char *path = path_join(folder, names[i]), *name = path_join(prefix, names[i]);
        struct file_info info = file_stat(path);

        if (info.kind == FILE_FOLDER)
            st = put_folder(p, path, name, depth + 1);
        else if (info.kind == FILE_REGULAR)
            st = put_file(p, path, name, info.size);
        free(path);
        free(name);
    }
    file_names_free(names, n);
    return st;
}

enum lk_status tar_pack(const char *path, const char *folder, int64_t unix_seconds, size_t *files,
                        struct lk_error *err)
{
    static const char end[2 * BLOCK];
    struct packing p = {.seconds = unix_seconds, .err = err};
    struct file_out out;
    enum lk_status st = file_out_open(&out, path, err);

    if (st)
        return st;
    p.z = gzip_open(out.stream, LEVEL);
    st = put_folder(&p, folder, "", 0);
    gzip_write(p.z, end, sizeof end);
    if (!gzip_close(p.z) && !st)
        st = error_set(err, LK_EIO, "cannot write %s", path);
    if (st)
        file_out_abandon(&out);
    else
        st = file_out_commit(&out, err);
    if (!st && files)
        *files = p.files;
    return st;
}
