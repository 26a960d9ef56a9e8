/*
 * A profile `practice` in the AWS tools' files, where they are for this user:
 * ~/.aws/credentials and ~/.aws/config, or where AWS_SHARED_CREDENTIALS_FILE
 * and AWS_CONFIG_FILE say. Every other byte of them stays as it is, so do their
 * modes, and a link stays a link.
 */
#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cloud/cloud.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 1 << 20 };

/* A line with its end. */
static struct slice take_line(struct slice *rest)
{
    size_t n = slice_find(*rest, '\n');
    struct slice line = slice_first(*rest, n < rest->len ? n + 1 : n);

    *rest = slice_from(*rest, line.len);
    return line;
}

/* In our section only what is no setting stays: comments may be the next section's. */
static bool is_setting(struct slice line)
{
    struct slice text = slice_trim(line);

    return text.len && *text.ptr != '#' && *text.ptr != ';';
}

/* The text with our settings in place of those of a section of that name, or behind all. */
static void put_section(struct str *out, struct slice text, const char *header, const char *body)
{
    bool ours = false, done = false;

    while (text.len) {
        struct slice line = take_line(&text), trimmed = slice_trim(line);

        if (slice_starts(trimmed, "["))
            ours = slice_is(trimmed, header);
        if (ours && !done) {
            str_printf(out, "%s\n%s", header, body);
            done = true;
        }
        if (!ours || !is_setting(line))
            str_put(out, line);
    }
    if (done)
        return;
    if (out->len && !slice_ends(slice_str(out), "\n"))
        str_putc(out, '\n');
    if (out->len && !slice_ends(slice_str(out), "\n\n"))
        str_putc(out, '\n');
    str_printf(out, "%s\n%s", header, body);
}

/* What is new is its owner's alone; what was there keeps its mode. */
static enum lk_status write_as_before(const char *path, struct slice text, struct lk_error *err)
{
    struct stat before;
    mode_t mode = stat(path, &before) ? 0600 : before.st_mode & 07777;
    char *target = realpath(path, NULL); /* NULL: not there yet */
    mode_t mask = umask(077);
    enum lk_status st = file_write(target ? target : path, text, err);

    umask(mask);
    if (!st && chmod(target ? target : path, mode))
        st = error_errno(err, "set the mode of", path);
    free(target);
    return st;
}

static enum lk_status edit(const char *path, const char *header, const char *body,
                           struct lk_error *err)
{
    struct str text = STR_INIT, out = STR_INIT;
    enum lk_status st = LK_OK;

    if (file_stat(path).kind != FILE_NONE)
        st = file_read(&text, path, FILE_MAX, err);
    if (!st) {
        put_section(&out, slice_str(&text), header, body);
        st = write_as_before(path, slice_str(&out), err);
    }
    bytes_wipe(text.ptr, text.len);
    bytes_wipe(out.ptr, out.len);
    str_done(&text);
    str_done(&out);
    return st;
}

/* The file that the variable names, or this one of ~/.aws, whose folder is made. */
static char *find(const char *variable, const char *name, struct lk_error *err)
{
    const char *named = getenv(variable), *home = getenv("HOME");
    char *folder, *path = NULL;

    if (named && *named)
        return mem_strdup(named);
    folder = path_join(home ? home : ".", ".aws");
    if (!file_mkdirs(folder, err))
        path = path_join(folder, name);
    free(folder);
    return path;
}

static enum lk_status put(const char *variable, const char *name, const char *header,
                          const char *body, struct lk_error *err)
{
    char *path = find(variable, name, err);
    enum lk_status st = path ? edit(path, header, body, err) : err->status;

    free(path);
    return st;
}

enum lk_status cloud_write_profile(const char *folder, struct lk_error *err)
{
    char *path = path_join(folder, "endpoint.json");
    struct str keys = STR_INIT, config = STR_INIT;
    struct json *j = NULL;
    enum lk_status st = json_read(&j, path, 1 << 16, err);

    str_printf(&keys, "aws_access_key_id = %s\naws_secret_access_key = %s\n",
               json_string(json_get(j, "access_key_id"), ""),
               json_string(json_get(j, "secret_access_key"), ""));
    str_printf(&config, "region = %s\nendpoint_url = %s\n", json_string(json_get(j, "region"), ""),
               json_string(json_get(j, "endpoint"), ""));
    if (!st)
        st = put("AWS_SHARED_CREDENTIALS_FILE", "credentials", "[practice]", keys.ptr, err);
    if (!st)
        st = put("AWS_CONFIG_FILE", "config", "[profile practice]", config.ptr, err);
    bytes_wipe(keys.ptr, keys.len);
    str_done(&keys);
    str_done(&config);
    json_free(j);
    free(path);
    return st;
}
