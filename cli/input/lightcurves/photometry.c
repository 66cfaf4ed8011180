/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves and tables of objects as the options say. */
#include "cli/input/lightcurves/photometry.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "datasets/lightcurves/photometry_files.h"
#include "lib/files/inputs.h"

#include <stddef.h>
#include <string.h>

#define FIELD(name) offsetof(cli_photometry, name)
const nn_option cli_photometry_options[] = {
    {"bands", 0, NN_LIST, FIELD(bands), NULL, "B=A,...", 0, 0,
     "passbands with their wavelengths in Angstrom, such as g=4802,r=6231, or lsst or ztf (by the file's "
     "filters and survey; with a model: the file's bands where their names do not tell, known ones by name "
     "alone, and of a file without a column of bands its one)"},
    {"unknown-bands", 0, NN_CHOICE, FIELD(unknown_bands), "error", "error|drop", 0, 0,
     "points of other bands: stop, or leave them out (with a model and unless given: those that are known or "
     "in --bands are used at their wavelengths, others left out)"},
    {"grouping", 0, NN_CHOICE, FIELD(grouping), "check", "check|gather|alerts", 0, 0,
     "rows of an object that do not stand together: put together where the whole file can be read first, an "
     "error "
     "in a stream; put together always; or each run of rows an object"},
    {"bad-rows", 0, NN_CHOICE, FIELD(bad_rows), "stop", "stop|skip", 0, 0,
     "a row that cannot be read: stop, when the objects before it are done, or leave it out and count it; in "
     "a folder also a file of which nothing can be read"},
    {"id-from", 0, NN_CHOICE, FIELD(id_from), "column", "column|name", 0, 0,
     "objects are told apart by a column, or each file is one, called as the file without its suffix"},
    {"survey", 0, NN_CHOICE, FIELD(survey), "auto", "auto|" DS_SURVEYS, 0, 0,
     "whose file it is: columns, units, zero of time, flags and bands go by that; found by the columns where "
     "these tell"},
    {"zp", 0, NN_REAL, FIELD(zero_point), NULL, "MAG", 0, 60,
     "zero point of the fluxes: 27.5 (FLUXCAL), 31.4 (nJy), 23.9 (uJy), 16.4 (mJy), 8.9 (Jy); as names, "
     "units "
     "and survey tell unless given"},
    {"mag", 0, NN_FLAG, FIELD(magnitudes), "false", NULL, 0, 0,
     "read magnitudes though there are fluxes too"},
    {"limits", 0, NN_CHOICE, FIELD(limits), "zero", "zero|drop", 0, 0,
     "upper limits in magnitudes: a flux of 0 with a fifth of the limit as error, or leave them out"},
    {"detection", 0, NN_REAL, FIELD(detection), "5", "SIGMA", 0.01, 1e6,
     "|flux| / error from which a point counts as detected where no column tells"},
    {"time-zero", 0, NN_TEXT, FIELD(time_zero), NULL, "ZERO", 0, 0,
     "what times are: mjd, jd, unix (seconds since 1970), or the MJD at which they are 0 (by names and "
     "values)"},
    {"flagged", 0, NN_CHOICE, FIELD(flagged), "drop", "drop|keep", 0, 0,
     "points that the survey flags as bad (catflags and the like): leave them out, or keep them"},
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
     "words for a missing value beside empty, NA, N/A, #N/A, NaN, null, none, ?, : and points alone"},
    {"delimiter", 'd', NN_TEXT, FIELD(delimiter), NULL, "CHAR", 0, 0,
     "a character, or comma, semicolon, tab, pipe, space (found by itself)"},
    {"decimal-comma", 0, NN_FLAG, FIELD(decimal_comma), "false", NULL, 0, 0,
     "numbers are written 1,5 rather than 1.5"},
    {"header", 0, NN_FLAG, FIELD(header), "true", NULL, 0, 0,
     "the first line holds the names of the columns; else they are called 1, 2, ..."},
    {"strict", 0, NN_FLAG, FIELD(strict), "false", NULL, 0, 0, "stop where reading would have to guess"},
    {0}};

#define META(name) offsetof(cli_metadata, name)
const nn_option cli_metadata_options[] = {
    {"metadata", 0, NN_TEXT, META(file), NULL, "FILE", 0, 0,
     "table of objects, one row each, joined to the light curves by id"},
    {"metadata-id", 0, NN_TEXT, META(id), NULL, "COLUMN", 0, 0, "its column of object ids (found by itself)"},
    {0}};

static int set_file_options(const cli_photometry *photometry, const ds_reading *reading, char *delimiter,
                            const char **missing, bool *decimal_comma, nn_error *error)
{
    *missing = reading ? reading->missing : photometry->missing;
    *decimal_comma = reading ? reading->decimal_comma : photometry->decimal_comma;
    return ds_reading_delimiter(reading ? reading->delimiter : photometry->delimiter, delimiter, error);
}

