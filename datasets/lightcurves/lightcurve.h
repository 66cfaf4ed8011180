/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Light curves from files of photometry: one row per measurement, objects one after the other.
 *
 * CSV and tables lined up with blanks, with the names that surveys and their services give their columns (the
 * list is survey.c) or others that tell what they are; IPAC tables and ECSV; tables without names; SNANA text
 * and FITS; sncosmo text. docs/reading-lightcurves.md says what is believed, and in which order. Fluxes come
 * out with zero point 27.5 (FLUXCAL: magnitude 27.5 - 2.5 log10 f) of the file's magnitude system, whatever
 * the file writes, times in days, as MJD counts them. */
#ifndef DS_LIGHTCURVE_H
#define DS_LIGHTCURVE_H

#include "datasets/lightcurves/band.h"
#include "datasets/table/table.h"

#include <stdint.h>

#define DS_ZERO_POINT 27.5    /* of every flux in memory, magnitudes */
#define DS_LEAST_MJD  15000.0 /* times below it, by their values, are days from another zero */
#define DS_DETECTION  5.0 /* |flux| / error from which a point is a detection where nothing else says so */

/* Points in time order; rows with the same time keep the file's order. */
typedef struct ds_lightcurve {
    const char *id;          /* UTF-8 */
    int count;               /* points; 0 where every point was dropped */
    const double *time;      /* MJD, days */
    const double *flux;      /* FLUXCAL; differences may be negative */
    const double *error;     /* FLUXCAL, > 0 */
    const uint8_t *band;     /* index into the reader's bands */
    const uint8_t *detected; /* 0 or 1 */
    size_t line;             /* of its first row in the file */
} ds_lightcurve;

/* Surveys and services by name; ds_survey_word has them one by one, NULL after the last. */
#define DS_SURVEYS                                                                                           \
    "aavso|asas-sn|atlas|catalina|elasticc|gaia|kepler|lsst|macho|ogle|osc|plasticc|ps1|skymapper|tess|"     \
    "ztf-alerts|ztf-dr|ztf-forced"
const char *ds_survey_word(int k);

/* What to do with an id whose rows do not stand together. */
typedef enum ds_grouping {
    DS_GROUPED,   /* NN_BAD_DATA where an id comes back; where that shows before the first object is handed
                     out, the whole file is gathered instead, and said so. Keeps 11 to 21 bytes per object. */
    DS_UNGROUPED, /* gather: the whole file in memory, objects in order of first appearance */
    DS_ALERTS     /* each run of rows is an object of its own: a stream that never ends; keeps nothing */
} ds_grouping;

typedef struct ds_lightcurve_options {
    const ds_bands *bands; /* NULL: LSST's; ZTF's where the band column is fid; one where there is none */
    const char *one_band;  /* of all points of a file without a column of bands, one of several; NULL: none */
    const char *survey;    /* a word of DS_SURVEYS, whose layout it is; NULL: told by the columns */
    bool drop_unknown_bands; /* count and drop such points rather than NN_BAD_DATA */
    ds_grouping grouping;
    double zero_point;     /* of the file's fluxes; 0: as the file tells */
    const char *time_zero; /* "mjd", "jd", "unix" or the MJD of the times' zero; NULL: as the file tells */
    bool no_header;        /* there is no line of names: columns are called 1, 2, ... */
    bool id_by_name;       /* a file is one object, called as it without its suffix */
    bool skip_bad_rows;    /* count rows that cannot be read, rather than NN_BAD_DATA at the first */
    bool names_only;       /* do not guess at columns without names */
    bool strict;           /* NN_BAD_DATA where reading would have to guess */
    bool keep_flagged;     /* points that the file flags as bad */
    bool bands_of_model;   /* bands are those of a model */
    bool more_bands;       /* filters in common use that are none of these are bands, too: they are put behind
                              the others as they come */
    bool *recognised;      /* set where the columns are those of photometry, whatever comes then; NULL */
    bool magnitudes;       /* read magnitudes though there are fluxes too */
    bool drop_limits;      /* drop upper limits rather than take them as 0 +- limit / 5, not detected */
    double detection;      /* |flux| / error from which a point is a detection where no column tells; 0: 5 */
    const char *visits;    /* CSV of visit and time, for files with visits instead of times; NULL: none */
    const char *id, *time, *band, *flux, *error, *detected; /* column names; NULL: found by their names */
    const char *missing; /* further words for a missing value, comma separated */
    char delimiter;      /* 0: sniffed */
    bool decimal_comma;
} ds_lightcurve_options;

/* Why a point was left out. */
typedef enum ds_drop {
    DS_DROP_TIME,     /* no time */
    DS_DROP_FLUX,     /* no finite flux or magnitude */
    DS_DROP_ERROR,    /* no finite error */
    DS_DROP_POSITIVE, /* an error of zero or less */
    DS_DROP_BAND,     /* a band that is not among the reader's */
    DS_DROP_LIMIT,    /* an upper limit, as asked */
    DS_DROP_VISIT,    /* a visit that the file of visits does not have */
    DS_DROP_FLAGGED,  /* a point that the file flags as bad */
    DS_DROP_COUNT
} ds_drop;

/* What was decided of how to read the file, and why. */
typedef struct ds_light_reason {
    ds_reason_kind kind;
    char text[240];
    const char *option; /* that says otherwise; NULL: none */
} ds_light_reason;
enum { DS_LIGHT_REASONS = 16 };

