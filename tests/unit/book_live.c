/* A live site: an edit renders what it must and nothing else, and ends where a fresh build ends. */
#include "base/error.h"
#include "base/file.h"
#include "book/site.h"
#include "unit/unit.h"

enum { LESSONS = 310 }; /* over the size up to which there is a page of the whole book */

static char book[] = "/tmp/labbook-live-XXXXXX";

static void put(const char *name, const char *text)
{
    struct lk_error err = {0};
    struct str path = STR_INIT;
    char *folder;

    str_printf(&path, "%s/%s", book, name);
    folder = path_folder(path.ptr);
    assert_ok(file_mkdirs(folder, &err), &err);
    /* Not file_write: that would wait for the disk 310 times. */
    FILE *f = fopen(path.ptr, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    free(folder);
    str_done(&path);
}

static void put_lesson(int i, const char *title, const char *text)
{
    struct str name = STR_INIT, body = STR_INIT;

    str_printf(&name, "lessons/%03d-l/lesson.md", i);
    str_printf(&body, "---\ntitle: %s\nsummary: S\nminutes: 1\n---\n\n%s\n", title, text);
    put(name.ptr, body.ptr);
    str_done(&name);
    str_done(&body);
}

static int make_book(void **state)
{
    assert_non_null(mkdtemp(book));
    put("lessons/book.yaml", "title: B\n");
    put("lessons/data/d.csv", "x\n");
    for (int i = 0; i < LESSONS; i++)
        put_lesson(i, "T", "## Place\n\nText [next](../001-l/lesson.md#place).");
    put_lesson(200, "T", "{{ include ../005-l/part.txt }}");
    put("lessons/005-l/part.txt", "a part\n");
    return 0;
}

static int drop_book(void **state)
{
    return file_remove(book, NULL) == LK_OK ? 0 : -1;
}

static char *read_site(const char *site, const char *name)
{
    struct lk_error err = {0};
    struct str path = STR_INIT, text = STR_INIT;

    str_printf(&path, "%s/%s/%s", book, site, name);
    assert_ok(file_read(&text, path.ptr, 1 << 20, &err), &err);
    str_done(&path);
    return str_take(&text, NULL);
}

static void holds(const char *site, const char *name, const char *words, bool yes)
{
    char *text = read_site(site, name);

    assert_true((strstr(text, words) != NULL) == yes);
    free(text);
}

/* Of what was seen; NULL: look at all. */
static size_t update_seen(struct site_live *live, const struct site_seen *seen)
{
    struct findings findings = {0};
    struct site_report report = {0};
    struct lk_error err = {0};

    assert_ok(site_live_update(live, seen, &report, &findings, &err), &err);
    findings_done(&findings);
    return report.files.written;
}

static size_t update(struct site_live *live)
{
    return update_seen(live, NULL);
}

static void refuse(struct site_live *live, const char *words)
{
    struct findings findings = {0};
    struct lk_error err = {0};

    assert_int_equal(site_live_update(live, NULL, NULL, &findings, &err), LK_EINPUT);
    assert_non_null(strstr(err.text, words));
    findings_done(&findings);
}

static void edits(void **state)
{
    char out[300], fresh[300];
    struct site_options options = {.out = out, .templates = "templates", .threads = 2};
    struct site_live *live;
    struct findings findings = {0};
    struct lk_error err = {0};
    char *a, *b;

    snprintf(out, sizeof out, "%s/live", book);
    snprintf(fresh, sizeof fresh, "%s/fresh", book);
    live = site_live_new(book, &options);
    assert_true(update(live) > LESSONS);
    assert_int_equal(update(live), 0);

    /* Text: the page and its part of the search. */
    put_lesson(7, "T", "## Place\n\nEdited.");
    assert_int_equal(update(live), 2);
    holds("live", "007-l/index.html", "Edited.", true);
    /* An included file of another lesson. */
    put("lessons/005-l/part.txt", "another part\n");
    assert_int_equal(update(live), 2);
    holds("live", "200-l/index.html", "another part", true);
    /* A title is shown by others. */
    put_lesson(8, "A new title", "## Place\n\nText.");
    assert_true(update(live) > 3);
    holds("live", "007-l/index.html", "A new title", true);
    /* An anchor that others use is gone: nothing is written, and mended it is. */
    put_lesson(1, "T", "## Elsewhere\n\nText.");
    refuse(live, "has no place '#place'");
    holds("live", "001-l/index.html", "Elsewhere", false);
    put_lesson(1, "T", "## Place\n\nMended.");
    assert_true(update(live) >= 2);
    holds("live", "001-l/index.html", "Mended.", true);

    /* What was seen is all that is looked at; a lesson that is not known is found by looking. */
    put_lesson(9, "T", "## Place\n\nSeen.");
    put_lesson(100, "T", "## Place\n\nNot seen yet.");
    assert_int_equal(update_seen(live, &(struct site_seen){(const char *const[]){"009-l"}, 1}), 2);
    holds("live", "009-l/index.html", "Seen.", true);
    holds("live", "100-l/index.html", "Not seen yet.", false);
    assert_int_equal(update(live), 2);
    holds("live", "100-l/index.html", "Not seen yet.", true);
    put_lesson(LESSONS, "Another", "## Place\n\nText.");
    assert_true(update_seen(live, &(struct site_seen){(const char *const[]){"310-l"}, 1}) > 3);
    holds("live", "310-l/index.html", "Another", true);
    put_lesson(9, "Seen title", "## Place\n\nText.");
    assert_true(update_seen(live, &(struct site_seen){(const char *const[]){"009-l"}, 1}) > 3);
    holds("live", "010-l/index.html", "Seen title", true);

    options.out = fresh;
    assert_ok(site_build(book, &options, NULL, &findings, &err), &err);
    for (const char *const *n =
             (const char *const[]){"index.html", "001-l/index.html", "007-l/index.html",
                                   "200-l/index.html", "assets/search/0.js", "assets/search/1.js",
                                   ".labbook-files", NULL};
         *n; n++) {
        a = read_site("live", *n);
        b = read_site("fresh", *n);
        assert_string_equal(a, b);
        free(a);
        free(b);
    }
    findings_done(&findings);
    site_live_free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(edits)};

    return cmocka_run_group_tests(tests, make_book, drop_book);
}
