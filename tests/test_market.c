/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of price forecasts against hand computations, and how a backtest cuts its folds. */
#include "forecast/scores/gather.h"
#include "forecast/scores/prices.h"
#include "forecast/tasks/series/series.h"
#include "lib/base/random.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOWS = 300, HORIZON = 3 };

static nn_error error;

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", value, expected);
}

static double normal(uint64_t key, uint64_t i)
{
    return sqrt(-2 * log(1 - nn_random_uniform(key, 2 * i))) *
           cos(2 * M_PI * nn_random_uniform(key, 2 * i + 1));
}

/* Paths of a walk whose next steps the model knows up to `noise`. */
static fc_paths make_paths(double noise)
{
    fc_paths p = {.windows = WINDOWS, .horizon = HORIZON};
    double walk[WINDOWS + HORIZON + 1];
    const size_t cells = WINDOWS * HORIZON * sizeof(double);
    walk[0] = 100;
    for (uint64_t t = 1; t < WINDOWS + HORIZON + 1; t++)
        walk[t] = walk[t - 1] * exp(0.01 * normal(1, t));
    p.last = malloc(WINDOWS * sizeof(double));
    p.truth = malloc(cells);
    for (int k = 0; k < FC_PATH_KINDS; k++)
        p.path[k] = malloc(cells);
    for (size_t w = 0; w < WINDOWS; w++) {
        p.last[w] = walk[w];
        for (size_t h = 0; h < HORIZON; h++) {
            const size_t at = w * HORIZON + h;
            p.truth[at] = walk[w + h + 1];
            p.path[FC_BY_MODEL][at] = p.truth[at] * exp(noise * normal(2, at));
            p.path[FC_BY_LAST][at] = walk[w];
            p.path[FC_BY_DRIFT][at] = walk[w] * 1.002;
            p.path[FC_BY_MEAN][at] = walk[w] * 1.0001;
        }
    }
    return p;
}

static void test_scores(void **state)
{
    (void)state;
    fc_paths p = make_paths(0.002);
    fc_market_report r;
    assert_int_equal(fc_market_score_paths(&r, &p, "ABC", "time2vec", NULL, NULL, &error), NN_OK);
    double squares = 0, prices = 0, zero = 0, shares = 0, loss[WINDOWS], last[WINDOWS], change[WINDOWS],
           forecast[WINDOWS];
    for (size_t w = 0; w < WINDOWS; w++) {
        loss[w] = last[w] = 0;
        for (size_t h = 0; h < HORIZON; h++) {
            const size_t at = w * HORIZON + h;
            const double e = p.path[FC_BY_MODEL][at] - p.truth[at], z = p.last[w] - p.truth[at];
            squares += e * e / p.last[w] / p.last[w];
            zero += z * z / p.last[w] / p.last[w];
            prices += e * e;
            shares += fabs(e) / p.truth[at];
            loss[w] += e * e / p.last[w] / p.last[w] / HORIZON;
            last[w] += z * z / p.last[w] / p.last[w] / HORIZON;
        }
        change[w] = p.truth[w * HORIZON] / p.last[w] - 1;
        forecast[w] = p.path[FC_BY_MODEL][w * HORIZON] / p.last[w] - 1;
    }
    const double n = WINDOWS * HORIZON;
    const fc_market_score *m = &r.score[FC_BY_MODEL];
    near(m->base.all.mse, squares / n, 1e-15);
    near(m->base.all.own_rmse, sqrt(prices / n), 1e-12);
    near(m->base.all.mape, 100 * shares / n, 1e-12);
    near(m->r2, 1 - squares / zero, 1e-12);
    const fc_dm dm = fc_dm_losses(loss, last, WINDOWS, HORIZON, FC_DM_TWO_SIDED);
    near(m->base.dm, dm.statistic, 1e-10);
    near(m->base.p, dm.p, 1e-10);
    const fc_directions d = fc_directions_score(change, forecast, WINDOWS);
    near(m->directions.hit_rate, d.hit_rate, 0);
    fc_strategy s;
    assert_int_equal(fc_sign_strategy(&s, forecast, change, WINDOWS, NULL, &error), NN_OK);
    near(m->strategy.sharpe, s.sharpe, 1e-12);
    assert_true(r.beats_last);
    assert_non_null(strstr(r.verdict, "time2vec beats the last value"));
    assert_non_null(strstr(r.verdict, "above 0 beyond chance"));
    near(r.score[FC_BY_LAST].r2, 0, 0);
    assert_true(isnan(r.score[FC_BY_LAST].base.p));
    fc_market_report_clear(&r);
    fc_paths_clear(&p);
}

