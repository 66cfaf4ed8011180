/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex period: the period of each object, with its error, its rivals and the shape of the curve. */
#include "cli/shell/list.h"

#include "cli/commands/lightcurves/curves.h"
#include "cli/commands/lightcurves/period_row.h"
#include "cli/input/source.h"
#include "cli/output/period_figure.h"
#include "cli/output/rows.h"
#include "cli/shell/report.h"
#include "datasets/lightcurves/features/features.h"
#include "datasets/lightcurves/magnitude.h"
#include "lib/base/c_locale.h"
#include "lib/base/text.h"
#include "lib/files/output.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_photometry photometry;
    cli_metadata metadata;
    cli_period_settings period;
    char *output, *spectrum, *plot, *script, *label;
    int threads, json;
} settings;

#define FIELD(name)  offsetof(settings, name)
#define PERIOD(name) offsetof(settings, period.name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the periods go; -: standard output"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "a JSON object per line rather than CSV"},
    {"periodogram", 0, NN_TEXT, FIELD(spectrum), NULL, "FILE", 0, 0,
     "write the powers at all frequencies as CSV: object_id, frequency (cycles per day), power"},
    {"plot", 0, NN_TEXT, FIELD(plot), NULL, "FILE", 0, 0,
     "draw the range of each object, at most that of its points, or of boxes the depth, over its period, "
     "both "
     "logarithmic: .png, .svg or .pdf; -: text art"},
    {"plot-script", 0, NN_TEXT, FIELD(script), NULL, "FILE", 0, 0, "write that picture's gnuplot script"},
    {"label", 0, NN_TEXT, FIELD(label), NULL, "COLUMN", 0, 0,
     "of --plot: the column of classes in the table of objects, each drawn in a colour of its own"},
    {"threads", 0, NN_INT, FIELD(threads), "0", "N", 0, 1024,
     "0: all cores; results are the same for any number"},
    {0}};
static const nn_option search_options[] = {
    {"harmonics", 0, NN_INT, PERIOD(harmonics), "0", "N", 0, DS_MOST_HARMONICS,
     "of the model that is fitted at each frequency; 1: a sinusoid; 0: a sinusoid finds candidates, and as "
     "many "
     "harmonics as pay choose among them and their doubles"},
    {"shortest", 0, NN_REAL, PERIOD(shortest), NULL, "DAYS", 1e-4, 1e5,
     "the shortest period looked for (0.05; of boxes 0.3)"},
    {"longest", 0, NN_REAL, PERIOD(longest), NULL, "DAYS", 1e-3, 1e6,
     "the longest period looked for (the time that the points span; of boxes a third of it)"},
    {"oversampling", 0, NN_REAL, PERIOD(oversampling), NULL, "X", 1, 1000,
     "frequencies in one over the time spanned (5 for each harmonic)"},
    {"scale", 0, NN_CHOICE, PERIOD(scale), "auto", "auto|flux|magnitude", 0, 0,
     "what is fitted; auto: magnitudes where nearly all fluxes of the object are positive and half of them "
     "clear "
     "detections, else fluxes"},
    {"box", 0, NN_FLAG, PERIOD(box), "false", NULL, 0, 0,
     "look for dips of one depth, as of transits and eclipses, by box least squares"},
    {"least-duration", 0, NN_REAL, PERIOD(least), "0.02", "X", 0.001, 0.5,
     "of boxes: the shortest dip as a share of the period"},
    {"most-duration", 0, NN_REAL, PERIOD(most), "0.2", "X", 0.001, 0.5,
     "of boxes: the longest dip as a share of the period"},
    {0}};

typedef struct writer {
    const settings *settings;
    cli_rows rows;
    FILE *spectrum; /* NULL: none is wanted */
    const ds_catalogue *catalogue;
    bool draws;
    cli_stars stars[2]; /* in fluxes, in magnitudes */
} writer;

static void *worker_new(void *context, const ds_bands *bands, nn_error *error)
{
    (void)bands;
    return cli_period_worker_new(&((writer *)context)->settings->period, error);
}

static void worker_free(void *worker)
{
    cli_period_worker_free(worker);
}

static int work(void *worker, const ds_points *points, double *row, nn_error *error)
{
    return cli_period_row(worker, points, row, error);
}

static const char *name_of(const void *period, int n)
{
    return cli_period_column(period, n);
}

