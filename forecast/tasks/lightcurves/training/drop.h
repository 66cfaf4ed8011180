/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a light curve left out while training, so that classes are learnt early, too: Dualformer's
 * dropping of parts of a trace (Su et al. 2024, arXiv 2410.09918), said of points. Draws are by a counter:
 * the same key leaves out the same. */
#ifndef FC_CLASS_DROP_H
#define FC_CLASS_DROP_H

#include <stdint.h>

/* What goes; the order is that of the probabilities. */
typedef enum fc_drop_level {
    FC_DROP_NOTHING,
    FC_DROP_LAST,  /* 1 to half of the points, the last ones */
    FC_DROP_BAND,  /* one band, unless nothing else is there */
    FC_DROP_SHARE, /* 10 to 40 percent of the points, drawn without replacement */
    FC_DROP_LATER, /* all but the first, of any number */
    FC_DROP_LEVELS
} fc_drop_level;

/* Whole percent that goes by FC_DROP_SHARE, of u in [0, 1). */
int fc_drop_percent(double u);
/* Of n things, percent, rounded down; kept[i] is 1 where i stays. Draws are numbers counter, counter + 1, ...
 * of the key. room: n. Returns how many stay. */
int fc_drop_share(unsigned char *kept, int n, int percent, uint64_t key, uint64_t counter, int *room);
/* Of n points in time with their bands, 0 to bands - 1, by the level that is drawn first with these
 * probabilities, which come to 1. Returns how many stay, at least one. */
int fc_drop_points(unsigned char *kept, const int *band, int n, int bands,
                   const double probability[FC_DROP_LEVELS], uint64_t key, int *room, fc_drop_level *level);

#endif
