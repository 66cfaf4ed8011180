/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of auspex simulate that writes photometry and its catalogue. */
#include "cli/commands/simulate/simulate.h"

#include "cli/shell/report.h"
#include "datasets/lightcurves/band.h"
#include "datasets/simulate/write.h"
#include "lib/base/clock.h"
#include "lib/base/nearest.h"
#include "lib/pool.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 128 /* objects that are made before they are written */ };

static int refuse_class(const char *name, nn_error *error)
{
    const char *names[DS_SIM_CLASSES];
    for (int i = 0; i < DS_SIM_CLASSES; i++)
        names[i] = ds_sim_classes[i].name;
    const int near = nn_nearest_word(name, names, DS_SIM_CLASSES);
    if (near >= 0)
        return nn_fail(error, NN_USAGE, "--classes: there is no class '%.60s'; did you mean %s?", name,
                       names[near]);
    char all[400] = "";
    for (int i = 0; i < DS_SIM_CLASSES; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s (%d)", i ? ", " : "",
                 ds_sim_classes[i].name, ds_sim_classes[i].code);
    return nn_fail(error, NN_USAGE, "--classes: there is no class '%.60s'; there are %s", name, all);
}

static double mix_weight(int mix, const ds_sim_class *class)
{
    return mix == CLI_MIX_TRAINING ? class->training : mix == CLI_MIX_SURVEY ? class->survey : 1;
}

static int set_weights(const cli_simulate_settings *s, ds_sim_settings *out, nn_error *error)
{
    bool chosen[DS_SIM_CLASSES];
    for (int i = 0; i < DS_SIM_CLASSES; i++)
        chosen[i] = !s->classes && ds_sim_classes[i].code != 99;
    char *list = s->classes ? strdup(s->classes) : NULL, *rest = list;
    int code = s->classes && !list ? nn_no_memory(error) : NN_OK;
    for (char *name; !code && rest && (name = strsep(&rest, ","));) {
        const int class = ds_sim_class_find(name);
        if (class < 0)
            code = refuse_class(name, error);
        else
            chosen[class] = true;
    }
    free(list);
    for (int i = 0; i < DS_SIM_CLASSES && !code; i++) {
        out->weight[i] = chosen[i] ? mix_weight(s->mix, ds_sim_classes + i) : 0;
        if (chosen[i] && out->weight[i] == 0)
            code = nn_fail(error, NN_USAGE,
                           "--mix training: PLAsTiCC's training set has no objects of class %s (%d)",
                           ds_sim_classes[i].name, ds_sim_classes[i].code);
    }
    return code;
}

static int set_survey(const cli_simulate_settings *s, ds_sim_survey *survey, nn_error *error)
{
    ds_bands bands;
    const char *names[DS_SIM_BANDS];
    *survey = ds_sim_lsst;
    if (!s->bands)
        return NN_OK;
    const int code = ds_bands_parse_known(&bands, s->bands, NULL, error);
    if (code)
        return code;
    if (bands.count > DS_SIM_BANDS)
        return nn_fail(error, NN_USAGE, "--bands: %d bands; a simulated survey has up to %d", bands.count,
                       DS_SIM_BANDS);
    ds_bands_sort(&bands);
    for (int b = 0; b < bands.count; b++) {
        names[b] = bands.name[b];
        if (!(bands.wavelength[b] >= 3000 && bands.wavelength[b] <= 11000))
            return nn_fail(error, NN_USAGE,
                           "--bands: %s is at %g Angstrom; sources are known from 3000 to 11000",
                           bands.name[b], bands.wavelength[b]);
    }
    ds_sim_survey_make(survey, bands.count, names, bands.wavelength);
    return NN_OK;
}

/* --- the run --- */

typedef struct batch {
    const ds_simulator *simulator;
    const ds_sim_survey *survey;
    int64_t first;
    ds_sim_object *objects;
    nn_error errors[BATCH];
    int codes[BATCH];
} batch;

static void simulate_one(void *context, int n, int worker)
{
    batch *b = context;
    (void)worker;
    b->codes[n] = ds_simulate_object(b->simulator, b->first + n, b->objects + n, b->errors + n);
}

typedef struct tally {
    size_t epochs, detections, deep;
} tally;

