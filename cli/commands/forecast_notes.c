/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says what a forecast does not hold. */
#include "cli/commands/forecast_notes.h"

#include "cli/shell/report.h"
#include "forecast/forecaster.h"
#include "forecast/tasks/stations/stations.h"

#include <math.h>
#include <string.h>

void cli_note_left_out(const fc_model *model, const ds_table *table, const fc_future *future)
{
    int without = 0, unlearnt = 0, unknown = 0;
    const char *first = NULL, *unseen = NULL, *other = NULL;
    for (int k = 0, j = 0; j < model->columns && k < future->targets; j++) {
        if (!model->is_target[j])
            continue;
        const bool seen = !model->scaler.shift || !isnan(model->scaler.shift[j]) || model->kind->forecaster;
        const char **name = seen ? &first : &unseen;
        if (isnan(future->values[k]) && !(*(seen ? &without : &unlearnt))++)
            *name = table->names[future->columns[k]];
        k++;
    }
    if (unlearnt)
        cli_say_note(
            "%d of %d series had no values in the training rows and %s not forecast, such as '%.200s'",
            unlearnt, future->targets, unlearnt == 1 ? "is" : "are", unseen);
    if (without && model->kind->forecaster)
        cli_say_note("%d of %d series %s no values and %s not forecast, such as '%.200s'", without,
                     future->targets, without == 1 ? "has" : "have", without == 1 ? "is" : "are", first);
    else if (without)
        cli_say_note(
            "%d of %d series %s too short for the look-back of %d and not forecast, such as '%.200s'",
            without, future->targets, without == 1 ? "is" : "are", model->lookback, first);
    for (int c = 0; c < table->columns && table->layout.longform && !fc_model_panel(model); c++) {
        int j = 0;
        while (j < model->columns && strcmp(model->names[j], table->names[c]) != 0)
            j++;
        if (j == model->columns && !unknown++)
            other = table->names[c];
    }
    if (unknown)
        cli_say_note(
            "%d series of the file %s none that the model was trained on and not forecast, such as '%.200s'",
            unknown, unknown == 1 ? "is" : "are", other);
}

void cli_note_unknown(const ds_table *table, const fc_future *future, const fc_bands *bands)
{
    int first = 0;
    const int count = fc_bands_unknown(bands, future, &first);
    if (count)
        cli_say_note("%d of %d series %s too %s values to tell how far forecasts err: nothing stands beside "
                     "that of '%.200s'%s",
                     count, future->targets, count == 1 ? "has" : "have", bands->beyond ? "large" : "few",
                     table->names[future->columns[first]], count == 1 ? "" : " and others");
}
