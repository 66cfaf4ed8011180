/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ARIMA beside R's arima, Arima and auto.arima and statsforecast's. */
#include "forecast/forecasters/arima/arima.h"
#include "forecast/statistics/unit_root.h"
#include "tests/statistical_file.h"

#include <stdio.h>
#include <time.h>

typedef struct totals {
    int scored, fitted, best, automatic, automatic_best;
    double likelihood, forecast, interval, worst_fit; /* largest differences */
    const char *only;
} totals;

static double one(const json_t *list, size_t i)
{
    const json_t *value = json_array_get(list, i);
    return json_is_number(value) ? json_number_value(value) : 0;
}

/* The orders that a golden model has: R's order, or statsforecast's arma. */
static bool read_order(const json_t *golden, fc_arima_order *o)
{
    const json_t *order = json_object_get(golden, "order"), *arma = json_object_get(golden, "arma");
    if (order)
        *o = (fc_arima_order){(int)one(order, 0), (int)one(order, 1), (int)one(order, 2), (int)one(order, 3),
                              (int)one(order, 4), (int)one(order, 5), (int)one(order, 6), false};
    else if (arma)
        *o = (fc_arima_order){(int)one(arma, 0), (int)one(arma, 5), (int)one(arma, 1), (int)one(arma, 2),
                              (int)one(arma, 6), (int)one(arma, 3), (int)one(arma, 4), false};
    else
        return false;
    if (o->period < 1)
        o->period = 1;
    const json_t *coefficients = json_object_get(golden, "coef");
    o->constant = json_object_get(coefficients, "intercept") || json_object_get(coefficients, "drift");
    return true;
}

static double *named(double *to, const json_t *coefficients, const char *name, int count)
{
    for (int i = 1; i <= count; i++) {
        char key[16];
        snprintf(key, sizeof key, "%s%d", name, i);
        *to++ = statistical_number(coefficients, key);
    }
    return to;
}

static void read_coefficients(const statistical_series *s, const json_t *golden, fc_arima_model *model,
                              int regressors)
{
    const json_t *c = json_object_get(golden, "coef");
    const fc_arima_order *o = &model->order;
    double *to = named(model->coefficient, c, "ar", o->p);
    to = named(to, c, "ma", o->q);
    to = named(to, c, "sar", o->seasonal_p);
    to = named(to, c, "sma", o->seasonal_q);
    if (o->constant)
        *to++ = statistical_number(c, json_object_get(c, "drift") ? "drift" : "intercept");
    for (int i = 0; i < regressors; i++)
        *to++ = statistical_number(c, s->named[i]);
}

/* At R's coefficients: likelihood, variance, forecasts and intervals. */
static void check_given(const statistical_series *s, const char *name, const json_t *golden, totals *t)
{
    fc_arima_model model = {0};
    nn_error error = {0};
    double mean[200], variance[200];
    const bool with_x = strstr(name, "xreg"), squares = strstr(name, "css"), logs = strstr(name, "log");
    const fc_regressors x = {with_x ? s->regressors : 0, s->train + (size_t)s->horizon, s->x};
    if (!read_order(golden, &model.order) || logs || s->horizon > 200)
        return;
    read_coefficients(s, golden, &model, x.count);
    if (squares && model.coefficient[0] + model.coefficient[1] >= 1)
        return; /* AR(2) that is not stationary: R's start is not defined */
    if (fc_arima_score(&model, s->values, s->train, &x, &error))
        fail_msg("%s, %s: %s", s->name, name, error.text);
    if (squares || !isfinite(statistical_number(golden, "loglik")))
        model.sigma2 = statistical_number(golden, "sigma2");
    else {
        statistical_near(s->name, name, "loglik", model.loglik, statistical_number(golden, "loglik"), 1e-7,
                         0);
        statistical_near(s->name, name, "aicc", model.aicc, statistical_number(golden, "aicc"), 1e-7, 0);
        statistical_near(s->name, name, "sigma2", model.sigma2, statistical_number(golden, "sigma2"), 1e-6,
                         0);
        t->likelihood = fmax(t->likelihood, fabs(model.loglik / statistical_number(golden, "loglik") - 1));
    }
    assert_int_equal(fc_arima_forecast(&model, s->values, s->train, &x, s->horizon, mean, variance, &error),
                     NN_OK);
    double scale = 0;
    for (size_t i = 0; i < s->train; i++)
        scale = fmax(scale, fabs(s->values[i]));
    for (int h = 0; h < s->horizon; h++) {
        const double want = statistical_at(golden, "mean", (size_t)h),
                     high = statistical_at(golden, "hi95", (size_t)h);
        const double reach = mean[h] + 1.959963984540054 * sqrt(variance[h]);
        statistical_near(s->name, name, "mean", mean[h], want, 1e-6, scale);
        statistical_near(s->name, name, "hi95", reach, high, 1e-5, scale);
        t->forecast = fmax(t->forecast, fabs(mean[h] - want) / scale);
        t->interval = fmax(t->interval, fabs(reach - high) / scale);
    }
    t->scored++;
}

