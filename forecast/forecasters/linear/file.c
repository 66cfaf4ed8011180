/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a linear forecaster keeps, in a model's file and back. */
#include "forecast/forecasters/linear/data.h"

#include "lib/files/base64.h"

#include <stdlib.h>

static size_t features_of(const linear *s)
{
    return s->phases ? fc_linear_static_features(s) : (size_t)s->lags + 1;
}

size_t fc_linear_weights(const void *state)
{
    const linear *s = state;
    return s->step_members ? fc_linear_step_weights(s)
           : s->members    ? fc_linear_known_weights(s)
                           : (size_t)s->maps * features_of(s) * (size_t)s->local.horizon;
}

static size_t columns_of(const void *state)
{
    const linear *s = state;
    return (size_t)s->local.targets * (size_t)(s->known.count + s->known.past);
}

static size_t past_of(const void *state)
{
    const linear *s = state;
    return (size_t)s->local.targets * (size_t)s->known.past;
}

static size_t squash_of(const void *state)
{
    const linear *s = state;
    return s->members || s->step_members ? 3 * (size_t)s->local.targets : 0;
}

static size_t members_of(const void *state)
{
    const linear *s = state;
    return (size_t)(s->members + s->step_members);
}

static size_t steps_of(const void *state)
{
    return (size_t)((const linear *)state)->step_members * FC_STEP_DESIGN;
}

static size_t bounds_of(const void *state)
{
    const linear *s = state;
    return s->step_members ? 2 * (size_t)s->local.targets : 0;
}

static size_t guard_of(const void *state)
{
    const linear *s = state;
    return (size_t)s->local.targets * (size_t)s->guard_steps * FC_GUARD_PARTS;
}

static size_t nearest_of(const void *state)
{
    const linear *s = state;
    return s->step_members ? (size_t)s->local.targets * (size_t)(s->local.targets - 1) : 0;
}

static size_t designs_of(const void *state)
{
    return (size_t)((const linear *)state)->members * FC_KNOWN_DESIGN;
}

static size_t table_of(const void *state)
{
    const linear *s = state;
    return (size_t)s->local.targets * (size_t)s->cycle;
}

#define STATE(name) offsetof(linear, name)
const fc_field fc_linear_fields[] = {
    {"lags", FC_NUMBER, FC_HERE, STATE(lags), .least = 1, .most = 100000},
    {"level_rows", FC_NUMBER, FC_HERE, STATE(level), .least = 1, .most = 100000},
    {"cycle", FC_NUMBER, FC_HERE, STATE(cycle), .least = 0, .most = 100000},
    {"maps", FC_NUMBER, FC_HERE, STATE(maps), .least = 1, .most = 1000000},
    {"start", FC_REAL, FC_HERE, .offset = STATE(start)},
    {"strength", FC_REAL, FC_HERE | FC_NULLABLE, .offset = STATE(strength)},
    {"folds_mse", FC_REAL, FC_HERE | FC_NULLABLE, .offset = STATE(loss)},
    {"table", FC_REAL, FC_MANY, STATE(table), .count = table_of},
    {"statics", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(statics), .least = 0, .most = 100000},
    {"static_phases", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(phases), .least = 0,
     .most = 1000},
    {"known", FC_NUMBER, FC_HERE | FC_OPTIONAL, STATE(known.count), .least = 0, .most = 100000},
    {"known_season", FC_NUMBER, FC_HERE | FC_OPTIONAL, STATE(known.season), .least = 0, .most = 1000},
    {"known_block", FC_NUMBER, FC_HERE | FC_OPTIONAL, STATE(known.block), .least = 0, .most = 1000},
    {"past_columns", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(known.past), .least = 0,
     .most = 100},
    {"past_which", FC_NUMBER, FC_MANY | FC_OPTIONAL, STATE(past), .count = past_of, .least = 0,
     .most = 1000000},
    {"known_mean", FC_REAL, FC_MANY, STATE(known_mean), .count = columns_of},
    {"known_spread", FC_REAL, FC_MANY | FC_POSITIVE, STATE(known_spread), .count = columns_of},
    /* As files had it that knew one design. */
    {"known_wide", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(old_wide), .least = 0, .most = 1},
    {"known_phases", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(old_phases), .least = 0,
     .most = 1000},
    {"designs", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(members), .least = 0,
     .most = FC_KNOWN_MOST_MEMBERS},
    {"design", FC_NUMBER, FC_MANY | FC_OPTIONAL, STATE(design), .count = designs_of, .least = 0,
     .most = 100000000},
    {"step_designs", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(step_members), .least = 0,
     .most = FC_KNOWN_MOST_MEMBERS},
    {"design_strength", FC_REAL, FC_MANY | FC_OPTIONAL, STATE(known_strength), .count = members_of},
    {"step_design", FC_NUMBER, FC_MANY | FC_OPTIONAL, STATE(step_design), .count = steps_of, .least = 0,
     .most = 100000},
    {"step_season", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(step_season), .least = 0,
     .most = 1000000},
    {"bounds", FC_REAL, FC_MANY | FC_OPTIONAL | FC_NULLABLE, STATE(bounds), .count = bounds_of},
    {"guard_steps", FC_NUMBER, FC_HERE | FC_OPTIONAL | FC_NOT_ZERO, STATE(guard_steps), .least = 0,
     .most = FC_GUARD_MOST_STEPS},
    {"guard", FC_REAL, FC_MANY | FC_OPTIONAL, STATE(guard), .count = guard_of},
    {"step_mean", FC_REAL, FC_MANY | FC_OPTIONAL, STATE(step_mean), .count = fc_linear_step_means},
    {"nearest", FC_NUMBER, FC_MANY | FC_OPTIONAL, STATE(nearest), .count = nearest_of, .least = 0,
     .most = 1000000},
    {"squash", FC_REAL, FC_MANY | FC_OPTIONAL, STATE(squash), .count = squash_of},
    {0}};

