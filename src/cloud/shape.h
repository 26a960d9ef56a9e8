/*
 * The shape of a request: which members it must have, of what kind, in what
 * range. Checked in one go, so that a call that is wrong in three places says
 * all three, in the words of AWS's own front end:
 *
 *     static const struct shape shapes[] = {
 *         {"AlgorithmSpecification.TrainingInputMode", SHAPE_WORD, true, .words = "Pipe File"},
 *         {"InputDataConfig[].ChannelName", SHAPE_TEXT, true, 1, 64},
 *         {"ResourceConfig.InstanceCount", SHAPE_NUMBER, false, 1, 20},
 *         {"HyperParameters", SHAPE_MAP, false, 0, 100},
 *         {.path = NULL},
 *     };
 *     if (!shape_check(c, shapes))
 *         return;
 *
 * A member of something that is not there is not asked for: its parent's own
 * row says whether the parent must be.
 */
#ifndef CLOUD_SHAPE_H
#define CLOUD_SHAPE_H

#include "cloud/service.h"

enum shape_kind {
    SHAPE_TEXT,   /* min to max characters */
    SHAPE_WORD,   /* one of `words` */
    SHAPE_NUMBER, /* a whole number, min to max */
    SHAPE_FLAG,
    SHAPE_LIST, /* min to max elements */
    SHAPE_MAP,  /* min to max entries, all of them texts */
    SHAPE_OBJECT,
};

struct shape {
    const char *path; /* "A.B", "List[].C"; NULL ends the table */
    enum shape_kind kind;
    bool required;
    double min, max;   /* max 0: no limit */
    const char *words; /* separated by spaces */
};

/* false: the call failed with ValidationException. */
bool shape_check(struct call *c, const struct shape *shapes);

#endif
