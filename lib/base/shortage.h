/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether memory was short anywhere since some moment: what was computed meanwhile may lack a part that
 * nobody missed. */
#ifndef NN_SHORTAGE_H
#define NN_SHORTAGE_H

#include <stdbool.h>

/* An allocation failed, in any thread. The program calls this from all of its allocations
 * (lib/files/watched.c), from those of jansson, and from GSL's errors. */
void nn_shortage_note(void);
/* Since this thread called nn_shortage_forget, or ever. Outputs are not put in place then. */
bool nn_shortage(void);
/* At the begin of a call of the library. */
void nn_shortage_forget(void);

#endif
