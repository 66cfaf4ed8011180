/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The choice by evidence as a forecaster: of every target what its own past speaks for. */
#include "forecast/forecasters/auto_state.h"
#include "forecast/forecasters/choice/candidate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMED = 4 }; /* parts of a mixture that are told by name */

/* --- fitting --- */

typedef struct job {
    fc_auto_state *state;
    const ds_view *view;
    fc_trial_of of;
    int first, count;     /* targets at work */
    fc_trial *trial;      /* count */
    fc_auto_entry *entry; /* count */
    fc_surprises seen;
    fc_linkages linked;
} job;

static void begin_trial(void *context, int n, int worker)
{
    const job *j = context;
    (void)worker;
    fc_trial_begin(&j->trial[n], j->view, j->first + n, &j->of);
}

static void note_outcome(fc_auto_entry *e, const fc_trial *t, int target)
{
    const fc_candidate *naive = &t->candidate[t->naive];
    *e = (fc_auto_entry){.target = target,
                         .first = t->begin,
                         .skipped = t->skipped,
                         .transform = t->transform,
                         .origins = t->origins,
                         .squares = t->squares,
                         .error = t->error,
                         .then = t->then,
                         .naive_season = naive->season,
                         .naive_error = naive->error,
                         .scale = t->scale,
                         .width = t->width,
                         .growth = t->growth};
}

/* Fits what was chosen, to all rows unless those of the last fit are to do. */
static void settle_trial(void *context, int n, int worker)
{
    const job *j = context;
    fc_trial *t = &j->trial[n];
    fc_auto_entry *e = &j->entry[n];
    (void)worker;
    if (t->count == 0 || t->code)
        return;
    const ds_part rows = {0, j->state->kept ? fc_trial_last_fit(t) : t->strip.rows};
    note_outcome(e, t, j->first + n);
    for (int i = 0; i < t->count && !t->code; i++) {
        const fc_candidate *c = &t->candidate[i];
        if (!(c->share > 0))
            continue;
        e->of[e->parts] = c->of;
        e->share[e->parts] = c->share;
        t->code = fc_forecaster_fit(&e->state[e->parts], c->of->forecaster, c->config, &t->strip.view, rows,
                                    t->horizon, c->season, NULL);
        e->parts += !t->code;
    }
}

static void run(nn_pool *pool, int count, void (*task)(void *, int, int), void *context)
{
    if (pool)
        nn_pool_run(pool, count, task, context);
    for (int n = 0; n < count && !pool; n++)
        task(context, n, 0);
}

static int fit_chunk(job *j, nn_error *error)
{
    nn_pool *pool = j->state->local.pool;
    int code = NN_OK;
    run(pool, j->count, begin_trial, j);
    const bool done = fc_trials_run(j->trial, j->count, pool);
    if (done) {
        fc_trials_decide(j->trial, j->count);
        run(pool, j->count, settle_trial, j);
    }
    for (int i = 0; i < j->count; i++) {
        code = j->trial[i].code ? j->trial[i].code : code;
        if (!code && j->entry[i].parts > 0 && !fc_trial_note(&j->trial[i], &j->seen, &j->linked))
            code = NN_FAILED;
        fc_trial_clear(&j->trial[i]);
        if (j->entry[i].parts > 0)
            j->state->entry[j->state->count++] = j->entry[i];
    }
    if (!done)
        return nn_fail(error, NN_STOPPED, "stopped before every series was tried");
    return code ? nn_fail(error, code, "no memory to choose forecasters with") : NN_OK;
}

static int fit(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    fc_auto_state *s = state;
    const int most = view->targets < FC_TOGETHER ? view->targets : FC_TOGETHER;
    const fc_auto_config *how = config;
    fc_pretrained_candidate more = {0};
    job j = {.state = s,
             .of = {.part = train,
                    .horizon = s->local.horizon,
                    .season = s->local.season,
                    .scale = how ? how->scale : FC_PLAIN},
             .view = view,
             .trial = calloc((size_t)most + 1, sizeof *j.trial),
             .entry = calloc((size_t)most + 1, sizeof *j.entry)};
    s->entry = calloc((size_t)view->targets + 1, sizeof *s->entry);
    s->kept = how && !how->refit;
    int code = j.trial && j.entry && s->entry ? NN_OK : nn_no_memory(error);
    if (!code)
        code = fc_transform_check(j.of.scale, view, train, error);
    if (!code)
        code = fc_pretrained_candidate_open(&more, how ? how->weights : NULL, error);
    j.of.more = more.kind ? &more.named : NULL;
    for (; j.first < view->targets && !code; j.first += most) {
        const int left = view->targets - j.first;
        j.count = left < most ? left : most;
        memset(j.entry, 0, (size_t)j.count * sizeof *j.entry);
        code = fit_chunk(&j, error);
    }
    if (!code)
        fc_surprise_learn(&s->surprise, &j.seen);
    s->linkage = fc_linkage_learn(&j.linked, s->local.horizon);
    fc_surprises_clear(&j.seen);
    fc_pretrained_candidate_clear(&more);
    free(j.trial);
    free(j.entry);
    return code;
}

