/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The toy survey as files in the program's folder: sky.csv and meta.csv. */
#ifndef TESTS_SKY_FILE_H
#define TESTS_SKY_FILE_H

#include "program.h"
#include "toy_sky.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void sky_put(FILE *file, int n)
{
    toy_object o = toy_make(n);
    for (int i = 0; i < TOY_POINTS; i++)
        fprintf(file, "toy%d,%.4f,%s,%.4f,%.4f,%d\n", n, o.time[i], o.band[i] ? "r" : "g", o.flux[i],
                o.error[i], o.detected[i]);
}

/* Photometry of `count` objects; the caller frees it. */
static inline char *sky_text(int first, int count)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fputs("object_id,mjd,band,flux,flux_err,detected\n", file);
    for (int n = first; n < first + count; n++)
        sky_put(file, n);
    fclose(file);
    return text;
}

static inline void sky_write(int objects)
{
    char *sky = sky_text(0, objects), *meta = NULL;
    size_t size;
    program_write("sky.csv", sky, strlen(sky));
    free(sky);
    FILE *file = open_memstream(&meta, &size);
    fputs("object_id,type,photoz,photoz_err,sample\n", file);
    for (int n = 0; n < objects; n++) {
        toy_object o = toy_make(n);
        fprintf(file, "toy%d,%s,%.4f,%.4f,%s\n", n, toy_names[o.label], o.redshift, o.redshift_error,
                n % 2 ? "spec" : "phot");
    }
    fclose(file);
    program_write("meta.csv", meta, size);
    free(meta);
}

#endif
