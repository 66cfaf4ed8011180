/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row of photometry: what its fields are. */
#include "datasets/lightcurves/survey.h"
#include "datasets/table/table.h"
#include "datasets/time/decimal.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#define XXH_INLINE_ALL /* header only: no library at run time */
#include <xxhash.h>

static bool is_word(const ds_field *field, const char *word)
{
    return strlen(word) == field->length && strncasecmp(field->text, word, field->length) == 0;
}

static bool is_missing(const ds_lightcurves *r, const ds_field *field)
{
    return is_word(field, "none") || ds_missing_word(field->text, field->length, r->options.missing);
}

static int fail_field(ds_lightcurves *r, ds_photometry_role part, const ds_field *f, size_t line,
                      const char *expected)
{
    const int column = r->column[part];
    return nn_fail(r->error, NN_BAD_DATA, "%s:%zu:%d: '%s' is not %s ('%.100s')", r->name, line, column + 1,
                   NN_SHOWN(60, f->text, f->length), expected, r->columns[column]);
}

/* NaN where the part has no column or no value. */
static int take_number(ds_lightcurves *r, const ds_field *fields, ds_photometry_role part, size_t line,
                       double *value)
{
    *value = NAN;
    if (r->column[part] < 0)
        return NN_OK;
    const ds_field *f = &fields[r->column[part]];
    if (r->options.missing && is_missing(r, f))
        return NN_OK;
    const ds_number_kind kind = ds_field_number(f, r->options.decimal_comma, value);
    if (kind == DS_NUMBER_OK)
        return NN_OK;
    *value = NAN;
    if (kind == DS_NUMBER_INFINITE || is_missing(r, f))
        return NN_OK;
    const bool comma = memchr(f->text, ',', f->length) != NULL && !r->options.decimal_comma;
    return fail_field(r, part, f, line,
                      comma ? "a number; --decimal-comma reads commas as decimal points" : "a number");
}

