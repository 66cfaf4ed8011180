/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which column of a file of photometry is what, by the names that surveys use. */
#include "datasets/lightcurves/photometry.h"
#include "datasets/table/encoding.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ERRORS = 7 };

/* In order of preference. */
static const struct {
    ds_part part;
    const char *name;
} aliases[] = {
    {DS_PART_ID, "object_id"},        /* PLAsTiCC */
    {DS_PART_ID, "diaObjectId"},      /* LSST, ELAsTiCC */
    {DS_PART_ID, "SNID"},             /* SNANA, SuperNNova */
    {DS_PART_ID, "oid"},              /* ALeRCE */
    {DS_PART_ID, "objectId"},         /* ZTF */
    {DS_PART_ID, "unique_id"},        /* long tables of series */
    {DS_PART_TIME, "mjd"},            /* PLAsTiCC, SNANA, ALeRCE */
    {DS_PART_TIME, "midpointMjdTai"}, /* LSST */
    {DS_PART_TIME, "midPointTai"},    /* ELAsTiCC (any case: DP0 writes midpointTai) */
    {DS_PART_TIME, "expMidptMJD"},    /* LSST visits */
    {DS_PART_TIME, "jd"},             /* ZTF */
    {DS_PART_TIME, "hjd"},            /* heliocentric */
    {DS_PART_TIME, "bjd"},            /* barycentric */
    {DS_PART_TIME, "time"},           /* sncosmo */
    {DS_PART_VISIT, "visit"},         /* LSST */
    {DS_PART_VISIT, "visitId"},
    {DS_PART_BAND, "passband"}, /* PLAsTiCC */
    {DS_PART_BAND, "band"},
    {DS_PART_BAND, "filterName"}, /* ELAsTiCC */
    {DS_PART_BAND, "filter"},
    {DS_PART_BAND, "flt"}, /* SNANA */
    {DS_PART_BAND, "fid"}, /* ZTF */
    {DS_PART_LIMIT, "diffmaglim"},
    {DS_PART_SIGN, "isdiffpos"},
    {DS_PART_DETECTED, "detected"},
    {DS_PART_DETECTED, "detected_bool"},
    {DS_PART_FLAG, "photflag"},
    {DS_PART_SNR, "snr"},
    {DS_PART_ZERO_POINT, "zp"},
    {DS_PART_ZERO_SYSTEM, "zpsys"},
    {DS_PART_UNIT, "flux_unit"},
    {DS_PART_UNIT, "unit"},
    {DS_PART_UNIT, "units"},
};

/* Fluxes with the zero point their name implies (0: a magnitude) and their errors; in order of preference. */
static const struct measure {
    const char *name;
    double zero_point;
    const char *errors[ERRORS];
} measures[] = {
    {"fluxcal", 27.5, {"fluxcalerr", "fluxcal_err", "fluxcal_error"}},
    {"psFlux", 27.5, {"psFluxErr"}},           /* ELAsTiCC writes FLUXCAL */
    {"psfDiffFlux", 31.4, {"psfDiffFluxErr"}}, /* DP1, nJy */
    {"psfFlux", 31.4, {"psfFluxErr"}},         /* LSST, nJy */
    {"scienceFlux", 31.4, {"scienceFluxErr"}}, /* LSST, nJy */
    {"flux", 27.5, {"flux_err", "fluxerr", "flux_error", "e_flux", "sigma_flux", "flux_sigma", "error"}},
    {"magpsf", 0, {"sigmapsf"}},
    {"magpsf_corr", 0, {"sigmapsf_corr"}},
    {"mag", 0, {"mag_err", "magerr", "mag_error", "e_mag", "sigma_mag", "mag_sigma", "error"}},
    {"magnitude",
     0,
     {"magnitude_err", "magnitude_error", "mag_err", "magerr", "mag_error", "e_mag", "error"}},
};
enum { MEASURES = sizeof measures / sizeof *measures };

static int find_name(const ds_lightcurves *r, const char *name)
{
    for (int i = 0; i < r->count; i++)
        if (strcasecmp(r->columns[i], name) == 0)
            return i;
    return -1;
}