static int make_options(ds_lightcurve_options *o, const cli_photometry *photometry, const ds_reading *reading,
                        nn_error *error)
{
    static const ds_grouping groupings[] = {DS_GROUPED, DS_UNGROUPED, DS_ALERTS};
    *o = (ds_lightcurve_options){
        .drop_unknown_bands = photometry->unknown_bands == 1,
        .grouping = groupings[photometry->grouping],
        .skip_bad_rows = photometry->bad_rows == 1,
        .id_by_name = photometry->id_from == 1,
        .survey = photometry->survey ? ds_survey_word(photometry->survey - 1) : NULL,
        .zero_point = photometry->zero_point,
        .magnitudes = photometry->magnitudes,
        .drop_limits = photometry->limits == 1,
        .detection = photometry->detection,
        .time_zero = photometry->time_zero,
        .keep_flagged = photometry->flagged == 1,
        .no_header = !(reading ? reading->header : photometry->header),
        .strict = (reading ? reading->strict : photometry->strict) != 0,
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

/* The bands of a file in front of a model: those given, then the model's, and unless other bands are unwanted
 * whatever filter comes. one: room for the name of the one band of a file without a column of them. */
static int set_bands(ds_lightcurve_options *options, ds_bands *given, char one[DS_BAND_NAME],
                     const cli_photometry *photometry, const ds_bands *model, nn_error *error)
{
    *given = (ds_bands){0};
    if (photometry->bands) {
        const int code = ds_bands_parse_known(given, photometry->bands, model, error);
        if (code)
            return code;
    }
    if (given->count == 1) {
        snprintf(one, DS_BAND_NAME, "%s", given->name[0]);
        options->one_band = one;
    }
    ds_bands_join(given, model);
    options->bands = given;
    options->bands_of_model = true;
    options->more_bands = !cli_given("unknown-bands");
    options->drop_unknown_bands = options->more_bands || photometry->unknown_bands == 1;
    return NN_OK;
}

static int open_reader(ds_lightcurves **reader, const char *path, const cli_photometry *photometry,
                       const ds_reading *reading, const ds_bands *bands, nn_error *error)
{
    ds_lightcurve_options options;
    ds_bands given;
    char one[DS_BAND_NAME];
    int code = make_options(&options, photometry, reading, error);
    if (!code && photometry->bands && !bands) {
        code = ds_bands_parse(&given, photometry->bands, error);
        options.bands = &given;
    }
    if (!code && bands)
        code = set_bands(&options, &given, one, photometry, bands, error);
    return code ? code : ds_lightcurves_open(reader, path, &options, error);
}

int cli_reopen_lightcurves(ds_lightcurves **reader, const char *path, const cli_photometry *photometry,
                           const ds_reading *reading, const ds_bands *bands, nn_error *error)
{
    *reader = NULL;
    if (!nn_input_again(path) && !ds_is_folder(path))
        return nn_fail(error, NN_USAGE, "%s is a stream, which is read once", path);
    return open_reader(reader, path, photometry, reading, bands, error);
}

int cli_open_lightcurves(ds_lightcurves **reader, const char *path, const cli_photometry *photometry,
                         const ds_reading *reading, const ds_bands *bands, nn_error *error)
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

bool cli_photometry_asked(void)
{
    return cli_given_of(cli_photometry_options) != NULL;
}

/* A table without names may be anything; a stream can be looked at only once. */
int cli_is_photometry(bool *is, const char *path, const cli_photometry *photometry, const ds_reading *reading,
                      nn_error *error)
{
    ds_lightcurve_options options;
    ds_lightcurves *reader = NULL;
    nn_error reason = {0};
    *is = false;
    if ((!nn_input_again(path) && !ds_is_folder(path)) ||
        make_options(&options, photometry, reading, &reason))
        return NN_OK;
    options.names_only = true;
    options.recognised = is;
    const int code = ds_lightcurves_open(&reader, path, &options, &reason);
    *is |= !code;
    ds_lightcurves_close(reader);
    if (code != NN_FAILED)
        return NN_OK;
    nn_error_copy(error, &reason);
    return code;
}

static int fail_no_table(const cli_wanted *wanted, bool looked, nn_error *error)
{
    return nn_fail(error, NN_USAGE, "--metadata FILE is needed: the table of objects with %s%s",
                   wanted->categories ? wanted->categories
                   : wanted->numbers  ? wanted->numbers
                                      : "their ids",
                   looked ? "; the photometry itself has no such column" : "");
}

/* Labels may stand in every row of the photometry: it is its own table of objects then. */
int cli_read_catalogue(ds_catalogue **catalogue, const cli_metadata *metadata,
                       const cli_photometry *photometry, const ds_reading *reading, const cli_wanted *wanted,
                       nn_error *error)
{
    const bool own = !metadata->file && wanted->path && nn_input_again(wanted->path);
    const char *path = own ? wanted->path : metadata->file;
    bool absent = false;
    *catalogue = NULL;
    if (!path)
        return fail_no_table(wanted, false, error);
    ds_catalogue_options options = {.id = metadata->id ? metadata->id
                                          : own        ? photometry->id
                                                       : NULL,
                                    .categories = wanted->categories,
                                    .numbers = wanted->numbers,
                                    .numbers_optional = wanted->numbers_optional,
                                    .hint = wanted->hint,
                                    .repeated = own || (wanted->path && strcmp(path, wanted->path) == 0),
                                    .absent = &absent};
    int code = cli_check_input(path, error);
    if (!code)
        code = set_file_options(photometry, reading, &options.delimiter, &options.missing,
                                &options.decimal_comma, error);
    if (!code)
        code = ds_catalogue_read(catalogue, path, &options, error);
    return code && own && absent ? fail_no_table(wanted, true, error) : code;
}
