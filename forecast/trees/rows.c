/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes rows of features. */
#include "forecast/trees/rows.h"

#include "lib/base/memory.h"

#include <stdlib.h>

int fc_feature_rows_new(fc_feature_rows *rows, fc_feature_room *room, size_t count, int features, int classes,
                        nn_error *error)
{
    *room = (fc_feature_room){nn_resize(NULL, count, (size_t)features, sizeof *room->x),
                              nn_resize(NULL, count, 1, sizeof *room->label),
                              nn_resize(NULL, count, 1, sizeof *room->origin)};
    *rows = (fc_feature_rows){room->x, room->label, room->origin, count, features, classes};
    if (room->x && room->label && room->origin)
        return NN_OK;
    fc_feature_rows_free(rows);
    return nn_no_memory(error);
}

void fc_feature_rows_free(fc_feature_rows *rows)
{
    free((void *)rows->x);
    free((void *)rows->label);
    free((void *)rows->origin);
    *rows = (fc_feature_rows){0};
}
