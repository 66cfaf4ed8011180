/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of ds_lightcurves: what the stages of reading photometry share. */
#ifndef DS_LIGHTCURVE_INTERNAL_H
#define DS_LIGHTCURVE_INTERNAL_H

#include "datasets/lightcurves/column_name.h"
#include "datasets/lightcurves/lightcurve.h"
#include "datasets/text/sample.h"
#include "datasets/text/scan.h"
#include "lib/base/names.h"

/* What a column can be. */
typedef enum ds_photometry_role {
    DS_PART_ID,
    DS_PART_TIME,
    DS_PART_VISIT,
    DS_PART_BAND,
    DS_PART_FLUX,     /* or magnitude */
    DS_PART_ERROR,    /* in the same unit */
    DS_PART_LIMIT,    /* magnitude that a non-detection is fainter than */
    DS_PART_IS_LIMIT, /* true where the flux or magnitude is an upper limit */
    DS_PART_SIGN,     /* of a difference in magnitudes */
    DS_PART_DETECTED,
    DS_PART_FLAG, /* SNANA's PHOTFLAG, bit 4096 */
    DS_PART_SNR,
    DS_PART_ZERO_POINT, /* one per row */
    DS_PART_ZERO_SYSTEM,
    DS_PART_UNIT,
    DS_PART_QUALITY, /* flags of bad points */
    DS_PART_COUNT
} ds_photometry_role;

typedef struct ds_visits ds_visits;
typedef struct ds_folder ds_folder;

/* How rows are parted into fields. */
typedef enum ds_photometry_form {
    DS_PHOTOMETRY_CSV,
    DS_PHOTOMETRY_WORDS, /* columns lined up with blanks: a run of them parts two fields */
    DS_PHOTOMETRY_SNANA,
    DS_PHOTOMETRY_SNCOSMO
} ds_photometry_form;

/* What the lines in front of the rows tell; the texts lie in the file's first piece. */
typedef struct ds_preamble {
    ds_text names; /* a line of names that is a comment, or an IPAC table's; NULL: it stands in the rows */
    ds_text units; /* an IPAC table's, in the same order */
    ds_text ecsv;  /* the lines of an ECSV table's columns */
    bool ipac, numbered; /* numbered: there is no line of names */
    size_t line;         /* of names */
} ds_preamble;

enum { DS_DETECTION_BIT = 4096 }; /* of SNANA's PHOTFLAG */

#define DS_SEPARATOR (-777.0) /* time of the row that SNANA puts behind each object */

/* An object in the queue; its points stand together once it is whole. */
typedef struct ds_queued {
    size_t begin, count; /* points */
    size_t id;           /* offset of its text */
    size_t line;
    int clock; /* ds_clock of its times; -1: not known yet */
} ds_queued;

struct ds_lightcurves {
    const char *name;            /* of the file, for messages */
    ds_folder *folder;           /* whose files are read one after the other; NULL: a file is read */
    const ds_lightcurves *whole; /* the folder's reader that this one is a part of; NULL: none */
    char *path;
    ds_lightcurve_options options;
    ds_bands bands;
    bool bands_given;
    int only_band; /* of all points where there is no column of bands */
    ds_lightcurve_report report;
    nn_error *error; /* of the call under way */
    nn_error sticky;
    bool failed, ended;
    bool unreadable; /* no row of the file could be read */

    /* Where rows come from. */
    int (*step)(ds_lightcurves *r, bool *more);
    void (*close)(ds_lightcurves *r);
    ds_scanner *scanner;
    ds_scan_options scan_options;
    ds_scan_result scan;
    void *fits;
    ds_visits *visits;

