/*
 * lab.help in a page: its texts are most of what the tables of calls would hold, and
 * few ask for them, so they are a file that the page loads then; reference_text.c
 * wrote it.
 */
#include "lab/reference.h"
#include "wasm/host.h"

#include <string.h>

static const char file[] = ".help"; /* no lab can name it */

void reference_put_text(struct str *out, const struct lab_entry *e)
{
    struct str all = STR_INIT, head = STR_INIT;
    int32_t size = page_size(file, strlen(file));
    const char *found;

    if (size < 0)
        return;
    page_read(file, strlen(file), str_room(&all, (size_t)size));
    str_grew(&all, (size_t)size);
    str_printf(&head, "\f%s\n", e->name);
    found = strstr(all.ptr, head.ptr);
    if (found) {
        found += head.len;
        str_put(out, (struct slice){found, strcspn(found, "\f")});
    }
    str_done(&head);
    str_done(&all);
}
