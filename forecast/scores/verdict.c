/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecast/scores/verdict.h"

#include "forecast/statistics/skill.h"

#include <math.h>
#include <stdio.h>

static bool enough_windows(const ds_windows *windows)
{
    return windows->count / FC_DM_HORIZONS >= (size_t)windows->horizon;
}

void fc_compare(fc_score *score, const double *model_loss, const double *loss, const ds_windows *windows)
{
    score->dm = score->p = NAN;
    if (loss == model_loss || !enough_windows(windows))
        return;
    fc_dm dm = fc_dm_losses(model_loss, loss, windows->count, (size_t)windows->horizon, FC_DM_TWO_SIDED);
    if (dm.count / FC_DM_HORIZONS < (size_t)windows->horizon) /* windows without a known value do not count */
        return;
    score->dm = dm.statistic;
    score->p = dm.p;
}

const char *fc_p_text(double p, char text[24])
{
    if (isnan(p))
        snprintf(text, 24, "p not defined");
    else if (p < 0.001)
        snprintf(text, 24, "p < 0.001");
    else
        snprintf(text, 24, "p = %.*f", p < 0.0995 ? 3 : 2, p);
    return text;
}

/* p, and why there is none. */
static void say_p(char *text, size_t size, const fc_evaluation *e, double p)
{
    char value[24];
    fc_p_text(p, value);
    if (isnan(p) && !enough_windows(&e->windows))
        snprintf(text, size, "%s: %zu windows are too few for a horizon of %d", value, e->windows.count,
                 e->windows.horizon);
    else
        snprintf(text, size, "%s", value);
}

void fc_pronounce(fc_evaluation *e)
{
    e->best_naive = 1;
    for (int i = 2; i < e->score_count; i++)
        if (e->scores[i].all.mse < e->scores[e->best_naive].all.mse)
            e->best_naive = i;
    const fc_score *model = &e->scores[0], *best = &e->scores[e->best_naive];
    bool lower = model->all.mse < best->all.mse;
    /* Where values are missing, windows weigh more than their values: the two may even differ in sign. */
    bool chance = best->p > FC_SIGNIFICANCE || (lower && best->dm > 0);
    e->beats_naive = lower && !chance;
    const char *worse_mae = model->all.mae > best->all.mae ? ", but its MAE is higher" : "";
    char p[100], change[48] = "";
    say_p(p, sizeof p, e, best->p);
    if (best->all.mse > 0 && model->all.mse != best->all.mse)
        snprintf(change, sizeof change, ", %.1f%% %s", 100 * fabs(1 - model->all.mse / best->all.mse),
                 lower ? "lower" : "higher");
    if (e->beats_naive)
        snprintf(e->verdict, sizeof e->verdict,
                 "%s beats the best naive forecast, %s: MSE %.6f against %.6f%s (%s)%s.", model->name,
                 best->name, model->all.mse, best->all.mse, change, p, worse_mae);
    else if (lower)
        snprintf(
            e->verdict, sizeof e->verdict,
            "The MSE of %s, %.6f, is %.1f%% lower than that of the best naive forecast, %s, %.6f, but the "
            "difference may be chance (%s).",
            model->name, model->all.mse, 100 * (1 - model->all.mse / best->all.mse), best->name,
            best->all.mse, p);
    else
        snprintf(
            e->verdict, sizeof e->verdict,
            "%s does NOT beat the naive forecast %s: MSE %.6f against %.6f%s (%s). Repeating the last %s "
            "forecasts %s here.",
            model->name, best->name, model->all.mse, best->all.mse, change, p,
            e->best_naive == 1 ? "value" : "season",
            chance || model->all.mse == best->all.mse ? "as well" : "better");
}