static int digits_of(const void *period, int n)
{
    return cli_period_digits(period, n);
}

static int begin(void *context, void *worker)
{
    const writer *w = context;
    (void)worker;
    cli_rows_begin(&w->rows);
    if (w->spectrum)
        fputs("object_id,frequency,power\n", w->spectrum);
    return w->rows.columns;
}

typedef struct lines {
    FILE *out;
    const char *id;
    double first, step;
} lines;

static void spectrum_lines(void *context, long n, int count, const double *power)
{
    const lines *l = context;
    const locale_t c_locale = nn_c_locale(), before = c_locale ? uselocale(c_locale) : (locale_t)0;
    for (int k = 0; k < count; k++) {
        nn_csv_field(l->out, l->id);
        fprintf(l->out, ",%.10g,", l->first + l->step * (double)(n + k));
        nn_csv_number(l->out, power[k], 6);
        fputc('\n', l->out);
    }
    if (before)
        uselocale(before);
}

/* From the faintest to the brightest point. */
static double range_of_points(const ds_points *p, bool magnitudes)
{
    double least = NAN, most = NAN;
    for (int i = 0; i < p->count; i++)
        if (!magnitudes || p->flux[i] > 0) {
            least = fmin(least, p->flux[i]);
            most = fmax(most, p->flux[i]);
        }
    return magnitudes ? ds_magnitude(least) - ds_magnitude(most) : most - least;
}

/* What the picture shows of a row. A model may swing further than any point where there are gaps. */
static int keep_star(writer *w, const char *id, const ds_points *points, const double *row, nn_error *error)
{
    const cli_period_settings *p = &w->settings->period;
    const char *shown = p->box ? "depth" : "range";
    const long at = w->catalogue ? ds_catalogue_find(w->catalogue, id) : -1;
    double period = NAN, range = NAN;
    for (int n = 0; n < cli_period_columns(p); n++) {
        const char *name = cli_period_column(p, n);
        period = strcmp(name, "period") == 0 ? row[n] : period;
        range = strcmp(name, shown) == 0 ? row[n] : range;
    }
    const ds_feature_scale scale =
        p->scale == DS_SCALE_AUTO ? ds_features_scale(points) : (ds_feature_scale)p->scale;
    const bool magnitudes = scale == DS_SCALE_MAGNITUDE;
    if (!isnan(range))
        range = fmin(range, range_of_points(points, magnitudes));
    return cli_stars_add(&w->stars[magnitudes], period, range,
                         at < 0 ? -1 : ds_catalogue_value(w->catalogue, 0, (size_t)at), error);
}

static int give(void *context, void *worker, const char *id, const ds_points *points, const double *row,
                nn_error *error)
{
    writer *w = context;
    lines l = {.out = w->spectrum, .id = id};
    int code = cli_rows_put(&w->rows, id, row, error);
    if (!code && w->draws)
        code = keep_star(w, id, points, row, error);
    return code || !w->spectrum
               ? code
               : cli_period_spectrum(worker, points, spectrum_lines, &l, &l.first, &l.step, error);
}

static const cli_curves curves = {worker_new, worker_free, begin, work, give};

static int draw(const writer *w, const char *path, cli_figure *figure, nn_error *error)
{
    const bool magnitudes = w->stars[1].count >= w->stars[0].count;
    if (w->stars[!magnitudes].count)
        cli_say_note("%zu object%s measured in %s, the others in %s: the picture leaves them out "
                     "(--scale takes all alike)",
                     w->stars[!magnitudes].count, w->stars[!magnitudes].count == 1 ? " is" : "s are",
                     magnitudes ? "fluxes" : "magnitudes", magnitudes ? "magnitudes" : "fluxes");
    return cli_stars_draw(&w->stars[magnitudes], w->catalogue, nn_base_name(path),
                          magnitudes ? "magnitudes" : "flux (zero point 27.5)", figure, error);
}

