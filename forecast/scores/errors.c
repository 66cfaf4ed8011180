/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From sums over values to errors, and what each error is called. */
#include "forecast/scores/errors.h"

#define OF(name) offsetof(fc_errors, name)
enum { SETS = FC_WHOLE | FC_EACH };

const fc_metric fc_scaled_metrics[] = {
    {"mse", "MSE", NULL, OF(mse), 6, -1, FC_SHOW(FC_ALL, FC_ALL, FC_ALL)},
    {"mae", "MAE", NULL, OF(mae), 6, -1, FC_SHOW(FC_ALL, FC_ALL, FC_ALL)},
    {"rmse", "RMSE", NULL, OF(rmse), 6, -1, FC_SHOW(FC_WHOLE, FC_WHOLE, 0)},
    {"mse_original", "MSE, units", NULL, OF(own_mse), -6, -1, FC_SHOW(SETS, SETS, SETS)},
    {"mae_original", "MAE, units", NULL, OF(own_mae), -6, -1, FC_SHOW(SETS, SETS, SETS)},
    {"rmse_original", "RMSE, units", NULL, OF(own_rmse), -6, -1, FC_SHOW(0, FC_WHOLE, 0)},
    {"mase", "MASE", NULL, OF(mase), 4, -1, FC_SHOW(SETS, SETS, SETS)},
    {"smape", "sMAPE", NULL, OF(smape), 2, -1, FC_SHOW(SETS, SETS, SETS)},
    {0}};

const fc_metric fc_own_metrics[] = {
    {"count", "values", NULL, OF(count), FC_COUNT, 0, FC_SHOW(FC_EACH | FC_STEP, FC_ALL, FC_ALL)},
    {"mae", "MAE", NULL, OF(mae), -5, -1, FC_SHOW(FC_ALL, FC_ALL, FC_ALL)},
    {"rmse", "RMSE", NULL, OF(rmse), -5, -1, FC_SHOW(FC_ALL, FC_ALL, FC_ALL)},
    {"wape", "WAPE", NULL, OF(wape), 4, -1, FC_SHOW(SETS, FC_ALL, FC_ALL)},
    {0}};
