/*
 * The Lua API as a lab sees it, run in this process with a host of our own:
 * each case is code and what it must put out (as printed, or as an error).
 */
#include "base/error.h"
#include "base/json.h"
#include "book/lesson.h"
#include "lab/lab.h"
#include "lab/reference.h"
#include "unit/unit.h"

#include "base/file.h"

/* What a run has put out: text as it came, other events by a word. */
struct heard {
    struct str text, error, plain, verdict, written;
    int line;
    bool passed;
    int plots, tables;
    struct str svg, drawn; /* pictures, and the same as text */
};

static struct heard heard;

static void host_emit(void *ctx, struct slice event)
{
    struct json *e;
    const char *kind;

    assert_int_equal(json_parse(&e, event, "event", NULL), LK_OK);
    kind = json_string(json_get(e, "kind"), "");
    if (!strcmp(kind, "text"))
        str_puts(&heard.text, json_string(json_get(e, "text"), ""));
    if (!strcmp(kind, "metric"))
        str_printf(&heard.text, "%s=%g\n", json_string(json_get(e, "name"), ""),
                   json_number(json_get(e, "value"), 0));
    if (!strcmp(kind, "error")) {
        str_puts(&heard.error, json_string(json_get(e, "text"), ""));
        str_puts(&heard.plain, json_string(json_get(e, "plain"), ""));
        heard.line = (int)json_number(json_get(e, "line"), 0);
    }
    if (!strcmp(kind, "check")) {
        str_puts(&heard.verdict, json_string(json_get(e, "text"), ""));
        heard.passed = json_bool(json_get(e, "passed"), false);
    }
    if (!strcmp(kind, "plot")) {
        heard.plots++;
        str_puts(&heard.svg, json_string(json_get(e, "svg"), ""));
        str_puts(&heard.drawn, json_string(json_get(e, "text"), ""));
    }
    heard.tables += !strcmp(kind, "table");
    json_free(e);
}

static enum lk_status host_read(void *ctx, struct str *out, const char *name, struct lk_error *err)
{
    char path[200];

    if (!strcmp(name, "written")) {
        str_put(out, slice_str(&heard.written));
        return LK_OK;
    }
    if (!strncmp(name, "foreign/", 8))
        snprintf(path, sizeof path, "tests/data/xgboost/bin_logistic_adult_lossguide/%.100s",
                 name + 8);
    else
        snprintf(path, sizeof path, "lessons/data/%.100s", name);
    return file_read(out, path, 1 << 24, err);
}

static enum lk_status host_write(void *ctx, const char *name, struct slice bytes,
                                 struct lk_error *err)
{
    str_clear(&heard.written);
    str_put(&heard.written, bytes);
    return LK_OK;
}

static int64_t host_written(void *ctx, const char *name)
{
    return strcmp(name, "written") ? -1 : (int64_t)heard.written.len;
}

static void host_list(void *ctx, struct str *out)
{
    str_puts(out, "penguins.csv\n");
}

static struct lab *open_lab(void)
{
    static const char *const params[] = {"rounds=7", NULL};
    const struct lab_host host = {.emit = host_emit,
                                  .read = host_read,
                                  .write = host_write,
                                  .written = host_written,
                                  .list = host_list,
                                  .params = params,
                                  .target = TARGET_LOCAL,
                                  .threads = 1};
    struct lab *l = lab_new(&host, 64 << 20);

    assert_non_null(l);
    return l;
}

static void forget(void)
{
    str_clear(&heard.text);
    str_clear(&heard.error);
    str_clear(&heard.plain);
    str_clear(&heard.verdict);
    str_clear(&heard.svg);
    str_clear(&heard.drawn);
    heard.line = heard.plots = heard.tables = 0;
    heard.passed = false;
}

static void run(struct lab *l, const char *code, const char *check)
{
    struct lab_run r = {0, "step", code, check};

    forget();
    lab_run(l, &r);
}

/* ---- what is printed ----------------------------------------------------- */

