/* Column expressions: any text is an expression or an error, and an expression has a value in each
 * row. */
#include "base/mem.h"
#include "lab/expression.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char csv[] = "name,age,long name\nAda,36,1.5\nAlan,,-2\n,85,0\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct table *t;
    struct expression *e;
    struct lk_error err = {0};
    char *text;

    if (size > 4096 || table_parse(&t, SLICE(csv), "t", 0, &err))
        return 0;
    text = mem_strndup((const char *)data, size);
    if (!expression_parse(&e, text, t, &err)) {
        for (size_t r = 0; r < t->rows; r++) {
            if (expression_is_text(e))
                (void)expression_text(e, r);
            else
                (void)expression_number(e, r);
        }
        expression_free(e);
    } else if (!err.text[0]) {
        abort(); /* an error without words */
    }
    free(text);
    table_free(t);
    return 0;
}
