/*
 * A labelling job's work: read what there is to label, then look now and again
 * what people have answered. With automatic labelling a round begins with each
 * batch of answers: train, guess, take what is sure. Rows change a few hundred
 * at a time, so that nobody waits for the lock.
 */
#include "cloud/labeling.h"

#include "cloud/internal.h"
#include "cloud/logs.h"
#include "cloud/objects.h"
#include "cloud/sagemaker.h"

#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <string.h>

enum {
    MANIFEST_MAX = 16 << 20,
    CATEGORIES_MAX = 1 << 20,
    LINE_MAX = 100000,
    AT_ONCE = 500, /* rows in one transaction */
    INITIAL_REAL_MS = 60000,
    LOOK_FIRST_MS = 30,
    LOOK_MAX_MS = 600,
};

#define LOG_GROUP "/aws/sagemaker/LabelingJobs"

static bool load(struct work *w, struct labeling_job *j, struct arena *a)
{
    bool good;

    cloud_lock(w->cloud);
    good = labeling_load(j, w->cloud, a, w->region, w->name);
    cloud_unlock(w->cloud);
    return good;
}

static bool assume(struct work *w, const struct labeling_job *j, struct objects *s3)
{
    bool good;

    *s3 = (struct objects){.cloud = w->cloud, .region = w->region};
    cloud_lock(w->cloud);
    good =
        access_assume(w->cloud, &w->memory, &s3->who, j->role, SAGEMAKER_PRINCIPAL, "GroundTruth");
    cloud_unlock(w->cloud);
    return good;
}

static void set_status(struct work *w, const char *status, const char *failure)
{
    struct stmt *s;

    if (!work_begin(w))
        return;
    s = sql(w->cloud, "update labeling_jobs set failure = ?3 where region = ?1 and name = ?2");
    stmt_text(s, 1, w->region);
    stmt_text(s, 2, w->name);
    stmt_text(s, 3, failure);
    sql_run(w->cloud, s);
    s = sql(w->cloud, "update things set status = ?4, modified = ?5 where region = ?1"
                      " and kind = ?2 and name = ?3");
    stmt_text(s, 1, w->region);
    stmt_text(s, 2, LABELING_KIND);
    stmt_text(s, 3, w->name);
    stmt_text(s, 4, status);
    stmt_int(s, 5, cloud_now(w->cloud));
    sql_run(w->cloud, s);
    work_commit(w);
}

/* ---- Initializing -------------------------------------------------------------------------- */

static enum lk_status read_url(struct str *out, struct work *w, const struct objects *s3,
                               const char *url, size_t max, struct lk_error *err)
{
    const char *bucket, *key;

    if (!objects_url(&w->memory, url, &bucket, &key))
        return error_set(err, LK_EINPUT, "'%s' is no s3:// address", url);
    return objects_read(out, s3, bucket, key, max, err);
}

/* {"document-version": "2018-11-28", "labels": [{"label": "bird"}, ...]} to ["bird", ...] */
static enum lk_status read_categories(struct str *out, struct work *w, const struct objects *s3,
                                      const struct labeling_job *j, struct lk_error *err)
{
    struct str text = STR_INIT;
    struct json *file = NULL;
    struct json_out o;
    enum lk_status st;
    size_t n;

    (void)((st = read_url(&text, w, s3, j->categories, CATEGORIES_MAX, err)) ||
           (st = json_parse(&file, slice_str(&text), "the label categories", err)));
    n = json_count(json_get(file, "labels"));
    if (!st && (n < 2 || n > LABELING_LABELS_MAX))
        st = error_set(err, LK_EINPUT,
                       "the label categories hold %zu labels; 2 to %d are needed, as "
                       "{\"labels\": [{\"label\": \"a\"}, {\"label\": \"b\"}]}",
                       n, LABELING_LABELS_MAX);
    json_begin(&o, out, false);
    json_open(&o, NULL, '[');
    for (const struct json *l = json_first(json_get(file, "labels")); l && !st; l = json_next(l)) {
        const char *label = json_string(json_get(l, "label"), "");

        if (!*label)
            st = error_set(err, LK_EINPUT, "a label category has no 'label'");
        json_put_z(&o, NULL, label);
    }
    json_close(&o);
    json_free(file);
    str_done(&text);
    return st;
}

