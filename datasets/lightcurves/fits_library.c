/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loads cfitsio and finds its functions. */
#ifdef AUSPEX_FITS
#include "datasets/lightcurves/fits_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>

#define TEXT_OF(number)  #number
#define LIBRARY(version) "libcfitsio.so." TEXT_OF(version)

ds_fits_library ds_fits;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void load(void)
{
    void *library = dlopen(LIBRARY(CFITSIO_SONAME), RTLD_NOW | RTLD_LOCAL);
    loaded = library != NULL;
    /* ISO C has no way from an object's address to a function's; POSIX says that this one works. */
#define FIND(name) loaded = loaded && (*(void **)&ds_fits.name = dlsym(library, #name)) != NULL;
    DS_FITS_FUNCTIONS(FIND)
#undef FIND
}

int ds_fits_load(const char *path, nn_error *error)
{
    pthread_once(&once, load);
    return loaded ? NN_OK
                  : nn_fail(error, NN_FAILED, "%s: is a FITS file, which needs %s (Debian: libcfitsio%d)",
                            path, LIBRARY(CFITSIO_SONAME), CFITSIO_SONAME);
}
#else
typedef int ds_fits_nothing; /* ISO C wants something in a file */
#endif
