/*
 * Wrong calls of every function in the reference, made from the reference: each
 * argument in turn a coroutine (which no call takes), a value too many, every
 * option and every name misspelt. Whoever made the mistake must be told in one line
 * what was expected, or what was probably meant.
 */
#include "base/error.h"
#include "base/json.h"
#include "book/lesson.h"
#include "lab/lab.h"
#include "lab/reference.h"
#include "unit/unit.h"

static struct str said; /* the text of what was printed, and of errors */

static void host_emit(void *ctx, struct slice event)
{
    struct json *e;

    assert_int_equal(json_parse(&e, event, "event", NULL), LK_OK);
    str_puts(&said, json_string(json_get(e, "text"), ""));
    json_free(e);
}

static enum lk_status host_read(void *ctx, struct str *out, const char *name, struct lk_error *err)
{
    return error_set(err, LK_EIO, "there is no file '%s'", name);
}

static enum lk_status host_write(void *ctx, const char *name, struct slice bytes,
                                 struct lk_error *err)
{
    return LK_OK;
}

static int64_t host_written(void *ctx, const char *name)
{
    return -1;
}

static void host_list(void *ctx, struct str *out)
{
    str_puts(out, "birdstrikes.csv\npenguins.csv\n");
}

/* No call that is wrong may come as far as the cloud. */
static enum lk_status host_cloud(void *ctx, struct slice call, lab_told_fn *told, void *told_ctx,
                                 struct str *answer, struct lk_error *err)
{
    str_puts(answer, "{\"error\":\"the cloud was asked\"}");
    return LK_OK;
}

static struct lab *l;

static void run(const char *code)
{
    str_clear(&said);
    lab_run(l, &(struct lab_run){0, "step", code, NULL});
}

static const char start[] =
    "T = data.table{a = {1, 2, 3, 4}, b = {0, 1, 0, 1}, w = {'x', 'y', 'x', 'y'}}\n"
    "M = xgb.train{data = T, label = 'b', ignore = 'w', rounds = 1, objective = "
    "'binary:logistic'}\n"
    "G = T:group('w')\n"
    "C = coroutine.create(print)\n";

static int open_all(void **state)
{
    const struct lab_host host = {.emit = host_emit,
                                  .read = host_read,
                                  .write = host_write,
                                  .written = host_written,
                                  .list = host_list,
                                  .target = TARGET_PRACTICE,
                                  .threads = 1,
                                  .cloud = host_cloud};

    str_init(&said);
    l = lab_new(&host, 64 << 20);
    return !l;
}

static int close_all(void **state)
{
    lab_free(l);
    str_done(&said);
    return 0;
}

/* ---- what the reference says of a call -------------------------------------- */

enum { ARGUMENTS_MAX = 6 };

struct call {
    const struct lab_entry *e;
    struct str name; /* as Lua calls it: "data.read", "T:head" */
    struct slice argument[ARGUMENTS_MAX];
    int arguments;
    bool braces; /* called as f{...} */
};

/* "data.split(table, {options}) -> train, test": the two in brackets. */
static void read_call(struct call *c, const struct lab_library *lib, const struct lab_entry *e)
{
    const char *p = strstr(e->signature, lab_entry_short(e)) + strlen(lab_entry_short(e));
    struct slice inside, one;
    int depth = 0;
    size_t n = 1, begun = 0;

    *c = (struct call){.e = e, .name = STR_INIT, .braces = *p == '{'};
    if (lib->kind == LAB_OBJECT)
        str_printf(&c->name, "%s:%s",
                   lib->name[0] == 't'   ? "T"
                   : lib->name[0] == 'm' ? "M"
                                         : "G",
                   lab_entry_short(e));
    else
        str_puts(&c->name, e->name);
    for (depth = 1; depth && p[n]; n++)
        depth += (p[n] == '(' || p[n] == '{' || p[n] == '[') -
                 (p[n] == ')' || p[n] == '}' || p[n] == ']');
    inside = (struct slice){p + 1, n - 2};
    if (c->braces) {
        c->argument[c->arguments++] = inside;
        return;
    }
    for (size_t i = 0; i <= inside.len && inside.len; i++) {
        char at = i < inside.len ? inside.ptr[i] : ',';

        depth += (at == '{' || at == '[') - (at == '}' || at == ']');
        if (at != ',' || depth)
            continue;
        one = slice_trim((struct slice){inside.ptr + begun, i - begun});
        assert_true(c->arguments < ARGUMENTS_MAX);
        c->argument[c->arguments++] = one;
        begun = i + 1;
    }
}