static void test_no_skill(void **state)
{
    (void)state;
    fc_paths p = make_paths(0.05);
    fc_market_report r;
    assert_int_equal(fc_market_score_paths(&r, &p, "ABC", "time2vec", NULL, NULL, &error), NN_OK);
    assert_false(r.beats_last);
    assert_true(r.score[FC_BY_MODEL].r2 < 0);
    assert_non_null(strstr(r.verdict, "does NOT beat the last value"));
    fc_market_report_clear(&r);
    /* Knowing nothing is no skill either. */
    memcpy(p.path[FC_BY_MODEL], p.path[FC_BY_LAST], WINDOWS * HORIZON * sizeof(double));
    assert_int_equal(fc_market_score_paths(&r, &p, "ABC", "time2vec", NULL, NULL, &error), NN_OK);
    assert_false(r.beats_last);
    near(r.score[FC_BY_MODEL].r2, 0, 0);
    fc_market_report_clear(&r);
    fc_paths_clear(&p);
}

static void test_costs(void **state)
{
    (void)state;
    fc_paths p = make_paths(0.002);
    fc_market_report r[2];
    fc_strategy_settings settings = fc_strategy_defaults;
    for (int i = 0; i < 2; i++) {
        settings.cost = i * 0.001;
        assert_int_equal(fc_market_score_paths(&r[i], &p, "A", "m", &settings, NULL, &error), NN_OK);
    }
    const fc_strategy *free_of = &r[0].score[0].strategy, *dear = &r[1].score[0].strategy;
    near(free_of->net - dear->net, 0.001 * dear->turnover, 1e-12);
    near(free_of->break_even, dear->break_even, 1e-15);
    settings.cost = -1;
    fc_market_report bad;
    assert_int_equal(fc_market_score_paths(&bad, &p, "A", "m", &settings, NULL, &error), NN_USAGE);
    fc_market_report_clear(&r[0]);
    fc_market_report_clear(&r[1]);
    fc_paths_clear(&p);
}

/* --- folds --- */

static void check_fold(const ds_split *s, const fc_folds *how, int gap)
{
    assert_true(s->train.begin < s->train.end);
    assert_int_equal(s->train.end + (size_t)gap, s->validation.begin);
    assert_true(s->validation.begin < s->validation.end);
    assert_int_equal(s->validation.end + (size_t)gap, s->test.begin);
    assert_true(s->test.begin < s->test.end);
    if (!how->sliding)
        assert_int_equal(s->train.begin, 0);
}

static void test_folds(void **state)
{
    (void)state;
    for (int sliding = 0; sliding < 2; sliding++)
        for (int gap = 0; gap <= 14; gap += 7)
            for (int folds = 1; folds <= 7; folds++) {
                const fc_folds how = {.folds = folds, .sliding = sliding, .start = 0.4, .validation = 0.2};
                ds_split before = {.test = {0, 400}}, s;
                size_t length = 0;
                for (int k = 0; k < folds; k++, before = s) {
                    assert_int_equal(fc_fold_make(&s, &how, gap, 1000, k, &error), NN_OK);
                    check_fold(&s, &how, gap);
                    assert_int_equal(s.test.begin, before.test.end);
                    length = k ? length : s.train.end - s.train.begin;
                    if (sliding)
                        assert_int_equal(s.train.end - s.train.begin, length);
                    else if (k)
                        assert_true(s.train.end > before.train.end);
                }
                assert_int_equal(before.test.end, 1000);
            }
    const fc_folds many = {.folds = 50, .start = 0.5, .validation = 0.2};
    ds_split s;
    assert_int_equal(fc_fold_make(&s, &many, 0, 20, 0, &error), NN_BAD_DATA);
    const fc_folds wide = {.folds = 2, .start = 0.5, .validation = 0.2};
    assert_int_equal(fc_fold_make(&s, &wide, 600, 1000, 0, &error), NN_BAD_DATA);
}

/* --- a whole backtest --- */

enum { ROWS = 260 };

/* y_t = x_(t-1) with noise. */
static ds_table *lead_table(void)
{
    ds_table *t = calloc(1, sizeof *t);
    t->path = strdup("made");
    t->rows = ROWS;
    t->columns = 3;
    t->time = calloc(ROWS, sizeof *t->time);
    t->values = calloc(ROWS * 3, sizeof *t->values);
    t->names = calloc(3, sizeof *t->names);
    t->names[0] = strdup("y");
    t->names[1] = strdup("x");
    t->names[2] = strdup("z");
    t->layout.time_name = strdup("t");
    t->frequency = (ds_frequency){.unit = DS_UNIT_STEP, .count = 1};
    for (size_t r = 0; r < ROWS; r++) {
        t->time[r] = (ds_time)r;
        t->values[r * 3 + 1] = normal(5, r);
        t->values[r * 3] = r ? t->values[(r - 1) * 3 + 1] + 0.2 * normal(6, r) : 0;
        t->values[r * 3 + 2] = normal(7, r);
    }
    return t;
}

