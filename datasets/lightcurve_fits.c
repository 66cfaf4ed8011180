/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "datasets/photometry.h"

bool ds_photometry_is_fits(const char *path)
{
    (void)path;
    return false;
}

int ds_photometry_open_fits(ds_lightcurves *r)
{
    return nn_fail(r->error, NN_BAD_DATA, "%s: FITS", r->name);
}
