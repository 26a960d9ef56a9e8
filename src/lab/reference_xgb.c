/* The lab's libraries `xgb`, `plot` and `check`, and what a model can do. */
#include "lab/calls.h"

#define EVERYWHERE (TARGET_LOCAL | TARGET_PRACTICE | TARGET_AWS)

/* Options that every call which trains has. */
#define TRAIN_OPTIONS                                                                              \
    "data: the table to learn from (required)\n"                                                   \
    "label: the column to predict (required)\n"                                                    \
    "positive: the label's value that counts as 1, where the label is one of two words\n"          \
    "ignore: columns that the model may not use\n"                                                 \
    "weight: the column that says how much each row counts\n"                                      \
    "rounds: how many rounds of trees (10)\n"                                                      \
    "seed: another seed, other random choices (0)\n"                                               \
    "threads: how many threads may work (all); the result is the same\n"

/* Options of cross-validation. */
#define CV_OPTIONS                                                                                 \
    "group: the column whose equal values (a patient, a day) stay in one part; the model may not " \
    "use it\n"                                                                                     \
    "query: the column of group ids, for ranking; a query stays in one part\n"                     \
    "stratify: false deals rows without regard to classes (true)\n"                                \
    "early_stop: stop when the mean has not improved for so many rounds\n"

static const struct lab_entry xgb_entries[] = {
    ENTRY("xgb.train", xgb_train, "xgb.train{options} -> model",
          "Train an XGBoost model. Every option that is not named here is one of XGBoost's own "
          "parameters, such as objective, eta, max_depth, eval_metric.",
          TRAIN_OPTIONS
          "evals: tables to measure the model on after each round, {name = table}; the curve is "
          "drawn\n"
          "early_stop: stop when the last of evals has not improved for so many rounds\n"
          "query: the column of group ids, for ranking\n"
          "start: a model to go on from\n"
          "plot: false draws no curve (true)",
          "model = xgb.train{\n  data = train, label = \"damage\", rounds = 60,\n"
          "  objective = \"binary:logistic\", max_depth = 4, eta = 0.2,\n"
          "  evals = {held_out = test},\n}"),
    ENTRY(
        "xgb.evaluate", xgb_evaluate, "xgb.evaluate(model, table, metrics) -> map",
        "Measure the model on a table: XGBoost's metrics by name, such as auc, aucpr, logloss, "
        "error, "
        "error@0.3, rmse, mae, mlogloss, merror, ndcg. One name gives a number, a list gives a map "
        "from name to number.",
        NULL, "score = xgb.evaluate(model, test, {\"auc\", \"logloss\"})\nprint(score.auc)"),
    ENTRY("xgb.predict", xgb_predict, "xgb.predict(model, table, {options}) -> list",
          "Score each row; the same as model:predict.",
          "kind: \"value\" (probability, mean; the default), \"class\", \"margin\", \"leaf\" or "
          "\"contrib\"\n"
          "threshold: with kind = \"class\" and two classes: from which probability on it is the "
          "second "
          "(0.5)\n"
          "rounds: use only the first so many rounds",
          "risk = xgb.predict(model, test)"),
    ENTRY("xgb.confusion", xgb_confusion, "xgb.confusion(model, table, {options}) -> table",
          "Count rows by true class (down) and predicted class (across).",
          "threshold: from which probability on it is the second class (0.5)",
          "xgb.confusion(model, test, {threshold = 0.3}):show()"),
    ENTRY("xgb.cv", xgb_cv, "xgb.cv{options} -> table",
          "Cross-validation: train several times, each time judged on another part of the rows. "
          "Gives a "
          "row for each round with mean and deviation of each metric.",
          TRAIN_OPTIONS CV_OPTIONS
          "folds: into how many parts the rows are cut (5)\n"
          "metric: the one that early_stop watches and the curve shows (the last)\n"
          "plot: false draws no curve (true)",
          "result = xgb.cv{data = birds, label = \"damage\", rounds = 40,\n"
          "  objective = \"binary:logistic\", eval_metric = \"auc\", folds = 5}\n"
          "result:tail(1):show()"),
    ENTRY("xgb.tune", xgb_tune, "xgb.tune{options} -> table",
          "Try several settings and compare them by cross-validation, the best first.",
          TRAIN_OPTIONS CV_OPTIONS
          "try: the settings: {max_depth = {2, 4, 6}, eta = {0.1, 0.3}}; {low = 0.01, high = 0.3} "
          "is a "
          "range to choose from, to which scale = \"Linear\" or \"Logarithmic\" can be added\n"
          "trials: how many settings to try; left out, all combinations are\n"
          "strategy: how they are chosen: \"bayesian\" (from what the trials before gave; the "
          "default), "
          "\"random\" or \"grid\"\n"
          "metric: what to compare (the objective's own)\n"
          "folds: parts of the cross-validation (3)\n"
          "plot: true draws the search (false)",
          "best = xgb.tune{data = train, label = \"damage\", rounds = 40, objective = "
          "\"binary:logistic\",\n"
          "  metric = \"auc\", try = {max_depth = {2, 4, 6}, eta = {0.1, 0.3}}}\nbest:show()"),
    ENTRY(
        "xgb.explain", xgb_explain, "xgb.explain(model, table) -> table",
        "How much each feature moved each prediction, up or down (SHAP values), and the base from "
        "which they start. They add up to the margin.",
        NULL, "why = xgb.explain(model, test:head(1))\nwhy:show()"),
    ENTRY(
        "xgb.save", xgb_save, "xgb.save(model, file)",
        "Write the model into the lab's own folder; XGBoost and SageMaker can read it. A name that "
        "ends in .ubj gives the binary form.",
        NULL, "xgb.save(model, \"model.json\")"),
    ENTRY("xgb.load", xgb_load, "xgb.load(file, {options}) -> model",
          "Read a model: XGBoost's JSON and UBJSON, its old binary form, a pickle, or SageMaker's "
          "model.tar.gz.",
          "label: the column that it predicts, for xgb.evaluate and the like; a model that was not "
          "trained here does not say\n"
          "positive: the word of that column that counts as 1",
          "model = xgb.load(\"model.tar.gz\", {label = \"damage\"})"),
};

