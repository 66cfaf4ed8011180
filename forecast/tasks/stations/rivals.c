/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The simple forecasts that stand beside every score of a panel: forecasters over its view. */
#include "forecast/tasks/stations/rivals.h"

#include "datasets/series/season.h"
#include "forecast/forecasters.h"

#include <stdlib.h>

static const struct {
    const char *name;
    const fc_forecaster *forecaster;
} rivals[FC_PANEL_BASELINES] = {[FC_PANEL_LAST] = {"repeat-last", &fc_forecaster_naive},
                                [FC_PANEL_SEASON] = {"seasonal-naive", &fc_forecaster_seasonal_naive},
                                [FC_PANEL_AR] = {"ar", &fc_forecaster_ar},
                                [FC_PANEL_AR_NEAR] = {"ar-neighbours", &fc_forecaster_ar}};

const char *fc_panel_baseline_name(fc_panel_baseline which)
{
    return rivals[which].name;
}

int fc_panel_baselines_choose(fc_panel_baseline which[FC_PANEL_BASELINES], const fc_kind *kind,
                              const void *config)
{
    const fc_forecaster *own = kind ? kind->forecaster : NULL;
    const fc_ar_config *ar = own == &fc_forecaster_ar ? config : NULL;
    int count = 0;
    for (int i = 0; i < FC_PANEL_BASELINES; i++)
        if (rivals[i].forecaster != own || (ar && (ar->neighbours != 0) != (i == FC_PANEL_AR_NEAR)))
            which[count++] = (fc_panel_baseline)i;
    return count;
}

int fc_panel_baselines_fit(fc_panel_baselines **baselines, const ds_panel *panel, ds_part part,
                           const fc_panel_baseline_settings *settings, nn_error *error)
{
    fc_panel_baselines *b = calloc(1, sizeof *b);
    int code = NN_OK;
    *baselines = NULL;
    if (!b)
        return nn_fail(error, NN_FAILED, "no memory for simple forecasts");
    b->view = ds_panel_view(panel);
    b->settings = *settings;
    ds_season season = {settings->season, false};
    if (!season.rows)
        code = ds_season_of(panel->table, part, NULL, &season, error);
    b->settings.season = season.rows;
    const int others = panel->count - 1, asked = settings->neighbours;
    b->neighbours = asked > 0 && asked < others ? asked : others;
    for (int i = 0; i < FC_PANEL_BASELINES && !code; i++) {
        const fc_ar_config config = {.order = settings->order,
                                     .neighbours = i == FC_PANEL_AR_NEAR ? b->neighbours : 0};
        code = fc_forecaster_fit(&b->state[i], rivals[i].forecaster,
                                 rivals[i].forecaster == &fc_forecaster_ar ? &config : NULL, &b->view, part,
                                 settings->horizon, b->settings.season, error);
    }
    if (code)
        fc_panel_baselines_free(b);
    else
        *baselines = b;
    return code;
}

void fc_panel_baselines_free(fc_panel_baselines *b)
{
    for (int i = 0; b && i < FC_PANEL_BASELINES; i++)
        fc_forecaster_free(b->state[i], rivals[i].forecaster);
    free(b);
}

void fc_panel_baseline_forecast(const fc_panel_baselines *b, fc_panel_baseline which, size_t row, double *out)
{
    fc_forecaster_forecast(rivals[which].forecaster, b->state[which], &b->view, row, b->settings.horizon,
                           out);
    for (size_t i = 0; i < (size_t)b->view.targets * (size_t)b->settings.horizon; i++)
        if (out[i] < b->settings.floor)
            out[i] = b->settings.floor;
}
