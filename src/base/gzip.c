/*
 * gzip by zlib. In one go, with room for the worst case; or through a small
 * buffer, for what is too large for memory. The header holds no time and no
 * name, so that the same content is the same bytes.
 */
#include "base/gzip.h"

#include "base/mem.h"

#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16 /* the largest, in gzip's wrapping */, BUFFER = 1 << 16 };

void gzip_put(struct str *out, struct slice data, int level)
{
    z_stream z = {0};
    size_t room;

    if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return;
    room = deflateBound(&z, (uLong)data.len);
    z.next_in = (Bytef *)(uintptr_t)data.ptr;
    z.avail_in = (uInt)data.len;
    z.next_out = (Bytef *)str_room(out, room);
    z.avail_out = (uInt)room;
    deflate(&z, Z_FINISH);
    str_grew(out, z.total_out);
    deflateEnd(&z);
}

struct gzip_out {
    z_stream z;
    FILE *to;
    bool failed;
    Bytef buffer[BUFFER];
};

struct gzip_out *gzip_open(FILE *to, int level)
{
    struct gzip_out *g = mem_calloc(1, sizeof *g);

    g->to = to;
    g->failed = deflateInit2(&g->z, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK;
    return g;
}

static void pump(struct gzip_out *g, int flush)
{
    do {
        size_t n;

        g->z.next_out = g->buffer;
        g->z.avail_out = BUFFER;
        deflate(&g->z, flush);
        n = BUFFER - g->z.avail_out;
        g->failed |= fwrite(g->buffer, 1, n, g->to) != n;
    } while (!g->failed && !g->z.avail_out);
}

void gzip_write(struct gzip_out *g, const void *ptr, size_t len)
{
    const Bytef *p = ptr;

    while (len && !g->failed) {
        size_t n = len < (1u << 30) ? len : 1u << 30; /* zlib counts in unsigned int */

        g->z.next_in = (Bytef *)(uintptr_t)p;
        g->z.avail_in = (uInt)n;
        pump(g, Z_NO_FLUSH);
        p += n;
        len -= n;
    }
}

bool gzip_close(struct gzip_out *g)
{
    bool good;

    g->z.avail_in = 0;
    if (!g->failed)
        pump(g, Z_FINISH);
    deflateEnd(&g->z);
    good = !g->failed && !fflush(g->to);
    free(g);
    return good;
}
