/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Theta family against statsforecast and R's thetaf: at their parameters, and fitted anew. */
#include "forecast/forecasters/smoothing/theta_model.h"
#include "forecast/statistics/seasons.h"
#include "lib/base/random.h"
#include "tests/statistical_file.h"

/* The series without its season, as both programs test and take it out. */
typedef struct adjusted {
    double *x, index[400];
    int period;
    bool multiplicative;
} adjusted;

static adjusted adjust(const statistical_series *s)
{
    adjusted a = {.x = malloc(2 * s->train * sizeof *a.x), .period = 1, .multiplicative = true};
    assert_non_null(a.x);
    assert_true(s->period <= 400);
    memcpy(a.x, s->values, s->train * sizeof *a.x);
    if (!fc_season_present(s->values, s->train, s->period))
        return a;
    a.period = s->period;
    for (size_t t = 0; t < s->train; t++)
        a.multiplicative &= s->values[t] > 0;
    fc_season_indices(s->values, s->train, a.period, a.multiplicative, a.index, a.x + s->train);
    for (size_t t = 0; t < s->train; t++) {
        const double i = a.index[t % (size_t)a.period];
        a.x[t] = a.multiplicative ? a.x[t] / i : a.x[t] - i;
    }
    return a;
}

static void compare(const statistical_series *s, const adjusted *a, const char *name, const json_t *json,
                    const double *mean, double tolerance, double slack)
{
    for (int h = 0; h < s->horizon; h++) {
        double value = mean[h];
        if (a->period > 1) {
            const double i = a->index[(s->train + (size_t)h) % (size_t)a->period];
            value = a->multiplicative ? value * i : value + i;
        }
        statistical_near(s->name, name, "mean", value, statistical_at(json, "mean", (size_t)h), tolerance,
                         1e-3 * fabs(mean[h]) + slack / tolerance);
    }
}

static double scale_of(const adjusted *a, size_t n)
{
    double sum = 0;
    for (size_t t = 0; t < n; t++)
        sum += fabs(a->x[t]) / (double)n;
    return sum;
}

typedef struct reached {
    int models, short_of;
} reached;

/* statsforecast's "mse" is the sum of squares by the mean |y|. Its starts and thetas may go anywhere, also
 * where nothing but the fourth value is better explained by them: such fits are not asked for. */
static void state_models(const statistical_series *s, void *total)
{
    static const char *const names[] = {"theta_stm", "theta_optimised", "theta_dynamic",
                                        "theta_dynamic_optimised"};
    reached *to = total;
    double mean[64];
    adjusted a = adjust(s);
    const double scale = scale_of(&a, s->train);
    double low = a.x[0], high = a.x[0];
    for (size_t t = 1; t < s->train; t++) {
        low = fmin(low, a.x[t]);
        high = fmax(high, a.x[t]);
    }
    const double range = high - low;
    for (int i = 0; i < 4; i++) {
        const json_t *json = json_object_get(s->statsforecast, names[i]), *par = json_object_get(json, "par");
        if (!par || strcmp(s->kind, "edge") == 0)
            continue;
        fc_theta_model m = {.kind = (fc_theta_kind)(FC_THETA_STM + i),
                            .start = statistical_number(par, "initial_smoothed"),
                            .alpha = statistical_number(par, "alpha"),
                            .theta = statistical_number(par, "theta")};
        fc_theta_evaluate(&m, a.x, s->train);
        statistical_near(s->name, names[i], "mse", m.squares / scale, statistical_number(json, "mse"), 1e-6,
                         0);
        fc_theta_forecast(&m, &m.last, s->horizon, mean);
        compare(s, &a, names[i], json, mean, 1e-6, 0);
        const double theirs = m.squares;
        const bool sensible = m.start > fmin(low - range, 0) && m.start < fmax(high + range, 0);
        assert_true(fc_theta_fit(&m, m.kind, a.x, s->train));
        to->models++;
        if (sensible && m.squares > theirs * (1 + 1e-6)) {
            to->short_of++;
            print_message("%s, %s: squares %.9g, not %.9g\n", s->name, names[i], m.squares, theirs);
        }
    }
    free(a.x);
}

static void test_state_models(void **state)
{
    (void)state;
    reached to = {0};
    statistical_each(state_models, &to);
    print_message("%d models, %d with more squares than theirs\n", to.models, to.short_of);
    assert_int_equal(to.short_of, 0);
}

