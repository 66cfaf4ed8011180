/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of photometry: MJD, Julian dates, days from a zero that a name or a survey tells, dates. */
#include "datasets/lightcurves/survey.h"
#include "datasets/time/decimal.h"
#include "datasets/time/stamp.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double julian_zero = 2400000.5, julian_from = 2400000, julian_to = 2600000;
static const double plain_to = 100000; /* MJD of the year 2132 */
static const double unix_from = 1e8, unix_zero = 40587;

/* --- names such as HJD-2450000 --- */

/* What a name says of the zero: false where it is none of a Julian date. NaN: the values tell. */
static bool read_name(const char *name, double *zero)
{
    static const struct {
        const char *before;
        double zero; /* NaN: none of its own */
    } kinds[] = {{"", NAN}, {"h", NAN},  {"b", NAN},      {"m", 0},       {"hm", 0},
                 {"bm", 0}, {"r", -0.5}, {"bt", 56999.5}, {"bk", 54832.5}};
    char lower[64];
    size_t n = 0;
    for (const char *c = ds_column_name_bare(name); *c && n + 1 < sizeof lower; c++)
        if (*c != ' ' && *c != '_' && *c != '\'')
            lower[n++] = (char)tolower((unsigned char)*c);
    lower[n] = '\0';
    const char *jd = strstr(lower, "jd");
    if (!jd)
        return false;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (strlen(kinds[k].before) != (size_t)(jd - lower) ||
            memcmp(lower, kinds[k].before, (size_t)(jd - lower)) != 0)
            continue;
        const char *minus = strpbrk(jd, "-+");
        char *end = NULL;
        const double number = minus && isdigit((unsigned char)minus[1]) ? strtod(minus + 1, &end) : 0;
        *zero = kinds[k].zero;
        if (end && *minus == '-' && number > 0)
            *zero = kinds[k].zero == 0 ? number : number - julian_zero;
        return true;
    }
    return false;
}

static int find_by_name(const ds_lightcurves *r)
{
    double zero;
    for (int i = 0; i < r->count; i++)
        if (read_name(r->columns[i], &zero))
            return i;
    return -1;
}

/* --- the column --- */

static int find_column(ds_lightcurves *r)
{
    int *column = &r->column[DS_PART_TIME];
    if (r->options.time)
        return ds_photometry_given(r, "--time-column", r->options.time, column);
    if (*column < 0)
        *column = ds_photometry_part(r, DS_PART_TIME);
    if (*column < 0)
        *column = find_by_name(r);
    return NN_OK;
}

static int set_given_zero(ds_lightcurves *r)
{
    const char *text = r->options.time_zero;
    double value = NAN;
    if (strcmp(text, "unix") == 0) {
        r->unix_time = true;
        return NN_OK;
    }
    if (strcmp(text, "mjd") == 0)
        value = 0;
    else if (strcmp(text, "jd") == 0)
        value = -julian_zero;
    else if (ds_number_parse(text, strlen(text), false, &value) != DS_NUMBER_OK)
        return nn_fail(
            r->error, NN_USAGE,
            "--time-zero: '%.60s' is none of mjd, jd, unix (seconds since 1970) or the MJD at which "
            "the times are 0",
            text);
    r->time_zero = value;
    return NN_OK;
}

static int choose_zero(ds_lightcurves *r)
{
    const int column = r->column[DS_PART_TIME];
    double zero = NAN;
    r->time_zero = NAN;
    r->unix_time = false;
    if (r->options.time_zero) {
        const int code = set_given_zero(r);
        return code ? code
                    : ds_photometry_reason(r, DS_REASON_FACT, NULL, "times: as --time-zero %.40s says",
                                           r->options.time_zero);
    }
    if (column < 0)
        return NN_OK;
    if (r->survey && r->survey->time_zero != 0 && !r->options.time) {
        r->time_zero = r->survey->time_zero;
        return ds_photometry_reason(r, DS_REASON_SAID, "--time-zero", "times '%.60s' are %s",
                                    r->columns[column], r->survey->time_scale);
    }
    if (!read_name(r->columns[column], &zero) || isnan(zero) || zero == 0)
        return NN_OK;
    r->time_zero = zero;
    return ds_photometry_reason(r, DS_REASON_SAID, "--time-zero",
                                "times '%.60s' are 0 at MJD %.10g, as the column's name says",
                                r->columns[column], zero);
}

int ds_photometry_choose_time(ds_lightcurves *r, size_t line)
{
    int code = find_column(r);
    if (!code)
        code = choose_zero(r);
    if (code)
        return code;
    if (r->column[DS_PART_TIME] >= 0 && !(r->visits && !r->options.time))
        return NN_OK;
    r->column[DS_PART_VISIT] = ds_photometry_part(r, DS_PART_VISIT);
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
    return ds_photometry_absent(r, line, "times", "mjd, midpointMjdTai, midPointTai, jd, hjd, time",
                                "--time-column");
}

