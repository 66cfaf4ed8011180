/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was chosen for each target, for auto.c and auto_file.c. */
#ifndef FC_AUTO_STATE_H
#define FC_AUTO_STATE_H

#include "forecast/forecasters/choice/choice.h"

/* What one target is forecast by. */
typedef struct fc_auto_entry {
    int target;
    size_t first;   /* row that it is known from */
    size_t skipped; /* steps from there that are not looked at */
    fc_transform transform;
    int parts;
    const fc_named *of[FC_CANDIDATES];
    void *state[FC_CANDIDATES]; /* owned */
    double share[FC_CANDIDATES];
    int naive_season; /* of the best naive forecast; 1: the last value again */
    int origins;
    uint8_t squares;                  /* errors are roots of mean squares */
    double error, naive_error, scale; /* at rolling origins; NaN: not known */
    double then;                      /* see fc_trial */
    double width, growth;             /* of errors, see fc_trial */
} fc_auto_entry;

typedef struct fc_auto_state {
    fc_local local;
    int count;
    fc_auto_entry *entry; /* count, by rising target; owned */
    fc_surprise surprise;
    fc_linkage linkage;
    uint8_t kept; /* not fitted again to all rows */
} fc_auto_state;

/* In a model's file: members of fc_forecaster. */
extern const fc_field fc_auto_fields[];
int fc_auto_check(const void *state, nn_error *error);
void fc_auto_write(json_t *object, const void *state);
int fc_auto_read(void *state, const json_t *object, const char *path, nn_error *error);
struct nn_params *fc_auto_weights(void *state);

#endif
