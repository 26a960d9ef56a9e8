/*
 * Folders as .tar.gz: what SageMaker makes of a job's model and output. Only
 * regular files are packed, by name and bytewise order, without owner; the
 * same files with the same time are the same bytes.
 */
#ifndef BASE_TAR_H
#define BASE_TAR_H

#include "labkit.h"

#include <stddef.h>

/* Pack all below the folder into the file at path; *files (may be NULL) says how many there were.
 */
enum lk_status tar_pack(const char *path, const char *folder, int64_t unix_seconds, size_t *files,
                        struct lk_error *err);

#endif
