/*
 * The port is that of 'labkit cloud' where it is free, so that the console's
 * address in the book is right, else any. One process has the cloud's folder:
 * where starting is refused for that, the other one serves.
 */
#include "serve/practice.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "cloud/cloud.h"

#include <pthread.h>
#include <stdlib.h>

enum { ENDPOINT_MAX = 1 << 16 };

struct practice {
    pthread_mutex_t lock;
    struct cloud *cloud; /* NULL: not started, or another runs */
};

struct practice *practice_new(void)
{
    struct practice *p = mem_calloc(1, sizeof *p);

    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void practice_free(struct practice *p)
{
    if (!p)
        return;
    if (p->cloud)
        cloud_stop(p->cloud);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void practice_need(void *practice)
{
    struct practice *p = practice;
    struct cloud_options o = {.port = CLOUD_PORT};
    struct lk_error refused = {0};

    pthread_mutex_lock(&p->lock);
    if (!p->cloud && cloud_start(&p->cloud, &o, &refused)) {
        o.port = 0;
        if (cloud_start(&p->cloud, &o, &refused))
            p->cloud = NULL;
    }
    pthread_mutex_unlock(&p->lock);
}

/* Whoever serves it: the folder says where it answers. */
static char *endpoint(struct lk_error *err)
{
    char *folder = cloud_folder(), *path = path_join(folder, "endpoint.json"), *found = NULL;
    struct json *j = NULL;
    const char *text;

    if (!json_read(&j, path, ENDPOINT_MAX, err)) {
        text = json_string(json_get(j, "endpoint"), NULL);
        found = text ? mem_strdup(text) : NULL;
    }
    if (!found)
        error_set(err, LK_EIO, "the practice cloud does not say where it is; try 'labkit cloud'");
    json_free(j);
    free(path);
    free(folder);
    return found;
}

enum lk_status practice_console(struct practice *p, struct str *out, struct lk_error *err)
{
    char *base;

    practice_need(p);
    base = endpoint(err);
    if (!base)
        return LK_EIO;
    str_printf(out, "%s/console/", base);
    free(base);
    return LK_OK;
}
