/* The lab's libraries `lab` and `data`, and what a table and its groups can do. */
#include "lab/calls.h"

static const struct lab_entry lab_entries[] = {
    ENTRY("lab.metric", lab_metric, "lab.metric(name, value)",
          "Show a result by name. A check can ask for it, and `labbook test` compares it.", NULL,
          "lab.metric(\"auc\", 0.993)"),
    ENTRY("lab.show", lab_show, "lab.show(value)",
          "Show any value: a table as a table, a list or a map as text.", NULL,
          "lab.show({rounds = 60, depth = 3})"),
    ENTRY("lab.note", lab_note, "lab.note(text)", "Show a sentence in the output.", NULL,
          "lab.note(\"The model is ready.\")"),
    ENTRY("lab.warn", lab_warn, "lab.warn(text)", "Show a sentence as a warning.", NULL,
          "lab.warn(\"This column tells the answer.\")"),
    ENTRY("lab.progress", lab_progress, "lab.progress(done, total, label)",
          "Show how far a long piece of work has come.", NULL, "lab.progress(3, 10, \"months\")"),
    ENTRY("lab.param", lab_param, "lab.param(name, otherwise) -> value",
          "A parameter given from outside (`labbook run --param name=value`), or the value given "
          "here. "
          "It is a number where `otherwise` is one.",
          NULL, "rounds = lab.param(\"rounds\", 60)"),
    ENTRY("lab.target", lab_target, "lab.target() -> text",
          "Where this step runs: \"local\", \"practice\" or \"aws\".", NULL,
          "print(\"running on \" .. lab.target())"),
    ENTRY("lab.files", lab_files, "lab.files() -> list",
          "The names of the files that can be read: the book's data and what the lab has written.",
          NULL, "for _, name in ipairs(lab.files()) do print(name) end"),
    ENTRY("lab.read", lab_read, "lab.read(file) -> text",
          "A file as text: one of the lesson, of the book's data, or one that the lab has written.",
          NULL, "policy = lab.read(\"policy.json\")"),
    ENTRY("lab.write", lab_write, "lab.write(file, text)",
          "Write a text file into the lab's own folder.", NULL,
          "lab.write(\"note.txt\", \"done\\n\")"),
    ENTRY("lab.json", lab_json, "lab.json(value) -> text",
          "A value as JSON. Keys come in alphabetical order, so equal values give equal text.",
          NULL, "print(lab.json({Action = \"s3:GetObject\"}))"),
    ENTRY("lab.parse_json", lab_parse_json, "lab.parse_json(text) -> value",
          "JSON text as a Lua value.", NULL, "policy = lab.parse_json(lab.read(\"policy.json\"))"),
    ENTRY("lab.seconds", lab_seconds, "lab.seconds() -> number",
          "Seconds since the step began, to measure how long something takes.", NULL,
          "start = lab.seconds()\nmodel = xgb.train{data = train, label = \"damage\"}\n"
          "print(lab.seconds() - start < 60)"),
    ENTRY("lab.help", lab_help, "lab.help(name)",
          "Show what a call does: its options and an example. Without a name, list all.", NULL,
          "lab.help(\"data.split\")"),
};

static const struct lab_entry data_entries[] = {
    ENTRY("data.read", data_read, "data.read(file, {options}) -> table",
          "Read a CSV or JSON-lines file: one of the book's data, of the lesson, or one the lab "
          "wrote.",
          "delimiter: the character between fields; told from the first line if left out",
          "birds = data.read(\"birdstrikes.csv\")\nprint(birds:count())"),
    ENTRY("data.parse", data_parse, "data.parse(text) -> table", "CSV text as a table.", NULL,
          "t = data.parse(\"name,age\\nAda,36\\n\")"),
    ENTRY("data.table", data_table, "data.table(names, rows) -> table",
          "A table from a list of column names and a list of rows. With one argument, a map from "
          "column "
          "name to list of values; columns then come in alphabetical order.",
          NULL,
          "t = data.table({\"name\", \"age\"}, {{\"Ada\", 36}, {\"Alan\", 41}})\n"
          "u = data.table{age = {36, 41}, name = {\"Ada\", \"Alan\"}}"),
    ENTRY("data.generate", data_generate, "data.generate{options} -> table",
          "Make up data that a model can learn from: columns x0, x1, ... and `label`.",
          "rows: how many (1000)\n"
          "columns: how many features (10)\n"
          "kind: of the label: \"binary\", \"classes\" or \"number\" (\"binary\")\n"
          "classes: with kind = \"classes\", how many (3)\n"
          "missing: share of values left out, 0 to 1 (0)\n"
          "seed: another seed gives other data (1)",
          "t = data.generate{rows = 10000, columns = 5, seed = 3}"),
    ENTRY("data.split", data_split, "data.split(table, {options}) -> train, test",
          "Cut the rows into two tables at random: one to learn from, one to judge on.",
          "test: share of the rows that goes to the second table (0.25)\n"
          "by: a column whose proportions both tables keep\n"
          "seed: another seed gives another split (1)",
          "train, test = data.split(birds, {test = 0.2, by = \"damage\", seed = 7})"),
};

