/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums the errors of a model and of its naive rivals over the windows of a table, all over the same values.
 */
#include "forecast/scores/evaluate.h"
#include "forecast/scores/forecast_rows.h"
#include "forecast/scores/intervals.h"

#include "forecast/tasks/series/view.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* What is summed of each column over windows and steps; arrays of their own are summed several at once. */
enum { COUNT, SQUARE, ABSOLUTE, SYMMETRIC, SHARE, SUMS };

/* What came in one window, horizon x columns each, the same for all forecasters. Where nothing is known the
 * weight is 0, and the others are harmless. */
typedef struct came {
    double *weight, *scaled, *own, *size; /* 0 or 1; scaled; as the file has it; |own| */
} came;
enum { CAME = sizeof(came) / sizeof(double *) };

typedef struct scoring {
    const fc_scope *scope;
    const ds_windows *windows;
    int *target;    /* columns: its number among the targets */
    nn_real *naive; /* horizon x columns, for one window */
    came came;
    double *sums;            /* FC_FORECASTERS x SUMS x columns */
    double *error;           /* columns: of one step */
    double *off;             /* horizon x targets: of one window, for intervals */
    fc_forecast_rows *rows;  /* NULL: forecasts are not written */
    fc_rows_window window;   /* of which they are written */
    double *own;             /* (1 + FC_FORECASTERS) x horizon x targets: truth and forecasts of one window */
    double *scale;           /* targets */
    const char **names;      /* targets */
    struct fc_truths *truth; /* targets */
    size_t skipped;
    fc_rivals rivals;
    const fc_training *training; /* of the model: its loss decides; NULL: the square does */
    fc_tally *tallies;           /* FC_FORECASTERS; rivals without sums are not scored */
} scoring;

/* Adds a step's errors to the columns' sums, see fc_sums, and notes them; without a branch, so that several
 * columns are added at once. at: of the step in what came. */
static void add_row(const scoring *self, double *restrict sums, size_t at, const nn_real *restrict forecast)
{
    const size_t n = (size_t)self->scope->count;
    const double *restrict scale = self->scope->scaler.scale, *restrict shift = self->scope->scaler.shift;
    const double *restrict weight = self->came.weight + at, *restrict scaled = self->came.scaled + at,
                           *restrict own = self->came.own + at, *restrict size = self->came.size + at;
    double *restrict error = self->error, *restrict count = sums, *restrict square = sums + SQUARE * n,
                     *restrict absolute = sums + ABSOLUTE * n, *restrict symmetric = sums + SYMMETRIC * n,
                     *restrict share = sums + SHARE * n;
    for (size_t j = 0; j < n; j++) {
        const double f = (double)forecast[j], e = weight[j] * (f - scaled[j]);
        const double own_forecast = f * scale[j] + shift[j], both = size[j] + fabs(own_forecast);
        const double off = weight[j] * fabs(own_forecast - own[j]), ratio = off / both;
        error[j] = e;
        count[j] += weight[j];
        square[j] += e * e;
        absolute[j] += fabs(e);
        symmetric[j] += both > 0 ? ratio : 0;
        share[j] += off / size[j];
    }
}

/* The loss that decides where it is not the square: a step's, which joins the sums. at: as of add_row. */
static double add_losses(const scoring *self, const fc_tally *tally, size_t at)
{
    const fc_training *training = self->training;
    double sum = 0;
    for (size_t j = 0; j < (size_t)self->scope->count; j++) {
        if (!(self->came.weight[at + j] > 0))
            continue;
        fc_sums *each = &tally->each[self->target[j]];
        const double loss = fc_loss_value(training, self->error[j]);
        each->loss += loss + DBL_MIN; /* a loss of 0 is one, too */
        each->below += training->loss == NN_PINBALL && self->error[j] > 0;
        sum += loss;
    }
    return sum;
}

