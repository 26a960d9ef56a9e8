/*
 * A lab in a page: what worker.c is to a child process, this is to a web
 * worker. The page calls start once, then run for each step; texts come in
 * memory that it got from room. The module has no other way out than host.h,
 * so what a lab can reach is what the worker hands it: files by name, events.
 *
 * Running out of memory ends the module, as it ends a process; the page says
 * so and starts another.
 */
#include "base/error.h"
#include "base/mem.h"
#include "book/lesson.h"
#include "lab/files.h"
#include "lab/lab.h"
#include "wasm/host.h"

#include <stdlib.h>
#include <string.h>

enum { LUA_BYTES = 320 << 20 };

static struct lab *lab;

/* ---- the host's side ------------------------------------------------------------- */

static void host_emit(void *ctx, struct slice event)
{
    page_emit(event.ptr, event.len);
}

static enum lk_status host_read(void *ctx, struct str *out, const char *name, struct lk_error *err)
{
    enum lk_status st = lab_file_name(name, err);
    int32_t size = st ? 0 : page_size(name, strlen(name));

    if (st)
        return st;
    if (size < 0)
        return lab_file_missing(name, err);
    page_read(name, strlen(name), str_room(out, (size_t)size));
    str_grew(out, (size_t)size);
    return LK_OK;
}

static enum lk_status host_write(void *ctx, const char *name, struct slice bytes,
                                 struct lk_error *err)
{
    enum lk_status st = lab_file_name(name, err);

    if (st)
        return st;
    switch (page_put(name, strlen(name), bytes.ptr, bytes.len)) {
    case PAGE_PUT:
        return LK_OK;
    case PAGE_TOO_LARGE:
        st = lab_file_bytes(PAGE_DISK_BYTES, err);
        break;
    default:
        st = lab_file_count(err);
    }
    error_place(err, name, 0, 0);
    return st;
}

static int64_t host_written(void *ctx, const char *name)
{
    return lab_file_name(name, NULL) ? -1 : page_written(name, strlen(name));
}

static void host_list(void *ctx, struct str *out)
{
    size_t bytes = page_list(NULL);

    page_list(str_room(out, bytes));
    str_grew(out, bytes);
}

/* Nobody can ask a worker to stop while it works: the page ends it. */
static bool host_stopped(void *ctx)
{
    page_tick();
    return false;
}

/* ---- what the page calls ------------------------------------------------------------ */

/* Memory for a text, which run frees. */
PAGE("room") void *lab_room(size_t bytes);
void *lab_room(size_t bytes)
{
    return mem_alloc(bytes);
}

/* A lab for this target; false when there is not even memory for that. */
PAGE("start") int lab_start(void);
int lab_start(void)
{
    const struct lab_host host = {.emit = host_emit,
                                  .read = host_read,
                                  .write = host_write,
                                  .written = host_written,
                                  .list = host_list,
                                  .stopped = host_stopped,
                                  .target = TARGET_LOCAL,
                                  .threads = 1};

    lab = lab_new(&host, LUA_BYTES);
    return lab != NULL;
}

/* Run the step at this place in the lesson; check may be NULL. The end's "ok". */
PAGE("run") int lab_run_step(int index, char *step, char *code, char *check);
int lab_run_step(int index, char *step, char *code, char *check)
{
    const struct lab_run run = {.index = index, .step = step, .code = code, .check = check};
    bool ok = lab_run(lab, &run);

    free(step);
    free(code);
    free(check);
    return ok;
}