static const fc_fold_entry *entry_of(const fc_scores *scores, int i)
{
    return scores->table[0].record[i];
}

static fc_scores *run_backtest(const ds_table *table, int threads)
{
    static const ds_correlate_settings selection = {.lags = 2, .threshold = 0.6, .top = 2};
    static const ds_price_settings none = {0};
    static const fc_preparation preparation = {.prices = &none, .selection = &selection, .target = "y"};
    static const fc_folds folds = {.folds = 2, .seeds = 2, .alone = 1, .start = 0.5, .validation = 0.2};
    const fc_kind *kind = fc_kind_find("itransformer");
    static const char *const settings[][2] = {
        {"d-model", "16"}, {"heads", "2"}, {"layers", "1"}, {"instance-norm", "false"}};
    void *config = calloc(1, kind->config_size);
    fc_training training;
    const fc_rounds rounds = {.model = {.kind = kind,
                                        .config = config,
                                        .training = &training,
                                        .table = table,
                                        .lookback = 4,
                                        .horizon = 1,
                                        .threads = threads},
                              .preparation = &preparation,
                              .folds = &folds};
    assert_int_equal(nn_options_default(kind->options, config, &error), NN_OK);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        nn_option_set(nn_option_find(kind->options, settings[i][0]), config, settings[i][1], &error);
    assert_int_equal(nn_options_default(fc_training_options, &training, &error), NN_OK);
    training.epochs = 30;
    training.learning_rate = 1e-2;
    training.schedule = 4; /* constant */
    training.batch = 16;
    fc_scores *b;
    if (fc_backtest(&b, &rounds, &error))
        fail_msg("%s", error.text);
    nn_options_clear(kind->options, config);
    free(config);
    return b;
}

/* Repeating the last value, by hand, with the scale of each fold's training rows. */
static double last_value_mse(const ds_table *table)
{
    const fc_folds folds = {.folds = 2, .start = 0.5, .validation = 0.2};
    double sum = 0;
    for (int k = 0; k < 2; k++) {
        ds_split s;
        double mean = 0, square = 0;
        assert_int_equal(fc_fold_make(&s, &folds, 0, table->rows, k, &error), NN_OK);
        const double n = (double)(s.train.end - s.train.begin);
        for (size_t r = s.train.begin; r < s.train.end; r++)
            mean += table->values[r * 3] / n;
        for (size_t r = s.train.begin; r < s.train.end; r++)
            square += (table->values[r * 3] - mean) * (table->values[r * 3] - mean) / n;
        for (size_t r = s.test.begin; r < s.test.end; r++)
            sum += pow(table->values[r * 3] - table->values[(r - 1) * 3], 2) / square;
    }
    return sum / (ROWS / 2);
}

static void test_backtest(void **state)
{
    (void)state;
    ds_table *table = lead_table();
    fc_scores *b = run_backtest(table, 1), *c = run_backtest(table, 2);
    const fc_fold_entry *model = entry_of(b, 0), *alone = entry_of(b, 1);
    assert_int_equal(json_integer_value(json_object_get(b->about, "windows")), ROWS / 2);
    assert_string_equal(json_string_value(json_object_get(b->about, "reference")), "repeat-last");
    assert_int_equal(b->table[0].count, 3); /* the rows have no season */
    assert_string_equal(b->fold[0].columns, "y, x");
    assert_true(model->base.all.mse < 0.5 * alone->base.all.mse);
    assert_true(model->base.p < 0.01 && alone->p < 0.01);
    assert_true(b->beats);
    assert_true(model->least <= model->base.all.mse && model->base.all.mse <= model->most);
    assert_true(model->spread > 0);
    near(entry_of(b, 2)->base.all.mse, last_value_mse(table), 1e-6);
    /* The same for any number of threads. */
    for (int i = 0; i < b->table[0].count; i++)
        assert_true(entry_of(b, i)->base.all.mse == entry_of(c, i)->base.all.mse);
    /* What comes after a fold changes nothing in it. */
    const double first = model->fold[0].all.mse;
    fc_scores_free(b);
    for (size_t i = ROWS * 3 / 4 * 3; i < ROWS * 3; i++)
        table->values[i] *= 10;
    b = run_backtest(table, 1);
    assert_true(entry_of(b, 0)->fold[0].all.mse == first);
    fc_scores_free(b);
    fc_scores_free(c);
    ds_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores), cmocka_unit_test(test_no_skill), cmocka_unit_test(test_costs),
        cmocka_unit_test(test_folds),  cmocka_unit_test(test_backtest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