static const struct lab_entry table_entries[] = {
    ENTRY("table:count", table_count, "table:count() -> number", "How many rows there are.", NULL,
          "print(birds:count())"),
    ENTRY("table:columns", table_columns, "table:columns() -> list",
          "The names of the columns, in order.", NULL, "print(#birds:columns())"),
    ENTRY("table:show", table_show, "table:show(rows)",
          "Show the table in the output: 20 rows, or as many as you say.", NULL, "birds:show(5)"),
    ENTRY("table:head", table_head, "table:head(n) -> table", "The first n rows (10).", NULL,
          "birds:head(3):show()"),
    ENTRY("table:tail", table_tail, "table:tail(n) -> table", "The last n rows (10).", NULL,
          "birds:tail(3):show()"),
    ENTRY("table:rows", table_rows, "table:rows(first, last) -> table",
          "The rows from first to last, counted from 1.", NULL, "birds:rows(11, 20):show()"),
    ENTRY("table:describe", table_describe, "table:describe() -> table",
          "A row for each column: missing values, distinct values, mean, deviation, smallest, "
          "median, "
          "largest, most frequent.",
          NULL, "birds:describe():show()"),
    ENTRY("table:select", table_select, "table:select{names} -> table",
          "These columns only, in this order.", NULL,
          "birds:select{\"speed\", \"damage\"}:show(3)"),
    ENTRY("table:drop", table_drop, "table:drop{names} -> table", "All columns but these.", NULL,
          "honest = birds:drop{\"cost_repair\", \"cost_other\"}"),
    ENTRY("table:rename", table_rename, "table:rename{old = new} -> table",
          "Columns with other names.", NULL, "t = birds:rename{speed = \"knots\"}"),
    ENTRY(
        "table:filter", table_filter, "table:filter(expression) -> table",
        "The rows for which an expression holds. An expression names columns and may use + - * / "
        "%, "
        "< <= == ~= >= >, and, or, not, in, numbers, 'words', and functions: abs, sqrt, log, exp, "
        "floor, ceil, round, min, max, missing, contains, starts, lower, upper, length, if. A name "
        "with spaces stands in [brackets]. Instead of an expression a function can be given, which "
        "gets each row; that is slower.",
        NULL,
        "fast = birds:filter(\"speed > 150 and wildlife_size == 'Large'\")\n"
        "some = birds:filter(function(row) return row.month == 7 end)"),
    ENTRY("table:with", table_with, "table:with(name, values) -> table",
          "The table with one more column (or another in its place): an expression over its "
          "columns, a "
          "list with one value for each row, one value for all, or a function that gets each row.",
          NULL,
          "t = birds:with(\"night\", \"time_of_day == 'Night'\")\nt = test:with(\"risk\", "
          "model:predict(test))"),
    ENTRY("table:fill", table_fill, "table:fill(name, value) -> table",
          "Missing values of a column replaced by a value, or by its \"mean\" or \"median\".", NULL,
          "t = birds:fill(\"speed\", \"median\")"),
    ENTRY("table:sort", table_sort, "table:sort(name, {options}) -> table",
          "The rows in order of a column; rows without a value come last.",
          "descending: true puts the largest first",
          "birds:sort(\"speed\", {descending = true}):show(3)"),
    ENTRY("table:sample", table_sample, "table:sample(n, {options}) -> table",
          "n rows drawn at random, in the table's order.",
          "seed: another seed gives other rows (1)", "birds:sample(100, {seed = 3})"),
    ENTRY("table:group", table_group, "table:group(names) -> group",
          "Put rows with equal values together. Then ask the group for count, mean, sum, min, max.",
          NULL,
          "birds:group(\"wildlife_size\"):count():show()\n"
          "birds:group{\"phase\", \"time_of_day\"}:mean(\"damage\"):show()"),
    ENTRY("table:join", table_join, "table:join(other, {options}) -> table",
          "Each row with the columns of the other table's row that has the same key.",
          "on: the column that both have\n"
          "left: the key's name here, where the names differ\n"
          "right: the key's name in the other table\n"
          "keep_all: true keeps rows that have no partner, with missing values",
          "t = scored:join(names, {on = \"id\"})"),
    ENTRY("table:append", table_append, "table:append(other) -> table",
          "The rows of both tables, one under the other. Both need the same columns.", NULL,
          "all = january:append(february)"),
    ENTRY("table:one_hot", table_one_hot, "table:one_hot(names) -> table",
          "A column of words as one column of 0 and 1 for each word.", NULL,
          "t = penguins:one_hot(\"island\")"),
    ENTRY("table:values", table_values, "table:values(name) -> list",
          "A column as a list; a missing value is false.", NULL,
          "speeds = birds:values(\"speed\")\nprint(speeds[1])"),
    ENTRY("table:row", table_row, "table:row(i) -> map", "One row as a map from name to value.",
          NULL, "print(birds:row(1).airport)"),
    ENTRY("table:each", table_each, "for i, row in table:each() do",
          "Go through the rows one by one. Expressions are faster.", NULL,
          "for i, row in birds:head(3):each() do print(i, row.airport) end"),
    ENTRY("table:distinct", table_distinct, "table:distinct(name) -> list",
          "The different values of a column, in order.", NULL,
          "print(table.concat(birds:distinct(\"phase\"), \", \"))"),
    ENTRY("table:mean", table_mean, "table:mean(name) -> number",
          "The mean of a column of numbers; missing values do not count.", NULL,
          "print(birds:mean(\"speed\"))"),
    ENTRY("table:sum", table_sum, "table:sum(name) -> number", "The sum of a column.", NULL,
          "print(birds:sum(\"cost_total\"))"),
    ENTRY("table:min", table_min, "table:min(name) -> number", "The smallest value of a column.",
          NULL, "print(birds:min(\"speed\"))"),
    ENTRY("table:max", table_max, "table:max(name) -> number", "The largest value of a column.",
          NULL, "print(birds:max(\"speed\"))"),
    ENTRY("table:median", table_median, "table:median(name) -> number",
          "The middle value of a column.", NULL, "print(birds:median(\"speed\"))"),
    ENTRY("table:deviation", table_deviation, "table:deviation(name) -> number",
          "The standard deviation of a column.", NULL, "print(birds:deviation(\"speed\"))"),
    ENTRY("table:missing", table_missing, "table:missing(name) -> number",
          "How many rows have no value in a column.", NULL, "print(birds:missing(\"speed\"))"),
    ENTRY("table:write", table_write, "table:write(file, {options})",
          "Write the table as CSV into the lab's own folder.",
          "header: false leaves the line of names out, as SageMaker's XGBoost wants it (true)\n"
          "first: a column to put first, as SageMaker's XGBoost wants the label",
          "scored:write(\"predictions.csv\")\n"
          "train:write(\"train.csv\", {header = false, first = \"damage\"})"),
    ENTRY("table:csv", table_csv, "table:csv({options}) -> text", "The table as CSV text.",
          "header: false leaves the line of names out (true)", "print(t:csv())"),
};

