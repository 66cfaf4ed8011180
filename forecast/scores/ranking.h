/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several models over the same rows: who is best, by how much, and whether that may be chance. */
#ifndef FC_RANKING_H
#define FC_RANKING_H

#include "datasets/series/split.h"
#include "forecast/model.h"
#include "forecast/scores/score_table.h"

typedef struct fc_contender {
    const fc_model *model;
    const char *name; /* borrowed */
    bool naive;       /* one of those that the others have to beat */
    size_t learnt;    /* rows of the part that it learnt from */
} fc_contender;

typedef struct fc_ranking_request {
    const fc_contender *contender;
    int count; /* at most FC_MOST_SCORED, at least one of them naive */
    const ds_table *table;
    const char *data, *part, *split_name;
    const ds_split *split;
    int horizon, season; /* steps that are scored, at most each model's; rows of a season, at least 1 */
    bool season_found;
    size_t stride; /* rows from one origin to the next; 0: as many as MOST_ORIGINS of them need */
    int threads;   /* 0: all cores */
} fc_ranking_request;

enum { FC_RANKING_ORIGINS = 500 }; /* about so many, where nobody asks for a stride */

/* Scores sorted by the MSE of values scaled by their deviation in training, the best first, each tested
 * against the best naive forecast (Diebold-Mariano), with Holm's correction for their number (Holm 1979,
 * Scandinavian Journal of Statistics 6). The columns are those that all models forecast; NN_BAD_DATA where
 * there are none. What the request points to must outlive the scores. */
extern const fc_metric fc_ranked_metrics[];
int fc_rank(fc_scores **scores, const fc_ranking_request *request, nn_error *error);

#endif