/* A right value for an argument of that name. */
static const char *right_value(struct slice argument)
{
    static const struct {
        const char *name, *value;
    } values[] = {
        {"table", "T"},
        {"other", "T"},
        {"model", "M"},
        {"function", "print"},
        {"expression", "'a>1'"},
        {"names", "{'a'}"},
        {"name", "'a'"},
        {"metrics", "'rmse'"},
        {"kind", "'gain'"},
        {"{options}", "{}"},
        {"options", "{}"},
        {"rows", "1"},
        {"n", "1"},
        {"i", "1"},
        {"first", "1"},
        {"last", "1"},
        {"number", "1"},
        {"found", "1"},
        {"expected", "1"},
        {"tolerance", "1"},
        {"low", "1"},
        {"high", "1"},
        {"smallest", "1"},
        {"largest", "1"},
        {"done", "1"},
        {"total", "1"},
        {"value", "1"},
        {"values", "1"},
        {"condition", "true"},
        {"allowed", "true"},
        {"policy", "{a=1}"},
        {"{old = new}", "{}"},
    };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (slice_is(argument, values[i].name))
            return values[i].value;
    return "'s3://some/name'";
}

/* Arguments for which any value is right. */
static bool takes_all(const struct call *c, int i)
{
    static const char *const any[] = {"lab.show",       "lab.note",    "lab.warn",   "lab.param",
                                      "check.that",     "check.equal", "check.note", "check.kind",
                                      "check.contains", "table:fill"};

    for (size_t k = 0; k < sizeof any / sizeof any[0]; k++)
        if (!strcmp(c->e->name, any[k]))
            return true;
    return slice_is(c->argument[i], "message");
}

/* ---- what must be said -------------------------------------------------------- */

static void put_call(struct str *code, const struct call *c, int wrong, const char *value,
                     const char *more)
{
    str_printf(code, "%slocal ok, e = pcall(function() return %s(", start, c->name.ptr);
    for (int i = 0; i < c->arguments && (wrong < 0 || i <= wrong); i++)
        str_printf(code, "%s%s", i ? ", " : "", i == wrong ? value : right_value(c->argument[i]));
    str_printf(code, "%s) end) print(ok or tostring(e))", more);
}

static bool says(const char *word)
{
    return strstr(said.ptr, word) != NULL;
}

static void need_good_message(const struct call *c, const char *code)
{
    static const char *const expected[] = {"should be",   "expected",       "required",
                                           "write ",      "did you mean",   "too many",
                                           "cannot be a", "stand in braces"};
    static const char *const never[] = {"bad argument", "attempt to",     "userdata",
                                        "lab.table",    "lab.model",      "(null)",
                                        "not thread",   "cloud was asked"};
    const char *shown = strstr(code, "local ok");
    bool good = false;

    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        good |= says(expected[i]);
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        good &= !says(never[i]);
    if (!good || (said.len && memchr(said.ptr, '\n', said.len - 1)))
        fail_msg("%s\n  says %s", shown, said.ptr);
    if (!says(c->e->name) && said.ptr[0] != '\x1f')
        fail_msg("%s\n  does not name the call: %s", shown, said.ptr);
}

static void each_call(void (*check)(struct call *c))
{
    for (const struct lab_library *const *lib = lab_libraries(); *lib; lib++)
        for (size_t i = 0; i < (*lib)->count; i++) {
            struct call c;

            read_call(&c, *lib, &(*lib)->entries[i]);
            check(&c);
            str_done(&c.name);
        }
}

/* ---- the mistakes ------------------------------------------------------------- */

static int calls;

static void try_kinds(struct call *c)
{
    for (int i = 0; i < c->arguments; i++) {
        struct str code = STR_INIT;

        if (!takes_all(c, i)) {
            put_call(&code, c, i, "C", "");
            run(code.ptr);
            need_good_message(c, code.ptr);
            calls++;
        }
        str_done(&code);
    }
}

