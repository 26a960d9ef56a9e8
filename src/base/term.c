/* The terminal: what it can show, and a progress line on it. */
#include "base/term.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool term_is_tty(FILE *f)
{
    return isatty(fileno(f)) == 1;
}

int term_width(FILE *f)
{
    struct winsize size;

    if (!ioctl(fileno(f), TIOCGWINSZ, &size) && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

const char *term_style(FILE *f, enum term_style style)
{
    static const char *const escapes[] = {"\033[0m",  "\033[1m",  "\033[2m", "\033[31m",
                                          "\033[32m", "\033[33m", "\033[34m"};
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    if ((no_color && no_color[0]) || (term && !strcmp(term, "dumb")) || !term_is_tty(f))
        return "";
    return escapes[style];
}

void term_put_safe(struct str *out, struct slice text)
{
    const char *p = text.ptr, *end = text.ptr + text.len;

    while (p < end) {
        uint32_t c = utf8_next(&p, end);

        if (c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f) || c >= 0xa0)
            utf8_put(out, c);
        else
            str_printf(out, "\\x%02x", (unsigned)c);
    }
}

/* Characters, which is what a terminal's columns come to for most scripts. */
static int columns_of(struct slice text)
{
    const char *p = text.ptr, *end = p + text.len;
    int n = 0;

    for (; p < end; n++)
        utf8_next(&p, end);
    return n;
}

void term_put_wrapped(struct str *out, struct slice text, int width, int indent)
{
    struct slice line, word;
    bool first = true;

    while (slice_line(&text, &line)) {
        int used = indent;

        if (!first)
            str_printf(out, "%*s", indent, "");
        first = false;
        for (bool begun = false; slice_split(&line, ' ', &word);) {
            struct str safe = STR_INIT;
            int columns;

            if (!word.len)
                continue;
            term_put_safe(&safe, word);
            columns = columns_of(slice_str(&safe));
            if (begun && used + 1 + columns > width) {
                str_printf(out, "\n%*s", indent, "");
                used = indent;
            } else if (begun) {
                str_putc(out, ' ');
                used++;
            }
            str_put(out, slice_str(&safe));
            used += columns;
            begun = true;
            str_done(&safe);
        }
        str_putc(out, '\n');
    }
}

enum { BAR_WIDTH = 24, REDRAW_NS = 100 * 1000 * 1000 };

void progress_begin(struct progress *p, const char *label, int64_t total)
{
    *p = (struct progress){label, total, 0, false};
}

void progress_at(struct progress *p, int64_t done, const char *note)
{
    int64_t now = clock_steady_ns();
    char bar[BAR_WIDTH + 1];

    if (!term_is_tty(stderr) || (p->shown && now - p->drawn_ns < REDRAW_NS && done < p->total))
        return;
    p->drawn_ns = now;
    p->shown = true;
    if (p->total > 0) {
        int full = (int)(done * BAR_WIDTH / p->total);

        memset(bar, '.', BAR_WIDTH);
        memset(bar, '=', (size_t)(full < 0 ? 0 : full > BAR_WIDTH ? BAR_WIDTH : full));
        bar[BAR_WIDTH] = '\0';
        fprintf(stderr, "\r%s [%s] %3d%% %s\033[K", p->label, bar, (int)(done * 100 / p->total),
                note ? note : "");
    } else {
        fprintf(stderr, "\r%s %lld %s\033[K", p->label, (long long)done, note ? note : "");
    }
    fflush(stderr);
}

void progress_end(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
