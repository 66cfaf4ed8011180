/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The least of a function of a few bounded unknowns without its slopes (Nelder & Mead 1965). */
#ifndef FC_SIMPLEX_H
#define FC_SIMPLEX_H

enum { FC_SIMPLEX = 8 }; /* unknowns at most */

/* Moves x (n, within low and high) to where value(x, data) is least and returns that. Points beyond a bound
 * are taken back to it. step: of the first simplex, as a share of each range. Ends where the values at its
 * corners differ by less than tolerance, then begins once more from there, or after `most` values. */
double fc_simplex(int n, double *x, const double *low, const double *high,
                  double (*value)(const double *x, void *data), void *data, double step, double tolerance,
                  int most);

#endif
