/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of panels beside slow twins, and the simple forecasts. */
#include "forecast/forecaster.h"
#include "forecast/scores/stations.h"
#include "tests/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A panel without a file behind it: T rows, S stations, one variable. */
enum { T = 240, S = 4, H = 5, SEASON = 6 };

typedef struct fixture {
    ds_table table;
    ds_panel *panel;
    char names[S][8], *name[S];
    char path[2];
    ds_time time[T];
    double values[T * S];
} fixture;

static double noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(*seed >> 8) / (1 << 24) - 0.5;
}

static void fill(fixture *f, double gaps)
{
    uint32_t seed = 7;
    memset(f, 0, sizeof *f);
    f->path[0] = 't';
    for (int s = 0; s < S; s++) {
        snprintf(f->names[s], sizeof f->names[s], "s%d", s);
        f->name[s] = f->names[s];
    }
    for (int r = 0; r < T; r++) {
        f->time[r] = r;
        for (int s = 0; s < S; s++) {
            const double y = 10 + 3 * sin(2 * M_PI * r / SEASON + s) + 4 * noise(&seed);
            f->values[r * S + s] = noise(&seed) + 0.5 < gaps ? NAN : y;
        }
    }
    f->table = (ds_table){.path = f->path,
                          .rows = T,
                          .columns = S,
                          .time = f->time,
                          .values = f->values,
                          .names = f->name,
                          .frequency = {.unit = DS_UNIT_STEP, .count = 1}};
    f->table.layout.format.kind = DS_TIME_STEP;
}

static void make(fixture *f, const char *mask)
{
    nn_error error = {0};
    if (ds_panel_make(&f->panel, &f->table, NULL, &(ds_panel_options){.mask = mask}, &error))
        fail_msg("%s", error.text);
}

static const ds_split split = {{0, 160}, {160, 180}, {180, T}};

static fc_panel_settings settings_of(int stride)
{
    return (fc_panel_settings){
        .lookback = 3,
        .stride = stride,
        .kdd = true,
        .baseline = {.horizon = H, .season = SEASON, .order = 2, .neighbours = 2, .floor = NAN}};
}

static fc_panel_evaluation *evaluate(const fixture *f, int stride)
{
    nn_error error = {0};
    fc_panel_evaluation *e;
    const fc_panel_settings settings = settings_of(stride);
    if (fc_panel_evaluate(&e, f->panel, &split, "test", &settings, &error))
        fail_msg("%s", error.text);
    return e;
}

static void near(const char *what, double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))) && !(isnan(got) && isnan(want)))
        fail_msg("%s: %.12g, not %.12g", what, got, want);
}

static void same(const char *what, fc_errors got, double absolute, double square, double size, size_t count)
{
    assert_int_equal(got.count, count);
    near(what, got.mae, absolute / (double)count);
    near(what, got.rmse, sqrt(square / (double)count));
    near(what, got.wape, absolute / size);
}

/* Everything of one forecaster over again, one point at a time. station, step: -1 for all. */
static void check_cells(const fc_panel_evaluation *e, int score, fc_panel_baseline which, int station,
                        int step, fc_errors got)
{
    double absolute = 0, square = 0, size = 0, out[H * S];
    size_t count = 0;
    const ds_panel *p = e->panel;
    for (size_t w = 0; w < e->windows; w++) {
        const size_t origin = e->first + w * (size_t)e->settings.stride;
        fc_panel_baseline_forecast(e->baselines, which, origin, out);
        for (int h = 0; h < H; h++)
            for (int s = 0; s < S; s++) {
                const size_t at = (origin + (size_t)h) * S + (size_t)s;
                if (!p->valid[at] || (station >= 0 && s != station) || (step >= 0 && h != step))
                    continue;
                const double d = out[h * S + s] - p->y[at];
                absolute += fabs(d);
                square += d * d;
                size += fabs(p->y[at]);
                count++;
            }
    }
    same(e->scores[score].base.name, got, absolute, square, size, count);
}