/* What a window's forecast was wrong by goes to its intervals. */
static void add_intervals(const scoring *self, fc_stream *stream, size_t window, const nn_real *forecast)
{
    const fc_scope *scope = self->scope;
    const size_t n = (size_t)scope->count;
    double *off = self->off;
    for (size_t h = 0; h < (size_t)self->windows->horizon; h++)
        for (int k = 0; k < scope->view.targets; k++) {
            const size_t at = h * n + (size_t)scope->targets[k];
            *off++ = self->came.weight[at] > 0 ? self->came.scaled[at] - (double)forecast[at] : NAN;
        }
    fc_stream_take(stream, ds_windows_row(self->windows, window) + (size_t)self->windows->lookback,
                   self->off);
}

/* Adds one window's forecast (horizon, N) of forecaster i. */
static void add_window(const scoring *self, int i, size_t window, const nn_real *forecast)
{
    const fc_tally *tally = &self->tallies[i];
    const size_t n = (size_t)self->scope->count;
    double losses = 0, count = 0;
    for (size_t h = 0; h < (size_t)self->windows->horizon; h++) {
        fc_sums one = {0}; /* mse and mae alone are asked for */
        add_row(self, self->sums + (size_t)i * SUMS * n, h * n, forecast + h * n);
        for (size_t j = 0; j < n; j++) {
            one.count += self->came.weight[h * n + j];
            one.square += self->error[j] * self->error[j];
            one.absolute += fabs(self->error[j]);
        }
        fc_sums_join(&tally->step[h], &one);
        losses += self->training ? add_losses(self, tally, h * n) : one.square;
        count += one.count;
    }
    tally->loss[window] = losses / count;
    if (tally->stream)
        add_intervals(self, tally->stream, window, forecast);
}

/* The columns' sums join those of the targets. */
static void give_sums(const scoring *self, int i)
{
    const fc_scope *scope = self->scope;
    const size_t n = (size_t)scope->count;
    const double *sums = self->sums + (size_t)i * SUMS * n;
    for (int k = 0; k < scope->view.targets; k++) {
        const size_t j = (size_t)scope->targets[k];
        if (!(sums[COUNT * n + j] > 0)) /* nor need its scale be known */
            continue;
        fc_sums more = {.count = sums[COUNT * n + j],
                        .square = sums[SQUARE * n + j],
                        .absolute = sums[ABSOLUTE * n + j],
                        .symmetric = sums[SYMMETRIC * n + j],
                        .share = sums[SHARE * n + j]};
        fc_sums_complete(&more, &self->truth[k], scope->scaler.scale[j]);
        fc_sums_join(&self->tallies[i].each[k], &more);
    }
}

/* What came, NaN where nothing is known; row: of its first value. */
static void note_truth(scoring *self, size_t row, const nn_real *truth)
{
    const fc_scope *scope = self->scope;
    const came *c = &self->came;
    for (int h = 0; h < self->windows->horizon; h++) {
        const double *from =
            scope->view.table->values + (row + (size_t)h) * (size_t)scope->view.table->columns;
        for (int j = 0; j < scope->count; j++) {
            const int at = h * scope->count + j;
            const double own = from[scope->columns[j]];
            const bool known = !isnan(truth[at]);
            c->weight[at] = known;
            c->scaled[at] = known ? (double)truth[at] : 0;
            c->own[at] = known ? own : 0;
            c->size[at] = known ? fabs(own) : 1;
            if (known)
                fc_truths_add(&self->truth[self->target[j]], (double)truth[at], own);
            else
                self->skipped += scope->is_target[j];
        }
    }
}

