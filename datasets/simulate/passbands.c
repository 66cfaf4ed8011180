/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Surveys that look through other bands than LSST's: what is tabulated for ugrizy is read at their
 * wavelengths. */
#include "datasets/simulate/source.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const ds_sim_survey ds_sim_lsst = {
    .lsst = true,
    .count = DS_SIM_BANDS,
    .name = {"u", "g", "r", "i", "z", "y"},
    .wavelength = {3685, 4802, 6231, 7542, 8690, 9736},
    .extinction = {4.145, 3.237, 2.273, 1.684, 1.323, 1.088},
    /* From PLAsTiCC, by way of avocado (Boone 2019). */
    .depth = {{{2.34, 0.43}, {0.94, 0.41}, {1.30, 0.41}, {1.82, 0.42}, {2.56, 0.36}, {3.33, 0.37}},
              {{0.68, 0.26}, {0.25, 0.50}, {0.16, 0.36}, {0.53, 0.27}, {0.88, 0.22}, {1.76, 0.23}}},
    /* LSST's formula (Ivezic et al. 2019). */
    .gamma = {0.037, 0.038, 0.039, 0.039, 0.040, 0.040},
    .visits = {5.6, 8, 18.4, 18.4, 16, 16}};

double ds_sim_between(const double table[DS_SIM_BANDS], double wavelength)
{
    const double *at = ds_sim_wavelength;
    int b = 0;
    while (b < DS_SIM_BANDS - 2 && wavelength > at[b + 1])
        b++;
    const double share = fmin(fmax((wavelength - at[b]) / (at[b + 1] - at[b]), -0.5), 1.5);
    return table[b] + share * (table[b + 1] - table[b]);
}

void ds_sim_survey_make(ds_sim_survey *survey, int count, const char *const *names, const double *wavelengths)
{
    const ds_sim_survey *lsst = &ds_sim_lsst;
    *survey = (ds_sim_survey){.count = count};
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        const int n = b < count ? b : count - 1; /* places behind the last are not used */
        const double w = survey->wavelength[b] = wavelengths[n];
        snprintf(survey->name[b], sizeof survey->name[b], "%s", names[n]);
        survey->extinction[b] = fmax(0.1, ds_sim_between(lsst->extinction, w));
        survey->gamma[b] = ds_sim_between(lsst->gamma, w);
        survey->visits[b] = fmax(1, ds_sim_between(lsst->visits, w));
        for (int deep = 0; deep < 2; deep++)
            for (int k = 0; k < 2; k++) {
                double table[DS_SIM_BANDS];
                for (int i = 0; i < DS_SIM_BANDS; i++)
                    table[i] = lsst->depth[deep][i][k];
                survey->depth[deep][b][k] = ds_sim_between(table, w);
            }
    }
}

/* Values of ugrizy become those of the survey's bands; logarithmic: between their logarithms. */
static void read_at(const ds_sim_survey *survey, double table[DS_SIM_BANDS], bool logarithmic)
{
    double of[DS_SIM_BANDS];
    for (int b = 0; b < DS_SIM_BANDS; b++)
        of[b] = logarithmic ? log(fmax(table[b], 1e-30)) : table[b];
    for (int b = 0; b < DS_SIM_BANDS; b++) {
        const double value = ds_sim_between(of, survey->wavelength[b]);
        table[b] = logarithmic ? exp(value) : fmax(value, 0);
    }
}

void ds_sim_star_through(ds_sim_source *source, const ds_sim_survey *survey)
{
    ds_star *s = &source->star;
    if (survey->lsst)
        return;
    read_at(survey, source->mean, true);
    read_at(survey, source->steady, true);
    read_at(survey, s->heat, true);
    read_at(survey, s->amplitude, false);
    read_at(survey, s->second, false);
}