static void check_farm(const fc_panel_evaluation *e, fc_panel_baseline which, const fc_errors *got)
{
    double absolute = 0, square = 0, size = 0, out[H * S];
    size_t count = 0;
    for (size_t w = 0; w < e->windows; w++) {
        const size_t origin = e->first + w * (size_t)e->settings.stride;
        fc_panel_baseline_forecast(e->baselines, which, origin, out);
        for (int h = 0; h < H; h++) {
            double truth = 0, forecast = 0;
            bool any = false;
            for (int s = 0; s < S; s++) {
                const size_t at = (origin + (size_t)h) * S + (size_t)s;
                if (e->panel->valid[at]) {
                    any = true;
                    truth += e->panel->y[at];
                    forecast += out[h * S + s];
                }
            }
            if (!any)
                continue;
            absolute += fabs(truth - forecast);
            square += (truth - forecast) * (truth - forecast);
            size += fabs(truth);
            count++;
        }
    }
    same("farm", *got, absolute, square, size, count);
}

static void test_twin(void **state)
{
    (void)state;
    fixture f;
    fill(&f, 0.3);
    make(&f, "value > 14");
    for (int stride = 1; stride <= 4; stride += 3) {
        fc_panel_evaluation *e = evaluate(&f, stride);
        assert_int_equal(e->first, 180);
        assert_int_equal(e->windows, (T - 180 - H) / stride + 1);
        assert_true(e->skipped > 0 && e->points > 0);
        assert_int_equal(e->points + e->skipped, e->windows * H * S);
        for (int i = 0; i < FC_PANEL_BASELINES; i++) {
            const fc_panel_score *s = &e->scores[i];
            check_cells(e, i, i, -1, -1, s->base.all);
            for (int k = 0; k < S; k++)
                check_cells(e, i, i, k, -1, s->base.each[k]);
            for (int h = 0; h < H; h++)
                check_cells(e, i, i, -1, h, s->base.step[h]);
            check_farm(e, i, &s->farm);
        }
        fc_panel_evaluation_free(e);
    }
    ds_panel_free(f.panel);
}

/* What lies behind the training part must not reach the fit; what lies behind an origin not its forecast. */
static void test_no_leak(void **state)
{
    (void)state;
    fixture f, g;
    nn_error error = {0};
    fill(&f, 0.1);
    fill(&g, 0.1);
    const size_t origin = 170;
    for (size_t i = origin * S; i < T * S; i++)
        g.values[i] = 1000 + (double)i;
    make(&f, NULL);
    make(&g, NULL);
    const fc_panel_settings settings = settings_of(1);
    fc_panel_baselines *a, *b;
    assert_int_equal(fc_panel_baselines_fit(&a, f.panel, split.train, &settings.baseline, &error), NN_OK);
    assert_int_equal(fc_panel_baselines_fit(&b, g.panel, split.train, &settings.baseline, &error), NN_OK);
    for (int which = 0; which < FC_PANEL_BASELINES; which++) {
        double x[H * S], y[H * S];
        fc_panel_baseline_forecast(a, which, origin, x);
        fc_panel_baseline_forecast(b, which, origin, y);
        assert_memory_equal(x, y, sizeof x);
        fc_panel_baseline_forecast(b, which, origin + 1, y);
        assert_memory_not_equal(x, y, sizeof x);
    }
    fc_panel_baselines_free(a);
    fc_panel_baselines_free(b);
    ds_panel_free(f.panel);
    ds_panel_free(g.panel);
}

/* A process that least squares must find: station 0 follows station 1 by one step, and station 1 itself. */
static void test_neighbours_found(void **state)
{
    (void)state;
    fixture f;
    nn_error error = {0};
    uint32_t seed = 3;
    fill(&f, 0);
    for (int r = 1; r < T; r++) {
        f.values[r * S + 1] = 0.8 * f.values[(r - 1) * S + 1] + noise(&seed);
        f.values[r * S] = 5 - 2 * f.values[(r - 1) * S + 1];
    }
    make(&f, NULL);
    fc_panel_settings settings = settings_of(1);
    settings.baseline.neighbours = 0;
    fc_panel_baselines *b;
    assert_int_equal(fc_panel_baselines_fit(&b, f.panel, split.train, &settings.baseline, &error), NN_OK);
    double near_sum = 0, plain_sum = 0;
    for (size_t origin = 180; origin < 220; origin++) {
        double x[H * S], y[H * S];
        fc_panel_baseline_forecast(b, FC_PANEL_AR, origin, x);
        fc_panel_baseline_forecast(b, FC_PANEL_AR_NEAR, origin, y);
        plain_sum += fabs(x[0] - f.values[origin * S]);
        near_sum += fabs(y[0] - f.values[origin * S]);
    }
    assert_true(near_sum / 40 < 1e-4);
    assert_true(plain_sum / 40 > 0.1);
    fc_panel_baselines_free(b);
    ds_panel_free(f.panel);
}