#define SMALL                                                                                      \
    "t = data.table({'name', 'age', 'town'}, {{'Ada', 36, 'London'}, {'Alan', 41, 'London'}, "     \
    "{'Grace', 85, 'New York'}, {'Kurt', nil, 'Wien'}}) "

static const struct {
    const char *code, *prints;
} prints[] = {
    {"print(1, 'a', nil, true)", "1\ta\tnil\ttrue\n"},
    {"print({3, 1, x = {y = 'z'}})", "{3, 1, x = {y = \"z\"}}\n"},
    {"for k, v in pairs{b = 1, a = 2, 10, [true] = 3, [2.5] = 4} do print(k, v) end",
     "1\t10\n2.5\t4\na\t2\nb\t1\ntrue\t3\n"},
    {"local k = nil; local s = '' repeat k = next({c = 1, a = 1, b = 1}, k) s = s .. tostring(k) "
     "until not k print(s)",
     "abcnil\n"},
    {"local t = {a = 1, b = 2, c = 3} for k in pairs(t) do t[k] = nil end print(next(t))", "nil\n"},
    {SMALL "print(t:count(), #t, #t:columns(), t:columns()[3])", "4\t4\t3\ttown\n"},
    {SMALL "print(t:filter(\"age > 40\"):values('name'))", "{\"Alan\", \"Grace\"}\n"},
    {SMALL "print(t:filter(\"town == 'London' and not (age > 40)\"):values('name'))",
     "{\"Ada\"}\n"},
    {SMALL "print(t:filter(\"town in ('Wien', 'New York')\"):count())", "2\n"},
    {SMALL "print(t:filter('missing(age)'):row(1))", "{name = \"Kurt\", town = \"Wien\"}\n"},
    {SMALL "print(t:filter(function(row) return row.age == 36 end):count())", "1\n"},
    {SMALL "print(t:with('next', 'age + 1'):values('next'))", "{37, 42, 86, false}\n"},
    {SMALL "print(t:with('old', \"if(age >= 41, 'yes', 'no')\"):values('old'))",
     "{\"no\", \"yes\", \"yes\", false}\n"},
    {SMALL "print(t:with('x', {1, 2, 3, 4}):sum('x'), t:with('x', 2):sum('x'))", "10.0\t8.0\n"},
    {SMALL "print(t:with('full', \"name .. ' of ' .. town\"):row(3).full)", "Grace of New York\n"},
    {SMALL "print(t:rename{age = 'years of life'}:filter('[years of life] < 40'):count())", "1\n"},
    {SMALL "print(t:fill('age', 'median'):values('age')[4], t:mean('age'), t:missing('age'))",
     "41\t54.0\t1\n"},
    {SMALL "print(t:sort('age', {descending = true}):values('name'))",
     "{\"Grace\", \"Alan\", \"Ada\", \"Kurt\"}\n"},
    {SMALL "print(t:select{'town', 'name'}:columns(), t:drop('age'):columns())",
     "{\"town\", \"name\"}\t{\"name\", \"town\"}\n"},
    {SMALL "print(t:group('town'):count():values('count'))", "{2, 1, 1}\n"},
    {SMALL "print(t:group('town'):share():values('share'))", "{0.5, 0.25, 0.25}\n"},
    {SMALL "print(t:group('town'):fold{mean = 'age', max = 'age'}:columns())",
     "{\"town\", \"count\", \"mean_age\", \"max_age\"}\n"},
    {SMALL "print(t:group{'town', 'name'}:count():row(1))",
     "{count = 1, [\"town / name\"] = \"London / Ada\"}\n"},
    {SMALL "u = data.table({'town', 'land'}, {{'London', 'GB'}, {'Wien', 'AT'}}) "
           "print(t:join(u, {on = 'town'}):count(), "
           "t:join(u, {on = 'town', keep_all = true}):values('land'))",
     "3\t{\"GB\", \"GB\", false, \"AT\"}\n"},
    {SMALL "print(t:one_hot('town'):columns())",
     "{\"name\", \"age\", \"town=London\", \"town=New York\", \"town=Wien\"}\n"},
    {SMALL "print(t:append(t):count(), t:head(2):count(), t:tail(1):row(1).name)", "8\t2\tKurt\n"},
    {SMALL "print(t:rows(2, 3):values('name'), t:distinct('town'))",
     "{\"Alan\", \"Grace\"}\t{\"London\", \"New York\", \"Wien\"}\n"},
    {SMALL "for i, row in t:each() do print(i, row.age) end", "1\t36\n2\t41\n3\t85\n4\tnil\n"},
    {SMALL "print(t:head(2):csv())", "name,age,town\nAda,36,London\nAlan,41,London\n\n"},
    {SMALL
     "t:head(1):write('written', {header = false, first = 'town'}) print(lab.read('written'))",
     "London,Ada,36\n\n"},
    {"print(data.parse('a,b\\n1,x\\n'):row(1))", "{a = 1, b = \"x\"}\n"},
    {"g = data.generate{rows = 100, columns = 3, missing = 0.5} a, b = data.split(g, {test = 0.3, "
     "by = 'label'}) print(g:count(), a:count() + b:count(), g:missing('x0') > 20)",
     "100\t100\ttrue\n"},
    {"p = data.read('penguins.csv') print(p:count(), p:describe():count())", "344\t7\n"},
    {"print(lab.json({b = {1, 2}, a = 'x\"y', c = true, d = 1.5}))",
     "{\"a\":\"x\\\"y\",\"b\":[1,2],\"c\":true,\"d\":1.5}\n"},
    {"print(lab.parse_json('{\"a\": [1, 2.5, null, \"x\"]}'))", "{a = {1, 2.5, [4] = \"x\"}}\n"},
    {"print(lab.param('rounds', 3), lab.param('depth', 3), lab.target())", "7\t3\tlocal\n"},
    {"lab.metric('auc', 0.98765432)", "auc=0.987654\n"},
    {"print(lab.files())", "{\"penguins.csv\"}\n"},
    {"local f = load('return ...') print(f(5), load('x x'))",
     "5\tnil\tload:1: syntax error near 'x'\n"},
    {"math.randomseed() local a = math.random(1000) math.randomseed() print(a == "
     "math.random(1000))",
     "true\n"},
    {"print(data.table{b = {1}, a = {'x'}}:columns())", "{\"a\", \"b\"}\n"},
};