/* Objects and points that were handed out so far; what was left out of the rows read so far. */
typedef struct ds_lightcurve_report {
    size_t lines;              /* of the file */
    size_t objects, points;    /* points: kept */
    size_t detections, limits; /* points that are detections; that are upper limits taken as 0 */
    size_t dropped[DS_DROP_COUNT];
    size_t repeats;    /* points that stood before with the same time, band, value and error; left out */
    size_t bad_rows;   /* that could not be read, with skip_bad_rows */
    char bad_row[300]; /* what is wrong with the first */
    size_t empty;      /* objects of which every point was dropped */
    size_t unsorted;   /* objects whose rows were not in time order */
    size_t in_band[DS_BAND_LIMIT];
    double first, last;      /* MJD of the earliest and latest point; NaN: none */
    bool gathered;           /* the file was not grouped by id and has been read whole */
    bool detected_by_column; /* rather than by |flux| / error */
    size_t julian;           /* objects whose times were Julian dates */
    double zero_point;       /* of the file's fluxes; NaN: magnitudes, or one per row */
    bool magnitudes;
    char columns[512]; /* "id object_id, time mjd, ...": which column is what */
    const char
        *format; /* "CSV", "blanks", "IPAC table", "ECSV", "SNANA text", "SNANA FITS", "sncosmo text" */
    const char *survey; /* whose layout it is; NULL: none that is known */
    const char *system; /* of magnitudes: "AB", "Vega"; NULL: nothing tells */
    const char *clock;  /* what times are: "MJD", "HJD - 2400000.5", ... */
    double time_zero;   /* MJD; NaN: MJD or Julian dates by their values */
    ds_light_reason reasons[DS_LIGHT_REASONS];
    int reason_count;
} ds_lightcurve_report;

typedef struct ds_lightcurves ds_lightcurves;

/* path: a file, plain or gzip, or "-" for standard input; or a folder, whose files of photometry, told by
 * their suffixes, are read one after the other in byte order of their names. Bands that are not given are
 * those of the first file, for all. Reads as far as the column names (their errors show
 * here). The options' texts must outlive the reader. *reader is NULL on failure. */
int ds_lightcurves_open(ds_lightcurves **reader, const char *path, const ds_lightcurve_options *options,
                        nn_error *error);

/* The next object; *curve is NULL at the end. The object is the reader's until the next call. Reads no more
 * than it must: from a pipe an object comes as soon as the next one's first row, or the end, is there. After
 * an error every further call repeats it. */
int ds_lightcurves_next(ds_lightcurves *reader, const ds_lightcurve **curve, nn_error *error);
void ds_lightcurves_close(ds_lightcurves *reader);

const char *ds_lightcurves_name(const ds_lightcurves *reader); /* the path, or "standard input" */
/* With more_bands there may be more of them after each object. */
const ds_bands *ds_lightcurves_bands(const ds_lightcurves *reader);
const ds_lightcurve_report *ds_lightcurves_report(const ds_lightcurves *reader);

/* One line per thing a user must know, each passed to say; returns how many. The first kind can be said right
 * after opening (which columns were taken for what, units), the second at the end (sorted, dropped,
 * gathered). */
int ds_lightcurves_notes_open(const ds_lightcurves *reader, void (*say)(void *context, const char *line),
                              void *context);
int ds_lightcurves_notes_end(const ds_lightcurves *reader, void (*say)(void *context, const char *line),
                             void *context);
/* What magnitudes are taken as, by what the file says of their system, or by their bands. Returns text. */
enum { DS_MAGNITUDE_WORDS = 100 };
const char *ds_magnitude_words(const ds_lightcurve_report *report, const ds_bands *bands,
                               char text[DS_MAGNITUDE_WORDS]);
const char *ds_drop_name(ds_drop cause); /* "without a time" */

/* --- copies and selections, owned by the caller --- */

/* Room for one object; start from {0}, free with ds_points_free. The arrays are one block. */
typedef struct ds_points {
    int count, room;
    double *time, *flux, *error;
    uint8_t *band, *detected;
} ds_points;
void ds_points_free(ds_points *points);
/* NN_FAILED: no memory. Grows the room only where it must. */
int ds_points_copy(ds_points *points, const ds_lightcurve *curve, nn_error *error);
/* Room for count points; none is in it then. */
int ds_points_reserve(ds_points *points, int count, nn_error *error);
/* Where there are more than `most` every so many-th, first and last included, else all. `to` has room for
 * them, or is `from`. */
void ds_points_thin(ds_points *to, const ds_points *from, int most);
/* Brings n indices into the order of time[index], and of the index where times are the same. */
void ds_order_by_time(size_t *order, size_t n, const double *time);

typedef enum ds_selection {
    DS_SELECTED,
    DS_SELECTED_WIDE,    /* nothing lay within the window: taken with +-1000 days, as the paper's code does */
    DS_WITHOUT_DETECTION /* no detected point: nothing selected */
} ds_selection;

/* The points that t2 sees (Allam & McEwen 2021, arXiv 2105.06178): strictly between window days (50 in the
 * paper) before the first and after the last detection, with the first kept time subtracted; *start is that
 * time. Returns NN_FAILED only for want of memory. */
int ds_lightcurve_select(const ds_lightcurve *curve, double window, ds_points *points, double *start,
                         ds_selection *selection, nn_error *error);

#endif
