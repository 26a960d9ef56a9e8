/*
 * Faults that a lesson or a test switches on: the practice cloud then fails as
 * AWS does on a bad day. A fault has a kind, a subject (a service, or whatever
 * the kind is about; none: any), how often it still strikes, and a number.
 *
 *   throttle, error500   the call fails so      subject: service
 *   slow                 it waits `value` ms    subject: service
 *   expired              credentials are so     subject: service
 *   region               it is in another one   subject: bucket
 *   spot                 spare machines go      subject: training job; after `value` rounds
 *   quota, plain         services ask for them with fault_take
 */
#include "cloud/internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOW_MAX_MS = 60000 };

void fault_put(struct cloud *cloud, const char *kind, const char *subject, int64_t times,
               int64_t value)
{
    struct fault *f = mem_calloc(1, sizeof *f);

    f->kind = mem_strdup(kind);
    f->subject = subject ? mem_strdup(subject) : NULL;
    f->left = times;
    f->value = value;
    f->next = cloud->faults;
    cloud->faults = f;
    cloud->fault_count++;
}

bool fault_is_kind(const char *kind)
{
    struct slice rest = slice_of(FAULT_KINDS), word;

    while (slice_split(&rest, ' ', &word))
        if (word.len && slice_is(word, kind))
            return true;
    return false;
}

static void fault_free(struct fault *f)
{
    free(f->kind);
    free(f->subject);
    free(f);
}

void fault_remove(struct cloud *cloud, const char *kind, const char *subject)
{
    for (struct fault **at = &cloud->faults; *at;) {
        struct fault *f = *at;

        if (!strcmp(f->kind, kind) && (!subject || (f->subject && !strcmp(f->subject, subject)))) {
            *at = f->next;
            cloud->fault_count--;
            fault_free(f);
        } else {
            at = &f->next;
        }
    }
}

void faults_free(struct cloud *cloud)
{
    while (cloud->faults) {
        struct fault *f = cloud->faults;

        cloud->faults = f->next;
        fault_free(f);
    }
    cloud->fault_count = 0;
}

/* Find it, count it down; its value, or -1 when none is due. Under the lock. */
static int64_t take(struct cloud *cloud, const char *kind, const char *subject, int64_t reached)
{
    for (struct fault **at = &cloud->faults; *at; at = &(*at)->next) {
        struct fault *f = *at;
        int64_t value = f->value;

        if (strcmp(f->kind, kind) || value > reached ||
            (f->subject && (!subject || strcmp(f->subject, subject))))
            continue;
        if (f->left > 0 && --f->left == 0) {
            *at = f->next;
            cloud->fault_count--;
            fault_free(f);
        }
        return value;
    }
    return -1;
}

bool fault_take(struct cloud *cloud, const char *kind, const char *subject)
{
    return fault_take_at(cloud, kind, subject, INT64_MAX);
}

bool fault_take_at(struct cloud *cloud, const char *kind, const char *subject, int64_t reached)
{
    return cloud->fault_count && take(cloud, kind, subject, reached) >= 0;
}

static bool strikes(struct call *c, const char *kind, int64_t *value)
{
    cloud_lock(c->cloud);
    *value = take(c->cloud, kind, c->service->name, INT64_MAX);
    cloud_unlock(c->cloud);
    return *value >= 0;
}

bool fault_strikes(struct call *c)
{
    bool s3 = c->service->protocol == PROTOCOL_S3;
    bool query = c->service->protocol == PROTOCOL_QUERY;
    int64_t value;

    if (!c->cloud->fault_count)
        return false;
    if (strikes(c, "slow", &value)) {
        value = value < SLOW_MAX_MS ? value : SLOW_MAX_MS;
        nanosleep(&(struct timespec){value / 1000, value % 1000 * 1000000}, NULL);
    }
    if (strikes(c, "throttle", &value))
        call_fail(c, s3 ? 503 : 400,
                  s3      ? "SlowDown"
                  : query ? "Throttling"
                          : "ThrottlingException",
                  s3 ? "Please reduce your request rate." : "Rate exceeded");
    else if (strikes(c, "error500", &value))
        call_fail(c, 500, s3 ? "InternalError" : "InternalFailure",
                  "We encountered an internal error. Please try again.");
    else if (strikes(c, "expired", &value))
        call_fail(c, query ? 403 : 400, s3 || query ? "ExpiredToken" : "ExpiredTokenException",
                  s3 ? "The provided token has expired."
                     : "The security token included in the request is expired");
    return call_failed(c);
}