    /* Columns. */
    bool has_header;
    char **columns; /* names in the file */
    int count;
    int column[DS_PART_COUNT]; /* -1: none */
    bool magnitudes;
    const struct ds_survey *survey; /* NULL: none that is known */
    double zero_point, scale;       /* scale: from the file's fluxes to FLUXCAL */
    bool unit_known;                /* the zero point is told by something, not assumed */
    bool unit_named;                /* by a unit in so many letters */
    double unit;                    /* zero point that the unit column names; 0: not seen */
    double time_zero;               /* MJD of the times' zero; NaN: by the values */
    bool unix_time;                 /* times are seconds since 1970 */
    bool error_by_snr;
    const struct ds_flag *flag;
    size_t units_line; /* a row of units below the names; 0: none */
    bool one_object;   /* no id column: text formats, --id-column none */
    ds_photometry_form form;
    char *front; /* the lines in front of the rows, which the preamble lies in */
    size_t skipped_lines;
    ds_preamble preamble;
    ds_sample sample;  /* of the first rows, while the columns are chosen */
    size_t sample_row; /* the first with values */
    ds_field *words;   /* text formats: the words of a line */
    int word_room;
    char label[64]; /* of the drop message's first unknown band */

    /* The queue: objects [queue_at, queue_count), the last one open while the file goes on. */
    ds_queued *queue;
    size_t queue_at, queue_count, queue_room;
    size_t current; /* the object that gets the rows */
    bool open;      /* it may get more of them */
    bool gathering; /* the whole file goes into the queue before the first object is handed out */
    char *text;     /* ids, each with its NUL */
    size_t text_size, text_room;
    char *raw_id; /* of the open object, as the file writes it */
    size_t raw_length, raw_room;

    /* Points. */
    size_t rows; /* of the file that could be read, with and without a point */
    size_t points, room;
    double *time, *flux, *sigma;
    uint8_t *band, *detected;
    uint32_t *owner; /* gathering: the object of each point */

    uint64_t *seen; /* hashes of finished ids, 0 is free */
    size_t seen_count, seen_size;
    nn_names ids; /* gathering */
    ds_points sorted;
    size_t *order;
    size_t order_room;
    ds_lightcurve curve;
};

/* A measurement as the file has it; NaN: missing. */
typedef struct ds_measurement {
    double time, flux, error; /* flux and error in the file's unit, or magnitudes */
    double limit;
    double zero_point; /* NaN: the file's */
    bool negative, is_limit, flagged;
    int clock;    /* ds_clock */
    int band;     /* -1: unknown */
    int detected; /* -1: no column tells */
    size_t line;
} ds_measurement;

int ds_photometry_no_memory(ds_lightcurves *r);

/* How times are written; within an object they are not mixed. */
typedef enum ds_clock { DS_CLOCK_PLAIN, DS_CLOCK_JULIAN, DS_CLOCK_DATE } ds_clock;

/* photometry_reasons.c: what was decided, for people. A guess is an error where reading is strict. */
__attribute__((format(printf, 4, 5))) int ds_photometry_reason(ds_lightcurves *r, ds_reason_kind kind,
                                                               const char *option, const char *format, ...);

/* photometry_form.c: how the file is laid out, from its first piece. */
int ds_photometry_look(ds_lightcurves *r, const char *text, size_t length);

/* photometry_columns.c */
/* A column by its name, in any case, with a broker's prefix or without; -1: there is none. */
int ds_photometry_column(const ds_lightcurves *r, const char *name);
/* The same for a name, or number, that the user gives. */
int ds_photometry_given(ds_lightcurves *r, const char *option, const char *name, int *column);
int ds_photometry_part(const ds_lightcurves *r, ds_photometry_role part); /* by usual names */
int ds_photometry_absent(ds_lightcurves *r, size_t line, const char *what, const char *known,
                         const char *option);
