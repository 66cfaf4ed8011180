/* SPDX-License-Identifier: GPL-3.0-or-later */
/* auspex bench lookback, depth and aspect: networks of one size on a table, beside forecasts without one. */
#include "cli/commands/bench_data.h"

#include "cli/shell/arguments.h"
#include "cli/shell/report.h"
#include "cli/shell/signals.h"
#include "forecast/scores/score.h"
#include "forecast/search/sizing.h"
#include "forecast/training/fit.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 12 };
static const double tolerance = 0.05; /* of the parameters */

/* A network to be tried: 0 leaves a setting as it is. */
typedef struct shape {
    int lookback, layers, heads;
} shape;

typedef struct job {
    bench *bench;
    const char *name;
    const cli_run *run;
    cli_lesson lesson;
    size_t parameters;
    shape shapes[MOST];
    int count;
    double validation[MOST]; /* NaN: not tried */
    bool simple;             /* the simple forecasts are there */
    /* of the training that is on */
    double last, sum;
    size_t steps;
} job;

/* --- what is tried --- */

static void add_shape(job *j, shape s)
{
    if (j->count < MOST)
        j->shapes[j->count++] = s;
}

/* Those that leave windows to train on, and are in doubt no more than a third of the training rows. */
static void list_lookbacks(job *j)
{
    static const int rows[] = {24, 48, 96, 192, 336, 720, 1440};
    const ds_split *split = j->lesson.request.split;
    const size_t train = split->train.end - split->train.begin, horizon = (size_t)j->lesson.request.horizon;
    const size_t room = train > horizon ? (train - horizon) / 3 : 0;
    const int least = room >= 4 * 96 ? 96 : 24;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i] >= least && (size_t)rows[i] <= room)
            add_shape(j, (shape){.lookback = rows[i]});
}

static const nn_option *depth_option(const fc_kind *kind)
{
    const nn_option *o = nn_option_find(kind->options, "layers");
    return o ? o : nn_option_find(kind->options, "blocks");
}

static void list_depths(job *j)
{
    static const int layers[] = {1, 2, 3, 6};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        add_shape(j, (shape){.layers = layers[i]});
}

static int setting(const job *j, const nn_option *o)
{
    return *(const int *)((const char *)j->lesson.first->config + o->offset);
}

/* Layers times heads stay what they are: from wide and shallow to narrow and deep (arXiv 2210.00640). */
static void list_aspects(job *j)
{
    const int layers = setting(j, depth_option(j->run->kind)),
              heads = setting(j, nn_option_find(j->run->kind->options, "heads")), all = layers * heads;
    for (int n = 1; n <= all && n <= 16; n++)
        if (all % n == 0)
            add_shape(j, (shape){.layers = n, .heads = all / n});
}

static const struct {
    const char *name;
    void (*list)(job *j);
    bool deep; /* asks for settings of depth */
} benches[] = {
    {"lookback", list_lookbacks, false}, {"depth", list_depths, true}, {"aspect", list_aspects, true}};
enum { BENCHES = sizeof benches / sizeof *benches };

bool cli_bench_data_named(const char *name)
{
    for (int i = 0; i < BENCHES; i++)
        if (strcmp(benches[i].name, name) == 0)
            return true;
    return false;
}

/* --- scores --- */

static double mse_of(const fc_score_table *table, int forecaster, const char *key)
{
    for (int p = 0; p < table->part_count; p++) {
        const fc_score_part *part = &table->parts[p];
        const fc_metric *metric =
            part->metrics && !part->size && part->level ? fc_metric_find(part->metrics, key) : NULL;
        if (metric)
            return fc_metric_value(metric, fc_score_part_record(part, table->record[forecaster], 0));
    }
    return NAN;
}

static int score(const job *j, const fc_model *model, fc_scores **scores, nn_error *error)
{
    const fc_request *q = &j->lesson.request;
    const fc_score_request request = {.model = model,
                                      .table = q->table,
                                      .rows = q->table,
                                      .data = nn_base_name(q->table->path),
                                      .split = q->split,
                                      .split_name = q->split_name,
                                      .part = "test",
                                      .learnt_too = true,
                                      .threads = j->lesson.settings->threads,
                                      .how = {.floor = NAN}};
    return fc_score(scores, &request, error);
}

