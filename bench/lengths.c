/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixers on sequences of growing length: how well a small network of each solves the generated tasks, and
 * what that takes, with as many parameters each. */
#include "bench/arena.h"
#include "bench/bench.h"

#include "lib/base/clock.h"
#include "lib/parts/block.h"
#include "lib/train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LONGEST_QUICK = 256,
    WIDTH = 32,
    HEADS = 4,
    HIDDEN = 64,
    LAYERS = 2,
    BATCH = 8,
    NARROWEST = 8,
    TOKENS = 25600, /* of each sequence's place in a batch while training; longer sequences get fewer steps */
    FEWEST_STEPS = 8,
    STEPS_QUICK = 20,
    MOST_TESTED = 64,
    FEWEST_TESTED = 8
};

static const int usual_lengths[] = {64, 256, 1024, 4096};

typedef enum what { COPY, PERIODIC, RECALL, TASKS } what;
static const char *const task_names[TASKS] = {"copy", "periodic", "recall"};

typedef struct arena {
    what what;
    int tokens, lag, events, width, hidden;
    nn_part mixer;
    nn_params *params;
    uint64_t seed;
    /* of a training */
    double last, *laps;
    size_t lap_count;
    const bench *bench;
    /* of a test */
    double wrong, all; /* squared errors, and squares of the truth; or misses, and objects */
} arena;

/* --- the network --- */

static int channels(const arena *a)
{
    return a->what == RECALL ? BENCH_RECALL_CHANNELS : 1;
}

static void build(void *context, nn_plan *p, nn_ports *ports)
{
    const arena *a = context;
    const nn_part layout = {.kind = &nn_layout_pre.part};
    const nn_stack stack = {
        .prefix = "block.",
        .layers = LAYERS,
        .block = {
            .mixer = a->mixer, .layout = layout, .heads = HEADS, .hidden = a->hidden, .activation = NN_GELU}};
    ports->inputs[0] = nn_input(p, 2, (int[]){a->tokens, channels(a)});
    nn_tensor *x = nn_linear(p, "embed", ports->inputs[0], a->width);
    x = nn_encoder_stack(p, &stack, nn_position(p, x, NULL, 0, 1), NULL);
    x = a->what == COPY ? x : a->what == RECALL ? nn_last_pool(p, x) : nn_mean_pool(p, x);
    ports->output = nn_linear(p, "head", x, a->what == PERIODIC ? BENCH_CLASSES : 1);
    ports->target = a->what == COPY ? nn_input(p, 2, (int[]){a->tokens, 1})
                                    : nn_input(p, 1, (int[]){a->what == PERIODIC ? BENCH_CLASSES : 1});
}

static void load_one(const arena *a, uint64_t key, double *values, int *place, nn_real *input,
                     nn_real *target)
{
    const size_t n = (size_t)a->tokens;
    double *answer = values + n * BENCH_RECALL_CHANNELS;
    int count = 1;
    if (a->what == COPY) {
        bench_arena_copy(key, a->tokens, a->lag, values, answer);
        count = a->tokens;
    } else if (a->what == PERIODIC) {
        const int class = bench_arena_periodic(key, a->tokens, values);
        count = BENCH_CLASSES;
        for (int c = 0; c < count; c++)
            answer[c] = c == class;
    } else {
        answer[0] = bench_arena_recall(key, a->tokens, a->events, values, place);
    }
    for (size_t i = 0; i < n * (size_t)channels(a); i++)
        input[i] = (nn_real)values[i];
    for (int i = 0; i < count; i++)
        target[i] = (nn_real)answer[i];
}

static void load(void *context, const size_t *index, int count, uint64_t batch_key, const nn_ports *ports)
{
    const arena *a = context;
    const size_t n = (size_t)a->tokens, answers = a->what == COPY       ? n
                                                  : a->what == PERIODIC ? BENCH_CLASSES
                                                                        : 1;
    double values[BENCH_LONGEST * (BENCH_RECALL_CHANNELS + 1) + BENCH_CLASSES];
    int place[BENCH_LONGEST];
    (void)batch_key;
    for (int b = 0; b < count; b++)
        load_one(a, a->seed + index[b], values, place,
                 ports->inputs[0]->data + (size_t)b * n * (size_t)channels(a),
                 ports->target->data + (size_t)b * answers);
}

/* --- as many parameters each --- */

