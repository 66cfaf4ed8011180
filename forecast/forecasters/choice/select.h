/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a forecaster is chosen for each series of a table: its candidates and their errors at rolling origins.
 */
#ifndef FC_SELECT_H
#define FC_SELECT_H

#include "forecast/forecasters/choice/choice.h"
#include "forecast/training/ledger.h"

/* Who may stop a selection, and where what is done is kept. */
typedef struct fc_select_watch {
    fc_ledger *ledger; /* begun here; NULL: nothing is kept */
    bool (*stopped)(void);
} fc_select_watch;

typedef struct fc_select_of {
    int horizon, season, threads;
    const char *weights; /* a published network that is one more candidate: its folder; NULL */
} fc_select_of;

/* A trial of every column, decided (see choice.h), their forecasts forgotten; for fc_select_free. Results are
 * the same for any number of threads (0: all cores). watch NULL: nobody stops it; else NN_STOPPED. */
int fc_select(fc_trial **trials, const ds_table *table, const fc_select_of *how, const fc_select_watch *watch,
              nn_error *error);
void fc_select_free(fc_trial *trials, int count);
/* What was chosen, such as "ets x 0.60 + naive x 0.40", at most so many parts by name. */
void fc_select_name(const fc_trial *trial, int most, char *text, size_t size);

#endif