static const struct lab_entry group_entries[] = {
    ENTRY("group:count", group_count, "group:count() -> table", "How many rows each group has.",
          NULL, "birds:group(\"phase\"):count():show()"),
    ENTRY("group:share", group_share, "group:share() -> table",
          "How many rows each group has, and its share of all rows.", NULL,
          "birds:group(\"damage\"):share():show()"),
    ENTRY("group:mean", group_mean, "group:mean(names) -> table",
          "The mean of one or several columns in each group.", NULL,
          "birds:group(\"phase\"):mean(\"damage\"):show()"),
    ENTRY("group:sum", group_sum, "group:sum(names) -> table", "The sum of columns in each group.",
          NULL, "birds:group(\"state\"):sum(\"cost_total\"):show()"),
    ENTRY("group:min", group_min, "group:min(names) -> table",
          "The smallest value of columns in each group.", NULL,
          "birds:group(\"phase\"):min(\"speed\"):show()"),
    ENTRY("group:max", group_max, "group:max(names) -> table",
          "The largest value of columns in each group.", NULL,
          "birds:group(\"phase\"):max(\"speed\"):show()"),
    ENTRY("group:fold", group_fold, "group:fold{mean = names, ...} -> table",
          "Several questions at once: the count, and for each of mean, sum, min, max the columns "
          "asked "
          "for.",
          "mean: a column or a list of columns\nsum: a column or a list of columns\n"
          "min: a column or a list of columns\nmax: a column or a list of columns",
          "birds:group(\"phase\"):fold{mean = {\"damage\", \"speed\"}, max = \"speed\"}:show()"),
};

#define EVERYWHERE (TARGET_LOCAL | TARGET_PRACTICE | TARGET_AWS)

const struct lab_library lab_library_lab = {"lab", LAB_LIBRARY,
                                            "The lab itself: results, files, parameters, help.",
                                            EVERYWHERE, ENTRIES(lab_entries)};
const struct lab_library lab_library_data = {"data", LAB_LIBRARY, "Tables: read, make up, split.",
                                             EVERYWHERE, ENTRIES(data_entries)};
const struct lab_library lab_library_table = {
    "table", LAB_OBJECT,
    "What `data.read` and its like give back. A table never changes: each call that shapes it "
    "gives a new one, so calls can be chained.",
    EVERYWHERE, ENTRIES(table_entries)};
const struct lab_library lab_library_group = {"group", LAB_OBJECT,
                                              "What `table:group` gives back: ask it for a table.",
                                              EVERYWHERE, ENTRIES(group_entries)};
