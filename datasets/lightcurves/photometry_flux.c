/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which column is the flux or magnitude, which its errors, and what unit they are in. */
#include "datasets/lightcurves/survey.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- units that stand beside the names --- */

static ds_text cut(const char *from, const char *end, const char *stops)
{
    while (from < end && (*from == ' ' || *from == '"' || *from == '\''))
        from++;
    const char *to = from;
    while (to < end && !strchr(stops, *to))
        to++;
    while (to > from && (to[-1] == ' ' || to[-1] == '"' || to[-1] == '\''))
        to--;
    return (ds_text){from, (size_t)(to - from)};
}

static const char *find_word(ds_text in, const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0; i + n <= in.length; i++)
        if (memcmp(in.text + i, word, n) == 0)
            return in.text + i + n;
    return NULL;
}

/* Of an ECSV table's lines such as "# - {name: flux, unit: uJy, datatype: float64}". */
static ds_text ecsv_unit(ds_text lines, const char *column)
{
    const char *end = lines.text + lines.length;
    for (const char *at = lines.text; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline ? newline : end;
        const ds_text line = {at, (size_t)(stop - at)};
        const char *name = find_word(line, "name:"), *unit = find_word(line, "unit:");
        const ds_text named = name ? cut(name, stop, ",}") : (ds_text){"", 0};
        if (unit && named.length == strlen(column) && memcmp(named.text, column, named.length) == 0)
            return cut(unit, stop, ",}");
        at = stop < end ? stop + 1 : end;
    }
    return (ds_text){"", 0};
}

static ds_text ipac_unit(ds_text units, int column)
{
    const char *at = units.text, *end = at + units.length;
    for (; column > 0 && at < end; column--) {
        const char *bar = memchr(at, '|', (size_t)(end - at));
        at = bar ? bar + 1 : end;
    }
    return cut(at, end, "|");
}

const ds_flux_unit *ds_photometry_unit_line(const ds_lightcurves *r, int column)
{
    ds_text unit = {"", 0};
    const ds_column_hint *hint = ds_photometry_hint(r, column);
    if (hint)
        return ds_flux_unit_find(hint->unit, strlen(hint->unit));
    if (r->has_header || column < 0)
        return NULL;
    if (r->preamble.units.text)
        unit = ipac_unit(r->preamble.units, column);
    else if (r->preamble.ecsv.text)
        unit = ecsv_unit(r->preamble.ecsv, r->columns[column]);
    else if (r->units_line)
        unit = ds_sample_cell(&r->sample, r->sample_row - 1, column);
    return ds_flux_unit_find(unit.text, unit.length);
}

/* A row below the names that holds units, such as "d,,mJy,mJy". */
static void find_units_row(ds_lightcurves *r)
{
    if (r->sample_row >= r->sample.row_count || r->preamble.numbered)
        return;
    int units = 0, numbers = 0;
    for (int i = 0; i < r->count; i++) {
        const ds_text cell = ds_sample_cell(&r->sample, r->sample_row, i);
        size_t skip = cell.length && strchr("([", cell.text[0]) ? 1 : 0;
        units +=
            cell.length > 2 * skip && ds_flux_unit_find(cell.text + skip, cell.length - 2 * skip) != NULL;
        numbers += !isnan(ds_photometry_sampled(r, r->sample_row, i));
    }
    if (units < 2 || numbers)
        return;
    r->units_line = r->sample.rows[r->sample_row].line + r->skipped_lines;
    r->sample_row++;
}

/* --- the column of fluxes --- */

static int usual_of(const char *column)
{
    for (int k = 0; ds_usual_flux_at(k); k++)
        if (strcasecmp(ds_usual_flux_at(k)->name, ds_column_name_bare(column)) == 0)
            return k;
    return -1;
}

/* What a column is by its name: a magnitude (1), a flux (0), neither (-1). */
static int kind_of(const ds_lightcurves *r, int column)
{
    const int usual = usual_of(r->columns[column]);
    if (usual >= 0)
        return ds_usual_flux_at(usual)->zero_point == 0;
    const ds_column_name name = ds_column_name_read(r->columns[column]);
    const ds_column_hint *hint = ds_photometry_hint(r, column);
    const ds_flux_unit *line = ds_photometry_unit_line(r, column);
    const ds_flux_unit *unit = name.unit ? name.unit : line;
    if (hint && hint->part == DS_PART_FLUX)
        return hint->magnitude;
    if (hint && hint->part == DS_PART_ERROR)
        return -1;
    if (name.error || (!unit && !name.flux))
        return -1;
    return unit && unit->zero_point == 0;
}

