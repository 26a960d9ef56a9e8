/* Unpacking archives that others made: model.tar.gz from a bucket. */
#ifndef BASE_UNTAR_H
#define BASE_UNTAR_H

#include "labkit.h"

#include <stddef.h>

struct untar_caps {
    int64_t bytes; /* of all files together */
    size_t files;
};

/*
 * Unpack a tar file, gzipped or not, into a folder, which is made. Regular
 * files and folders only; links and devices are passed over. A name that
 * leaves the folder, a broken archive and one beyond the caps are errors.
 */
enum lk_status tar_unpack(const char *path, const char *folder, const struct untar_caps *caps,
                          struct lk_error *err);

#endif
