/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One object of a picture of light curves. Private to plots/. */
#ifndef PL_LIGHTCURVE_INTERNAL_H
#define PL_LIGHTCURVE_INTERNAL_H

#include "plots/lightcurve.h"
#include "plots/tics.h"

enum { PL_LIGHT_BANDS = 32, PL_LIGHT_NAME = 18 /* characters of a band */ };

/* What all panels of a picture have in common. */
typedef struct pl_light_look {
    const pl_lightcurve_plot *plot;
    char colour[PL_LIGHT_BANDS][8];
    char mark[PL_LIGHT_BANDS]; /* text art: the letter of a band */
    bool named;                /* text art: the bands are named in a key */
    bool last;                 /* nothing of the same times stands below: they are named */
} pl_light_look;

/* What there is of each band in a panel. */
typedef enum pl_light_part { PL_LIGHT_OPEN, PL_LIGHT_FILLED, PL_LIGHT_LIMIT, PL_LIGHT_PARTS } pl_light_part;

pl_light_part pl_light_part_of(const pl_light_panel *panel, size_t i);
bool pl_light_has_mean(const pl_light_panel *panel);
/* gnuplot's point type of a band. */
int pl_light_symbol(int band, bool filled);

pl_range pl_light_times(const pl_lightcurve_plot *plot, const pl_light_panel *panel);
pl_range pl_light_values(const pl_lightcurve_plot *plot, const pl_light_panel *panel);
/* tics: of the values; most_times: tics of time. The index names the panel's data. */
void pl_put_light_panel(pl_script *script, const pl_light_look *look, int index, pl_box box,
                        const pl_tics *tics, int most_times);

#endif