/* Of one window, to be written: the truth in the file's units, or a forecast of scaled values. */
static void note_rows(scoring *self, int place, const nn_real *scaled)
{
    const fc_scope *scope = self->scope;
    const int n = scope->count, targets = scope->view.targets, horizon = self->windows->horizon;
    double *to = self->own + (size_t)place * (size_t)(horizon * targets);
    for (int h = 0; h < horizon && self->rows; h++)
        for (int k = 0; k < targets; k++) {
            const int j = scope->targets[k], at = h * n + j;
            *to++ = scaled                      ? ds_scaler_value(&scope->scaler, j, (double)scaled[at])
                    : self->came.weight[at] > 0 ? self->came.own[at]
                                                : NAN;
        }
}

/* All of it is noted. */
static void write_rows(scoring *self, size_t row)
{
    if (!self->rows)
        return;
    self->window.row = row;
    fc_forecast_rows_write(self->rows, &self->window);
}

static void score_chunk(void *context, size_t first, int count, const nn_ports *ports)
{
    scoring *self = context;
    const int horizon = self->windows->horizon;
    size_t size = (size_t)horizon * (size_t)self->scope->count;
    for (int i = 0; i < count; i++) {
        const nn_real *truth = ports->target->data + (size_t)i * size;
        size_t window = first + (size_t)i;
        size_t row = ds_windows_row(self->windows, window) + (size_t)self->windows->lookback;
        note_truth(self, row, truth);
        note_rows(self, 0, NULL);
        add_window(self, 0, window, ports->output->data + (size_t)i * size);
        note_rows(self, 1, ports->output->data + (size_t)i * size);
        for (int b = 0; b < FC_RIVALS; b++) {
            if (!self->tallies[b + 1].each)
                continue;
            fc_rivals_forecast(self->naive, &self->rivals, b, row);
            add_window(self, b + 1, window, self->naive);
            note_rows(self, b + 2, self->naive);
        }
        write_rows(self, row);
    }
}

/* What stays the same from window to window. */
static int make_rows(scoring *self, const char *model, nn_error *error)
{
    const fc_scope *scope = self->scope;
    const size_t targets = (size_t)scope->view.targets, cells = (size_t)self->windows->horizon * targets;
    fc_rows_window *w = &self->window;
    if (!self->rows)
        return NN_OK;
    self->own = malloc(((1 + FC_FORECASTERS) * cells + 1) * sizeof *self->own);
    self->scale = malloc((targets + 1) * sizeof *self->scale);
    self->names = malloc((targets + 1) * sizeof *self->names);
    if (!self->own || !self->scale || !self->names)
        return nn_no_memory(error);
    for (size_t k = 0; k < targets; k++) {
        self->scale[k] = scope->scaler.scale[scope->targets[k]];
        self->names[k] = scope->view.table->names[scope->columns[scope->targets[k]]];
    }
    *w = (fc_rows_window){.table = scope->view.table,
                          .horizon = self->windows->horizon,
                          .targets = (int)targets,
                          .names = self->names,
                          .truth = self->own,
                          .stream = self->tallies[0].stream,
                          .scale = self->scale};
    for (int i = 0; i < FC_FORECASTERS; i++)
        if (self->tallies[i].each) {
            w->name[w->forecasters] = i ? fc_rival_names[i - 1] : model;
            w->forecast[w->forecasters++] = self->own + (size_t)(1 + i) * cells;
        }
    return NN_OK;
}

static int scoring_init(scoring *self, int season, ds_part train, nn_error *error)
{
    const fc_scope *scope = self->scope;
    const size_t n = (size_t)scope->count, horizon = (size_t)self->windows->horizon;
    self->target = calloc(n + 1, sizeof *self->target);
    self->naive = malloc((n * horizon + 1) * sizeof *self->naive);
    double *room = malloc((CAME * n * horizon + 1) * sizeof *room);
    self->came = (came){room, room + n * horizon, room + 2 * n * horizon, room + 3 * n * horizon};
    self->truth = calloc(n + 1, sizeof *self->truth);
    self->sums = calloc(FC_FORECASTERS * SUMS * n + 1, sizeof *self->sums);
    self->error = malloc((n + 1) * sizeof *self->error);
    self->off = malloc((n * horizon + 1) * sizeof *self->off);
    if (!self->target || !self->naive || !room || !self->truth || !self->sums || !self->error || !self->off)
        return nn_no_memory(error);
    for (int k = 0; k < scope->view.targets; k++)
        self->target[scope->targets[k]] = k;
    bool any = false;
    for (int i = 1; i < FC_FORECASTERS; i++)
        any = any || self->tallies[i].each;
    return any ? fc_rivals_fit(&self->rivals, scope, train, self->windows->horizon, season, error) : NN_OK;
}

