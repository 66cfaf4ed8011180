/* SPDX-License-Identifier: GPL-3.0-or-later */
/* AMX (Intel's advanced matrix extensions): eight registers of 16 rows of 64 bytes, and products of them. */
#ifndef NN_AMX_H
#define NN_AMX_H

#include <stdbool.h>

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define NN_HAS_AMX
#endif

/* Whether the processor has products of bfloat16 (or of eight bits) and the system lets this process use
 * them, which is asked for when this is called first, for all of its threads. */
bool nn_amx_there(bool eight_bits);

/* Around its use by one thread: all registers get 16 rows of 64 bytes, or are given up. */
void nn_amx_begin(void);
void nn_amx_end(void);

#endif
