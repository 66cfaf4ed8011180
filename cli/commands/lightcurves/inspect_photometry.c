/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex inspect that describes photometry. */
#include "cli/commands/lightcurves/inspect_photometry.h"

#include "cli/shell/arguments.h"
#include "cli/shell/json.h"
#include "cli/shell/report.h"
#include "cli/shell/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct survey {
    const ds_lightcurve_report *report;
    const ds_bands *bands;
    size_t detected[DS_BAND_LIMIT];
    double least[DS_BAND_LIMIT], most[DS_BAND_LIMIT], squares[DS_BAND_LIMIT]; /* of fluxes; of errors */
    int fewest, most_points;
    size_t undetected; /* objects */
    /* With metadata. */
    const ds_catalogue *catalogue;
    bool labelled;
    size_t joined;
    size_t *objects, *points; /* per class */
} survey;

/* --- counting --- */

static void count_points(survey *s, const ds_lightcurve *curve)
{
    bool any = false;
    for (int i = 0; i < curve->count; i++) {
        const int b = curve->band[i];
        const double flux = curve->flux[i];
        s->detected[b] += curve->detected[i];
        any |= curve->detected[i] != 0;
        s->least[b] = isnan(s->least[b]) || flux < s->least[b] ? flux : s->least[b];
        s->most[b] = isnan(s->most[b]) || flux > s->most[b] ? flux : s->most[b];
        s->squares[b] += curve->error[i] * curve->error[i];
    }
    s->undetected += !any;
    s->fewest = s->fewest < 0 || curve->count < s->fewest ? curve->count : s->fewest;
    s->most_points = curve->count > s->most_points ? curve->count : s->most_points;
}

static void count_object(survey *s, const ds_lightcurve *curve)
{
    const long row = s->catalogue ? ds_catalogue_find(s->catalogue, curve->id) : -1;
    count_points(s, curve);
    if (row < 0)
        return;
    s->joined++;
    const int class = s->labelled ? ds_catalogue_value(s->catalogue, 0, (size_t)row) : -1;
    if (class >= 0) {
        s->objects[class]++;
        s->points[class] += (size_t)curve->count;
    }
}

static int read_all(survey *s, ds_lightcurves *reader, nn_error *error)
{
    const ds_lightcurve *curve;
    int code;
    while (!(code = ds_lightcurves_next(reader, &curve, error)) && curve)
        count_object(s, curve);
    return code;
}

/* --- for people --- */

static void print_head(const survey *s, const char *path)
{
    const ds_lightcurve_report *r = s->report;
    char clean[1024], words[DS_MAGNITUDE_WORDS];
    printf("%s\n", cli_clean(path, clean, sizeof clean));
    printf("  format     %s: %s\n", r->format, cli_clean(r->columns, clean, sizeof clean));
    if (r->magnitudes)
        printf("  unit       %s\n", ds_magnitude_words(r, s->bands, words));
    else if (isnan(r->zero_point))
        printf("  unit       fluxes, a zero point in each row\n");
    else
        printf("  unit       fluxes of zero point %g\n", r->zero_point);
    printf("  objects    %zu, of %d to %d points\n", r->objects, s->fewest < 0 ? 0 : s->fewest,
           s->most_points);
    printf("  points     %zu, %zu of them detections%s\n", r->points, r->detections,
           r->detected_by_column ? "" : " by their signal to noise");
    for (int i = 0; i < r->reason_count; i++)
        printf("  decided    %s%s%s%s\n", cli_clean(r->reasons[i].text, clean, sizeof clean),
               r->reasons[i].option ? " (" : "", r->reasons[i].option ? r->reasons[i].option : "",
               r->reasons[i].option ? " says otherwise)" : "");
    if (s->undetected)
        printf("  undetected %zu objects have no detection\n", s->undetected);
    if (!isnan(r->first))
        printf("  time       %s %.4f to %.4f\n", r->clock, r->first, r->last);
    printf("  order      ");
    if (r->gathered || r->unsorted)
        printf("%s%zu objects not in time order\n", r->gathered ? "rows not grouped by id, " : "",
               r->unsorted);
    else
        printf("rows grouped by id, in time order\n");
    if (r->limits)
        printf("  limits     %zu upper limits, taken as 0\n", r->limits);
    if (r->repeats)
        printf("  repeated   %zu points that stood before, left out\n", r->repeats);
    if (r->bad_rows)
        printf("  left out   %zu rows that cannot be read\n", r->bad_rows);
    for (int d = 0; d < DS_DROP_COUNT; d++)
        if (r->dropped[d])
            printf("  left out   %zu points %s\n", r->dropped[d], ds_drop_name((ds_drop)d));
    if (s->catalogue)
        printf("  metadata   %zu objects, %zu of the light curves among them\n",
               ds_catalogue_rows(s->catalogue), s->joined);
}

