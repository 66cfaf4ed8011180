/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row of photometry: its fields, and the point they make. */
#include "datasets/lightcurves/photometry.h"
#include "datasets/table/number.h"
#include "datasets/table/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const double julian_zero = 2400000.5, julian_from = 2400000;
static const double limit_sigmas = 5;    /* diffmaglim is a five-sigma limit */
static const double magnitude_none = 90; /* 99 and 128 stand for no magnitude */

static bool is_word(const ds_field *field, const char *word)
{
    return strlen(word) == field->length && strncasecmp(field->text, word, field->length) == 0;
}

static bool is_missing(const ds_lightcurves *r, const ds_field *field)
{
    return is_word(field, "none") || ds_missing_word(field->text, field->length, r->options.missing);
}

static int fail_field(ds_lightcurves *r, ds_part part, const ds_field *f, size_t line, const char *expected)
{
    const int column = r->column[part];
    return nn_fail(r->error, NN_BAD_DATA, "%s:%zu:%d: '%.*s' is not %s ('%.100s')", r->name, line, column + 1,
                   (int)(f->length < 60 ? f->length : 60), f->text, expected, r->columns[column]);
}

/* NaN where the part has no column or no value. */
static int take_number(ds_lightcurves *r, const ds_field *fields, ds_part part, size_t line, double *value)
{
    *value = NAN;
    if (r->column[part] < 0)
        return NN_OK;
    const ds_field *f = &fields[r->column[part]];
    if (r->options.missing && is_missing(r, f))
        return NN_OK;
    const ds_number_kind kind = ds_number_parse(f->text, f->length, r->options.decimal_comma, value);
    if (kind == DS_NUMBER_OK)
        return NN_OK;
    *value = NAN;
    return kind == DS_NUMBER_INFINITE || is_missing(r, f) ? NN_OK : fail_field(r, part, f, line, "a number");
}

/* 1, 0, or -1 where missing. */
static int take_truth(ds_lightcurves *r, const ds_field *fields, ds_part part, size_t line, int *truth)
{
    static const struct {
        const char *word;
        int truth;
    } words[] = {{"1", 1},   {"0", 0},  {"true", 1}, {"false", 0}, {"t", 1},  {"f", 0},   {"1.0", 1},
                 {"0.0", 0}, {"-1", 0}, {"+1", 1},   {"yes", 1},   {"no", 0}, {"-1.0", 0}};
    const ds_field *f = &fields[r->column[part]];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(f, words[i].word)) {
            *truth = words[i].truth;
            return NN_OK;
        }
    *truth = -1;
    return is_missing(r, f) ? NN_OK : fail_field(r, part, f, line, "0 or 1");
}

static int take_time(ds_lightcurves *r, const ds_field *fields, ds_measurement *m)
{
    if (r->column[DS_PART_TIME] >= 0)
        return take_number(r, fields, DS_PART_TIME, m->line, &m->time);
    const ds_field *f = &fields[r->column[DS_PART_VISIT]];
    m->time = ds_visits_find(r->visits, f->text, f->length);
    return NN_OK;
}

static int take_detection(ds_lightcurves *r, const ds_field *fields, ds_measurement *m)
{
    double value;
    int code = NN_OK;
    m->detected = -1;
    if (r->column[DS_PART_DETECTED] >= 0) {
        code = take_truth(r, fields, DS_PART_DETECTED, m->line, &m->detected);
        if (!code && m->detected < 0)
            m->detected = 0;
    } else if (r->column[DS_PART_FLAG] >= 0) {
        if ((code = take_number(r, fields, DS_PART_FLAG, m->line, &value)))
            return code;
        m->detected = fabs(value) < 1e15 && ((long long)value & DS_DETECTION_BIT) != 0;
    } else if (r->column[DS_PART_SNR] >= 0) {
        if ((code = take_number(r, fields, DS_PART_SNR, m->line, &value)))
            return code;
        if (!isnan(value))
            m->detected = fabs(value) >= r->options.detection;
    }
    return code;
}

