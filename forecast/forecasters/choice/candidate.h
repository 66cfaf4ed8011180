/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A published network that stands among the forecasters that a choice is made of. */
#ifndef FC_CHOICE_CANDIDATE_H
#define FC_CHOICE_CANDIDATE_H

#include "forecast/forecasters/choice/named.h"
#include "forecast/pretrained/pretrained.h"

typedef struct fc_pretrained_candidate {
    fc_named named; /* its config is owned */
    const fc_kind *kind;
    fc_pretrained *network; /* held, so that it is read once, and what is wrong with it is said once */
} fc_pretrained_candidate;

/* Of a folder, with settings that train nothing; for fc_pretrained_candidate_clear, also where it failed.
 * folder NULL or "": there is none, and named.name stays NULL. */
int fc_pretrained_candidate_open(fc_pretrained_candidate *candidate, const char *folder, nn_error *error);
void fc_pretrained_candidate_clear(fc_pretrained_candidate *candidate);

/* The kind of a folder, and settings of it that name the folder and train nothing; for fc_kind_config_free,
 * also where it failed. */
int fc_pretrained_settings(const fc_kind **kind, void **config, const char *folder, nn_error *error);

#endif
