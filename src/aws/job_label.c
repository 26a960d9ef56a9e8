/*
 * Labelling jobs. What Ground Truth wants beside the items is made here: the
 * file of the categories, the page that the workers see, both written beside
 * the output, and the names of AWS's own functions that hand out and combine
 * the answers (job_label_task.c). The manifest is read before anything is
 * sent: it tells how many labels are paid for, and a line that Ground Truth
 * could not use is told with its number.
 */
#include "aws/job_label.h"
#include "aws/names.h"
#include "aws/s3.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

enum { MANIFEST_MAX = 256 << 20, TASK_SECONDS = 3600 };

static const char *text(const struct json *spec, const char *key)
{
    return json_string(json_get(spec, key), NULL);
}

/* ---- what lies beside the items in S3 -------------------------------------------------- */

/* A line of a manifest: an object with "source-ref", or "source" where the item is a text. */
static enum lk_status check_line(struct slice line, const struct label_task *t,
                                 const char *manifest, int number, struct lk_error *err)
{
    struct json *j = NULL;
    struct lk_error why = {0};
    enum lk_status st = json_parse(&j, line, manifest, &why);
    const char *file = json_string(json_get(j, "source-ref"), NULL);
    bool good = file ? s3_is_url(file) : !t->by_reference && json_get(j, "source") != NULL;

    json_free(j);
    if (!st && good)
        return LK_OK;
    return error_at(err, LK_EINPUT, manifest, number, 0,
                    "expected {\"source-ref\": \"s3://...\"}%s",
                    t->by_reference ? "" : " or {\"source\": \"the text\"}");
}

static enum lk_status count_items(int64_t *n, struct aws *c, const struct label_task *t,
                                  const char *manifest, struct lk_error *err)
{
    struct s3_url at = {0};
    struct str lines = STR_INIT;
    struct slice rest, line;
    int number = 0;
    enum lk_status st = s3_url_parse(&at, manifest, err);

    if (!st)
        st = s3_read(&lines, c, at.bucket, at.key, MANIFEST_MAX, err);
    rest = slice_str(&lines);
    for (*n = 0; !st && slice_line(&rest, &line);) {
        number++;
        if (!slice_trim(line).len)
            continue;
        st = check_line(line, t, manifest, number, err);
        ++*n;
    }
    if (!st && !*n)
        st = error_set(err, LK_EINPUT, "%s has no items", manifest);
    s3_url_done(&at);
    str_done(&lines);
    return st;
}

static void put_categories(struct str *out, const struct json *categories)
{
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "document-version", "2018-11-28");
    json_open(&w, "labels", '[');
    for (const struct json *c = json_first(categories); c; c = json_next(c)) {
        json_open(&w, NULL, '{');
        json_put_z(&w, "label", json_string(c, ""));
        json_close(&w);
    }
    json_close(&w);
    json_close(&w);
}

/* s3://output/NAME-END; *url is where. */
static enum lk_status put_file(struct str *url, struct aws *c, const struct s3_url *to,
                               const char *name, const char *end, struct slice bytes,
                               const char *type, struct lk_error *err)
{
    struct str key = STR_INIT;
    enum lk_status st;

    str_printf(&key, "%s%s-%s", to->key, name, end);
    str_printf(url, "s3://%s/%s", to->bucket, key.ptr);
    st = s3_write(c, to->bucket, key.ptr, bytes, type, err);
    str_done(&key);
    return st;
}

static enum lk_status put_files(struct str *categories, struct str *page_url, struct aws *c,
                                const struct json *spec, const struct label_task *t,
                                struct lk_error *err)
{
    const char *name = text(spec, "name");
    struct s3_url to = {0};
    struct str json = STR_INIT, page = STR_INIT;
    enum lk_status st = s3_url_parse(&to, text(spec, "output"), err);