static void test_simple_ones(void **state)
{
    (void)state;
    fixture f;
    nn_error error = {0};
    fill(&f, 0);
    f.values[169 * S + 2] = NAN; /* the last value of station 2 */
    f.values[165 * S + 2] = NAN; /* and one of its last season */
    for (int r = 0; r < 20; r++)
        f.values[r * S + 3] = NAN;
    make(&f, NULL);
    fc_panel_settings settings = settings_of(1);
    settings.baseline.floor = 9;
    fc_panel_baselines *b;
    double x[H * S];
    assert_int_equal(fc_panel_baselines_fit(&b, f.panel, split.train, &settings.baseline, &error), NN_OK);
    fc_panel_baseline_forecast(b, FC_PANEL_LAST, 170, x);
    near("the value before", x[2], fmax(9, f.values[168 * S + 2]));
    near("the last value", x[1], fmax(9, f.values[169 * S + 1]));
    fc_panel_baseline_forecast(b, FC_PANEL_SEASON, 170, x);
    near("a season before", x[0 * S + 2], fmax(9, f.values[164 * S + 2]));
    near("two seasons before", x[1 * S + 2], fmax(9, f.values[159 * S + 2]));
    fc_panel_baseline_forecast(b, FC_PANEL_LAST, 5, x);
    near("the mean before the first value", x[3], fmax(9, ((fc_local *)b->state[0])->level[3]));
    for (int i = 0; i < H * S; i++)
        assert_true(x[i] >= 9);
    fc_panel_baselines_free(b);
    ds_panel_free(f.panel);
}

/* --- a model beside them --- */

static void give_truth(fc_panel_evaluation *e, double error_of, size_t windows)
{
    double out[S * H];
    for (size_t w = 0; w < windows; w++) {
        const size_t origin = e->first + w * (size_t)e->settings.stride;
        for (int s = 0; s < S; s++)
            for (int h = 0; h < H; h++) {
                const double y = e->panel->y[(origin + (size_t)h) * S + (size_t)s];
                out[s * H + h] = (isnan(y) ? 0 : y) + error_of * (h % 2 ? 1 : -1);
            }
        fc_panel_take(e, origin, out);
    }
}

static void test_model(void **state)
{
    (void)state;
    fixture f;
    nn_error error = {0};
    fill(&f, 0.2);
    make(&f, NULL);
    fc_panel_evaluation *e = evaluate(&f, 1);
    assert_false(e->has_model);
    assert_int_equal(fc_panel_model_begin(e, "oracle", &error), NN_OK);
    give_truth(e, 0.5, e->windows);
    assert_int_equal(fc_panel_model_finish(e, &error), NN_OK);
    assert_int_equal(e->score_count, 1 + FC_PANEL_BASELINES);
    near("MAE", e->scores[0].base.all.mae, 0.5);
    near("RMSE", e->scores[0].base.step[2].rmse, 0.5);
    assert_true(e->beats && e->best >= 1);
    assert_non_null(strstr(e->verdict, "oracle beats the best simple forecast"));
    assert_true(e->scores[1].base.p < 0.05 && e->scores[1].base.dm < 0);
    assert_string_equal(e->scores[1].base.name, "repeat-last");
    fc_panel_evaluation_free(e);

    e = evaluate(&f, 1);
    assert_int_equal(fc_panel_model_begin(e, "bad", &error), NN_OK);
    give_truth(e, 50, e->windows);
    assert_int_equal(fc_panel_model_finish(e, &error), NN_OK);
    assert_false(e->beats);
    assert_non_null(strstr(e->verdict, "bad does NOT beat"));
    fc_panel_evaluation_free(e);

    e = evaluate(&f, 1);
    assert_int_equal(fc_panel_model_begin(e, "lazy", &error), NN_OK);
    give_truth(e, 0, e->windows - 1);
    assert_int_equal(fc_panel_model_finish(e, &error), NN_FAILED);
    assert_non_null(strstr(error.text, "windows"));
    fc_panel_evaluation_free(e);

    e = evaluate(&f, 1);
    assert_int_equal(fc_panel_model_begin(e, "infinite", &error), NN_OK);
    give_truth(e, INFINITY, e->windows);
    assert_int_equal(fc_panel_model_finish(e, &error), NN_FAILED);
    fc_panel_evaluation_free(e);
    ds_panel_free(f.panel);
}

