/*
 * Work: rows of a table, and a thread for each that is being done.
 *
 * A tick finds rows that nobody does and starts threads for them, oldest
 * first, as many as may run at once. A thread that comes back deletes its row;
 * one that left because the cloud ends does not, so the row is found again.
 *
 * The list of what runs belongs to the cloud's lock. A wish is an atomic and
 * an eventfd that stays readable, which every wait of the thread polls.
 */
#include "cloud/work.h"

#include "base/file.h"
#include "cloud/internal.h"
#include "cloud/work_inside.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { RETRY_MS = 1000, PAUSE_MS = 50, STACK_BYTES = 1 << 20 };

static const struct work_kind *kind_named(const char *name)
{
    for (const struct work_kind *const *k = work_kinds; *k; k++)
        if (!strcmp((*k)->name, name))
            return *k;
    return NULL;
}

/* ---- rows ---------------------------------------------------------------------------- */

void work_add(struct cloud *cloud, const char *kind, const char *region, const char *name)
{
    struct stmt *s = sql(cloud, "insert into work (kind, region, name) values (?1, ?2, ?3)");

    stmt_text(s, 1, kind);
    stmt_text(s, 2, region);
    stmt_text(s, 3, name);
    sql_run(cloud, s);
    cloud_poke(cloud);
}

static void set_wish(struct work_inside *w, enum work_wish wish)
{
    atomic_store(&w->wish, wish);
    if (write(w->wake, &(uint64_t){1}, sizeof(uint64_t)) < 0)
        return; /* full: it is readable already */
}

bool work_stop(struct cloud *cloud, const char *kind, const char *region, const char *name)
{
    struct stmt *s = sql(cloud, "update work set stopping = 1 where kind = ?1 and region = ?2"
                                " and name = ?3 returning id");
    int64_t id;

    stmt_text(s, 1, kind);
    stmt_text(s, 2, region);
    stmt_text(s, 3, name);
    if (!sql_row(cloud, s))
        return false;
    id = stmt_get_int(s, 0);
    stmt_reset(s);
    for (struct work_inside *w = cloud->works; w; w = w->next)
        if (w->id == id && atomic_load(&w->wish) == WORK_GO)
            set_wish(w, WORK_STOP);
    return true;
}

static void forget_row(struct work *w)
{
    struct stmt *s;

    if (!work_begin(w))
        return;
    s = sql(w->cloud, "delete from work where id = ?1");
    stmt_int(s, 1, w->inside->id);
    sql_run(w->cloud, s);
    work_commit(w);
}

/* ---- the thread ---------------------------------------------------------------------- */

enum work_wish work_wish(const struct work *w)
{
    return (enum work_wish)atomic_load(&w->inside->wish);
}

bool work_sleep(struct work *w, int64_t ms)
{
    struct pollfd p = {w->inside->wake, POLLIN, 0};
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    if (ms > 0 && work_wish(w) == WORK_GO)
        ppoll(&p, 1, &t, NULL);
    return work_wish(w) == WORK_GO;
}

void work_pause(struct work *w, int64_t ms)
{
    for (; ms > 0 && work_wish(w) != WORK_LEAVE; ms -= PAUSE_MS)
        nanosleep(&(struct timespec){0, PAUSE_MS * 1000000}, NULL);
}

bool work_begin(struct work *w)
{
    cloud_lock(w->cloud);
    if (cloud_begin(w->cloud))
        return true;
    cloud_unlock(w->cloud);
    return false;
}

bool work_commit(struct work *w)
{
    bool good = cloud_commit(w->cloud);

    cloud_unlock(w->cloud);
    return good;
}

static void *thread(void *ctx)
{
    struct work_inside *in = ctx;
    struct work *w = &in->work;
    bool over;

    if (w->attempt == 1)
        file_remove(w->folder, NULL);
    if (!file_mkdirs(w->folder, NULL))
        in->kind->run(w);
    over = work_wish(w) != WORK_LEAVE;
    if (over) {
        forget_row(w);
        file_remove(w->folder, NULL);
    }
    arena_done(&w->memory);
    cloud_lock(w->cloud);
    in->finished = true;
    cloud_unlock(w->cloud);
    cloud_poke(w->cloud);
    return NULL;
}

/* ---- starting and ending threads ----------------------------------------------------- */

static void inside_free(struct work_inside *in)
{
    if (in->wake >= 0)
        close(in->wake);
    free(in->texts);
    free((char *)in->work.folder);
    free(in);
}

