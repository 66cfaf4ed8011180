/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classical seasons and Box-Cox powers of a plain series. */
#include "forecast/statistics/seasons.h"

#include <math.h>

bool fc_season_present(const double *y, size_t n, int period)
{
    const size_t m = (size_t)period;
    if (period < 4 || n < 2 * m)
        return false;
    double mean = 0, variance = 0, squares = 0;
    for (size_t t = 0; t < n; t++)
        mean += y[t] / (double)n;
    for (size_t t = 0; t < n; t++)
        variance += (y[t] - mean) * (y[t] - mean);
    if (!(variance > 0))
        return false;
    for (size_t lag = 1;; lag++) {
        double sum = 0;
        for (size_t t = lag; t < n; t++)
            sum += (y[t] - mean) * (y[t - lag] - mean);
        const double r = sum / variance;
        if (lag == m)
            return fabs(r) > 1.6448536269514722 * sqrt((1 + 2 * squares) / (double)n);
        squares += r * r;
    }
}

void fc_season_indices(const double *y, size_t n, int period, bool multiplicative, double *index,
                       double *room)
{
    const size_t m = (size_t)period, half = m / 2;
    double mean = 0;
    for (size_t t = half; t + half < n; t++) {
        double sum = 0;
        for (size_t i = t - half; i <= t + half; i++)
            sum += y[i];
        if (m % 2 == 0)
            sum -= 0.5 * (y[t - half] + y[t + half]);
        room[t] = multiplicative ? y[t] * (double)m / sum : y[t] - sum / (double)m;
    }
    for (size_t j = 0; j < m; j++) {
        double sum = 0, count = 0;
        for (size_t t = j; t + half < n; t += m)
            if (t >= half) {
                sum += room[t];
                count++;
            }
        index[j] = count > 0 ? sum / count : multiplicative ? 1 : 0;
        mean += index[j] / period;
    }
    for (size_t j = 0; j < m; j++)
        index[j] = multiplicative ? index[j] / mean : index[j] - mean;
}

double fc_power(double y, double lambda)
{
    return lambda == 0 ? log(y) : (pow(y, lambda) - 1) / lambda;
}

double fc_power_back(double x, double lambda)
{
    if (lambda == 0)
        return exp(x);
    const double base = lambda * x + 1;
    return base > 0 ? pow(base, 1 / lambda) : 0;
}

/* Sum of squares about the line through y^lambda. */
static double about_line(const double *y, size_t n, double lambda)
{
    double mean = 0, squares = 0, ty = 0, tt = 0;
    const double middle = 0.5 * (double)(n - 1);
    for (size_t t = 0; t < n; t++)
        mean += fc_power(y[t], lambda) / (double)n;
    for (size_t t = 0; t < n; t++) {
        const double x = fc_power(y[t], lambda) - mean, at = (double)t - middle;
        squares += x * x;
        ty += at * x;
        tt += at * at;
    }
    return tt > 0 ? squares - ty * ty / tt : squares;
}

double fc_power_choose(const double *y, size_t n)
{
    double logs = 0, best = -INFINITY, chosen = 1;
    for (size_t t = 0; t < n; t++)
        logs += log(y[t]);
    for (int i = 20; i >= 0; i--) {
        const double lambda = i / 20.0, squares = about_line(y, n, lambda);
        const double likelihood = -0.5 * (double)n * log(fmax(squares, 1e-300)) + (lambda - 1) * logs;
        if (likelihood > best) {
            best = likelihood;
            chosen = lambda;
        }
    }
    return chosen;
}