static void test_nothing_to_score(void **state)
{
    (void)state;
    fixture f;
    nn_error error = {0};
    fc_panel_evaluation *e = (fc_panel_evaluation *)1;
    fill(&f, 0);
    for (int i = 180 * S; i < T * S; i++)
        f.values[i] = 1000;
    make(&f, "value > 999");
    const fc_panel_settings settings = settings_of(1);
    assert_int_equal(fc_panel_evaluate(&e, f.panel, &split, "test", &settings, &error), NN_BAD_DATA);
    assert_null(e);
    assert_non_null(strstr(
        error.text, "t: no value of 'value' is valid in the windows of the test part (rows 181 to 240)"));
    assert_int_equal(fc_panel_evaluate(&e, f.panel, &split, "rest", &settings, &error), NN_USAGE);
    const ds_split small = {{0, 160}, {160, 180}, {180, 180 + H - 1}};
    assert_int_equal(fc_panel_evaluate(&e, f.panel, &small, "test", &settings, &error), NN_BAD_DATA);
    ds_panel_free(f.panel);
}

static void test_untrained_station(void **state)
{
    (void)state;
    fixture f;
    nn_error error = {0};
    fc_panel_evaluation *e;
    fill(&f, 0);
    for (int r = 0; r < 160; r++)
        f.values[r * S + 1] = NAN;
    make(&f, NULL);
    e = evaluate(&f, 1);
    near("mean", ((fc_local *)e->baselines->state[0])->level[1],
         (((fc_local *)e->baselines->state[0])->level[0] + ((fc_local *)e->baselines->state[0])->level[2] +
          ((fc_local *)e->baselines->state[0])->level[3]) /
             3);
    assert_true(e->scores[FC_PANEL_AR].base.each[1].count > 0 &&
                isfinite(e->scores[FC_PANEL_AR].base.each[1].rmse));
    fc_panel_evaluation_free(e);
    ds_panel_free(f.panel);
    for (int i = 0; i < 160 * S; i++)
        f.values[i] = NAN;
    make(&f, NULL);
    const fc_panel_settings settings = settings_of(1);
    assert_int_equal(fc_panel_evaluate(&e, f.panel, &split, "test", &settings, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "t: no value of 'value' is valid in the training rows 1 to 160"));
    ds_panel_free(f.panel);
}

/* --- the contest --- */

static void test_kdd(void **state)
{
    (void)state;
    enum { N = 20, L = 3 };
    double truth[L * N], forecast[L * N];
    uint8_t valid[L * N];
    nn_error error = {0};
    fc_kdd k;
    for (int i = 0; i < L * N; i++) {
        truth[i] = 1000;
        forecast[i] = i / N == 0 ? 0 : 2000;
        valid[i] = i / N != 2;
    }
    /* One point off by 1 MW either way at each turbine. */
    assert_int_equal(fc_kdd_score(&k, truth, forecast, valid, L, N, true, &error), NN_OK);
    near("MAE", k.mae, N);
    near("RMSE", k.rmse, N);
    near("score", k.score, N);
    assert_true(k.scored == N && k.zero == 0 && k.constant == 0);
    for (int h = 0; h < L; h++) {
        forecast[h * N] = forecast[h * N + 1] = 0; /* a tenth */
        forecast[h * N + 2] = 5;
        valid[h * N + 3] = 0;
    }
    assert_int_equal(fc_kdd_score(&k, truth, forecast, valid, L, N, true, &error), NN_OK);
    assert_true(k.scored == N - 3 && k.zero == 2 && k.constant == 1);
    assert_int_equal(fc_kdd_score(&k, truth, forecast, valid, L, N, false, &error), NN_OK);
    assert_int_equal(k.scored, N - 1);
    for (int h = 0; h < L; h++)
        forecast[h * N + 4] = 0;
    assert_int_equal(fc_kdd_score(&k, truth, forecast, valid, L, N, true, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "3 of 20 turbines are 0 throughout"));
    memset(valid, 0, sizeof valid);
    assert_int_equal(fc_kdd_score(&k, truth, forecast, valid, L, N, false, &error), NN_BAD_DATA);
    assert_non_null(strstr(error.text, "nothing to score"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_twin),
                                       cmocka_unit_test(test_no_leak),
                                       cmocka_unit_test(test_neighbours_found),
                                       cmocka_unit_test(test_simple_ones),
                                       cmocka_unit_test(test_model),
                                       cmocka_unit_test(test_nothing_to_score),
                                       cmocka_unit_test(test_untrained_station),
                                       cmocka_unit_test(test_kdd)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