static void write_object(ds_sink *data, ds_sink *metadata, const ds_sim_survey *survey,
                         const ds_sim_object *o, bool truth, tally *t)
{
    ds_sim_write_epochs(data, survey, o);
    ds_sim_write_metadata(metadata, o, truth);
    t->epochs += (size_t)o->count;
    t->deep += o->deep;
    for (int i = 0; i < o->count; i++)
        t->detections += o->epochs[i].detected;
}

static int simulate_all(const cli_simulate_settings *s, nn_pool *pool, batch *b, ds_sink *data,
                        ds_sink *metadata, tally *t, nn_error *error)
{
    ds_sim_write_header(data);
    ds_sim_write_metadata_header(metadata, s->truth);
    for (b->first = 0; b->first < s->objects; b->first += BATCH) {
        const int64_t left = s->objects - b->first;
        const int count = left < BATCH ? (int)left : BATCH;
        nn_pool_run(pool, count, simulate_one, b);
        for (int i = 0; i < count; i++) {
            if (b->codes[i]) {
                nn_error_copy(error, &b->errors[i]);
                return b->codes[i];
            }
            write_object(data, metadata, b->survey, b->objects + i, s->truth, t);
        }
        if (ds_sink_failed(data) || ds_sink_failed(metadata))
            return NN_OK; /* committing says why */
        cli_progress("%lld of %d objects", (long long)b->first + count, s->objects);
    }
    return NN_OK;
}

/* Commits the metadata first: data without it would be of less use than metadata without data. */
static int finish(int code, ds_sink *data, ds_sink *metadata, nn_error *error)
{
    if (!code)
        code = ds_sink_finish(data, error);
    if (!code) {
        code = ds_sink_commit(metadata, error);
        metadata = NULL;
    }
    if (!code) {
        code = ds_sink_commit(data, error);
        data = NULL;
    }
    ds_sink_abandon(metadata);
    ds_sink_abandon(data);
    return code;
}

static int write_files(const cli_simulate_settings *s, nn_pool *pool, batch *b, nn_error *error)
{
    const double start = nn_seconds();
    char objects[40], epochs[40], took[32];
    tally t = {0};
    ds_sink *data = ds_sink_open(s->output, error),
            *metadata = data ? ds_sink_open(s->metadata, error) : NULL;
    int code = metadata ? simulate_all(s, pool, b, data, metadata, &t, error) : NN_FAILED;
    code = finish(code, data, metadata, error);
    if (!code)
        cli_say_note("%s object%s (%zu in deep fields), %s points, %.0f%% of them detections, in %s",
                     cli_count((size_t)s->objects, objects), s->objects == 1 ? "" : "s", t.deep,
                     cli_count(t.epochs, epochs), 100.0 * (double)t.detections / (double)t.epochs,
                     cli_duration(nn_seconds() - start, took));
    return code;
}

int cli_simulate_lightcurves(const cli_simulate_settings *s, nn_error *error)
{
    ds_sim_settings settings = {
        .seed = s->seed, .balanced = s->mix == CLI_MIX_EQUAL, .deep_share = s->deep, .specz_share = s->specz};
    ds_simulator *simulator = NULL;
    nn_pool *pool = NULL;
    batch *b = calloc(1, sizeof *b);
    ds_sim_survey survey;
    int code = set_weights(s, &settings, error);
    settings.survey = &survey;
    if (!code)
        code = set_survey(s, &survey, error);
    if (!code && !s->output)
        code = nn_fail(error, NN_USAGE, "--output is missing: where do the light curves go?");
    if (!code && !s->metadata)
        code = nn_fail(error, NN_USAGE, "--metadata is missing: where do places, redshifts and classes go?");
    if (!code && strcmp(s->output, "-") == 0 && strcmp(s->metadata, "-") == 0)
        code = nn_fail(error, NN_USAGE, "data and metadata cannot both go to standard output");
    if (!code)
        code = ds_simulator_new(&simulator, &settings, error);
    if (!code)
        code = nn_pool_new(&pool, s->threads, error);
    if (!code && (!b || !(b->objects = calloc(BATCH, sizeof *b->objects))))
        code = nn_no_memory(error);
    if (!code) {
        b->simulator = simulator;
        b->survey = &survey;
        code = write_files(s, pool, b, error);
    }
    if (b)
        free(b->objects);
    free(b);
    nn_pool_free(pool);
    ds_simulator_free(simulator);
    return code;
}