static const struct lab_entry model_entries[] = {
    ENTRY(
        "model:predict", xgb_predict, "model:predict(table, {options}) -> list",
        "Score each row: a list with one number for each row, in order. A model of several classes "
        "gives a table with a column for each class.",
        "kind: \"value\" (probability, mean; the default), \"class\", \"margin\", \"leaf\" or "
        "\"contrib\"\n"
        "threshold: with kind = \"class\" and two classes: from which probability on it is the "
        "second "
        "(0.5)\n"
        "rounds: use only the first so many rounds",
        "risk = model:predict(test)\ntest:with(\"risk\", risk):head(5):show()"),
    ENTRY("model:evaluate", xgb_evaluate, "model:evaluate(table, metrics) -> map",
          "The same as xgb.evaluate.", NULL, "print(model:evaluate(test, \"auc\"))"),
    ENTRY("model:importance", model_importance, "model:importance(kind) -> list",
          "The features by importance, the highest first: {{feature = \"speed\", value = 12.5}, "
          "...}. "
          "Kinds: gain (the default), weight, cover, total_gain, total_cover.",
          NULL, "print(model:importance(\"gain\")[1].feature)"),
    ENTRY("model:rounds", model_rounds, "model:rounds() -> number",
          "How many rounds the model has.", NULL, "print(model:rounds())"),
    ENTRY("model:best_round", model_best_round, "model:best_round() -> number",
          "The best round, counted from 1, where training stopped early; else nil.", NULL,
          "print(model:best_round())"),
    ENTRY("model:trees", model_trees, "model:trees() -> number", "How many trees it has.", NULL,
          "print(model:trees())"),
    ENTRY("model:features", model_features, "model:features() -> list",
          "The names of the features, in order.", NULL,
          "print(table.concat(model:features(), \", \"))"),
    ENTRY("model:classes", model_classes, "model:classes() -> list",
          "The words of the label, where it was one.", NULL, "print(model:classes()[1])"),
    ENTRY("model:objective", model_objective, "model:objective() -> text",
          "What the model was trained for.", NULL, "print(model:objective())"),
    ENTRY("model:history", model_history, "model:history() -> table",
          "What was measured after each round of training, as a table; empty for a model from a "
          "file.",
          NULL, "model:history():tail(1):show()"),
    ENTRY("model:explain", xgb_explain, "model:explain(table) -> table", "The same as xgb.explain.",
          NULL, "model:explain(test:head(3)):show()"),
    ENTRY("model:save", xgb_save, "model:save(file)", "The same as xgb.save.", NULL,
          "model:save(\"model.json\")"),
};