static int add_row(job *j, const char *name, double validation, const fc_scores *scores, int forecaster,
                   double step, double parameters, nn_error *error)
{
    bench_row *row = bench_add(j->bench, j->name, name, 0);
    if (!row)
        return nn_no_memory(error);
    bench_put(row, "validation MSE", validation, 6);
    bench_put(row, "test MSE", mse_of(&scores->table[0], forecaster, "mse"), 6);
    bench_put(row, "test MAE", mse_of(&scores->table[0], forecaster, "mae"), 6);
    bench_put(row, "ms/step", 1e3 * step, 2);
    bench_put(row, "parameters", parameters, 0);
    return NN_OK;
}

/* The naive forecasts, whose windows do not depend on the network's look-back, and the validation loss that
 * is known of one. */
static int add_naive(job *j, const fc_model *model, const fc_scores *scores, nn_error *error)
{
    int code = NN_OK;
    for (int f = 1; f < scores->table[0].count && !code; f++) {
        const char *name = scores->table[0].name[f];
        const bool known = strcmp(name, model->record.naive_name) == 0;
        code =
            add_row(j, name, known ? model->record.naive_validation_loss : NAN, scores, f, NAN, NAN, error);
    }
    return code;
}

/* Ridge regression in closed form, which learns from the validation rows too. */
static int add_linear(job *j, nn_error *error)
{
    const fc_kind *kind = fc_kind_find("linear");
    fc_request request = j->lesson.request;
    fc_model *model = NULL;
    fc_scores *scores = NULL;
    void *config = NULL;
    int code = fc_kind_config(&config, kind, error);
    request.kind = kind;
    request.config = config;
    request.training = NULL;
    request.points = true;
    cli_progress("%s: linear ...", j->name);
    if (!code)
        code = fc_model_new(&model, &request, error);
    if (!code)
        code = fc_fit(model, &request, error);
    if (!code)
        code = score(j, model, &scores, error);
    if (!code)
        code = add_row(j, "linear", NAN, scores, 0, NAN, NAN, error);
    fc_scores_free(scores);
    fc_model_free(model);
    fc_kind_config_free(config, kind);
    return code;
}

/* --- one network --- */

static int on_progress(void *context, const fc_progress *p)
{
    job *j = context;
    const double now = nn_seconds();
    if (p->step > 1 && p->step < p->steps) {
        j->sum += now - j->last;
        j->steps++;
    }
    j->last = now;
    cli_progress("%s: epoch %d/%d  step %zu/%zu  loss %.4f", j->name, p->epoch, p->epochs, p->step, p->steps,
                 p->train_loss);
    return cli_interrupted();
}

static void set(void *config, const nn_option *o, int value)
{
    if (o && value > 0)
        *(int *)((char *)config + o->offset) = value;
}

static int configure(const job *j, const shape *s, void *config, fc_request *request, fc_cost *cost,
                     nn_error *error)
{
    const nn_option *options = j->run->kind->options;
    int code = nn_options_copy(options, config, j->lesson.first->config, error);
    if (code)
        return code;
    set(config, depth_option(j->run->kind), s->layers);
    set(config, nn_option_find(options, "heads"), s->heads);
    request->lookback = s->lookback ? s->lookback : request->lookback;
    request->config = config;
    return fc_size_to(config, request, j->parameters, tolerance, cost, error);
}

static void name_of(const shape *s, char *text, size_t size)
{
    if (s->lookback)
        snprintf(text, size, "%d rows", s->lookback);
    else if (s->heads)
        snprintf(text, size, "%d layer%s x %d heads", s->layers, s->layers == 1 ? "" : "s", s->heads);
    else
        snprintf(text, size, "%d layer%s", s->layers, s->layers == 1 ? "" : "s");
}

static int train_and_score(job *j, int index, fc_request *request, const fc_cost *cost, nn_error *error)
{
    fc_model *model = NULL;
    fc_scores *scores = NULL;
    char name[40];
    j->sum = 0;
    j->steps = 0;
    request->points = true;
    request->progress = on_progress;
    request->context = j;
    int code = fc_model_new(&model, request, error);
    if (!code)
        code = fc_fit(model, request, error);
    if (!code)
        code = score(j, model, &scores, error);
    if (!code) {
        const fc_record *r = &model->record;
        if (!j->simple) {
            code = add_naive(j, model, scores, error);
            j->simple = true;
            if (!code)
                code = add_linear(j, error);
        }
        j->validation[index] = r->best_epoch ? r->validation_loss[r->best_epoch - 1] : NAN;
        name_of(&j->shapes[index], name, sizeof name);
        if (!code)
            code = add_row(j, name, j->validation[index], scores, 0,
                           j->steps ? j->sum / (double)j->steps : NAN, (double)cost->parameters, error);
    }
    fc_scores_free(scores);
    fc_model_free(model);
    return code;
}