/* The errors of a value: by the usual names, else the column whose name has the same stem. -1: none. */
static int error_of(const ds_lightcurves *r, int value)
{
    const ds_usual_flux *usual = ds_usual_flux_at(usual_of(r->columns[value]));
    int column = -1;
    for (int e = 0; usual && e < DS_USUAL_ERRORS && usual->errors[e] && column < 0; e++)
        column = ds_photometry_column(r, usual->errors[e]);
    if (column >= 0)
        return column;
    const ds_column_name name = ds_column_name_read(r->columns[value]);
    const int kind = kind_of(r, value);
    int found = -1;
    for (int i = 0; i < r->count; i++) {
        const ds_column_name other = ds_column_name_read(r->columns[i]);
        if (i == value || !other.error || strcmp(other.stem, name.stem) != 0 ||
            (kind == 0 && other.unit && other.unit->zero_point == 0) ||
            (kind == 1 && (other.flux || (other.unit && other.unit->zero_point != 0))))
            continue;
        if (found < 0 || (other.unit && other.unit == name.unit))
            found = i;
    }
    for (int i = 0; i < r->count && r->hint_count && found < 0; i++) {
        const ds_column_hint *hint = ds_photometry_hint(r, i);
        if (hint && hint->part == DS_PART_ERROR && hint->magnitude == (kind == 1))
            found = i;
    }
    return found;
}

/* The zero point that the name or a line of units gives; 0: none of these. */
static double named_zero_point(const ds_lightcurves *r, int column)
{
    const ds_column_name name = ds_column_name_read(r->columns[column]);
    const ds_flux_unit *line = ds_photometry_unit_line(r, column);
    const ds_flux_unit *unit = name.unit ? name.unit : line;
    return unit ? unit->zero_point : 0;
}

static double any_zero_point(const ds_lightcurves *r, int column)
{
    const double named = named_zero_point(r, column);
    const ds_usual_flux *usual = ds_usual_flux_at(usual_of(r->columns[column]));
    return named != 0 ? named : usual ? usual->zero_point : NAN;
}

/* How far down a column stands among those that could be the flux; -1: it cannot. */
static int rank_of(const ds_lightcurves *r, int column, int kind)
{
    const int usual = usual_of(r->columns[column]);
    if (kind_of(r, column) != kind)
        return -1;
    if (usual >= 0)
        return usual;
    return error_of(r, column) < 0 ? -1 : 100 + (*ds_column_name_read(r->columns[column]).stem ? 1 : 0);
}

static int best_of(const ds_lightcurves *r, int kind)
{
    int best = -1, rank = -1;
    for (int i = 0; i < r->count; i++) {
        const int other = rank_of(r, i, kind);
        if (other >= 0 && (best < 0 || other < rank)) {
            best = i;
            rank = other;
        }
    }
    return best;
}

int ds_photometry_magnitudes_beside(const ds_lightcurves *r)
{
    return best_of(r, 1);
}

/* Two fluxes in different units are not for us to choose from. */
static int check_rivals(ds_lightcurves *r, int column, size_t line)
{
    const double ours = any_zero_point(r, column);
    for (int i = 0; i < r->count; i++) {
        const double theirs = any_zero_point(r, i);
        if (i == column || rank_of(r, i, 0) < 0 || theirs == ours || (isnan(theirs) && isnan(ours)))
            continue;
        return nn_fail(r->error, NN_BAD_DATA,
                       "%s:%zu: the fluxes '%.100s' and '%.100s' are in different units (zero points %g and "
                       "%g); --flux-column chooses one",
                       r->name, line, r->columns[column], r->columns[i], ours, theirs);
    }
    return NN_OK;
}

/* The column where its values can be magnitudes, else -1. */
static int could_be_magnitudes(const ds_lightcurves *r, int column)
{
    size_t n = 0, like = 0;
    for (size_t row = r->sample_row; column >= 0 && row < r->sample.row_count; row++) {
        const double value = ds_photometry_sampled(r, row, column);
        n += !isnan(value);
        like += value > 5 && value < 32;
    }
    return n && 10 * like >= 9 * n ? column : -1;
}

