/* What lab.help says of a call: for a terminal, and for pages as one file of all calls. */
#include "lab/reference.h"

void reference_put_text(struct str *out, const struct lab_entry *e)
{
    struct slice rest = slice_of(e->options), name, text, line;

    str_printf(out, "%s\n  %s\n", e->signature, e->summary);
    while (lab_option_next(&rest, &name, &text))
        str_printf(out, "  %-14.*s %.*s\n", (int)name.len, name.ptr, (int)text.len, text.ptr);
    rest = slice_of(e->example);
    if (rest.len)
        str_puts(out, "  Example:\n");
    while (slice_line(&rest, &line))
        str_printf(out, "    %.*s\n", (int)line.len, line.ptr);
}

void reference_put_help(struct str *out)
{
    for (const struct lab_library *const *l = lab_libraries(); *l; l++)
        for (size_t i = 0; i < (*l)->count; i++) {
            str_printf(out, "\f%s\n", (*l)->entries[i].name);
            reference_put_text(out, &(*l)->entries[i]);
        }
}
