/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exponential smoothing as a forecaster: of a given form (simple, Holt's, damped, ...), of the form of the
 * smallest AICc, or the mean of all forms by their Akaike weights. */
#include "datasets/series/values.h"
#include "forecast/forecasters.h"
#include "forecast/forecasters/smoothing/ets_model.h"
#include "forecast/statistics/draw.h"
#include "lib/base/memory.h"
#include "lib/base/random.h"
#include "lib/base/stop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One model of a target. */
typedef struct entry {
    int target;
    int form;     /* of form_names */
    size_t first; /* row of the value that the recursion begins with */
    double weight, alpha, beta, gamma, phi, level, growth, sigma2;
} entry;

typedef struct ets_state {
    fc_local local;
    int count;
    entry *entry;    /* count, target by target; owned */
    double *seasons; /* count x season, by phase; only of seasons that a form may have; owned */
} ets_state;

static const nn_option options[] = {{"form", 0, NN_TEXT, offsetof(fc_ets_config, form), "auto", "FORM", 0, 0,
                                     "error, trend and season, each A, M or N, d for a damped trend, such as "
                                     "ANN or MAdM; auto: by AICc; mean: all "
                                     "by Akaike weights"},
                                    FC_SCALE_OPTION(fc_ets_config),
                                    {0}};

/* --- forms and entries --- */

static const char *const form_names[] = {"ANN",  "AAN",  "AAdN", "AMN",  "AMdN", "ANA",  "AAA",  "AAdA",
                                         "AMA",  "AMdA", "ANM",  "AAM",  "AAdM", "AMM",  "AMdM", "MNN",
                                         "MAN",  "MAdN", "MMN",  "MMdN", "MNA",  "MAA",  "MAdA", "MMA",
                                         "MMdA", "MNM",  "MAM",  "MAdM", "MMM",  "MMdM", NULL};

/* The place of a form's name; -1: none. */
static int find_form(const char *text)
{
    for (int i = 0; form_names[i]; i++)
        if (strcmp(form_names[i], text) == 0)
            return i;
    return -1;
}

/* Of a name, without the season where the period has none. */
static fc_ets_form form_of(int place, int period)
{
    const char *name = form_names[place], season = name[strlen(name) - 1];
    const bool seasonal = season != 'N' && period > 1 && period <= FC_ETS_PERIOD;
    return (fc_ets_form){name[0], name[1], seasonal ? season : 'N', name[2] == 'd', seasonal ? period : 1};
}

static int place_of(fc_ets_form f)
{
    const char name[] = {f.error, f.trend, f.damped ? 'd' : f.season, f.damped ? f.season : '\0', '\0'};
    return find_form(name);
}

/* Of seasons per entry. */
static size_t width_of(const ets_state *s)
{
    return s->local.season > 1 && s->local.season <= FC_ETS_PERIOD ? (size_t)s->local.season : 0;
}

static void put_entry(ets_state *s, int i, int target, size_t first, double weight, const fc_ets_model *m)
{
    s->entry[i] = (entry){target, place_of(m->form), first,           weight,   m->alpha, m->beta, m->gamma,
                          m->phi, m->start.level,    m->start.growth, m->sigma2};
    memcpy(s->seasons + (size_t)i * width_of(s), m->start.season, width_of(s) * sizeof *s->seasons);
}

static fc_ets_model model_of(const ets_state *s, int i)
{
    const entry *e = &s->entry[i];
    fc_ets_model m = {.form = form_of(e->form, s->local.season),
                      .alpha = e->alpha,
                      .beta = e->beta,
                      .gamma = e->gamma,
                      .phi = e->phi,
                      .start.level = e->level,
                      .start.growth = e->growth,
                      .sigma2 = e->sigma2};
    memcpy(m.start.season, s->seasons + (size_t)i * width_of(s), width_of(s) * sizeof *s->seasons);
    return m;
}

static bool known_form(const char *text)
{
    return strcmp(text, "auto") == 0 || strcmp(text, "mean") == 0 || find_form(text) >= 0;
}

static int refuse_form(const char *text, nn_error *error)
{
    return nn_fail(error, NN_USAGE, "--form: '%.40s' is no form such as ANN, AAdN or MAM, nor auto or mean",
                   text);
}

/* --- fitting --- */

/* The last value again: what is left where there are too few values to fit. */
static void take_last(fc_ets_model *model, const double *y, size_t n)
{
    *model = (fc_ets_model){.form = {'A', 'N', 'N', false, 1}, .alpha = 1, .phi = 1, .start.level = y[0]};
    fc_ets_evaluate(model, y, n);
    model->sigma2 = model->count > 1 ? model->squares / (double)(model->count - 1) : 0;
}

/* How many models there are. */
static int fit_series(fc_ets_model *models, double *weight, const char *text, fc_ets_form form, int period,
                      const double *y, size_t n)
{
    int count = 1;
    bool fitted;
    weight[0] = 1;
    if (strcmp(text, "mean") == 0) {
        count = fc_ets_weigh(models, weight, period, y, n);
        fitted = count > 0;
    } else if (strcmp(text, "auto") == 0)
        fitted = fc_ets_choose(models, period, y, n);
    else
        fitted = fc_ets_fit(models, form, y, n);
    if (fitted)
        return count;
    take_last(models, y, n);
    weight[0] = 1;
    return 1;
}

static bool append(ets_state *s, int target, size_t first, const fc_ets_model *models, const double *weight,
                   int count)
{
    const size_t size = (size_t)(s->count + count);
    entry *entries = nn_resize(s->entry, size, 1, sizeof *entries);
    s->entry = entries ? entries : s->entry;
    double *seasons = nn_resize(s->seasons, size, width_of(s) + 1, sizeof *seasons);
    s->seasons = seasons ? seasons : s->seasons;
    if (!entries || !seasons)
        return false;
    for (int i = 0; i < count; i++)
        put_entry(s, s->count++, target, first, weight[i], &models[i]);
    return true;
}

static bool fit_targets(ets_state *s, const char *text, fc_ets_form form, const ds_view *view, ds_part train,
                        double *y)
{
    fc_ets_model models[FC_ETS_FORMS];
    double weight[FC_ETS_FORMS];
    bool fine = true;
    for (int k = 0; k < view->targets && fine && !nn_stop_wanted(); k++) {
        const size_t first = ds_values_first(view, k, train), n = train.end - first;
        if (n == 0)
            continue;
        ds_values_copy(view, k, first, n, y);
        const int count = fit_series(models, weight, text, form, s->local.season, y, n);
        fine = append(s, k, first, models, weight, count);
    }
    return fine;
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    ets_state *s = state;
    const fc_ets_config *how = config;
    const char *text = how && how->form ? how->form : "auto";
    const int place = find_form(text);
    const fc_ets_form form = form_of(place < 0 ? 0 : place, s->local.season);
    if (!known_form(text))
        return refuse_form(text, error);
    double *y = malloc((train.end - train.begin + 1) * sizeof *y);
    const bool fine = y && fit_targets(s, text, form, view, train, y);
    free(y);
    return fine ? NN_OK : nn_no_memory(error);
}

/* --- forecasting --- */

/* Behind the last row before origin. */
static fc_ets_state run_to(const fc_ets_model *m, const entry *e, const ds_view *view, size_t origin)
{
    fc_ets_state at = m->start;
    double y[256], squares = 0, logs = 0;
    size_t count = 0;
    for (size_t row = e->first, some; row < origin; row += some) {
        some = origin - row < 256 ? origin - row : 256;
        ds_values_copy(view, e->target, row, some, y);
        fc_ets_filter(m, &at, y, some, &squares, &logs, &count);
    }
    return at;
}

/* Adds weight times the forecasts of one model to out, every stride-th of which is the target's. */
static void add_forecast(const fc_ets_model *m, const entry *e, const ds_view *view, size_t origin,
                         int horizon, double *out)
{
    const fc_ets_state at = run_to(m, e, view, origin);
    double *mean = malloc((size_t)horizon * sizeof *mean);
    if (mean)
        fc_ets_forecast(m, &at, horizon, mean);
    for (int h = 0; h < horizon; h++) /* without memory: refused by the caller */
        out[h * view->targets] += mean ? e->weight * mean[h] : NAN;
    free(mean);
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const ets_state *s = state;
    const int targets = s->local.targets, cells = horizon * targets;
    for (int i = 0; i < cells; i++)
        out[i] = NAN;
    for (int i = 0; i < s->count; i++) {
        const entry *e = &s->entry[i];
        if (origin <= e->first)
            continue;
        for (int h = 0; h < horizon && (i == 0 || s->entry[i - 1].target != e->target); h++)
            out[h * targets + e->target] = 0;
        const fc_ets_model m = model_of(s, i);
        add_forecast(&m, e, view, origin, horizon, out + e->target);
    }
    for (int i = 0; i < cells; i++)
        out[i] = isfinite(out[i]) ? out[i] : s->local.level[i % targets];
}

/* --- what may come --- */

enum { LEAST_ROWS = 3, PATHS = 5000 };

/* The models of a target. */
static int entries_of(const ets_state *s, int target, int *first)
{
    int count = 0;
    for (int i = 0; i < s->count; i++) {
        *first = s->entry[i].target == target && !count ? i : *first;
        count += s->entry[i].target == target;
    }
    return count;
}

/* Each path is of one model, drawn by the weights. */
static bool paths(const void *state, fc_outlook at, uint64_t key, int count, double *out)
{
    const ets_state *s = state;
    int first = 0;
    const int models = entries_of(s, at.k, &first);
    if (models == 0 || at.origin < s->entry[first].first + LEAST_ROWS)
        return false;
    double below = 0;
    for (int j = 0; j < models; j++) {
        const entry *e = &s->entry[first + j];
        const fc_ets_model m = model_of(s, first + j);
        const fc_ets_state end = run_to(&m, e, at.view, at.origin);
        for (int i = 0; i < count; i++) {
            const uint64_t own = nn_random(key, (uint64_t)i);
            const double pick = models > 1 ? nn_random_uniform(own, UINT64_MAX / 2) : 0;
            if (pick >= below && (pick < below + e->weight || j + 1 == models))
                fc_ets_simulate(&m, &end, at.horizon, own, out + (size_t)i * (size_t)at.horizon);
        }
        below += e->weight;
    }
    return true;
}

/* Exact, by the normal distribution, where variances are known; else of many paths. */
static bool quantiles(const void *state, fc_outlook at, const double *share, int shares, double *out)
{
    const ets_state *s = state;
    const size_t horizon = (size_t)at.horizon;
    int first = 0;
    const int models = entries_of(s, at.k, &first);
    if (models == 0 || at.origin < s->entry[first].first + LEAST_ROWS)
        return false;
    const fc_ets_model m = model_of(s, first);
    const fc_ets_state end = run_to(&m, &s->entry[first], at.view, at.origin);
    double *room = malloc((PATHS + 2) * horizon * sizeof *room), *expected = room, *variance = room + horizon;
    bool fine = room;
    if (fine && models == 1 && fc_ets_variance(&m, &end, at.horizon, expected, variance))
        fc_normal_quantiles(expected, variance, at.horizon, share, shares, out);
    else if (fine)
        fine = paths(state, at, 1, PATHS, room) &&
               fc_path_quantiles(room, PATHS, at.horizon, share, shares, out);
    free(room);
    return fine;
}

/* --- as a kind of model --- */

static size_t seasons_of(const void *state)
{
    const ets_state *s = state;
    return (size_t)s->count * width_of(s);
}

static int check(const void *state, nn_error *error)
{
    const ets_state *s = state;
    for (int i = 0; i < s->count; i++)
        if (s->entry[i].target >= s->local.targets)
            return nn_fail(error, NN_BAD_DATA, "a smoothing is of target %d, of which there are %d",
                           s->entry[i].target, s->local.targets);
    return NN_OK;
}

static int check_config(const void *config, const fc_sizes *sizes, nn_error *error)
{
    const char *text = ((const fc_ets_config *)config)->form;
    (void)sizes;
    return !text || known_form(text) ? NN_OK : refuse_form(text, error);
}

#define ENTRY(name) FC_REAL, .offset = offsetof(entry, name)
static const fc_field entries[] = {
    {"target", FC_NUMBER, 0, offsetof(entry, target), .least = 0, .most = 1000000},
    {"first", FC_SIZE, 0, offsetof(entry, first), .least = 0, .most = 1e15},
    {"form", FC_CHOICE, 0, offsetof(entry, form), .names = form_names},
    {"weight", ENTRY(weight)},
    {"alpha", ENTRY(alpha)},
    {"beta", ENTRY(beta)},
    {"gamma", ENTRY(gamma)},
    {"phi", ENTRY(phi)},
    {"level", ENTRY(level)},
    {"growth", ENTRY(growth)},
    {"sigma2", ENTRY(sigma2)},
    {0}};

static const fc_field fields[] = {
    {"smoothings", FC_ENTRIES, 0, offsetof(ets_state, entry), .size = sizeof(entry),
     .count_offset = offsetof(ets_state, count), .least = 0, .most = 16000000, .fields = entries},
    {"seasons", FC_REAL, FC_MANY, offsetof(ets_state, seasons), .count = seasons_of},
    {0}};

const fc_forecaster fc_forecaster_ets = {.scales = true,
                                         .scale_offset = offsetof(fc_ets_config, scale),
                                         .state_size = sizeof(ets_state),
                                         .any_horizon = true,
                                         .fields = fields,
                                         .check = check,
                                         .fit = fit,
                                         .forecast = forecast,
                                         .quantiles = quantiles,
                                         .paths = paths};
const fc_kind fc_ets = {.name = "ets",
                        .summary = "exponential smoothing, its form chosen by AICc (Hyndman et al. 2008)",
                        .options = options,
                        .later = fc_scale_later,
                        .config_size = sizeof(fc_ets_config),
                        .check = check_config,
                        .forecaster = &fc_forecaster_ets};
