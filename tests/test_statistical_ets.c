/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exponential smoothing against R's forecast and statsforecast: at their parameters, and fitted anew. */
#include "forecast/forecasters/smoothing/ets_model.h"
#include "lib/base/random.h"
#include "tests/statistical_file.h"

static fc_ets_form form_of(const char *letters, int period)
{
    const size_t length = strlen(letters);
    fc_ets_form form = {letters[0], letters[1], letters[length - 1], strchr(letters, 'd') != NULL, 1};
    if (form.season != 'N')
        form.period = period;
    return form;
}

static double or_else(double value, double other)
{
    return isnan(value) ? other : value;
}

/* R's par: seasons s0, s1, ... at times 0, -1, ...; the last one follows from the others. */
static fc_ets_model model_of(const json_t *json, int period)
{
    char letters[8], key[16];
    const json_t *c = json_object_get(json, "components"), *par = json_object_get(json, "par");
    const bool damped = strcmp(json_string_value(json_array_get(c, 3)), "TRUE") == 0;
    snprintf(letters, sizeof letters, "%s%s%s%s", json_string_value(json_array_get(c, 0)),
             json_string_value(json_array_get(c, 1)), damped ? "d" : "",
             json_string_value(json_array_get(c, 2)));
    fc_ets_model m = {.form = form_of(letters, period)};
    m.alpha = statistical_number(par, "alpha");
    m.beta = or_else(statistical_number(par, "beta"), 0);
    m.gamma = or_else(statistical_number(par, "gamma"), 0);
    m.phi = or_else(statistical_number(par, "phi"), 1);
    m.start.level = statistical_number(par, "l");
    m.start.growth = or_else(statistical_number(par, "b"), 0);
    double rest = m.form.season == 'M' ? period : 0;
    for (int i = 0; i + 1 < m.form.period; i++) {
        snprintf(key, sizeof key, "s%d", i);
        m.start.season[period - 1 - i] = statistical_number(par, key);
        rest -= statistical_number(par, key);
    }
    m.start.season[0] = m.form.season == 'N' ? 0 : rest;
    return m;
}

static void check_states(const statistical_series *s, const char *name, const fc_ets_model *m,
                         const json_t *json)
{
    const size_t period = (size_t)m->form.period, n = s->train;
    size_t at = 0;
    const double scale = fabs(m->last.level);
    statistical_near(s->name, name, "level", m->last.level, statistical_at(json, "last_state", at++), 1e-7,
                     0);
    if (m->form.trend != 'N')
        statistical_near(s->name, name, "growth", m->last.growth, statistical_at(json, "last_state", at++),
                         1e-7, scale);
    for (size_t i = 0; i < period && m->form.season != 'N'; i++)
        statistical_near(s->name, name, "season", m->last.season[(n - 1 - i) % period],
                         statistical_at(json, "last_state", at++), 1e-7, m->form.season == 'A' ? scale : 1);
}

/* R errs in two kinds of forms, and is left out where it does: damped ones with multiplicative error and
 * season forget phi at the first step; without a trend but with an additive season an error comes back in the
 * season one step early, after period - 1 steps (simulated_spread shows that it does not). */
static void check_intervals(const statistical_series *s, const char *name, const fc_ets_model *m,
                            const json_t *json)
{
    static const double z80 = 1.2815515655446004, z95 = 1.959963984540054;
    double expected[64], variance[64];
    if (!fc_ets_variance(m, &m->last, s->horizon, expected, variance) ||
        (m->form.error == 'M' && m->form.season == 'M' && m->form.damped))
        return;
    const bool early = m->form.trend == 'N' && m->form.season == 'A';
    for (int h = 0; h < s->horizon && (!early || h < m->form.period - 1); h++) {
        const double wide = sqrt(variance[h]);
        const size_t at = (size_t)h;
        statistical_near(s->name, name, "lo80", expected[h] - z80 * wide, statistical_at(json, "lo80", at),
                         1e-5, wide);
        statistical_near(s->name, name, "hi95", expected[h] + z95 * wide, statistical_at(json, "hi95", at),
                         1e-5, wide);
    }
}

