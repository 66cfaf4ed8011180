/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lowest ranks that a validation loss allows, map by map, least harm first. */
#include "forecast/compress/maps.h"

#include <stdlib.h>

/* Shares of the most that saves anything. */
static const double ladder[] = {0.75, 0.5, 0.25, 0.125, 0.0625, 0.03125};
enum { GLANCE = 512 }; /* samples that a step by itself is seen at */
enum { STEPS = sizeof ladder / sizeof *ladder };

typedef struct step {
    int map, rank;
    double harm; /* loss more than of the whole network, for each weight that is saved */
} step;

typedef struct search {
    fc_maps *maps;
    const fc_trial *trial;
    step *steps;
    size_t count, done;
    void (*said)(size_t done, size_t all);
} search;

/* Of the maps as they are. */
static int loss_now(search *s, bool glance, double *loss, nn_error *error)
{
    nn_params *params;
    int code = fc_maps_build(&params, s->maps, error);
    if (!code)
        code = glance ? fc_trial_glance(loss, s->trial, params, GLANCE, error)
                      : fc_trial_loss(loss, s->trial, params, error);
    nn_params_free(params);
    s->done++;
    if (s->said)
        s->said(s->done, 2 * s->count);
    return code;
}

static void list_steps(search *s)
{
    for (int i = 0; i < s->maps->count; i++) {
        const int limit = s->maps->map[i].limit;
        for (int k = 0, last = limit; k < STEPS; k++) {
            const int rank = (int)(ladder[k] * limit);
            if (rank >= 1 && rank < last)
                s->steps[s->count++] = (step){.map = i, .rank = rank};
            last = rank;
        }
    }
}

/* Each step by itself. */
static int try_alone(search *s, nn_error *error)
{
    double whole;
    int code = fc_trial_glance(&whole, s->trial, s->maps->model->params, GLANCE, error);
    for (size_t i = 0; i < s->count && !code; i++) {
        step *t = &s->steps[i];
        fc_map *map = &s->maps->map[t->map];
        double loss;
        map->rank = t->rank;
        code = loss_now(s, true, &loss, error);
        map->rank = 0;
        const double saved = (double)map->in * map->out - (double)t->rank * (map->in + map->out);
        t->harm = code ? 0 : (loss - whole) / saved;
    }
    return code;
}

static int by_harm(const void *a, const void *b)
{
    const step *x = a, *y = b;
    if (x->harm != y->harm)
        return x->harm > y->harm ? 1 : -1;
    return x->map != y->map ? x->map - y->map : y->rank - x->rank;
}

static int make_together(search *s, double most, double *loss, bool *ended, nn_error *error)
{
    for (size_t i = 0; i < s->count; i++) {
        const step *t = &s->steps[i];
        fc_map *map = &s->maps->map[t->map];
        const int before = map->rank;
        double now;
        if (ended[t->map] || (before && before <= t->rank)) {
            s->done++;
            continue;
        }
        map->rank = t->rank;
        const int code = loss_now(s, false, &now, error);
        if (code)
            return code;
        ended[t->map] = !(now <= most);
        if (ended[t->map])
            map->rank = before;
        else
            *loss = now;
    }
    return NN_OK;
}

int fc_maps_search(fc_maps *maps, const fc_trial *trial, double most, double *loss,
                   void (*said)(size_t done, size_t all), nn_error *error)
{
    search s = {.maps = maps, .trial = trial, .said = said};
    s.steps = calloc((size_t)maps->count * STEPS + 1, sizeof *s.steps);
    bool *ended = calloc((size_t)maps->count + 1, sizeof *ended);
    int code =
        s.steps && ended ? fc_trial_loss(loss, trial, maps->model->params, error) : nn_no_memory(error);
    if (!code) {
        list_steps(&s);
        code = try_alone(&s, error);
    }
    if (!code) {
        qsort(s.steps, s.count, sizeof *s.steps, by_harm);
        code = make_together(&s, most, loss, ended, error);
    }
    free(s.steps);
    free(ended);
    return code;
}