/* --- what the first rows say --- */

int ds_photometry_check_time(ds_lightcurves *r)
{
    const int column = r->column[DS_PART_TIME];
    double least = NAN, most = NAN, value;
    size_t dates = 0;
    if (column < 0 || !isnan(r->time_zero) || r->unix_time)
        return NN_OK;
    for (size_t row = r->sample_row; row < r->sample.row_count; row++) {
        const ds_text cell = ds_sample_cell(&r->sample, row, column);
        dates += ds_photometry_date(cell.text, cell.length, &value);
        value = ds_photometry_sampled(r, row, column);
        if (value == DS_SEPARATOR || isnan(value))
            continue;
        least = isnan(least) || value < least ? value : least;
        most = isnan(most) || value > most ? value : most;
    }
    const char *name = r->columns[column];
    if (dates)
        return ds_photometry_reason(r, DS_REASON_FACT, NULL, "times '%.60s' are dates, read as UTC", name);
    if (isnan(most))
        return NN_OK;
    if (least > julian_from)
        return ds_photometry_reason(r, DS_REASON_FACT, "--time-zero",
                                    "times '%.60s' are Julian dates by their values", name);
    if (least >= DS_LEAST_MJD)
        return ds_photometry_reason(r, DS_REASON_FACT, "--time-zero", "times '%.60s' are MJD by their values",
                                    name);
    return most > julian_from
               ? NN_OK
               : ds_photometry_reason(r, DS_REASON_GUESS, "--time-zero mjd",
                                      "times '%.60s' of %.10g to %.10g days have no zero that is known; they "
                                      "are taken as they stand",
                                      name, least, most);
}

/* --- values --- */

bool ds_photometry_date(const char *text, size_t length, double *mjd)
{
    ds_stamp stamp;
    ds_time time;
    double fraction = 0;
    if (length < 8 || !isdigit((unsigned char)text[0]))
        return false;
    const bool by_day = length > 11 && text[10] == '.' && (text[4] == '-' || text[4] == '/');
    if (by_day && ds_number_parse(text + 10, length - 10, false, &fraction) != DS_NUMBER_OK)
        return false;
    if (by_day)
        length = 10;
    if (!ds_stamp_scan(text, length, &stamp))
        return false;
    stamp.too_fine = false; /* below a microsecond nothing is lost */
    if (stamp.separator == 0 || stamp.digits[0] != 4 || stamp.digits[2] == 0 ||
        ds_stamp_time(&stamp, stamp.part[0], stamp.part[1], stamp.part[2], text, length, &time, NULL))
        return false;
    *mjd = (double)(time / DS_DAY) + (double)(time % DS_DAY) / (double)DS_DAY + unix_zero + fraction;
    return true;
}

static int fail_time(ds_lightcurves *r, const ds_measurement *m)
{
    const bool seconds = m->time >= unix_from && m->time < 1e10;
    return nn_fail(r->error, NN_BAD_DATA,
                   "%s:%zu: time %.15g is neither MJD nor a Julian date%s; --time-zero says what it is (mjd, "
                   "jd, unix, or the MJD at which the times are 0)",
                   r->name, m->line, m->time,
                   seconds ? ", but looks like seconds since 1970 (--time-zero unix)" : "");
}

/* Catalogues put stars of several missions together, each with its own count of days, so that only within an
 * object a mixture is trouble. */
static int check_mixture(ds_lightcurves *r, const ds_measurement *m)
{
    static const char *const names[] = {"no Julian date", "a Julian date", "a date"};
    static const char *const before[] = {"not", "Julian dates", "dates"};
    ds_queued *object = &r->queue[r->current];
    if (object->clock >= 0 && m->clock != object->clock)
        return nn_fail(r->error, NN_BAD_DATA,
                       "%s:%zu: time %.10g is %s, but the object's times before are %s: units are not mixed",
                       r->name, m->line, m->time, names[m->clock], before[object->clock]);
    if (object->clock < 0)
        r->report.julian += m->clock == DS_CLOCK_JULIAN;
    object->clock = m->clock;
    return NN_OK;
}

int ds_photometry_mjd(ds_lightcurves *r, ds_measurement *m)
{
    if (isnan(m->time))
        return NN_OK;
    if (r->unix_time || !isnan(r->time_zero)) {
        if (m->clock != DS_CLOCK_DATE)
            m->time = r->unix_time ? m->time / 86400 + unix_zero : m->time + r->time_zero;
        return NN_OK;
    }
    if (m->clock != DS_CLOCK_DATE && m->time > julian_from && m->time < julian_to)
        m->clock = DS_CLOCK_JULIAN;
    if (m->clock == DS_CLOCK_PLAIN && m->time > plain_to)
        return fail_time(r, m);
    const int code = check_mixture(r, m);
    if (m->clock == DS_CLOCK_JULIAN)
        m->time -= julian_zero;
    return code;
}