/* The first flux or, where asked or where there is no flux, magnitude. */
static int find_flux(ds_lightcurves *r, size_t line)
{
    int *column = &r->column[DS_PART_FLUX];
    if (*column >= 0)
        return NN_OK; /* of a table without names */
    const bool wants =
        r->options.magnitudes || (r->survey && r->survey->magnitudes && r->options.zero_point == 0);
    for (int i = 0; r->survey && i < 7 && r->survey->column[i].name && *column < 0; i++)
        if (r->survey->column[i].part == DS_PART_FLUX)
            *column = ds_photometry_column(r, r->survey->column[i].name);
    if (*column >= 0 && kind_of(r, *column) != (int)wants)
        *column = -1;
    for (int kind = wants ? 1 : 0; kind < 2 && *column < 0; kind++)
        *column = best_of(r, kind);
    if (*column < 0 && r->options.magnitudes) /* under the name of a flux, as the user says */
        *column = could_be_magnitudes(r, best_of(r, 0));
    if (*column >= 0)
        return r->options.magnitudes                    ? NN_OK
               : kind_of(r, *column) == 0 && !r->survey ? check_rivals(r, *column, line)
                                                        : NN_OK;
    return r->options.magnitudes
               ? ds_photometry_absent(r, line, "magnitudes", "mag, magpsf", "--flux-column")
               : ds_photometry_absent(r, line, "fluxes or magnitudes with their errors",
                                      "flux, FLUXCAL, uJy, psFlux, psfFlux, psfDiffFlux, mag, magpsf",
                                      "--flux-column");
}

/* --- errors --- */

/* The error of another flux where its own is not there. */
static int fail_error(ds_lightcurves *r, size_t line)
{
    const char *flux = r->columns[r->column[DS_PART_FLUX]];
    for (int k = 0; ds_usual_flux_at(k); k++)
        for (int e = 0; e < DS_USUAL_ERRORS && ds_usual_flux_at(k)->errors[e]; e++) {
            const int column = ds_photometry_column(r, ds_usual_flux_at(k)->errors[e]);
            if (column >= 0)
                return nn_fail(
                    r->error, NN_BAD_DATA,
                    "%s:%zu: '%s' has no column of its errors, and '%s' belongs to '%s': units are not "
                    "mixed; --error-column names the right one",
                    r->name, line, flux, r->columns[column], ds_usual_flux_at(k)->name);
        }
    char known[80];
    snprintf(known, sizeof known, "%.30sErr, %.30s_err", flux, flux);
    return ds_photometry_absent(r, line, "errors", known, "--error-column");
}

static int check_error_unit(ds_lightcurves *r, size_t line)
{
    const int flux = r->column[DS_PART_FLUX], error = r->column[DS_PART_ERROR];
    const double a = named_zero_point(r, flux), b = named_zero_point(r, error);
    const bool told = a != 0 || kind_of(r, flux) == 1;
    const bool error_told = b != 0 || ds_column_name_read(r->columns[error]).unit != NULL;
    if (!told || !error_told || a == b || (isnan(a) && isnan(b)) || r->options.zero_point != 0 ||
        r->error_by_snr)
        return NN_OK;
    return nn_fail(r->error, NN_BAD_DATA,
                   "%s:%zu: '%.100s' and its errors '%.100s' are in different units by their names; "
                   "--flux-column and --error-column name a pair, --zp its zero point",
                   r->name, line, r->columns[flux], r->columns[error]);
}

static int find_error(ds_lightcurves *r, size_t line)
{
    int *column = &r->column[DS_PART_ERROR];
    if (r->options.error)
        return ds_photometry_given(r, "--error-column", r->options.error, column);
    for (int i = 0; r->survey && !r->options.flux && i < 7 && r->survey->column[i].name && *column < 0; i++)
        if (r->survey->column[i].part == DS_PART_ERROR && (int)r->survey->magnitudes == r->magnitudes)
            *column = ds_photometry_column(r, r->survey->column[i].name);
    r->error_by_snr = *column >= 0 && r->survey && r->survey->error_by_snr && !r->preamble.numbered;
    if (*column < 0)
        *column = error_of(r, r->column[DS_PART_FLUX]);
    return *column < 0 ? fail_error(r, line) : check_error_unit(r, line);
}

/* --- the unit --- */

void ds_photometry_set_zero_point(ds_lightcurves *r, double zero_point)
{
    r->zero_point = zero_point;
    r->scale = r->magnitudes ? 1 : pow(10, 0.4 * (DS_ZERO_POINT - zero_point));
}

static const char *unit_text(double zero_point)
{
    const ds_flux_unit *unit = ds_flux_unit_at(zero_point);
    return unit ? unit->name : "a unit of its own";
}

