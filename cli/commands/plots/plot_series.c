/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex plot that draws the columns of a table. */
#include "cli/commands/plots/plot.h"

#include "cli/output/series_figure.h"
#include "cli/shell/report.h"
#include "lib/base/text.h"

static int add_lines(cli_panels *panels, const cli_plot_settings *s, const ds_table *table,
                     const ds_table *history, nn_error *error)
{
    size_t rows = s->last && !history && (size_t)s->last < table->rows ? (size_t)s->last : table->rows;
    size_t from = table->rows - rows;
    int code = NN_OK;
    panels->zone = ds_time_zone(&table->layout.format);
    for (int j = 0; j < table->columns && !code; j++) {
        pl_forecast_panel *panel = cli_panels_add(panels, table->names[j]);
        int before = history ? ds_table_column(history, table->names[j]) : -1;
        if (!panel)
            continue;
        code = cli_panels_line(panels, history ? &panel->forecast : &panel->truth,
                               &(cli_strip){history ? "forecast" : "values", table->time + from,
                                            table->values + from * (size_t)table->columns, j, table->columns,
                                            rows},
                               error);
        if (code || before < 0)
            continue;
        size_t wanted = s->last ? (size_t)s->last : 3 * rows, known = history->rows;
        size_t start = wanted < known ? known - wanted : 0;
        code = cli_panels_line(panels, &panel->history,
                               &(cli_strip){"history", history->time + start,
                                            history->values + start * (size_t)history->columns, before,
                                            history->columns, known - start},
                               error);
    }
    return code;
}

int cli_plot_series(const cli_run *run, cli_figure *figure, nn_error *error)
{
    const cli_plot_settings *s = run->settings;
    const char *path = run->operands[run->operand_count - 1];
    cli_reading reading = cli_reading_keeping(&s->reading); /* holes are drawn as holes */
    reading.id = s->id ? s->id : reading.id;
    ds_table *table = NULL, *history = NULL;
    cli_panels panels = {0};
    char title[300], frequency[40];
    int code = s->history ? cli_read_table(&history, s->history, &reading, 0, error) : NN_OK;
    if (history && !reading.frequency) {
        ds_frequency_print(history->frequency, frequency, sizeof frequency);
        reading.frequency = frequency; /* a forecast of few rows does not show its step */
    }
    if (!code)
        code = cli_read_table(&table, path, &reading, 0, error);
    if (!code)
        code = add_lines(&panels, s, table, history, error);
    snprintf(title, sizeof title, "%.250s", s->title ? s->title : nn_base_name(path));
    if (!code)
        code = cli_panels_draw(&panels, figure, title, table->frequency, error);
    cli_panels_clear(&panels);
    ds_table_free(history);
    ds_table_free(table);
    return code;
}