/* R's alpha comes out of a coarser search: forecasts differ by as much. */
static void classic(const statistical_series *s, void *total)
{
    const json_t *json = json_object_get(s->r, "theta");
    double mean[64], variance[64];
    (void)total;
    if (json_object_get(json, "error") || strcmp(s->kind, "edge") == 0)
        return;
    adjusted a = adjust(s);
    if (a.period > 1 && !a.multiplicative) { /* R divides by the season even where values are below 0 */
        free(a.x);
        return;
    }
    fc_theta_model m;
    assert_true(fc_theta_fit(&m, FC_THETA_CLASSIC, a.x, s->train));
    statistical_near(s->name, "theta", "drift", m.slope / 2, statistical_number(json, "drift"), 1e-6, 1e-9);
    const double sigma2 = statistical_number(json, "sigma2");
    assert_true(m.sigma2 <= sigma2 * (1 + 1e-6));
    statistical_near(s->name, "theta", "sigma2", m.sigma2, sigma2, 1e-3, 0);
    fc_theta_forecast(&m, &m.last, s->horizon, mean);
    compare(s, &a, "theta", json, mean, 1e-6, 2e-3 * sqrt(sigma2));
    fc_theta_variance(&m, &m.last, s->horizon, variance);
    for (int h = 0; h < s->horizon; h++) {
        const double wide = statistical_at(json, "hi80", (size_t)h) - statistical_at(json, "lo80", (size_t)h);
        statistical_near(s->name, "theta", "width", 2 * 1.2815515655446004 * sqrt(variance[h]), wide, 1e-3,
                         0);
    }
    free(a.x);
}

static void test_classic(void **state)
{
    (void)state;
    statistical_each(classic, NULL);
}

/* The exact variance of each kind against paths that are run through its own recursion. */
static void test_variance(void **state)
{
    (void)state;
    enum { PATHS = 4000, STEPS = 8, ROWS = 20 };
    double y[ROWS + STEPS];
    for (int t = 0; t < ROWS; t++)
        y[t] = 10 + t + 3 * nn_random_uniform(3, (uint64_t)t);
    for (int kind = FC_THETA_STM; kind <= FC_THETA_DOTM; kind++) {
        fc_theta_model m;
        double mean[STEPS], variance[STEPS], spread[STEPS] = {0};
        assert_true(fc_theta_fit(&m, (fc_theta_kind)kind, y, ROWS));
        m.alpha = 0.4;
        fc_theta_evaluate(&m, y, ROWS);
        fc_theta_forecast(&m, &m.last, STEPS, mean);
        fc_theta_variance(&m, &m.last, STEPS, variance);
        for (uint64_t i = 0; i < PATHS; i++) {
            fc_theta_state at = m.last;
            for (uint64_t h = 0; h < STEPS; h++) {
                double next, squares = 0;
                size_t count = 0;
                fc_theta_forecast(&m, &at, 1, &next);
                next += sqrt(12 * m.sigma2) * (nn_random_uniform(9, i * STEPS + h) - 0.5);
                fc_theta_filter(&m, &at, &next, 1, &squares, &count);
                spread[h] += (next - mean[h]) * (next - mean[h]) / PATHS;
            }
        }
        for (int h = 0; h < STEPS; h++)
            statistical_near("made up", "theta", "variance", spread[h], variance[h], 0.1, 0);
    }
}

static void test_powers(void **state)
{
    (void)state;
    double y[60];
    for (int i = 0; i <= 10; i++)
        statistical_near("made up", "power", "back", fc_power_back(fc_power(3.7, i / 10.0), i / 10.0), 3.7,
                         1e-13, 0);
    for (int t = 0; t < 60; t++)
        y[t] = exp(1 + 0.05 * t + 0.1 * nn_random_uniform(1, (uint64_t)t));
    assert_true(fc_power_choose(y, 60) == 0);
    for (int t = 0; t < 60; t++)
        y[t] = 10 + 0.5 * t + nn_random_uniform(1, (uint64_t)t);
    assert_true(fc_power_choose(y, 60) >= 0.85);
    assert_true(fc_power_back(-3, 0.5) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_models),
        cmocka_unit_test(test_classic),
        cmocka_unit_test(test_variance),
        cmocka_unit_test(test_powers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
