/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The score of the wind power challenge of KDD Cup 2022 (SDWPF, arXiv 2208.04360, section 4). */
#ifndef FC_KDD_SCORE_H
#define FC_KDD_SCORE_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct fc_kdd {
    double mae, rmse; /* of each turbine over its valid points, in MW, summed over the turbines */
    double score;     /* (mae + rmse) / 2; the contest shows it with a minus in front */
    int scored;       /* turbines with a valid point and a forecast */
    int zero;         /* turbines left out because their forecast is 0 throughout */
    int constant;     /* turbines whose forecast hardly moves (range below 1e-3 kW); they are scored */
} fc_kdd;

/* One forecast of a farm: truth, forecast and valid are horizon x turbines, in kW. With guard the contest's
 * rules hold: a turbine whose forecast is 0 throughout is left out, and more than a tenth of such turbines is
 * NN_BAD_DATA, because leaving them out would make the sum smaller. NN_BAD_DATA too without any valid point.
 */
int fc_kdd_score(fc_kdd *kdd, const double *truth, const double *forecast, const uint8_t *valid, int horizon,
                 int turbines, bool guard, nn_error *error);

#endif
