/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Room for the buffers of OpenBLAS: for each product that runs at the same time it maps one of 128 MB, keeps
 * it for later ones, and where it gets none it tries again for ever. */
#ifndef NN_BLAS_ROOM_H
#define NN_BLAS_ROOM_H

#include <stdbool.h>

/* Before a call of OpenBLAS that needs a buffer, in any thread. True: there is one, and nn_blas_end must
 * follow the call. False: the memory is not there, and the call would not end; the shortage is noted. */
bool nn_blas_begin(void);
void nn_blas_end(void);
/* Whether so many calls at the same time have their buffers. */
bool nn_blas_has_room(int calls);

#endif
