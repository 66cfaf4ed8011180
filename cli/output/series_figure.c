/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A picture of one small panel a column, each with its lines. */
#include "cli/output/series_figure.h"

#include "cli/shell/report.h"

#include <stdlib.h>

pl_forecast_panel *cli_panels_add(cli_panels *panels, const char *title)
{
    if (panels->count == PL_MOST_PANELS) {
        panels->left_out++;
        return NULL;
    }
    pl_forecast_panel *panel = &panels->panel[panels->count++];
    panel->title = title;
    return panel;
}

int cli_panels_line(cli_panels *panels, pl_line *line, const cli_strip *strip, nn_error *error)
{
    double *copy = malloc((strip->count + 1) * sizeof *copy);
    ds_time *local = malloc((strip->count + 1) * sizeof *local);
    if (!copy || !local || panels->kept_count + 2 > (int)(sizeof panels->kept / sizeof *panels->kept)) {
        free(copy);
        free(local);
        return nn_fail(error, NN_FAILED, "no memory for a picture");
    }
    panels->kept[panels->kept_count++] = copy;
    panels->kept[panels->kept_count++] = local;
    for (size_t i = 0; i < strip->count; i++) {
        copy[i] = strip->values[i * (size_t)strip->width + (size_t)strip->column];
        if (__builtin_add_overflow(strip->time[i], panels->zone, &local[i]))
            local[i] = strip->time[i];
    }
    *line = (pl_line){.name = strip->name, .time = local, .value = copy, .count = strip->count};
    return NN_OK;
}

int cli_panels_draw(cli_panels *panels, cli_figure *figure, const char *title, ds_frequency frequency,
                    nn_error *error)
{
    pl_forecast_plot plot = {.title = title,
                             .frequency = frequency,
                             .panels = panels->panel,
                             .panel_count = panels->count,
                             .across = panels->across};
    if (panels->left_out)
        cli_say_note("the picture shows %d series; %d more have no room, --columns chooses", panels->count,
                     panels->left_out);
    int code = cli_figure_end(figure, pl_forecast(&plot, cli_figure_begin(figure), error));
    cli_panels_clear(panels);
    return code;
}

void cli_panels_clear(cli_panels *panels)
{
    for (int i = 0; i < panels->kept_count; i++)
        free(panels->kept[i]);
    *panels = (cli_panels){0};
}