/* The zero point that a row names, by number or by unit. */
static int take_unit(ds_lightcurves *r, const ds_field *fields, ds_measurement *m)
{
    static const struct {
        const char *word;
        double zero_point;
    } units[] = {{"njy", 31.4}, {"ujy", 23.9}, {"mjy", 16.4}, {"jy", 8.9}, {"fluxcal", DS_ZERO_POINT},
                 {"nmgy", 22.5}};
    m->zero_point = NAN;
    if (r->column[DS_PART_ZERO_SYSTEM] >= 0) {
        const ds_field *f = &fields[r->column[DS_PART_ZERO_SYSTEM]];
        if (!is_word(f, "ab"))
            return fail_field(r, DS_PART_ZERO_SYSTEM, f, m->line, "the AB system, the only one that is read");
    }
    if (r->column[DS_PART_UNIT] >= 0) {
        const ds_field *f = &fields[r->column[DS_PART_UNIT]];
        double zero_point = 0;
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (is_word(f, units[i].word))
                zero_point = units[i].zero_point;
        if (zero_point == 0)
            return fail_field(r, DS_PART_UNIT, f, m->line, "one of nJy, uJy, mJy, Jy, nmgy, FLUXCAL");
        if (r->unit != 0 && r->unit != zero_point)
            return fail_field(r, DS_PART_UNIT, f, m->line,
                              "the unit of the rows before; units are not mixed");
        r->unit = m->zero_point = r->report.zero_point = zero_point;
    }
    if (r->column[DS_PART_ZERO_POINT] < 0)
        return NN_OK;
    const int code = take_number(r, fields, DS_PART_ZERO_POINT, m->line, &m->zero_point);
    if (!code && isnan(m->zero_point))
        return fail_field(r, DS_PART_ZERO_POINT, &fields[r->column[DS_PART_ZERO_POINT]], m->line,
                          "a zero point");
    return code;
}

static int take_sign(ds_lightcurves *r, const ds_field *fields, ds_measurement *m)
{
    int positive = 1;
    const int code =
        r->column[DS_PART_SIGN] < 0 ? NN_OK : take_truth(r, fields, DS_PART_SIGN, m->line, &positive);
    m->negative = positive == 0;
    return code;
}

static int take_band(ds_lightcurves *r, const ds_field *fields, ds_measurement *m)
{
    const int column = r->column[DS_PART_BAND];
    m->band = 0;
    if (column < 0)
        return NN_OK;
    const ds_field *f = &fields[column];
    m->band = ds_bands_find(&r->bands, f->text, f->length);
    if (m->band >= 0)
        return NN_OK;
    char place[32];
    snprintf(place, sizeof place, ":%zu:%d", m->line, column + 1);
    return ds_photometry_unknown_band(r, f->text, f->length, place);
}

int ds_photometry_unknown_band(ds_lightcurves *r, const char *label, size_t length, const char *place)
{
    const int shown = (int)(length < 60 ? length : 60);
    if (r->options.drop_unknown_bands) {
        if (!*r->label)
            snprintf(r->label, sizeof r->label, "%.*s", shown, label);
        return NN_OK;
    }
    char bands[300] = "";
    size_t at = 0;
    for (int i = 0; i < r->bands.count && at < sizeof bands; i++)
        at += (size_t)snprintf(bands + at, sizeof bands - at, "%s%s", i ? ", " : "", r->bands.name[i]);
    return nn_fail(r->error, NN_BAD_DATA,
                   "%s%s: band '%.*s' is none of %s; --bands NAME=ANGSTROM,... names the bands, "
                   "--unknown-bands drop leaves such points out",
                   r->name, place, shown, label, bands);
}

/* --- from what the file has to a point --- */

/* Catalogues put stars of several missions together, each with its own count of days, so that only within an
 * object a mixture is trouble. */
static int check_julian(ds_lightcurves *r, ds_measurement *m)
{
    ds_queued *object = &r->queue[r->current];
    if (isnan(m->time))
        return NN_OK;
    const int julian = m->time > julian_from;
    if (object->julian >= 0 && julian != object->julian)
        return nn_fail(r->error, NN_BAD_DATA,
                       "%s:%zu: time %.10g is %s, but the object's times before are %s: units are not mixed",
                       r->name, m->line, m->time, julian ? "a Julian date" : "no Julian date",
                       julian ? "not" : "Julian dates");
    if (object->julian < 0)
        r->report.julian += (size_t)julian;
    object->julian = julian;
    if (julian)
        m->time -= julian_zero;
    return NN_OK;
}

