/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The processors that this process may use. */
#ifndef NN_PROCESSORS_H
#define NN_PROCESSORS_H

/* At least 1. */
int nn_processors(void);

#endif
