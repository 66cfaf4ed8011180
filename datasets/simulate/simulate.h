/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated light curves of the fourteen PLAsTiCC classes, as a survey like LSST would see them.
 *
 * Rates, luminosities and shapes are literature values, spectra are black bodies and bands are single
 * wavelengths: good for tests, demonstrations and trying out a pipeline, not for published rates. Object n of
 * a seed is the same whatever is drawn beside it. */
#ifndef DS_SIMULATE_H
#define DS_SIMULATE_H

#include "lib/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DS_SIM_BANDS = 6, DS_SIM_MOST_EPOCHS = 480, DS_SIM_CLASSES = 15, DS_SIM_TARGETS = 14 };
/* First and last night of the survey, MJD. */
#define DS_SIM_FIRST_MJD 59580.0
#define DS_SIM_LAST_MJD  60675.0

typedef struct ds_sim_epoch {
    double mjd;
    double truth; /* noiseless flux, FLUXCAL: magnitude 27.5 - 2.5 log10 */
    double flux, error;
    int band; /* 0-5: u g r i z y */
    bool detected;
} ds_sim_epoch;

typedef struct ds_sim_object {
    int64_t number;       /* counted from 0 */
    int label;            /* place in ds_sim_classes */
    double ra, decl;      /* degrees */
    bool deep;            /* in a deep drilling field */
    double specz, photoz; /* 0 for objects of the Galaxy; specz NaN where no spectrum was taken */
    double photoz_error;
    double distmod; /* of photoz; NaN for objects of the Galaxy */
    double mwebv;   /* Galactic E(B-V) */
    /* What no observer knows. NaN where it means nothing for the class. */
    const char *true_model;
    double true_z, true_peak; /* MJD of the peak */
    double true_magnitude;    /* absolute at the peak; apparent mean in r for stars */
    double true_period;       /* days */
    double true_timescale; /* days: fall of a transient (rest frame), plateau of a SN II, t_E, tau of an AGN
                              (observed) */
    double true_shape;     /* x1 of a SN Ia, u0 of a lens, SF_inf in r of an AGN, amplitude in g or depth */
    int count;
    ds_sim_epoch epochs[DS_SIM_MOST_EPOCHS]; /* in time order */
} ds_sim_object;

/* The fourteen classes of the training set by code, then class 99. */
typedef struct ds_sim_class {
    int code;
    const char *name;
    double training, survey; /* objects of the class in PLAsTiCC's training and test set */
} ds_sim_class;
extern const ds_sim_class ds_sim_classes[DS_SIM_CLASSES];
/* By code or name, letter case ignored; -1 when there is none. */
int ds_sim_class_find(const char *text);

/* The bands of a survey, in order of wavelength. */
typedef struct ds_sim_survey {
    bool lsst; /* ugrizy, which are written as 0 to 5 */
    int count; /* 1 to DS_SIM_BANDS; tables go on with the last one's values */
    char name[DS_SIM_BANDS][32];
    double wavelength[DS_SIM_BANDS];  /* effective, Angstrom */
    double extinction[DS_SIM_BANDS];  /* magnitudes that dust takes per E(B-V); Schlafly & Finkbeiner 2011 */
    double depth[2][DS_SIM_BANDS][2]; /* ln FLUXCAL error of a faint source: mean and deviation; in the wide
                                         survey, then in deep fields */
    double gamma[DS_SIM_BANDS];       /* share of the photons' noise */
    double visits[DS_SIM_BANDS];      /* a year, of the wide survey */
} ds_sim_survey;
extern const ds_sim_survey ds_sim_lsst;
/* A survey as deep, and as often there, through other bands: what LSST's tables say at their wavelengths. */
void ds_sim_survey_make(ds_sim_survey *survey, int count, const char *const *names,
                        const double *wavelengths);

typedef struct ds_sim_settings {
    const ds_sim_survey *survey; /* NULL: ds_sim_lsst; copied */
    uint64_t seed;
    double weight[DS_SIM_CLASSES]; /* of the classes; 0: none of it */
    bool balanced; /* every round of as many objects as there are classes holds each once, weights aside */
    double deep_share;  /* of objects in deep drilling fields */
    double specz_share; /* of objects outside the Galaxy with a spectroscopic redshift */
} ds_sim_settings;

typedef struct ds_simulator ds_simulator;
/* Settings are copied. NN_USAGE when no class has a weight. */
int ds_simulator_new(ds_simulator **simulator, const ds_sim_settings *settings, nn_error *error);
void ds_simulator_free(ds_simulator *simulator);

/* Object number 0, 1, ...: the simulator is only read, so that threads may share it. Sources are drawn until
 * one is detected at least twice, as a survey keeps them. NN_FAILED without memory. */
int ds_simulate_object(const ds_simulator *simulator, int64_t number, ds_sim_object *object, nn_error *error);

#endif