/* A name and a line of units that say different things. */
static int check_unit_line(ds_lightcurves *r, int column)
{
    const ds_flux_unit *line = ds_photometry_unit_line(r, column);
    const ds_flux_unit *name = ds_column_name_read(r->columns[column]).unit;
    if (!line || !name || line == name || r->options.zero_point != 0)
        return NN_OK;
    return nn_fail(
        r->error, NN_BAD_DATA,
        "%s: the column '%.100s' is in %s by its name, but its line of units says %s; --zp gives the "
        "zero point, --mag reads magnitudes",
        r->name, r->columns[column], name->name, line->name);
}

static int choose_unit(ds_lightcurves *r)
{
    const int column = r->column[DS_PART_FLUX];
    const char *name = r->columns[column];
    const ds_usual_flux *usual = ds_usual_flux_at(usual_of(name));
    const double named = named_zero_point(r, column);
    r->unit_known = true;
    r->unit_named = false;
    if (r->options.zero_point != 0) {
        ds_photometry_set_zero_point(r, r->options.zero_point);
        return ds_photometry_reason(r, DS_REASON_FACT, NULL, "unit: as --zp %g says", r->zero_point);
    }
    const bool by_survey = r->survey && r->survey->zero_point != 0;
    if (isnan(named) && !by_survey)
        return nn_fail(
            r->error, NN_BAD_DATA,
            "%s: the fluxes '%.100s' are in a unit that has no zero point of its own; --zp gives it", r->name,
            name);
    if (named != 0 && !isnan(named)) {
        r->unit_named = true;
        ds_photometry_set_zero_point(r, named);
        return ds_photometry_reason(r, DS_REASON_FACT, "--zp", "unit: %s, as %s says", unit_text(named),
                                    ds_column_name_read(name).unit ? "the column's name"
                                                                   : "the line of units");
    }
    if (by_survey) {
        ds_photometry_set_zero_point(r, r->survey->zero_point);
        return ds_photometry_reason(r, DS_REASON_FACT, "--zp", "unit: %s, as %s writes it",
                                    unit_text(r->zero_point), r->survey->name);
    }
    if (usual && !isnan(usual->zero_point)) {
        ds_photometry_set_zero_point(r, usual->zero_point);
        return ds_photometry_reason(r, DS_REASON_FACT, "--zp", "unit: %s, as %s writes '%s'",
                                    unit_text(r->zero_point), usual->survey, name);
    }
    r->unit_known = false;
    ds_photometry_set_zero_point(r, DS_ZERO_POINT);
    return NN_OK;
}

static int check_magnitudes(ds_lightcurves *r, int kind)
{
    const char *name = r->columns[r->column[DS_PART_FLUX]];
    if (kind == 0 && r->options.magnitudes && named_zero_point(r, r->column[DS_PART_FLUX]) != 0)
        return nn_fail(r->error, NN_USAGE, "%s: --mag: '%s' is a flux by its unit", r->name, name);
    if (r->magnitudes && r->options.zero_point != 0)
        return nn_fail(r->error, NN_USAGE, "%s: --zp is the zero point of fluxes, but '%s' is a magnitude",
                       r->name, name);
    return NN_OK;
}

int ds_photometry_choose_flux(ds_lightcurves *r, size_t line)
{
    r->units_line = 0;
    find_units_row(r);
    int code = r->options.flux
                   ? ds_photometry_given(r, "--flux-column", r->options.flux, &r->column[DS_PART_FLUX])
                   : find_flux(r, line);
    if (code)
        return code;
    const int column = r->column[DS_PART_FLUX], kind = kind_of(r, column);
    r->magnitudes = r->magnitudes || kind == 1;
    if ((code = check_magnitudes(r, kind)) || (code = check_unit_line(r, column)))
        return code;
    if (r->magnitudes) {
        ds_photometry_set_zero_point(r, NAN);
        r->unit_known = true;
        const char *system = r->survey ? r->survey->system : NULL;
        code = ds_photometry_reason(r, DS_REASON_FACT, "--flux-column",
                                    "unit: %s%smagnitudes, taken as they stand, %s", system ? system : "",
                                    system ? " " : "",
                                    r->options.magnitudes ? "as --mag says"
                                    : kind == 1           ? "as the column's name says"
                                                          : "for want of names");
    } else {
        code = choose_unit(r);
    }
    return code ? code : find_error(r, line);
}