    put_categories(&json, json_get(spec, "categories"));
    label_task_page(&page, t, job_text(spec, "title", t->title));
    if (!st)
        (void)((st = put_file(categories, c, &to, name, "categories.json", slice_str(&json),
                              "application/json", err)) ||
               (st = put_file(page_url, c, &to, name, "page.html", slice_str(&page), "text/html",
                              err)));
    s3_url_done(&to);
    str_done(&json);
    str_done(&page);
    return st;
}

static enum lk_status find_team(struct str *arn, struct aws *c, const char *given,
                                struct lk_error *err)
{
    struct json *answer = NULL;
    enum lk_status st = LK_OK;

    if (given) {
        str_puts(arn, given);
        return LK_OK;
    }
    st = aws_call(c, "sagemaker", "ListWorkteams", SLICE(""), &answer, err);
    str_puts(arn, json_path(json_first(json_get(answer, "Workteams")), "WorkteamArn"));
    if (!st && !arn->len)
        st = error_set(err, LK_EUSE,
                       "there is no work team in this region: make a private one in "
                       "the console, Ground Truth, Labeling workforces");
    json_free(answer);
    return st;
}

/* ---- the request ------------------------------------------------------------------------- */

struct labelling {
    const struct json *spec;
    const struct label_task *task;
    const char *name, *region;
    struct str team, categories, template, prepare, consolidate;
    int64_t items;
};

/* The functions, AWS's own or those that the description names. */
static enum lk_status find_functions(struct labelling *l, struct lk_error *err)
{
    const char *prepare = text(l->spec, "prepare"), *consolidate = text(l->spec, "consolidate");
    enum lk_status st = LK_OK;

    if (!prepare != !consolidate)
        return error_set(err, LK_EUSE, "prepare and consolidate belong together: give both ARNs");
    if (prepare) {
        str_puts(&l->prepare, prepare);
        str_puts(&l->consolidate, consolidate);
        return LK_OK;
    }
    (void)((st = label_task_function(&l->prepare, l->task, "PRE", l->region, err)) ||
           (st = label_task_function(&l->consolidate, l->task, "ACS", l->region, err)));
    return st;
}

static void put_task(struct json_out *w, const struct labelling *l)
{
    const char *title = job_text(l->spec, "title", l->task->title);

    json_open(w, "HumanTaskConfig", '{');
    json_put_string(w, "WorkteamArn", slice_str(&l->team));
    json_open(w, "UiConfig", '{');
    json_put_string(w, "UiTemplateS3Uri", slice_str(&l->template));
    json_close(w);
    json_put_string(w, "PreHumanTaskLambdaArn", slice_str(&l->prepare));
    json_put_z(w, "TaskTitle", title);
    json_put_z(w, "TaskDescription", title);
    json_put_int(w, "NumberOfHumanWorkersPerDataObject",
                 (int64_t)json_number(json_get(l->spec, "people"), 1));
    json_put_int(w, "TaskTimeLimitInSeconds", TASK_SECONDS);
    json_open(w, "AnnotationConsolidationConfig", '{');
    json_put_string(w, "AnnotationConsolidationLambdaArn", slice_str(&l->consolidate));
    json_close(w);
    json_close(w);
}

/* A model does the easy ones: AWS chooses how sure it must be, the practice cloud takes a tag. */
static void put_automatic(struct json_out *w, const struct labelling *l)
{
    const struct json *threshold = json_get(l->spec, "threshold");
    char arn[160], text[32];

    if (!json_bool(json_get(l->spec, "automatic"), false))
        return;
    snprintf(arn, sizeof arn,
             "arn:aws:sagemaker:%s:027400017018:labeling-job-algorithm-specification/%s", l->region,
             l->task->model);
    json_open(w, "LabelingJobAlgorithmsConfig", '{');
    json_put_z(w, "LabelingJobAlgorithmSpecificationArn", arn);
    json_close(w);
    if (!threshold)
        return;
    snprintf(text, sizeof text, "%g", json_number(threshold, 0.9));
    json_open(w, "Tags", '[');
    json_open(w, NULL, '{');
    json_put_z(w, "Key", "threshold");
    json_put_z(w, "Value", text);
    json_close(w);
    json_close(w);
}

