/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs photometry through a classifier object by object, joined with the catalogue. */
#include "forecast/tasks/lightcurves/stream.h"

#include "lib/base/ranks.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool fc_input_paused(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) == 0;
}

/* Whether the object is to be seen at all; sets its row and label. */
static bool wanted(fc_sweep *self, const ds_lightcurve *curve, long *row, int *label)
{
    *row = self->catalogue ? ds_catalogue_find(self->catalogue, curve->id) : -1;
    *label = -1;
    if (self->catalogue && *row < 0 && self->unknown_row++ == 0)
        snprintf(self->first_unknown, sizeof self->first_unknown, "%s", curve->id);
    if (self->label && *row >= 0) {
        *label = self->label[*row];
        if (self->part >= 0 && *label >= 0 && self->parts[*row] != self->part) {
            self->other_part++;
            return false;
        }
    }
    if (self->labelled_only && *label < 0) {
        self->unlabelled += *row >= 0;
        return false;
    }
    return true;
}

static void numbers(fc_sweep *self, long row, double *extras)
{
    for (int e = 0; e < FC_EXTRAS; e++)
        extras[e] = self->redshift && self->catalogue && row >= 0
                        ? ds_catalogue_number(self->catalogue, e, (size_t)row)
                        : NAN;
    self->no_redshift += self->redshift && isnan(extras[0]);
}

static void count(fc_sweep *self, const fc_slot *slot)
{
    self->objects++;
    self->ready += slot->state == FC_SLOT_READY;
    self->empty += slot->state == FC_SLOT_EMPTY;
    self->undetected += slot->state == FC_SLOT_UNDETECTED;
    self->wide += slot->state == FC_SLOT_READY && slot->wide;
    if (slot->state == FC_SLOT_FAILED && self->failed++ == 0)
        self->first_failure = slot->error;
}

typedef struct block {
    long *rows; /* of the slots in use */
    int filled, ages;
} block;

static int hand_out(fc_sweep *self, block *b, fc_sweep_sink sink, void *context, nn_error *error)
{
    int code = (self->run ? self->run : fc_engine_run)(self->engine, b->filled, error);
    for (int i = 0; i < b->filled && code == NN_OK; i++) {
        const fc_slot *slot = fc_engine_slot(self->engine, i);
        if (i % b->ages == b->ages - 1)
            count(self, slot);
        code = sink(context, slot, b->rows[i], i % b->ages, error);
    }
    b->filled = 0;
    return code;
}

/* Objects that were whole before the reader failed come out all the same. */
static int hand_out_whole(fc_sweep *self, block *b, fc_sweep_sink sink, void *context, int code,
                          nn_error *error)
{
    const nn_error kept = *error;
    const int failed = hand_out(self, b, sink, context, error);
    if (!failed)
        nn_error_copy(error, &kept);
    return failed ? failed : code;
}

/* Fills a slot per age. */
static int add(fc_sweep *self, block *b, const ds_lightcurve *curve, nn_error *error)
{
    double extras[FC_EXTRAS];
    int label, code = NN_OK;
    long row;
    if (!wanted(self, curve, &row, &label))
        return NN_OK;
    numbers(self, row, extras);
    for (int age = 0; age < b->ages && code == NN_OK; age++) {
        b->rows[b->filled] = row;
        code = fc_engine_fill(self->engine, b->filled++, curve, extras, label,
                              self->days ? self->days[age] : INFINITY, error);
    }
    return code;
}

int fc_sweep_run(fc_sweep *self, fc_sweep_sink sink, void *context, nn_error *error)
{
    int slots = fc_engine_slots(self->engine), code = NN_OK;
    block b = {.rows = malloc((size_t)slots * sizeof *b.rows), .ages = self->days ? self->day_count : 1};
    if (!b.rows)
        return nn_no_memory(error);
    const ds_lightcurve *curve = NULL;
    fc_engine_bands(self->engine, ds_lightcurves_bands(self->reader));
    do {
        if (b.filled + b.ages > slots || (self->stream && b.filled && fc_input_paused()))
            code = hand_out(self, &b, sink, context, error);
        if (!code && (code = ds_lightcurves_next(self->reader, &curve, error)) && b.filled)
            code = hand_out_whole(self, &b, sink, context, code, error);
        if (!code && curve)
            code = add(self, &b, curve, error);
        /* ranks hear of a signal at unlike objects: their launcher ends them */
        if (!code && nn_ranks() == 1 && self->stopped && self->stopped())
            code = nn_fail(error, NN_STOPPED, "stopped");
    } while (!code && curve);
    if (!code && b.filled)
        code = hand_out(self, &b, sink, context, error);
    free(b.rows);
    return code;
}
