/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a test is to be short: under sanitizers, which watch memory and take ten times as long, for what
 * numbers prove is proved by the plain build. A brief test runs the same code and asks the same of it, of
 * fewer cases or less data. */
#ifndef TESTS_BRIEF_H
#define TESTS_BRIEF_H

#include <stdbool.h>
#include <stdlib.h>

static inline bool brief(void)
{
    return getenv("AUSPEX_BRIEF") != NULL; /* tests/meson.build sets it */
}

#endif