static void at_their_parameters(const statistical_series *s, void *total)
{
    const char *name;
    json_t *json;
    json_object_foreach(s->r, name, json)
    {
        if (strncmp(name, "ets", 3) != 0 || strcmp(name, "ets_log") == 0 || json_object_get(json, "error") ||
            strcmp(s->kind, "edge") == 0)
            continue;
        fc_ets_model m = model_of(json, s->period);
        double mean[64];
        assert_true(s->horizon <= 64);
        fc_ets_evaluate(&m, s->values, s->train);
        statistical_near(s->name, name, "loglik", m.log_likelihood, statistical_number(json, "loglik"), 1e-7,
                         1);
        statistical_near(s->name, name, "aicc", m.aicc, statistical_number(json, "aicc"), 1e-7, 1);
        statistical_near(s->name, name, "bic", m.bic, statistical_number(json, "bic"), 1e-7, 1);
        statistical_near(s->name, name, "sigma2", m.sigma2, statistical_number(json, "sigma2"), 1e-7, 0);
        check_states(s, name, &m, json);
        fc_ets_forecast(&m, &m.last, s->horizon, mean);
        const char *key = json_object_get(json, "recursion") ? "recursion" : "mean";
        for (int h = 0; h < s->horizon; h++)
            statistical_near(s->name, name, key, mean[h], statistical_at(json, key, (size_t)h), 1e-6,
                             1e-3 * fabs(m.last.level));
        check_intervals(s, name, &m, json);
        ++*(int *)total;
    }
}

static void test_at_their_parameters(void **state)
{
    (void)state;
    int count = 0;
    statistical_each(at_their_parameters, &count);
    print_message("%d models at R's parameters\n", count);
}

/* --- fitted anew --- */

typedef struct reached {
    int fits, short_of, far, choices, dearer;
} reached;

/* The log-likelihood where the parameters keep the bounds that R keeps; -infinity else. */
static double their_likelihood(const json_t *json)
{
    const json_t *par = json_object_get(json, "par");
    const double slack = 1e-6, alpha = statistical_at(json, "par", 0), beta = statistical_at(json, "par", 1),
                 gamma = statistical_at(json, "par", 2), phi = statistical_at(json, "par", 3);
    if (json_is_array(par) &&
        (beta > alpha + slack || gamma > 1 - alpha + slack || phi < .8 - slack || phi > .98 + slack))
        return -INFINITY;
    return or_else(statistical_number(json, "loglik"), -INFINITY);
}

static void choose(const statistical_series *s, reached *to)
{
    const json_t *r = json_object_get(s->r, "ets"), *other = json_object_get(s->statsforecast, "ets");
    const double theirs =
        fmin(or_else(statistical_number(r, "aicc"), INFINITY),
             isfinite(their_likelihood(other)) ? statistical_number(other, "aicc") : INFINITY);
    fc_ets_model m;
    assert_true(fc_ets_choose(&m, s->period, s->values, s->train));
    to->choices++;
    if (m.aicc > theirs + 0.1) {
        to->dearer++;
        print_message("%s: AICc %.6g, not %.6g\n", s->name, m.aicc, theirs);
    }
}

static void fitted_anew(const statistical_series *s, void *total)
{
    reached *to = total;
    const char *name;
    json_t *json;
    if (strcmp(s->kind, "edge") == 0)
        return;
    choose(s, to);
    json_object_foreach(s->r, name, json)
    {
        if (strncmp(name, "ets_", 4) != 0 || strcmp(name, "ets_log") == 0 || strcmp(name, "ets_aic") == 0)
            continue;
        const double theirs = fmax(or_else(statistical_number(json, "loglik"), -INFINITY),
                                   their_likelihood(json_object_get(s->statsforecast, name)));
        fc_ets_model m;
        if (!isfinite(theirs) || !fc_ets_fit(&m, form_of(name + 4, s->period), s->values, s->train))
            continue;
        const double less = theirs - m.log_likelihood;
        to->fits++;
        to->short_of += less > 0.05;
        to->far += less > 1;
        if (less > 0.05)
            print_message("%s, %s: log-likelihood %.8g, not %.8g\n", s->name, name, m.log_likelihood, theirs);
    }
}

