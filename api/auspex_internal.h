/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of the installed library share. */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include "api/auspex.h"
#include "lib/base/error.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Hands code on; where it is a failure, *to becomes *from with it. to may be NULL. */
int api_report(const nn_error *from, int code, auspex_error *to);

/* Around everything that may multiply matrices: an OpenBLAS without threads mixes up concurrent calls. begin
 * returns what end takes. */
int api_blas_begin(void);
void api_blas_end(int alone);

/* What a model was read from; all zero where it cannot be told. */
void api_file_is(struct stat *file, const char *path);
/* Before a call that reads files and writes one: nothing but the model counts as read. */
void api_reading_begin(const struct stat *model);

/* Who a command works for, in this thread; NULL: nobody. */
typedef struct api_host {
    const auspex_job *job;
    auspex_result *result;
    bool stopped;
    double reported; /* seconds of nn_seconds */
} api_host;
api_host *api_host_here(void);
void api_host_set(api_host *host);

struct auspex_result {
    char *json;
    char *kind, *frequency;
    int steps, series, bands;
    char **name;      /* series */
    char (*band)[24]; /* bands */
    int64_t *time;    /* steps x series */
    double *values;   /* bands x steps x series */
    struct api_written {
        char *name;
        void *bytes;
        size_t size;
    } * file;
    size_t files;
};

#endif
