/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains drawn networks rung by rung and keeps the better third of each. */
#include "forecast/search/halving.h"

#include "forecast/forecaster.h"
#include "forecast/passing.h"
#include "forecast/training/checkpoint.h"
#include "forecast/training/fit.h"
#include "lib/base/clock.h"
#include "lib/base/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double spare = 0.85; /* of the time that trainings are planned for */

typedef struct job {
    fc_halving *self;
    const fc_halving_settings *settings;
    double begin, last_step; /* seconds of the clock */
    size_t steps;
    fc_trial_run *now;
    bool stopped;   /* by who looks on */
    bool caught_up; /* with what was trained before the search was stopped */
    bool recalling; /* what was trained before: it has its time */
    int *order;     /* candidates of the rung, the best first */
    int order_count;
    uint64_t draw;
    fc_shared_fit base; /* of all candidates that add to one */
    const int *todo;    /* candidates that the rung has left, with the one in hand; left */
    int left;
    fc_ahead ahead; /* those that other ranks trained meanwhile */
} job;

int fc_halving_rungs(int epochs[FC_HALVING_RUNGS], int last)
{
    int rungs = 0, value[FC_HALVING_RUNGS];
    for (int e = last; rungs < FC_HALVING_RUNGS && e >= 1; e /= FC_HALVING_SHARE)
        value[rungs++] = e;
    for (int r = 0; r < rungs; r++)
        epochs[r] = value[rungs - 1 - r];
    return rungs;
}

const fc_trial_run *fc_halving_last(const fc_halving *self, int candidate)
{
    const fc_trial_run *last = NULL;
    for (int i = 0; i < self->run_count; i++)
        if (self->run[i].candidate == candidate && !isnan(self->run[i].loss))
            last = &self->run[i];
    return last;
}

void fc_halving_clear(fc_halving *self, const fc_kind *kind)
{
    for (int i = 0; i < self->count; i++)
        fc_candidate_clear(&self->candidate[i], kind);
    free(self->candidate);
    free(self->run);
    fc_model_free(self->model);
    *self = (fc_halving){0};
}

/* --- one training --- */

static bool is_late(const job *j)
{
    const double most = j->settings->seconds;
    return nn_ranks_agree(most > 0 && nn_seconds() - j->begin > most);
}

static int on_progress(void *context, const fc_progress *p)
{
    job *j = context;
    const double now = nn_seconds();
    if (p->step > 1 && p->step < p->steps) { /* the end of an epoch holds its validation, too */
        j->steps++;
        j->now->step += now - j->last_step;
    }
    j->last_step = now;
    if (nn_ranks_any(j->settings->progress &&
                     j->settings->progress(j->settings->context, j->self, j->now, p, now - j->begin)))
        j->stopped = true;
    const bool first = j->self->run_count == 1; /* one is always trained */
    return j->stopped || (!first && !j->recalling && is_late(j));
}

static double loss_in(const fc_halving *h, int candidate, int rung)
{
    for (int i = 0; i < h->run_count; i++)
        if (h->run[i].candidate == candidate && h->run[i].rung == rung)
            return h->run[i].loss;
    return INFINITY;
}

static int new_model(fc_model **model, const job *j, int candidate, int epochs, bool last, nn_error *error)
{
    fc_request request = *j->settings->space.request;
    fc_training training = *request.training;
    training.epochs = epochs;
    request.training = &training;
    request.config = j->self->candidate[candidate].config;
    request.points = !last;
    const int code = fc_model_new(model, &request, error);
    if (!code && j->settings->prepare)
        j->settings->prepare(j->settings->context, *model);
    return code;
}

/* The best of a rung is kept; of another rung it is replaced. */
static bool is_best(const fc_halving *h, const fc_trial_run *run)
{
    return h->best_run < 0 || h->reached != run->rung || run->loss < loss_in(h, h->best, run->rung);
}

static void make_best(fc_halving *h, fc_model *model, const fc_trial_run *run)
{
    fc_model_free(h->model);
    h->model = model;
    h->best = run->candidate;
    h->best_run = (int)(run - h->run);
    h->reached = run->rung;
}

