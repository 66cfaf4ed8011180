/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of ds_lightcurves: what the stages of reading photometry share. */
#ifndef DS_PHOTOMETRY_H
#define DS_PHOTOMETRY_H

#include "datasets/lightcurves/lightcurve.h"
#include "datasets/table/scan.h"
#include "lib/base/names.h"

/* What a column can be. */
typedef enum ds_part {
    DS_PART_ID,
    DS_PART_TIME,
    DS_PART_VISIT,
    DS_PART_BAND,
    DS_PART_FLUX,  /* or magnitude */
    DS_PART_ERROR, /* in the same unit */
    DS_PART_LIMIT, /* magnitude that a non-detection is fainter than */
    DS_PART_SIGN,  /* of a difference in magnitudes */
    DS_PART_DETECTED,
    DS_PART_FLAG, /* SNANA's PHOTFLAG, bit 4096 */
    DS_PART_SNR,
    DS_PART_ZERO_POINT, /* one per row */
    DS_PART_ZERO_SYSTEM,
    DS_PART_UNIT,
    DS_PART_COUNT
} ds_part;

typedef struct ds_visits ds_visits;

enum { DS_DETECTION_BIT = 4096 }; /* of SNANA's PHOTFLAG */

#define DS_SEPARATOR (-777.0) /* time of the row that SNANA puts behind each object */

/* An object in the queue; its points stand together once it is whole. */
typedef struct ds_queued {
    size_t begin, count; /* points */
    size_t id;           /* offset of its text */
    size_t line;
    int julian; /* -1: not known yet */
} ds_queued;

struct ds_lightcurves {
    const char *name; /* of the file, for messages */
    char *path;
    ds_lightcurve_options options;
    ds_bands bands;
    bool bands_given;
    ds_lightcurve_report report;
    nn_error *error; /* of the call under way */
    nn_error sticky;
    bool failed, ended;

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
    double zero_point, scale; /* scale: from the file's fluxes to FLUXCAL */
    double unit;              /* zero point that the unit column names; 0: not seen */
    bool one_object;          /* no id column: text formats, --id-column none */
    ds_field *words;          /* text formats: the words of a line */
    int word_room;
    bool sncosmo;
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
    size_t rows; /* of the file, with and without a point */
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
    bool negative;
    int band;     /* -1: unknown */
    int detected; /* -1: no column tells */
    size_t line;
} ds_measurement;

int ds_photometry_no_memory(ds_lightcurves *r);

/* photometry_columns.c */
int ds_photometry_header(ds_lightcurves *r, const ds_field *fields, int count, size_t line);
/* photometry_row.c */
int ds_photometry_row(ds_lightcurves *r, const ds_field *fields, int count, size_t line);
int ds_photometry_measurement(ds_lightcurves *r, ds_measurement *m);
int ds_photometry_unknown_band(ds_lightcurves *r, const char *label, size_t length, const char *place);

/* lightcurve.c: the object that following points belong to. */
int ds_photometry_object(ds_lightcurves *r, const char *id, size_t length, size_t line);
void ds_photometry_object_end(ds_lightcurves *r);
int ds_photometry_point(ds_lightcurves *r, double time, double flux, double error, int band, bool detected);

/* lightcurve_group.c */
/* An object begins, id in UTF-8: has it been there before? Then gathers, or fails. */
int ds_photometry_check_new(ds_lightcurves *r, const char *id, size_t length, size_t line);
int ds_photometry_gather(ds_lightcurves *r);   /* from here on the whole file is read first */
int ds_photometry_gathered(ds_lightcurves *r); /* at its end: puts each object's points together */
/* Sets r->curve's arrays to an object's points in time order. */
int ds_photometry_sort(ds_lightcurves *r, const ds_queued *object);

/* lightcurve_text.c: SNANA and sncosmo text, told by how they begin. */
bool ds_photometry_is_text(const char *text, size_t length, bool *sncosmo);
int ds_photometry_text_row(void *context, const ds_field *fields, int count, size_t line, nn_error *error);

/* lightcurve_fits.c */
int ds_photometry_open_fits(ds_lightcurves *r);

/* visits.c */
int ds_visits_read(ds_visits **visits, const char *path, nn_error *error);
void ds_visits_free(ds_visits *visits);
double ds_visits_find(const ds_visits *visits, const char *text, size_t length); /* MJD; NaN: not there */

#endif
