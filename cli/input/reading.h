/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of every command that reads a CSV file. */
#ifndef CLI_READING_H
#define CLI_READING_H

#include "cli/shell/command.h"
#include "cli/shell/operands.h"
#include "datasets/table/reading.h"
#include "forecast/model.h"

typedef ds_reading cli_reading;

/* The options with trouble kept rather than refused, for commands that only look: what the user did not
 * decide of missing values, gaps and duplicates becomes "keep". The texts stay the given reading's. */
cli_reading cli_reading_keeping(const cli_reading *given);

/* The options with missing values kept unless the user decided otherwise, for panels, which know what to do
 * with them. */
cli_reading cli_reading_panel(const cli_reading *given);

/* Reads a table and says what there is to note about it. path may be "-". tail 0: all rows. */
int cli_read_table(ds_table **table, const char *path, const cli_reading *reading, size_t tail,
                   nn_error *error);

/* Notes what is doubtful in the values of a table that is to be learnt from, see ds_doubts_say. */
int cli_say_doubts(const ds_table *table, const uint8_t *wanted, int most, nn_error *error);

/* How a file is read for a model: as the command line says, and where it says nothing, as the model's own
 * file was. The texts stay theirs. */
cli_reading cli_reading_for(const cli_reading *given, const fc_model *model);

/* The same for a model, by cli_reading_for: unless the user chose columns, reads just those the model was
 * trained on where a wide file has all of them, so that trouble in other columns does not matter. */
int cli_read_table_for(ds_table **table, const char *path, const cli_reading *reading, const fc_model *model,
                       size_t tail, nn_error *error);

/* Notes series whose static columns say what no series that the model learnt from has. */
void cli_say_unseen(const ds_table *table, const fc_model *model);

#endif