static void print_bands(const survey *s)
{
    cli_table *out = cli_table_new("band|>wavelength|>points|>detections|>least flux|>most flux|>rms error");
    for (int b = 0; b < s->bands->count; b++) {
        const size_t n = s->report->in_band[b];
        cli_table_cell(out, "%s", s->bands->name[b]);
        cli_table_short(out, s->bands->wavelength[b], 6);
        cli_table_cell(out, "%zu", n);
        cli_table_cell(out, "%zu", s->detected[b]);
        cli_table_short(out, s->least[b], 5);
        cli_table_short(out, s->most[b], 5);
        cli_table_short(out, n ? sqrt(s->squares[b] / (double)n) : NAN, 4);
    }
    putchar('\n');
    cli_table_print(out, stdout);
    printf("\nFluxes have zero point %g (FLUXCAL), wavelengths are in Angstrom.\n", DS_ZERO_POINT);
}

static void print_classes(const survey *s)
{
    cli_table *out = cli_table_new("class|>objects|>points each");
    for (int c = 0; c < ds_catalogue_categories(s->catalogue, 0); c++) {
        cli_table_cell(out, "%s", ds_catalogue_category(s->catalogue, 0, c));
        cli_table_cell(out, "%zu", s->objects[c]);
        cli_table_short(out, s->objects[c] ? (double)s->points[c] / (double)s->objects[c] : NAN, 4);
    }
    putchar('\n');
    cli_table_print(out, stdout);
}

/* --- JSON --- */

static void set_count(json_t *object, const char *key, size_t count)
{
    nn_json_set(object, key, json_integer((json_int_t)count));
}

static json_t *bands_json(const survey *s)
{
    json_t *bands = json_array();
    for (int b = 0; b < s->bands->count; b++) {
        json_t *band = json_object();
        const size_t n = s->report->in_band[b];
        nn_json_set(band, "name", nn_json_text(s->bands->name[b]));
        nn_json_set(band, "wavelength", nn_json_real(s->bands->wavelength[b]));
        set_count(band, "points", n);
        set_count(band, "detections", s->detected[b]);
        nn_json_set(band, "least", nn_json_real(s->least[b]));
        nn_json_set(band, "most", nn_json_real(s->most[b]));
        nn_json_set(band, "rms_error", nn_json_real(n ? sqrt(s->squares[b] / (double)n) : NAN));
        nn_json_append(bands, band);
    }
    return bands;
}

static void classes_json(json_t *object, const survey *s)
{
    json_t *classes = json_array();
    for (int c = 0; c < ds_catalogue_categories(s->catalogue, 0); c++) {
        json_t *class = json_object();
        nn_json_set(class, "name", nn_json_text(ds_catalogue_category(s->catalogue, 0, c)));
        set_count(class, "objects", s->objects[c]);
        set_count(class, "points", s->points[c]);
        nn_json_append(classes, class);
    }
    nn_json_set(object, "classes", classes);
}

static json_t *decisions_json(const ds_lightcurve_report *r)
{
    static const char *const kinds[] = {"fact", "said", "guess"};
    json_t *decisions = json_array();
    for (int i = 0; i < r->reason_count; i++) {
        json_t *decision = json_object();
        nn_json_set(decision, "what", nn_json_text(r->reasons[i].text));
        nn_json_set(decision, "kind", json_string(kinds[r->reasons[i].kind]));
        nn_json_set(decision, "option", nn_json_text(r->reasons[i].option));
        nn_json_append(decisions, decision);
    }
    return decisions;
}

