/* The XML reader: what it reads, what it refuses and where it says so. */
#include "base/xml.h"
#include "unit/unit.h"

static const struct xml *read_ok(struct arena *arena, const char *text)
{
    struct lk_error err = {0};
    struct xml *root = NULL;

    assert_ok(xml_parse(&root, arena, slice_of(text), "x.xml", &err), &err);
    return root;
}

static void elements_and_text(void **state)
{
    struct arena arena = {0};
    const struct xml *x = read_ok(
        &arena, "\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a --><n:List xmlns:n=\"u\" a='b>'>\n"
                "<Item><Key> a &lt;&amp;&#233;&#x1F600; </Key><Empty/></Item>"
                "<Item><Key><![CDATA[<b>&amp;]]>c</Key></Item>t</n:List>\n");

    assert_string_equal(x->name, "List");
    assert_string_equal(xml_text(xml_get(x, "Item"), "Key"), " a <&\xc3\xa9\xf0\x9f\x98\x80 ");
    assert_string_equal(xml_text(xml_get(x, "Item"), "Empty"), "");
    assert_string_equal(xml_text(xml_get(x, "Item")->next, "Key"), "<b>&amp;c");
    assert_null(xml_get(x, "Other"));
    assert_string_equal(xml_text(NULL, "Key"), "");
    arena_done(&arena);
}

static void refused(void **state)
{
    static const struct {
        const char *text, *words;
        int line, column;
    } cases[] = {
        {"", "expected an element", 1, 1},
        {"<a>", "ends inside", 1, 4},
        {"<a></b>", "does not fit", 1, 4},
        {"<a/><b/>", "second root", 1, 5},
        {"x<a/>", "outside", 1, 2},
        {"<a/>\nx", "outside", 2, 2},
        {"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type", 1, 1},
        {"<a>\n &b;</a>", "an entity other", 2, 2},
        {"<a>&#0;</a>", "character number", 1, 4},
        {"<a>&#xD800;</a>", "character number", 1, 4},
        {"<a>& b</a>", "starts no entity", 1, 4},
        {"<a b></a>", "without '='", 1, 5},
        {"<a b=c></a>", "without quotes", 1, 6},
        {"<a b='c></a>", "without end", 1, 6},
        {"<a><![CDATA[x</a>", "CDATA", 1, 13},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena arena = {0};
        struct xml *root = NULL;
        struct lk_error err = {0};

        assert_int_equal(xml_parse(&root, &arena, slice_of(cases[i].text), "x.xml", &err),
                         LK_EINPUT);
        if (!strstr(err.text, cases[i].words) || err.line != cases[i].line ||
            err.column != cases[i].column)
            fail_msg("%s: %s at %d:%d", cases[i].text, err.text, err.line, err.column);
        assert_null(root);
        arena_done(&arena);
    }
}

static void depth_is_capped(void **state)
{
    struct arena arena = {0};
    struct str text = STR_INIT;
    struct xml *root = NULL;
    struct lk_error err = {0};

    for (int i = 0; i < XML_MAX_DEPTH; i++)
        str_puts(&text, "<a>");
    for (int i = 0; i < XML_MAX_DEPTH; i++)
        str_puts(&text, "</a>");
    assert_ok(xml_parse(&root, &arena, slice_str(&text), "x.xml", &err), &err);
    str_clear(&text);
    for (int i = 0; i < 100000; i++)
        str_puts(&text, "<a>");
    assert_int_equal(xml_parse(&root, &arena, slice_str(&text), "x.xml", &err), LK_EINPUT);
    assert_non_null(strstr(err.text, "too deep"));
    str_done(&text);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_and_text),
        cmocka_unit_test(refused),
        cmocka_unit_test(depth_is_capped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