/* --- forecasting --- */

/* Behind the last step of those that end somewhere the others go on by themselves. */
static void mix(const fc_auto_entry *e, const ds_strip *strip, int horizon, double *each, double *out)
{
    double *sum = each + horizon;
    for (int h = 0; h < horizon; h++)
        out[h] = sum[h] = 0;
    for (int p = 0; p < e->parts; p++) {
        const fc_forecaster *of = e->of[p]->forecaster;
        const int most = ((const fc_local *)e->state[p])->horizon;
        const int steps = of->any_horizon || horizon < most ? horizon : most;
        of->forecast(e->state[p], &strip->view, strip->rows, steps, each);
        fc_transform_back(&e->transform, each, (size_t)steps);
        for (int h = 0; h < steps; h++) {
            out[h] += e->share[p] * each[h];
            sum[h] += e->share[p];
        }
    }
    for (int h = 0; h < horizon; h++)
        out[h] /= sum[h];
}

/* Whether anything is known before the origin. */
static bool forecast_entry(const fc_auto_entry *e, const ds_view *view, size_t origin, int horizon,
                           double *out)
{
    ds_strip strip;
    double *each = malloc((2 * (size_t)horizon + 1) * sizeof *each);
    bool known = each && origin > e->first;
    if (known && ds_strip_make(&strip, view, e->target, e->first, origin, NULL)) {
        ds_strip_clear(&strip);
        known = false;
    }
    if (known && strip.rows > e->skipped)
        ds_strip_tail(&strip, strip.rows - e->skipped);
    if (known) {
        fc_transform_there(&e->transform, strip.values, strip.rows);
        mix(e, &strip, horizon, each, out);
        ds_strip_clear(&strip);
    }
    free(each);
    return known;
}

static const fc_auto_entry *entry_of(const fc_auto_state *s, int target)
{
    int low = 0, high = s->count;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        if (s->entry[middle].target < target)
            low = middle + 1;
        else
            high = middle;
    }
    return low < s->count && s->entry[low].target == target ? &s->entry[low] : NULL;
}

static void forecast_one(const void *state, const ds_view *view, int k, size_t origin, int horizon,
                         double *out)
{
    const fc_auto_state *s = state;
    const fc_auto_entry *e = entry_of(s, k);
    const bool known = e && forecast_entry(e, view, origin, horizon, out);
    for (int h = 0; h < horizon; h++)
        if (!known || !isfinite(out[h]))
            out[h] = s->local.level[k];
}

static void forecast(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    const fc_auto_state *s = state;
    const size_t targets = (size_t)s->local.targets;
    double *one = malloc(((size_t)horizon + 1) * sizeof *one);
    for (int k = 0; k < s->local.targets; k++) {
        if (one)
            forecast_one(state, view, k, origin, horizon, one);
        for (size_t h = 0; h < (size_t)horizon; h++)
            out[h * targets + (size_t)k] = one ? one[h] : s->local.level[k];
    }
    free(one);
}

static double width(const void *state, int k, int step, double level)
{
    const fc_auto_state *s = state;
    const fc_auto_entry *e = entry_of(s, k);
    return e ? e->width * pow(step, e->growth) * fc_surprise_at(&s->surprise, level, step, s->local.horizon)
             : NAN;
}

static void clear(void *state)
{
    fc_auto_state *s = state;
    for (int i = 0; i < s->count; i++)
        for (int p = 0; p < FC_CANDIDATES; p++)
            fc_forecaster_free(s->entry[i].state[p],
                               s->entry[i].of[p] ? s->entry[i].of[p]->forecaster : NULL);
}

/* --- in words --- */

/* The origins chose what they score: how good a choice at each of them had been, by what was known there. */
static void describe_then(double gain, char *text, size_t size)
{
    const size_t at = strlen(text);
    if (isfinite(gain) && at < size)
        snprintf(text + at, size - at, "; chosen anew before each of the later ones, %.1f%% %s",
                 100 * fabs(1 - gain), gain <= 1 ? "less" : "more");
}

static void describe_one(const fc_auto_entry *e, char *text, size_t size)
{
    char parts[160], naive[40] = "naive";
    fc_mixture_name(e->of, e->share, e->parts, NAMED, parts, sizeof parts);
    if (e->naive_season > 1)
        snprintf(naive, sizeof naive, "seasonal-naive of %d rows", e->naive_season);
    const char *what = e->squares ? "root mean squared error" : "mean absolute error";
    if (isnan(e->error))
        snprintf(text, size, "%s, for the past is too short to compare forecasts on", parts);
    else if (e->naive_error > 0)
        snprintf(text, size,
                 "%s: %s %.6g at %d rolling origin%s, %.1f%% %s than the best naive forecast, %s (%.6g)",
                 parts, what, e->error, e->origins, e->origins == 1 ? "" : "s",
                 100 * fabs(1 - e->error / e->naive_error), e->error <= e->naive_error ? "less" : "more",
                 naive, e->naive_error);
    else
        snprintf(text, size, "%s: %s %.6g at %d rolling origin%s", parts, what, e->error, e->origins,
                 e->origins == 1 ? "" : "s");
    describe_then(e->then, text, size);
}

