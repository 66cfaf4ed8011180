/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits a curve B + A g(t) to the fluxes of a band. A and B are linear and solved for at each step; what g
 * goes by, a time and up to four numbers more, is found by Levenberg's and Marquardt's steps from a start
 * that is given. Each of these numbers but the time has a weak expectation, so that bands of few points stay
 * in bounds. */
#ifndef DS_FEATURE_TRANSIENT_H
#define DS_FEATURE_TRANSIENT_H

#include "datasets/lightcurves/features/group.h"

enum { DS_TRANSIENT_MOST = 5 };

typedef struct ds_transient_form {
    int unknowns; /* of g, the time t0 first; at most DS_TRANSIENT_MOST */
    int steps;    /* at most */
    /* out (count): g at the times t. */
    void (*shape)(double *out, const double *t, int count, const double *at);
    struct {
        double low, high;        /* between which it lies; of t0 50 days before the points to 20 after them */
        double expected, within; /* a normal distribution; none of t0 */
        double nudge;            /* for its derivative */
    } of[DS_TRANSIENT_MOST];
} ds_transient_form;

typedef struct ds_transient {
    const ds_transient_form *form;
    int count;
    const double *time, *flux, *error; /* (count) of the band */
    double *rows;
    double largest;   /* |flux| of them, which B is small against */
    double from, to;  /* times between which t0 may lie */
    double brightest; /* the time of the point that is brightest by more than its error */
    double at[DS_TRANSIENT_MOST];
    double amplitude, base, chi; /* there; chi^2 with the expectations */
} ds_transient;

/* Takes the points of a band; they stay in the object's scratch. False where they are fewer than least, or
 * all 0. */
bool ds_transient_take(ds_transient *fit, const ds_feature_object *object, int band, int least);
/* Goes down from fit->at. */
void ds_transient_descend(ds_transient *fit, const ds_transient_form *form);
/* chi^2 of the best constant. */
double ds_transient_flat(const ds_transient *fit);

#endif
