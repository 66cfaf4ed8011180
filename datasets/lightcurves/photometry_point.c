/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what a row of photometry has to a point: limits, what stands for no value, units, unknown bands. */
#include "datasets/lightcurves/lightcurve_internal.h"

#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>

static const double limit_sigmas = 5;    /* diffmaglim is a five-sigma limit */
static const double magnitude_none = 90; /* 99 and 128 stand for no magnitude */
static const double error_none = 9;      /* 9.99 and 99.99 for no error of one */

static void list_bands(const ds_lightcurves *r, char *text, size_t size)
{
    size_t at = 0;
    *text = '\0';
    for (int i = 0; i < r->bands.count && at < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%s", i ? ", " : "", r->bands.name[i]);
}

int ds_photometry_band(ds_lightcurves *r, const char *label, size_t length, const char *place, int *band)
{
    *band = -1;
    if (r->options.more_bands && ds_bands_add_known(&r->bands, label, length)) {
        *band = r->bands.count - 1;
        return NN_OK;
    }
    if (r->options.drop_unknown_bands) {
        if (!*r->label)
            snprintf(r->label, sizeof r->label, "%s", NN_SHOWN(60, label, length));
        return NN_OK;
    }
    char bands[300];
    list_bands(r, bands, sizeof bands);
    return nn_fail(r->error, NN_BAD_DATA,
                   "%s%s: band '%s' is none of %s%s; --bands NAME=ANGSTROM,... names the bands, "
                   "--unknown-bands drop leaves such points out",
                   r->name, place, NN_SHOWN(60, label, length),
                   r->options.bands_of_model ? "the model's bands " : "", bands);
}

int ds_photometry_check_used(ds_lightcurves *r)
{
    static const char *const ways[DS_DROP_COUNT] = {
        [DS_DROP_TIME] = "--time-column names another column of times",
        [DS_DROP_FLUX] = "--flux-column names another column of fluxes or magnitudes",
        [DS_DROP_ERROR] = "--error-column names another column of errors",
        [DS_DROP_POSITIVE] = "--error-column names another column of errors",
        [DS_DROP_LIMIT] = "--limits zero takes upper limits as 0",
        [DS_DROP_VISIT] = "--visits names the table of visits",
        [DS_DROP_FLAGGED] = "--flagged keep takes them in"};
    const ds_lightcurve_report *report = &r->report;
    size_t all = 0;
    int most = 0;
    for (int d = 0; d < DS_DROP_COUNT; d++) {
        all += report->dropped[d];
        most = report->dropped[d] > report->dropped[most] ? d : most;
    }
    if (report->points || !all)
        return NN_OK;
    if (most != DS_DROP_BAND)
        return nn_fail(r->error, NN_BAD_DATA, "%s: no point of %zu can be used, %zu of them %s; %s", r->name,
                       all, report->dropped[most], ds_drop_name((ds_drop)most), ways[most]);
    char bands[300];
    list_bands(r, bands, sizeof bands);
    return nn_fail(r->error, NN_BAD_DATA,
                   "%s: all %zu points are of bands (such as '%s') that are none of %s%s; --bands "
                   "NAME=ANGSTROM,... names the file's bands",
                   r->name, report->dropped[DS_DROP_BAND], r->label,
                   r->options.bands_of_model ? "the model's bands " : "", bands);
}

/* --- from what the file has to a point --- */

static double flux_of(double magnitude)
{
    return pow(10, -0.4 * (magnitude - DS_ZERO_POINT));
}

static int drop(ds_lightcurves *r, ds_drop cause)
{
    r->report.dropped[cause]++;
    return NN_OK;
}

/* A non-detection with the magnitude, or flux, that it is fainter than: nothing was seen, to a fifth of that
 * flux. */
static int take_limit(ds_lightcurves *r, const ds_measurement *m, double flux)
{
    if (r->options.drop_limits)
        return drop(r, DS_DROP_LIMIT);
    if (!(flux > 0 && isfinite(flux)))
        return drop(r, DS_DROP_FLUX);
    r->report.limits++;
    return ds_photometry_point(r, m, 0, flux / limit_sigmas, false);
}

/* Numbers that stand for no value, which catalogues write into the flux and its error alike. */
static bool is_sentinel(const ds_measurement *m)
{
    return (m->flux == -999 || m->flux == -9999 || m->flux == -99 || m->flux == 9999 || m->flux == 99999) &&
           (isnan(m->error) || m->error <= 0 || m->error == m->flux);
}

static double scale_of(const ds_lightcurves *r, const ds_measurement *m)
{
    return isnan(m->zero_point) ? r->scale : pow(10, 0.4 * (DS_ZERO_POINT - m->zero_point));
}

/* Turns magnitudes, limits and what stands for none into a flux and its error; *limit: the flux of an upper
 * limit, NaN where the row is none. */
static void settle(const ds_lightcurves *r, ds_measurement *m, double *limit)
{
    *limit = NAN;
    if (is_sentinel(m))
        m->flux = NAN;
    if (r->magnitudes) {
        if (fabs(m->flux) >= magnitude_none)
            m->flux = NAN;
        if (r->error_by_snr && m->error > 0)
            m->error = 2.5 / M_LN10 / m->error;
        const bool fainter = m->is_limit || isnan(m->flux) || (m->error >= error_none && !isnan(m->limit));
        if (fainter) {
            const double magnitude = m->is_limit && !isnan(m->flux) ? m->flux : m->limit;
            *limit = fabs(magnitude) < magnitude_none ? flux_of(magnitude) : NAN;
            m->flux = NAN;
            return;
        }
        if (m->error >= error_none)
            m->error = NAN;
        m->flux = flux_of(m->flux);
        m->error = m->flux * 0.4 * M_LN10 * m->error;
        m->flux = m->negative ? -m->flux : m->flux;
        return;
    }
    const double scale = scale_of(r, m);
    m->flux *= scale;
    m->error *= scale;
    if (m->is_limit) {
        *limit = m->flux;
        m->flux = NAN;
    }
}

int ds_photometry_leave_out(ds_lightcurves *r, int code)
{
    if (code != NN_BAD_DATA || !r->options.skip_bad_rows)
        return code;
    if (r->report.bad_rows++ == 0)
        snprintf(r->report.bad_row, sizeof r->report.bad_row, "%.*s", (int)sizeof r->report.bad_row - 1,
                 r->error->text);
    return NN_OK;
}

int ds_photometry_measurement(ds_lightcurves *r, ds_measurement *m)
{
    double limit;
    const int code = ds_photometry_mjd(r, m);
    if (code)
        return ds_photometry_leave_out(r, code);
    r->rows++;
    if (isnan(m->time))
        return drop(r, r->column[DS_PART_VISIT] >= 0 ? DS_DROP_VISIT : DS_DROP_TIME);
    if (m->band < 0)
        return drop(r, DS_DROP_BAND);
    if (m->flagged)
        return drop(r, DS_DROP_FLAGGED);
    settle(r, m, &limit);
    if (!isnan(limit))
        return take_limit(r, m, limit);
    if (!isfinite(m->flux))
        return drop(r, DS_DROP_FLUX);
    if (!(m->error > 0 && isfinite(m->error)))
        return drop(r, m->error <= 0 ? DS_DROP_POSITIVE : DS_DROP_ERROR);
    const bool detected = m->detected >= 0                ? m->detected
                          : r->column[DS_PART_LIMIT] >= 0 ? true
                                                          : fabs(m->flux) >= r->options.detection * m->error;
    return ds_photometry_point(r, m, m->flux, m->error, detected);
}