static char *folder_of(struct cloud *cloud, int64_t id)
{
    char *all = path_join(cloud->folder, "work"), number[24], *folder;

    snprintf(number, sizeof number, "%lld", (long long)id);
    folder = path_join(all, number);
    free(all);
    return folder;
}

/* From a row: id, kind, region, name, attempt, stopping. */
static struct work_inside *inside_new(struct cloud *cloud, struct stmt *s)
{
    struct work_inside *in = mem_calloc(1, sizeof *in);
    struct str texts = STR_INIT;
    size_t region, name;

    in->kind = kind_named(stmt_get_text(s, 1));
    in->id = stmt_get_int(s, 0);
    str_puts(&texts, stmt_get_text(s, 2));
    region = texts.len + 1;
    str_putc(&texts, '\0');
    name = region;
    str_puts(&texts, stmt_get_text(s, 3));
    in->texts = str_take(&texts, NULL);
    in->work = (struct work){.cloud = cloud,
                             .kind = in->kind ? in->kind->name : "",
                             .region = in->texts,
                             .name = in->texts + name,
                             .attempt = (int)stmt_get_int(s, 4) + 1,
                             .folder = folder_of(cloud, in->id),
                             .inside = in};
    in->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stmt_get_int(s, 5))
        set_wish(in, WORK_STOP);
    return in;
}

static bool start_thread(struct work_inside *in)
{
    struct cloud *cloud = in->work.cloud;
    pthread_attr_t attr;
    struct stmt *s;
    bool good;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    good = in->kind && in->wake >= 0 && !pthread_create(&in->thread, &attr, thread, in);
    pthread_attr_destroy(&attr);
    if (!good) {
        inside_free(in);
        return false;
    }
    in->next = cloud->works;
    cloud->works = in;
    s = sql(cloud, "update work set attempt = attempt + 1 where id = ?1");
    stmt_int(s, 1, in->id);
    sql_run(cloud, s);
    return true;
}

/* Join those that are through; how many are not, and of them those of the counted kinds. */
static size_t sweep(struct cloud *cloud, size_t *threads)
{
    size_t heavy = 0;

    *threads = 0;
    for (struct work_inside **at = &cloud->works; *at;) {
        struct work_inside *in = *at;

        if (in->finished) {
            *at = in->next;
            pthread_join(in->thread, NULL);
            inside_free(in);
        } else {
            heavy += !in->kind->light;
            ++*threads;
            at = &in->next;
        }
    }
    return heavy;
}

static bool is_running(const struct cloud *cloud, int64_t id)
{
    for (const struct work_inside *in = cloud->works; in; in = in->next)
        if (in->id == id)
            return true;
    return false;
}

/* Files of work that is over: the cloud was killed before it removed them. */
static void sweep_folders(struct cloud *cloud)
{
    char *all = path_join(cloud->folder, "work"), **names = NULL;
    size_t n = 0;

    if (!file_list(&names, &n, all, NULL))
        for (size_t i = 0; i < n; i++) {
            struct stmt *s = sql(cloud, "select 1 from work where id = ?1");
            char *path = path_join(all, names[i]);

            stmt_int(s, 1, atoll(names[i]));
            if (!sql_row(cloud, s))
                file_remove(path, NULL);
            stmt_reset(s);
            free(path);
        }
    file_names_free(names, n);
    free(all);
}

int64_t works_tick(struct cloud *cloud, int64_t now_ms)
{
    size_t threads, heavy = sweep(cloud, &threads);
    struct stmt *s;
    bool failed = false;

    if (!cloud->works_swept)
        sweep_folders(cloud);
    cloud->works_swept = true;
    s = sql(cloud, "select id, kind, region, name, attempt, stopping from work order by id");
    while (sql_row(cloud, s)) {
        const struct work_kind *kind = kind_named(stmt_get_text(s, 1));

        if (is_running(cloud, stmt_get_int(s, 0)) || !kind ||
            (!kind->light && heavy >= WORK_AT_ONCE))
            continue;
        if (threads == WORK_THREADS_MAX)
            break;
        if (start_thread(inside_new(cloud, s))) {
            heavy += !kind->light;
            threads++;
        } else {
            failed = true;
        }
    }
    stmt_reset(s);
    return failed ? now_ms + RETRY_MS : INT64_MAX;
}

void works_stop(struct cloud *cloud)
{
    cloud_lock(cloud);
    for (struct work_inside *in = cloud->works; in; in = in->next)
        set_wish(in, WORK_LEAVE);
    cloud_unlock(cloud);
    while (cloud->works) {
        struct work_inside *in = cloud->works;

        pthread_join(in->thread, NULL);
        cloud->works = in->next;
        inside_free(in);
    }
}
