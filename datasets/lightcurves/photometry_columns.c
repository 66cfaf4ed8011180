/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which column of a file of photometry is what, by the names that surveys use. */
#include "datasets/lightcurves/survey.h"
#include "datasets/text/encoding.h"
#include "lib/base/memory.h"
#include "lib/base/nearest.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int ds_photometry_column(const ds_lightcurves *r, const char *name)
{
    for (int i = 0; i < r->count; i++)
        if (strcasecmp(r->columns[i], name) == 0)
            return i;
    for (int i = 0; i < r->count; i++)
        if (strcasecmp(ds_column_name_bare(r->columns[i]), name) == 0)
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

int ds_photometry_given(ds_lightcurves *r, const char *option, const char *name, int *column)
{
    for (int i = 0; i < r->count && *column < 0; i++)
        if (strcmp(r->columns[i], name) == 0)
            *column = i;
    if (*column < 0)
        *column = ds_photometry_column(r, name);
    if (*column < 0) /* with the mark of a comment that the first name had */
        *column = ds_photometry_column(r, name + strspn(name, "# "));
    if (*column < 0 && name[strspn(name, "0123456789")] == '\0' && atol(name) > 0 && atol(name) <= r->count)
        *column = (int)atol(name) - 1;
    if (*column >= 0)
        return NN_OK;
    char names[400];
    const int near = nn_nearest_word(name, (const char *const *)r->columns, r->count);
    list_columns(r, names, sizeof names);
    return nn_fail(r->error, NN_USAGE, "%s: %s: there is no column '%.200s'%s%s%s; the columns are %s",
                   r->name, option, name, near < 0 ? "" : "; did you mean '",
                   near < 0 ? "" : r->columns[near], near < 0 ? "" : "'?", names);
}

const ds_column_hint *ds_photometry_hint(const ds_lightcurves *r, int column)
{
    for (int i = 0; column >= 0 && i < r->hint_count; i++)
        if (strcmp(r->hints[i].name, r->columns[column]) == 0)
            return &r->hints[i];
    return NULL;
}

/* By what the survey calls it, else by the usual names, else as the file says. */
int ds_photometry_part(const ds_lightcurves *r, ds_photometry_role part)
{
    int column = -1;
    for (int i = 0; r->survey && i < 7 && r->survey->column[i].name && column < 0; i++)
        if (r->survey->column[i].part == part)
            column = ds_photometry_column(r, r->survey->column[i].name);
    ds_photometry_role named;
    const char *name;
    for (int i = 0; column < 0 && (name = ds_usual_name(i, &named)); i++)
        if (named == part)
            column = ds_photometry_column(r, name);
    for (int i = 0; i < r->count && r->hint_count && column < 0; i++) {
        const ds_column_hint *hint = ds_photometry_hint(r, i);
        if (hint && hint->part == (int)part)
            column = i;
    }
    return column;
}

int ds_photometry_id_rank(const ds_lightcurves *r, const char *name)
{
    ds_photometry_role part;
    const char *usual, *bare = ds_column_name_bare(name);
    if (r->one_object)
        return -1;
    if (r->options.id)
        return strcasecmp(name, r->options.id) == 0 || strcasecmp(bare, r->options.id) == 0 ? 0 : -1;
    for (int i = 0; (usual = ds_usual_name(i, &part)); i++)
        if (part == DS_PART_ID && strcasecmp(bare, usual) == 0)
            return i;
    return -1;
}

int ds_photometry_late(const ds_lightcurves *r, const char *name)
{
    ds_photometry_role part;
    const char *usual, *bare = ds_column_name_bare(name);
    for (int i = 0; (usual = ds_usual_name(i, &part)); i++)
        if (strcasecmp(bare, usual) == 0 && r->column[part] < 0 &&
            (part == DS_PART_IS_LIMIT || (r->magnitudes && (part == DS_PART_LIMIT || part == DS_PART_SIGN))))
            return (int)part;
    return -1;
}

int ds_photometry_absent(ds_lightcurves *r, size_t line, const char *what, const char *known,
                         const char *option)
{
    char names[300];
    list_columns(r, names, sizeof names);
    return nn_fail(r->error, NN_BAD_DATA,
                   "%s:%zu: no column of %s (%s; %s names another); the columns are %s", r->name, line, what,
                   known, option, names);
}

static int choose(ds_lightcurves *r, ds_photometry_role part, const char *option, const char *given)
{
    if (given && strcmp(given, "none") == 0)
        return NN_OK;
    if (given)
        return ds_photometry_given(r, option, given, &r->column[part]);
    r->column[part] = ds_photometry_part(r, part);
    return NN_OK;
}

/* --- commas as decimal marks --- */

/* Digits, one of the marks and digits, such as 58000,3963. */
static bool is_fraction(ds_text t, char mark)
{
    size_t i = t.length > 0 && (*t.text == '-' || *t.text == '+'), before = i;
    while (i < t.length && t.text[i] >= '0' && t.text[i] <= '9')
        i++;
    if (i == before || i == t.length || t.text[i++] != mark || i == t.length)
        return false;
    while (i < t.length && t.text[i] >= '0' && t.text[i] <= '9')
        i++;
    return i == t.length;
}

/* Where the first rows have numbers with a comma and none with a point. */
static int take_decimal_mark(ds_lightcurves *r)
{
    size_t commas = 0;
    if (r->options.decimal_comma || r->scan.delimiter == ',')
        return NN_OK;
    for (size_t row = r->sample_row; row < r->sample.row_count; row++)
        for (int i = 0; i < r->sample.rows[row].count; i++) {
            const ds_text cell = ds_sample_cell(&r->sample, row, i);
            if (is_fraction(cell, '.'))
                return NN_OK;
            commas += is_fraction(cell, ',');
        }
    if (commas == 0)
        return NN_OK;
    r->options.decimal_comma = true;
    return ds_photometry_reason(r, DS_REASON_SAID, "--decimal-comma", "commas are decimal marks");
}

/* --- columns without names --- */

/* Whether every number of a sampled column lies within these bounds, and there are some. */
static bool lies_within(const ds_lightcurves *r, int column, double least, double most)
{
    size_t seen = 0;
    for (size_t row = r->sample_row; row < r->sample.row_count; row++) {
        const double value = ds_photometry_sampled(r, row, column);
        if (value < least || value > most)
            return false;
        seen += !isnan(value);
    }
    return 2 * seen > r->sample.row_count - r->sample_row;
}

/* OGLE, MACHO and others write time, magnitude and error without a line of names. */
static int guess_columns(ds_lightcurves *r)
{
    const ds_lightcurve_options *o = &r->options;
    const bool said = r->survey && r->survey->numbered;
    if (!r->preamble.numbered || o->time || o->flux || o->error || o->names_only || r->count < 3)
        return NN_OK;
    if (!lies_within(r, 0, 300, 2.6e6) || !lies_within(r, 1, -20, 99.999) || !lies_within(r, 2, 0, 99.999))
        return NN_OK;
    r->column[DS_PART_TIME] = 0;
    r->column[DS_PART_FLUX] = 1;
    r->column[DS_PART_ERROR] = 2;
    r->magnitudes = o->zero_point == 0;
    return ds_photometry_reason(r, said ? DS_REASON_SAID : DS_REASON_GUESS,
                                "--time-column 1 --flux-column 2 --error-column 3",
                                "there is no line of names: the first three columns are taken as time, %s "
                                "and error, as OGLE and MACHO write them",
                                r->magnitudes ? "magnitude" : "flux");
}

/* --- object, band, flags --- */

static int take_one_object(ds_lightcurves *r, size_t line)
{
    r->one_object = true;
    if (r->form == DS_PHOTOMETRY_SNANA || r->form == DS_PHOTOMETRY_SNCOSMO || r->ids_outside)
        return NN_OK;
    return ds_photometry_object_of_file(r, line);
}

/* A column id may number the rows; then each would be an object. */
static int refuse_counter(ds_lightcurves *r, size_t line)
{
    const int id = r->column[DS_PART_ID];
    const size_t first = r->sample_row, rows = r->sample.row_count - first;
    if (r->options.id || strcasecmp(ds_column_name_bare(r->columns[id]), "id") != 0 || rows < 4)
        return NN_OK;
    for (size_t row = first + 1; row < r->sample.row_count; row++)
        if (ds_photometry_sampled(r, row, id) != ds_photometry_sampled(r, row - 1, id) + 1)
            return NN_OK;
    return nn_fail(r->error, NN_BAD_DATA,
                   "%s:%zu:%d: the column '%.100s' counts the rows: --id-column names another that tells "
                   "objects apart, --id-column none takes the file as one object, --id-column '%.100s' "
                   "each row as an object",
                   r->name, line, id + 1, r->columns[id], r->columns[id]);
}

static int choose_id(ds_lightcurves *r, size_t line)
{
    if (r->one_object)
        return take_one_object(r, line);
    int code = choose(r, DS_PART_ID, "--id-column", r->options.id);
    if (!code && r->column[DS_PART_ID] >= 0)
        return refuse_counter(r, line);
    if (code)
        return code;
    const bool single = r->form == DS_PHOTOMETRY_WORDS || r->preamble.numbered;
    if (!(r->survey && r->survey->one_object) && !single)
        return ds_photometry_absent(r, line, "object ids", "object_id, diaObjectId, SNID, oid, objectId",
                                    "--id-column, with none for a file of a single object (--id-from name "
                                    "calls it as the file),");
    code = ds_photometry_reason(r, DS_REASON_SAID, "--id-column",
                                "there is no column of object ids: the file is taken as one object");
    return code ? code : take_one_object(r, line);
}

static void choose_flag(ds_lightcurves *r)
{
    const ds_flag *flag = r->survey && r->survey->flag.column ? &r->survey->flag : NULL;
    r->flag = NULL;
    for (int k = 0; !flag && ds_flag_known(k); k++)
        if (ds_photometry_column(r, ds_flag_known(k)->column) >= 0)
            flag = ds_flag_known(k);
    if (!flag || r->options.keep_flagged)
        return;
    r->column[DS_PART_QUALITY] = ds_photometry_column(r, flag->column);
    if (r->column[DS_PART_QUALITY] < 0 && r->survey && r->survey->counts) /* as its tools call it */
        r->column[DS_PART_QUALITY] = ds_photometry_column(r, "quality");
    if (r->column[DS_PART_QUALITY] >= 0)
        r->flag = flag;
}

static int choose_rest(ds_lightcurves *r)
{
    const int code = choose(r, DS_PART_DETECTED, "--detected-column", r->options.detected);
    if (code)
        return code;
    r->column[DS_PART_IS_LIMIT] = ds_photometry_part(r, DS_PART_IS_LIMIT);
    if (r->magnitudes) {
        r->column[DS_PART_LIMIT] = ds_photometry_part(r, DS_PART_LIMIT);
        r->column[DS_PART_SIGN] = ds_photometry_part(r, DS_PART_SIGN);
    } else {
        r->column[DS_PART_ZERO_POINT] =
            r->options.zero_point != 0 ? -1 : ds_photometry_part(r, DS_PART_ZERO_POINT);
        r->column[DS_PART_ZERO_SYSTEM] = ds_photometry_part(r, DS_PART_ZERO_SYSTEM);
        r->column[DS_PART_UNIT] = ds_photometry_part(r, DS_PART_UNIT);
    }
    if (r->column[DS_PART_DETECTED] < 0 && !r->options.detected) {
        r->column[DS_PART_FLAG] = ds_photometry_part(r, DS_PART_FLAG);
        if (r->column[DS_PART_FLAG] < 0)
            r->column[DS_PART_SNR] = ds_photometry_part(r, DS_PART_SNR);
    }
    if (r->history)
        r->column[DS_PART_KEY] = ds_photometry_part(r, DS_PART_KEY);
    choose_flag(r);
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
        "id",       "time",     "visit", "band",       "flux",        "error", "limit", "limit flag", "sign",
        "detected", "detected", "S/N",   "zero point", "zero system", "unit",  "flags", "key"};
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
    r->report.time_zero = r->time_zero;
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
    for (; r->count < count; r->count++) {
        ds_field f = fields[r->count];
        for (; r->count == 0 && f.length && (*f.text == '#' || *f.text == ' '); f.length--)
            f.text++; /* a comment's mark before the first name */
        for (; r->form == DS_PHOTOMETRY_WORDS && f.length > 1 && f.text[f.length - 1] == ','; f.length--)
            ;
        if (!(r->columns[r->count] = ds_name_copy(f.text, f.length, &recoded)))
            return ds_photometry_no_memory(r);
    }
    return NN_OK;
}

