/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The setting "preset" of kinds that have one: what suits most data, or all as published. */
#ifndef FC_PRESET_H
#define FC_PRESET_H

#include <stddef.h>

enum { STANDARD, PAPER }; /* in the order of its words */

/* fc_kind.recipe of kinds whose options' own defaults are the published training; else it goes by the data.
 */
static inline const char *const (*fc_preset_recipe(int preset))[2]
{
    static const char *const published[][2] = {{NULL, NULL}};
    return preset == PAPER ? published : NULL;
}

#endif
