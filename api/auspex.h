/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Auspex: forecasts of time series and classes of light curves with models trained by the program `auspex`.
 *
 * A model file is made once:      auspex train data.csv -o model.safetensors
 * and then used from a program:   auspex_model_open, auspex_forecast (any number of times),
 * auspex_model_close; a classifier of light curves with auspex_classifier_open and what follows there.
 *
 * Build with                      cc program.c $(pkg-config --cflags --libs auspex)
 *
 * Series. A model takes a table: rows are moments, oldest first; columns are series, in the order that
 * auspex_model_column_name gives. Values have the units of the file the model was trained on; scaling is the
 * library's business. Tables are row major: the value of row r and column c is values[r * columns + c]. A
 * model looks back over a fixed number of rows (its look-back) and forecasts a fixed number (its horizon) of
 * its target columns.
 *
 * Time. Stamps are microseconds since 1970-01-01 00:00:00 UTC, without leap seconds, negative before. The
 * step between rows belongs to the model (auspex_model_frequency). Rows are taken as neighbours in time;
 * stamps tell the model the hour, the weekday and so on, and where the forecast begins. Where a series has no
 * dates (step "step"), the stamps are row numbers.
 *
 * Errors. Functions that can fail return AUSPEX_OK or a negative code, and fill *error, which the caller owns
 * and which may be NULL; without an error it is left as it was. text is one line that says what was found,
 * where, and what was expected. About files it may name an option of the program `auspex` that would help.
 * Nothing is printed but results that are sent to standard output, and the library never ends the program.
 *
 * Threads. Several threads may use one model or classifier at the same time: nothing but its close function
 * changes it. A session (below) is for one thread at a time. The library keeps no other state and leaves
 * locale, signals, the GSL error handler and (but while auspex_run is at work) the number of BLAS threads as
 * they are. OpenBLAS, which multiplies matrices here, may run threads of its own; openblas_set_num_threads or
 * the environment variable OPENBLAS_NUM_THREADS limits them. With an OpenBLAS built without threads,
 * forecasts wait for each other.
 *
 * Memory. What a function takes is borrowed for the call; results are written into memory of the caller.
 * Strings that functions return are not to be freed; those of a model or classifier live as long
 * as it does. */
#ifndef AUSPEX_H
#define AUSPEX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    AUSPEX_OK = 0,
    AUSPEX_FAILED = -1,   /* no memory, no space on the disk, a forecast that is not finite */
    AUSPEX_USAGE = -2,    /* arguments that make no sense, alone or together */
    AUSPEX_BAD_DATA = -3, /* a file or an array that cannot be used */
    AUSPEX_STOPPED = -4   /* the caller asked for it */
};

typedef struct auspex_error {
    int code;        /* as returned */
    char text[1024]; /* UTF-8 as far as file and column names are; no line end */
} auspex_error;

/* "0.1.0". */
const char *auspex_version(void);

/* --- models --- */

typedef struct auspex_model auspex_model;

/* Reads a model file. On failure *model is NULL: AUSPEX_BAD_DATA for a file that is missing, damaged, no
 * model, or a classifier of light curves, AUSPEX_FAILED when memory is short. Files are checked throughout: a
 * file from anywhere is safe to open. */
int auspex_model_open(auspex_model **model, const char *path, auspex_error *error);

/* The same of the bytes of such a file, which are not needed afterwards. name: for messages; NULL: "model".
 */
int auspex_model_open_bytes(auspex_model **model, const char *name, const void *bytes, size_t size,
                            auspex_error *error);

/* Frees the model; NULL is allowed. No other call may be using it. */
void auspex_model_close(auspex_model *model);

/* The kind of model, such as "itransformer". This and what follows give NULL or 0 where model is NULL. */
const char *auspex_model_kind(const auspex_model *model);

/* Rows that a forecast looks back over, and rows that the model forecasts in one go; both at least 1. */
int auspex_model_lookback(const auspex_model *model);
int auspex_model_horizon(const auspex_model *model);

/* The step between rows, in the short form of the program: "15min", "h", "d", "b" (business days), "w", "m",
 * "q", "y"; "step" where rows are merely numbered. */
const char *auspex_model_frequency(const auspex_model *model);

/* Columns of a table for this model, and their names in UTF-8 as in the training file; NULL for an index out
 * of range. */
int auspex_model_columns(const auspex_model *model);
const char *auspex_model_column_name(const auspex_model *model, int column);

/* How many of the columns are forecast, and whether one is (1 or 0; 0 for an index out of range). The columns
 * of a forecast are the targets in the order of the table's columns. */
int auspex_model_targets(const auspex_model *model);
int auspex_model_is_target(const auspex_model *model, int column);

/* --- forecasts --- */

