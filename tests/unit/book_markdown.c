/*
 * Markdown: CommonMark untouched (libcmark's own renderer is the oracle), our
 * extensions, and pathological input.
 */
#include "base/file.h"
#include "base/json.h"
#include "book/extend.h"
#include "book/html.h"
#include "book/markdown.h"
#include "unit/unit.h"

#include <time.h>

static const struct html_options raw = {.raw_html = true};

/* With all passes. */
static char *render(const char *source, size_t len, const struct html_options *o)
{
    struct arena arena = {0};
    struct findings findings = {0};
    struct text map = {.body = STR_INIT};
    struct str out = STR_INIT;
    struct node *tree = extend_parse(&arena, (struct slice){source, len}, 1, &map, &findings);

    html_render(&out, tree, o);
    arena_done(&arena);
    findings_done(&findings);
    return str_take(&out, NULL);
}

static void is_plain(const char *source, size_t len)
{
    char *ours = render(source, len, &raw);
    char *theirs = markdown_reference_html((struct slice){source, len});

    if (strcmp(ours, theirs))
        fail_msg("for <<<%.*s>>> libcmark writes\n%s\nwe write\n%s", (int)len, source, theirs,
                 ours);
    free(ours);
    free(theirs);
}

static void gives(const char *source, const char *html)
{
    char *ours = render(source, strlen(source), &raw);

    if (strcmp(ours, html))
        fail_msg("for <<<%s>>> expected\n%s\ngot\n%s", source, html, ours);
    free(ours);
}

/* Texts put together from pieces that mean something in Markdown, the same each time. */
static void random_texts_are_plain(void **state)
{
    static const char *const pieces[] = {
        "a",
        "word ",
        "*",
        "**",
        "_",
        "`",
        "``",
        "\n",
        "\n",
        "\n\n",
        "> ",
        "- ",
        "1. ",
        "10) ",
        "# ",
        "### ",
        "    ",
        "\t",
        "```\n",
        "~~~ x\n",
        "[",
        "](",
        ")",
        "](/u \"t\").",
        "![",
        "<b>",
        "</b>",
        "<!-- x -->",
        "&amp;",
        "&",
        "\\",
        "\\*",
        "  \n",
        "***\n",
        "===\n",
        "---\n",
        "<http://a.b>",
        "é",
        "\xff",
        "\"",
        "'",
        "[a]: /url\n",
        "[a]",
        "<div>\n",
        "%20",
        "+ ",
        "!",
        "(",
        "\r\n",
        "x=\"y\"",
    };
    uint32_t seed = 12345;
    struct str text = STR_INIT;

    for (int i = 0; i < 20000; i++) {
        int n;

        str_clear(&text);
        seed = seed * 1664525 + 1013904223;
        n = 1 + (int)(seed >> 16) % 24;
        while (n--) {
            seed = seed * 1664525 + 1013904223;
            str_puts(&text, pieces[(seed >> 8) % (sizeof pieces / sizeof pieces[0])]);
        }
        is_plain(text.ptr, text.len);
    }
    str_done(&text);
}

/* The specification's 652 examples. Ten use what is an extension here: a picture that stands
 * alone and has a title is a figure. */
static void specification(void **state)
{
    struct lk_error err = {0};
    struct json *root = NULL;
    int n = 0, figures = 0;

    assert_ok(json_read(&root, TEST_DATA "commonmark/examples.json", 1 << 20, &err), &err);
    for (const struct json *e = json_first(root); e; e = json_next(e), n++) {
        const char *source = json_string(json_get(e, "markdown"), "");
        const char *html = json_string(json_get(e, "html"), NULL);
        char *ours = render(source, strlen(source), &raw);

        if (strstr(ours, "<figure>"))
            figures++;
        else if (strcmp(ours, html))
            fail_msg("example %ld: expected\n%s\ngot\n%s\n",
                     (long)json_number(json_get(e, "example"), 0), html, ours);
        free(ours);
    }
    json_free(root);
    assert_int_equal(n, 652);
    assert_int_equal(figures, 10);
}

static void unsafe_is_left_out(void **state)
{
    static const struct html_options safe;
    const char *source = "<b>x</b> [a](javascript:alert(1)) ![i](data:text/html;x) "
                         "![p](data:image/png;base64,AA)\n\n<script>\n";
    char *html = render(source, strlen(source), &safe);

    assert_null(strstr(html, "<b>"));
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "javascript"));
    assert_null(strstr(html, "text/html"));
    assert_non_null(strstr(html, "data:image/png"));
    free(html);
}