/* Of the trainings that are done that of the best alone stays in a file. */
static void forget_others(job *j, int index, int before)
{
    fc_checkpoint *checkpoint = j->settings->space.request->checkpoint;
    if (!checkpoint)
        return;
    if (j->self->best_run != index)
        fc_checkpoint_forget(checkpoint, index + 1);
    else if (before >= 0)
        fc_checkpoint_forget(checkpoint, before + 1);
}

/* One training, or what its checkpoint has of it. */
static int fit(job *j, fc_model **model, fc_trial_run *run, int index, nn_error *why, nn_error *error)
{
    fc_request request = *j->settings->space.request;
    const bool last = run->rung + 1 == j->self->rungs;
    int code = new_model(model, j, run->candidate, run->epochs, last, error);
    if (!code && request.checkpoint)
        code = fc_checkpoint_part(request.checkpoint, index + 1, error);
    if (code)
        return code;
    j->now = run;
    j->steps = 0;
    request.points = !last;
    request.base = &j->base;
    request.progress = on_progress;
    request.context = j;
    const int done = fc_fit(*model, &request, why);
    return done ? nn_fail(error, done, "%s", why->text) : NN_OK;
}

/* The same, with what the run came to. */
static int fit_timed(job *j, fc_model **model, fc_trial_run *run, int index, nn_error *error)
{
    nn_error why = {0};
    const double start = nn_seconds();
    const int code = fit(j, model, run, index, &why, error);
    run->seconds = nn_seconds() - start;
    run->step = j->steps ? run->step / (double)j->steps : NAN;
    if (!code) {
        const double loss = fc_record_loss(&(*model)->record);
        run->best_epoch = (*model)->record.best_epoch;
        run->loss = isnan(loss) ? INFINITY : loss;
    }
    return code;
}

static fc_trial_run *new_run(const job *j, int index, int candidate, int rung)
{
    fc_trial_run *run = &j->self->run[index];
    *run = (fc_trial_run){
        .candidate = candidate, .rung = rung, .epochs = j->self->epochs[rung], .loss = NAN, .step = 0};
    return run;
}

/* One of those that are left, ahead of its turn. */
static int fit_piece(void *context, int index, fc_model **model, nn_error *error)
{
    job *j = context;
    const int now = j->self->run_count - 1;
    return fit_timed(j, model, new_run(j, index, j->todo[index - now], j->self->run[now].rung), index, error);
}

/* By all ranks together, or by one of them while others train those that come next. *model: NULL where a rank
 * has it ahead. */
static int fit_or_take(job *j, fc_model **model, fc_trial_run *run, int index, nn_error *error)
{
    const fc_request *request = j->settings->space.request;
    int code = NN_OK;
    if (!fc_ahead_has(&j->ahead, index) && fc_ahead_pays(j->left, request->training->shards)) {
        code = fc_ahead_go(&j->ahead, index, j->left, fit_piece, j, error);
        j->stopped = nn_ranks_any(j->stopped);
    }
    if (code)
        return code;
    if (!fc_ahead_has(&j->ahead, index)) {
        code = fit_timed(j, model, run, index, error);
        nn_ranks_broadcast(&run->seconds, sizeof run->seconds, 0); /* what is done next goes by it */
        return code;
    }
    nn_ranks_broadcast(run, sizeof *run, fc_ahead_rank(&j->ahead, index));
    j->now = run;
    return fc_ahead_code(&j->ahead, index, error);
}

static int fit_again_piece(void *context, int index, fc_model **model, nn_error *error)
{
    job *j = context;
    fc_trial_run again = j->self->run[index];
    nn_error why = {0};
    return fit(j, model, &again, index, &why, error);
}

/* The model of a training that was done before, by one rank where all cannot share it. */
static int fit_again(job *j, fc_model **model, int index, nn_error *error)
{
    fc_ahead one = {0};
    int code;
    j->recalling = true;
    if (fc_ahead_pays(1, j->settings->space.request->training->shards)) {
        code = fc_ahead_go(&one, index, 1, fit_again_piece, j, error);
        code = code ? code : fc_ahead_code(&one, index, error);
        code = code ? code : fc_ahead_model(model, &one, index, error);
        fc_ahead_clear(&one);
    } else
        code = fit_again_piece(j, index, model, error);
    j->recalling = false;
    return code;
}