/* Forecasts the rows after the last row of a table.
 *
 *   - values: rows x columns, original units. All of the last `lookback` rows must be finite; earlier rows
 * are not looked at and need not be there.
 *   - time_us: rows stamps, strictly increasing over the last `lookback`, in the years 1 to 9999. May be NULL
 *     where auspex_model_frequency is "step": rows are then numbered from 0.
 *   - rows: at least auspex_model_lookback.
 *   - steps: rows to forecast, at most 1000000; 0: the model's horizon. Beyond the horizon the forecast is
 *     continued from itself, which asks for a model whose columns are all targets.
 *   - forecast: steps (or horizon) x targets, original units.
 *   - forecast_time_us: steps (or horizon) stamps, or NULL.
 *
 * AUSPEX_USAGE for a model of prices, whose columns are returns: auspex_forecast_csv reads prices.
 *
 * AUSPEX_BAD_DATA names the row (from 0) and column of a value that cannot be used. On failure forecast and
 * forecast_time_us are left as they were. The same arguments give the same forecast in every thread. */
int auspex_forecast(const auspex_model *model, const double *values, const int64_t *time_us, size_t rows,
                    int steps, double *forecast, int64_t *forecast_time_us, auspex_error *error);

/* The same from file to file, as `auspex forecast csv_path MODEL -o output_path` does it: separator, time
 * column and form of the dates are found by themselves, the model's columns are found by name, and the
 * forecast is written in the same form. csv_path may be compressed (gzip); "-" is standard input. Missing
 * values, missing rows and rows with one stamp are errors; rows out of order are sorted. output_path appears
 * whole or not at all; "-" is standard output. A file that is read, the model's included, is not written
 * over, whatever its name: AUSPEX_FAILED. For a model of prices (trained with --prices) the file has prices:
 * a column of closes per ticker, or a column of tickers; the forecast is of closes. */
int auspex_forecast_csv(const auspex_model *model, const char *csv_path, int steps, const char *output_path,
                        auspex_error *error);

/* --- classifiers of light curves --- */

typedef struct auspex_classifier auspex_classifier;

/* Reads a classifier's file. On failure *classifier is NULL: AUSPEX_BAD_DATA for a file that is missing,
 * damaged, no model, or a forecasting model, AUSPEX_FAILED when memory is short. */
int auspex_classifier_open(auspex_classifier **classifier, const char *path, auspex_error *error);

/* The same of the bytes of such a file, which are not needed afterwards. name: for messages; NULL: "model".
 */
int auspex_classifier_open_bytes(auspex_classifier **classifier, const char *name, const void *bytes,
                                 size_t size, auspex_error *error);

/* Frees the classifier; NULL is allowed. No other call may be using it, and its sessions are closed before.
 */
void auspex_classifier_close(auspex_classifier *classifier);

/* The kind of classifier, such as "t2". This and what follows give NULL or 0 where classifier is NULL. */
const char *auspex_classifier_kind(const auspex_classifier *classifier);

/* Classes, at least 2, and their names in UTF-8; NULL for an index out of range. */
int auspex_classifier_classes(const auspex_classifier *classifier);
const char *auspex_classifier_class_name(const auspex_classifier *classifier, int class_index);

/* Passbands, their names and effective wavelengths in Angstrom; NULL and NAN for an index out of range. */
int auspex_classifier_bands(const auspex_classifier *classifier);
const char *auspex_classifier_band_name(const auspex_classifier *classifier, int band);
double auspex_classifier_band_wavelength(const auspex_classifier *classifier, int band);

/* The index of a band as surveys write it; -1: none of this classifier's. Exact names come first, and case
 * counts; else, where the classifier has the band that is meant, 0 to 5 are ugrizy, and lsstr, LSST-r, ztfr
 * or r' are r. */
int auspex_classifier_find_band(const auspex_classifier *classifier, const char *name);

/* Whether photometric redshifts are looked at (1 or 0). Objects without one are then taken at the training
 * objects' median. */
int auspex_classifier_wants_redshift(const auspex_classifier *classifier);

/* --- classes --- */

/* The working memory of one thread. It grows to the largest object seen and no further. */
typedef struct auspex_session auspex_session;

/* The classifier is borrowed until the session is closed. *session is NULL on failure (AUSPEX_FAILED). */
int auspex_session_open(auspex_session **session, const auspex_classifier *classifier, auspex_error *error);
void auspex_session_close(auspex_session *session); /* NULL is allowed */

