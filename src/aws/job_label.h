/* What Ground Truth has ready for each task: its functions, its model, and our page for the
 * workers. */
#ifndef AWS_JOB_LABEL_H
#define AWS_JOB_LABEL_H

#include "aws/job_internal.h"

struct label_task {
    const char *name;     /* "text": as a description says it */
    const char *function; /* "TextMultiClass": of PRE-.. and ACS-.. */
    const char *model;    /* "text-classification": that labels what it is sure of */
    const char *title;
    bool by_reference;      /* items are files in S3, so each line of a manifest has "source-ref" */
    const char *attribute;  /* of the label where none is given */
    const char *page_begin; /* the element's start tag up to header, in the workers' page */
    const char *page_end;   /* after the header */
};

/* By name; LK_EUSE names the nearest. NULL is "text". */
enum lk_status label_task_find(const struct label_task **out, const char *name,
                               struct lk_error *err);
/* The whole page that the workers see. */
void label_task_page(struct str *out, const struct label_task *t, const char *header);
/*
 * The ARN of the function that hands out the items ("PRE") or combines the
 * answers ("ACS"); LK_EUSE where AWS lists none for the region.
 */
enum lk_status label_task_function(struct str *out, const struct label_task *t, const char *what,
                                   const char *region, struct lk_error *err);

#endif
