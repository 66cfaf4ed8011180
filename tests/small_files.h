/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small files for networks of every task: data.csv, farm.csv with farm_stations.csv, sky.csv with
 * sky_meta.csv. */
#ifndef TESTS_SMALL_FILES_H
#define TESTS_SMALL_FILES_H

#include "tests/seasons_file.h"

/* A fixture of cmocka. */
static inline int small_files_write(void **state)
{
    (void)state;
    seasons_write();
    program_discard(
        program_expect("simulate wind --turbines 3 --days 20 -o farm.csv --stations farm_stations.csv", 0));
    program_discard(program_expect(
        "simulate lightcurves --classes SNIa,EB --objects 60 -o sky.csv --metadata sky_meta.csv", 0));
    return 0;
}

#endif
