/*
 * Three kinds of bytes behind one call: a descriptor, memory, and either of
 * them through inflate. The first two bytes decide whether it is gzip; a file
 * of several gzip members (as `cat a.gz b.gz` makes) reads as one.
 */
#include "base/source.h"
#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { RAW_SIZE = 64 * 1024 };

struct source {
    char *name;
    int fd;              /* -1: memory */
    struct slice memory; /* not yet read */
    int64_t position, size;

    unsigned char *raw; /* compressed bytes, or the first two of a plain file */
    size_t raw_at, raw_len;
    bool zipped, member_open, raw_ended;
    z_stream z;
};

/* Up to n bytes as they stand in the file. */
static enum lk_status read_raw(struct source *s, void *buf, size_t n, size_t *got,
                               struct lk_error *err)
{
    ssize_t r;

    if (s->fd < 0) {
        *got = n < s->memory.len ? n : s->memory.len;
        if (*got)
            memcpy(buf, s->memory.ptr, *got);
        s->memory = slice_from(s->memory, *got);
        s->position += (int64_t)*got;
        return LK_OK;
    }
    do
        r = read(s->fd, buf, n);
    while (r < 0 && errno == EINTR);
    if (r < 0)
        return error_errno(err, "read", s->name);
    *got = (size_t)r;
    s->position += r;
    return LK_OK;
}

static enum lk_status fill_raw(struct source *s, struct lk_error *err)
{
    size_t got = 0;
    enum lk_status st = read_raw(s, s->raw, RAW_SIZE, &got, err);

    s->raw_at = 0;
    s->raw_len = st ? 0 : got;
    s->raw_ended |= !st && !got;
    return st;
}

/* Look at the first two bytes; they stay in raw for the reads to come. */
static enum lk_status look(struct source *s, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    s->raw = mem_alloc(RAW_SIZE);
    while (!st && s->raw_len < 2) {
        size_t got = 0;

        st = read_raw(s, s->raw + s->raw_len, 2 - s->raw_len, &got, err);
        s->raw_len += got;
        if (!got)
            break;
    }
    s->zipped = s->raw_len == 2 && s->raw[0] == 0x1f && s->raw[1] == 0x8b;
    return st;
}

static struct source *new_source(const char *name)
{
    struct source *s = mem_calloc(1, sizeof *s);

    s->name = mem_strdup(name);
    s->fd = -1;
    s->size = -1;
    return s;
}

enum lk_status source_open(struct source **out, const char *path, struct lk_error *err)
{
    bool standard = !strcmp(path, "-");
    struct source *s = new_source(standard ? "stdin" : path);
    enum lk_status st = LK_OK;
    struct stat info;

    s->fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0) {
        st = error_errno(err, "open", path);
    } else if (!fstat(s->fd, &info) && S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        st = error_errno(err, "read", path);
    } else {
        s->size = S_ISREG(info.st_mode) ? info.st_size : -1;
        st = look(s, err);
    }
    if (st) {
        source_close(s);
        s = NULL;
    }
    *out = s;
    return st;
}

struct source *source_memory(struct slice bytes, const char *name)
{
    struct source *s = new_source(name);

    s->memory = bytes;
    s->size = (int64_t)bytes.len;
    look(s, NULL); /* memory cannot fail */
    return s;
}

/* Zeros may fill up the end of a file on tape; anything else after a member is another one. */
static enum lk_status next_member(struct source *s, bool *ended, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    while (!st && !s->raw_ended && (s->raw_at == s->raw_len || !s->raw[s->raw_at])) {
        if (s->raw_at == s->raw_len)
            st = fill_raw(s, err);
        else
            s->raw_at++;
    }
    *ended = s->raw_ended;
    if (st || *ended)
        return st;
    s->z = (z_stream){0};
    if (inflateInit2(&s->z, 16 + MAX_WBITS) != Z_OK)
        return error_at(err, LK_ELIMIT, s->name, 0, 0, "cannot start gunzip");
    s->member_open = true;
    return LK_OK;
}

/* One step of inflate into buf; *got may be 0 before the end. */
static enum lk_status inflate_some(struct source *s, unsigned char *buf, size_t n, size_t *got,
                                   struct lk_error *err)
{
    enum lk_status st = s->raw_at == s->raw_len ? fill_raw(s, err) : LK_OK;
    int code;

    if (st)
        return st;
    if (s->raw_ended)
        return error_at(err, LK_EINPUT, s->name, 0, 0,
                        "gzip data ends in the middle: the file was cut short");
    s->z.next_in = s->raw + s->raw_at;
    s->z.avail_in = (uInt)(s->raw_len - s->raw_at);
    s->z.next_out = buf;
    s->z.avail_out = (uInt)n;
    code = inflate(&s->z, Z_NO_FLUSH);
    s->raw_at = s->raw_len - s->z.avail_in;
    *got = n - s->z.avail_out;
    if (code == Z_STREAM_END) {
        inflateEnd(&s->z);
        s->member_open = false;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return error_at(err, LK_EINPUT, s->name, 0, 0,
                        "corrupt gzip data near byte %lld of the file",
                        (long long)(s->position - (int64_t)(s->raw_len - s->raw_at)));
    }
    return LK_OK;
}

enum lk_status source_read(struct source *s, void *buf, size_t n, size_t *got, struct lk_error *err)
{
    enum lk_status st = LK_OK;
    bool ended = false;

    *got = 0;
    if (!s->zipped) {
        if (s->raw_at == s->raw_len)
            return read_raw(s, buf, n, got, err);
        *got = n < s->raw_len - s->raw_at ? n : s->raw_len - s->raw_at;
        memcpy(buf, s->raw + s->raw_at, *got);
        s->raw_at += *got;
        return LK_OK;
    }
    if (n > 1 << 30)
        n = 1 << 30; /* zlib counts in unsigned int */
    while (!st && !*got && n) {
        if (!s->member_open) {
            st = next_member(s, &ended, err);
            if (st || ended)
                break;
        }
        st = inflate_some(s, buf, n, got, err);
    }
    return st;
}

const char *source_name(const struct source *s)
{
    return s->name;
}

int64_t source_position(const struct source *s)
{
    return s->position;
}

int64_t source_size(const struct source *s)
{
    return s->size;
}

void source_close(struct source *s)
{
    if (!s)
        return;
    if (s->member_open)
        inflateEnd(&s->z);
    if (s->fd > STDIN_FILENO)
        close(s->fd);
    free(s->raw);
    free(s->name);
    free(s);
}
