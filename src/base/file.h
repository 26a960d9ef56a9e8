/*
 * Files. Reading has a cap; writing happens beside the target and is renamed
 * into place, so a file is there whole or not at all, also after kill -9.
 * "-" names stdin or stdout where a comment says so.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/str.h"
#include "labkit.h"

#include <stdio.h>

/* The whole file appended to out; LK_ELIMIT when it holds more than max bytes. */
enum lk_status file_read(struct str *out, const char *path, size_t max, struct lk_error *err);
/* The whole content, written beside and renamed. */
enum lk_status file_write(const char *path, struct slice content, struct lk_error *err);
/* As file_write, but an equal file is left alone; *changed may be NULL. */
enum lk_status file_write_changed(const char *path, struct slice content, bool *changed,
                                  struct lk_error *err);

/* A file being written: open, write to `stream`, then commit or abandon. */
struct file_out {
    FILE *stream; /* write here; errors are found by commit */
    char *path;   /* the target; NULL for stdout */
    char *temp;   /* the file beside it; NULL where the target is no file (a pipe, a device) */
};

/* path "-" is stdout; a link stays, what it leads to is replaced. */
enum lk_status file_out_open(struct file_out *f, const char *path, struct lk_error *err);
enum lk_status file_out_commit(struct file_out *f, struct lk_error *err);
/* Remove what was written; does nothing after a commit. */
void file_out_abandon(struct file_out *f);

/* "-", a device, a pipe, or what the shell has open: written to as it is, nothing is replaced. */
bool file_is_stream(const char *path);
/* Where a link leads to, so that the link stays one; yours to free. */
char *file_target(const char *path);

enum file_kind { FILE_NONE, FILE_REGULAR, FILE_FOLDER, FILE_OTHER };

struct file_info {
    enum file_kind kind;
    int64_t size;
    int64_t mtime_ns;
};

/* What stands at path (links followed); FILE_NONE where nothing does. */
struct file_info file_stat(const char *path);
enum lk_status file_mkdirs(const char *path, struct lk_error *err);
/* The names in a folder, sorted bytewise, without "." and ".."; free with file_names_free. */
enum lk_status file_list(char ***out, size_t *n, const char *folder, struct lk_error *err);
void file_names_free(char **names, size_t n);
enum lk_status file_copy(const char *to, const char *from, struct lk_error *err);
/* A file, or a folder with all that is in it; links are not followed. Nothing there is no error. */
enum lk_status file_remove(const char *path, struct lk_error *err);

/* Paths; the results of the first two are yours to free. */
char *path_join(const char *folder, const char *name); /* an absolute name stands alone */
char *path_folder(const char *path);                   /* "." where there is none */
const char *path_name(const char *path);               /* what follows the last '/' */
const char *path_extension(const char *path);          /* with its dot, or "" */
/* Is `name` relative and free of "..", empty and "." parts, so that it stays inside a folder? */
bool path_is_inside(struct slice name);

/* The folder for short-lived files: $TMPDIR, else /tmp. Borrowed. */
const char *path_temp_home(void);
/* Where labbook keeps things: $XDG_DATA_HOME/labbook or ~/.local/share/labbook; yours to free. */
char *path_data_home(void);
/* The absolute path of the running program; yours to free. */
char *path_self(void);

#endif
