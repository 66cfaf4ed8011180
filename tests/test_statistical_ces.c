/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Complex exponential smoothing against statsforecast: at its parameters, and fitted anew. */
#include "forecast/forecasters/smoothing/ces_model.h"
#include "lib/base/random.h"
#include "tests/statistical_file.h"

typedef struct reached {
    int models, compared, stable, short_of;
} reached;

static double or_else(double value, double other)
{
    return isnan(value) ? other : value;
}

/* Whether errors of a pair's states die out, as the fit asks for. */
static bool stable(double a0, double a1)
{
    const double trace = 2 - 2 * a0 + a1, determinant = (1 - a0 + a1) * (1 - a0) - (a1 - 1) * (1 - a0 - a1);
    return fabs(determinant) < 1 && fabs(trace) < 1 + determinant;
}

/* Errors of some of its models grow from row to row, so that the ten printed digits of a parameter do not fix
 * what comes out: nothing can be compared there. */
static bool reproducible(const statistical_series *s, const fc_ces_model *m)
{
    fc_ces_model near = *m;
    near.a[0] *= 1 + 1e-9;
    assert_true(fc_ces_evaluate(&near, s->values, s->train));
    bool same = fabs(near.log_likelihood - m->log_likelihood) < 1e-7;
    for (size_t i = 0; i < fc_ces_states(m->period); i++)
        same &= fabs(near.last[i] - m->last[i]) < 1e-6 * sqrt(m->sigma2);
    fc_ces_clear(&near);
    return same;
}

static void compare(const statistical_series *s, const char *name, const fc_ces_model *m, const json_t *json)
{
    double mean[64], *room = malloc(fc_ces_states(m->period) * sizeof *room);
    assert_non_null(room);
    statistical_near(s->name, name, "loglik", m->log_likelihood, statistical_number(json, "loglik"), 1e-7, 0);
    statistical_near(s->name, name, "aicc", m->aicc, statistical_number(json, "aicc"), 1e-7, 0);
    statistical_near(s->name, name, "sigma2", m->sigma2, statistical_number(json, "sigma2"), 1e-6, 0);
    fc_ces_forecast(m, m->last, s->train % (size_t)m->period, s->horizon, mean, room);
    for (int h = 0; h < s->horizon; h++)
        statistical_near(s->name, name, "mean", mean[h], statistical_at(json, "mean", (size_t)h), 1e-6,
                         0.1 * sqrt(m->sigma2));
    free(room);
}

static void each(const statistical_series *s, void *total)
{
    reached *to = total;
    for (const char *kind = "NSPF"; *kind; kind++) {
        char name[] = "ces_?";
        name[4] = *kind;
        const json_t *json = json_object_get(s->statsforecast, name), *par = json_object_get(json, "par");
        if (!par)
            continue;
        fc_ces_model m = {.kind = *kind, .period = *kind == 'N' ? 1 : s->period};
        m.a[0] = statistical_number(par, "alpha_0");
        m.a[1] = statistical_number(par, "alpha_1");
        m.b[0] = or_else(statistical_number(par, "beta_0"), 0);
        m.b[1] = or_else(statistical_number(par, "beta_1"), 0);
        assert_true(fc_ces_evaluate(&m, s->values, s->train));
        if (reproducible(s, &m)) {
            compare(s, name, &m, json);
            to->compared++;
        }
        const double theirs =
            stable(m.a[0], m.a[1]) && (*kind != 'F' || stable(m.b[0], m.b[1])) ? m.log_likelihood : -INFINITY;
        to->stable += isfinite(theirs);
        fc_ces_clear(&m);
        assert_true(fc_ces_fit(&m, *kind, s->period, s->values, s->train));
        to->models++;
        if (m.log_likelihood < theirs - 0.01) {
            to->short_of++;
            print_message("%s, %s: log-likelihood %.8g, not %.8g (%.3f %.3f %.3f %.3f)\n", s->name, name,
                          m.log_likelihood, theirs, m.a[0], m.a[1], m.b[0], m.b[1]);
        }
        fc_ces_clear(&m);
    }
    const json_t *chosen = json_object_get(s->statsforecast, "auto_ces"),
                 *par = json_object_get(chosen, "par");
    fc_ces_model m;
    if (!par || !stable(statistical_number(par, "alpha_0"), statistical_number(par, "alpha_1")))
        return;
    assert_true(fc_ces_choose(&m, s->period <= 24 ? s->period : 1, s->values, s->train));
    if (m.aicc > statistical_number(chosen, "aicc") + 0.1) {
        to->short_of++;
        print_message("%s, auto: AICc %.8g, not %.8g\n", s->name, m.aicc, statistical_number(chosen, "aicc"));
    }
    fc_ces_clear(&m);
}

static void test_goldens(void **state)
{
    (void)state;
    reached to = {0};
    statistical_each(each, &to);
    print_message("%d models, %d at their parameters; %d of %d stable fits and choices worse than theirs\n",
                  to.models, to.compared, to.short_of, to.stable);
    assert_true(to.compared * 10 >= to.models * 7);
    assert_true(to.short_of * 20 <= to.models);
}

/* Missing values change little, and the exact variance is that of paths run through the recursion. */
static void test_made_up(void **state)
{
    (void)state;
    enum { ROWS = 60, STEPS = 9, PATHS = 4000 };
    double y[ROWS], mean[STEPS], variance[STEPS], room[2 * 5];
    for (size_t t = 0; t < ROWS; t++)
        y[t] = 20 + (double)(t % 4) * 3 + nn_random_uniform(5, t);
    y[0] = y[17] = y[30] = NAN;
    for (const char *kind = "NSPF"; *kind; kind++) {
        fc_ces_model m;
        double spread[STEPS] = {0};
        assert_true(fc_ces_fit(&m, *kind, 4, y, ROWS));
        assert_int_equal(m.count, ROWS - 3);
        const size_t states = fc_ces_states(m.period), period = (size_t)m.period;
        fc_ces_forecast(&m, m.last, ROWS % period, STEPS, mean, room);
        for (size_t h = 0; h < STEPS && *kind != 'N'; h++)
            assert_true(fabs(mean[h] - 20.5 - (double)(h % 4) * 3) < 1);
        fc_ces_variance(&m, STEPS, variance, room);
        for (uint64_t i = 0; i < PATHS; i++) {
            double x[2 * 5], one, squares = 0;
            size_t count = 0;
            memcpy(x, m.last, states * sizeof *x);
            for (uint64_t h = 0; h < STEPS; h++) {
                fc_ces_forecast(&m, x, (ROWS + h) % period, 1, &one, room);
                one += sqrt(12 * m.sigma2) * (nn_random_uniform(9, i * STEPS + h) - 0.5);
                fc_ces_filter(&m, x, (ROWS + h) % period, &one, 1, &squares, &count);
                spread[h] += (one - mean[h]) * (one - mean[h]) / PATHS;
            }
        }
        for (int h = 0; h < STEPS; h++)
            statistical_near("made up", "ces", "variance", spread[h], variance[h], 0.1, 0);
        fc_ces_clear(&m);
    }
    fc_ces_model m;
    assert_false(fc_ces_fit(&m, 'S', 4, y, 7));
    assert_false(fc_ces_choose(&m, 4, y, 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_made_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
