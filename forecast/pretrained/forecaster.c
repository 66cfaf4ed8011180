/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A published network as a forecaster: its median is the forecast, its quantiles are the intervals. */
#include "forecast/pretrained/forecaster.h"

#include "lib/base/memory.h"
#include "lib/base/random.h"
#include "lib/files/json.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Series that are gathered at a time. */
enum { SOME = 2048 };

/* --- what is asked --- */

/* Groups of as many members seen from origins: item i is group i / origins seen from origin i % origins. */
typedef struct question {
    const fc_pretrained_state *state;
    const ds_view *view;
    const fc_pretrained_groups *groups;
    const int *group; /* those of this many members */
    int count, members;
    fc_origins origins;
    int steps;
    bool remembers; /* forecasts are kept and looked for */
    nn_pool *pool;  /* NULL until it is needed */
    /* Takes what came of each member that is a target: (levels, steps). */
    void (*take)(void *context, int target, size_t origin, const double *quantiles);
    void *context;
} question;

static int length_of(const fc_pretrained_state *s)
{
    const int most = s->network->sizes.context;
    return s->context && s->context < most ? s->context : most;
}

static const int *members_of(const question *q, size_t item)
{
    return q->groups->member + q->groups->first[q->group[item / q->origins.count]];
}

static size_t origin_of(const question *q, size_t item)
{
    return q->origins.first + item % q->origins.count * q->origins.stride;
}

static void give(const question *q, size_t item, const double *values)
{
    const size_t line = (size_t)q->state->network->sizes.levels * (size_t)q->steps;
    const int *member = members_of(q, item);
    for (int m = 0; m < q->members; m++) {
        const int target = fc_pretrained_target(q->view, member[m]);
        if (target >= 0)
            q->take(q->context, target, item % q->origins.count, values + (size_t)m * line);
    }
}

/* Rows of context that a few items have at most: no origin has more rows before it. */
static int common_length(const question *q, size_t first, size_t count)
{
    const int most = length_of(q->state);
    size_t longest = 1;
    for (size_t i = 0; i < count; i++)
        longest = origin_of(q, first + i) > longest ? origin_of(q, first + i) : longest;
    return longest < (size_t)most ? (int)longest : most;
}

/* Memory of a few items; those that are not known yet stand first. */
typedef struct stock {
    int length;
    size_t *item;
    uint64_t *key;
    double *context, *future, *out;
} stock;

static void clear_stock(stock *s)
{
    free(s->item);
    free(s->key);
    free(s->context);
    free(s->future);
    free(s->out);
}

static int make_stock(stock *s, const question *q, size_t first, size_t count, nn_error *error)
{
    const size_t members = (size_t)q->members, levels = (size_t)q->state->network->sizes.levels;
    *s = (stock){.length = common_length(q, first, count)};
    s->item = nn_resize(NULL, count, 1, sizeof *s->item);
    s->key = nn_resize(NULL, count, 1, sizeof *s->key);
    s->context = nn_resize(NULL, count * members, (size_t)s->length, sizeof *s->context);
    s->future =
        q->state->kind->joint ? nn_resize(NULL, count * members, (size_t)q->steps, sizeof *s->future) : NULL;
    s->out = nn_resize(NULL, count * members * levels, (size_t)q->steps, sizeof *s->out);
    return s->item && s->key && s->context && s->out && (s->future || !q->state->kind->joint)
               ? NN_OK
               : nn_no_memory(error);
}

/* How many of the items are still to be forecast. */
static size_t gather(stock *s, const question *q, size_t first, size_t count)
{
    const size_t rows = (size_t)q->members * (size_t)s->length, ahead = (size_t)q->members * (size_t)q->steps,
                 values = ahead * (size_t)q->state->network->sizes.levels;
    size_t open = 0;
    for (size_t i = first; i < first + count; i++) {
        double *context = s->context + open * rows, *future = s->future ? s->future + open * ahead : NULL;
        fc_pretrained_gather(context, future, q->view, members_of(q, i), q->members, origin_of(q, i),
                             s->length, q->steps);
        s->item[open] = i;
        s->key[open] = q->remembers ? fc_pretrained_memory_key(context, rows, future, ahead, q->steps) : 0;
        if (q->remembers &&
            fc_pretrained_recall(q->state->memory, s->key[open], s->out + open * values, values))
            give(q, i, s->out + open * values);
        else
            open++;
    }
    return open;
}

