/*
 * Several hosts train one model. Each reads the part of the data that the
 * service gave it and hands its rows to the first host, which puts them under
 * its own, host after host, and trains: the model is the one that all rows
 * give, as with the image, where the hosts exchange sums instead of rows. So
 * the first host needs memory for all of them, and the others little else
 * than patience: they stay until it is through, and fail if it fails.
 *
 * What is sent: a greeting (magic, job, host), and for each channel its shape
 * and its arrays, as they lie in memory. Hosts of a job are of one kind.
 */
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "container/internal.h"
#include "container/meet.h"
#include "gbt/matrix.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC       "LKROWS1"
#define ROWS_MAX    ((uint64_t)1 << 32)
#define NUMBERS_MAX ((uint64_t)1 << 33)
static const char DONE = 'D';
enum { PIECE = 1 << 20 };

struct greeting {
    char magic[8], job[72], host[72];
};

struct shape {
    uint64_t rows, columns, targets, weights, queries;
};

static void greet(struct greeting *g, const struct container_job *j)
{
    const char *job = getenv("TRAINING_JOB_NAME");

    *g = (struct greeting){.magic = MAGIC};
    strncpy(g->job, job ? job : "", sizeof g->job - 1);
    strncpy(g->host, j->host[j->this_host], sizeof g->host - 1);
}

/* ---- a channel, there -------------------------------------------------------------------- */

static enum lk_status send_channel(const struct meet *to, const struct lk_matrix *m,
                                   struct lk_error *err)
{
    struct shape s = {0};
    enum lk_status st;

    if (m)
        s = (struct shape){m->rows, m->columns, m->labels ? m->targets : 0, m->weights ? 1 : 0,
                           m->query_starts ? m->queries + 1 : 0};
    st = meet_send(to, &s, sizeof s, err);
    if (st || !m)
        return st;
    (void)((st = meet_send(to, m->values, m->rows * m->columns * sizeof *m->values, err)) ||
           (st = meet_send(to, m->labels, s.rows * s.targets * sizeof *m->labels, err)) ||
           (st = meet_send(to, m->weights, s.rows * s.weights * sizeof *m->weights, err)) ||
           (st = meet_send(to, m->query_starts, s.queries * sizeof *m->query_starts, err)));
    return st;
}

enum lk_status container_give(const struct container_job *j, const struct lk_matrix *train,
                              const struct lk_matrix *validation, bool (*stopped)(void),
                              struct lk_error *err)
{
    struct meet first = {-1, stopped};
    struct greeting g;
    char answer = 0;
    enum lk_status st = meet_connect(&first, j->host[0], err);

    greet(&g, j);
    if (!st)
        st = meet_send(&first, &g, sizeof g, err);
    if (!st)
        st = send_channel(&first, train, err);
    if (!st)
        st = send_channel(&first, validation, err);
    if (!st)
        st = meet_wait(&first, &answer, err);
    if (!st && answer != DONE)
        st = error_set(err, LK_ENETWORK, "%s could not train: see its log", j->host[0]);
    meet_close(&first);
    return st == LK_ECANCELLED ? LK_OK : st;
}

/* ---- a channel, here --------------------------------------------------------------------- */

static enum lk_status check_shape(const struct shape *s, struct lk_error *err)
{
    if (s->rows > ROWS_MAX || s->columns > GBT_MAX_COLUMNS || s->targets > GBT_MAX_CLASSES ||
        s->weights > 1 || s->queries > s->rows + 1 || s->rows * s->columns > NUMBERS_MAX)
        return error_set(err, LK_EINPUT, "another host sends what is no channel's data");
    return LK_OK;
}

/* n things of that size, unless *st has failed; memory is taken as they come, not as promised. */
static void *receive_array(enum lk_status *st, const struct meet *from, uint64_t n, size_t size,
                           struct lk_error *err)
{
    char *bytes = NULL;
    uint64_t all = n * size, got = 0;

    while (!*st && got < all) {
        uint64_t part = got > PIECE ? got : PIECE;

        part = part < all - got ? part : all - got;
        bytes = mem_resize(bytes, got + part, 1);
        *st = meet_receive(from, bytes + got, part, err);
        got += part;
    }
    return bytes;
}

static enum lk_status check_queries(const struct lk_matrix *m, struct lk_error *err)
{
    for (size_t i = 0; i < m->queries; i++)
        if (m->query_starts[i] > m->query_starts[i + 1])
            return error_set(err, LK_EINPUT, "another host sends query ids out of order");
    return m->query_starts[0] || m->query_starts[m->queries] != m->rows
               ? error_set(err, LK_EINPUT, "another host sends query ids for other rows")
               : LK_OK;
}

