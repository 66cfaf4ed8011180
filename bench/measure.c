/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Medians of repeated measurements and the peak of memory. */
#include "bench/measure.h"

#include "lib/base/clock.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { MOST_REPEATS = 101 };

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t count)
{
    if (!count)
        return NAN;
    qsort(values, count, sizeof *values, ascending);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static double time_calls(size_t calls, void (*work)(void *), void *context)
{
    double start = nn_seconds();
    for (size_t i = 0; i < calls; i++)
        work(context);
    return nn_seconds() - start;
}

double bench_time(const bench_effort *effort, void (*work)(void *context), void *context)
{
    double seconds[MOST_REPEATS];
    int repeats = effort->repeats < 1 ? 1 : effort->repeats > MOST_REPEATS ? MOST_REPEATS : effort->repeats;
    work(context);
    double once = time_calls(1, work, context), share = effort->seconds / repeats;
    size_t calls = once <= 0 ? 1000 : once < share ? (size_t)(share / once) + 1 : 1;
    calls = calls > 1000000 ? 1000000 : calls;
    for (int r = 0; r < repeats; r++)
        seconds[r] = time_calls(calls, work, context) / (double)calls;
    return bench_median(seconds, (size_t)repeats);
}

/* A child inherits ru_maxrss of the process that started it; VmHWM begins anew with the program. */
size_t bench_peak_memory(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    size_t kilobytes = 0;
    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %zu kB", &kilobytes) == 1)
            break;
    if (status)
        fclose(status);
    struct rusage usage;
    if (!kilobytes && getrusage(RUSAGE_SELF, &usage) == 0)
        kilobytes = (size_t)usage.ru_maxrss;
    return kilobytes * 1024;
}