static void test_prints(void **state)
{
    for (size_t i = 0; i < sizeof prints / sizeof prints[0]; i++) {
        struct lab *l = open_lab();

        run(l, prints[i].code, NULL);
        if (heard.error.len)
            fail_msg("%s\n  fails: %s", prints[i].code, heard.error.ptr);
        if (strcmp(heard.text.ptr, prints[i].prints))
            fail_msg("%s\n  prints   %s\n  expected %s", prints[i].code, heard.text.ptr,
                     prints[i].prints);
        lab_free(l);
    }
}

/* ---- models -------------------------------------------------------------- */

#define CANCER                                                                                     \
    "train, test = data.split(data.read('breast-cancer.csv'), {by = 'malignant', seed = 7}) "      \
    "model = xgb.train{data = train, label = 'malignant', objective = 'binary:logistic', "         \
    "rounds = 20, evals = {held_out = test}, eval_metric = 'auc'} "

static const struct {
    const char *code, *prints;
    int plots;
} models[] = {
    {"print(model:rounds(), model:trees(), model:objective(), #model:features())",
     "20\t20\tbinary:logistic\t30\n", 1},
    /* The same rows measured in two ways that share no code. */
    {"local p, y = model:predict(test), test:values('malignant') local n, pairs_, right = #p, 0, 0 "
     "for i = 1, n do for k = 1, n do if y[i] == 1 and y[k] == 0 then pairs_ = pairs_ + 1 "
     "right = right + (p[i] > p[k] and 1 or p[i] == p[k] and 0.5 or 0) end end end "
     "print(math.abs(right / pairs_ - xgb.evaluate(model, test, 'auc')) < 1e-9)",
     "true\n", 1},
    {"local p, c = model:predict(test), model:predict(test, {kind = 'class', threshold = 0.3}) "
     "for i = 1, #p do assert((p[i] >= 0.3) == (c[i] == 1)) end print('all')",
     "all\n", 1},
    {"local why, m = model:explain(test:head(5)), model:predict(test:head(5), {kind = 'margin'}) "
     "for i, row in why:each() do local sum = 0 for _, v in pairs(row) do sum = sum + v end "
     "assert(math.abs(sum - m[i]) < 1e-4) end print('adds up')",
     "adds up\n", 1},
    {"model:save('written') local again = xgb.load('written') "
     "local a, b = model:predict(test), again:predict(test) for i = 1, #a do assert(a[i] == b[i]) "
     "end print(xgb.evaluate(again, test, 'auc') == xgb.evaluate(model, test, 'auc'))",
     "true\n", 1},
    /* A model that XGBoost itself has written, and what it measured (xgb-1.7.4/evals.csv). */
    {"local m = xgb.load('foreign/xgb-1.7.4/model.json', {label = 'label'}) "
     "local rows = data.read('foreign/test.csv') local e = xgb.evaluate(m, rows, {'auc', "
     "'logloss'}) "
     "print(math.abs(e.auc - 0.903333333333) < 1e-9, math.abs(e.logloss - 0.296179414694) < 1e-6) "
     "print(select(2, pcall(xgb.evaluate, xgb.load('foreign/xgb-1.7.4/model.json'), rows, 'auc')))",
     "true\ttrue\nxgb.evaluate: this model does not say which column is its label; say it where it "
     "is read: xgb.load(\"model.json\", {label = \"damage\"})\n",
     1},
    {"local h = model:history() print(h:count(), h:columns()[3]) "
     "print(math.abs(h:values('held_out auc')[20] - xgb.evaluate(model, test, 'auc')) < 1e-6)",
     "20\theld_out auc\ntrue\n", 1},
    {"local c = xgb.confusion(model, test) print(c:sum('predicted 0') + c:sum('predicted 1') == "
     "test:count())",
     "true\n", 1},
    {"plot.roc(model, test) plot.precision_recall(model, test) plot.confusion(model, test) "
     "plot.calibration(model, test) plot.importance(model) plot.shap(model, test) plot.tree(model) "
     "plot.learning_curve(model)",
     "", 9},
    {"local r = xgb.cv{data = train, label = 'malignant', objective = 'binary:logistic', rounds = "
     "5, "
     "folds = 3, eval_metric = 'auc'} print(r:count(), r:values('test auc')[5] > 0.9)",
     "5\ttrue\n", 2},
    {"local r = xgb.tune{data = train, label = 'malignant', objective = 'binary:logistic', rounds "
     "= "
     "5, metric = 'auc', try = {max_depth = {1, 3}, eta = {0.1, 0.3}}} "
     "print(r:count(), r:values('auc')[1] >= r:values('auc')[4])",
     "4\ttrue\n", 1},
    {"local r = xgb.tune{data = train, label = 'malignant', objective = 'binary:logistic', rounds "
     "= 4, trials = 7, metric = 'logloss', plot = true, early_stop = 3, try = {max_depth = {low = "
     "1, "
     "high = 6}, eta = {low = 0.05, high = 0.5, scale = 'Logarithmic'}}} "
     "print(r:count(), r:values('logloss')[1] <= r:values('logloss')[7], "
     "r:values('max_depth')[1] % 1)",
     "7\ttrue\t0\n", 2},
    {"local g = train:with('half', 'mean_radius > 13') local _, why = pcall(xgb.cv, {data = g, "
     "label = 'malignant', objective = 'binary:logistic', rounds = 2, group = 'half', folds = 3}) "
     "print(tostring(why):find('2 groups are too few for 3 folds') ~= nil)",
     "true\n", 1},
    {"p = data.read('penguins.csv') m = xgb.train{data = p, label = 'species', rounds = 5, "
     "objective = 'multi:softprob'} print(m:classes(), m:predict(p:head(1), {kind = 'class'}))",
     "{\"Adelie\", \"Chinstrap\", \"Gentoo\"}\t{\"Adelie\"}\n", 1},
    {"p = data.read('penguins.csv') m = xgb.train{data = p, label = 'island', positive = 'Biscoe', "
     "objective = 'binary:logistic', rounds = 5} print(m:classes())",
     "{\"not Biscoe\", \"Biscoe\"}\n", 1},
};