/* The text of an item: its "source", or the object behind "source-ref" where that is text. */
static enum lk_status item_text(struct str *out, struct work *w, const struct objects *s3,
                                const struct json *line, struct lk_error *err)
{
    static const char *const kinds[] = {".txt", ".csv", ".json", ".md"};
    const char *source = json_string(json_get(line, "source"), NULL);
    const char *ref = json_string(json_get(line, "source-ref"), NULL);
    enum lk_status st = LK_OK;

    if (source) {
        str_puts(out, source);
    } else if (!ref) {
        st = error_set(err, LK_EINPUT, "has neither 'source' nor 'source-ref'");
    } else {
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !st; i++)
            if (slice_ends(slice_of(ref), kinds[i]))
                st = read_url(out, w, s3, ref, CATEGORIES_MAX, err);
    }
    if (out->len > LABELING_TEXT_MAX)
        str_cut(out, LABELING_TEXT_MAX);
    return st;
}

struct row {
    struct slice line;
    struct str text;
    bool given;
};

static void keep_rows(struct work *w, const struct row *rows, size_t n, int64_t first)
{
    if (!work_begin(w))
        return;
    for (size_t i = 0; i < n; i++) {
        struct stmt *s = sql(w->cloud, "insert or ignore into labeling_items values (?1, ?2, ?3,"
                                       " ?4, ?5, '', ?6, 0, '', 0, ?7, 0)");
        uint64_t shuffle = ((uint64_t)first + i + 1) * 0x9e3779b97f4a7c15u;

        stmt_text(s, 1, w->region);
        stmt_text(s, 2, w->name);
        stmt_int(s, 3, first + (int64_t)i);
        stmt_slice(s, 4, rows[i].line);
        stmt_slice(s, 5, slice_str(&rows[i].text));
        stmt_text(s, 6, rows[i].given ? "given" : "");
        stmt_int(s, 7, (int64_t)((shuffle ^ shuffle >> 29) & INT64_MAX));
        sql_run(w->cloud, s);
    }
    work_commit(w);
}

static enum lk_status read_line(struct row *row, struct work *w, const struct objects *s3,
                                const struct labeling_job *j, struct slice line,
                                struct lk_error *err)
{
    struct json *item = NULL;
    enum lk_status st;

    row->line = line;
    str_init(&row->text);
    if (line.len > LINE_MAX)
        return error_set(err, LK_ELIMIT, "is longer than %d bytes", LINE_MAX);
    st = json_parse(&item, line, "", err);
    if (!st && json_kind(item) != JSON_OBJECT)
        st = error_set(err, LK_EINPUT, "is not a JSON object");
    if (!st)
        st = item_text(&row->text, w, s3, item, err);
    row->given = json_get(item, j->attribute) != NULL;
    json_free(item);
    return st;
}

static enum lk_status read_items(struct work *w, const struct objects *s3,
                                 const struct labeling_job *j, struct slice text,
                                 struct lk_error *err)
{
    struct row *rows = mem_calloc(AT_ONCE, sizeof *rows);
    struct slice line;
    size_t n = 0, number = 0;
    int64_t first = 0;
    enum lk_status st = LK_OK;

    while (!st && slice_line(&text, &line) && work_wish(w) == WORK_GO) {
        struct lk_error why = {0};

        number++;
        if (!slice_trim(line).len)
            continue;
        st = read_line(&rows[n++], w, s3, j, line, &why);
        if (st)
            error_set(err, st, "line %zu of the manifest: %s", number, why.text);
        else if (first + (int64_t)n > LABELING_ITEMS_MAX)
            st = error_set(err, LK_ELIMIT, "the manifest has more than %d lines",
                           LABELING_ITEMS_MAX);
        if (st || n == AT_ONCE || !text.len) {
            if (!st)
                keep_rows(w, rows, n, first);
            first += (int64_t)n;
            for (; n; n--)
                str_done(&rows[n - 1].text);
        }
    }
    if (!st && n && work_wish(w) == WORK_GO)
        keep_rows(w, rows, n, first);
    first += (int64_t)n;
    for (; n; n--)
        str_done(&rows[n - 1].text);
    free(rows);
    if (!st && !first && work_wish(w) == WORK_GO)
        st = error_set(err, LK_EINPUT, "the manifest %s has no lines", j->manifest);
    return st;
}