/* A training that was done before: of the best the model is wanted, too, where its file is there. */
static int recall(job *j, fc_trial_run *run, int index, nn_error *error)
{
    fc_checkpoint *checkpoint = j->settings->space.request->checkpoint;
    fc_model *model = NULL;
    if (!isfinite(run->loss) || !is_best(j->self, run))
        return NN_OK;
    make_best(j->self, NULL, run);
    if (!checkpoint || fc_checkpoint_part(checkpoint, index + 1, error) ||
        !nn_ranks_agree(fc_checkpoint_is_there(checkpoint)))
        return NN_OK;
    const int code = fit_again(j, &model, index, error);
    if (code)
        fc_model_free(model);
    else
        j->self->model = model;
    return code;
}

/* A candidate that diverges loses and ends nothing. */
static int train(job *j, int candidate, int rung, nn_error *error)
{
    fc_halving *h = j->self;
    const int index = h->run_count++, before = h->best_run;
    fc_trial_run *run = fc_ahead_has(&j->ahead, index) ? &h->run[index] : new_run(j, index, candidate, rung);
    fc_model *model = NULL;
    if (fc_halving_recall(j->settings->ledger, index, run))
        return recall(j, run, index, error);
    if (!j->caught_up) /* drawing and recalling take no time of the budget again */
        j->begin -= fc_halving_spent(j->settings->ledger);
    j->caught_up = true;
    int code = fit_or_take(j, &model, run, index, error);
    if (!code && is_best(h, run) && !model)
        code = fc_ahead_model(&model, &j->ahead, index, error);
    if (code == NN_OK) {
        if (is_best(h, run))
            make_best(h, model, run);
        else
            fc_model_free(model);
    } else {
        fc_model_free(model);
        if (code == NN_STOPPED)
            h->run_count--; /* half a training says nothing */
        if ((code != NN_FAILED && code != NN_DIVERGED) || j->stopped || candidate == 0)
            return code;
        run->loss = INFINITY;
        if (error)
            *error = (nn_error){0};
    }
    fc_halving_note(j->settings->ledger, index, run, nn_seconds() - j->begin);
    forget_others(j, index, before);
    return NN_OK;
}

/* The best of what was recalled, where its file was lost. */
static int train_best_again(job *j, nn_error *error)
{
    fc_halving *h = j->self;
    if (h->best_run < 0 || h->model)
        return NN_OK;
    const int code = fit_again(j, &h->model, h->best_run, error);
    if (code) {
        fc_model_free(h->model);
        h->model = NULL;
    }
    return code;
}

/* --- how many --- */

/* Epochs of everything for so many candidates beside the first. */
static double epochs_for(const fc_halving *h, int candidates)
{
    double sum = 0;
    int left = candidates;
    for (int r = 0; r < h->rungs; r++) {
        sum += (double)(left + 1) * h->epochs[r];
        left = left / FC_HALVING_SHARE > 0 ? left / FC_HALVING_SHARE : 1;
    }
    return sum;
}

static int count_for(const job *j, double seconds_an_epoch)
{
    const fc_halving *h = j->self;
    const double most = j->settings->seconds * spare / seconds_an_epoch;
    int n = 1;
    while (n < FC_HALVING_MOST && epochs_for(h, n + 1) <= most)
        n++;
    return n;
}

static int draw_all(job *j, int wanted, nn_error *error)
{
    fc_halving *h = j->self;
    nn_error why = {0};
    fc_candidate *more = realloc(h->candidate, (size_t)(wanted + 1) * sizeof *more);
    if (!more)
        return nn_no_memory(error);
    h->candidate = more;
    while (h->count <= wanted && !h->few && !is_late(j)) {
        j->stopped = nn_ranks_any(j->settings->stopped && j->settings->stopped());
        if (j->stopped)
            return nn_fail(error, NN_STOPPED, "stopped");
        const int code = fc_candidate_draw(&h->candidate[h->count], &j->settings->space, h->candidate,
                                           h->count, &j->draw, &h->refusals, &why);
        if (code == NN_USAGE)
            h->few = true;
        else if (code)
            return nn_fail(error, code, "%s", why.text);
        h->count += !h->few;
        if (h->few)
            fc_candidate_clear(&h->candidate[h->count], j->settings->space.request->kind);
    }
    const size_t runs = (size_t)(h->count + 1) * FC_HALVING_RUNGS;
    fc_trial_run *room = realloc(h->run, runs * sizeof *room);
    if (!room)
        return nn_no_memory(error);
    h->run = room;
    free(j->order);
    j->order = malloc((size_t)(h->count + 1) * sizeof *j->order);
    return j->order ? NN_OK : nn_no_memory(error);
}

