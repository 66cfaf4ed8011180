/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Summer time by the usual rules. */
#ifndef DS_ZONE_H
#define DS_ZONE_H

#include "datasets/time/time.h"

/* Whether clocks are at summer time at that instant, UTC; winter: minutes that they are ahead in winter. */
bool ds_summer_at(ds_summer rule, ds_time utc, int winter);
/* The offset, in minutes, with which a stamp of that form is written; *summer: 1 where it is that of summer.
 */
int ds_zone_offset(const ds_time_format *format, ds_time time, int *summer);

#endif