static int answer_some(question *q, size_t first, size_t count, nn_error *error)
{
    const size_t values = (size_t)q->members * (size_t)q->state->network->sizes.levels * (size_t)q->steps;
    stock s;
    int code = make_stock(&s, q, first, count, error);
    const size_t open = code ? 0 : gather(&s, q, first, count);
    const fc_pretrained_batch batch = {.groups = (int)open,
                                       .members = q->members,
                                       .length = s.length,
                                       .context = s.context,
                                       .ahead = q->steps,
                                       .future = s.future,
                                       .steps = q->steps,
                                       .out = s.out};
    if (!code && open && !q->pool && !nn_pool_is_at_work()) /* else the other threads have their own work */
        code = nn_pool_new(&q->pool, q->state->threads, error);
    if (!code && open)
        code = fc_pretrained_forecast(q->state->network, &batch, q->pool, error);
    for (size_t i = 0; i < open && !code; i++) {
        give(q, s.item[i], s.out + i * values);
        if (q->remembers)
            fc_pretrained_keep(q->state->memory, s.key[i], s.out + i * values, values);
    }
    clear_stock(&s);
    return code;
}

static int answer_alike(question *q, nn_error *error)
{
    const size_t all = (size_t)q->count * q->origins.count,
                 some = q->members < SOME ? (size_t)(SOME / q->members) : 1;
    int code = NN_OK;
    for (size_t first = 0; first < all && !code; first += some)
        code = answer_some(q, first, all - first < some ? all - first : some, error);
    return code;
}

/* Groups of one number of members after another. */
static int answer(question *q, nn_error *error)
{
    const fc_pretrained_groups *g = q->groups;
    int *alike = malloc(((size_t)g->count + 1) * sizeof *alike), code = alike ? NN_OK : nn_no_memory(error);
    bool *done = calloc((size_t)g->count + 1, sizeof *done);
    code = done ? code : nn_no_memory(error);
    for (int first = 0; first < g->count && !code; first++) {
        if (done[first])
            continue;
        q->count = 0;
        q->members = g->first[first + 1] - g->first[first];
        for (int i = first; i < g->count; i++)
            if (g->first[i + 1] - g->first[i] == q->members) {
                alike[q->count++] = i;
                done[i] = true;
            }
        q->group = alike;
        code = answer_alike(q, error);
    }
    free(alike);
    free(done);
    return code;
}

static int ask(question *q, const fc_pretrained_groups *groups, nn_error *error)
{
    q->groups = groups;
    const int code = answer(q, error);
    nn_pool_free(q->pool);
    return code;
}

/* --- forecasts --- */

/* The median of each target and origin. */
typedef struct medians {
    const fc_pretrained_sizes *sizes;
    int targets, horizon;
    double *out; /* origins x horizon x targets */
} medians;

static int median_of(const fc_pretrained_sizes *sizes)
{
    int middle = 0;
    while (middle + 1 < sizes->levels && sizes->level[middle] < 0.5)
        middle++;
    return middle;
}

static void take_median(void *context, int target, size_t origin, const double *quantiles)
{
    const medians *m = context;
    const double *line = quantiles + (size_t)median_of(m->sizes) * (size_t)m->horizon;
    for (int h = 0; h < m->horizon; h++)
        m->out[(origin * (size_t)m->horizon + (size_t)h) * (size_t)m->targets + (size_t)target] = line[h];
}

static void forecast(const fc_pretrained_state *s, const ds_view *view, fc_origins origins, int horizon,
                     bool remembers, double *out)
{
    const size_t cells = origins.count * (size_t)horizon * (size_t)view->targets;
    medians to = {&s->network->sizes, view->targets, horizon, out};
    question q = {.state = s,
                  .view = view,
                  .origins = origins,
                  .steps = horizon,
                  .remembers = remembers,
                  .take = take_median,
                  .context = &to};
    fc_pretrained_groups groups = {0};
    int code = fc_pretrained_group(&groups, view, s->kind->joint, (fc_pretrained_joint)s->joint, NULL);
    if (!code)
        code = ask(&q, &groups, NULL);
    for (size_t c = 0; c < cells && code; c++) /* refused by the caller */
        out[c] = NAN;
    for (size_t w = 0; w < origins.count && !code; w++) /* nothing is known of it: the level */
        for (int k = 0; k < view->targets; k++)
            if (isnan(ds_view_last(view, origins.first + w * origins.stride, k)))
                for (int h = 0; h < horizon; h++)
                    out[(w * (size_t)horizon + (size_t)h) * (size_t)view->targets + (size_t)k] =
                        s->local.level[k];
    fc_pretrained_groups_clear(&groups);
}

