/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the machine has the memory that a large allocation asks for. The system hands out more than it has,
 * and ends whoever uses it; so large requests are compared with what is free beforehand. */
#ifndef NN_BUDGET_H
#define NN_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

/* Whether size further bytes can be had: what the process has asked for so far, used or not, and these must
 * go into what it uses and what is free of the machine and of its control group. Small requests always can. A
 * refusal is remembered. */
bool nn_budget_allows(size_t size);

/* Bytes that can still be had, by the same count. False: that is not known. */
bool nn_budget_room(unsigned long long *room);
/* " (--memory)" where the limit is that of nn_budget_cap, else "". */
const char *nn_budget_source(void);

/* Caps the memory of the process in bytes, for all allocations, as --memory says. False: the system refuses.
 */
bool nn_budget_cap(unsigned long long bytes);

/* "13.0 GB more are needed at once, 4.5 GB are free" of the first request that was refused; false: none was.
 */
bool nn_budget_words(char *text, size_t size);

#endif