static void try_one_more(struct call *c)
{
    struct str code = STR_INIT;

    put_call(&code, c, -1, NULL, c->arguments ? ", 'more'" : "'more'");
    run(code.ptr);
    if (!says("one value too many"))
        fail_msg("%s\n  says %s", strstr(code.ptr, "local ok"), said.ptr);
    str_done(&code);
}

/* Where its options stand, or -1. */
static int options_at(const struct call *c)
{
    for (int i = 0; i < c->arguments; i++)
        if (slice_is(c->argument[i], "options") || slice_is(c->argument[i], "{options}"))
            return i;
    return c->braces && c->e->options ? 0 : -1;
}

static void try_options(struct call *c)
{
    bool trains = strstr(c->e->name, "xgb.") == c->e->name && c->braces;
    struct slice rest = slice_of(c->e->options), name, text;
    int at = options_at(c);

    while (at >= 0 && lab_option_next(&rest, &name, &text)) {
        struct str code = STR_INIT, value = STR_INIT;

        str_printf(&value, "{%s%.*s%c = 1}", trains ? "data = T, label = 'b', ignore = 'w', " : "",
                   (int)name.len, name.ptr, name.ptr[name.len - 1]);
        put_call(&code, c, at, value.ptr, "");
        run(code.ptr);
        need_good_message(c, code.ptr);
        if (!says("did you mean"))
            fail_msg("%s\n  does not guess: %s", strstr(code.ptr, "local ok"), said.ptr);
        calls++;
        str_done(&value);
        str_done(&code);
    }
}

static void try_name(struct call *c)
{
    struct str code = STR_INIT;

    str_printf(&code, "%slocal ok, e = pcall(function() return %s%c() end) print(ok or e)", start,
               c->name.ptr, c->name.ptr[c->name.len - 1]);
    run(code.ptr);
    if (!says("did you mean") || !says(lab_entry_short(c->e)))
        fail_msg("%s\n  does not guess: %s", strstr(code.ptr, "local ok"), said.ptr);
    calls++;
    str_done(&code);
}

static void test_wrong_kinds(void **state)
{
    calls = 0;
    each_call(try_kinds);
    assert_true(calls > 150);
}

static void test_one_value_more(void **state)
{
    each_call(try_one_more);
}

static void test_misspelt_options(void **state)
{
    calls = 0;
    each_call(try_options);
    assert_true(calls > 150);
}

static void test_misspelt_names(void **state)
{
    calls = 0;
    each_call(try_name);
    assert_true(calls > 100);
}

static void test_other_guesses(void **state)
{
    static const struct {
        const char *code, *says;
    } guesses[] = {
        {"data.read('birdstrike.csv')", "did you mean 'birdstrikes.csv'?"},
        {"T:sort('a', {desc = true})", "did you mean 'descending'?"},
        {"T:filter('aa > 1')", "did you mean 'a'?"},
        {"T:filter('sqr(a) > 1')", "did you mean 'sqrt'?"},
        {"xgb.train{data = T, label = 'b', ignore = 'w', max_dept = 3}",
         "did you mean 'max_depth'?"},
        {"xgb.train{data = T, label = 'b', ignore = 'w', round = 3}", "did you mean 'rounds'?"},
        {"xgb.train{data = T, label = 'b', ignore = 'w', objective = 'binary:logistc'}",
         "did you mean 'binary:logistic'?"},
        {"xgb.evaluate(M, T, 'acu')", "did you mean 'auc'?"},
        {"M:importance('gian')", "did you mean gain"},
        {"check.kind(5, 'nmber')", "did you mean number"},
        {"plot.line(T, {y = 'aa'})", "did you mean 'a'?"},
        {"T:select('a', 'b')", "one value too many; write table:select{names} -> table"},
    };

    for (size_t i = 0; i < sizeof guesses / sizeof guesses[0]; i++) {
        struct str code = STR_INIT;

        str_printf(&code, "%s%s", start, guesses[i].code);
        run(code.ptr);
        if (!says(guesses[i].says))
            fail_msg("%s\n  says     %s\n  expected %s", guesses[i].code, said.ptr,
                     guesses[i].says);
        str_done(&code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_kinds),      cmocka_unit_test(test_one_value_more),
        cmocka_unit_test(test_misspelt_options), cmocka_unit_test(test_misspelt_names),
        cmocka_unit_test(test_other_guesses),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
