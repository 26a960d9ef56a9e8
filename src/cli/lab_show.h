/*
 * A lab's events in a terminal. Text from a lab is made harmless before it is
 * printed; plots are drawn as text, with the path of their picture below.
 */
#ifndef CLI_LAB_SHOW_H
#define CLI_LAB_SHOW_H

#include "base/json.h"
#include "base/str.h"
#include "base/term.h"

enum { LAB_METRICS_MAX = 64 };

struct lab_show {
    bool quiet;        /* keep results, print nothing */
    const char *only;  /* print this step's output alone, and errors; NULL: all */
    const char *plots; /* folder for pictures; made when the first comes */
    const char *code;  /* what runs, for the line at fault; may be NULL */
    /* What the steps since the last lab_show_clear have come to. */
    bool ok, judged, passed;
    struct str verdict; /* of the check */
    struct str error;   /* text of the last error */
    struct str plain;   /* the same in plain words */
    int error_line;
    char reason[16]; /* of the last end */
    struct {
        char name[60];
        double value;
    } metrics[LAB_METRICS_MAX];
    size_t metric_count;
    struct str files; /* names written, a line each */
    struct str lines; /* all events as they came */
    int plot_count;
    char step[64];
    _Atomic int64_t question; /* the number of one that waits for session_answer, or 0 */
    struct progress bar;
    bool has_bar;
};

void lab_show_init(struct lab_show *s);
void lab_show_done(struct lab_show *s);
/* Forget results, for another step. */
void lab_show_clear(struct lab_show *s);
/* A session_event_fn; ctx is the struct lab_show. */
void lab_show_event(void *ctx, struct slice event);

#endif