void fc_pretrained_one(const void *state, const ds_view *view, size_t origin, int horizon, double *out)
{
    forecast(state, view, (fc_origins){origin, 1, 1}, horizon, true, out);
}

void fc_pretrained_many(const void *state, const ds_view *view, fc_origins origins, int horizon, double *out)
{
    forecast(state, view, origins, horizon, false, out);
}

/* --- quantiles --- */

typedef struct lines {
    int target;
    double *values; /* levels x steps */
    size_t count;
    bool there;
} lines;

static void take_lines(void *context, int target, size_t origin, const double *quantiles)
{
    lines *l = context;
    (void)origin;
    if (target == l->target)
        memcpy(l->values, quantiles, l->count * sizeof *l->values);
    l->there = l->there || target == l->target;
}

/* All quantiles of one target; malloced, NULL where there are none. */
static double *lines_of(const fc_pretrained_state *s, fc_outlook at)
{
    const size_t count = (size_t)s->network->sizes.levels * (size_t)at.horizon;
    lines to = {at.k, malloc((count + 1) * sizeof *to.values), count, false};
    question q = {.state = s,
                  .view = at.view,
                  .origins = {at.origin, 1, 1},
                  .steps = at.horizon,
                  .remembers = true,
                  .take = take_lines,
                  .context = &to};
    fc_pretrained_groups own = {0};
    int code =
        to.values && !isnan(ds_view_last(at.view, at.origin, at.k))
            ? fc_pretrained_group_of(&own, at.view, s->kind->joint, (fc_pretrained_joint)s->joint, at.k, NULL)
            : NN_FAILED;
    if (!code)
        code = ask(&q, &own, NULL);
    fc_pretrained_groups_clear(&own);
    if (to.there && !code)
        return to.values;
    free(to.values);
    return NULL;
}

void fc_pretrained_reach(const void *state, double *least, double *most)
{
    const fc_pretrained_sizes *sizes = &((const fc_pretrained_state *)state)->network->sizes;
    *least = sizes->level[0];
    *most = sizes->level[sizes->levels - 1];
}

/* Levels that are written with a few digits meet those of the network all the same. */
static const double closeness = 1e-9;

bool fc_pretrained_quantiles(const void *state, fc_outlook at, const double *share, int shares, double *out)
{
    const fc_pretrained_state *s = state;
    const fc_pretrained_sizes *sizes = &s->network->sizes;
    double least, most;
    fc_pretrained_reach(state, &least, &most);
    for (int i = 0; i < shares; i++)
        if (share[i] < least - closeness || share[i] > most + closeness)
            return false;
    double *values = lines_of(s, at);
    for (int i = 0; i < shares && values; i++)
        for (int h = 0; h < at.horizon; h++)
            *out++ = fc_pretrained_between(sizes->level, values + h, at.horizon, sizes->levels, share[i]);
    free(values);
    return values;
}

/* Steps of a path hang together as a random walk's do; none goes beyond the outermost quantiles. */
bool fc_pretrained_paths(const void *state, fc_outlook at, uint64_t key, int count, double *out)
{
    const fc_pretrained_state *s = state;
    const fc_pretrained_sizes *sizes = &s->network->sizes;
    double *values = lines_of(s, at);
    for (int i = 0; i < count && values; i++) {
        fc_linked path = fc_linked_begin((fc_linkage){.chain = NAN}, nn_random(key, (uint64_t)i));
        for (int h = 0; h < at.horizon; h++)
            *out++ = fc_pretrained_between(sizes->level, values + h, at.horizon, sizes->levels,
                                           gsl_cdf_ugaussian_P(fc_linked_next(&path)));
    }
    free(values);
    return values;
}

/* --- fitted and kept --- */