static void test_models(void **state)
{
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        struct lab *l = open_lab();
        struct str code = STR_INIT;

        str_printf(&code, "%s%s", CANCER, models[i].code);
        run(l, code.ptr, NULL);
        if (heard.error.len)
            fail_msg("%s\n  fails: %s", models[i].code, heard.error.ptr);
        if (strcmp(heard.text.ptr, models[i].prints) || heard.plots != models[i].plots)
            fail_msg("%s\n  prints   %s with %d plots\n  expected %s with %d", models[i].code,
                     heard.text.ptr, heard.plots, models[i].prints, models[i].plots);
        str_done(&code);
        lab_free(l);
    }
}

/* ---- errors -------------------------------------------------------------- */

static const struct {
    const char *code, *says, *plain;
    int line;
} errors[] = {
    {"x = 1\ndata.raed('x')", "did you mean data.read?", "", 2},
    {"data.read('penguin.csv')", "penguin.csv", "", 1},
    {"t = data.table{a = {1}}\nt:filtr('a')", "did you mean 'filter'?", "", 2},
    {"t = data.table{speed = {1}}\nt:filter('sped > 1')",
     "at character 1: there is no column 'sped'; did you mean 'speed'?", "", 2},
    {"data.table{a = {1}}:filter('a = 1')", "at character 3: to compare, write ==", "", 1},
    {"data.table{a = {1}}:filter('a >')", "ends too early", "", 1},
    {"data.table{a = {'x'}}:filter('a > 1')", "text is needed here, not a number", "", 1},
    {"data.table{a = {1}}:filter(\"lenth('x') > 1\")", "did you mean 'length'?", "", 1},
    {"data.generate{row = 5}", "there is no option 'row'; did you mean 'rows'?", "", 1},
    {"data.generate{rows = 'many'}", "option 'rows' should be a number, not text", "", 1},
    {"data.generate{rows = 1.5}", "a whole number", "", 1},
    {"data.split()", "the first value should be a table of data, not nothing", "", 1},
    {"t = data.table{a = {1}} t.head(3)", "call it with a colon, as t:head(...)", "", 1},
    {"data.table{a = {1}}:mean('b')", "there is no column 'b'", "", 1},
    {"data.table{a = {'x'}}:mean('a')", "holds words, not numbers", "", 1},
    {"data.table{a = {1, 2}, b = {1}}", "has 1 values, another has 2", "", 1},
    {"prnt(1)", "attempt to call a nil value", "Did you mean `print`?", 1},
    {"table_ = 1\nprint(tabel_.x)", "attempt to index a nil value", "Did you mean `table_`?", 2},
    {"x = \n\n= 3", "unexpected symbol near '='", "cannot make sense of this place", 3},
    {"if true then", "'end' expected near <eof>", "needs its own `end`", 1},
    {"print('a)", "unfinished string", "closing quote", 1},
    {"for i in {1} do end", "attempt to call a table value", "pairs(map), ipairs(list)", 1},
    {"print(nil .. 'x')", "attempt to concatenate a nil value", "joined with .. is empty", 1},
    {"error({code = 5})", "{code = 5}", "", 0},
    {"local function f() error('deep') end\nf()", "deep", "", 1},
    {"sts.whoami()", "works on the targets practice,aws; this step runs on local", "", 1},
    {"lab.help('data.spilt')", "did you mean 'data.split'?", "", 1},
    {"lab.parse_json('{')", "", "", 1},
    {"lab.json({1, a = 2})", "a list or a map, not both", "", 1},
};

