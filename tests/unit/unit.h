/* What every unit test includes: cmocka with its prerequisites, and a few helpers. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "labkit.h"

/* A call that must succeed; shows the error's line when it does not. */
#define assert_ok(call, err)                                                                       \
    do {                                                                                           \
        if ((call) != LK_OK) {                                                                     \
            char unit_line[2048];                                                                  \
            fail_msg("%s: %s", #call, lk_error_format((err), unit_line, sizeof unit_line));        \
        }                                                                                          \
    } while (0)

/* Tests run with the project's root as the working directory. */
#define TEST_DATA "tests/data/"

#endif