int fc_pretrained_fit(void *state, const fc_pretrained_kind *kind, const void *config, const ds_view *view,
                      ds_part train, nn_error *error)
{
    fc_pretrained_state *s = state;
    const fc_pretrained_config *how = config;
    if (!how || !how->init || !*how->init)
        return nn_fail(error, NN_USAGE,
                       "--init is missing: the folder with the config.json and model.safetensors of %s",
                       kind->name);
    s->kind = kind;
    s->context = how->context;
    s->joint = how->joint;
    s->threads = s->local.pool ? nn_pool_threads(s->local.pool) : 0;
    s->memory = fc_pretrained_memory_new();
    int code = s->memory ? fc_pretrained_open(&s->network, how->init, kind, how->tune > 0, error)
                         : nn_no_memory(error);
    return code || !how->tune ? code : fc_pretrained_tune(state, config, view, train, error);
}

int fc_pretrained_refit(void *state, const ds_view *view, ds_part train, nn_error *error)
{
    (void)state, (void)view, (void)train, (void)error;
    return NN_OK;
}

nn_params *fc_pretrained_weights(void *state)
{
    return ((fc_pretrained_state *)state)->network->params;
}

/* Whether one buffer can serve both. */
static bool are_alike(const nn_params *a, const nn_params *b)
{
    bool alike = a->count == b->count && a->size == b->size;
    for (int i = 0; i < a->count && alike; i++)
        alike = a->table[i].offset == b->table[i].offset && a->table[i].count == b->table[i].count &&
                strcmp(a->table[i].name, b->table[i].name) == 0;
    return alike;
}

bool fc_pretrained_join(void *state, void *other)
{
    fc_pretrained_state *s = state, *o = other;
    if (s->kind != o->kind || !are_alike(s->network->params, o->network->params))
        return false;
    fc_pretrained_free(s->network);
    s->network = fc_pretrained_share(o->network);
    return true;
}

void fc_pretrained_describe(const void *state, char *text, size_t size)
{
    const fc_pretrained_state *s = state;
    const fc_pretrained_sizes *sizes = &s->network->sizes;
    snprintf(text, size, "%s: %.1f million weights, sees up to %d rows; quantiles from %g to %g",
             s->kind->name, (double)s->network->params->size / 1e6, length_of(s), sizes->level[0],
             sizes->level[sizes->levels - 1]);
    const size_t used = strlen(text);
    if (s->tuned && used < size)
        snprintf(text + used, size - used, "; %s: loss of the last fifth of the rows %.4g, as published %.4g",
                 s->after < s->before ? "trained on" : "training made it no better", s->after, s->before);
}

static const char *const joint_names[] = {"auto", "yes", "no"};

void fc_pretrained_write(json_t *object, const void *state)
{
    const fc_pretrained_state *s = state;
    nn_json_set(object, "network", fc_pretrained_sizes_json(&s->network->sizes, s->kind));
    nn_json_set(object, "context", json_integer(s->context));
    nn_json_set(object, "joint", nn_json_text(joint_names[s->joint]));
    if (s->tuned) {
        nn_json_set(object, "loss_published", nn_json_real(s->before));
        nn_json_set(object, "loss", nn_json_real(s->after));
    }
}

int fc_pretrained_read(void *state, const json_t *object, const char *path, nn_error *error)
{
    fc_pretrained_state *s = state;
    fc_pretrained_sizes sizes;
    const char *joint = json_string_value(json_object_get(object, "joint"));
    const json_t *context = json_object_get(object, "context");
    for (int i = 0; i < 3; i++)
        s->joint = joint && strcmp(joint, joint_names[i]) == 0 ? i : s->joint;
    s->context =
        json_is_integer(context) && json_integer_value(context) >= 0 && json_integer_value(context) <= 1 << 20
            ? (int)json_integer_value(context)
            : 0;
    s->tuned = json_object_get(object, "loss") != NULL;
    s->before = json_number_value(json_object_get(object, "loss_published"));
    s->after = json_number_value(json_object_get(object, "loss"));
    s->memory = fc_pretrained_memory_new();
    int code = s->memory ? fc_pretrained_sizes_read(&sizes, &s->kind, json_object_get(object, "network"),
                                                    path, error)
                         : nn_no_memory(error);
    return code ? code : fc_pretrained_new(&s->network, s->kind, &sizes, error);
}

void fc_pretrained_clear(void *state)
{
    fc_pretrained_state *s = state;
    fc_pretrained_free(s->network);
    fc_pretrained_memory_free(s->memory);
}