/* A rival and the room for its forecast. */
typedef struct rehearsal {
    const scoring *self;
    int which;
} rehearsal;

static void forecast_rival(void *context, size_t row, double *out)
{
    const rehearsal *r = context;
    const fc_scope *scope = r->self->scope;
    fc_rivals_forecast(r->self->naive, &r->self->rivals, r->which, row);
    for (int h = 0; h < r->self->windows->horizon; h++)
        for (int k = 0; k < scope->view.targets; k++)
            *out++ = ds_scaler_value(&scope->scaler, scope->targets[k],
                                     (double)r->self->naive[h * scope->count + scope->targets[k]]);
}

/* What the intervals of all that have some begin with. */
static int begin_intervals(const scoring *self, const fc_model *model, nn_error *error)
{
    const fc_scope *scope = self->scope;
    const int targets = scope->view.targets;
    double *scale = malloc(((size_t)targets + 1) * sizeof *scale);
    int *known = malloc(((size_t)targets + 1) * sizeof *known), code = NN_OK;
    if (!scale || !known)
        code = nn_no_memory(error);
    for (int k = 0; k < targets && !code; k++) {
        scale[k] = scope->scaler.scale[scope->targets[k]];
        known[k] = scope->known ? k : -1;
    }
    if (!code && self->tallies[0].stream && !fc_stream_begun(self->tallies[0].stream))
        fc_intervals_of_model(self->tallies[0].stream, model, known, scale);
    for (int b = 0; b < FC_RIVALS && !code; b++)
        if (self->tallies[b + 1].stream && !fc_stream_begun(self->tallies[b + 1].stream))
            code = fc_intervals_rehearse(self->tallies[b + 1].stream, &scope->view,
                                         self->windows->first + (size_t)self->windows->lookback,
                                         self->windows->horizon, forecast_rival, &(rehearsal){self, b}, scale,
                                         error);
    free(scale);
    free(known);
    return code;
}

int fc_score_windows(fc_tally tallies[FC_FORECASTERS], size_t *skipped, fc_scope *scope,
                     const fc_model *model, const ds_windows *windows, ds_part train, int season, int threads,
                     fc_forecast_rows *rows, nn_error *error)
{
    nn_pool *pool;
    const fc_training *training = &model->record.training;
    scoring self = {.scope = scope,
                    .windows = windows,
                    .training = training->loss == NN_MSE || model->kind->forecaster ? NULL : training,
                    .rows = rows,
                    .tallies = tallies};
    int code = nn_pool_new(&pool, threads, error);
    if (code)
        return code;
    scope->samples.windows = *windows;
    code = scoring_init(&self, season, train, error);
    if (!code)
        code = begin_intervals(&self, model, error);
    if (!code)
        code = make_rows(&self, model->kind->name, error);
    if (!code)
        code = fc_scope_infer(scope, model, 32, pool, score_chunk, &self, error);
    for (int i = 0; i < FC_FORECASTERS && !code; i++)
        if (tallies[i].each)
            give_sums(&self, i);
    *skipped = self.skipped;
    fc_rivals_clear(&self.rivals);
    free(self.target);
    free(self.naive);
    free(self.came.weight);
    free(self.truth);
    free(self.sums);
    free(self.error);
    free(self.off);
    free(self.own);
    free(self.scale);
    free(self.names);
    nn_pool_free(pool);
    return code;
}