static int count_parameters(const arena *a, size_t *count, nn_error *error)
{
    nn_params *params = nn_params_new();
    nn_plan *plan = params ? nn_plan_new(params, 1, false) : NULL;
    nn_ports ports = {0};
    if (!plan) {
        nn_params_free(params);
        return nn_no_memory(error);
    }
    build((void *)(uintptr_t)a, plan, &ports);
    nn_keep(plan, ports.output);
    const int code = nn_plan_check(plan, error);
    *count = 0;
    for (int i = 0; i < params->count; i++)
        *count += nn_param_is_constant(&params->table[i]) ? 0 : params->table[i].count;
    nn_plan_free(plan);
    nn_params_free(params);
    return code;
}

/* They grow as a straight line with the feed-forward's width; where that would have to be less than one, the
 * tokens become narrower. */
static int fit_widths(arena *a, size_t wanted, nn_error *error)
{
    double best = 0;
    int code = NN_OK;
    for (a->width = WIDTH; best < 1 && !code; a->width -= HEADS) {
        size_t few, many;
        a->hidden = HIDDEN / 2;
        code = count_parameters(a, &few, error);
        a->hidden = HIDDEN;
        if (!code)
            code = count_parameters(a, &many, error);
        if (code)
            return code;
        const double slope = ((double)many - (double)few) / (HIDDEN / 2.0);
        best = HIDDEN + ((double)wanted - (double)many) / slope;
        if (best >= 1 || a->width <= NARROWEST)
            break;
    }
    a->hidden = best < 1 ? 1 : (int)lround(best);
    return code;
}

static int make_params(arena *a, double *bytes, nn_error *error)
{
    nn_params_free(a->params);
    a->params = nn_params_new();
    nn_plan *plan = a->params ? nn_plan_new(a->params, 1, true) : NULL;
    nn_ports ports = {0};
    if (!plan)
        return nn_no_memory(error);
    build(a, plan, &ports);
    nn_keep(plan, ports.output);
    nn_loss(plan, NN_MSE, 0, ports.output, ports.target);
    const int code = nn_plan_compile(plan, error);
    *bytes = (double)nn_plan_bytes(plan);
    nn_plan_free(plan);
    return code ? code : nn_params_allocate(a->params, 1, error);
}

/* --- training and test --- */

static int after_step(void *context, const nn_progress *progress)
{
    arena *a = context;
    const double now = nn_seconds();
    if (progress->step > 1 && progress->step < progress->steps)
        a->laps[a->lap_count++] = now - a->last;
    a->last = now;
    return a->bench->stopped && a->bench->stopped();
}

static void judge(void *context, size_t first, int count, const nn_ports *ports)
{
    arena *a = context;
    const nn_real *y = ports->output->data, *truth = ports->target->data;
    (void)first;
    if (a->what == PERIODIC) {
        for (int b = 0; b < count; b++, y += BENCH_CLASSES, truth += BENCH_CLASSES) {
            int most = 0;
            for (int c = 1; c < BENCH_CLASSES; c++)
                most = y[c] > y[most] ? c : most;
            a->wrong += truth[most] < (nn_real)0.5;
            a->all++;
        }
        return;
    }
    const int each = a->what == COPY ? a->tokens : 1, from = a->what == COPY ? a->lag : 0;
    for (int b = 0; b < count; b++)
        for (int t = from; t < each; t++) {
            const double e = (double)y[b * each + t] - (double)truth[b * each + t];
            a->wrong += e * e;
            a->all += (double)truth[b * each + t] * (double)truth[b * each + t];
        }
}

static int more_of(int fewest, int some)
{
    return some > fewest ? some : fewest;
}

/* Objects of the test: as many as make it no longer than a few steps. */
static size_t tested_of(int tokens)
{
    const int few = more_of(FEWEST_TESTED, TOKENS / tokens);
    return (size_t)(few < MOST_TESTED ? few : MOST_TESTED);
}

/* Seconds of a step of training, the median, and of a sample's inference. */
static int train_and_test(arena *a, int threads, int steps, double *step, double *sample, nn_error *error)
{
    const nn_task task = {a, build};
    arena tested = *a;
    tested.seed = UINT64_C(1) << 32;
    const nn_source train = {.context = a, .count = (size_t)(steps * BATCH), .load = load},
                    test = {.context = &tested, .count = tested_of(a->tokens), .load = load},
                    one = {.context = &tested, .count = 1, .load = load};
    const nn_training settings = {.epochs = 1,
                                  .batch = BATCH,
                                  .shards = 4,
                                  .learning_rate = 3e-3,
                                  .warmup = 0.05,
                                  .clip = 1,
                                  .schedule = NN_COSINE,
                                  .loss = a->what == PERIODIC ? NN_CROSS_ENTROPY : NN_MSE,
                                  .seed = 1};
    double loss, validation;
    int epochs, best;
    nn_pool *pool = NULL;
    a->lap_count = 0;
    a->laps = calloc((size_t)steps + 1, sizeof *a->laps);
    int code = a->laps ? nn_pool_new(&pool, threads, error) : nn_no_memory(error);
    if (!code)
        code = nn_train(a->params, &task, &train, &one, &settings, pool, &loss, &validation, &epochs, &best,
                        after_step, a, error);
    *step = bench_median(a->laps, a->lap_count);
    const double start = nn_seconds();
    a->wrong = a->all = 0;
    if (!code)
        code = nn_infer(a->params, &task, &test, BATCH, pool, judge, a, error);
    *sample = (nn_seconds() - start) / (double)test.count;
    nn_pool_free(pool);
    free(a->laps);
    a->laps = NULL;
    return code == NN_STOPPED ? nn_fail(error, code, "stopped") : code;
}

