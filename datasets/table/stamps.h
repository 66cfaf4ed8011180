/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The different stamps of a long file, numbered as they are met. */
#ifndef DS_STAMPS_H
#define DS_STAMPS_H

#include "datasets/time/time.h"

typedef struct ds_stamps {
    ds_time *time; /* count */
    size_t count, room;
    int *slot; /* by hash: number + 1, 0 where there is none; NULL while the stamps rise, and are searched */
    size_t slots;
    int last; /* number of the stamp asked for last */
} ds_stamps;

/* The number of a stamp; -1 without memory. */
int ds_stamps_add(ds_stamps *stamps, ds_time time);
/* Once stamps->time has been changed; false without memory. */
bool ds_stamps_renew(ds_stamps *stamps);
bool ds_stamps_rise(const ds_stamps *stamps); /* each is later than the one before */
/* The stamps by their numbers, from now on the caller's; clears the rest. */
ds_time *ds_stamps_hand_over(ds_stamps *stamps);
void ds_stamps_clear(ds_stamps *stamps);

#endif
