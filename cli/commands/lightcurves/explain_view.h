/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An object that was explained, as the parts of auspex explain pass it on. */
#ifndef CLI_EXPLAIN_VIEW_H
#define CLI_EXPLAIN_VIEW_H

#include "cli/shell/picture.h"
#include "forecast/tasks/lightcurves/explain.h"
#include "forecast/tasks/lightcurves/tokens.h"

typedef struct explain_view {
    fc_classifier *model;
    const fc_slot *slot;
    const ds_bands
        *seen; /* of the file: a point's band, less FC_OTHER_BAND where that is more, is one of these */
    fc_explanation e;
    int order[FC_MOST_CLASSES]; /* classes by falling probability */
} explain_view;

/* Where a token stands: days since the first kept point, or the phase where the model folds; and the MJD, or
 * phase, of its zero. */
double explain_place(const explain_view *view, int token);
double explain_origin(const explain_view *view);

/* Draws the light curve with the classes' maps below. */
int explain_draw(const explain_view *view, cli_figure *figure, nn_error *error);

#endif