/* 1, 0, or -1 where missing. */
static int take_truth(ds_lightcurves *r, const ds_field *fields, ds_photometry_role part, size_t line,
                      int *truth)
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
    const int column = r->column[DS_PART_TIME];
    if (column >= 0 && !r->options.missing &&
        ds_field_number(&fields[column], r->options.decimal_comma, &m->time) == DS_NUMBER_OK)
        return NN_OK;
    if (column >= 0 && ds_photometry_date(fields[column].text, fields[column].length, &m->time)) {
        m->clock = DS_CLOCK_DATE;
        return NN_OK;
    }
    if (column >= 0)
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
    m->zero_point = NAN;
    if (r->column[DS_PART_ZERO_SYSTEM] >= 0) {
        const ds_field *f = &fields[r->column[DS_PART_ZERO_SYSTEM]];
        if (!is_word(f, "ab"))
            return fail_field(r, DS_PART_ZERO_SYSTEM, f, m->line, "the AB system, the only one that is read");
    }
    if (r->column[DS_PART_UNIT] >= 0) {
        const ds_field *f = &fields[r->column[DS_PART_UNIT]];
        const ds_flux_unit *unit = ds_flux_unit_find(f->text, f->length);
        const double zero_point = unit ? unit->zero_point : 0;
        if (zero_point == 0 || isnan(zero_point))
            return fail_field(r, DS_PART_UNIT, f, m->line, "one of nJy, uJy, mJy, Jy, nmgy, FLUXCAL");
        if (r->unit_named && zero_point != r->zero_point)
            return fail_field(r, DS_PART_UNIT, f, m->line,
                              "the unit that the flux's name says; --zp says which it is");
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

/* ">17.1" and "<11.3" are magnitudes that nothing brighter than was seen; of fluxes it is what none above. */
static int take_flux(ds_lightcurves *r, const ds_field *fields, ds_measurement *m)
{
    const ds_field *f = &fields[r->column[DS_PART_FLUX]];
    if (f->length < 2 || (*f->text != '<' && *f->text != '>'))
        return take_number(r, fields, DS_PART_FLUX, m->line, &m->flux);
    size_t skip = 1;
    while (skip < f->length && (f->text[skip] == ' ' || f->text[skip] == '='))
        skip++;
    if (ds_number_parse(f->text + skip, f->length - skip, r->options.decimal_comma, &m->flux) != DS_NUMBER_OK)
        return fail_field(r, DS_PART_FLUX, f, m->line, "a number or an upper limit");
    m->is_limit = true;
    return NN_OK;
}

static int take_limit_flag(ds_lightcurves *r, const ds_field *fields, ds_measurement *m)
{
    int limit = 0;
    if (r->column[DS_PART_IS_LIMIT] < 0)
        return NN_OK;
    const ds_field *f = &fields[r->column[DS_PART_IS_LIMIT]];
    if (f->length == 1 && (*f->text == '<' || *f->text == '>'))
        limit = 1;
    else if (f->length != 1 || *f->text != '=') {
        const int code = take_truth(r, fields, DS_PART_IS_LIMIT, m->line, &limit);
        if (code)
            return code;
    }
    m->is_limit |= limit == 1;
    return NN_OK;
}

static int take_quality(ds_lightcurves *r, const ds_field *fields, ds_measurement *m)
{
    double value = NAN;
    int truth = 0;
    if (!r->flag)
        return NN_OK;
    const ds_field *f = &fields[r->column[DS_PART_QUALITY]];
    if (r->flag->rule == DS_FLAG_WORD) {
        m->flagged = is_word(f, r->flag->word);
        return NN_OK;
    }
    const int code = r->flag->rule == DS_FLAG_TRUE ? take_truth(r, fields, DS_PART_QUALITY, m->line, &truth)
                                                   : take_number(r, fields, DS_PART_QUALITY, m->line, &value);
    m->flagged = r->flag->rule == DS_FLAG_TRUE ? truth == 1
                 : r->flag->rule == DS_FLAG_NOT_ZERO
                     ? !isnan(value) && value != 0
                     : fabs(value) < 1e15 && ((long long)value & r->flag->bits);
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
    m->band = r->only_band;
    if (column < 0)
        return NN_OK;
    const ds_field *f = &fields[column];
    m->band = ds_bands_find(&r->bands, f->text, f->length);
    if (m->band >= 0)
        return NN_OK;
    char place[32];
    snprintf(place, sizeof place, ":%zu:%d", m->line, column + 1);
    return ds_photometry_band(r, f->text, f->length, place, &m->band);
}

static void take_key(const ds_lightcurves *r, const ds_field *fields, ds_measurement *m)
{
    if (r->column[DS_PART_KEY] < 0)
        return;
    const ds_field *f = &fields[r->column[DS_PART_KEY]];
    if (f->length && !is_missing(r, f) && !is_word(f, "0"))
        m->key = XXH64(f->text, f->length, 1) | 1;
}

static int take_id(ds_lightcurves *r, const ds_field *fields, size_t line)
{
    if (r->column[DS_PART_ID] < 0)
        return NN_OK;
    const ds_field *id = &fields[r->column[DS_PART_ID]];
    return ds_photometry_object(r, id->text, id->length, line);
}

static int fail_count(ds_lightcurves *r, int count, size_t line)
{
    const char *way = r->preamble.ipac ? "an IPAC table with empty cells: the service also writes CSV" : NULL;
    char text[60];
    snprintf(text, sizeof text, "delimiter %s; --delimiter names another",
             ds_delimiter_name(r->scan.delimiter, (char[8]){0}));
    return nn_fail(r->error, NN_BAD_DATA, "%s:%zu:%d: %d fields where the header has %d (%s)", r->name, line,
                   count < r->count ? count : r->count + 1, count, r->count, way ? way : text);
}

static int check_id(ds_lightcurves *r, const ds_field *fields, size_t line)
{
    if (r->column[DS_PART_ID] < 0 || fields[r->column[DS_PART_ID]].length)
        return NN_OK;
    return nn_fail(r->error, NN_BAD_DATA, "%s:%zu:%d: the object's id is missing", r->name, line,
                   r->column[DS_PART_ID] + 1);
}

/* Everything but the object and the band. */
static int take_values(ds_lightcurves *r, const ds_field *fields, ds_measurement *m)
{
    int code = check_id(r, fields, m->line);
    if (!code)
        code = take_time(r, fields, m);
    if (code || m->time == DS_SEPARATOR)
        return code;
    code = take_flux(r, fields, m);
    if (!code)
        code = take_number(r, fields, DS_PART_ERROR, m->line, &m->error);
    if (!code)
        code = take_number(r, fields, DS_PART_LIMIT, m->line, &m->limit);
    if (!code)
        code = take_limit_flag(r, fields, m);
    if (!code)
        code = take_quality(r, fields, m);
    if (!code)
        code = take_sign(r, fields, m);
    if (!code)
        code = take_unit(r, fields, m);
    return code ? code : take_detection(r, fields, m);
}

/* The object before is whole where such a row is of another one, and is handed out before the error. */
static int fail_values(ds_lightcurves *r, const ds_field *fields, size_t line, int code)
{
    if (r->options.skip_bad_rows)
        return ds_photometry_leave_out(r, code);
    const nn_error kept = *r->error;
    if (!check_id(r, fields, line))
        take_id(r, fields, line);
    nn_error_copy(r->error, &kept);
    return code;
}

int ds_photometry_row(ds_lightcurves *r, const ds_field *fields, int count, size_t line)
{
    if ((r->units_line && line == r->units_line) ||
        (count > 0 && fields[0].length && *fields[0].text == '#' && count != r->count))
        return NN_OK;
    if (count != r->count)
        return ds_photometry_leave_out(r, fail_count(r, count, line));
    ds_measurement m = {.line = line};
    int code = take_values(r, fields, &m);
    if (code)
        return fail_values(r, fields, line, code);
    code = take_id(r, fields, line);
    if (code || m.time == DS_SEPARATOR)
        return code;
    code = take_band(r, fields, &m);
    take_key(r, fields, &m);
    return code ? code : ds_photometry_measurement(r, &m);
}
