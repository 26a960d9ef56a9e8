/* The container images that the practice cloud can run: SageMaker's XGBoost, by region. */
#ifndef CLOUD_IMAGE_H
#define CLOUD_IMAGE_H

#include "cloud/service.h"

/*
 * The version ("1.7-1") of the XGBoost image at this address, as container
 * programs take it; NULL with the call failed as AWS fails it: the wrong
 * region or registry, no such image. A static string.
 */
const char *image_version(struct call *c, const char *image, const char *role_arn);
/* The same of an image that was accepted once; NULL when it is none. */
const char *image_known_version(const char *image);

#endif
