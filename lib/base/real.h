/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The working precision: float for work; the same sources are compiled again with NN_DOUBLE for gradient
 * checks. */
#ifndef NN_REAL_H
#define NN_REAL_H

#ifdef NN_DOUBLE
typedef double nn_real;
#else
typedef float nn_real;
#endif

#endif
