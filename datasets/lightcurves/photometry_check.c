/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the first rows of a file of photometry say about the columns chosen: a contradiction stops. */
#include "datasets/lightcurves/survey.h"
#include "datasets/time/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 512 }; /* values that a median is taken of */

double ds_photometry_sampled(const ds_lightcurves *r, size_t row, int column)
{
    double value;
    if (column < 0)
        return NAN;
    const ds_text cell = ds_sample_cell(&r->sample, row, column);
    return ds_number_parse(cell.text, cell.length, r->options.decimal_comma, &value) == DS_NUMBER_OK ? value
                                                                                                     : NAN;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Magnitudes without a zero point of the fluxes that stand out of their noise. */
static size_t bright(const ds_lightcurves *r, double values[MOST], int beside)
{
    size_t n = 0;
    for (size_t row = r->sample_row; row < r->sample.row_count && n < MOST; row++) {
        const double flux = ds_photometry_sampled(r, row, r->column[DS_PART_FLUX]);
        const double error = ds_photometry_sampled(r, row, r->column[DS_PART_ERROR]);
        const double magnitude = beside < 0 ? 0 : ds_photometry_sampled(r, row, beside);
        const bool seen = flux > 0 && error > 0 && flux > 3 * error;
        const bool weak = beside >= 0 && flux > 0 && error > 0 && flux > error;
        if ((seen || weak) && fabs(magnitude) < 90)
            values[n++] = (beside < 0 ? -2.5 : 2.5) * log10(flux) + magnitude;
    }
    return n;
}

/* --- fluxes beside magnitudes --- */

static int fail_beside(ds_lightcurves *r, int beside, double zero_point)
{
    return nn_fail(
        r->error, NN_BAD_DATA,
        "%s: the fluxes '%.60s' and the magnitudes '%.60s' beside them go together by a zero point of "
        "%.4g, not %.4g%s; --zp %.4g reads the fluxes so, --zp %.4g as they were taken, --mag the "
        "magnitudes",
        r->name, r->columns[r->column[DS_PART_FLUX]], r->columns[beside], zero_point, r->zero_point,
        r->unit_named ? " as the unit says" : "", zero_point, r->zero_point);
}

/* *settled: the magnitudes tell the unit. */
static int compare_beside(ds_lightcurves *r, bool *settled)
{
    double offset[MOST], spread[MOST];
    const int beside = ds_photometry_magnitudes_beside(r);
    const size_t n = beside < 0 ? 0 : bright(r, offset, beside);
    if (n < 3)
        return NN_OK;
    const double zero_point = median(offset, n);
    for (size_t i = 0; i < n; i++)
        spread[i] = fabs(offset[i] - zero_point);
    const bool constant = median(spread, n) <= 0.1;
    const double apart = fabs(zero_point - r->zero_point);
    if (!constant)
        return NN_OK; /* such as differences beside totals */
    if (r->unit_known)
        return apart <= 0.3 ? NN_OK : fail_beside(r, beside, zero_point);
    const ds_flux_unit *unit = ds_flux_unit_at(zero_point);
    if (!unit)
        return fail_beside(r, beside, zero_point);
    ds_photometry_set_zero_point(r, unit->zero_point);
    *settled = r->unit_known = true;
    return ds_photometry_reason(r, DS_REASON_SAID, "--zp",
                                "unit: the fluxes '%.60s' are %s (zero point %g), for so they agree with the "
                                "magnitudes '%.60s' beside them",
                                r->columns[r->column[DS_PART_FLUX]], unit->name, unit->zero_point,
                                r->columns[beside]);
}

/* --- values that cannot be --- */

static void name_zero_points(double magnitude, char *text, size_t size)
{
    size_t at = 0;
    *text = '\0';
    for (int k = 0; ds_flux_unit_listed(k) && at < size; k++) {
        const ds_flux_unit *unit = ds_flux_unit_listed(k);
        const double with = unit->zero_point + magnitude;
        if (unit->zero_point > 0 && with > 10 && with < 27)
            at += (size_t)snprintf(text + at, size - at, "%s--zp %g (%s) would give %.1f", at ? ", " : "",
                                   unit->zero_point, unit->name, with);
    }
    if (!at)
        snprintf(text, size, "--zp gives the zero point");
}

/* Fluxes whose magnitudes no survey sees are in another unit. */
static int check_believable(ds_lightcurves *r)
{
    double values[MOST];
    const size_t n = bright(r, values, -1);
    if (n < 3 || r->options.zero_point != 0)
        return NN_OK;
    const double plain = median(values, n), magnitude = plain + r->zero_point;
    const double least = r->unit_named ? -2 : 5, most = r->unit_named ? 34 : 32;
    if (magnitude > least && magnitude < most)
        return NN_OK;
    char ways[300];
    name_zero_points(plain, ways, sizeof ways);
    return nn_fail(
        r->error, NN_BAD_DATA,
        "%s: with a zero point of %g (%s) the fluxes '%.60s' would be of magnitude %.1f, which is not "
        "believable; %s",
        r->name, r->zero_point,
        r->unit_named   ? "as the unit says"
        : r->unit_known ? "as the survey writes"
                        : "assumed, as nothing tells the unit",
        r->columns[r->column[DS_PART_FLUX]], magnitude, ways);
}

/* Whether a column of fluxes whose unit nothing tells holds what magnitudes hold. One that is called flux has
 * to look more like them than one whose name tells nothing. */
static int check_magnitudes_by_values(ds_lightcurves *r)
{
    const int column = r->column[DS_PART_FLUX];
    const ds_column_name name = ds_column_name_read(r->columns[column]);
    const double least = name.flux ? 10 : 5, most = 30;
    size_t n = 0, like = 0;
    if (name.unit || r->unit_known || r->options.zero_point != 0 || r->magnitudes)
        return NN_OK;
    for (size_t row = r->sample_row; row < r->sample.row_count; row++) {
        const double value = ds_photometry_sampled(r, row, column);
        const double error = ds_photometry_sampled(r, row, r->column[DS_PART_ERROR]);
        if (isnan(value) || isnan(error) || fabs(value) >= 90 || error >= 9)
            continue;
        n++;
        like += value > least && value < most && error > 0 && error < (name.flux ? 0.5 : 1);
    }
    if (n < (name.flux ? 5 : 3) || 20 * like < 19 * n)
        return NN_OK;
    return nn_fail(
        r->error, NN_BAD_DATA,
        "%s: the values of '%.100s' look like magnitudes (%g to %g with errors below %g) and %s; --mag "
        "reads them as magnitudes, --zp %g as fluxes",
        r->name, r->columns[column], least, most, name.flux ? 0.5 : 1.0,
        name.flux ? "nothing tells the unit" : "its name tells no unit", DS_ZERO_POINT);
}

/* 99.9, 999, 9999.99 and the like. */
static bool stands_for_none(double value)
{
    const double size = fabs(value);
    return (size >= 99 && size < 100) || (size >= 999 && size < 1000) || (size >= 9999 && size < 10000);
}

/* A column named as magnitudes with what cannot be any. */
static int check_magnitudes_believable(ds_lightcurves *r)
{
    double values[MOST];
    size_t n = 0;
    for (size_t row = r->sample_row; row < r->sample.row_count && n < MOST; row++) {
        const double value = ds_photometry_sampled(r, row, r->column[DS_PART_FLUX]);
        if (!isnan(value) && !stands_for_none(value))
            values[n++] = value;
    }
    const double middle = n ? median(values, n) : 0;
    if (n >= 3 && middle > -30 && middle < -3)
        return ds_photometry_reason(
            r, DS_REASON_GUESS, "--flux-column",
            "the magnitudes '%.60s' are near %.1f, brighter than any star: they seem to be "
            "instrumental, and their zero point is not known",
            r->columns[r->column[DS_PART_FLUX]], middle);
    if (n < 3 || (middle > -30 && middle < 45))
        return NN_OK;
    return nn_fail(
        r->error, NN_BAD_DATA,
        "%s: the values of '%.100s', such as %g, are no magnitudes; --flux-column with --zp reads them "
        "as fluxes",
        r->name, r->columns[r->column[DS_PART_FLUX]], middle);
}

/* Counts of a mission divided by their median, as its tools hand them on. */
static int check_counts(ds_lightcurves *r)
{
    double values[MOST];
    size_t n = 0;
    for (size_t row = r->sample_row; row < r->sample.row_count && n < MOST; row++) {
        const double value = ds_photometry_sampled(r, row, r->column[DS_PART_FLUX]);
        if (!isnan(value))
            values[n++] = value;
    }
    const double middle = n ? median(values, n) : 0;
    if (!r->survey || !r->survey->counts || r->options.zero_point != 0 || n == 0 || fabs(middle) > 5)
        return NN_OK;
    return nn_fail(r->error, NN_BAD_DATA,
                   "%s: the fluxes '%.60s' are near %.3g, as if divided by their median, not electrons per "
                   "second; --zp gives the zero point of what they are in",
                   r->name, r->columns[r->column[DS_PART_FLUX]], middle);
}

static int check_unit(ds_lightcurves *r)
{
    bool settled = false;
    if (r->magnitudes)
        return check_magnitudes_believable(r);
    const bool by_row = r->column[DS_PART_ZERO_POINT] >= 0 || r->column[DS_PART_UNIT] >= 0;
    int code = check_counts(r);
    if (!code)
        code = check_magnitudes_by_values(r);
    if (!code && by_row && !r->unit_named && r->options.zero_point == 0)
        code = ds_photometry_reason(
            r, DS_REASON_FACT, "--zp", "unit: told in each row by '%.60s'",
            r->columns[r->column[r->column[DS_PART_UNIT] >= 0 ? DS_PART_UNIT : DS_PART_ZERO_POINT]]);
    if (code || by_row)
        return code;
    if (r->options.zero_point == 0)
        code = compare_beside(r, &settled);
    if (!code)
        code = check_believable(r);
    if (code || r->unit_known)
        return code;
    return ds_photometry_reason(
        r, DS_REASON_GUESS, "--zp",
        "nothing tells the unit of the fluxes '%.60s': zero point %g (FLUXCAL) is assumed",
        r->columns[r->column[DS_PART_FLUX]], DS_ZERO_POINT);
}

/* A zero point in each row against a unit in the name. */
static int check_zero_points(ds_lightcurves *r)
{
    const int column = r->column[DS_PART_ZERO_POINT];
    for (size_t row = r->sample_row; column >= 0 && r->unit_named && row < r->sample.row_count; row++) {
        const double value = ds_photometry_sampled(r, row, column);
        if (!isnan(value) && fabs(value - r->zero_point) > 0.05)
            return nn_fail(
                r->error, NN_BAD_DATA,
                "%s: the fluxes '%.60s' have zero point %g by their unit, but '%.60s' says %g; --zp "
                "says which",
                r->name, r->columns[r->column[DS_PART_FLUX]], r->zero_point, r->columns[column], value);
    }
    return NN_OK;
}

/* --- bands --- */

/* Where a file has other filters than those of its default, the filters that are known are its bands. */
static int find_bands(ds_lightcurves *r)
{
    const int column = r->column[DS_PART_BAND];
    ds_bands found = {0};
    bool other = false;
    if (column < 0 || r->bands_given)
        return NN_OK;
    for (size_t row = r->sample_row; row < r->sample.row_count; row++) {
        const ds_text cell = ds_sample_cell(&r->sample, row, column);
        if (ds_bands_find(&found, cell.text, cell.length) >= 0)
            continue;
        other |= ds_bands_find(&r->bands, cell.text, cell.length) < 0 &&
                 ds_bands_add_known(&found, cell.text, cell.length);
        if (ds_bands_find(&r->bands, cell.text, cell.length) >= 0)
            ds_bands_add_known(&found, cell.text, cell.length);
    }
    if (!other)
        return NN_OK;
    ds_bands_sort(&found);
    r->bands = found;
    char text[200];
    ds_bands_print(&r->bands, text, sizeof text);
    return ds_photometry_reason(r, DS_REASON_SAID, "--bands",
                                "bands: the filters of '%.40s' that are known, %s", r->columns[column], text);
}

int ds_photometry_check(ds_lightcurves *r)
{
    int code = NN_OK;
    if (r->survey)
        code = ds_photometry_reason(
            r, DS_REASON_FACT, NULL,
            r->options.survey ? "the layout of %s" : "the layout of %s, by its columns", r->survey->name);
    if (!code && r->alerts)
        code = ds_photometry_reason(
            r, DS_REASON_SAID, r->gathering ? "--grouping alerts" : "--grouping gather",
            r->gathering ? "alerts: those of an object are put together, with each point once"
                         : "alerts: each is an object with its own history");
    if (!code)
        code = check_unit(r);
    if (!code)
        code = check_zero_points(r);
    if (!code)
        code = ds_photometry_check_time(r);
    if (!code)
        code = find_bands(r);
    if (!code && r->flag)
        code = ds_photometry_reason(r, DS_REASON_FACT, "--flagged keep",
                                    "points that '%.60s' flags as bad are left out",
                                    r->columns[r->column[DS_PART_QUALITY]]);
    return code;
}
