/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intermittent demand, and the simplest forecasts, against statsforecast and R's forecast. */
#include "forecast/forecasters.h"
#include "forecast/forecasters/croston.h"
#include "tests/statistical_file.h"

typedef struct method {
    const char *name;
    fc_intermittent_kind kind;
    double demand, probability;
} method;

static const method methods[] = {{"croston", FC_CROSTON, 0, 0},
                                 {"croston_optimised", FC_CROSTON_OPTIMISED, 0, 0},
                                 {"croston_sba", FC_CROSTON_SBA, 0, 0},
                                 {"tsb_0.2_0.2", FC_TSB, .2, .2},
                                 {"tsb_0.1_0.3", FC_TSB, .1, .3},
                                 {"adida", FC_ADIDA, 0, 0},
                                 {"imapa", FC_IMAPA, 0, 0}};

/* Searched values of alpha are as good as theirs' search, which stops early. */
static void intermittent(const statistical_series *s, void *total)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        const method *m = &methods[i];
        const json_t *json = json_object_get(s->statsforecast, m->name);
        if (!json)
            continue;
        const bool searched = m->kind == FC_CROSTON_OPTIMISED || m->kind == FC_ADIDA || m->kind == FC_IMAPA;
        fc_intermittent model = {.alpha = {m->demand, m->probability}};
        fc_intermittent_fit(&model, m->kind, s->values, s->train);
        const double value = fc_intermittent_forecast(&model, s->values, s->train);
        statistical_near(s->name, m->name, "mean", value, statistical_at(json, "mean", 0),
                         searched ? 1e-6 : 1e-8, 0);
        ++*(int *)total;
    }
    const json_t *r = json_object_get(s->r, "croston");
    if (!r)
        return;
    fc_intermittent model = {.rows = 0};
    fc_intermittent_fit(&model, FC_CROSTON, s->values, s->train);
    statistical_near(s->name, "croston", "R's mean", fc_intermittent_forecast(&model, s->values, s->train),
                     statistical_at(r, "mean", 0), 1e-8, 0);
}

static void test_intermittent(void **state)
{
    (void)state;
    int count = 0;
    statistical_each(intermittent, &count);
    print_message("%d forecasts of intermittent demand\n", count);
    assert_true(count > 0);
}

/* The series as a table of one column, seen through a forecaster. */
static void run(const statistical_series *s, const fc_forecaster *f, const void *config, double *out)
{
    static const int column = 0;
    static const uint8_t role = DS_VIEW_TARGET;
    char *name = (char *)"value";
    const size_t rows = s->train + (size_t)s->horizon;
    ds_table table = {.path = (char *)"series",
                      .rows = rows,
                      .columns = 1,
                      .values = s->values,
                      .names = &name,
                      .frequency = {.unit = DS_UNIT_STEP, .count = 1}};
    ds_view view = {.table = &table,
                    .rows = rows,
                    .columns = 1,
                    .column = &column,
                    .role = &role,
                    .targets = 1,
                    .target = &column,
                    .floor = NAN};
    void *fitted;
    nn_error error = {0};
    if (fc_forecaster_fit(&fitted, f, config, &view, (ds_part){0, s->train}, s->horizon, s->period, &error))
        fail_msg("%s", error.text);
    f->forecast(fitted, &view, s->train, s->horizon, out);
    fc_forecaster_free(fitted, f);
}

static void check(const statistical_series *s, const json_t *models, const char *name, const fc_forecaster *f,
                  const void *config, double tolerance)
{
    const json_t *json = json_object_get(models, name);
    double out[64];
    if (!json || json_object_get(json, "error"))
        return;
    run(s, f, config, out);
    for (int h = 0; h < s->horizon; h++)
        statistical_near(s->name, name, "mean", out[h], statistical_at(json, "mean", (size_t)h), tolerance,
                         1e-3);
}

/* The references have 9 digits. */
static void simple(const statistical_series *s, void *total)
{
    (void)total;
    const fc_window_mean_config three = {.window = 3};
    const json_t *each[] = {s->r, s->statsforecast};
    for (int i = 0; i < 2; i++) {
        check(s, each[i], "naive", &fc_forecaster_naive, NULL, 5e-9);
        check(s, each[i], "drift", &fc_forecaster_drift, NULL, 5e-9);
        check(s, each[i], "mean", &fc_forecaster_mean, NULL, 5e-9);
        check(s, each[i], "snaive", &fc_forecaster_seasonal_naive, NULL, 5e-9);
    }
    check(s, s->statsforecast, "window_average_3", &fc_forecaster_window_mean, &three, 5e-9);
    if (strcmp(s->kind, "intermittent") != 0)
        return;
    const fc_croston_config tsb = {FC_TSB, 0.2, 0.2}, imapa = {.method = FC_IMAPA};
    check(s, s->statsforecast, "croston", &fc_forecaster_croston, NULL, 1e-8);
    check(s, s->statsforecast, "tsb_0.2_0.2", &fc_forecaster_croston, &tsb, 1e-8);
    check(s, s->statsforecast, "imapa", &fc_forecaster_croston, &imapa, 1e-6);
}

static void test_simple(void **state)
{
    (void)state;
    statistical_each(simple, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intermittent),
        cmocka_unit_test(test_simple),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