/* Options that every plot has. */
#define PLOT_OPTIONS "title: a line above the plot"
#define AXIS_OPTIONS                                                                               \
    "x_label: words at the horizontal axis\n"                                                      \
    "y_label: words at the vertical axis\n" PLOT_OPTIONS

static const struct lab_entry plot_entries[] = {
    ENTRY("plot.line", plot_line, "plot.line(table, {options})",
          "A line through points, in the table's order.",
          "x: the column along the bottom; row numbers if left out\n"
          "y: a column, or a list of columns, each a line (required)\n"
          "by: a column of words, each a line of its own\n" AXIS_OPTIONS,
          "plot.line(months, {x = \"month\", y = {\"old_model\", \"new_model\"}})"),
    ENTRY("plot.scatter", plot_scatter, "plot.scatter(table, {options})",
          "A point for each row; of a large table, a sample.",
          "x: the column along the bottom (required)\n"
          "y: the column up the side (required)\n"
          "by: a column whose values get colours of their own\n" AXIS_OPTIONS,
          "plot.scatter(penguins, {x = \"body_mass_g\", y = \"flipper_length_mm\", by = "
          "\"species\"})"),
    ENTRY(
        "plot.bar", plot_bar, "plot.bar(table, {options})", "A bar for each row.",
        "x: the column that names the bars (required)\n"
        "y: the column of their lengths (required)\n" AXIS_OPTIONS,
        "plot.bar(birds:group(\"phase\"):mean(\"damage\"), {x = \"phase\", y = \"mean_damage\"})"),
    ENTRY("plot.histogram", plot_histogram, "plot.histogram(table, {options})",
          "How often values fall into each range.",
          "x: the column (required)\n"
          "by: a column whose values get outlines of their own\n"
          "bins: how many ranges (20)\n" AXIS_OPTIONS,
          "plot.histogram(birds, {x = \"speed\", by = \"damage\"})"),
    ENTRY("plot.roc", plot_roc, "plot.roc(model, table, {options})",
          "The ROC curve: for each threshold, how many positives are found against how many false "
          "alarms.",
          PLOT_OPTIONS, "plot.roc(model, test)"),
    ENTRY("plot.precision_recall", plot_precision_recall,
          "plot.precision_recall(model, table, {options})",
          "For each threshold, how many positives are found against how many alarms are right.",
          PLOT_OPTIONS, "plot.precision_recall(model, test)"),
    ENTRY("plot.confusion", plot_confusion, "plot.confusion(model, table, {options})",
          "True classes against predicted ones, counted.",
          "threshold: from which probability on it is the second class (0.5)\n" PLOT_OPTIONS,
          "plot.confusion(model, test, {threshold = 0.3})"),
    ENTRY("plot.calibration", plot_calibration, "plot.calibration(model, table, {options})",
          "Of the rows given a probability near p, which share is really positive? A good model "
          "follows "
          "the diagonal.",
          "bins: how many groups of rows (10)\n" PLOT_OPTIONS, "plot.calibration(model, test)"),
    ENTRY("plot.learning_curve", plot_learning_curve, "plot.learning_curve(model, {options})",
          "What was measured after each round of training. Training draws it by itself when it has "
          "`evals`.",
          "metric: which one, where there are several (the last)\n" PLOT_OPTIONS,
          "plot.learning_curve(model)"),
    ENTRY("plot.importance", plot_importance, "plot.importance(model, {options})",
          "The most important features as bars.",
          "top: how many (10)\n"
          "kind: gain (the default), weight, cover, total_gain, total_cover\n" PLOT_OPTIONS,
          "plot.importance(model, {top = 8})"),
    ENTRY("plot.shap", plot_shap, "plot.shap(model, table, {options})",
          "A point for each row and feature: how far it moved the prediction, coloured by the "
          "feature's "
          "value.",
          "top: how many features (8)\n" PLOT_OPTIONS, "plot.shap(model, test)"),
    ENTRY("plot.tree", plot_tree, "plot.tree(model, number, {options})",
          "One tree of the model, counted from 1.",
          "depth: how many levels to draw (3)\n" PLOT_OPTIONS, "plot.tree(model, 1)"),
};