static void keep_labels(struct work *w, const char *labels)
{
    struct stmt *s;

    if (!work_begin(w))
        return;
    s = sql(w->cloud, "update labeling_jobs set labels = ?3 where region = ?1 and name = ?2");
    stmt_text(s, 1, w->region);
    stmt_text(s, 2, w->name);
    stmt_text(s, 3, labels);
    sql_run(w->cloud, s);
    work_commit(w);
}

/* Safe to repeat: rows that are there stay. */
static enum lk_status initialize(struct work *w, const struct objects *s3,
                                 const struct labeling_job *j, struct lk_error *err)
{
    struct str labels = STR_INIT, manifest = STR_INIT;
    enum lk_status st;

    (void)((st = read_categories(&labels, w, s3, j, err)) ||
           (st = read_url(&manifest, w, s3, j->manifest, MANIFEST_MAX, err)) ||
           (st = read_items(w, s3, j, slice_str(&manifest), err)));
    if (!st && work_sleep(w, cloud_duration(w->cloud, INITIAL_REAL_MS))) {
        keep_labels(w, labels.ptr);
        set_status(w, "InProgress", "");
    }
    str_done(&labels);
    str_done(&manifest);
    return st;
}

/* ---- a round of automatic labelling ---------------------------------------------------------- */

static struct labeling_item *load_items(struct work *w, struct arena *a, int64_t count, size_t *n)
{
    struct labeling_item *items = arena_alloc(a, (size_t)count * sizeof *items);
    struct stmt *s;

    *n = 0;
    cloud_lock(w->cloud);
    s = sql(w->cloud, "select n, line, text, label, method, confidence, guess, guess_confidence"
                      " from labeling_items where region = ?1 and job = ?2 and method <> 'given'"
                      " order by n");
    stmt_text(s, 1, w->region);
    stmt_text(s, 2, w->name);
    while (*n < (size_t)count && sql_row(w->cloud, s))
        items[(*n)++] = (struct labeling_item){
            stmt_get_int(s, 0), sql_text(a, s, 1),     sql_text(a, s, 2), sql_text(a, s, 3),
            sql_text(a, s, 4),  stmt_get_double(s, 5), sql_text(a, s, 6), stmt_get_double(s, 7)};
    stmt_reset(s);
    cloud_unlock(w->cloud);
    return items;
}

/* A guess stays where a person was faster; a label is taken where nobody has begun to answer. */
static void keep_guess(struct work *w, const struct labeling_item *item, double threshold)
{
    struct stmt *s = sql(w->cloud, "update labeling_items set guess = ?4, guess_confidence = ?5"
                                   " where region = ?1 and job = ?2 and n = ?3 and method = ''");

    stmt_text(s, 1, w->region);
    stmt_text(s, 2, w->name);
    stmt_int(s, 3, item->n);
    stmt_text(s, 4, item->guess);
    stmt_double(s, 5, item->guess_confidence);
    sql_run(w->cloud, s);
    if (item->guess_confidence < threshold)
        return;
    s = sql(w->cloud, "update labeling_items set label = guess, confidence = guess_confidence,"
                      " method = 'machine', at = ?4 where region = ?1 and job = ?2 and n = ?3"
                      " and method = '' and not exists (select 1 from labeling_answers where"
                      " region = ?1 and job = ?2 and n = ?3)");
    stmt_text(s, 1, w->region);
    stmt_text(s, 2, w->name);
    stmt_int(s, 3, item->n);
    stmt_int(s, 4, cloud_now(w->cloud));
    sql_run(w->cloud, s);
}

static void keep_guesses(struct work *w, const struct labeling_item *items, size_t n,
                         double threshold)
{
    for (size_t i = 0; i < n;) {
        size_t end = i + AT_ONCE < n ? i + AT_ONCE : n;

        if (!work_begin(w))
            return;
        for (; i < end; i++)
            if (!*items[i].method && *items[i].guess)
                keep_guess(w, &items[i], threshold);
        work_commit(w);
    }
}