/* photometry_flux.c */
int ds_photometry_choose_flux(ds_lightcurves *r, size_t line);
/* photometry_bands.c: the column of bands where none is known by name, and the bands where none are given. */
int ds_photometry_choose_band(ds_lightcurves *r);
const ds_flux_unit *ds_photometry_unit_line(const ds_lightcurves *r, int column); /* NULL: no such line */
int ds_photometry_magnitudes_beside(const ds_lightcurves *r);                     /* -1: none */
void ds_photometry_set_zero_point(ds_lightcurves *r, double zero_point);
/* photometry_time.c */
int ds_photometry_choose_time(ds_lightcurves *r, size_t line);
int ds_photometry_check_time(ds_lightcurves *r);
/* A date with a time of day, or with a fraction of the day, as MJD. */
bool ds_photometry_date(const char *text, size_t length, double *mjd);
int ds_photometry_mjd(ds_lightcurves *r, ds_measurement *m);
/* photometry_check.c: what the first rows say about the columns chosen. */
int ds_photometry_check(ds_lightcurves *r);
double ds_photometry_sampled(const ds_lightcurves *r, size_t row, int column); /* NaN: no number */

int ds_photometry_header(ds_lightcurves *r, const ds_field *fields, int count, size_t line);
/* photometry_row.c */
int ds_photometry_row(ds_lightcurves *r, const ds_field *fields, int count, size_t line);
int ds_photometry_measurement(ds_lightcurves *r, ds_measurement *m);
/* What is done with a label that is none of the bands so far: sets the band that it became, or -1 where its
 * points are left out. place: of the label in the file. */
int ds_photometry_band(ds_lightcurves *r, const char *label, size_t length, const char *place, int *band);

/* At the end of the file: an error where no point of it could be used, with the way out. */
int ds_photometry_check_used(ds_lightcurves *r);

/* lightcurve.c: the object that following points belong to. */
int ds_photometry_object(ds_lightcurves *r, const char *id, size_t length, size_t line);
void ds_photometry_object_end(ds_lightcurves *r);
int ds_photometry_point(ds_lightcurves *r, double time, double flux, double error, int band, bool detected);

/* An object without a column of ids is called as the file. */
int ds_photometry_object_of_file(ds_lightcurves *r, size_t line);

/* lightcurve_group.c */
/* Whether an id was there before; then it is. */
int ds_photometry_remember(ds_lightcurves *r, const char *id, size_t length, bool *seen);
/* An object begins, id in UTF-8: has it been there before? Then gathers, or fails. */
int ds_photometry_check_new(ds_lightcurves *r, const char *id, size_t length, size_t line);
int ds_photometry_gather(ds_lightcurves *r);   /* from here on the whole file is read first */
int ds_photometry_gathered(ds_lightcurves *r); /* at its end: puts each object's points together */
/* Leaves out the points of r->curve, in time order, that stood before with the same band, value and error. */
void ds_photometry_drop_repeats(ds_lightcurves *r);
/* Sets r->curve's arrays to an object's points in time order. */
int ds_photometry_sort(ds_lightcurves *r, const ds_queued *object);

/* lightcurve_text.c: SNANA and sncosmo text, told by how they begin. */
ds_photometry_form ds_photometry_text_form(const char *text, size_t length); /* CSV: neither */
int ds_photometry_text_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error);

/* lightcurve_folder.c: a reader of a folder hands out what readers of its files do. Opening lists the files
 * and opens the first; notes are none where r reads no folder. */
struct ds_notes;
int ds_photometry_open_folder(ds_lightcurves *r);
int ds_photometry_folder_next(ds_lightcurves *r, const ds_lightcurve **curve, nn_error *error);
void ds_photometry_folder_close(ds_folder *folder);
void ds_photometry_folder_notes_open(struct ds_notes *n, const ds_lightcurves *r);
void ds_photometry_folder_notes_end(struct ds_notes *n, const ds_lightcurves *r);
/* lightcurve.c: a file as a part of `whole`. */
int ds_photometry_open_part(ds_lightcurves **part, const char *path, const ds_lightcurve_options *options,
                            ds_lightcurves *whole, nn_error *error);

/* lightcurve_fits.c */
int ds_photometry_open_fits(ds_lightcurves *r);

/* visits.c */
int ds_visits_read(ds_visits **visits, const char *path, nn_error *error);
void ds_visits_free(ds_visits *visits);
double ds_visits_find(const ds_visits *visits, const char *text, size_t length); /* MJD; NaN: not there */

#endif
