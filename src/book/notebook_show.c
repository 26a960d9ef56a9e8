/*
 * Of an output there are often several forms; a picture is shown before the text that stands for
 * it where none can be drawn. Pictures become files of the lesson's own, named by
 * their order; an attachment keeps its name where that is a picture's, plain. A notebook from
 * elsewhere cannot write anything else into the book.
 */
#include "book/notebook_internal.h"

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "book/notebook_picture.h"

#include <string.h>

enum { NAME_MAX_BYTES = 80 };

/* The first is text in outputs, the others base64. */
static const struct {
    const char *type, *old, *extension;
} pictures[] = {
    {"image/svg+xml", "svg", ".svg"}, {"image/png", "png", ".png"},
    {"image/jpeg", "jpeg", ".jpg"},   {"image/gif", "gif", ".gif"},
    {"image/webp", "webp", ".webp"},
};

enum { PICTURES = sizeof pictures / sizeof pictures[0] };

void notebook_put_plain(struct str *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\033' && i + 1 < text.len && text.ptr[i + 1] == '[') {
            for (i += 2; i < text.len && !(text.ptr[i] >= '@' && text.ptr[i] <= '~'); i++)
                ;
        } else {
            str_putc(out, text.ptr[i]);
        }
    }
}

static bool is_name(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", s.ptr[i]))
            return false;
    return s.len && s.len <= NAME_MAX_BYTES && s.ptr[0] != '.' && s.ptr[0] != '-';
}

static bool is_taken(const struct notebook_reader *r, const char *name)
{
    for (size_t i = 0; i < r->file_count; i++)
        if (!strcmp(r->files[i].name, name))
            return true;
    return false;
}

/* Keep bytes as STEM.EXT, or STEM-2.EXT where that is another file; NULL when there are too many.
 */
static const char *keep_file(struct notebook_reader *r, struct slice stem, const char *extension,
                             struct slice bytes)
{
    const char *name = arena_printf(&r->arena, "%.*s%s", (int)stem.len, stem.ptr, extension);

    for (size_t i = 0; i < r->file_count; i++)
        if (!strcmp(r->files[i].name, name) && slice_eq(slice_str(&r->files[i].bytes), bytes))
            return name;
    if (r->file_count == NOTEBOOK_FILES_MAX)
        return NULL;
    for (int n = 2; is_taken(r, name); n++)
        name = arena_printf(&r->arena, "%.*s-%d%s", (int)stem.len, stem.ptr, n, extension);
    r->files[r->file_count].name = name;
    str_init(&r->files[r->file_count].bytes);
    str_put(&r->files[r->file_count].bytes, bytes);
    r->file_count++;
    return name;
}

/* Base64 with line breaks; false where it is none, or nothing. */
static bool decode(struct str *bytes, const struct json *j)
{
    struct str text = STR_INIT, plain = STR_INIT;
    bool ok;

    notebook_put_joined(&text, j);
    for (size_t i = 0; i < text.len; i++)
        if (!strchr("\n\r ", text.ptr[i]))
            str_putc(&plain, text.ptr[i]);
    ok = plain.len && base64_decode(bytes, slice_str(&plain)) && bytes->len;
    if (!ok)
        str_clear(bytes);
    str_done(&text);
    str_done(&plain);
    return ok;
}

/* The picture among these forms of one output; SVG is text there. False when there is none. */
static bool find_picture(const struct notebook_reader *r, const struct json *forms,
                         struct str *bytes, const char **extension)
{
    for (size_t i = 0; i < PICTURES; i++) {
        const struct json *form = json_get(forms, r->old ? pictures[i].old : pictures[i].type);

        *extension = pictures[i].extension;
        if (i == 0)
            notebook_put_joined(bytes, form);
        if (i == 0 ? bytes->len > 0 : decode(bytes, form))
            return true;
    }
    return false;
}

/* ---- outputs ----------------------------------------------------------------------------- */

static void end_text(struct notebook_reader *r, struct str *text)
{
    struct str plain = STR_INIT;

    notebook_put_plain(&plain, slice_str(text));
    while (plain.len && (plain.ptr[plain.len - 1] == '\n' || plain.ptr[plain.len - 1] == ' '))
        str_cut(&plain, plain.len - 1);
    if (plain.len) {
        str_putc(&r->md, '\n');
        notebook_put_fenced(r, SLICE("text"), slice_str(&plain));
    }
    str_done(&plain);
    str_clear(text);
}

