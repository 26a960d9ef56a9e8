/* The container's own log lines, on stdout, written whole. */
#include "base/clock.h"
#include "container/internal.h"

#include <stdarg.h>
#include <stdio.h>

void container_say(const char *fmt, ...)
{
    struct clock_fields t = clock_utc(clock_unix_ms());
    struct str line = STR_INIT;
    va_list args;

    str_printf(&line, "[%04d-%02d-%02d:%02d:%02d:%02d:INFO] ", t.year, t.month, t.day, t.hour,
               t.minute, t.second);
    va_start(args, fmt);
    str_vprintf(&line, fmt, args);
    va_end(args);
    str_putc(&line, '\n');
    fwrite(line.ptr, 1, line.len, stdout);
    fflush(stdout);
    str_done(&line);
}