static const struct lab_entry check_entries[] = {
    ENTRY("check.that", check_that, "check.that(condition, message)",
          "Fail with the message unless the condition holds.", NULL,
          "check.that(score.error > 0, \"judge it on the rows kept back\")"),
    ENTRY("check.equal", check_equal, "check.equal(found, expected, message)",
          "The two are equal; lists and maps are compared by what is in them.", NULL,
          "check.equal(test:count(), 143, \"the test set should have 143 rows\")"),
    ENTRY("check.near", check_near, "check.near(found, expected, tolerance, message)",
          "The two numbers differ by no more than the tolerance.", NULL,
          "check.near(auc, 0.99, 0.01, \"the AUC is not what it should be\")"),
    ENTRY("check.between", check_between, "check.between(found, low, high, message)",
          "low <= found <= high.", NULL, "check.between(share, 0.2, 0.3, \"about a quarter\")"),
    ENTRY("check.at_least", check_at_least, "check.at_least(found, smallest, message)",
          "The number is no smaller.", NULL,
          "check.at_least(auc, 0.95, \"the model should do better\")"),
    ENTRY("check.at_most", check_at_most, "check.at_most(found, largest, message)",
          "The number is no larger.", NULL,
          "check.at_most(loss, 0.2, \"the loss should be lower\")"),
    ENTRY("check.metric", check_metric, "check.metric(name, smallest, message)",
          "The step has shown this metric with lab.metric, and it is no smaller.", NULL,
          "check.metric(\"auc\", 0.95, \"the model should do better\")"),
    ENTRY("check.columns", check_columns, "check.columns(table, names, message)",
          "The table has all these columns.", NULL,
          "check.columns(scored, {\"id\", \"risk\"}, \"keep the id beside the risk\")"),
    ENTRY("check.rows", check_rows, "check.rows(table, number, message)",
          "The table has so many rows.", NULL,
          "check.rows(scored, test:count(), \"one prediction for each row\")"),
    ENTRY("check.defined", check_defined, "check.defined(name, message)",
          "The step has given a value to this name.", NULL,
          "check.defined(\"model\", \"call your model `model`\")"),
    ENTRY("check.kind", check_kind, "check.kind(value, kind, message)",
          "The value is of this kind: \"number\", \"string\", \"boolean\", \"list\", \"function\", "
          "\"table\" (of data), \"model\".",
          NULL, "check.kind(model, \"model\", \"train a model first\")"),
    ENTRY("check.contains", check_contains, "check.contains(text, part, message)",
          "The part stands in the text, or in the list.", NULL,
          "check.contains(model:features(), \"speed\", \"the model should use the speed\")"),
    ENTRY("check.prints", check_prints, "check.prints(part, message)",
          "The step has printed this text.", NULL,
          "check.prints(\"rows\", \"print how many rows\")"),
    ENTRY("check.file", check_file, "check.file(name, message)",
          "The lab has written this file, and it is not empty.", NULL,
          "check.file(\"predictions.csv\", \"write the predictions\")"),
    ENTRY("check.fails", check_fails, "check.fails(function, part, message)",
          "Calling the function fails, with this text in its error.", NULL,
          "check.fails(function() s3.list(\"other\") end, \"AccessDenied\", \"it should be "
          "refused\")"),
    ENTRY("check.note", check_note, "check.note(text)", "What to say when everything is right.",
          NULL, "check.note(\"Well done: that is honest.\")"),
};

const struct lab_library lab_library_xgb = {"xgb", LAB_LIBRARY,
                                            "XGBoost models: train, judge, use, explain.",
                                            EVERYWHERE, ENTRIES(xgb_entries)};
const struct lab_library lab_library_model = {"model", LAB_OBJECT,
                                              "What `xgb.train` and `xgb.load` give back.",
                                              EVERYWHERE, ENTRIES(model_entries)};
const struct lab_library lab_library_plot = {"plot", LAB_LIBRARY, "Pictures of data and models.",
                                             EVERYWHERE, ENTRIES(plot_entries)};
const struct lab_library lab_library_check = {
    "check", LAB_LIBRARY,
    "Judging a step. The first call that does not hold ends the check with its message.",
    EVERYWHERE, ENTRIES(check_entries)};
