/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the table that a model asks for. */
#ifndef FC_READ_H
#define FC_READ_H

#include "forecast/model.h"

/* ds_table_read, but where options name no columns and a wide file holds all of the model's, only these are
 * read: trouble in other columns does not matter then. Such a file is opened twice, so anything but a regular
 * file is read as it is. */
int fc_read_table(ds_table **table, const char *path, const ds_read_options *options, const fc_model *model,
                  nn_error *error);

#endif
