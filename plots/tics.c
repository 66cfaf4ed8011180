/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses ranges and tics of linear axes. */
#include "plots/tics.h"

#include <math.h>
#include <string.h>

void pl_range_add(pl_range *range, const double *value, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!pl_drawable(value[i]))
            continue;
        bool first = range->low > range->high;
        if (first || value[i] < range->low)
            range->low = value[i];
        if (first || value[i] > range->high)
            range->high = value[i];
    }
}

void pl_range_settle(pl_range *range, double air)
{
    if (range->low > range->high)
        *range = (pl_range){0, 1};
    double size = fmax(fabs(range->low), fabs(range->high));
    double least = size > 1e-150 ? 1e-6 * size : 1;
    if (range->high - range->low < least) {
        double middle = range->low / 2 + range->high / 2, half = size > 1e-150 ? 0.05 * size : 0.5;
        range->low = middle - half;
        range->high = middle + half;
    }
    double more = air * (range->high - range->low);
    range->low -= more;
    range->high += more;
}

/* The smallest of 1, 2, 5 times a power of ten that is no less than size. */
static double round_step(double size)
{
    double decade = pow(10, floor(log10(size)));
    static const double of_decade[] = {1, 2, 5};
    for (int i = 0; i < 3; i++)
        if (of_decade[i] * decade >= size * (1 - 1e-9))
            return of_decade[i] * decade;
    return 10 * decade;
}

static void print_tic(double value, double step, double size, char *label, size_t room)
{
    if (fabs(value) < step / 1000)
        value = 0;
    int decimals = (int)fmax(0, ceil(-log10(step) - 1e-6));
    if (size >= 1e7 || step < 1e-5) {
        /* As many digits as tell neighbours apart. */
        int digits = (int)fmin(9, fmax(0, ceil(log10(size / step) - 1e-6)));
        snprintf(label, room, value == 0 ? "0" : "%.*e", digits, value);
        return;
    }
    snprintf(label, room, "%.*f", decimals, value);
}

void pl_tics_linear(pl_range range, int most, bool whole, pl_tics *tics)
{
    tics->count = 0;
    most = most < 2 ? 2 : most > PL_TICS ? PL_TICS : most;
    double span = range.high - range.low, step = round_step(span / most), slack = 1e-9 * span;
    if (whole && step < 1)
        step = 1;
    while (floor((range.high + slack) / step) - ceil((range.low - slack) / step) + 1 > most)
        step = round_step(1.5 * step);
    double first = ceil((range.low - slack) / step), last = floor((range.high + slack) / step);
    double size = fmax(fabs(range.low), fabs(range.high));
    for (double i = first; i <= last && tics->count < PL_TICS; i++) {
        tics->at[tics->count] = i * step;
        print_tic(i * step, step, size, tics->label[tics->count], sizeof tics->label[0]);
        tics->count++;
    }
}

void pl_tics_log(pl_range range, int most, pl_tics *tics)
{
    tics->count = 0;
    double decades = log10(range.high / range.low);
    int every = (int)ceil(decades / (most < 2 ? 2 : most > PL_TICS ? PL_TICS : most));
    bool fine = decades * 3 <= most;
    static const double of_decade[] = {1, 2, 5};
    for (double p = floor(log10(range.low)); p <= log10(range.high) && tics->count < PL_TICS; p += every)
        for (int i = 0; i < (fine ? 3 : 1) && tics->count < PL_TICS; i++) {
            double value = of_decade[i] * pow(10, p);
            if (value < range.low * (1 - 1e-9) || value > range.high * (1 + 1e-9))
                continue;
            tics->at[tics->count] = value;
            snprintf(tics->label[tics->count++], sizeof tics->label[0], "%g", value);
        }
}

int pl_tics_widest(const pl_tics *tics)
{
    size_t widest = 0;
    for (int i = 0; i < tics->count; i++)
        widest = strlen(tics->label[i]) > widest ? strlen(tics->label[i]) : widest;
    return (int)widest;
}

void pl_put_tics(pl_script *s, const char *axis, const pl_tics *tics)
{
    fprintf(s->out, "set %stics nomirror (", axis);
    for (int i = 0; i < tics->count; i++)
        fprintf(s->out, "%s'%s' %.12g", i ? ", " : "", tics->label[i], tics->at[i]);
    fputs(")\n", s->out);
}

void pl_put_range(pl_script *s, const char *axis, pl_range range)
{
    fprintf(s->out, "set %srange [%.9g:%.9g]\n", axis, range.low, range.high);
}