static void test_errors(void **state)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct lab *l = open_lab();

        run(l, errors[i].code, NULL);
        if (!heard.error.len || !strstr(heard.error.ptr, errors[i].says))
            fail_msg("%s\n  says     %s\n  expected %s", errors[i].code, heard.error.ptr,
                     errors[i].says);
        if (!strstr(heard.plain.ptr, errors[i].plain))
            fail_msg("%s\n  in plain words %s\n  expected       %s", errors[i].code,
                     heard.plain.ptr, errors[i].plain);
        if (errors[i].line && heard.line != errors[i].line)
            fail_msg("%s\n  at line %d, expected %d", errors[i].code, heard.line, errors[i].line);
        lab_free(l);
    }
}

/* ---- checks -------------------------------------------------------------- */

static const struct {
    const char *code, *check, *verdict;
    bool passed;
} checks[] = {
    {"x = 1", "check.equal(x, 1, 'no')", "Right.", true},
    {"x = 1", "check.equal(x, 2, 'no')", "no (found 1, expected 2)", false},
    {"x = {1, {a = 2}}", "check.equal(x, {1, {a = 2}})", "Right.", true},
    {"", "check.equal(x, 2, 'give x a value')", "give x a value (found nothing, expected 2)",
     false},
    {"x = 0.5", "check.near(x, 0.51, 0.02) check.note('well') check.note('done')", "well done",
     true},
    {"x = 0.5", "check.between(x, 0.6, 1, 'no')", "no (found 0.5, expected from 0.6 to 1)", false},
    {"x = 'a'", "check.at_least(x, 1, 'no')", "no (found a, expected a number)", false},
    {"x = 0 / 0", "check.at_most(x, 1, 'no')", "no (found", false},
    {"lab.metric('auc', 0.9)", "check.metric('auc', 0.95, 'no')",
     "no (found 0.9, expected at least 0.95)", false},
    {"", "check.metric('auc', 0.95)", "was not shown", false},
    {"t = data.table{a = {1}}", "check.columns(t, {'a', 'b'})", "the column 'b' is missing", false},
    {"t = data.table{a = {1}}", "check.rows(t, 1) check.kind(t, 'table')", "Right.", true},
    {"", "check.defined('model')", "there is no 'model' yet", false},
    {"print('hello')", "check.prints('hello') check.contains({1, 2}, 2)", "Right.", true},
    {"lab.write('written', 'x')", "check.file('written') check.file('other')",
     "the file 'other' was not written", false},
    {"f = function() error('AccessDenied: no') end", "check.fails(f, 'AccessDenied')", "Right.",
     true},
    {"f = function() end", "check.fails(f)", "should have failed", false},
    {"x = 1", "check.that(y.z, 'no')", "attempt to index a nil value (global 'y')", false},
    {"check = {equal = print}", "check.equal(1, 2, 'still judged')",
     "still judged (found 1, expected 2)", false},
};

