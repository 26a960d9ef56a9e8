/*
 * One table of tasks and one of regions. The accounts and names of functions
 * are those that AWS documents for PreHumanTaskLambdaArn and
 * AnnotationConsolidationLambdaArn; a test compares each ARN that can come out
 * of here with that list. The names of the elements in the pages are part of
 * it: a consolidation function finds the answers by them.
 */
#include "aws/job_label.h"

#include "base/error.h"

#include <string.h>

/* Whose functions a region has. */
static const char *const owners[][2] = {
    {"us-east-1", "432418664414"},      {"us-east-2", "266458841044"},
    {"us-west-2", "081040173940"},      {"ca-central-1", "918755190332"},
    {"eu-west-1", "568282634449"},      {"eu-west-2", "487402164563"},
    {"eu-central-1", "203001061592"},   {"ap-northeast-1", "477331159723"},
    {"ap-northeast-2", "845288260483"}, {"ap-south-1", "565803892007"},
    {"ap-southeast-1", "377565633583"}, {"ap-southeast-2", "454466003867"},
};

#define LABELS "{{ task.input.labels | to_json | escape }}"
#define IMAGE  "{{ task.input.taskObject | grant_read_access }}"
#define HELP(text)                                                                                 \
    "<full-instructions header=\"What to do\">" text "</full-instructions>\n"                      \
    "<short-instructions>" text "</short-instructions>\n"

static const struct label_task tasks[] = {
    {"text", "TextMultiClass", "text-classification", "Choose a category", false, "label",
     "<crowd-classifier name=\"crowd-classifier\" categories=\"" LABELS "\"",
     "<classification-target>{{ task.input.taskObject }}</classification-target>\n" HELP(
         "Read the item, choose the category that fits it.") "</crowd-classifier>\n"},
    {"image", "ImageMultiClass", "image-classification", "Choose a category", true, "label",
     "<crowd-image-classifier name=\"crowd-image-classifier\" src=\"" IMAGE
     "\" categories=\"" LABELS "\"",
     HELP("Look at the image, choose the category that fits it.") "</crowd-image-classifier>\n"},
    {"boxes", "BoundingBox", "object-detection", "Draw a box around each thing", true, "label",
     "<crowd-bounding-box name=\"boundingBox\" src=\"" IMAGE "\" labels=\"" LABELS "\"",
     HELP("Draw a box around each thing of the categories, as close to it as you can.") "</"
                                                                                        "crowd-"
                                                                                        "bounding-"
                                                                                        "box>\n"},
    {"segments", "SemanticSegmentation", "semantic-segmentation", "Colour what belongs together",
     true, "label-ref",
     "<crowd-semantic-segmentation name=\"crowd-semantic-segmentation\" src=\"" IMAGE
     "\" labels=\"" LABELS "\"",
     HELP("Colour all that belongs to a category in its colour.") "</"
                                                                  "crowd-semantic-segmentation>\n"},
};
enum { TASKS = sizeof tasks / sizeof *tasks };

enum lk_status label_task_find(const struct label_task **out, const char *name,
                               struct lk_error *err)
{
    const char *names[TASKS], *near;

    for (size_t i = 0; i < TASKS; i++) {
        names[i] = tasks[i].name;
        if (!name || !strcmp(name, tasks[i].name)) {
            *out = &tasks[i];
            return LK_OK;
        }
    }
    near = error_nearest(name, names, TASKS);
    return error_set(err, LK_EUSE,
                     "there is no labelling task '%.40s'%s%s%s: it is text, image, boxes or "
                     "segments",
                     name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

void label_task_page(struct str *out, const struct label_task *t, const char *header)
{
    str_puts(out, "<script src=\"https://assets.crowd.aws/crowd-html-elements.js\"></script>\n"
                  "<crowd-form>\n");
    str_printf(out, "%s header=\"", t->page_begin);
    str_put_html(out, slice_of(header));
    str_printf(out, "\">\n%s</crowd-form>\n", t->page_end);
}

enum lk_status label_task_function(struct str *out, const struct label_task *t, const char *what,
                                   const char *region, struct lk_error *err)
{
    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
        if (!strcmp(region, owners[i][0])) {
            str_printf(out, "arn:aws:lambda:%s:%s:function:%s-%s", region, owners[i][1], what,
                       t->function);
            return LK_OK;
        }
    return error_set(err, LK_EUSE,
                     "the functions of Ground Truth in %s are not known here: give the ARNs of "
                     "PRE-%s and ACS-%s that its documentation lists as prepare and consolidate",
                     region, t->function, t->function);
}
