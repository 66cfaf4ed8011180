/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a model beside naive forecasts: from losses with a known answer, and from a file. */
#include "forecast/scores/evaluate.h"
#include "forecast/statistics/skill.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"
#include "tests/small_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 200, HORIZON = 4 };

/* A model and two naive forecasts; edge: by how much the model's loss is lower than the first one's. */
static fc_evaluation evaluate(size_t windows, double edge, double spread)
{
    double losses[3][MOST];
    fc_evaluation e = {.score_count = 3, .horizon = HORIZON, .windows = {0, windows, 14, HORIZON}};
    static const char *const names[] = {"model", "repeat-last", "seasonal-naive"};
    for (size_t t = 0; t < windows; t++) {
        losses[1][t] = 1 + 0.1 * nn_random_uniform(2, t);
        losses[0][t] = losses[1][t] - edge + spread * (nn_random_uniform(1, t) - 0.5);
        losses[2][t] = losses[1][t] + 1;
    }
    for (int i = 0; i < 3; i++) {
        fc_entry *s = &e.scores[i];
        strcpy(s->name, names[i]);
        for (size_t t = 0; t < windows; t++)
            s->all.mse += losses[i][t] / (double)windows;
        const fc_dm dm = fc_compare(losses[0], losses[i], windows, HORIZON);
        s->dm = dm.statistic;
        s->p = dm.p;
    }
    fc_pronounce(&e);
    return e;
}

static void says(const fc_evaluation *e, const char *words)
{
    if (!strstr(e->verdict, words))
        fail_msg("'%s' is not in: %s", words, e->verdict);
}

static void test_a_win(void **state)
{
    (void)state;
    fc_evaluation e = evaluate(MOST, 0.1, 0.3);
    assert_true(e.beats_naive);
    assert_int_equal(e.best_naive, 1);
    assert_true(isnan(e.scores[0].dm) && isnan(e.scores[0].p));
    assert_true(e.scores[1].dm < 0 && e.scores[1].p < 0.001);
    assert_true(e.scores[2].dm < 0 && e.scores[2].p < 0.001);
    says(&e, "model beats the best naive forecast, repeat-last: MSE ");
    says(&e, "% lower (p < 0.001).");
    e.scores[0].all.mae = 2;
    e.scores[1].all.mae = 1;
    fc_pronounce(&e);
    says(&e, "(p < 0.001), but its MAE is higher.");
}

static void test_chance(void **state)
{
    (void)state;
    fc_evaluation e = evaluate(MOST, 0.02, 1);
    assert_true(e.scores[0].all.mse < e.scores[1].all.mse);
    assert_true(e.scores[1].p > 0.05);
    assert_false(e.beats_naive);
    says(&e, "lower than that of the best naive forecast, repeat-last, ");
    says(&e, "but the difference may be chance (p = 0.");
    assert_null(strstr(e.verdict, "beats"));
}

static void test_a_loss(void **state)
{
    (void)state;
    fc_evaluation e = evaluate(MOST, -0.1, 0.3);
    assert_false(e.beats_naive);
    assert_true(e.scores[1].dm > 0 && e.scores[1].p < 0.05);
    says(&e, "model does NOT beat the naive forecast repeat-last: ");
    says(&e, "% higher (p < 0.001). Repeating the last value forecasts better here.");
    e = evaluate(MOST, -0.02, 0.6);
    assert_true(e.scores[0].all.mse > e.scores[1].all.mse && e.scores[1].p > 0.05);
    says(&e, "Repeating the last value forecasts as well here.");
}

static void test_few_windows(void **state)
{
    (void)state;
    fc_evaluation e = evaluate(5 * HORIZON - 1, 0.2, 0.3);
    assert_true(isnan(e.scores[1].p) && isnan(e.scores[2].p));
    assert_true(e.beats_naive); /* by the MSE alone */
    says(&e, "% lower (p not defined: 19 windows are too few for a horizon of 4).");
    e = evaluate(5 * HORIZON, 0.2, 0.3);
    assert_false(isnan(e.scores[1].p));
}

static void test_no_difference(void **state)
{
    (void)state;
    fc_evaluation e = evaluate(MOST, 0, 0);
    assert_true(isnan(e.scores[1].p));
    assert_false(e.beats_naive);
    says(&e, " (p not defined). Repeating the last value forecasts as well here.");
}

/* Windows without a known value are no windows. */
static void test_missing_windows(void **state)
{
    (void)state;
    double a[MOST], b[MOST], kept_a[MOST], kept_b[MOST];
    size_t kept = 0;
    for (size_t t = 0; t < MOST; t++) {
        a[t] = nn_random_uniform(5, t);
        b[t] = nn_random_uniform(6, t);
        if (t % 3 == 0)
            a[t] = b[t] = NAN;
        else {
            kept_a[kept] = a[t];
            kept_b[kept++] = b[t];
        }
    }
    fc_dm score = fc_compare(a, b, MOST, HORIZON);
    fc_dm dm = fc_dm_losses(kept_a, kept_b, kept, HORIZON, FC_DM_TWO_SIDED);
    assert_true(score.p == dm.p && score.statistic == dm.statistic);
    for (size_t t = 5 * HORIZON; t < MOST; t++)
        a[t] = NAN;
    score = fc_compare(a, b, MOST, HORIZON);
    assert_true(isnan(score.p) && isnan(score.statistic));
}