static void list_columns(const ds_lightcurves *r, char *text, size_t size)
{
    size_t at = 0;
    *text = '\0';
    for (int i = 0; i < r->count && at < size - 1; i++) {
        const int n = snprintf(text + at, size - at, "%s%s", i ? ", " : "", r->columns[i]);
        at += n > 0 ? (size_t)n : 0;
    }
    if (at >= size)
        strcpy(text + size - 4, "...");
}

/* A column that the user names: exactly, else in another case. */
static int find_given(ds_lightcurves *r, const char *option, const char *name, int *column)
{
    for (int i = 0; i < r->count && *column < 0; i++)
        if (strcmp(r->columns[i], name) == 0)
            *column = i;
    if (*column < 0)
        *column = find_name(r, name);
    if (*column >= 0)
        return NN_OK;
    char names[400];
    list_columns(r, names, sizeof names);
    return nn_fail(r->error, NN_USAGE, "%s: %s: there is no column '%.200s'; the columns are %s", r->name,
                   option, name, names);
}

static int find_part(const ds_lightcurves *r, ds_part part)
{
    int column = -1;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases && column < 0; i++)
        if (aliases[i].part == part)
            column = find_name(r, aliases[i].name);
    return column;
}

static int fail_absent(ds_lightcurves *r, size_t line, const char *what, const char *known,
                       const char *option)
{
    char names[300];
    list_columns(r, names, sizeof names);
    return nn_fail(r->error, NN_BAD_DATA,
                   "%s:%zu: no column of %s (%s; %s names another); the columns are %s", r->name, line, what,
                   known, option, names);
}

/* --- fluxes and magnitudes --- */

static int measure_of(const char *column)
{
    for (int m = 0; m < MEASURES; m++)
        if (strcasecmp(measures[m].name, column) == 0)
            return m;
    return -1;
}

/* The first flux (or, where asked or where there is no flux, magnitude) there is; two in different units are
 * not for us to choose from. */
static int find_flux(ds_lightcurves *r, size_t line, int *measure)
{
    *measure = -1;
    for (int pass = r->options.magnitudes ? 1 : 0; pass < 2 && *measure < 0; pass++)
        for (int m = 0; m < MEASURES; m++) {
            const bool magnitude = measures[m].zero_point == 0;
            const int column = magnitude == (pass == 1) ? find_name(r, measures[m].name) : -1;
            if (column < 0)
                continue;
            if (*measure < 0) {
                *measure = m;
                r->column[DS_PART_FLUX] = column;
            } else if (measures[m].zero_point != measures[*measure].zero_point) {
                return nn_fail(
                    r->error, NN_BAD_DATA,
                    "%s:%zu: the fluxes '%s' and '%s' are in different units (zero points %g and %g); "
                    "--flux-column chooses one",
                    r->name, line, r->columns[r->column[DS_PART_FLUX]], r->columns[column],
                    measures[*measure].zero_point, measures[m].zero_point);
            }
        }
    if (*measure >= 0)
        return NN_OK;
    return r->options.magnitudes
               ? fail_absent(r, line, "magnitudes", "mag, magpsf", "--flux-column")
               : fail_absent(r, line, "fluxes or magnitudes",
                             "flux, FLUXCAL, psFlux, psfFlux, psfDiffFlux, mag, magpsf", "--flux-column");
}

/* The error of another flux where its own is not there. */
static int fail_error(ds_lightcurves *r, size_t line)
{
    const char *flux = r->columns[r->column[DS_PART_FLUX]];
    for (int m = 0; m < MEASURES; m++)
        for (int e = 0; e < ERRORS && measures[m].errors[e]; e++) {
            const int column = find_name(r, measures[m].errors[e]);
            if (column >= 0)
                return nn_fail(
                    r->error, NN_BAD_DATA,
                    "%s:%zu: '%s' has no column of its errors, and '%s' belongs to '%s': units are not "
                    "mixed; --error-column names the right one",
                    r->name, line, flux, r->columns[column], measures[m].name);
        }
    char known[80];
    snprintf(known, sizeof known, "%.30sErr, %.30s_err", flux, flux);
    return fail_absent(r, line, "errors", known, "--error-column");
}