void fc_linear_write(json_t *object, const void *state)
{
    const linear *s = state;
    char *text = nn_base64_floats(s->weights, fc_linear_weights(s));
    nn_json_set(object, "weights", text ? json_string(text) : NULL);
    free(text);
}

/* A file of one design, as they were. */
static int read_old(linear *s, nn_error *error)
{
    s->design = calloc(FC_KNOWN_DESIGN, sizeof *s->design);
    s->known_strength = calloc(1, sizeof *s->known_strength);
    s->squash = calloc(3 * (size_t)s->local.targets, sizeof *s->squash);
    s->past = calloc(1, sizeof *s->past);
    if (!s->design || !s->known_strength || !s->squash || !s->past)
        return nn_no_memory(error);
    s->members = 1;
    s->design[0] = s->old_wide;
    s->design[1] = s->old_phases;
    s->known_strength[0] = s->strength;
    s->old_wide = s->old_phases = 0;
    return NN_OK;
}

static int read_designs(linear *s, const char *path, nn_error *error)
{
    fc_known_layout *l = &s->known;
    l->horizon = s->local.horizon;
    bool broken = l->season < 1 || l->block < 1 || l->block > l->horizon;
    if (!s->members && l->count) {
        const int code = read_old(s, error);
        if (code)
            return code;
    }
    for (int i = 0; i < s->members; i++) {
        const int *d = s->design ? s->design + i * FC_KNOWN_DESIGN : NULL;
        broken = broken || !d || !s->squash || !s->known_strength || d[0] > 1 || d[1] < 1 || d[1] > 1000 ||
                 d[2] > 1 || d[3] > 1 || d[5] > 1;
    }
    for (int i = 0; i < 3 * s->local.targets && s->members && !broken; i++)
        broken = i % 3 && s->squash[i] < 0;
    if (s->members && broken)
        return nn_fail(error, NN_BAD_DATA, "%s: the layout of %d columns known beforehand is broken", path,
                       l->count);
    l->blocks = s->members ? (l->horizon + l->block - 1) / l->block : 0;
    return NN_OK;
}

static int read_steps(linear *s, const char *path, nn_error *error)
{
    bool broken = s->members || !s->step_design || !s->known_strength || s->step_season < 1 || !s->squash ||
                  !s->bounds || (s->guard_steps && !s->guard);
    for (int i = 0; i < s->step_members && !broken; i++) {
        const fc_step_layout l = fc_linear_step_layout(s, i);
        broken = l.own < 1 || l.own > 1000 || l.others >= l.targets || l.lags > 1000 || l.kinds > 7 ||
                 l.year > 1 || l.bends > 10000 || l.relative > 1 || l.columns > 1 || l.around > 1 ||
                 (l.kinds && !s->step_mean) || (l.others && !s->nearest);
    }
    for (size_t i = 0; i < nearest_of(s) && !broken && s->nearest; i++)
        broken = s->nearest[i] >= s->local.targets;
    return broken ? nn_fail(error, NN_BAD_DATA, "%s: the designs of %d stations are broken", path,
                            s->local.targets)
                  : fc_linear_step_bends(s, error);
}

int fc_linear_read(void *state, const json_t *object, const char *path, nn_error *error)
{
    linear *s = state;
    const json_t *entry = json_object_get(object, "weights");
    const char *text = json_string_value(entry);
    const size_t length = json_string_length(entry);
    const int code = s->step_members                ? read_steps(s, path, error)
                     : s->members || s->known.count ? read_designs(s, path, error)
                                                    : NN_OK;
    if (code)
        return code;
    const size_t count = fc_linear_weights(s);
    if (s->level > s->lags || (s->maps != 1 && s->maps != s->local.targets))
        return nn_fail(error, NN_BAD_DATA, "%s: %d level rows of %d, %d sets of weights for %d targets", path,
                       s->level, s->lags, s->maps, s->local.targets);
    if (!text || length / 6 > count || count / 2 > length)
        return nn_fail(error, NN_BAD_DATA, "%s: 'weights' does not hold %zu numbers", path, count);
    s->weights = malloc((count + 1) * sizeof *s->weights);
    if (!s->weights)
        return nn_no_memory(error);
    return nn_base64_read_floats(text, length, s->weights, count)
               ? NN_OK
               : nn_fail(error, NN_BAD_DATA, "%s: 'weights' does not hold %zu finite numbers", path, count);
}