static void test_checks(void **state)
{
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct lab *l = open_lab();

        run(l, checks[i].code, checks[i].check);
        if (!strstr(heard.verdict.ptr, checks[i].verdict) || heard.passed != checks[i].passed)
            fail_msg("%s\n  verdict  %s\n  expected %s", checks[i].check, heard.verdict.ptr,
                     checks[i].verdict);
        lab_free(l);
    }
}

/* ---- plots and the reference --------------------------------------------- */

/* What an earlier run has shown is no answer to this one's check. */
static void test_metrics_are_of_the_run(void **state)
{
    struct lab *l = open_lab();

    run(l, "lab.metric('auc', 0.9)", "check.metric('auc', 0.5)");
    assert_true(heard.passed);
    run(l, "print('nothing shown')", "check.metric('auc', 0.5)");
    assert_false(heard.passed);
    assert_non_null(strstr(heard.verdict.ptr, "was not shown"));
    lab_free(l);
}

static void test_plots_are_safe_svg(void **state)
{
    struct lab *l = open_lab();

    run(l,
        "t = data.table({'<b>', 'y', 'g'}, {{1, 2, '<script>'}, {2, 5, '&'}, {3, nil, '&'}}) "
        "plot.line(t, {x = '<b>', y = 'y', title = '\\27[2J</title><script>alert(1)</script>'}) "
        "plot.scatter(t, {x = '<b>', y = 'y', by = 'g'}) "
        "plot.histogram(t, {x = 'y', bins = 3}) "
        "plot.bar(t:head(2), {x = 'g', y = 'y'})",
        NULL);
    assert_string_equal(heard.error.ptr, "");
    assert_int_equal(heard.plots, 4);
    assert_null(strstr(heard.svg.ptr, "<script"));
    assert_null(strchr(heard.svg.ptr, '\x1b'));
    assert_null(strstr(heard.svg.ptr, "style="));
    assert_null(strstr(heard.svg.ptr, "nan"));
    assert_non_null(strstr(heard.svg.ptr, "role=\"img\""));
    lab_free(l);
}