static enum lk_status receive_fields(struct lk_matrix *m, const struct shape *s,
                                     const struct meet *from, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    m->values = receive_array(&st, from, s->rows * s->columns, sizeof *m->values, err);
    m->labels = receive_array(&st, from, s->rows * s->targets, sizeof *m->labels, err);
    m->weights = receive_array(&st, from, s->rows * s->weights, sizeof *m->weights, err);
    if (s->queries > 1) {
        m->query_starts = receive_array(&st, from, s->queries, sizeof *m->query_starts, err);
        m->queries = s->queries - 1;
        if (!st)
            st = check_queries(m, err);
    }
    return st;
}

enum lk_status container_receive_rows(struct lk_matrix **out, const struct meet *from,
                                      struct lk_error *err)
{
    struct shape s;
    struct lk_matrix *m;
    enum lk_status st = meet_receive(from, &s, sizeof s, err);

    if (!st)
        st = check_shape(&s, err);
    if (st || !s.rows)
        return st;
    m = gbt_matrix_new(0, s.columns);
    free(m->values);
    m->values = NULL;
    m->rows = s.rows;
    m->targets = s.targets;
    st = receive_fields(m, &s, from, err);
    if (st)
        lk_matrix_free(m);
    else
        *out = m;
    return st;
}

/* ---- the first host ------------------------------------------------------------------------ */

/* Which host it is, 1 to n; 0 when it is none of this job, or was here already. */
static size_t recognise(const struct container_job *j, const struct container_team *team,
                        const struct greeting *g)
{
    struct greeting mine;

    greet(&mine, j);
    if (memcmp(mine.magic, g->magic, sizeof g->magic) || memcmp(mine.job, g->job, sizeof g->job))
        return 0;
    for (size_t i = 1; i < j->hosts; i++)
        if (!strncmp(g->host, j->host[i], sizeof g->host) && team->line[i].fd < 0)
            return i;
    return 0;
}

static enum lk_status welcome(struct container_team *team, const struct container_job *j,
                              const struct meet *door, struct lk_error *err)
{
    struct meet line = {-1, NULL};
    struct greeting g = {.magic = ""};
    size_t i = 0;
    enum lk_status st = meet_accept(&line, door, err);

    if (!st)
        st = meet_receive(&line, &g, sizeof g, err);
    g.job[sizeof g.job - 1] = g.host[sizeof g.host - 1] = '\0';
    if (!st)
        i = recognise(j, team, &g);
    if (i)
        team->line[i] = line;
    else
        meet_close(&line); /* a stranger */
    return st;
}

static enum lk_status add(struct lk_matrix **all, struct lk_matrix *more, const char *host,
                          const struct container_channel *c, struct lk_error *err)
{
    enum lk_status st = LK_OK;

    if (!*all) {
        *all = more;
        return LK_OK;
    }
    if (more)
        st = container_append(*all, more, host, c->content == CONTAINER_CSV, err);
    lk_matrix_free(more);
    return st;
}

static enum lk_status take_rows(struct container_team *team, const struct container_job *j,
                                size_t i, struct lk_matrix **train, struct lk_matrix **validation,
                                struct lk_error *err)
{
    struct lk_matrix *more = NULL;
    enum lk_status st = container_receive_rows(&more, &team->line[i], err);

    if (!st && more)
        container_say("%s brings %zu rows", j->host[i], lk_matrix_rows(more));
    else if (!st)
        container_say("Host %s does not have data. Will not use it in distributed training.",
                      j->host[i]);
    if (!st)
        st = add(train, more, j->host[i], &j->train, err);
    more = NULL;
    if (!st)
        st = container_receive_rows(&more, &team->line[i], err);
    if (!st)
        st = add(validation, more, j->host[i], &j->validation, err);
    return st;
}

static bool all_are_here(const struct container_team *team, const struct container_job *j)
{
    for (size_t i = 1; i < j->hosts; i++)
        if (team->line[i].fd < 0)
            return false;
    return true;
}

void container_team_init(struct container_team *team, bool (*stopped)(void))
{
    for (size_t i = 0; i < CONTAINER_MAX_HOSTS; i++)
        team->line[i] = (struct meet){-1, stopped};
}

enum lk_status container_gather(struct container_team *team, const struct container_job *j,
                                struct lk_matrix **train, struct lk_matrix **validation,
                                bool (*stopped)(void), struct lk_error *err)
{
    struct meet door = {-1, stopped};
    enum lk_status st = meet_listen(&door, j->host[0], err);

    while (!st && !all_are_here(team, j))
        st = welcome(team, j, &door, err);
    for (size_t i = 1; i < j->hosts && !st; i++)
        st = take_rows(team, j, i, train, validation, err);
    meet_close(&door);
    return st;
}

void container_dismiss(struct container_team *team, const struct container_job *j, bool good)
{
    for (size_t i = 1; i < j->hosts && i < CONTAINER_MAX_HOSTS; i++) {
        if (good && team->line[i].fd >= 0)
            (void)!meet_send(&team->line[i], &DONE, 1, NULL);
        meet_close(&team->line[i]);
    }
}