/* One object. Start from {0}: pointers that are NULL say that nothing is known. */
typedef struct auspex_lightcurve {
    const char *id;               /* for messages; NULL: "the object" */
    size_t points;                /* length of each array, at most 2147483647 */
    const double *time;           /* days, such as MJD, in any order */
    const double *flux;           /* zero point 27.5: magnitude 27.5 - 2.5 log10 flux; may be negative */
    const double *error;          /* standard deviations in the unit of flux */
    const int *band;              /* indices of the classifier's bands, -1: another band; or NULL, and */
    const char *const *band_name; /* names as auspex_classifier_find_band takes them, or of a filter in common
                                     use (V, o, W1), whose points are seen at their own wavelength */
    const unsigned char *detected; /* not 0 where the survey calls the point a detection; NULL: where |flux|
                                      is 5 errors or more */
    const double *redshift; /* two numbers, the photometric redshift and its error, each may be NAN; NULL:
                               neither is known */
} auspex_lightcurve;

/* How an object fared; auspex_status_name gives the word that `auspex classify` writes. */
enum {
    AUSPEX_CLASSIFIED = 0,      /* "ok" */
    AUSPEX_CLASSIFIED_WIDE = 1, /* "wide": no point lay near a detection, so all were taken */
    AUSPEX_UNDETECTED = 2,      /* "undetected": no point is a detection; not classified */
    AUSPEX_EMPTY = 3,           /* "empty": no usable point; not classified */
    AUSPEX_UNCLASSIFIABLE = 4   /* "failed": numbers too large to reckon with; not classified */
};
const char *auspex_status_name(int status); /* NULL for no status */

typedef struct auspex_classification {
    int status;      /* as above */
    int class_index; /* the most probable class; -1: not classified */
    double novelty; /* share of objects like the training ones that look more usual: near 1 is unlike anything
                       trained on; NAN: not classified, or the classifier has no record of them */
    size_t used;    /* points that were usable */
} auspex_classification;

/* Classifies one object.
 *
 *   - lightcurve: borrowed for the call. As in the program, points are left out whose time, flux or error is
 *     not finite, whose error is zero or less, or whose band is not known.
 *   - probabilities: one per class, sum 1; NAN where the object was not classified. May be NULL.
 *   - result: may be NULL.
 *
 * An object that cannot be classified is no failure: its status says so. AUSPEX_BAD_DATA: a band index below
 * -1 or beyond the last, a name that is NULL, a redshift or error that is infinite. AUSPEX_USAGE: an array
 * that is needed is NULL. On failure probabilities and result are left as they were, and the session can be
 * used again. The same object gets the same numbers from every session. */
int auspex_classify(auspex_session *session, const auspex_lightcurve *lightcurve, double *probabilities,
                    auspex_classification *result, auspex_error *error);

/* The same from file to file, as `auspex classify csv_path CLASSIFIER --metadata metadata_path -o
 * output_path` does it, with the same bytes, in the calling thread: a line per object with its probabilities,
 * most probable class, novelty and status. csv_path: photometry, one row per point, in any form that the
 * program finds out by itself; it may be compressed (gzip); "-" is standard input. metadata_path: a table of
 * objects with their redshifts, joined by id (without such columns: AUSPEX_BAD_DATA); NULL: none. Objects
 * that the table does not have are taken without redshift. output_path appears whole or not at all, and takes
 * no place of a file that is read; "-" is
 * standard output, where every line is flushed. Memory does not depend on the number of objects. */
int auspex_classify_csv(const auspex_classifier *classifier, const char *csv_path, const char *metadata_path,
                        const char *output_path, auspex_error *error);

/* --- the program's commands, on tables in memory --- */

/* Numbers of a table, or texts such as the names of series. */
typedef struct auspex_column {
    const char *name;        /* UTF-8 */
    const double *value;     /* that of the first row; NAN: missing; NULL: the column holds texts */
    ptrdiff_t stride;        /* from one row's value to the next, in doubles: 1 for an array of its own */
    const int *code;         /* of texts: for each row an index of word; below 0: missing */
    const char *const *word; /* UTF-8 */
    int words;
} auspex_column;

/* A table in memory, wide (a column per series) or long (a column of texts that --id names, one of values).
 * Rows may stand in any order; of a long table each series has rows of its own. All is borrowed for the call.
 */
typedef struct auspex_frame {
    const char *name; /* that operands and options call it by, in place of a file, and messages too */
    size_t rows;
    const char *time_name;  /* of the column of stamps; NULL: there is none, and rows are numbered */
    const int64_t *time_us; /* rows: microseconds since 1970-01-01 00:00:00 UTC */
    int counted;            /* not 0: they are whole numbers that are no dates */
    int columns;
    const auspex_column *column;
} auspex_frame;

/* A file in memory, with the content that one on the disk would have, such as a model, stations or light
 * curves. */
typedef struct auspex_file {
    const char *name;  /* that operands and options call it by */
    const void *bytes; /* NULL: it is to be written, and auspex_result_file then gives it */
    size_t size;       /* bytes */
} auspex_file;