static void tables(void **state)
{
    gives("| a | b |\n|---|:-:|\n| *x* | `p\\|q` |\n| only |\n",
          "<table>\n<thead>\n<tr>\n<th scope=\"col\">a</th>\n<th scope=\"col\" "
          "class=\"center\">b</th>\n"
          "</tr>\n</thead>\n<tbody>\n<tr>\n<td><em>x</em></td>\n<td "
          "class=\"center\"><code>p|q</code></td>\n"
          "</tr>\n<tr>\n<td>only</td>\n<td class=\"center\"></td>\n</tr>\n</tbody>\n</table>\n");
    /* Marks do not reach over cells; block marks in cells are text. */
    gives("*a | b*\n--|--\n| # x | - y |\n",
          "<table>\n<thead>\n<tr>\n<th scope=\"col\">*a</th>\n<th "
          "scope=\"col\">b*</th>\n</tr>\n</thead>\n"
          "<tbody>\n<tr>\n<td># x</td>\n<td>- y</td>\n</tr>\n</tbody>\n</table>\n");
}

static void tables_in_places(void **state)
{
    gives(
        "> text\n> | a |\n> |---|\n> | [l] |\n\n[l]: /u\n",
        "<blockquote>\n<p>text</p>\n<table>\n<thead>\n<tr>\n<th "
        "scope=\"col\">a</th>\n</tr>\n</thead>\n"
        "<tbody>\n<tr>\n<td><a href=\"/u\">l</a></td>\n</tr>\n</tbody>\n</table>\n</blockquote>\n");
    gives("| a | b |\n|---|\n", "<p>| a | b |\n|---|</p>\n");
}

static void footnotes(void **state)
{
    gives("One[^b] two[^a] one[^b] none[^c] \\[^a].\n\n[^a]: word\n[^b]: B\n    \n    more\n",
          "<p>One<sup class=\"note-ref\"><a href=\"#note-1\" id=\"note-1-1\">1</a></sup> two"
          "<sup class=\"note-ref\"><a href=\"#note-2\" id=\"note-2-1\">2</a></sup> one"
          "<sup class=\"note-ref\"><a href=\"#note-1\" id=\"note-1-2\">1</a></sup> none[^c] "
          "[^a].</p>\n"
          "<section class=\"notes\" aria-label=\"Footnotes\">\n<ol>\n<li "
          "id=\"note-1\">\n<p>B</p>\n<p>more "
          "<a class=\"note-back\" href=\"#note-1-1\" aria-label=\"Back to the "
          "text\">\xE2\x86\xA9</a> "
          "<a class=\"note-back\" href=\"#note-1-2\" aria-label=\"Back to the "
          "text\">\xE2\x86\xA9</a></p>\n"
          "</li>\n<li id=\"note-2\">\n<p>word "
          "<a class=\"note-back\" href=\"#note-2-1\" aria-label=\"Back to the "
          "text\">\xE2\x86\xA9</a></p>\n"
          "</li>\n</ol>\n</section>\n");
}

static void small_passes(void **state)
{
    gives(
        "- [x] a\n- [ ] b\n",
        "<ul class=\"tasks\">\n<li><input type=\"checkbox\" disabled=\"\" checked=\"\" /> a</li>\n"
        "<li><input type=\"checkbox\" disabled=\"\" /> b</li>\n</ul>\n");
    gives("> [!NOTE]\n> x\n", "<div class=\"alert alert-note\" role=\"note\">\n<p "
                              "class=\"alert-title\">Note</p>\n<p>x</p>\n</div>\n");
    gives("T\n: d\n: e\n\nU\n: f\n",
          "<dl>\n<dt>T</dt>\n<dd>d</dd>\n<dd>e</dd>\n<dt>U</dt>\n<dd>f</dd>\n</dl>\n");
    gives("T\n:  the **d** of *e*\n",
          "<dl>\n<dt>T</dt>\n<dd>the <strong>d</strong> of <em>e</em></dd>\n</dl>\n");
    gives("![alt *x*](a.png \"cap & tion\")\n",
          "<figure><img src=\"a.png\" alt=\"alt x\" /><figcaption>cap &amp; "
          "tion</figcaption></figure>\n");
    gives("> [!TAB A]\n> x\n\n> [!TAB B]\n> y\n",
          "<div class=\"tabs\">\n<section class=\"tab\" data-label=\"A\">\n<p "
          "class=\"tab-label\">A</p>\n<p>x</p>\n"
          "</section>\n<section class=\"tab\" data-label=\"B\">\n<p "
          "class=\"tab-label\">B</p>\n<p>y</p>\n"
          "</section>\n</div>\n");
}

