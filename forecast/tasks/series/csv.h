/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the table that a model asks for. */
#ifndef FC_READ_H
#define FC_READ_H

#include "forecast/model.h"

/* Adds to an error of reading that options of the model's own file, as ds_reading_print has them, stood
 * behind it; returns its code, NN_BAD_DATA where that is
 * NN_USAGE: nobody gave these options now. */
int fc_fail_reading(nn_error *error, const char *remembered);

/* ds_table_read, but where options name no columns and a wide file holds all of the model's, only these are
 * read: trouble in other columns does not matter then. Such a file is opened twice, so anything but a regular
 * file is read as it is. Where the look does not fit, the columns that the model was told to read or to leave
 * out are those of the file. What the options leave in doubt is decided as it was for the model. NN_BAD_DATA
 * where the model's rows are dated and no column of the file is found to hold stamps. */
int fc_read_table(ds_table **table, const char *path, const ds_read_options *options, const fc_model *model,
                  nn_error *error);

#endif
