/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of the losses of training. */
#ifndef CLI_LOSS_FIGURE_H
#define CLI_LOSS_FIGURE_H

#include "cli/shell/picture.h"
#include "forecast/model.h"

/* Losses by epoch of a trained model; NN_BAD_DATA when none are recorded. */
int cli_draw_loss(cli_figure *figure, const fc_model *model, nn_error *error);
/* "MSE": the loss a record was trained with. */
const char *cli_loss_name(const fc_training *training);

#endif
