/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often noise alone gives a peak so high. */
#ifndef DS_FALSE_ALARM_H
#define DS_FALSE_ALARM_H

/* The decimal logarithm of the probability that white noise gives a peak of at least this power somewhere in
 * a search: the bound of Baluev 2008 (MNRAS 385, 1279; with the noise's size taken from the residuals, as its
 * table 1) for one harmonic, and of Baluev 2009 (MNRAS 395, 1541) for several. count: points; bands: means
 * that are fitted; width: the range of frequencies times the square root of 4 pi times the variance of the
 * times. NaN: too few points to say. */
double ds_false_alarm(double power, int harmonics, int count, int bands, double width);

#endif