static void put_request(struct str *out, const struct labelling *l)
{
    struct json_out w;

    json_begin(&w, out, false);
    json_open(&w, NULL, '{');
    json_put_z(&w, "LabelingJobName", l->name);
    json_put_z(&w, "LabelAttributeName", job_text(l->spec, "attribute", l->task->attribute));
    json_put_z(&w, "RoleArn", text(l->spec, "role"));
    json_open(&w, "InputConfig", '{');
    json_open(&w, "DataSource", '{');
    json_open(&w, "S3DataSource", '{');
    json_put_z(&w, "ManifestS3Uri", text(l->spec, "input"));
    json_close(&w);
    json_close(&w);
    json_close(&w);
    json_open(&w, "OutputConfig", '{');
    json_put_z(&w, "S3OutputPath", text(l->spec, "output"));
    json_close(&w);
    json_put_string(&w, "LabelCategoryConfigS3Uri", slice_str(&l->categories));
    json_open(&w, "StoppingConditions", '{'); /* what people can cost is known, then */
    json_put_int(&w, "MaxHumanLabeledObjectCount", l->items);
    json_close(&w);
    put_task(&w, l);
    put_automatic(&w, l);
    json_close(&w);
}

/* Ground Truth's own rule: files of the answers, and only those, have a name in "-ref". */
static enum lk_status check_attribute(const char *name, const struct label_task *t,
                                      struct lk_error *err)
{
    bool files = !strcmp(t->attribute, "label-ref");

    if (strstr(name, "-metadata"))
        return error_set(err, LK_EUSE, "the attribute's name has no '-metadata' in it: '%.60s'",
                         name);
    if (slice_ends(slice_of(name), "-ref") == files)
        return LK_OK;
    return error_set(err, LK_EUSE, "the attribute's name %s in '-ref' for this task: '%.60s'",
                     files ? "ends" : "does not end", name);
}

static enum lk_status check(const struct json *spec, const struct label_task **task,
                            struct lk_error *err)
{
    static const char *const keys[] = {"name",   "role",      "input",   "output",     "categories",
                                       "title",  "attribute", "team",    "automatic",  "threshold",
                                       "people", "task",      "prepare", "consolidate"};
    static const char *const needed[] = {"name", "role", "input", "output"};
    size_t categories = json_count(json_get(spec, "categories"));
    enum lk_status st = job_check_keys(spec, keys, sizeof keys / sizeof *keys, "labelling", err);

    for (size_t i = 0; i < sizeof needed / sizeof *needed && !st; i++)
        st = job_need(spec, "labelling job", needed[i], err);
    if (!st)
        (void)((st = names_job("labelling job", text(spec, "name"), err)) ||
               (st = label_task_find(task, text(spec, "task"), err)) ||
               (st = check_attribute(job_text(spec, "attribute", (*task)->attribute), *task, err)));
    if (!st && (categories < 2 || categories > 50))
        st = error_set(err, LK_EUSE, "a labelling job needs 2 to 50 categories; it has %zu",
                       categories);
    return st;
}

enum lk_status job_label_request(struct str *out, struct aws *c, const struct json *spec,
                                 struct lk_error *err)
{
    struct labelling l = {.spec = spec,
                          .name = text(spec, "name"),
                          .region = aws_region(c),
                          .team = STR_INIT,
                          .categories = STR_INIT,
                          .template = STR_INIT,
                          .prepare = STR_INIT,
                          .consolidate = STR_INIT};
    enum lk_status st = check(spec, &l.task, err);

    if (!st)
        (void)((st = find_functions(&l, err)) ||
               (st = count_items(&l.items, c, l.task, text(spec, "input"), err)) ||
               (st = find_team(&l.team, c, text(spec, "team"), err)) ||
               (st = put_files(&l.categories, &l.template, c, spec, l.task, err)));
    if (!st)
        put_request(out, &l);
    str_done(&l.team);
    str_done(&l.categories);
    str_done(&l.template);
    str_done(&l.prepare);
    str_done(&l.consolidate);
    return st;
}
