/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forecasters, with their settings, that others are built upon. */
#ifndef FC_NAMED_H
#define FC_NAMED_H

#include "forecast/forecasters.h"

typedef struct fc_named {
    const char *name; /* "ets", "dotm" */
    const fc_forecaster *forecaster;
    const void *config; /* for its fit; NULL: the usual settings */
} fc_named;

/* NULL where there is none of that name. */
const fc_named *fc_forecaster_named(const char *name);
/* The same, published networks among them, which need a folder to be fitted. */
const fc_named *fc_forecaster_kept(const char *name);

/* A mixture by falling shares, "ets x 0.40 + ces x 0.35 + 3 more": at most `most` parts by name, of count, up
 * to FC_MIXED; those of share 0 are none. */
enum { FC_MIXED = 32 };
void fc_mixture_name(const fc_named *const *of, const double *share, int count, int most, char *text,
                     size_t size);

/* A state within that of another forecaster: under key in object, with its name. */
void fc_nested_write(json_t *object, const char *key, const fc_named *of, const void *state);
/* Back from there; the state is of so many targets and steps, or NN_BAD_DATA. */
int fc_nested_read(const fc_named **of, void **state, const json_t *object, const char *key, int targets,
                   int horizon, const char *path, nn_error *error);

#endif
