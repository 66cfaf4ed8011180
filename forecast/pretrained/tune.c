/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains a published network on windows of a user's own rows, by the loss of all its quantiles. The last
 * fifth of the rows tells when to stop, and whether the network was better as it was. */
#include "forecast/pretrained/forecaster.h"

#include "lib/base/memory.h"
#include "lib/base/random.h"
#include "lib/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 10, MOST_VALIDATED = 64, SMALL = 4000000 };

/* A group seen from an origin. */
typedef struct window {
    int group;
    size_t origin;
} window;

typedef struct windows {
    window *of;
    size_t count;
} windows;

typedef struct tuning {
    const fc_pretrained *p;
    const ds_view *view;
    fc_pretrained_groups groups;
    fc_pretrained_shape shape;
    size_t end;  /* of the rows that may be seen */
    int length;  /* rows of context */
    int horizon; /* rows that are learnt */
    windows train, validation;
    nn_task network;
    double before, after; /* the loss of the windows to validate */
} tuning;

/* --- the network with its losses --- */

static int rows_of(const tuning *t)
{
    return t->shape.ahead * t->p->sizes.block;
}

/* Level i of the output (S, ahead, levels*block): (B, members*ahead*block). */
static nn_tensor *level(nn_plan *plan, const tuning *t, nn_tensor *output, int i)
{
    const fc_pretrained_sizes *s = &t->p->sizes;
    const int lines = nn_plan_batch(plan) * t->shape.members * t->shape.ahead;
    nn_tensor *x = output ? nn_reshape(plan, output, 3, (int[]){lines, s->levels, s->block}) : NULL;
    x = nn_slice(plan, x, i, 1);
    return x ? nn_reshape(plan, x, 2, (int[]){nn_plan_batch(plan), t->shape.members * rows_of(t)}) : NULL;
}

/* Of e = truth - forecast max(q e, (q - 1) e), as Koenker & Bassett 1978 have it. */
static nn_tensor *pinball(nn_plan *plan, nn_tensor *truth, nn_tensor *forecast, double q)
{
    nn_tensor *above =
                  nn_activation(plan, nn_residual(plan, truth, nn_times(plan, forecast, -1), 0), NN_RELU, 0),
              *below =
                  nn_activation(plan, nn_residual(plan, forecast, nn_times(plan, truth, -1), 0), NN_RELU, 0);
    return nn_residual(plan, nn_times(plan, above, q), nn_times(plan, below, 1 - q), 0);
}

/* The output is the loss itself, summed over all quantiles, for which 0 is wanted; NaN where no truth is. */
static void build(void *context, nn_plan *plan, nn_ports *ports)
{
    const tuning *t = context;
    const fc_pretrained_sizes *s = &t->p->sizes;
    const int size = t->shape.members * rows_of(t);
    fc_pretrained_ports own;
    t->p->kind->build(plan, s, t->shape, &own);
    nn_tensor *truth = nn_input(plan, 1, &size);
    *ports =
        (nn_ports){.inputs = {own.past, own.seen, own.future, truth}, .target = nn_input(plan, 1, &size)};
    for (int i = 0; i < s->levels; i++) {
        nn_tensor *one = pinball(plan, truth, level(plan, t, own.output, i), s->level[i]);
        ports->output = i ? nn_residual(plan, ports->output, one, 0) : one;
    }
}

/* --- windows --- */

static const int *members_of(const tuning *t, int group)
{
    return t->groups.member + t->groups.first[group];
}

/* The scaled truth of a member that is a target, and where it is known. */
static void put_truth(nn_real *truth, nn_real *wanted, const tuning *t, const window *w, int member,
                      const fc_pretrained_scale *scale)
{
    const int j = members_of(t, w->group)[member], k = fc_pretrained_target(t->view, j);
    for (int h = 0; h < rows_of(t); h++) {
        const size_t row = w->origin + (size_t)h;
        const bool known = k >= 0 && h < t->horizon && row < t->end && ds_view_valid(t->view, row, k);
        truth[h] = known ? (nn_real)fc_pretrained_scaled(scale, ds_view_value(t->view, row, k)) : 0;
        wanted[h] = known ? 0 : (nn_real)NAN;
    }
}

