/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains classifiers of light curves in turn, and keeps the one that validation objects speak for. */
#include "cli/input/lightcurves/automatic.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "forecast/tasks/lightcurves/training/automatic.h"
#include "forecast/tasks/lightcurves/training/rival_grow.h"
#include "forecast/training/fit.h"
#include "lib/base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NETWORKS = 2 };

typedef const char *const (*pairs)[2];

/* Moderate sizes of each. */
static const char *const grid[][2] = {{"heads", "4"}, {NULL, NULL}};
static const char *const points[][2] = {{"d-model", "32"}, {"most-points", "128"}, {NULL, NULL}};
static const char *const stars[][2] = {
    {"d-model", "32"}, {"most-points", "128"}, {"time", "fold"}, {"flux", "own"}, {NULL, NULL}};

typedef struct automatic {
    const char *path;
    const cli_training_settings *settings;
    const fc_request *request;
    cli_training_set sets[NETWORKS];
    fc_model *models[NETWORKS];
    fc_tries tries;
    bool blind; /* without redshifts */
} automatic;

bool cli_light_auto_meant(const cli_training_settings *s)
{
    return s->model && strcmp(s->model, "auto") == 0;
}

int cli_light_auto_check(const fc_kind *kind, nn_error *error)
{
    static const char *const others[] = {"from", "teacher", "blend",   "resume", "plan",
                                         "plot", "rival",   "mixture", NULL};
    for (const nn_option *o = kind->options; o->name; o++)
        if (strcmp(o->name, "redshift") != 0 && cli_given(o->name))
            return nn_fail(error, NN_USAGE, "--%s: --model auto chooses the settings of what it tries",
                           o->name);
    for (const char *const *name = others; *name; name++)
        if (cli_given(*name))
            return nn_fail(error, NN_USAGE, "--%s is not for --model auto, which trains several classifiers",
                           *name);
    return NN_OK;
}

static int on_progress(void *context, const fc_progress *p)
{
    cli_progress("%s  epoch %d/%d  loss %.4f", (const char *)context, p->epoch, p->epochs, p->train_loss);
    return cli_interrupted();
}

static int make_config(void **config, const fc_kind *kind, pairs settings, bool blind, nn_error *error)
{
    int code = fc_kind_config(config, kind, error);
    for (; !code && (*settings)[0]; settings++)
        code = nn_option_set(nn_option_find(kind->options, (*settings)[0]), *config, (*settings)[1], error);
    if (!code && blind)
        code = nn_option_set(nn_option_find(kind->options, "redshift"), *config, "none", error);
    return code;
}

/* Reads the objects as the kind sees them, with features for the first; others take these over. */
static int read_set(automatic *a, int n, fc_request *request, fc_training *training, nn_error *error)
{
    cli_training_set *set = &a->sets[n];
    training->rival = n == 0;
    training->mixture = 0;
    int code = cli_training_set_open(set, a->path, a->settings, request, error);
    if (!code)
        code = fc_model_new(&a->models[n], request, error);
    if (!code)
        code = cli_training_set_read(set, a->settings, a->models[n], request, error);
    if (!code && n)
        code = fc_take_features(&set->set, &a->sets[0].set, error);
    training->rival = training->mixture = 1;
    if (!code)
        a->models[n]->record.training = *training;
    return code;
}

/* Networks learn as forests do here, every object counting the same, unless asked otherwise: what is compared
 * is the mean over objects. */
static int try_network(automatic *a, int n, const char *name, pairs settings, nn_error *error)
{
    fc_request request = *a->request;
    fc_training training = *a->request->training;
    void *config = NULL;
    char took[32];
    const double start = nn_seconds();
    request.kind = fc_kind_find(name);
    request.training = &training;
    request.progress = on_progress;
    request.context = (void *)name;
    request.checkpoint = NULL;
    if (!cli_given("balanced"))
        training.balanced = 0;
    int code = make_config(&config, request.kind, settings, a->blind, error);
    request.config = config;
    if (!code)
        code = read_set(a, n, &request, &training, error);
    if (!code)
        code = fc_fit(a->models[n], &request, error);
    cli_progress_end();
    if (!code)
        code =
            fc_tries_add(&a->tries, fc_classifier_of(a->models[n]), &a->sets[n].set, a->request->pool, error);
    if (!code)
        cli_say("%s tried in %s", name, cli_duration(nn_seconds() - start, took));
    fc_kind_config_free(config, request.kind);
    return code;
}

static int are_stars(automatic *a, bool *periodic, nn_error *error)
{
    fc_classifier *rival;
    const int code = fc_rival_new(&rival, fc_classifier_of(a->models[0]), 1, error);
    *periodic = !code && fc_are_periodic(&a->sets[0].set, rival);
    fc_model_free(rival ? &rival->base : NULL);
    return code;
}

static void say(const fc_tries *t)
{
    cli_say("%-20s  validation -ln p  accuracy", "classifier");
    for (int i = 0; i < t->count; i++)
        cli_say("%-20s  %16.4f  %8.4f%s", t->of[i].name, t->of[i].loss, t->of[i].accuracy,
                i == t->best ? "  chosen" : "");
    if (t->few)
        cli_say_note(
            "%zu validation objects are few: the forest stays unless another is better by a standard "
            "error",
            t->of[0].count);
}

/* The chosen one, which is no longer the list's. */
static int take_best(automatic *a, fc_model **model, nn_error *error)
{
    const fc_try *best = &a->tries.of[a->tries.best];
    const fc_class_set *set = &a->sets[best->model].set;
    fc_classifier *network = fc_classifier_of(a->models[best->model]);
    int code = NN_OK;
    if (best->form == FC_TRY_FOREST)
        code = fc_fit_forest(model, &network->base, set, a->request, error);
    else if (best->form == FC_TRY_ALONE)
        code = fc_leave_mixture(network, set, a->request->pool, error);
    if (!code && best->form != FC_TRY_FOREST) {
        *model = &network->base;
        a->models[best->model] = NULL;
    }
    fc_classifier *chosen = fc_classifier_of(*model);
    if (!code && !(chosen->tried = fc_tries_text(&a->tries)))
        code = nn_no_memory(error);
    return code;
}

int cli_light_auto(fc_model **model, const char *path, const cli_training_settings *settings,
                   const fc_request *request, nn_error *error)
{
    automatic a = {.path = path, .settings = settings, .request = request};
    fc_sight_settings sight;
    bool periodic = false;
    ((const fc_lightcurves_network *)request->kind->network)->sight(request->config, &sight);
    a.blind = sight.extras == FC_EXTRAS_NONE;
    int code = try_network(&a, 0, "t2", grid, error);
    if (!code)
        code = are_stars(&a, &periodic, error);
    if (!code && periodic)
        cli_say("most of the objects to train on are periodic: t2-points sees them folded (--time fold "
                "--flux own)");
    if (!code)
        code = try_network(&a, 1, "t2-points", periodic ? stars : points, error);
    if (!code) {
        fc_tries_choose(&a.tries, a.sets[0].set.classes);
        say(&a.tries);
        code = take_best(&a, model, error);
    }
    for (int n = 0; n < NETWORKS; n++) {
        fc_model_free(a.models[n]);
        cli_training_set_clear(&a.sets[n]);
    }
    fc_tries_clear(&a.tries);
    return code;
}