static void check_series(const statistical_series *s, void *total)
{
    totals *t = total;
    const char *name;
    json_t *golden;
    json_object_foreach((json_t *)s->r, name, golden)
    {
        if (strstr(name, "arima") && strncmp(name, "stlf", 4) && json_object_get(golden, "order"))
            check_given(s, name, golden, t);
    }
}

static bool same_order(const fc_arima_order *a, const fc_arima_order *b)
{
    return a->p == b->p && a->d == b->d && a->q == b->q && a->seasonal_p == b->seasonal_p &&
           a->seasonal_d == b->seasonal_d && a->seasonal_q == b->seasonal_q && a->constant == b->constant;
}

/* What statsforecast's coefficients reach where its model has the same orders; NaN where it has not. Its own
 * log-likelihood is not R's where the series is differenced. */
static double other_loglik(const statistical_series *s, const char *name, const fc_arima_order *order,
                           const fc_regressors *x)
{
    const json_t *other = json_object_get(s->statsforecast, name);
    fc_arima_model its = {0};
    nn_error error = {0};
    if (!other || x->count || !read_order(other, &its.order) || !same_order(&its.order, order))
        return NAN;
    read_coefficients(s, other, &its, 0);
    return fc_arima_score(&its, s->values, s->train, NULL, &error) ? NAN : its.loglik;
}

/* Fitted anew: the log-likelihood against the larger of both programs'. */
static void check_fit(const statistical_series *s, const char *name, const json_t *golden, totals *t)
{
    fc_arima_order order;
    fc_arima_model model = {0};
    nn_error error = {0};
    const bool with_x = strstr(name, "xreg"), squares = strstr(name, "css");
    const fc_regressors x = {with_x ? s->regressors : 0, s->train + (size_t)s->horizon, s->x};
    double best = statistical_number(golden, "loglik");
    if (!read_order(golden, &order) || strstr(name, "log") || !isfinite(best))
        return;
    best = fmax(best, other_loglik(s, name, &order, &x));
    if (fc_arima_fit(&model, &order, squares ? FC_ARIMA_CSS : FC_ARIMA_ML, s->values, s->train, &x, &error))
        fail_msg("%s, %s: %s", s->name, name, error.text);
    t->fitted++;
    if (model.loglik >= best - .05)
        t->best++;
    else
        print_message("%s, %s: log-likelihood %.4f, not %.4f\n", s->name, name, model.loglik, best);
    t->worst_fit = fmax(t->worst_fit, best - model.loglik);
}

static void check_fits(const statistical_series *s, void *total)
{
    const char *name;
    json_t *golden;
    json_object_foreach((json_t *)s->r, name, golden)
    {
        if (strstr(name, "arima") && strncmp(name, "stlf", 4))
            check_fit(s, name, golden, total);
    }
}

