/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The colour of a passband, by its wavelength. */
#include "plots/lightcurve.h"

#include <math.h>
#include <stdio.h>

enum { ANCHORS = 6 };
static const struct {
    double wavelength;
    int red, green, blue;
} anchors[ANCHORS] = {{3685, 0x8e, 0x44, 0xad}, {4802, 0x1b, 0x9e, 0x77}, {6231, 0xf0, 0x9a, 0x00},
                      {7542, 0xd7, 0x30, 0x1f}, {8690, 0x8b, 0x14, 0x1a}, {9736, 0x3b, 0x3b, 0x3b}};

static int nearest_anchor(double wavelength)
{
    int best = 0;
    for (int a = 1; a < ANCHORS; a++)
        if (fabs(wavelength - anchors[a].wavelength) < fabs(wavelength - anchors[best].wavelength))
            best = a;
    return best;
}

static int rank_of(const double *wavelength, int count, int b)
{
    int rank = 0;
    for (int i = 0; i < count; i++)
        rank += wavelength[i] < wavelength[b] || (wavelength[i] == wavelength[b] && i < b);
    return rank;
}

/* A place between 0 and ANCHORS - 1. */
static void put_colour(char text[8], double place)
{
    int a = (int)fmin(floor(place), ANCHORS - 2);
    double part = place - a;
    snprintf(text, 8, "#%02x%02x%02x",
             (int)lround(anchors[a].red + part * (anchors[a + 1].red - anchors[a].red)) & 255,
             (int)lround(anchors[a].green + part * (anchors[a + 1].green - anchors[a].green)) & 255,
             (int)lround(anchors[a].blue + part * (anchors[a + 1].blue - anchors[a].blue)) & 255);
}

void pl_band_colours(char (*text)[8], const double *wavelength, int count)
{
    int uses[ANCHORS] = {0}, most = 0;
    for (int b = 0; b < count; b++) {
        int n = ++uses[nearest_anchor(wavelength[b])];
        most = n > most ? n : most;
    }
    /* Bands of one colour each keep it in every picture; others are spread by their order. */
    for (int b = 0; b < count; b++)
        put_colour(text[b], most <= 1    ? nearest_anchor(wavelength[b])
                            : count == 1 ? 1
                                         : (ANCHORS - 1.0) * rank_of(wavelength, count, b) / (count - 1));
}
