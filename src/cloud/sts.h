/* What STS's own files share. */
#ifndef CLOUD_STS_H
#define CLOUD_STS_H

#include "cloud/internal.h"

/* A session made for `who` and written as <Credentials>. */
void sts_put_session(struct call *c, const struct caller *who, int64_t seconds);
void sts_assume_role(struct call *c);

#endif