bool fc_auto_chosen(fc_chosen *chosen, const void *state, int target)
{
    const fc_auto_entry *e = entry_of(state, target);
    *chosen = (fc_chosen){.error = NAN, .naive_error = NAN, .scale = NAN};
    if (!e)
        return false;
    fc_mixture_name(e->of, e->share, e->parts, NAMED, chosen->name, sizeof chosen->name);
    chosen->naive_season = e->naive_season;
    chosen->origins = e->origins;
    chosen->squares = e->squares != 0;
    chosen->error = e->error;
    chosen->naive_error = e->naive_error;
    chosen->scale = e->scale;
    return true;
}

/* What the series are forecast by in the mean. */
static void name_mean(const fc_auto_state *s, char *text, size_t size)
{
    const fc_named *of[FC_MIXED] = {0};
    double share[FC_MIXED] = {0};
    int count = 0;
    for (int i = 0; i < s->count; i++)
        for (int p = 0; p < s->entry[i].parts; p++) {
            int c = 0;
            while (c < count && of[c] != s->entry[i].of[p])
                c++;
            if (c == FC_MIXED)
                continue;
            of[c] = s->entry[i].of[p];
            count += c == count;
            share[c] += s->entry[i].share[p] / s->count;
        }
    fc_mixture_name(of, share, count, NAMED, text, size);
}

/* Their parts, and what they gain on the naive forecasts. */
static void describe_all(const fc_auto_state *s, char *text, size_t size)
{
    char parts[160];
    double sum = 0, then = 0;
    int compared = 0, chosen = 0;
    for (int i = 0; i < s->count; i++)
        if (s->entry[i].naive_error > 0 && isfinite(s->entry[i].error)) {
            sum += s->entry[i].error / s->entry[i].naive_error;
            compared++;
            then += isfinite(s->entry[i].then) ? s->entry[i].then : 0;
            chosen += isfinite(s->entry[i].then) != 0;
        }
    name_mean(s, parts, sizeof parts);
    const size_t at = (size_t)snprintf(text, size, "%d series, in the mean by %s", s->count, parts);
    if (compared && at < size)
        snprintf(text + at, size - at,
                 "; at their rolling origins the errors are %.1f%% %s, in the mean, than those of the best "
                 "naive forecast of each",
                 100 * fabs(1 - sum / compared), sum <= compared ? "less" : "more");
    if (chosen)
        describe_then(then / chosen, text, size);
}

static void describe(const void *state, char *text, size_t size)
{
    const fc_auto_state *s = state;
    if (s->count == 1)
        describe_one(&s->entry[0], text, size);
    else
        describe_all(s, text, size);
    const size_t at = strlen(text);
    if (s->count && s->entry[0].transform.scale)
        snprintf(text + at, size - at, "; on the scale %s", fc_scale_names[s->entry[0].transform.scale]);
    const size_t end = strlen(text);
    if (s->kept)
        snprintf(text + end, size - end, "; not fitted again to all rows");
}

/* --- as a kind of model --- */

static const nn_option options[] = {
    {"transform", 0, NN_CHOICE, offsetof(fc_auto_config, scale), "none", "none|log|boxcox|logit", 0, 0,
     "the scale that a series is forecast on; errors and forecasts are in the file's units"},
    {"refit", 0, NN_FLAG, offsetof(fc_auto_config, refit), "true", NULL, 0, 0,
     "what was chosen is fitted to all rows, those that it was compared on too"},
    {"weights", 0, NN_TEXT, offsetof(fc_auto_config, weights), NULL, "FOLDER", 0, 0,
     "a published network, such as chronos-bolt-small/, that is one more candidate for each series; a "
     "model's "
     "file then holds its weights ('forecast' without a model: $AUSPEX_WEIGHTS)"},
    {0}};
static const char *const later[] = {"weights", NULL};

const fc_forecaster fc_forecaster_auto = {.state_size = sizeof(fc_auto_state),
                                          .any_horizon = true,
                                          .fields = fc_auto_fields,
                                          .check = fc_auto_check,
                                          .fit = fit,
                                          .forecast = forecast,
                                          .forecast_one = forecast_one,
                                          .width = width,
                                          .weights = fc_auto_weights,
                                          .linkage_offset = offsetof(fc_auto_state, linkage),
                                          .describe = describe,
                                          .write = fc_auto_write,
                                          .read = fc_auto_read,
                                          .clear = clear};
const fc_kind fc_auto = {.name = "auto",
                         .summary = "for each series what rolling origins on its own past speak for",
                         .options = options,
                         .later = later,
                         .config_size = sizeof(fc_auto_config),
                         .forecaster = &fc_forecaster_auto};