static void test_fitted_anew(void **state)
{
    (void)state;
    totals t = {0};
    statistical_each(check_fits, &t);
    print_message("%d of %d fits reach the better program's log-likelihood less .05; at most %.3f below\n",
                  t.best, t.fitted, t.worst_fit);
    assert_true(t.best >= .95 * t.fitted && t.worst_fit <= 1);
}

static void test_at_given_coefficients(void **state)
{
    (void)state;
    totals t = {0};
    statistical_each(check_series, &t);
    print_message(
        "%d models of R at its coefficients: log-likelihood within %.1e, forecasts %.1e, intervals %.1e\n",
        t.scored, t.likelihood, t.forecast, t.interval);
    assert_true(t.scored > 30);
}

static double automatic_aicc(const json_t *models, const char *name)
{
    const double value = statistical_number(json_object_get(models, name), "aicc");
    return isfinite(value) ? value : HUGE_VAL;
}

/* The automatic choice: its AICc against the least of both programs'. */
static void check_choice(const statistical_series *s, void *total)
{
    totals *t = total;
    fc_arima_model model = {0};
    nn_error error = {0};
    char name[80];
    const fc_arima_choice choice = {s->period, 5, 5, 2, 2, true};
    const double best =
        fmin(fmin(automatic_aicc(s->r, "auto_arima"), automatic_aicc(s->r, "auto_arima_exact")),
             automatic_aicc(s->statsforecast, "auto_arima"));
    const clock_t begin = clock();
    if (!isfinite(best))
        return;
    if (fc_arima_choose(&model, &choice, s->values, s->train, NULL, &error))
        fail_msg("%s: %s", s->name, error.text);
    const double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    fc_arima_name(&model.order, name, sizeof name);
    t->automatic++;
    t->automatic_best += model.aicc <= best + .1;
    print_message("%-20s %-36s AICc %10.3f, least of R and statsforecast %10.3f %s %.2f s\n", s->name, name,
                  model.aicc, best, model.aicc <= best + .1 ? "" : "MISSED", seconds);
}

static void test_chosen(void **state)
{
    (void)state;
    totals t = {0};
    statistical_each(check_choice, &t);
    print_message("%d of %d choices reach the better program's AICc plus .1\n", t.automatic_best,
                  t.automatic);
    assert_true(t.automatic_best >= .9 * t.automatic);
}

static void check_tests(const statistical_series *s, void *total)
{
    (void)total;
    const json_t *tests = json_object_get(s->r, "tests"), *seasonal = json_object_get(tests, "nsdiffs_seas");
    const json_t *ocsb = json_object_get(tests, "nsdiffs_ocsb"),
                 *plain = json_object_get(tests, "ndiffs_kpss");
    nn_error error = {0};
    int count;
    bool difference;
    if (seasonal) {
        assert_int_equal(fc_seasonal_differences(s->values, s->train, s->period, &count, &error), NN_OK);
        if (count != json_integer_value(seasonal))
            fail_msg("%s: D %d", s->name, count);
    }
    if (ocsb && fc_ocsb(s->values, s->train, s->period, &difference, &error) == NN_OK)
        if (difference != json_integer_value(ocsb))
            fail_msg("%s: OCSB %d", s->name, difference);
    if (plain) {
        double *x = malloc(s->train * sizeof *x);
        memcpy(x, s->values, s->train * sizeof *x);
        count = fc_differences(x, s->train, 2);
        free(x);
        if (count != json_integer_value(plain))
            fail_msg("%s: d %d", s->name, count);
    }
}

static void test_unit_roots(void **state)
{
    (void)state;
    statistical_each(check_tests, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_at_given_coefficients),
                                       cmocka_unit_test(test_fitted_anew), cmocka_unit_test(test_unit_roots),
                                       cmocka_unit_test(test_chosen)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
