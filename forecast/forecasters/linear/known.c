/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What explains a block of steps by the seasons before it and by other columns, as one row of features. */
#include "forecast/forecasters/linear/known.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CALENDAR = 9 };

int fc_known_features(const fc_known_layout *l)
{
    const int lags = l->wide ? 4 * l->season : l->season, known = l->wide ? 2 * l->season : 0;
    return lags + 1 + l->count * (l->block + known + 1) + l->past * (l->season + 1) + 1 + CALENDAR;
}

int fc_known_reach(const fc_known_layout *l)
{
    return l->wide ? 7 * l->season : l->season;
}

static double mean_before(const double *x, int rows)
{
    double sum = 0;
    for (int i = 1; i <= rows; i++)
        sum += x[-i];
    return sum / rows;
}

/* The rows of one season, `back` seasons before the origin, less c. */
static double *put_season(double *phi, const double *x, int season, int back, double c)
{
    for (int i = 0; i < season; i++)
        *phi++ = x[i - back * season] - c;
    return phi;
}

/* A column: of one known beforehand the rows of the block, too. */
static double *put_column(double *phi, const fc_known_layout *l, int block, const double *u, bool known)
{
    const double mean = mean_before(u, fc_known_reach(l)), less = l->absolute ? 0 : mean;
    for (int i = 0; i < l->block && known; i++) {
        const int step = block * l->block + i;
        *phi++ = step < l->horizon ? u[step] - less : 0;
    }
    if (l->wide || !known)
        phi = put_season(phi, u, l->season, 1, less);
    if (l->wide && known)
        phi = put_season(phi, u, l->season, 7, less);
    *phi++ = mean;
    return phi;
}

static void put_calendar(double *phi, const ds_time *origin)
{
    memset(phi, 0, CALENDAR * sizeof *phi);
    if (!origin)
        return;
    const int64_t day = *origin / DS_DAY - (*origin % DS_DAY < 0);
    const double year = 2 * 3.14159265358979323846 * (double)day / 365.2425;
    phi[((day + 3) % 7 + 7) % 7] = 1; /* 1970 began with a Thursday */
    phi[7] = sin(year);
    phi[8] = cos(year);
}

double fc_known_explain(double *phi, const fc_known_layout *l, int block, const double *x,
                        const double *const *u, const ds_time *origin)
{
    const int reach = fc_known_reach(l);
    const double mean = mean_before(x, reach), c = l->absolute ? 0 : mean;
    double square = 0;
    for (int i = 1; i <= reach; i++)
        square += (x[-i] - mean) * (x[-i] - mean);
    for (int back = 1; back <= (l->wide ? 3 : 1); back++)
        phi = put_season(phi, x, l->season, back, c);
    if (l->wide)
        phi = put_season(phi, x, l->season, 7, c);
    *phi++ = sqrt(square / reach);
    for (int j = 0; j < l->count + l->past; j++)
        phi = put_column(phi, l, block, u[j], j < l->count);
    *phi++ = 1;
    put_calendar(phi, origin);
    return c;
}

fc_known_squash fc_known_squash_of(const double *x, size_t n, double *room)
{
    fc_known_squash s = {0, 1, 1};
    double most = 0;
    if (n == 0)
        return s;
    memcpy(room, x, n * sizeof *room);
    s.middle = gsl_stats_median(room, 1, n);
    for (size_t t = 0; t < n; t++)
        room[t] = fabs(x[t] - s.middle);
    const double width = gsl_stats_median(room, 1, n) * 1.4826;
    s.width = width > 0 ? width : 1;
    for (size_t t = 0; t < n; t++)
        most = fmax(most, fabs(x[t] - s.middle) / s.width);
    s.most = asinh(most) + 1;
    return s;
}
