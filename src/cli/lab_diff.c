/*
 * The longest common subsequence of lines, by the table that every textbook
 * has: a lab step is a screenful, so squares of its length are small. Texts of
 * more than LINES_MAX lines are shown whole, one after the other.
 */
#include "cli/lab_diff.h"

#include "base/mem.h"
#include "base/term.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINES_MAX = 2000 };

struct lines {
    struct slice *at;
    size_t count, cap;
};

static struct lines lines_of(struct slice text)
{
    struct lines l = {0};
    struct slice line;

    while (slice_line(&text, &line)) {
        MEM_GROW(l.at, l.count, l.cap);
        l.at[l.count++] = line;
    }
    return l;
}

static void print_line(char sign, struct slice line)
{
    struct str safe = STR_INIT;
    enum term_style style = sign == '+' ? TERM_GREEN : sign == '-' ? TERM_RED : TERM_PLAIN;

    term_put_safe(&safe, line);
    printf("%s%c %s%s\n", term_style(stdout, style), sign, safe.ptr,
           term_style(stdout, TERM_PLAIN));
    str_done(&safe);
}

/* common[i * (b->count + 1) + j]: how many lines a from i on and b from j on share, in order. */
static unsigned short *common_lines(const struct lines *a, const struct lines *b)
{
    size_t width = b->count + 1;
    unsigned short *common = mem_calloc((a->count + 1) * width, sizeof *common);

    for (size_t i = a->count; i-- > 0;)
        for (size_t j = b->count; j-- > 0;) {
            unsigned short down = common[(i + 1) * width + j], right = common[i * width + j + 1];

            common[i * width + j] = slice_eq(a->at[i], b->at[j])
                                        ? (unsigned short)(common[(i + 1) * width + j + 1] + 1)
                                    : down >= right ? down
                                                    : right;
        }
    return common;
}

void lab_diff_print(struct slice from, struct slice to)
{
    struct lines a = lines_of(from), b = lines_of(to);
    bool fits = a.count <= LINES_MAX && b.count <= LINES_MAX;
    unsigned short *common = fits ? common_lines(&a, &b) : NULL;
    size_t i = 0, j = 0, width = b.count + 1;

    while (i < a.count || j < b.count) {
        if (fits && i < a.count && j < b.count && slice_eq(a.at[i], b.at[j]))
            print_line(' ', b.at[j++]), i++;
        else if (i < a.count && (!fits || j == b.count ||
                                 common[(i + 1) * width + j] >= common[i * width + j + 1]))
            print_line('-', a.at[i++]);
        else
            print_line('+', b.at[j++]);
    }
    free(common);
    free(a.at);
    free(b.at);
}
