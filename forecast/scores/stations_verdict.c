/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/scores/stations_verdict.h"

#include "forecast/scores/verdict.h"
#include "forecast/statistics/skill.h"

#include <math.h>
#include <stdio.h>

/* Windows that overlap: the steps of the horizon that the next one shares, and itself. */
static size_t overlap(const fc_panel_evaluation *e)
{
    const size_t stride = (size_t)e->settings.stride;
    return ((size_t)e->horizon + stride - 1) / stride;
}

static void compare(const fc_panel_evaluation *e, const fc_panel_score *first, fc_panel_score *other)
{
    const size_t h = overlap(e);
    other->base.dm = other->base.p = NAN;
    if (e->windows / FC_DM_HORIZONS < h)
        return;
    const fc_dm dm = fc_dm_losses(first->base.loss, other->base.loss, e->windows, h, FC_DM_TWO_SIDED);
    if (dm.count / FC_DM_HORIZONS < h) /* windows without a valid value do not count */
        return;
    other->base.dm = dm.statistic;
    other->base.p = dm.p;
}

static void say_p(const fc_panel_evaluation *e, double p, char text[100])
{
    char value[24];
    fc_p_text(p, value);
    if (isnan(p) && e->windows / FC_DM_HORIZONS < overlap(e))
        snprintf(text, 100, "%s: %zu windows are too few for a horizon of %d", value, e->windows, e->horizon);
    else
        snprintf(text, 100, "%s", value);
}

static void judge_model(fc_panel_evaluation *e)
{
    const fc_panel_score *model = &e->scores[0], *best = &e->scores[e->best];
    const double m = model->base.all.rmse, b = best->base.all.rmse;
    const bool lower = m < b;
    /* Where values are missing, windows weigh more than their values: the two may even differ in sign. */
    const bool chance = best->base.p > FC_SIGNIFICANCE || (lower && best->base.dm > 0);
    const char *worse_mae = model->base.all.mae > best->base.all.mae ? ", but its MAE is higher" : "";
    char p[100], change[48] = "";
    e->beats = lower && !chance;
    say_p(e, best->base.p, p);
    if (b > 0 && m != b)
        snprintf(change, sizeof change, ", %.1f%% %s", 100 * fabs(1 - m / b), lower ? "lower" : "higher");
    if (e->beats)
        snprintf(e->verdict, sizeof e->verdict,
                 "%s beats the best simple forecast, %s: RMSE %.6g against %.6g%s (%s)%s.", model->base.name,
                 best->base.name, m, b, change, p, worse_mae);
    else if (lower)
        snprintf(
            e->verdict, sizeof e->verdict,
            "The RMSE of %s, %.6g, is %.1f%% lower than that of the best simple forecast, %s, %.6g, but the "
            "difference may be chance (%s).",
            model->base.name, m, 100 * (1 - m / b), best->base.name, b, p);
    else
        snprintf(e->verdict, sizeof e->verdict,
                 "%s does NOT beat the simple forecast %s: RMSE %.6g against %.6g%s (%s). That one forecasts "
                 "%s here.",
                 model->base.name, best->base.name, m, b, change, p, chance || m == b ? "as well" : "better");
}

/* Without a model: which simple forecast a model will have to beat. */
static void judge_baselines(fc_panel_evaluation *e)
{
    const fc_panel_score *last = &e->scores[0], *best = &e->scores[e->best];
    char p[100];
    if (e->best == 0) {
        snprintf(e->verdict, sizeof e->verdict,
                 "Of the simple forecasts repeating the last value is the best: RMSE %.6g. A model has to "
                 "beat that.",
                 last->base.all.rmse);
        return;
    }
    say_p(e, best->base.p, p);
    snprintf(e->verdict, sizeof e->verdict,
             "Of the simple forecasts %s is the best: RMSE %.6g, %.1f%% lower than that of repeating the "
             "last value, "
             "%.6g (%s). A model has to beat that.",
             best->base.name, best->base.all.rmse, 100 * (1 - best->base.all.rmse / last->base.all.rmse),
             last->base.all.rmse, p);
}

void fc_panel_pronounce(fc_panel_evaluation *e)
{
    const int begin = e->has_model ? 1 : 0;
    e->best = begin;
    for (int i = begin; i < e->score_count; i++)
        if (e->scores[i].base.all.rmse < e->scores[e->best].base.all.rmse)
            e->best = i;
    e->scores[0].base.dm = e->scores[0].base.p = NAN;
    for (int i = 1; i < e->score_count; i++)
        compare(e, &e->scores[0], &e->scores[i]);
    e->beats = false;
    if (e->has_model)
        judge_model(e);
    else
        judge_baselines(e);
}