/* Processor time for n copies of a piece; the least of three, so that a busy machine counts less.
 */
static double time_of(const char *piece, int n)
{
    struct str text = STR_INIT;
    double least = 1e9;

    for (int k = 0; k < n; k++)
        str_puts(&text, piece);
    for (int i = 0; i < 3; i++) {
        clock_t start = clock();
        char *html = render(text.ptr, text.len, &raw);
        double ms = (double)(clock() - start) * 1e3 / CLOCKS_PER_SEC;

        assert_non_null(html);
        free(html);
        least = ms < least ? ms : least;
    }
    str_done(&text);
    return least;
}

/* Four times the input takes about four times as long; sixteen times would be quadratic. */
static void pathological(void **state)
{
    static const char *const pieces[] = {"[",
                                         "](",
                                         "*",
                                         "_a",
                                         "> ",
                                         "- ",
                                         "`",
                                         "![",
                                         "<",
                                         "| ",
                                         "[^",
                                         "**a ",
                                         "&",
                                         "\\",
                                         "[a](",
                                         "((",
                                         "|-\n",
                                         ": \n",
                                         "\n> [!TAB x]\n",
                                         "a[^a]\n\n",
                                         "[^a]: b\n\n",
                                         "[a]: /b\n",
                                         "[a][b] ",
                                         "x | y\n--|--\n1 | 2\n\n",
                                         "$`x`$ ",
                                         "T\n: d\n\n",
                                         "- [x] a\n",
                                         "a*_b",
                                         "## a\n\n",
                                         "~~~\n",
                                         "<a ",
                                         "&#"};

    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        double small = 0, large = 0;

        for (int again = 0; again < 5; again++) { /* another program may have had its turn */
            small = time_of(pieces[i], 20000);
            large = time_of(pieces[i], 80000);
            if (large <= 9 * small || large <= 40)
                break;
        }
        if (large > 9 * small && large > 40)
            fail_msg("20,000 of '%s' take %.1f ms, 80,000 take %.1f", pieces[i], small, large);
    }
}

/* A table's missing cells cost output that nobody wrote: their number is capped. */
static void wide_tables(void **state)
{
    struct str text = STR_INIT;
    char *html;

    for (int i = 0; i < 5000; i++)
        str_puts(&text, "|a");
    str_puts(&text, "|\n");
    for (int i = 0; i < 5000; i++)
        str_puts(&text, "|-");
    str_puts(&text, "|\n");
    for (int i = 0; i < 20000; i++)
        str_puts(&text, "|b|\n");
    html = render(text.ptr, text.len, &raw);
    assert_true(strlen(html) < 100 * text.len);
    free(html);
    str_done(&text);
}

static void colours_change_no_text(void **state)
{
    static const char *const languages[] = {"lua", "sh", "json", "yaml", "python", "c", "none"};
    const char *code =
        "a = \"b\\\"c\" -- d\n#x 'y' [[ z ]] /* w */ <&> 0x1F 1e-5 $HOME key: v\n\"open\n\"\"\"t";

    for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++) {
        struct str html = STR_INIT, text = STR_INIT;

        highlight_put(&html, slice_of(languages[i]), slice_of(code));
        for (const char *p = html.ptr; *p; p++) {
            if (*p == '<')
                p = strchr(p, '>');
            else if (!strncmp(p, "&lt;", 4))
                str_putc(&text, '<'), p += 3;
            else if (!strncmp(p, "&gt;", 4))
                str_putc(&text, '>'), p += 3;
            else if (!strncmp(p, "&amp;", 5))
                str_putc(&text, '&'), p += 4;
            else if (!strncmp(p, "&quot;", 6))
                str_putc(&text, '"'), p += 5;
            else
                str_putc(&text, *p);
        }
        assert_string_equal(text.ptr, code);
        assert_true(i == 6 || strstr(html.ptr, "<span class=\"hl-") != NULL);
        str_done(&html);
        str_done(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_texts_are_plain),
        cmocka_unit_test(specification),
        cmocka_unit_test(unsafe_is_left_out),
        cmocka_unit_test(tables),
        cmocka_unit_test(tables_in_places),
        cmocka_unit_test(footnotes),
        cmocka_unit_test(small_passes),
        cmocka_unit_test(pathological),
        cmocka_unit_test(wide_tables),
        cmocka_unit_test(colours_change_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
