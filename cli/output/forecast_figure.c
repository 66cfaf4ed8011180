/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws history, forecast and intervals of a table's series. */
#include "cli/output/forecast_figure.h"

#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>

/* The stamps of one series; malloced. */
static ds_time *times_of(const fc_future *future, int target)
{
    ds_time *time = malloc((size_t)future->steps * sizeof *time);
    for (int i = 0; time && i < future->steps; i++)
        time[i] = fc_future_time(future, i, target);
    return time;
}

/* The intervals of one series, the widest first. */
static int add_fan(cli_panels *panels, pl_forecast_panel *panel, const fc_future *future,
                   const fc_bands *bands, const ds_time *time, int target, nn_error *error)
{
    int code = NN_OK;
    for (double below = 1; panel->band_count < PL_MOST_BANDS && !code;) {
        int widest = -1;
        for (int i = 0; i + 1 < bands->count; i++)
            if (strncmp(bands->band[i].suffix, "-lo-", 4) == 0 && 1 - 2 * bands->band[i].share < below &&
                (widest < 0 || bands->band[i].share < bands->band[widest].share))
                widest = i;
        if (widest < 0)
            break;
        below = 1 - 2 * bands->band[widest].share;
        pl_band *band = &panel->bands[panel->band_count++];
        code = cli_panels_line(panels, &band->low,
                               &(cli_strip){bands->band[widest].suffix + 4, time, bands->band[widest].values,
                                            target, future->targets, (size_t)future->steps},
                               error);
        if (!code)
            code = cli_panels_line(panels, &band->high,
                                   &(cli_strip){NULL, time, bands->band[widest + 1].values, target,
                                                future->targets, (size_t)future->steps},
                                   error);
    }
    return code;
}

int cli_forecast_panel(cli_panels *panels, pl_forecast_panel *panel, size_t rows, const ds_table *table,
                       const fc_future *future, const fc_bands *bands, int target, nn_error *error)
{
    const int column = future->columns[target];
    rows = rows < table->rows ? rows : table->rows;
    const size_t from = table->rows - rows; /* of a series that ends earlier less is seen */
    int code = cli_panels_line(panels, &panel->history,
                               &(cli_strip){"history", table->time + from,
                                            table->values + from * (size_t)table->columns, column,
                                            table->columns, rows},
                               error);
    ds_time *time = code ? NULL : times_of(future, target);
    if (!code)
        code = time ? cli_panels_line(panels, &panel->forecast,
                                      &(cli_strip){"forecast", time, future->values, target, future->targets,
                                                   (size_t)future->steps},
                                      error)
                    : nn_no_memory(error);
    if (!code)
        code = add_fan(panels, panel, future, bands, time, target, error);
    free(time);
    return code;
}

int cli_draw_forecast(cli_figure *figure, size_t rows, const fc_model *model, const ds_table *table,
                      const fc_future *future, const fc_bands *bands, nn_error *error)
{
    cli_panels panels = {.zone = ds_time_zone(&table->layout.format)};
    int code = NN_OK;
    for (int j = 0; j < future->targets && !code; j++) {
        pl_forecast_panel *panel = cli_panels_add(&panels, table->names[future->columns[j]]);
        if (panel)
            code = cli_forecast_panel(&panels, panel, rows, table, future, bands, j, error);
    }
    char title[300];
    snprintf(title, sizeof title, "%.200s: forecast by %s", nn_base_name(table->path), model->kind->name);
    if (!code)
        code = cli_panels_draw(&panels, figure, title, table->frequency, error);
    cli_panels_clear(&panels);
    return code;
}