static int find_error(ds_lightcurves *r, int measure, size_t line)
{
    int *column = &r->column[DS_PART_ERROR];
    if (r->options.error)
        return find_given(r, "--error-column", r->options.error, column);
    for (int e = 0; measure >= 0 && e < ERRORS && measures[measure].errors[e] && *column < 0; e++)
        *column = find_name(r, measures[measure].errors[e]);
    const char *const endings[] = {"err", "_err", "error", "_error"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings && *column < 0; i++) {
        char name[300];
        snprintf(name, sizeof name, "%.250s%s", r->columns[r->column[DS_PART_FLUX]], endings[i]);
        *column = find_name(r, name);
    }
    return *column < 0 ? fail_error(r, line) : NN_OK;
}

static int choose_flux(ds_lightcurves *r, size_t line)
{
    int measure;
    int code = NN_OK;
    if (r->options.flux) {
        code = find_given(r, "--flux-column", r->options.flux, &r->column[DS_PART_FLUX]);
        measure = code ? -1 : measure_of(r->columns[r->column[DS_PART_FLUX]]);
    } else {
        code = find_flux(r, line, &measure);
    }
    if (code)
        return code;
    r->magnitudes = r->options.magnitudes || (measure >= 0 && measures[measure].zero_point == 0);
    if (r->magnitudes && measure >= 0 && measures[measure].zero_point != 0)
        return nn_fail(r->error, NN_USAGE, "%s: --mag: '%s' is a flux", r->name,
                       r->columns[r->column[DS_PART_FLUX]]);
    if (r->magnitudes && r->options.zero_point != 0)
        return nn_fail(r->error, NN_USAGE, "%s: --zp is the zero point of fluxes, but '%s' is a magnitude",
                       r->name, r->columns[r->column[DS_PART_FLUX]]);
    r->zero_point = r->magnitudes                ? NAN
                    : r->options.zero_point != 0 ? r->options.zero_point
                    : measure >= 0               ? measures[measure].zero_point
                                                 : DS_ZERO_POINT;
    r->scale = r->magnitudes ? 1 : pow(10, 0.4 * (DS_ZERO_POINT - r->zero_point));
    return find_error(r, measure, line);
}

/* --- the rest --- */

static int choose(ds_lightcurves *r, ds_part part, const char *option, const char *given)
{
    if (given && strcmp(given, "none") == 0)
        return NN_OK;
    if (given)
        return find_given(r, option, given, &r->column[part]);
    r->column[part] = find_part(r, part);
    return NN_OK;
}

static int choose_time(ds_lightcurves *r, size_t line)
{
    int code = choose(r, DS_PART_TIME, "--time-column", r->options.time);
    if (code)
        return code;
    if (r->column[DS_PART_TIME] >= 0 && !(r->visits && !r->options.time))
        return NN_OK;
    r->column[DS_PART_VISIT] = find_part(r, DS_PART_VISIT);
    if (r->visits && r->column[DS_PART_VISIT] >= 0) {
        r->column[DS_PART_TIME] = -1;
        return NN_OK;
    }
    if (r->column[DS_PART_TIME] >= 0)
        return nn_fail(r->error, NN_USAGE, "%s: --visits: there is no column 'visit'", r->name);
    if (r->column[DS_PART_VISIT] >= 0)
        return nn_fail(
            r->error, NN_BAD_DATA,
            "%s:%zu: there are visits ('%s') but no times; --visits FILE names a table of visits with "
            "their times",
            r->name, line, r->columns[r->column[DS_PART_VISIT]]);
    return fail_absent(r, line, "times", "mjd, midpointMjdTai, midPointTai, jd, hjd, time", "--time-column");
}

static int choose_id(ds_lightcurves *r, size_t line)
{
    if (r->one_object)
        return NN_OK;
    int code = choose(r, DS_PART_ID, "--id-column", r->options.id);
    if (code || r->column[DS_PART_ID] >= 0)
        return code;
    return fail_absent(r, line, "object ids", "object_id, diaObjectId, SNID, oid, objectId",
                       "--id-column, with none for a file of a single object,");
}

/* Sets the bands where the user named none. */
static int choose_band(ds_lightcurves *r)
{
    const int code = choose(r, DS_PART_BAND, "--band-column", r->options.band);
    if (code)
        return code;
    const int column = r->column[DS_PART_BAND];
    if (column < 0 && r->bands_given && r->bands.count > 1)
        return nn_fail(
            r->error, NN_BAD_DATA,
            "%s: there is no column of bands (passband, band, filter, FLT, fid; --band-column names "
            "another), so --bands can only name the one band of the file",
            r->name);
    if (r->bands_given)
        return NN_OK;
    /* Without a column of bands there is one, and its wavelength bears on nothing. */
    static const ds_bands single = {1, {"all"}, {5500}};
    r->bands = column < 0                                   ? single
               : strcasecmp(r->columns[column], "fid") == 0 ? ds_bands_ztf
                                                            : ds_bands_lsst;
    return NN_OK;
}

