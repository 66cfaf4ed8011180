/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layouts of surveys as data: names of columns, units, zeros of time, flags. */
#include "datasets/lightcurves/survey.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Centres of the filters in Angstrom. */
static const ds_bands skymapper = {6, {"u", "v", "g", "r", "i", "z"}, {3490, 3840, 5100, 6170, 7790, 9160}};
static const ds_bands tess = {1, {"TESS"}, {7865}}, kepler = {1, {"Kepler"}, {6400}},
                      ogle = {1, {"I"}, {7980}};

/* The more particular first. */
static const ds_survey surveys[] = {
    {.name = "ZTF forced photometry",
     .key = "ztf-forced",
     .signature = {"forcediffimflux", "forcediffimfluxunc", "zpdiff", "jd"},
     .column = {{DS_PART_TIME, "jd"},
                {DS_PART_BAND, "filter"},
                {DS_PART_FLUX, "forcediffimflux"},
                {DS_PART_ERROR, "forcediffimfluxunc"},
                {DS_PART_ZERO_POINT, "zpdiff"}},
     .one_object = true,
     .bands = &ds_bands_ztf,
     .flag = {"infobitssci", DS_FLAG_BITS, 33554432, NULL}},
    {.name = "ZTF light curves",
     .key = "ztf-dr",
     .system = "AB",
     .signature = {"oid", "filtercode", "mag", "magerr"},
     .column = {{DS_PART_ID, "oid"}, {DS_PART_BAND, "filtercode"}},
     .bands = &ds_bands_ztf,
     .flag = {"catflags", DS_FLAG_BITS, 32768, NULL}},
    {.name = "ZTF alerts",
     .key = "ztf-alerts",
     .system = "AB", /* as Fink, ALeRCE and Lasair hand them on */
     .signature = {"fid", "magpsf", "sigmapsf"},
     .bands = &ds_bands_ztf,
     .flag = {"tag", DS_FLAG_WORD, 0, "badquality"}},
    {.name = "ATLAS forced photometry",
     .key = "atlas",
     .signature = {"MJD", "uJy", "duJy", "F"},
     .column = {{DS_PART_TIME, "MJD"}, {DS_PART_BAND, "F"}, {DS_PART_FLUX, "uJy"}, {DS_PART_ERROR, "duJy"}},
     .zero_point = 23.9,
     .one_object = true,
     .flag = {"err", DS_FLAG_NOT_ZERO, 0, NULL}},
    {.name = "ASAS-SN",
     .key = "asas-sn",
     .clock = "HJD - 2400000.5",
     .signature = {"Camera", "Limit", "mag", "mag_err"},
     .column = {{DS_PART_LIMIT, "Limit"}, {DS_PART_FLUX, "mag"}, {DS_PART_ERROR, "mag_err"}},
     .magnitudes = true,
     .one_object = true},
    {.name = "ASAS-SN Sky Patrol",
     .key = "asas-sn",
     .signature = {"JD", "Mag", "Mag Error", "Limit", "Flux Error"},
     .column = {{DS_PART_LIMIT, "Limit"},
                {DS_PART_FLUX, "Mag"},
                {DS_PART_ERROR, "Mag Error"},
                {DS_PART_BAND, "Filter"}},
     .magnitudes = true,
     .one_object = true,
     .flag = {"Quality", DS_FLAG_WORD, 0, "B"}},
    {.name = "AAVSO",
     .key = "aavso",
     .signature = {"JD", "Magnitude", "Uncertainty", "Band"},
     .column = {{DS_PART_ID, "Star Name"},
                {DS_PART_TIME, "JD"},
                {DS_PART_FLUX, "Magnitude"},
                {DS_PART_ERROR, "Uncertainty"}},
     .magnitudes = true,
     .one_object = true},
    {.name = "AAVSO",
     .key = "aavso",
     .signature = {"DATE", "MAG", "MERR", "FILT"},
     .column = {{DS_PART_ID, "NAME"},
                {DS_PART_TIME, "DATE"},
                {DS_PART_FLUX, "MAG"},
                {DS_PART_ERROR, "MERR"},
                {DS_PART_BAND, "FILT"}},
     .magnitudes = true,
     .one_object = true},
    {.name = "Gaia epoch photometry",
     .key = "gaia",
     .system = "Vega",
     .clock = "BJD (TCB) - 2400000.5",
     .signature = {"transit_id", "band", "time", "mag", "flux_over_error"},
     .column = {{DS_PART_ID, "source_id"},
                {DS_PART_TIME, "time"},
                {DS_PART_FLUX, "mag"},
                {DS_PART_ERROR, "flux_over_error"}},
     .magnitudes = true,
     .error_by_snr = true,
     .one_object = true,
     .time_zero = 55197,
     .time_scale = "BJD - 2455197.5, as Gaia counts",
     .flag = {"rejected_by_photometry", DS_FLAG_TRUE, 0, NULL}},
    {.name = "Pan-STARRS",
     .key = "ps1",
     .system = "AB",
     .signature = {"filterID", "obsTime", "psfFlux", "psfFluxErr"},
     .column = {{DS_PART_ID, "objID"}, {DS_PART_TIME, "obsTime"}, {DS_PART_BAND, "filterID"}},
     .zero_point = 8.9,
     .one_object = true},
    {.name = "Open Supernova Catalogue",
     .key = "osc",
     .signature = {"event", "time", "magnitude", "e_magnitude", "band"},
     .column = {{DS_PART_ID, "event"}, {DS_PART_FLUX, "magnitude"}, {DS_PART_ERROR, "e_magnitude"}},
     .magnitudes = true},
    {.name = "Open Supernova Catalogue",
     .key = "osc", /* its JSON */
     .signature = {"time", "magnitude", "e_magnitude", "band", "upperlimit"},
     .column = {{DS_PART_FLUX, "magnitude"}, {DS_PART_ERROR, "e_magnitude"}},
     .magnitudes = true},
    {.name = "Catalina",
     .key = "catalina",
     .signature = {"MasterID", "Mag", "Magerr", "MJD"},
     .column = {{DS_PART_ID, "MasterID"}}},
    {.name = "PLAsTiCC",
     .key = "plasticc",
     .signature = {"object_id", "passband", "flux", "flux_err", "detected"},
     .zero_point = 27.5},
    {.name = "PLAsTiCC",
     .key = "plasticc",
     .signature = {"object_id", "passband", "flux", "flux_err", "detected_bool"},
     .zero_point = 27.5},
    {.name = "ELAsTiCC",
     .key = "elasticc",
     .signature = {"psFlux", "psFluxErr", "midPointTai"},
     .clock = "MJD (TAI)",
     .zero_point = 27.5},
    {.name = "Rubin Observatory",
     .key = "lsst",
     .signature = {"psfFlux", "psfFluxErr", "midpointMjdTai"},
     .clock = "MJD (TAI)",
     .zero_point = 31.4},
    {.name = "Rubin Observatory",
     .key = "lsst",
     .signature = {"psfDiffFlux", "psfDiffFluxErr", "visit"},
     .zero_point = 31.4},
    {.name = "SkyMapper",
     .key = "skymapper",
     .signature = {"object_id", "image_id", "mag_psf", "e_mag_psf", "filter"},
     .column = {{DS_PART_ID, "object_id"}, {DS_PART_FLUX, "mag_psf"}, {DS_PART_ERROR, "e_mag_psf"}},
     .magnitudes = true,
     .system = "AB",
     .bands = &skymapper,
     .flag = {"flags", DS_FLAG_NOT_ZERO, 0, NULL}},
    {.name = "TESS",
     .key = "tess",
     .column = {{DS_PART_TIME, "time"}, {DS_PART_FLUX, "pdcsap_flux"}, {DS_PART_ERROR, "pdcsap_flux_err"}},
     .zero_point = 20.44,
     .counts = true,
     .one_object = true,
     .time_zero = 56999.5,
     .time_scale = "BJD - 2457000, as TESS counts",
     .clock = "BJD (TDB) - 2400000.5",
     .one_band = &tess,
     .flag = {"quality", DS_FLAG_BITS, 17087, NULL}},
    {.name = "Kepler",
     .key = "kepler",
     .column = {{DS_PART_TIME, "time"}, {DS_PART_FLUX, "pdcsap_flux"}, {DS_PART_ERROR, "pdcsap_flux_err"}},
     .zero_point = 25.1,
     .counts = true,
     .one_object = true,
     .time_zero = 54832.5,
     .time_scale = "BJD - 2454833, as Kepler counts",
     .clock = "BJD (TDB) - 2400000.5",
     .one_band = &kepler,
     .flag = {"sap_quality", DS_FLAG_BITS, 1130799, NULL}},
    {.name = "OGLE",
     .key = "ogle",
     .magnitudes = true,
     .system = "Vega",
     .numbered = true,
     .one_object = true,
     .time_zero = 49999.5,
     .time_scale = "HJD - 2450000 or HJD, as OGLE writes",
     .clock = "HJD - 2400000.5",
     .one_band = &ogle},
    {.name = "MACHO",
     .key = "macho",
     .magnitudes = true,
     .numbered = true,
     .one_object = true,
     .time_zero = 48623,
     .time_scale = "JD - 2448623.5, as MACHO counts"},
    {.name = "sncosmo", .signature = {"time", "band", "flux", "zp", "zpsys"}, .one_object = true},
};