/* A shape that cannot have as many parameters, or does not suit the parts, is left out and said. */
static int try_shape(job *j, int index, nn_error *error)
{
    fc_request request = j->lesson.request;
    const fc_kind *kind = j->run->kind;
    void *config = NULL;
    fc_cost cost = {0};
    nn_error why = {0};
    char name[40];
    int code = fc_kind_config(&config, kind, &why);
    if (!code)
        code = configure(j, &j->shapes[index], config, &request, &cost, &why);
    if (code == NN_USAGE) {
        name_of(&j->shapes[index], name, sizeof name);
        cli_say_note("%s is left out: %s", name, why.text);
        code = NN_OK;
    } else if (code) {
        nn_fail(error, code, "%s", why.text);
    } else {
        code = train_and_score(j, index, &request, &cost, error);
    }
    fc_kind_config_free(config, kind);
    return code;
}

/* --- what follows --- */

static void say_lookbacks(const job *j)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0;
    int best = -1, longest = -1;
    for (int i = 0; i < j->count; i++) {
        const double at = log2(j->shapes[i].lookback), loss = j->validation[i];
        if (isnan(loss))
            continue;
        n++;
        x += at;
        y += loss;
        xx += at * at;
        xy += at * loss;
        longest = i;
        best = best < 0 || loss < j->validation[best] ? i : best;
    }
    if (n < 2)
        return;
    const double slope = (n * xy - x * y) / (n * xx - x * x);
    cli_say("twice as many rows of look-back change the validation MSE by %+.6f, on the mean (%+.2f%%)",
            slope, 100 * slope / (y / n));
    if (j->validation[longest] > 1.01 * j->validation[best])
        cli_say_note("longer is worse here: %d rows forecast %.1f%% worse than %d, on the validation part",
                     j->shapes[longest].lookback, 100 * (j->validation[longest] / j->validation[best] - 1),
                     j->shapes[best].lookback);
}

static void say_best(const job *j)
{
    char name[40];
    int best = -1;
    for (int i = 0; i < j->count; i++)
        if (!isnan(j->validation[i]) && (best < 0 || j->validation[i] < j->validation[best]))
            best = i;
    if (best < 0)
        return;
    name_of(&j->shapes[best], name, sizeof name);
    cli_say("the best on the validation part: %s", name);
}

/* --- all of them --- */

static int check(const job *j, bool deep, nn_error *error)
{
    const fc_kind *kind = j->run->kind;
    const fc_model *first = j->lesson.first;
    if (first->task->purpose != FC_FORECASTS || j->lesson.request.panel)
        return nn_fail(error, NN_USAGE, "bench %s is about networks of tables", j->name);
    if (deep && (!depth_option(kind) || !nn_option_find(kind->options, "heads")))
        return nn_fail(error, NN_USAGE, "%s has no layers to change", kind->name);
    return NN_OK;
}

static int try_all(job *j, nn_error *error)
{
    fc_cost given;
    int code = fc_cost_of(&given, j->lesson.first, error);
    j->parameters = given.parameters;
    if (!code && !j->count)
        code = nn_fail(error, NN_BAD_DATA, "too few rows to compare anything");
    for (int i = 0; i < j->count; i++)
        j->validation[i] = NAN;
    for (int i = 0; i < j->count && !code; i++) {
        code = try_shape(j, i, error);
        if (!code && cli_interrupted())
            code = nn_fail(error, NN_STOPPED, "stopped");
    }
    cli_progress_end();
    return code;
}

int cli_bench_data(bench *self, const char *name, const cli_run *run, const char *path,
                   cli_lesson_settings *settings, nn_error *error)
{
    job j = {.bench = self, .name = name, .run = run};
    int which = 0;
    while (strcmp(benches[which].name, name) != 0)
        which++;
    j.name = benches[which].name;
    if (run->kind->forecaster)
        return nn_fail(error, NN_USAGE, "bench %s is about networks; %s has none", name, run->kind->name);
    int code = cli_lesson_read(&j.lesson, run, path, settings, error);
    if (!code)
        code = check(&j, benches[which].deep, error);
    if (!code) {
        benches[which].list(&j);
        cli_interrupt_wait(true);
        code = try_all(&j, error);
        cli_interrupt_wait(false);
    }
    if (!code || code == NN_STOPPED) {
        if (which == 0)
            say_lookbacks(&j);
        say_best(&j);
    }
    cli_lesson_clear(&j.lesson);
    return code;
}
