/*
 * What is checked before anything is sent: names that AWS would refuse
 * minutes later, each with the nearest right one. And the XGBoost image's
 * address, for any region and version.
 */
#ifndef AWS_NAMES_H
#define AWS_NAMES_H

#include "base/json.h"
#include "labkit.h"

/* "ml.m5.large": family and size must exist. */
enum lk_status names_instance(const char *type, struct lk_error *err);
/* 1 to 63 letters, digits and hyphens (32 for a "tuning job"); no hyphen at either end. */
enum lk_status names_job(const char *what, const char *name, struct lk_error *err);
/* Of a channel of the built-in XGBoost. */
enum lk_status names_content_type(const char *type, struct lk_error *err);
/* One hyperparameter of the built-in XGBoost: name, kind and range. */
enum lk_status names_hyperparameter(const char *name, const char *value, struct lk_error *err);
/* All of them together: num_round there, num_class with multi:*, and each for itself. */
enum lk_status names_hyperparameters(const struct json *map, struct lk_error *err);

/* version "1.7-1", or NULL for the newest whose models every version of ours reads. */
enum lk_status names_image(struct str *out, const char *region, const char *suffix,
                           const char *version, struct lk_error *err);
#define NAMES_IMAGE_DEFAULT    "1.7-1"
#define NAMES_INSTANCE_DEFAULT "ml.m5.large" /* of jobs that say no other */

struct names_region {
    const char *code, *place;
};
/* Regions where the XGBoost image lives: how many, and each. */
size_t names_regions(void);
struct names_region names_region(size_t i);
/* The nearest to one that is none of them, or NULL. */
const char *names_near_region(const char *region);

#endif
