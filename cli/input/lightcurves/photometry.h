/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options of every command that reads light curves and the table of their objects. */
#ifndef CLI_PHOTOMETRY_H
#define CLI_PHOTOMETRY_H

#include "cli/shell/command.h"
#include "cli/shell/operands.h"
#include "datasets/lightcurves/catalogue.h"
#include "datasets/lightcurves/lightcurve.h"

typedef struct cli_photometry {
    char *bands, *visits;
    char *id, *time, *band, *flux, *error, *detected; /* columns */
    /* indices of the words in the table */
    int grouping, limits, unknown_bands, flagged, bad_rows, id_from, survey;
    int magnitudes;
    char *time_zero;
    double zero_point, detection;
    char *delimiter, *missing;
    int decimal_comma, header, strict;
} cli_photometry;
extern const nn_option cli_photometry_options[];
/* delimiter, missing, decimal-comma of the same record, for commands that have no ds_reading_options; those
 * that have pass their ds_reading below. */
extern const nn_option cli_photometry_file_options[];

typedef struct cli_metadata {
    char *file, *id;
} cli_metadata;
extern const nn_option cli_metadata_options[]; /* --metadata, --metadata-id */

/* Opens a reader and says which column is what. reading: NULL, or where the delimiter and the words for a
 * missing value come from. bands: NULL, or those of a model; points of other bands are then dropped and
 * counted. */
int cli_open_lightcurves(ds_lightcurves **reader, const char *path, const cli_photometry *photometry,
                         const ds_reading *reading, const ds_bands *bands, nn_error *error);

/* The same once more, without a word; NN_USAGE where it cannot be read twice. */
int cli_reopen_lightcurves(ds_lightcurves **reader, const char *path, const cli_photometry *photometry,
                           const ds_reading *reading, const ds_bands *bands, nn_error *error);

/* Whether the command line says anything of how photometry is read. */
bool cli_photometry_asked(void);

/* At the end: what was sorted and left out. */
void cli_say_lightcurves(const ds_lightcurves *reader);

/* What is wanted of the table of objects (see ds_catalogue_options). */
typedef struct cli_wanted {
    const char *categories, *numbers;
    const char *path; /* of the photometry, which holds the columns where --metadata is not given; NULL: it
                         does not do */
    bool numbers_optional; /* columns that are not there have no value */
    const char *hint;      /* for an error about columns of numbers; NULL: none */
} cli_wanted;
/* NN_USAGE where --metadata is not given and the photometry has no such columns. */
int cli_read_catalogue(ds_catalogue **catalogue, const cli_metadata *metadata,
                       const cli_photometry *photometry, const ds_reading *reading, const cli_wanted *wanted,
                       nn_error *error);

/* Whether a file's columns are those of photometry; false for a stream. Memory that is
 * short is an error. */
int cli_is_photometry(bool *is, const char *path, const cli_photometry *photometry, const ds_reading *reading,
                      nn_error *error);

#endif