/* What is missing has no bar and is called so, in the picture and in the terminal. */
static void test_missing_bars(void **state)
{
    struct lab *l = open_lab();

    run(l,
        "plot.bar(data.table({'name', 'n'}, {{'a', nil}, {'b', 2}, {'c', -4}}), "
        "{x = 'name', y = 'n'})",
        NULL);
    assert_non_null(strstr(heard.drawn.ptr, "a    |missing\n"));
    assert_non_null(strstr(heard.drawn.ptr, "c    #################################### -4\n"));
    assert_null(strstr(heard.drawn.ptr, "nan"));
    assert_non_null(strstr(heard.svg.ptr, ">missing<"));
    assert_null(strstr(heard.svg.ptr, "nan"));
    lab_free(l);
}

static void test_examples_are_lua(void **state)
{
    struct lab *l = open_lab();

    for (const struct lab_library *const *lib = lab_libraries(); *lib; lib++)
        for (size_t i = 0; i < (*lib)->count; i++) {
            const struct lab_entry *e = &(*lib)->entries[i];
            struct str code = STR_INIT;

            assert_non_null(e->example);
            assert_true(strlen(e->summary) > 8);
            assert_non_null(strstr(e->signature, lab_entry_short(e)));
            str_printf(&code, "local function example(...)\n%s\nend", e->example);
            run(l, code.ptr, NULL);
            if (heard.error.len)
                fail_msg("the example of %s: %s", e->name, heard.error.ptr);
            str_done(&code);
        }
    lab_free(l);
}

static void test_a_million_rows(void **state)
{
    struct lab *l = open_lab();

    run(l,
        "t = data.generate{rows = 1000000, columns = 2} "
        "print(t:filter('x0 > 0 and x1 < 0'):count() > 200000, "
        "t:group('label'):mean('x0'):count(), t:with('z', 'x0 * x1'):mean('z') < 1)",
        NULL);
    assert_string_equal(heard.error.ptr, "");
    assert_string_equal(heard.text.ptr, "true\t2\ttrue\n");
    lab_free(l);
}

static int close_all(void **state)
{
    forget();
    str_done(&heard.text);
    str_done(&heard.error);
    str_done(&heard.plain);
    str_done(&heard.verdict);
    str_done(&heard.written);
    str_done(&heard.svg);
    str_done(&heard.drawn);
    return 0;
}

static int open_all(void **state)
{
    str_init(&heard.text);
    str_init(&heard.error);
    str_init(&heard.plain);
    str_init(&heard.verdict);
    str_init(&heard.written);
    str_init(&heard.svg);
    str_init(&heard.drawn);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prints),
        cmocka_unit_test(test_models),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_metrics_are_of_the_run),
        cmocka_unit_test(test_plots_are_safe_svg),
        cmocka_unit_test(test_missing_bars),
        cmocka_unit_test(test_examples_are_lua),
        cmocka_unit_test(test_a_million_rows),
    };

    return cmocka_run_group_tests(tests, open_all, close_all);
}
