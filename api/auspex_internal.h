/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the installed library share. */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include "api/auspex.h"
#include "lib/base/error.h"

/* Hands code on; where it is a failure, *to becomes *from with it. to may be NULL. */
int api_report(const nn_error *from, int code, auspex_error *to);

/* Around everything that may multiply matrices: an OpenBLAS without threads mixes up concurrent calls. begin
 * returns what end takes. */
int api_blas_begin(void);
void api_blas_end(int alone);

#endif
