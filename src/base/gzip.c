/* The whole input is in memory, so one call of zlib with room for the worst case does it. */
#include "base/gzip.h"

#include "base/mem.h"

#include <zlib.h>

void gzip_put(struct str *out, struct slice data, int level)
{
    z_stream z = {0};
    size_t room;

    /* 15 + 16: the largest window, in gzip's wrapping; the header then holds no time. */
    if (deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
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
