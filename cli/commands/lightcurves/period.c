/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex period: the period of each object, with its error, its rivals and the shape of the curve. */
#include "cli/shell/list.h"

#include "cli/commands/lightcurves/curves.h"
#include "cli/commands/lightcurves/period_row.h"
#include "cli/input/photometry.h"
#include "cli/input/source.h"
#include "cli/shell/json.h"
#include "lib/base/c_locale.h"
#include "lib/base/output.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct settings {
    cli_common common;
    cli_photometry photometry;
    cli_period_settings period;
    char *output, *spectrum;
    int threads, json;
} settings;

#define FIELD(name)  offsetof(settings, name)
#define PERIOD(name) offsetof(settings, period.name)
static const nn_option options[] = {
    {"output", 'o', NN_TEXT, FIELD(output), "-", "FILE", 0, 0, "where the periods go; -: standard output"},
    {"json", 0, NN_FLAG, FIELD(json), "false", NULL, 0, 0, "a JSON object per line rather than CSV"},
    {"periodogram", 0, NN_TEXT, FIELD(spectrum), NULL, "FILE", 0, 0,
     "write the powers at all frequencies as CSV: object_id, frequency (cycles per day), power"},
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
    cli_period_worker **workers;
    int count;
    FILE *out, *spectrum;
    bool flush;
} writer;

static int work(void *context, int worker, const ds_points *points, double *row, nn_error *error)
{
    const writer *w = context;
    return cli_period_row(w->workers[worker], points, row, error);
}

static int json_line(const writer *w, const char *id, const double *row, nn_error *error)
{
    json_t *object = json_object();
    nn_json_set(object, "object_id", nn_json_text(id));
    for (int n = 0; n < cli_period_columns(&w->settings->period); n++) {
        const char *name = cli_period_column(&w->settings->period, n);
        if (strcmp(name, "alias") == 0)
            nn_json_set(object, name, isnan(row[n]) ? json_null() : json_boolean(row[n] != 0));
        else
            nn_json_set(object, name, nn_json_real(row[n]));
    }
    const bool failed =
        !nn_json_whole() || !nn_json_write(object, JSON_COMPACT | JSON_REAL_PRECISION(12), w->out);
    json_decref(object);
    fputc('\n', w->out);
    return failed ? nn_fail(error, NN_FAILED, "no memory for a line of JSON") : NN_OK;
}

static void csv_line(const writer *w, const char *id, const double *row)
{
    const locale_t c_locale = nn_c_locale(), before = c_locale ? uselocale(c_locale) : (locale_t)0;
    nn_csv_field(w->out, id);
    for (int n = 0; n < cli_period_columns(&w->settings->period); n++)
        if (isnan(row[n]))
            fputc(',', w->out);
        else
            fprintf(w->out, ",%.*g", cli_period_digits(&w->settings->period, n), row[n]);
    fputc('\n', w->out);
    if (before)
        uselocale(before);
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
        fprintf(l->out, ",%.10g,%.6g\n", l->first + l->step * (double)(n + k), power[k]);
    }
    if (before)
        uselocale(before);
}

static int give(void *context, const char *id, const ds_points *points, const double *row, nn_error *error)
{
    const writer *w = context;
    int code = NN_OK;
    if (w->settings->json)
        code = json_line(w, id, row, error);
    else
        csv_line(w, id, row);
    if (w->flush && fflush(w->out))
        return nn_fail(error, NN_FAILED, "standard output cannot be written");
    if (!code && w->spectrum) {
        lines l = {.out = w->spectrum, .id = id};
        code = cli_period_spectrum(w->workers[0], points, spectrum_lines, &l, &l.first, &l.step, error);
    }
    return code;
}

static int make_workers(writer *w, nn_pool *pool, nn_error *error)
{
    w->count = nn_pool_threads(pool);
    w->workers = calloc((size_t)w->count, sizeof(cli_period_worker *));
    if (!w->workers)
        return nn_no_memory(error);
    for (int n = 0; n < w->count; n++)
        if (!(w->workers[n] = cli_period_worker_new(&w->settings->period, error)))
            return NN_FAILED;
    return NN_OK;
}

static void headers(const writer *w)
{
    if (!w->settings->json) {
        fputs("object_id", w->out);
        for (int n = 0; n < cli_period_columns(&w->settings->period); n++)
            fprintf(w->out, ",%s", cli_period_column(&w->settings->period, n));
        fputc('\n', w->out);
    }
    if (w->spectrum)
        fputs("object_id,frequency,power\n", w->spectrum);
}

static int find(const settings *s, const char *path, nn_output *output, nn_output *spectrum, nn_error *error)
{
    writer w = {.settings = s,
                .out = nn_output_stream(output),
                .spectrum = spectrum ? nn_output_stream(spectrum) : NULL,
                .flush = strcmp(s->output, "-") == 0};
    ds_lightcurves *reader = NULL;
    nn_pool *pool = NULL;
    int code = cli_open_lightcurves(&reader, path, &s->photometry, NULL, NULL, error);
    if (!code)
        code = nn_pool_new(&pool, s->threads, error);
    if (!code)
        code = make_workers(&w, pool, error);
    if (!code) {
        cli_curves curves = {.reader = reader,
                             .pool = pool,
                             .stream = strcmp(path, "-") == 0,
                             .width = cli_period_columns(&s->period),
                             .context = &w,
                             .work = work,
                             .give = give};
        headers(&w);
        code = cli_curves_run(&curves, error);
        cli_say_lightcurves(reader);
    }
    for (int n = 0; w.workers && n < w.count; n++)
        cli_period_worker_free(w.workers[n]);
    free(w.workers);
    nn_pool_free(pool);
    ds_lightcurves_close(reader);
    return code;
}

static int check(const settings *s, nn_error *error)
{
    const cli_period_settings *p = &s->period;
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
    int code = check(s, error);
    if (!code)
        code = cli_check_input(run->operands[0], error);
    if (!code && !(output = nn_output_open(s->output, error)))
        code = NN_FAILED;
    if (!code && s->spectrum && !(spectrum = nn_output_open(s->spectrum, error)))
        code = NN_FAILED;
    if (!code)
        code = find(s, run->operands[0], output, spectrum, error);
    if (!code && spectrum) {
        code = nn_output_commit(spectrum, error);
        spectrum = NULL;
    }
    if (!code)
        return nn_output_commit(output, error);
    nn_output_abandon(output);
    nn_output_abandon(spectrum);
    return code;
}

static const cli_section sections[] = {{"Output", options, 0},
                                       {"Search", search_options, 0},
                                       {"Reading photometry", cli_photometry_options, FIELD(photometry)},
                                       {"Reading the files", cli_photometry_file_options, FIELD(photometry)},
                                       {0}};
static const cli_example examples[] = {{"auspex period stars.csv -o periods.csv", "a line per star"},
                                       {"auspex period stars.csv --harmonics 1 --periodogram spectrum.csv",
                                        "by sinusoids alone, with the spectra"},
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