/* Windows with few known values count as much as full ones, so that both measures may disagree. */
static void test_measures_that_disagree(void **state)
{
    (void)state;
    fc_evaluation e = evaluate(MOST, -0.1, 0.3);
    e.scores[0].all.mse = e.scores[1].all.mse - 0.01;
    fc_pronounce(&e);
    assert_true(e.scores[1].p < 0.05);
    assert_false(e.beats_naive);
    says(&e, "may be chance");
}

static void test_p_in_words(void **state)
{
    (void)state;
    char text[24];
    assert_string_equal(fc_p_text(NAN, text), "p not defined");
    assert_string_equal(fc_p_text(0, text), "p < 0.001");
    assert_string_equal(fc_p_text(0.00099, text), "p < 0.001");
    assert_string_equal(fc_p_text(0.00123, text), "p = 0.001");
    assert_string_equal(fc_p_text(0.0499, text), "p = 0.050");
    assert_string_equal(fc_p_text(0.3149, text), "p = 0.31");
    assert_string_equal(fc_p_text(1, text), "p = 1.00");
}

/* --- a file --- */

/* The losses of one window, from its forecasts in the file's units. */
static double window_loss(const fc_model *model, const double *forecast, const double *truth, int horizon)
{
    double sum = 0, count = 0;
    for (int i = 0; i < horizon * model->columns; i++) {
        double error_of = (forecast[i] - truth[i]) / model->scaler.scale[i % model->columns];
        if (!isnan(error_of)) {
            sum += error_of * error_of;
            count++;
        }
    }
    return sum / count;
}

static void compare_with_windows(const fc_model *model, const ds_table *table, const ds_split *split,
                                 int season, int naive)
{
    nn_error error = {0};
    fc_evaluation *e;
    const fc_score_request asked = {
        .model = model, .table = table, .split = split, .part = "test", .season = season, .threads = 2};
    assert_int_equal(fc_evaluate(&e, &asked, &error), NN_OK);
    size_t count = e->windows.count;
    double *losses = calloc(2 * count, sizeof *losses);
    assert_true(count >= 5 * (size_t)e->horizon && losses);
    for (size_t w = 0; w < count; w++) {
        fc_window_view view;
        assert_int_equal(fc_evaluate_window(&view, &asked, w, NULL, &error), NN_OK);
        losses[w] = window_loss(model, view.forecast, view.truth, e->horizon);
        losses[count + w] = window_loss(model, view.naive, view.truth, e->horizon);
        fc_window_view_clear(&view);
    }
    fc_dm dm = fc_dm_losses(losses, losses + count, count, (size_t)e->horizon, FC_DM_TWO_SIDED);
    const fc_entry *score = &e->scores[naive];
    if (!(fabs(dm.statistic - score->dm) <= 1e-4 * fabs(dm.statistic) && fabs(dm.p - score->p) <= 1e-4))
        fail_msg("%s: %.9g, p %.9g instead of %.9g, p %.9g", score->name, score->dm, score->p, dm.statistic,
                 dm.p);
    free(losses);
    fc_evaluation_free(e);
}

static void test_windows_of_a_file(void **state)
{
    (void)state;
    nn_error error = {0};
    char path[1024], saved[] = "/tmp/auspex-verdict-XXXXXX";
    const char *source = getenv("AUSPEX_SOURCE");
    ds_table *table;
    ds_split split;
    fc_model *model;
    snprintf(path, sizeof path, "%s/datasets/samples/irish_wind.csv", source ? source : ".");
    if (ds_table_read(&table, path, NULL, &error) || ds_split_make("0.9/0.05/0.05", table, &split, &error))
        fail_msg("%s", error.text);
    assert_null(table->filled);
    table->filled = calloc(table->rows, (size_t)table->columns);
    assert_non_null(table->filled);
    for (size_t t = table->rows - 100; t < table->rows; t += 3) /* rows of unequal weight */
        for (int j = 0; j < table->columns; j++)
            table->filled[t * (size_t)table->columns + (size_t)j] = (t + (size_t)j) % 4 > 0;
    int file = mkstemp(saved);
    assert_true(file >= 0);
    close(file);
    small_model_save(saved, 14, 5, table, NULL);
    assert_int_equal(fc_model_load(&model, FC_FORECASTS, saved, &error), NN_OK);
    compare_with_windows(model, table, &split, 1, 1);
    compare_with_windows(model, table, &split, 7, 2);
    remove(saved);
    fc_model_free(model);
    ds_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_win),
                                       cmocka_unit_test(test_chance),
                                       cmocka_unit_test(test_a_loss),
                                       cmocka_unit_test(test_few_windows),
                                       cmocka_unit_test(test_no_difference),
                                       cmocka_unit_test(test_missing_windows),
                                       cmocka_unit_test(test_measures_that_disagree),
                                       cmocka_unit_test(test_p_in_words),
                                       cmocka_unit_test(test_windows_of_a_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