static void load_window(const tuning *t, const window *w, size_t place, const nn_ports *ports, double *room)
{
    const fc_pretrained_ports own = {
        .past = ports->inputs[0], .seen = ports->inputs[1], .future = ports->inputs[2]};
    const int members = t->shape.members, rows = rows_of(t);
    double *context = room, *future = own.future ? room + (size_t)members * (size_t)t->length : NULL;
    fc_pretrained_gather(context, future, t->view, members_of(t, w->group), members, w->origin, t->length,
                         rows);
    for (int m = 0; m < members; m++) {
        const double *x = context + (size_t)m * (size_t)t->length;
        const size_t series = place * (size_t)members + (size_t)m;
        const fc_pretrained_scale scale = fc_pretrained_scale_of(&t->p->sizes, x, t->length);
        fc_pretrained_put(t->p, &own, t->shape, series, &scale, x, t->length,
                          future ? future + (size_t)m * (size_t)rows : NULL, rows);
        put_truth(ports->inputs[3]->data + series * (size_t)rows, ports->target->data + series * (size_t)rows,
                  t, w, m, &scale);
    }
}

/* Without memory a window says nothing. */
static void load(const tuning *t, const windows *from, const size_t *index, int count, const nn_ports *ports)
{
    const size_t size = (size_t)t->shape.members * (size_t)(t->length + rows_of(t)),
                 targets = (size_t)t->shape.members * (size_t)rows_of(t);
    double *room = malloc((size + 1) * sizeof *room);
    for (int i = 0; i < count; i++)
        if (room)
            load_window(t, &from->of[index[i]], (size_t)i, ports, room);
        else
            for (size_t c = 0; c < targets; c++)
                ports->target->data[(size_t)i * targets + c] = (nn_real)NAN;
    free(room);
}

static void load_train(void *context, const size_t *index, int count, uint64_t key, const nn_ports *ports)
{
    const tuning *t = context;
    (void)key;
    load(t, &t->train, index, count, ports);
}

static void load_validation(void *context, const size_t *index, int count, uint64_t key,
                            const nn_ports *ports)
{
    const tuning *t = context;
    (void)key;
    load(t, &t->validation, index, count, ports);
}

/* Of the groups of as many members as the first one. */
static int alike(const tuning *t, int *group)
{
    int count = 0;
    for (int g = 0; g < t->groups.count; g++)
        if (t->groups.first[g + 1] - t->groups.first[g] == t->shape.members)
            group[count++] = g;
    return count;
}

/* Origins from `from` on, drawn: those of which all rows to learn lie before `to`. */
static int draw(windows *w, size_t count, const int *group, int groups, size_t from, size_t to, int horizon,
                uint64_t key, nn_error *error)
{
    const size_t last = to > (size_t)horizon ? to - (size_t)horizon : 0,
                 span = last >= from ? last - from : 0;
    w->of = nn_resize(NULL, count + 1, 1, sizeof *w->of);
    w->count = w->of ? count : 0;
    for (size_t i = 0; i < w->count; i++) {
        const uint64_t one = nn_random(key, 2 * i), other = nn_random(key, 2 * i + 1);
        w->of[i] = (window){group[one % (uint64_t)groups], from + (size_t)(other % (span + 1))};
    }
    return w->of ? NN_OK : nn_no_memory(error);
}

