/* --local-check: a few rounds here, as the container would do them, before anything is sent. */
#ifndef CLI_KIT_AWS_CHECK_H
#define CLI_KIT_AWS_CHECK_H

#include "base/json.h"
#include "cli/command.h"

struct kit_check {
    const char *train, *valid;     /* files as they will be uploaded; valid NULL: none */
    const char *content_type;      /* NULL: text/csv */
    const struct json *parameters; /* hyperparameters as they will be sent */
    const char *version;           /* of the image, or NULL */
};

/* LK_ECHECK with the reason that the job would fail with. */
enum lk_status kit_check_run(const struct kit_check *k, struct lk_error *err);

#endif