static void add_text(struct str *text, const struct json *j)
{
    if (text->len && text->ptr[text->len - 1] != '\n')
        str_putc(text, '\n');
    notebook_put_joined(text, j);
}

static void show_display(struct notebook_reader *r, const struct json *o, struct str *text)
{
    const struct json *forms = r->old ? o : json_get(o, "data");
    const char *extension = "", *name;
    struct str bytes = STR_INIT;

    if (find_picture(r, forms, &bytes, &extension)) {
        end_text(r, text);
        name = keep_file(r, SLICE("output"), extension, slice_str(&bytes));
        if (name)
            str_printf(&r->md, "\n![Output of the code above](%s)\n", name);
    } else {
        add_text(text, json_get(forms, r->old ? "text" : "text/plain"));
    }
    str_done(&bytes);
}

void notebook_show_outputs(struct notebook_reader *r, const struct json *cell)
{
    struct str text = STR_INIT;

    for (const struct json *o = json_first(json_get(cell, "outputs")); o; o = json_next(o)) {
        const char *type = json_string(json_get(o, "output_type"), "");

        if (!strcmp(type, "stream")) {
            notebook_put_joined(&text, json_get(o, "text"));
        } else if (!strcmp(type, "error") || !strcmp(type, "pyerr")) {
            for (const struct json *l = json_first(json_get(o, "traceback")); l; l = json_next(l))
                add_text(&text, l);
        } else {
            show_display(r, o, &text);
        }
    }
    end_text(r, &text);
    str_done(&text);
}

/* ---- attachments -------------------------------------------------------------------------- */

/*
 * "(attachment:NAME" with what ends an address behind it becomes "(FILE"; how often it stood there
 * is returned. file NULL only counts.
 */
static size_t rename_in(struct str *text, const char *name, const char *file)
{
    struct str out = STR_INIT, what = STR_INIT;
    const char *from = text->ptr, *at;
    size_t n = 0;

    str_printf(&what, "(attachment:%s", name);
    while ((at = strstr(from, what.ptr))) {
        const char *behind = at + what.len;
        bool is = *behind && strchr(") \n\"'", *behind);

        str_add(&out, from, (size_t)(at - from));
        if (is && file)
            str_printf(&out, "(%s", file);
        else
            str_puts(&out, what.ptr);
        n += is;
        from = behind;
    }
    str_puts(&out, from);
    str_clear(text);
    str_put(text, slice_str(&out));
    str_done(&what);
    str_done(&out);
    return n;
}

/* Attachments are in base64, whatever they are. */
static bool read_attachment(const struct json *forms, struct str *bytes, const char **type,
                            const char **extension)
{
    for (size_t i = 0; i < PICTURES; i++)
        if (decode(bytes, json_get(forms, pictures[i].type))) {
            *type = pictures[i].type;
            *extension = pictures[i].extension;
            return true;
        }
    return false;
}

static void take_attachment(struct notebook_reader *r, const struct json *a, struct str *source)
{
    const char *given = json_key(a), *type = "", *extension = "", *own = path_extension(given);
    const char *mime = picture_mime(slice_of(given)), *name;
    struct slice stem = slice_first(slice_of(given), strlen(given) - strlen(own));
    struct str bytes = STR_INIT, encoded = STR_INIT;

    /* Addresses have no spaces: they are written %20. */
    str_put_url(&encoded, slice_of(given), true);
    if ((rename_in(source, given, NULL) || rename_in(source, encoded.ptr, NULL)) &&
        read_attachment(a, &bytes, &type, &extension)) {
        bool plain = is_name(stem) && mime && !strcmp(mime, type);

        name = keep_file(r, plain ? stem : SLICE("attachment"), plain ? own : extension,
                         slice_str(&bytes));
        if (name) {
            rename_in(source, given, name);
            rename_in(source, encoded.ptr, name);
        }
    }
    str_done(&encoded);
    str_done(&bytes);
}

void notebook_take_attachments(struct notebook_reader *r, const struct json *cell,
                               struct str *source)
{
    for (const struct json *a = json_first(json_get(cell, "attachments")); a; a = json_next(a))
        take_attachment(r, a, source);
}
