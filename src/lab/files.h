/*
 * What a lab is told about files, by whichever host: the same rules and the
 * same words in a child process (worker.c) and in a page (wasm/lab.c).
 */
#ifndef LAB_FILES_H
#define LAB_FILES_H

#include "labkit.h"

#include <stdint.h>

enum { LAB_FILES_MAX = 1000 };

/* May a file have this name? It cannot lead out of the lab's folder. err may be NULL. */
enum lk_status lab_file_name(const char *name, struct lk_error *err);
/* The errors: no such file, too many bytes, too many files. */
enum lk_status lab_file_missing(const char *name, struct lk_error *err);
enum lk_status lab_file_bytes(uint64_t may, struct lk_error *err);
enum lk_status lab_file_count(struct lk_error *err);

#endif
