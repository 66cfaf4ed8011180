/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/input/photometry.h"

#include "cli/shell/report.h"

#include <stddef.h>
#include <string.h>

#define FIELD(name) offsetof(cli_photometry, name)
const nn_option cli_photometry_options[] = {
    {"bands", 0, NN_LIST, FIELD(bands), NULL, "B=A,...", 0, 0,
     "passbands with their wavelengths in Angstrom, such as g=4802,r=6231, or lsst or ztf (lsst; ztf where "
     "the "
     "column is fid)"},
    {"unknown-bands", 0, NN_CHOICE, FIELD(unknown_bands), "error", "error|drop", 0, 0,
     "points of other bands: stop, or leave them out"},
    {"grouping", 0, NN_CHOICE, FIELD(grouping), "check", "check|gather|alerts", 0, 0,
     "rows of an object that do not stand together: stop, read the whole file and put them together, or take "
     "each run of rows as an object"},
    {"zp", 0, NN_REAL, FIELD(zero_point), NULL, "MAG", 0, 60,
     "zero point of the fluxes: 27.5 (FLUXCAL), 31.4 (nJy), 23.9 (uJy); as the column's name says unless "
     "given"},
    {"mag", 0, NN_FLAG, FIELD(magnitudes), "false", NULL, 0, 0,
     "read magnitudes though there are fluxes too"},
    {"limits", 0, NN_CHOICE, FIELD(limits), "zero", "zero|drop", 0, 0,
     "upper limits in magnitudes: a flux of 0 with a fifth of the limit as error, or leave them out"},
    {"detection", 0, NN_REAL, FIELD(detection), "5", "SIGMA", 0.01, 1e6,
     "|flux| / error from which a point counts as detected where no column tells"},
    {"visits", 0, NN_TEXT, FIELD(visits), NULL, "FILE", 0, 0,
     "table of visits with their times, for photometry with visits in place of times"},
    {"id-column", 0, NN_TEXT, FIELD(id), NULL, "COLUMN", 0, 0,
     "column of object ids; none: the file is one object (found by itself, as the next five)"},
    {"time-column", 0, NN_TEXT, FIELD(time), NULL, "COLUMN", 0, 0, "column of times, MJD or JD"},
    {"band-column", 0, NN_TEXT, FIELD(band), NULL, "COLUMN", 0, 0,
     "column of passbands; none: there is one band"},
    {"flux-column", 0, NN_TEXT, FIELD(flux), NULL, "COLUMN", 0, 0, "column of fluxes or magnitudes"},
    {"error-column", 0, NN_TEXT, FIELD(error), NULL, "COLUMN", 0, 0, "column of their errors"},
    {"detected-column", 0, NN_TEXT, FIELD(detected), NULL, "COLUMN", 0, 0,
     "column that is 1 where a point is a detection; none: by |flux| / error"},
    {0}};
const nn_option cli_photometry_file_options[] = {
    {"missing", 0, NN_LIST, FIELD(missing), NULL, "WORD,...", 0, 0,
     "words for a missing value beside empty, NA, N/A, #N/A, NaN, null, none, ? and a lone point"},
    {"delimiter", 'd', NN_TEXT, FIELD(delimiter), NULL, "CHAR", 0, 0,
     "a character, or comma, semicolon, tab, pipe, space (found by itself)"},
    {"decimal-comma", 0, NN_FLAG, FIELD(decimal_comma), "false", NULL, 0, 0,
     "numbers are written 1,5 rather than 1.5"},
    {0}};

#define META(name) offsetof(cli_metadata, name)
const nn_option cli_metadata_options[] = {
    {"metadata", 0, NN_TEXT, META(file), NULL, "FILE", 0, 0,
     "table of objects, one row each, joined to the light curves by id"},
    {"metadata-id", 0, NN_TEXT, META(id), NULL, "COLUMN", 0, 0, "its column of object ids (found by itself)"},
    {0}};

static int set_file_options(const cli_photometry *photometry, const cli_reading *reading, char *delimiter,
                            const char **missing, bool *decimal_comma, nn_error *error)
{
    *missing = reading ? reading->missing : photometry->missing;
    *decimal_comma = reading ? reading->decimal_comma : photometry->decimal_comma;
    return cli_read_delimiter(reading ? reading->delimiter : photometry->delimiter, delimiter, error);
}

static int make_options(ds_lightcurve_options *o, const cli_photometry *photometry,
                        const cli_reading *reading, nn_error *error)
{
    static const ds_grouping groupings[] = {DS_GROUPED, DS_UNGROUPED, DS_ALERTS};
    *o = (ds_lightcurve_options){
        .drop_unknown_bands = photometry->unknown_bands == 1,
        .grouping = groupings[photometry->grouping],
        .zero_point = photometry->zero_point,
        .magnitudes = photometry->magnitudes,
        .drop_limits = photometry->limits == 1,
        .detection = photometry->detection,
        .visits = photometry->visits,
        .id = photometry->id,
        .time = photometry->time,
        .band = photometry->band,
        .flux = photometry->flux,
        .error = photometry->error,
        .detected = photometry->detected,
    };
    return set_file_options(photometry, reading, &o->delimiter, &o->missing, &o->decimal_comma, error);
}

static int open_reader(ds_lightcurves **reader, const char *path, const cli_photometry *photometry,
                       const cli_reading *reading, const ds_bands *bands, nn_error *error)
{
    ds_lightcurve_options options;
    ds_bands given;
    int code = make_options(&options, photometry, reading, error);
    if (!code && photometry->bands) {
        code = ds_bands_parse(&given, photometry->bands, error);
        options.bands = &given;
    }
    if (bands) {
        options.bands = bands;
        options.drop_unknown_bands = true;
    }
    return code ? code : ds_lightcurves_open(reader, path, &options, error);
}

int cli_open_lightcurves(ds_lightcurves **reader, const char *path, const cli_photometry *photometry,
                         const cli_reading *reading, const ds_bands *bands, nn_error *error)
{
    *reader = NULL;
    int code = cli_check_input(path, error);
    if (!code)
        code = open_reader(reader, path, photometry, reading, bands, error);
    if (!code)
        ds_lightcurves_notes_open(*reader, cli_say_line, NULL);
    return code;
}

void cli_say_lightcurves(const ds_lightcurves *reader)
{
    ds_lightcurves_notes_end(reader, cli_say_line, NULL);
}

bool cli_is_photometry(const char *path, const cli_photometry *photometry, const cli_reading *reading)
{
    ds_lightcurves *reader = NULL;
    nn_error ignored;
    if (strcmp(path, "-") == 0 || open_reader(&reader, path, photometry, reading, NULL, &ignored))
        return false;
    ds_lightcurves_close(reader);
    return true;
}

int cli_read_catalogue(ds_catalogue **catalogue, const cli_metadata *metadata,
                       const cli_photometry *photometry, const cli_reading *reading, const char *categories,
                       const char *numbers, nn_error *error)
{
    ds_catalogue_options options = {.id = metadata->id, .categories = categories, .numbers = numbers};
    *catalogue = NULL;
    if (!metadata->file)
        return nn_fail(error, NN_USAGE, "--metadata FILE is needed: the table of objects with %s",
                       categories ? categories
                       : numbers  ? numbers
                                  : "their ids");
    int code = cli_check_input(metadata->file, error);
    if (!code)
        code = set_file_options(photometry, reading, &options.delimiter, &options.missing,
                                &options.decimal_comma, error);
    return code ? code : ds_catalogue_read(catalogue, metadata->file, &options, error);
}
