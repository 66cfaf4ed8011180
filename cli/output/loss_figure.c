/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture of the losses of training, epoch by epoch. */
#include "cli/output/loss_figure.h"

#include <math.h>
#include <stdio.h>

const char *cli_loss_name(const fc_training *training)
{
    static const char *const names[] = {"MSE", "MAE", "Huber loss", "pinball loss"};
    return training->loss >= 0 && training->loss < 4 ? names[training->loss] : "loss";
}

int cli_draw_loss(cli_figure *figure, const fc_model *model, nn_error *error)
{
    const fc_record *r = &model->record;
    const bool classifies = model->task->purpose == FC_CLASSIFIES;
    char title[600];
    if (r->epochs < 1)
        return nn_fail(error, NN_BAD_DATA, "this model has no record of its training");
    snprintf(title, sizeof title, "%s on %s", model->kind->name, r->data_name);
    pl_loss_plot plot = {.title = title,
                         .loss_name = classifies ? "cross-entropy" : cli_loss_name(&r->training),
                         .training = r->train_loss,
                         .validation = r->validation_loss,
                         .epochs = r->epochs,
                         .best = r->best_epoch,
                         .naive = r->naive_validation_loss};
    return cli_figure_end(figure, pl_loss(&plot, cli_figure_begin(figure), error));
}
