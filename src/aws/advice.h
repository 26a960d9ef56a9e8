/* What errors of AWS usually mean and what to do, as advice_put says it and the book lists it. */
#ifndef AWS_ADVICE_H
#define AWS_ADVICE_H

#include <stddef.h>

struct aws_advice {
    const char *code;
    const char *words;   /* must stand in the message; NULL: any */
    const char *service; /* NULL: any */
    const char *text;
};

extern const struct aws_advice aws_advices[];
extern const size_t aws_advice_count;

#endif