static int find(const settings *s, const char *path, nn_output *output, nn_output *spectrum,
                cli_figure *figure, nn_error *error)
{
    writer w = {.settings = s,
                .rows = {.out = nn_output_stream(output),
                         .json = s->json != 0,
                         .flush = cli_rows_flushes(s->output),
                         .columns = cli_period_columns(&s->period),
                         .json_digits = 12,
                         .name = name_of,
                         .digits = digits_of,
                         .context = &s->period},
                .spectrum = spectrum ? nn_output_stream(spectrum) : NULL,
                .draws = cli_figure_wanted(figure)};
    ds_catalogue *catalogue = NULL;
    int code = !s->label ? NN_OK
                         : cli_read_catalogue(&catalogue, &s->metadata, &s->photometry, NULL,
                                              &(cli_wanted){.categories = s->label, .path = path}, error);
    w.catalogue = catalogue;
    if (!code)
        code = cli_curves_run(&curves, &w, path, &s->photometry, s->threads, error);
    if (!code && w.draws)
        code = draw(&w, path, figure, error);
    for (int scale = 0; scale < 2; scale++)
        cli_stars_clear(&w.stars[scale]);
    ds_catalogue_free(catalogue);
    return code;
}

static int check(const settings *s, nn_error *error)
{
    const cli_period_settings *p = &s->period;
    if (!s->plot && !s->script && (s->label || s->metadata.file))
        return nn_fail(error, NN_USAGE, "--%s is for the picture: --plot FILE",
                       s->label ? "label" : "metadata");
    if (p->shortest > 0 && p->longest > 0 && p->shortest >= p->longest)
        return nn_fail(error, NN_USAGE, "--shortest %g is not below --longest %g", p->shortest, p->longest);
    if (p->box && p->least >= p->most)
        return nn_fail(error, NN_USAGE, "--least-duration %g is not below --most-duration %g", p->least,
                       p->most);
    if (p->box && p->harmonics)
        return nn_fail(error, NN_USAGE, "--box has no --harmonics: it is one or the other");
    return NN_OK;
}

static int run(cli_run *run, nn_error *error)
{
    const settings *s = run->settings;
    nn_output *output = NULL, *spectrum = NULL;
    cli_figure figure = cli_figure_make(s->plot, s->script, cli_rows_flushes(s->output));
    int code = check(s, error);
    if (!code)
        code = cli_figure_check(&figure, error);
    if (!code)
        code = cli_check_input(run->operands[0], error);
    if (!code && !(output = nn_output_open(s->output, error)))
        code = NN_FAILED;
    if (!code && s->spectrum && !(spectrum = nn_output_open(s->spectrum, error)))
        code = NN_FAILED;
    if (!code)
        code = find(s, run->operands[0], output, spectrum, &figure, error);
    code = nn_output_end(spectrum, code, error);
    return nn_output_end(output, code, error);
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"Search", search_options, 0},
                                       {"Table of objects", cli_metadata_options, FIELD(metadata)},
                                       {"Reading photometry", cli_photometry_options, FIELD(photometry)},
                                       {"Reading the files", cli_photometry_file_options, FIELD(photometry)},
                                       {0}};
static const cli_example examples[] = {{"auspex period stars.csv -o periods.csv", "a line per star"},
                                       {"auspex period stars.csv --harmonics 1 --periodogram spectrum.csv",
                                        "by sinusoids alone, with the spectra"},
                                       {"auspex period stars.csv --metadata objects.csv --label class --plot "
                                        "periods.png -o periods.csv",
                                        "with a picture of periods and ranges by class"},
                                       {"auspex period transits.csv --box --shortest 1", "dips of one depth"},
                                       {NULL, NULL}};

const cli_command cli_period = {
    .name = "period",
    .summary = "find the periods of variable stars, or of transits and eclipses",
    .synopsis = "PHOTOMETRY [OPTION...]",
    .about =
        "A line per object, in the order of the file: the period and its error in days; its power, the share "
        "of "
        "the variance that the model takes away; the decimal logarithm of the probability that noise alone "
        "has so "
        "high a peak; the second-best period, and whether it is an alias by one cycle per day, so that "
        "either may "
        "be true; twice the period, with the power of a model of twice the harmonics there; the epoch, a "
        "time "
        "(MJD) at which the star is brightest, of boxes the middle of a dip; the harmonics of the model, "
        "their "
        "amplitudes, ratios and phases. Fields of what is not known are empty.\n\n"
        "Bands share the phase and shape of the model, each has its own mean. docs/light-curves.md says how "
        "periods are chosen, with sources. PHOTOMETRY may be -, standard input.",
    .examples = examples,
    .sections = sections,
    .settings_size = sizeof(settings),
    .least_operands = 1,
    .most_operands = 1,
    .operands = "PHOTOMETRY",
    .run = run,
};
