/* What the operating system says, apart from the rest: not everywhere is there one. */
#include "base/error.h"

#include <errno.h>
#include <string.h>

enum lk_status error_errno(struct lk_error *err, const char *doing, const char *file)
{
    char words[128];

    /* The GNU strerror_r may return a string of its own. */
    return error_set(err, LK_EIO, "cannot %s %s: %s", doing, file,
                     strerror_r(errno, words, sizeof words));
}
