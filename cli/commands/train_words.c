/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of a training before it begins and when it is done. */
#include "cli/commands/train_words.h"

#include "cli/input/automatic.h"
#include "cli/output/loss_figure.h"
#include "cli/output/model.h"
#include "cli/shell/report.h"
#include "datasets/stations/panel.h"
#include "forecast/tasks/lightcurves/lightcurves.h"
#include "forecast/tasks/lightcurves/rival.h"
#include "forecast/tasks/lightcurves/training/grow.h"
#include "forecast/tasks/stations/stations.h"

#include <inttypes.h>
#include <math.h>

enum { FEW_OBJECTS = 50 /* that a temperature is fitted to */ };

static void say_panel(const fc_model *model, const ds_panel *panel)
{
    size_t all = panel->rows * (size_t)panel->count;
    cli_say("%d stations with %d variable%s, %d known beforehand; %zu of %zu target values are valid, %zu "
            "masked, %zu missing",
            panel->count, panel->variables, panel->variables == 1 ? "" : "s", panel->futures,
            panel->valid_count, all, panel->masked_count, panel->missing_count);
    if (!fc_model_panel(model)->coordinates && !fc_model_panel(model)->adjacency)
        cli_say("no coordinates (--stations): stations are told apart by what is learnt of each");
}

void cli_say_training(const fc_model *model, const fc_request *request)
{
    const ds_table *table = request->panel ? request->panel->table : request->table;
    const ds_split *split = request->split;
    char weights[40];
    int targets = 0;
    for (int j = 0; j < model->columns; j++)
        targets += model->is_target[j];
    const bool undated = table->frequency.unit == DS_UNIT_STEP && !table->layout.timed;
    cli_say("%s on %s%s: %d column%s, %d to forecast, look-back %d, horizon %d, %s weights",
            model->kind->name, table->path, undated ? ", rows without stamps" : "", model->columns,
            model->columns == 1 ? "" : "s", targets, model->lookback, model->horizon,
            cli_count(cli_model_size(model), weights));
    cli_say(
        "%zu rows to train, %zu to validate, %zu to test (%s); scaler %s, time features %s, seed %" PRIu64,
        split->train.end - split->train.begin, split->validation.end - split->validation.begin,
        split->test.end - split->test.begin, model->split, ds_scaler_name(request->scaler), model->features,
        model->record.training.seed);
    if (model->season_found)
        cli_say("season of %d rows, found in the training rows (--season names another)", model->season);
    else if (fc_model_season(model) == 1 && !request->season)
        cli_say("no season: the calendar knows none for these rows, and the training rows show none");
    if (model->static_count)
        cli_say("what never changes in a series, %s, told by %d numbers", model->statics,
                model->static_count);
    if (request->panel)
        say_panel(model, request->panel);
    else
        cli_say_unseen(table, model);
}

/* What answers by a tree of classes were worth on the validation part. */
static void say_answers(const fc_hierarchy *h)
{
    if (!h->text || isnan(h->rule.precision))
        return;
    cli_say(
        "answers by the tree of classes from probability %.2f on: %.1f%% of the validation objects, %.1f%% "
        "of them right",
        h->rule.confidence, 100 * h->rule.answered, 100 * h->rule.precision);
    if (h->rule.precision < 0.9)
        cli_say_note("even from there on less than nine of ten answers are right");
}

/* The network and the forest beside it, by what each says of the validation objects. */
static void say_rival(const fc_classifier *model)
{
    const fc_classifier *forest = fc_rival_of(model);
    const fc_rivalry *r = &model->rivalry;
    if (!forest || isnan(r->log_loss))
        return;
    const double own = model->base.record.validation_log_loss;
    cli_say(
        "beside it a forest on features, of the objects to train on alone: accuracy %.4f, mean -ln p %.4f on "
        "the same validation objects, on which the network chose its epoch and temperature; %s",
        r->accuracy, r->log_loss, r->log_loss < own ? "the forest is better" : "the network is better");
    if (isnan(r->share))
        return;
    if (r->share > 0)
        cli_say(
            "probabilities are mixed, %.1f of the network and %.1f of the forest: accuracy %.4f, mean -ln p "
            "%.4f there, where that share is the best",
            1 - r->share, r->share, r->mixed_accuracy, r->mixed_log_loss);
    else
        cli_say_note(
            "no share of the forest makes the network better on the validation objects: it stays alone");
}

static void say_classes(const fc_classifier *model, const char *output, double loss, const char *took)
{
    const fc_record *r = &model->base.record;
    if (fc_classifier_grows(&model->base)) {
        char nodes[40];
        cli_say("grown in %s, %s nodes; model in %s", took, cli_count((size_t)model->forest.nodes, nodes),
                output);
        cli_say("objects by the trees that have not seen them: accuracy %.4f, mean -ln p %.4f (shares of the "
                "classes alone: %.4f) at temperature %.3f",
                r->validation_accuracy, r->validation_log_loss, r->naive_validation_loss, model->temperature);
        if (!(r->validation_log_loss < r->naive_validation_loss))
            cli_say_note("the model is no better than the shares of the classes");
        return;
    }
    if (!r->best_epoch)
        cli_say_note("no epoch was better than the weights as they were, which are kept; auspex calibrate "
                     "may still help");
    cli_say("kept epoch %d of %d: validation loss %.6f (shares of the classes alone: %.6f); %s; model in %s",
            r->best_epoch, r->epochs, loss, r->naive_validation_loss, took, output);
    cli_say("validation objects: accuracy %.4f, mean -ln p %.4f at temperature %.3f", r->validation_accuracy,
            r->validation_log_loss, model->temperature);
    say_rival(model);
    if (r->validation < FEW_OBJECTS)
        cli_say_note("the temperature is from %zu object%s: how far the probabilities can be trusted is "
                     "uncertain, and "
                     "so is novelty",
                     r->validation, r->validation == 1 ? "" : "s");
    if (!(loss < r->naive_validation_loss))
        cli_say_note("the model is no better than the shares of the classes");
}

static void say_skill(const fc_model *model, const char *output, double loss, const char *took)
{
    const fc_record *r = &model->record;
    const double start = r->start_validation_loss, naive = r->naive_validation_loss;
    if (model->state && isfinite(start))
        cli_say("starts from linear forecasts: validation %s %.6f", cli_loss_name(&r->training), start);
    if (r->best_epoch == 0)
        cli_say_note("no epoch was clearly better than the linear forecasts, which are what is kept");
    cli_say("kept epoch %d of %d: validation %s %.6f; %s; model in %s", r->best_epoch, r->epochs,
            cli_loss_name(&r->training), loss, took, output);
    if (!isfinite(naive) || naive <= 0)
        return;
    if (loss < naive)
        cli_say("the better naive forecast, %s, gives %.6f on the same windows: the model is %.1f%% better",
                r->naive_name, naive, 100 * (1 - loss / naive));
    else
        cli_say_note("the better naive forecast, %s, gives %.6f on the same windows: the model is no better",
                     r->naive_name, naive);
}

void cli_say_trained(const fc_model *model, const char *output, double seconds)
{
    const fc_record *r = &model->record;
    const double loss = fc_record_loss(r);
    char took[32];
    cli_duration(seconds, took);
    if (model->kind->forecaster) {
        cli_automatic_say(model);
        cli_say("fitted in %s; model in %s", took, output);
    } else if (fc_kind_purpose(model->kind) == FC_CLASSIFIES) {
        say_classes(fc_classifier_of(model), output, loss, took);
        say_answers(&fc_classifier_of(model)->hierarchy);
    } else
        say_skill(model, output, loss, took);
}
