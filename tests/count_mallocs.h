/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts the allocations of everything linked with -Wl,--wrap=malloc and its kin. */
#ifndef TESTS_COUNT_MALLOCS_H
#define TESTS_COUNT_MALLOCS_H

long count_mallocs(void); /* so far */

#endif
