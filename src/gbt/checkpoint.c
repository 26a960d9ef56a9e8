/*
 * Checkpoints: the model so far as a JSON file in the user's folder, written
 * beside and renamed, with a print of the data and parameters as an attribute.
 * Resuming reads it back and goes on with the next round; as a round depends on
 * nothing but data, parameters, seed and its number, what comes out is what an
 * uninterrupted run would have made.
 *
 * Saving costs at most a twentieth of the time: after a save that took s
 * seconds the next comes no sooner than 20 s seconds later.
 */
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "gbt/random.h"
#include "gbt/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ATTRIBUTE[] = "labkit_checkpoint";
static const char FILE_NAME[] = "labkit-checkpoint.json";
enum { PAUSE = 20 };

static uint64_t hash_floats(uint64_t seed, const float *v, size_t n)
{
    uint64_t h = seed;

    for (size_t i = 0; v && i < n; i++) {
        uint32_t bits;

        memcpy(&bits, v + i, sizeof bits);
        h = (h ^ bits) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    return gbt_mix(h, n);
}

/* Of everything that the model depends on but the number of rounds. */
static uint64_t print_of(const struct gbt_trainer *t)
{
    const struct lk_matrix *m = t->data;
    uint64_t h = gbt_mix(t->p->print, m->columns);

    h = hash_floats(h, m->values, m->rows * m->columns);
    h = hash_floats(h, m->labels, m->rows * m->targets);
    h = hash_floats(h, m->weights, m->rows);
    h = hash_floats(h, m->base_margin, m->rows * m->margin_width);
    h = hash_floats(h, m->lower, m->rows);
    h = hash_floats(h, m->upper, m->rows);
    for (size_t i = 0; m->query_starts && i < m->queries; i++)
        h = gbt_mix(h, m->query_starts[i]);
    return gbt_mix(h, t->o->start ? t->o->start->rounds : 0);
}

/* A process that was killed while it saved has left its unfinished file. */
static void remove_unfinished(const char *folder)
{
    char **names = NULL;
    size_t n = 0, len = sizeof FILE_NAME - 1;

    if (file_list(&names, &n, folder, NULL))
        return;
    for (size_t i = 0; i < n; i++)
        if (!strncmp(names[i], FILE_NAME, len) && !strncmp(names[i] + len, ".part-", 6)) {
            char *path = path_join(folder, names[i]);

            (void)!file_remove(path, NULL);
            free(path);
        }
    file_names_free(names, n);
}

/* The model saved, or NULL with LK_OK where there is none yet. */
enum lk_status gbt_checkpoint_load(struct gbt_checkpoint *c, const struct gbt_trainer *t,
                                   struct lk_model **out, struct lk_error *err)
{
    const char *print;
    enum lk_status st;

    *out = NULL;
    st = file_mkdirs(t->o->checkpoint, err);
    if (st)
        return st;
    remove_unfinished(t->o->checkpoint);
    c->path = path_join(t->o->checkpoint, FILE_NAME);
    snprintf(c->print, sizeof c->print, "%016llx", (unsigned long long)print_of(t));
    if (file_stat(c->path).kind == FILE_NONE)
        return LK_OK;
    st = lk_model_read(out, c->path, err);
    if (st)
        return st;
    print = lk_model_attribute(*out, ATTRIBUTE);
    if (print && !strcmp(print, c->print)) {
        gbt_model_set_attribute(*out, ATTRIBUTE, NULL); /* the model itself does not have it */
        return LK_OK;
    }
    lk_model_free(*out);
    *out = NULL;
    return error_at(err, LK_EUSE, c->path, 0, 0,
                    "this checkpoint is of other data or parameters; remove it or choose another "
                    "folder");
}

enum lk_status gbt_checkpoint_save(struct gbt_checkpoint *c, struct gbt_trainer *t, bool last,
                                   struct lk_error *err)
{
    int64_t now = clock_steady_ns();
    enum lk_status st;

    if (!last && now < c->next)
        return LK_OK;
    gbt_model_set_attribute(t->model, ATTRIBUTE, c->print);
    st = lk_model_write(t->model, c->path, LK_JSON, err);
    gbt_model_set_attribute(t->model, ATTRIBUTE, NULL);
    c->next = clock_steady_ns();
    c->next += PAUSE * (c->next - now);
    return st;
}

void gbt_checkpoint_done(struct gbt_checkpoint *c)
{
    free(c->path);
    c->path = NULL;
}