static int check_twice(ds_lightcurves *r, size_t line)
{
    for (int p = 0; p < DS_PART_COUNT; p++)
        for (int i = 0; r->column[p] >= 0 && i < r->count; i++)
            if (i != r->column[p] && strcmp(r->columns[i], r->columns[r->column[p]]) == 0)
                return nn_fail(r->error, NN_BAD_DATA, "%s:%zu:%d: columns %d and %d are both named '%.200s'",
                               r->name, line, i + 1, r->column[p] + 1, i + 1, r->columns[i]);
    return NN_OK;
}

static void describe(ds_lightcurves *r)
{
    static const char *const words[DS_PART_COUNT] = {
        "id",   "time",     "visit",    "band", "flux",       "error",       "limit",
        "sign", "detected", "detected", "S/N",  "zero point", "zero system", "unit"};
    char *text = r->report.columns;
    size_t at = 0;
    *text = '\0';
    for (int p = 0; p < DS_PART_COUNT && at < sizeof r->report.columns; p++)
        if (r->column[p] >= 0) {
            const char *word = p == DS_PART_FLUX && r->magnitudes ? "magnitude" : words[p];
            const int n = snprintf(text + at, sizeof r->report.columns - at, "%s%s %s", at ? ", " : "", word,
                                   r->columns[r->column[p]]);
            at += n > 0 ? (size_t)n : 0;
        }
    r->report.zero_point = r->column[DS_PART_ZERO_POINT] >= 0 ? NAN : r->zero_point;
    r->report.magnitudes = r->magnitudes;
    r->report.detected_by_column = r->column[DS_PART_DETECTED] >= 0 || r->column[DS_PART_FLAG] >= 0;
}

static int take_names(ds_lightcurves *r, const ds_field *fields, int count)
{
    for (int i = 0; i < r->count; i++)
        free(r->columns[i]);
    free(r->columns);
    r->count = 0;
    r->columns = calloc((size_t)count, sizeof *r->columns);
    if (!r->columns)
        return ds_photometry_no_memory(r);
    bool recoded = false;
    for (; r->count < count; r->count++)
        if (!(r->columns[r->count] = ds_name_copy(fields[r->count].text, fields[r->count].length, &recoded)))
            return ds_photometry_no_memory(r);
    return NN_OK;
}

int ds_photometry_header(ds_lightcurves *r, const ds_field *fields, int count, size_t line)
{
    int code = take_names(r, fields, count);
    for (int p = 0; p < DS_PART_COUNT; p++)
        r->column[p] = -1;
    if (!code)
        code = choose_id(r, line);
    if (!code)
        code = choose_time(r, line);
    if (!code)
        code = choose_flux(r, line);
    if (!code)
        code = choose_band(r);
    if (!code)
        code = choose(r, DS_PART_DETECTED, "--detected-column", r->options.detected);
    if (code)
        return code;
    if (r->magnitudes) {
        r->column[DS_PART_LIMIT] = find_part(r, DS_PART_LIMIT);
        r->column[DS_PART_SIGN] = find_part(r, DS_PART_SIGN);
    } else {
        r->column[DS_PART_ZERO_POINT] = r->options.zero_point != 0 ? -1 : find_part(r, DS_PART_ZERO_POINT);
        r->column[DS_PART_ZERO_SYSTEM] = find_part(r, DS_PART_ZERO_SYSTEM);
        r->column[DS_PART_UNIT] = find_part(r, DS_PART_UNIT);
    }
    if (r->column[DS_PART_DETECTED] < 0 && !r->options.detected) {
        r->column[DS_PART_FLAG] = find_part(r, DS_PART_FLAG);
        if (r->column[DS_PART_FLAG] < 0)
            r->column[DS_PART_SNR] = find_part(r, DS_PART_SNR);
    }
    describe(r);
    code = check_twice(r, line);
    r->has_header = !code;
    return code;
}
