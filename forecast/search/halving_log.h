/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trainings of a search that are done, in a ledger. */
#ifndef FC_HALVING_LOG_H
#define FC_HALVING_LOG_H

#include "forecast/search/halving.h"

/* What the index-th training came to, where one of this candidate, rung and epochs is noted. */
bool fc_halving_recall(const fc_ledger *ledger, int index, fc_trial_run *run);
/* Notes it, and the seconds of the whole search so far. */
void fc_halving_note(fc_ledger *ledger, int index, const fc_trial_run *run, double seconds);
/* Seconds that the search had taken; 0. */
double fc_halving_spent(const fc_ledger *ledger);

#endif