/* --- the rungs --- */

/* The better third of those of the rung, beside the first candidate, which goes on whatever it did. */
static void promote(job *j, int rung)
{
    int *o = j->order, n = j->order_count;
    for (int i = 1; i < n; i++) {
        const int c = o[i];
        const double loss = loss_in(j->self, c, rung);
        int k = i;
        for (; k > 0 && loss_in(j->self, o[k - 1], rung) > loss; k--)
            o[k] = o[k - 1];
        o[k] = c;
    }
    j->order_count = n / FC_HALVING_SHARE > 0 ? n / FC_HALVING_SHARE : n > 0;
}

static int train_in_time(job *j, int candidate, int rung, nn_error *error)
{
    return is_late(j) ? nn_fail(error, NN_STOPPED, "the time is up") : train(j, candidate, rung, error);
}

/* The best of the rung below comes first, so that what is kept is never worse for want of time. */
static int run_rung(job *j, int rung, nn_error *error)
{
    const int first = rung > 0 ? j->self->best : 0;
    int *todo = malloc(((size_t)j->order_count + 2) * sizeof *todo), count = 0, code = NN_OK;
    if (!todo)
        return nn_no_memory(error);
    if (rung > 0)
        todo[count++] = first;
    if (first > 0)
        todo[count++] = 0;
    for (int i = 0; i < j->order_count; i++)
        if (j->order[i] != first)
            todo[count++] = j->order[i];
    for (int i = 0; i < count && !code; i++) {
        j->todo = todo + i;
        j->left = count - i;
        code = train_in_time(j, todo[i], rung, error);
    }
    free(todo);
    if (!code)
        promote(j, rung);
    return code;
}

static int run_all(job *j, nn_error *error)
{
    fc_halving *h = j->self;
    static const int given = 0;
    j->todo = &given;
    j->left = 1;
    int wanted = j->settings->candidates, code = train(j, given, 0, error);
    if (code)
        return code;
    const int side = fc_ahead_has(&j->ahead, 0) ? nn_ranks() : 1; /* by side */
    if (!wanted)
        wanted = count_for(j, h->run[0].seconds / h->epochs[0] / side);
    code = draw_all(j, wanted, error);
    if (code)
        return code;
    for (int c = 1; c < h->count; c++)
        j->order[j->order_count++] = c;
    for (int r = 0; r < h->rungs && !code; r++)
        code = run_rung(j, r, error);
    if (code != NN_STOPPED || j->stopped)
        return code;
    h->short_of_time = true; /* the budget is no error */
    if (error)
        *error = (nn_error){0};
    return NN_OK;
}

int fc_halving_run(fc_halving *self, const fc_halving_settings *settings, nn_error *error)
{
    job j = {.self = self, .settings = settings, .begin = nn_seconds()};
    *self = (fc_halving){
        .candidate = calloc(1, sizeof *self->candidate), .run = calloc(1, sizeof *self->run), .best_run = -1};
    if (!self->candidate || !self->run)
        return nn_no_memory(error);
    self->rungs = fc_halving_rungs(self->epochs, settings->space.request->training->epochs);
    int code = fc_candidate_given(&self->candidate[0], &settings->space, error);
    self->count = 1;
    if (!code)
        code = run_all(&j, error);
    if (!code)
        code = train_best_again(&j, error);
    free(j.order);
    fc_ahead_clear(&j.ahead);
    fc_shared_fit_clear(&j.base);
    return code;
}

void fc_halving_forget(const fc_halving *self, const fc_halving_settings *settings)
{
    for (int part = 1; settings->space.request->checkpoint && part <= self->run_count + 1; part++)
        fc_checkpoint_forget(settings->space.request->checkpoint, part);
    fc_ledger_remove(settings->ledger);
}