static bool has_columns(const ds_lightcurves *r, const ds_survey *survey)
{
    for (int i = 0; i < 5 && survey->signature[i]; i++)
        if (ds_photometry_column(r, survey->signature[i]) < 0)
            return false;
    return true;
}

static int fail_asked(ds_lightcurves *r, bool known)
{
    char columns[300] = "", *to = columns;
    if (!known)
        return nn_fail(r->error, NN_USAGE, "--survey: '%.60s' is none of %s", r->options.survey, DS_SURVEYS);
    for (size_t i = 0; i < sizeof surveys / sizeof *surveys; i++)
        for (int k = 0; k < 5 && surveys[i].key && strcmp(surveys[i].key, r->options.survey) == 0; k++)
            if (surveys[i].signature[k] && to < columns + sizeof columns - 60)
                to += snprintf(to, 60, "%s%s",
                               to == columns ? ""
                               : k == 0      ? "; or "
                                             : ", ",
                               surveys[i].signature[k]);
    return nn_fail(r->error, NN_BAD_DATA, "%s: --survey %s: the columns are not those of this survey: %s",
                   r->name, r->options.survey, columns);
}

int ds_survey_find(ds_lightcurves *r, const ds_survey **survey)
{
    const char *asked = r->options.survey;
    bool known = false;
    *survey = NULL;
    for (size_t i = 0; i < sizeof surveys / sizeof *surveys && !*survey; i++) {
        const bool is = asked && surveys[i].key && strcmp(surveys[i].key, asked) == 0;
        known |= is;
        if ((is || (!asked && surveys[i].signature[0])) && has_columns(r, &surveys[i]))
            *survey = &surveys[i];
    }
    return asked && !*survey ? fail_asked(r, known) : NN_OK;
}

const char *ds_survey_word(int k)
{
    static const char *const words[] = {"aavso",      "asas-sn",  "atlas",     "catalina",  "elasticc",
                                        "gaia",       "kepler",   "lsst",      "macho",     "ogle",
                                        "osc",        "plasticc", "ps1",       "skymapper", "tess",
                                        "ztf-alerts", "ztf-dr",   "ztf-forced"};
    return k >= 0 && (size_t)k < sizeof words / sizeof *words ? words[k] : NULL;
}

const ds_flag *ds_flag_known(int k)
{
    static const ds_flag flags[] = {{"catflags", DS_FLAG_BITS, 32768, NULL},
                                    {"rejected_by_photometry", DS_FLAG_TRUE, 0, NULL}};
    return (size_t)k < sizeof flags / sizeof *flags ? &flags[k] : NULL;
}
