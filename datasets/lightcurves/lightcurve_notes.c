/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people must know of a file of photometry, a line each. */
#include "datasets/lightcurves/lightcurve_internal.h"
#include "datasets/table/notes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *ds_drop_name(ds_drop cause)
{
    static const char *const names[DS_DROP_COUNT] = {
        "without a time",     "without a flux",  "without an error",    "with an error of zero or less",
        "of an unknown band", "of upper limits", "of an unknown visit", "flagged as bad"};
    return cause < DS_DROP_COUNT ? names[cause] : "";
}

static bool are_usually_vega(const ds_bands *bands)
{
    static const char *const vega[] = {"U",  "B",  "V",  "R",  "I",  "J",  "H",  "K",    "Ks",   "G",   "BP",
                                       "RP", "W1", "W2", "W3", "W4", "CV", "CR", "UVW2", "UVM2", "UVW1"};
    for (int b = 0; b < bands->count; b++)
        for (size_t k = 0; k < sizeof vega / sizeof *vega; k++)
            if (strcmp(bands->name[b], vega[k]) == 0)
                return true;
    return false;
}

const char *ds_magnitude_words(const ds_lightcurve_report *report, const ds_bands *bands,
                               char text[DS_MAGNITUDE_WORDS])
{
    if (report->system)
        snprintf(text, DS_MAGNITUDE_WORDS, "%s magnitudes", report->system);
    else
        snprintf(text, DS_MAGNITUDE_WORDS, "magnitudes, taken as AB%s",
                 are_usually_vega(bands) ? ", though those of such bands are usually Vega's" : "");
    return text;
}

static void print_unit(char *text, size_t size, double zero_point)
{
    const ds_flux_unit *unit = ds_flux_unit_at(zero_point);
    if (unit && fabs(unit->zero_point - zero_point) < 1e-9)
        snprintf(text, size, "zero point %g (%s)", zero_point, unit->name);
    else
        snprintf(text, size, "zero point %g", zero_point);
}

int ds_lightcurves_notes_open(const ds_lightcurves *r, void (*say)(void *context, const char *line),
                              void *context)
{
    ds_notes n = {say, context, 0};
    const ds_lightcurve_report *report = &r->report;
    char unit[DS_MAGNITUDE_WORDS];
    ds_photometry_folder_notes_open(&n, r);
    if (report->magnitudes)
        ds_magnitude_words(report, &r->bands, unit);
    else if (r->unit != 0)
        print_unit(unit, sizeof unit, r->unit);
    else if (isnan(report->zero_point))
        snprintf(unit, sizeof unit, "zero points row by row");
    else
        print_unit(unit, sizeof unit, report->zero_point);
    for (int i = 0; i < report->reason_count; i++)
        if (report->reasons[i].kind != DS_REASON_FACT)
            ds_note(&n, "%s: %s%s%s%s", r->name, report->reasons[i].text,
                    report->reasons[i].option ? " (" : "",
                    report->reasons[i].option ? report->reasons[i].option : "",
                    report->reasons[i].option ? " says otherwise)" : "");
    ds_note(&n, "%s: %s; %s; %s", r->name, report->format, report->columns, unit);
    if (r->column[DS_PART_BAND] < 0)
        ds_note(&n, "%s: no column of bands: all points are taken as one band, '%s'", r->name,
                r->bands.name[r->only_band]);
    if (!report->detected_by_column && r->column[DS_PART_LIMIT] < 0)
        ds_note(&n, "%s: no column of detections: %s of at least %g counts as one", r->name,
                r->column[DS_PART_SNR] >= 0 ? "a signal to noise ratio" : "|flux| / error",
                r->options.detection);
    if (report->gathered && !r->alerts)
        ds_note(&n, "%s: %s: the whole file is read into memory and its rows are put together by id", r->name,
                r->options.grouping == DS_UNGROUPED ? "as asked" : "not grouped by id");
    return n.count;
}

int ds_lightcurves_notes_end(const ds_lightcurves *r, void (*say)(void *context, const char *line),
                             void *context)
{
    ds_notes n = {say, context, 0};
    const ds_lightcurve_report *report = &r->report;
    ds_photometry_folder_notes_end(&n, r);
    if (report->bad_rows)
        ds_note(&n, "%s: %zu rows that cannot be read are left out; the first: %s", r->name, report->bad_rows,
                report->bad_row);
    if (report->julian)
        ds_note(&n, "%s: the times of %zu objects are Julian dates; 2400000.5 is subtracted", r->name,
                report->julian);
    if (report->unsorted)
        ds_note(&n, "%s: the points of %zu of %zu objects were not in time order; they are sorted", r->name,
                report->unsorted, report->objects);
    if (report->repeats && r->history)
        ds_note(&n,
                "%s: %zu points that other records, or a detection at the same time and band, have too are "
                "left out",
                r->name, report->repeats);
    else if (report->repeats)
        ds_note(&n, "%s: %zu points that stood before with the same time, band, value and error are left out",
                r->name, report->repeats);
    for (int d = 0; d < DS_DROP_COUNT; d++)
        if (report->dropped[d])
            ds_note(&n, "%s: %zu points %s are left out%s%s%s", r->name, report->dropped[d],
                    ds_drop_name((ds_drop)d), d == DS_DROP_BAND && *r->label ? " (such as '" : "",
                    d == DS_DROP_BAND ? r->label : "", d == DS_DROP_BAND && *r->label ? "')" : "");
    if (report->limits)
        ds_note(&n, "%s: %zu upper limits are taken as 0 with a fifth of the limit as error, not detected",
                r->name, report->limits);
    if (report->detected_by_column && report->points && !report->detections)
        ds_note(&n,
                "%s: by its column no point is a detection; --detected-column none goes by |flux| / error "
                "instead",
                r->name);
    if (report->empty)
        ds_note(&n, "%s: %zu objects have no usable point", r->name, report->empty);
    return n.count;
}
