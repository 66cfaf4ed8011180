/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long lists of numbers in a model's metadata as base64 of few bytes each, without their zeros: for files
 * that are to be small. */
#ifndef FC_BRIEF_H
#define FC_BRIEF_H

#include <jansson.h>

#include <stdbool.h>

/* Puts {"f24": TEXT, "n": COUNT, "zeros": TEXT} in the place of every list of six numbers and more within
 * value; zeros is left out where there are few. False without memory. */
bool fc_brief_pack(json_t *value);
/* Puts the lists back. False for such an object that is broken, and without memory. */
bool fc_brief_unpack(json_t *value);

#endif