static int choose_all(ds_lightcurves *r, size_t line)
{
    r->report.reason_count = 0;
    int code = ds_survey_find(r, &r->survey);
    if (code)
        return code;
    r->report.survey = r->survey ? r->survey->name : NULL;
    r->report.system = r->survey ? r->survey->system : NULL;
    code = take_decimal_mark(r);
    if (!code)
        code = guess_columns(r);
    if (!code)
        code = choose_id(r, line);
    if (!code)
        code = ds_photometry_choose_time(r, line);
    if (!code)
        code = ds_photometry_choose_flux(r, line);
    if (!code && r->options.recognised)
        *r->options.recognised = true;
    if (!code)
        code = choose(r, DS_PART_BAND, "--band-column", r->options.band);
    if (!code)
        code = ds_photometry_choose_band(r);
    if (!code)
        code = choose_rest(r);
    return code ? code : ds_photometry_check(r);
}

int ds_photometry_header(ds_lightcurves *r, const ds_field *fields, int count, size_t line)
{
    int code = take_names(r, fields, count);
    for (int p = 0; p < DS_PART_COUNT; p++)
        r->column[p] = -1;
    r->magnitudes = r->options.magnitudes;
    if (!code)
        code = choose_all(r, line);
    ds_sample_clear(&r->sample);
    if (code)
        return code;
    describe(r);
    code = check_twice(r, line);
    r->has_header = !code;
    return code;
}
