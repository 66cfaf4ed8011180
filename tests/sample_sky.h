/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bundled survey in a test's folder: all of it, or in brief its first objects. */
#ifndef TESTS_SAMPLE_SKY_H
#define TESTS_SAMPLE_SKY_H

#include "tests/brief.h"
#include "tests/cmocka_all.h"
#include "tests/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { SAMPLE_OBJECTS = 350, SAMPLE_IN_BRIEF = 60 };

/* sky.csv.gz and meta.csv, which names all 350 objects; their ids count from 1, in the order of the file.
 * Returns how many there are points of. */
static inline int sample_sky(void)
{
    program_bring("datasets/samples/simulated_lightcurves.csv.gz", "sky.csv.gz");
    program_bring("datasets/samples/simulated_lightcurves_metadata.csv", "meta.csv");
    if (!brief())
        return SAMPLE_OBJECTS;
    char line[200];
    const gzFile all = gzopen("sky.csv.gz", "rb"), some = gzopen("some.csv.gz", "wb");
    assert_true(all && some);
    while (gzgets(all, line, sizeof line) && atoi(line) <= SAMPLE_IN_BRIEF) /* the header counts as 0 */
        gzputs(some, line);
    assert_int_equal(gzclose(all), Z_OK);
    assert_int_equal(gzclose(some), Z_OK);
    assert_int_equal(rename("some.csv.gz", "sky.csv.gz"), 0);
    return SAMPLE_IN_BRIEF;
}

#endif
