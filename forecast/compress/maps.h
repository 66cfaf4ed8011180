/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The linear maps of a trained network, each whole or of two, at ranks of one's choice. */
#ifndef FC_MAPS_H
#define FC_MAPS_H

#include "forecast/compress/lowrank.h"
#include "forecast/compress/trial.h"
#include "forecast/files/factor.h"

/* What a map saw: mean and covariance of its inputs, one for all that share their input. */
typedef struct fc_inputs {
    size_t weight, parameters; /* of the operation, as nn_watched has it */
    int in;
    double rows;
    double *mean, *covariance; /* in; in x in, first sums, then as they are called */
} fc_inputs;

typedef struct fc_map {
    char name[400]; /* without ".weight" or ".kernel" */
    const nn_param *param;
    bool keras;               /* the weight stands as (in,out) */
    int in, out, limit, rank; /* limit: fc_lowrank_limit; rank 0: whole */
    const fc_inputs *inputs;  /* NULL: by the weights alone */
    fc_lowrank parts;         /* once they were asked for */
} fc_map;

typedef struct fc_maps {
    fc_model *model; /* whose maps they are */
    fc_map *map;
    int count;
    fc_inputs *inputs;
    int input_count;
    nn_factor *factors; /* of fc_maps_build; count of those whose rank is not 0 */
    int factor_count;
} fc_maps;

/* The maps of a model, all whole. NN_USAGE for a model without a network, and one whose maps were made of two
 * before. trial: of the same network; its training samples are seen; NULL: none are. Clear after failure too.
 */
int fc_maps_open(fc_maps *maps, fc_model *model, const fc_trial *trial, nn_error *error);
void fc_maps_clear(fc_maps *maps);

/* The rank that keeps `energy`, a share of the squares of the singular values, or, where inputs were seen, of
 * the variance of the outputs; where energy is 0 the rank asked for. 0 where the map is no smaller then. */
int fc_maps_ask(fc_maps *maps, double energy, double asked, nn_error *error);

/* Parameters of the network with the maps at their ranks, which borrow the maps' factors until these are
 * built again or cleared. */
int fc_maps_build(nn_params **params, fc_maps *maps, nn_error *error);
/* Makes the model's own parameters so. */
int fc_maps_apply(fc_maps *maps, nn_error *error);

/* Ranks as low as they may be for a validation loss of at most `most`: every map is tried at every step of a
 * ladder by itself; then the steps are made together, those first that cost least for what they save, and a
 * step too much ends its map's ladder. said: called with what is done and to do; NULL: not called. *loss gets
 * what is reached. */
int fc_maps_search(fc_maps *maps, const fc_trial *trial, double most, double *loss,
                   void (*said)(size_t done, size_t all), nn_error *error);

/* Dense times sparse: columns of a basis, numbers in a column, blocks of rows at most. */
typedef struct fc_factor_wish {
    int rank, kept, blocks;
} fc_factor_wish;
/* Makes such factors of every map of the model that takes fewer bytes by it, and its weights their product;
 * *factored: how many. */
int fc_maps_factor(fc_maps *maps, const fc_factor_wish *wish, int *factored, nn_error *error);

/* Whether a parameter is the weight of a linear map, and how it stands. */
bool fc_map_of(const nn_param *param, fc_map *map);

#endif