static int make_windows(tuning *t, const fc_pretrained_config *how, ds_part train, nn_error *error)
{
    const size_t rows = train.end - train.begin, cut = train.end - rows / 5,
                 least = train.begin + (rows > 40 ? 16 : rows / 4 + 1);
    int *group = malloc(((size_t)t->groups.count + 1) * sizeof *group);
    const int groups = group ? alike(t, group) : 0;
    const int steps = (how->tune + EPOCHS - 1) / EPOCHS;
    int code = group ? NN_OK : nn_no_memory(error);
    if (!code)
        code = draw(&t->train, (size_t)steps * (size_t)how->windows, group, groups, least, cut, t->horizon, 1,
                    error);
    if (!code)
        code = draw(&t->validation, MOST_VALIDATED, group, groups, cut, train.end, t->horizon, 2, error);
    free(group);
    return code;
}

/* --- the training --- */

static int train_on(fc_pretrained *p, tuning *t, const fc_pretrained_config *how, nn_pool *pool,
                    nn_error *error)
{
    const int epochs = how->tune < EPOCHS ? how->tune : EPOCHS;
    double train_loss[EPOCHS], validation_loss[EPOCHS], start_loss;
    const nn_source train = {.context = t, .count = t->train.count, .load = load_train},
                    validation = {.context = t, .count = t->validation.count, .load = load_validation};
    const nn_training settings = {.epochs = epochs,
                                  .batch = how->windows,
                                  .shards = p->params->size < SMALL ? 4 : 2,
                                  .learning_rate = how->rate,
                                  .schedule = NN_COSINE,
                                  .optimiser = NN_ADAM,
                                  .clip = 1,
                                  .loss = NN_MAE,
                                  .seed = 1,
                                  .start_loss = &start_loss};
    int run, best;
    t->network = (nn_task){.context = t, .build = build};
    int code = nn_train(p->params, &t->network, &train, &validation, &settings, pool, train_loss,
                        validation_loss, &run, &best, NULL, NULL, error);
    t->before = start_loss;
    t->after = code || !best ? start_loss : validation_loss[best - 1];
    return code;
}

static int tune(fc_pretrained_state *s, tuning *t, const fc_pretrained_config *how, ds_part train,
                nn_error *error)
{
    fc_pretrained *p = s->network;
    const size_t rows = train.end - train.begin;
    nn_pool *own = NULL;
    int code = fc_pretrained_group(&t->groups, t->view, p->kind->joint, (fc_pretrained_joint)s->joint, error);
    if (code)
        return code;
    const int most = s->context && s->context < p->sizes.context ? s->context : p->sizes.context;
    t->length = rows < (size_t)most ? (int)rows : most;
    t->horizon = s->local.horizon;
    const int blocks = (t->horizon + p->sizes.block - 1) / p->sizes.block;
    t->shape = (fc_pretrained_shape){.members = t->groups.first[1],
                                     .patches = fc_pretrained_patches(&p->sizes, t->length),
                                     .ahead = blocks < p->sizes.most_ahead ? blocks : p->sizes.most_ahead};
    t->horizon = t->horizon < rows_of(t) ? t->horizon : rows_of(t);
    if (rows < 3 * (size_t)t->horizon + 8)
        return nn_fail(
            error, NN_USAGE,
            "--tune: %zu rows to train are too few for windows that forecast %d; --tune 0 takes the "
            "network as it was published",
            rows, t->horizon);
    code = make_windows(t, how, train, error);
    if (!code && !s->local.pool)
        code = nn_pool_new(&own, 0, error);
    if (!code)
        code = train_on(p, t, how, own ? own : s->local.pool, error);
    nn_pool_free(own);
    return code;
}

int fc_pretrained_tune(void *state, const void *config, const ds_view *view, ds_part train, nn_error *error)
{
    fc_pretrained_state *s = state;
    tuning t = {.p = s->network, .view = view, .end = train.end};
    const int code = tune(s, &t, config, train, error);
    s->tuned = !code;
    s->before = t.before;
    s->after = t.after;
    fc_pretrained_groups_clear(&t.groups);
    free(t.train.of);
    free(t.validation.of);
    return code;
}
