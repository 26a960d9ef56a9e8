/* FilterLogEvents, and what it shares with the other operations of CloudWatch Logs. */
#ifndef CLOUD_LOGS_FILTER_H
#define CLOUD_LOGS_FILTER_H

#include "cloud/service.h"

/* The call's group, by its name or its identifier; or the call fails. */
bool logs_need_group(struct call *c);
void logs_filter(struct call *c);

/*
 * A filter pattern of terms: all must occur, except that of ?terms one is
 * enough and -terms must not; "several words" in quotes are one term. NULL or
 * "" is in every line.
 */
bool logs_pattern_good(const char *pattern);
bool logs_pattern_match(const char *pattern, struct slice text);

#endif