static void test_fitted_anew(void **state)
{
    (void)state;
    reached to = {0};
    statistical_each(fitted_anew, &to);
    print_message("%d fits, %d below the better one by .05, %d by 1; %d choices, %d dearer by .1\n", to.fits,
                  to.short_of, to.far, to.choices, to.dearer);
    assert_int_equal(to.far, 0);
    assert_true(to.short_of <= 0.05 * to.fits);
    assert_true(to.dearer <= 0.1 * to.choices);
}

/* --- what has a known answer --- */

static void test_plain_series(void **state)
{
    (void)state;
    double y[40], mean[5];
    fc_ets_model m;
    for (int i = 0; i < 40; i++)
        y[i] = 7;
    assert_true(fc_ets_choose(&m, 12, y, 40));
    fc_ets_forecast(&m, &m.last, 5, mean);
    statistical_near("constant", "ets", "mean", mean[4], 7, 1e-12, 0);
    for (int i = 0; i < 40; i++)
        y[i] = 3 + 2 * i;
    y[11] = y[12] = NAN; /* bridged by its own forecast */
    assert_true(fc_ets_choose(&m, 1, y, 40));
    fc_ets_forecast(&m, &m.last, 5, mean);
    statistical_near("line", "ets", "mean", mean[4], 3 + 2 * 44, 1e-7, 0);
    assert_false(fc_ets_choose(&m, 1, y, 3));
    assert_false(fc_ets_fit(&m, form_of("MAM", 12), y, 16));
    y[3] = -1;
    assert_false(fc_ets_fit(&m, form_of("MNN", 1), y, 40));
}

/* Simulated paths spread as the exact variance says, in every class that has one. */
static void simulated_spread(const statistical_series *s, void *total)
{
    static const char *const forms[] = {"AAdA", "MAN", "MAdA", "MAdM", "ANA", "MNA", "MNM"};
    enum { PATHS = 8000, STEPS = 10 };
    (void)total;
    if (strcmp(s->name, "ukgas") != 0)
        return;
    double *paths = malloc(PATHS * STEPS * sizeof *paths), expected[STEPS], variance[STEPS];
    assert_non_null(paths);
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        fc_ets_model m;
        assert_true(fc_ets_fit(&m, form_of(forms[f], s->period), s->values, s->train));
        assert_true(fc_ets_variance(&m, &m.last, STEPS, expected, variance));
        for (uint64_t i = 0; i < PATHS; i++)
            fc_ets_simulate(&m, &m.last, STEPS, nn_random(11, i), paths + i * STEPS);
        for (int h = 0; h < STEPS; h++) {
            double mean = 0, square = 0;
            for (int i = 0; i < PATHS; i++)
                mean += paths[i * STEPS + h] / PATHS;
            for (int i = 0; i < PATHS; i++)
                square += (paths[i * STEPS + h] - mean) * (paths[i * STEPS + h] - mean) / PATHS;
            statistical_near(s->name, forms[f], "mean of paths", mean, expected[h],
                             5 * sqrt(variance[h] / PATHS) / expected[h], 0);
            statistical_near(s->name, forms[f], "variance of paths", square, variance[h], 0.15, 0);
        }
    }
    free(paths);
}

static void test_simulated_spread(void **state)
{
    (void)state;
    statistical_each(simulated_spread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_their_parameters),
        cmocka_unit_test(test_fitted_anew),
        cmocka_unit_test(test_plain_series),
        cmocka_unit_test(test_simulated_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