static int steps_of(const bench *self, int tokens)
{
    const int some = self->quick ? STEPS_QUICK : more_of(FEWEST_STEPS, TOKENS / tokens);
    return self->steps > 0 ? self->steps : some;
}

static int measure(bench *self, arena *a, const char *mixer, size_t wanted, nn_error *error)
{
    const int threads = self->thread_counts[self->thread_count_count - 1];
    double bytes = NAN, step = NAN, sample = NAN;
    size_t parameters = 0;
    char name[40];
    int code = fit_widths(a, wanted, error);
    if (!code)
        code = count_parameters(a, &parameters, error);
    if (!code)
        code = make_params(a, &bytes, error);
    const int steps = steps_of(self, a->tokens);
    if (!code)
        code = train_and_test(a, threads, steps, &step, &sample, error);
    if (code)
        return code;
    snprintf(name, sizeof name, "%.30s %d", mixer, a->tokens);
    bench_row *row = bench_add(self, task_names[a->what], name, threads);
    bench_put(row, a->what == PERIODIC ? "right" : "R2", 1 - a->wrong / a->all, 3);
    bench_put(row, "training ms/step", 1e3 * step, 2);
    bench_put(row, "inference ms/sample", 1e3 * sample, 3);
    bench_put(row, "MB/sample", bytes / 1e6, 2);
    bench_put(row, "parameters", (double)parameters, 0);
    bench_put(row, "steps", steps, 0);
    if (row && self->done)
        self->done(self, row);
    return row ? NN_OK : nn_no_memory(error);
}

/* --- all of them --- */

/* One of each family, the cheap ones first; --mixers names others. */
static const char usual[] = "mean,pool,linear,lowrank:proj=dct,latent,spectral,lmu,moss,softmax";

static int measure_mixer(bench *self, arena *a, const char *mixer, size_t wanted, nn_error *error)
{
    int code = nn_part_parse(&a->mixer, NN_PART_MIXER, mixer, strlen(mixer), error);
    if (self->progress) {
        char name[64];
        snprintf(name, sizeof name, "%.30s, %d tokens", mixer, a->tokens);
        self->progress(task_names[a->what], name);
    }
    if (!code)
        code = measure(self, a, mixer, wanted, error);
    nn_part_clear(&a->mixer);
    nn_params_free(a->params);
    a->params = NULL;
    return code ? code : bench_check_stop(self, error);
}

static int measure_length(bench *self, what task, int tokens, const char *list, nn_error *error)
{
    arena a = {.what = task,
               .tokens = tokens,
               .lag = tokens / 4,
               .events = tokens / 16,
               .width = WIDTH,
               .hidden = HIDDEN,
               .bench = self};
    size_t wanted;
    int code = count_parameters(&a, &wanted, error); /* softmax's */
    for (const char *at = list; *at && !code;) {
        char mixer[80];
        const size_t length = strcspn(at, ",");
        snprintf(mixer, sizeof mixer, "%.*s", (int)length, at);
        code = measure_mixer(self, &a, mixer, wanted, error);
        at += length + (at[length] == ',');
    }
    return code;
}

int bench_lengths(bench *self, const char *mixers, const char *task, nn_error *error)
{
    const int *lengths = self->length_count ? self->lengths : usual_lengths;
    const int count =
        self->length_count ? self->length_count : (int)(sizeof usual_lengths / sizeof *usual_lengths);
    int code = NN_OK;
    bool any = false;
    for (int t = 0; t < TASKS && !code; t++) {
        if (task && strcmp(task, task_names[t]) != 0)
            continue;
        any = true;
        for (int i = 0; i < count && !code; i++)
            if (self->length_count || !self->quick || lengths[i] <= LONGEST_QUICK)
                code = measure_length(self, (what)t, lengths[i], mixers ? mixers : usual, error);
    }
    return code || any
               ? code
               : nn_fail(error, NN_USAGE, "there is no task '%.40s'; there are copy, periodic, recall", task);
}
