/*
 * The file that a download grows in. It has its whole size from the start: a
 * disk that is too small says so before a byte is fetched, and threads write
 * their pieces anywhere without waiting for each other.
 *
 * A long file goes past the page cache (O_DIRECT). Copying a gibibyte into
 * fresh pages takes the kernel as long as all the rest of a download together,
 * and throws out of the cache what other programs had there. It takes whole
 * blocks in aligned memory at aligned places; what is not aligned (the end of
 * the file), and everything on a file system that cannot do it, is written the
 * ordinary way.
 */
#include "aws/s3_internal.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { BLOCK = 4096, LONG_FILE = 64 << 20 };

/* Blocks for the whole file, where the file system can reserve them; a short one is not worth it.
 */
static bool reserve(int fd, int64_t size)
{
    if (size > S3_PIECE && fallocate(fd, 0, 0, size) && errno != EOPNOTSUPP && errno != ENOSYS)
        return false;
    return !ftruncate(fd, size);
}

enum lk_status s3_partfile_open(struct s3_partfile *f, const char *path, int64_t size,
                                struct lk_error *err)
{
    f->path = path;
    f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (f->fd < 0 || !reserve(f->fd, size))
        return error_errno(err, "write", path);
    if (size >= LONG_FILE)
        f->direct = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
    return LK_OK;
}

void s3_partfile_close(struct s3_partfile *f)
{
    if (f->fd >= 0)
        close(f->fd);
    if (f->direct >= 0)
        close(f->direct);
    f->fd = f->direct = -1;
}

char *s3_partfile_piece(int64_t size)
{
    return mem_aligned(BLOCK, size < S3_PIECE ? (size_t)size + 1 : S3_PIECE);
}

/* Write some of it; returns as pwrite does. */
static ssize_t write_some(struct s3_partfile *f, const char *piece, size_t n, int64_t place)
{
    size_t blocks = n - n % BLOCK;

    if (f->direct >= 0 && blocks && place % BLOCK == 0 && (uintptr_t)piece % BLOCK == 0) {
        ssize_t w = pwrite(f->direct, piece, blocks, place);

        if (w >= 0 || errno != EINVAL) /* EINVAL: not on this file system, or in larger blocks */
            return w;
    }
    return pwrite(f->fd, piece, n, place);
}

enum lk_status s3_partfile_write(struct s3_partfile *f, const char *piece, size_t n, int64_t place,
                                 struct lk_error *err)
{
    for (size_t done = 0; done < n;) {
        ssize_t w = write_some(f, piece + done, n - done, place + (int64_t)done);

        if (w < 0 && errno != EINTR)
            return error_errno(err, "write", f->path);
        done += w > 0 ? (size_t)w : 0;
    }
    return LK_OK;
}