/* An option of the program: {"horizon", "12"} is --horizon 12, {"round", NULL} is --round. */
typedef struct auspex_option {
    const char *name, *value;
} auspex_option;

/* What is reported on the way. */
enum {
    AUSPEX_NOTE = 1,    /* what the program says as a note: something to know of data or result */
    AUSPEX_LINE = 2,    /* a line of the record, such as an epoch's losses or what was chosen */
    AUSPEX_PROGRESS = 3 /* how far the work is; may be empty; at most about ten times a second */
};

/* One command. Start from {0}. */
typedef struct auspex_job {
    const char *command; /* forecast, train, evaluate, backtest, select, compare, update, anomalies, inspect,
                            correlate, classify, features, period */
    const char *const *operand; /* names of frames or files in memory, or paths, as on the command line */
    size_t operands;
    const auspex_option *option; /* as `auspex help COMMAND` explains them */
    size_t options;
    const auspex_frame *frame;
    size_t frames;
    const auspex_file *file; /* at most 16 */
    size_t files;
    /* Called in the calling thread, between pieces of the work; text is for the call. What is not 0 stops the
     * work soon, with AUSPEX_STOPPED. NULL: nothing is reported. */
    int (*report)(void *context, int what, const char *text);
    void *context;
} auspex_job;

typedef struct auspex_result auspex_result;

/* Does what the program does with the same words, to the same numbers. Results that go to standard output
 * there are in *result: a forecast as arrays, everything else as a JSON document. Options that draw pictures
 * or say how the terminal looks are refused (AUSPEX_USAGE), and so is "-" for a file.
 *
 * *result is NULL on failure; with AUSPEX_STOPPED it may hold what was finished, such as the best model so
 * far. Calls in several threads do not wait for each other, but with an OpenBLAS built without threads. While
 * one is under way OpenBLAS takes one thread for each product, as in the program; afterwards as many as
 * before. */
int auspex_run(auspex_result **result, const auspex_job *job, auspex_error *error);

/* Frees it and all that it gave; NULL is allowed. What follows gives NULL or 0 where result is NULL or has
 * none. */
void auspex_result_free(auspex_result *result);

/* The JSON document in UTF-8, as `auspex COMMAND --json` prints it, numbers with all their digits. */
const char *auspex_result_json(const auspex_result *result);

/* The content of a file in memory that was to be written; NULL: it was not. */
const void *auspex_result_file(const auspex_result *result, const char *name, size_t *size);

/* Of a forecast: its kind, its step between rows as auspex_model_frequency has it, rows, series and their
 * names; names of a long table are ids, or "id/column" where it has several columns of values. */
const char *auspex_result_kind(const auspex_result *result);
const char *auspex_result_frequency(const auspex_result *result);
int auspex_result_steps(const auspex_result *result);
int auspex_result_series(const auspex_result *result);
const char *auspex_result_series_name(const auspex_result *result, int series);

/* steps x series stamps in microseconds since 1970 (numbers of rows where there are no dates): each series
 * goes on from its own last value. */
const int64_t *auspex_result_time_us(const auspex_result *result);

/* What stands there: band 0 is the forecast, named "", further ones are its intervals, quantiles and paths,
 * named "-lo-80", "-hi-80", "-0.9", "-sample-1" as the program's columns are. Values are steps x series in
 * the table's units, NAN where nothing is known. */
int auspex_result_bands(const auspex_result *result);
const char *auspex_result_band_name(const auspex_result *result, int band);
const double *auspex_result_values(const auspex_result *result, int band);

/* --- Gaussian processes of light curves --- */

/* How a fit ended, and where. */
typedef struct auspex_gp_fit {
    double log_variance; /* ln of the variance, in flux^2 */
    double length;       /* days */
    double negative_log_likelihood;
    int settled; /* 1: at a minimum; 0: at the best, or the first, that could be had */
} auspex_gp_fit;

/* A Gaussian process in time and wavelength with the Matern-3/2 covariance of Boone (2019), fitted to the
 * points of one object and read at other places.
 *
 *   - time, wavelength, flux, error: points values; days in any order, Angstrom, any unit of flux, standard
 *     deviations in that unit, 0 or more; 1 to 4096 points
 *   - at_time, at_wavelength: places values
 *   - mean, variance: places values, in flux and flux^2, without the error of a measurement; variance may be
 *     NULL, and so may fit
 *
 * AUSPEX_BAD_DATA for values that are not finite and numbers of points out of range. On failure mean,
 * variance and fit are left as they were. */
int auspex_gp(const double *time, const double *wavelength, const double *flux, const double *flux_error,
              size_t points, const double *at_time, const double *at_wavelength, size_t places, double *mean,
              double *variance, auspex_gp_fit *fit, auspex_error *error);

#ifdef __cplusplus
}
#endif

#endif