/* As Ground Truth does, where the role may write logs. */
static void log_line(struct work *w, const struct labeling_job *j, const char *text)
{
    struct objects as;
    const char *stream = arena_printf(&w->memory, "%s/automated-labeling", w->name);

    if (!assume(w, j, &as) || !work_begin(w))
        return;
    if (logs_open(w->cloud, &w->memory, &as.who, w->region, LOG_GROUP, stream))
        logs_put(w->cloud, w->region, LOG_GROUP, stream,
                 &(struct logs_line){cloud_now(w->cloud), slice_of(text)}, 1);
    work_commit(w);
}

static void learn(struct work *w, const struct labeling_job *j, const struct labeling_counters *at)
{
    struct arena a = {0};
    char *path = path_join(w->folder, "xgboost-model");
    struct labeling_item *items;
    struct lk_error err = {0};
    struct stmt *s;
    size_t n;

    items = load_items(w, &a, at->total, &n);
    if (!labeling_learn(items, n, j->labels, j->label_count, &a, path, &err))
        keep_guesses(w, items, n, j->threshold);
    else
        log_line(w, j, err.text);
    if (work_begin(w)) {
        s = sql(w->cloud, "update labeling_jobs set rounds = rounds + 1, learned = ?3"
                          " where region = ?1 and name = ?2 and threshold = ?4");
        stmt_text(s, 1, w->region);
        stmt_text(s, 2, w->name);
        stmt_int(s, 3, at->human);
        stmt_double(s, 4, j->threshold); /* moved meanwhile: another round */
        sql_run(w->cloud, s);
        work_commit(w);
    }
    free(path);
    arena_done(&a);
}

/* So many human labels from one round to the next; the first takes twice as many. */
static bool is_round_due(const struct labeling_job *j, const struct labeling_counters *n)
{
    int64_t batch = n->total / 10;

    batch = batch < 4 ? 4 : batch > 50 ? 50 : batch;
    if (!j->automatic || n->human + n->machine == n->total)
        return false;
    return j->learned ? n->human - j->learned >= batch : n->human >= 2 * batch;
}

/* ---- the work ----------------------------------------------------------------------------------
 */

static bool is_enough(const struct labeling_job *j, const struct labeling_counters *n)
{
    return (j->max_human && n->human >= j->max_human) ||
           (j->max_percent && (n->human + n->machine) * 100 >= n->total * j->max_percent);
}

/* Until all is labelled, or enough of it, or somebody wishes otherwise; the status then due. */
static const char *label(struct work *w)
{
    int64_t pause = LOOK_FIRST_MS, seen = -1;

    for (;;) {
        struct labeling_counters n;
        struct arena a = {0};
        struct labeling_job j;
        bool due;

        if (work_wish(w) != WORK_GO || !load(w, &j, &a))
            break;
        cloud_lock(w->cloud);
        n = labeling_count(w->cloud, w->region, w->name);
        cloud_unlock(w->cloud);
        due = is_round_due(&j, &n);
        if (due)
            learn(w, &j, &n);
        arena_done(&a);
        if (n.human + n.machine == n.total)
            return "Completed";
        if (is_enough(&j, &n))
            return "Stopped";
        pause = due || n.human != seen ? LOOK_FIRST_MS : pause * 2;
        pause = pause < LOOK_MAX_MS ? pause : LOOK_MAX_MS;
        seen = n.human;
        if (!due && !work_sleep(w, pause))
            break;
    }
    return work_wish(w) == WORK_STOP ? "Stopped" : NULL;
}

static void run(struct work *w)
{
    struct labeling_job *j = arena_alloc(&w->memory, sizeof *j);
    struct objects s3;
    struct lk_error err = {0};
    const char *end = "Stopped";
    enum lk_status st = LK_OK;

    if (!load(w, j, &w->memory))
        return;
    if (!assume(w, j, &s3)) {
        set_status(w, "Failed",
                   arena_printf(&w->memory, "ClientError: SageMaker may not assume the role %s.",
                                j->role));
        return;
    }
    if (!j->label_count && work_wish(w) == WORK_GO)
        st = initialize(w, &s3, j, &err);
    if (!st && work_wish(w) != WORK_LEAVE)
        end = label(w);
    if (!st && end && load(w, j, &w->memory))
        st = labeling_write(w, j, &err);
    if (st)
        set_status(w, "Failed", arena_printf(&w->memory, "ClientError: %s", err.text));
    else if (end && work_wish(w) != WORK_LEAVE)
        set_status(w, end, "");
}

const struct work_kind work_labeling = {.name = "labeling", .run = run, .light = true};
