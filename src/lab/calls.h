/*
 * The functions behind the tables of reference_*.c; internal to the lab. A
 * call's first upvalue is its entry, so that messages can name it.
 */
#ifndef LAB_CALLS_H
#define LAB_CALLS_H

#include "book/lesson.h"
#include "lab/reference.h"

#define CALL(name) call_##name
/* A line of a table; in a page what only lab.help says comes as a file (wasm/help.c). */
#ifdef LAB_IN_PAGE
#define ENTRY(name, call, signature, summary, options, example)                                    \
    {                                                                                              \
        name, CALL(call), signature, NULL, options, NULL                                           \
    }
#else
#define ENTRY(name, call, signature, summary, options, example)                                    \
    {                                                                                              \
        name, CALL(call), signature, summary, options, example                                     \
    }
#endif
#define ENTRIES(table) table, sizeof table / sizeof table[0]

int call_lab_metric(struct lua_State *L);
int call_lab_show(struct lua_State *L);
int call_lab_note(struct lua_State *L);
int call_lab_warn(struct lua_State *L);
int call_lab_progress(struct lua_State *L);
int call_lab_param(struct lua_State *L);
int call_lab_target(struct lua_State *L);
int call_lab_files(struct lua_State *L);
int call_lab_read(struct lua_State *L);
int call_lab_write(struct lua_State *L);
int call_lab_json(struct lua_State *L);
int call_lab_parse_json(struct lua_State *L);
int call_lab_seconds(struct lua_State *L);
int call_lab_help(struct lua_State *L);
int call_data_read(struct lua_State *L);
int call_data_parse(struct lua_State *L);
int call_data_table(struct lua_State *L);
int call_data_generate(struct lua_State *L);
int call_data_split(struct lua_State *L);
int call_table_count(struct lua_State *L);
int call_table_columns(struct lua_State *L);
int call_table_show(struct lua_State *L);
int call_table_head(struct lua_State *L);
int call_table_tail(struct lua_State *L);
int call_table_rows(struct lua_State *L);
int call_table_describe(struct lua_State *L);
int call_table_select(struct lua_State *L);
int call_table_drop(struct lua_State *L);
int call_table_rename(struct lua_State *L);
int call_table_filter(struct lua_State *L);
int call_table_with(struct lua_State *L);
int call_table_fill(struct lua_State *L);
int call_table_sort(struct lua_State *L);
int call_table_sample(struct lua_State *L);
int call_table_group(struct lua_State *L);
int call_table_join(struct lua_State *L);
int call_table_append(struct lua_State *L);
int call_table_one_hot(struct lua_State *L);
int call_table_values(struct lua_State *L);
int call_table_row(struct lua_State *L);
int call_table_each(struct lua_State *L);
int call_table_distinct(struct lua_State *L);
int call_table_mean(struct lua_State *L);
int call_table_sum(struct lua_State *L);
int call_table_min(struct lua_State *L);
int call_table_max(struct lua_State *L);
int call_table_median(struct lua_State *L);
int call_table_deviation(struct lua_State *L);
int call_table_missing(struct lua_State *L);
int call_table_write(struct lua_State *L);
int call_table_csv(struct lua_State *L);
int call_group_count(struct lua_State *L);
int call_group_share(struct lua_State *L);
int call_group_mean(struct lua_State *L);
int call_group_sum(struct lua_State *L);
int call_group_min(struct lua_State *L);
int call_group_max(struct lua_State *L);
int call_group_fold(struct lua_State *L);
int call_xgb_train(struct lua_State *L);
int call_xgb_evaluate(struct lua_State *L);
int call_xgb_predict(struct lua_State *L);
int call_xgb_confusion(struct lua_State *L);
int call_xgb_cv(struct lua_State *L);
int call_xgb_tune(struct lua_State *L);
int call_xgb_explain(struct lua_State *L);
int call_xgb_save(struct lua_State *L);
int call_xgb_load(struct lua_State *L);
int call_model_importance(struct lua_State *L);
int call_model_rounds(struct lua_State *L);
int call_model_best_round(struct lua_State *L);
int call_model_trees(struct lua_State *L);
int call_model_features(struct lua_State *L);
int call_model_classes(struct lua_State *L);
int call_model_objective(struct lua_State *L);
int call_model_history(struct lua_State *L);
int call_plot_line(struct lua_State *L);
int call_plot_scatter(struct lua_State *L);
int call_plot_bar(struct lua_State *L);
int call_plot_histogram(struct lua_State *L);
int call_plot_roc(struct lua_State *L);
int call_plot_precision_recall(struct lua_State *L);
int call_plot_confusion(struct lua_State *L);
int call_plot_calibration(struct lua_State *L);
int call_plot_learning_curve(struct lua_State *L);
int call_plot_importance(struct lua_State *L);
int call_plot_shap(struct lua_State *L);
int call_plot_tree(struct lua_State *L);
int call_check_that(struct lua_State *L);
int call_check_equal(struct lua_State *L);
int call_check_near(struct lua_State *L);
int call_check_between(struct lua_State *L);
int call_check_at_least(struct lua_State *L);
int call_check_at_most(struct lua_State *L);
int call_check_metric(struct lua_State *L);
int call_check_columns(struct lua_State *L);
int call_check_rows(struct lua_State *L);
int call_check_defined(struct lua_State *L);
int call_check_kind(struct lua_State *L);
int call_check_contains(struct lua_State *L);
int call_check_prints(struct lua_State *L);
int call_check_file(struct lua_State *L);
int call_check_fails(struct lua_State *L);
int call_check_note(struct lua_State *L);
int call_cloud(struct lua_State *L); /* every call of the cloud but these */
int call_aws_region(struct lua_State *L);
int call_sts_assume_role(struct lua_State *L);
int call_sts_leave_role(struct lua_State *L);

#endif
