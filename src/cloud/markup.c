/* XML, written. */
#include "cloud/markup.h"

#include "base/clock.h"

#include <string.h>

void xml_open(struct str *out, const char *name)
{
    str_printf(out, "<%s>", name);
}

/* The name ends at a space: the opening tag may have had attributes. */
void xml_close(struct str *out, const char *name)
{
    str_puts(out, "</");
    str_add(out, name, strcspn(name, " "));
    str_putc(out, '>');
}

void xml_put_text(struct str *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char ch = (unsigned char)text.ptr[i];

        if (ch == '&')
            str_puts(out, "&amp;");
        else if (ch == '<')
            str_puts(out, "&lt;");
        else if (ch == '>')
            str_puts(out, "&gt;");
        else if (ch == '"')
            str_puts(out, "&quot;");
        else if (ch < 0x20 && ch != '\t' && ch != '\n')
            str_printf(out, "&#x%x;", ch);
        else
            str_putc(out, (char)ch);
    }
}

void xml_put_slice(struct str *out, const char *name, struct slice value)
{
    xml_open(out, name);
    xml_put_text(out, value);
    xml_close(out, name);
}

void xml_put(struct str *out, const char *name, const char *value)
{
    if (value)
        xml_put_slice(out, name, slice_of(value));
}

void xml_put_int(struct str *out, const char *name, int64_t value)
{
    str_printf(out, "<%s>%lld</%s>", name, (long long)value, name);
}

void xml_put_bool(struct str *out, const char *name, bool value)
{
    str_printf(out, "<%s>%s</%s>", name, value ? "true" : "false", name);
}

void xml_put_time(struct str *out, const char *name, int64_t unix_ms)
{
    xml_open(out, name);
    clock_put_iso(out, unix_ms, true);
    xml_close(out, name);
}