static int print_json(const survey *s, const char *path, nn_error *error)
{
    static const char *const causes[DS_DROP_COUNT] = {"time", "flux",  "error", "error_not_positive",
                                                      "band", "limit", "visit", "flagged"};
    const ds_lightcurve_report *r = s->report;
    json_t *object = cli_json_new("auspex.inspect/1"), *dropped = json_object();
    nn_json_set(object, "kind", json_string("photometry"));
    nn_json_set(object, "file", nn_json_text(path));
    nn_json_set(object, "format", json_string(r->format));
    nn_json_set(object, "columns", nn_json_text(r->columns));
    nn_json_set(object, "magnitudes", json_boolean(r->magnitudes));
    nn_json_set(object, "zero_point", nn_json_real(r->zero_point));
    nn_json_set(object, "survey", nn_json_text(r->survey));
    nn_json_set(object, "time_zero", nn_json_real(r->time_zero));
    nn_json_set(object, "decisions", decisions_json(r));
    set_count(object, "objects", r->objects);
    set_count(object, "points", r->points);
    set_count(object, "detections", r->detections);
    set_count(object, "undetected_objects", s->undetected);
    set_count(object, "empty_objects", r->empty);
    set_count(object, "unsorted_objects", r->unsorted);
    set_count(object, "limits", r->limits);
    set_count(object, "repeated_points", r->repeats);
    set_count(object, "bad_rows", r->bad_rows);
    nn_json_set(object, "grouped", json_boolean(!r->gathered));
    nn_json_set(object, "time_system", nn_json_text(r->clock));
    nn_json_set(object, "magnitude_system", nn_json_text(r->magnitudes ? r->system : NULL));
    nn_json_set(object, "first", nn_json_real(r->first));
    nn_json_set(object, "last", nn_json_real(r->last));
    for (int d = 0; d < DS_DROP_COUNT; d++)
        set_count(dropped, causes[d], r->dropped[d]);
    nn_json_set(object, "dropped", dropped);
    nn_json_set(object, "bands", bands_json(s));
    if (s->catalogue) {
        set_count(object, "metadata_objects", ds_catalogue_rows(s->catalogue));
        set_count(object, "joined_objects", s->joined);
    }
    if (s->labelled)
        classes_json(object, s);
    return cli_json_print(object, error);
}

/* --- the command --- */

static int print_all(const survey *s, const char *path, bool as_json, nn_error *error)
{
    if (as_json)
        return print_json(s, path, error);
    print_head(s, path);
    print_bands(s);
    if (s->labelled)
        print_classes(s);
    return NN_OK;
}

static int look(survey *s, ds_lightcurves *reader, bool as_json, nn_error *error)
{
    s->report = ds_lightcurves_report(reader);
    s->bands = ds_lightcurves_bands(reader);
    s->fewest = -1;
    for (int b = 0; b < DS_BAND_LIMIT; b++)
        s->least[b] = s->most[b] = NAN;
    const size_t classes = s->labelled ? (size_t)ds_catalogue_categories(s->catalogue, 0) : 0;
    s->objects = calloc(classes + 1, sizeof *s->objects);
    s->points = calloc(classes + 1, sizeof *s->points);
    int code = s->objects && s->points ? NN_OK : nn_fail(error, NN_FAILED, "no memory for the classes");
    if (!code)
        code = read_all(s, reader, error);
    if (!code) {
        cli_say_lightcurves(reader);
        code = print_all(s, ds_lightcurves_name(reader), as_json, error);
    }
    free(s->objects);
    free(s->points);
    return code;
}

int cli_inspect_photometry(const char *path, const cli_photometry *photometry, const ds_reading *reading,
                           const cli_metadata *metadata, const char *label, bool as_json, nn_error *error)
{
    cli_photometry look_only = *photometry;
    ds_catalogue *catalogue = NULL;
    ds_lightcurves *reader = NULL;
    int code = NN_OK;
    if (!cli_given("unknown-bands"))
        look_only.unknown_bands = 1; /* a look at trouble must not stop at it */
    if (metadata->file || label)
        code = cli_read_catalogue(&catalogue, metadata, &look_only, reading,
                                  &(cli_wanted){.categories = label, .path = path}, error);
    if (!code)
        code = cli_open_lightcurves(&reader, path, &look_only, reading, NULL, error);
    survey s = {.catalogue = catalogue, .labelled = label != NULL};
    if (!code)
        code = look(&s, reader, as_json, error);
    ds_lightcurves_close(reader);
    ds_catalogue_free(catalogue);
    return code;
}
