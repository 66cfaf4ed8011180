/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the name of a column of photometry says: its unit, whether it holds errors, and of what. */
#ifndef DS_COLUMN_NAME_H
#define DS_COLUMN_NAME_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ds_flux_unit {
    const char *name;
    double zero_point; /* AB magnitude of one unit; 0: magnitudes; NaN: the unit has none */
} ds_flux_unit;

/* A unit as files write it, whatever the case: uJy, microjansky, mag ...; NULL: none that is known. */
const ds_flux_unit *ds_flux_unit_find(const char *text, size_t length);
/* The unit of a zero point to within 0.05 magnitudes; NULL: there is none. */
const ds_flux_unit *ds_flux_unit_at(double zero_point);
/* The units of fluxes with a zero point, the k-th; NULL after the last. */
const ds_flux_unit *ds_flux_unit_listed(int k);

typedef struct ds_column_name {
    char stem[64];            /* what a value shares with its errors: "psf" of magpsf, sigmapsf, psfFlux */
    const ds_flux_unit *unit; /* NULL: the name tells none */
    bool error, flux;         /* flux: the word stands in the name */
} ds_column_name;
ds_column_name ds_column_name_read(const char *name);

/* Behind the prefix that brokers and flattened alerts put before their names: i:magpsf, candidate.jd. */
const char *ds_column_name_bare(const char *name);

#endif
