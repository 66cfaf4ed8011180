/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hour, the day of the week and what else the calendar says of a token's rows, added to it (Zhou et al.
 * 2021, arXiv 2012.07436, appendix B). */
#include "lib/parts/block.h"

static nn_tensor *build(nn_plan *plan, const char *name, const void *settings, nn_tensor *x,
                        const nn_places *places)
{
    (void)name, (void)settings;
    if (x && !places->calendar)
        nn_plan_fail(plan, "--pos calendar: there is no calendar: the rows have no times");
    return x && places->calendar ? nn_add_repeated(plan, x, places->calendar) : NULL;
}

const nn_position_kind nn_position_calendar = {
    {"calendar", "what the calendar says of a token's rows (Informer, arXiv 2012.07436)", "dF len",
     NN_PART_ORDER | NN_PART_FIXED | NN_PART_CALENDAR, NULL, 0},
    build};
