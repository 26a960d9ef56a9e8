/* Formulas: TeX to MathML, well-formed XML whatever comes in, and exact errors. */
#include "book/math.h"
#include "unit/unit.h"

static void gives(const char *tex, bool block, const char *markup)
{
    struct str out = STR_INIT;
    struct lk_error err;

    assert_ok(math_render(&out, slice_of(tex), block, &err), &err);
    if (!strstr(out.ptr, markup))
        fail_msg("%s gives\n%s\nwhich lacks\n%s", tex, out.ptr, markup);
    str_done(&out);
}

static void refuses(const char *tex, int line, int column, const char *words)
{
    struct str out = STR_INIT;
    struct lk_error err;

    assert_int_equal(math_render(&out, slice_of(tex), true, &err), LK_EINPUT);
    assert_int_equal(out.len, 0);
    if (!strstr(err.text, words) || err.line != line || err.column != column)
        fail_msg("%s: found %d:%d: %s; expected %d:%d: %s", tex, err.line, err.column, err.text,
                 line, column, words);
}

static void elements(void **state)
{
    gives("x", false, "<math><mrow><mi>x</mi></mrow></math>");
    gives("3.14", true, "<math display=\"block\"><mrow><mn>3.14</mn></mrow></math>");
    gives("a<b", false, "<mi>a</mi><mo>&lt;</mo><mi>b</mi>");
    gives("-1", false, "<mo>\xE2\x88\x92</mo><mn>1</mn>");
    gives("\\alpha\\le\\log x", false,
          "<mi>\xCE\xB1</mi><mo>\xE2\x89\xA4</mo><mi>log</mi><mi>x</mi>");
    gives("\\text{if } x", false, "<mtext>if </mtext><mi>x</mi>");
    gives("\\hat{y}", false,
          "<mover accent=\"true\"><mrow><mi>y</mi></mrow><mo stretchy=\"false\">^</mo></mover>");
    gives("\\frac12", false, "<mfrac><mn>1</mn><mn>2</mn></mfrac>");
}

static void scripts(void **state)
{
    gives("x^2", false, "<msup><mi>x</mi><mn>2</mn></msup>");
    gives("x_i^2", false, "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>");
    gives("x^2_i", false, "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>");
    gives("x'", false, "<msup><mi>x</mi><mo>\xE2\x80\xB2</mo></msup>");
    gives("\\sum_{i=1}^n", true,
          "<munderover><mo>\xE2\x88\x91</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></"
          "munderover>");
    gives("\\sum_i", false, "<msub><mo>\xE2\x88\x91</mo><mi>i</mi></msub>");
    gives("e^{-x^{2}}", false, "<msup><mi>e</mi><mrow><mo>\xE2\x88\x92</mo><msup><mi>x</mi>");
}

static void structures(void **state)
{
    gives("\\frac{1}{1+e^{-x}}", true,
          "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>1</mn><mo>+</mo><msup>");
    gives("\\sqrt{x}", false, "<msqrt><mrow><mi>x</mi></mrow></msqrt>");
    gives("\\sqrt[3]{x}", false, "<mroot><mrow><mi>x</mi></mrow><mn>3</mn></mroot>");
    gives("\\left(\\frac{a}{b}\\right]", false, "<mrow><mo>(</mo><mfrac>");
    gives("\\begin{cases} 1 & x > 0 \\\\ 0 & \\text{else} \\end{cases}", true,
          "<mrow><mo>{</mo><mtable columnalign=\"left "
          "left\"><mtr><mtd><mn>1</mn></mtd><mtd><mi>x</mi>");
    gives("\\begin{matrix}a\\\\b\\\\\\end{matrix}", true,
          "<mtable><mtr><mtd><mi>a</mi></mtd></mtr><mtr><mtd><mi>b</mi></mtd></mtr></mtable>");
}

static void errors(void **state)
{
    refuses("\\frca{1}{2}", 1, 1, "did you mean '\\frac'?");
    refuses("a +\n\\foobarbaz", 2, 1, "unknown command '\\foobarbaz'");
    refuses("{a", 1, 1, "never closed");
    refuses("a}", 1, 2, "unexpected end of a group");
    refuses("a^b^c", 1, 4, "two scripts");
    refuses("a^", 1, 3, "argument should follow");
    refuses("\\left( a", 1, 6, "\\right");
    refuses("\\begin{cases} a", 1, 7, "\\end");
    refuses("\\begin{caes} a \\end{caes}", 1, 7, "cases");
    refuses("^2", 1, 1, "unexpected sign '^'");
}

static void depth_is_capped(void **state)
{
    struct str tex = STR_INIT, out = STR_INIT;
    struct lk_error err;

    for (int i = 0; i < 1000; i++)
        str_puts(&tex, "{{");
    assert_int_equal(math_render(&out, slice_str(&tex), true, &err), LK_EINPUT);
    assert_non_null(strstr(err.text, "too deeply"));
    for (int i = 0; i < 2000; i++)
        str_puts(&tex, "xx");
    assert_int_equal(math_render(&out, slice_str(&tex), true, &err), LK_ELIMIT);
    str_done(&tex);
    str_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements), cmocka_unit_test(scripts),         cmocka_unit_test(structures),
        cmocka_unit_test(errors),   cmocka_unit_test(depth_is_capped),
    };

    return cmocka_run_group_tests_name("book_math", tests, NULL, NULL);
}
