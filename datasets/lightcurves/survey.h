/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What surveys and their services write: a row of a table for each. */
#ifndef DS_SURVEY_H
#define DS_SURVEY_H

#include "datasets/lightcurves/lightcurve_internal.h"

/* When a row's flag says that its point is bad. */
typedef enum ds_flag_rule {
    DS_FLAG_NONE,
    DS_FLAG_BITS,     /* a number with any of these bits */
    DS_FLAG_NOT_ZERO, /* a number that is not 0 */
    DS_FLAG_TRUE,     /* true, 1, t */
    DS_FLAG_WORD      /* this word */
} ds_flag_rule;

typedef struct ds_flag {
    const char *column;
    ds_flag_rule rule;
    long long bits;
    const char *word;
} ds_flag;

typedef struct ds_survey {
    const char *name;
    const char *key;          /* as --survey names it; NULL: found by its columns only */
    const char *signature[5]; /* columns that must all be there, whatever their case; none:
                               * only where it is asked for */
    struct {
        ds_photometry_role part;
        const char *name;
    } column[7];       /* which are not found by the usual names, or which come before them */
    double zero_point; /* of its fluxes; 0: as the names say */
    bool magnitudes;   /* are to be read though there are fluxes */
    bool error_by_snr; /* the error is the magnitude's, by a column of signal to noise */
    bool one_object;   /* a file is an object, where no column of ids is there */
    double time_zero;  /* MJD of the times' zero; 0: as values and names say */
    const char *time_scale;
    const char *clock;        /* what its times are; NULL: MJD */
    const char *system;       /* of its magnitudes: "AB", "Vega"; NULL: that is not told */
    bool numbered;            /* without names: time, magnitude, error */
    bool counts;              /* its fluxes are electrons per second */
    const ds_bands *one_band; /* of a file without a column of bands; NULL: not told */
    const ds_bands *bands;    /* what its filters are; NULL: as they are found */
    ds_flag flag;
} ds_survey;

/* The first survey whose columns are there, or that is asked for; NULL: none. NN_USAGE where a survey is
 * asked for that is not known, NN_BAD_DATA where the columns are not its own. */
int ds_survey_find(ds_lightcurves *r, const ds_survey **survey);
/* A flag that is known whatever the survey, by its column's name; NULL: none. */
const ds_flag *ds_flag_known(int k);

/* What columns are called, in order of preference; the k-th, NULL after the last. */
const char *ds_usual_name(int k, ds_photometry_role *part);

/* Fluxes by exact names, with the zero point that the name implies (0: a magnitude; NaN: any flux) and the
 * names of their errors. */
enum { DS_USUAL_ERRORS = 7 };
typedef struct ds_usual_flux {
    const char *name;
    double zero_point;
    const char *errors[DS_USUAL_ERRORS];
    const char *survey; /* that writes the unit; NULL: nothing tells it */
} ds_usual_flux;
const ds_usual_flux *ds_usual_flux_at(int k);

#endif
