/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trainings of a search that are done, in a ledger. */
#include "forecast/search/halving.h"

#include <stdio.h>
#include <stdlib.h>

#define SPENT "seconds"

enum { VALUES = 7 };

static const char *piece(char text[40], int index)
{
    snprintf(text, 40, "training %d", index + 1);
    return text;
}

bool fc_halving_recall(const fc_ledger *ledger, int index, fc_trial_run *run)
{
    char name[40];
    double v[VALUES];
    const char *text = fc_ledger_get(ledger, piece(name, index));
    if (!text || !fc_ledger_read_reals(text, v, VALUES) || v[0] != run->candidate || v[1] != run->rung ||
        v[2] != run->epochs)
        return false;
    run->best_epoch = (int)v[3];
    run->loss = v[4];
    run->step = v[5];
    run->seconds = v[6];
    return true;
}

static void put(fc_ledger *ledger, const char *name, const double *values, size_t count)
{
    char *text = fc_ledger_reals(values, count);
    if (text)
        fc_ledger_put(ledger, name, text);
    free(text);
}

void fc_halving_note(fc_ledger *ledger, int index, const fc_trial_run *r, double seconds)
{
    char name[40];
    const double v[VALUES] = {r->candidate, r->rung, r->epochs, r->best_epoch, r->loss, r->step, r->seconds};
    if (!ledger)
        return;
    put(ledger, SPENT, &seconds, 1);
    put(ledger, piece(name, index), v, VALUES);
    fc_ledger_keep(ledger);
}

double fc_halving_spent(const fc_ledger *ledger)
{
    double seconds = 0;
    const char *text = fc_ledger_get(ledger, SPENT);
    return text && fc_ledger_read_reals(text, &seconds, 1) && seconds > 0 ? seconds : 0;
}