static double flux_of(double magnitude)
{
    return pow(10, -0.4 * (magnitude - DS_ZERO_POINT));
}

static int drop(ds_lightcurves *r, ds_drop cause)
{
    r->report.dropped[cause]++;
    return NN_OK;
}

/* A non-detection with the magnitude that it is fainter than: nothing was seen, to a fifth of that flux. */
static int take_limit(ds_lightcurves *r, const ds_measurement *m)
{
    if (r->options.drop_limits)
        return drop(r, DS_DROP_LIMIT);
    r->report.limits++;
    return ds_photometry_point(r, m->time, 0, flux_of(m->limit) / limit_sigmas, m->band, false);
}

int ds_photometry_measurement(ds_lightcurves *r, ds_measurement *m)
{
    r->rows++;
    const int code = check_julian(r, m);
    if (code)
        return code;
    if (isnan(m->time))
        return drop(r, r->column[DS_PART_VISIT] >= 0 ? DS_DROP_VISIT : DS_DROP_TIME);
    if (m->band < 0)
        return drop(r, DS_DROP_BAND);
    if (r->magnitudes && fabs(m->flux) >= magnitude_none)
        m->flux = NAN;
    if (isnan(m->flux))
        return r->magnitudes && fabs(m->limit) < magnitude_none ? take_limit(r, m) : drop(r, DS_DROP_FLUX);
    if (isnan(m->error))
        return drop(r, DS_DROP_ERROR);
    if (m->error <= 0)
        return drop(r, DS_DROP_POSITIVE);
    double flux = m->flux, error = m->error;
    if (r->magnitudes) {
        flux = flux_of(m->flux);
        error = flux * 0.4 * M_LN10 * m->error;
        flux = m->negative ? -flux : flux;
    } else {
        const double scale = isnan(m->zero_point) ? r->scale : pow(10, 0.4 * (DS_ZERO_POINT - m->zero_point));
        flux *= scale;
        error *= scale;
    }
    if (!isfinite(flux))
        return drop(r, DS_DROP_FLUX);
    if (!(error > 0 && isfinite(error)))
        return drop(r, error > 0 ? DS_DROP_ERROR : DS_DROP_POSITIVE);
    const bool detected = m->detected >= 0                ? m->detected
                          : r->column[DS_PART_LIMIT] >= 0 ? true
                                                          : fabs(flux) >= r->options.detection * error;
    return ds_photometry_point(r, m->time, flux, error, m->band, detected);
}

int ds_photometry_row(ds_lightcurves *r, const ds_field *fields, int count, size_t line)
{
    if (count != r->count)
        return nn_fail(
            r->error, NN_BAD_DATA,
            "%s:%zu:%d: %d fields where the header has %d (delimiter %s; --delimiter names another)", r->name,
            line, count < r->count ? count : r->count + 1, count, r->count,
            ds_delimiter_name(r->scan.delimiter, (char[8]){0}));
    ds_measurement m = {.line = line};
    int code = NN_OK;
    if (r->column[DS_PART_ID] >= 0) {
        const ds_field *id = &fields[r->column[DS_PART_ID]];
        if (id->length == 0)
            return nn_fail(r->error, NN_BAD_DATA, "%s:%zu:%d: the object's id is missing", r->name, line,
                           r->column[DS_PART_ID] + 1);
        code = ds_photometry_object(r, id->text, id->length, line);
    }
    if (!code)
        code = take_time(r, fields, &m);
    if (!code && m.time == DS_SEPARATOR)
        return NN_OK;
    if (!code)
        code = take_band(r, fields, &m);
    if (!code)
        code = take_number(r, fields, DS_PART_FLUX, line, &m.flux);
    if (!code)
        code = take_number(r, fields, DS_PART_ERROR, line, &m.error);
    if (!code)
        code = take_number(r, fields, DS_PART_LIMIT, line, &m.limit);
    if (!code)
        code = take_sign(r, fields, &m);
    if (!code)
        code = take_unit(r, fields, &m);
    if (!code)
        code = take_detection(r, fields, &m);
    return code ? code : ds_photometry_measurement(r, &m);
}
