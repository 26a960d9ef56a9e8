/*
 * What models come wrapped in. Both are read as data.
 *
 * A pickle is a program for a small stack machine; here it is only stepped
 * through, opcode by opcode, and the bytes of the Booster's handle picked out:
 * nothing is imported, built or called. Protocol 2 has no bytes and writes
 * them as text in Latin-1.
 */
#include "base/error.h"
#include "gbt/model_read.h"

#include <string.h>

/* ---- tar -------------------------------------------------------------------------------- */

enum { BLOCK = 512 };

static uint64_t octal(const char *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n && p[i]; i++)
        if (p[i] >= '0' && p[i] <= '7' && v < (uint64_t)1 << 60)
            v = v * 8 + (uint64_t)(p[i] - '0');
    return v;
}

bool tar_is(struct slice b)
{
    unsigned sum = 0;

    if (b.len < BLOCK || !b.ptr[0])
        return false;
    for (int i = 0; i < BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)b.ptr[i];
    return sum == octal(b.ptr + 148, 8);
}

/* SageMaker's own name first; else the one file that is there. */
enum lk_status tar_find(struct slice *out, struct slice b, struct lk_error *err)
{
    size_t files = 0, at = 0;
    bool named = false;

    while (at < b.len && tar_is(slice_from(b, at))) {
        const char *h = b.ptr + at, *base = memrchr(h, '/', 100);
        uint64_t size = octal(h + 124, 12);
        bool file = h[156] == '0' || h[156] == '\0';

        base = base ? base + 1 : h;
        at += BLOCK;
        if (size > b.len - at)
            return error_set(err, LK_EINPUT, "the archive ends in the middle: it was cut short");
        if (file && !named) {
            *out = (struct slice){b.ptr + at, (size_t)size};
            named = !strncmp(base, "xgboost-model", 13) || !strncmp(base, "model.", 6);
            files++;
        }
        at += (size_t)(size + BLOCK - 1) / BLOCK * BLOCK;
        if (at > b.len)
            break;
    }
    if (!files)
        return error_set(err, LK_EINPUT, "there is no file in the archive");
    if (!named && files > 1)
        return error_set(err, LK_EINPUT,
                         "%zu files are in the archive, and none is named xgboost-model", files);
    return LK_OK;
}

/* ---- pickle ------------------------------------------------------------------------------- */

static uint64_t little(const char *p, int n)
{
    uint64_t v = 0;

    for (int i = n; i-- > 0;)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

/* How an opcode's argument is stored: fixed bytes, a length and so many, or lines. */
struct opcode {
    char code;
    signed char fixed, length, lines;
    char kind; /* 'b' bytes, 'u' text */
};

static const struct opcode opcodes[] = {
    {'\x80', 1, 0, 0, 0},   {'\x95', 8, 0, 0, 0},   {'K', 1, 0, 0, 0},      {'M', 2, 0, 0, 0},
    {'J', 4, 0, 0, 0},      {'G', 8, 0, 0, 0},      {'h', 1, 0, 0, 0},      {'j', 4, 0, 0, 0},
    {'q', 1, 0, 0, 0},      {'r', 4, 0, 0, 0},      {'\x8a', 0, 1, 0, 0},   {'\x8b', 0, 4, 0, 0},
    {'\x8c', 0, 1, 0, 'u'}, {'X', 0, 4, 0, 'u'},    {'\x8d', 0, 8, 0, 'u'}, {'C', 0, 1, 0, 'b'},
    {'B', 0, 4, 0, 'b'},    {'\x8e', 0, 8, 0, 'b'}, {'\x96', 0, 8, 0, 'b'}, {'U', 0, 1, 0, 'b'},
    {'T', 0, 4, 0, 'b'},    {'c', 0, 0, 2, 0},      {'i', 0, 0, 2, 0},
};

/* Opcodes without an argument. */
static const char bare[] = "().0123NRQabdeolpstu]}\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94";

static const struct opcode *find_opcode(char code)
{
    for (size_t i = 0; i < sizeof opcodes / sizeof *opcodes; i++)
        if (opcodes[i].code == code)
            return &opcodes[i];
    return NULL;
}

/* Step over the argument; *arg is what it holds. False when the pickle ends first. */
static bool take_argument(struct slice *rest, const struct opcode *op, struct slice *arg)
{
    size_t n = (size_t)op->fixed;

    if (op->lines) {
        const char *first = memchr(rest->ptr, '\n', rest->len);
        const char *last =
            first ? memchr(first + 1, '\n', (size_t)(rest->ptr + rest->len - first - 1)) : NULL;

        if (!last)
            return false;
        n = (size_t)(last + 1 - rest->ptr);
    } else if (op->length) {
        uint64_t len;

        if (rest->len < (size_t)op->length)
            return false;
        len = little(rest->ptr, op->length);
        *rest = slice_from(*rest, (size_t)op->length);
        if (len > rest->len)
            return false;
        n = (size_t)len;
    }
    if (n > rest->len)
        return false;
    *arg = slice_first(*rest, n);
    *rest = slice_from(*rest, n);
    return true;
}

static bool mentions_xgboost(struct slice s)
{
    return memmem(s.ptr, s.len, "xgboost", 7) != NULL;
}

/* Text whose characters stand for bytes, back to bytes. */
static void latin1(struct str *out, struct slice text)
{
    const char *p = text.ptr, *end = p + text.len;

    while (p < end)
        str_putc(out, (char)utf8_next(&p, end));
}

/* "CONFIG-offset:", where the configuration begins, then the model. */
static struct slice without_config(struct slice b)
{
    return slice_starts(b, "CONFIG-offset:") && b.len >= 22 ? slice_from(b, 22) : b;
}

enum lk_status pickle_find(struct slice *out, struct slice b, struct str *scratch,
                           struct lk_error *err)
{
    struct slice rest = b, arg, bytes = {NULL, 0}, text = {NULL, 0};
    bool booster = false, ended = false;

    if ((unsigned char)*b.ptr != 0x80)
        return error_set(
            err, LK_EUNSUPPORTED,
            "a pickle of protocol 0 is not supported; write it with protocol 2 or later");
    while (rest.len && !ended) {
        char code = *rest.ptr;
        const struct opcode *op = find_opcode(code);

        rest = slice_from(rest, 1);
        ended = code == '.';
        if (!op && (!code || !strchr(bare, code)))
            return error_set(err, LK_EUNSUPPORTED, "the pickle has an unknown opcode 0x%02x",
                             (unsigned char)code);
        if (op && !take_argument(&rest, op, &arg))
            break;
        if (!op)
            continue;
        if (arg.len < 200 && (op->kind == 'u' || op->lines))
            booster |= mentions_xgboost(arg);
        if (op->kind == 'b' && arg.len > bytes.len)
            bytes = arg;
        if (op->kind == 'u' && arg.len > text.len)
            text = arg;
    }
    if (!ended)
        return error_set(err, LK_EINPUT, "the pickle ends in the middle: it was cut short");
    if (!booster)
        return error_set(err, LK_EUNSUPPORTED,
                         "the pickle holds something else than an XGBoost "
                         "booster");
    if (!bytes.len && text.len > 200) {
        latin1(scratch, text);
        bytes = slice_str(scratch);
    }
    *out = without_config(bytes);
    return out->len ? LK_OK : error_set(err, LK_EINPUT, "the pickle holds no model");
}
