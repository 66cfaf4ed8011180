/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The least of a function of a few bounded unknowns without its slopes (Nelder & Mead 1965). */
#ifndef FC_SIMPLEX_H
#define FC_SIMPLEX_H

#include <stdbool.h>

enum { FC_SIMPLEX = 8 }; /* unknowns at most */

/* Moves x (n, within low and high) to where value(x, data) is least and returns that. Points beyond a bound
 * are taken back to it. step: of the first simplex, as a share of each range. Ends where the values at its
 * corners differ by less than tolerance, then begins once more from there, or after `most` values. */
double fc_simplex(int n, double *x, const double *low, const double *high,
                  double (*value)(const double *x, void *data), void *data, double step, double tolerance,
                  int most);

/* The same search with its values asked for one by one, so that several can go on side by side: until it is
 * done, its caller tells it the value at `asked.x`. Members are its own but where it says so. */
typedef struct fc_simplex_corner {
    double x[FC_SIMPLEX], value;
} fc_simplex_corner;

typedef struct fc_simplex_search {
    bool done;                            /* to read; then at[0] is the least */
    fc_simplex_corner asked;              /* its x to read */
    fc_simplex_corner at[FC_SIMPLEX + 1]; /* the least first */
    int n, left, round, stage, next;
    double step, tolerance;
    const double *low, *high; /* borrowed */
    double start[FC_SIMPLEX];
    bool outside;
    fc_simplex_corner reflected, old[FC_SIMPLEX + 1];
} fc_simplex_search;

void fc_simplex_begin(fc_simplex_search *search, int n, const double *x, const double *low,
                      const double *high, double step, double tolerance, int most);
void fc_simplex_tell(fc_simplex_search *search, double value);

#endif
